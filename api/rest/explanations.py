"""Explaining an event over REST: on the application's connection, where the facts beside it are."""

from uuid import UUID

from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.explanations import ExplanationView, explanation_view
from domain.ids import EventId
from services import audit

router = guarded_router(prefix="/v1/audit", tags=["Audit"])


@router.get(
    "/events/{event_id}/explanation", operation_id="explainAuditEvent", summary="Ask which rule decided what was shown"
)
async def explain_audit_event(unit: Unit, event_id: UUID) -> ExplanationView:
    """Say which rule refused a request, and how each of your flags was ruled on, on the facts of that moment.

    Of your own agency's access you are told what was refused and why; of anybody's access to your agency's records how
    much of each of your flags was told, and by which rule. Nothing is told of other agencies' records.
    """
    unit.ask_for(f"event:{event_id}")
    return explanation_view(await audit.explain_event(unit, EventId(event_id)))
