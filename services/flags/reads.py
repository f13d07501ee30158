"""Reading flags: the owner all of it, recipients what to do and never the story (F-04, laws 3 and 7)."""

from dataclasses import dataclass

from domain.access import ALERTING_PURPOSES, Permission
from domain.audit import AuditAction
from domain.errors import DomainError
from domain.flags import Flag, PersonSubject
from domain.ids import AgencyCode, FlagId, RecordId
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.ledger import Receipt
from services.flags.precaution import SharedFlag
from services.flags.repository import FlagRepository
from services.persons import shared_person

CONTENT = "flag.content"
PRECAUTION = "flag.precaution"
EXISTS = "flag.exists"
STANDING = "flag.standing"
RECIPIENTS = "flag.recipients"


@dataclass(frozen=True, slots=True)
class FlagsOfPerson:
    """The flags on one person, by what the caller sees of each: own in full, shared ones, and numbers to ring."""

    own: tuple[Flag, ...]
    shared: tuple[SharedFlag, ...]
    contacts: tuple[tuple[AgencyCode, str], ...]


def seen(unit: UnitOfWork, flag: Flag, *fields: str) -> None:
    """Put an own flag on the trail, with the classes of field that the answer gives."""
    references = [f"flag:{flag.id}:{flag.version}"]
    if CONTENT in fields:
        references += [f"incident:{incident.id}:{incident.version}" for incident in flag.incidents]
    subject = flag.subject
    unit.record(
        subjects=[subject.record_id] if isinstance(subject, PersonSubject) else [],
        records=references,
        owners=[flag.owner_agency],
        fields=fields,
    )


def _shown(unit: UnitOfWork, flag: SharedFlag) -> None:
    unit.record(
        subjects=[] if flag.about is None else [flag.about],
        records=[f"flag:{flag.id}:{flag.version}"],
        owners=[flag.owner_agency],
        fields=[PRECAUTION],
    )


@use_case(permission=Permission.FLAG_READ, audits=AuditAction.FLAG_READ)
async def read_flag(unit: UnitOfWork, flag_id: FlagId) -> Flag | SharedFlag:
    """Read a flag: an own one whole, another agency's as far as it is shared.

    Raises:
        DomainError: `not-found`, for a flag that is not shared as for none (law 4).
    """
    flags = FlagRepository(unit)
    own = await flags.find(flag_id)
    if own is not None:
        seen(unit, own, CONTENT)
        return own
    shared = await flags.shared(flag_id)
    if shared is None:
        raise DomainError("not-found")
    _shown(unit, shared)
    return shared


@use_case(permission=Permission.FLAG_READ, audits=AuditAction.FLAG_READ)
async def flags_of_person(unit: UnitOfWork, record_id: RecordId) -> FlagsOfPerson:
    """List the flags on the person of an own record: own ones that have not ended, and what others share.

    Raises:
        DomainError: `not-found`, for another agency's record as for none.
    """
    flags = FlagRepository(unit)
    own = tuple(await flags.open_about(record_id, await shared_person(unit, record_id)))
    others = await flags.others_about(record_id, alerting=unit.principal.purpose in ALERTING_PURPOSES)
    unit.record(subjects=[record_id, *others.hidden_about], records=[f"person:{record_id}"])
    unit.record(owners=[unit.principal.agency, *(agency for agency, _ in others.contacts)])
    for flag in own:
        seen(unit, flag, CONTENT)
    for shared in others.seen:
        _shown(unit, shared)
    if others.hinted:
        unit.record(fields=[EXISTS])
        unit.hint(others.hinted)
    return FlagsOfPerson(own, others.seen, others.contacts)


@use_case(permission=Permission.FLAG_RECIPIENTS, audits=AuditAction.FLAG_RECIPIENTS_READ)
async def recipients_of_flag(unit: UnitOfWork, flag_id: FlagId) -> tuple[Receipt, ...]:
    """List who holds which version of an own flag, and whether it was shown and acknowledged there (F-15).

    Raises:
        DomainError: `not-found`.
    """
    flags = FlagRepository(unit)
    flag = await flags.own(flag_id)
    seen(unit, flag, RECIPIENTS)
    return tuple(await flags.holders(flag_id))
