"""An incident belongs to the agency that met it: recorded whole, amended with a reason, hidden from everyone else."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories.flags import incident, recorded, registered
from tests.fixtures.service import Service

POLICE = "gwent-police"


async def stored(service: Service, person: str) -> int:
    """How many incidents about a record are in the database."""
    admin = await service.database.as_admin()
    try:
        return int(
            await admin.fetchval("SELECT count(*) FROM rhannu.incidents WHERE about_record = $1", uuid.UUID(person))
        )
    finally:
        await admin.close()


async def refused(service: Service, body: dict[str, Any], role: str = "practitioner") -> Any:
    return await service.http.post("/v1/incidents", json=body, headers=service.creating(POLICE, role))


@pytest.mark.requirement("G-3.2-2")
async def test_what_is_recorded_is_read_back_and_both_people_are_on_the_trail(service: Service) -> None:
    mother, son = await registered(service, POLICE), await registered(service, POLICE)
    body = incident(son, adultAtRisk=mother, behaviourOf="family-member", behaviours=["racist", "shouting"])
    made = await service.http.post("/v1/incidents", json=body, headers=service.creating(POLICE, "practitioner"))
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"v1"'
    assert made.json()["content"]["hateElements"] == ["racist"]
    read = await service.http.get(made.headers["location"], headers=service.headers(POLICE, "practitioner"))
    assert read.json() == made.json()
    event = (await service.events(action="incident.read"))[-1]
    assert sorted(event["subjects"]) == sorted([mother, son])  # type: ignore[call-overload]  # JSON of the trail
    assert event["records"] == [f"incident:{made.json()['id']}:1"]


async def test_another_agency_cannot_tell_a_hidden_incident_from_none(service: Service) -> None:
    made = await recorded(service, POLICE, await registered(service, POLICE))
    headers = service.headers("abuhb", "practitioner") | {"X-Request-ID": "same"}
    hidden = await service.http.get(f"/v1/incidents/{made}", headers=headers)
    absent = await service.http.get(f"/v1/incidents/{uuid.uuid4()}", headers=headers)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


async def test_nobody_else_s_record_can_be_named_in_an_incident(service: Service) -> None:
    own, foreign = await registered(service, POLICE), await registered(service, "abuhb")
    answer = await refused(service, incident(own, adultAtRisk=foreign, behaviourOf="family-member"))
    assert answer.status_code == 422
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {("/adultAtRisk", "not-found")}
    assert await stored(service, own) == 0


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"grade": "very-bad"}, "/grade", "code-unknown"),
        ({"behaviourOf": "stranger"}, "/behaviourOf", "code-unknown"),
        ({"behaviours": ["shouting", "dancing"]}, "/behaviours/1", "code-unknown"),
        ({"towardsAgency": "no-such-agency"}, "/towardsAgency", "code-unknown"),
        ({"adultImpact": " "}, "/adultImpact", "too-short"),
        ({"occurredAt": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "/occurredAt", "in-future"),
        ({"occurredAt": "2026-01-01T10:00:00"}, "/occurredAt", "date-invalid"),
        ({"policeReference": None, "noPoliceReportReason": None}, "/noPoliceReportReason", "required"),
        ({"threatForm": None}, "/threatForm", "required"),
        ({"weather": "rain"}, "/weather", "unknown-field"),
    ],
)
@pytest.mark.requirement("G-3.2-2")
async def test_what_is_wrong_is_named_and_nothing_is_stored(
    service: Service, changes: dict[str, Any], pointer: str, code: str
) -> None:
    person = await registered(service, POLICE)
    answer = await refused(service, incident(person, **changes))
    assert answer.status_code == 422, answer.text
    assert (pointer, code) in {(each["pointer"], each["code"]) for each in answer.json()["errors"]}
    assert await stored(service, person) == 0


@pytest.mark.parametrize("role", ["duty-manager", "duty-desk", "dpo-ig", "flag-decision-maker", "auditor"])
async def test_who_does_not_record_incidents_is_refused(service: Service, role: str) -> None:
    person = await registered(service, POLICE)
    answer = await refused(service, incident(person), role)
    assert (answer.status_code, answer.json()["code"]) == (403, "access-denied")
    assert await stored(service, person) == 0


async def test_an_incident_of_self_neglect_needs_no_grade(service: Service) -> None:
    person = await registered(service, POLICE)
    nothing_done = dict.fromkeys(("behaviourOf", "grade", "threatForm", "towardsAgency", "towardsRole"))
    body = incident(person, **nothing_done, behaviourTypes=[], behaviours=[], selfNeglect=["hoarding"])
    made = await service.http.post("/v1/incidents", json=body, headers=service.creating(POLICE, "practitioner"))
    assert made.status_code == 201, made.text


async def test_an_amendment_says_what_it_changes_and_keeps_whom_it_is_about(service: Service) -> None:
    person, other = await registered(service, POLICE), await registered(service, POLICE)
    made = await recorded(service, POLICE, person)
    url, body = f"/v1/incidents/{made}/amendments", incident(person, reason="A witness was heard.")
    headers = service.creating(POLICE, "practitioner")
    missing = await service.http.post(url, json=body, headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (428, "if-match-missing")
    stale = await service.http.post(
        url, json=body, headers=service.creating(POLICE, "practitioner") | {"If-Match": '"v2"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version-stale")
    moved = await service.http.post(
        url,
        json=incident(other, reason="It was him."),
        headers=service.creating(POLICE, "practitioner") | {"If-Match": '"v1"'},
    )
    assert moved.json()["errors"][0]["pointer"] == "/about"
    read = await service.http.get(f"/v1/incidents/{made}", headers=service.headers(POLICE, "practitioner"))
    assert read.json()["version"] == 1
    key = service.creating(POLICE, "practitioner") | {"If-Match": '"v1"'}
    twice = [await service.http.post(url, json=body, headers=key) for _ in range(2)]
    assert [each.status_code for each in twice] == [200, 200]
    assert [each.json()["version"] for each in twice] == [2, 2]
