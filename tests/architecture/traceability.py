"""Which test shows which requirement: read from the markers in the tests, printed as docs/traceability.md.

Run it to write the page: `python -m tests.architecture.traceability`.
"""

import ast
import json
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "traceability.md"


class Requirement(TypedDict):
    """One thing the guidance asks of software."""

    kind: str
    section: str
    requirement: str


def requirements() -> dict[str, Requirement]:
    """Read the requirements, in the order of the guidance."""
    found: dict[str, Requirement] = json.loads((ROOT / "docs" / "requirements.json").read_text(encoding="utf-8"))
    return found


def markers() -> dict[str, list[str]]:
    """Find `requirement("...")` markers: for each id, the tests that carry it, as `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        everywhere = _of_module(tree)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                for requirement in dict.fromkeys([*everywhere, *_of_decorators(node.decorator_list)]):
                    found.setdefault(requirement, []).append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def _of_module(tree: ast.Module) -> list[str]:
    named = [n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "pytestmark"]
    return [each for value in named for each in _ids(value)]


def _of_decorators(decorators: list[ast.expr]) -> list[str]:
    return [each for decorator in decorators for each in _ids(decorator)]


def _ids(node: ast.expr) -> list[str]:
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and ast.unparse(n.func) == "pytest.mark.requirement"]
    return [
        arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]


def render() -> str:
    """Write the page."""
    known, shown = requirements(), markers()
    lines = [
        "# What the guidance asks, and the tests that show it",
        "",
        "Printed by `tests/architecture/traceability.py` from `docs/requirements.json` and the markers in the tests;",
        "a test compares the two. A requirement without a test is not claimed to be met.",
        "",
        f"{sum(each in shown for each in known)} of {len(known)} requirements are shown by a test.",
        "",
        "| id | kind | what the guidance asks | shown by |",
        "|---|---|---|---|",
    ]
    for name, requirement in known.items():
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in sorted(shown.get(name, [])))
        lines.append(f"| {name} | {requirement['kind']} | {requirement['requirement']} | {tests} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
