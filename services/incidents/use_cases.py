"""What can be done with incidents (F-21, G-3.2-2).

Whom an incident is about and who was at risk are the agency's own records, so that an account never
stands on somebody whom the agency could only have heard of here. Every answer names both on the trail.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import IncidentId
from domain.incidents import AmendIncident, Incident, IncidentContent, amend, record
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.incidents.repository import IncidentRepository
from services.persons import own_records

FIELDS = ("incident.content",)


def _seen(unit: UnitOfWork, incident: Incident) -> None:
    unit.record(
        subjects={incident.content.about, incident.content.adult_at_risk},
        records=[f"incident:{incident.id}:{incident.version}"],
        owners=[incident.owner_agency],
        fields=FIELDS,
    )


async def _check_references(unit: UnitOfWork, content: IncidentContent) -> None:
    """Refuse records that are not the caller's own, and agencies that nobody registered.

    Raises:
        DomainError: `content-invalid`.
    """
    own = await own_records(unit, {content.about, content.adult_at_risk})
    named = (("/about", content.about), ("/adultAtRisk", content.adult_at_risk))
    faults = [(pointer, "not-found") for pointer, record_id in named if record_id not in own]
    agencies = (("/towardsAgency", content.towards_agency), ("/originator", content.originator))
    unknown = await unknown_agencies(unit, [code for _, code in agencies if code is not None])
    faults += [(pointer, "code-unknown") for pointer, code in agencies if code in unknown]
    if faults:
        raise invalid(*faults)


@use_case(permission=Permission.INCIDENT_RECORD, audits=AuditAction.INCIDENT_RECORDED)
async def record_incident(unit: UnitOfWork, content: IncidentContent, once: Once) -> Made[Incident]:
    """Record what happened, as the agency's own.

    Raises:
        DomainError: `content-invalid` or `idempotency-key-reused`.
    """

    async def make() -> Incident:
        incident = record(IncidentId(uuid4()), content, unit.principal, unit.now)
        await _check_references(unit, content)
        await IncidentRepository(unit).add(incident)
        return incident

    return await _once(unit, once, make)


@use_case(permission=Permission.INCIDENT_READ, audits=AuditAction.INCIDENT_READ)
async def read_incident(unit: UnitOfWork, incident_id: IncidentId) -> Incident:
    """Read one of the agency's own incidents.

    Raises:
        DomainError: `not-found`, for another agency's incident as for none.
    """
    incident = await IncidentRepository(unit).find(incident_id)
    _seen(unit, incident)
    return incident


@use_case(permission=Permission.INCIDENT_AMEND, audits=AuditAction.INCIDENT_AMENDED)
async def amend_incident(
    unit: UnitOfWork, incident_id: IncidentId, read_version: int, command: AmendIncident, once: Once
) -> Made[Incident]:
    """Put a new version in the place of the one that was read, with a reason; earlier ones are kept.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `idempotency-key-reused`.
    """
    incidents = IncidentRepository(unit)

    async def make() -> Incident:
        incident = await incidents.find(incident_id, lock=True)
        if incident.version != read_version:
            raise DomainError("version-stale")
        amended = amend(incident, command, unit.principal, unit.now)
        await _check_references(unit, command.content)
        await incidents.replace(amended)
        return amended

    return await _once(unit, once, make)


async def _once(unit: UnitOfWork, once: Once, make: Callable[[], Awaitable[Incident]]) -> Made[Incident]:
    """Make a version of an incident at most once, and put what was made on the trail."""

    async def replay(made: UUID) -> Incident:
        return await IncidentRepository(unit).find(IncidentId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _seen(unit, outcome.value)
    return outcome
