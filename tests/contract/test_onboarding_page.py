"""The onboarding page runs from top to bottom, call by call, against the service behind a real socket."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.factories.register import BOARD
from tests.fixtures.service import Service

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "onboarding.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKENS = [
    (BOARD, "board-administrator", 1),
    (BOARD, "board-administrator", 2),
    ("gwent-police", "agency-administrator", 1),
]
PRELUDE = """
set -euo pipefail
python() { "$PYTHON" "$@"; }
rhannu() { local number=1; [ "${6:-}" = "--number" ] && number=$7; cat "$TOKENS/$3-$5-$number"; }
"""
"""The page's `rhannu token` asks the development issuer about the demonstration; here it gives tokens of the tests' people."""


async def test_every_call_of_the_page_works(service: Service, server_address: str, tmp_path: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 12
    for agency, role, number in TOKENS:
        (tmp_path / f"{agency}-{role}-{number}").write_text(service.token(agency, role, number=number))
    script = PRELUDE + "\n".join(blocks) + '\ncat "$WORK/old-still-works" "$WORK/new-works"\nsee /v1/role-assignments\n'
    environment = {
        **os.environ, "BASE": server_address, "TOKENS": str(tmp_path), "PYTHON": sys.executable, "TMPDIR": str(tmp_path),
        "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-3000:]
    told = said.decode()
    assert told.count("eyJ") >= 2, "a token by the old key, and one by the new"
    assert '"role":"flag-decision-maker","state":"held"' in told
    assert '"kind":"decides-for"' in told
