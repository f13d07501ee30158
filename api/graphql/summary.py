"""The person summary as GraphQL types: plain attributes filled by one use case, lists cut by `first`."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

import strawberry

from domain import cases
from domain.persons import PersonName as DomainPersonName
from domain.problems import Bilingual

First = Annotated[int, strawberry.argument(description="How many at most, from the beginning: 0 to 50.")]


def _described(text: str) -> strawberry.types.field.StrawberryField:
    return strawberry.field(description=text)  # pyright: ignore[reportReturnType] -- typed as Any in the library
