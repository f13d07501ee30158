"""Numbers and codes that name people and places beyond one agency: NHS number, UPRN, postcode.

Each has one canonical spelling, which is what is stored and compared; spaces and hyphens that people
write for legibility are accepted and dropped.
"""

import re

_SEPARATORS = re.compile(r"[ \-]")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_UPRN = re.compile(r"[0-9]{1,12}")
_POSTCODE = re.compile(
    r"GIR0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9]{1,2}|[A-HK-Y][0-9][ABEHMNPRVWXY])"
    r"[0-9][ABD-HJLNP-UW-Z]{2}"
)
_LONGEST = 40
"""Longer than any spelling of these; anything beyond is refused before it is looked at."""


def canonical_nhs_number(value: str) -> str | None:
    """Write an NHS number unspaced, or say (None) that it is not one.

    The check digit is 11 less the weighted sum modulo 11, where 11 counts as 0 and 10 means that no
    such number exists. Ten equal digits satisfy the sum but are what people type when they do not know
    the number; linking records by them would join strangers, so they are refused.
    """
    digits = _SEPARATORS.sub("", value[:_LONGEST])
    if len(value) > _LONGEST or not _TEN_DIGITS.fullmatch(digits) or len(set(digits)) == 1:
        return None
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits[:9], strict=True))
    return digits if (11 - total % 11) % 11 == int(digits[9]) else None


def canonical_uprn(value: str) -> str | None:
    """Write a unique property reference number as text without leading zeros, or say that it is not one.

    Some systems pad it to twelve digits and some do not; a place must not become two.
    """
    stripped = value[:_LONGEST].strip(" ")
    return (stripped.lstrip("0") or None) if _UPRN.fullmatch(stripped) and len(value) <= _LONGEST else None


def canonical_postcode(value: str) -> str | None:
    """Write a UK postcode in capitals with its one space, or say that it has not the form of one."""
    joined = _SEPARATORS.sub("", value[:_LONGEST]).upper()
    if len(value) > _LONGEST or not _POSTCODE.fullmatch(joined):
        return None
    return f"{joined[:-3]} {joined[-3:]}"
