"""Working days: weekends, bank holidays and their substitutes, and the clocks that change in the night."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.dates import local_date
from domain.working_days import BANK_HOLIDAYS, end_of_working_day, is_working_day


@pytest.mark.parametrize(
    ("happened", "last_day"),
    [
        ("2026-11-24T02:00:00+00:00", "2026-11-26"),  # a Tuesday at night: Wednesday and Thursday
        ("2026-11-26T23:59:00+00:00", "2026-11-30"),  # a Thursday: Friday and Monday
        ("2026-11-28T10:00:00+00:00", "2026-12-01"),  # a Saturday: Monday and Tuesday
        ("2026-11-29T23:30:00+00:00", "2026-12-01"),  # a Sunday
        ("2026-12-23T09:00:00+00:00", "2026-12-29"),  # Christmas Eve, then four days without work
        ("2026-12-24T09:00:00+00:00", "2026-12-30"),
        ("2026-12-25T03:00:00+00:00", "2026-12-30"),  # on Christmas Day itself
        ("2027-12-24T09:00:00+00:00", "2027-12-30"),  # substitutes on Monday and Tuesday
        ("2028-12-31T09:00:00+00:00", "2029-01-02"),  # past the table: weekends alone, so early and never late
        ("2026-04-02T09:00:00+01:00", "2026-04-08"),  # Maundy Thursday: Easter ends on Monday
        ("2027-03-25T09:00:00+00:00", "2027-03-31"),  # Easter across the change of the clocks
        ("2026-07-31T23:30:00+00:00", "2026-08-04"),  # Saturday already in the United Kingdom
    ],
)
def test_two_working_days_are_whole_days_that_offices_work(happened: str, last_day: str) -> None:
    ends = end_of_working_day(datetime.fromisoformat(happened), 2)
    assert local_date(ends - timedelta(microseconds=1)) == date.fromisoformat(last_day)
    assert local_date(ends) == date.fromisoformat(last_day) + timedelta(days=1)


def test_bank_holidays_are_eight_a_year_and_never_on_a_weekend() -> None:
    assert sorted({day.year for day in BANK_HOLIDAYS}) == list(range(2024, 2029))
    assert len(BANK_HOLIDAYS) == 8 * 5
    assert not [day for day in BANK_HOLIDAYS if day.weekday() > 4 or is_working_day(day)]


def test_no_day_or_one_whole_one() -> None:
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert end_of_working_day(monday, 0) == datetime(2026, 11, 24, tzinfo=UTC)
    assert end_of_working_day(monday, 1) == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        end_of_working_day(datetime(2026, 11, 23), 2)  # noqa: DTZ001 - that is the point
