"""Declared conflicts of interest over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.conflicts import (
    ConflictBody,
    ConflictQuery,
    ConflictsView,
    ConflictView,
    EndConflictBody,
    conflict_view,
    conflicts_view,
)
from domain.ids import ConflictId
from services import conflicts

router = guarded_router(prefix="/v1", tags=["Oversight"])


@router.post(
    "/conflict-declarations",
    status_code=201,
    operation_id="declareConflict",
    summary="Declare that somebody is close to a person",
)
async def declare_conflict(unit: Unit, once: IdempotencyKey, body: ConflictBody, response: Response) -> ConflictView:
    """Declare that a person of your records is yourself, a relative, a neighbour or otherwise close.

    From then on whatever would tell you of them answers `conflict-of-interest`, from every account of yours, and a
    check that asks about them is refused whole. Line managers and data protection officers declare for others.
    """
    made = (await conflicts.declare_conflict(unit, body.command(), once)).value
    response.headers["ETag"] = etag(made.version)
    return conflict_view(made)


@router.get("/conflict-declarations", operation_id="listConflicts", summary="List declared conflicts of interest")
async def list_conflicts(unit: Unit, query: Annotated[ConflictQuery, Query()], response: Response) -> ConflictsView:
    """List declarations that concern you; line managers and data protection officers see those of their agency."""
    shown = conflicts_view(await conflicts.list_conflicts(unit, query.wanted(), in_force=query.in_force))
    link_next(response, "/v1/conflict-declarations", query, shown.next)
    return shown


@router.post(
    "/conflict-declarations/{declaration_id}/ending",
    operation_id="endConflict",
    summary="End a declared conflict of interest",
)
async def end_conflict(
    unit: Unit, declaration_id: UUID, conditions: StepConditions, body: EndConflictBody, response: Response
) -> ConflictView:
    """End a declaration that concerns somebody else, with a reason; the person is open to them again at once."""
    made = await conflicts.end_conflict(
        unit, ConflictId(declaration_id), conditions.version, body.reason, conditions.once
    )
    response.headers["ETag"] = etag(made.value.version)
    return conflict_view(made.value)
