"""Opening a sealed door for an hour, reading behind it, and answering for it.

Every event names the grant, beside whoever and whatever it names of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from domain import break_glass as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.break_glass import (
    BreakGlassGrant,
    BreakGlassNotice,
    BreakGlassRestoration,
    OpenBreakGlass,
    RestoreBreakGlass,
    ReviewBreakGlass,
)
from domain.errors import DomainError, invalid
from domain.ids import BreakGlassId, BreakGlassNoticeId, BreakGlassRestorationId
from domain.paging import Page
from services.break_glass.repository import BreakGlassRepository, GrantsWanted, NoticesWanted
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags import Chased, SharedFlag
from services.persons import shared_person

Command = TypeVar("Command")
GRANT = "break-glass.grant"
NOTICE = "break-glass.notice"
WARNING = "break-glass.warning"
RESTORATION = "break-glass.restoration"


@dataclass(frozen=True, slots=True)
class Step(Generic[Command]):
    """What somebody asks to be done: to what, in which version they read it, and the key of the request."""

    id: UUID
    read_version: int
    command: Command
    once: Once


@dataclass(frozen=True, slots=True)
class SeenGrant:
    """A grant, and when its review was last chased."""

    grant: BreakGlassGrant
    chased: Chased | None


@dataclass(frozen=True, slots=True)
class OpenedWarnings:
    """What was behind the door."""

    grant: BreakGlassGrant
    warnings: tuple[SharedFlag, ...]


def _shown(unit: UnitOfWork, grants: Iterable[BreakGlassGrant], field: str = GRANT) -> None:
    for each in grants:
        unit.record(
            subjects=[each.opening.about],
            records=[f"break-glass:{each.id}", f"person:{each.opening.about}"],
            owners=[each.owner_agency],
            fields=[field],
        )


async def _seen(unit: UnitOfWork, grant: BreakGlassGrant) -> SeenGrant:
    _shown(unit, [grant])
    return SeenGrant(grant, (await BreakGlassRepository(unit).chased([grant.id])).get(grant.id))


@use_case(permission=Permission.BREAK_GLASS_OPEN, audits=AuditAction.BREAK_GLASS_OPENED)
async def open_break_glass(unit: UnitOfWork, command: OpenBreakGlass, once: Once) -> Made[SeenGrant]:
    """Open the warnings about the person of an own record for an hour; both agencies' officers hear of it at once.

    Raises:
        DomainError: `break-glass-needs-a-person`, `break-glass-withheld`, `break-glass-already-open`,
            `content-invalid`, `idempotency-key-reused`.
    """
    kept = BreakGlassRepository(unit)
    rules.check_opening(command, unit.principal)

    async def make() -> BreakGlassGrant:
        standing = await kept.standing(command.about)
        if standing is None:
            raise invalid(("/personId", "not-found"))
        rules.check_standing(standing)
        new_id = BreakGlassId(uuid4())
        await kept.add(new_id, command, rules.window_of(unit.now))
        return await kept.grant(new_id)

    unit.ask_for(f"person:{command.about}")
    made = await at_most_once(unit, once, make, as_versioned, lambda found: kept.grant(BreakGlassId(found)))
    return Made(await _seen(unit, made.value), made.is_replay)


@use_case(permission=Permission.BREAK_GLASS_OPEN, audits=AuditAction.BREAK_GLASS_WARNINGS_READ)
async def read_opened_warnings(unit: UnitOfWork, grant_id: BreakGlassId) -> OpenedWarnings:
    """Read every live warning about the person that the caller otherwise may not read, while the door is open.

    The event names the grant and each flag with its owner's record, so that the officers of either find it. It makes
    nobody a holder of a flag: whoever holds one goes on seeing it, and the hour would have no end.

    Raises:
        DomainError: `not-found` for whoever did not open it, `break-glass-expired` for whoever did once it is over.
    """
    kept = BreakGlassRepository(unit)
    unit.ask_for(f"break-glass:{grant_id}")
    grant = await kept.grant(grant_id)
    stands_for = await shared_person(unit, grant.opening.about, hold=True)
    rules.check_reading(grant, stands_for, unit.principal, unit.now)
    warnings = await kept.warnings(grant_id)
    _shown(unit, [grant], WARNING)
    for each in warnings:
        unit.record(
            subjects=[] if each.about is None else [each.about],
            records=[f"flag:{each.id}:{each.version}"],
            owners=[each.owner_agency],
        )
    return OpenedWarnings(grant, warnings)


@use_case(permission=Permission.BREAK_GLASS_READ, audits=AuditAction.BREAK_GLASS_READ)
async def list_grants(unit: UnitOfWork, wanted: GrantsWanted) -> Page[SeenGrant]:
    """List grants, newest first: an officer all of the agency's, whoever opens their own."""
    kept = BreakGlassRepository(unit)
    page = await kept.grants(wanted)
    _shown(unit, page.items)
    if not page.items:
        unit.record_empty()
    chased = await kept.chased(grant.id for grant in page.items)
    return Page(tuple(SeenGrant(grant, chased.get(grant.id)) for grant in page.items), page.next)


@use_case(permission=Permission.BREAK_GLASS_READ, audits=AuditAction.BREAK_GLASS_READ)
async def read_grant(unit: UnitOfWork, grant_id: BreakGlassId) -> SeenGrant:
    """Read a grant: who opened what, why, until when, and what was made of it.

    Raises:
        DomainError: `not-found`.
    """
    return await _seen(unit, await BreakGlassRepository(unit).grant(grant_id))


@use_case(permission=Permission.BREAK_GLASS_REVIEW, audits=AuditAction.BREAK_GLASS_REVIEWED)
async def review_grant(unit: UnitOfWork, step: Step[ReviewBreakGlass]) -> Made[SeenGrant]:
    """Say whether a use was justified, as somebody who had no part in it; nothing more is opened under it.

    Raises:
        DomainError: `not-found`, `version-stale`, `break-glass-needs-another`, `break-glass-reviewed`,
            `content-invalid`, `idempotency-key-reused`.
    """
    kept = BreakGlassRepository(unit)

    async def make() -> BreakGlassGrant:
        grant = await kept.grant(BreakGlassId(step.id), lock=True)
        if grant.version != step.read_version:
            raise DomainError("version-stale")
        reviewed = rules.review(grant, step.command, unit.principal, unit.now)
        if reviewed.review is not None:
            await kept.add_review(reviewed, reviewed.review)
        return reviewed

    unit.ask_for(f"break-glass:{step.id}")
    made = await at_most_once(unit, step.once, make, as_versioned, lambda found: kept.grant(BreakGlassId(found)))
    return Made(await _seen(unit, made.value), made.is_replay)


def _told(unit: UnitOfWork, notices: Iterable[BreakGlassNotice]) -> None:
    """Name the grant, and of the agencies the reader's own: that another was told is nobody's else to find."""
    for each in notices:
        unit.record(records=[f"break-glass:{each.grant}"], owners=[each.owner_agency], fields=[NOTICE])


@use_case(permission=Permission.BREAK_GLASS_OVERSEE, audits=AuditAction.BREAK_GLASS_NOTICES_READ)
async def list_break_glass_notices(unit: UnitOfWork, wanted: NoticesWanted) -> Page[BreakGlassNotice]:
    """List what the agency's officers were told of sealed doors, newest first."""
    page = await BreakGlassRepository(unit).notices(wanted)
    _told(unit, page.items)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.BREAK_GLASS_OVERSEE, audits=AuditAction.BREAK_GLASS_ACKNOWLEDGED)
async def acknowledge_break_glass_notice(unit: UnitOfWork, step: Step[None]) -> Made[BreakGlassNotice]:
    """Say that an officer has seen that a door was opened.

    Raises:
        DomainError: `not-found`, `version-stale`, `break-glass-needs-another`, `break-glass-reviewed`,
            `idempotency-key-reused`.
    """
    kept = BreakGlassRepository(unit)

    async def make() -> BreakGlassNotice:
        notice = await kept.notice(BreakGlassNoticeId(step.id))
        if notice.version != step.read_version:
            raise DomainError("version-stale")
        seen = rules.acknowledge(notice, unit.principal, unit.now)
        await kept.replace_notice(seen)
        return seen

    made = await at_most_once(unit, step.once, make, as_versioned, lambda found: kept.notice(BreakGlassNoticeId(found)))
    _told(unit, [made.value])
    return made


@use_case(permission=Permission.BREAK_GLASS_REVIEW, audits=AuditAction.BREAK_GLASS_RESTORED)
async def restore_break_glass(unit: UnitOfWork, command: RestoreBreakGlass, once: Once) -> Made[BreakGlassRestoration]:
    """Give the right back to somebody whose use was judged unjustified.

    Raises:
        DomainError: `break-glass-needs-another`, `break-glass-not-withheld`, `content-invalid`,
            `idempotency-key-reused`.
    """
    kept = BreakGlassRepository(unit)

    async def make() -> BreakGlassRestoration:
        misuses = await kept.misuses(command.user)
        new_id = BreakGlassRestorationId(uuid4())
        restoration = rules.restore(new_id, command, misuses, unit.principal, unit.now)
        await kept.add_restoration(restoration)
        unit.record(records=[f"break-glass:{each.id}" for each in misuses])
        return restoration

    made = await at_most_once(
        unit, once, make, as_versioned, lambda found: kept.restoration(BreakGlassRestorationId(found))
    )
    unit.record(records=[f"user:{made.value.user}"], owners=[made.value.owner_agency], fields=[RESTORATION])
    return made
