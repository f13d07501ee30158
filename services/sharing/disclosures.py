"""What was disclosed: read by both agencies, put right or taken back by the giver, acknowledged by the other."""

from domain import disclosures as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.disclosures import CorrectDisclosure, Disclosure
from domain.ids import DisclosureId
from domain.paging import Page
from services.core.idempotency import Made
from services.core.steps import Step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.sharing.repository import DisclosuresWanted, SharingRepository
from services.sharing.steps import (
    DISCLOSURE_STANDING,
    SeenDisclosure,
    note_disclosures,
    seen_disclosure,
    take_on_disclosure,
)


@use_case(permission=Permission.REQUEST_READ, audits=AuditAction.DISCLOSURE_READ)
async def list_disclosures(unit: UnitOfWork, wanted: DisclosuresWanted) -> Page[Disclosure]:
    """List what was given or received, newest first, without what was given."""
    page = await SharingRepository(unit).disclosures(wanted)
    note_disclosures(unit, *page.items, field=DISCLOSURE_STANDING)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.REQUEST_READ, audits=AuditAction.DISCLOSURE_READ)
async def read_disclosure(unit: UnitOfWork, disclosure_id: DisclosureId) -> SeenDisclosure:
    """Read what the agency gave or received.

    Raises:
        DomainError: `not-found`.
    """
    return await seen_disclosure(unit, await SharingRepository(unit).disclosure(disclosure_id))


@use_case(permission=Permission.REQUEST_DECIDE, audits=AuditAction.DISCLOSURE_CORRECTED)
async def correct_disclosure(unit: UnitOfWork, step: Step[CorrectDisclosure]) -> Made[SeenDisclosure]:
    """Put right what was given; it waits until the recipient has acknowledged it.

    Raises:
        DomainError: as `take_on_disclosure` does, `access-denied`, `sharing-state-conflict`, `content-invalid`,
            `confidentiality-terms-apply`.
    """
    return await take_on_disclosure(unit, step, rules.correct, override=step.command.override)


@use_case(permission=Permission.REQUEST_DECIDE, audits=AuditAction.DISCLOSURE_WITHDRAWN)
async def withdraw_disclosure(unit: UnitOfWork, step: Step[str]) -> Made[SeenDisclosure]:
    """Take back what was given; it waits until the recipient has acknowledged it.

    Raises:
        DomainError: as `correct_disclosure` does.
    """
    return await take_on_disclosure(unit, step, rules.withdraw)


@use_case(permission=Permission.REQUEST_ASK, audits=AuditAction.DISCLOSURE_ACKNOWLEDGED)
async def acknowledge_disclosure(unit: UnitOfWork, step: Step[None]) -> Made[SeenDisclosure]:
    """Say, as the recipient, that how it now stands was seen.

    Raises:
        DomainError: as `take_on_disclosure` does, `access-denied`, `sharing-state-conflict`.
    """
    return await take_on_disclosure(unit, step, lambda given, _none, by, at: rules.acknowledge(given, by, at))
