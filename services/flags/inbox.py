"""The inbox of an agency that holds others' flags: what it was told of them, what it answered, what it holds (F-15).

Nothing here says what a flag says. Who may still see the flag reads it where flags are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.flag_codes import RecipientChange
from domain.flag_inbox import Acknowledgement, CopiesOutcome, HeldFlag, InboxNotice, check_outcome
from domain.ids import FlagId
from domain.paging import Listed, Page, Wanted
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.inbox_repository import InboxRepository

NOTICE = "inbox.notice"
HELD = "flag.held"


@dataclass(frozen=True, slots=True)
class AcknowledgeNotice:
    """Say that a notice was read, and what was done with the copies held."""

    outcome: CopiesOutcome


@use_case(permission=Permission.INBOX_READ, audits=AuditAction.INBOX_READ)
async def list_notices(
    unit: UnitOfWork, wanted: Wanted, *, unacknowledged: bool, kind: RecipientChange | None
) -> Page[InboxNotice]:
    """List what the agency was told of flags that it holds, the newest first."""
    page = await InboxRepository(unit).page(wanted, unacknowledged=unacknowledged, kind=kind)
    _record(unit, page.items)
    return page


@use_case(permission=Permission.INBOX_READ, audits=AuditAction.INBOX_READ)
async def read_notice(unit: UnitOfWork, notice_id: UUID) -> InboxNotice:
    """Read one notice.

    Raises:
        DomainError: `not-found`, for another agency's as for none.
    """
    notice = await InboxRepository(unit).notice(notice_id)
    _record(unit, [notice])
    return notice


@use_case(permission=Permission.INBOX_ACKNOWLEDGE, audits=AuditAction.INBOX_ACKNOWLEDGED)
async def acknowledge_notice(
    unit: UnitOfWork, notice_id: UUID, command: AcknowledgeNotice, once: Once
) -> Made[InboxNotice]:
    """Acknowledge a notice, by the human or accountable team in the token, and with it older ones of the same flag.

    The first answer stands: what was acknowledged before is answered as it was, whatever is said now.

    Raises:
        DomainError: `not-found`, for another agency's as for none; `content-invalid` for an outcome that cannot be;
            `idempotency-key-reused`.
    """
    inbox = InboxRepository(unit)
    notice = await inbox.notice(notice_id)
    check_outcome(notice.kind, command.outcome)

    async def make() -> InboxNotice:
        settled = await inbox.hold_open(notice)
        if notice_id in settled:
            said = Acknowledgement(unit.now, unit.principal.user, command.outcome)
            await inbox.acknowledge(notice.flag_id, settled, said)
            unit.record(records=[f"inbox-notice:{each}" for each in settled])
        return await inbox.notice(notice_id)

    made = await at_most_once(unit, once, make, lambda each: Resource(each.id, 1), inbox.notice)
    _record(unit, [made.value])
    return made


@use_case(permission=Permission.INBOX_READ, audits=AuditAction.HELD_FLAGS_READ)
async def held_flags(unit: UnitOfWork, after: UUID | None, limit: int) -> Listed[HeldFlag]:
    """List what the agency holds now of other agencies' flags, and what of it is out of date."""
    page = await InboxRepository(unit).held(after, limit)
    for held in page.items:
        _touch(unit, held.flag_id, held.holding.version, held.about)
        unit.record(owners=[held.owner_agency], fields=[HELD])
    if not page.items:
        unit.record_empty()
    return page


def _record(unit: UnitOfWork, notices: Sequence[InboxNotice]) -> None:
    """Put on the trail of which flags, on whom, the agency was told; an inbox with nothing in it is recorded too."""
    if not notices:
        unit.record_empty()
    for notice in notices:
        _touch(unit, notice.flag_id, notice.version, notice.about)
        unit.record(records=[f"inbox-notice:{notice.id}"], owners=[notice.sender, notice.agency], fields=[NOTICE])


def _touch(unit: UnitOfWork, flag: FlagId, version: int, about: UUID | None) -> None:
    unit.record(records=[f"flag:{flag}:{version}"], subjects=[] if about is None else [about])
