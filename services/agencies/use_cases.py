"""What the Board's administrators do with the register: agencies, their first administrator, a human everywhere.

They read no records and no agency's accounts. An agency's own administrators do the rest: `accounts`, `roles`,
`systems`, `agreements`.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from domain.access import Permission
from domain.agencies import (
    Agency,
    AgencyContent,
    Standing,
    change_agency,
    check_reason,
    checked_name,
    register_agency,
    set_agency_standing,
)
from domain.agency_changes import Change, RegisterChange, Thing
from domain.agency_requests import Asking, RegisterRequest, ask_for_administrator
from domain.agency_systems import FIRST_SCOPES, ClientKeys, RegisterClient, register_client
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.ids import AgencyCode, RequestId, UserId
from domain.paging import Listed, Page, Wanted
from services.agencies.changes import ChangeLog
from services.agencies.key_sets import check_key_material
from services.agencies.repository import RegisterRepository
from services.agencies.request_repository import RequestRepository
from services.agencies.steps import Step, put_request
from services.agencies.trail import content_of_agency, saw_agencies, saw_requests
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.key_sources import FetchPolicy
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


@dataclass(frozen=True, slots=True)
class FirstSystem:
    """An agency's first system, with which its first administrator registers everything else."""

    id: str
    name: str
    keys: ClientKeys


@dataclass(frozen=True, slots=True)
class Appointment:
    """The first administrator of an agency, and where it has none yet, its first system."""

    agency: AgencyCode
    display_name: str
    reason: str
    system: FirstSystem | None = None


@dataclass(frozen=True, slots=True)
class HumanStanding:
    """How a human stands everywhere, by one of their accounts."""

    user: UserId
    standing: Standing


def resource_of_code(code: str, version: int) -> Resource:
    """Name something that has a code instead of a random id, as a retry finds it again."""
    return Resource(uuid5(NAMESPACE_URL, code), version)


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_agencies(unit: UnitOfWork, after: str | None, limit: int) -> Listed[Agency]:
    """List the agencies of the region by code."""
    listed = await RegisterRepository(unit).agencies(after, limit)
    saw_agencies(unit, *listed.items)
    return listed


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_agency(unit: UnitOfWork, code: AgencyCode) -> Agency:
    """Read one agency.

    Raises:
        DomainError: `not-found`.
    """
    agency = await RegisterRepository(unit).agency(code)
    saw_agencies(unit, agency)
    return agency


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_changes(unit: UnitOfWork, wanted: Wanted, reference: str | None) -> Page[RegisterChange]:
    """List what the administrators of the agency did, newest first; all, or to one thing."""
    page = await ChangeLog(unit).acts(wanted, reference)
    if not page.items:
        unit.record_empty()
        return page
    changed = {f"{act.change.thing.value}:{act.change.reference}:{act.change.version}" for act in page.items}
    unit.record(records=changed, owners=[unit.principal.agency], fields=["register.changes"])
    return page


@use_case(permission=Permission.REGISTER_AGENCIES, audits=AuditAction.AGENCY_REGISTERED)
async def add_agency(unit: UnitOfWork, code: AgencyCode, content: AgencyContent, once: Once) -> Made[Agency]:
    """Register a partner agency.

    Raises:
        DomainError: `content-invalid`, `code-taken`, `access-denied` or `idempotency-key-reused`.
    """
    register = RegisterRepository(unit)
    await register.require_board()

    async def make() -> Agency:
        agency = register_agency(code, content, unit.now)
        await register.put_agency(agency)
        await _note(unit, agency, "registered", None)
        return agency

    async def replay(_made: UUID) -> Agency:
        return await register.agency(code)

    outcome = await at_most_once(unit, once, make, lambda made: resource_of_code(made.code, made.version), replay)
    saw_agencies(unit, outcome.value)
    return outcome


@use_case(permission=Permission.REGISTER_AGENCIES, audits=AuditAction.AGENCY_CHANGED)
async def amend_agency(
    unit: UnitOfWork, code: AgencyCode, read_version: int, content: AgencyContent, reason: str
) -> Agency:
    """Change an agency's names, type or duty number, with a reason.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `access-denied`.
    """
    register = RegisterRepository(unit)
    await register.require_board()
    agency = await register.agency(code)
    if agency.version != read_version:
        raise DomainError("version-stale")
    changed = change_agency(agency, content, reason)
    await register.put_agency(changed)
    await _note(unit, changed, "changed", reason)
    saw_agencies(unit, changed)
    return changed


@use_case(permission=Permission.REGISTER_AGENCIES, audits=AuditAction.AGENCY_STANDING_CHANGED)
async def put_agency_standing(unit: UnitOfWork, code: AgencyCode, step: Step) -> Made[Agency]:
    """Suspend an agency or restore it; it acts on the next request of everybody who acts for it.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `register-state-conflict` or `access-denied`.
    """
    register = RegisterRepository(unit)
    await register.require_board()

    async def make() -> Agency:
        agency = await register.agency(code)
        if agency.version != step.read_version:
            raise DomainError("version-stale")
        changed = set_agency_standing(agency, step.standing, step.reason, unit.principal, unit.now)
        await register.put_agency(changed)
        await _note(unit, changed, changed.standing.value, step.reason)
        return changed

    async def replay(_made: UUID) -> Agency:
        return await register.agency(code)

    outcome = await at_most_once(unit, step.once, make, lambda made: resource_of_code(code, made.version), replay)
    saw_agencies(unit, outcome.value)
    return outcome


async def _note(unit: UnitOfWork, agency: Agency, change: str, reason: str | None) -> None:
    act = Change(Thing.AGENCY, agency.code, agency.version, change, content_of_agency(agency), reason)
    await ChangeLog(unit).note(act)


@use_case(permission=Permission.REGISTER_AGENCIES, audits=AuditAction.ADMINISTRATOR_PROPOSED)
async def appoint_administrator(
    unit: UnitOfWork, command: Appointment, policy: FetchPolicy, once: Once
) -> Made[RegisterRequest]:
    """Enter an agency's first administrator and first system; another administrator of the Board must confirm.

    Only where the agency has no administrator: from then on it looks after itself.

    Raises:
        DomainError: `not-found`, `content-invalid`, `code-taken`, `register-state-conflict` or `access-denied`.
    """
    register, requests = RegisterRepository(unit), RequestRepository(unit)
    await register.require_board()

    async def make() -> RegisterRequest:
        await register.agency(command.agency)
        check_reason(command.reason)
        name = checked_name(command.display_name)
        if await register.administrators(command.agency):
            raise DomainError("register-state-conflict")
        user = UserId(uuid4())
        await register.appoint(user, command.agency, name)
        await _provide(unit, command, policy)
        asking = Asking(RequestId(uuid4()), unit.principal, unit.now)
        request = ask_for_administrator(asking, user, name, command.agency, command.reason)
        return await put_request(unit, request)

    async def replay(made: UUID) -> RegisterRequest:
        return await requests.request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    saw_requests(unit, outcome.value)
    unit.record(owners=[command.agency])
    return outcome


async def _provide(unit: UnitOfWork, command: Appointment, policy: FetchPolicy) -> None:
    system = command.system
    if system is None:
        return
    wanted = RegisterClient(system.id, system.name, system.keys, sorted(FIRST_SCOPES))
    client = register_client(wanted, command.agency, unit.now)
    check_key_material(client.keys, policy)
    await RegisterRepository(unit).provide_client(client)
    unit.record(records=[f"client:{client.id}:{client.version}"])


@use_case(permission=Permission.REGISTER_AGENCIES, audits=AuditAction.HUMAN_STANDING_CHANGED)
async def put_human_standing(
    unit: UnitOfWork, user: UserId, standing: Standing, reason: str, once: Once
) -> Made[HumanStanding]:
    """Suspend a human in every agency at once, by any one of their accounts, or lift that.

    Raises:
        DomainError: `not-found`, `content-invalid`, `needs-another-person` or `access-denied`.
    """
    register = RegisterRepository(unit)
    await register.require_board()

    async def make() -> HumanStanding:
        check_reason(reason)
        account = await register.account(user)
        if account is not None and unit.principal.is_one_with(user, account.human):
            raise DomainError("needs-another-person")
        concerned = await register.set_human(user, suspended=standing is Standing.SUSPENDED)
        act = Change(Thing.USER, str(user), 0, f"{standing.value}-everywhere", {}, reason)
        await ChangeLog(unit).note(act)
        unit.record(owners=concerned)
        return HumanStanding(user, standing)

    async def replay(_made: UUID) -> HumanStanding:
        return HumanStanding(user, standing)

    outcome = await at_most_once(unit, once, make, lambda _: Resource(user, 1), replay)
    unit.record(records=[f"user:{user}"], fields=["register.human-standing"])
    return outcome
