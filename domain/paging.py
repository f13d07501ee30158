"""Reading lists part by part: a place in a list stays where it is while rows arrive, unlike an offset."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a list ordered by time, and by id among rows of one moment."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and where to go on; None at the end."""

    items: tuple[T, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Some of what has a code of its own, in the order of the codes, and the last code if there are more."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is wanted."""

    after: Place | None
    limit: int
