"""`rhannu openapi`."""

from pathlib import Path
from typing import Annotated

import typer

from api.export import write_all

app = typer.Typer(add_completion=False)


@app.command()
def openapi(folder: Annotated[Path, typer.Argument(help="Where to write.")] = Path("openapi")) -> None:
    """Write openapi.json, schema.graphql and problems.md."""
    write_all(folder)
