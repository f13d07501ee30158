"""A flag's life over HTTP: proposed by one human, decided by another, contested, reviewed, withdrawn."""

import asyncio
import json
import uuid

import pytest

from tests.factories.flags import (
    active,
    assessment,
    decision,
    incident,
    proposal,
    proposed,
    recorded,
    registered,
    reviewing,
    step,
    terms,
)
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows


@pytest.mark.requirement("G-5.2-1")
async def test_a_flag_is_decided_by_another_human_and_warns_partners(service: Service) -> None:
    flag = await active(service, "gwent-police")
    assert (flag["state"], flag["version"]) == ("active", 2)
    assert flag["proposed"]["user"] != flag["decision"]["signed"]["user"]
    checked = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"personId": flag["subject"]["personId"]}]},
        headers=service.headers("gwent-police", "practitioner"),
    )
    warning = checked.json()["entries"][0]["warnings"][0]
    assert warning["sentence"]["en"] == "Visit in pairs and ring before you set out."
    assert warning["category"]["cy"]
    assert "walking stick" not in checked.text


async def test_the_proposer_never_decides_even_with_the_role(service: Service) -> None:
    admin = await service.database.as_admin()
    proposer = user_id("gwent-police", "practitioner")
    decider = user_id("gwent-police", "flag-decision-maker", 2)
    await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $2", proposer, decider)
    flag = await proposed(service, "gwent-police")
    try:
        refused = await step(service, flag, "decision", decision(), number=2)
        assert (refused.status_code, refused.json()["code"]) == (403, "proposer-cannot-decide")
    finally:
        await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $1", decider)
        await admin.close()
    read = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers("gwent-police", "practitioner"))
    assert read.json() == flag


@pytest.mark.parametrize("role", ["practitioner", "line-manager", "safeguarding-lead", "dpo-ig", "system-client"])
async def test_only_a_decision_maker_decides(service: Service, role: str) -> None:
    flag = await proposed(service, "gwent-police")
    before = await rows(service)
    refused = await step(service, flag, "decision", decision(), role=role)
    assert (refused.status_code, refused.json()["code"]) == (403, "access-denied")
    assert await rows(service) == before


async def test_an_agency_that_is_no_recipient_cannot_tell_that_a_flag_exists(service: Service) -> None:
    flag = await active(service, "gwent-police", terms=terms(recipients={"agencies": ["wast"]}))
    headers = service.headers("abuhb", "practitioner") | {"X-Request-ID": "same"}
    hidden = await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)
    absent = await service.http.get(f"/v1/flags/{uuid.uuid4()}", headers=headers)
    assert hidden.status_code == 404
    assert hidden.content == absent.content


async def test_stale_and_unconditional_steps_are_refused(service: Service) -> None:
    flag = await proposed(service, "gwent-police")
    stale = await step(service, flag, "decision", decision(), version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "version-stale")
    missing = await service.http.post(
        f"/v1/flags/{flag['id']}/decision",
        json=decision(),
        headers=service.creating("gwent-police", "flag-decision-maker", "flag-governance"),
    )
    assert (missing.status_code, missing.json()["code"]) == (428, "if-match-missing")


async def test_fifty_retries_of_one_proposal_make_one_flag(service: Service) -> None:
    body = await proposal(service, "gwent-police")
    headers = service.creating("gwent-police", "practitioner")
    answers = await asyncio.gather(*(service.http.post("/v1/flags", json=body, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_fifty_parallel_proposals_make_one_flag_and_honest_refusals(service: Service) -> None:
    body = await proposal(service, "gwent-police")
    answers = await asyncio.gather(
        *(
            service.http.post("/v1/flags", json=body, headers=service.creating("gwent-police", "practitioner"))
            for _ in range(50)
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"flag-already-live"}


async def test_a_key_that_came_with_another_body_is_refused(service: Service) -> None:
    body = await proposal(service, "gwent-police")
    headers = service.creating("gwent-police", "practitioner")
    assert (await service.http.post("/v1/flags", json=body, headers=headers)).status_code == 201
    other = await service.http.post("/v1/flags", json=body | {"reason": "Another."}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.requirement("G-1.3-2")
@pytest.mark.parametrize(
    "mild",
    [
        {"behaviourTypes": ["ambivalence"], "behaviours": [], "grade": "reluctance-resistance", "threatForm": None},
        {"behaviourTypes": ["avoidance"], "behaviours": [], "grade": "reluctance-resistance", "threatForm": None},
    ],
    ids=["ambivalence", "avoidance"],
)
async def test_ambivalence_and_avoidance_found_no_flag(service: Service, mild: dict[str, object]) -> None:
    person = await registered(service, "gwent-police")
    made = await service.http.post(
        "/v1/incidents", json=incident(person, **mild), headers=service.creating("gwent-police", "practitioner")
    )
    assert made.status_code == 201, made.text
    body = {
        "subject": {"personId": person},
        "category": "threat-violence",
        "incidents": [made.json()["id"]],
        "reason": "He is often late.",
    }
    refused = await service.http.post("/v1/flags", json=body, headers=service.creating("gwent-police", "practitioner"))
    assert refused.status_code == 422
    assert {"pointer": "/incidents", "code": "cannot-found-flag"}.items() <= refused.json()["errors"][0].items()


async def test_contested_is_shown_to_every_viewer_and_an_appeal_needs_another(service: Service) -> None:
    flag = await active(service, "gwent-police")
    contested = await step(
        service, flag, "challenges", {"challenger": "subject", "channel": "telephone", "grounds": "It was not him."}
    )
    assert contested.status_code == 200, contested.text
    checked = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"personId": flag["subject"]["personId"]}]},
        headers=service.headers("gwent-police", "practitioner"),
    )
    assert checked.json()["entries"][0]["warnings"][0]["badges"] == ["contested"]
    answer = {"outcome": "not-upheld", "reason": "Two witnesses named him."}
    same = await step(service, contested.json(), "challenges/answer", answer)
    assert (same.status_code, same.json()["code"]) == (403, "appeal-needs-another")
    other = await step(service, contested.json(), "challenges/answer", answer, number=2)
    assert other.status_code == 200, other.text
    assert other.json()["badges"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("removal", {"reason": "He has moved away for good."}),
        ("corrections", {"kind": "wrong-person", "reason": "It was his cousin."}),
        ("corrections", {"kind": "entered-in-error", "reason": "Typed under the wrong number."}),
    ],
)
async def test_a_flag_taken_back_warns_nobody_any_more(service: Service, path: str, body: dict[str, str]) -> None:
    flag = await active(service, "gwent-police")
    done = await step(service, flag, path, body)
    assert done.status_code == 200, done.text
    checked = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"personId": flag["subject"]["personId"]}]},
        headers=service.headers("gwent-police", "practitioner"),
    )
    assert checked.json()["entries"][0]["outcome"] == "no-warning-known"
    again = await step(service, done.json(), path, body)
    assert (again.status_code, again.json()["code"]) == (409, "flag-state-conflict")


async def test_a_review_reduces_and_the_holders_see_the_new_terms(service: Service) -> None:
    flag = await active(service, "gwent-police")
    kept = await step(service, flag, "reviews", reviewing())
    assert kept.status_code == 200, kept.text
    assert kept.json()["version"] == 3
    assert len(kept.json()["reviews"]) == 1


async def test_an_incident_is_amended_with_a_reason_and_keeps_its_versions(service: Service) -> None:
    person = await registered(service, "gwent-police")
    made = await recorded(service, "gwent-police", person)
    headers = service.creating("gwent-police", "practitioner") | {"If-Match": '"v1"'}
    body = incident(person, factualAccount="He raised his arm, with nothing in it.", reason="A witness corrected me.")
    amended = await service.http.post(f"/v1/incidents/{made}/amendments", json=body, headers=headers)
    assert amended.status_code == 200, amended.text
    assert amended.json()["version"] == 2
    admin = await service.database.as_admin()
    kept = await admin.fetch("SELECT content FROM rhannu.incident_versions WHERE incident_id = $1", uuid.UUID(made))
    await admin.close()
    assert any("walking stick" in json.loads(row["content"])["factual_account"] for row in kept)
    foreign = await service.http.get(f"/v1/incidents/{made}", headers=service.headers("abuhb", "practitioner"))
    assert foreign.status_code == 404


async def test_unknown_codes_and_missing_questions_are_named(service: Service) -> None:
    flag = await proposed(service, "gwent-police")
    half = assessment() | {"senseMaking": [{"question": "prepared"}]}
    wrong = decision(assessment=half, terms=terms(controls=["fly"], recipients={"agencies": ["abuhb"]}))
    refused = await step(service, flag, "decision", wrong)
    assert refused.status_code == 422
    named = {(error["pointer"], error["code"]) for error in refused.json()["errors"]}
    assert {("/terms/controls/0", "code-unknown"), ("/assessment/senseMaking", "too-few")} <= named
    assert "fly" not in refused.text


async def test_a_recipient_reads_the_precaution_and_none_of_the_story(service: Service) -> None:
    flag = await active(service, "gwent-police")
    shared = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers("abuhb", "practitioner"))
    assert shared.status_code == 200, shared.text
    assert "Visit in pairs" in shared.text
    for hidden in ("walking stick", "credible threat", "A weapon was raised", "put his mother at risk", "Colleagues"):
        assert hidden not in shared.text
    event = (await service.events(action="flag.read", agency="abuhb"))[-1]
    assert f"flag:{flag['id']}:2" in event["records"]
    assert "gwent-police" in event["owners"]
