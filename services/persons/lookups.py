"""What the rooms above may ask of person records within a use case of their own, which answers for it on the trail."""

from collections.abc import Iterable

from domain.ids import PersonId, RecordId
from domain.persons import PersonRecord
from services.core.unit_of_work import UnitOfWork
from services.persons.repository import PersonRepository


async def own_records(unit: UnitOfWork, record_ids: Iterable[RecordId]) -> dict[RecordId, PersonRecord]:
    """Find those of some records that are the caller's agency's own, by id."""
    return {record.id: record for record in await PersonRepository(unit).find_many(record_ids)}


async def shared_person(unit: UnitOfWork, record_id: RecordId, *, hold: bool = False) -> PersonId:
    """Give the shared person of an own record, an id that never leaves the service; `hold` keeps them together.

    Raises:
        DomainError: `not-found`.
    """
    return await PersonRepository(unit).shared_person(record_id, hold=hold)
