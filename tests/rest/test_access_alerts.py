"""Access alerts are the own officers' to read and review, and never of whom they concern; budgets are set by version."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.alerts import watch_access
from services.audit.filing import file_events
from tests.factories.alerts import declared, forget_alerts, raised, reviewed, worker_engine
from tests.factories.flags import registered
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows

COUNCIL, HEALTH = "newport-cc", "abuhb"


@pytest.fixture(autouse=True)
async def _nothing_left(service: Service) -> AsyncIterator[None]:
    await forget_alerts(service)
    yield
    await forget_alerts(service)


async def get(
    service: Service, path: str, agency: str = COUNCIL, *, number: int = 1, role: str = "dpo-ig"
) -> httpx.Response:
    return await service.http.get(path, headers=service.headers(agency, role, "audit-quality", number=number))


async def listed(service: Service, agency: str = COUNCIL, query: str = "", *, number: int = 1) -> list[str]:
    found = await get(service, f"/v1/access-alerts?limit=200{query}", agency, number=number)
    assert found.status_code == 200, found.text
    return [each["id"] for each in found.json()["alerts"]]


async def put(service: Service, body: dict[str, Any], version: str, agency: str = COUNCIL, role: str = "dpo-ig") -> Any:
    headers = service.headers(agency, role, "audit-quality", if_match=version)
    return await service.http.put("/v1/access-budgets", json=body, headers=headers)


async def test_an_alert_says_what_was_counted_and_names_no_person(service: Service) -> None:
    alert = await raised(service, COUNCIL)
    answer = await get(service, f"/v1/access-alerts/{alert}")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"v1"')
    shown = answer.json()
    told = shown["alert"]
    assert (told["kind"], told["people"], told["limit"], told["eventCount"]) == ("day-budget", 164, 150, 2)
    assert told["userId"] == str(user_id(COUNCIL, "practitioner"))
    assert len(shown["events"]) == 2
    (event,) = await service.events(request=answer.headers["x-request-id"])
    assert (event["action"], event["subjects"], event["owners"]) == ("access-alert.read", [], [COUNCIL])
    assert f"access-alert:{alert}:1" in event["records"]


async def test_another_agency_s_officer_sees_nothing(service: Service) -> None:
    alert = await raised(service, COUNCIL)
    assert await listed(service) == [alert]
    assert await listed(service, HEALTH) == []
    absent = await get(service, f"/v1/access-alerts/{uuid.uuid4()}", HEALTH)
    hidden = await get(service, f"/v1/access-alerts/{alert}", HEALTH)
    assert (
        (hidden.status_code, hidden.json()["code"]) == (absent.status_code, absent.json()["code"]) == (404, "not-found")
    )
    before = await rows(service)
    assert (await reviewed(service, HEALTH, alert)).status_code == 404
    assert await rows(service) == before


async def test_whom_it_concerns_is_not_told_and_does_not_review_from_any_account(service: Service) -> None:
    own, other = await raised(service, COUNCIL, "dpo-ig", number=2), await raised(service, COUNCIL)
    assert await listed(service, number=2) == [other]
    assert (await get(service, f"/v1/access-alerts/{own}", number=2)).status_code == 404
    before = await rows(service)
    assert (await reviewed(service, COUNCIL, own, number=2)).status_code == 404
    assert await rows(service) == before
    field = user_id(COUNCIL, "practitioner")
    admin = await service.database.as_admin()
    move = "UPDATE rhannu.users SET human_id = $2 WHERE id = $1"
    officer = user_id(COUNCIL, "dpo-ig", 2)
    await admin.execute(move, officer, field)
    try:
        assert await listed(service, number=2) == [], "neither the account's nor the human's"
        assert (await reviewed(service, COUNCIL, other, number=2)).status_code == 404
    finally:
        await admin.execute(move, officer, officer)
        await admin.close()
    assert (await reviewed(service, COUNCIL, own, number=1)).status_code == 200


async def test_a_review_is_made_once_with_its_reason(service: Service) -> None:
    alert = await raised(service, COUNCIL)
    for change, status in (({"reason": " "}, 422), ({"outcome": "guilty"}, 422), ({"version": 4}, 412)):
        before = await rows(service)
        assert (await reviewed(service, COUNCIL, alert, **change)).status_code == status
        assert await rows(service) == before
    done = await reviewed(service, COUNCIL, alert, outcome="referred")
    told = done.json()["alert"]
    assert (told["outcome"], told["reason"], told["reviewBy"], told["version"]) == ("referred", "The flood.", None, 2)
    assert await listed(service, query="&unreviewed=true") == []
    assert await listed(service) == [alert]
    again = await reviewed(service, COUNCIL, alert, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "alert-reviewed")


@pytest.mark.parametrize(
    "role", ["practitioner", "line-manager", "safeguarding-lead", "agency-administrator", "auditor"]
)
async def test_nobody_else_reads_or_reviews_and_nothing_changes(service: Service, role: str) -> None:
    alert = await raised(service, COUNCIL)
    before = await rows(service)
    answers = [
        await get(service, "/v1/access-alerts", role=role),
        await get(service, f"/v1/access-alerts/{alert}", role=role),
        await reviewed(service, COUNCIL, alert, role=role),
        await get(service, "/v1/access-budgets", role=role),
        await put(service, {"daily": 50, "weekly": 100}, '"v1"', role=role),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "access-denied")] * 5
    assert await rows(service) == before


async def test_budgets_are_an_agency_s_own_and_change_by_version(service: Service) -> None:
    first = await get(service, "/v1/access-budgets")
    assert (first.headers["etag"], first.json()) == (
        '"v1"',
        {"version": 1, "daily": 150, "weekly": 400, "changed": None},
    )
    made = await put(service, {"daily": 100, "weekly": 200}, '"v1"')
    assert (made.headers["etag"], made.json()["daily"], made.json()["changed"]["user"]) == (
        '"v2"', 100, str(user_id(COUNCIL, "dpo-ig")),
    )  # fmt: skip
    assert (await get(service, "/v1/access-budgets")).json() == made.json()
    assert (await get(service, "/v1/access-budgets", HEALTH)).json()["version"] == 1
    before = await rows(service)
    for body, version, status in (
        ({"daily": 90, "weekly": 200}, '"v1"', 412),
        ({"daily": 19, "weekly": 200}, '"v2"', 422),
        ({"daily": 300, "weekly": 200}, '"v2"', 422),
        ({"daily": 100, "weekly": 5001}, '"v2"', 422),
    ):
        assert (await put(service, body, version)).status_code == status
    assert await rows(service) == before


async def test_a_refused_look_at_one_s_mother_comes_before_the_own_officer(service: Service) -> None:
    mother = await registered(service, COUNCIL)
    await declared(service, COUNCIL, mother, number=2)
    tried = await service.http.get(
        f"/v1/persons/{mother}", headers=service.headers(COUNCIL, "practitioner", "direct-care", number=2)
    )
    assert (tried.status_code, tried.json()["code"]) == (403, "conflict-of-interest")
    (event,) = await service.events(request=tried.headers["x-request-id"])
    async with worker_engine(service.database) as engine:
        while await file_events(engine, now=service.clock()):
            pass
        while await watch_access(engine, service.clock().replace(year=service.clock().year + 1)):
            pass
    found = (await get(service, "/v1/access-alerts?limit=200")).json()["alerts"]
    user = str(user_id(COUNCIL, "practitioner", 2))
    (alert,) = [each for each in found if (each["kind"], each["userId"]) == ("own-circle", user)]
    whole = (await get(service, f"/v1/access-alerts/{alert['id']}")).json()
    assert event["event"] in whole["events"]
    assert mother not in str(whole)
