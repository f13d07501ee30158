"""What follows a check, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.flag_checks import CodedView, ContactView, SaidView, coded_view, said_view
from api.schemas.flag_views import SharedFlagView
from domain.held_warnings import CHECK_AGAIN, ChangesSince, HeldStanding, HeldWarning
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


class HeldWarningView(View):
    """A warning you were given, and what has become of it.

    `changes` are those made known to its holders since, oldest first; `today` is what it says now, with today's
    badges. `version` and `today` are null where your agency is not shown the warning now, or it has ended.
    """

    flag_id: UUID
    held_version: int
    version: int | None
    standing: HeldStanding
    what_now: SaidView
    changes: list[CodedView]
    today: SharedFlagView | None
    contact: ContactView


class ChangesSinceView(View):
    """What has become, by `asOf`, of the warnings that a check gave, and that every line is to be checked again."""

    check_id: UUID
    checked_at: AwareDatetime
    valid_until: AwareDatetime
    as_of: AwareDatetime
    warnings: list[HeldWarningView]
    check_again: SaidView


def changes_view(found: ChangesSince) -> ChangesSinceView:
    """Write what has become of some warnings."""
    return ChangesSinceView(
        check_id=found.check,
        checked_at=found.checked_at,
        valid_until=found.valid_until,
        as_of=found.as_of,
        warnings=[_held(warning) for warning in found.warnings],
        check_again=said_view(CHECK_AGAIN),
    )


def _held(warning: HeldWarning) -> HeldWarningView:
    contact = ContactView(agency=warning.owner_agency, phone=warning.phone)
    today = None
    if warning.precaution is not None:
        today = SharedFlagView.model_validate({**warning.precaution, "badges": warning.badges, "contact": contact})
    return HeldWarningView(
        flag_id=warning.flag_id,
        held_version=warning.held_version,
        version=None if warning.precaution is None else warning.version,
        standing=warning.standing,
        what_now=said_view(warning.what_now),
        changes=[coded_view("recipient-change", change) for change in warning.changes],
        today=today,
        contact=contact,
    )
