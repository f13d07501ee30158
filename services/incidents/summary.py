"""Incidents by number, for the rooms above, which answer for them on the trail."""

from sqlalchemy import func, select

from domain.cases import IncidentGroup
from domain.ids import AgencyCode, RecordId
from services.core.unit_of_work import UnitOfWork
from services.db.models.incidents import incidents
from services.db.models.persons import person_records


async def incident_counts(unit: UnitOfWork, record_id: RecordId) -> list[IncidentGroup]:
    """Count the agency's own incidents about the person of an own record, by record and grade.

    An agency may hold two linked records of one person; incidents about either are about that person.
    Row security keeps both tables to the agency's own rows, so other agencies' records play no part.
    """
    person = select(person_records.c.person_id).where(person_records.c.id == record_id).scalar_subquery()
    query = (
        select(
            incidents.c.owner_agency,
            incidents.c.about_record,
            incidents.c.grade,
            func.count().label("number"),
            func.max(incidents.c.occurred_at).label("last_at"),
        )
        .join(person_records, person_records.c.id == incidents.c.about_record)
        .where(person_records.c.person_id == person)
        .group_by(incidents.c.owner_agency, incidents.c.about_record, incidents.c.grade)
        .order_by(incidents.c.owner_agency, incidents.c.about_record, incidents.c.grade)
    )
    rows = (await unit.run(query)).all()
    return [
        IncidentGroup(AgencyCode(row.owner_agency), RecordId(row.about_record), row.grade, row.number, row.last_at)
        for row in rows
    ]
