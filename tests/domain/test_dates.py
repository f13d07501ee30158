from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import add_months, local_date


@given(st.integers(0, 40 * 366 * 24 * 60))
def test_the_local_day_is_the_one_of_the_time_zone_database(minutes: int) -> None:
    at = datetime(1997, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert local_date(at) == at.astimezone(ZoneInfo("Europe/London")).date()


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_the_local_day_is_right_on_the_nights_the_clocks_change(change: datetime) -> None:
    for minutes in range(-1500, 1500, 7):
        at = change + timedelta(minutes=minutes)
        assert local_date(at) == at.astimezone(ZoneInfo("Europe/London")).date()


def test_a_moment_without_offset_has_no_local_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_date(datetime(2026, 3, 9, 10, 15))  # noqa: DTZ001  # the very fault that is tested


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
    ],
)
def test_months_end_with_the_month_and_never_later(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
