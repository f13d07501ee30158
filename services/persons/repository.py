"""Every query of person records.

Row security lets the application see the records of the agency it acts for and no others, so a hidden
record and one that never was are found alike: not at all (law 4).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, delete, func, insert, select, text, union, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from domain.errors import DomainError
from domain.identity_keys import MatchKey, MatchKind, keys_of_record, name_and_birth_keys
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
_PLACE_ALL = text(
    "SELECT rhannu.place_record(r.id, r.sure) FROM (SELECT x.id, x.sure FROM unnest(CAST(:records AS uuid[]), "
    "CAST(:sure AS bytea[])) x(id, sure) ORDER BY x.sure, x.id) r"
)
"""In the order of their digests, so that two who place the same people wait for each other and never in a circle."""
_RETARGET_ALL = text("SELECT rhannu.retarget(x.id, NULL) FROM unnest(CAST(:records AS uuid[])) x(id)")
_BREATH = 25
"""Records whose keys are computed before the loop may serve others."""


@dataclass(slots=True)
class _Index:
    """Rows by which some records are found, by table."""

    identifiers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    places: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sure: list[bytes | None] = field(default_factory=list[bytes | None])


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

    async def add_all(self, records: Sequence[PersonRecord]) -> dict[RecordId, PersonId]:
        """Store many new records at once, and give the shared person of each.

        Raises:
            DomainError: `already-registered` when the agency has a record with one of their identifiers.
        """
        ids = [record.id for record in records]
        if not ids:
            return {}
        await _STORE.add_all(self._unit, [(_version(record), {}) for record in records])
        index = _Index()
        for number, record in enumerate(records):
            self._enter(index, record)
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
        await self._write(index)
        await self._unit.run(_PLACE_ALL, {"records": ids, "sure": index.sure})
        await self._unit.run(_RETARGET_ALL, {"records": ids})
        return await self.shared_persons(ids)

    async def _file(self, record: PersonRecord) -> None:
        """Write the keys and the places of a record, and say again whom its flags warn about."""
        index = _Index()
        self._enter(index, record)
        await self._write(index)
        await self._unit.run(select(func.rhannu.place_record(record.id, index.sure[0])))
        await self.retarget(record.id)

    def _enter(self, index: _Index, record: PersonRecord) -> None:
        owned: dict[str, Any] = {"record_id": record.id, "owner_agency": record.owner_agency}
        keys = self._digests.of(keys_of_record(record.content))
        index.identifiers += [{**owned, "digest": each} for each in self._identifier_digests(record.content)]
        index.keys += [{**owned, "digest": each} for each in keys]
        index.places += [
            {**owned, "uprn": a.uprn, "sealed": a.sealed, "valid_from": a.valid_from, "valid_to": a.valid_to}
            for a in record.content.addresses
            if a.uprn is not None
        ]
        index.sure.append(_sure(keys))

    async def _write(self, index: _Index) -> None:
        written = ((person_identifiers, index.identifiers), (person_keys, index.keys), (person_places, index.places))
        for table, rows in written:
            if rows:
                await self._unit.run(insert(table), rows)

    def alike_digests(self, content: PersonContent) -> list[bytes]:
        """Give the digests that a record shares with some content that may mean its person: numbers, name and birth."""
        return [*self._identifier_digests(content), *self._digests.of(name_and_birth_keys(content))]

    async def alike(
        self, digests: Iterable[bytes], record_ids: Iterable[RecordId]
    ) -> list[tuple[PersonRecord, PersonId]]:
        """Find own records by `alike_digests` or by id, each with its shared person."""
        wanted = any_(bindparam("digests", list(digests), type_=ARRAY(BYTEA)))
        named = any_(bindparam("records", list(record_ids), type_=ARRAY(UUID_TYPE(as_uuid=True))))
        found = union(
            select(person_identifiers.c.record_id).where(person_identifiers.c.digest == wanted),
            select(person_keys.c.record_id).where(person_keys.c.digest == wanted),
            select(person_records.c.id).where(person_records.c.id == named),
        )
        query = select(person_records).where(person_records.c.id.in_(found)).order_by(person_records.c.id)
        rows = (await self._unit.run(query)).all()
        return [(_record(row), PersonId(row.person_id)) for row in rows if row.person_id is not None]

    async def shared_persons(self, record_ids: Iterable[RecordId]) -> dict[RecordId, PersonId]:
        """Give the shared persons of own records, which keep together until the commit."""
        query = (
            select(person_records.c.id, person_records.c.person_id)
            .where(person_records.c.id.in_(list(record_ids)))
            .order_by(person_records.c.id)
            .with_for_update(read=True)
        )
        return {RecordId(row.id): PersonId(row.person_id) for row in (await self._unit.run(query)).all()}

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
