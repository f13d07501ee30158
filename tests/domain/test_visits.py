"""Visit sheets: which shift one can serve, and when it stops being true; dates in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import local_clock
from domain.dates_in_words import day_in_words, moment_in_words
from domain.errors import DomainError
from domain.flag_checks import VALID_FOR, CheckEntry, RunCheck
from domain.flag_codes import FlagState
from domain.held_warnings import WHAT_NOW, HeldStanding, standing_of
from domain.visibility import Tier
from domain.visits import LONGEST_SHIFT, IssueSheet, SheetLanguage, Shift, check_of, holds_until

NOW = datetime(2026, 9, 9, 17, 0, tzinfo=UTC)
CHECK = RunCheck((CheckEntry(uprn="100000000000"),))


def command(start: timedelta, end: timedelta, contact_on: date | None = None) -> IssueSheet:
    return IssueSheet(RunCheck(CHECK.entries, contact_on), Shift(NOW + start, NOW + end), SheetLanguage.EN)


HOURS = st.integers(-30 * 60, 30 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(HOURS, HOURS)
def test_a_sheet_that_is_issued_is_true_for_some_of_its_shift_and_never_longer_than_the_check(
    start: timedelta, end: timedelta
) -> None:
    asked = command(start, end)
    try:
        check_of(asked, NOW)
    except DomainError:
        possible = timedelta(0) < end - start <= LONGEST_SHIFT and end > timedelta(0) and start < VALID_FOR
        assert not possible
        return
    until = holds_until(asked.shift, NOW)
    assert max(asked.shift.start, NOW) < until <= min(asked.shift.end, NOW + VALID_FOR)


def test_the_day_of_contact_is_the_local_day_the_shift_begins() -> None:
    # 23:30 UTC in September is already the next day in Wales.
    late = command(timedelta(hours=6, minutes=30), timedelta(hours=12))
    assert check_of(late, NOW).contact_on == date(2026, 9, 10)
    begun = command(timedelta(hours=-4), timedelta(hours=4))
    assert check_of(begun, NOW).contact_on == date(2026, 9, 9)


def test_a_shift_over_midnight_may_name_its_second_day_and_no_third() -> None:
    over = command(timedelta(hours=4), timedelta(hours=12), date(2026, 9, 10))
    assert check_of(over, NOW).contact_on == date(2026, 9, 10)
    with pytest.raises(DomainError):
        check_of(command(timedelta(hours=4), timedelta(hours=12), date(2026, 9, 11)), NOW)


def test_days_are_written_as_people_write_them() -> None:
    assert day_in_words(date(2026, 9, 9)).cy == "9 Medi 2026"
    assert moment_in_words(datetime(2026, 9, 9, 17, 30, tzinfo=UTC)).en == "18:30, Wednesday 9 September 2026"
    assert moment_in_words(datetime(2026, 1, 5, 17, 30, tzinfo=UTC)).cy == "17:30, dydd Llun 5 Ionawr 2026"


@pytest.mark.parametrize(
    ("utc", "clock"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "2026-03-29T00:59:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T02:00:00"),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "2026-10-25T01:59:00"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "2026-10-25T01:00:00"),
    ],
)
def test_the_wall_clock_changes_when_the_clocks_do(utc: datetime, clock: str) -> None:
    assert local_clock(utc).isoformat() == clock


@pytest.mark.parametrize(
    ("held", "version", "state", "tier", "standing"),
    [
        (2, 2, FlagState.ACTIVE, Tier.PRECAUTION, HeldStanding.UNCHANGED),
        (2, 4, FlagState.ACTIVE, Tier.PRECAUTION, HeldStanding.CHANGED),
        (2, 3, FlagState.REMOVED, Tier.ABSENT, HeldStanding.REMOVED),
        (2, 3, FlagState.ENTERED_IN_ERROR, Tier.ABSENT, HeldStanding.WITHDRAWN),
        (2, 3, FlagState.ACTIVE, Tier.EXISTS, HeldStanding.NOT_SHOWN),
        (2, 2, FlagState.ACTIVE, Tier.ABSENT, HeldStanding.NOT_SHOWN),
        (2, 3, FlagState.PROVISIONAL, Tier.PRECAUTION, HeldStanding.CHANGED),
    ],
)
def test_what_has_become_of_a_warning(
    held: int, version: int, state: FlagState, tier: Tier, standing: HeldStanding
) -> None:
    assert standing_of(held, version, state, tier) is standing


def test_every_standing_says_what_to_do_in_both_languages() -> None:
    assert set(WHAT_NOW) == set(HeldStanding)
    assert all(text.en and text.cy for text in WHAT_NOW.values())
