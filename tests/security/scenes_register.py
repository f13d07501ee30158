"""How the administration of the register and the review of links are asked for, see `scenes`."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from tests.factories.register import BOARD, WHY, Person, key_set, seeded
from tests.fixtures.service import Service
from tests.rest.test_link_reviews import linked, review_of
from tests.security.scenes import AGENCY, SCENES, Asked, scene

SUSPENDED = {"standing": "suspended", **WHY}
NEIGHBOUR = "abuhb"


def _administrator(service: Service) -> Person:
    return seeded(service, AGENCY, "agency-administrator")


async def _agency(service: Service) -> str:
    body = _new_agency()
    await seeded(service, BOARD, "board-administrator").does("/v1/agencies", body)
    return str(body["code"])


def _new_agency() -> dict[str, Any]:
    name = {"en": "Scene Homes", "cy": "Cartrefi Golygfa"}
    return {"code": f"scene-{uuid.uuid4().hex[:8]}", "name": name, "type": "housing", "dutyPhone": "01632 960123"}


async def _user(service: Service) -> str:
    made = await _administrator(service).does("/v1/users", {"displayName": "Golygfa Test"})
    return f"/v1/users/{made['id']}"


async def _role(service: Service, role: str = "practitioner") -> dict[str, Any]:
    user = (await _user(service)).rpartition("/")[2]
    return await _administrator(service).does("/v1/role-assignments", {"userId": user, "role": role, **WHY})


def _new_client() -> dict[str, Any]:
    return {"id": f"scene-{uuid.uuid4().hex[:8]}", "name": "A system", "keySet": key_set(), "scopes": ["check:run"]}


async def _client(service: Service) -> str:
    made = await _administrator(service).does("/v1/clients", _new_client())
    return f"/v1/clients/{made['id']}"


async def _agreement(service: Service) -> dict[str, Any]:
    asked = await _administrator(service).does(f"{await _client(service)}/acting-for", {"agency": NEIGHBOUR, **WHY})
    await seeded(service, NEIGHBOUR, "agency-administrator").confirms(asked)
    return asked


def reading(name: str, find: Callable[[Service], Awaitable[str]]) -> None:
    """Enter the scene of a use case that reads what is found at an address."""

    async def prepare(service: Service) -> Asked:
        return Asked("GET", await find(service))

    SCENES[name] = prepare


def _at(path: str) -> Callable[[Service], Awaitable[str]]:
    async def find(_service: Service) -> str:
        return path

    return find


async def _one_role(service: Service) -> str:
    return f"/v1/role-assignments/{(await _role(service))['id']}"


async def _one_request(service: Service) -> str:
    return f"/v1/register-requests/{(await _role(service, 'dpo-ig'))['id']}"


async def _agreements(service: Service) -> str:
    await _agreement(service)
    return "/v1/agreements"


async def _one_agreement(service: Service) -> str:
    return f"/v1/agreements/{(await _agreement(service))['id']}"


reading("agencies.list_agencies", _at("/v1/agencies"))
reading("agencies.read_agency", _at(f"/v1/agencies/{AGENCY}"))
reading("agencies.list_changes", _at("/v1/register-changes"))
reading("agencies.accounts.list_users", _at("/v1/users"))
reading("agencies.accounts.read_user", _user)
reading("agencies.roles.list_roles", _at("/v1/role-assignments"))
reading("agencies.roles.read_role", _one_role)
reading("agencies.roles.list_requests", _at("/v1/register-requests"))
reading("agencies.roles.read_request", _one_request)
reading("agencies.agreements.list_agreements", _agreements)
reading("agencies.agreements.read_agreement", _one_agreement)
reading("agencies.systems.list_clients", _at("/v1/clients"))
reading("agencies.systems.read_client", _client)


@scene("agencies.add_agency")
async def _(_service: Service) -> Asked:
    return Asked("POST", "/v1/agencies", _new_agency(), agency=BOARD)


@scene("agencies.amend_agency")
async def _(service: Service) -> Asked:
    body = _new_agency() | WHY
    del body["code"]
    return Asked("PATCH", f"/v1/agencies/{await _agency(service)}", body, 1, agency=BOARD)


@scene("agencies.put_agency_standing")
async def _(service: Service) -> Asked:
    return Asked("POST", f"/v1/agencies/{await _agency(service)}/standing", SUSPENDED, 1, agency=BOARD)


@scene("agencies.appoint_administrator")
async def _(service: Service) -> Asked:
    code = await _agency(service)
    system = {"id": f"{code}-desk", "name": "Register desk", "keySet": key_set()}
    body = {"displayName": "Golygfa Test", "system": system, **WHY}
    return Asked("POST", f"/v1/agencies/{code}/administrator", body, agency=BOARD)


@scene("agencies.put_human_standing")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _user(service)}/human-standing", SUSPENDED, agency=BOARD)


@scene("agencies.accounts.register_user")
async def _(_service: Service) -> Asked:
    return Asked("POST", "/v1/users", {"displayName": "Golygfa Test"})


@scene("agencies.accounts.change_user")
async def _(service: Service) -> Asked:
    return Asked("PATCH", await _user(service), {"displayName": "Golygfa Arall", **WHY}, 1)


@scene("agencies.accounts.put_user_standing")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _user(service)}/standing", SUSPENDED, 1)


@scene("agencies.accounts.record_user_departure")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _user(service)}/departure", WHY, 1)


async def _link(service: Service) -> tuple[str, dict[str, Any]]:
    first, second = await _user(service), await _user(service)
    return first, {"otherUserId": second.rpartition("/")[2], **WHY}


@scene("agencies.accounts.link_accounts")
async def _(service: Service) -> Asked:
    path, body = await _link(service)
    return Asked("POST", f"{path}/links", body)


@scene("agencies.accounts.separate_account")
async def _(service: Service) -> Asked:
    path, body = await _link(service)
    await _administrator(service).does(f"{path}/links", body)
    return Asked("POST", f"{path}/separation", WHY)


@scene("agencies.roles.give_role")
async def _(service: Service) -> Asked:
    body = {"userId": (await _user(service)).rpartition("/")[2], "role": "practitioner", **WHY}
    return Asked("POST", "/v1/role-assignments", body)


@scene("agencies.roles.take_role")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _one_role(service)}/end", WHY, 1)


@scene("agencies.roles.decide_register_request")
async def _(service: Service) -> Asked:
    # Withdrawn: that is open to both roles of the agency that asked, whereas only its own administrator confirms.
    return Asked("POST", f"{await _one_request(service)}/decision", {"outcome": "withdraw", **WHY}, 1, number=2)


@scene("agencies.agreements.name_decider")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/deciders", {"agency": await _agency(service), **WHY})


@scene("agencies.agreements.put_agreement_standing")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _one_agreement(service)}/standing", SUSPENDED, 1)


@scene("agencies.systems.add_client")
async def _(_service: Service) -> Asked:
    return Asked("POST", "/v1/clients", _new_client())


@scene("agencies.systems.amend_client")
async def _(service: Service) -> Asked:
    return Asked("PATCH", await _client(service), {"name": "Another name", "scopes": ["check:run"], **WHY}, 1)


@scene("agencies.systems.rotate_client_keys")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _client(service)}/keys", {"keySet": key_set(), **WHY}, 1)


@scene("agencies.systems.put_client_standing")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _client(service)}/standing", SUSPENDED, 1)


@scene("agencies.systems.ask_acting_for")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _client(service)}/acting-for", {"agency": NEIGHBOUR, **WHY})


async def _review(service: Service) -> str:
    _, _, record = await linked(service)
    link = await review_of(seeded(service, NEIGHBOUR, "safeguarding-lead"), record)
    assert link is not None
    return f"/v1/links/reviews/{link['id']}"


@scene("links.list_link_reviews")
async def _(service: Service) -> Asked:
    await _review(service)
    return Asked("GET", "/v1/links/reviews", agency=NEIGHBOUR)


@scene("links.read_link_review")
async def _(service: Service) -> Asked:
    return Asked("GET", await _review(service), agency=NEIGHBOUR)


@scene("links.review_record_link")
async def _(service: Service) -> Asked:
    return Asked("POST", await _review(service), {"outcome": "separate", **WHY}, 1, agency=NEIGHBOUR)
