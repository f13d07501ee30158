"""The print program: one document in, one PDF out, in a process of its own that ends with it.

Run by `press.py` as a file, so that it loads nothing of the service. What is to be printed comes by standard
input: never by arguments or the environment, which other processes can read. What it reads is data to the
template, never a part of it, so no text can become an instruction.
"""

import json
import sys
from pathlib import Path

import typst

FAILED = 3


def main() -> int:
    """Print the job on standard input; say nothing on failure, since a message could repeat what was to be printed."""
    job = json.load(sys.stdin.buffer)
    here = Path(__file__).parent
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[here / "fonts"])
    root = here.parents[1]
    try:
        compiler = typst.Compiler(root / job["template"], root=root, font_paths=fonts, ignore_system_fonts=True)
        pdf = compiler.compile(
            format="pdf",
            pdf_standards="ua-1",
            sys_inputs={"job": json.dumps(job["content"])},
            timestamp=job["at"],
        )
    except typst.TypstError:
        return FAILED
    sys.stdout.buffer.write(pdf if isinstance(pdf, bytes) else b"")
    return 0


if __name__ == "__main__":
    sys.exit(main())
