"""What counts as text here, and when two pieces of it are the same name (W-06).

Names are stored as people write them and compared folded: case, accents (ŵ ŷ â ê î ô û among them),
apostrophes, hyphens and spaces make no difference, since agencies' systems keep them unevenly.
"""

import re
import unicodedata

_NOT_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_UNDECOMPOSED = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ŧ": "t",
    "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng",
})  # fmt: skip
_PART = re.compile(r"[\s\-\u2010-\u2015\u00b7]+")


def is_text(value: str) -> bool:
    """Say whether every character can be stored, shown and read aloud.

    Control characters and lone surrogates cannot; marks that override the direction of writing could
    make a name on a warning read as another, so they are refused too.
    """
    return not any(unicodedata.category(char) in _NOT_TEXT or char in _DIRECTION_MARKS for char in value)


def text_issues(pointer: str, value: str, longest: int) -> list[tuple[str, str]]:
    """List what is wrong with one line of text: blank, too long, or not text."""
    if not value.strip():
        return [(pointer, "too-short")]
    if len(value) > longest:
        return [(pointer, "too-long")]
    return [] if is_text(value) else [(pointer, "not-text")]


def tidy(value: str) -> str:
    """Write text in one way: composed characters (NFC), single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def fold(value: str) -> str:
    """Reduce text to what is compared: letters, digits and vowel signs, without case or accents.

    Letters of every script are kept, so that a name not written in Latin letters never folds to nothing.
    """
    if value.isascii():
        return "".join(filter(str.isalnum, value.lower()))
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    kept = (char for char in opened.translate(_UNDECOMPOSED) if _is_compared(char))
    return "".join(kept)


def folded_parts(value: str) -> tuple[str, ...]:
    """Fold each part of a name that spaces or hyphens divide, in order and without repeats."""
    return tuple(dict.fromkeys(part for part in map(fold, _PART.split(value)) if part))


def _is_compared(char: str) -> bool:
    return char.isalnum() or (unicodedata.category(char)[0] == "M" and unicodedata.combining(char) == 0)
