"""What the Board's administrators and the partners do with a sharing protocol, each their own part of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from domain import sharing_protocols as rules
from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import AgencyCode, ProtocolId
from domain.paging import Page, Wanted
from domain.sharing_protocol_terms import ProtocolTerms
from domain.sharing_protocols import DraftProtocol, ProtocolSignature, ProtocolState, RenewProtocol, SharingProtocol
from services.agencies import unknown_agencies
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.steps import Command, Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.sharing.protocol_repository import FlowsWanted, ProtocolChase, ProtocolRepository, SharingFlow

CONTENT = "sharing-protocol.content"
FLOWS = "sharing-protocol.flows"


@dataclass(frozen=True, slots=True)
class SeenProtocol:
    """A protocol with its signatures; `version` rises with either, so that one tag guards both."""

    protocol: SharingProtocol
    signatures: tuple[ProtocolSignature, ...]
    chases: tuple[ProtocolChase, ...] = ()

    @property
    def id(self) -> UUID:
        """Which protocol."""
        return self.protocol.id

    @property
    def version(self) -> int:
        """Count every change to the protocol, and every signing and leaving."""
        left = sum(each.left is not None for each in self.signatures)
        return self.protocol.version + len(self.signatures) + left


@use_case(permission=Permission.PROTOCOL_READ, audits=AuditAction.PROTOCOL_READ)
async def list_protocols(unit: UnitOfWork, wanted: Wanted, state: ProtocolState | None) -> Page[SeenProtocol]:
    """List the protocols that the agency keeps or is named in, newest first."""
    kept = ProtocolRepository(unit)
    page = await kept.protocols(wanted, state)
    signatures = await kept.signatures([each.id for each in page.items])
    seen = tuple(SeenProtocol(each, signatures[each.id]) for each in page.items)
    for each in seen:
        _note(unit, each)
    if not seen:
        unit.record_empty()
    return Page(seen, page.next)


@use_case(permission=Permission.PROTOCOL_READ, audits=AuditAction.PROTOCOL_READ)
async def read_protocol(unit: UnitOfWork, protocol_id: ProtocolId) -> SeenProtocol:
    """Read a protocol, with who has signed and whom of the own agency it was put before.

    Raises:
        DomainError: `not-found`.
    """
    return await _seen(unit, protocol_id)


@use_case(permission=Permission.PROTOCOL_READ, audits=AuditAction.SHARING_FLOWS_READ)
async def list_sharing_flows(unit: UnitOfWork, wanted: FlowsWanted) -> tuple[SharingFlow, ...]:
    """List what may flow now between the own agency and another, under which protocol.

    Raises:
        DomainError: `not-found` for an agency that nobody registered.
    """
    if await unknown_agencies(unit, {wanted.other}):
        raise DomainError("not-found")
    flows = await ProtocolRepository(unit).flows(wanted)
    if not flows:
        unit.record_empty()
    for protocol in {each.protocol_id for each in flows}:
        unit.record(records=[f"sharing-protocol:{protocol}"], owners=[unit.principal.agency], fields=[FLOWS])
    return flows


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_DRAFTED)
async def draft_protocol(unit: UnitOfWork, command: DraftProtocol, once: Once) -> Made[SeenProtocol]:
    """Draft a protocol.

    Raises:
        DomainError: `content-invalid`, `idempotency-key-reused`.
    """

    async def make() -> SeenProtocol:
        protocol = rules.draft(ProtocolId(uuid4()), command, unit.principal, unit.now)
        await _check_known(unit, protocol)
        await ProtocolRepository(unit).add(protocol)
        return await _seen(unit, protocol.id)

    async def replay(made: UUID) -> SeenProtocol:
        return await _seen(unit, ProtocolId(made))

    return await at_most_once(unit, once, make, as_versioned, replay)


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_CHANGED)
async def amend_protocol(unit: UnitOfWork, step: Step[ProtocolTerms]) -> Made[SeenProtocol]:
    """Put other terms in the place of a draft's.

    Raises:
        DomainError: as `_change` does, `content-invalid`.
    """

    async def make(seen: SeenProtocol) -> SharingProtocol:
        amended = rules.amend(seen.protocol, step.command, unit.principal, unit.now)
        await _check_known(unit, amended)
        return amended

    return await _change(unit, step, make)


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_CHANGED)
async def assure_protocol(unit: UnitOfWork, step: Step[None]) -> Made[SeenProtocol]:
    """Assure the quality of a draft that somebody else drafted.

    Raises:
        DomainError: as `_change` does.
    """
    return await _change(unit, step, _ruled(lambda seen: rules.assure(seen.protocol, unit.principal, unit.now)))


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_CHANGED)
async def bring_protocol_into_force(unit: UnitOfWork, step: Step[None]) -> Made[SeenProtocol]:
    """Let information flow between those who signed; what it supersedes ends in the same transaction.

    Raises:
        DomainError: as `_change` does, `protocol-unsigned`, `content-invalid`.
    """

    async def make(seen: SeenProtocol) -> SharingProtocol:
        begun = rules.bring_into_force(seen.protocol, seen.signatures, unit.principal, unit.now)
        if begun.supersedes is not None:
            kept = ProtocolRepository(unit)
            before = await kept.protocol(begun.supersedes, lock=True)
            if before.state is not ProtocolState.ENDED:
                reason = f"Succeeded by {begun.terms.reference}."
                await kept.replace(rules.end(before, reason, unit.principal, unit.now, begun.id))
        return begun

    return await _change(unit, step, make)


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_CHANGED)
async def begin_protocol_review(unit: UnitOfWork, step: Step[str]) -> Made[SeenProtocol]:
    """Begin to review a protocol in force; information flows on.

    Raises:
        DomainError: as `_change` does, `content-invalid`.
    """
    by, at = unit.principal, unit.now
    return await _change(unit, step, _ruled(lambda seen: rules.begin_review(seen.protocol, step.command, by, at)))


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_CHANGED)
async def renew_protocol(unit: UnitOfWork, step: Step[RenewProtocol]) -> Made[SeenProtocol]:
    """End a review by letting the protocol go on.

    Raises:
        DomainError: as `_change` does, `protocol-needs-another`, `content-invalid`.
    """
    by, at = unit.principal, unit.now
    return await _change(unit, step, _ruled(lambda seen: rules.renew(seen.protocol, step.command, by, at)))


@use_case(permission=Permission.PROTOCOL_KEEP, audits=AuditAction.PROTOCOL_ENDED)
async def end_protocol(unit: UnitOfWork, step: Step[str]) -> Made[SeenProtocol]:
    """End a protocol, and with it every flow under it, at once.

    Raises:
        DomainError: as `_change` does, `protocol-needs-another`, `content-invalid`.
    """
    by, at = unit.principal, unit.now
    return await _change(unit, step, _ruled(lambda seen: rules.end(seen.protocol, step.command, by, at)))


@use_case(permission=Permission.PROTOCOL_SIGN, audits=AuditAction.PROTOCOL_SIGNED)
async def sign_protocol(unit: UnitOfWork, step: Step[str]) -> Made[SeenProtocol]:
    """Sign a protocol for the agency acted for, in a post.

    Raises:
        DomainError: as `_change` does, `content-invalid`.
    """

    async def signed(seen: SeenProtocol) -> SeenProtocol:
        new = (uuid4(), step.command)
        given = rules.sign_protocol(seen.protocol, seen.signatures, new, unit.principal, unit.now)
        return replace(seen, signatures=(*seen.signatures, given))

    kept = ProtocolRepository(unit)
    shelf = _shelf(unit, lambda seen: kept.sign(seen.signatures[-1]), holds=False)
    return await take_step(unit, step, shelf, signed)


@use_case(permission=Permission.PROTOCOL_SIGN, audits=AuditAction.PROTOCOL_LEFT)
async def leave_protocol(unit: UnitOfWork, step: Step[str]) -> Made[SeenProtocol]:
    """Leave a protocol: what flowed to and from the own agency under it ends at once.

    Raises:
        DomainError: as `_change` does, `content-invalid`.
    """
    kept = ProtocolRepository(unit)

    async def left(seen: SeenProtocol) -> SeenProtocol:
        gone = rules.leave(seen.signatures, step.command, unit.principal, unit.now)
        return replace(seen, signatures=tuple(gone if each.id == gone.id else each for each in seen.signatures))

    async def store(seen: SeenProtocol) -> None:
        await kept.leave(next(each for each in reversed(seen.signatures) if each.agency == unit.principal.agency))

    return await take_step(unit, step, _shelf(unit, store, holds=False), left)


async def _change(
    unit: UnitOfWork, step: Step[Command], rule: Callable[[SeenProtocol], Awaitable[SharingProtocol]]
) -> Made[SeenProtocol]:
    """Take a step on a protocol as its keeper.

    Raises:
        DomainError: `not-found`, `version-stale`, `idempotency-key-reused`, or what the rule raises.
    """
    kept = ProtocolRepository(unit)

    async def changed(seen: SeenProtocol) -> SeenProtocol:
        following = replace(seen, protocol=await rule(seen))
        _note(unit, following)
        return following

    return await take_step(unit, step, _shelf(unit, lambda seen: kept.replace(seen.protocol), holds=True), changed)


def _shelf(unit: UnitOfWork, store: Callable[[SeenProtocol], Awaitable[None]], *, holds: bool) -> Shelf[SeenProtocol]:
    """Say where protocols stand; a partner cannot hold the Board's row until the commit, and adds a row of its own."""
    return Shelf(lambda made, lock: _seen(unit, ProtocolId(made), lock=lock and holds), store)


def _ruled(
    rule: Callable[[SeenProtocol], SharingProtocol],
) -> Callable[[SeenProtocol], Awaitable[SharingProtocol]]:
    async def ruled(seen: SeenProtocol) -> SharingProtocol:
        return rule(seen)

    return ruled


async def _seen(unit: UnitOfWork, protocol_id: ProtocolId, *, lock: bool = False) -> SeenProtocol:
    kept = ProtocolRepository(unit)
    protocol = await kept.protocol(protocol_id, lock=lock)
    signatures = await kept.signatures([protocol_id])
    seen = SeenProtocol(protocol, signatures[protocol_id], await kept.chases(protocol_id))
    _note(unit, seen)
    return seen


def _note(unit: UnitOfWork, seen: SeenProtocol) -> None:
    owners: set[AgencyCode] = {seen.protocol.owner_agency}
    reference = f"sharing-protocol:{seen.protocol.id}:{seen.protocol.version}"
    unit.record(records=[reference], owners=owners, fields=[CONTENT])


async def _check_known(unit: UnitOfWork, protocol: SharingProtocol) -> None:
    """Refuse partners that nobody registered, and a predecessor that is not there."""
    unknown = await unknown_agencies(unit, protocol.agencies)
    if unknown:
        places = [n for n, partner in enumerate(protocol.terms.partners) if partner.agency in unknown]
        raise invalid(*((f"/partners/{place}/agency", "code-unknown") for place in places))
    if protocol.supersedes is not None:
        try:
            await ProtocolRepository(unit).protocol(protocol.supersedes)
        except DomainError:
            raise invalid(("/supersedes", "not-found")) from None
