"""Windows and thresholds of unusual access, at their edges."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.alert_windows import (
    CHECKS,
    DAY,
    FEWEST_ASKED,
    LOOKS,
    MOST_AT_NIGHT,
    WEEK,
    AlertKind,
    Budget,
    Finding,
    Look,
    Window,
    night,
    night_of,
    weigh,
)
from domain.audit_actions import AuditAction
from domain.ids import AgencyCode, EventId

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BUDGET = Budget(daily=5, weekly=8)
SECOND = timedelta(seconds=1)


def look(at: datetime = NOON, *people: int, action: str = "person.read", **changes: Any) -> Look:
    known = frozenset(uuid.UUID(int=number) for number in people)
    stated: dict[str, Any] = {
        "outcome": "ok", "reason": "", "purpose": "direct-care", "roles": frozenset({"practitioner"}), **changes,
    }  # fmt: skip
    return Look(
        event=EventId(uuid.uuid4()), at=at, agency=AgencyCode("abuhb"), actions=frozenset({action}), people=known, **stated
    )  # fmt: skip


def found(looks: Sequence[Look], kind: AlertKind, *told: Window, budget: Budget = BUDGET) -> list[Finding]:
    return [each for each in weigh(looks, budget, {kind: list(told)}) if each.kind is kind]


def spread(count: int, over: timedelta, start: datetime = NOON) -> list[Look]:
    """Looks at different people, the last of them `over` after the first."""
    return [look(start + over * place / (count - 1), place) for place in range(count)]


def test_a_budget_is_met_without_being_exceeded() -> None:
    assert found(spread(5, timedelta(hours=2)), AlertKind.DAY_BUDGET) == []
    (one,) = found(spread(6, timedelta(hours=2)), AlertKind.DAY_BUDGET)
    assert (one.people, one.limit, one.window) == (6, 5, Window(NOON, NOON + DAY))
    assert (len(one.events), one.agencies) == (6, ("abuhb",))


def test_the_same_people_again_and_again_are_few_people() -> None:
    looks = [look(NOON + timedelta(minutes=each), each % 5) for each in range(500)]
    assert found(looks, AlertKind.DAY_BUDGET) == []


@pytest.mark.parametrize(("kind", "span", "count"), [(AlertKind.DAY_BUDGET, DAY, 6), (AlertKind.WEEK_BUDGET, WEEK, 9)])
def test_a_span_rolls_and_its_very_end_is_outside(kind: AlertKind, span: timedelta, count: int) -> None:
    assert found(spread(count, span), kind) == [], "the last comes as the first falls out"
    assert len(found(spread(count, span - SECOND), kind)) == 1, "a second sooner it is within"


def test_a_span_is_none_of_the_calendar_s() -> None:
    evening = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    assert len(found(spread(6, timedelta(hours=3), evening), AlertKind.DAY_BUDGET)) == 1


def test_a_slow_stretch_before_does_not_hide_a_fast_one() -> None:
    slow = [look(NOON - timedelta(days=each), 100 + each) for each in range(1, 30)]
    (one,) = found([*slow, *spread(6, timedelta(hours=1))], AlertKind.DAY_BUDGET)
    assert one.window.start == NOON


def test_one_window_is_told_once_with_all_that_lies_in_it_and_the_next_anew() -> None:
    looks = spread(40, timedelta(hours=20))
    (one,) = found(looks, AlertKind.DAY_BUDGET)
    assert one.people == 40
    later = spread(6, timedelta(hours=1), NOON + DAY)
    both = found([*later, *looks], AlertKind.DAY_BUDGET)
    assert [each.window.start for each in both] == [NOON, NOON + DAY]
    assert found([*later, *looks], AlertKind.DAY_BUDGET, *(each.window for each in both)) == []
    assert found([*looks, *later], AlertKind.DAY_BUDGET, one.window) == both[1:]


def test_a_list_that_is_checked_counts_as_one_with_its_display_and_its_sheet() -> None:
    check = uuid.uuid4()
    lists = [look(NOON, *range(500), action=action.value, check=check) for action in sorted(CHECKS)]
    assert {each.counts_as for each in lists} == {frozenset({check})}
    assert found(lists, AlertKind.DAY_BUDGET) == []
    six = [look(NOON, 1, 2, action="flag.checked", check=uuid.uuid4()) for _ in range(6)]
    assert len(found(six, AlertKind.DAY_BUDGET)) == 1, "lists add up like people"
    alone = [look(NOON, each, action="flag.checked", check=uuid.uuid4()) for each in (1, 1, 1, 2, 2, 3, 4)]
    assert found(alone, AlertKind.DAY_BUDGET) == [], "who is checked alone counts as that person, however often"


def test_what_was_refused_shows_nobody() -> None:
    looks = [look(NOON, each, outcome="denied") for each in range(20)]
    assert found(looks, AlertKind.DAY_BUDGET) == []


def test_work_lists_and_the_trail_are_no_looks() -> None:
    chosen = {AuditAction.PERSON_READ, AuditAction.PERSON_SEARCHED, AuditAction.SUMMARY_READ, AuditAction.FLAG_CHECKED}
    assert chosen <= LOOKS
    given = {AuditAction.INBOX_READ, AuditAction.FLAG_DUTIES_READ, AuditAction.AUDIT_READ, AuditAction.AUDIT_EXPORTED}
    assert LOOKS.isdisjoint(given)


def asked(empty: int, full: int, action: str = "person.searched") -> list[Look]:
    nobody = [look(NOON + SECOND * each, action=action, outcome="empty") for each in range(empty)]
    return [*nobody, *(look(NOON + timedelta(hours=1) + SECOND * each, each, action=action) for each in range(full))]


def test_mostly_nobody_found_is_more_than_six_in_ten_of_at_least_twenty() -> None:
    wide = Budget(2000, 5000)
    assert found(asked(FEWEST_ASKED - 1, 0), AlertKind.NOTHING_FOUND, budget=wide) == []
    (all_empty,) = found(asked(FEWEST_ASKED, 0, "flag.checked"), AlertKind.NOTHING_FOUND, budget=wide)
    assert (all_empty.asked, all_empty.empty, all_empty.people) == (20, 20, 0)
    assert found(asked(12, 8), AlertKind.NOTHING_FOUND, budget=wide) == [], "six in ten is not more than that"
    (more,) = found(asked(13, 7), AlertKind.NOTHING_FOUND, budget=wide)
    assert (more.asked, more.empty) == (20, 13)
    reads = [look(NOON + SECOND * each, outcome="not-found") for each in range(30)]
    assert found(reads, AlertKind.NOTHING_FOUND, budget=wide) == [], "a read by id is no search"


def test_one_look_at_the_own_circle_is_enough_and_a_refused_one_too() -> None:
    assert found([look(NOON, 1)], AlertKind.OWN_CIRCLE) == []
    (one,) = found([look(NOON, 1, is_own_circle=True)], AlertKind.OWN_CIRCLE)
    assert one.window == Window(NOON, NOON + DAY)
    tried = look(NOON, outcome="denied", reason="conflict-of-interest", action="incident.recorded")
    assert len(found([tried, look(NOON + SECOND, outcome="denied", reason="access-denied")], AlertKind.OWN_CIRCLE)) == 1
    again = [tried, look(NOON + DAY - SECOND, 1, is_own_circle=True), look(NOON + DAY, 1, is_own_circle=True)]
    assert [len(each.events) for each in found(again, AlertKind.OWN_CIRCLE)] == [2, 1]


def by_night(count: int, start: datetime, **changes: Any) -> list[Look]:
    return [look(start + SECOND * each, each, **changes) for each in range(count)]


def test_more_than_thirty_people_at_night_by_somebody_who_works_by_day() -> None:
    wide, start = Budget(2000, 5000), datetime(2026, 1, 15, 23, tzinfo=UTC)
    assert found(by_night(MOST_AT_NIGHT, start), AlertKind.OUT_OF_HOURS, budget=wide) == []
    (one,) = found(by_night(MOST_AT_NIGHT + 1, start), AlertKind.OUT_OF_HOURS, budget=wide)
    assert one.window == Window(datetime(2026, 1, 15, 22, tzinfo=UTC), datetime(2026, 1, 16, 6, tzinfo=UTC))
    for role in ("duty-manager", "duty-desk", "mash-duty"):
        at_work = by_night(40, start, roles=frozenset({"practitioner", role}))
        assert found(at_work, AlertKind.OUT_OF_HOURS, budget=wide) == []
    assert found(by_night(40, start, purpose="emergency-response"), AlertKind.OUT_OF_HOURS, budget=wide) == []
    by_day = by_night(40, datetime(2026, 1, 15, 15, tzinfo=UTC))
    assert found(by_day, AlertKind.OUT_OF_HOURS, budget=wide) == []
    assert found(by_night(40, start), AlertKind.OUT_OF_HOURS, one.window, budget=wide) == []


def test_two_nights_are_two_windows_and_midnight_divides_none() -> None:
    wide = Budget(2000, 5000)
    late, early = datetime(2026, 1, 15, 23, 59, tzinfo=UTC), datetime(2026, 1, 16, 0, 1, tzinfo=UTC)
    half = [*by_night(16, late), *[look(early + SECOND * each, 100 + each) for each in range(16)]]
    assert len(found(half, AlertKind.OUT_OF_HOURS, budget=wide)) == 1
    apart = [*by_night(16, late), *by_night(16, early + DAY)]
    assert found(apart, AlertKind.OUT_OF_HOURS, budget=wide) == []


@pytest.mark.parametrize(
    ("at", "evening"),
    [
        (datetime(2026, 1, 15, 21, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 1, 15, 22, 0, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2026, 1, 16, 5, 59, 59, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2026, 1, 16, 6, 0, tzinfo=UTC), None),
        (datetime(2026, 7, 15, 20, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 7, 15, 21, 0, tzinfo=UTC), date(2026, 7, 15)),
        (datetime(2026, 7, 16, 5, 0, tzinfo=UTC), None),
    ],
)
def test_the_night_is_that_of_the_clocks_here(at: datetime, evening: date | None) -> None:
    assert night_of(at) == evening
    if evening is not None:
        assert night(evening).holds(at)


@pytest.mark.parametrize(
    ("evening", "hours"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 3, 29), 8)]
)
def test_a_night_in_which_the_clocks_change_is_shorter_or_longer(evening: date, hours: int) -> None:
    window = night(evening)
    assert window.end - window.start == timedelta(hours=hours)
    assert night_of(window.start) == night_of(window.end - SECOND) == evening
    assert night_of(window.start - SECOND) is night_of(window.end) is None
