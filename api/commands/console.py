"""What every command says the same way: to standard error, and what is wrong with the settings in one line each."""

import os

import typer
from pydantic import ValidationError
from rich.console import Console

from services.core.settings import Settings, load_settings

say = Console(stderr=True).print
"""Tell the person at the terminal; standard output is kept for what a command is asked for."""


def settings() -> Settings:
    """Read the settings, and say in one line each what is wrong with them, never their values.

    Raises:
        typer.Exit: something is wrong with them.
    """
    try:
        return load_settings()
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            names = ", ".join(f"RHANNU_{part}".upper() for part in each["loc"])
            say(f"Settings: {names} {each['msg']}".replace("  ", " "), soft_wrap=True, markup=False)
        raise typer.Exit(2) from None


def bearer_token() -> str:
    """Read the token of whoever calls the service from here.

    Raises:
        typer.Exit: there is none.
    """
    token = os.environ.get("RHANNU_TOKEN")
    if token is None:
        say("Put a bearer token into RHANNU_TOKEN: it must not stand on a command line.")
        raise typer.Exit(2)
    return token


def outside_production() -> Settings:
    """Read the settings of a machine where invented people may be loaded and tokens be printed.

    Raises:
        typer.Exit: something is wrong with them, or they are production's.
    """
    given = settings()
    if given.is_production:
        say("This exists outside production only.")
        raise typer.Exit(2)
    return given
