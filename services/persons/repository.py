"""Every query of person records.

Row security lets the application see the records of the agency it acts for and no others, so a hidden
record and one that never was are found alike: not at all (law 4).
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from domain.errors import DomainError
from domain.identity_keys import MatchKey, MatchKind, keys_of_record
from domain.ids import AgencyCode, LinkId, PersonId, RecordId, UserId
from domain.persons import PersonContent, PersonRecord
from domain.relationships import RelationshipLink
from services.core.codec import from_document, to_document
from services.core.match_digests import MatchDigests
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.persons import (
    person_identifiers,
    person_keys,
    person_places,
    person_record_versions,
    person_records,
    relationships,
)

REGISTERED = "registered"
"""What stands as the reason of a first version."""

_STORE = VersionedTable(person_records, person_record_versions, "record_id")


class PersonRepository:
    """Person records of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._digests = MatchDigests(unit.match_key)

    async def find(self, record_id: RecordId, *, lock: bool = False) -> PersonRecord:
        """Find a record; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        return _record(await _STORE.find(self._unit, record_id, lock=lock))

    async def find_many(self, record_ids: Iterable[RecordId]) -> list[PersonRecord]:
        """Find those of some records that are the agency's own."""
        query = select(person_records).where(person_records.c.id.in_(list(record_ids))).order_by(person_records.c.id)
        return [_record(row) for row in (await self._unit.run(query)).all()]

    async def shared_person(self, record_id: RecordId, *, hold: bool = False) -> PersonId:
        """Give the shared person of an own record, an id that never leaves the service.

        `hold` keeps the record with that person until the commit, so that what is founded on it follows it.
        """
        query = select(person_records.c.person_id).where(person_records.c.id == record_id)
        found = (await self._unit.run(query.with_for_update(read=True) if hold else query)).scalar_one_or_none()
        if found is None:
            raise DomainError("not-found")
        return PersonId(found)

    async def add(self, record: PersonRecord) -> None:
        """Store a new record, place it with its shared person, and index it.

        Raises:
            DomainError: `already-registered` when the agency has a record with one of its identifiers.
        """
        await _STORE.add(self._unit, _version(record))
        await self._file(record)

    async def replace(self, record: PersonRecord) -> None:
        """Store a new version; the one before stands in the versions.

        Raises:
            DomainError: `version-stale` or `already-registered`.
        """
        await _STORE.replace(self._unit, _version(record))
        for table in (person_keys, person_identifiers, person_places):
            await self._unit.run(delete(table).where(table.c.record_id == record.id))
        await self._file(record)

    async def _file(self, record: PersonRecord) -> None:
        """Write the keys and the places of a record, and say again whom its flags warn about."""
        owned: dict[str, Any] = {"record_id": record.id, "owner_agency": record.owner_agency}
        identifiers = self._identifier_digests(record.content)
        if identifiers:
            await self._unit.run(insert(person_identifiers), [{**owned, "digest": each} for each in identifiers])
        keys = self._digests.of(keys_of_record(record.content))
        if keys:
            await self._unit.run(insert(person_keys), [{**owned, "digest": each} for each in keys])
        places = [
            {**owned, "uprn": a.uprn, "sealed": a.sealed, "valid_from": a.valid_from, "valid_to": a.valid_to}
            for a in record.content.addresses
            if a.uprn is not None
        ]
        if places:
            await self._unit.run(insert(person_places), places)
        await self._unit.run(select(func.rhannu.place_record(record.id, _sure(keys))))
        await self.retarget(record.id)

    async def retarget(self, record_id: RecordId) -> None:
        """Say again whom and where the live flags about this record's person warn about."""
        await self._unit.run(select(func.rhannu.retarget(record_id, None)))

    def _identifier_digests(self, content: PersonContent) -> list[bytes]:
        found = [(f"identifier:{each.system}", each.value) for each in content.identifiers]
        if content.nhs_number is not None:
            found.append(("nhs-number", content.nhs_number))
        return [self._digests.of_text(kind, text) for kind, text in found]

    async def search(self, keys: Iterable[MatchKey], *, limit: int) -> list[PersonRecord]:
        """Find own records that share one of some keys."""
        digests = list(self._digests.of(keys))
        matching = select(person_keys.c.record_id).where(person_keys.c.digest.in_(digests))
        query = (
            select(person_records)
            .where(person_records.c.id.in_(matching))
            .order_by(person_records.c.recorded_at.desc(), person_records.c.id)
            .limit(limit)
        )
        return [_record(row) for row in (await self._unit.run(query)).all()]

    async def with_identifier(self, system: str, value: str) -> list[PersonRecord]:
        """Find the own record that carries a local identifier."""
        wanted = self._digests.of_text(f"identifier:{system}", value)
        matching = select(person_identifiers.c.record_id).where(person_identifiers.c.digest == wanted)
        query = select(person_records).where(person_records.c.id.in_(matching)).order_by(person_records.c.id)
        return [_record(row) for row in (await self._unit.run(query)).all()]

    async def add_relationship(self, link: RelationshipLink) -> None:
        """Store a dated link and say again whom flags at both of its ends warn about."""
        await self._unit.run(
            insert(relationships).values(
                id=link.id,
                owner_agency=link.owner_agency,
                from_record=link.subject,
                to_record=link.related,
                to_uprn=link.uprn,
                kind=link.kind,
                valid_from=link.valid_from,
                valid_to=link.valid_to,
                version=1,
                recorded_at=link.recorded_at,
                recorded_by=link.recorded_by,
            )
        )
        await self._retarget_ends(link)

    async def end_relationship(self, link: RelationshipLink) -> None:
        """Store the day a link ended."""
        await self._unit.run(
            update(relationships)
            .where(relationships.c.id == link.id)
            .values(
                valid_to=link.valid_to,
                version=relationships.c.version + 1,
                recorded_at=link.recorded_at,
                recorded_by=link.recorded_by,
            )
        )
        await self._retarget_ends(link)

    async def _retarget_ends(self, link: RelationshipLink) -> None:
        await self.retarget(link.subject)
        if link.related is not None:
            await self.retarget(link.related)

    async def find_relationship(self, link_id: LinkId) -> RelationshipLink:
        """Find a link, to change it.

        Raises:
            DomainError: `not-found`.
        """
        row = (
            await self._unit.run(select(relationships).where(relationships.c.id == link_id).with_for_update())
        ).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _link(row)

    async def relationships_of(self, record_id: RecordId) -> Sequence[RelationshipLink]:
        """List the own links of a record, newest first."""
        query = (
            select(relationships)
            .where((relationships.c.from_record == record_id) | (relationships.c.to_record == record_id))
            .order_by(relationships.c.recorded_at.desc(), relationships.c.id)
            .limit(200)
        )
        return [_link(row) for row in (await self._unit.run(query)).all()]


def _sure(keys: dict[bytes, MatchKey]) -> bytes | None:
    """Find the digest on which records of different agencies are linked by rule."""
    return next((digest for digest, key in keys.items() if key.kind is MatchKind.NHS_BIRTH), None)


def _version(record: PersonRecord) -> Version:
    return Version(
        id=record.id,
        owner=record.owner_agency,
        both={
            "version": record.version,
            "content": to_document(record.content),
            "recorded_at": record.recorded_at,
            "recorded_by": record.recorded_by,
            "reason": record.reason or REGISTERED,
        },
    )


def _record(row: Row[Any]) -> PersonRecord:
    return PersonRecord(
        id=RecordId(UUID(str(row.id))),
        owner_agency=AgencyCode(row.owner_agency),
        version=row.version,
        content=from_document(PersonContent, row.content),
        recorded_at=row.recorded_at,
        recorded_by=UserId(row.recorded_by),
        reason=None if row.reason == REGISTERED else row.reason,
    )


def _link(row: Row[Any]) -> RelationshipLink:
    return RelationshipLink(
        id=LinkId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        subject=RecordId(row.from_record),
        kind=row.kind,
        related=None if row.to_record is None else RecordId(row.to_record),
        uprn=row.to_uprn,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        recorded_at=row.recorded_at,
        recorded_by=UserId(row.recorded_by),
    )
