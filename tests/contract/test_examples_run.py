"""The examples of the OpenAPI document can be sent as they are, and the answers look as shown.

One story from registration to the end of a flag. Ids, times and days differ in every run; everything else
must be what the document says. `RHANNU_WRITE_EXAMPLES=1` writes the answers anew.
"""

import json
import os
import re
import uuid
from typing import Any

import pytest

from api.app import create_app
from api.examples import EXAMPLES
from api.openapi import routes_of
from services.core.settings import Settings
from tests.contract.telling import DAY, FILE, UUID, WRITE_AGAIN, like
from tests.contract.test_break_glass_examples import STORY as BREAK_GLASS
from tests.contract.test_oversight_examples import STORY as OVERSIGHT
from tests.contract.test_oversight_examples import UNTOLD as OVERSIGHT_UNTOLD
from tests.contract.test_protocol_examples import STORY as PROTOCOLS
from tests.contract.test_register_examples import STORY as REGISTER
from tests.contract.test_register_examples import UNTOLD as REGISTER_UNTOLD
from tests.contract.test_restraint_examples import STORY as RESTRAINT
from tests.contract.test_sharing_examples import STORY as SHARING
from tests.contract.test_sharing_examples import UNTOLD as SHARING_UNTOLD
from tests.factories.flags import in_days
from tests.fixtures.service import Service
from tests.rest.test_bad_input_everywhere import sent

AGENCY = "gwent-police"
FIELD, DECIDER = ("practitioner", "direct-care"), ("flag-decision-maker", "flag-governance")
LEAD = ("safeguarding-lead", "flag-governance")
STORY = [
    ("registerPerson", *FIELD, 1),
    ("searchPersons", *FIELD, 1),
    ("readPerson", *FIELD, 1),
    ("amendPerson", *FIELD, 1),
    ("recordRelationship", *FIELD, 1),
    ("endRelationship", *FIELD, 1),
    ("recordIncident", *FIELD, 1),
    ("readIncident", *FIELD, 1),
    ("amendIncident", *FIELD, 1),
    ("proposeFlag", *FIELD, 1),
    ("decideFlag", *DECIDER, 1),
    ("readFlag", *FIELD, 1),
    ("readFlagsOfPerson", *FIELD, 1),
    ("recordAdultContact", *FIELD, 1),
    ("reviewFlag", *DECIDER, 1),
    ("readLetterTemplates", *LEAD, 1),
    ("replaceLetterTemplates", *LEAD, 1),
    ("prepareNotice", *DECIDER, 1),
    ("readNotice", *DECIDER, 1),
    ("recordNoticeDelivery", *DECIDER, 1),
    ("contestFlag", *DECIDER, 1),
    ("tellChallenger", *DECIDER, 1),
    ("answerChallenge", *DECIDER, 2),
    ("removeFlag", *DECIDER, 2),
    ("readFlagRecipients", *DECIDER, 1),
    ("proposeFlag", *FIELD, 1),
    ("decideFlag", *DECIDER, 1),
    ("correctFlag", *DECIDER, 1),
    ("raiseMarker", "duty-manager", "emergency-response", 1),
    ("groundMarker", *FIELD, 1),
    ("listFlagDuties", *DECIDER, 1),
    ("readReservation", *LEAD, 1),
    ("reserveCategory", *LEAD, 1),
    ("beginFlagImport", *LEAD, 1),
    ("sendRegisterFile", *LEAD, 1),
    ("checkFlagImport", *LEAD, 1),
    ("approveFlagImport", *DECIDER, 1),
    ("runFlagImport", *LEAD, 1),
    ("listFlagImportRows", *DECIDER, 1),
    ("readFlagImport", *DECIDER, 1),
    ("beginFlagImport", *LEAD, 1),
    ("cancelFlagImport", *LEAD, 1),
]
"""Operation, role, purpose and number of the human, in order."""

NEAR = {"by": 14, "seenOn": 0, "receivedOn": 0, "checkedOn": 0, "on": 0}
"""Days of an example that have to lie so many days ahead of the day on which the story is told."""
NEAR_DAY = re.compile(rf'"({"|".join(NEAR)})": "{DAY.pattern}"')


class Teller:
    """Tells the story: remembers which id of an example stands for which real one, and each thing's version."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.routes = {route.operation_id: route for route in routes_of(create_app(Settings(environment="test")))}
        self.real: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def now_real(self, text: str) -> str:
        told = NEAR_DAY.sub(lambda found: f'"{found.group(1)}": "{in_days(NEAR[found.group(1)])}"', text)
        return UUID.sub(lambda found: self.real.get(found.group(0), found.group(0)), told)

    async def tell(self, name: str, role: str, purpose: str, number: int) -> Any:
        route, example = self.routes[name], EXAMPLES[name]
        path = self.now_real(route.path.format(**{k: str(v) for k, v in example.parameters.items()}))
        thing = "/".join(path.split("/")[:4])
        headers = self.service.creating(AGENCY, role, purpose, number=number)
        if thing in self.versions:
            headers["If-Match"] = self.versions[thing]
        content, media_type = sent(example.request)
        content = None if content is None else self.now_real(content.decode()).encode()
        headers |= {} if content is None else {"Content-Type": media_type}
        (method,) = route.methods
        answer = await self.service.http.request(method, path, content=content, headers=headers)
        assert answer.is_success, f"{name}: {answer.text}"
        if "etag" in answer.headers:
            self.versions[answer.headers.get("location", thing)] = answer.headers["etag"]
        shown = example.response
        if method == "POST" and answer.status_code == 201 and isinstance(shown, dict):
            self.real[shown["id"]] = answer.json()["id"]
        return answer.json()


async def register(service: Service, family: str) -> str:
    body = {"names": [{"family": family, "given": ["Gwenllian"]}], "birthDate": "1950-06-07"}
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(AGENCY, *FIELD))
    return str(made.json()["id"])


async def empty(service: Service) -> None:
    """Begin and end with nobody registered: other tests use this database, and may have sent the same examples."""
    admin = await service.database.as_admin()
    tables = ("persons", "idempotency_keys", "letter_templates", "category_reservations")
    await admin.execute(f"TRUNCATE {', '.join(f'rhannu.{table}' for table in tables)} CASCADE")
    await admin.close()


@pytest.mark.requirement("G-3.2-2")
async def test_the_story_of_the_examples_can_be_told(service: Service) -> None:
    await empty(service)
    teller = Teller(service)
    related = EXAMPLES["recordRelationship"].request
    assert isinstance(related, dict)
    teller.real[related["related"]] = await register(service, f"Chwaer{uuid.uuid4().hex[:8]}")
    wrong: dict[str, Any] = {}
    for name, role, purpose, number in STORY:
        real = await teller.tell(name, role, purpose, number)
        if not like(EXAMPLES[name].response, real):
            back = {value: key for key, value in teller.real.items()}
            wrong[name] = json.loads(UUID.sub(lambda m, b=back: b.get(m.group(0), m.group(0)), json.dumps(real)))
    await empty(service)
    if os.environ.get(WRITE_AGAIN) and wrong:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        for name, answer in wrong.items():
            kept[name]["response"] = answer
        FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert wrong == {}, f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"


def test_every_operation_of_the_story_has_its_place() -> None:
    told = {name for name, *_ in STORY}
    untold = {
        "offerCarerSupport", "corroborateFlag", "readCorroborations", "withdrawCorroboration",
        "runFlagCheck", "displayCheck", "acknowledgeCheck", "resolveCheck", "askGraphql", "queryAuditEvents",
        "exportAuditEvents", "issueToken", "readKeys", "readAuthorizationServer", "listVocabularies", "readVocabulary",
        "listDutyContacts", "isAlive", "isReady", "registerIssuer", "readIssuers", "readIssuer", "amendIssuer",
        "registerLogin", "readLogins", "endLogin", "confirmLogin", "issueVisitSheet", "readChangesSinceCheck",
        "listLinkReviews", "readLinkReview", "reviewLink",
        "listFlagImports", "listInboxNotices", "readInboxNotice", "acknowledgeInboxNotice", "listHeldFlags",
        "listProtocols", "listSharingFlows", "explainAuditEvent",
    }  # fmt: skip
    register = {name for name, _ in REGISTER if name} | REGISTER_UNTOLD
    sharing = {name for name, _ in (*SHARING, *RESTRAINT)} | SHARING_UNTOLD
    protocols = {name for name, *_ in PROTOCOLS}
    break_glass = {name for name, *_ in BREAK_GLASS}
    oversight = {name for name, *_ in OVERSIGHT} | OVERSIGHT_UNTOLD
    assert set(EXAMPLES) == told | untold | register | sharing | protocols | break_glass | oversight, (
        "tell it in a story, or say that it is not told"
    )
