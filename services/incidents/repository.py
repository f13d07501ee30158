"""Every query of incidents.

Row security shows the application the incidents of the agency it acts for and no others, so a hidden
incident and one that never was are found alike: not at all (law 4).
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from domain.ids import AgencyCode, IncidentId, UserId
from domain.incidents import Incident, IncidentContent
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.incidents import incident_versions, incidents

RECORDED = "recorded"
"""What stands as the reason of a first version."""

_STORE = VersionedTable(incidents, incident_versions, "incident_id")


class IncidentRepository:
    """Incidents of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def find(self, incident_id: IncidentId, *, lock: bool = False) -> Incident:
        """Find an incident; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        return _incident(await _STORE.find(self._unit, incident_id, lock=lock))

    async def find_many(self, incident_ids: Iterable[IncidentId]) -> list[Incident]:
        """Find those of some incidents that are the agency's own, held as read until the commit."""
        wanted = incidents.c.id.in_(list(incident_ids))
        query = select(incidents).where(wanted).order_by(incidents.c.id).with_for_update(read=True)
        return [_incident(row) for row in (await self._unit.run(query)).all()]

    async def add(self, incident: Incident) -> None:
        """Store a new incident and its first version."""
        await _STORE.add(self._unit, _version(incident), about_record=incident.content.about)

    async def replace(self, incident: Incident) -> None:
        """Store a new version; the one before stands in the versions.

        Raises:
            DomainError: `version-stale`.
        """
        await _STORE.replace(self._unit, _version(incident))


def _document(stored: dict[str, Any]) -> dict[str, Any]:
    """Read what was stored before the adult's view had two parts: what is there are the adult's own words."""
    earlier = stored.get("adult_views")
    if earlier is None:
        return stored
    return {"adult_view": {"own_words": earlier}, **stored}


def _version(incident: Incident) -> Version:
    return Version(
        id=incident.id,
        owner=incident.owner_agency,
        both={
            "version": incident.version,
            "content": to_document(incident.content),
            "recorded_at": incident.recorded_at,
            "recorded_by": incident.recorded_by,
            "reason": incident.amendment_reason or RECORDED,
        },
        standing={"grade": incident.content.grade, "occurred_at": incident.content.occurred_at},
    )


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=IncidentId(UUID(str(row.id))),
        owner_agency=AgencyCode(row.owner_agency),
        version=row.version,
        content=from_document(IncidentContent, _document(row.content)),
        recorded_at=row.recorded_at,
        recorded_by=UserId(row.recorded_by),
        amendment_reason=None if row.version == 1 else row.reason,
    )
