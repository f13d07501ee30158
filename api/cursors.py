"""Cursors of lists: a moment and an id, nothing about people, so that they may stand in an address (law 9)."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.errors import DomainError, FieldIssue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([1-9][0-9]{0,16})\.([0-9a-f]{32})")


def cursor_of(at: datetime, identifier: UUID) -> str:
    """Write a place in a list as a cursor."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{identifier.hex}"


def place_of(cursor: str) -> tuple[datetime, UUID]:
    """Read a cursor.

    Raises:
        DomainError: `parameter-invalid` for what is no cursor of ours.
    """
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise DomainError("parameter-invalid", [FieldIssue("/after", "pattern")])
    return _EPOCH + timedelta(microseconds=int(match.group(1))), UUID(match.group(2))
