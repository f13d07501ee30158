"""What can be done to flags: proposed by one human, decided and kept under review by others (F-01 to F-22).

Each step is a pure rule of the domain, taken once however often it is sent (`services.flags.steps`). Whoever
decides reads the flag whole; an officer who may only record a challenge is told where the flag stands and not why.
"""

from uuid import uuid4

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.flag_changes import answer_challenge as answered
from domain.flag_changes import contest, correct, remove, review
from domain.flag_decisions import DecideFlag
from domain.flag_evidence import ProposeFlag
from domain.flag_follow_up import OfferCarerSupport, RecordAdultContact, TellChallenger
from domain.flag_follow_up import offer_carer_support as offered
from domain.flag_follow_up import record_adult_contact as contacted
from domain.flag_follow_up import tell_challenger as told
from domain.flag_reviews import AnswerChallenge, ContestFlag, CorrectFlag, RemoveFlag, ReviewFlag
from domain.flags import Flag, decide, propose
from domain.ids import FlagId
from services.core.idempotency import Made, Once
from services.core.steps import Step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.corroborations import CorroborationRepository
from services.flags.reads import STANDING, OwnFlag
from services.flags.repository import FlagRepository
from services.flags.steps import change, check_recipients, keep_to_terms, make_once, person_meant, take
from services.incidents import own_incidents


@use_case(permission=Permission.FLAG_PROPOSE, audits=AuditAction.FLAG_PROPOSED)
async def propose_flag(unit: UnitOfWork, command: ProposeFlag, once: Once) -> Made[OwnFlag]:
    """Propose a flag on a person or a place, on the evidence of own incidents, for somebody else to decide.

    Raises:
        DomainError: `content-invalid`, `flag-already-live` or `idempotency-key-reused`.
    """

    async def make() -> Flag:
        person = await person_meant(unit, command.subject)
        incidents = await own_incidents(unit, command.incidents)
        flag = propose(FlagId(uuid4()), command, incidents, unit.principal, unit.now)
        await FlagRepository(unit).add(flag, person)
        return flag

    return await make_once(unit, once, make)


@use_case(permission=Permission.FLAG_DECIDE, audits=AuditAction.FLAG_DECIDED)
async def decide_flag(unit: UnitOfWork, step: Step[DecideFlag]) -> Made[OwnFlag]:
    """Activate or decline a proposal; whoever proposed it never does, from any account (law 5).

    Raises:
        DomainError: `not-found`, `version-stale`, `proposer-cannot-decide`, `flag-state-conflict`,
            `content-invalid`, `confidentiality-terms-apply`, `flag-already-live` or `idempotency-key-reused`.
    """

    async def on_evidence(flag: Flag) -> Flag:
        await check_recipients(unit, step.command.terms)
        cited = [*(incident.id for incident in flag.incidents), *step.command.incidents]
        incidents = await own_incidents(unit, cited)
        decided = decide(flag, step.command, incidents, unit.principal, unit.now)
        await keep_to_terms(unit, decided, step.command.terms)
        return decided

    return await change(unit, step, on_evidence)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def review_flag(unit: UnitOfWork, step: Step[ReviewFlag]) -> Made[OwnFlag]:
    """Keep, reduce, correct or remove an active flag on review, having weighed what others bear out (F-10, F-11).

    Raises:
        DomainError: as `decide_flag` does.
    """

    async def borne_out(flag: Flag) -> Flag:
        await check_recipients(unit, step.command.terms)
        found = (await CorroborationRepository(unit).of_flags([flag.id])).get(flag.id, ())
        standing = tuple(each for each in found if each.withdrawn_at is None)
        reviewed = review(flag, step.command, unit.principal, unit.now, standing)
        await keep_to_terms(unit, reviewed, step.command.terms)
        return reviewed

    return await change(unit, step, borne_out)


@use_case(permission=Permission.FLAG_REMOVE, audits=AuditAction.FLAG_REMOVED)
async def remove_flag(unit: UnitOfWork, step: Step[RemoveFlag]) -> Made[OwnFlag]:
    """Remove a flag whose risk is no longer genuine; the trail of decisions stays (F-13).

    Raises:
        DomainError: as `decide_flag` does.
    """
    return await take(unit, step, remove)


@use_case(permission=Permission.FLAG_CONTEST, audits=AuditAction.FLAG_CONTESTED)
async def contest_flag(unit: UnitOfWork, step: Step[ContestFlag]) -> Made[OwnFlag]:
    """Record that a flag's accuracy is contested, which every viewer is shown until it is answered (F-16).

    Raises:
        DomainError: `not-found`, `version-stale`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """
    return await take(unit, step, contest, shown=STANDING)


@use_case(permission=Permission.FLAG_CONTEST, audits=AuditAction.CHALLENGER_TOLD)
async def tell_challenger(unit: UnitOfWork, step: Step[TellChallenger]) -> Made[OwnFlag]:
    """Record that whoever contested a flag was told of its being looked into, or of what came of it (F-16, A-18).

    Raises:
        DomainError: as `contest_flag` does.
    """
    return await take(unit, step, told, shown=STANDING)


@use_case(permission=Permission.FLAG_REVIEW, audits=AuditAction.FLAG_REVIEWED)
async def answer_challenge(unit: UnitOfWork, step: Step[AnswerChallenge]) -> Made[OwnFlag]:
    """Answer a challenge, by a human who had no part in the flag's decisions (F-16, F-20).

    Raises:
        DomainError: as `decide_flag` does, and `appeal-needs-another`.
    """
    return await take(unit, step, answered, terms=step.command.terms)


@use_case(permission=Permission.FLAG_CORRECT, audits=AuditAction.FLAG_CORRECTED)
async def correct_flag(unit: UnitOfWork, step: Step[CorrectFlag]) -> Made[OwnFlag]:
    """Withdraw a flag entered in error or on the wrong person: it warns about nobody from the commit on (F-15).

    Raises:
        DomainError: as `decide_flag` does.
    """
    return await take(unit, step, correct)


@use_case(permission=Permission.FLAG_ADULT_SEEN, audits=AuditAction.ADULT_CONTACT_RECORDED)
async def record_adult_contact(unit: UnitOfWork, step: Step[RecordAdultContact]) -> Made[OwnFlag]:
    """Record that an adult at risk was seen, as a flag that limits contact asks (G-4.1-8).

    Raises:
        DomainError: `not-found`, `version-stale`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """
    return await take(unit, step, contacted)


@use_case(permission=Permission.FLAG_CARER, audits=AuditAction.CARER_SUPPORT_RECORDED)
async def offer_carer_support(unit: UnitOfWork, step: Step[OfferCarerSupport]) -> Made[OwnFlag]:
    """Record what the carer was offered, as a flag on behaviour that arises from a care need asks (F-05).

    Raises:
        DomainError: as `record_adult_contact` does.
    """
    return await take(unit, step, offered)
