"""Restrictions of records to named people, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View, listed
from api.schemas.incidents import Code, InOrder, Reason
from domain.access import Role
from domain.ids import UserId
from domain.restrictions import Restriction, RestrictPerson


class RestrictPersonBody(Body):
    """To whom alone the record is open, and why. Some of the roles propose flags and some decide on them."""

    roles: Annotated[list[Role], Field(max_length=20)]
    users: Annotated[list[UUID], Field(max_length=50, description="Accounts of your agency, beside the roles.")] = []
    reason_code: Annotated[Code, listed("restriction-reason")]
    reason: Reason

    def command(self) -> RestrictPerson:
        """Give the command to restrict."""
        users = tuple(map(UserId, self.users))
        return RestrictPerson(frozenset(self.roles), users, self.reason_code, self.reason)


class LiftRestrictionBody(Body):
    """Why the record is open again."""

    reason: Reason


class RestrictionView(View):
    """To whom one of your records is restricted; `isRestricted` false and no names where it is open."""

    person_id: UUID
    version: int
    is_restricted: bool
    roles: InOrder
    users: list[UUID]
    reason_code: str | None
    reason: str | None
    set_at: AwareDatetime | None
    set_by: UUID | None


def restriction_view(found: Restriction) -> RestrictionView:
    """Show a restriction."""
    return RestrictionView(
        person_id=found.id,
        version=found.version,
        is_restricted=found.is_in_force,
        roles=sorted(found.roles),
        users=sorted(found.users),
        reason_code=found.reason_code,
        reason=found.reason,
        set_at=found.set_at,
        set_by=found.set_by,
    )
