"""What an agency agreed with a family not to pass on: agreed, read, amended, ended, and upheld when it gives.

Everything here is the agency's own; another one is never told of terms, nor that there are any (law 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from domain import confidentiality as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.confidentiality import AgreeTerms, AmendTerms, ConfidentialityTerms, Given, TermsOverride
from domain.errors import DomainError, invalid
from domain.flag_decisions import sign
from domain.ids import ConfidentialityTermsId, RecordId
from domain.lawful_overrides import LawfulOverride
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.steps import Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.persons import own_records
from services.sharing.terms_repository import TermsRepository

FIELDS = ("confidentiality-terms.content",)
OVERRIDES = "confidentiality-override.content"


@dataclass(frozen=True, slots=True)
class SeenTerms:
    """Terms as they stand, every version there was, and each time they were set aside."""

    terms: ConfidentialityTerms
    versions: tuple[ConfidentialityTerms, ...]
    overrides: tuple[TermsOverride, ...]


def _noted(unit: UnitOfWork, *shown: ConfidentialityTerms) -> None:
    for each in shown:
        unit.record(
            subjects=[each.about],
            records=[f"confidentiality-terms:{each.id}:{each.version}"],
            owners=[each.owner_agency],
            fields=FIELDS,
        )


def note_overrides(unit: UnitOfWork, overrides: Sequence[TermsOverride]) -> None:
    """Put on the trail which settings aside of terms were made or shown."""
    if overrides:
        unit.record(records=[f"confidentiality-override:{each.id}" for each in overrides], fields=[OVERRIDES])


async def _seen(unit: UnitOfWork, terms: ConfidentialityTerms) -> SeenTerms:
    kept = TermsRepository(unit)
    _noted(unit, terms)
    overrides = await kept.overrides_of(terms.id)
    note_overrides(unit, overrides)
    return SeenTerms(terms, tuple(await kept.versions(terms.id)), overrides)


async def _check_agencies(unit: UnitOfWork, agreed: rules.Agreed) -> None:
    unknown = await unknown_agencies(unit, agreed.excepted)
    if unknown:
        raise invalid(
            *((f"/excepted/{place}", "code-unknown") for place, code in enumerate(agreed.excepted) if code in unknown)
        )


@use_case(permission=Permission.TERMS_AGREE, audits=AuditAction.TERMS_AGREED)
async def agree_terms(unit: UnitOfWork, command: AgreeTerms, once: Once) -> Made[SeenTerms]:
    """Record what was agreed with a family about the person of an own record (G-4.2-1, G-4.2-5).

    Raises:
        DomainError: `not-found` for a record that is not the agency's own as for none, `content-invalid`,
            `idempotency-key-reused`.
    """
    kept = TermsRepository(unit)

    async def make() -> ConfidentialityTerms:
        await _own(unit, command.about)
        terms = rules.agree(ConfidentialityTermsId(uuid4()), command, unit.principal, unit.now)
        await _check_agencies(unit, command.agreed)
        await kept.add(terms)
        return terms

    async def replay(made: UUID) -> ConfidentialityTerms:
        return await kept.terms(ConfidentialityTermsId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    return Made(await _seen(unit, outcome.value), outcome.is_replay)


async def _own(unit: UnitOfWork, record_id: RecordId) -> None:
    if not await own_records(unit, [record_id]):
        raise DomainError("not-found")


@use_case(permission=Permission.TERMS_READ, audits=AuditAction.TERMS_READ)
async def list_terms(unit: UnitOfWork, record_id: RecordId) -> list[ConfidentialityTerms]:
    """List what was agreed about the person of an own record, newest first, with what has ended.

    Raises:
        DomainError: `not-found`.
    """
    await _own(unit, record_id)
    found = await TermsRepository(unit).of_record(record_id)
    _noted(unit, *found)
    unit.record(subjects=[record_id], records=[f"person:{record_id}"], owners=[unit.principal.agency])
    return found


@use_case(permission=Permission.TERMS_READ, audits=AuditAction.TERMS_READ)
async def read_terms(unit: UnitOfWork, record_id: RecordId, terms_id: ConfidentialityTermsId) -> SeenTerms:
    """Read terms with every version and every time they were set aside.

    Raises:
        DomainError: `not-found`.
    """
    return await _seen(unit, await _of(unit, record_id, terms_id))


async def _of(unit: UnitOfWork, record_id: RecordId, terms_id: UUID, *, lock: bool = False) -> ConfidentialityTerms:
    terms = await TermsRepository(unit).terms(ConfidentialityTermsId(terms_id), lock=lock)
    if terms.about != record_id:
        raise DomainError("not-found")
    return terms


def _shelf(unit: UnitOfWork, record_id: RecordId) -> Shelf[ConfidentialityTerms]:
    return Shelf(lambda terms_id, lock: _of(unit, record_id, terms_id, lock=lock), TermsRepository(unit).replace)


@use_case(permission=Permission.TERMS_AGREE, audits=AuditAction.TERMS_AMENDED)
async def amend_terms(unit: UnitOfWork, record_id: RecordId, step: Step[AmendTerms]) -> Made[SeenTerms]:
    """Put down what holds from now on, with a reason; earlier versions are kept.

    Raises:
        DomainError: `not-found`, `version-stale`, `sharing-state-conflict`, `content-invalid`,
            `idempotency-key-reused`.
    """

    async def amended(standing: ConfidentialityTerms) -> ConfidentialityTerms:
        following = rules.amend(standing, step.command, unit.principal, unit.now)
        await _check_agencies(unit, step.command.agreed)
        return following

    outcome = await take_step(unit, step, _shelf(unit, record_id), amended)
    return Made(await _seen(unit, outcome.value), outcome.is_replay)


@use_case(permission=Permission.TERMS_AGREE, audits=AuditAction.TERMS_ENDED)
async def end_terms(unit: UnitOfWork, record_id: RecordId, step: Step[str]) -> Made[SeenTerms]:
    """End terms, with a reason; what they said is kept.

    Raises:
        DomainError: as `amend_terms` does.
    """

    async def ended(standing: ConfidentialityTerms) -> ConfidentialityTerms:
        return rules.end(standing, step.command, unit.principal, unit.now)

    outcome = await take_step(unit, step, _shelf(unit, record_id), ended)
    return Made(await _seen(unit, outcome.value), outcome.is_replay)


async def uphold_terms(
    unit: UnitOfWork, record_id: RecordId, given: Given, override: LawfulOverride | None, pointer: str
) -> Sequence[TermsOverride]:
    """Keep to the terms about the person of an own record, or store by which override they are set aside.

    What was set aside before for the same thing is not asked about again. Whoever calls names the override in an event
    of its own agency's.

    Raises:
        DomainError: `confidentiality-terms-apply`, `content-invalid`.
    """
    kept = TermsRepository(unit)
    binding = await kept.binding(record_id)
    done = await kept.overrides_in(given.target, given.target_id) if binding else ()
    asked = binding if override is not None else rules.not_yet_set_aside(binding, done, given)
    signed = sign(unit.principal, unit.now)
    overrides = rules.uphold(asked, given, override, pointer, signed, [uuid4() for _ in asked])
    await kept.add_overrides(overrides)
    note_overrides(unit, overrides)
    return overrides


async def overrides_in(unit: UnitOfWork, target: rules.OverrideTarget, target_id: UUID) -> tuple[TermsOverride, ...]:
    """List, for the agency that gave something, by which overrides it did; none to anybody else."""
    return await TermsRepository(unit).overrides_in(target, target_id)
