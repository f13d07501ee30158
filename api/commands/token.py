"""`rhannu token`."""

import time
from typing import Annotated
from uuid import UUID

import typer

from api.commands import console
from domain.access import Permission, Role
from domain.ids import AgencyCode, ClientId
from services.core.identity import TokenIssuer
from services.core.signing import signing_keys
from services.core.token_claims import SubjectType
from services.demo import demo_client, demo_user
from services.demo.register import demo_users

app = typer.Typer(add_completion=False)


@app.command()
def token(
    agency: Annotated[str, typer.Option(help="Code of the agency to act for, such as abuhb.")],
    role: Annotated[Role, typer.Option(help="Role of the demonstration's user.")],
    user: Annotated[UUID | None, typer.Option(help="Another user's id.")] = None,
    number: Annotated[int, typer.Option(help="2 for the second human in a role that two people hold.")] = 1,
    client: Annotated[str | None, typer.Option(help="Another system's client id.")] = None,
) -> None:
    """Print a bearer token of the development issuer; there is no such thing in production."""
    settings = console.outside_production()
    subject = user or demo_user(agency, role, number)
    if user is None and not any(known.id == subject for known in demo_users()):
        console.say("The demonstration region has nobody in that role of that agency.")
        raise typer.Exit(2)
    issuer = TokenIssuer(settings.issuer, settings.audience, signing_keys(settings), time.time)
    scopes = [permission.value for permission in Permission]
    system = demo_client(agency) if client is None else ClientId(client)
    issued, _ = issuer.issue(system, AgencyCode(agency), str(subject), SubjectType.HUMAN, scopes)
    typer.echo(issued)
