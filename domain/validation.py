"""Collecting what is wrong with content, so that a sender hears of every fault at once.

Each capability says which fields it has and what they may hold; how a text, a code or a
moment is checked is written here once (law 8). Only pointers and codes are kept, never
the value that was sent (law 9).
"""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import invalid
from domain.identifiers import canonical_uprn
from domain.text import is_text, text_issues
from domain.vocabularies import code_issues, is_code

NARRATIVE = 4000
"""Most characters of an account of what happened."""
REASON = 2000
"""Most characters of a reason for a decision."""
LINE = 200
"""Most characters of a short text on one line."""

_LAYOUT = str.maketrans("", "", "\n\r\t")


class Faults:
    """The faults found so far in one piece of content."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def add(self, pointer: str, code: str) -> None:
        """Note one fault at a JSON pointer, by its issue code."""
        self._found.append((pointer, code))

    def unless(self, holds: bool, pointer: str, code: str) -> None:
        """Note a fault where something that must hold does not."""
        if not holds:
            self.add(pointer, code)

    def text(self, pointer: str, value: str | None, longest: int, *, required: bool = True) -> None:
        """Check a text that may run over several lines: there if it must be, not blank, storable, not too long."""
        if value is None:
            self.unless(not required, pointer, "required")
        elif not value.strip():
            self.add(pointer, "too-short")
        elif len(value) > longest:
            self.add(pointer, "too-long")
        elif not is_text(value.translate(_LAYOUT)):
            self.add(pointer, "not-text")

    def line(self, pointer: str, value: str | None, longest: int = LINE, *, required: bool = True) -> None:
        """Check a text that must stand on one line."""
        if value is None:
            self.unless(not required, pointer, "required")
        else:
            self._found.extend(text_issues(pointer, value, longest))

    def code(self, pointer: str, list_id: str, value: str | None, *, required: bool = True) -> None:
        """Check one code of a coded list."""
        if value is None:
            self.unless(not required, pointer, "required")
        elif not is_code(list_id, value):
            self.add(pointer, "code-unknown")

    def codes(self, pointer: str, list_id: str, values: Sequence[str], *, at_least: int = 0) -> None:
        """Check several codes of a coded list: enough of them, each known, none twice."""
        self.unless(len(values) >= at_least, pointer, "required")
        self._found.extend(code_issues(list_id, values, pointer))

    def past(self, pointer: str, value: datetime, now: datetime) -> None:
        """Check a moment that must carry its offset and have come already."""
        if value.tzinfo is None:
            self.add(pointer, "date-invalid")
        elif value > now:
            self.add(pointer, "in-future")

    def uprn(self, pointer: str, value: str) -> None:
        """Check the form of a unique property reference number."""
        self.unless(canonical_uprn(value) is not None, pointer, "pattern")

    def refuse(self) -> None:
        """Refuse the content if any fault was found.

        Raises:
            DomainError: `content-invalid`, naming every field at fault.
        """
        if self._found:
            raise invalid(*self._found)
