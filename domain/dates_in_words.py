"""Days and moments as people write them, in either language (W-06): for what is printed and read aloud.

Coded answers keep ISO 8601; these words stand on paper, where a month written as a number misleads.
"""

from datetime import date, datetime

from domain.dates import local_clock
from domain.problems import Bilingual

MONTHS = tuple(
    Bilingual(*pair)
    for pair in (
        ("January", "Ionawr"), ("February", "Chwefror"), ("March", "Mawrth"), ("April", "Ebrill"), ("May", "Mai"),
        ("June", "Mehefin"), ("July", "Gorffennaf"), ("August", "Awst"), ("September", "Medi"),
        ("October", "Hydref"), ("November", "Tachwedd"), ("December", "Rhagfyr"),
    )
)  # fmt: skip
WEEKDAYS = tuple(
    Bilingual(*pair)
    for pair in (
        ("Monday", "dydd Llun"), ("Tuesday", "dydd Mawrth"), ("Wednesday", "dydd Mercher"), ("Thursday", "dydd Iau"),
        ("Friday", "dydd Gwener"), ("Saturday", "dydd Sadwrn"), ("Sunday", "dydd Sul"),
    )
)  # fmt: skip


def day_in_words(day: date) -> Bilingual:
    """Write a day: `9 September 2026`, `9 Medi 2026`."""
    month = MONTHS[day.month - 1]
    return Bilingual(f"{day.day} {month.en} {day.year}", f"{day.day} {month.cy} {day.year}")


def moment_in_words(at: datetime) -> Bilingual:
    """Write a moment by a wall clock in the United Kingdom: `18:30, Wednesday 9 September 2026`."""
    clock = local_clock(at)
    day, weekday = day_in_words(clock.date()), WEEKDAYS[clock.weekday()]
    return Bilingual(f"{clock:%H:%M}, {weekday.en} {day.en}", f"{clock:%H:%M}, {weekday.cy} {day.cy}")
