"""`rhannu demo`."""

import asyncio

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands import console
from services.demo import load

app = typer.Typer(add_completion=False)


@app.command()
def demo() -> None:
    """Load the demonstration region: invented people, 13 agencies, a year of history. Safe to repeat."""
    settings = console.outside_production()
    columns = (TextColumn("Loading the region"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("load", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        summary = asyncio.run(load(settings, progress=show))
    console.say(f"The demonstration region is here: {summary}")
