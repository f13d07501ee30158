"""Calendar sums that rules share: the local day, and months that never overshoot.

Pure on purpose: the day in the United Kingdom is worked out from its own rule, so that no
time zone database of a host can move a review date or a deadline.
"""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache


@lru_cache(maxsize=64)
def _last_sunday(year: int, month: int) -> datetime:
    """Find the moment the United Kingdom's clocks change in a month: its last Sunday, 01:00 UTC."""
    last = date(year, month, calendar.monthrange(year, month)[1])
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return datetime(sunday.year, sunday.month, sunday.day, 1, tzinfo=UTC)


def local_clock(at: datetime) -> datetime:
    """Give what a wall clock in the United Kingdom shows at a moment, without an offset.

    The rule of summer time used is the one in force since 1996.

    Raises:
        ValueError: the moment carries no offset, so nobody can say what time it is.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without an offset has no local day")
    utc = at.astimezone(UTC)
    summer = _last_sunday(utc.year, 3) <= utc < _last_sunday(utc.year, 10)
    return (utc + timedelta(hours=1) if summer else utc).replace(tzinfo=None)


def local_date(at: datetime) -> date:
    """Give the calendar day in the United Kingdom at a moment (A-05).

    Deadlines and review dates are local days: 23:30 UTC in July is already tomorrow there.

    Raises:
        ValueError: the moment carries no offset, so nobody can say which day it is.
    """
    return local_clock(at).date()


def start_of_day(day: date) -> datetime:
    """Give the moment at which a calendar day begins in the United Kingdom.

    The clocks never change at midnight, so it is midnight UTC or an hour before it.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    earlier = midnight - timedelta(hours=1)
    return earlier if local_date(earlier) == day else midnight


def add_months(day: date, months: int) -> date:
    """Move a day by calendar months; where the month has no such day, take its last one (A-02, A-03).

    Never later than that: 31 August and six months is 28 February, not 3 March.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
