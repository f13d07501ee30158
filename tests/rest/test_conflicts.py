"""Nobody looks at somebody close to them: each channel refuses, a colleague passes, and after the ending all pass again."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.dates import local_date
from services.audit.filing import file_events
from tests.factories.alerts import declared, declaring, ended, forget_alerts, worker_engine
from tests.factories.flags import active, incident, recorded, registered, step
from tests.factories.numbers import nhs_number
from tests.factories.register import WHY, Person, founded
from tests.factories.sharing import asking
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows
from tests.rest.test_visit_sheets import shift

COUNCIL, POLICE, HEALTH = "newport-cc", "gwent-police", "abuhb"
CLOSE = 2
"""The humans of number 2 are declared to be close; those of number 1 are their colleagues."""
SUMMARY = "query($id: UUID!) { personSummary(id: $id) { id flagCount } }"


@dataclass(frozen=True)
class Somebody:
    """A person of the council's records, whom the police warn about: by record, by identity, by incident and flag."""

    record: str
    identity: dict[str, str]
    family: str
    uprn: str
    incident: str
    flag: dict[str, Any]


@pytest.fixture(autouse=True)
async def _nothing_left(service: Service) -> AsyncIterator[None]:
    await forget_alerts(service)
    yield
    await forget_alerts(service)


async def somebody(service: Service) -> Somebody:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    family, uprn = f"Mam{uuid.uuid4().hex[:8]}", f"10{uuid.uuid4().int % 10**9:09d}"
    home = {"addresses": [{"uprn": uprn}]}
    names = {"names": [{"family": family, "given": ["Mair"]}]}
    flag = await active(service, POLICE, content={**identity, **names, **home})
    record = await registered(service, COUNCIL, **identity, **names)
    return Somebody(record, identity, family, uprn, await recorded(service, COUNCIL, record), flag)


async def send(
    service: Service, who: tuple[str, str], method: str, path: str, body: Any = None, *, number: int = CLOSE,
    agency: str = COUNCIL, **more: str,
) -> httpx.Response:  # fmt: skip
    headers = service.creating(agency, *who, number=number) | more
    return await service.http.request(method, path, json=body, headers=headers)


FIELD, GOVERNS, MANAGES = ("practitioner", "direct-care"), ("dpo-ig", "audit-quality"), ("line-manager", "supervision")
CHANNELS: dict[str, tuple[tuple[str, str], str, str, Any]] = {
    "person": (FIELD, "GET", "/v1/persons/{record}", None),
    "search": (FIELD, "POST", "/v1/persons/search", lambda p: p.identity),
    "incident": (FIELD, "GET", "/v1/incidents/{incident}", None),
    "new incident": (FIELD, "POST", "/v1/incidents", lambda p: incident(p.record, towardsAgency=COUNCIL)),
    "flags of person": (FIELD, "GET", "/v1/persons/{record}/flags", None),
    "flag of another agency": (FIELD, "GET", "/v1/flags/{flag}", None),
    "check by record": (FIELD, "POST", "/v1/flag-checks", lambda p: _list({"personId": p.record})),
    "check by identity": (FIELD, "POST", "/v1/flag-checks", lambda p: _list({"identity": p.identity})),
    "summary": (FIELD, "POST", "/graphql", lambda p: {"query": SUMMARY, "variables": {"id": p.record}}),
    "sheet": (FIELD, "POST", "/v1/visit-sheets", lambda p: _list({"identity": p.identity}) | {"shift": shift()}),
    "request": (FIELD, "POST", "/v1/information-requests", lambda p: asking(p.record)),
    "trail": (GOVERNS, "GET", "/v1/audit/events?subject={record}", None),
    "export": (GOVERNS, "POST", "/v1/audit/exports", lambda p: {"subject": p.record, "format": "csv"}),
}  # fmt: skip


def _list(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"entries": [{"uprn": "100000000000"}, *entries]}


async def ask(service: Service, channel: str, person: Somebody, number: int = CLOSE) -> httpx.Response:
    who, method, path, body = CHANNELS[channel]
    where = path.format(record=person.record, incident=person.incident, flag=person.flag["id"])
    return await send(service, who, method, where, body and body(person), number=number)


def is_conflict(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "conflict-of-interest"


def passes(answer: httpx.Response) -> bool:
    return answer.is_success and "errors" not in answer.text[:12]


async def close_to(service: Service, person: Somebody, role: str, **changes: Any) -> dict[str, Any]:
    """A declaration that the human of number 2 in a role is close to somebody, by their line manager."""
    about = str(user_id(COUNCIL, role, CLOSE))
    return await declared(
        service, COUNCIL, person.record, role="line-manager", purpose="supervision", userId=about, **changes
    )


@pytest.mark.parametrize("channel", list(CHANNELS))
async def test_each_channel_refuses_whoever_is_close_and_nobody_else(service: Service, channel: str) -> None:
    person, stranger = await somebody(service), await somebody(service)
    role = CHANNELS[channel][0][0]
    assert passes(await ask(service, channel, person)), "before it is declared"
    declaration = await close_to(service, person, role)
    before = await rows(service)
    answer = await ask(service, channel, person)
    assert is_conflict(answer), (answer.status_code, answer.text[:300])
    assert person.family not in answer.text
    assert await rows(service) == before, "a refusal stores nothing"
    events = await service.events(request=answer.headers["x-request-id"])
    assert {(event["outcome"], event["reason"]) for event in events} == {("denied", "conflict-of-interest")}
    assert [event["subjects"] for event in events] == [[]] * len(events)
    assert passes(await ask(service, channel, stranger)), "about anybody else"
    assert passes(await ask(service, channel, person, number=1)), "by a colleague"
    assert (await ended(service, COUNCIL, declaration)).status_code == 200
    assert passes(await ask(service, channel, person)), "after it is ended"


async def test_the_refusal_says_on_the_trail_which_declaration_it_was(service: Service) -> None:
    person = await somebody(service)
    declaration = await close_to(service, person, "practitioner")
    answer = await ask(service, "person", person)
    (event,) = await service.events(request=answer.headers["x-request-id"])
    assert f"conflict-declaration:{declaration['id']}" in event["records"]


async def test_one_line_about_somebody_close_refuses_the_whole_list_before_anything_is_told(service: Service) -> None:
    person, stranger = await somebody(service), await somebody(service)
    await close_to(service, person, "practitioner")
    body = {"entries": [{"identity": stranger.identity}, {"reference": "2", "identity": person.identity}]}
    answer = await send(service, FIELD, "POST", "/v1/flag-checks", body)
    assert is_conflict(answer)
    assert answer.json()["outcome"] == "unavailable", "and says that the risk is unknown, and whom to ring"
    assert stranger.flag["id"] not in answer.text
    alone = await send(service, FIELD, "POST", "/v1/flag-checks", {"entries": body["entries"][:1]})
    assert alone.json()["entries"][0]["warnings"][0]["flagId"] == stranger.flag["id"]


async def test_a_check_of_a_place_does_not_tell_by_a_refusal_who_lives_there(service: Service) -> None:
    person = await somebody(service)
    await close_to(service, person, "practitioner")
    body = {"entries": [{"uprn": person.uprn}]}
    answer = await send(service, FIELD, "POST", "/v1/flag-checks", body)
    assert answer.status_code == 200, answer.text
    warning = answer.json()["entries"][0]["warnings"][0]
    assert (warning["flagId"], warning["about"]) == (person.flag["id"], "may-be-present")
    check = f"/v1/flag-checks/{answer.json()['checkId']}"
    for path in ("displays", "acknowledgements"):
        shown = await send(service, FIELD, "POST", f"{check}/{path}", {"flags": [person.flag["id"]]})
        assert shown.status_code == 201, shown.text
    assert (await send(service, FIELD, "GET", f"{check}/changes")).status_code == 200
    sheet = await send(service, FIELD, "POST", "/v1/visit-sheets", body | {"shift": shift()})
    assert sheet.status_code == 200, sheet.text


async def test_a_colleague_s_check_is_no_way_round(service: Service) -> None:
    person = await somebody(service)
    await close_to(service, person, "practitioner")
    made = (await ask(service, "check by record", person, number=1)).json()
    check = f"/v1/flag-checks/{made['checkId']}"
    assert (await send(service, FIELD, "GET", f"{check}/changes", number=1)).status_code == 200
    assert is_conflict(await send(service, FIELD, "GET", f"{check}/changes"))
    assert is_conflict(await send(service, FIELD, "POST", f"{check}/displays", {"flags": [person.flag["id"]]}))


async def test_the_desk_does_not_say_that_somebody_close_was_meant(service: Service) -> None:
    person = await somebody(service)
    desk = ("duty-desk", "direct-care")
    await close_to(service, person, "duty-desk")
    made = await send(service, desk, "POST", "/v1/flag-checks", {"entries": [{"identity": {"family": person.family}}]})
    body = {"reference": "1", "personId": person.record, "method": "telephone", "note": "She rang back."}
    path = f"/v1/flag-checks/{made.json()['checkId']}/resolutions"
    before = await rows(service)
    assert is_conflict(await send(service, desk, "POST", path, body))
    assert await rows(service) == before
    assert (await send(service, desk, "POST", path, body, number=1)).status_code == 201


async def test_the_inbox_keeps_notices_about_somebody_close(service: Service) -> None:
    person, stranger = await somebody(service), await somebody(service)
    desk = ("duty-desk", "adult-safeguarding")
    for each in (person, stranger):
        assert passes(await ask(service, "check by record", each, number=1))
    async with worker_engine(service.database) as engine:
        while await file_events(engine):
            pass
    notices: dict[str, str] = {}
    for each in (person, stranger):
        removed = await step(service, each.flag, "removal", {"reason": "The risk is over."})
        assert removed.status_code == 200, removed.text
        listed = await send(service, desk, "GET", "/v1/notices?limit=1", number=1)
        notices[each.record] = listed.json()["notices"][0]["id"]
    await close_to(service, person, "duty-desk")
    assert is_conflict(await send(service, desk, "GET", f"/v1/notices/{notices[person.record]}"))
    assert is_conflict(await send(service, desk, "GET", "/v1/notices?limit=200"))
    answer = await send(
        service, desk, "POST", f"/v1/notices/{notices[person.record]}/acknowledgement", {"outcome": "destroyed"}
    )
    assert is_conflict(answer)
    assert passes(await send(service, desk, "GET", f"/v1/notices/{notices[stranger.record]}"))
    assert passes(await send(service, desk, "GET", f"/v1/notices/{notices[person.record]}", number=1))


async def test_it_holds_until_its_last_day_is_over(service: Service) -> None:
    person = await somebody(service)
    today = local_date(service.clock())
    await close_to(service, person, "practitioner", until=today.isoformat())
    channels = ("person", "check by record")
    assert [is_conflict(await ask(service, each, person)) for each in channels] == [True, True]
    service.clock.offset = timedelta(days=1)
    assert local_date(service.clock()) > today
    assert [passes(await ask(service, each, person)) for each in channels] == [True, True]


async def test_it_holds_from_every_account_of_one_human(service: Service) -> None:
    person = await somebody(service)
    await close_to(service, person, "practitioner")
    lead = user_id(COUNCIL, "safeguarding-lead", CLOSE)
    who = ("safeguarding-lead", "direct-care")
    assert passes(await send(service, who, "GET", f"/v1/persons/{person.record}"))
    admin = await service.database.as_admin()
    move = "UPDATE rhannu.users SET human_id = $2 WHERE id = $1"
    await admin.execute(move, lead, user_id(COUNCIL, "practitioner", CLOSE))
    try:
        assert is_conflict(await send(service, who, "GET", f"/v1/persons/{person.record}"))
        body = {"entries": [{"personId": person.record}]}
        assert is_conflict(await send(service, who, "POST", "/v1/flag-checks", body))
    finally:
        await admin.execute(move, lead, lead)
        await admin.close()
    assert passes(await send(service, who, "GET", f"/v1/persons/{person.record}"))


async def test_it_holds_for_another_agency_s_record_of_the_same_person(service: Service) -> None:
    person = await somebody(service)
    theirs = str(user_id(POLICE, "practitioner", CLOSE))
    record = person.flag["subject"]["personId"]
    await declared(service, POLICE, record, role="dpo-ig", purpose="audit-quality", userId=theirs)
    assert is_conflict(await send(service, FIELD, "GET", f"/v1/persons/{record}", agency=POLICE))
    body = {"entries": [{"identity": person.identity}]}
    assert is_conflict(await send(service, FIELD, "POST", "/v1/flag-checks", body, agency=POLICE))
    assert passes(await ask(service, "person", person)), "nobody of the council declared anything"


async def test_people_declare_for_themselves_and_see_their_own(service: Service) -> None:
    person = await registered(service, COUNCIL)
    made = await declared(service, COUNCIL, person, "oneself", number=CLOSE, reason="It is me.")
    assert (made["userId"], made["kind"], made["ended"]) == (
        str(user_id(COUNCIL, "practitioner", CLOSE)),
        "oneself",
        None,
    )
    again = await declared(service, COUNCIL, person, "household", number=CLOSE)
    assert again["id"] != made["id"], "acting on one's own declaration is open"

    async def listed(who: tuple[str, str], number: int, agency: str = COUNCIL) -> list[str]:
        answer = await send(service, who, "GET", "/v1/conflict-declarations", number=number, agency=agency)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["declarations"]]

    assert await listed(FIELD, CLOSE) == [again["id"], made["id"]]
    assert await listed(FIELD, 1) == []
    assert await listed(MANAGES, 1) == await listed(GOVERNS, 1) == [again["id"], made["id"]]
    assert await listed(GOVERNS, 1, HEALTH) == []
    await close_to(service, Somebody(person, {}, "", "", "", {}), "dpo-ig")
    assert len(await listed(GOVERNS, CLOSE)) == 1, "an overseer who is close sees their own declaration alone"


async def test_nobody_ends_their_own_and_nobody_ends_it_twice(service: Service) -> None:
    person = await registered(service, COUNCIL)
    mine = await declared(service, COUNCIL, person, role="line-manager", number=CLOSE)
    before = await rows(service)
    own = await ended(service, COUNCIL, mine, role="line-manager", number=CLOSE)
    assert (own.status_code, own.json()["code"]) == (403, "conflict-needs-another")
    stale = await ended(service, COUNCIL, mine, version=7)
    assert stale.status_code == 412
    assert (await ended(service, HEALTH, mine)).status_code == 404
    assert (await ended(service, COUNCIL, mine, role="practitioner")).status_code == 403
    assert await rows(service) == before
    done = await ended(service, COUNCIL, mine, role="line-manager", number=1)
    assert (done.status_code, done.json()["endReason"]) == (200, "She moved away.")
    twice = await ended(service, COUNCIL, done.json())
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict-ended")


@pytest.mark.parametrize(
    ("changes", "pointer", "role"),
    [
        ({"kind": "foe"}, "/kind", "practitioner"),
        ({"until": "2020-01-01"}, "/until", "practitioner"),
        ({"reason": " "}, "/reason", "practitioner"),
        ({"personId": str(uuid.uuid4())}, "/personId", "practitioner"),
        ({"userId": str(uuid.uuid4())}, "/userId", "dpo-ig"),
        ({"userId": str(user_id(HEALTH, "practitioner"))}, "/userId", "dpo-ig"),
    ],
)
async def test_a_declaration_that_says_nothing_true_is_refused(
    service: Service, changes: dict[str, Any], pointer: str, role: str
) -> None:
    body = declaring(await registered(service, COUNCIL)) | changes
    before = await rows(service)
    refusal = await send(service, (role, "flag-governance"), "POST", "/v1/conflict-declarations", body)
    assert refusal.status_code == 422, refusal.text
    assert [each["pointer"] for each in refusal.json()["errors"]] == [pointer]
    assert await rows(service) == before


async def test_another_agency_s_person_cannot_be_declared_and_others_are_declared_by_overseers(
    service: Service,
) -> None:
    theirs, ours = await registered(service, HEALTH), await registered(service, COUNCIL)
    before = await rows(service)
    refusal = await send(service, FIELD, "POST", "/v1/conflict-declarations", declaring(theirs))
    assert (refusal.status_code, refusal.json()["errors"][0]["pointer"]) == (422, "/personId")
    body = declaring(ours, userId=str(user_id(COUNCIL, "duty-desk")))
    denied = await send(service, FIELD, "POST", "/v1/conflict-declarations", body)
    assert (denied.status_code, denied.json()["code"]) == (403, "access-denied")
    assert await rows(service) == before


async def test_it_goes_with_the_account_where_accounts_are_joined_and_set_apart(service: Service) -> None:
    here = await founded(service)
    field, lead = await here.joined("practitioner"), await here.joined("safeguarding-lead")
    names = {"names": [{"family": f"Mam{uuid.uuid4().hex[:8]}", "given": ["Mair"]}], "birthDate": "1950-02-03"}
    person = (await field.post("/v1/persons", names, "direct-care")).json()["id"]
    declared_own = await field.post("/v1/conflict-declarations", declaring(person), "direct-care")
    assert declared_own.status_code == 201, declared_own.text

    async def read_by(who: Person) -> tuple[bool, bool]:
        answer = await who.get(f"/v1/persons/{person}", "direct-care")
        body = {"entries": [{"personId": person}]}
        return is_conflict(answer), is_conflict(await who.post("/v1/flag-checks", body, "direct-care"))

    assert (await read_by(field), await read_by(lead)) == ((True, True), (False, False))
    await here.first.does(f"/v1/users/{lead.user}/links", {"otherUserId": field.user, **WHY})
    assert (await read_by(field), await read_by(lead)) == ((True, True), (True, True))
    listed = await lead.get("/v1/conflict-declarations", "direct-care")
    assert [each["personId"] for each in listed.json()["declarations"]] == [person]
    asked = await here.first.does(f"/v1/users/{field.user}/separation", WHY)
    await here.second.confirms(asked)
    assert (await read_by(field), await read_by(lead)) == ((True, True), (False, False))
