"""Reading an older register's file: bytes to rows, with what is wrong in each told by row (RFC 4180).

A whole file is refused only where no row of it could be trusted. A character that is none in the encoding stated
spoils its own row and no other. Only the columns that the mapping names are kept.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import invalid
from domain.flag_import_mapping import Delimiter, Encoding, FileLayout, RegisterMapping, columns_of, same_value
from domain.text import is_text
from domain.validation import NARRATIVE

MOST_ROWS = 20_000
"""Rows of one file. A larger register is brought in part by part; rows that are there already are found."""

_SEPARATORS = {Delimiter.COMMA: ",", Delimiter.SEMICOLON: ";", Delimiter.TAB: "\t"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LAYOUT = str.maketrans("", "", "\n\r\t")
_HEADING = 1


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One thing wrong in a row: in which field, or in the row as a whole where it is empty, and an issue code."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row as it was read: its number in the file, where the heading is row 1, and the cells of mapped fields."""

    number: int
    cells: Mapping[str, str] = field(default_factory=dict[str, str])
    issues: tuple[RowIssue, ...] = ()


def read_register(raw: bytes, layout: FileLayout, mapping: RegisterMapping) -> list[RegisterRow]:
    """Read the rows of a file; rows without a single filled cell are passed over.

    Raises:
        DomainError: `content-invalid`: another encoding than stated, no CSV, a mapped column that is missing or
            there twice, no rows, or more than `MOST_ROWS`.
    """
    lines = csv.reader(
        io.StringIO(_text_of(raw, layout.encoding), newline=""), delimiter=_SEPARATORS[layout.delimiter], strict=True
    )
    records = _records(lines)
    heading = next((cells for _, cells in records), list[str]())
    places = _places(heading, columns_of(mapping))
    rows: list[RegisterRow] = []
    for number, cells in records:
        if any(map(str.strip, cells)):
            rows.append(_row(number, cells, len(heading), places))
        if len(rows) > MOST_ROWS:
            raise invalid(("/rows", "too-many"))
    if not rows:
        raise invalid(("/rows", "too-few"))
    return rows


def _text_of(raw: bytes, encoding: Encoding) -> str:
    """Spell the bytes out; those that are no character become lone surrogates, which are not text.

    Text in UTF-8 is never by chance also sensible Windows-1252, so a file that is whole in UTF-8 was not written as
    stated, and reading it so would spoil every name with an accent in silence.
    """
    if raw.startswith(_UTF_16):
        raise invalid(("/file", "encoding"))
    if encoding is Encoding.UTF_8:
        return raw.decode("utf-8-sig", "surrogateescape")
    if not raw.isascii() and _is_utf_8(raw):
        raise invalid(("/file", "encoding"))
    return raw.decode("cp1252", "surrogateescape")


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _records(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Number the records from the heading on, as a spreadsheet numbers its rows."""
    number = 0
    try:
        for number, cells in enumerate(lines, _HEADING):
            yield number, cells
    except csv.Error:
        raise invalid((f"/rows/{number + 1}", "csv-malformed")) from None


def _places(heading: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Find where each mapped field stands in a row."""
    names = [same_value(name) for name in heading]
    found: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    for name, column in columns.items():
        there = names.count(same_value(column))
        if there == 1:
            found[name] = names.index(same_value(column))
        else:
            faults.append((f"/mapping/{name}", "duplicate" if there else "column-unknown"))
    if faults:
        raise invalid(*faults)
    return found


def _row(number: int, cells: Sequence[str], wanted: int, places: Mapping[str, int]) -> RegisterRow:
    if len(cells) != wanted:
        return RegisterRow(number, issues=(RowIssue("", "row-shape"),))
    kept: dict[str, str] = {}
    issues: list[RowIssue] = []
    for name, place in places.items():
        value = cells[place].strip()
        fault = _fault_of(value)
        if fault is not None:
            issues.append(RowIssue(name, fault))
        elif value:
            kept[name] = value
    return RegisterRow(number, kept, tuple(issues))


def _fault_of(value: str) -> str | None:
    """Say what is wrong with a cell that cannot be kept at all."""
    if len(value) > NARRATIVE:
        return "too-long"
    return None if is_text(value.translate(_LAYOUT)) else "not-text"
