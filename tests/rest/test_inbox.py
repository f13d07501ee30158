"""Everyone who received a flag is told when it changes, in the same transaction, and answers or is chased."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit import filing
from services.audit.filing import file_events
from services.core.unit_of_work import UnitOfWork
from services.db.engine import make_engine
from services.flags.clocks import chase_notices
from tests.factories.flags import assessment, contest, in_days, reviewing, step, terms
from tests.fixtures.service import Service, user_id
from tests.rest.rows import rows
from tests.rest.test_check_changes import given
from tests.rest.test_flag_sharing import STORY

HEALTH, POLICE, COUNCIL, FIRE = "abuhb", "gwent-police", "newport-cc", "swfrs"


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def filed(engine: AsyncEngine) -> None:
    while await file_events(engine):
        pass


async def inbox(
    service: Service, agency: str, flag: dict[str, Any] | None = None, **query: str
) -> list[dict[str, Any]]:
    """An agency's notices of one flag, the newest first."""
    answer = await service.http.get(
        "/v1/notices", params={"limit": "200", **query}, headers=service.headers(agency, "duty-desk")
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()["notices"]
    return [each for each in found if flag is None or each["flagId"] == flag["id"]]


async def answer(
    service: Service, notice: dict[str, Any], outcome: str = "destroyed", agency: str = HEALTH, **more: str
) -> Any:
    return await service.http.post(
        f"/v1/notices/{notice['id']}/acknowledgement",
        json={"outcome": outcome},
        headers=service.creating(agency, "duty-desk") | more,
    )


async def held(service: Service, engine: AsyncEngine, **changes: Any) -> dict[str, Any]:
    """A flag of the police that the health board received, and the ledger knows of it."""
    flag, _ = await given(service, **changes)
    await filed(engine)
    return flag


async def withdrawn(service: Service, flag: dict[str, Any], kind: str = "wrong-person") -> Any:
    made = await step(service, flag, "corrections", {"kind": kind, "reason": "It was his cousin."})
    assert made.status_code == 200, made.text
    return made


STEPS = {
    "reviewed-kept": ("reviews", reviewing()),
    "reduced": (
        "reviews",
        reviewing(outcome="reduce", assessment=assessment(), terms=terms(recipients={"agencies": [FIRE]})),
    ),
    "rectified": ("reviews", reviewing(outcome="correct", assessment=assessment(), terms=terms())),
    "removed": ("removal", {"reason": "The risk is over."}),
    "contested": ("challenges", contest()),
    "restricted": ("challenges", contest(restrictionReason="Two men have that name.")),
    "wrong-person": ("corrections", {"kind": "wrong-person", "reason": "It was his cousin."}),
    "erased": ("corrections", {"kind": "entered-in-error", "reason": "It was entered twice."}),
}
WITHIN = {"removed": 4, "erased": 4, "wrong-person": 4, "restricted": 48, "rectified": 48, "contested": 48}


@pytest.mark.requirement("G-3.2-2")
@pytest.mark.parametrize("kind", STEPS)
async def test_each_change_stands_in_each_holder_s_inbox_once(service: Service, engine: AsyncEngine, kind: str) -> None:
    flag = await held(service, engine)
    path, body = STEPS[kind]
    changed = await step(service, flag, path, body)
    assert changed.status_code == 200, changed.text
    (notice,) = await inbox(service, HEALTH, flag)
    assert (notice["kind"]["code"], notice["heldVersion"], notice["version"]) == (kind, 2, 3)
    assert (notice["senderAgency"], notice["acknowledged"], notice["isOverdue"]) == (POLICE, None, False)
    span = timedelta(hours=WITHIN.get(kind, 7 * 24))
    assert datetime.fromisoformat(notice["dueAt"]) - datetime.fromisoformat(notice["madeAt"]) == span
    assert notice["whatNow"]["cy"]
    assert notice["kind"]["cy"]
    for agency in (COUNCIL, FIRE, POLICE):
        assert await inbox(service, agency, flag) == [], "who received nothing is told nothing"


async def test_a_notice_holds_identifiers_only(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    one = await service.http.get(f"/v1/notices/{notice['id']}", headers=service.headers(HEALTH, "duty-desk"))
    assert one.json() == notice
    assert not any(word in one.text for word in (*STORY, "cousin", flag["subject"]["personId"]))


@pytest.mark.requirement("G-3.2-2")
async def test_a_withdrawal_at_two_in_the_morning_stands_in_every_holder_s_inbox_at_once(
    service: Service, engine: AsyncEngine
) -> None:
    flag = await held(service, engine)
    for agency in (COUNCIL, FIRE):
        read = await service.http.get(f"/v1/flags/{flag['id']}", headers=service.headers(agency, "practitioner"))
        assert read.status_code == 200
    await filed(engine)
    now = service.clock()
    night = now.replace(hour=2, minute=0) + timedelta(days=1)
    service.clock.offset = night - now
    await withdrawn(service, flag)
    for agency in (HEALTH, COUNCIL, FIRE):
        (notice,) = await inbox(service, agency, flag)
        assert (notice["kind"]["code"], notice["urgency"]) == ("wrong-person", "at-once")
        assert "Destroy every copy now" in notice["whatNow"]["en"]
        assert datetime.fromisoformat(notice["dueAt"]).hour == 6
    assert await inbox(service, "pobl", flag) == []


async def test_what_is_called_back_reaches_who_can_no_longer_see_it(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    path, body = STEPS["reduced"]
    reduced = (await step(service, flag, path, body)).json()
    unseen = await service.http.get(
        f"/v1/flags/{flag['id']}", headers=service.headers(HEALTH, "practitioner", "direct-care")
    )
    assert unseen.status_code == 404
    await withdrawn(service, reduced)
    assert [each["kind"]["code"] for each in await inbox(service, HEALTH, flag)] == ["wrong-person", "reduced"]


async def test_what_the_owner_records_for_itself_is_told_to_nobody(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    contested = (await step(service, flag, "challenges", contest())).json()
    body = {"message": "acknowledgement", "on": in_days(0), "how": "By telephone"}
    assert (await step(service, contested, "challenges/messages", body)).status_code == 200
    assert [each["kind"]["code"] for each in await inbox(service, HEALTH, flag)] == ["contested"]


async def test_where_the_commit_fails_there_is_neither_change_nor_notice(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    before = await rows(service)
    admin = await service.database.as_admin()
    await admin.execute("ALTER TABLE audit.pending ADD CONSTRAINT full_up CHECK (false) NOT VALID")
    try:
        body = {"kind": "wrong-person", "reason": "It was his cousin."}
        assert (await step(service, flag, "corrections", body)).status_code == 503
    finally:
        await admin.execute("ALTER TABLE audit.pending DROP CONSTRAINT full_up")
        await admin.close()
    assert await rows(service) == before
    await withdrawn(service, flag)
    assert len(await inbox(service, HEALTH, flag)) == 1


async def test_a_holder_whose_check_was_still_to_be_filed_is_told_too(service: Service, engine: AsyncEngine) -> None:
    await filed(engine)
    flag, _ = await given(service)
    contested = (await step(service, flag, "challenges", contest())).json()
    await withdrawn(service, contested)
    assert await inbox(service, HEALTH, flag) == []
    await filed(engine)
    found = await inbox(service, HEALTH, flag)
    assert {(each["kind"]["code"], each["heldVersion"], each["version"]) for each in found} == {
        ("contested", 2, 3), ("wrong-person", 2, 4),
    }  # fmt: skip
    (event,) = [
        e for e in await service.events(action="holders.told") if f"flag:{flag['id']}:4" in list_of(e, "records")
    ]
    assert event["records"] == sorted(
        [f"flag:{flag['id']}:3", f"flag:{flag['id']}:4", f"told:{HEALTH}", *(f"inbox-notice:{n['id']}" for n in found)]
    )
    assert (event["owners"], event["subjects"]) == ([HEALTH, POLICE], [flag["subject"]["personId"]])
    await filed(engine)
    assert len(await inbox(service, HEALTH, flag)) == 2


def list_of(event: dict[str, object], name: str) -> list[str]:
    return [str(each) for each in cast("list[str]", event[name])]


async def waits(service: Service, role: str) -> None:
    """Wait until a connection of a role waits for a lock that another one holds."""
    admin = await service.database.as_admin()
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND cardinality(pg_blocking_pids(pid)) > 0"
    for _ in range(500):
        if await admin.fetchval(blocked, role):
            break
        await asyncio.sleep(0.01)
    else:
        raise AssertionError(f"{role} did not wait")
    await admin.close()


async def test_a_change_that_meets_the_filing_under_way_tells_the_holder_once(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filed(engine)
    flag, _ = await given(service)
    go, ready, real = asyncio.Event(), asyncio.Event(), filing.tell_late_holders

    async def held_up(*args: Any) -> None:
        await real(*args)
        ready.set()
        await go.wait()

    monkeypatch.setattr(filing, "tell_late_holders", held_up)
    filer = asyncio.create_task(file_events(engine))
    await ready.wait()
    changer = asyncio.create_task(withdrawn(service, flag))
    await waits(service, "rhannu_app")
    go.set()
    await asyncio.gather(filer, changer)
    assert [each["kind"]["code"] for each in await inbox(service, HEALTH, flag)] == ["wrong-person"]


async def test_filing_that_meets_a_change_under_way_tells_the_holder_once(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filed(engine)
    flag, _ = await given(service)
    go, ready, real = asyncio.Event(), asyncio.Event(), UnitOfWork.commit

    async def held_up(unit: UnitOfWork) -> None:
        if not ready.is_set():
            ready.set()
            await go.wait()
        await real(unit)

    monkeypatch.setattr(UnitOfWork, "commit", held_up)
    changer = asyncio.create_task(withdrawn(service, flag))
    await ready.wait()
    filer = asyncio.create_task(file_events(engine))
    await waits(service, "rhannu_worker")
    go.set()
    await asyncio.gather(changer, filer)
    assert [each["kind"]["code"] for each in await inbox(service, HEALTH, flag)] == ["wrong-person"]


async def test_somebody_else_s_notice_is_not_found_and_stays_as_it_is(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    for agency in (POLICE, COUNCIL):
        one = await service.http.get(f"/v1/notices/{notice['id']}", headers=service.headers(agency, "duty-desk"))
        none = await service.http.get(f"/v1/notices/{uuid.uuid4()}", headers=service.headers(agency, "duty-desk"))
        assert (one.status_code, none.status_code) == (404, 404)
        assert one.json()["code"] == none.json()["code"] == "not-found"
        before = await rows(service)
        assert (await answer(service, notice, agency=agency)).status_code == 404
        assert await rows(service) == before
    assert await inbox(service, HEALTH, flag) == [notice]


async def test_an_acknowledgement_says_who_when_and_what_was_done(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    headers = service.creating(HEALTH, "duty-desk")
    path = f"/v1/notices/{notice['id']}/acknowledgement"
    said = await service.http.post(path, json={"outcome": "destroyed"}, headers=headers)
    assert said.status_code == 200, said.text
    acknowledged = said.json()["acknowledged"]
    assert (acknowledged["by"], acknowledged["outcome"]["code"]) == (str(user_id(HEALTH, "duty-desk")), "destroyed")
    again = await service.http.post(path, json={"outcome": "destroyed"}, headers=headers)
    assert again.json() == said.json()
    other = await answer(service, notice, "none-held")
    assert (other.status_code, other.json()) == (200, said.json()), "the first answer stands"
    assert await inbox(service, HEALTH, flag, unacknowledged="true") == []
    recorded = await service.events(action="inbox-acknowledgement.recorded")
    event = next(each for each in recorded if f"inbox-notice:{notice['id']}" in list_of(each, "records"))
    assert (event["subjects"], event["owners"]) == ([flag["subject"]["personId"]], [HEALTH, POLICE])


async def test_an_accountable_team_acknowledges_for_its_agency(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    team = user_id(HEALTH, "duty-desk", 77)
    admin = await service.database.as_admin()
    await admin.execute("INSERT INTO rhannu.humans (id) VALUES ($1) ON CONFLICT DO NOTHING", team)
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name, is_team) "
        "VALUES ($1, $2, $1, 'Duty desk', true) ON CONFLICT DO NOTHING",
        team, HEALTH,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
        "VALUES ($1, $2, 'duty-desk', '2020-01-01') ON CONFLICT DO NOTHING",
        team, HEALTH,
    )  # fmt: skip
    await admin.close()
    said = await service.http.post(
        f"/v1/notices/{notice['id']}/acknowledgement",
        json={"outcome": "destroyed"},
        headers=service.creating(HEALTH, "duty-desk", number=77),
    )
    assert (said.status_code, said.json()["acknowledged"]["by"]) == (200, str(team))


async def test_many_at_once_acknowledge_a_notice_once(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    said = await asyncio.gather(*(answer(service, notice, each) for each in ("destroyed", "none-held") * 3))
    assert {each.status_code for each in said} == {200}
    assert len({each.text for each in said}) == 1


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("wrong-person", "updated"),
        ("wrong-person", "kept-as-record"),
        ("erased", "kept-as-record"),
        ("removed", "updated"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused(
    service: Service, engine: AsyncEngine, kind: str, outcome: str
) -> None:
    flag = await held(service, engine)
    await step(service, flag, *STEPS[kind])
    (notice,) = await inbox(service, HEALTH, flag)
    refused = await answer(service, notice, outcome)
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/outcome"]
    assert await inbox(service, HEALTH, flag) == [notice]


async def test_who_answers_the_newest_notice_has_answered_the_older_ones(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    contested = (await step(service, flag, "challenges", contest())).json()
    await withdrawn(service, contested)
    newest, older = await inbox(service, HEALTH, flag)
    assert (await answer(service, newest)).status_code == 200
    assert [each["acknowledged"]["outcome"]["code"] for each in await inbox(service, HEALTH, flag)] == ["destroyed"] * 2
    flag = await held(service, engine)
    contested = (await step(service, flag, "challenges", contest())).json()
    await withdrawn(service, contested)
    newest, older = await inbox(service, HEALTH, flag)
    assert (await answer(service, older, "updated")).status_code == 200
    assert await inbox(service, HEALTH, flag, unacknowledged="true") == [newest], "and not the other way round"


async def test_the_inbox_is_read_page_by_page_and_by_kind(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    contested = (await step(service, flag, "challenges", contest())).json()
    await withdrawn(service, contested)
    whole = await inbox(service, HEALTH)
    headers, after, found = service.headers(HEALTH, "duty-desk"), None, []
    while len(found) < 3:
        page = await service.http.get(
            "/v1/notices", params={"limit": 1} | ({"after": after} if after else {}), headers=headers
        )
        found += page.json()["notices"]
        after = page.json()["next"]
        assert (after is None) == ("link" not in page.headers)
        if after is None:
            break
    assert found == whole[: len(found)]
    assert {each["kind"]["code"] for each in await inbox(service, HEALTH, kind="contested")} == {"contested"}


async def ledger(service: Service, flag: dict[str, Any], role: str = "dpo-ig") -> dict[str, Any]:
    answer = await service.http.get(
        f"/v1/flags/{flag['id']}/recipients", headers=service.headers(POLICE, role, "flag-governance")
    )
    assert answer.status_code == 200, answer.text
    (holder,) = answer.json()["holders"]
    assert str(user_id(HEALTH, "duty-desk")) not in answer.text, "who answered there stays there"
    return dict(holder)


@pytest.mark.requirement("G-3.2-2")
async def test_the_owner_sees_who_holds_what_and_who_has_answered(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    holder = await ledger(service, flag)
    assert (holder["agency"], holder["holding"]["version"], holder["holding"]["by"]) == (HEALTH, 2, "match")
    assert holder["notices"] == []
    reduced = (await step(service, flag, *STEPS["reviewed-kept"])).json()
    (notice,) = await inbox(service, HEALTH, flag)
    await answer(service, notice, "updated")
    holder = await ledger(service, flag, "flag-decision-maker")
    assert (holder["holding"]["version"], holder["holding"]["by"]) == (3, "notice")
    await withdrawn(service, reduced)
    told = (await ledger(service, flag, "safeguarding-lead"))["notices"][-1]
    assert (told["kind"], told["acknowledgedAt"], told["isOverdue"]) == ("wrong-person", None, False)
    service.clock.offset = timedelta(hours=5)
    assert (await ledger(service, flag))["notices"][-1]["isOverdue"] is True
    await answer(service, (await inbox(service, HEALTH, flag))[0])
    holder = await ledger(service, flag)
    assert (holder["holding"], holder["notices"][-1]["outcome"]) == (None, "destroyed")
    assert holder["notices"][-1]["isOverdue"] is False


async def holdings(service: Service, agency: str, **query: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    after: str | None = None
    while True:
        answer = await service.http.get(
            "/v1/held-flags",
            params=query | ({"after": after} if after else {}),
            headers=service.headers(agency, "spoc"),
        )
        assert answer.status_code == 200, answer.text
        found |= {each["flagId"]: each for each in answer.json()["flags"]}
        after = answer.json()["next"]
        if after is None:
            return found


async def test_an_agency_lists_what_it_holds_now_and_what_is_stale(service: Service, engine: AsyncEngine) -> None:
    first, second = await held(service, engine), await held(service, engine)
    await step(service, first, *STEPS["contested"])
    found = await holdings(service, HEALTH, limit="1")
    assert found == await holdings(service, HEALTH)
    assert (found[first["id"]]["isStale"], found[first["id"]]["toldVersion"]) == (True, 3)
    assert (found[second["id"]]["isStale"], found[second["id"]]["version"], found[second["id"]]["by"]) == (
        False,
        2,
        "match",
    )
    await withdrawn(service, second)
    found = await holdings(service, HEALTH)
    assert (found[second["id"]]["state"], found[second["id"]]["isStale"]) == ("entered-in-error", True)
    (notice,) = await inbox(service, HEALTH, second)
    await answer(service, notice)
    (notice,) = await inbox(service, HEALTH, first)
    await answer(service, notice, "updated")
    found = await holdings(service, HEALTH)
    assert second["id"] not in found
    assert (found[first["id"]]["version"], found[first["id"]]["isStale"], found[first["id"]]["by"]) == (
        3,
        False,
        "notice",
    )
    for agency in (POLICE, COUNCIL):
        assert not {first["id"], second["id"]} & set(await holdings(service, agency))


async def silent(service: Service, flag: dict[str, Any]) -> list[dict[str, Any]]:
    headers = service.headers(POLICE, "flag-decision-maker", "flag-governance")
    after: str | None = None
    while True:
        page = await service.http.get(
            "/v1/flag-duties", params={"limit": "200"} | ({"after": after} if after else {}), headers=headers
        )
        for each in page.json()["flags"]:
            if each["id"] == flag["id"]:
                return [duty for duty in each["duties"] if duty["kind"] == "holder-silent"]
        after = page.json()["next"]
        if after is None:
            return []


@pytest.mark.requirement("G-3.2-2")
async def test_who_does_not_acknowledge_is_chased_and_then_the_sender_hears_of_it(
    service: Service, engine: AsyncEngine
) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    made = datetime.fromisoformat(notice["madeAt"])

    async def after(**passed: int) -> tuple[list[str], list[dict[str, Any]]]:
        while await chase_notices(engine, made + timedelta(**passed)):
            pass
        (now,) = await inbox(service, HEALTH, flag)
        return ([] if now["chased"] is None else now["chased"]["roles"]), await silent(service, flag)

    desk = ["duty-desk", "mash-duty", "spoc", "duty-manager"]
    assert await after(hours=3, minutes=59) == ([], [])
    assert await after(hours=4) == (desk, [])
    assert await after(hours=5, minutes=59) == (desk, [])
    assert await after(hours=6) == ([*desk, "safeguarding-lead", "dpo-ig"], [])
    roles, (duty,) = await after(hours=8)
    assert roles == [*desk, "safeguarding-lead", "dpo-ig"]
    assert duty["chased"] == ["flag-decision-maker", "safeguarding-lead"]
    assert (duty["dueAt"], duty["chasedAt"]) == (
        notice["dueAt"], (made + timedelta(hours=8)).isoformat().replace("+00:00", "Z"),
    )  # fmt: skip
    assert (await answer(service, notice)).status_code == 200
    assert await silent(service, flag) == []
    assert (await after(days=9))[1] == [], "nobody is chased for what was answered"


async def test_a_notice_that_was_acknowledged_is_not_chased(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    await answer(service, notice)
    while await chase_notices(engine, service.clock() + timedelta(days=30)):
        pass
    (now,) = await inbox(service, HEALTH, flag)
    assert (now["chased"], await silent(service, flag)) == (None, [])


async def test_both_trails_say_who_was_told(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    event = (await service.events(action="flag.corrected"))[-1]
    assert {f"inbox-notice:{notice['id']}", f"told:{HEALTH}", f"flag:{flag['id']}:3"} <= set(list_of(event, "records"))
    assert event["owners"] == [HEALTH, POLICE]
    read = (await service.events(action="inbox.read"))[-1]
    assert f"inbox-notice:{notice['id']}" in list_of(read, "records")
    assert flag["subject"]["personId"] in list_of(read, "subjects")
    found = await service.http.get(
        "/v1/audit/events?action=flag.corrected", headers=service.headers(HEALTH, "dpo-ig", "audit-quality")
    )
    seen = found.json()["events"][0]
    assert (seen["agency"], seen["records"], seen["subjects"]) == (POLICE, [f"inbox-notice:{notice['id']}"], [])


async def test_questions_about_an_empty_inbox_are_on_the_trail(service: Service) -> None:
    assert await inbox(service, "pobl") == []
    assert (await service.events(action="inbox.read", agency="pobl"))[-1]["outcome"] == "empty"
