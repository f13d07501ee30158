"""Reading lists page by page: a cursor says where a page ended, and nothing about anybody (law 9)."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import Field

from api.schemas.common import Body
from domain.errors import DomainError, FieldIssue
from domain.paging import Place, Wanted

_CURSOR = re.compile(r"([1-9][0-9]{0,16})\.([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_cursor(at: datetime, identifier: UUID) -> str:
    """Write a place in a list ordered by time: microseconds and a random id."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{identifier.hex}"


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Read a place.

    Raises:
        DomainError: `parameter-invalid` for what is no cursor of ours.
    """
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise DomainError("parameter-invalid", [FieldIssue("/after", "pattern")])
    return _EPOCH + timedelta(microseconds=int(match.group(1))), UUID(match.group(2))


class PageQuery(Body):
    """Which part of a list."""

    after: str | None = Field(None, max_length=64, description="Where the page before ended; leave it as you got it.")
    limit: int = Field(50, ge=1, le=200, description="How many at most.")

    def wanted(self) -> Wanted:
        """Give the part as the use cases know it.

        Raises:
            DomainError: `parameter-invalid`.
        """
        return Wanted(None if self.after is None else Place(*read_cursor(self.after)), self.limit)


def cursor_of(place: Place | None) -> str | None:
    """Write where to go on, or None at the end."""
    return None if place is None else write_cursor(place.at, place.id)
