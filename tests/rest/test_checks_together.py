"""Strangers' checks travel in one statement: each gets the answer it would get alone, and its own evidence (ADR 0008)."""

import asyncio
import random
import uuid
from datetime import date, timedelta

import pytest

from services.core.gathering import Gatherer
from tests.factories.numbers import nhs_number
from tests.fixtures.service import AGENCIES, Service, user_id
from tests.rest.test_flag_checks import flagged, registered

SEED = 20261124
CALLERS = [code for code in AGENCIES if code != "gwent-safeguarding"]
PURPOSES = ["staff-safety-visit", "direct-care", "emergency-response"]


class Loads(list[int]):
    """How many questions each statement carried; the next ones wait until so many `company` would travel together."""

    company = 0

    async def gather(self, gatherer: Gatherer[object, object]) -> None:
        for _ in range(100_000):
            if len(gatherer._waiting) >= self.company:
                break
            await asyncio.sleep(0)
        self.company = 0


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    carried = Loads()
    carry = Gatherer._carry

    async def counting(self: Gatherer[object, object], load: list[object]) -> None:
        await carried.gather(self)
        carried.append(len(load))
        await carry(self, load)  # type: ignore[arg-type]

    monkeypatch.setattr(Gatherer, "_carry", counting)
    return carried


async def world(service: Service, rng: random.Random) -> list[dict[str, object]]:
    """People of every agency, some flagged to some partners, asked for by id, identity and place."""
    entries: list[dict[str, object]] = []
    for agency in CALLERS:
        number, uprn = nhs_number(), str(rng.randrange(10**11, 10**12))
        address = {"line1": "1 Stryd Fawr", "uprn": uprn}
        records = {each: await registered(service, each, nhsNumber=number, addresses=[address]) for each in CALLERS}
        recipients = rng.choice([["*"], rng.sample(CALLERS, 2)])
        overdue = date.today() + timedelta(days=rng.choice([-40, 90]))
        await flagged(service, agency, records[agency], recipients=recipients, review_on=overdue)
        entries += [{"personId": record} for record in records.values()]
        entries += [{"identity": {"nhsNumber": number, "birthDate": "1949-05-06"}}, {"uprn": uprn}]
    return entries


def told(answer: dict[str, object]) -> object:
    """What an answer says, without what is new in every one: its id and its times."""
    return answer["entries"], answer["dutyContact"]


async def test_each_stranger_gets_its_own_answer_and_its_own_event(service: Service, loads: Loads) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    entries = await world(service, rng)
    asked = [(rng.choice(CALLERS), rng.choice(PURPOSES), rng.sample(entries, rng.randrange(1, 4))) for _ in range(150)]

    async def ask(place: int) -> dict[str, object]:
        agency, purpose, wanted = asked[place]
        headers = service.headers(agency, "practitioner", purpose)
        answer = await service.http.post("/v1/flag-checks", json={"entries": wanted}, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, object] = answer.json()
        return body

    alone = [await ask(place) for place in range(len(asked))]
    assert set(loads) == {1}
    loads.company = 9
    together = await asyncio.gather(*(ask(place) for place in range(len(asked))))
    assert max(loads) > 8, "nothing travelled together, so nothing was shown"
    assert len({answer["checkId"] for answer in together}) == len(asked)
    for (agency, purpose, _), one, other in zip(asked, alone, together, strict=True):
        assert told(one) == told(other)
        first, second = [(await service.events(event=str(each["checkId"])))[0] for each in (one, other)]
        assert (second["agency"], second["purpose"], second["outcome"]) == (agency, purpose, first["outcome"])
        for part in ("subjects", "owners", "named", "records", "hinted", "fields"):
            assert sorted(first[part]) == sorted(second[part]), part  # type: ignore[call-overload]
    outcomes = {entry["outcome"] for answer in alone for entry in answer["entries"]}  # type: ignore[attr-defined]
    assert {"warnings", "contact-before-visit", "no-warning-known"} <= outcomes


async def test_who_lost_their_standing_is_refused_amid_others_and_only_they(service: Service, loads: Loads) -> None:
    records = {agency: await registered(service, agency) for agency in CALLERS}
    admin = await service.database.as_admin()
    suspended = user_id("pobl", "practitioner", 2)
    await admin.execute("UPDATE rhannu.users SET suspended_at = now() WHERE id = $1", suspended)
    try:

        async def ask(agency: str, number: int) -> tuple[int, str]:
            headers = service.headers(agency, "practitioner", number=number, x_request_id=str(uuid.uuid4()))
            body = {"entries": [{"personId": records[agency]}]}
            answer = await service.http.post("/v1/flag-checks", json=body, headers=headers)
            return answer.status_code, answer.headers["x-request-id"]

        callers = [(agency, number) for agency in CALLERS for number in (1, 2)] * 4
        loads.company = 5
        answers = await asyncio.gather(*(ask(*caller) for caller in callers))
    finally:
        await admin.execute("UPDATE rhannu.users SET suspended_at = NULL WHERE id = $1", suspended)
        await admin.close()
    assert max(loads) > 4
    for caller, (status, request) in zip(callers, answers, strict=True):
        event = (await service.events(request=request))[0]
        if caller == ("pobl", 2):
            assert (status, event["outcome"], event["subjects"]) == (403, "denied", [])
        else:
            assert (status, event["outcome"], event["subjects"]) == (200, "ok", [records[caller[0]]])


async def test_agencies_only_weighed_in_a_match_are_not_told_of_in_the_callers_trail(service: Service) -> None:
    """A caller's own officer must not learn from the trail which agencies hold a record of the person asked for."""
    number = nhs_number()
    theirs = await registered(service, "swfrs", nhsNumber=number)
    body = {"entries": [{"identity": {"nhsNumber": number, "birthDate": "1949-05-06"}}]}
    answer = await service.http.post("/v1/flag-checks", json=body, headers=service.headers("wast", "practitioner"))
    check = answer.json()["checkId"]
    event = (await service.events(event=check))[0]
    assert (event["owners"], event["named"]) == (["swfrs"], []), "the holder's officers must find it"

    async def trail(viewer: str, **filters: str) -> list[dict[str, object]]:
        headers = service.headers(viewer, "dpo-ig", "subject-rights")
        page = await service.http.get("/v1/audit/events", params=filters, headers=headers)
        return [each for each in page.json()["events"] if each["id"] == check]

    (own,) = await trail("wast", agency="wast")
    assert own["owners"] == []
    (held,) = await trail("swfrs", subject=theirs)
    assert held["owners"] == ["swfrs"]
