"""What has become of warnings that a check or a sheet gave: told to whoever holds them, and to nobody else."""

import uuid
from typing import Any

import pytest

from services.audit.filing import file_events
from services.db.engine import make_engine
from tests.factories.flags import active, assessment, reviewing, step, terms
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.rest.test_flag_sharing import STORY
from tests.rest.test_visit_sheets import shift

HEALTH, POLICE = "abuhb", "gwent-police"


async def given(service: Service, **changes: Any) -> tuple[dict[str, Any], str]:
    """A flag of the police, and the check by which the health board was warned of it."""
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    flag = await active(service, POLICE, content=dict(identity), **changes)
    checked = await service.http.post(
        "/v1/flag-checks",
        json={"entries": [{"identity": identity}, {"uprn": "100000000000"}]},
        headers=service.headers(HEALTH, "practitioner"),
    )
    assert len(checked.json()["entries"][0]["warnings"]) == 1
    return flag, checked.json()["checkId"]


async def ask(service: Service, check: str, agency: str = HEALTH, **more: str) -> Any:
    return await service.http.get(
        f"/v1/flag-checks/{check}/changes", headers=service.headers(agency, "practitioner", **more)
    )


async def told(service: Service, check: str) -> dict[str, Any]:
    answer = await ask(service, check)
    assert answer.status_code == 200, answer.text
    assert "check every line again" in answer.json()["checkAgain"]["en"]
    assert not any(word in answer.text for word in STORY)
    (warning,) = answer.json()["warnings"]
    return dict(warning)


async def test_a_warning_that_stands_is_said_to_stand(service: Service) -> None:
    flag, check = await given(service)
    warning = await told(service, check)
    assert (warning["flagId"], warning["standing"]) == (flag["id"], "unchanged")
    assert warning["today"]["sentence"]["en"] == "Visit in pairs and ring before you set out."
    assert (warning["changes"], warning["heldVersion"], warning["version"]) == ([], 2, 2)
    event = (await service.events(action="check.changes-read"))[-1]
    assert event["records"] == sorted([f"check:{check}", f"flag:{flag['id']}:2"])
    assert event["subjects"] == [flag["subject"]["personId"]]
    assert (event["owners"], event["fields"]) == ([POLICE], ["flag.precaution"])


async def test_a_reduced_warning_is_given_as_it_is_today(service: Service) -> None:
    flag, check = await given(service)
    lower = assessment()
    lower["toPractitioner"]["level"] = "low"
    changed = terms(controls=["check-in"], sentence={"en": "Ring before you set out."})
    body = reviewing(outcome="reduce", assessment=lower, terms=changed)
    reduced = await step(service, flag, "reviews", body)
    assert reduced.status_code == 200, reduced.text
    warning = await told(service, check)
    assert (warning["standing"], warning["version"]) == ("changed", 3)
    assert warning["today"]["sentence"]["en"] == "Ring before you set out."
    assert [each["code"] for each in warning["today"]["controls"]] == ["check-in"]
    assert [each["code"] for each in warning["changes"]] == ["reduced"]


async def test_a_contested_warning_carries_its_badge(service: Service) -> None:
    flag, check = await given(service)
    await step(
        service,
        flag,
        "challenges",
        {"challenger": "subject", "channel": "telephone", "grounds": "It was not me."},
        role="dpo-ig",
    )
    warning = await told(service, check)
    assert warning["standing"] == "changed"
    assert warning["today"]["badges"] == ["contested"]


async def test_a_warning_overdue_beyond_the_grace_stays_with_its_holder(service: Service) -> None:
    flag, check = await given(service)
    admin = await service.database.as_admin()
    await admin.execute(
        "UPDATE rhannu.flags SET review_on = (now() AT TIME ZONE 'Europe/London')::date - 60 WHERE id = $1",
        uuid.UUID(flag["id"]),
    )
    await admin.close()
    warning = await told(service, check)
    assert warning["standing"] == "unchanged"
    assert warning["today"]["badges"] == ["review-overdue"]


async def test_a_removed_warning_is_told_as_removed_and_not_as_safety(service: Service) -> None:
    flag, check = await given(service)
    assert (await step(service, flag, "removal", {"reason": "The risk is over."})).status_code == 200
    warning = await told(service, check)
    assert (warning["standing"], warning["today"], warning["version"]) == ("removed", None, None)
    assert "does not show that it is safe" in warning["whatNow"]["en"]
    assert [each["code"] for each in warning["changes"]] == ["removed"]
    event = (await service.events(action="check.changes-read"))[-1]
    assert event["fields"] == ["flag.standing"]


@pytest.mark.parametrize(("kind", "change"), [("wrong-person", "wrong-person"), ("entered-in-error", "erased")])
async def test_what_should_never_have_been_is_called_back(service: Service, kind: str, change: str) -> None:
    flag, check = await given(service)
    await step(service, flag, "corrections", {"kind": kind, "reason": "It was somebody else."})
    warning = await told(service, check)
    assert (warning["standing"], warning["today"]) == ("withdrawn", None)
    assert "Destroy your copy" in warning["whatNow"]["en"]
    assert [each["code"] for each in warning["changes"]] == [change]


async def test_a_restricted_warning_is_no_longer_shown_and_says_whom_to_ring(service: Service) -> None:
    flag, check = await given(service)
    body = {
        "challenger": "subject",
        "channel": "telephone",
        "grounds": "It was not me.",
        "restrictionReason": "Two men have that name.",
    }
    await step(service, flag, "challenges", body, role="dpo-ig")
    warning = await told(service, check)
    assert (warning["standing"], warning["today"], warning["version"], warning["changes"]) == (
        "not-shown",
        None,
        None,
        [],
    )
    assert warning["contact"]["agency"] == POLICE
    event = (await service.events(action="check.changes-read"))[-1]
    assert event["hinted"] == [f"flag:{flag['id']}:3"]
    assert (event["records"], event["fields"]) == ([f"check:{check}"], ["flag.exists"])


async def test_who_is_no_recipient_any_more_is_told_no_more_than_that(service: Service) -> None:
    flag, check = await given(service)
    changed = terms(recipients={"agencies": ["swfrs"]}, sentence={"en": "Only for the fire service."})
    reduced = await step(service, flag, "reviews", reviewing(outcome="reduce", assessment=assessment(), terms=changed))
    assert reduced.status_code == 200, reduced.text
    answer = await ask(service, check, purpose="direct-care")
    (warning,) = answer.json()["warnings"]
    assert (warning["standing"], warning["today"], warning["changes"]) == ("not-shown", None, [])
    assert "Only for the fire service." not in answer.text


async def test_only_the_agency_that_checked_may_ask(service: Service) -> None:
    _, check = await given(service)
    for agency in (POLICE, "swfrs"):
        assert (await ask(service, check, agency)).status_code == 404


async def test_a_check_that_gave_no_warning_tells_to_check_again(service: Service) -> None:
    checked = await service.http.post(
        "/v1/flag-checks", json={"entries": [{"uprn": "100000000000"}]}, headers=service.headers(HEALTH, "practitioner")
    )
    answer = (await ask(service, checked.json()["checkId"])).json()
    assert answer["warnings"] == []
    assert "gwiriwch bob llinell eto" in answer["checkAgain"]["cy"]


async def test_the_changes_of_a_sheet_are_asked_by_its_check(service: Service) -> None:
    identity = {"nhsNumber": nhs_number(), "birthDate": "1971-03-04"}
    flag = await active(service, POLICE, content=dict(identity))
    sheet = await service.http.post(
        "/v1/visit-sheets",
        json={"entries": [{"identity": identity}], "shift": shift()},
        headers=service.headers(HEALTH, "practitioner"),
    )
    await step(service, flag, "removal", {"reason": "The risk is over."})
    assert (await told(service, sheet.json()["checkId"]))["standing"] == "removed"


async def test_the_owner_sees_in_its_ledger_that_the_change_was_learned(service: Service) -> None:
    flag, check = await given(service)
    await step(service, flag, "removal", {"reason": "The risk is over."})
    await told(service, check)
    engine = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=30_000)
    while await file_events(engine):
        pass
    await engine.dispose()
    held = await service.http.get(
        f"/v1/flags/{flag['id']}/recipients", headers=service.headers(POLICE, "dpo-ig", "subject-rights")
    )
    versions = {each["flagVersion"]: each["displayedAt"] for each in held.json()["recipients"]}
    assert versions == {3: None, 2: None}
