"""A link that a rule made is listed, reviewed by a person, and can be undone and made again (Settled: person model)."""

import uuid
from random import Random
from typing import Any

import pytest

from tests.factories.flags import active
from tests.factories.numbers import nhs_number
from tests.factories.register import Person, seeded
from tests.fixtures.service import Service

PURPOSE = "adult-safeguarding"
REASON = {"reason": "Two people of one name; the hospital typed the wrong number."}


def somebody() -> dict[str, Any]:
    number = nhs_number(Random(uuid.uuid4().int))
    return {
        "names": [{"family": f"Dolen{uuid.uuid4().hex[:8]}", "given": ["Mari"]}],
        "birthDate": "1950-02-03",
        "nhsNumber": number,
    }


async def register(service: Service, agency: str, body: dict[str, Any]) -> str:
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def review_of(lead: Person, person: str) -> dict[str, Any] | None:
    for state in ("unreviewed", "confirmed", "separated"):
        after: dict[str, str] = {}
        while True:
            page = (await lead.get("/v1/links/reviews", PURPOSE, state=state, limit=200, **after)).json()
            found = [each for each in page["reviews"] if each["personId"] == person]
            if found:
                return dict(found[-1])
            if page["next"] is None:
                break
            after = {"after": page["next"]}
    return None


async def outcome_for(service: Service, agency: str, entry: dict[str, Any]) -> str:
    answer = await service.http.post(
        "/v1/flag-checks", json={"entries": [entry]}, headers=service.headers(agency, "practitioner")
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["entries"][0]["outcome"])


@pytest.fixture
def lead(service: Service) -> Person:
    return seeded(service, "abuhb", "safeguarding-lead")


async def linked(service: Service, *, flagged: bool = False) -> tuple[dict[str, Any], str, str]:
    """One person known to the police and to the health board: the body, and both records."""
    body = somebody()
    if flagged:
        flag = await active(service, "gwent-police", content=body)
        police = flag["subject"]["personId"]
    else:
        police = await register(service, "gwent-police", body)
    return body, police, await register(service, "abuhb", body)


async def test_a_link_is_listed_for_the_record_it_moved_and_for_nobody_else(service: Service, lead: Person) -> None:
    _, police, health = await linked(service)
    link = await review_of(lead, health)
    assert link is not None
    assert (link["rule"], link["state"], link["version"]) == ("nhs-number-and-birth-date", "unreviewed", 1)
    assert police not in str(link), "whose other record it is, is not told"
    neighbour = seeded(service, "gwent-police", "safeguarding-lead")
    assert await review_of(neighbour, health) is None
    assert (await neighbour.get(f"/v1/links/reviews/{link['id']}", PURPOSE)).status_code == 404
    hidden = await neighbour.post(
        f"/v1/links/reviews/{link['id']}", {"outcome": "separate", **REASON}, PURPOSE, version=1
    )
    assert hidden.status_code == 404
    read = await lead.get(f"/v1/links/reviews/{link['id']}", PURPOSE)
    assert (read.json(), read.headers["etag"]) == (link, '"v1"')
    event = (await service.events(request=read.headers["x-request-id"]))[-1]
    assert event["subjects"] == [health]
    assert event["records"] == [f"record-link:{link['id']}:1"]


async def test_a_confirmed_link_leaves_the_list(service: Service, lead: Person) -> None:
    _, _, health = await linked(service)
    link = await review_of(lead, health)
    assert link is not None
    confirmed = await lead.post(f"/v1/links/reviews/{link['id']}", {"outcome": "confirm", **REASON}, PURPOSE, version=1)
    assert confirmed.status_code == 200, confirmed.text
    assert (confirmed.json()["state"], confirmed.json()["reviewedBy"]) == ("confirmed", lead.user)
    listed = await lead.get("/v1/links/reviews", PURPOSE, limit=200)
    assert link["id"] not in {each["id"] for each in listed.json()["reviews"]}
    again = await lead.post(f"/v1/links/reviews/{link['id']}", {"outcome": "confirm", **REASON}, PURPOSE, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "link-state-conflict")


async def test_a_record_set_apart_is_no_longer_warned_about_and_a_check_asks_for_more(
    service: Service, lead: Person
) -> None:
    body, _, health = await linked(service, flagged=True)
    by_record = {"personId": health}
    by_number = {"identity": {"nhsNumber": body["nhsNumber"], "birthDate": body["birthDate"]}}
    assert await outcome_for(service, "abuhb", by_record) == "warnings"
    assert await outcome_for(service, "abuhb", by_number) == "warnings"
    link = await review_of(lead, health)
    assert link is not None
    path = f"/v1/links/reviews/{link['id']}"
    apart = await lead.post(path, {"outcome": "separate", **REASON}, PURPOSE, version=1)
    assert apart.status_code == 200, apart.text
    assert await outcome_for(service, "abuhb", by_record) == "no-warning-known"
    assert await outcome_for(service, "abuhb", by_number) == "refine", "two who fit are a doubt, never an all-clear"
    back = await lead.post(path, {"outcome": "confirm", **REASON}, PURPOSE, version=2)
    assert back.status_code == 200, back.text
    assert await outcome_for(service, "abuhb", by_record) == "warnings"
    assert await outcome_for(service, "abuhb", by_number) == "warnings"


async def test_a_flag_follows_its_own_record_when_that_is_set_apart(service: Service) -> None:
    body = somebody()
    health = await register(service, "abuhb", body)
    flag = await active(service, "gwent-police", content=body)
    police = flag["subject"]["personId"]
    assert await outcome_for(service, "abuhb", {"personId": health}) == "warnings"
    lead = seeded(service, "gwent-police", "safeguarding-lead")
    link = await review_of(lead, police)
    assert link is not None
    apart = await lead.post(f"/v1/links/reviews/{link['id']}", {"outcome": "separate", **REASON}, PURPOSE, version=1)
    assert apart.status_code == 200, apart.text
    assert await outcome_for(service, "abuhb", {"personId": health}) == "no-warning-known"
    assert await outcome_for(service, "gwent-police", {"personId": police}) == "warnings"


async def test_no_rule_joins_again_what_people_set_apart(service: Service, lead: Person) -> None:
    body, _, health = await linked(service, flagged=True)
    link = await review_of(lead, health)
    assert link is not None
    await lead.post(f"/v1/links/reviews/{link['id']}", {"outcome": "separate", **REASON}, PURPOSE, version=1)
    amended = await service.http.patch(
        f"/v1/persons/{health}",
        json={**body, "language": "cy", "reason": "Language added."},
        headers=service.headers("abuhb", "practitioner", if_match='"v1"'),
    )
    assert amended.status_code == 200, amended.text
    assert await outcome_for(service, "abuhb", {"personId": health}) == "no-warning-known"
    fire = await register(service, "swfrs", body)
    assert await outcome_for(service, "swfrs", {"personId": fire}) == "warnings", "another's record joins the first"
    corrected = await service.http.patch(
        f"/v1/persons/{health}",
        json={**body, "nhsNumber": somebody()["nhsNumber"], "reason": "The right number."},
        headers=service.headers("abuhb", "practitioner", if_match='"v2"'),
    )
    assert corrected.status_code == 200, corrected.text
    assert await outcome_for(service, "abuhb", {"personId": health}) == "no-warning-known"


async def test_a_review_that_comes_too_late_changes_nothing(service: Service, lead: Person) -> None:
    body, _, health = await linked(service)
    link = await review_of(lead, health)
    assert link is not None
    moved = await service.http.patch(
        f"/v1/persons/{health}",
        json={**body, "nhsNumber": somebody()["nhsNumber"], "reason": "The right number."},
        headers=service.headers("abuhb", "practitioner", if_match='"v1"'),
    )
    assert moved.status_code == 200, moved.text
    path = f"/v1/links/reviews/{link['id']}"
    late = await lead.post(path, {"outcome": "separate", **REASON}, PURPOSE, version=1)
    assert (late.status_code, late.json()["code"]) == (409, "link-state-conflict")
    stale = await lead.post(path, {"outcome": "confirm", **REASON}, PURPOSE, version=7)
    assert stale.status_code == 412
    assert (await lead.get(path, PURPOSE)).json()["state"] == "unreviewed"
    blank = await lead.post(path, {"outcome": "confirm", "reason": " "}, PURPOSE, version=1)
    assert blank.status_code == 422


async def test_a_review_sent_twice_acts_once(service: Service, lead: Person) -> None:
    _, _, health = await linked(service)
    link = await review_of(lead, health)
    assert link is not None
    path, key = f"/v1/links/reviews/{link['id']}", str(uuid.uuid4())
    body = {"outcome": "separate", **REASON}
    first = await lead.post(path, body, PURPOSE, version=1, key=key)
    again = await lead.post(path, body, PURPOSE, version=1, key=key)
    assert first.status_code == again.status_code == 200, again.text
    assert first.json() == again.json()
    admin = await service.database.as_admin()
    try:
        held = await admin.fetchval(
            "SELECT count(*) FROM rhannu.record_link_reviews WHERE link_id = $1", uuid.UUID(link["id"])
        )
    finally:
        await admin.close()
    assert held == 1
