"""What people do with declared conflicts of interest.

Acting on one's own declaration is no look at the person, so there they are named on the trail as met; to whoever else
sees or ends it they are shown, and a conflict of that reader's own holds.
"""

from uuid import UUID, uuid4

from domain import conflicts as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.conflicts import Concerned, ConflictDeclaration, DeclareConflict
from domain.errors import DomainError, invalid
from domain.ids import ConflictId
from domain.paging import Page, Wanted
from services.conflicts.repository import ConflictRepository
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


def _shown(unit: UnitOfWork, *shown: ConflictDeclaration) -> None:
    for each in shown:
        if each.is_own_of(unit.principal):
            unit.record_met([each.about])
        else:
            unit.record(subjects=[each.about])
        unit.record(
            records=[f"conflict-declaration:{each.id}:{each.version}", f"user:{each.user}"],
            owners=[each.owner_agency],
            fields=["conflict-declaration.content"],
        )


async def _concerned(unit: UnitOfWork, command: DeclareConflict) -> Concerned:
    by = unit.principal
    if command.user is None or command.user == by.user:
        return Concerned(by.user, by.human, by.is_team)
    found = await ConflictRepository(unit).account(command.user)
    if found is None:
        raise invalid(("/userId", "not-found"))
    return found


@use_case(permission=Permission.CONFLICT_DECLARE, audits=AuditAction.CONFLICT_DECLARED)
async def declare_conflict(unit: UnitOfWork, command: DeclareConflict, once: Once) -> Made[ConflictDeclaration]:
    """Declare for oneself, or as an overseer for somebody of the agency, who is close to the person of an own record.

    Raises:
        DomainError: `access-denied`, `content-invalid`, `idempotency-key-reused`.
    """
    kept = ConflictRepository(unit)
    rules.check_whom(command, unit.principal)

    async def make() -> ConflictDeclaration:
        concerned = await _concerned(unit, command)
        if not await kept.is_own_record(command.about):
            raise invalid(("/personId", "not-found"))
        declaration = rules.declare(ConflictId(uuid4()), command, concerned, unit.principal, unit.now)
        await kept.add(declaration)
        return declaration

    async def replay(made: UUID) -> ConflictDeclaration:
        return await kept.find(ConflictId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _shown(unit, outcome.value)
    return outcome


@use_case(permission=Permission.CONFLICT_READ, audits=AuditAction.CONFLICTS_READ)
async def list_conflicts(unit: UnitOfWork, wanted: Wanted, *, in_force: bool) -> Page[ConflictDeclaration]:
    """List one's own declarations, to an overseer those of the agency, newest first."""
    page = await ConflictRepository(unit).page(wanted, in_force=in_force)
    _shown(unit, *page.items)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.CONFLICT_END, audits=AuditAction.CONFLICT_ENDED)
async def end_conflict(
    unit: UnitOfWork, declaration_id: ConflictId, read_version: int, reason: str, once: Once
) -> Made[ConflictDeclaration]:
    """End a declaration that concerns another human.

    Raises:
        DomainError: `not-found`, `version-stale`, `conflict-needs-another`, `conflict-ended`, `content-invalid`,
            `idempotency-key-reused`.
    """
    kept = ConflictRepository(unit)

    async def make() -> ConflictDeclaration:
        declaration = await kept.find(declaration_id, lock=True)
        if declaration.version != read_version:
            raise DomainError("version-stale")
        ended = rules.end(declaration, reason, unit.principal, unit.now)
        await kept.replace(ended)
        return ended

    async def replay(made: UUID) -> ConflictDeclaration:
        return await kept.find(ConflictId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _shown(unit, outcome.value)
    return outcome
