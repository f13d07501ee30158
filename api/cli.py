"""The `rhannu` command: serve, work, migrate, show the demonstration, print a development token.

`run` is what a newcomer starts: one parent that brings up the database, the demonstration region, the API
and the worker, and takes all of them down again.
"""

import asyncio
import os
import signal
import subprocess  # the children are this same program
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.export import write_all
from domain.access import Permission, Role
from domain.ids import AgencyCode
from services.core.identity import TokenIssuer
from services.core.settings import Settings, load_settings
from services.core.setup import prepare_database
from services.core.signing import signing_keys
from services.core.telemetry import configure_logging
from services.core.token_claims import SubjectType
from services.db import embedded
from services.demo import demo_client, demo_user, load
from services.worker import run_worker

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Shared multi-agency risk flags.")
_say = Console(stderr=True)
_STOP_SECONDS = 15.0


@app.command()
def serve() -> None:
    """Serve the API on RHANNU_HOST and RHANNU_PORT, one process."""
    settings = load_settings()
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
        await run_worker(load_settings(), stop)

    asyncio.run(work())


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration and give the gate its key; safe to repeat."""
    prepare_database(load_settings())
    _say.print("The database is ready.")


@app.command()
def demo() -> None:
    """Load the demonstration region: invented people, 13 agencies, a year of history. Safe to repeat."""
    settings = _outside_production(load_settings())
    columns = (TextColumn("Loading the region"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_say, transient=True) as bar:
        task = bar.add_task("load", total=None)
        summary = asyncio.run(load(settings, progress=lambda done, total: bar.update(task, completed=done, total=total)))
    _say.print(f"The demonstration region is here: {summary}")


@app.command()
def token(
    agency: Annotated[str, typer.Option(help="Code of the agency, such as abuhb.")],
    role: Annotated[Role, typer.Option(help="Role of the demonstration's user.")],
    user: Annotated[str | None, typer.Option(help="Another user's id.")] = None,
) -> None:
    """Print a bearer token of the development issuer; there is no such thing in production."""
    settings = _outside_production(load_settings())
    issuer = TokenIssuer(settings.issuer, settings.audience, signing_keys(settings), time.time)
    subject = user or str(demo_user(agency, role))
    issued, _seconds = issuer.issue(demo_client(agency), AgencyCode(agency), subject, SubjectType.HUMAN, [p.value for p in Permission])
    typer.echo(issued)


@app.command()
def openapi(folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("openapi")) -> None:
    """Write openapi.json, schema.graphql and problems.md."""
    write_all(folder)


@app.command()
def run() -> None:
    """Start everything from nothing: database, demonstration, API and worker; Ctrl-C stops them all."""
    settings = _outside_production(load_settings())
    server = None if settings.database_url else embedded.start(settings.home)
    children: list[subprocess.Popen[bytes]] = []
    try:
        prepare_database(settings)
        demo()
        children = [_child("serve"), _child("worker")]
        _say.print(f"Rhannu is at http://{settings.host}:{settings.port} (documents: /docs). Ctrl-C stops it.")
        _wait(children)
    finally:
        _stop(children)
        if server is not None:
            embedded.stop(settings.home, server)
            _say.print("Stopped.")


def _outside_production(settings: Settings) -> Settings:
    if settings.is_production:
        _say.print("This exists outside production only.")
        raise typer.Exit(2)
    return settings


def _child(command: str) -> "subprocess.Popen[bytes]":
    """Start one of our own commands in a session of its own, so that Ctrl-C reaches it through us alone."""
    return subprocess.Popen([sys.executable, "-m", "api.cli", command], start_new_session=True, env=dict(os.environ))


def _wait(children: "list[subprocess.Popen[bytes]]") -> None:
    """Wait until told to stop, or until a child ends by itself."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, stop)
    while not stopping:
        if any(child.poll() is not None for child in children):
            _say.print("A part ended by itself; see its last lines above.")
            raise typer.Exit(1)
        time.sleep(0.2)


def _stop(children: "list[subprocess.Popen[bytes]]") -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
