"""Friday night over the wire: one POST warns at once, partners are told to ring, evidence follows, or it ends by itself."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.db.engine import make_engine
from services.flags.clocks import chase_duties, end_lapsed_markers
from services.worker import Worker
from tests.factories.flags import decision, recorded, registered
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.test_flag_checks import check

GOVERNANCE = "flag-governance"


def marker(person: str, **changes: Any) -> dict[str, Any]:
    return {
        "subject": {"personId": person},
        "category": "threat-violence",
        "controls": ["police-present"],
        "sentence": {"en": "Do not go in without police."},
        **changes,
    }


async def marked(service: Service, agency: str, person: str, **changes: Any) -> dict[str, Any]:
    headers = service.creating(agency, "duty-manager", "emergency-response")
    made = await service.http.post("/v1/flags/markers", json=marker(person, **changes), headers=headers)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/v1/flags/{made.json()['id']}"
    flag: dict[str, Any] = made.json()
    return flag


async def step(
    service: Service, path: str, body: dict[str, Any], who: tuple[str, str, str], *, number: int = 1, version: int = 1
) -> httpx.Response:
    agency, role, purpose = who
    headers = service.creating(agency, role, purpose, number=number) | {"If-Match": f'"v{version}"'}
    return await service.http.post(path, json=body, headers=headers)


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def test_one_post_warns_the_own_agency_in_full_and_partners_to_ring(service: Service) -> None:
    number = nhs_number()
    ours = await registered(service, "newport-cc", nhsNumber=number, birthDate="1949-05-06")
    theirs = await registered(service, "wast", nhsNumber=number, birthDate="1949-05-06")
    flag = await marked(service, "newport-cc", ours)
    assert (flag["state"], flag["badges"], flag["incidents"]) == ("provisional", [], [])
    own = (await check(service, "newport-cc", {"personId": ours}, "direct-care"))["entries"][0]
    assert own["outcome"] == "warnings"
    assert own["warnings"][0]["sentence"]["en"] == "Do not go in without police."
    assert (own["warnings"][0]["state"], own["warnings"][0]["reviewOn"]) == ("provisional", None)
    for purpose, outcome in (
        ("staff-safety-visit", "contact-before-visit"),
        ("emergency-response", "contact-before-visit"),
        ("direct-care", "no-warning-known"),
    ):
        entry = (await check(service, "wast", {"personId": theirs}, purpose))["entries"][0]
        assert (entry["outcome"], entry["warnings"]) == (outcome, [])
    headers = service.headers("wast", "practitioner", "emergency-response")
    assert (await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)).status_code == 404


@pytest.mark.parametrize("role", ["practitioner", "line-manager", "flag-decision-maker", "safeguarding-lead"])
async def test_only_a_duty_manager_marks(service: Service, role: str) -> None:
    person = await registered(service, "newport-cc")
    purpose = "flag-governance"
    answer = await service.http.post(
        "/v1/flags/markers", json=marker(person), headers=service.creating("newport-cc", role, purpose)
    )
    assert answer.status_code == 403
    admin = await service.database.as_admin()
    assert await admin.fetchval("SELECT count(*) FROM rhannu.flags WHERE record_id = $1", uuid.UUID(person)) == 0
    await admin.close()


async def test_another_agencys_person_cannot_be_marked(service: Service) -> None:
    person = await registered(service, "gwent-police")
    headers = service.creating("newport-cc", "duty-manager", "emergency-response")
    answer = await service.http.post("/v1/flags/markers", json=marker(person), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/subject/personId"


async def test_it_is_decided_on_evidence_by_somebody_who_gave_neither(service: Service) -> None:
    person = await registered(service, "newport-cc")
    flag = await marked(service, "newport-cc", person)
    decider = ("newport-cc", "flag-decision-maker", GOVERNANCE)
    path = f"/v1/flags/{flag['id']}"
    early = await step(service, f"{path}/decision", decision(), decider)
    assert early.status_code == 422
    assert {"/incidents"} <= {error["pointer"] for error in early.json()["errors"]}
    incident = await recorded(service, "newport-cc", person)
    evidence = {"incidents": [incident], "reason": "He hit a colleague."}
    grounded = await step(service, f"{path}/evidence", evidence, ("newport-cc", "practitioner", "direct-care"))
    assert grounded.status_code == 200, grounded.text
    assert grounded.json()["incidents"] == [{"id": incident, "version": 1}]
    decided = await step(service, f"{path}/decision", decision(), decider, version=2)
    assert decided.status_code == 200, decided.text
    assert (decided.json()["state"], decided.json()["lapsesAt"]) == ("active", None)


async def test_it_ends_at_the_hour_and_the_next_one_can_be_made_even_before_it_is_tidied_away(
    service: Service, engine: AsyncEngine
) -> None:
    person = await registered(service, "newport-cc")
    flag = await marked(service, "newport-cc", person)
    again = service.creating("newport-cc", "duty-manager", "emergency-response")
    assert (await service.http.post("/v1/flags/markers", json=marker(person), headers=again)).status_code == 409
    service.clock.offset += timedelta(hours=71)
    entry = (await check(service, "newport-cc", {"personId": person}))["entries"][0]
    assert entry["warnings"][0]["badges"] == ["lapsing"]
    assert await end_lapsed_markers(engine, service.clock()) == 0
    service.clock.offset += timedelta(hours=1)
    entry = (await check(service, "newport-cc", {"personId": person}))["entries"][0]
    assert entry["outcome"] == "no-warning-known", "over is over, whoever has yet to end it"
    second = await marked(service, "newport-cc", person)
    headers = service.headers("newport-cc", "duty-manager", "emergency-response")
    first = (await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)).json()
    assert (first["state"], first["ending"]["kind"], first["version"]) == ("removed", "lapsed", 2)
    assert second["id"] != flag["id"]


async def test_the_background_process_ends_it_with_an_event_and_touches_nothing_else(
    service: Service, engine: AsyncEngine
) -> None:
    person = await registered(service, "newport-cc")
    flag = await marked(service, "newport-cc", person)
    other = await marked(service, "newport-cc", await registered(service, "newport-cc"))
    service.clock.offset += timedelta(hours=72)
    await Worker(engine, clock=service.clock).round()
    headers = service.headers("newport-cc", "duty-manager", "emergency-response")
    ended = (await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)).json()
    assert (ended["state"], ended["ending"]["kind"], ended["version"]) == ("removed", "lapsed", 2)
    events = [each for each in await service.events(action="flag.lapsed") if f"flag:{flag['id']}:2" in each["records"]]  # type: ignore[operator]
    assert [(each["agency"], each["subjects"], each["owners"]) for each in events] == [
        ("rhannu", [person], ["newport-cc"])
    ]
    admin = await service.database.as_admin()
    versions = await admin.fetch(
        "SELECT version, state FROM rhannu.flag_versions WHERE flag_id = $1 ORDER BY version", uuid.UUID(flag["id"])
    )
    assert [tuple(row) for row in versions] == [(1, "provisional"), (2, "removed")]
    assert (
        await admin.fetchval("SELECT count(*) FROM rhannu.flag_targets WHERE flag_id = $1", uuid.UUID(flag["id"])) == 0
    )
    worker = await service.database.as_role("rhannu_worker")
    for forged in ({"state": "active"}, {"state": "removed", "version": 3}, {}):
        stored = await worker.fetchval(
            "SELECT rhannu.store_lapse($1, 1, $2::text::jsonb, $3, now() + interval '99 days')",
            uuid.UUID(other["id"]), str(forged).replace("'", '"'), uuid.uuid4(),
        )  # fmt: skip
        assert not stored, "nothing but the lapse itself may pass"
    await worker.close()
    await admin.close()


async def test_what_is_owed_is_listed_and_chased_more_widely_as_time_runs_out(
    service: Service, engine: AsyncEngine
) -> None:
    person = await registered(service, "caerphilly-cbc")
    flag = await marked(service, "caerphilly-cbc", person)

    async def duty() -> dict[str, Any]:
        headers = service.headers("caerphilly-cbc", "safeguarding-lead", GOVERNANCE)
        listed = (await service.http.get("/v1/flag-duties?limit=200", headers=headers)).json()["flags"]
        (owed,) = [each for each in listed if each["id"] == flag["id"]]
        (found,) = owed["duties"]
        return dict(found)

    assert (await duty())["chasedAt"] is None
    seen = []
    for hours in (0, 30, 20, 20):
        service.clock.offset += timedelta(hours=hours)
        while await chase_duties(engine, service.clock()):
            pass
        found = await duty()
        seen.append((found["kind"], len(found["chased"]), found["isOverdue"]))
    assert seen == [("decide-marker", 1, False), ("decide-marker", 1, False), ("decide-marker", 2, False),
                    ("decide-marker", 3, False)]  # fmt: skip
    admin = await service.database.as_admin()
    rungs = await admin.fetch(
        "SELECT rung FROM rhannu.flag_chases WHERE flag_id = $1 ORDER BY 1", uuid.UUID(flag["id"])
    )
    await admin.close()
    assert [row["rung"] for row in rungs] == [1, 2, 3]
    event = (await service.events(action="flag.duties-read", agency="caerphilly-cbc"))[-1]
    assert person in event["subjects"]  # type: ignore[operator]
    elsewhere = service.headers("pobl", "safeguarding-lead", GOVERNANCE)
    others = (await service.http.get("/v1/flag-duties?limit=200", headers=elsewhere)).json()["flags"]
    assert flag["id"] not in {each["id"] for each in others}


async def test_the_list_of_duties_has_pages_in_order_without_gap_or_double(service: Service) -> None:
    made = [(await marked(service, "swfrs", await registered(service, "swfrs")))["id"] for _ in range(5)]
    headers = service.headers("swfrs", "flag-decision-maker", GOVERNANCE)
    found: list[dict[str, Any]] = []
    url: str | None = "/v1/flag-duties?limit=2"
    while url is not None:
        page = await service.http.get(url, headers=headers)
        assert page.status_code == 200, page.text
        found += page.json()["flags"]
        url = page.links["next"]["url"] if "next" in page.links else None
    ids = [each["id"] for each in found]
    assert len(ids) == len(set(ids))
    assert [each for each in ids if each in made] == made
    due = [datetime.fromisoformat(each["duties"][0]["dueAt"]) for each in found]
    assert due == sorted(due)
    assert (await service.http.get("/v1/flag-duties?after=x", headers=headers)).status_code == 400
