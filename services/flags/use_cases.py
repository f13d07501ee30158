"""What can be done with flags: one person proposes, another decides, and everything after is a new version.

The rules stand in `domain.flags` and `domain.flag_changes`; here they meet storage. A step names the version
it was taken on, so two people who press at once cannot both win.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from domain.access import Permission
from domain.audit import AuditAction
from domain.errors import DomainError, invalid
from domain.flag_changes import answer_challenge as answer
from domain.flag_changes import contest, correct, remove, review
from domain.flag_decisions import DecideFlag, Recipients, Terms
from domain.flag_reviews import AnswerChallenge, ContestFlag, CorrectFlag, RemoveFlag, ReviewFlag
from domain.flags import Flag, PersonSubject, ProposeFlag, decide, propose
from domain.ids import FlagId, RecordId
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.ledger import Receipt
from services.flags.repository import FlagRepository
from services.incidents import own_incidents
from services.persons import own_records


def _seen(unit: UnitOfWork, *seen: Flag) -> None:
    unit.record(
        subjects=[flag.subject.record_id for flag in seen if isinstance(flag.subject, PersonSubject)],
        records=[f"flag:{flag.id}:{flag.version}" for flag in seen],
        owners=[flag.owner_agency for flag in seen],
        fields=["flag.content"],
    )


async def _check_recipients(unit: UnitOfWork, terms: Terms | None) -> None:
    """Refuse recipients that no agency of the register is: a slip must not look like somebody named."""
    named = Recipients() if terms is None else terms.recipients
    if await unknown_agencies(unit, named.agencies):
        raise invalid(("/terms/recipients/agencies", "code-unknown"))


@use_case(permission=Permission.FLAG_PROPOSE, audits=AuditAction.FLAG_PROPOSED)
async def propose_flag(unit: UnitOfWork, command: ProposeFlag, once: Once) -> Made[Flag]:
    """Propose a flag on one of the agency's own records or on a place, for someone else to decide.

    Raises:
        DomainError: `content-invalid`, `flag-already-live` or `idempotency-key-reused`.
    """
    repository = FlagRepository(unit)

    async def make() -> Flag:
        subject = command.subject
        if isinstance(subject, PersonSubject) and not await own_records(unit, [subject.record_id]):
            raise invalid(("/subject/personId", "not-found"))
        incidents = await own_incidents(unit, command.incidents)
        flag = propose(FlagId(uuid4()), command, incidents, unit.principal, unit.now)
        await repository.add(flag)
        return flag

    async def replay(made: UUID) -> Flag:
        return await repository.find(FlagId(made))

    outcome = await at_most_once(unit, once, make, lambda flag: Resource(flag.id, flag.version), replay)
    _seen(unit, outcome.value)
    return outcome


@use_case(permission=Permission.FLAG_READ, audits=AuditAction.FLAG_READ)
async def read_flag(unit: UnitOfWork, flag_id: FlagId) -> Flag:
    """Read one of the agency's own flags, with its reasons.

    Raises:
        DomainError: `not-found`, for another agency's flag as for none.
    """
    flag = await FlagRepository(unit).find(flag_id)
    _seen(unit, flag)
    return flag


@use_case(permission=Permission.FLAG_READ, audits=AuditAction.FLAG_READ)
async def flags_of_person(unit: UnitOfWork, record_id: RecordId) -> list[Flag]:
    """List the agency's own flags on one of its records, in every state.

    Raises:
        DomainError: `not-found`.
    """
    if not await own_records(unit, [record_id]):
        raise DomainError("not-found")
    found = await FlagRepository(unit).of_record(record_id)
    unit.record(subjects=[record_id], owners=[unit.principal.agency])
    _seen(unit, *found)
    return found


async def _step(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, once: Once, change: Callable[[Flag], Awaitable[Flag]]
) -> Made[Flag]:
    """Take one step on a flag as it was read, at most once."""
    repository = FlagRepository(unit)

    async def make() -> Flag:
        flag = await repository.find(flag_id, lock=True)
        if flag.version != read_version:
            raise DomainError("version-stale")
        changed = await change(flag)
        await repository.replace(changed)
        return changed

    async def replay(made: UUID) -> Flag:
        return await repository.find(FlagId(made))

    outcome = await at_most_once(unit, once, make, lambda flag: Resource(flag.id, flag.version), replay)
    _seen(unit, outcome.value)
    return outcome


@use_case(permission=Permission.FLAG_DECIDE, audits=AuditAction.FLAG_DECIDED)
async def decide_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: DecideFlag, once: Once
) -> Made[Flag]:
    """Decide a proposal that someone else made: activate or decline, with reasons either way (F-01).

    Raises:
        DomainError: `proposer-cannot-decide`, `flag-state-conflict`, `not-found`, `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        incidents = await own_incidents(unit, [cited.id for cited in flag.incidents])
        await _check_recipients(unit, command.terms)
        return decide(flag, command, incidents, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def review_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: ReviewFlag, once: Once
) -> Made[Flag]:
    """Review an active flag: keep it to a new date, reduce, correct or remove it (F-10, F-11).

    Raises:
        DomainError: `proposer-cannot-decide`, `flag-state-conflict`, `not-found`, `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        await _check_recipients(unit, command.terms)
        return review(flag, command, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_REMOVE, audits=AuditAction.FLAG_REMOVED)
async def remove_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: RemoveFlag, once: Once
) -> Made[Flag]:
    """Remove a flag whose risk is no longer genuine; the trail of decisions stays (F-13).

    Raises:
        DomainError: `proposer-cannot-decide`, `flag-state-conflict`, `not-found`, `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        return remove(flag, command, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_CONTEST, audits=AuditAction.FLAG_CONTESTED)
async def contest_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: ContestFlag, once: Once
) -> Made[Flag]:
    """Mark a live flag as contested, for every viewer, until it is answered (F-16).

    Raises:
        DomainError: `flag-state-conflict`, `not-found`, `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        return contest(flag, command, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def answer_challenge(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: AnswerChallenge, once: Once
) -> Made[Flag]:
    """Answer a challenge, by someone not involved before: let the flag stand, correct it, or remove it (F-16, F-20).

    Raises:
        DomainError: `appeal-needs-another`, `proposer-cannot-decide`, `flag-state-conflict`, `not-found`,
            `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        await _check_recipients(unit, command.terms)
        return answer(flag, command, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_CORRECT, audits=AuditAction.FLAG_CORRECTED)
async def correct_flag(
    unit: UnitOfWork, flag_id: FlagId, read_version: int, command: CorrectFlag, once: Once
) -> Made[Flag]:
    """Withdraw a flag entered in error or on the wrong person, from all its holders at once (F-15).

    Raises:
        DomainError: `proposer-cannot-decide`, `flag-state-conflict`, `not-found`, `version-stale`, `content-invalid`.
    """

    async def change(flag: Flag) -> Flag:
        return correct(flag, command, unit.principal, unit.now)

    return await _step(unit, flag_id, read_version, once, change)


@use_case(permission=Permission.FLAG_RECIPIENTS, audits=AuditAction.FLAG_RECIPIENTS_READ)
async def read_recipients(unit: UnitOfWork, flag_id: FlagId) -> list[Receipt]:
    """List who holds which version of one of the agency's own flags (F-15).

    Raises:
        DomainError: `not-found`.
    """
    repository = FlagRepository(unit)
    flag = await repository.find(flag_id)
    receipts = await repository.recipients(flag_id)
    subjects = [flag.subject.record_id] if isinstance(flag.subject, PersonSubject) else []
    unit.record(
        subjects=subjects,
        records=[f"flag:{flag.id}:{flag.version}"],
        owners=[flag.owner_agency],
        fields=["flag.recipients"],
    )
    return receipts
