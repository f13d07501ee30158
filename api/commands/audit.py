"""`rhannu audit export`."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import typer

from api.commands import console
from api.schemas.audit import ExportFormat

app = typer.Typer(name="audit", no_args_is_help=True, add_completion=False)


@app.callback()
def audit() -> None:
    """The audit trail."""


@app.command("export")
def export_audit(
    out: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.", dir_okay=False)],
    subject: Annotated[UUID | None, typer.Option(help="Only events about this person record.")] = None,
    form: Annotated[ExportFormat, typer.Option("--format", help="How to write the events.")] = ExportFormat.NDJSON,
    purpose: Annotated[str, typer.Option(help="Why: a code of purpose-of-use.")] = "subject-rights",
    url: Annotated[str, typer.Option(help="Where Rhannu is.")] = "http://127.0.0.1:8000",
) -> None:
    """Take the audit trail away through the service, with the bearer token in RHANNU_TOKEN.

    The service decides what the token's user may see, and puts the export on the trail, as for any caller.
    """
    headers = {"Authorization": f"Bearer {console.bearer_token()}", "Purpose-Of-Use": purpose}
    wanted = {"format": form.value} | ({} if subject is None else {"subject": str(subject)})
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as http, out.open("xb") as file:
        parts = 0
        while True:
            answer = http.post("/v1/audit/exports", json=wanted)
            if not answer.is_success:
                console.say(f"Refused: {answer.json().get('code', answer.status_code)}")
                raise typer.Exit(1)
            file.write(_without_heading(answer.content) if parts and form is ExportFormat.CSV else answer.content)
            parts += 1
            if "next-cursor" not in answer.headers:
                break
            wanted["after"] = answer.headers["next-cursor"]
    console.say(f"Written to {out}.", soft_wrap=True)


def _without_heading(table: bytes) -> bytes:
    return table.partition(b"\n")[2]
