"""The committed documents: what integrators read without running anything, written from the code itself."""

import json
from pathlib import Path

from api.app import create_app
from api.graphql.schema import schema_for
from api.problems import STATUS
from domain.issues import ISSUES
from domain.problems import PROBLEMS
from services.core.settings import Settings


def openapi_text() -> str:
    """Write the OpenAPI document with its keys in order, so that a change shows as that change only."""
    document = create_app(Settings(environment="test")).openapi()
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema_text() -> str:
    """Write the GraphQL schema in its own language."""
    return schema_for(production=True).as_str() + "\n"


def problems_text() -> str:
    """Write the registry of problems and field issues as a page, in both languages."""
    lines = [
        "# Problems and field issues",
        "",
        "Every refusal is `application/problem+json` (RFC 9457) with one of these codes; in GraphQL the same code",
        "stands in `errors[].extensions.code`. The texts come in the language of `Accept-Language`.",
        "",
        "## Problems",
        "",
        "| code | status | title | teitl | what to do | beth i'w wneud |",
        "|---|---|---|---|---|---|",
    ]
    for code, problem in sorted(PROBLEMS.items()):
        texts = (problem.title.en, problem.title.cy, problem.detail.en, problem.detail.cy)
        lines.append(_row(f"`{code}`", str(STATUS[problem.kind]), *texts))
    lines += [
        "",
        "## Field issues",
        "",
        "Each entry of `errors` names a field by JSON pointer (RFC 6901) and says what is wrong by one of these codes.",
        "",
        "| code | meaning | ystyr |",
        "|---|---|---|",
    ]
    lines += [_row(f"`{code}`", text.en, text.cy) for code, text in sorted(ISSUES.items())]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def documents() -> dict[str, str]:
    """Give every committed document by its file name."""
    return {"openapi.json": openapi_text(), "problems.md": problems_text(), "schema.graphql": schema_text()}


def write_all(folder: Path) -> None:
    """Write all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")
