"""Provisional markers: made at once by a duty manager, given their evidence, decided by somebody else (F-01)."""

from uuid import uuid4

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.flag_markers import GroundMarker, RaiseMarker, ground, raise_marker
from domain.flags import Flag
from domain.ids import FlagId
from services.core.idempotency import Made, Once
from services.core.steps import Step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.reads import OwnFlag
from services.flags.repository import FlagRepository
from services.flags.steps import change, make_once, person_meant
from services.incidents import own_incidents


@use_case(permission=Permission.FLAG_MARK, audits=AuditAction.FLAG_MARKED)
async def mark(unit: UnitOfWork, command: RaiseMarker, once: Once) -> Made[OwnFlag]:
    """Make a marker that warns the own agency from the commit on, and tells partners to ring before contact.

    Raises:
        DomainError: `content-invalid`, `flag-already-live` or `idempotency-key-reused`.
    """

    async def make() -> Flag:
        person = await person_meant(unit, command.subject)
        flag = raise_marker(FlagId(uuid4()), command, unit.principal, unit.now)
        await FlagRepository(unit).add(flag, person)
        return flag

    return await make_once(unit, once, make)


@use_case(permission=Permission.FLAG_PROPOSE, audits=AuditAction.FLAG_GROUNDED)
async def ground_marker(unit: UnitOfWork, step: Step[GroundMarker]) -> Made[OwnFlag]:
    """Give a marker the evidence on which it can be decided; whoever gives it does not decide.

    Raises:
        DomainError: `not-found`, `version-stale`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """

    async def on_evidence(flag: Flag) -> Flag:
        incidents = await own_incidents(unit, step.command.incidents)
        return ground(flag, step.command, incidents, unit.principal, unit.now)

    return await change(unit, step, on_evidence)
