"""What two agencies agreed: that a system of one acts for the other, or that one decides on the other's flags."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from domain.access import Permission
from domain.agency_changes import Change, Thing
from domain.agency_requests import (
    Agreement,
    AgreementKind,
    AgreementStanding,
    Asking,
    NameDecider,
    RegisterRequest,
    ask_to_decide,
    set_agreement_standing,
)
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import AgencyCode, AgreementId, RequestId
from domain.paging import Page, Wanted
from services.agencies.changes import ChangeLog
from services.agencies.known import unknown_agencies
from services.agencies.request_repository import RequestRepository
from services.agencies.steps import put_request
from services.agencies.trail import content_of_agreement, saw_agreements, saw_requests
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


@dataclass(frozen=True, slots=True)
class AgreementStep:
    """How an agreement is to stand, why, in which version it was read, and the key of the request."""

    standing: AgreementStanding
    reason: str
    read_version: int
    once: Once


async def deciding_agencies(unit: UnitOfWork) -> frozenset[AgencyCode]:
    """Name the agencies whose decision-makers may decide on the flags of the agency acted for today.

    The register lets them in by itself (`access.roles_held`); this says who they are, for those who must ask them.
    """
    agreed = await RequestRepository(unit).agreed(AgreementKind.DECIDES_FOR)
    active = AgreementStanding.ACTIVE
    return frozenset(
        each.party_agency for each in agreed if each.standing(unit.now) is active and each.valid_from <= unit.now
    )


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_agreements(unit: UnitOfWork, wanted: Wanted) -> Page[Agreement]:
    """List the agreements to which the agency is a side, by when they began."""
    page = await RequestRepository(unit).agreements(wanted)
    saw_agreements(unit, *page.items)
    return page


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_agreement(unit: UnitOfWork, agreement_id: AgreementId) -> Agreement:
    """Read one agreement.

    Raises:
        DomainError: `not-found`, for one between other agencies as for none.
    """
    agreement = await RequestRepository(unit).agreement(agreement_id)
    saw_agreements(unit, agreement)
    return agreement


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.DECIDER_PROPOSED)
async def name_decider(unit: UnitOfWork, command: NameDecider, once: Once) -> Made[RegisterRequest]:
    """Name another agency, or the Board, to decide on the agency's flags; that agency must agree.

    For partners too small to have two deciders, so that the proposer still never decides (law 5).

    Raises:
        DomainError: `content-invalid`, `register-state-conflict` or `idempotency-key-reused`.
    """

    async def make() -> RegisterRequest:
        if await unknown_agencies(unit, [command.agency]):
            raise invalid(("/agency", "code-unknown"))
        request = ask_to_decide(Asking(RequestId(uuid4()), unit.principal, unit.now), command)
        return await put_request(unit, request)

    async def replay(made: UUID) -> RegisterRequest:
        return await RequestRepository(unit).request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    saw_requests(unit, outcome.value)
    return outcome


@use_case(permission=Permission.REGISTER_SUSPEND, audits=AuditAction.AGREEMENT_STANDING_CHANGED)
async def put_agreement_standing(unit: UnitOfWork, agreement_id: AgreementId, step: AgreementStep) -> Made[Agreement]:
    """Suspend, restore or end an agreement, by either side; it acts on the next request.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `register-state-conflict`.
    """
    requests = RequestRepository(unit)

    async def make() -> Agreement:
        agreement = await requests.agreement(agreement_id)
        if agreement.version != step.read_version:
            raise DomainError("version-stale")
        changed = set_agreement_standing(agreement, step.standing, step.reason, unit.principal, unit.now)
        await requests.set_agreement(changed, step.standing)
        act = Change(
            Thing.AGREEMENT, str(changed.id), changed.version, step.standing.value, content_of_agreement(changed),
            step.reason,
        )  # fmt: skip
        await ChangeLog(unit).note(act)
        return changed

    async def replay(made: UUID) -> Agreement:
        return await requests.agreement(AgreementId(made))

    outcome = await at_most_once(unit, step.once, make, lambda made: Resource(made.id, made.version), replay)
    saw_agreements(unit, outcome.value)
    return outcome
