"""Reading flags: the owner all of it, recipients what to do and never the story (F-04, laws 3 and 7)."""

from dataclasses import dataclass

from domain.access import ALERTING_PURPOSES, Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_corroboration import Corroborated
from domain.flag_evidence import PersonSubject
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, RecordId
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.corroborations import CorroborationRepository, told
from services.flags.inbox_repository import sent_notices
from services.flags.ledger import Ledger, holders_of
from services.flags.precaution import SharedFlag
from services.flags.repository import FlagRepository, Twin
from services.persons import shared_person

CONTENT = "flag.content"
PRECAUTION = "flag.precaution"
EXISTS = "flag.exists"
STANDING = "flag.standing"
RECIPIENTS = "flag.recipients"


@dataclass(frozen=True, slots=True)
class OwnFlag:
    """A flag of the caller's agency, the open ones that it turned out to repeat, and what other agencies bear out."""

    flag: Flag
    twins: tuple[Twin, ...] = ()
    corroborated: tuple[Corroborated, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagsOfPerson:
    """The flags on one person, by what the caller sees of each: own in full, shared ones, and numbers to ring."""

    own: tuple[OwnFlag, ...]
    shared: tuple[SharedFlag, ...]
    contacts: tuple[tuple[AgencyCode, str], ...]


async def seen(unit: UnitOfWork, *flags: Flag) -> tuple[OwnFlag, ...]:
    """Look up what stands beside own flags, put all of it on the trail, and give what the owner is shown."""
    twins = await FlagRepository(unit).twins(flag.id for flag in flags) if flags else {}
    borne_out = await CorroborationRepository(unit).of_flags(flag.id for flag in flags) if flags else {}
    for flag in flags:
        cited = [f"incident:{incident.id}:{incident.version}" for incident in flag.incidents]
        seen_in_part(
            unit, flag, CONTENT, *cited, *(f"flag:{twin.id}:{twin.version}" for twin in twins.get(flag.id, ()))
        )
        unit.record(subjects=flag.adults.concerned)
        told(unit, borne_out.get(flag.id, ()))
    return tuple(OwnFlag(flag, twins.get(flag.id, ()), borne_out.get(flag.id, ())) for flag in flags)


def seen_in_part(unit: UnitOfWork, flag: Flag, fields: str, *references: str) -> OwnFlag:
    """Put on the trail that one class of field of an own flag was given, and which other records it named."""
    subject = flag.subject
    unit.record(
        subjects=[subject.record_id] if isinstance(subject, PersonSubject) else [],
        records=[f"flag:{flag.id}:{flag.version}", *references],
        owners=[flag.owner_agency],
        fields=[fields],
    )
    return OwnFlag(flag)


def _shown(unit: UnitOfWork, flag: SharedFlag) -> None:
    unit.record(
        subjects=[] if flag.about is None else [flag.about],
        records=[f"flag:{flag.id}:{flag.version}"],
        owners=[flag.owner_agency],
        fields=[PRECAUTION],
    )


@use_case(permission=Permission.FLAG_READ, audits=AuditAction.FLAG_READ)
async def read_flag(unit: UnitOfWork, flag_id: FlagId) -> OwnFlag | SharedFlag:
    """Read a flag: an own one whole, another agency's as far as it is shared.

    Raises:
        DomainError: `not-found`, for a flag that is not shared as for none (law 4).
    """
    flags = FlagRepository(unit)
    own = await flags.find(flag_id)
    if own is not None:
        return (await seen(unit, own))[0]
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
    own = await flags.open_about(record_id, await shared_person(unit, record_id))
    others = await flags.others_about(record_id, alerting=unit.principal.purpose in ALERTING_PURPOSES)
    unit.record(subjects=[record_id, *others.hidden_about], records=[f"person:{record_id}"])
    unit.record(owners=[unit.principal.agency, *(agency for agency, _ in others.contacts)])
    for shared in others.seen:
        _shown(unit, shared)
    if others.hinted:
        unit.record(fields=[EXISTS])
        unit.hint(others.hinted)
    return FlagsOfPerson(await seen(unit, *own), others.seen, others.contacts)


@use_case(permission=Permission.FLAG_RECIPIENTS, audits=AuditAction.FLAG_RECIPIENTS_READ)
async def recipients_of_flag(unit: UnitOfWork, flag_id: FlagId) -> Ledger:
    """List who received and who holds which version of an own flag, what each was told, and how long it is kept.

    An officer who oversees the agency's data reads this and not the story (F-13, F-15).

    Raises:
        DomainError: `not-found`.
    """
    flags = FlagRepository(unit)
    flag = await flags.own(flag_id)
    seen_in_part(unit, flag, RECIPIENTS)
    receipts = tuple(await flags.holders(flag_id))
    notices = await sent_notices(unit, flag_id)
    unit.record(records=[f"inbox-notice:{notice.id}" for notice in notices])
    return Ledger(receipts, flag.kept, holders_of(receipts, notices))
