"""Records that are amended, never overwritten: one table says how each stands, another keeps every version (law 6).

Persons, incidents and flags are stored so. What a record is and what it says stays with its capability; here
stands only what makes two writers safe from each other and loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, insert, select, update

from domain.errors import DomainError
from domain.ids import AgencyCode
from services.core.unit_of_work import UnitOfWork

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record, by column.

    `both` stands in both tables and holds `version`; `standing` only where the record stands, for queries to
    look by; `kept` only with the version that is kept.
    """

    id: UUID
    owner: AgencyCode
    both: Columns
    standing: Columns = field(default_factory=dict[str, Any])
    kept: Columns = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class VersionedTable:
    """A table of records as they stand and the table of their versions, which names the record in column `key`."""

    current: Table
    versions: Table
    key: str

    async def find(self, unit: UnitOfWork, record_id: UUID, *, lock: bool = False) -> Row[Any]:
        """Find the row of a record of the agency acted for; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`, for another agency's record as for none (law 4).
        """
        query = select(self.current).where(self.current.c.id == record_id)
        row = (await unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return row

    async def add(self, unit: UnitOfWork, first: Version, **fixed: object) -> None:
        """Store a new record and its first version; `fixed` columns never change.

        Raises:
            DomainError: what the constraints of the table stand for.
        """
        await unit.run(
            insert(self.current).values(id=first.id, owner_agency=first.owner, **fixed, **first.both, **first.standing)
        )
        await self._keep(unit, first)

    async def add_all(self, unit: UnitOfWork, firsts: Sequence[tuple[Version, Columns]]) -> None:
        """Store many new records at once, each with the columns of its own that never change.

        Raises:
            DomainError: what the constraints of the table stand for.
        """
        if not firsts:
            return
        current = [
            {"id": first.id, "owner_agency": first.owner, **fixed, **first.both, **first.standing}
            for first, fixed in firsts
        ]
        await unit.run(insert(self.current), current)
        await unit.run(insert(self.versions), [self._kept(first) for first, _ in firsts])

    async def replace(self, unit: UnitOfWork, following: Version) -> None:
        """Put the next version in the place of the one before, which stands in the versions already.

        Raises:
            DomainError: `version-stale` when another version was put there meanwhile, or what the constraints
                of the table stand for.
        """
        current = self.current.c
        changed = await unit.run(
            update(self.current)
            .where(current.id == following.id, current.version == following.both["version"] - 1)
            .values(**following.both, **following.standing)
            .returning(current.id)
        )
        if changed.one_or_none() is None:
            raise DomainError("version-stale")
        await self._keep(unit, following)

    async def _keep(self, unit: UnitOfWork, version: Version) -> None:
        await unit.run(insert(self.versions).values(**self._kept(version)))

    def _kept(self, version: Version) -> dict[str, Any]:
        return {self.key: version.id, "owner_agency": version.owner, **version.both, **version.kept}
