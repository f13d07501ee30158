"""Decisions not to share: recorded by whoever takes them, and put before a manager where fear was the reason."""

from uuid import UUID, uuid4

from domain import not_sharing as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import invalid
from domain.ids import NotSharingId
from domain.not_sharing import DecideNotToShare, ManagerAnswer, NotSharing
from domain.paging import Page, Wanted
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.steps import Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.persons import own_records
from services.sharing.repository import SharingRepository


def _shown(unit: UnitOfWork, *shown: NotSharing) -> None:
    for each in shown:
        unit.record(
            subjects=[each.decision.about],
            records=[f"not-sharing:{each.id}:{each.version}"],
            owners=[each.owner_agency],
            fields=["not-sharing.content"],
        )


@use_case(permission=Permission.NOT_SHARING_RECORD, audits=AuditAction.NOT_SHARING_RECORDED)
async def decide_not_to_share(unit: UnitOfWork, command: DecideNotToShare, once: Once) -> Made[NotSharing]:
    """Record that something was not shared, or not asked, and why.

    Raises:
        DomainError: `content-invalid`, `idempotency-key-reused`.
    """
    kept = SharingRepository(unit)

    async def make() -> NotSharing:
        if not await own_records(unit, [command.about]):
            raise invalid(("/personId", "not-found"))
        if command.agency is not None and await unknown_agencies(unit, [command.agency]):
            raise invalid(("/agency", "code-unknown"))
        if command.request_id is not None:
            await kept.request(command.request_id)
        decision = rules.decide_not_to_share(NotSharingId(uuid4()), command, unit.principal, unit.now)
        await kept.add_not_sharing(decision)
        return decision

    async def replay(made: UUID) -> NotSharing:
        return await kept.not_sharing(NotSharingId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _shown(unit, outcome.value)
    return outcome


@use_case(permission=Permission.NOT_SHARING_READ, audits=AuditAction.NOT_SHARING_READ)
async def list_not_sharing(unit: UnitOfWork, wanted: Wanted, *, unanswered: bool) -> Page[NotSharing]:
    """List decisions not to share: to a line manager those that fear was the reason of, to whoever oversees all."""
    page = await SharingRepository(unit).not_shared(wanted, unanswered=unanswered)
    _shown(unit, *page.items)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.NOT_SHARING_ANSWER, audits=AuditAction.NOT_SHARING_ANSWERED)
async def answer_not_sharing(unit: UnitOfWork, step: Step[ManagerAnswer]) -> Made[NotSharing]:
    """Answer somebody's fear of sharing, as a manager.

    Raises:
        DomainError: `not-found`, `version-stale`, `sharing-needs-another`, `sharing-state-conflict`, `content-invalid`,
            `idempotency-key-reused`.
    """
    kept = SharingRepository(unit)

    async def answered(decision: NotSharing) -> NotSharing:
        return rules.answer(decision, step.command, unit.principal, unit.now)

    shelf = Shelf(
        lambda decision_id, lock: kept.not_sharing(NotSharingId(decision_id), lock=lock), kept.replace_not_sharing
    )
    outcome = await take_step(unit, step, shelf, answered)
    _shown(unit, outcome.value)
    return outcome
