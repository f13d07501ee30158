"""Break-glass over REST: opened by a named human, read for an hour, answered for afterwards."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.break_glass import (
    BreakGlassGrantsQuery,
    BreakGlassGrantsView,
    BreakGlassGrantView,
    BreakGlassNoticesQuery,
    BreakGlassNoticesView,
    BreakGlassNoticeView,
    BreakGlassRestorationView,
    OpenBreakGlassBody,
    OpenedWarningsView,
    RestoreBreakGlassBody,
    ReviewBreakGlassBody,
    break_glass_notice_view,
    break_glass_notices_view,
    grant_view,
    grants_view,
    restoration_view,
    warnings_view,
)
from domain.ids import BreakGlassId
from services import break_glass
from services.break_glass import SeenGrant, Step
from services.core.unit_of_work import UnitOfWork

router = guarded_router(prefix="/v1", tags=["Break-glass"])


def _shown(unit: UnitOfWork, seen: SeenGrant, response: Response) -> BreakGlassGrantView:
    response.headers["ETag"] = etag(seen.grant.version)
    return grant_view(seen, unit.now)


@router.post(
    "/break-glass-grants", status_code=201, operation_id="openBreakGlass", summary="Open a sealed door for an hour"
)
async def open_break_glass(
    unit: Unit, once: IdempotencyKey, body: OpenBreakGlassBody, response: Response
) -> BreakGlassGrantView:
    """Open, because somebody is in danger now, what you otherwise may not read about the person of one of your records.

    For a duty manager with the purpose `break-glass`: a named human, never a team or a system. It stays open for 60
    minutes, to read and nothing else. Your data protection officers and those of every agency with a live warning hear
    of it at once; somebody else reviews it within two working days. The right is lost while two reviews are overdue, or
    after a use that was not justified.
    """
    made = await break_glass.open_break_glass(unit, body.command(), once)
    response.headers["Location"] = f"/v1/break-glass-grants/{made.value.grant.id}"
    return _shown(unit, made.value, response)


@router.get("/break-glass-grants", operation_id="listBreakGlassGrants", summary="List sealed doors that were opened")
async def list_break_glass_grants(
    unit: Unit, query: Annotated[BreakGlassGrantsQuery, Query()], response: Response
) -> BreakGlassGrantsView:
    """List grants of your agency, newest first: a data protection officer sees all, a duty manager their own."""
    shown = grants_view(await break_glass.list_grants(unit, query.asked()), unit.now)
    link_next(response, "/v1/break-glass-grants", query, shown.next)
    return shown


@router.get("/break-glass-grants/{grant_id}", operation_id="readBreakGlassGrant", summary="Read a grant")
async def read_break_glass_grant(unit: Unit, grant_id: UUID, response: Response) -> BreakGlassGrantView:
    """Read who opened what and why, until when, by when it is to be reviewed, and what was made of it."""
    return _shown(unit, await break_glass.read_grant(unit, BreakGlassId(grant_id)), response)


@router.get(
    "/break-glass-grants/{grant_id}/warnings", operation_id="readOpenedWarnings", summary="Read behind the opened door"
)
async def read_opened_warnings(unit: Unit, grant_id: UUID) -> OpenedWarningsView:
    """Read every live warning about the person, of any agency, that you otherwise may not read.

    For the human who opened it, from any account, while it is open. What to do and whom to ring; never the story, an
    address or a source. It is no flag check: it covers no places and nobody else who may be there. Nothing shown may be
    kept or passed on.
    """
    return warnings_view(await break_glass.read_opened_warnings(unit, BreakGlassId(grant_id)), unit.now)


@router.post(
    "/break-glass-grants/{grant_id}/review", operation_id="reviewBreakGlass", summary="Judge whether it was justified"
)
async def review_break_glass(
    unit: Unit, grant_id: UUID, conditions: StepConditions, body: ReviewBreakGlassBody, response: Response
) -> BreakGlassGrantView:
    """Say, as a data protection officer who did not open it from any account, whether the use was justified.

    Nothing more is read under it from then on. Whose use was not justified opens nothing until the right is given back.
    """
    step = Step(grant_id, conditions.version, body.command(), conditions.once)
    return _shown(unit, (await break_glass.review_grant(unit, step)).value, response)


@router.get(
    "/break-glass-notices", operation_id="listBreakGlassNotices", summary="List what you were told of sealed doors"
)
async def list_break_glass_notices(
    unit: Unit, query: Annotated[BreakGlassNoticesQuery, Query()], response: Response
) -> BreakGlassNoticesView:
    """List notices to your agency's data protection officers, newest first: a door was opened, and by which agency.

    A notice says nothing of anybody. Its reference stands in the audit trail (`break-glass:<id>` among an event's
    records), where each agency finds what of its own was read.
    """
    shown = break_glass_notices_view(await break_glass.list_break_glass_notices(unit, query.asked()))
    link_next(response, "/v1/break-glass-notices", query, shown.next)
    return shown


@router.post(
    "/break-glass-notices/{notice_id}/acknowledgement",
    operation_id="acknowledgeBreakGlassNotice",
    summary="Acknowledge that a door was opened",
)
async def acknowledge_break_glass_notice(
    unit: Unit, notice_id: UUID, conditions: StepConditions, response: Response
) -> BreakGlassNoticeView:
    """Say, as a data protection officer who did not open it, that your agency has seen the notice."""
    step = Step(notice_id, conditions.version, None, conditions.once)
    made = await break_glass.acknowledge_break_glass_notice(unit, step)
    response.headers["ETag"] = etag(made.value.version)
    return break_glass_notice_view(made.value)


@router.post(
    "/break-glass-restorations",
    status_code=201,
    operation_id="restoreBreakGlass",
    summary="Give somebody the right back",
)
async def restore_break_glass(
    unit: Unit, once: IdempotencyKey, body: RestoreBreakGlassBody
) -> BreakGlassRestorationView:
    """Give the right back, with a reason, to somebody whose use your agency judged unjustified; never to yourself.

    A right that was lost by overdue reviews comes back when they are done.
    """
    return restoration_view((await break_glass.restore_break_glass(unit, body.command(), once)).value)
