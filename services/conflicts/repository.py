"""Every query of declared conflicts of interest."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import array

from domain.conflicts import Concerned, ConflictDeclaration, oversees
from domain.ids import ConflictId, HumanId, RecordId, UserId
from domain.paging import Page, Place, Wanted
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.conflicts import conflict_declaration_versions, conflict_declarations
from services.db.paging import page_of, part_of

_DECLARATIONS = VersionedTable(conflict_declarations, conflict_declaration_versions, "declaration_id")
_ACCOUNT = text("SELECT human, is_team FROM access.own_account(:account)")
_HOLDS = text("SELECT rhannu.holds_record(:record)")


class ConflictRepository:
    """The declarations of the agency acted for: those that concern the caller, to an overseer all."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def account(self, user: UserId) -> Concerned | None:
        """Find the human behind an account that is the agency's own or holds a role for it."""
        row = (await self._unit.run(_ACCOUNT, {"account": user})).one_or_none()
        return None if row is None else Concerned(user, HumanId(row.human), row.is_team)

    async def is_own_record(self, record: RecordId) -> bool:
        """Say whether a person record is the agency's own, also to roles that read none."""
        return bool((await self._unit.run(_HOLDS, {"record": record})).scalar_one())

    async def add(self, declaration: ConflictDeclaration) -> None:
        """Store a new declaration."""
        await _DECLARATIONS.add(
            self._unit,
            _version(declaration),
            user_id=declaration.user,
            human_id=declaration.human,
            record_id=declaration.about,
            kind=declaration.kind,
            declared_at=declaration.declared.at,
            until_at=declaration.until_moment,
        )

    async def find(self, declaration_id: ConflictId, *, lock: bool = False) -> ConflictDeclaration:
        """Find a declaration.

        Raises:
            DomainError: `not-found`.
        """
        row = await _DECLARATIONS.find(self._unit, declaration_id, lock=lock)
        return _declaration(row)

    async def replace(self, declaration: ConflictDeclaration) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _DECLARATIONS.replace(self._unit, _version(declaration))

    async def page(self, wanted: Wanted, *, in_force: bool) -> Page[ConflictDeclaration]:
        """List declarations, newest first.

        Whoever oversees sees those of others, but for those about somebody to whom they are close themself.
        """
        columns, by = conflict_declarations.c, self._unit.principal
        mine = or_(columns.user_id == by.user, columns.human_id.in_(list(by.humans)))
        others: ColumnElement[bool] = false()
        if oversees(by):
            others = func.cardinality(func.rhannu.conflicts_met(array([columns.record_id]), self._unit.now)) == 0
        query = select(conflict_declarations).where(or_(mine, others))
        if in_force:
            now = self._unit.now
            query = query.where(columns.ended_at.is_(None), or_(columns.until_at.is_(None), columns.until_at > now))
        rows = (await self._unit.run(part_of(query, columns.declared_at, columns.id, wanted, newest_first=True))).all()
        return page_of(
            rows,
            wanted,
            _declaration,
            lambda each: Place(each.declared.at, each.id),
        )


def _declaration(row: Row[Any]) -> ConflictDeclaration:
    """Read a declaration with the human who is behind its account today, whoever was thought to be when it was made."""
    return replace(from_document(ConflictDeclaration, row.content), human=HumanId(row.human_id))


def _version(declaration: ConflictDeclaration) -> Version:
    ended = declaration.ended
    signed = declaration.declared if ended is None else ended.signed
    return Version(
        id=declaration.id,
        owner=declaration.owner_agency,
        both={
            "version": declaration.version,
            "content": to_document(declaration),
            "recorded_at": signed.at,
            "recorded_by": signed.user,
        },
        standing={"ended_at": None if ended is None else ended.signed.at},
    )
