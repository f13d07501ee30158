"""The `rhannu` command: serve, work, migrate, show the demonstration, print a development token.

`run` is what a newcomer starts: one parent that brings up the database, the demonstration region, the API
and the worker, and takes all of them down again.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api import parent
from api.export import write_all
from api.schemas.audit import ExportFormat
from domain.access import Permission, Role
from domain.agencies import BOARD, AgencyContent
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId
from domain.problems import Bilingual
from services.agencies import Founding, found_register
from services.core.doors import doors_of
from services.core.identity import TokenIssuer
from services.core.settings import Settings, load_settings
from services.core.setup import prepare_database
from services.core.signing import signing_keys
from services.core.telemetry import configure_logging
from services.core.token_claims import SubjectType
from services.demo import demo_client, demo_user, load
from services.demo.register import demo_users
from services.worker import run_worker

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Shared multi-agency risk flags.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
app.add_typer(audit, name="audit")
_say = Console(stderr=True)


@app.command()
def serve() -> None:
    """Serve the API on RHANNU_HOST and RHANNU_PORT, one process."""
    settings = _settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


@app.command()
def worker() -> None:
    """File the audit trail and run the clocks, until stopped."""
    configure_logging()

    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop.set)
        await run_worker(_settings(), stop)

    asyncio.run(work())


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration and give the gate its key; safe to repeat."""
    prepare_database(_settings())
    _say.print("The database is ready.")


@app.command()
def board(
    code: Annotated[str, typer.Option(help="The Board's agency code.")],
    name_en: Annotated[str, typer.Option(help="Its name in English.")],
    name_cy: Annotated[str, typer.Option(help="Its name in Welsh.")],
    duty_phone: Annotated[str, typer.Option(help="A number that answers day and night.")],
    keys: Annotated[Path, typer.Option(help="File with the public keys of its first system (JWKS).", dir_okay=False)],
    administrator: Annotated[list[str], typer.Option(help="Name of an administrator; give two, by two options.")],
) -> None:
    """Found the register of an empty installation: the Board, its first system, and two administrators.

    Once only. Everybody else is registered by these two over the API (docs/onboarding.md).
    """
    content = AgencyContent(Bilingual(name_en, name_cy), BOARD, duty_phone)
    founding = Founding(AgencyCode(code), content, keys.read_bytes(), tuple(administrator))
    try:
        founded = asyncio.run(found_register(doors_of(_settings()).migrator, founding))
    except DomainError as error:
        where = ", ".join(f"{issue.pointer} {issue.code}" for issue in error.issues)
        _say.print(f"Refused: {error.code} {where}".strip(), soft_wrap=True, markup=False)
        raise typer.Exit(2) from None
    typer.echo(json.dumps({"client": founded.client, "administrators": [str(each) for each in founded.administrators]}))


@app.command()
def demo() -> None:
    """Load the demonstration region: invented people, 13 agencies, a year of history. Safe to repeat."""
    settings = _outside_production(_settings())
    columns = (TextColumn("Loading the region"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_say, transient=True) as bar:
        task = bar.add_task("load", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        summary = asyncio.run(load(settings, progress=show))
    _say.print(f"The demonstration region is here: {summary}")


@app.command()
def token(
    agency: Annotated[str, typer.Option(help="Code of the agency to act for, such as abuhb.")],
    role: Annotated[Role, typer.Option(help="Role of the demonstration's user.")],
    user: Annotated[UUID | None, typer.Option(help="Another user's id.")] = None,
    number: Annotated[int, typer.Option(help="2 for the second human in a role that two people hold.")] = 1,
    client: Annotated[str | None, typer.Option(help="Another system's client id.")] = None,
) -> None:
    """Print a bearer token of the development issuer; there is no such thing in production."""
    settings = _outside_production(_settings())
    subject = user or demo_user(agency, role, number)
    if user is None and not any(known.id == subject for known in demo_users()):
        _say.print("The demonstration region has nobody in that role of that agency.")
        raise typer.Exit(2)
    issuer = TokenIssuer(settings.issuer, settings.audience, signing_keys(settings), time.time)
    scopes = [permission.value for permission in Permission]
    system = demo_client(agency) if client is None else ClientId(client)
    issued, _ = issuer.issue(system, AgencyCode(agency), str(subject), SubjectType.HUMAN, scopes)
    typer.echo(issued)


@app.command()
def openapi(folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("openapi")) -> None:
    """Write openapi.json, schema.graphql and problems.md."""
    write_all(folder)


@app.command()
def run() -> None:
    """Start everything from nothing: database, demonstration, API and worker; Ctrl-C stops them all."""
    settings = _outside_production(_settings())
    try:
        with parent.stoppable(), parent.sole_parent(settings.home), parent.own_database(settings):
            prepare_database(settings)
            demo()
            with parent.children(("serve", "worker")) as started:
                parent.wait_until_ready(settings, started)
                _tell_where(settings)
                parent.wait_until_stopped(started)
    except parent.StoppedError:
        _say.print("Stopped.")
    except parent.PartEndedError:
        _say.print("A part ended by itself, so all were stopped; its last lines above say why.")
        raise typer.Exit(1) from None
    except BlockingIOError:
        _say.print(f"Rhannu is running from {settings.home} already; set RHANNU_HOME for a second one.")
        raise typer.Exit(1) from None


def _tell_where(settings: Settings) -> None:
    base = f"http://{settings.host}:{settings.port}"
    _say.print(f"Rhannu is at {base} (documents: {base}/docs, readiness: {base}/health/ready).", soft_wrap=True)
    program = os.path.relpath(Path(sys.prefix, "bin", "rhannu"))
    _say.print(f"A token: {program} token --agency abuhb --role practitioner", soft_wrap=True)
    _say.print("Ctrl-C stops everything.")


@audit.command("export")
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
    token_given = os.environ.get("RHANNU_TOKEN")
    if token_given is None:
        _say.print("Put a bearer token into RHANNU_TOKEN: it must not stand on a command line.")
        raise typer.Exit(2)
    headers = {"Authorization": f"Bearer {token_given}", "Purpose-Of-Use": purpose}
    wanted = {"format": form.value} | ({} if subject is None else {"subject": str(subject)})
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as http, out.open("xb") as file:
        parts = 0
        while True:
            answer = http.post("/v1/audit/exports", json=wanted)
            if not answer.is_success:
                _say.print(f"Refused: {answer.json().get('code', answer.status_code)}")
                raise typer.Exit(1)
            file.write(_without_heading(answer.content) if parts and form is ExportFormat.CSV else answer.content)
            parts += 1
            if "next-cursor" not in answer.headers:
                break
            wanted["after"] = answer.headers["next-cursor"]
    _say.print(f"Written to {out}.", soft_wrap=True)


def _without_heading(table: bytes) -> bytes:
    return table.partition(b"\n")[2]


def _settings() -> Settings:
    """Read the settings, and say in one line each what is wrong with them."""
    try:
        return load_settings()
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            names = ", ".join(f"RHANNU_{part}".upper() for part in each["loc"])
            _say.print(f"Settings: {names} {each['msg']}".replace("  ", " "), soft_wrap=True, markup=False)
        raise typer.Exit(2) from None


def _outside_production(settings: Settings) -> Settings:
    if settings.is_production:
        _say.print("This exists outside production only.")
        raise typer.Exit(2)
    return settings


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
