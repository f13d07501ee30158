"""What an agency's administrators do with its systems: registration, scopes, keys, and for whom they may act."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from domain.access import Permission
from domain.agency_changes import Change, Thing
from domain.agency_requests import Asking, RegisterRequest, ask_to_act_for
from domain.agency_systems import (
    ChangeClient,
    Client,
    RegisterClient,
    RotateKeys,
    change_client,
    register_client,
    rotate_keys,
    set_client_standing,
)
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import AgencyCode, ClientId, RequestId
from domain.paging import Listed
from services.agencies.changes import ChangeLog
from services.agencies.client_repository import ClientRepository
from services.agencies.key_sets import check_key_material
from services.agencies.known import unknown_agencies
from services.agencies.request_repository import RequestRepository
from services.agencies.steps import Step, put_request
from services.agencies.trail import content_of_client, saw_clients, saw_requests
from services.agencies.use_cases import resource_of_code
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.key_sources import FetchPolicy
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_clients(unit: UnitOfWork, after: str | None, limit: int) -> Listed[Client]:
    """List the agency's systems by id."""
    listed = await ClientRepository(unit).clients(after, limit)
    saw_clients(unit, *listed.items)
    return listed


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_client(unit: UnitOfWork, client_id: ClientId) -> Client:
    """Read one of the agency's systems.

    Raises:
        DomainError: `not-found`, for another agency's system as for none.
    """
    client = await ClientRepository(unit).client(client_id)
    saw_clients(unit, client)
    return client


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.CLIENT_REGISTERED)
async def add_client(unit: UnitOfWork, command: RegisterClient, policy: FetchPolicy, once: Once) -> Made[Client]:
    """Register a system of the agency, with its public keys or the address where they are published.

    Raises:
        DomainError: `content-invalid`, `code-taken` or `idempotency-key-reused`.
    """

    async def make() -> Client:
        client = register_client(command, unit.principal.agency, unit.now)
        check_key_material(client.keys, policy)
        await ClientRepository(unit).add_client(client)
        await _note(unit, client, "registered", None)
        return client

    return await _once(unit, ClientId(command.id), once, make)


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.CLIENT_CHANGED)
async def amend_client(unit: UnitOfWork, client_id: ClientId, read_version: int, command: ChangeClient) -> Client:
    """Change what people call a system or what it may be used for, with a reason.

    Raises:
        DomainError: `not-found`, `version-stale` or `content-invalid`.
    """
    client = await _read(unit, client_id, read_version)
    changed = await _replace(unit, change_client(client, command), "changed", command.reason)
    saw_clients(unit, changed)
    return changed


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.CLIENT_KEYS_CHANGED)
async def rotate_client_keys(
    unit: UnitOfWork, client_id: ClientId, read_version: int, command: RotateKeys, policy: FetchPolicy, once: Once
) -> Made[Client]:
    """Put new keys in place; the present ones hold beside them until the moment given, or end at once.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `idempotency-key-reused`.
    """

    async def make() -> Client:
        client = await _read(unit, client_id, read_version)
        rotated = rotate_keys(client, command, unit.now)
        check_key_material(rotated.keys, policy)
        return await _replace(unit, rotated, "keys-rotated", command.reason)

    return await _once(unit, client_id, once, make)


@use_case(permission=Permission.REGISTER_SUSPEND, audits=AuditAction.CLIENT_STANDING_CHANGED)
async def put_client_standing(unit: UnitOfWork, client_id: ClientId, step: Step) -> Made[Client]:
    """Suspend a system or restore it; it acts on its next request, and it gets no new token.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `register-state-conflict`.
    """

    async def make() -> Client:
        client = await _read(unit, client_id, step.read_version)
        changed = set_client_standing(client, step.standing, step.reason, unit.now)
        return await _replace(unit, changed, step.standing.value, step.reason)

    return await _once(unit, client_id, step.once, make)


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.ACTING_FOR_PROPOSED)
async def ask_acting_for(
    unit: UnitOfWork, client_id: ClientId, agency: AgencyCode, reason: str, once: Once
) -> Made[RegisterRequest]:
    """Ask that a system of the agency may act for another, whose own administrator must agree.

    Raises:
        DomainError: `not-found`, `content-invalid`, `register-state-conflict` or `idempotency-key-reused`.
    """

    async def make() -> RegisterRequest:
        client = await ClientRepository(unit).client(client_id)
        if await unknown_agencies(unit, [agency]):
            raise invalid(("/agency", "code-unknown"))
        if agency in client.acting_for:
            raise DomainError("register-state-conflict")
        asking = Asking(RequestId(uuid4()), unit.principal, unit.now)
        return await put_request(unit, ask_to_act_for(asking, client.id, agency, reason))

    async def replay(made: UUID) -> RegisterRequest:
        return await RequestRepository(unit).request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    saw_requests(unit, outcome.value)
    return outcome


async def _read(unit: UnitOfWork, client_id: ClientId, read_version: int) -> Client:
    client = await ClientRepository(unit).client(client_id, lock=True)
    if client.version != read_version:
        raise DomainError("version-stale")
    return client


async def _replace(unit: UnitOfWork, client: Client, change: str, reason: str) -> Client:
    await ClientRepository(unit).replace_client(client)
    await _note(unit, client, change, reason)
    return client


async def _note(unit: UnitOfWork, client: Client, change: str, reason: str | None) -> None:
    act = Change(Thing.CLIENT, client.id, client.version, change, content_of_client(client), reason)
    await ChangeLog(unit).note(act)


async def _once(
    unit: UnitOfWork, client_id: ClientId, once: Once, make: Callable[[], Awaitable[Client]]
) -> Made[Client]:
    async def replay(_made: UUID) -> Client:
        return await ClientRepository(unit).client(client_id)

    outcome = await at_most_once(unit, once, make, lambda made: resource_of_code(made.id, made.version), replay)
    saw_clients(unit, outcome.value)
    return outcome
