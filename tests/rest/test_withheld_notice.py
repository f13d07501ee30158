"""Not telling the person is decided case by case, with a reason, and decided again at every review (F-07)."""

from typing import Any

import pytest

from tests.factories.flags import active, decision, in_days, proposed, reviewing, step
from tests.fixtures.service import Service

OWNER = "gwent-police"
WITHHELD = ("withheld-risk", "withheld-crime", "withheld-harm")
REASON = "Telling him now would put his mother at risk."


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(each["pointer"], each["code"]) for each in answer.json()["errors"]}


async def kept(service: Service, flag: dict[str, Any]) -> dict[str, Any]:
    answer = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers(OWNER, "practitioner"))
    return dict(answer.json())


@pytest.mark.requirement("G-7.2-2")
@pytest.mark.parametrize("kind", [*WITHHELD, "deferred"])
async def test_a_review_that_says_nothing_of_telling_keeps_nothing(service: Service, kind: str) -> None:
    on = {"on": in_days(60)} if kind == "deferred" else {}
    flag = await active(service, OWNER, notification={"kind": kind, "reason": REASON, **on})
    for outcome in ("keep", "reduce", "correct"):
        refused = await step(service, flag, "reviews", reviewing(outcome, notification=None))
        assert ("/notification", "required") in faults(refused)
    assert await kept(service, flag) == flag
    again = {"kind": kind, "reason": "Asked again in the team: nothing has changed.", **on}
    answer = await step(service, flag, "reviews", reviewing(notification=again))
    assert answer.status_code == 200, answer.text
    assert answer.json()["notification"]["reason"] == again["reason"]
    once_more = await step(service, answer.json(), "reviews", reviewing(notification=None))
    assert faults(once_more) == {("/notification", "required")}


@pytest.mark.parametrize("kind", WITHHELD)
async def test_there_is_no_never(service: Service, kind: str) -> None:
    flag = await proposed(service, OWNER)
    bare = decision(notification={"kind": kind})
    assert faults(await step(service, flag, "decision", bare)) == {("/notification/reason", "required")}
    blank = decision(notification={"kind": kind, "reason": "  "})
    assert faults(await step(service, flag, "decision", blank)) == {("/notification/reason", "too-short")}
    for_ever = decision(notification={"kind": kind, "reason": REASON, "on": "2999-01-01"})
    assert faults(await step(service, flag, "decision", for_ever)) == {("/notification/on", "inconsistent")}
    unknown = decision(notification={"kind": "never", "reason": REASON})
    assert {pointer for pointer, _ in faults(await step(service, flag, "decision", unknown))} == {"/notification/kind"}
    assert await kept(service, flag) == flag


async def test_what_is_put_off_has_a_day_before_the_next_review(service: Service) -> None:
    flag = await proposed(service, OWNER)
    for on, fault in (
        ({}, ("/notification/on", "required")),
        ({"on": in_days(-1)}, ("/notification/on", "in-past")),
        ({"on": in_days(120)}, ("/notification/on", "out-of-range")),
    ):
        body = decision(notification={"kind": "deferred", "reason": REASON, **on}, reviewOn=in_days(90))
        assert faults(await step(service, flag, "decision", body)) == {fault}
    body = decision(notification={"kind": "deferred", "reason": REASON, "on": in_days(30)}, reviewOn=in_days(90))
    live = await step(service, flag, "decision", body)
    assert live.status_code == 200, live.text


async def test_once_told_the_question_rests(service: Service) -> None:
    flag = await active(service, OWNER)
    told = {"kind": "told", "on": in_days(0), "how": "In person, then by letter", "routeChecked": True}
    answer = await step(service, flag, "reviews", reviewing(notification=told))
    assert answer.status_code == 200, answer.text
    rests = await step(service, answer.json(), "reviews", reviewing(notification=None))
    assert rests.status_code == 200, rests.text
    assert rests.json()["notification"]["kind"] == "told"
