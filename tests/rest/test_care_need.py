"""Behaviour that arises from a care need blames nobody in any channel, and its carer is thought of until somebody asked."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.blame import is_blaming
from services.db.engine import make_engine
from services.flags.clocks import chase_duties
from tests.factories.flags import CARE, active, adult_seen, in_days, registered, reviewing, step
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_flag_notices import TOLD, flagged, notice, prepare
from tests.rest.test_handling import faults
from tests.rest.test_visit_sheets import shift

OWNER, HOLDER = "gwent-police", "abuhb"
OFFERED = {"kind": "offered", "on": in_days(0)}


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def duties(service: Service, flag: dict[str, Any]) -> dict[str, list[str]]:
    """Who has been told of what is owed to a flag."""
    headers = service.headers(OWNER, "line-manager", "flag-governance")
    found: dict[str, list[str]] = {}
    page = "/v1/flag-duties?limit=200"
    while page:
        answer = await service.http.get(page, headers=headers)
        mine = [each for each in answer.json()["flags"] if each["id"] == flag["id"]]
        found |= {duty["kind"]: duty["chased"] for each in mine for duty in each["duties"]}
        page = answer.links.get("next", {}).get("url", "")
    return found


async def offer(service: Service, flag: dict[str, Any], **changes: Any) -> Any:
    return await step(service, flag, "carer-support", OFFERED | changes, role="practitioner")


async def test_the_offer_to_the_carer_is_chased_until_somebody_makes_it(service: Service, engine: AsyncEngine) -> None:
    flag = await active(service, OWNER, **CARE)
    assert (await duties(service, flag))["support-carer"] == []
    for days, told in ((15, ["line-manager"]), (14, ["line-manager", "safeguarding-lead"])):
        service.clock.offset += timedelta(days=days)
        while await chase_duties(engine, service.clock()):
            pass
        assert sorted((await duties(service, flag))["support-carer"]) == told
    done = await offer(service, flag, on=str((service.clock() - timedelta(days=1)).date()))
    assert done.status_code == 200, done.text
    (asked,) = done.json()["carerAsked"]
    assert asked["support"] == {"kind": "offered", "note": None}
    assert done.json()["change"] is None, "holders are told nothing of it"
    assert "support-carer" not in await duties(service, flag)
    (event,) = [
        each for each in await service.events(action="carer-support.recorded")
        if f"flag:{flag['id']}:{done.json()['version']}" in each["records"]
    ]  # fmt: skip
    assert flag["subject"]["personId"] in event["subjects"]
    kept = await step(service, done.json(), "reviews", reviewing(adultSeen=adult_seen(by=in_days(40))))
    assert kept.status_code == 200, kept.text
    assert "support-carer" in await duties(service, kept.json()), "a review opens the question again"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "promised"}, ("/kind", "code-unknown")),
        ({"kind": "not-offered"}, ("/note", "required")),
        ({"on": in_days(2)}, ("/on", "in-future")),
        ({"on": "2020-01-01"}, ("/on", "out-of-range")),
    ],
)
async def test_an_offer_that_cannot_have_been_stores_nothing(
    service: Service, change: dict[str, str], fault: tuple[str, str]
) -> None:
    flag = await active(service, OWNER, **CARE)
    before = await rows(service)
    assert faults(await offer(service, flag, **change)) == {fault}
    assert await rows(service) == before


async def test_an_offer_belongs_to_a_live_flag_of_the_kind(service: Service) -> None:
    other = await active(service, OWNER)
    ended = await step(service, await active(service, OWNER, **CARE), "removal", {"reason": "He is in a home now."})
    before = await rows(service)
    for flag in (other, ended.json()):
        refused = await offer(service, flag)
        assert (refused.status_code, refused.json()["code"]) == (409, "flag-state-conflict")
    assert await rows(service) == before


async def test_a_marker_on_a_care_need_blames_nobody(service: Service) -> None:
    body = {
        "subject": {"personId": await registered(service, OWNER)}, "category": "care-need-behaviour",
        "controls": ["joint"], "sentence": {"en": "Attacks staff."},
    }  # fmt: skip
    before = await rows(service)
    headers = service.creating(OWNER, "duty-manager", "emergency-response")
    assert faults(await service.http.post("/v1/flags/markers", json=body, headers=headers)) == {
        ("/sentence/en", "blaming-word")
    }
    assert await rows(service) == before


async def test_the_contact_of_a_letter_blames_nobody_either(service: Service) -> None:
    flag = await flagged(service, notification=TOLD, **CARE)
    harsh = {"en": "the violence desk, 01632 960199", "cy": "ffoniwch 01632 960199"}
    body = notice(flag, contact=harsh)
    body["reliedOn"][0]["en"] = "You were frightened."
    assert faults(await prepare(service, flag, body)) == {("/contact/en", "blaming-word")}


async def test_no_channel_uses_a_word_of_blame(service: Service) -> None:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04", "language": None}
    theirs = await registered(service, HOLDER, **same)
    flag = await flagged(service, content=same, notification=TOLD, **CARE)
    ask = {"entries": [{"personId": theirs}]}
    headers = service.headers(HOLDER, "practitioner")
    checked = await service.http.post("/v1/flag-checks", json=ask, headers=headers)
    warning = checked.json()["entries"][0]["warnings"][0]
    sheet = await service.http.post(
        "/v1/visit-sheets", json=ask | {"shift": shift()}, headers=service.creating(HOLDER, "practitioner")
    )
    body = notice(flag, delivery={"language": "both"})
    body["reliedOn"][0] |= {"en": "You were frightened.", "cy": "Roeddech chi'n ofnus."}
    letters = (await prepare(service, flag, body)).json()["letters"]
    said = [str(warning), str(sheet.json()["entries"]), *(letter["spoken"] for letter in letters)]
    for text in said:
        for word in re.findall(r"[^\W\d_]+", text):
            assert not is_blaming(word, "en"), word
            assert not is_blaming(word, "cy"), word
