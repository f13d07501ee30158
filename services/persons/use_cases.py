"""What can be done with person records.

Registering somebody says that an agency holds a record about them here; looking somebody up never does
(law 11). Every answer names the record, its owner and the classes of field it gave.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.dates import local_date
from domain.errors import DomainError, invalid
from domain.identity_keys import Identity, keys_of_query, validate_query
from domain.ids import LinkId, RecordId
from domain.persons import AmendPerson, PersonRecord, RegisterPerson, amend, register
from domain.relationships import RecordRelationship, RelationshipLink
from domain.relationships import record_relationship as make_link
from services.core.idempotency import Made, Once, Resource, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.persons.lookups import entry_of
from services.persons.repository import PersonRepository

FIELDS = ("person.content",)
MOST_FOUND = 20


def _seen(unit: UnitOfWork, *records: PersonRecord) -> None:
    unit.record(
        subjects=[record.id for record in records],
        records=[f"person:{record.id}:{record.version}" for record in records],
        owners=[record.owner_agency for record in records],
        fields=FIELDS,
    )


@use_case(permission=Permission.PERSON_REGISTER, audits=AuditAction.PERSON_REGISTERED)
async def register_person(unit: UnitOfWork, command: RegisterPerson, once: Once) -> Made[PersonRecord]:
    """Register a person about whom the agency holds a record.

    Raises:
        DomainError: `content-invalid`, `already-registered` or `idempotency-key-reused`.
    """
    persons = PersonRepository(unit)

    async def make() -> PersonRecord:
        record = register(command, record_id=RecordId(uuid4()), entry=entry_of(unit))
        await persons.add(record)
        return record

    async def replay(made: UUID) -> PersonRecord:
        return await persons.find(RecordId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _seen(unit, outcome.value)
    return outcome


@use_case(permission=Permission.PERSON_READ, audits=AuditAction.PERSON_READ)
async def read_person(unit: UnitOfWork, record_id: RecordId) -> PersonRecord:
    """Read one of the agency's own records.

    Raises:
        DomainError: `not-found`, for another agency's record as for none.
    """
    record = await PersonRepository(unit).find(record_id)
    _seen(unit, record)
    return record


@use_case(permission=Permission.PERSON_AMEND, audits=AuditAction.PERSON_AMENDED)
async def amend_person(unit: UnitOfWork, command: AmendPerson) -> PersonRecord:
    """Replace a record's content by a new version, with a reason.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `already-registered`.
    """
    persons = PersonRepository(unit)
    record = await persons.find(command.record_id, lock=True)
    amended = amend(record, command, entry=entry_of(unit))
    await persons.replace(amended)
    _seen(unit, amended)
    return amended


@use_case(permission=Permission.PERSON_SEARCH, audits=AuditAction.PERSON_SEARCHED)
async def search_persons(unit: UnitOfWork, question: Identity) -> list[PersonRecord]:
    """Find the agency's own records by what is known of a person; each found is named on the trail (R-03).

    Raises:
        DomainError: `content-invalid`, also for a question nobody could be found by: it must not look answered.
    """
    validate_query(question, today=local_date(unit.now))
    exact, near = keys_of_query(question)
    if not exact | near:
        raise invalid(("", "too-vague"))
    found = await PersonRepository(unit).search(exact | near, limit=MOST_FOUND)
    if found:
        _seen(unit, *found)
    else:
        unit.record_empty()
    return found


@use_case(permission=Permission.LINK_RECORD, audits=AuditAction.LINK_RECORDED)
async def record_relationship(unit: UnitOfWork, command: RecordRelationship, once: Once) -> Made[RelationshipLink]:
    """Record who lives with, visits or may be met where, from when to when.

    Raises:
        DomainError: `not-found` when one of the records is not the agency's own; `content-invalid`.
    """
    persons = PersonRepository(unit)

    async def make() -> RelationshipLink:
        await persons.find(command.subject)
        if command.related is not None:
            await persons.find(command.related)
        link = make_link(command, link_id=LinkId(uuid4()), entry=entry_of(unit))
        await persons.add_relationship(link)
        return link

    async def replay(made: UUID) -> RelationshipLink:
        return await persons.find_relationship(LinkId(made))

    outcome = await at_most_once(unit, once, make, lambda link: Resource(link.id, 1), replay)
    _linked(unit, outcome.value)
    return outcome


@use_case(permission=Permission.LINK_RECORD, audits=AuditAction.LINK_ENDED)
async def end_relationship(unit: UnitOfWork, link_id: LinkId, ended_on: date) -> RelationshipLink:
    """Record the day on which a link ended.

    Raises:
        DomainError: `not-found` or `content-invalid`.
    """
    persons = PersonRepository(unit)
    link = await persons.find_relationship(link_id)
    if link.valid_from is not None and ended_on < link.valid_from:
        raise DomainError("content-invalid")
    ended = replace(link, valid_to=ended_on, recorded_at=unit.now, recorded_by=unit.principal.user)
    await persons.end_relationship(ended)
    _linked(unit, ended)
    return ended


def _linked(unit: UnitOfWork, link: RelationshipLink) -> None:
    subjects = [link.subject] if link.related is None else [link.subject, link.related]
    unit.record(
        subjects=subjects, records=[f"link:{link.id}"], owners=[link.owner_agency], fields=["relationship.content"]
    )
