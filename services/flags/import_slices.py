"""Working off an older register a slice at a time: what the dry run tells of some rows, and what the run makes of them.

Both put together the same picture of what is known and ask the same rule. The dry run adds what the rows before it
will make; in the run those stand in the agency's own records and warnings.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_codes import Category
from domain.flag_evidence import PlaceSubject
from domain.flag_import_entries import RegisterEntry, Said, read_entry
from domain.flag_import_files import RegisterRow, RowIssue
from domain.flag_import_plan import (
    KnownPerson,
    NewIds,
    OpenWarning,
    Picture,
    RowOutcome,
    RowPlan,
    Target,
    as_approved,
    refused,
    target_of_person,
    target_of_place,
)
from domain.flag_imports import FlagImport, legacy_flag
from domain.flag_reservations import is_open_to
from domain.flags import Flag
from domain.ids import FlagId, PersonId, RecordId
from services.core.unit_of_work import UnitOfWork
from services.flags.import_repository import ImportRepository, WaitingRow, WorkedRow
from services.flags.repository import FlagRepository
from services.flags.reservations import ReservationRepository
from services.persons import alike_digests, alike_records, register_all, shared_persons

SLICE = 100
"""Rows of one request: about half a second of work, so that nobody waits long for what it holds."""
_BREATH = 25
"""Rows read before the loop may serve others."""
_KEPT = RowIssue("category", "kept-from-you")
_OVERTAKEN = frozenset({"already-registered", "flag-already-live"})


@dataclass(frozen=True, slots=True)
class _Read:
    """A row and what it says, or what is wrong with it."""

    row: WaitingRow
    entry: RegisterEntry | None
    issues: tuple[RowIssue, ...]
    digests: list[bytes]

    @property
    def number(self) -> int:
        """Give its number in the file."""
        return self.row.cells.number

    @property
    def category(self) -> Category | None:
        """Give its category, where it can be read."""
        return None if self.entry is None else self.entry.category


class SliceWork:
    """One slice of one import, for the caller who drives it."""

    def __init__(self, unit: UnitOfWork, job: FlagImport) -> None:
        self._unit = unit
        self._job = job
        self._imports = ImportRepository(unit)
        self._flags = FlagRepository(unit)
        self._today = local_date(unit.now)
        self.consulted: dict[RecordId, int] = {}
        """Records weighed, each with its version: whoever is meant is found among them, so all are on the trail."""

    async def check(self, after: int) -> list[WorkedRow]:
        """Say what would become of the next rows."""
        read = [each async for each in self._read(await self._imports.waiting(self._job.id, after, SLICE))]
        picture = await self._picture(read, planned_to=after)
        kept = await self._kept_from_me(read)
        worked: list[WorkedRow] = []
        for each in read:
            plan = refused(each.issues or (_KEPT,))
            if each.entry is not None and each.category not in kept:
                plan = picture.plan(each.entry, NewIds(RecordId(uuid4()), FlagId(uuid4())))
                picture.accept(each.entry, plan)
            worked.append(WorkedRow(each.number, each.category, plan, each.digests if plan.registers else []))
        return worked

    async def make(self, after: int) -> list[WorkedRow]:
        """Make what the dry run told of the next rows, and nothing else.

        Raises:
            DomainError: `import-busy` when somebody registers or flags one of the same people at this moment.
        """
        waiting = await self._imports.waiting(self._job.id, after, SLICE)
        read = [each async for each in self._read(waiting)]
        picture = await self._picture(read, planned_to=None)
        kept = await self._kept_from_me(read)
        plans: dict[int, RowPlan] = {}
        for each in read:
            plans[each.number] = plan = _planned(each, picture, is_kept=each.category in kept)
            if each.entry is not None:
                picture.accept(each.entry, plan)
        try:
            plans = await self._enter(read, plans)
        except DomainError as refusal:
            if refusal.code in _OVERTAKEN:
                raise DomainError("import-busy") from refusal
            raise
        return [WorkedRow(each.number, each.category, plans[each.number], []) for each in read]

    async def _kept_from_me(self, read: Sequence[_Read]) -> frozenset[Category]:
        """Name the categories of some rows that are kept to roles of which whoever drives the import has none."""
        settings, roles = ReservationRepository(self._unit), self._unit.principal.roles
        named = sorted({each.category for each in read if each.category is not None})
        return frozenset([each for each in named if not is_open_to(await settings.held(each), roles)])

    async def _read(self, waiting: Sequence[WaitingRow]) -> AsyncIterator[_Read]:
        for number, row in enumerate(waiting):
            entry, issues = read_entry(row.cells, self._job.mapping, self._today)
            yield _Read(row, entry, issues, self._digests(entry))
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)

    def _digests(self, entry: RegisterEntry | None) -> list[bytes]:
        return [] if entry is None or entry.person is None else alike_digests(self._unit, entry.person.content)

    async def _picture(self, read: Sequence[_Read], *, planned_to: int | None) -> Picture:
        """Put together what is known of everyone and every place that some rows may mean."""
        entries = [each.entry for each in read if each.entry is not None]
        digests = {digest for each in read for digest in each.digests}
        named = {entry.person.record_id for entry in entries if entry.person is not None} - {None}
        found = await alike_records(self._unit, digests, [record_id for record_id in named if record_id is not None])
        self.consulted |= {record.id: record.version for record, _ in found}
        known = [KnownPerson(record.id, person, record.content) for record, person in found]
        if planned_to is not None:
            known += self._planned_people(await self._imports.planned_alike(self._job.id, digests, planned_to))
        places = {entry.uprn for entry in entries if entry.uprn is not None}
        warnings = self._standing(await self._flags.open_on({PersonId(each.person) for each in known}, places))
        if planned_to is not None:
            targets = {target_of_person(each.person) for each in known} | {target_of_place(uprn) for uprn in places}
            warnings |= self._coming(await self._imports.planned_on(self._job.id, targets, planned_to))
        return Picture(known, warnings)

    def _planned_people(self, rows: Iterable[WaitingRow]) -> list[KnownPerson]:
        people: list[KnownPerson] = []
        for row in rows:
            entry = self._entry_of(row.cells)
            if row.told is not None and row.told.record_id is not None and entry.person is not None:
                record_id = row.told.record_id
                people.append(KnownPerson(record_id, UUID(str(record_id)), entry.person.content, planned=True))
        return people

    def _coming(self, rows: Iterable[WaitingRow]) -> dict[Target, OpenWarning]:
        """Give the warnings that earlier rows will make."""
        warnings: dict[Target, OpenWarning] = {}
        for row in rows:
            if row.told is not None and row.told.target is not None and row.told.flag_id is not None:
                entry = self._entry_of(row.cells)
                warnings[row.told.target, entry.category] = OpenWarning(row.told.flag_id, entry.said, entry.number)
        return warnings

    def _entry_of(self, row: RegisterRow) -> RegisterEntry:
        entry, _ = read_entry(row, self._job.mapping, self._today)
        if entry is None:
            message = "a row that was planned can be read"
            raise RuntimeError(message)
        return entry

    def _standing(self, found: Iterable[tuple[Flag, PersonId | None]]) -> dict[Target, OpenWarning]:
        """Give the open warnings; of twins the one that was decided here counts."""
        warnings: dict[Target, OpenWarning] = {}
        for flag, person in found:
            place = flag.subject.uprn if isinstance(flag.subject, PlaceSubject) else None
            target = target_of_person(person) if person is not None else target_of_place(place or "")
            if (target, flag.category) not in warnings or not flag.is_legacy:
                warnings[target, flag.category] = self._warning(flag)
        return warnings

    def _warning(self, flag: Flag) -> OpenWarning:
        legacy = flag.legacy
        if legacy is None or not flag.is_legacy:
            return OpenWarning(flag.id, None, None)
        row = legacy.row if legacy.import_id == self._job.id else None
        return OpenWarning(flag.id, Said(legacy.controls, legacy.sentence), row)

    async def _enter(self, read: Sequence[_Read], plans: dict[int, RowPlan]) -> dict[int, RowPlan]:
        """Register whoever is new and make the warnings; give the plans as they came out."""
        entries = {each.number: each.entry for each in read if each.entry is not None}
        made = {number: plan for number, plan in plans.items() if plan.outcome is RowOutcome.MADE}
        new = [
            (plan.record_id, person.content)
            for number, plan in made.items()
            if plan.registers and plan.record_id is not None and (person := entries[number].person) is not None
        ]
        persons = await register_all(self._unit, new)
        known = {plan.record_id for plan in made.values() if plan.record_id is not None} - persons.keys()
        overtaken = await self._met(persons, made, entries)
        persons |= await shared_persons(self._unit, known) if known else {}
        flags = [
            (
                legacy_flag(self._job, entries[number], plan, self._unit.principal, self._unit.now),
                _person(plan, persons),
            )
            for number, plan in made.items()
            if number not in overtaken
        ]
        await self._flags.add_all(flags)
        return {number: _came_out(overtaken.get(number, plan), overtaken) for number, plan in plans.items()}

    async def _met(
        self, persons: dict[RecordId, PersonId], made: dict[int, RowPlan], entries: dict[int, RegisterEntry]
    ) -> dict[int, RowPlan]:
        """Find rows whose person, once registered, turned out to be somebody whom the agency warns about already.

        That is seen only then: two of its records may be linked through another agency's, which no dry run may tell.
        """
        if not persons:
            return {}
        found = await self._flags.open_on(persons.values(), ())
        there = {(person, flag.category): flag.id for flag, person in found}
        met: dict[int, RowPlan] = {}
        for number, plan in made.items():
            person = None if plan.record_id is None else persons.get(plan.record_id)
            flag_id = there.get((person, entries[number].category))
            if flag_id is not None:
                met[number] = replace(plan, outcome=RowOutcome.ALREADY_THERE, flag_id=flag_id)
        return met


def _planned(read: _Read, picture: Picture, *, is_kept: bool) -> RowPlan:
    """Ask the rule again about a row, and keep to what was approved."""
    told = read.row.told
    if told is None:
        message = "nothing is made before the dry run is finished"
        raise RuntimeError(message)
    if told.outcome in {RowOutcome.REFUSED, RowOutcome.UNSURE}:
        return told
    if read.entry is None or is_kept:
        return as_approved(told, refused(read.issues or (_KEPT,)))
    ids = NewIds(told.record_id or RecordId(uuid4()), told.flag_id or FlagId(uuid4()))
    return as_approved(told, picture.plan(read.entry, ids))


def _person(plan: RowPlan, persons: dict[RecordId, PersonId]) -> PersonId | None:
    return None if plan.record_id is None else persons[plan.record_id]


def _came_out(plan: RowPlan, overtaken: dict[int, RowPlan]) -> RowPlan:
    """Say of a row what stands now: its record is there, and a warning that was there is the one it repeats."""
    if plan.outcome not in {RowOutcome.MADE, RowOutcome.ALREADY_THERE}:
        return plan
    there = overtaken.get(plan.same_as or 0)
    return replace(plan, planned=False, flag_id=plan.flag_id if there is None else there.flag_id)
