"""The examples of requests for information can be sent as they are, and the answers look as shown.

One story between a council and the police. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
from typing import Any

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from services.core.settings import Settings
from tests.contract.telling import FILE, UUID, WRITE_AGAIN, like
from tests.factories.flags import registered
from tests.factories.sharing import ASKER, HOLDER, PURPOSE
from tests.fixtures.service import Service

COUNCIL, POLICE = (ASKER, "practitioner", PURPOSE), (HOLDER, "safeguarding-lead", PURPOSE)
STORY = [
    ("askForInformation", COUNCIL), ("readInformationRequest", COUNCIL),
    ("acknowledgeInformationRequest", (HOLDER, "mash-duty", PURPOSE)),
    ("askClarification", POLICE), ("clarifyInformationRequest", COUNCIL), ("matchInformationRequest", POLICE),
    ("noteOnInformationRequest", POLICE), ("answerInformationRequest", POLICE), ("readDisclosure", COUNCIL),
    ("acknowledgeDisclosure", COUNCIL), ("correctDisclosure", POLICE), ("withdrawDisclosure", POLICE),
    ("askForInformation", COUNCIL), ("refuseInformationRequest", POLICE),
    ("escalateInformationRequest", (ASKER, "safeguarding-lead", PURPOSE)),
    ("askForInformation", COUNCIL), ("withdrawInformationRequest", COUNCIL),
    ("decideNotToShare", COUNCIL), ("answerNotSharing", (ASKER, "line-manager", "supervision")),
]  # fmt: skip
UNTOLD = {"listInformationRequests", "listDisclosures", "listNotSharing"}
"""They list what other tests did as well."""
NAMES = {
    "askForInformation": ("id", str(EXAMPLES["readInformationRequest"].parameters["request_id"])),
    "answerInformationRequest": ("disclosureId", str(EXAMPLES["readDisclosure"].parameters["disclosure_id"])),
    "decideNotToShare": ("id", str(EXAMPLES["answerNotSharing"].parameters["decision_id"])),
}
"""After which operation a new id is known: its field, and the id that stands for it in the examples."""


class Teller:
    """Tells the story: remembers which id of an example stands for which real one, and how each thing now stands."""

    def __init__(self, service: Service, real: dict[str, str], names: dict[str, tuple[str, str]]) -> None:
        self.service, self.names = service, names
        self.routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}
        self.real = real
        self.versions: dict[str, int] = {}

    def now_real(self, text: str) -> str:
        return UUID.sub(lambda found: self.real.get(found.group(0), found.group(0)), text)

    async def tell(self, name: str, who: tuple[str, str, str]) -> Any:
        route, example = self.routes[name], EXAMPLES[name]
        path = self.now_real(route.path.format(**{key: str(value) for key, value in example.parameters.items()}))
        headers = self.service.creating(*who)
        version = next((self.versions[part] for part in path.split("/") if part in self.versions), 1)
        headers["If-Match"] = f'"v{version}"'
        body = None if example.request is None else json.loads(self.now_real(json.dumps(example.request)))
        (method,) = route.methods or {"GET"}
        answer = await self.service.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        told = answer.json()
        if "version" in told:
            self.versions[told.get("id") or told["personId"]] = told["version"]
        if name in self.names:
            field, shown = self.names[name]
            self.real[shown] = told[field]
        back = {value: key for key, value in self.real.items()}
        return json.loads(UUID.sub(lambda found: back.get(found.group(0), found.group(0)), answer.text))


def shown_persons() -> tuple[str, str]:
    asks, matches = EXAMPLES["askForInformation"].request, EXAMPLES["matchInformationRequest"].request
    assert isinstance(asks, dict)
    assert isinstance(matches, dict)
    return asks["personId"], matches["personId"]


async def test_the_story_of_a_request_can_be_told(service: Service) -> None:
    ours, theirs = shown_persons()
    teller = Teller(service, {ours: await registered(service, ASKER), theirs: await registered(service, HOLDER)}, NAMES)
    wrong: dict[str, Any] = {}
    for name, who in STORY:
        real = await teller.tell(name, who)
        if not like(EXAMPLES[name].response, real):
            wrong[name] = real
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"
