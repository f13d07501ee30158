"""`rhannu demo`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands import console
from services.demo import load, load_fixture

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    fixture: Annotated[
        bool, typer.Option("--fixture", help="Load the test people of docs/test-environment.md instead.")
    ] = False,
) -> None:
    """Load the demonstration region: invented people, 13 agencies, a year of history. Safe to repeat.

    With --fixture: the few test people whose answers are fixed, for integrators.
    """
    settings = console.outside_production()
    loading, name = (load_fixture, "test environment") if fixture else (load, "demonstration region")
    columns = (TextColumn(f"Loading the {name}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("load", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        summary = asyncio.run(loading(settings, progress=show))
    console.say(f"The {name} is here: {summary}")
