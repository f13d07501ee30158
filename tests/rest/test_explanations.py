"""Whose records an event is about may ask which rule decided, and is told of nobody else's."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Role
from domain.ids import AgencyCode, ClientId
from services.core.token_claims import SubjectType
from tests.factories.flags import active, contest, registered, step, terms
from tests.factories.numbers import nhs_number
from tests.factories.protocols import in_force
from tests.factories.protocols import step as protocol_step
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

OWNER, VIEWER = "gwent-police", "abuhb"
VISIT = "staff-safety-visit"


async def explained(service: Service, event: str, agency: str = OWNER, role: str = "dpo-ig") -> Any:
    headers = service.headers(agency, role, "audit-quality")
    return await service.http.get(f"/v1/audit/events/{event}/explanation", headers=headers)


async def checked(service: Service, viewer: str, person: str, purpose: str = VISIT, role: str = "practitioner") -> str:
    headers = service.headers(viewer, role, purpose)
    answer = await service.http.post("/v1/flag-checks", json={"entries": [{"personId": person}]}, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["checkId"])


async def warned(service: Service, owner: str, viewer: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    content = {"nhsNumber": nhs_number()}
    flag = await active(service, owner, content=content, **changes)
    return await registered(service, viewer, **content), flag


async def test_each_rule_is_named_to_the_owner_s_officer(service: Service) -> None:
    person, flag = await warned(service, OWNER, VIEWER)
    told = (await explained(service, await checked(service, VIEWER, person))).json()
    assert [(each["flagId"], each["told"], each["rule"]) for each in told["flags"]] == [
        (flag["id"], "precaution", "recipient-with-flow")
    ]
    assert told["agency"] == VIEWER
    assert told["flags"][0]["text"]["cy"]
    await step(service, flag, "challenges", contest(restrictionReason="He says he was elsewhere."))
    told = (await explained(service, await checked(service, VIEWER, person))).json()
    assert [(each["told"], each["rule"]) for each in told["flags"]] == [("exists", "restricted")]


async def test_a_recipient_left_out_and_a_protocol_that_ended_are_told_apart(service: Service) -> None:
    left_out, _ = await warned(service, OWNER, VIEWER, terms=terms(recipients={"agencies": ["newport-cc"]}))
    told = (await explained(service, await checked(service, VIEWER, left_out))).json()
    assert [(each["told"], each["rule"]) for each in told["flags"]] == [("exists", "not-a-recipient")]
    person, flag = await warned(service, "linc", "llamau")
    made = await in_force(service, ("linc", "llamau"))
    before = await checked(service, "llamau", person)
    left = await protocol_step(
        service, made, "departure", {"reason": "We merge."}, agency="llamau", role=Role.SAFEGUARDING_LEAD
    )
    assert left.status_code == 200, left.text
    after = await checked(service, "llamau", person)
    for event, expected in ((before, ("precaution", "recipient-with-flow")), (after, ("exists", "no-flow"))):
        told = (await explained(service, event, "linc")).json()
        assert [(each["flagId"], each["told"], each["rule"]) for each in told["flags"]] == [(flag["id"], *expected)]


async def test_what_is_explained_is_what_held_then_and_not_what_holds_now(service: Service) -> None:
    person, flag = await warned(service, OWNER, VIEWER)
    event = await checked(service, VIEWER, person)
    service.clock.offset = timedelta(minutes=5)
    await step(service, flag, "challenges", contest(restrictionReason="He says he was elsewhere."))
    told = (await explained(service, event)).json()
    assert [(each["version"], each["rule"]) for each in told["flags"]] == [(flag["version"], "recipient-with-flow")]


@pytest.mark.parametrize(
    ("role", "purpose", "rule"),
    [
        ("dpo-ig", "adult-safeguarding", "role-lacks-permission"),
        ("practitioner", "subject-rights", "purpose-not-permitted"),
    ],
)
async def test_a_refusal_names_the_rule_and_what_would_have_served(
    service: Service, role: str, purpose: str, rule: str
) -> None:
    person = await registered(service, VIEWER)
    request = str(uuid.uuid4())
    headers = service.headers(VIEWER, role, purpose) | {"X-Request-ID": request}
    refused = await service.http.get(f"/v1/persons/{person}", headers=headers)
    assert refused.status_code == 403
    (event,) = await service.events(request=request)
    told = (await explained(service, str(event["event"]), VIEWER)).json()
    assert told["refusal"]["rule"] == rule
    assert told["refusal"]["needs"] == ["person:read"]
    assert ("practitioner" in told["refusal"]["roles"]) or ("adult-safeguarding" in told["refusal"]["purposes"])
    assert told["flags"] == []


async def test_nobody_else_is_told_and_nothing_changes(service: Service) -> None:
    person, _ = await warned(service, OWNER, VIEWER)
    event = await checked(service, VIEWER, person)
    before = await rows(service)
    for agency, role, status in (
        ("newport-cc", "dpo-ig", 404), (OWNER, "safeguarding-lead", 403), (OWNER, "practitioner", 403),
        ("gwent-safeguarding", "auditor", 403),
    ):  # fmt: skip
        assert (await explained(service, event, agency, role)).status_code == status, (agency, role)
    assert (await explained(service, str(uuid.uuid4()))).status_code == 404
    assert await rows(service) == before
    viewers = (await explained(service, event, VIEWER)).json()
    assert viewers["flags"] == []  # the viewer's own officer is told nothing of another agency's flag


async def test_a_system_s_scope_is_not_told_as_a_lacking_role(service: Service) -> None:
    person = await registered(service, VIEWER)
    request = str(uuid.uuid4())
    narrow = service.issuer.issue(
        ClientId(f"{VIEWER}-system"),
        AgencyCode(VIEWER),
        str(user_id(VIEWER, "practitioner")),
        SubjectType.HUMAN,
        ["check:run"],
    )[0]
    headers = {"Authorization": f"Bearer {narrow}", "Purpose-Of-Use": VISIT, "X-Request-ID": request}
    refused = await service.http.get(f"/v1/persons/{person}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "access-denied")
    (event,) = await service.events(request=request)
    told = (await explained(service, str(event["event"]), VIEWER)).json()
    assert told["refusal"]["rule"] == "standing-or-scope"
