"""Incidents over REST."""

from uuid import UUID

from fastapi import Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.incidents import AmendIncidentBody, IncidentBody, IncidentView
from domain.ids import IncidentId
from services import incidents

router = guarded_router(prefix="/v1", tags=["Incidents"])


@router.post("/incidents", status_code=201, operation_id="recordIncident", summary="Record an incident")
async def record_incident(unit: Unit, once: IdempotencyKey, body: IncidentBody, response: Response) -> IncidentView:
    """Record what happened, as your agency's own. Both people named are records of yours."""
    made = await incidents.record_incident(unit, body.content(), once)
    response.headers["Location"] = f"/v1/incidents/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return IncidentView.model_validate(made.value)


@router.get("/incidents/{incident_id}", operation_id="readIncident", summary="Read one of your incidents")
async def read_incident(unit: Unit, incident_id: UUID, response: Response) -> IncidentView:
    """Read your agency's own incident; another agency's is not found, whatever flag it stands under."""
    incident = await incidents.read_incident(unit, IncidentId(incident_id))
    response.headers["ETag"] = etag(incident.version)
    return IncidentView.model_validate(incident)


@router.post("/incidents/{incident_id}/amendments", operation_id="amendIncident", summary="Amend one of your incidents")
async def amend_incident(
    unit: Unit,
    incident_id: UUID,
    version: VersionToChange,
    once: IdempotencyKey,
    body: AmendIncidentBody,
    response: Response,
) -> IncidentView:
    """Put a new version in the place of the one you read, with a reason; earlier versions are kept."""
    made = await incidents.amend_incident(unit, IncidentId(incident_id), version, body.amendment(), once)
    response.headers["ETag"] = etag(made.value.version)
    return IncidentView.model_validate(made.value)
