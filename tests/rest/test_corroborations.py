"""Another agency bears a flag out: its owner learns that, when and of what kind; partners learn nothing."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories.flags import active, decision, incident, recorded, registered, reviewing, step, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

OWNER, OTHER, THIRD = "gwent-police", "abuhb", "wast"
REASON = "Our nurses met the same in October."


@dataclass
class World:
    """A flag of one agency, and another's record of the same person with an incident of its own."""

    flag: dict[str, Any]
    theirs: str
    incident: str

    @property
    def path(self) -> str:
        return f"/v1/flags/{self.flag['id']}/corroborations"


async def world(service: Service, *, met: dict[str, Any] | None = None, **changes: Any) -> World:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    theirs = await registered(service, OTHER, **same)
    flag = await active(service, OWNER, content=same, **changes)
    return World(flag, theirs, await recorded(service, OTHER, theirs, towardsAgency=OTHER, **(met or {})))


async def corroborate(service: Service, of: World, agency: str = OTHER, **changes: Any) -> Any:
    body = {"incidents": [of.incident], "reason": REASON, **changes}
    return await service.http.post(of.path, json=body, headers=service.creating(agency, "line-manager"))


async def withdraw(service: Service, made: dict[str, Any], agency: str = OTHER, version: int = 1) -> Any:
    headers = service.creating(agency, "line-manager") | {"If-Match": f'"v{version}"'}
    path = f"/v1/corroborations/{made['id']}/withdrawal"
    return await service.http.post(path, json={"reason": "It was a neighbour."}, headers=headers)


async def read(service: Service, of: World, agency: str = OWNER) -> Any:
    return await service.http.get(f"/v1/flags/{of.flag['id']}", headers=service.headers(agency, "line-manager"))


async def test_the_owner_learns_agency_day_and_kind_and_partners_learn_nothing(service: Service) -> None:
    there = await world(service)
    before = {agency: (await read(service, there, agency)).text for agency in (OTHER, THIRD)}
    made = await corroborate(service, there)
    assert made.status_code == 201, made.text
    shown = await read(service, there)
    (told,) = shown.json()["corroborated"]
    assert set(told) == {"id", "agency", "lastOn", "kinds", "since", "withdrawnAt"}
    assert (told["agency"], told["kinds"], told["withdrawnAt"]) == (OTHER, ["violence"], None)
    assert told["lastOn"] == made.json()["lastOn"]
    assert there.incident not in shown.text
    assert REASON not in shown.text
    assert {agency: (await read(service, there, agency)).text for agency in (OTHER, THIRD)} == before


async def test_what_the_owner_is_told_is_on_the_trail_and_the_other_agency_can_see_that(service: Service) -> None:
    there = await world(service)
    made = (await corroborate(service, there)).json()
    (asked,) = [e for e in await service.events(action="corroboration.recorded") if _names(e, made["id"], 1)]
    assert set(asked["subjects"]) == {there.theirs, there.flag["subject"]["personId"]}  # type: ignore[call-overload]
    assert set(asked["owners"]) == {OWNER, OTHER}  # type: ignore[call-overload]  # JSON of the trail
    await read(service, there)
    event = (await service.events(action="flag.read", agency=OWNER))[-1]
    assert _names(event, made["id"], 1)
    assert set(event["owners"]) == {OWNER, OTHER}  # type: ignore[call-overload]  # JSON of the trail
    trail = await service.http.get(
        "/v1/audit/events", params={"agency": OWNER, "action": "flag.read"},
        headers=service.headers(OTHER, "dpo-ig", "audit-quality"),
    )  # fmt: skip
    named = [each["records"] for each in trail.json()["events"]]
    assert [f"corroboration:{made['id']}:1"] in named


def _names(event: dict[str, Any], made: str, version: int) -> bool:
    return f"corroboration:{made}:{version}" in event["records"]


async def test_its_own_agency_reads_it_whole_and_no_other_finds_it(service: Service) -> None:
    there = await world(service)
    made = await corroborate(service, there)
    own = await service.http.get(there.path, headers=service.headers(OTHER, "line-manager"))
    assert own.json()["corroborations"] == [made.json()]
    third = await service.http.get(there.path, headers=service.headers(THIRD, "line-manager"))
    assert (third.status_code, third.json()) == (200, {"corroborations": []})
    owner = await service.http.get(there.path, headers=service.headers(OWNER, "line-manager"))
    assert owner.status_code == 403
    for agency in (OWNER, THIRD):
        refused = await withdraw(service, made.json(), agency)
        assert refused.status_code == 404
    assert (await read(service, there)).json()["corroborated"][0]["withdrawnAt"] is None


async def test_it_is_withdrawn_with_a_reason_that_stays_at_home(service: Service) -> None:
    there = await world(service)
    made = (await corroborate(service, there)).json()
    assert (await withdraw(service, made, version=2)).status_code == 412
    back = await withdraw(service, made)
    assert (back.status_code, back.json()["state"]) == (200, "withdrawn")
    shown = await read(service, there)
    assert shown.json()["corroborated"][0]["withdrawnAt"] is not None
    assert "neighbour" not in shown.text
    again = await withdraw(service, made, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "flag-state-conflict")
    assert (await corroborate(service, there)).status_code == 201


async def test_one_of_an_agency_stands_at_a_time(service: Service) -> None:
    there = await world(service)
    assert (await corroborate(service, there)).status_code == 201
    second = await corroborate(service, there)
    assert (second.status_code, second.json()["code"]) == (409, "already-corroborated")


@pytest.mark.parametrize("condition", ["no-onward-share", "consult-originator-before-onward-share"])
async def test_what_may_not_be_passed_on_bears_nobody_out(service: Service, condition: str) -> None:
    there = await world(service, met={"originator": THIRD, "handling": [condition]})
    before = await rows(service)
    refused = await corroborate(service, there)
    assert refused.status_code == 422, refused.text
    issues = [(each["pointer"], each["code"]) for each in refused.json()["errors"]]
    assert issues == [("/incidents/0", "handling-forbids")]
    assert await rows(service) == before
    free = await recorded(service, OTHER, there.theirs, towardsAgency=OTHER)
    assert (await corroborate(service, there, incidents=[free])).status_code == 201


async def test_only_who_sees_the_flag_bears_it_out_and_only_about_the_same_person(service: Service) -> None:
    hidden = await world(service, terms={
        "controls": ["check-in"], "sentence": {"en": "Ring in."}, "retentionClass": "threat", "lawfulBasis": ["6-1-e"],
        "gateways": ["SSWBA-162"], "recipients": {"agencies": [THIRD]},
    })  # fmt: skip
    there = await world(service)
    own = await corroborate(
        service, there, OWNER, incidents=[await recorded(service, OWNER, there.flag["subject"]["personId"])]
    )
    assert own.status_code == 403
    elsewhere = await recorded(service, OTHER, await registered(service, OTHER), towardsAgency=OTHER)
    foreign = there.flag["incidents"][0]["id"]
    before = await rows(service)
    unseen = await corroborate(service, hidden)
    absent = await service.http.post(
        f"/v1/flags/{uuid.uuid4()}/corroborations", json={"incidents": [hidden.incident], "reason": REASON},
        headers=service.creating(OTHER, "line-manager"),
    )  # fmt: skip
    assert unseen.status_code == absent.status_code == 404
    wrong = await corroborate(service, there, incidents=[elsewhere, foreign])
    assert {(each["pointer"], each["code"]) for each in wrong.json()["errors"]} == {
        ("/incidents/0", "not-about-subject"), ("/incidents/1", "not-found"),
    }  # fmt: skip
    assert await rows(service) == before


@pytest.mark.requirement("G-3.3-4")
async def test_a_protected_source_keeps_its_day(service: Service) -> None:
    there = await world(service, met={"sourceProtected": True})
    assert (await corroborate(service, there)).json()["lastOn"] is None
    assert (await read(service, there)).json()["corroborated"][0]["lastOn"] is None


async def test_one_human_does_not_bear_out_what_they_decided_elsewhere(service: Service) -> None:
    there = await world(service)
    admin = await service.database.as_admin()
    decider, manager = user_id(OWNER, "flag-decision-maker"), user_id(OTHER, "line-manager")
    await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $2", decider, manager)
    try:
        refused = await corroborate(service, there)
        assert (refused.status_code, refused.json()["code"]) == (403, "corroboration-needs-another")
    finally:
        await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $1", manager)
        await admin.close()
    assert (await read(service, there)).json()["corroborated"] == []


async def test_the_next_review_weighs_it_and_says_what_stood(service: Service) -> None:
    there = await world(service)
    made = (await corroborate(service, there)).json()
    silent = await step(service, there.flag, "reviews", reviewing())
    assert [(each["pointer"], each["code"]) for each in silent.json()["errors"]] == [
        ("/weighing/corroboration", "required")
    ]
    body = reviewing()
    body["weighing"]["corroboration"] = "Nurses met the same; he has not calmed down."
    kept = await step(service, there.flag, "reviews", body)
    assert kept.status_code == 200, kept.text
    (held,) = kept.json()["reviews"]
    assert [each["id"] for each in held["corroborated"]] == [made["id"]]
    await withdraw(service, made)
    later = await step(service, kept.json(), "reviews", reviewing())
    assert later.status_code == 200, later.text
    assert later.json()["reviews"][1]["corroborated"] == []


async def test_a_place_is_borne_out_by_what_was_met_at_it(service: Service) -> None:
    uprn = f"1{uuid.uuid4().int % 10**11:011d}"
    dog = {
        "place": {"uprn": uprn}, "hazard": {"kind": "animal", "description": "A large dog, loose."},
        "behaviourOf": None, "behaviourTypes": [], "behaviours": [], "grade": None, "threatForm": None,
        "towardsAgency": None, "towardsRole": None,
    }  # fmt: skip
    met = {}
    for agency in (OWNER, OTHER):
        person = await registered(service, agency)
        made = await service.http.post(
            "/v1/incidents", json=incident(person, **dog), headers=service.creating(agency, "practitioner")
        )
        met[agency] = made.json()["id"]
    body = {
        "subject": {"uprn": uprn, "reason": "The dog is there whoever calls."}, "category": "animal-hazard",
        "incidents": [met[OWNER]], "reason": "Staff call there.",
    }  # fmt: skip
    flag = await service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "practitioner"))
    choice = decision(category="animal-hazard", terms=terms(retentionClass="weapon-or-animal"))
    live = await step(service, flag.json(), "decision", choice)
    assert live.status_code == 200, live.text
    there = World(live.json(), "", met[OTHER])
    made = await corroborate(service, there)
    assert made.status_code == 201, made.text
    assert made.json()["kinds"] == []
