"""How directories and their logins are asked for, see `scenes`: on the Board's own directory, which both roles may see."""

import uuid
from typing import Any

from tests.fixtures.service import Service, user_id
from tests.rest.test_issuers import BOARD, administrator, board, body
from tests.security.scenes import Asked, scene


async def _registered(service: Service) -> str:
    made = await service.http.post("/v1/issuers", json=body(agency=BOARD), headers=board(service))
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


def _login() -> dict[str, Any]:
    return {"userId": str(user_id(BOARD, "auditor")), "subject": str(uuid.uuid4())}


@scene("agencies.issuers.register_issuer")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/issuers", body(agency=BOARD), agency=BOARD)


@scene("agencies.issuers.read_issuers")
async def _(service: Service) -> Asked:
    await _registered(service)
    return Asked("GET", "/v1/issuers", agency=BOARD)


@scene("agencies.issuers.read_issuer")
async def _(service: Service) -> Asked:
    return Asked("GET", await _registered(service), agency=BOARD)


@scene("agencies.issuers.amend_issuer")
async def _(service: Service) -> Asked:
    terms = {name: value for name, value in body().items() if name not in {"agency", "issuer", "subjectClaim"}}
    return Asked("PATCH", await _registered(service), terms | {"reason": "A new tenant."}, 1, agency=BOARD)


@scene("agencies.issuers.add_login")
async def _(service: Service) -> Asked:
    return Asked("POST", f"{await _registered(service)}/logins", _login(), agency=BOARD)


@scene("agencies.issuers.read_logins")
async def _(service: Service) -> Asked:
    path = f"{await _registered(service)}/logins"
    await service.http.post(path, json=_login(), headers=administrator(service, BOARD))
    return Asked("GET", path, agency=BOARD)


@scene("agencies.issuers.finish_login")
async def _(service: Service) -> Asked:
    path = f"{await _registered(service)}/logins"
    made = await service.http.post(path, json=_login(), headers=administrator(service, BOARD))
    return Asked("PATCH", f"{path}/{made.json()['id']}", {"reason": "She has left."}, 1, agency=BOARD)


@scene("agencies.issuers.second_login")
async def _(service: Service) -> Asked:
    path = f"{await _registered(service)}/logins"
    login = _login() | {"userId": str(user_id(BOARD, "dpo-ig"))}
    made = await service.http.post(path, json=login, headers=administrator(service, BOARD))
    return Asked("POST", f"{path}/{made.json()['id']}/confirmation", None, 1, number=2, agency=BOARD)
