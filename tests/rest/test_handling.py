"""Conditions of the originator travel with every copy and are kept; care needs are told gently; ends are kept by class."""

import json
import uuid
from datetime import date
from typing import Any

import pytest

from domain.dates import add_months, local_date
from tests.factories.flags import active, assessment, decision, in_days, incident, recorded, registered, step, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_visit_sheets import shift

OWNER, HOLDER = "gwent-police", "abuhb"
CONDITIONS = ["consult-originator-before-onward-share", "no-onward-share"]
NAMED = {"handling": ["named-roles-only"], "handlingRoles": ["line-manager", "flag-decision-maker"]}


async def shared(service: Service, **changes: Any) -> tuple[dict[str, Any], str]:
    same = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    theirs = await registered(service, HOLDER, **same)
    return await active(service, OWNER, content=same, **changes), theirs


async def proposed_on(service: Service, **content: Any) -> dict[str, Any]:
    person = await registered(service, OWNER)
    cited = await recorded(service, OWNER, person, **content)
    body = {
        "subject": {"personId": person}, "category": "threat-violence", "incidents": [cited], "reason": "Visits go on.",
    }  # fmt: skip
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(OWNER, "practitioner"))
    assert made.status_code == 201, made.text
    return dict(made.json())


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(each["pointer"], each["code"]) for each in answer.json()["errors"]}


async def copies(service: Service, flag: dict[str, Any], theirs: str) -> dict[str, Any]:
    """Every copy that a recipient can get of a flag."""
    headers = service.headers(HOLDER, "practitioner")
    body = {"entries": [{"personId": theirs}]}
    checked = (await service.http.post("/v1/flag-checks", json=body, headers=headers)).json()
    listed = (await service.http.get(f"/v1/persons/{theirs}/flags", headers=headers)).json()
    query = "query($id: UUID!) { personSummary(id: $id) { flags(first: 5) { handling { code label { en cy } } } } }"
    asked = await service.http.post("/graphql", json={"query": query, "variables": {"id": theirs}}, headers=headers)
    sheet = await service.http.post(
        "/v1/visit-sheets", json=body | {"shift": shift()}, headers=service.creating(HOLDER, "practitioner")
    )
    changes = await service.http.get(f"/v1/flag-checks/{checked['checkId']}/changes", headers=headers)
    return {
        "check": checked["entries"][0]["warnings"][0]["handling"],
        "flag": (await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)).json()["handling"],
        "list": listed["shared"][0]["handling"],
        "summary": asked.json()["data"]["personSummary"]["flags"][0]["handling"],
        "sheet": sheet.json()["entries"][0]["warnings"][0]["handling"],
        "changes": changes.json()["warnings"][0]["today"]["handling"],
    }


async def test_conditions_travel_with_every_copy_in_both_languages(service: Service) -> None:
    flag, theirs = await shared(service, terms=terms(handling=CONDITIONS))
    found = await copies(service, flag, theirs)
    for channel, conditions in found.items():
        assert [condition["code"] for condition in conditions] == CONDITIONS, channel
        assert all(condition.get("cy") or condition["label"]["cy"] for condition in conditions), channel


@pytest.mark.parametrize(("language", "words"), [("en", "No onward sharing"), ("cy", "Dim rhannu ymhellach")])
async def test_a_sheet_to_take_along_says_how_to_handle_it(service: Service, language: str, words: str) -> None:
    _, theirs = await shared(service, terms=terms(handling=["no-onward-share"]))
    headers = service.creating(HOLDER, "practitioner") | {"Accept": "text/html", "Accept-Language": language}
    body = {"entries": [{"personId": theirs}], "shift": shift()}
    sheet = await service.http.post("/v1/visit-sheets", json=body, headers=headers)
    assert sheet.headers["content-type"].startswith("text/html")
    assert words in sheet.text


async def test_named_roles_alone_see_such_a_flag_on_both_sides(service: Service) -> None:
    flag, theirs = await shared(service, terms=terms(**NAMED))
    path = f"/v1/flags/{flag['id']}"
    for agency in (OWNER, HOLDER):
        for role, status in (("line-manager", 200), ("practitioner", 404), ("duty-desk", 404)):
            read = await service.http.get(path, headers=service.headers(agency, role))
            assert read.status_code == status, (agency, role)
    checked = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"personId": theirs}]}, headers=service.headers(HOLDER, "practitioner")
    )
    entry = checked.json()["entries"][0]
    assert (entry["outcome"], entry["warnings"]) == ("contact-before-visit", [])


async def test_a_setting_for_the_category_and_named_roles_hold_together(service: Service) -> None:
    flag = await active(service, "swfrs", terms=terms(handling=["named-roles-only"], handlingRoles=[
        "line-manager", "safeguarding-lead", "flag-decision-maker",
    ]))  # fmt: skip
    path = "/v1/flag-categories/threat-violence/reservation"
    lead = service.headers("swfrs", "safeguarding-lead", "flag-governance")
    try:
        await _reserve(service, path, lead, ["practitioner", "line-manager", "flag-decision-maker"])
        assert await _seen(service, flag) == {"line-manager": 200, "practitioner": 404, "safeguarding-lead": 404}
    finally:
        await _reserve(service, path, lead, [])
    assert await _seen(service, flag) == {"line-manager": 200, "practitioner": 404, "safeguarding-lead": 200}


async def _reserve(service: Service, path: str, lead: dict[str, str], roles: list[str]) -> None:
    version = (await service.http.get(path, headers=lead)).headers["etag"]
    body = {"roles": roles, "reason": "As agreed."}
    answer = await service.http.put(path, json=body, headers=lead | {"If-Match": version})
    assert answer.status_code == 200, answer.text


async def _seen(service: Service, flag: dict[str, Any]) -> dict[str, int]:
    found = {}
    for role in ("line-manager", "practitioner", "safeguarding-lead"):
        headers = service.headers("swfrs", role, "adult-safeguarding")
        found[role] = (await service.http.get(f"/v1/flags/{flag['id']}", headers=headers)).status_code
    return found


@pytest.mark.requirement("G-3.3-4")
async def test_what_another_agency_told_under_conditions_binds_the_decision(service: Service) -> None:
    flag = await proposed_on(service, originator="newport-cc", handling=["no-onward-share"], sourceProtected=True)
    assert faults(await step(service, flag, "decision", decision())) == {("/terms/recipients", "handling-forbids")}
    at_home = decision(terms=terms(recipients={"agencies": [OWNER]}))
    live = await step(service, flag, "decision", at_home)
    assert live.status_code == 200, live.text
    assert live.json()["terms"]["handling"] == ["no-onward-share", "source-protected"]
    assert live.json()["conditions"] == [
        {"code": "no-onward-share", "originator": "newport-cc"}, {"code": "source-protected", "originator": None},
    ]  # fmt: skip


async def test_sharing_on_waits_for_the_agreement_of_the_originator(service: Service) -> None:
    flag = await proposed_on(service, originator="newport-cc", handling=["consult-originator-before-onward-share"])
    assert faults(await step(service, flag, "decision", decision())) == {("/terms/agreements", "required")}
    agreed = {"originator": "newport-cc", "who": "Duty manager", "how": "By telephone", "on": in_days(0)}
    live = await step(service, flag, "decision", decision(terms=terms(agreements=[agreed])))
    assert live.status_code == 200, live.text
    assert live.json()["terms"]["agreements"] == [agreed]


async def test_an_originator_is_a_registered_agency(service: Service) -> None:
    person = await registered(service, OWNER)
    body = incident(person, originator="newport-council", handling=["no-onward-share"])
    refused = await service.http.post("/v1/incidents", json=body, headers=service.creating(OWNER, "practitioner"))
    assert faults(refused) == {("/originator", "code-unknown")}


def care_need(person: str, **changes: Any) -> dict[str, Any]:
    plain = incident(
        person, careNeed=["dementia"], factualAccount="Woken by a touch she struck out; told who it was, she was calm.",
        noPoliceReportReason="care-need", **changes,
    )  # fmt: skip
    graded = (
        "behaviourTypes",
        "behaviours",
        "grade",
        "threatForm",
        "towardsAgency",
        "towardsRole",
        "noPoliceReportNote",
    )
    return {name: value for name, value in plain.items() if name not in graded}


async def test_a_care_need_is_flagged_gently_with_the_carer_in_mind(service: Service) -> None:
    person = await registered(service, OWNER)
    made = await service.http.post(
        "/v1/incidents", json=care_need(person), headers=service.creating(OWNER, "practitioner")
    )
    assert made.status_code == 201, made.text
    body = {"subject": {"personId": person}, "incidents": [made.json()["id"]], "reason": "Carers call daily."}
    headers = service.creating(OWNER, "practitioner")
    violent = await service.http.post("/v1/flags", json=body | {"category": "threat-violence"}, headers=headers)
    assert faults(violent) == {("/incidents", "cannot-found-flag")}
    flag = await service.http.post(
        "/v1/flags", json=body | {"category": "care-need-behaviour"}, headers=service.creating(OWNER, "practitioner")
    )
    assert flag.status_code == 201, flag.text
    harsh = decision(
        category="care-need-behaviour", terms=terms(retentionClass="violence", sentence={"en": "Violent when woken."})
    )
    assert faults(await step(service, flag.json(), "decision", harsh)) == {
        ("/assessment/carerSupport", "required"),
        ("/terms/retentionClass", "retention-class-excessive"),
        ("/terms/sentence/en", "blaming-word"),
    }
    gentle = decision(
        category="care-need-behaviour",
        assessment=assessment() | {"carerSupport": {"kind": "assessment-offered"}},
        terms=terms(retentionClass="care-need", sentence={"en": "Say who you are before you come near."}),
    )
    live = await step(service, flag.json(), "decision", gentle)
    assert live.status_code == 200, live.text
    assert live.json()["assessment"]["carerSupport"] == {"kind": "assessment-offered", "note": None}
    hidden = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"personId": person}]}, headers=service.headers(OWNER, "practitioner")
    )
    assert "dementia" not in hidden.text.lower()


async def test_until_when_an_ended_flag_is_kept_is_stored_and_shown_to_its_owner(service: Service) -> None:
    flag = await active(service, OWNER)
    assert flag["kept"] is None
    gone = await step(service, flag, "removal", {"reason": "He has moved away for good."})
    today = local_date(service.clock())
    expected = (add_months(today, 12), add_months(today, 36))
    kept = gone.json()["kept"]
    assert (date.fromisoformat(kept["contentUntil"]), date.fromisoformat(kept["trailUntil"])) == expected
    admin = await service.database.as_admin()
    row = await admin.fetchrow(
        "SELECT content_until, trail_until FROM rhannu.flags WHERE id = $1", uuid.UUID(flag["id"])
    )
    content = await admin.fetchval("SELECT content FROM rhannu.flags WHERE id = $1", uuid.UUID(flag["id"]))
    await admin.close()
    assert row is not None
    assert (row["content_until"], row["trail_until"]) == expected
    assert json.loads(content)["assessment"] is not None, "nothing is deleted yet"


async def test_an_officer_who_oversees_data_is_told_how_long_and_not_why(service: Service) -> None:
    flag = await active(service, OWNER)
    path = f"/v1/flags/{flag['id']}/recipients"
    officer = service.headers(OWNER, "dpo-ig", "audit-quality")
    assert (await service.http.get(path, headers=officer)).json()["kept"] is None
    gone = await step(service, flag, "removal", {"reason": "He has moved away for good."})
    read = await service.http.get(path, headers=officer)
    assert read.json()["kept"] == gone.json()["kept"]
    assert set(read.json()) == {"recipients", "holders", "kept"}
    elsewhere = await service.http.get(path, headers=service.headers(HOLDER, "dpo-ig", "audit-quality"))
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("given", "code"), [("violence", "retention-class-excessive"), ("premises", "retention-class-excessive"),
                        ("for-ever", "code-unknown")],
)  # fmt: skip
async def test_a_class_beyond_the_limits_is_refused_and_nothing_stored(service: Service, given: str, code: str) -> None:
    flag = await proposed_on(service)
    before = await rows(service)
    refused = await step(service, flag, "decision", decision(terms=terms(retentionClass=given)))
    assert faults(refused) == {("/terms/retentionClass", code)}
    assert await rows(service) == before


@pytest.mark.parametrize("code", CONDITIONS)
async def test_a_decision_past_a_condition_stores_nothing(service: Service, code: str) -> None:
    flag = await proposed_on(service, originator="newport-cc", handling=[code])
    before = await rows(service)
    refused = await step(service, flag, "decision", decision())
    assert faults(refused) <= {("/terms/recipients", "handling-forbids"), ("/terms/agreements", "required")}
    assert await rows(service) == before


async def test_roles_are_named_where_they_alone_may_see_it_or_nothing_is_stored(service: Service) -> None:
    flag = await proposed_on(service)
    before = await rows(service)
    for bad, fault in (
        ({"handling": ["named-roles-only"]}, "required"),
        (NAMED | {"handlingRoles": ["line-manager"]}, "too-few"),
        (NAMED | {"handling": []}, "inconsistent"),
    ):
        refused = await step(service, flag, "decision", decision(terms=terms(**bad)))
        assert faults(refused) == {("/terms/handlingRoles", fault)}
    assert await rows(service) == before
