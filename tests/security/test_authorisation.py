"""Who may do what, asked at the API: every operation by every role, for every purpose, from every relation.

The oracle is the table in `domain/access.py`, which the access matrix prints; row by row the service must agree
with it, and a refusal must stand on the trail and change nothing.
"""

import json
import uuid
from typing import Any

import pytest

from api.openapi import permission_of
from domain.access import PURPOSES, Purpose, Role, roles_with
from tests.factories.flags import active, registered
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_bad_input_everywhere import GUARDED, ask, headers, home_of
from tests.security.scenes import is_denied

OPERATIONS = sorted(GUARDED)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_exactly_the_roles_of_the_table_may(service: Service, name: str) -> None:
    permission = permission_of(GUARDED[name])
    assert permission is not None
    purpose = min(PURPOSES[permission]).value
    before = await rows(service)
    for role in Role:
        if role in roles_with(permission):
            continue
        request = str(uuid.uuid4())
        asked = headers(service, name, **{"x-request-id": request})
        asked |= {key.lower(): value for key, value in service.headers(home_of(name), role.value, purpose).items()}
        answer = await ask(service, name, asked)
        assert is_denied(answer), (name, role, answer.status_code, answer.text[:300])
        event = (await service.events(request=request))[-1]
        assert event["outcome"] == "denied", (name, role)
        assert event["subjects"] == []
    assert await rows(service) == before
    for role in roles_with(permission):
        asked = headers(service, name)
        asked |= {key.lower(): value for key, value in service.headers(home_of(name), role.value, purpose).items()}
        answer = await ask(service, name, asked)
        assert not is_denied(answer), (name, role, answer.text[:300])


@pytest.mark.parametrize("name", OPERATIONS)
async def test_exactly_the_purposes_of_the_table_serve(service: Service, name: str) -> None:
    permission = permission_of(GUARDED[name])
    assert permission is not None
    before = await rows(service)
    for purpose in set(Purpose) - PURPOSES[permission]:
        answer = await ask(service, name, headers(service, name, **{"purpose-of-use": purpose.value}))
        assert is_denied(answer, "purpose-not-permitted"), (name, purpose, answer.status_code, answer.text[:300])
    assert await rows(service) == before
    for purpose in PURPOSES[permission]:
        answer = await ask(service, name, headers(service, name, **{"purpose-of-use": purpose.value}))
        assert not is_denied(answer, "purpose-not-permitted"), (name, purpose, answer.text[:300])


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_suspended_agency_gets_nothing_and_nobody_without_a_token_gets_in(service: Service, name: str) -> None:
    admin = await service.database.as_admin()
    try:
        await admin.execute("UPDATE rhannu.agencies SET suspended_at = now() WHERE code = $1", home_of(name))
        assert is_denied(await ask(service, name, headers(service, name)))
    finally:
        await admin.execute("UPDATE rhannu.agencies SET suspended_at = NULL WHERE code = $1", home_of(name))
        await admin.close()
    bare = await ask(service, name, headers(service, name, authorization=None))
    assert (bare.status_code, bare.json()["code"]) == (401, "token-invalid")
    other = headers(service, name, **{"acting-for-agency": "abuhb"})
    assert is_denied(await ask(service, name, other))


async def _hidden(
    service: Service, agency: str, method: str, path: str, body: dict[str, Any] | None
) -> tuple[int, str]:
    role = "flag-decision-maker" if "/flags/" in path and method == "POST" else "practitioner"
    purpose = "flag-governance"
    asked = service.creating(agency, role, purpose) | {"If-Match": '"v1"', "X-Request-ID": "same"}
    answer = await service.http.request(method, path, json=body, headers=asked)
    return answer.status_code, json.dumps(answer.json(), sort_keys=True)


async def test_an_unrelated_agency_cannot_tell_what_is_hidden_from_what_is_not_there(service: Service) -> None:
    person = await registered(service, "gwent-police")
    flag = (await active(service, "gwent-police", terms={
        "controls": ["joint"], "sentence": {"en": "Go in pairs."}, "retentionClass": "threat", "lawfulBasis": ["6-1-e"],
        "gateways": ["SSWBA-162"], "recipients": {"agencies": ["wast"]},
    }))["id"]  # fmt: skip
    reason = {"reason": "Because."}
    asked: list[tuple[str, str, str, dict[str, Any] | None]] = [
        ("GET", "/v1/persons/{}", person, None),
        ("GET", "/v1/persons/{}/flags", person, None),
        ("PATCH", "/v1/persons/{}", person, {"names": [{"family": "X", "given": ["Y"]}], **reason}),
        ("GET", "/v1/flags/{}", flag, None),
        ("POST", "/v1/flags/{}/removal", flag, reason),
        ("POST", "/v1/flags/{}/corrections", flag, {"kind": "wrong-person", **reason}),
    ]
    for method, path, identifier, body in asked:
        hidden = await _hidden(service, "pobl", method, path.format(identifier), body)
        absent = await _hidden(service, "pobl", method, path.format(uuid.uuid4()), body)
        assert hidden == absent, (method, path)
        assert hidden[0] == 404, (method, path, hidden)
