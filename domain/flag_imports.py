"""Bringing in the marker register that an agency already holds, as warnings that somebody here has still to decide.

One human brings a file, its dry run says row by row what would come of it, and another, who decides on flags,
approves that with a reason before anything warns anybody (law 5). What is made is `legacy-unreviewed`: its owner
sees it, partners who are about to make contact are told to ring, and within 90 days it is decided or removed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_codes import FlagState
from domain.flag_decisions import Signature, sign
from domain.flag_evidence import PersonSubject, PlaceSubject
from domain.flag_import_entries import RegisterEntry
from domain.flag_import_mapping import FileLayout, RegisterMapping, check_mapping
from domain.flag_import_plan import RowPlan
from domain.flag_legacy import LegacySource
from domain.flags import Flag
from domain.ids import AgencyCode, HumanId, ImportId
from domain.validation import LINE, REASON, Faults

REVIEW_WITHIN = timedelta(days=90)
"""How long an agency has to decide or remove what it brought in."""
LAPSES_AFTER = timedelta(days=30)
"""How long an import may lie before its rows, which are people's data in waiting, are erased."""


class ImportState(StrEnum):
    """Where an import stands."""

    AWAITING_FILE = "awaiting-file"
    RECEIVED = "received"
    """Its rows are here and the dry run is not finished."""
    CHECKED = "checked"
    """The dry run is finished; somebody who decides on flags has to approve it."""
    APPROVED = "approved"
    """What the dry run told is being made."""
    DONE = "done"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    """Left lying, its rows erased; nothing stores this state, `state_on` tells it."""


_OVER = frozenset({ImportState.DONE, ImportState.CANCELLED})


class OlderRegister(StrEnum):
    """How far the register that an agency held before is in: part of what a check covers."""

    NOT_IMPORTED = "not-imported"
    UNREVIEWED = "unreviewed"
    """Imported; some of it still awaits its first review here."""
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class BeginImport:
    """Bring in a register: its name, why it is brought in, how its file is written and what its columns mean."""

    register_name: str
    reason: str
    layout: FileLayout
    mapping: RegisterMapping


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """The file received: its SHA-256 in hexadecimal, how many rows it has, and who sent it."""

    digest: str
    rows: int
    received: Signature


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody decided about an import: why, who and when."""

    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagImport:
    """One version of an import."""

    id: ImportId
    owner_agency: AgencyCode
    version: int
    state: ImportState
    register_name: str
    reason: str
    layout: FileLayout
    mapping: RegisterMapping
    created: Signature
    changed: Signature
    file: RegisterFile | None = None
    approved: Statement | None = None
    cancelled: Statement | None = None

    @property
    def importers(self) -> tuple[HumanId, ...]:
        """Name the humans who brought it in: who said what the columns mean, and who sent the file."""
        sent = () if self.file is None else (self.file.received.human,)
        return tuple(dict.fromkeys((self.created.human, *sent)))


def state_on(job: FlagImport, now: datetime) -> ImportState:
    """Say where an import stands at a moment."""
    lies = job.state not in _OVER and now - job.changed.at > LAPSES_AFTER
    return ImportState.LAPSED if lies else job.state


def check_step(job: FlagImport, now: datetime, *states: ImportState) -> None:
    """Refuse a step out of its turn.

    Raises:
        DomainError: `import-state-conflict`.
    """
    if state_on(job, now) not in states:
        raise DomainError("import-state-conflict")


def begin(import_id: ImportId, command: BeginImport, by: Principal, at: datetime) -> FlagImport:
    """Begin an import, which awaits its file.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.line("/registerName", command.register_name, LINE)
    faults.text("/reason", command.reason, REASON)
    check_mapping(faults, command.mapping)
    faults.refuse()
    return FlagImport(
        id=import_id,
        owner_agency=by.agency,
        version=1,
        state=ImportState.AWAITING_FILE,
        register_name=command.register_name,
        reason=command.reason,
        layout=command.layout,
        mapping=command.mapping,
        created=sign(by, at),
        changed=sign(by, at),
    )


def receive(job: FlagImport, digest: str, rows: int, by: Principal, at: datetime) -> FlagImport:
    """Take the file in.

    Raises:
        DomainError: `import-state-conflict`.
    """
    check_step(job, at, ImportState.AWAITING_FILE)
    return replace(_next(job, ImportState.RECEIVED, by, at), file=RegisterFile(digest, rows, sign(by, at)))


def conclude_check(job: FlagImport, by: Principal, at: datetime) -> FlagImport:
    """End the dry run."""
    return _next(job, ImportState.CHECKED, by, at)


def approve(job: FlagImport, reason: str, by: Principal, at: datetime) -> FlagImport:
    """Approve what the dry run told, so that it may be made: by nobody who brought it in, from any account (law 5).

    Raises:
        DomainError: `proposer-cannot-decide`, `import-state-conflict` or `content-invalid`.
    """
    if not by.humans.isdisjoint(job.importers):
        raise DomainError("proposer-cannot-decide")
    check_step(job, at, ImportState.CHECKED)
    _check_reason(reason)
    return replace(_next(job, ImportState.APPROVED, by, at), approved=Statement(reason, sign(by, at)))


def conclude_run(job: FlagImport, by: Principal, at: datetime) -> FlagImport:
    """End the run."""
    return _next(job, ImportState.DONE, by, at)


def cancel(job: FlagImport, reason: str, by: Principal, at: datetime) -> FlagImport:
    """Stop an import where it stands. What it made already warns people and stays, to be reviewed like the rest.

    Raises:
        DomainError: `import-state-conflict` or `content-invalid`.
    """
    if job.state in _OVER:
        raise DomainError("import-state-conflict")
    _check_reason(reason)
    return replace(_next(job, ImportState.CANCELLED, by, at), cancelled=Statement(reason, sign(by, at)))


def legacy_flag(job: FlagImport, entry: RegisterEntry, plan: RowPlan, by: Principal, at: datetime) -> Flag:
    """Make the warning of a row: live for its owner, with no incident, decision or recipient that nobody gave it.

    Where the register does not say when it was first recorded, the evidence counts as obtained today (F-08). A
    place is flagged for the reason that the import gives: an older register has none of its own (F-18).

    Raises:
        ValueError: the import is not approved or the row makes nothing, which callers ask first.
    """
    if job.approved is None or job.file is None or plan.flag_id is None:
        raise ValueError("only a row of an approved import makes a flag")
    person = plan.record_id
    return Flag(
        id=plan.flag_id,
        owner_agency=job.owner_agency,
        subject=PlaceSubject(entry.uprn or "", job.reason) if person is None else PersonSubject(person),
        category=entry.category,
        state=FlagState.ACTIVE,
        version=1,
        incidents=(),
        proposed=job.file.received,
        proposal_reason=job.reason,
        obtained_on=entry.source.recorded_on or local_date(at),
        changed=sign(by, at),
        review_on=local_date(at) + REVIEW_WITHIN,
        legacy=_source(job, job.approved.signed, entry),
    )


def _source(job: FlagImport, approved: Signature, entry: RegisterEntry) -> LegacySource:
    return LegacySource(
        import_id=job.id,
        register_name=job.register_name,
        row=entry.number,
        controls=entry.said.controls,
        sentence=entry.said.sentence,
        importers=job.importers,
        approved=approved,
        reference=entry.source.reference,
        raised_by=entry.source.raised_by,
        raised_on=entry.source.raised_on,
        recorded_on=entry.source.recorded_on,
        note=entry.source.note,
    )


def _next(job: FlagImport, state: ImportState, by: Principal, at: datetime) -> FlagImport:
    return replace(job, state=state, version=job.version + 1, changed=sign(by, at))


def _check_reason(reason: str) -> None:
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
