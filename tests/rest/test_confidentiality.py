"""What an agency agreed with a family not to pass on stays with it, unless somebody says on what ground it does not."""

import uuid
from typing import Any

import pytest

from tests.factories.confidentiality import OVERRIDE, TOLD, agree, agreed, on_terms, read_terms
from tests.factories.flags import active, decision, in_days, proposed, registered, reviewing, step, terms
from tests.factories.numbers import nhs_number
from tests.factories.sharing import (
    ASKER,
    FACT,
    HOLDER,
    PURPOSE,
    THIRD,
    answering,
    asked,
    change,
    disclosure,
    granted,
    matched,
    take,
)
from tests.fixtures.service import Service
from tests.rest.rows import rows

ALL = answering(granted("incidents"), granted("named-worker"))


def stated(**changes: Any) -> dict[str, Any]:
    return {**OVERRIDE, **changes}


async def listed(service: Service, person: str, agency: str = HOLDER, role: str = "spoc") -> Any:
    headers = service.headers(agency, role, PURPOSE, x_request_id="same")
    return await service.http.get(f"/v1/persons/{person}/confidentiality-terms", headers=headers)


@pytest.mark.requirement("G-4.2-5")
async def test_what_was_agreed_is_read_amended_and_ended_with_its_history(service: Service) -> None:
    made = await agree(service, await registered(service, HOLDER))
    assert (made["version"], made["state"], made["agreed"]["told"]) == (1, "in-force", TOLD)
    assert made["agreed"]["trustedPerson"]["name"] == "Bronwen Prydderch"
    amended = await on_terms(service, made, "amendments", agreed(items=["health"]) | {"reason": "They said so today."})
    assert (amended.status_code, amended.headers["etag"]) == (200, '"v2"')
    stale = await on_terms(service, made, "amendments", agreed() | {"reason": "Late."})
    assert stale.status_code == 412
    ended = await on_terms(service, amended.json(), "ending", {"reason": "They agree to it now."})
    assert ended.json()["state"] == "ended"
    late = await on_terms(service, ended.json(), "amendments", agreed() | {"reason": "Late."})
    assert (late.status_code, late.json()["code"]) == (409, "sharing-state-conflict")
    seen = (await read_terms(service, made)).json()
    assert [(each["version"], each["agreed"]["items"], each["changeReason"]) for each in seen["versions"]] == [
        (1, ["incidents"], None), (2, ["health"], "They said so today."), (3, ["health"], "They agree to it now."),
    ]  # fmt: skip
    assert [each["id"] for each in (await listed(service, made["personId"])).json()["terms"]] == [made["id"]]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"parties": []}, ("/parties", "required")),
        ({"parties": ["neighbour"]}, ("/parties/0", "code-unknown")),
        ({"agreedOn": in_days(2)}, ("/agreedOn", "in-future")),
        ({"items": []}, ("/items", "required")),
        ({"items": ["incidents"], "everything": True}, ("/items", "inconsistent")),
        ({"items": ["no-such"]}, ("/items/0", "code-unknown")),
        ({"excepted": ["nobody-known"]}, ("/excepted/0", "code-unknown")),
        ({"excepted": [HOLDER]}, ("/excepted/0", "inconsistent")),
        ({"excepted": [THIRD, THIRD]}, ("/excepted/1", "duplicate")),
        ({"told": " "}, ("/told", "too-short")),
        ({"reviewOn": in_days(-1)}, ("/reviewOn", "in-past")),
        ({"trustedPerson": {"name": " ", "relation": "Aunt", "contact": "Ring."}}, ("/trustedPerson/name", "too-short")),
    ],
)  # fmt: skip
async def test_what_cannot_be_agreed_is_named(
    service: Service, changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    person = await registered(service, HOLDER)
    before = await rows(service)
    refusal = await service.http.post(
        f"/v1/persons/{person}/confidentiality-terms", json=agreed(**changes),
        headers=service.creating(HOLDER, "practitioner", PURPOSE),
    )  # fmt: skip
    assert refusal.status_code == 422, refusal.text
    assert fault in [(each["pointer"], each["code"]) for each in refusal.json()["errors"]]
    assert await rows(service) == before


async def test_nobody_else_learns_what_was_agreed_or_that_anything_was(service: Service) -> None:
    bound, free = await registered(service, HOLDER), await registered(service, HOLDER)
    made = await agree(service, bound)
    before = await rows(service)
    for agency in (ASKER, THIRD):
        hidden, absent = await listed(service, bound, agency), await listed(service, str(uuid.uuid4()), agency)
        assert (hidden.status_code, hidden.text) == (404, absent.text)
        assert (await listed(service, free, agency)).text == hidden.text
        assert (await read_terms(service, made, agency)).status_code == 404
        assert (await on_terms(service, made, "ending", {"reason": "No."}, agency=agency)).status_code == 404
    for role in ("dpo-ig", "agency-administrator", "auditor"):
        assert (await listed(service, bound, HOLDER, role)).status_code == 403
    assert (await on_terms(service, made, "ending", {"reason": "No."}, role="spoc")).status_code == 403
    assert await rows(service) == before


@pytest.mark.requirement("G-4.2-1")
async def test_what_terms_keep_back_is_not_given_and_the_refusal_names_the_item_alone(service: Service) -> None:
    request = await matched(service)
    await agree(service, request["personId"])
    before = await rows(service)
    refusal = await take(service, request, "answer", ALL)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "confidentiality-terms-apply")
    assert [(each["pointer"], each["code"]) for each in refusal.json()["errors"]] == [("/items/0/item", "terms-apply")]
    assert not any(word in refusal.text for word in ("wedding", "Bronwen"))
    assert await rows(service) == before
    rest = await take(service, request, "answer", answering(granted("named-worker"), {
        "item": "incidents", "granted": False, "ground": "confidence-outweighs", "reason": "We may not say.",
    }))  # fmt: skip
    assert (rest.status_code, rest.json()["state"]) == (200, "answered-in-part"), rest.text


@pytest.mark.parametrize("role", ["mash-duty", "safeguarding-lead"])
async def test_the_asker_cannot_tell_whether_there_are_terms(service: Service, role: str) -> None:
    shown: list[list[str]] = []
    for is_bound in (False, True):
        request = await matched(service)
        if is_bound:
            await agree(service, request["personId"], everything=True, items=[])
            refused = await take(service, request, "answer", ALL)
            assert refused.status_code == 409
        body = ALL | ({"confidentialityOverride": OVERRIDE} if is_bound else {})
        done = await take(service, request, "answer", body)
        assert done.status_code == 200, done.text
        seen = await service.http.get(
            f"/v1/information-requests/{request['id']}", headers=service.headers(ASKER, role, PURPOSE)
        )
        given = await disclosure(service, done.json()["disclosureId"], ASKER, role)
        trail = await service.http.get(
            "/v1/audit/events", params={"subject": seen.json()["personId"], "limit": "50"},
            headers=service.headers(ASKER, "dpo-ig", "audit-quality"),
        )  # fmt: skip
        events = [
            (each["action"], each["outcome"], sorted(each["fields"]), len(each["records"]), len(each["subjects"]))
            for each in trail.json()["events"]
        ]
        texts = [seen.text, given.text, str(events)]
        for own in (request["id"], done.json()["disclosureId"], seen.json()["personId"]):
            texts = [text.replace(own, "own") for text in texts]
        shown.append(texts)
        assert given.json()["confidentialityOverrides"] == []
        assert not any(word in given.text + seen.text + trail.text for word in ("wedding", "knife", 'confidential"'))
    sizes = [[len(text) for text in texts] for texts in shown]
    assert sizes[0][:2] == sizes[1][:2]
    assert shown[0][2] == shown[1][2]


async def test_an_override_is_on_the_holder_s_disclosure_on_its_trail_and_in_the_terms_history(
    service: Service,
) -> None:
    request = await matched(service)
    made = await agree(service, request["personId"])
    done = await take(service, request, "answer", ALL | {"confidentialityOverride": OVERRIDE})
    assert done.status_code == 200, done.text
    for role in ("safeguarding-lead", "dpo-ig"):
        (override,) = (await disclosure(service, done.json()["disclosureId"], HOLDER, role)).json()[
            "confidentialityOverrides"
        ]
        assert (override["termsId"], override["items"], override["recipients"]) == (made["id"], ["incidents"], [ASKER])
        assert {name: override[name] for name in OVERRIDE} == OVERRIDE
    history = (await read_terms(service, made)).json()["overrides"]
    assert history == [override]
    event = (await service.events(action="information-request.answered", agency=HOLDER))[-1]
    assert f"confidentiality-override:{override['id']}" in event["records"]  # type: ignore[operator]  # JSON of the trail


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ground": "curiosity"}, ("/confidentialityOverride/ground", "code-unknown")),
        ({"reason": " "}, ("/confidentialityOverride/reason", "too-short")),
        ({"notTold": None}, ("/confidentialityOverride/notTold", "required")),
        ({"familyTold": True}, ("/confidentialityOverride/notTold", "inconsistent")),
    ],
)
async def test_an_override_says_all_of_why(service: Service, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    request = await matched(service)
    await agree(service, request["personId"])
    before = await rows(service)
    refusal = await take(service, request, "answer", ALL | {"confidentialityOverride": stated(**changes)})
    assert refusal.status_code == 422, refusal.text
    assert [(each["pointer"], each["code"]) for each in refusal.json()["errors"]] == [fault]
    assert await rows(service) == before


async def test_nothing_is_set_aside_where_nothing_was_agreed(service: Service) -> None:
    request = await matched(service)
    refusal = await take(service, request, "answer", ALL | {"confidentialityOverride": OVERRIDE})
    assert [each["pointer"] for each in refusal.json()["errors"]] == ["/confidentialityOverride"]


async def test_who_is_excepted_is_told_and_ended_terms_bind_nobody(service: Service) -> None:
    request = await matched(service)
    await agree(service, request["personId"], excepted=[ASKER])
    assert (await take(service, request, "answer", ALL)).status_code == 200
    request = await matched(service)
    made = await agree(service, request["personId"], items=[], everything=True)
    assert (await take(service, request, "answer", ALL)).status_code == 409
    await on_terms(service, made, "ending", {"reason": "They agree to it now."})
    assert (await take(service, request, "answer", ALL)).status_code == 200


async def test_terms_on_another_own_record_of_the_same_person_bind_as_well(service: Service) -> None:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    first = await registered(service, HOLDER, **identity)
    second = await registered(service, HOLDER, birthDate="1971-03-04")
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.person_records SET person_id = (SELECT person_id FROM rhannu.person_records WHERE id = $1) "
        "WHERE id = $2", uuid.UUID(first), uuid.UUID(second),
    )  # fmt: skip
    await admin.close()
    await agree(service, second)
    request = await asked(service)
    found = (await take(service, request, "match", {"personId": first})).json()
    assert (await take(service, found, "answer", ALL)).json()["code"] == "confidentiality-terms-apply"


async def test_putting_right_what_was_given_needs_a_ground_only_for_what_is_new(service: Service) -> None:
    request = await matched(service)
    done = (await take(service, request, "answer", ALL)).json()
    given = (await disclosure(service, done["disclosureId"])).json()
    made = await agree(service, request["personId"])
    anew = {
        "items": [{"item": item, "facts": [FACT]} for item in ("incidents", "named-worker")],
        "reason": "The month was wrong.",
    }
    refusal = await change(service, given, "corrections", anew)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "confidentiality-terms-apply")
    put_right = await change(service, given, "corrections", anew | {"confidentialityOverride": OVERRIDE})
    assert put_right.status_code == 200, put_right.text
    again = await change(service, put_right.json(), "corrections", anew)
    assert (again.status_code, len(again.json()["confidentialityOverrides"])) == (200, 1), again.text
    wider = agreed(items=["incidents", "named-worker"]) | {"reason": "They said so today."}
    await on_terms(service, made, "amendments", wider)
    assert (await change(service, again.json(), "corrections", anew)).status_code == 409


@pytest.mark.parametrize("recipients", [{"allPartners": True}, {"agencies": [ASKER]}])
async def test_a_flag_that_warns_partners_of_what_was_agreed_not_to_be_told_says_on_what_ground(
    service: Service, recipients: dict[str, Any]
) -> None:
    person = await registered(service, HOLDER)
    made = await agree(service, person, items=["risk-and-precautions"])
    flag = await proposed(service, HOLDER, about=person)
    before = await rows(service)
    refusal = await step(service, flag, "decision", decision(terms=terms(recipients=recipients)))
    assert (refusal.status_code, refusal.json()["code"]) == (409, "confidentiality-terms-apply"), refusal.text
    assert [each["pointer"] for each in refusal.json()["errors"]] == ["/terms/recipients"]
    assert await rows(service) == before
    grounded = decision(terms=terms(recipients=recipients, confidentialityGround=OVERRIDE))
    decided = await step(service, flag, "decision", grounded)
    assert decided.status_code == 200, decided.text
    assert decided.json()["terms"]["confidentialityGround"] == OVERRIDE
    (override,) = (await read_terms(service, made)).json()["overrides"]
    assert (override["target"], override["targetId"]) == ("flag", flag["id"])
    correct = reviewing(
        outcome="reduce", assessment=decision()["assessment"], terms=terms(recipients={"agencies": [ASKER]})
    )
    reviewed = await step(service, decided.json(), "reviews", correct)
    assert reviewed.status_code == 200, "narrower than what was set aside already"


async def test_a_flag_that_stays_at_home_or_goes_to_who_is_excepted_needs_no_ground(service: Service) -> None:
    for recipients in ({"agencies": [HOLDER]}, {"agencies": [HOLDER, ASKER]}):
        person = await registered(service, HOLDER)
        await agree(service, person, items=[], everything=True, excepted=[ASKER])
        flag = await proposed(service, HOLDER, about=person)
        decided = await step(service, flag, "decision", decision(terms=terms(recipients=recipients)))
        assert decided.status_code == 200, decided.text


async def test_terms_silence_no_warning(service: Service) -> None:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    flag = await active(service, HOLDER, content=dict(identity))
    await agree(service, flag["subject"]["personId"], items=[], everything=True)
    checked = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"identity": identity}]}, headers=service.headers(ASKER, "practitioner")
    )
    assert [each["flagId"] for each in checked.json()["entries"][0]["warnings"]] == [flag["id"]]
