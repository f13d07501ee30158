"""What can be done with the register an agency already holds: bring it in, check it, approve it, make it, stop it.

The rows are worked off by whoever drives the import, a slice in each request: one unit of work under the caller's own
signed context, with one event that names every person in it. So nothing of the database opens to a background process
(law 2), and what was interrupted has either made a slice wholly or not at all, and goes on from there.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_import_files import read_register
from domain.flag_import_plan import RowOutcome
from domain.flag_imports import (
    BeginImport,
    FlagImport,
    ImportState,
    approve,
    begin,
    cancel,
    check_step,
    conclude_check,
    conclude_run,
    receive,
    state_on,
)
from domain.ids import ImportId
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.import_repository import ImportRepository, ImportRow, Progress, WorkedRow
from services.flags.import_slices import SLICE, SliceWork

CONTENT = "flag-import.content"
ROWS = "flag-import.rows"


@dataclass(frozen=True, slots=True)
class SeenImport:
    """An import, where it stands now, and how far it is."""

    job: FlagImport
    state: ImportState
    progress: Progress


@dataclass(frozen=True, slots=True)
class ImportStep:
    """What somebody decides about an import: on which version they read, why, and the key of the request."""

    import_id: ImportId
    read_version: int
    reason: str
    once: Once


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows of an import, and after which number the next page begins; None at the end."""

    rows: tuple[ImportRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """Imports, those last changed first, and where the next page begins; None at the end."""

    imports: tuple[SeenImport, ...]
    next: tuple[datetime, UUID] | None


async def _seen(unit: UnitOfWork, job: FlagImport) -> SeenImport:
    unit.record(records=[f"flag-import:{job.id}:{job.version}"], owners=[job.owner_agency], fields=[CONTENT])
    return SeenImport(job, state_on(job, unit.now), await ImportRepository(unit).progress(job.id))


async def _once(unit: UnitOfWork, once: Once, make: Callable[[], Awaitable[FlagImport]]) -> Made[SeenImport]:
    """Change an import at most once; a replay shows it as it stands now."""

    async def replay(made: UUID) -> FlagImport:
        return await ImportRepository(unit).find(ImportId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    return Made(await _seen(unit, outcome.value), outcome.is_replay)


@use_case(permission=Permission.IMPORT_PREPARE, audits=AuditAction.IMPORT_BEGUN)
async def begin_import(unit: UnitOfWork, command: BeginImport, once: Once) -> Made[SeenImport]:
    """Begin to bring in a register: say what it is and what its columns mean.

    Raises:
        DomainError: `content-invalid` or `idempotency-key-reused`.
    """

    async def make() -> FlagImport:
        job = begin(ImportId(uuid4()), command, unit.principal, unit.now)
        await ImportRepository(unit).add(job)
        return job

    return await _once(unit, once, make)


@use_case(permission=Permission.IMPORT_READ, audits=AuditAction.IMPORT_READ)
async def list_imports(unit: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int) -> ImportsPage:
    """List the agency's imports, those last changed first."""
    found = await ImportRepository(unit).page(after, limit + 1)
    shown = found[:limit]
    if not shown:
        unit.record_empty()
    last = shown[-1] if len(found) > limit else None
    return ImportsPage(
        tuple([await _seen(unit, job) for job in shown]), None if last is None else (last.changed.at, last.id)
    )


@use_case(permission=Permission.IMPORT_READ, audits=AuditAction.IMPORT_READ)
async def read_import(unit: UnitOfWork, import_id: ImportId) -> SeenImport:
    """Read an import: where it stands, how far it is and what its rows come to.

    Raises:
        DomainError: `not-found`, for another agency's import as for none.
    """
    return await _seen(unit, await ImportRepository(unit).find(import_id))


@use_case(permission=Permission.IMPORT_PREPARE, audits=AuditAction.IMPORT_RECEIVED)
async def receive_register(unit: UnitOfWork, import_id: ImportId, read_version: int, raw: bytes) -> SeenImport:
    """Take in the file of an import; of every row only what the mapping names is kept.

    Raises:
        DomainError: `not-found`, `version-stale`, `import-state-conflict` or `content-invalid`.
    """
    imports = ImportRepository(unit)
    job = await _as_read(imports, import_id, read_version)
    check_step(job, unit.now, ImportState.AWAITING_FILE)
    rows = await asyncio.to_thread(read_register, raw, job.layout, job.mapping)
    received = receive(job, hashlib.sha256(raw).hexdigest(), len(rows), unit.principal, unit.now)
    await imports.replace(received)
    await imports.add_rows(received, rows)
    return await _seen(unit, received)


@use_case(permission=Permission.IMPORT_PREPARE, audits=AuditAction.IMPORT_CHECKED)
async def check_import(unit: UnitOfWork, import_id: ImportId, once: Once) -> Made[SeenImport]:
    """Make the dry run of the next rows; it changes nothing but what is told of them.

    Asked again after its end it shows the import as it stands, so that several may drive it.

    Raises:
        DomainError: `not-found`, `import-busy`, `import-state-conflict` or `idempotency-key-reused`.
    """
    imports = ImportRepository(unit)

    async def make() -> FlagImport:
        job, checked_to, _ = await imports.take(import_id)
        check_step(job, unit.now, ImportState.RECEIVED, ImportState.CHECKED)
        if job.state is ImportState.CHECKED:
            return job
        work = SliceWork(unit, job)
        worked = await work.check(checked_to)
        if worked:
            await imports.tell(job, worked)
        _consulted(unit, work)
        if len(worked) == SLICE:
            return job
        checked = conclude_check(job, unit.principal, unit.now)
        await imports.replace(checked)
        return checked

    return await _once(unit, once, make)


@use_case(permission=Permission.IMPORT_APPROVE, audits=AuditAction.IMPORT_APPROVED)
async def approve_import(unit: UnitOfWork, step: ImportStep) -> Made[SeenImport]:
    """Approve what the dry run told, so that it may be made; whoever brought it in never does (law 5).

    Raises:
        DomainError: `not-found`, `version-stale`, `proposer-cannot-decide`, `import-state-conflict`,
            `content-invalid` or `idempotency-key-reused`.
    """
    return await _step(unit, step, approve)


@use_case(permission=Permission.IMPORT_PREPARE, audits=AuditAction.IMPORT_RUN)
async def run_import(unit: UnitOfWork, import_id: ImportId, once: Once) -> Made[SeenImport]:
    """Make what was approved of the next rows; with the last, what they said of people in waiting is erased.

    Asked again after its end it shows the import as it stands.

    Raises:
        DomainError: `not-found`, `import-busy`, `import-state-conflict` or `idempotency-key-reused`.
    """
    imports = ImportRepository(unit)

    async def make() -> FlagImport:
        job, _, made_to = await imports.take(import_id)
        check_step(job, unit.now, ImportState.APPROVED, ImportState.DONE)
        if job.state is ImportState.DONE:
            return job
        work = SliceWork(unit, job)
        worked = await work.make(made_to)
        if worked:
            await imports.settle(job, worked)
        _consulted(unit, work)
        _made(unit, worked)
        if len(worked) == SLICE:
            return job
        done = conclude_run(job, unit.principal, unit.now)
        await imports.replace(done)
        await imports.erase_cells(done)
        return done

    return await _once(unit, once, make)


@use_case(permission=Permission.IMPORT_PREPARE, audits=AuditAction.IMPORT_CANCELLED)
async def cancel_import(unit: UnitOfWork, step: ImportStep) -> Made[SeenImport]:
    """Stop an import and erase what its rows say; warnings that it made already stay, to be reviewed.

    Raises:
        DomainError: `not-found`, `version-stale`, `import-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """
    return await _step(unit, step, cancel, erase=True)


@use_case(permission=Permission.IMPORT_READ, audits=AuditAction.IMPORT_READ)
async def import_rows(
    unit: UnitOfWork, import_id: ImportId, outcome: RowOutcome | None, after: int, limit: int
) -> RowsPage:
    """List rows of an import by number, each with what it comes to and what is wrong with it, and no value of it.

    Raises:
        DomainError: `not-found`.
    """
    imports = ImportRepository(unit)
    job = await imports.find(import_id)
    found = await imports.rows_page(job.id, outcome, after, limit + 1)
    shown = tuple(found[:limit])
    plans = [row.expected for row in shown if row.expected is not None]
    unit.record(
        subjects=[plan.record_id for plan in plans if plan.record_id is not None and not plan.planned],
        records=[f"flag-import:{job.id}:{job.version}"],
        owners=[job.owner_agency],
        fields=[ROWS],
    )
    return RowsPage(shown, shown[-1].number if len(found) > limit else None)


async def _as_read(imports: ImportRepository, import_id: ImportId, read_version: int) -> FlagImport:
    job = await imports.find(import_id, lock=True)
    if job.version != read_version:
        raise DomainError("version-stale")
    return job


async def _step(
    unit: UnitOfWork, step: ImportStep, rule: Callable[..., FlagImport], *, erase: bool = False
) -> Made[SeenImport]:
    """Decide about an import by a rule that needs nothing but the import."""
    imports = ImportRepository(unit)

    async def make() -> FlagImport:
        job = await _as_read(imports, step.import_id, step.read_version)
        decided = rule(job, step.reason, unit.principal, unit.now)
        await imports.replace(decided)
        if erase:
            await imports.erase_cells(decided)
        return decided

    return await _once(unit, step.once, make)


def _consulted(unit: UnitOfWork, work: SliceWork) -> None:
    references = [f"person:{record_id}:{version}" for record_id, version in work.consulted.items()]
    unit.record(subjects=work.consulted, records=references, fields=[ROWS])


def _made(unit: UnitOfWork, worked: list[WorkedRow]) -> None:
    """Name on the trail whom and what a slice made."""
    made = [each.plan for each in worked if each.plan.outcome is RowOutcome.MADE]
    unit.record(
        subjects=[plan.record_id for plan in made if plan.record_id is not None],
        records=[f"flag:{plan.flag_id}:1" for plan in made]
        + [f"person:{plan.record_id}:1" for plan in made if plan.registers],
        fields=["flag.content", "person.content"] if made else [],
    )
