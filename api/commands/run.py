"""`rhannu run`, what a newcomer starts.

One parent brings up the database, the demonstration region, the API and the worker, and takes all of them down again.
"""

import os
import sys
from pathlib import Path

import typer

from api import parent
from api.commands import console
from api.commands.demo import demo
from services.core.settings import Settings
from services.core.setup import prepare_database

app = typer.Typer(add_completion=False)


@app.command()
def run() -> None:
    """Start everything from nothing: database, demonstration, API and worker; Ctrl-C stops them all."""
    settings = console.outside_production()
    try:
        with parent.stoppable(), parent.sole_parent(settings.home), parent.own_database(settings):
            prepare_database(settings)
            demo()
            with parent.children(("serve", "worker")) as started:
                parent.wait_until_ready(settings, started)
                _tell_where(settings)
                parent.wait_until_stopped(started)
    except parent.StoppedError:
        console.say("Stopped.")
    except parent.PartEndedError:
        console.say("A part ended by itself, so all were stopped; its last lines above say why.")
        raise typer.Exit(1) from None
    except BlockingIOError:
        console.say(f"Rhannu is running from {settings.home} already; set RHANNU_HOME for a second one.")
        raise typer.Exit(1) from None


def _tell_where(settings: Settings) -> None:
    base = f"http://{settings.host}:{settings.port}"
    console.say(f"Rhannu is at {base} (documents: {base}/docs, readiness: {base}/health/ready).", soft_wrap=True)
    program = os.path.relpath(Path(sys.prefix, "bin", "rhannu"))
    console.say(f"A token: {program} token --agency abuhb --role practitioner", soft_wrap=True)
    console.say("Ctrl-C stops everything.")
