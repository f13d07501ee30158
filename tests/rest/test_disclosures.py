"""What was given is put right, taken back and acknowledged; what was not shared is recorded, and fear is answered."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.sharing_duties import SharingDutyKind
from services.db.engine import make_engine
from services.sharing import chase_sharing
from tests.factories.flags import in_days, registered
from tests.factories.sharing import (
    ASKER,
    HOLDER,
    PURPOSE,
    answered,
    answering,
    asked,
    change,
    deciding,
    disclosure,
    granted,
    matched,
    take,
)
from tests.fixtures.database import Database
from tests.fixtures.service import Service
from tests.rest.rows import rows

RIGHT = {"heading": "Last year", "text": "It was a neighbour who threatened her."}
CORRECTION = {"items": [{"item": "incidents", "facts": [RIGHT]}], "reason": "The wrong man was named."}


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def unseen(service: Service, agency: str = ASKER) -> list[str]:
    headers = service.headers(agency, "spoc", PURPOSE)
    listed = await service.http.get("/v1/disclosures?side=received&unacknowledged=true&limit=200", headers=headers)
    return [each["id"] for each in listed.json()["disclosures"]]


async def chased(service: Service, thing: str) -> list[tuple[str, str, int, list[str]]]:
    admin = await service.database.as_admin()
    found = await admin.fetch(
        "SELECT owner_agency, duty, rung, roles FROM rhannu.sharing_chases WHERE thing_id = $1 ORDER BY duty, rung",
        uuid.UUID(thing),
    )
    await admin.close()
    return [(row["owner_agency"], row["duty"], row["rung"], list(row["roles"])) for row in found]


async def test_a_correction_reaches_the_recipient_who_acknowledges_it(service: Service) -> None:
    given = (await disclosure(service, (await answered(service))["disclosureId"])).json()
    assert given["id"] in await unseen(service)
    seen = await change(service, given, "acknowledgement", agency=ASKER, role="practitioner")
    assert (seen.json()["awaitsAcknowledgement"], seen.json()["acknowledged"][0]["version"]) == (False, 1)
    assert given["id"] not in await unseen(service)
    right = await change(service, seen.json(), "corrections", CORRECTION)
    assert right.json()["state"] == "corrected", right.text
    assert given["id"] in await unseen(service)
    shown = (await disclosure(service, given["id"], ASKER)).json()
    assert shown["items"][0]["facts"][0]["text"] == RIGHT["text"]
    assert (shown["changeReason"], shown["awaitsAcknowledgement"]) == ("The wrong man was named.", True)
    again = await change(service, shown, "acknowledgement", agency=ASKER)
    assert [each["version"] for each in again.json()["acknowledged"]] == [1, shown["givenVersion"]]
    twice = await change(service, again.json(), "acknowledgement", agency=ASKER)
    assert (twice.status_code, twice.json()["code"]) == (409, "sharing-state-conflict")


async def test_what_is_taken_back_is_gone_from_the_record_that_both_read(service: Service) -> None:
    secret = "Ysguthan-91c2"
    facts = granted("incidents", {"heading": "Last year", "text": secret})
    given = (
        await disclosure(service, (await answered(service, facts, granted("named-worker")))["disclosureId"])
    ).json()
    back = await change(service, given, "withdrawal", {"reason": "Not this person."})
    assert (back.status_code, back.json()["state"]) == (200, "withdrawn")
    for agency in (ASKER, HOLDER):
        shown = await disclosure(service, given["id"], agency)
        assert secret not in shown.text
        assert [(each["item"], each["facts"]) for each in shown.json()["items"]] == [
            ("incidents", []),
            ("named-worker", []),
        ]
    assert given["id"] in await unseen(service)
    for path, body in (("corrections", CORRECTION), ("withdrawal", {"reason": "Again."})):
        refusal = await change(service, back.json(), path, body)
        assert (refusal.status_code, refusal.json()["code"]) == (409, "sharing-state-conflict")


async def test_only_the_giver_changes_it_and_gives_no_more_than_was_granted(service: Service) -> None:
    given = (await disclosure(service, (await answered(service))["disclosureId"])).json()
    before = await rows(service)
    more = CORRECTION | {"items": [*CORRECTION["items"], {"item": "named-worker", "facts": [RIGHT]}]}
    tried: list[tuple[str, Any, str, int | None, int]] = [
        ("corrections", CORRECTION, ASKER, None, 403),
        ("withdrawal", {"reason": "Not him."}, ASKER, None, 403),
        ("acknowledgement", None, HOLDER, None, 403),
        ("corrections", CORRECTION, "wast", None, 404),
        ("corrections", more, HOLDER, None, 422),
        ("corrections", {"items": [], "reason": "None."}, HOLDER, None, 422),
        ("corrections", CORRECTION, HOLDER, 7, 412),
    ]
    for path, body, agency, version, status in tried:
        refusal = await change(service, given, path, body, agency=agency, version=version)
        assert refusal.status_code == status, (path, agency, refusal.text)
    assert await rows(service) == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"onward": {"conditions": []}}, "/onward/conditions"),
        ({"retainUntil": in_days(-2)}, "/retainUntil"),
        ({"post": " "}, "/post"),
        ({"items": [granted("incidents")]}, "/items"),
        ({"items": [granted("incidents"), {"item": "named-worker", "granted": True}]}, "/items/1/facts"),
    ],
)
async def test_an_answer_without_limits_or_with_gaps_gives_nothing(
    service: Service, changes: dict[str, Any], pointer: str
) -> None:
    request = await matched(service)
    before = await rows(service)
    refusal = await take(service, request, "answer", answering(**changes))
    assert pointer in [each["pointer"] for each in refusal.json()["errors"]], refusal.text
    assert await rows(service) == before


async def test_who_owes_a_step_is_chased_at_their_own_agency_and_higher_up_as_time_passes(
    service: Service, worker: AsyncEngine
) -> None:
    request = await asked(service, urgency="emergency")
    start = service.clock()

    async def after(minutes: int) -> list[tuple[str, str, int, list[str]]]:
        while await chase_sharing(worker, start + timedelta(minutes=minutes)):
            pass
        return await chased(service, request["id"])

    first = await after(1)
    assert [(each[:3]) for each in first] == [(HOLDER, "acknowledge-request", 1)]
    assert first[0][3] == ["duty-desk", "mash-duty", "spoc"]
    late = await after(61)
    assert (HOLDER, "answer-request", 2) in [each[:3] for each in late]
    assert "safeguarding-lead" in next(each[3] for each in late if each[1:3] == ("answer-request", 2))
    assert "dpo-ig" in next(each[3] for each in late if each[1:3] == ("acknowledge-request", 3))
    assert await after(62) == late, "each rung is put once"
    path = f"/v1/information-requests/{request['id']}"
    theirs = await service.http.get(path, headers=service.headers(HOLDER, "spoc", PURPOSE))
    assert {each["duty"] for each in theirs.json()["chased"]} == {"acknowledge-request", "answer-request"}
    ours = await service.http.get(path, headers=service.headers(ASKER, "spoc", PURPOSE))
    assert ours.json()["chased"] == []


async def test_the_recipient_of_a_change_and_the_asker_who_is_asked_back_are_chased(
    service: Service, worker: AsyncEngine
) -> None:
    given = (await answered(service))["disclosureId"]
    waiting = await asked(service)
    done = await take(service, waiting, "clarifications", {"question": "Which year?"})
    assert done.status_code == 200
    while await chase_sharing(worker, service.clock() + timedelta(days=4)):
        pass
    assert (ASKER, SharingDutyKind.ACKNOWLEDGE_DISCLOSURE.value) in {each[:2] for each in await chased(service, given)}
    assert {each[:2] for each in await chased(service, waiting["id"])} == {(ASKER, "clarify-request")}


async def decide(
    service: Service, reason: str = "fear-of-repercussions", *, role: str = "practitioner", **changes: Any
) -> Any:
    body = deciding(await registered(service, ASKER), reason, **changes)
    headers = service.creating(ASKER, role, PURPOSE)
    return await service.http.post("/v1/not-sharing-decisions", json=body, headers=headers)


async def listed(service: Service, role: str, agency: str = ASKER) -> list[str]:
    headers = service.headers(agency, role, "supervision" if role == "line-manager" else "flag-governance")
    found = await service.http.get("/v1/not-sharing-decisions?limit=200", headers=headers)
    return [each["id"] for each in found.json()["decisions"]]


async def answer_fear(service: Service, made: dict[str, Any], role: str = "line-manager", version: int = 1) -> Any:
    headers = service.creating(ASKER, role, "supervision") | {"If-Match": f'"v{version}"'}
    body = {"outcome": "to-be-shared", "support": "I will share it myself, and we visit in pairs."}
    return await service.http.post(f"/v1/not-sharing-decisions/{made['id']}/answer", json=body, headers=headers)


@pytest.mark.requirement("G-3.3-3")
async def test_fear_of_repercussions_stands_before_the_line_manager_until_answered(
    service: Service, worker: AsyncEngine
) -> None:
    feared, weighed = (await decide(service)).json(), (await decide(service, "not-necessary")).json()
    assert (feared["awaitsManager"], weighed["awaitsManager"]) == (True, False)
    manager = await listed(service, "line-manager")
    assert feared["id"] in manager
    assert weighed["id"] not in manager
    assert {feared["id"], weighed["id"]} <= set(await listed(service, "dpo-ig"))
    assert feared["id"] not in await listed(service, "line-manager", HOLDER)
    while await chase_sharing(worker, service.clock() + timedelta(days=3)):
        pass
    assert [each[:3] for each in await chased(service, feared["id"])] == [(ASKER, "answer-fear", 2)]
    assert await chased(service, weighed["id"]) == []
    done = await answer_fear(service, feared)
    assert (done.json()["outcome"], done.json()["awaitsManager"]) == ("to-be-shared", False)
    assert (await answer_fear(service, done.json(), version=2)).status_code == 409
    assert (await answer_fear(service, weighed)).status_code == 404


@pytest.mark.requirement("G-3.3-3")
async def test_nobody_answers_their_own_fear(service: Service) -> None:
    own = (await decide(service, role="line-manager")).json()
    before = await rows(service)
    refusal = await answer_fear(service, own)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "sharing-needs-another")
    assert await rows(service) == before
    assert (await answer_fear(service, own, "safeguarding-lead")).status_code == 200


@pytest.mark.requirement("G-3.3-3")
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reasonCode": "no-such"}, "/reasonCode"),
        ({"reason": " "}, "/reason"),
        ({"agency": ASKER}, "/agency"),
        ({"agency": "nobody-known"}, "/agency"),
        ({"personId": str(uuid.uuid4())}, "/personId"),
    ],
)
async def test_a_decision_not_to_share_needs_its_reason(
    service: Service, changes: dict[str, Any], pointer: str
) -> None:
    body = deciding(await registered(service, ASKER)) | changes
    before = await rows(service)
    headers = service.creating(ASKER, "practitioner", PURPOSE)
    refusal = await service.http.post("/v1/not-sharing-decisions", json=body, headers=headers)
    assert refusal.status_code == 422, refusal.text
    assert [each["pointer"] for each in refusal.json()["errors"]] == [pointer]
    assert await rows(service) == before
