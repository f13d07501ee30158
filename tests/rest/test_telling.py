"""The person counts as told from the day a notice was delivered; what an originator asked for stops the letter first."""

from typing import Any

import pytest

from tests.factories.flags import decision, in_days, proposed, reviewing, step, terms
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_flag_notices import TOLD, flagged, notice, prepare
from tests.rest.test_handling import faults

POLICE, ORIGINATOR = "gwent-police", "newport-cc"
DELIVERED = {"on": in_days(0), "how": "By hand, at the surgery"}
FIRST = {"originator": ORIGINATOR, "handling": ["consult-originator-before-subject-access"]}
AGREED = {"originator": ORIGINATOR, "who": "Duty manager", "how": "By telephone", "on": in_days(0)}


async def made(service: Service, **changes: Any) -> tuple[dict[str, Any], str]:
    """A flag and its notice."""
    flag = await flagged(service, **changes)
    written = await prepare(service, flag, notice(flag))
    assert written.status_code == 201, written.text
    return flag, written.json()["id"]


async def deliver(service: Service, flag: dict[str, Any], notice_id: str, **changes: Any) -> Any:
    return await step(service, flag, f"notices/{notice_id}/delivery", DELIVERED | changes)


async def owed(service: Service, flag: dict[str, Any]) -> list[str]:
    headers = service.headers(POLICE, "flag-decision-maker", "flag-governance")
    found, page = [], "/v1/flag-duties?limit=200"
    while page:
        answer = await service.http.get(page, headers=headers)
        found += [
            duty["kind"] for each in answer.json()["flags"] if each["id"] == flag["id"] for duty in each["duties"]
        ]
        page = answer.links.get("next", {}).get("url", "")
    return found


@pytest.mark.requirement("G-7.2-1", "G-7.2-2")
async def test_a_notice_delivered_makes_the_flag_told_and_ends_the_chase(service: Service) -> None:
    flag, written = await made(service)
    assert "tell-person" in await owed(service, flag)
    told = await deliver(service, flag, written)
    assert told.status_code == 200, told.text
    after = told.json()["notification"]
    assert (after["kind"], after["on"], after["how"]) == ("told", in_days(0), "By hand, at the surgery")
    assert (after["notice"], after["routeChecked"]) == (written, True)
    assert told.json()["change"] is None, "holders learn nothing new"
    assert "tell-person" not in await owed(service, flag)
    (event,) = [e for e in await service.events(action="person.told") if f"notice:{written}" in e["records"]]
    assert flag["subject"]["personId"] in event["subjects"]
    kept = await step(service, told.json(), "reviews", reviewing(notification=None))
    assert kept.status_code == 200, kept.text


async def test_a_second_delivery_changes_nothing(service: Service) -> None:
    flag, written = await made(service)
    told = (await deliver(service, flag, written)).json()
    before = await rows(service)
    again = await deliver(service, told, written, on=in_days(0))
    assert (again.status_code, again.json()["code"]) == (409, "flag-state-conflict")
    assert await rows(service) == before


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"on": in_days(1)}, ("/on", "in-future")),
        ({"on": in_days(-1)}, ("/on", "out-of-range")),
        ({"on": "soon"}, ("/on", "date-invalid")),
        ({"how": " "}, ("/how", "too-short")),
    ],
)
async def test_a_delivery_that_cannot_have_been_is_refused(
    service: Service, change: dict[str, str], fault: tuple[str, str]
) -> None:
    flag, written = await made(service)
    before = await rows(service)
    assert faults(await deliver(service, flag, written, **change)) == {fault}
    assert await rows(service) == before


async def test_only_a_notice_of_this_flag_tells_of_it(service: Service) -> None:
    flag, _ = await made(service)
    other, written = await made(service)
    before = await rows(service)
    for path in (written, other["id"]):
        refused = await deliver(service, flag, path)
        assert refused.status_code == 404
    stale = await step(service, flag, f"notices/{written}/delivery", DELIVERED, version=1)
    assert stale.status_code == 412
    assert await rows(service) == before


async def test_what_is_put_off_is_not_told_before_its_day(service: Service) -> None:
    later = {"kind": "deferred", "on": in_days(5), "reason": "An arrest is planned."}
    flag, written = await made(service, notification=later)
    before = await rows(service)
    assert faults(await deliver(service, flag, written)) == {("/on", "out-of-range")}
    assert await rows(service) == before


async def test_what_was_withheld_since_the_letter_was_made_is_not_told(service: Service) -> None:
    flag, written = await made(service)
    withheld = (await step(service, flag, "reviews", reviewing())).json()
    before = await rows(service)
    refused = await deliver(service, withheld, written)
    assert (refused.status_code, refused.json()["code"]) == (409, "flag-state-conflict")
    fresh = await prepare(service, withheld, notice(withheld))
    assert (fresh.status_code, fresh.json()["code"]) == (409, "flag-state-conflict")
    assert await rows(service) == before


async def test_no_letter_goes_before_the_originator_agreed_to_the_telling(service: Service) -> None:
    flag = await flagged(service, incident=FIRST)
    assert flag["terms"]["handling"] == FIRST["handling"]
    before = await rows(service)
    assert faults(await prepare(service, flag, notice(flag))) == {("/agreements", "required")}
    stranger = AGREED | {"originator": "abuhb"}
    assert faults(await prepare(service, flag, notice(flag, agreements=[stranger]))) == {
        ("/agreements", "required"),
        ("/agreements/0/originator", "inconsistent"),
    }
    assert faults(await prepare(service, flag, notice(flag, agreements=[AGREED | {"on": in_days(1)}]))) == {
        ("/agreements/0/on", "in-future")
    }
    assert await rows(service) == before
    written = await prepare(service, flag, notice(flag, agreements=[AGREED]))
    assert written.status_code == 201, written.text
    assert written.json()["agreements"] == [AGREED]
    assert [each["code"] for each in written.json()["handling"]] == FIRST["handling"]
    assert "Consult the originator" not in written.json()["letters"][0]["spoken"], "it binds the sender, not the person"
    told = await deliver(service, flag, written.json()["id"])
    assert told.json()["notification"]["agreements"] == [AGREED]


async def test_nobody_says_they_told_the_person_past_the_originator(service: Service) -> None:
    flag = await flagged(service, incident=FIRST)
    told = {"kind": "told", "on": in_days(0), "how": "In person", "routeChecked": True}
    before = await rows(service)
    review = reviewing(notification=told)
    assert faults(await step(service, flag, "reviews", review)) == {("/notification/agreements", "required")}
    assert await rows(service) == before
    agreed = reviewing(notification=told | {"agreements": [AGREED]})
    assert (await step(service, flag, "reviews", agreed)).status_code == 200


async def test_agreements_stand_beside_a_telling_alone(service: Service) -> None:
    flag = await proposed(service, POLICE)
    body = decision(notification=TOLD | {"agreements": [AGREED]})
    assert faults(await step(service, flag, "decision", body)) == {("/notification/agreements", "inconsistent")}


async def test_a_condition_an_agency_set_itself_asks_nobody_else(service: Service) -> None:
    own = FIRST | {"originator": POLICE}
    flag = await flagged(service, incident=own)
    assert flag["conditions"] == [{"code": FIRST["handling"][0], "originator": None}]
    assert (await prepare(service, flag, notice(flag))).status_code == 201


async def test_a_flag_whose_source_is_protected_tells_nothing_unchecked(service: Service) -> None:
    flag = await flagged(service, terms=terms(handling=["source-protected"]))
    before = await rows(service)
    assert faults(await prepare(service, flag, notice(flag))) == {("/reliedOn/0/sourceChecked", "required")}
    assert await rows(service) == before


async def test_only_a_live_flag_and_a_decision_maker_tell(service: Service) -> None:
    flag, written = await made(service)
    refused = await step(service, flag, f"notices/{written}/delivery", DELIVERED, role="practitioner")
    assert refused.status_code == 403
    ended = (await step(service, flag, "removal", {"reason": "He has moved away."})).json()
    gone = await deliver(service, ended, written)
    assert (gone.status_code, gone.json()["code"]) == (409, "flag-state-conflict")
