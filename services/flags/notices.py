"""Telling the person about a flag: the check of delivery and the letters, made once and kept as made (F-06, F-09).

That a notice was made does not say that the person was told; whoever delivered it records that, and when.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, insert, select

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_evidence import PersonSubject
from domain.flag_handling import Agreement
from domain.flag_telling import DeliverNotice, deliver
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, IncidentId, UserId
from domain.letters import Letter, LetterKind
from domain.notices import Circumstances, DeliveryCheck, Notice, PrepareNotice, prepare
from services.agencies import agency_names
from services.core.codec import from_document, to_document
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.printing import Press, is_printable
from services.core.steps import Step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.db.models.flags import flag_notices
from services.flags.letter_templates import templates_in_force
from services.flags.reads import OwnFlag, seen_in_part
from services.flags.repository import FlagRepository
from services.flags.steps import change
from services.incidents import own_incidents
from services.persons import own_records, share_a_home

CONTENT = "notice.content"
_TEMPLATE = "flags/notice.typ"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is stored of a notice beside its columns."""

    kind: LetterKind
    template_version: int
    delivery: DeliveryCheck
    incidents: tuple[IncidentId, ...]
    letters: tuple[Letter, ...]
    handling: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()


@use_case(permission=Permission.FLAG_NOTIFY, audits=AuditAction.NOTICE_RECORDED)
async def prepare_notice(unit: UnitOfWork, flag_id: FlagId, command: PrepareNotice, once: Once) -> Made[Notice]:
    """Make the notice of an own flag, once it has been checked how it can be delivered.

    Raises:
        DomainError: `not-found`, `proposer-cannot-decide`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """
    flag = await FlagRepository(unit).own(flag_id)

    async def make() -> Notice:
        known = await _circumstances(unit, flag)
        notice = prepare(uuid4(), flag, command, known, unit.principal, unit.now)
        await unit.run(
            insert(flag_notices).values(
                id=notice.id,
                owner_agency=notice.owner_agency,
                flag_id=notice.flag_id,
                flag_version=notice.flag_version,
                content=to_document(_kept(notice)),
                recorded_at=notice.recorded_at,
                recorded_by=notice.recorded_by,
            )
        )
        return notice

    async def replay(made: UUID) -> Notice:
        return await _find(unit, flag_id, made)

    outcome = await at_most_once(unit, once, make, lambda notice: Resource(notice.id, 1), replay)
    _record(unit, flag, outcome.value)
    return outcome


@use_case(permission=Permission.FLAG_NOTIFY, audits=AuditAction.NOTICE_READ)
async def read_notice(unit: UnitOfWork, flag_id: FlagId, notice_id: UUID) -> Notice:
    """Read a notice of an own flag, as it was made.

    Raises:
        DomainError: `not-found`, for another agency's as for none.
    """
    flag = await FlagRepository(unit).own(flag_id)
    notice = await _find(unit, flag_id, notice_id)
    _record(unit, flag, notice)
    return notice


@use_case(permission=Permission.FLAG_NOTIFY, audits=AuditAction.PERSON_TOLD)
async def record_delivery(unit: UnitOfWork, notice_id: UUID, step: Step[DeliverNotice]) -> Made[OwnFlag]:
    """Record that a notice of an own flag was delivered, from when on the person counts as told (F-06).

    Raises:
        DomainError: `not-found`, `version-stale`, `proposer-cannot-decide`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """

    async def told(flag: Flag) -> Flag:
        notice = await _find(unit, flag.id, notice_id)
        unit.record(records=[f"notice:{notice.id}"])
        return deliver(flag, notice, step.command, unit.principal, unit.now)

    return await change(unit, step, told)


async def print_notice(press: Press, notice: Notice) -> bytes:
    """Print the letters of a notice as PDF/UA-1, each language on pages of its own.

    Raises:
        DomainError: `letter-to-be-spoken`; `letter-beyond-font`, since nobody's name may be printed with a gap;
            `service-unavailable`.
    """
    if notice.is_spoken_only:
        raise DomainError("letter-to-be-spoken")
    letters = [asdict(letter) for letter in notice.letters]
    if not is_printable(letters):
        raise DomainError("letter-beyond-font")
    title = " / ".join(letter.title for letter in notice.letters)
    content = {"title": title, "language": notice.letters[0].language, "letters": letters}
    return await press.print(_TEMPLATE, content, notice.recorded_at)


async def _circumstances(unit: UnitOfWork, flag: Flag) -> Circumstances:
    """Gather what the agency's records say of the person, the incidents and the homes."""
    if not isinstance(flag.subject, PersonSubject):
        raise DomainError("flag-state-conflict")
    record = flag.subject.record_id
    person = (await own_records(unit, [record]))[record]
    incidents = {incident.id: incident for incident in await own_incidents(unit, [each.id for each in flag.incidents])}
    adults = {incident.content.adult_at_risk for incident in incidents.values()}
    named = flag.terms.recipients.agencies if flag.terms else frozenset[AgencyCode]()
    names = await agency_names(unit, {*named, flag.owner_agency})
    templates = await templates_in_force(unit)
    return Circumstances(
        person=person.content,
        incidents=incidents,
        shares_home_with_adult=await share_a_home(unit, record, adults, local_date(unit.now)),
        agency=names[flag.owner_agency],
        recipients=tuple(name for code, name in names.items() if code in named),
        templates=templates.templates,
        template_version=templates.version,
    )


async def _find(unit: UnitOfWork, flag_id: FlagId, notice_id: UUID) -> Notice:
    query = select(flag_notices).where(flag_notices.c.id == notice_id, flag_notices.c.flag_id == flag_id)
    row = (await unit.run(query)).one_or_none()
    if row is None:
        raise DomainError("not-found")
    return _notice(row)


def _record(unit: UnitOfWork, flag: Flag, notice: Notice) -> None:
    """Name the notice, its flag, and the incidents it tells of; the letter holds the person's name."""
    told = [f"notice:{notice.id}", *(f"incident:{incident}" for incident in notice.incidents)]
    seen_in_part(unit, flag, CONTENT, *told)


def _kept(notice: Notice) -> _Kept:
    return _Kept(**{each.name: getattr(notice, each.name) for each in fields(_Kept)})


def _notice(row: Row[Any]) -> Notice:
    kept = from_document(_Kept, row.content)
    return Notice(
        id=row.id,
        owner_agency=AgencyCode(row.owner_agency),
        flag_id=FlagId(row.flag_id),
        flag_version=row.flag_version,
        kind=kept.kind,
        template_version=kept.template_version,
        delivery=kept.delivery,
        incidents=kept.incidents,
        letters=kept.letters,
        recorded_at=row.recorded_at,
        recorded_by=UserId(row.recorded_by),
        handling=kept.handling,
        agreements=kept.agreements,
    )
