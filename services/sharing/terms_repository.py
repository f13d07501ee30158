"""Every query of confidentiality terms and of what was given outside them; all of it is the agency's own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select

from domain.confidentiality import ConfidentialityTerms, OverrideTarget, TermsOverride, TermsState
from domain.ids import ConfidentialityTermsId, RecordId
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.confidentiality import (
    confidentiality_overrides,
    confidentiality_term_versions,
    confidentiality_terms,
)
from services.db.models.persons import person_records

MOST_TERMS = 200
_TERMS = VersionedTable(confidentiality_terms, confidentiality_term_versions, "terms_id")


class TermsRepository:
    """Terms of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def terms(self, terms_id: ConfidentialityTermsId, *, lock: bool = False) -> ConfidentialityTerms:
        """Find terms; `lock` keeps them as read until the commit, and whoever gives something waits.

        Raises:
            DomainError: `not-found`.
        """
        found = from_document(ConfidentialityTerms, (await _TERMS.find(self._unit, terms_id)).content)
        if not lock:
            return found
        await self.hold(found.about)
        return from_document(ConfidentialityTerms, (await _TERMS.find(self._unit, terms_id, lock=True)).content)

    async def of_record(self, record_id: RecordId) -> list[ConfidentialityTerms]:
        """List terms about the person of one own record, those in force and those that ended, newest first."""
        columns = confidentiality_terms.c
        query = select(columns.content).where(columns.record_id == record_id)
        query = query.order_by(columns.agreed_at.desc(), columns.id).limit(MOST_TERMS)
        return [from_document(ConfidentialityTerms, content) for content in (await self._unit.run(query)).scalars()]

    async def binding(self, record_id: RecordId) -> list[ConfidentialityTerms]:
        """Find the terms in force about the person of a record, on whichever own record they were agreed.

        None are agreed, changed or ended meanwhile.
        """
        await self._wait(record_id, func.pg_advisory_xact_lock_shared)
        person = select(person_records.c.person_id).where(person_records.c.id == record_id).scalar_subquery()
        records = select(person_records.c.id).where(person_records.c.person_id == person)
        columns = confidentiality_terms.c
        query = select(columns.content).where(
            columns.record_id.in_(records), columns.state == TermsState.IN_FORCE.value
        )
        rows = await self._unit.run(query.order_by(columns.agreed_at, columns.id))
        return [from_document(ConfidentialityTerms, content) for content in rows.scalars()]

    async def add(self, terms: ConfidentialityTerms) -> None:
        """Store new terms."""
        await self.hold(terms.about)
        await _TERMS.add(self._unit, _version(terms), record_id=terms.about, agreed_at=terms.recorded.at)

    async def replace(self, terms: ConfidentialityTerms) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _TERMS.replace(self._unit, _version(terms))

    async def versions(self, terms_id: ConfidentialityTermsId) -> list[ConfidentialityTerms]:
        """List every version of terms, oldest first."""
        columns = confidentiality_term_versions.c
        query = select(columns.content).where(columns.terms_id == terms_id).order_by(columns.version)
        return [from_document(ConfidentialityTerms, content) for content in (await self._unit.run(query)).scalars()]

    async def add_overrides(self, overrides: Sequence[TermsOverride]) -> None:
        """Store that terms were set aside."""
        rows = [
            {
                "id": each.id,
                "owner_agency": self._unit.principal.agency,
                "terms_id": each.terms_id,
                "target": each.target.value,
                "target_id": each.target_id,
                "content": to_document(each),
                "recorded_at": each.signed.at,
                "recorded_by": each.signed.user,
            }
            for each in overrides
        ]
        if rows:
            await self._unit.run(insert(confidentiality_overrides), rows)

    async def overrides_of(self, terms_id: ConfidentialityTermsId) -> tuple[TermsOverride, ...]:
        """List when terms were set aside, in order."""
        return await self._overrides(confidentiality_overrides.c.terms_id == terms_id)

    async def overrides_in(self, target: OverrideTarget, target_id: UUID) -> tuple[TermsOverride, ...]:
        """List the overrides by which something was given, in order."""
        columns = confidentiality_overrides.c
        return await self._overrides((columns.target == target.value) & (columns.target_id == target_id))

    async def _overrides(self, wanted: ColumnElement[bool]) -> tuple[TermsOverride, ...]:
        columns = confidentiality_overrides.c
        query = select(columns.content).where(wanted).order_by(columns.recorded_at, columns.id)
        return tuple(from_document(TermsOverride, content) for content in (await self._unit.run(query)).scalars())

    async def hold(self, record_id: RecordId) -> None:
        """Let nobody give anything about a person while the terms about them change."""
        await self._wait(record_id, func.pg_advisory_xact_lock)

    async def _wait(self, record_id: RecordId, lock: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own generator of functions
        await self._unit.run(select(lock(func.hashtextextended(f"confidentiality|{record_id}", 0))))


def _version(terms: ConfidentialityTerms) -> Version:
    return Version(
        id=terms.id,
        owner=terms.owner_agency,
        both={
            "version": terms.version,
            "state": terms.state.value,
            "content": to_document(terms),
            "recorded_at": terms.changed.at,
            "recorded_by": terms.changed.user,
        },
        standing={"review_on": terms.agreed.review_on},
    )
