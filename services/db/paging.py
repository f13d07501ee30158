"""Keyset paging in a query: the rows after a place, one more than asked for to see whether there are more."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_

from domain.paging import Listed, Page, Place, Wanted

T = TypeVar("T")


def part_of(
    query: Select[Any],
    at: ColumnElement[Any],
    identifier: ColumnElement[Any],
    wanted: Wanted,
    *,
    newest_first: bool = False,
) -> Select[Any]:
    """Narrow a query to the part wanted, in the order of the list."""
    if wanted.after is not None:
        here = tuple_(at, identifier)
        place = tuple_(literal(wanted.after.at, at.type), literal(wanted.after.id, identifier.type))
        query = query.where(here < place if newest_first else here > place)
    order = (at.desc(), identifier.desc()) if newest_first else (at, identifier)
    return query.order_by(*order).limit(wanted.limit + 1)


def page_of(
    rows: Sequence[Row[Any]], wanted: Wanted, item: Callable[[Row[Any]], T], place: Callable[[T], Place]
) -> Page[T]:
    """Make a page of the rows that `part_of` gave."""
    items = tuple(item(row) for row in rows[: wanted.limit])
    return Page(items, place(items[-1]) if len(rows) > wanted.limit else None)


def listed(query: Select[Any], code: ColumnElement[str], after: str | None, limit: int) -> Select[Any]:
    """Narrow a query to what follows a code."""
    return (query if after is None else query.where(code > after)).order_by(code).limit(limit + 1)


def listed_of(
    rows: Sequence[Row[Any]], limit: int, item: Callable[[Row[Any]], T], code: Callable[[T], str]
) -> Listed[T]:
    """Make a part of the rows that `listed` gave."""
    items = tuple(item(row) for row in rows[:limit])
    return Listed(items, code(items[-1]) if len(rows) > limit else None)
