"""The adult at risk stays seen while a warning limits contact (G-3.1-4, G-4.1-8).

What keeps workers away keeps them away from the adult too, so such a warning names who will see the adult, how
and by when. That is a duty with a date: it is recorded as done, or it is overdue.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.adult_view import AdultView
from domain.dates import local_date
from domain.ids import RecordId, UserId
from domain.validation import Faults

LIMITS_CONTACT = frozenset({"no-home-visit", "police-present", "joint", "neutral-venue", "other"})
"""Controls of `visit-control` after which fewer people, or none, come to where the adult lives.

Two workers or an officer are not always to be had, and a visit that is moved or put off is one at which nobody saw
the home. `other` may say anything, so it is taken at its most limiting. The rest say how to go, not whether.
"""

STILL_IN_TIME = timedelta(days=28)
"""How far ahead seeing the adult may always be planned, even where the review is due sooner or overdue."""

MOST_PLANS = 20


class DutyState(StrEnum):
    """How it stands with seeing the adult."""

    OWED = "owed"
    OVERDUE = "overdue"
    DONE = "done"
    SUPERSEDED = "superseded"
    """A later plan took its place, or nothing limits contact any more."""


@dataclass(frozen=True, slots=True)
class AdultPlan:
    """Who will see the adult, how and by when; without an adult named it is meant for each adult concerned."""

    who: str
    how: str
    by: date
    adult: RecordId | None = None


@dataclass(frozen=True, slots=True)
class AdultDuty:
    """A plan as it was set: by whom, when, and with which version of the flag."""

    plan: AdultPlan
    version: int
    set_at: datetime
    set_by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AdultContact:
    """The adult was seen: by whom, on which day, how the adult was found, and what the adult said."""

    adult: RecordId | None
    seen_by: str
    seen_on: date
    how_found: str
    view: AdultView
    version: int
    recorded_at: datetime
    recorded_by: UserId


@dataclass(frozen=True, slots=True)
class AdultsSeen:
    """The adults at risk whom a flag's evidence names, what was planned for them, and when they were seen.

    `concerned` are the owner's own records; nobody where the evidence names nobody.
    """

    concerned: tuple[RecordId, ...] = ()
    duties: tuple[AdultDuty, ...] = ()
    contacts: tuple[AdultContact, ...] = ()

    def planned(self, plans: Iterable[AdultPlan], version: int, at: datetime, by: UserId) -> "AdultsSeen":
        """Add plans, each for one adult."""
        each = [
            AdultDuty(replace(plan, adult=adult), version, at, by)
            for plan in plans
            for adult in ([plan.adult] if plan.adult is not None else self.concerned or (None,))
        ]
        return replace(self, duties=(*self.duties, *each))

    def sole(self) -> RecordId | None:
        """Give the only adult concerned, or None."""
        return self.concerned[0] if len(self.concerned) == 1 else None

    def latest(self, adult: RecordId | None) -> AdultDuty | None:
        """Find the plan that stands for an adult."""
        return next((duty for duty in reversed(self.duties) if duty.plan.adult == adult), None)

    def is_done(self, duty: AdultDuty) -> bool:
        """Say whether the adult was recorded as seen after the plan was set."""
        return any(contact.adult == duty.plan.adult and contact.version > duty.version for contact in self.contacts)

    def state(self, duty: AdultDuty, today: date, *, limited: bool) -> DutyState:
        """Say how it stands with one duty; `limited` says whether the flag still limits contact."""
        if self.is_done(duty):
            return DutyState.DONE
        if not limited or self.latest(duty.plan.adult) != duty:
            return DutyState.SUPERSEDED
        return DutyState.OVERDUE if duty.plan.by < today else DutyState.OWED

    def owed(self) -> tuple[AdultDuty, ...]:
        """List what is planned and not done, while the flag limits contact."""
        standing = (duty for duty in self.duties if self.latest(duty.plan.adult) == duty)
        return tuple(duty for duty in standing if not self.is_done(duty))


def limits_contact(controls: Iterable[str]) -> bool:
    """Say whether any of some controls limits contact."""
    return not LIMITS_CONTACT.isdisjoint(controls)


def check_adult_seen(
    faults: Faults, plans: Sequence[AdultPlan], adults: AdultsSeen, controls: Iterable[str], days: tuple[date, date]
) -> None:
    """Check that a warning which limits contact says who will see each adult concerned; others may say so.

    `days` are today and the review date, when the question comes up again.
    """
    if limits_contact(controls) and not plans:
        faults.add("/adultSeen", "required")
    faults.unless(len(plans) <= MOST_PLANS, "/adultSeen", "too-many")
    for place, plan in enumerate(plans[:MOST_PLANS]):
        check_plan(faults, f"/adultSeen/{place}", plan, days)
    _check_whom(faults, plans, adults.concerned)


def check_plan(faults: Faults, pointer: str, plan: AdultPlan, days: tuple[date, date]) -> None:
    """Check one plan: who, how, and a day that lies ahead and not beyond the review."""
    today, review_on = days
    faults.line(f"{pointer}/who", plan.who)
    faults.line(f"{pointer}/how", plan.how)
    faults.unless(plan.by >= today, f"{pointer}/by", "in-past")
    faults.unless(plan.by <= max(review_on, today + STILL_IN_TIME), f"{pointer}/by", "out-of-range")


def check_seen_on(faults: Faults, seen_on: date, duty: AdultDuty | None, today: date) -> None:
    """Check the day the adult was seen: not ahead, and not before the plan that it fulfils."""
    faults.unless(seen_on <= today, "/seenOn", "in-future")
    faults.unless(duty is None or seen_on >= local_date(duty.set_at), "/seenOn", "out-of-range")


def _check_whom(faults: Faults, plans: Sequence[AdultPlan], concerned: Collection[RecordId]) -> None:
    named = [plan.adult for plan in plans]
    for place, adult in enumerate(named):
        if adult in named[:place] or (adult is None and len(named) > 1):
            faults.add(f"/adultSeen/{place}", "duplicate")
        elif adult is not None and adult not in concerned:
            faults.add(f"/adultSeen/{place}/adult", "not-found")
    if named and None not in named and not frozenset(named) >= frozenset(concerned):
        faults.add("/adultSeen", "too-few")
