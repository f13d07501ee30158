"""One agency asks another: each side takes its steps, each item is decided, and nothing but what is granted leaves."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.factories.flags import registered
from tests.factories.sharing import (
    ASKER,
    HOLDER,
    PURPOSE,
    THIRD,
    answered,
    answering,
    asked,
    asking,
    disclosure,
    granted,
    matched,
    refused,
    refusing,
    take,
)
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

SECRET = "Ysguthan-7f3a"


async def read(service: Service, request: dict[str, Any], agency: str, role: str = "safeguarding-lead") -> Any:
    headers = service.headers(agency, role, "audit-quality" if role == "dpo-ig" else PURPOSE)
    return await service.http.get(f"/v1/information-requests/{request['id']}", headers=headers)


@pytest.mark.requirement("G-3.3-1")
async def test_a_request_is_asked_found_and_answered_in_part(service: Service) -> None:
    request = await asked(service)
    assert (request["direction"], request["state"], request["isOverdue"]) == ("outbound", "sent", False)
    inbound = (await read(service, request, HOLDER)).json()
    assert (inbound["direction"], inbound["personId"], inbound["identity"]["family"]) == ("inbound", None, "Prydderch")
    done = await take(service, request, "acknowledgement", role="mash-duty")
    assert done.json()["state"] == "acknowledged"
    found = await matched(service, done.json())
    assert found["personId"] not in {None, request["personId"]}
    answer = await take(service, found, "answer", answering())
    assert answer.json()["state"] == "answered-in-part", answer.text
    seen = (await read(service, request, ASKER)).json()
    assert (seen["personId"], seen["isMatched"]) == (request["personId"], True)
    assert found["personId"] not in (await read(service, request, ASKER)).text
    decided = {each["item"]: each for each in seen["decisions"][0]["items"]}
    assert decided["named-worker"]["reason"] == "The enquiry can do without it."
    given = (await disclosure(service, seen["disclosureId"], ASKER)).json()
    assert given["given"] == ["incidents"]
    assert given["items"][0]["facts"][0]["text"] == "He threatened a nurse with a stick in May."
    assert given["basis"]["kind"] == "ad-hoc"
    assert set(given["basis"]["footing"]) == {
        "purpose", "lawfulBasis", "specialConditions", "gateways", "necessity", "proportionality",
    }  # fmt: skip
    assert (given["personId"], given["onward"]["conditions"]) == (request["personId"], ["no-onward-share"])


@pytest.mark.requirement("G-3.3-1")
@pytest.mark.parametrize("part", ["purpose", "lawfulBasis", "gateways", "necessity", "proportionality"])
async def test_neither_asking_nor_answering_goes_without_its_footing(service: Service, part: str) -> None:
    empty: Any = [] if part in {"lawfulBasis", "gateways"} else " "
    request = await matched(service)
    person = await registered(service, ASKER)
    before = await rows(service)
    headers = service.creating(ASKER, "practitioner", PURPOSE)
    asks = await service.http.post("/v1/information-requests", json=asking(person, **{part: empty}), headers=headers)
    answers = await take(service, request, "answer", answering(**{part: empty}))
    for answer in (asks, answers):
        assert answer.status_code == 422, answer.text
        assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{part}"]
    assert await rows(service) == before


async def test_what_is_refused_cannot_be_given_and_notes_stay_at_home(service: Service) -> None:
    request = await matched(service)
    before = await rows(service)
    slip = refused("named-worker", facts=[{"heading": "Worker", "text": SECRET}])
    refusal = await take(service, request, "answer", answering(granted("incidents"), slip))
    assert [each["pointer"] for each in refusal.json()["errors"]] == ["/items/1/facts"]
    beside = await take(
        service, request, "answer", answering(granted("incidents"), refused("named-worker"), granted("health"))
    )
    assert [each["code"] for each in beside.json()["errors"]] == ["not-asked-for"]
    assert await rows(service) == before
    for agency in (ASKER, HOLDER):
        noted = await service.http.post(
            f"/v1/information-requests/{request['id']}/notes", json={"note": f"{SECRET} of {agency}"},
            headers=service.creating(agency, "safeguarding-lead", PURPOSE),
        )  # fmt: skip
        assert [each["note"] for each in noted.json()["notes"]] == [f"{SECRET} of {agency}"]
    await take(service, request, "answer", answering())
    for agency, other in ((ASKER, HOLDER), (HOLDER, ASKER)):
        shown = (await read(service, request, agency)).text
        assert f"{SECRET} of {agency}" in shown
        assert f"{SECRET} of {other}" not in shown


async def test_another_agency_cannot_tell_it_from_what_is_not_there(service: Service) -> None:
    request = await answered(service)
    before = await rows(service)
    for path in (f"/v1/information-requests/{request['id']}", f"/v1/disclosures/{request['disclosureId']}"):
        headers = service.headers(THIRD, "safeguarding-lead", PURPOSE, x_request_id="same")
        hidden = await service.http.get(path, headers=headers)
        absent = await service.http.get(f"{path.rpartition('/')[0]}/{uuid.uuid4()}", headers=headers)
        assert (hidden.status_code, hidden.text) == (404, absent.text)
    assert (await take(service, request, "escalation", {"reason": "Now."}, agency=THIRD)).status_code == 404
    for path in ("information-requests", "disclosures"):
        listed = await service.http.get(f"/v1/{path}", headers=service.headers(THIRD, "spoc", PURPOSE))
        assert request["id"] not in listed.text
    assert await rows(service) == before


async def test_who_only_asks_sees_what_they_asked_and_the_desk_sees_all(service: Service) -> None:
    request = await asked(service)
    headers = service.headers(ASKER, "practitioner", PURPOSE, number=2)
    path = f"/v1/information-requests/{request['id']}"
    assert (await service.http.get(path, headers=headers)).status_code == 404
    listed = await service.http.get("/v1/information-requests?limit=200", headers=headers)
    assert request["id"] not in listed.text
    for role, number in (("practitioner", 1), ("spoc", 1)):
        mine = service.headers(ASKER, role, PURPOSE, number=number)
        assert (await service.http.get(path, headers=mine)).status_code == 200
        listed = await service.http.get("/v1/information-requests?direction=outbound&limit=200", headers=mine)
        assert request["id"] in listed.text
    holder = service.headers(HOLDER, "practitioner", PURPOSE)
    assert (await service.http.get(path, headers=holder)).status_code == 404


async def test_steps_out_of_turn_are_refused_and_change_nothing(service: Service) -> None:
    sent, done, foreign = await asked(service), await answered(service), await registered(service, ASKER)
    before = await rows(service)
    tried: list[tuple[dict[str, Any], str, Any, str, int, str]] = [
        (sent, "answer", answering(), HOLDER, 409, "sharing-person-unmatched"),
        (sent, "clarifications/reply", {"reply": "Both."}, ASKER, 409, "sharing-state-conflict"),
        (sent, "acknowledgement", None, ASKER, 403, "access-denied"),
        (sent, "refusal", refusing(), ASKER, 403, "access-denied"),
        (sent, "withdrawal", {"reason": "Solved."}, HOLDER, 403, "access-denied"),
        (done, "answer", answering(), HOLDER, 409, "sharing-state-conflict"),
        (done, "refusal", refusing(), HOLDER, 409, "sharing-state-conflict"),
        (done, "withdrawal", {"reason": "Solved."}, ASKER, 409, "sharing-state-conflict"),
        (done, "escalation", {"reason": "More."}, ASKER, 409, "sharing-state-conflict"),
        (done, "match", {"personId": done["personId"]}, HOLDER, 409, "sharing-state-conflict"),
    ]
    for request, path, body, agency, status, code in tried:
        refusal = await take(service, request, path, body, agency=agency)
        assert (refusal.status_code, refusal.json()["code"]) == (status, code), path
    stale = await take(service, done, "answer", answering(), version=1)
    assert stale.status_code == 412
    elsewhere = await take(service, sent, "match", {"personId": foreign})
    assert [(each["pointer"], each["code"]) for each in elsewhere.json()["errors"]] == [("/personId", "not-found")]
    assert await rows(service) == before


async def test_of_two_answers_at_once_one_stands(service: Service) -> None:
    request = await matched(service)
    both = await asyncio.gather(*(
        take(service, request, "answer", answering(granted("incidents"), granted("named-worker")), number=number)
        for number in (1, 2)
    ))  # fmt: skip
    assert sorted(each.status_code for each in both) == [200, 412]
    admin = await service.database.as_admin()
    count = await admin.fetchval(
        "SELECT count(*) FROM rhannu.disclosures WHERE request_id = $1", uuid.UUID(request["id"])
    )
    await admin.close()
    assert count == 1


async def test_the_same_key_answers_once(service: Service) -> None:
    request = await matched(service)
    headers = service.creating(HOLDER, "safeguarding-lead", PURPOSE) | {"If-Match": f'"v{request["version"]}"'}
    path = f"/v1/information-requests/{request['id']}/answer"
    first, again = [await service.http.post(path, json=answering(), headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["disclosureId"] == again.json()["disclosureId"] is not None


@pytest.mark.parametrize(
    ("gateway", "ground", "is_form"),
    [
        ("SSWBA-164", "incompatible-with-own-duties", True),
        ("SSWBA-164", "adverse-to-own-functions", True),
        ("SSWBA-164", "not-necessary", False),
        ("SSWBA-164", "not-held", True),
        ("CDA-115", "incompatible-with-own-duties", False),
        ("CDA-115", "would-prejudice", True),
    ],
)
async def test_a_refusal_has_the_form_that_the_gateway_requires(
    service: Service, gateway: str, ground: str, is_form: bool
) -> None:
    request = await asked(service, gateways=[gateway])
    refusal = await take(service, request, "refusal", refusing(ground))
    if is_form:
        assert (refusal.status_code, refusal.json()["state"]) == (200, "refused")
        return
    assert [(each["pointer"], each["code"]) for each in refusal.json()["errors"]] == [("/ground", "refusal-form")]
    assert (await read(service, request, HOLDER)).json()["state"] == "sent"
    bare = await take(service, request, "refusal", refusing("not-held", reason=" "))
    assert [each["pointer"] for each in bare.json()["errors"]] == ["/reason"]


async def test_that_the_holder_knows_the_person_is_not_told_before_it_gives_something(service: Service) -> None:
    found = await matched(service, gateways=["SSWBA-164"])
    assert found["isMatched"], "the holder sees what it found"
    assert not (await read(service, found, ASKER)).json()["isMatched"]
    for agency, named in ((ASKER, False), (HOLDER, True)):
        seen = await read(service, found, agency)
        (event,) = await service.events(request=seen.headers["x-request-id"])
        assert (found["personId"] in event["subjects"]) == named, agency  # type: ignore[operator]
    no = await take(service, found, "refusal", refusing("adverse-to-own-functions"))
    assert not (await read(service, no.json(), ASKER)).json()["isMatched"], (
        "a refusal does not say that there is a record"
    )
    escalated = await take(service, no.json(), "escalation", {"reason": "A life may hang on it."}, agency=ASKER)
    assert not escalated.json()["isMatched"]
    assert (await read(service, no.json(), HOLDER)).json()["isMatched"]


async def test_matching_changes_nothing_that_the_asker_can_see(service: Service) -> None:
    request, other = await asked(service), await asked(service)
    headers = service.headers(ASKER, "safeguarding-lead", PURPOSE, x_request_id="same")
    paths = [
        f"/v1/information-requests/{request['id']}", "/v1/information-requests?direction=outbound&limit=200",
    ]  # fmt: skip
    before = [await service.http.get(path, headers=headers) for path in paths]
    service.clock.offset = timedelta(minutes=5)
    found = await matched(service, request)
    after = [await service.http.get(path, headers=headers) for path in paths]
    assert found["isMatched"]
    assert [(each.text, each.headers.get("etag")) for each in after] == [
        (each.text, each.headers.get("etag")) for each in before
    ]
    officer = service.headers(ASKER, "dpo-ig", "audit-quality")
    trail = await service.http.get("/v1/audit/events?limit=200", headers=officer)
    steps = [each for each in trail.json()["events"] if each["action"] == "information-request.changed"]
    assert not [each for each in steps if any(request["id"] in record for record in each["records"])]
    mine = service.headers(HOLDER, "dpo-ig", "audit-quality")
    trail = await service.http.get("/v1/audit/events?limit=200", headers=mine)
    steps = [each for each in trail.json()["events"] if each["action"] == "information-request.changed"]
    assert [each for each in steps if any(request["id"] in record for record in each["records"])]
    answer = await take(service, {**request, "version": before[0].json()["version"]}, "answer", answering())
    assert answer.status_code == 200, answer.text
    assert (await take(service, other, "answer", answering())).json()["code"] == "sharing-person-unmatched"


async def test_a_refusal_is_escalated_once_and_decided_by_another(service: Service) -> None:
    request = await matched(service, gateways=["SSWBA-164"])
    no = await take(service, request, "refusal", refusing("adverse-to-own-functions"))
    raised = await take(service, no.json(), "escalation", {"reason": "A life may hang on it."}, agency=ASKER)
    assert raised.json()["state"] == "escalated", raised.text
    same = await take(service, raised.json(), "answer", answering())
    assert (same.status_code, same.json()["code"]) == (403, "sharing-needs-another")
    again = await take(service, raised.json(), "refusal", refusing("adverse-to-own-functions"), number=2)
    assert again.json()["state"] == "refused"
    assert len(again.json()["decisions"]) == 2
    twice = await take(service, again.json(), "escalation", {"reason": "Please."}, agency=ASKER)
    assert twice.status_code == 409


async def test_one_human_never_asks_and_answers_from_two_accounts(service: Service) -> None:
    request = await matched(service)
    admin = await service.database.as_admin()
    lead, worker = user_id(HOLDER, "safeguarding-lead"), user_id(ASKER, "practitioner")
    await admin.execute("UPDATE rhannu.users SET human_id = $2 WHERE id = $1", lead, worker)
    before = await rows(service)
    try:
        for path, body in (("answer", answering()), ("refusal", refusing())):
            refusal = await take(service, request, path, body)
            assert (refusal.status_code, refusal.json()["code"]) == (403, "sharing-needs-another"), path
        assert await rows(service) == before
    finally:
        await admin.execute("UPDATE rhannu.users SET human_id = $1 WHERE id = $1", lead)
        await admin.close()
    assert (await take(service, request, "answer", answering())).status_code == 200


async def test_the_clock_stands_still_while_the_holder_waits(service: Service) -> None:
    request = await asked(service, urgency="urgent")
    waiting = (await take(service, request, "clarifications", {"question": "Which year?"})).json()
    service.clock.offset = timedelta(hours=30)
    assert (await read(service, request, HOLDER)).json()["isOverdue"] is False
    replied = await take(
        service, waiting, "clarifications/reply", {"reply": "This one."}, agency=ASKER, role="practitioner"
    )
    assert replied.json()["clarifications"][0]["reply"] == "This one."
    service.clock.offset = timedelta(hours=53)
    assert (await read(service, request, HOLDER)).json()["isOverdue"] is False
    service.clock.offset = timedelta(hours=55)
    assert (await read(service, request, HOLDER)).json()["isOverdue"] is True
    headers = service.headers(HOLDER, "spoc", PURPOSE)
    late = await service.http.get("/v1/information-requests?direction=inbound&overdue=true&limit=200", headers=headers)
    assert request["id"] in [each["id"] for each in late.json()["requests"]]


async def test_a_request_is_taken_back_with_a_reason_that_the_holder_reads(service: Service) -> None:
    request = await asked(service)
    back = await take(service, request, "withdrawal", {"reason": "He moved away."}, agency=ASKER, role="practitioner")
    assert back.json()["state"] == "withdrawn"
    shown = (await read(service, request, HOLDER)).json()
    assert (shown["state"], shown["withdrawnReason"]) == ("withdrawn", "He moved away.")


@pytest.mark.parametrize(
    ("by", "holder", "changes", "fault"),
    [
        ("newport-cc", "pobl", {}, ("/publicTaskStatement", "required")),
        ("newport-cc", "pobl", {"gateways": ["SSWBA-164"], "publicTaskStatement": "For s126."}, ("/gateways/0", "gateway-not-theirs")),
        ("pobl", "newport-cc", {"publicTaskStatement": "For s126."}, ("/publicTaskStatement", "inconsistent")),
        ("abuhb", "gwent-police", {"gateways": ["SSWBA-164"]}, ("/gateways/0", "gateway-not-theirs")),
        ("newport-cc", "gwent-police", {"gateways": ["SSWBA-137"]}, ("/gateways/0", "gateway-not-theirs")),
        ("newport-cc", "gwent-police", {"lawfulBasis": ["6-1-ea"]}, ("/lawfulBasis/0", "basis-not-theirs")),
        ("newport-cc", "newport-cc", {}, ("/holder", "inconsistent")),
        ("newport-cc", "nobody-known", {}, ("/holder", "code-unknown")),
        ("newport-cc", "gwent-police", {"items": [{"item": "health"}]}, ("/specialConditions", "required")),
        ("newport-cc", "gwent-police", {"items": [{"item": "other"}]}, ("/items/0/detail", "required")),
        ("newport-cc", "gwent-police", {"items": []}, ("/items", "required")),
        ("newport-cc", "gwent-police", {"items": [{"item": "no-such"}]}, ("/items/0/item", "code-unknown")),
        ("newport-cc", "gwent-police", {"identity": {"given": "Ifor"}}, ("/identity", "too-vague")),
        ("newport-cc", "gwent-police", {"identity": {"nhsNumber": "9991234005"}}, ("/identity/nhsNumber", "check-digit")),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_named(
    service: Service, by: str, holder: str, changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    person = await registered(service, by)
    before = await rows(service)
    refusal = await service.http.post(
        "/v1/information-requests", json=asking(person, holder, **changes),
        headers=service.creating(by, "practitioner", PURPOSE),
    )  # fmt: skip
    assert refusal.status_code == 422, refusal.text
    assert fault in [(each["pointer"], each["code"]) for each in refusal.json()["errors"]]
    assert await rows(service) == before


async def test_a_landlord_is_asked_with_a_statement_and_asks_on_its_own_basis(service: Service) -> None:
    told = await asked(service, holder="pobl", publicTaskStatement="We need exactly this for our enquiry under s126.")
    assert told["publicTaskStatement"] is not None
    theirs = await asked(service, by="pobl", holder="newport-cc", lawfulBasis=["6-1-ea"])
    assert theirs["publicTaskStatement"] is None


async def test_every_reading_is_on_the_trail_of_both_agencies(service: Service) -> None:
    request = await answered(service)
    outbound = (await read(service, request, ASKER)).json()
    (await disclosure(service, request["disclosureId"], ASKER)).raise_for_status()
    event = (await service.events(action="disclosure.read", agency=ASKER))[-1]
    assert set(event["subjects"]) == {outbound["personId"], request["personId"]}  # type: ignore[call-overload]  # JSON of the trail
    assert set(event["owners"]) == {ASKER, HOLDER}  # type: ignore[call-overload]  # JSON of the trail
    assert set(event["fields"]) == {"disclosure.content", "item.incidents"}  # type: ignore[call-overload]  # JSON of the trail
    for agency, person in ((HOLDER, request["personId"]), (ASKER, outbound["personId"])):
        trail = await service.http.get(
            "/v1/audit/events", params={"subject": person, "action": "disclosure.read"},
            headers=service.headers(agency, "dpo-ig", "audit-quality"),
        )  # fmt: skip
        (found,) = trail.json()["events"]
        assert found["records"] == [f"disclosure:{request['disclosureId']}:1"], agency
        assert "item.incidents" in found["fields"]
    changed = (await service.events(action="information-request.answered", agency=HOLDER))[-1]
    assert (changed["operation"], changed["purpose"]) == ("disclosure", PURPOSE)


async def test_an_officer_who_oversees_data_reads_decisions_and_not_what_was_given(service: Service) -> None:
    request = await answered(service)
    for agency in (ASKER, HOLDER):
        seen = await read(service, request, agency, "dpo-ig")
        assert seen.json()["decisions"][0]["items"][1]["ground"] == "not-necessary"
        given = await disclosure(service, request["disclosureId"], agency, "dpo-ig")
        assert given.json()["items"] == [{"item": "incidents", "facts": None}]
        assert given.json()["basis"]["footing"]["necessity"]
        assert "threatened a nurse" not in given.text


async def test_lists_are_read_page_by_page_and_narrowed_by_state(service: Service) -> None:
    made = [(await asked(service, by="abuhb", holder="swfrs"))["id"] for _ in range(3)]
    first = await read_of(service, made[0], "abuhb")
    back = await take(service, first, "withdrawal", {"reason": "Solved."}, agency="abuhb")
    assert back.status_code == 200
    headers = service.headers("swfrs", "spoc", PURPOSE)
    found: list[str] = []
    path: str | None = "/v1/information-requests?direction=inbound&limit=2"
    while path is not None:
        page = await service.http.get(path, headers=headers)
        found += [each["id"] for each in page.json()["requests"]]
        path = page.headers["link"].partition("<")[2].partition(">")[0] if "link" in page.headers else None
    assert [each for each in found if each in made] == made[::-1]
    assert len(found) == len(set(found))
    waiting = await service.http.get("/v1/information-requests?state=sent&limit=200", headers=headers)
    shown = [each["id"] for each in waiting.json()["requests"]]
    assert [each for each in shown if each in made] == made[:0:-1]
    outbound = await service.http.get("/v1/information-requests?direction=outbound&limit=200", headers=headers)
    assert not set(made) & {each["id"] for each in outbound.json()["requests"]}


async def read_of(service: Service, request_id: str, agency: str) -> dict[str, Any]:
    return dict((await read(service, {"id": request_id}, agency)).json())
