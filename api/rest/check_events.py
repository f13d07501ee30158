"""Displays, acknowledgements and resolutions of flag checks over REST."""

from uuid import UUID

from api.conditions import IdempotencyKey
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.check_events import CheckEventView, ResolutionBody, ResolutionView, ShownFlagsBody
from domain.ids import CheckId
from services.flags import check_events

router = guarded_router(prefix="/v1/flag-checks", tags=["Flag checks"])


@router.post(
    "/{check_id}/displays", status_code=201, operation_id="displayCheck", summary="Say who was shown a warning"
)
async def display_check(unit: Unit, once: IdempotencyKey, check_id: UUID, body: ShownFlagsBody) -> CheckEventView:
    """Record that warnings of a check were shown to the human named in your token; a match alone is no display."""
    made = await check_events.display_check(unit, CheckId(check_id), body.ids(), once)
    return CheckEventView.model_validate(made.value)


@router.post(
    "/{check_id}/acknowledgements",
    status_code=201,
    operation_id="acknowledgeCheck",
    summary="Say who has read a warning and will act on it",
)
async def acknowledge_check(unit: Unit, once: IdempotencyKey, check_id: UUID, body: ShownFlagsBody) -> CheckEventView:
    """Record that the human named in your token has read warnings of a check and will act on them."""
    made = await check_events.acknowledge_check(unit, CheckId(check_id), body.ids(), once)
    return CheckEventView.model_validate(made.value)


@router.post(
    "/{check_id}/resolutions",
    status_code=201,
    operation_id="resolveCheck",
    summary="Say at the duty desk who was meant by an uncertain line",
)
async def resolve_check(unit: Unit, once: IdempotencyKey, check_id: UUID, body: ResolutionBody) -> ResolutionView:
    """Record how an uncertain line was resolved, by telephone or otherwise; then check the person found by id."""
    made = await check_events.resolve_check(unit, body.command(CheckId(check_id)), once)
    return ResolutionView.model_validate(made.value)
