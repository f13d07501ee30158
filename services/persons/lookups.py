"""What the rooms above may ask of person records within a use case of their own, which answers for it on the trail."""

from collections.abc import Iterable, Sequence
from datetime import date

from domain.dates import local_date
from domain.ids import PersonId, RecordId
from domain.persons import Entry, PersonContent, PersonRecord, RegisterPerson, homes, register
from services.core.unit_of_work import UnitOfWork
from services.persons.repository import PersonRepository


def entry_of(unit: UnitOfWork) -> Entry:
    """Say who enters something now."""
    return Entry(unit.principal.agency, unit.principal.user, unit.now, local_date(unit.now))


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


async def shared_persons(unit: UnitOfWork, record_ids: Iterable[RecordId]) -> dict[RecordId, PersonId]:
    """Give the shared persons of own records, and keep them together until the commit."""
    return await PersonRepository(unit).shared_persons(record_ids)


def alike_digests(unit: UnitOfWork, content: PersonContent) -> list[bytes]:
    """Give the keyed digests by which `alike_records` finds whoever some content may mean."""
    return PersonRepository(unit).alike_digests(content)


async def alike_records(
    unit: UnitOfWork, digests: Iterable[bytes], record_ids: Iterable[RecordId]
) -> list[tuple[PersonRecord, PersonId]]:
    """Find own records that share a number, or name and birth date, with somebody; or by their ids."""
    return await PersonRepository(unit).alike(digests, record_ids)


async def register_all(
    unit: UnitOfWork, contents: Sequence[tuple[RecordId, PersonContent]]
) -> dict[RecordId, PersonId]:
    """Register many people about whom the agency holds something, under ids chosen before.

    Raises:
        DomainError: `content-invalid` or `already-registered`.
    """
    entry = entry_of(unit)
    records = [register(RegisterPerson(content), record_id=record_id, entry=entry) for record_id, content in contents]
    return await PersonRepository(unit).add_all(records)
