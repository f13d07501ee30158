"""What every route for personal data has in common when it is asked wrongly, taken from the routes themselves.

A route that is added tomorrow is asked the same tomorrow.
"""

import json
import uuid
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import is_guarded, permission_of, routes_of
from domain.access import PURPOSES, Permission, roles_with
from domain.issues import ISSUES
from services.core.settings import Settings
from tests.factories.flags import in_days
from tests.fixtures.service import Service
from tests.rest.rows import rows

CANARY = "Ysguthan"
AGENCY = "gwent-police"
BOARD = "gwent-safeguarding"


@cache
def application() -> FastAPI:
    return create_app(Settings(environment="test"))


GUARDED = {str(route.operation_id): route for route in routes_of(application()) if is_guarded(route.path_format)}


def parameters(name: str) -> set[str]:
    route = GUARDED[name]
    operation = application().openapi()["paths"][route.path_format][method_of(route).lower()]
    return {each.get("$ref", "").rpartition("/")[2] or each["name"] for each in operation["parameters"]}


@cache
def query_of(name: str) -> dict[str, str]:
    """What an operation cannot be asked without in its query, as its example has it."""
    route = GUARDED[name]
    operation = application().openapi()["paths"][route.path_format][method_of(route).lower()]
    needed = [each["name"] for each in operation["parameters"] if each.get("in") == "query" and each.get("required")]
    return {each: str(EXAMPLES[name].parameters[each]) for each in needed}


def method_of(route: APIRoute) -> str:
    (method,) = route.methods or {"GET"}
    return method


def sent(request: object) -> tuple[bytes | None, str]:
    """Write the request of an example as it is sent: text is a file, anything else JSON; a day of contact is today."""
    if request is None or isinstance(request, str):
        return None if request is None else request.encode(), "text/csv"
    if isinstance(request, dict) and "contactOn" in request:
        request = {**request, "contactOn": in_days(0)}
    return json.dumps(request).encode(), "application/json"


WITH_BODY = sorted(name for name in GUARDED if isinstance(EXAMPLES[name].request, dict))
WITH_FILE = sorted(name for name in GUARDED if isinstance(EXAMPLES[name].request, str))
WITH_KEY = sorted(name for name in GUARDED if "IdempotencyKey" in parameters(name))
WITH_VERSION = sorted(name for name in GUARDED if "IfMatch" in parameters(name))
WITH_ID = sorted(name for name in GUARDED if "{" in GUARDED[name].path_format)


def home_of(name: str) -> str:
    """The agency whose people may do this: the Board's administrators do so for the Board alone."""
    return BOARD if permission_of(GUARDED[name]) is Permission.REGISTER_AGENCIES else AGENCY


def headers(service: Service, name: str, **change: str | None) -> dict[str, str]:
    """Headers by which somebody who may would be heard; a change of None leaves one out."""
    permission = permission_of(GUARDED[name])
    assert permission is not None
    role, purpose = min(roles_with(permission)), min(PURPOSES[permission])
    full: dict[str, str | None] = {**service.creating(home_of(name), role.value, purpose.value)}
    full = {key.lower(): value for key, value in full.items()}
    full |= {"content-type": sent(EXAMPLES[name].request or {})[1], "if-match": '"v1"'} | change
    return {key: value for key, value in full.items() if value is not None}


async def ask(service: Service, name: str, headers: dict[str, str], content: bytes | None = None) -> httpx.Response:
    route = GUARDED[name]
    path = route.path_format.format(**dict.fromkeys(route.param_convertors, str(uuid.uuid4())))
    content = sent(EXAMPLES[name].request)[0] if content is None else content
    return await service.http.request(
        method_of(route), path, content=content, headers=headers, params=query_of(name) or None
    )


def expect(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert CANARY not in answer.text
    return problem


@pytest.fixture
async def nothing_stored(service: Service) -> AsyncIterator[None]:
    before = await rows(service)
    yield
    assert await rows(service) == before


pytestmark = pytest.mark.usefixtures("nothing_stored")


@pytest.mark.parametrize("name", WITH_BODY + WITH_FILE)
async def test_other_media_types_are_refused(service: Service, name: str) -> None:
    expect(
        await ask(service, name, headers(service, name, **{"content-type": "text/xml"})), 415, "media-type-unsupported"
    )


@pytest.mark.parametrize("name", WITH_BODY)
@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff", b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b"[" * 33 + b"]" * 33, b'{"a":NaN}'],
    ids=["half", "not UTF-8", "surrogate", "NUL", "deep", "NaN"],
)
async def test_what_is_no_json_is_refused(service: Service, name: str, raw: bytes) -> None:
    expect(await ask(service, name, headers(service, name), raw), 400, "body-malformed")


@pytest.mark.parametrize("name", WITH_BODY + WITH_FILE)
async def test_ten_megabytes_are_refused(service: Service, name: str) -> None:
    expect(await ask(service, name, headers(service, name), b" " * 10_485_760), 413, "body-too-large")


@pytest.mark.parametrize("name", WITH_BODY)
async def test_an_unknown_field_is_named_and_its_value_is_not(service: Service, name: str) -> None:
    body = json.dumps({**as_object(name), "somethingElse": CANARY}).encode()
    problem = expect(await ask(service, name, headers(service, name), body), 422, "content-invalid")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/somethingElse", "unknown-field")]


@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_of_another_shape_is_refused(service: Service, name: str) -> None:
    for raw in (b"[]", b'"Ysguthan"', b"7", b"null", b"true"):
        problem = expect(await ask(service, name, headers(service, name), raw), 422, "content-invalid")
        assert problem["errors"][0]["code"] in {"wrong-type", "required"}


@pytest.mark.parametrize("name", WITH_BODY)
async def test_every_field_refuses_another_type_by_name(service: Service, name: str) -> None:
    for field in as_object(name):
        body = json.dumps({**as_object(name), field: {"inner": [CANARY]}}).encode()
        answer = await ask(service, name, headers(service, name), body)
        if (name, field) == ("askGraphql", "variables"):
            assert CANARY not in answer.text
            continue
        problem = expect(answer, 422, "content-invalid")
        assert any(each["pointer"].startswith(f"/{field}") for each in problem["errors"]), (field, problem)
        assert all(each["code"] in ISSUES for each in problem["errors"])


def as_object(name: str) -> dict[str, Any]:
    request = EXAMPLES[name].request
    assert isinstance(request, dict)
    return request


@pytest.mark.parametrize("name", sorted(GUARDED))
async def test_headers_that_are_missing_or_wrong_are_named(service: Service, name: str) -> None:
    wrong: list[tuple[dict[str, str | None], int, str]] = [
        ({"authorization": None}, 401, "token-invalid"),
        ({"authorization": f"Bearer {CANARY}"}, 401, "token-invalid"),
        ({"purpose-of-use": None}, 400, "purpose-missing"),
        ({"purpose-of-use": CANARY}, 400, "purpose-unknown"),
        ({"acting-for-agency": "abuhb"}, 403, "access-denied"),
    ]
    for change, status, code in wrong:
        answer = await ask(service, name, headers(service, name, **change))
        if name == "askGraphql" and code == "access-denied":
            assert answer.json()["errors"][0]["extensions"]["code"] == code
        else:
            expect(answer, status, code)


@pytest.mark.parametrize("name", WITH_KEY)
async def test_a_key_is_needed(service: Service, name: str) -> None:
    answer = await ask(service, name, headers(service, name, **{"idempotency-key": None}))
    expect(answer, 400, "idempotency-key-missing")


@pytest.mark.parametrize("name", WITH_VERSION)
async def test_a_version_is_needed(service: Service, name: str) -> None:
    expect(await ask(service, name, headers(service, name, **{"if-match": None})), 428, "if-match-missing")
    expect(await ask(service, name, headers(service, name, **{"if-match": f'"{CANARY}"'})), 412, "version-stale")


@pytest.mark.parametrize("name", WITH_ID)
async def test_what_does_not_exist_is_not_found_and_leaves_no_key_behind(service: Service, name: str) -> None:
    expect(await ask(service, name, headers(service, name)), 404, "not-found")


@pytest.mark.parametrize("name", WITH_ID)
async def test_an_id_that_is_none_is_a_wrong_parameter(service: Service, name: str) -> None:
    route = GUARDED[name]
    path = route.path_format.format(**dict.fromkeys(route.param_convertors, CANARY))
    content = sent(EXAMPLES[name].request)[0]
    answer = await service.http.request(method_of(route), path, content=content, headers=headers(service, name))
    assert expect(answer, 400, "parameter-invalid")["errors"][0]["code"] == "pattern"
