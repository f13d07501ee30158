"""What the stories of the examples have in common: where the examples are, and when an answer looks as shown."""

import re
from pathlib import Path

import api
from domain.dates_in_words import MONTHS

FILE = Path(api.__file__).with_name("examples.json")
WRITE_AGAIN = "RHANNU_WRITE_EXAMPLES"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})")
IN_WORDS = re.compile(rf"\d{{1,2}} ({'|'.join(name for month in MONTHS for name in (month.en, month.cy))}) \d{{4}}")


def like(shown: object, real: object) -> bool:
    """Say whether an answer looks as shown: the same but for ids, moments and days."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return shown.keys() == real.keys() and all(like(shown[key], real[key]) for key in shown)
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(like, shown, real))
    if isinstance(shown, str) and isinstance(real, str):
        return masked(shown) == masked(real)
    return shown == real


def masked(text: str) -> str:
    """Put the kind of each id, moment and day in its place."""
    for name, form in (("moment", MOMENT), ("day", DAY), ("id", UUID), ("words", IN_WORDS)):
        text = form.sub(name, text)
    return text
