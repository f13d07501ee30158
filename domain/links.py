"""Links between records that a rule made, and what people make of them (DESIGN: Person model, law 5).

A rule joins a record to the person another record belongs to where NHS number and birth date agree exactly. Each
such link is listed for review and can be undone: the record stands apart again, and on those digits no rule joins
it to anybody until a person says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.access import Principal
from domain.errors import DomainError
from domain.ids import AgencyCode, RecordId, RecordLinkId, UserId
from domain.validation import REASON, Faults


class LinkRule(StrEnum):
    """Why a rule moved a record."""

    AGREES = "nhs-number-and-birth-date"
    NO_LONGER_AGREES = "no-longer-agrees"
    """The record was amended and left the person it was joined to; there is nothing to set apart."""


class LinkState(StrEnum):
    """What people made of a link so far."""

    UNREVIEWED = "unreviewed"
    CONFIRMED = "confirmed"
    SEPARATED = "separated"


class LinkOutcome(StrEnum):
    """What a review comes to."""

    CONFIRM = "confirm"
    SEPARATE = "separate"


_STATE_OF = {LinkOutcome.CONFIRM: LinkState.CONFIRMED, LinkOutcome.SEPARATE: LinkState.SEPARATED}


@dataclass(frozen=True, slots=True)
class RecordLink:
    """One record of the agency that a rule joined to a person; whose other records those are is not said."""

    id: RecordLinkId
    owner_agency: AgencyCode
    record: RecordId
    rule: LinkRule
    linked_at: datetime
    state: LinkState
    version: int
    reason: str | None = None
    reviewed_at: datetime | None = None
    reviewed_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ReviewLink:
    """What a review of a link comes to, and why."""

    outcome: LinkOutcome
    reason: str


def review_link(link: RecordLink, command: ReviewLink, by: Principal, at: datetime) -> RecordLink:
    """Confirm a link or set the record apart; a later review may come to the other, with its own reason.

    Raises:
        DomainError: `content-invalid`, `link-state-conflict`.
    """
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    faults.refuse()
    state = _STATE_OF[command.outcome]
    nothing_to_part = state is LinkState.SEPARATED and link.rule is LinkRule.NO_LONGER_AGREES
    if link.state is state or nothing_to_part:
        raise DomainError("link-state-conflict")
    return replace(
        link, state=state, version=link.version + 1, reason=command.reason, reviewed_at=at, reviewed_by=by.user
    )


def moves_record(before: RecordLink, after: RecordLink) -> bool:
    """Say whether a review moves the record: apart from the person, or back to them."""
    return LinkState.SEPARATED in {before.state, after.state}
