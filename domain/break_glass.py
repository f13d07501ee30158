"""Break-glass: a named human who must know now opens a sealed door for an hour, and answers for it (R-04).

A grant opens the warnings about one person that its human otherwise may not read, to read and nothing else. Somebody
else of the same agency reviews every grant within two working days; whose reviews are left lying, or whose use was not
justified, opens nothing more (security.md 4.4, DHIS2's break-glass).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Permission, Principal, Role, roles_with
from domain.duties import Clock, Rung
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.ids import (
    AgencyCode,
    BreakGlassId,
    BreakGlassNoticeId,
    BreakGlassRestorationId,
    HumanId,
    PersonId,
    RecordId,
    UserId,
)
from domain.text import fold, tidy
from domain.validation import REASON, Faults
from domain.working_days import end_of_working_day

LASTS = timedelta(minutes=60)
"""How long a grant is open."""
REVIEW_WITHIN = 2
"""Within how many working days somebody else reviews it."""
SHORTEST = 20
"""Fewest characters of a justification, not counting what stands around it or cannot be seen."""
MOST_OVERDUE = 1
"""How many reviews of one human's grants may be overdue before the right is lost."""


class ReviewOutcome(StrEnum):
    """What whoever reviews a grant makes of it."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True)
class OpenBreakGlass:
    """On whom the door is opened, by the agency's own record, and why; `reason_code` is one of `break-glass-reason`."""

    about: RecordId
    reason_code: str
    justification: str


@dataclass(frozen=True, slots=True)
class ReviewBreakGlass:
    """What is made of a use, and why."""

    outcome: ReviewOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class BreakGlassReview:
    """A review, and whose it is."""

    given: ReviewBreakGlass
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassGrant:
    """A door opened by one human; version 2 is the same with its review.

    `person` is whom the record stood for when the door was opened; it never leaves the service.
    """

    id: BreakGlassId
    owner_agency: AgencyCode
    opening: OpenBreakGlass
    person: PersonId
    opened: Signature
    expires_at: datetime
    review_due_at: datetime
    review: BreakGlassReview | None = None

    @property
    def version(self) -> int:
        """Count what has happened to it: opened, reviewed."""
        return 1 if self.review is None else 2

    def is_open(self, at: datetime) -> bool:
        """Say whether something may still be read under it: within its hour, and nobody has reviewed it yet."""
        return self.review is None and at < self.expires_at

    def is_overdue(self, at: datetime) -> bool:
        """Say whether its review is late."""
        return self.review is None and self.review_due_at <= at


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody who would open a door stands: over all their accounts and agencies.

    `is_open` says that they have it open already, `overdue` how many of their reviews are late, `is_misused` that a use
    of theirs was not justified and nobody has given the right back.
    """

    is_open: bool
    overdue: int
    is_misused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassNotice:
    """What data protection officers of one agency are told of a grant: that there is one, and nothing about anybody.

    `opened_by` is there for the agency whose human it was.
    """

    id: BreakGlassNoticeId
    owner_agency: AgencyCode
    grant: BreakGlassId
    opened_at: datetime
    opening_agency: AgencyCode
    told_at: datetime
    version: int
    opened_by: Signature | None
    acknowledged_at: datetime | None
    acknowledged_by: UserId | None


@dataclass(frozen=True, slots=True)
class RestoreBreakGlass:
    """Whose right is given back, by the account that misused it, and why."""

    user: UserId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassRestoration:
    """That a right was given back: to which account and the human behind it, by whom and why."""

    id: BreakGlassRestorationId
    owner_agency: AgencyCode
    user: UserId
    human: HumanId
    reason: str
    restored: Signature

    @property
    def version(self) -> int:
        """It never changes."""
        return 1


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a grant is open, and by when it is reviewed."""

    opened_at: datetime
    expires_at: datetime
    review_due_at: datetime


def window_of(at: datetime) -> Window:
    """Say how long a door opened at a moment stays open and when its review is due."""
    return Window(at, at + LASTS, end_of_working_day(at, REVIEW_WITHIN))


def check_opening(command: OpenBreakGlass, by: Principal) -> None:
    """Refuse whoever is no named human, and what gives no reason.

    A team answers for its work, but nobody can be asked why they looked; a system asks nobody at all.

    Raises:
        DomainError: `break-glass-needs-a-person`, `content-invalid`.
    """
    if by.is_team or Role.SYSTEM_CLIENT in by.roles:
        raise DomainError("break-glass-needs-a-person")
    faults = Faults()
    faults.code("/reasonCode", "break-glass-reason", command.reason_code)
    faults.text("/justification", command.justification, REASON)
    faults.refuse()
    seen = "".join(char for char in tidy(command.justification) if unicodedata.category(char) != "Cf")
    faults.unless(len(seen) >= SHORTEST, "/justification", "too-short")
    faults.unless(len(set(fold(seen))) > 1, "/justification", "says-nothing")
    faults.refuse()


def check_standing(standing: Standing) -> None:
    """Refuse whoever has lost the right, and whoever has this door open already.

    Raises:
        DomainError: `break-glass-withheld`, `break-glass-already-open`.
    """
    if standing.is_misused or standing.overdue > MOST_OVERDUE:
        raise DomainError("break-glass-withheld")
    if standing.is_open:
        raise DomainError("break-glass-already-open")


def reads_all(by: Principal) -> bool:
    """Say whether somebody sees all of their agency's grants; whoever only opens sees their own."""
    return not by.roles.isdisjoint(roles_with(Permission.BREAK_GLASS_REVIEW))


def is_of(grant: BreakGlassGrant, by: Principal) -> bool:
    """Say whether a grant is this very human's, from whatever account of theirs."""
    return by.is_one_with(grant.opened.user, grant.opened.human)


def check_reading(grant: BreakGlassGrant, stands_for: PersonId, by: Principal, at: datetime) -> None:
    """Refuse to read under a grant that is not the caller's, or is over.

    `stands_for` is whom the record stands for now: joined to somebody else since, it opens nothing about them.

    Raises:
        DomainError: `not-found` for whoever did not open it, `break-glass-expired` for whoever did.
    """
    if not is_of(grant, by):
        raise DomainError("not-found")
    if not grant.is_open(at) or stands_for != grant.person:
        raise DomainError("break-glass-expired")


def review(grant: BreakGlassGrant, given: ReviewBreakGlass, by: Principal, at: datetime) -> BreakGlassGrant:
    """Say whether a use was justified, as somebody who had no part in it; it ends what is still open.

    Raises:
        DomainError: `break-glass-needs-another`, `break-glass-reviewed`, `content-invalid`.
    """
    if is_of(grant, by):
        raise DomainError("break-glass-needs-another")
    if grant.review is not None:
        raise DomainError("break-glass-reviewed")
    _check_reason(given.reason)
    return replace(grant, review=BreakGlassReview(given, sign(by, at)))


def acknowledge(notice: BreakGlassNotice, by: Principal, at: datetime) -> BreakGlassNotice:
    """Say that a data protection officer, who did not open the door, has seen that it was opened.

    Raises:
        DomainError: `break-glass-needs-another`, `break-glass-reviewed`.
    """
    opened = notice.opened_by
    if opened is not None and by.is_one_with(opened.user, opened.human):
        raise DomainError("break-glass-needs-another")
    if notice.acknowledged_at is not None:
        raise DomainError("break-glass-reviewed")
    return replace(notice, version=notice.version + 1, acknowledged_at=at, acknowledged_by=by.user)


def restore(
    new_id: BreakGlassRestorationId,
    command: RestoreBreakGlass,
    misuses: Sequence[BreakGlassGrant],
    by: Principal,
    at: datetime,
) -> BreakGlassRestoration:
    """Give the right back to somebody else after uses that were not justified; `misuses` are those not yet forgiven.

    A right lost by overdue reviews comes back with the reviews.

    Raises:
        DomainError: `break-glass-needs-another`, `break-glass-not-withheld`, `content-invalid`.
    """
    if command.user == by.user or any(is_of(each, by) for each in misuses):
        raise DomainError("break-glass-needs-another")
    _check_reason(command.reason)
    if not misuses:
        raise DomainError("break-glass-not-withheld")
    return BreakGlassRestoration(
        id=new_id,
        owner_agency=by.agency,
        user=command.user,
        human=misuses[-1].opened.human,
        reason=command.reason,
        restored=sign(by, at),
    )


def _check_reason(reason: str) -> None:
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()


class BreakGlassDutyKind(StrEnum):
    """What is owed for a grant."""

    REVIEW = "review-break-glass"


@dataclass(frozen=True, slots=True)
class BreakGlassDuty:
    """That a grant is to be reviewed, and by when."""

    kind: BreakGlassDutyKind
    clock: Clock


_A_DAY = timedelta(days=1)
_LADDER = (
    Rung(_A_DAY, (Role.DPO_IG,)),
    Rung(timedelta(0), (Role.DPO_IG,)),
    Rung(-_A_DAY, (Role.DPO_IG, Role.DUTY_MANAGER)),
)
"""Officers hear of it a day before and when it is due; a day late, the duty managers too, whose right hangs on it."""


def duties_of_break_glass(review_due_at: datetime) -> tuple[BreakGlassDuty, ...]:
    """List what is owed for a grant that nobody has reviewed."""
    return (BreakGlassDuty(BreakGlassDutyKind.REVIEW, Clock(review_due_at, _LADDER)),)
