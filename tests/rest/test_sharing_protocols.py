"""Protocols from draft to end, by the people who may, and what each step lets flow."""

import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from domain.access import Role
from domain.dates import local_date
from services.db.engine import make_engine
from services.sharing import chase_protocols
from tests.factories.flags import active, registered
from tests.factories.numbers import nhs_number
from tests.factories.protocols import BOARD, assured, drafted, drafting, flowing, in_force, signed, step
from tests.factories.sharing import FACT, asked, granted, matched, refused, take
from tests.fixtures.service import Service
from tests.rest.rows import rows

A, B, C = "tai-calon", "linc", "llamau"
THEM = (A, B, C)
VISIT, CARE = "staff-safety-visit", "direct-care"


@pytest.fixture(autouse=True)
async def _nothing_flows_afterwards(service: Service) -> AsyncIterator[None]:
    yield
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.sharing_protocols SET state = 'ended', recorded_at = now() WHERE partners && $1", list(THEM)
    )
    await admin.close()


async def warned(service: Service, owner: str, viewer: str, category: str = "threat-violence") -> dict[str, Any]:
    """A person known to two agencies, with an active flag of the owner's for all partners."""
    content = {"nhsNumber": nhs_number()}
    flag = await active(service, owner, content=content, category=category)
    return {"person": await registered(service, viewer, **content), "flag": flag}


async def checked(service: Service, viewer: str, person: str, purpose: str = VISIT) -> dict[str, Any]:
    headers = service.headers(viewer, "practitioner", purpose)
    answer = await service.http.post("/v1/flag-checks", json={"entries": [{"personId": person}]}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["entries"][0])


async def ended(service: Service, made: dict[str, Any]) -> dict[str, Any]:
    """End a protocol in force by the two people whom it takes."""
    review = await step(service, made, "reviews", {"reason": "Too wide."})
    done = await step(service, review.json(), "ending", {"reason": "Nobody keeps to it."}, number=2)
    assert done.status_code == 200, done.text
    return dict(done.json())


async def test_a_warning_flows_from_the_day_in_force_and_ends_with_the_protocol_at_once(service: Service) -> None:
    found = await warned(service, A, B)
    mild = await warned(service, A, B, "intimidation-harassment")
    assert (await checked(service, B, found["person"]))["outcome"] == "contact-before-visit"
    assert (await checked(service, B, mild["person"]))["outcome"] == "no-warning-known"

    made = await in_force(service, THEM)
    assert made["isFlowing"]
    seen = await checked(service, B, found["person"])
    assert [warning["flagId"] for warning in seen["warnings"]] == [found["flag"]["id"]]
    assert (await checked(service, B, mild["person"]))["outcome"] == "warnings"
    # For a purpose that was not agreed nothing flows; a grave warning still does not fall silent.
    elsewhere = await checked(service, B, found["person"], CARE)
    assert (elsewhere["outcome"], elsewhere["warnings"]) == ("contact-before-visit", [])
    assert (await checked(service, B, mild["person"], CARE))["outcome"] == "no-warning-known"

    await ended(service, made)
    for purpose in (VISIT, CARE):
        entry = await checked(service, B, found["person"], purpose)
        assert (entry["outcome"], entry["warnings"]) == ("contact-before-visit", []), purpose
        assert [contact["agency"] for contact in entry["contacts"]] == [A]
    assert (await checked(service, B, mild["person"]))["outcome"] == "no-warning-known"


async def test_who_leaves_ends_only_its_own_flows_and_may_sign_again(service: Service) -> None:
    to_b, to_c = await warned(service, A, B), await warned(service, A, C)
    made = await in_force(service, THEM)
    left = await step(service, made, "departure", {"reason": "We merge."}, agency=B, role=Role.SAFEGUARDING_LEAD)
    assert left.status_code == 200, left.text
    assert (await checked(service, B, to_b["person"]))["outcome"] == "contact-before-visit"
    assert (await checked(service, C, to_c["person"]))["outcome"] == "warnings"
    again = await signed(service, left.json(), B)
    assert (await checked(service, B, to_b["person"]))["outcome"] == "warnings"
    assert [each["agency"] for each in again["signatures"]] == [A, B, C, B]


async def test_nothing_flows_to_who_has_not_signed_or_before_it_is_in_force(service: Service) -> None:
    to_b, to_c = await warned(service, A, B), await warned(service, A, C)
    made = await assured(service, THEM)
    early = await step(service, made, "commencement")
    assert (early.status_code, early.json()["code"]) == (409, "protocol-unsigned")
    made = await signed(service, await signed(service, made, A), B)
    assert (await checked(service, B, to_b["person"]))["warnings"] == []
    made = (await step(service, made, "commencement")).json()
    assert (await checked(service, B, to_b["person"]))["outcome"] == "warnings"
    assert (await checked(service, C, to_c["person"]))["outcome"] == "contact-before-visit"
    await signed(service, made, C)
    assert (await checked(service, C, to_c["person"]))["outcome"] == "warnings"


async def test_it_lapses_by_its_last_day_without_anybody_doing_anything(service: Service) -> None:
    found = await warned(service, A, B)
    today = local_date(service.clock())
    last = today + timedelta(days=3)
    made = await in_force(service, THEM, reviewDue=str(today + timedelta(days=2)), runsUntil=str(last))
    service.clock.offset = timedelta(days=2)
    assert (await checked(service, B, found["person"]))["outcome"] == "warnings"
    service.clock.offset = timedelta(days=4, hours=2)
    assert (await checked(service, B, found["person"]))["outcome"] == "contact-before-visit"
    lapsed = await service.http.get(
        f"/v1/sharing-protocols/{made['id']}", headers=service.headers(BOARD, "board-administrator", "audit-quality")
    )
    assert (lapsed.json()["hasLapsed"], lapsed.json()["isFlowing"]) == (True, False)


async def test_its_lapse_and_its_review_are_put_before_people_well_before(service: Service) -> None:
    today = local_date(service.clock())
    due, last = today + timedelta(days=100), today + timedelta(days=120)
    made = await in_force(service, (A, B), reviewDue=str(due), runsUntil=str(last))
    engine = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=10_000)
    seen: list[tuple[int, set[tuple[str, str]]]] = []
    for days in (0, 41, 101, 115, 121):
        service.clock.offset = timedelta(days=days)
        await chase_protocols(engine, service.clock())
        await chase_protocols(engine, service.clock())
        found: set[tuple[str, str]] = set()
        for agency, role in ((BOARD, "board-administrator"), (A, "safeguarding-lead"), (C, "safeguarding-lead")):
            headers = service.headers(agency, role, "audit-quality")
            answer = await service.http.get(f"/v1/sharing-protocols/{made['id']}", headers=headers)
            if agency == C:
                assert answer.status_code == 404
            else:
                found |= {(each["agency"], each["duty"]) for each in answer.json()["chased"]}
        seen.append((days, found))
    await engine.dispose()
    review, lapse, partner = (BOARD, "review-protocol"), (BOARD, "protocol-lapses"), (A, "protocol-lapses")
    assert seen == [
        (0, set()), (41, {review, lapse}), (101, {review, lapse, partner}), (115, {review, lapse, partner}),
        (121, {review, lapse, partner}),
    ]  # fmt: skip


async def test_a_successor_takes_the_place_in_one_step(service: Service) -> None:
    found = await warned(service, A, B)
    before = await in_force(service, (A, B))
    flows = [flowing([A], [B], items=["incidents"])]
    after = await in_force(service, (A, B), supersedes=before["id"], flows=flows, reference="WASPI-1235")
    read = await service.http.get(
        f"/v1/sharing-protocols/{before['id']}", headers=service.headers(A, "practitioner", VISIT)
    )
    assert read.json()["state"] == "ended"
    assert read.json()["ended"]["successor"] == after["id"]
    assert (await checked(service, B, found["person"]))["warnings"] == []  # precautions are not in it


async def test_a_successor_begins_where_its_predecessor_has_ended_already(service: Service) -> None:
    found = await warned(service, A, B)
    before = await ended(service, await in_force(service, (A, B)))
    after = await in_force(service, (A, B), supersedes=before["id"], reference="WASPI-1236")
    assert after["isFlowing"]
    assert (await checked(service, B, found["person"]))["outcome"] == "warnings"


async def test_two_people_of_the_board_and_nobody_signs_for_another(service: Service) -> None:
    made = await drafted(service, (A, B))
    before = await rows(service)
    alone = await step(service, made, "assurance")
    assert (alone.status_code, alone.json()["code"]) == (403, "protocol-needs-another")
    for agency, role in ((A, Role.SAFEGUARDING_LEAD), (A, Role.BOARD_ADMINISTRATOR)):
        early = await step(service, made, "signatures", {"post": "Head"}, agency=agency, role=role)
        assert early.status_code in {403, 409}
    assert await rows(service) == before
    made = (await step(service, made, "assurance", number=2)).json()
    before = await rows(service)
    stranger = await step(service, made, "signatures", {"post": "Head"}, agency=C, role=Role.SAFEGUARDING_LEAD)
    assert stranger.status_code == 404  # hidden and absent look the same
    by_board = await step(service, made, "signatures", {"post": "Head"}, role=Role.SAFEGUARDING_LEAD)
    assert (by_board.status_code, by_board.json()["code"]) == (403, "access-denied")
    amended = await step(service, made, "amendments", drafting((A, B)))
    assert (amended.status_code, amended.json()["code"]) == (409, "protocol-state-conflict")
    assert await rows(service) == before
    made = await signed(service, await signed(service, made, A), B)
    twice = await step(service, made, "signatures", {"post": "Head"}, agency=A, role=Role.SAFEGUARDING_LEAD)
    assert (twice.status_code, twice.json()["code"]) == (409, "protocol-state-conflict")
    made = (await step(service, made, "commencement")).json()
    alone = await step(service, made, "ending", {"reason": "I say so."})
    assert (alone.status_code, alone.json()["code"]) == (409, "protocol-state-conflict")
    review = (await step(service, made, "reviews", {"reason": "It is time."})).json()
    for path, body in (
        ("ending", {"reason": "I say so."}),
        ("renewal", {"reason": "Go on.", "reviewDue": "2028-07-01"}),
    ):
        alone = await step(service, review, path, body)
        assert (alone.status_code, alone.json()["code"]) == (403, "protocol-needs-another"), path
    renewed = await step(service, review, "renewal", {"reason": "Go on.", "reviewDue": "2028-07-01"}, number=2)
    assert (renewed.json()["state"], renewed.json()["terms"]["reviewDue"]) == ("in-force", "2028-07-01")


@pytest.mark.parametrize(
    ("changes", "pointer", "issue"),
    [
        ({"flows": []}, "/flows", "required"),
        ({"flows": [flowing([A], [C])]}, "/flows/0/recipients", "not-a-partner"),
        ({"flows": [flowing([A], [A])]}, "/flows/0/recipients", "inconsistent"),
        ({"flows": [flowing([A], [B]), flowing([B], [A])]}, "/flows/1/id", "duplicate"),
        ({"flows": [flowing([A], [B], purposes=["direct-care"])]}, "/flows/0/purposes", "not-agreed"),
        ({"flows": [flowing([A], [B], items=["gossip"])]}, "/flows/0/items/0", "code-unknown"),
        ({"flows": [flowing([A], [B]), flowing([B], [A], id="F2")], "kind": "dda"}, "/flows", "not-one-way"),
        ({"powers": []}, "/powers", "required"),
        ({"reviewDue": "2020-01-01"}, "/reviewDue", "in-past"),
        ({"reviewDue": "2099-01-01"}, "/reviewDue", "out-of-range"),
        ({"runsUntil": "2027-01-01"}, "/runsUntil", "out-of-range"),
        ({"supersedes": str(uuid.uuid4())}, "/supersedes", "not-found"),
        ({"title": {"en": "Only", "cy": " "}}, "/title/cy", "too-short"),
    ],
)
async def test_what_leaves_in_doubt_who_gives_what_to_whom_is_refused(
    service: Service, changes: dict[str, Any], pointer: str, issue: str
) -> None:
    headers = service.creating(BOARD, "board-administrator", "audit-quality")
    before = await rows(service)
    answer = await service.http.post("/v1/sharing-protocols", json=drafting((A, B), **changes), headers=headers)
    assert answer.status_code == 422, answer.text
    assert (pointer, issue) in {(each["pointer"], each["code"]) for each in answer.json()["errors"]}
    assert await rows(service) == before


async def test_sensitive_items_need_a_condition_with_its_document(service: Service) -> None:
    powers = [{"gateway": "SSWBA-162", "lawfulBasis": ["6-1-e"]}]
    flows = [flowing([A], [B], items=["health"])]
    headers = service.creating(BOARD, "board-administrator", "audit-quality")
    body = drafting((A, B), powers=powers, flows=flows)
    answer = await service.http.post("/v1/sharing-protocols", json=body, headers=headers)
    assert {each["code"] for each in answer.json()["errors"]} == {"needs-condition"}


async def test_a_desk_answers_under_a_flow_at_night_and_nothing_beyond_it(service: Service) -> None:
    made = await in_force(service, (A, B))
    request = await matched(service, await asked(service, by=B, holder=A), agency=A)
    basis = {"protocolId": made["id"], "flow": "F1"}
    body = {
        "items": [granted("incidents"), refused("named-worker")],
        "basis": basis,
        "onward": {"conditions": ["no-onward-share"]},
        "retainUntil": str(date.today() + timedelta(days=90)),
        "post": "Duty desk",
    }
    before = await rows(service)
    for wrong in (
        {"items": [granted("incidents"), granted("named-worker")]},
        {"basis": basis | {"flow": "F9"}},
        {"basis": basis | {"protocolId": str(uuid.uuid4())}},
    ):
        refusal = await take(service, request, "flow-answer", body | wrong, agency=A, role="duty-desk")
        assert (refusal.status_code, refusal.json()["code"]) == (409, "no-flow"), wrong
    assert await rows(service) == before
    done = await take(service, request, "flow-answer", body, agency=A, role="duty-desk")
    assert done.status_code == 200, done.text
    given = await service.http.get(
        f"/v1/disclosures/{done.json()['disclosureId']}",
        headers=service.headers(B, "safeguarding-lead", "adult-safeguarding"),
    )
    shown = given.json()
    assert (shown["basis"]["kind"], shown["basis"]["flow"]) == ("protocol-flow", basis)
    assert shown["basis"]["footing"]["gateways"] == ["SSWBA-162"]
    assert [(each["item"], each["facts"][0]["text"]) for each in shown["items"]] == [("incidents", FACT["text"])]
    await ended(service, made)
    later = await matched(service, await asked(service, by=B, holder=A), agency=A)
    late = await take(service, later, "flow-answer", body, agency=A, role="duty-desk")
    assert (late.status_code, late.json()["code"]) == (409, "no-flow")


async def test_what_may_flow_is_listed_in_both_directions(service: Service) -> None:
    flows = [flowing([A], [B]), flowing([B], [A], id="F2", items=["identity-contact"])]
    made = await in_force(service, (A, B), flows=flows)
    headers = service.headers(A, "practitioner", VISIT)
    listed = await service.http.get("/v1/sharing-flows/linc", headers=headers)
    mine = [each for each in listed.json()["items"] if each["protocolId"] == made["id"]]
    assert [(each["giver"], each["recipient"], each["flow"], each["items"]) for each in mine] == [
        (B, A, "F2", ["identity-contact"]), (A, B, "F1", ["incidents", "risk-and-precautions"]),
    ]  # fmt: skip
    narrow = await service.http.get("/v1/sharing-flows/linc?item=identity-contact", headers=headers)
    assert {each["flow"] for each in narrow.json()["items"] if each["protocolId"] == made["id"]} == {"F2"}
    nobody = await service.http.get("/v1/sharing-flows/nobody", headers=headers)
    assert nobody.status_code == 404
