"""What follows a flag check over REST: displays, acknowledgements, resolutions, and changes since."""

from uuid import UUID

from api.conditions import IdempotencyKey
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.check_events import (
    ChangesSinceView,
    CheckEventView,
    ResolutionBody,
    ResolutionView,
    ShownFlagsBody,
    changes_view,
)
from domain.ids import CheckId
from services.flags import check_changes, check_events

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


@router.get(
    "/{check_id}/changes",
    operation_id="readChangesSinceCheck",
    summary="Ask what has become of the warnings a check gave you",
)
async def read_changes(unit: Unit, check_id: UUID) -> ChangesSinceView:
    """Say of each warning that this check, or the sheet made of it, gave you whether it stands and what it says now.

    It tells what your agency may see today: changed, removed, withdrawn as an error, contested, overdue, or no longer
    shown to you. It never tells of new warnings, so lines that had none are to be checked again with the rest.
    """
    return changes_view(await check_changes.changes_since_check(unit, CheckId(check_id)))
