"""Every query of imports of older registers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from domain.errors import DomainError
from domain.flag_codes import Category
from domain.flag_import_files import RegisterRow, RowIssue
from domain.flag_import_plan import RowOutcome, RowPlan
from domain.flag_imports import FlagImport
from domain.ids import FlagId, ImportId, RecordId
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.flag_imports import flag_import_rows as rows
from services.db.models.flag_imports import flag_import_versions, flag_imports

_STORE = VersionedTable(flag_imports, flag_import_versions, "import_id")
_AT_ONCE = 1000
"""Rows written in one statement."""
_TOLD = func.coalesce(rows.c.outcome, rows.c.expected)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: rows of which the dry run has told and those made, each by what they came to."""

    expected: dict[RowOutcome, int]
    outcome: dict[RowOutcome, int]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of an import, as it is told: what the dry run said, what the run came to, and no value of the row."""

    number: int
    category: Category | None
    expected: RowPlan | None
    outcome: RowOutcome | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row to be worked off: its cells, what was told of it, and whom or what it is about."""

    cells: RegisterRow
    told: RowPlan | None


@dataclass(frozen=True, slots=True)
class WorkedRow:
    """A row that was worked off."""

    number: int
    category: Category | None
    plan: RowPlan
    digests: list[bytes]


class ImportRepository:
    """Imports of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def add(self, job: FlagImport) -> None:
        """Store a new import."""
        await _STORE.add(self._unit, _version(job), checked_to=0, made_to=0)

    async def find(self, import_id: ImportId, *, lock: bool = False) -> FlagImport:
        """Find an import; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`, for another agency's import as for none.
        """
        return _job(await _STORE.find(self._unit, import_id, lock=lock))

    async def take(self, import_id: ImportId) -> tuple[FlagImport, int, int]:
        """Take an import to work on it, alone, and say up to which row it was checked and made.

        Raises:
            DomainError: `not-found`, or `import-busy` while somebody else works on it.
        """
        await self.find(import_id)
        query = select(flag_imports).where(flag_imports.c.id == import_id).with_for_update(skip_locked=True)
        row = (await self._unit.run(query)).one_or_none()
        if row is None:
            raise DomainError("import-busy")
        return _job(row), row.checked_to, row.made_to

    async def replace(self, job: FlagImport) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _STORE.replace(self._unit, _version(job))

    async def page(self, after: tuple[Any, UUID] | None, limit: int) -> list[FlagImport]:
        """List imports, those last changed first."""
        order = (flag_imports.c.recorded_at.desc(), flag_imports.c.id.desc())
        query = select(flag_imports).order_by(*order).limit(limit)
        if after is not None:
            at, import_id = after
            earlier = flag_imports.c.recorded_at < at
            query = query.where(or_(earlier, (flag_imports.c.recorded_at == at) & (flag_imports.c.id < import_id)))
        return [_job(row) for row in (await self._unit.run(query)).all()]

    async def add_rows(self, job: FlagImport, read: Sequence[RegisterRow]) -> None:
        """Store the rows of the file received."""
        for start in range(0, len(read), _AT_ONCE):
            await self._unit.run(
                insert(rows),
                [
                    {
                        "import_id": job.id,
                        "number": row.number,
                        "owner_agency": job.owner_agency,
                        "cells": dict(row.cells),
                        "issues": [to_document(issue) for issue in row.issues],
                        "registers": False,
                        "planned": False,
                    }
                    for row in read[start : start + _AT_ONCE]
                ],
            )

    async def waiting(self, import_id: ImportId, after: int, limit: int) -> list[WaitingRow]:
        """Find the next rows to work off."""
        query = (
            select(rows)
            .where(rows.c.import_id == import_id, rows.c.number > after)
            .order_by(rows.c.number)
            .limit(limit)
        )
        return [_waiting(row) for row in (await self._unit.run(query)).all()]

    async def planned_alike(self, import_id: ImportId, digests: Iterable[bytes], before: int) -> list[WaitingRow]:
        """Find earlier rows that will register somebody with one of some digests."""
        wanted = bindparam("digests", list(digests), type_=ARRAY(BYTEA))
        query = select(rows).where(
            rows.c.import_id == import_id, rows.c.number <= before, rows.c.registers, rows.c.digests.overlap(wanted)
        )
        return [_waiting(row) for row in (await self._unit.run(query)).all()]

    async def planned_on(self, import_id: ImportId, targets: Iterable[str], before: int) -> list[WaitingRow]:
        """Find earlier rows that will make a warning about one of some targets."""
        query = select(rows).where(
            rows.c.import_id == import_id,
            rows.c.number <= before,
            rows.c.expected == RowOutcome.MADE.value,
            rows.c.target == any_(bindparam("targets", list(targets), type_=ARRAY(rows.c.target.type))),
        )
        return [_waiting(row) for row in (await self._unit.run(query)).all()]

    async def tell(self, job: FlagImport, worked: Sequence[WorkedRow]) -> None:
        """Keep what the dry run says of some rows, and how far it is."""
        names = (*_PLANNED, "category", "digests", "expected", "target")
        await self._write(job, names, [_told(each) for each in worked])
        await self._advance(job, "checked_to", worked)

    async def settle(self, job: FlagImport, worked: Sequence[WorkedRow]) -> None:
        """Keep what some rows came to, and how far the run is."""
        await self._write(job, (*_PLANNED, "outcome"), [_settled(each) for each in worked])
        await self._advance(job, "made_to", worked)

    async def _write(self, job: FlagImport, names: Sequence[str], written: list[dict[str, Any]]) -> None:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        there = (rows.c.import_id == bindparam("of_import")) & (rows.c.number == bindparam("of_number"))
        named = [{**each, "of_import": job.id} for each in written]
        await self._unit.run(update(rows).where(there).values(values), named)

    async def _advance(self, job: FlagImport, column: str, worked: Sequence[WorkedRow]) -> None:
        there = flag_imports.c.id == job.id
        await self._unit.run(update(flag_imports).where(there).values({column: worked[-1].number}))

    async def erase_cells(self, job: FlagImport) -> None:
        """Erase what the rows say of people: what was made stands in records, what was not in the agency's own file."""
        await self._unit.run(
            update(rows).where(rows.c.import_id == job.id).values(cells=None, digests=None, target=None)
        )

    async def progress(self, import_id: ImportId) -> Progress:
        """Count the rows by what the dry run said and by what they came to."""
        query = (
            select(rows.c.expected, rows.c.outcome, func.count().label("rows"))
            .where(rows.c.import_id == import_id)
            .group_by(rows.c.expected, rows.c.outcome)
        )
        expected, outcome = dict.fromkeys(RowOutcome, 0), dict.fromkeys(RowOutcome, 0)
        for row in (await self._unit.run(query)).all():
            for told, counted in ((row.expected, expected), (row.outcome, outcome)):
                if told is not None:
                    counted[RowOutcome(told)] += row.rows
        return Progress(expected, outcome)

    async def rows_page(
        self, import_id: ImportId, outcome: RowOutcome | None, after: int, limit: int
    ) -> list[ImportRow]:
        """List rows in the order of the file, perhaps only those of one outcome."""
        query = select(rows).where(rows.c.import_id == import_id, rows.c.number > after)
        if outcome is not None:
            query = query.where(_TOLD.in_([outcome.value]))
        return [_row(row) for row in (await self._unit.run(query.order_by(rows.c.number).limit(limit))).all()]


_PLANNED = ("issues", "record_id", "registers", "planned", "flag_id", "same_as")


def _planned(plan: RowPlan) -> dict[str, Any]:
    return {
        "issues": [to_document(issue) for issue in plan.issues],
        "record_id": plan.record_id,
        "registers": plan.registers,
        "planned": plan.planned,
        "flag_id": plan.flag_id,
        "same_as": plan.same_as,
    }


def _told(worked: WorkedRow) -> dict[str, Any]:
    return {
        **_planned(worked.plan),
        "of_number": worked.number,
        "category": None if worked.category is None else worked.category.value,
        "digests": worked.digests,
        "expected": worked.plan.outcome.value,
        "target": worked.plan.target,
    }


def _settled(worked: WorkedRow) -> dict[str, Any]:
    return {**_planned(worked.plan), "of_number": worked.number, "outcome": worked.plan.outcome.value}


def _version(job: FlagImport) -> Version:
    return Version(
        id=job.id,
        owner=job.owner_agency,
        both={
            "version": job.version,
            "state": job.state.value,
            "content": to_document(job),
            "recorded_at": job.changed.at,
            "recorded_by": job.changed.user,
        },
    )


def _job(row: Row[Any]) -> FlagImport:
    return from_document(FlagImport, row.content)


def _waiting(row: Row[Any]) -> WaitingRow:
    issues = () if row.expected is not None else _issues(row)
    return WaitingRow(RegisterRow(row.number, row.cells or {}, issues), _plan(row))


def _issues(row: Row[Any]) -> tuple[RowIssue, ...]:
    return tuple(from_document(RowIssue, issue) for issue in row.issues)


def _plan(row: Row[Any]) -> RowPlan | None:
    if row.expected is None:
        return None
    return RowPlan(
        outcome=RowOutcome(row.expected),
        issues=_issues(row),
        target=row.target,
        record_id=None if row.record_id is None else RecordId(row.record_id),
        registers=row.registers,
        planned=row.planned,
        flag_id=None if row.flag_id is None else FlagId(row.flag_id),
        same_as=row.same_as,
    )


def _row(row: Row[Any]) -> ImportRow:
    return ImportRow(
        number=row.number,
        category=None if row.category is None else Category(row.category),
        expected=_plan(row),
        outcome=None if row.outcome is None else RowOutcome(row.outcome),
    )
