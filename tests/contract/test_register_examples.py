"""The register's examples in the OpenAPI document can be sent as they are, and the answers look as shown.

One story, from the registration of an agency to its suspension. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
import uuid
from typing import Any

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from services.core.settings import Settings
from tests.contract.telling import FILE, UUID, WRITE_AGAIN, like
from tests.factories.register import BOARD, WHY, Person, seeded
from tests.fixtures.service import Service

CODE = "melin-homes"
STORY = [
    ("registerAgency", "board"), ("readAgency", "board"), ("changeAgency", "board"),
    ("appointAdministrator", "board"), ("readRegisterRequest", "board"), ("decideRegisterRequest", "other board"),
    ("registerUser", "first"), ("readUser", "first"), ("changeUser", "first"), ("listUsers", "first"),
    ("assignRole", "first"), ("readRole", "first"), ("listRoles", "first"), ("endRole", "first"),
    ("registerClient", "first"), ("readClient", "first"), ("changeClient", "first"), ("rotateClientKeys", "first"),
    ("listClients", "first"), ("requestActingFor", "first"), ("setClientStanding", "first"),
    ("nameDecider", "first"), ("listRegisterRequests", "first"), ("", "neighbour agrees"),
    ("readAgreement", "first"), ("listAgreements", "first"), ("setAgreementStanding", "first"),
    ("separateAccount", "first"), ("linkAccounts", "first"), ("setHumanStanding", "board"), ("", "human restored"),
    ("setUserStanding", "first"), ("recordDeparture", "first"), ("setAgencyStanding", "board"),
]  # fmt: skip
UNTOLD = {"listAgencies", "listRegisterChanges"}
"""They list what other tests did as well."""


class Teller:
    """Tells the story under another code, so that it can be told beside whatever else sent these examples."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}
        self.code = f"melin-{uuid.uuid4().hex[:8]}"
        self.real: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def now_real(self, text: str) -> str:
        return UUID.sub(lambda found: self.real.get(found.group(0), found.group(0)), text).replace(CODE, self.code)

    def as_shown(self, text: str) -> str:
        back = {value: key for key, value in self.real.items()}
        return UUID.sub(lambda found: back.get(found.group(0), found.group(0)), text).replace(self.code, CODE)

    def who(self, name: str) -> Person:
        if name in {"board", "other board"}:
            return seeded(self.service, BOARD, "board-administrator", 1 if name == "board" else 2)
        if name == "neighbour":
            return seeded(self.service, "gwent-police", "agency-administrator")
        shown = EXAMPLES["appointAdministrator"].response
        assert isinstance(shown, dict)
        return Person(self.service, self.code, self.real[shown["userId"]], f"{self.code}-desk")

    async def tell(self, name: str, who: str) -> Any:
        route, example = self.routes[name], EXAMPLES[name]
        path = self.now_real(route.path.format(**{k: str(v) for k, v in example.parameters.items()}))
        thing = "/".join(path.split("/")[:4])
        headers = self.who(who).headers()
        if thing in self.versions:
            headers["If-Match"] = self.versions[thing]
        content = None if example.request is None else self.now_real(json.dumps(example.request)).encode()
        headers |= {} if content is None else {"Content-Type": "application/json"}
        (method,) = route.methods
        answer = await self.service.http.request(method, path, content=content, headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        if "etag" in answer.headers:
            self.versions[answer.headers.get("location", thing)] = answer.headers["etag"]
        self.learn(example.response, answer.json())
        return json.loads(self.as_shown(json.dumps(answer.json())))

    def learn(self, shown: object, real: object) -> None:
        """Remember which id of an example stands for which real one."""
        if isinstance(shown, dict) and isinstance(real, dict):
            for key in shown.keys() & real.keys():
                self.learn(shown[key], real[key])
        elif isinstance(shown, str) and isinstance(real, str) and UUID.fullmatch(shown) and UUID.fullmatch(real):
            self.real.setdefault(shown, real)

    async def between(self, what: str) -> None:
        """What the examples do not show, and the story needs."""
        shown = EXAMPLES["nameDecider" if what == "neighbour agrees" else "setHumanStanding"]
        if what == "neighbour agrees":
            assert isinstance(shown.response, dict)
            await self.who("neighbour").confirms({"id": self.real[shown.response["id"]], "version": 1})
        else:
            path = self.now_real(f"/v1/users/{shown.parameters['user_id']}/human-standing")
            await self.who("board").does(path, {"standing": "active", **WHY})


async def test_the_story_of_the_register_can_be_told(service: Service) -> None:
    teller = Teller(service)
    wrong: dict[str, Any] = {}
    for name, who in STORY:
        if not name:
            await teller.between(who)
            continue
        real = await teller.tell(name, who)
        if not like(EXAMPLES[name].response, real):
            wrong[name] = real
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"
