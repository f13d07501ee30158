"""A month of sharing, as it is told in docs/a-month.md and entered into the demonstration, from each caller's side.

A housing association asks a council about its tenant's visitor. The tenant has gone to a place whose address only the
council may know; it stands in nothing that anybody else is given.
"""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit.filing import file_events
from services.break_glass import chase_break_glass_reviews
from services.db.engine import make_engine
from services.flags.clocks import chase_notices
from services.sharing import chase_protocols
from tests.factories.break_glass import SEALED, judging, opening
from tests.factories.flags import incident
from tests.factories.month import (
    BORN,
    GOVERNANCE,
    QUALITY,
    SUMMARY,
    Month,
    Somebody,
    known_to,
    listened,
    somebody,
    warned_of,
)
from tests.factories.protocols import BOARD, flowing, in_force
from tests.factories.sharing import answering, asking, granted, refused, refusing
from tests.fixtures.service import Service, user_id

REFUGE_PLACE = f"10{uuid.uuid4().int % 10**9:09d}"
REFUGE = {"line1": f"Ty Noddfa {uuid.uuid4().hex[:10]}", "town": f"Cuddfan{uuid.uuid4().hex[:8]}", "uprn": REFUGE_PLACE}
VISIT, RESPONSE = "staff-safety-visit", "emergency-response"
HELD = "He opened the door with a hammer in his hand."
WORKER = {"heading": "Named worker", "text": "Ring the team at Pontllanfraith and ask for whoever is on duty."}
INVOLVED = {"heading": "Since spring", "text": "We have been involved with his aunt since the spring."}


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


@pytest.fixture
async def month(service: Service) -> AsyncIterator[Month]:
    made = await listened(service)
    yield made
    await made.service.http.aclose()


async def filed(engine: AsyncEngine) -> None:
    while await file_events(engine):
        pass


@pytest.mark.requirement("G-3.3-1")
async def test_a_month(month: Month, engine: AsyncEngine) -> None:
    aunt, nephew = somebody("Non"), somebody("Gethin")
    await everybody_is_known(month, aunt, nephew)
    protocol = await partners_sign(month)
    warning = await housing_warns(month, aunt, nephew)
    await housing_is_given_part_of_what_it_asked(month, nephew)
    await police_decline_in_the_form_of_section_164(month, nephew)
    await nobody_looks_at_their_own_neighbour(month, nephew)
    await a_protocol_lapses(month, engine, protocol, warning, nephew)
    await a_wrong_warning_is_called_back_from_everybody(month, engine, aunt, nephew)
    await a_door_is_opened_at_two_in_the_morning(month, engine, aunt, nephew)
    await a_door_is_opened_without_need(month, aunt)
    month.at(33)
    await everybody_looks_for_the_aunt(month, aunt)
    await the_address_was_told_to_nobody(month)


async def everybody_is_known(month: Month, aunt: Somebody, nephew: Somebody) -> None:
    month.at(0)
    cast, before = (
        month.cast,
        {"line1": "4 Heol y Bont", "town": "Newport", "uprn": f"10{uuid.uuid4().int % 10**9:09d}"},
    )
    for agency in cast.all:
        homes = [before, {**REFUGE, "sealed": True}] if agency == cast.council else [before]
        await known_to(month, aunt, agency, addresses=homes)
        await known_to(month, nephew, agency)
    mine = await month.does(cast.council, "practitioner", "GET", f"/v1/persons/{aunt.records[cast.council]}")
    assert REFUGE["line1"] in json.dumps(mine, ensure_ascii=False), "whoever entered it reads it"
    for agency in (cast.housing, cast.police, cast.ambulance, cast.charity):
        path = f"/v1/persons/{aunt.records[cast.council]}"
        await month.refused(404, "not-found", agency, "practitioner", "GET", path)


async def partners_sign(month: Month) -> dict[str, Any]:
    """The region's protocol, and a small one by which the housing association warns a charity until the twentieth day."""
    cast, purposes = month.cast, [VISIT, RESPONSE, "adult-safeguarding"]
    region = [cast.housing, cast.council, cast.police, cast.ambulance]
    await in_force(
        month.service, region, purposes=purposes, reviewDue=str(month.day(300)),
        flows=[flowing(region, region, purposes=purposes)],
    )  # fmt: skip
    small = [cast.housing, cast.charity, cast.council]
    return await in_force(
        month.service, small, purposes=[VISIT], reviewDue=str(month.day(19)), runsUntil=str(month.day(20)),
        flows=[flowing([cast.housing], [cast.charity, cast.council], purposes=[VISIT])],
    )  # fmt: skip


def account(month: Month, agency: str, about: Somebody, adult: Somebody, **changes: Any) -> dict[str, Any]:
    yesterday = month.service.clock() - timedelta(days=1)
    return incident(
        about.records[agency], adultAtRisk=adult.records[agency], behaviourOf="family-member", towardsAgency=agency,
        occurredAt=yesterday.isoformat(), factualAccount=HELD, **changes,
    )  # fmt: skip


async def housing_warns(month: Month, aunt: Somebody, nephew: Somebody) -> dict[str, Any]:
    month.at(1)
    housing = month.cast.housing
    flag = await warned_of(month, housing, nephew, aunt, account(month, housing, nephew, aunt))
    for agency in (month.cast.council, month.cast.ambulance, month.cast.charity):
        told = await month.check(agency, nephew.entry())
        assert [each["flagId"] for each in told["warnings"]] == [flag["id"]], agency
        assert HELD not in json.dumps(told), "what to do, and not the story"
    return flag


async def housing_is_given_part_of_what_it_asked(month: Month, nephew: Somebody) -> None:
    month.at(2)
    housing, council, police = month.cast.housing, month.cast.council, month.cast.police
    items = [
        {"item": "involvement"}, {"item": "named-worker"},
        {"item": "whereabouts", "detail": "Where his aunt, who is our tenant, stays now."},
    ]  # fmt: skip
    identity = {"family": nephew.family, "given": "Gethin", "birthDate": BORN}
    body = asking(nephew.records[housing], council, lawfulBasis=["6-1-ea"], items=items, identity=identity)
    request = await month.does(housing, "practitioner", "POST", "/v1/information-requests", body)
    path = f"/v1/information-requests/{request['id']}"
    for agency, role, number in ((police, "safeguarding-lead", 1), (housing, "practitioner", 2)):
        await month.refused(404, "not-found", agency, role, "GET", path, number=number)
    inbound = await month.does(council, "mash-duty", "POST", f"{path}/acknowledgement", version=request["version"])
    assert (inbound["direction"], inbound["personId"]) == ("inbound", None), "their record's id is not told"
    month.at(3)
    match = {"personId": nephew.records[council]}
    found = await month.does(council, "mash-duty", "POST", f"{path}/match", match, version=inbound["version"])
    waiting = await month.does(housing, "practitioner", "GET", path)
    assert (waiting["state"], waiting["isMatched"]) == ("acknowledged", False), "that somebody is known is not told yet"
    no = refused("whereabouts", "risk-of-harm", reason="She asked that nobody be told, and he knows your office.")
    answer = answering(
        granted("involvement", INVOLVED), granted("named-worker", WORKER), no, retainUntil=str(month.day(200)),
        post="Team manager, adult safeguarding",
    )  # fmt: skip
    by_asker = {"version": found["version"]}
    await month.refused(
        403, "access-denied", housing, "safeguarding-lead", "POST", f"{path}/answer", answer, **by_asker
    )
    done = await month.does(council, "safeguarding-lead", "POST", f"{path}/answer", answer, version=found["version"])
    assert done["state"] == "answered-in-part"

    seen = await month.does(housing, "practitioner", "GET", path)
    decided = {each["item"]: each for each in seen["decisions"][0]["items"]}
    assert (decided["whereabouts"]["ground"], decided["whereabouts"]["reason"]) == ("risk-of-harm", no["reason"])
    assert nephew.records[council] not in json.dumps(seen)
    disclosure = f"/v1/disclosures/{seen['disclosureId']}"
    given = await month.does(housing, "practitioner", "GET", disclosure)
    assert [(each["item"], each["facts"][0]["text"]) for each in given["items"]] == [
        ("involvement", INVOLVED["text"]), ("named-worker", WORKER["text"]),
    ]  # fmt: skip
    await month.does(housing, "practitioner", "POST", f"{disclosure}/acknowledgement", version=given["version"])
    await month.refused(404, "not-found", police, "safeguarding-lead", "GET", disclosure)

    read = (housing, "disclosure.read")
    assert read in await month.actions(housing, seen["disclosureId"], subject=nephew.records[housing])
    assert read in await month.actions(council, seen["disclosureId"], subject=nephew.records[council])
    assert (council, "information-request.answered") in await month.actions(council, request["id"])
    for reference in (request["id"], seen["disclosureId"]):
        assert await month.actions(police, reference) <= {
            (police, "information-request.read"),
            (police, "disclosure.read"),
        }


async def police_decline_in_the_form_of_section_164(month: Month, nephew: Somebody) -> None:
    month.at(5)
    council, police = month.cast.council, month.cast.police
    identity = {"family": nephew.family, "given": "Gethin", "birthDate": BORN}
    items = [{"item": "incidents", "detail": "Of the last year."}]
    body = asking(nephew.records[council], police, gateways=["SSWBA-164"], identity=identity, items=items)
    request = await month.does(council, "practitioner", "POST", "/v1/information-requests", body)
    path = f"/v1/information-requests/{request['id']}"
    match = {"personId": nephew.records[police]}
    found = await month.does(police, "spoc", "POST", f"{path}/match", match, version=request["version"])
    wrong = refusing("not-necessary")
    by_lead = (police, "safeguarding-lead", "POST", f"{path}/refusal")
    answer = await month.refused(422, "content-invalid", *by_lead, wrong, version=found["version"])
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("/ground", "refusal-form")]
    reason = "An operation is under way that this answer would end; we will come to the strategy meeting."
    no = refusing("adverse-to-own-functions", reason=reason)
    declined = await month.does(*by_lead, no, version=found["version"])
    assert declined["state"] == "refused"
    seen = await month.does(council, "practitioner", "GET", path)
    (decided,) = seen["decisions"][0]["items"]
    assert (decided["ground"], decided["reason"]) == ("adverse-to-own-functions", reason)
    assert (seen["isMatched"], seen["disclosureId"]) == (False, None), "a refusal does not say that there is a record"

    decision = (police, "information-request.decided")
    assert decision in await month.actions(police, request["id"], subject=nephew.records[police])
    assert decision in await month.actions(council, request["id"])
    assert nephew.records[police] not in json.dumps(await month.trail(council, request["id"]))
    assert await month.actions(month.cast.housing, request["id"]) == set()


async def inbox(month: Month, agency: str, flag: dict[str, Any]) -> list[dict[str, Any]]:
    found = await month.does(agency, "duty-desk", "GET", "/v1/notices", limit=200)
    return [each for each in found["notices"] if each["flagId"] == flag["id"]]


async def silent(month: Month, flag: dict[str, Any]) -> list[dict[str, Any]]:
    owed = await month.does(
        month.cast.police, "flag-decision-maker", "GET", "/v1/flag-duties", purpose=GOVERNANCE, limit=200
    )
    duties = [duty for each in owed["flags"] if each["id"] == flag["id"] for duty in each["duties"]]
    return [each for each in duties if each["kind"] == "holder-silent"]


async def a_wrong_warning_is_called_back_from_everybody(
    month: Month, engine: AsyncEngine, aunt: Somebody, nephew: Somebody
) -> None:
    month.at(27)
    cast = month.cast
    flag = await warned_of(month, cast.police, nephew, aunt, account(month, cast.police, nephew, aunt))
    for agency in (cast.housing, cast.council, cast.ambulance):
        told = await month.check(agency, nephew.entry())
        assert flag["id"] in [each["flagId"] for each in told["warnings"]], agency
    await filed(engine)
    month.at(28, 11)
    body = {"kind": "wrong-person", "reason": "It was a cousin of the same name."}
    path = f"/v1/flags/{flag['id']}"
    await month.refused(
        404, "not-found", cast.housing, "flag-decision-maker", "POST", f"{path}/corrections", body,
        purpose=GOVERNANCE, version=flag["version"],
    )  # fmt: skip
    await month.does(
        cast.police, "flag-decision-maker", "POST", f"{path}/corrections", body, purpose=GOVERNANCE,
        version=flag["version"],
    )  # fmt: skip
    for agency in (cast.housing, cast.council, cast.ambulance):
        (notice,) = await inbox(month, agency, flag)
        assert (notice["kind"]["code"], notice["senderAgency"]) == ("wrong-person", cast.police)
        assert "cousin" not in json.dumps(notice), "identifiers only"
        (event,) = await month.trail(agency, notice["id"], action="flag.corrected")
        assert (event["agency"], event["subjects"]) == (cast.police, [])
        told = await month.check(agency, nephew.entry())
        assert flag["id"] not in [each["flagId"] for each in told["warnings"]], "it warns nobody any more"
    assert await inbox(month, cast.charity, flag) == [], "who received nothing is told nothing"
    for agency in (cast.housing, cast.council):
        (notice,) = await inbox(month, agency, flag)
        answered = f"/v1/notices/{notice['id']}/acknowledgement"
        await month.does(agency, "duty-desk", "POST", answered, {"outcome": "destroyed"})
        await month.refused(
            404, "not-found", cast.charity, "duty-desk", "POST", answered, {"outcome": "destroyed"}
        )  # fmt: skip

    now = month.at(28, 19, 30)
    while await chase_notices(engine, now):
        pass
    (late,) = await inbox(month, cast.ambulance, flag)
    assert "duty-manager" in late["chased"]["roles"]
    assert late["isOverdue"]
    assert [(await inbox(month, agency, flag))[0]["chased"] for agency in (cast.housing, cast.council)] == [None, None]
    (duty,) = await silent(month, flag)
    assert duty["chased"] == ["flag-decision-maker", "safeguarding-lead"], "the sender hears who has not answered"
    month.at(29)
    acknowledged = f"/v1/notices/{late['id']}/acknowledgement"
    await month.does(cast.ambulance, "duty-desk", "POST", acknowledged, {"outcome": "destroyed"})
    assert await silent(month, flag) == []
    ledger = await month.does(cast.police, "dpo-ig", "GET", f"{path}/recipients", purpose=GOVERNANCE)
    assert {each["agency"]: (each["holding"], each["notices"][-1]["outcome"]) for each in ledger["holders"]} == (
        dict.fromkeys((cast.housing, cast.council, cast.ambulance), (None, "destroyed"))
    )


async def a_door_is_opened_at_two_in_the_morning(
    month: Month, engine: AsyncEngine, aunt: Somebody, nephew: Somebody
) -> None:
    month.at(29, 15)
    council, ambulance = month.cast.council, month.cast.ambulance
    kept = await warned_of(
        month,
        council,
        nephew,
        aunt,
        account(month, council, nephew, aunt),
        recipients={"agencies": [month.cast.police]},
    )
    month.at(30, 2)
    person = nephew.records[ambulance]
    ordinary = await month.does(ambulance, "duty-manager", "GET", f"/v1/persons/{person}/flags")
    assert kept["id"] not in json.dumps(ordinary)
    grants = ("POST", "/v1/break-glass-grants")
    await month.refused(403, "access-denied", ambulance, "practitioner", *grants, opening(person), purpose=SEALED)
    grant = await month.does(ambulance, "duty-manager", *grants, opening(person), purpose=SEALED)
    path = f"/v1/break-glass-grants/{grant['id']}"
    behind = await month.does(ambulance, "duty-manager", "GET", f"{path}/warnings", purpose=SEALED)
    assert [(each["ownerAgency"], each["controls"][0]["code"]) for each in behind["warnings"]] == [(council, "joint")]
    assert not [word for word in (HELD, kept["id"], nephew.records[council]) if word in json.dumps(behind)]
    await month.refused(
        404, "not-found", ambulance, "duty-manager", "GET", f"{path}/warnings", purpose=SEALED, number=2
    )
    month.at(30, 3, 1)
    await month.refused(
        403, "break-glass-expired", ambulance, "duty-manager", "GET", f"{path}/warnings", purpose=SEALED
    )
    opener = str(user_id(ambulance, "duty-manager"))
    for agency, opened_by in ((ambulance, opener), (council, None), (month.cast.housing, None)):
        listed = await month.does(agency, "dpo-ig", "GET", "/v1/break-glass-notices", purpose=QUALITY)
        (notice,) = listed["notices"]
        assert (notice["grantId"], notice.get("openedBy")) == (grant["id"], opened_by)
        assert not [each for each in (*nephew.records.values(), nephew.family) if each in json.dumps(notice)]
    listed = await month.does(month.cast.police, "dpo-ig", "GET", "/v1/break-glass-notices", purpose=QUALITY)
    assert listed["notices"] == []

    now = month.at(32)
    await chase_break_glass_reviews(engine, now)
    by_officer = {"purpose": QUALITY, "version": grant["version"]}
    review = ("POST", f"{path}/review", judging())
    await month.refused(404, "not-found", council, "dpo-ig", *review, **by_officer)
    judged = await month.does(ambulance, "dpo-ig", *review, **by_officer)
    assert (judged["review"]["outcome"], judged["isReviewOverdue"]) == ("justified", False)
    again = await month.does(ambulance, "duty-manager", "GET", f"/v1/persons/{person}/flags")
    assert kept["id"] not in json.dumps(again), "the hour opened nothing for good"

    reference = f"break-glass:{grant['id']}"
    theirs = [each for each in await month.trail(council, reference) if each["agency"] == ambulance]
    assert [(each["action"], each["subjects"]) for each in theirs] == [
        ("break-glass-warnings.read", [nephew.records[council]])
    ]
    own = {each["action"] for each in await month.trail(ambulance, reference) if each["outcome"] == "ok"}
    assert {"break-glass.recorded", "break-glass-warnings.read", "break-glass.reviewed"} <= own
    assert await month.actions(month.cast.police, reference) == set()


async def a_door_is_opened_without_need(month: Month, aunt: Somebody) -> None:
    ambulance = month.cast.ambulance
    month.at(31, 22)
    person = aunt.records[ambulance]
    why = opening(person, justification="She lives in my street and I wondered how she is.")
    by_manager = {"purpose": SEALED, "number": 2}
    misuse = await month.does(ambulance, "duty-manager", "POST", "/v1/break-glass-grants", why, **by_manager)
    month.at(32, 12)
    path = f"/v1/break-glass-grants/{misuse['id']}"
    judged = await month.does(
        ambulance, "dpo-ig", "POST", f"{path}/review", judging("unjustified"), purpose=QUALITY, version=1
    )
    assert judged["review"]["outcome"] == "unjustified"
    answer = await month.refused(
        403, "break-glass-withheld", ambulance, "duty-manager", "POST", "/v1/break-glass-grants", opening(person),
        **by_manager,
    )  # fmt: skip
    (event,) = await month.service.events(request=answer.headers["x-request-id"])
    assert (event["outcome"], event["subjects"]) == ("denied", [])
    await month.does(ambulance, "duty-manager", "POST", "/v1/break-glass-grants", opening(person), purpose=SEALED)


async def nobody_looks_at_their_own_neighbour(month: Month, nephew: Somebody) -> None:
    month.at(12)
    council = month.cast.council
    person = nephew.records[council]
    declaration = {"personId": person, "kind": "neighbour", "reason": "We share a landing."}
    close = {"number": 2}
    made = await month.does(
        council, "practitioner", "POST", "/v1/conflict-declarations", declaration, **close
    )  # fmt: skip
    tried: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/persons/{person}", None),
        ("GET", f"/v1/persons/{person}/flags", None),
        ("POST", "/v1/flag-checks", {"entries": [nephew.entry()]}),
        ("POST", "/v1/persons/search", nephew.identity),
        ("POST", "/graphql", {"query": SUMMARY, "variables": {"id": person}}),
    ]
    events: list[str] = []
    for method, path, body in tried:
        more = close if path != "/v1/flag-checks" else {**close, "purpose": VISIT}
        answer = await month.refused(403, "conflict-of-interest", council, "practitioner", method, path, body, **more)
        assert nephew.family not in answer.text
        (event,) = await month.service.events(request=answer.headers["x-request-id"])
        events.append(f"/v1/audit/events/{event['event']}/explanation")
        explained = await month.does(council, "dpo-ig", "GET", events[-1], purpose=QUALITY)
        assert (explained["refusal"]["code"], explained["flags"]) == ("conflict-of-interest", [])
    await month.refused(404, "not-found", month.cast.housing, "dpo-ig", "GET", events[0], purpose=QUALITY)
    colleague = await month.does(council, "practitioner", "GET", f"/v1/persons/{person}")
    assert colleague["id"] == person
    denied = [each for each in await month.trail(council, outcome="denied") if each["reason"] == "conflict-of-interest"]
    assert (len(denied), [each["subjects"] for each in denied]) == (len(tried), [[]] * len(tried))
    named = [each["action"] for each in denied if f"conflict-declaration:{made['id']}" in each["records"]]
    assert sorted(named) == ["flag.read", "person.read", "person.searched", "summary.read"]
    assert await month.trail(month.cast.housing, f"conflict-declaration:{made['id']}") == []


async def a_protocol_lapses(
    month: Month, engine: AsyncEngine, protocol: dict[str, Any], warning: dict[str, Any], nephew: Somebody
) -> None:
    housing, charity = month.cast.housing, month.cast.charity
    path = f"/v1/sharing-protocols/{protocol['id']}"
    await chase_protocols(engine, month.at(14, 12))
    standing = await month.does(charity, "safeguarding-lead", "GET", path)
    assert "protocol-lapses" in {each["duty"] for each in standing["chased"]}, "well before"
    month.at(20, 23)
    told = await month.check(charity, nephew.entry())
    assert [(each["flagId"], each["controls"][0]["code"]) for each in told["warnings"]] == [(warning["id"], "joint")]
    month.at(21, 0, 5)
    told = await month.check(charity, nephew.entry())
    assert (told["outcome"], told["warnings"]) == ("contact-before-visit", [])
    assert [each["agency"] for each in told["contacts"]] == [housing]
    standing = await month.does(charity, "safeguarding-lead", "GET", path)
    assert (standing["hasLapsed"], standing["isFlowing"]) == (True, False)
    in_region = await month.check(month.cast.council, nephew.entry())
    assert warning["id"] in [each["flagId"] for each in in_region["warnings"]], "the region's protocol stands"

    month.now()
    told = await month.check(charity, nephew.entry())
    event = f"/v1/audit/events/{told['checkId']}/explanation"
    explained = await month.does(housing, "dpo-ig", "GET", event, purpose=QUALITY)
    assert [(each["flagId"], each["told"], each["rule"]) for each in explained["flags"]] == [
        (warning["id"], "exists", "no-flow")
    ]
    for agency in (charity, month.cast.police):
        others = await month.does(agency, "dpo-ig", "GET", event, purpose=QUALITY)
        assert others["flags"] == [], "whose flag it is not is told of none"


async def everybody_looks_for_the_aunt(month: Month, aunt: Somebody) -> None:
    """Through every channel by which an address could leave."""
    hours = (month.service.clock() + timedelta(hours=each) for each in (1, 9))
    shift = dict(zip(("start", "end"), map(datetime.isoformat, hours), strict=True))
    marked = {
        "subject": {"personId": aunt.records[month.cast.council]}, "category": "threat-violence",
        "controls": ["joint"], "sentence": {"en": "She strikes out when she is woken; two people."},
    }  # fmt: skip
    await month.does(month.cast.council, "duty-manager", "POST", "/v1/flags/markers", marked, purpose=RESPONSE)
    told = await month.check(month.cast.ambulance, aunt.entry(), purpose=RESPONSE)
    assert told["outcome"] == "contact-before-visit", "whoever is to meet her rings first"
    for agency in month.cast.all:
        person = aunt.records[agency]
        at_place = await month.check(agency, {"uprn": REFUGE_PLACE}, purpose=RESPONSE)
        assert at_place["outcome"] == "no-warning-known", "where she is, nothing says that anybody lives there"
        await month.check(agency, {**aunt.entry(), "uprn": REFUGE_PLACE})
        for path in (
            f"/v1/persons/{person}",
            f"/v1/persons/{person}/flags",
            "/v1/information-requests",
            "/v1/disclosures",
        ):
            await month.does(agency, "practitioner", "GET", path)
        for query in (
            aunt.identity,
            {"family": aunt.family, "line1": REFUGE["line1"]},
            {"uprn": REFUGE_PLACE, "family": aunt.family},
        ):
            await month.call(agency, "practitioner", "POST", "/v1/persons/search", query)
        asked = {"query": SUMMARY, "variables": {"id": person}}
        summary = await month.does(agency, "practitioner", "POST", "/graphql", asked)
        assert summary["data"]["personSummary"]["id"] == person
        sheet = {"entries": [{**aunt.entry(), "uprn": REFUGE_PLACE}], "shift": shift}
        await month.does(agency, "practitioner", "POST", "/v1/visit-sheets", sheet, purpose=VISIT)
        await month.does(agency, "duty-desk", "GET", "/v1/held-flags")
        await month.trail(agency)
        for form in ("csv", "ndjson"):
            export = await month.call(
                agency, "dpo-ig", "POST", "/v1/audit/exports", {"format": form}, purpose=QUALITY
            )  # fmt: skip
            assert export.status_code == 200, export.text
            assert month.cast.housing in export.text
    whole = {"format": "ndjson", "agency": month.cast.council}
    reviewed = await month.call(BOARD, "auditor", "POST", "/v1/audit/exports", whole, purpose=QUALITY)
    assert month.cast.council in reviewed.text


async def the_address_was_told_to_nobody(month: Month) -> None:
    council = month.cast.council
    canaries = tuple(REFUGE.values())
    own = [each for each in month.heard if each.agency == council and any(word in each.said for word in canaries)]
    assert own, "the council, which entered it, reads it"
    assert {each.agency for each in month.heard} == {*month.cast.all, BOARD}
    told = [
        (each.agency, each.call) for each in month.heard_by_others(council) for word in canaries if word in each.said
    ]
    assert told == []
    events = json.dumps(await month.service.events(), ensure_ascii=False)
    assert month.cast.charity in events
    assert not [word for word in canaries if word in events]
