"""`rhannu board`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands import console
from domain.agencies import BOARD, AgencyContent
from domain.bilingual import Bilingual
from domain.errors import DomainError
from domain.ids import AgencyCode
from services.agencies.administration import Founding, found_register
from services.core.doors import doors_of

app = typer.Typer(add_completion=False)


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
        founded = asyncio.run(found_register(doors_of(console.settings()).migrator, founding))
    except DomainError as error:
        where = ", ".join(f"{issue.pointer} {issue.code}" for issue in error.issues)
        console.say(f"Refused: {error.code} {where}".strip(), soft_wrap=True, markup=False)
        raise typer.Exit(2) from None
    typer.echo(json.dumps({"client": founded.client, "administrators": [str(each) for each in founded.administrators]}))
