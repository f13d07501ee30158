"""Kinds of warning that an agency keeps to named roles, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.incidents import InOrder, Reason
from domain.access import Role
from domain.flag_codes import Category


class ReserveCategoryBody(Body):
    """The roles that alone may raise and see this kind of warning, none to open it again, and why."""

    roles: Annotated[
        list[Role],
        Field(max_length=20, description="Among them one that may propose and one that may decide; none opens it."),
    ]
    reason: Reason


class ReservationView(View):
    """To which roles your agency keeps a kind of warning; none where it is open to all whose role reads flags."""

    category: Category
    version: int
    roles: InOrder
    reason: str | None
    set_at: AwareDatetime | None
    set_by: UUID | None
