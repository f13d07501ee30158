"""Reading lists page by page: a cursor says where a page ended, and nothing about anybody (law 9)."""

from pydantic import Field

from api import cursors
from api.schemas.common import Body
from domain.paging import Place, Wanted


class PageQuery(Body):
    """Which part of a list."""

    after: str | None = Field(None, max_length=64, description="Where the page before ended; leave it as you got it.")
    limit: int = Field(50, ge=1, le=200, description="How many at most.")

    def wanted(self) -> Wanted:
        """Give the part as the use cases know it.

        Raises:
            DomainError: `parameter-invalid`.
        """
        return Wanted(None if self.after is None else Place(*cursors.place_of(self.after)), self.limit)


def cursor_of(place: Place | None) -> str | None:
    """Write where to go on, or None at the end."""
    return None if place is None else cursors.cursor_of(place.at, place.id)
