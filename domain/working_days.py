"""Working days in England and Wales, for duties that are due so many of them after something happened.

Bank holidays change by proclamation, so they are project data: those given for England and Wales up to 2028. Past the
last year of the table weekends alone are free, so that a duty falls due early there and never too late.
"""

from datetime import date, datetime, timedelta

from domain.dates import local_date, start_of_day

_GIVEN = {
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}
BANK_HOLIDAYS = frozenset(date.fromisoformat(f"{year}-{day}") for year, days in _GIVEN.items() for day in days.split())
"""New Year, Good Friday, Easter Monday, the May and August days, Christmas and Boxing Day, or their substitutes."""


def is_working_day(day: date) -> bool:
    """Say whether offices work on a day: no Saturday, no Sunday, no bank holiday."""
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def end_of_working_day(after: datetime, days: int) -> datetime:
    """Give the moment at which so many whole working days have passed since the local day of something.

    The day itself does not count, however early it happened: the last of the days is whoever must act's own to its end.

    Raises:
        ValueError: the moment carries no offset, so nobody can say which day it is.
    """
    day = local_date(after)
    left = days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return start_of_day(day + timedelta(days=1))
