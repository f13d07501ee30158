"""Access alerts: signs of unusual access that a data protection officer reviews, and the budgets they go by.

An alert decides nothing (law 5): it says what was counted and where on the trail it stands, never whom somebody looked
at. Whoever it concerns is not told, since they could trim what they do to it; the DPO may tell them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Principal, Role
from domain.alert_windows import AlertKind, Budget, Finding, Window
from domain.duties import Clock, Rung
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, AlertId, EventId, HumanId, UserId
from domain.validation import REASON, Faults

REVIEW_WITHIN = timedelta(days=5)
WEIGHED_AFTER = timedelta(minutes=5)
"""How long after somebody's first fresh event their access is weighed: a busy account is not weighed all the time."""
DEFAULT_BUDGET = Budget(daily=150, weekly=400)
"""What holds until an agency sets its own."""
FIRST_VERSION = 1
"""The version of the budgets that nobody has set."""
DAILY_BOUNDS = (20, 2000)
WEEKLY_BOUNDS = (20, 5000)
MOST_EVENTS = 200
"""Events named in an alert, the newest; their number is told whole, and the trail has them all."""


class AlertOutcome(StrEnum):
    """Codes of the `access-alert-outcome` list."""

    EXPLAINED = "explained"
    REFERRED = "referred"
    NO_CONCERN = "no-concern"


class AlertDutyKind(StrEnum):
    """What is owed."""

    REVIEW = "review-alert"


@dataclass(frozen=True, slots=True)
class AgencyBudget:
    """The budgets in force at an agency, in which version; nobody set those of the first."""

    owner_agency: AgencyCode
    version: int
    budget: Budget
    set_by: Signature | None = None


@dataclass(frozen=True, slots=True)
class ReviewAlert:
    """What a reviewer makes of it, and why."""

    outcome: AlertOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewedBy:
    """A review and whose it is."""

    review: ReviewAlert
    signed: Signature


@dataclass(frozen=True, slots=True)
class Account:
    """Whose access it is: the account, its home agency, and the human behind it."""

    user: UserId
    human: HumanId
    agency: AgencyCode
    is_team: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAlert:
    """One version of an alert; the version with its review follows the one without."""

    id: AlertId
    owner_agency: AgencyCode
    version: int
    kind: AlertKind
    user: UserId
    human: HumanId
    window: Window
    people: int
    asked: int
    empty: int
    limit: int
    event_count: int
    events: tuple[EventId, ...]
    agencies: tuple[AgencyCode, ...]
    raised_at: datetime
    reviewed: ReviewedBy | None = None

    @property
    def review_by(self) -> datetime:
        """Say by when it is to be reviewed."""
        return self.raised_at + REVIEW_WITHIN

    def is_hidden_from(self, by: Principal) -> bool:
        """Say whether it concerns whoever asks, from whatever account: to them there is no such alert."""
        return by.is_one_with(self.user, self.human)


@dataclass(frozen=True, slots=True)
class AlertDuty:
    """That an alert is to be reviewed, and by when."""

    kind: AlertDutyKind
    clock: Clock


def raise_alert(new_id: AlertId, finding: Finding, of: Account, at: datetime) -> AccessAlert:
    """Put something unusual before the data protection officers of the account's own agency."""
    return AccessAlert(
        id=new_id,
        owner_agency=of.agency,
        version=1,
        kind=finding.kind,
        user=of.user,
        human=of.human,
        window=finding.window,
        people=finding.people,
        asked=finding.asked,
        empty=finding.empty,
        limit=finding.limit,
        event_count=len(finding.events),
        events=finding.events[-MOST_EVENTS:],
        agencies=finding.agencies,
        raised_at=at,
    )


def review(alert: AccessAlert, given: ReviewAlert, by: Principal, at: datetime) -> AccessAlert:
    """Say what came of looking into an alert.

    Raises:
        DomainError: `not-found` for whom it concerns, `alert-reviewed`, `content-invalid`.
    """
    if alert.is_hidden_from(by):
        raise DomainError("not-found")
    if alert.reviewed is not None:
        raise DomainError("alert-reviewed")
    faults = Faults()
    faults.text("/reason", given.reason, REASON)
    faults.refuse()
    return replace(alert, version=alert.version + 1, reviewed=ReviewedBy(given, sign(by, at)))


def duties_of_alert(alert: AccessAlert) -> tuple[AlertDuty, ...]:
    """List what is owed to an alert: a review, chased once it is late, and higher up once that is long past."""
    if alert.reviewed is not None:
        return ()
    officers = (Role.DPO_IG,)
    ladder = (Rung(timedelta(0), officers), Rung(-REVIEW_WITHIN, (*officers, Role.SAFEGUARDING_LEAD)))
    return (AlertDuty(AlertDutyKind.REVIEW, Clock(alert.review_by, ladder)),)


def set_budget(before: AgencyBudget, budget: Budget, by: Principal, at: datetime) -> AgencyBudget:
    """Set an agency's own budgets, within bounds that keep an alert possible.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    for pointer, value, (least, most) in (
        ("/daily", budget.daily, DAILY_BOUNDS),
        ("/weekly", budget.weekly, WEEKLY_BOUNDS),
    ):
        faults.unless(least <= value <= most, pointer, "out-of-range")
    faults.unless(budget.daily <= budget.weekly, "/weekly", "inconsistent")
    faults.refuse()
    return AgencyBudget(before.owner_agency, before.version + 1, budget, sign(by, at))
