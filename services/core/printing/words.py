"""Which characters the vendored font can show, read from the font itself.

A document that claims to be accessible may not hold a character that nobody can see, so the print program
refuses it; a warning must not fail over somebody's arrow or emoji.
"""

import json
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

FONTS = Path(__file__).with_name("fonts")
UNKNOWN = "\ufffd"
"""Stands where the font has no picture of a character."""

_LAYOUT = frozenset("\n\t ")
_LEADING = 14
"""Bytes before the first list of a character map of format 4 (OpenType specification, `cmap`)."""


def printable(text: str) -> str:
    """Write text with what the font can show: composed, and a mark in the place of each character it lacks."""
    known = characters()
    return "".join(
        char if char in _LAYOUT or ord(char) in known else UNKNOWN for char in unicodedata.normalize("NFC", text)
    )


def all_printable(content: object) -> object:
    """Write every text below some content, as it will be JSON, with what the font can show."""
    if isinstance(content, str):
        return printable(content)
    if isinstance(content, Mapping):
        members = cast("Mapping[str, object]", content)
        return {name: all_printable(member) for name, member in members.items()}
    if isinstance(content, (list, tuple)):
        return [all_printable(member) for member in cast("Sequence[object]", content)]
    return content


def is_printable(content: object) -> bool:
    """Say whether the font can show every character below some content."""
    return UNKNOWN not in json.dumps(all_printable(content), ensure_ascii=False)


@cache
def characters() -> frozenset[int]:
    """Read which characters the regular font maps to a picture."""
    font = (FONTS / "NotoSans-Regular.ttf").read_bytes()
    table = _map_of(font)
    count = struct.unpack_from(">H", font, table + 6)[0] // 2
    ends, starts, deltas, offsets = (_list(font, table + _LEADING + place, count) for place in _places(count))
    ranges_at = table + _LEADING + _places(count)[3]
    found: set[int] = set()
    for segment in range(count):
        for char in range(starts[segment], ends[segment] + 1):
            if offsets[segment] == 0:
                glyph = (char + deltas[segment]) % 65536
            else:
                at = ranges_at + 2 * segment + offsets[segment] + 2 * (char - starts[segment])
                glyph = struct.unpack_from(">H", font, at)[0]
            if glyph and char != 0xFFFF:
                found.add(char)
    return frozenset(found)


def _places(count: int) -> tuple[int, int, int, int]:
    """Say where the four lists begin after the leading bytes: ends, a pad, starts, deltas, offsets."""
    return 0, 2 * count + 2, 4 * count + 2, 6 * count + 2


def _list(font: bytes, at: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{count}H", font, at)


def _map_of(font: bytes) -> int:
    """Find the Unicode character map (platform 3, encoding 1), which is of format 4."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * place) for place in range(tables))
    cmap: int = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    maps = struct.unpack_from(">H", font, cmap + 2)[0]
    found = (struct.unpack_from(">HHI", font, cmap + 4 + 8 * place) for place in range(maps))
    return cmap + next(int(offset) for platform, encoding, offset in found if (platform, encoding) == (3, 1))
