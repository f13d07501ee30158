"""What the rooms above may ask of incidents within a use case of their own, which answers for it on the trail."""

from collections.abc import Iterable

from domain.ids import IncidentId
from domain.incidents import Incident
from services.core.unit_of_work import UnitOfWork
from services.incidents.repository import IncidentRepository


async def own_incidents(unit: UnitOfWork, incident_ids: Iterable[IncidentId]) -> list[Incident]:
    """Find those of some incidents that are the caller's agency's own, in the version that stands now.

    They are held as read until the commit, so that what a flag was founded on is what was there.
    """
    return await IncidentRepository(unit).find_many(incident_ids)
