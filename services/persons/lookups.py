"""What the rooms above may ask of person records within a use case of their own, which answers for it on the trail."""

from collections.abc import Iterable
from datetime import date

from domain.ids import PersonId, RecordId
from domain.persons import PersonRecord, homes
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


async def share_a_home(unit: UnitOfWork, one: RecordId, others: Iterable[RecordId], on: date) -> bool:
    """Say whether own records have somebody living with another on a day, by their addresses or a link between them."""
    rest = frozenset(others) - {one}
    records = await own_records(unit, [one, *rest])
    mine = homes(records[one].content, on) if one in records else frozenset[tuple[str, ...]]()
    if any(mine & homes(records[each].content, on) for each in rest if each in records):
        return True
    return any(
        link.kind == "lives-with" and link.in_force(on) and not rest.isdisjoint({link.subject, link.related})
        for link in await PersonRepository(unit).relationships_of(one)
    )
