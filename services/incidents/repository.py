"""Every query of incidents.

Row security shows the application the incidents of the agency it acts for and no others, so a hidden
incident and one that never was are found alike: not at all (law 4).
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from domain.errors import DomainError
from domain.ids import AgencyCode, IncidentId, UserId
from domain.incidents import Incident, IncidentContent
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.db.models.incidents import incident_versions, incidents

RECORDED = "recorded"
"""What stands as the reason of a first version."""


class IncidentRepository:
    """Incidents of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def find(self, incident_id: IncidentId, *, lock: bool = False) -> Incident:
        """Find an incident; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        query = select(incidents).where(incidents.c.id == incident_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _incident(row)

    async def find_many(self, incident_ids: Iterable[IncidentId]) -> list[Incident]:
        """Find those of some incidents that are the agency's own, held as read until the commit."""
        wanted = incidents.c.id.in_(list(incident_ids))
        query = select(incidents).where(wanted).order_by(incidents.c.id).with_for_update(read=True)
        return [_incident(row) for row in (await self._unit.run(query)).all()]

    async def add(self, incident: Incident) -> None:
        """Store a new incident and its first version."""
        await self._unit.run(
            insert(incidents).values(
                id=incident.id,
                owner_agency=incident.owner_agency,
                about_record=incident.content.about,
                **_standing(incident),
                **_stored(incident),
            )
        )
        await self._keep_version(incident)

    async def replace(self, incident: Incident) -> None:
        """Store a new version; the one before stands in the versions.

        Raises:
            DomainError: `version-stale`.
        """
        changed = await self._unit.run(
            update(incidents)
            .where(incidents.c.id == incident.id, incidents.c.version == incident.version - 1)
            .values(**_standing(incident), **_stored(incident))
            .returning(incidents.c.id)
        )
        if changed.one_or_none() is None:
            raise DomainError("version-stale")
        await self._keep_version(incident)

    async def _keep_version(self, incident: Incident) -> None:
        await self._unit.run(
            insert(incident_versions).values(
                incident_id=incident.id, owner_agency=incident.owner_agency, **_stored(incident)
            )
        )


def _standing(incident: Incident) -> dict[str, Any]:
    return {"grade": incident.content.grade, "occurred_at": incident.content.occurred_at}


def _stored(incident: Incident) -> dict[str, Any]:
    return {
        "version": incident.version,
        "content": to_document(incident.content),
        "recorded_at": incident.recorded_at,
        "recorded_by": incident.recorded_by,
        "reason": incident.amendment_reason or RECORDED,
    }


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=IncidentId(UUID(str(row.id))),
        owner_agency=AgencyCode(row.owner_agency),
        version=row.version,
        content=from_document(IncidentContent, row.content),
        recorded_at=row.recorded_at,
        recorded_by=UserId(row.recorded_by),
        amendment_reason=None if row.version == 1 else row.reason,
    )
