"""What follows a check, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from domain.ids import CheckId, FlagId, RecordId
from services.flags.check_events import ResolutionMethod, ResolveCheck


class ShownFlagsBody(Body):
    """Which of the check's warnings were shown, or are acknowledged."""

    flags: Annotated[list[UUID], Field(min_length=1, max_length=500)]

    def ids(self) -> tuple[FlagId, ...]:
        """Give the flags' ids."""
        return tuple(FlagId(flag) for flag in self.flags)


class CheckEventView(View):
    """A display or an acknowledgement, by the human named in the token."""

    check: UUID
    flags: list[UUID]
    user: UUID
    at: AwareDatetime


class ResolutionBody(Body):
    """Who was meant by an uncertain line; no `personId` where nobody known was."""

    reference: Annotated[str, Field(max_length=100)]
    person_id: UUID | None = None
    method: ResolutionMethod
    note: Annotated[str, Field(max_length=1000)]

    def command(self, check: CheckId) -> ResolveCheck:
        """Give the command to resolve."""
        record = None if self.person_id is None else RecordId(self.person_id)
        return ResolveCheck(check, self.reference, record, self.method, self.note)


class ResolutionView(View):
    """A line resolved by a person."""

    id: UUID
    check: UUID
    reference: str
    record_id: UUID | None
    method: ResolutionMethod
    note: str
    recorded_at: AwareDatetime
    recorded_by: UUID
