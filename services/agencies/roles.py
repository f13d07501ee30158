"""Who may do what for which agency, from when to when; and what waits for a second person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from domain.access import Permission
from domain.agencies import AgreedRole, AssignRole, RoleAssignment, User, assign_role, check_duties, end_role
from domain.agency_changes import Change, Thing
from domain.agency_requests import (
    Asking,
    Confirmers,
    Decision,
    RegisterRequest,
    RequestState,
    ask_for_role,
    decide_request,
)
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import AssignmentId, RequestId, UserId
from domain.paging import Page, Wanted
from services.agencies.changes import ChangeLog
from services.agencies.known import unknown_agencies
from services.agencies.repository import RegisterRepository
from services.agencies.request_repository import RequestRepository
from services.agencies.role_repository import RoleRepository
from services.agencies.steps import put_request
from services.agencies.trail import content_of_request, content_of_role, saw_requests, saw_roles
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case

RoleOrRequest = RoleAssignment | RegisterRequest
"""A role that is held, or the request for one that waits for a second person; both have the same id."""


@dataclass(frozen=True, slots=True)
class EndRole:
    """When a role ends, now unless later, why, in which version it was read, and the key of the request."""

    ends_at: datetime | None
    reason: str
    read_version: int
    once: Once


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_roles(unit: UnitOfWork, wanted: Wanted, user: UserId | None) -> Page[RoleAssignment]:
    """List the roles held for the agency, by whosever account, and those its accounts hold for others."""
    page = await RoleRepository(unit).roles(wanted, user)
    saw_roles(unit, *page.items)
    return page


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_role(unit: UnitOfWork, assignment: AssignmentId) -> RoleAssignment:
    """Read one role.

    Raises:
        DomainError: `not-found`.
    """
    role = await _role(unit, assignment)
    saw_roles(unit, role)
    return role


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.ROLE_ASSIGNED)
async def give_role(unit: UnitOfWork, command: AssignRole, once: Once) -> Made[RoleOrRequest]:
    """Give one of the agency's accounts a role, or ask for it where that takes a second person.

    Raises:
        DomainError: `not-found`, `content-invalid`, `needs-another-person`, `duties-apart`,
            `register-state-conflict` or `idempotency-key-reused`.
    """
    register = RegisterRepository(unit)

    async def make() -> RoleOrRequest:
        user = await register.user(command.user, lock=True)
        code = command.agency or unit.principal.agency
        if await unknown_agencies(unit, [code]):
            raise invalid(("/agency", "code-unknown"))
        held = await RoleRepository(unit).roles_of(user.id)
        agreed = assign_role(command, user, await register.agency(code), held, unit.principal, unit.now)
        duties = await RoleRepository(unit).duties(user.id)
        check_duties(agreed.role, agreed.valid_from, agreed.valid_to, duties)
        if not agreed.needs_another:
            return await _give(unit, agreed, user)
        asking = Asking(RequestId(uuid4()), unit.principal, unit.now)
        return await put_request(unit, ask_for_role(asking, agreed, user))

    async def replay(made: UUID) -> RoleOrRequest:
        held = await RoleRepository(unit).role(AssignmentId(made))
        return held or await RequestRepository(unit).request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    if isinstance(outcome.value, RoleAssignment):
        saw_roles(unit, outcome.value)
    else:
        saw_requests(unit, outcome.value)
    return outcome


async def _give(unit: UnitOfWork, agreed: AgreedRole, user: User) -> RoleAssignment:
    assignment = RoleAssignment(
        id=AssignmentId(uuid4()),
        user=user.id,
        home=user.owner_agency,
        display_name=user.display_name,
        agency=agreed.agency,
        role=agreed.role,
        valid_from=agreed.valid_from,
        valid_to=agreed.valid_to,
        version=1,
        assigned_at=unit.now,
    )
    await RoleRepository(unit).add_role(assignment)
    await _note(unit, assignment, "assigned", agreed.reason)
    return assignment


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.ROLE_ENDED)
async def take_role(unit: UnitOfWork, assignment: AssignmentId, ending: EndRole) -> Made[RoleAssignment]:
    """End a role, by the account's own agency or the one acted for; it acts on the next request.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `register-state-conflict`.
    """

    async def make() -> RoleAssignment:
        role = await _role(unit, assignment)
        if role.version != ending.read_version:
            raise DomainError("version-stale")
        ended = end_role(role, ending.ends_at, ending.reason, unit.now)
        await RoleRepository(unit).end_role(ended)
        await _note(unit, ended, "ended", ending.reason)
        return ended

    async def replay(made: UUID) -> RoleAssignment:
        return await _role(unit, AssignmentId(made))

    outcome = await at_most_once(unit, ending.once, make, lambda role: Resource(role.id, role.version), replay)
    saw_roles(unit, outcome.value)
    return outcome


async def _role(unit: UnitOfWork, assignment: AssignmentId) -> RoleAssignment:
    role = await RoleRepository(unit).role(assignment)
    if role is None:
        raise DomainError("not-found")
    return role


async def _note(unit: UnitOfWork, role: RoleAssignment, change: str, reason: str) -> None:
    act = Change(Thing.ROLE, str(role.id), role.version, change, content_of_role(role), reason)
    await ChangeLog(unit).note(act)


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_requests(unit: UnitOfWork, wanted: Wanted, state: RequestState | None) -> Page[RegisterRequest]:
    """List what the agency asked for and is asked, newest first; for the Board also what it may have to confirm."""
    page = await RequestRepository(unit).requests(wanted, state)
    saw_requests(unit, *page.items)
    return page


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_request(unit: UnitOfWork, request_id: RequestId) -> RegisterRequest:
    """Read one request.

    Raises:
        DomainError: `not-found`, for one between other agencies as for none.
    """
    request = await RequestRepository(unit).request(request_id)
    saw_requests(unit, request)
    return request


@use_case(permission=Permission.REGISTER_CONFIRM, audits=AuditAction.REQUEST_DECIDED)
async def decide_register_request(
    unit: UnitOfWork, request_id: RequestId, read_version: int, decision: Decision, once: Once
) -> Made[RegisterRequest]:
    """Confirm, decline or withdraw a request; only a second human confirms, and only then is there a right.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `needs-another-person`, `duties-apart`,
            `register-state-conflict` or `idempotency-key-reused`.
    """
    register, requests = RegisterRepository(unit), RequestRepository(unit)

    async def make() -> RegisterRequest:
        request = await requests.request(request_id)
        if request.version != read_version:
            raise DomainError("version-stale")
        administrators = await register.administrators(request.confirming_agency)
        confirmers = Confirmers(administrators, await register.is_board())
        decided = decide_request(request, decision, unit.principal, confirmers, unit.now)
        if decided.state is RequestState.CONFIRMED:
            await _check_duties(unit, decided)
        await requests.decide(decided)
        content = content_of_request(decided)
        state = decided.state.value
        await ChangeLog(unit).note(
            Change(Thing.REQUEST, str(decided.id), decided.version, state, content, decision.reason)
        )
        return decided

    async def replay(made: UUID) -> RegisterRequest:
        return await requests.request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    saw_requests(unit, outcome.value)
    return outcome


async def _check_duties(unit: UnitOfWork, confirmed: RegisterRequest) -> None:
    """Check again what was checked when a role was asked for: another may have been given meanwhile."""
    asked = confirmed.asked
    if asked.role is not None and asked.user is not None:
        duties = await RoleRepository(unit).duties(asked.user)
        check_duties(asked.role, asked.valid_from or unit.now, asked.valid_to, duties)
