"""What can be done to flags: proposed by one human, decided and kept under review by others (F-01 to F-22).

Each step is a pure rule of the domain between a locked read and a write of the next version, and acts once
however often it is sent. Whoever decides reads the flag whole; an officer who may only record a challenge is
told where the flag stands and not why.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from domain.access import Permission
from domain.audit import AuditAction
from domain.errors import DomainError, invalid
from domain.flag_changes import answer_challenge as answered
from domain.flag_changes import contest, correct, remove, review
from domain.flag_decisions import DecideFlag, Terms
from domain.flag_reviews import AnswerChallenge, ContestFlag, CorrectFlag, RemoveFlag, ReviewFlag
from domain.flags import Flag, PersonSubject, ProposeFlag, Subject, decide, propose
from domain.ids import FlagId, PersonId
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.reads import CONTENT, STANDING, seen
from services.flags.repository import FlagRepository
from services.incidents import own_incidents
from services.persons import own_records, shared_person


@dataclass(frozen=True, slots=True)
class _Change:
    """Which flag is changed, in which version it was read, and the key of the request."""

    flag_id: FlagId
    read_version: int
    once: Once


@use_case(permission=Permission.FLAG_PROPOSE, audits=AuditAction.FLAG_PROPOSED)
async def propose_flag(unit: UnitOfWork, command: ProposeFlag, once: Once) -> Made[Flag]:
    """Propose a flag on a person or a place, on the evidence of own incidents, for somebody else to decide.

    Raises:
        DomainError: `content-invalid`, `flag-already-live` or `idempotency-key-reused`.
    """
    flags = FlagRepository(unit)

    async def make() -> Flag:
        person = await _person_meant(unit, command.subject)
        incidents = await own_incidents(unit, command.incidents)
        flag = propose(FlagId(uuid4()), command, incidents, unit.principal, unit.now)
        await flags.add(flag, person)
        return flag

    async def replay(made: UUID) -> Flag:
        return await flags.own(FlagId(made))

    outcome = await at_most_once(unit, once, make, _resource, replay)
    seen(unit, outcome.value, CONTENT)
    return outcome


@use_case(permission=Permission.FLAG_DECIDE, audits=AuditAction.FLAG_DECIDED)
async def decide_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: DecideFlag, once: Once
) -> Made[Flag]:
    """Activate or decline a proposal; whoever proposed it never does, from any account (law 5).

    Raises:
        DomainError: `not-found`, `version-stale`, `proposer-cannot-decide`, `flag-state-conflict`,
            `content-invalid`, `flag-already-live` or `idempotency-key-reused`.
    """

    async def step(flag: Flag) -> Flag:
        await _check_recipients(unit, command.terms)
        incidents = await own_incidents(unit, [incident.id for incident in flag.incidents])
        return decide(flag, command, incidents, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def review_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: ReviewFlag, once: Once
) -> Made[Flag]:
    """Keep, reduce, correct or remove an active flag on review (F-10, F-11).

    Raises:
        DomainError: as `decide_flag` does.
    """

    async def step(flag: Flag) -> Flag:
        await _check_recipients(unit, command.terms)
        return review(flag, command, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step)


@use_case(permission=Permission.FLAG_REMOVE, audits=AuditAction.FLAG_REMOVED)
async def remove_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: RemoveFlag, once: Once
) -> Made[Flag]:
    """Remove a flag whose risk is no longer genuine; the trail of decisions stays (F-13).

    Raises:
        DomainError: as `decide_flag` does.
    """

    async def step(flag: Flag) -> Flag:
        return remove(flag, command, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step)


@use_case(permission=Permission.FLAG_CONTEST, audits=AuditAction.FLAG_CONTESTED)
async def contest_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: ContestFlag, once: Once
) -> Made[Flag]:
    """Record that a flag's accuracy is contested, which every viewer is shown until it is answered (F-16).

    Raises:
        DomainError: `not-found`, `version-stale`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """

    async def step(flag: Flag) -> Flag:
        return contest(flag, command, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step, STANDING)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def answer_challenge(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: AnswerChallenge, once: Once
) -> Made[Flag]:
    """Answer a challenge, by a human who had no part in the flag's decisions (F-16, F-20).

    Raises:
        DomainError: as `decide_flag` does, and `appeal-needs-another`.
    """

    async def step(flag: Flag) -> Flag:
        await _check_recipients(unit, command.terms)
        return answered(flag, command, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step)


@use_case(permission=Permission.FLAG_CORRECT, audits=AuditAction.FLAG_CORRECTED)
async def correct_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: CorrectFlag, once: Once
) -> Made[Flag]:
    """Withdraw a flag entered in error or on the wrong person: it warns about nobody from the commit on (F-15).

    Raises:
        DomainError: as `decide_flag` does.
    """

    async def step(flag: Flag) -> Flag:
        return correct(flag, command, unit.principal, unit.now)

    return await _change(unit, _Change(flag_id, read_version, once), step)


async def _change(
    unit: UnitOfWork, change: _Change, step: Callable[[Flag], Awaitable[Flag]], shown: str = CONTENT
) -> Made[Flag]:
    """Take one step from the version that was read, once."""
    flags = FlagRepository(unit)

    async def make() -> Flag:
        flag = await flags.own(change.flag_id, lock=True)
        if flag.version != change.read_version:
            raise DomainError("version-stale")
        changed = await step(flag)
        await flags.replace(changed)
        return changed

    async def replay(made: UUID) -> Flag:
        return await flags.own(FlagId(made))

    outcome = await at_most_once(unit, change.once, make, _resource, replay)
    seen(unit, outcome.value, shown)
    return outcome


async def _person_meant(unit: UnitOfWork, subject: Subject) -> PersonId | None:
    """Give the shared person by whom one live flag is told from another, or None for a place.

    Raises:
        DomainError: `content-invalid` when the record is not the caller's own.
    """
    if not isinstance(subject, PersonSubject):
        return None
    if not await own_records(unit, [subject.record_id]):
        raise invalid(("/subject/personId", "not-found"))
    return await shared_person(unit, subject.record_id)


async def _check_recipients(unit: UnitOfWork, terms: Terms | None) -> None:
    """Refuse recipients that nobody registered: a slip there would leave someone unwarned.

    Raises:
        DomainError: `content-invalid`.
    """
    if terms is not None and await unknown_agencies(unit, terms.recipients.agencies):
        raise invalid(("/terms/recipients/agencies", "code-unknown"))


def _resource(flag: Flag) -> Resource:
    return Resource(flag.id, flag.version)
