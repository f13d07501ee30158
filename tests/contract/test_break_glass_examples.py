"""The examples of break-glass can be sent as they are, and the answers look as shown.

One night of the police, and what came of it. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
import re
from typing import Any

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from services.core.settings import Settings
from tests.contract.telling import FILE, UUID, WRITE_AGAIN, like
from tests.factories.break_glass import same_person, sealed
from tests.factories.register import Partner, Person, founded
from tests.fixtures.service import Service

STORY = [
    ("openBreakGlass", "opener", "break-glass"), ("readOpenedWarnings", "opener", "break-glass"),
    ("readBreakGlassGrant", "opener", "break-glass"), ("listBreakGlassNotices", "officer", "audit-quality"),
    ("acknowledgeBreakGlassNotice", "officer", "audit-quality"), ("reviewBreakGlass", "officer", "audit-quality"),
    ("restoreBreakGlass", "officer", "audit-quality"), ("listBreakGlassGrants", "opener", "audit-quality"),
]  # fmt: skip
"""Operation, who of the agency, and for which purpose, in order."""
NAMES = {
    "openBreakGlass": ("readBreakGlassGrant", "grant_id"),
    "listBreakGlassNotices": ("acknowledgeBreakGlassNotice", "notice_id"),
}
"""After which operation a new id is known, and where the examples show the id that stands for it."""


PHONE = re.compile(r"01633 96\d{4}")


def shown_id(name: str, parameter: str) -> str:
    return str(EXAMPLES[name].parameters[parameter])


def shown(name: str, field: str) -> str:
    request = EXAMPLES[name].request
    assert isinstance(request, dict)
    return str(request[field])


class Teller:
    """Tells the story: remembers which id of an example stands for which real one."""

    def __init__(self, service: Service, partner: Partner, real: dict[str, str]) -> None:
        self.service = service
        self.partner = partner
        self.real = real
        self.routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}

    async def tell(self, name: str, by: Person, purpose: str) -> Any:
        example, route = EXAMPLES[name], self.routes[name]
        path = route.path.format(**{key: self.now_real(str(value)) for key, value in example.parameters.items()})
        (method,) = route.methods or {"GET"}
        body = json.loads(self.now_real(json.dumps(example.request)))
        headers = by.headers(purpose, version=1)
        answer = await self.service.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        if name in NAMES:
            told = answer.json()
            self.real[shown_id(*NAMES[name])] = told["notices"][0]["id"] if "notices" in told else told["id"]
        return self.as_shown(answer.text)

    def now_real(self, text: str) -> str:
        return UUID.sub(lambda found: self.real.get(found.group(0), found.group(0)), text)

    def as_shown(self, text: str) -> Any:
        back = {value: key for key, value in self.real.items()}
        text = UUID.sub(lambda found: back.get(found.group(0), found.group(0)), text)
        text = text.replace(self.partner.code, "gwent-police")
        return json.loads(PHONE.sub("01632 960142", text))


async def test_the_story_of_a_night_can_be_told(service: Service) -> None:
    partner, same = await founded(service), same_person()
    opener, officer = await partner.joined("duty-manager"), await partner.joined("dpo-ig")
    await sealed(service, content=same)
    body = {"names": [{"family": "Prydderch", "given": ["Ifor"]}], "birthDate": "1971-03-04", **same}
    made = await opener.post("/v1/persons", body, "adult-safeguarding")
    real = {shown("openBreakGlass", "personId"): made.json()["id"], shown("restoreBreakGlass", "userId"): opener.user}
    teller = Teller(service, partner, real)
    wrong: dict[str, Any] = {}
    for name, speaker, purpose in STORY:
        told = await teller.tell(name, officer if speaker == "officer" else opener, purpose)
        if not like(EXAMPLES[name].response, told):
            wrong[name] = told
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"
