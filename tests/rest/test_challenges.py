"""The person, or whoever may speak for them, contests a flag: shown to every holder, in time, to an outcome told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories.flags import active, contest, in_days, registered, step
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.test_visit_sheets import shift

OWNER, HOLDER = "gwent-police", "abuhb"
AUTHORITY = {
    "authority": "lasting-power-of-attorney",
    "how": "The register's code was looked up.",
    "checkedOn": in_days(0),
}


async def shared(service: Service) -> tuple[dict[str, Any], str]:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    theirs = await registered(service, HOLDER, **same)
    return await active(service, OWNER, content=same), theirs


async def standing(service: Service, flag: dict[str, Any]) -> dict[str, Any]:
    answer = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers(OWNER, "line-manager"))
    return dict(answer.json())


async def test_contested_is_shown_to_every_holder_wherever_they_look(service: Service) -> None:
    flag, theirs = await shared(service)
    contested = await step(service, flag, "challenges", contest(), role="dpo-ig")
    assert contested.json()["badges"] == ["contested"]
    headers = service.headers(HOLDER, "practitioner")
    checked = await service.http.post("/v1/flag-checks", json={"entries": [{"personId": theirs}]}, headers=headers)
    read = await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)
    listed = await service.http.get(f"/v1/persons/{theirs}/flags", headers=headers)
    query = "query($id: UUID!) { personSummary(id: $id) { flags(first: 5) { badges } } }"
    asked = await service.http.post("/graphql", json={"query": query, "variables": {"id": theirs}}, headers=headers)
    shown = [
        checked.json()["entries"][0]["warnings"][0]["badges"],
        read.json()["badges"],
        listed.json()["shared"][0]["badges"],
        asked.json()["data"]["personSummary"]["flags"][0]["badges"],
        (await standing(service, flag))["badges"],
    ]
    assert shown == [["contested"]] * 5
    sheet = await service.http.post(
        "/v1/visit-sheets",
        json={"entries": [{"personId": theirs}], "shift": shift()},
        headers=service.creating(HOLDER, "practitioner"),
    )
    assert sheet.is_success, sheet.text
    assert "contested" in sheet.text.lower()


async def test_a_representative_is_heard_once_their_authority_is_checked(service: Service) -> None:
    flag = await active(service, OWNER)
    bare = contest(challenger="representative")
    refused = await step(service, flag, "challenges", bare)
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/authority", "required")]
    assert (await standing(service, flag))["challenges"] == []
    made = await step(service, flag, "challenges", bare | {"authority": AUTHORITY})
    assert made.status_code == 200, made.text
    (challenge,) = (await standing(service, flag))["challenges"]
    assert challenge["authority"].items() >= AUTHORITY.items()
    assert challenge["authority"]["checkedBy"] == challenge["raised"]["user"]
    assert (challenge["receivedOn"], challenge["channel"]) == (in_days(0), "telephone")


async def test_it_is_acknowledged_answered_by_another_and_the_outcome_told(service: Service) -> None:
    flag = await active(service, OWNER)
    made = (await step(service, flag, "challenges", contest())).json()
    told = {"message": "acknowledgement", "on": in_days(0), "how": "By telephone"}
    known = await step(service, made, "challenges/messages", told, role="dpo-ig")
    assert (known.status_code, known.json()["badges"]) == (200, ["contested"])
    answer = {"outcome": "upheld", "reason": "The hospital confirms that he was there."}
    self_heard = await step(service, known.json(), "challenges/answer", answer)
    assert (self_heard.status_code, self_heard.json()["code"]) == (403, "appeal-needs-another")
    answered = await step(service, known.json(), "challenges/answer", answer, number=2)
    assert answered.json()["state"] == "removed"
    outcome = {"message": "outcome", "on": in_days(0), "how": "By letter to the agreed address"}
    unchecked = await step(service, answered.json(), "challenges/messages", outcome)
    assert [each["pointer"] for each in unchecked.json()["errors"]] == ["/routeChecked"]
    done = await step(service, answered.json(), "challenges/messages", outcome | {"routeChecked": True})
    assert (done.status_code, done.json()["state"]) == (200, "removed")
    (challenge,) = (await standing(service, flag))["challenges"]
    assert (challenge["acknowledged"]["how"], challenge["outcomeTold"]["on"]) == ("By telephone", in_days(0))
    again = await step(service, done.json(), "challenges/messages", outcome | {"routeChecked": True})
    assert (again.status_code, again.json()["code"]) == (409, "flag-state-conflict")


async def test_what_is_owed_to_the_challenger_stands_in_the_list_until_it_is_done(service: Service) -> None:
    flag = await active(service, OWNER)
    made = (await step(service, flag, "challenges", contest())).json()
    assert await owed(service, flag) >= {"acknowledge-challenge", "answer-challenge"}
    service.clock.offset = timedelta(days=33)
    assert await owed(service, flag, overdue=True) >= {"acknowledge-challenge", "answer-challenge"}
    answer = {"outcome": "not-upheld", "reason": "Two witnesses named him."}
    answered = await step(service, made, "challenges/answer", answer, number=2)
    assert "tell-outcome" in await owed(service, flag)
    outcome = {"message": "outcome", "on": in_days(33), "how": "By letter", "routeChecked": True}
    await step(service, answered.json(), "challenges/messages", outcome)
    assert not {"tell-outcome", "answer-challenge"} & await owed(service, flag)


async def owed(service: Service, flag: dict[str, Any], *, overdue: bool = False) -> set[str]:
    headers = service.headers(OWNER, "flag-decision-maker", "flag-governance")
    found: set[str] = set()
    path: str | None = "/v1/flag-duties?limit=200"
    while path is not None:
        page = await service.http.get(path, headers=headers)
        for each in page.json()["flags"]:
            if each["id"] == flag["id"]:
                found |= {duty["kind"] for duty in each["duties"] if duty["isOverdue"] or not overdue}
        path = page.links.get("next", {}).get("url")
    return found


@pytest.mark.parametrize("agency", ["abuhb", "wast"])
async def test_partners_can_neither_contest_nor_tell(service: Service, agency: str) -> None:
    flag, _ = await shared(service)
    before = await standing(service, flag)
    for path, body in (
        ("challenges", contest()),
        ("challenges/messages", {"message": "outcome", "on": in_days(0), "how": "x"}),
    ):
        headers = service.creating(agency, "flag-decision-maker", "flag-governance") | {"If-Match": '"v2"'}
        refused = await service.http.post(f"/v1/flags/{flag['id']}/{path}", json=body, headers=headers)
        assert refused.status_code == 404
    assert await standing(service, flag) == before
