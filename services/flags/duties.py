"""What is owed to an agency's flags: listed for whoever must act, put before them in time by the background process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.flag_duties import Duty, with_silence
from domain.flag_evidence import PersonSubject
from domain.flags import Flag
from domain.ids import FlagId
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.ledger import Chased
from services.flags.reads import STANDING
from services.flags.repository import FlagRepository

DUTY = "flag.duty"
LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class OwedFlag:
    """A flag to which something is owed."""

    flag: Flag
    duties: tuple[tuple[Duty, Chased | None], ...]


@dataclass(frozen=True, slots=True)
class DutyPosition:
    """A place in the list, which is in order of the most urgent duty."""

    due_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class DutyPage:
    """Some flags, the most urgent first, and where to go on; None at the end."""

    owed: tuple[OwedFlag, ...]
    next: DutyPosition | None


@use_case(permission=Permission.FLAG_DUTIES, audits=AuditAction.FLAG_DUTIES_READ)
async def flag_duties(unit: UnitOfWork, after: DutyPosition | None, limit: int) -> DutyPage:
    """List the own flags to which something is owed, the most urgent first, with whom each duty was put before."""
    flags = FlagRepository(unit)
    size = min(limit, LONGEST_PAGE)
    found = await flags.owed(None if after is None else (after.due_at, after.id), size + 1)
    page = found[:size]
    chases = await flags.chases(flag.id for flag, _ in page)
    owed = tuple(_with_chases(flag, silent_at, chases) for flag, silent_at in page)
    _record(unit, [flag for flag, _ in page])
    last = owed[-1] if len(found) > size else None
    return DutyPage(owed, None if last is None else DutyPosition(last.duties[0][0].due_at, last.flag.id))


def _with_chases(
    flag: Flag, silent_at: datetime | None, chases: dict[tuple[FlagId, str, datetime], Chased]
) -> OwedFlag:
    return OwedFlag(
        flag,
        tuple((duty, chases.get((flag.id, duty.kind.value, duty.due_at))) for duty in with_silence(flag, silent_at)),
    )


def _record(unit: UnitOfWork, flags: Sequence[Flag]) -> None:
    if not flags:
        unit.record_empty()
        return
    unit.record(
        subjects=[flag.subject.record_id for flag in flags if isinstance(flag.subject, PersonSubject)],
        records=[f"flag:{flag.id}:{flag.version}" for flag in flags],
        owners=[unit.principal.agency],
        fields=[STANDING, DUTY],
    )
