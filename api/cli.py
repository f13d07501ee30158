"""The `rhannu` command. Each subcommand is a module of `api.commands`, loaded when it is called.

The worker runs all day beside the API and the migration at every release; neither has to carry its web framework,
which was half of the worker's memory.
"""

from importlib import import_module
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

COMMANDS = ("serve", "worker", "migrate", "board", "demo", "token", "openapi", "run", "audit", "import-register")
"""Names of the subcommands, in the order of the help; each is a module of `api.commands` with an `app`."""


class _Commands(TyperGroup):
    """The group of subcommands, of which only the names are known before one is called."""

    @override
    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Load one subcommand; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"api.commands.{cmd_name.replace('-', '_')}")
        return cast("TyperCommand | TyperGroup", typer.main.get_command(module.app))


def _named() -> None:
    """Hold the place of a subcommand that is not loaded, so that the group knows its name."""


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, help="Shared multi-agency risk flags.")
for _name in COMMANDS:
    app.command(_name)(_named)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
