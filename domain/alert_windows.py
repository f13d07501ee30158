"""When somebody's looking at people is unusual: pure sums over what the audit trail says of one account.

What counts is whom somebody chose to look at. Work lists that come to a desk (inbox, duties, requests) are not chosen
and do not count. A check of a list is a match by a machine on people whom the work names: the list counts as one,
together with its display and its sheet, and whoever is then opened counts for themself. So a duty desk that checks the
day's visits stays within its budget, and somebody who opens one record after another does not.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.access import Purpose, Role
from domain.audit import AuditOutcome
from domain.audit_actions import AuditAction
from domain.conflicts import CONFLICT
from domain.dates import local_clock, start_of_day
from domain.ids import AgencyCode, EventId

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
FEWEST_ASKED = 20
"""Searches and checks below which a share of those that found nobody says nothing."""
MOSTLY_NOTHING = 0.6
MOST_AT_NIGHT = 30
_NIGHT_FROM, _NIGHT_TO = 22, 6

NIGHT_ROLES = frozenset({Role.DUTY_MANAGER, Role.DUTY_DESK, Role.MASH_DUTY})
"""Roles whose work is at night as much as by day; an emergency is nobody's hour either."""

CHECKS = frozenset({
    AuditAction.FLAG_CHECKED, AuditAction.CHECK_DISPLAYED, AuditAction.CHECK_ACKNOWLEDGED, AuditAction.CHECK_RESOLVED,
    AuditAction.CHECK_CHANGES_READ, AuditAction.SHEET_ISSUED,
})  # fmt: skip
LOOKS = CHECKS | {
    AuditAction.PERSON_READ, AuditAction.PERSON_SEARCHED, AuditAction.SUMMARY_READ, AuditAction.FLAG_READ,
    AuditAction.INCIDENT_READ, AuditAction.INFORMATION_REQUESTED,
}  # fmt: skip
"""Actions by which somebody looks at people whom they chose."""
_ASKS = frozenset({AuditAction.PERSON_SEARCHED, AuditAction.FLAG_CHECKED})
_NOBODY = frozenset({AuditOutcome.EMPTY, AuditOutcome.NOT_FOUND})


class AlertKind(StrEnum):
    """Codes of the `access-alert-kind` list."""

    DAY_BUDGET = "day-budget"
    WEEK_BUDGET = "week-budget"
    NOTHING_FOUND = "nothing-found"
    OWN_CIRCLE = "own-circle"
    OUT_OF_HOURS = "out-of-hours"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many different people somebody may look at in any 24 hours and any 7 days before it is put to a DPO."""

    daily: int
    weekly: int


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, its start within it and its end not."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Say whether a moment lies within."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One event in which somebody looked, or tried to; `people` by the person whom linked records share.

    `check` is the check that an event of a check belongs to; `is_own_circle` says that somebody in it is close to the
    account's human: declared, or living where they do.
    """

    event: EventId
    at: datetime
    agency: AgencyCode
    actions: frozenset[str]
    outcome: str
    reason: str
    purpose: str
    roles: frozenset[str]
    people: frozenset[UUID]
    check: UUID | None = None
    is_own_circle: bool = False

    @property
    def counts_as(self) -> frozenset[UUID]:
        """Give whom it counts as: a list that was checked as one, nobody where nothing was answered."""
        if self.outcome != AuditOutcome.OK:
            return frozenset()
        if not self.actions.isdisjoint(CHECKS) and len(self.people) > 1:
            return frozenset({self.check or self.event})
        return self.people

    @property
    def asks(self) -> bool:
        """Say whether it is a search or a check that was answered, be it with nobody."""
        answered = self.outcome == AuditOutcome.OK or self.finds_nobody
        return answered and not self.actions.isdisjoint(_ASKS)

    @property
    def finds_nobody(self) -> bool:
        """Say whether it came to nobody."""
        return self.outcome in _NOBODY

    @property
    def is_close(self) -> bool:
        """Say whether it looked at the human's own circle, or was refused because it would have."""
        return self.reason == CONFLICT or (self.is_own_circle and self.outcome == AuditOutcome.OK)

    @property
    def is_of_the_night(self) -> bool:
        """Say whether the hour is the work's own."""
        return self.purpose == Purpose.EMERGENCY_RESPONSE or not self.roles.isdisjoint(NIGHT_ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something unusual: of what kind, in which window, how many of what, by which events at which agencies."""

    kind: AlertKind
    window: Window
    people: int
    asked: int
    empty: int
    limit: int
    events: tuple[EventId, ...]
    agencies: tuple[AgencyCode, ...]


@dataclass(slots=True)
class _Tally:
    """What some looks add up to, kept as they come and go."""

    people: Counter[UUID] = field(default_factory=Counter[UUID])
    asked: int = 0
    empty: int = 0
    close: int = 0

    def add(self, look: Look, by: int = 1) -> None:
        """Count a look, or with -1 take it out again."""
        for person in look.counts_as:
            self.people[person] += by
            if not self.people[person]:
                del self.people[person]
        self.asked += by * look.asks
        self.empty += by * (look.asks and look.finds_nobody)
        self.close += by * look.is_close


def weigh(looks: Iterable[Look], budget: Budget, covered: Mapping[AlertKind, Sequence[Window]]) -> tuple[Finding, ...]:
    """Find what is unusual among an account's looks; what lies in a window that was told of is not told again."""
    in_order = sorted(looks, key=lambda look: (look.at, look.event))
    rolling: tuple[tuple[AlertKind, timedelta, int, Callable[[_Tally], bool]], ...] = (
        (AlertKind.DAY_BUDGET, DAY, budget.daily, lambda tally: len(tally.people) > budget.daily),
        (AlertKind.WEEK_BUDGET, WEEK, budget.weekly, lambda tally: len(tally.people) > budget.weekly),
        (AlertKind.NOTHING_FOUND, DAY, FEWEST_ASKED, _is_mostly_nothing),
        (AlertKind.OWN_CIRCLE, DAY, 0, lambda tally: tally.close > 0),
    )
    found = [
        _finding(kind, limit, window, inside)
        for kind, span, limit, is_unusual in rolling
        for window, inside in _windows(_left(in_order, kind, covered), span, is_unusual)
    ]
    return (*found, *_nights(_left(in_order, AlertKind.OUT_OF_HOURS, covered)))


def _is_mostly_nothing(tally: _Tally) -> bool:
    return tally.asked >= FEWEST_ASKED and tally.empty > MOSTLY_NOTHING * tally.asked


_MATTERS: dict[AlertKind, Callable[[Look], bool]] = {
    AlertKind.DAY_BUDGET: lambda look: bool(look.counts_as),
    AlertKind.WEEK_BUDGET: lambda look: bool(look.counts_as),
    AlertKind.NOTHING_FOUND: lambda look: look.asks,
    AlertKind.OWN_CIRCLE: lambda look: look.is_close,
    AlertKind.OUT_OF_HOURS: lambda look: bool(look.counts_as) and not look.is_of_the_night,
}


def _left(looks: Iterable[Look], kind: AlertKind, covered: Mapping[AlertKind, Sequence[Window]]) -> list[Look]:
    told = covered.get(kind, ())
    matters = _MATTERS[kind]
    return [look for look in looks if matters(look) and not any(window.holds(look.at) for window in told)]


def _windows(
    looks: Sequence[Look], span: timedelta, is_unusual: Callable[[_Tally], bool]
) -> Iterator[tuple[Window, list[Look]]]:
    """Slide over looks in order; where a span becomes unusual, give the window from its first look, and go on after."""
    held: deque[Look] = deque()
    tally, until = _Tally(), None
    for place, look in enumerate(looks):
        if until is not None and look.at < until:
            continue
        held.append(look)
        tally.add(look)
        while held[0].at <= look.at - span:
            tally.add(held.popleft(), -1)
        if is_unusual(tally):
            window = Window(held[0].at, held[0].at + span)
            yield window, [*held, *(each for each in looks[place + 1 :] if each.at < window.end)]
            held.clear()
            tally, until = _Tally(), window.end


def night_of(at: datetime) -> date | None:
    """Say in the night of which evening a moment lies on the clocks of the United Kingdom; None by day."""
    clock = local_clock(at)
    if clock.hour >= _NIGHT_FROM:
        return clock.date()
    return clock.date() - timedelta(days=1) if clock.hour < _NIGHT_TO else None


def night(evening: date) -> Window:
    """Give a night from its 22:00 to its 06:00; clocks change in between, so that one may have seven or nine hours."""
    midnight, next_midnight = start_of_day(evening + timedelta(days=1)), start_of_day(evening + timedelta(days=2))
    return Window(
        midnight - timedelta(hours=24 - _NIGHT_FROM), next_midnight - timedelta(hours=24) + timedelta(hours=_NIGHT_TO)
    )


def _nights(looks: Iterable[Look]) -> Iterator[Finding]:
    nights: dict[date, list[Look]] = {}
    for look in looks:
        evening = night_of(look.at)
        if evening is not None:
            nights.setdefault(evening, []).append(look)
    for evening, inside in nights.items():
        if len(frozenset[UUID]().union(*(look.counts_as for look in inside))) > MOST_AT_NIGHT:
            yield _finding(AlertKind.OUT_OF_HOURS, MOST_AT_NIGHT, night(evening), inside)


def _finding(kind: AlertKind, limit: int, window: Window, inside: Sequence[Look]) -> Finding:
    tally = _Tally()
    for look in inside:
        tally.add(look)
    return Finding(
        kind=kind,
        window=window,
        people=len(tally.people),
        asked=tally.asked,
        empty=tally.empty,
        limit=limit,
        events=tuple(look.event for look in inside),
        agencies=tuple(sorted({look.agency for look in inside})),
    )
