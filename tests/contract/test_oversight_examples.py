"""The examples of declared conflicts and access alerts can be sent as they are, and the answers look as shown.

`RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from services.core.settings import Settings
from tests.contract.telling import FILE, UUID, WRITE_AGAIN, like
from tests.factories.alerts import forget_alerts, raised
from tests.factories.flags import registered
from tests.fixtures.service import Service, user_id

AGENCY = "gwent-police"
STORY = [
    ("declareConflict", "practitioner", "direct-care", 1),
    ("endConflict", "dpo-ig", "audit-quality", 1),
    ("readAccessAlert", "dpo-ig", "audit-quality", 1),
    ("reviewAccessAlert", "dpo-ig", "audit-quality", 1),
    ("readAccessBudgets", "dpo-ig", "audit-quality", 1),
    ("replaceAccessBudgets", "dpo-ig", "audit-quality", 1),
]
UNTOLD = {"listConflicts", "listAccessAlerts"}
"""They list what the story shows one by one."""


@pytest.fixture(autouse=True)
async def _nothing_left(service: Service) -> AsyncIterator[None]:
    await forget_alerts(service)
    yield
    await forget_alerts(service)


async def test_the_story_of_oversight_can_be_told(service: Service) -> None:
    routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}
    person = EXAMPLES["declareConflict"].request
    assert isinstance(person, dict)
    real = {
        person["personId"]: await registered(service, AGENCY),
        str(EXAMPLES["readAccessAlert"].parameters["alert_id"]): await raised(service, AGENCY),
    }
    shown_users = {"user": "c1b8e0f4-7a3d-4c2b-9d55-2e6f8a1b3c90"}
    real[shown_users["user"]] = str(user_id(AGENCY, "practitioner"))
    wrong: dict[str, Any] = {}
    for name, role, purpose, number in STORY:
        example, route = EXAMPLES[name], routes[name]
        path = route.path.format(**{key: str(value) for key, value in example.parameters.items()})
        path = UUID.sub(lambda found: real.get(found.group(0), found.group(0)), path)
        body = UUID.sub(lambda found: real.get(found.group(0), found.group(0)), json.dumps(example.request))
        headers = service.creating(AGENCY, role, purpose, number=number) | {"If-Match": '"v1"'}
        (method,) = route.methods or {"GET"}
        answer = await service.http.request(method, path, json=json.loads(body), headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        if name == "declareConflict":
            real[str(EXAMPLES["endConflict"].parameters["declaration_id"])] = answer.json()["id"]
        back = {value: key for key, value in real.items()}
        told = json.loads(UUID.sub(lambda found, back=back: back.get(found.group(0), found.group(0)), answer.text))
        if not like(example.response, told):
            wrong[name] = told
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"
