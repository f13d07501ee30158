"""`rhannu migrate`."""

import typer

from api.commands import console
from services.core.setup import prepare_database

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration and give the gate its key; safe to repeat."""
    prepare_database(console.settings())
    console.say("The database is ready.")
