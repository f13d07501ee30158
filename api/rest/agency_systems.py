"""An agency's systems over REST: registration, scopes, keys and suspension."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.conditions import IdempotencyKey, StepConditions, VersionToChange, etag
from api.pagination import link_next
from api.registration import FetchingPolicy
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.agencies import StandingBody
from api.schemas.agency_requests import RequestView, request_view
from api.schemas.agency_systems import (
    ActingForBody,
    ChangeClientBody,
    ClientsView,
    ClientView,
    RegisterClientBody,
    RotateKeysBody,
    client_view,
)
from api.schemas.paging import PageQuery
from domain.agency_systems import Client
from domain.ids import ClientId
from services.agencies import administration as agencies

router = guarded_router(prefix="/v1", tags=["Register"])

Id = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$", description="The system's client id.")]


def _client(client: Client, response: Response) -> ClientView:
    response.headers["ETag"] = etag(client.version)
    return client_view(client)


@router.get("/clients", operation_id="listClients", summary="List your agency's systems")
async def list_clients(unit: Unit, query: Annotated[PageQuery, Query()], response: Response) -> ClientsView:
    """List your agency's systems by id, with their scopes and the names of their keys."""
    listed = await agencies.list_clients(unit, query.after, query.limit)
    link_next(response, "/v1/clients", query, listed.next)
    return ClientsView(clients=[client_view(each) for each in listed.items], next=listed.next)


@router.post("/clients", status_code=201, operation_id="registerClient", summary="Register a system")
async def register_client(
    unit: Unit, once: IdempotencyKey, policy: FetchingPolicy, body: RegisterClientBody, response: Response
) -> ClientView:
    """Register a system with its public keys, or the address at which you publish them, and its scopes.

    A system does what its scopes and the roles of the human or team it names both allow.
    """
    made = await agencies.add_client(unit, body.command(), policy, once)
    response.headers["Location"] = f"/v1/clients/{made.value.id}"
    return _client(made.value, response)


@router.get("/clients/{client_id}", operation_id="readClient", summary="Read one of your agency's systems")
async def read_client(unit: Unit, client_id: Id, response: Response) -> ClientView:
    """Read one system of your agency; another agency's system is not found."""
    return _client(await agencies.read_client(unit, ClientId(client_id)), response)


@router.patch("/clients/{client_id}", operation_id="changeClient", summary="Change a system's name or scopes")
async def change_client(
    unit: Unit, client_id: Id, version: VersionToChange, body: ChangeClientBody, response: Response
) -> ClientView:
    """Change what people call a system, or what it may be used for from the next request on, with a reason."""
    changed = await agencies.amend_client(unit, ClientId(client_id), version, body.command())
    return _client(changed, response)


@router.post("/clients/{client_id}/keys", operation_id="rotateClientKeys", summary="Put new keys in place")
async def rotate_client_keys(
    unit: Unit,
    client_id: Id,
    conditions: StepConditions,
    policy: FetchingPolicy,
    body: RotateKeysBody,
    response: Response,
) -> ClientView:
    """Rotate a system's keys: the present ones hold beside the new until `formerUntil`, then end by themselves.

    Leave `formerUntil` out when a key has leaked: the present keys end at once.
    """
    command, read, once = body.command(), conditions.version, conditions.once
    made = await agencies.rotate_client_keys(unit, ClientId(client_id), read, command, policy, once)
    return _client(made.value, response)


@router.post("/clients/{client_id}/standing", operation_id="setClientStanding", summary="Suspend or restore a system")
async def set_client_standing(
    unit: Unit, client_id: Id, version: VersionToChange, once: IdempotencyKey, body: StandingBody, response: Response
) -> ClientView:
    """Suspend a system from its next request on, tokens it holds included, or restore it."""
    made = await agencies.put_client_standing(unit, ClientId(client_id), body.step(version, once))
    return _client(made.value, response)


@router.post(
    "/clients/{client_id}/acting-for",
    status_code=201,
    operation_id="requestActingFor",
    summary="Ask that a system may act for another agency",
)
async def request_acting_for(
    unit: Unit, client_id: Id, once: IdempotencyKey, body: ActingForBody, response: Response
) -> RequestView:
    """Ask another agency to let a system of yours act for it; its own administrator agrees or declines."""
    made = await agencies.ask_acting_for(unit, ClientId(client_id), body.code(), body.reason, once)
    response.headers["Location"] = f"/v1/register-requests/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return request_view(made.value)
