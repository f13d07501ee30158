"""The worker weighs what was filed: each sign of unusual access is put before the account's own officers once."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.alerts import REVIEW_WITHIN, WEIGHED_AFTER
from domain.audit_actions import OPERATIONS, AuditAction
from services.alerts import chase_alerts, watch_access
from services.alerts.watch import _weigh_next
from services.audit.filing import file_events
from services.worker import Worker
from tests.factories.alerts import forget_alerts, raised, reviewed, worker_engine
from tests.fixtures.service import Service

AGENCY = "pobl"
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=40)


@dataclass(frozen=True)
class Account:
    """Somebody of one test's own, so that nothing else of theirs is on the trail."""

    connection: asyncpg.Connection
    user: uuid.UUID
    roles: str

    async def did(
        self, moments: Sequence[datetime], people: Sequence[uuid.UUID] = (), *, action: str = "person.read",
        outcome: str = "ok", reason: str = "", purpose: str = "direct-care", agency: str = AGENCY,
        records: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Put one event for each moment on the trail, about one person each as far as there are people."""
        body = {
            "action": action, "agency": agency, "client": f"{agency}-system", "detail": "", "fields": [], "hinted": [],
            "human": str(self.user), "named": [], "operation": OPERATIONS[AuditAction(action)].value, "outcome": outcome,
            "owners": [agency], "purpose": purpose, "reason": reason, "records": list(records), "request": "",
            "roles": self.roles, "token": "", "user": str(self.user), "v": 1,
        }  # fmt: skip
        await self.connection.execute(
            "INSERT INTO audit.pending SELECT e.event, e.at, ($3::jsonb || jsonb_build_object('at', e.at, 'event', e.event, "
            "'subjects', CASE WHEN e.person IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(e.person) END))::text "
            "FROM (SELECT gen_random_uuid() AS event, m.at, m.person FROM unnest($1::timestamptz[], $2::uuid[]) m(at, person)) e",
            list(moments), [*people, *[None] * (len(moments) - len(people))], json.dumps(body),
        )  # fmt: skip


@pytest.fixture(autouse=True)
async def _nothing_left(service: Service) -> AsyncIterator[None]:
    await forget_alerts(service)
    yield
    await forget_alerts(service)


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    async with worker_engine(service.database) as made:
        while await file_events(made):
            pass
        await forget_alerts(service)
        yield made


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[asyncpg.Connection]:
    connection = await service.database.as_admin()
    yield connection
    await connection.close()


async def account(admin: asyncpg.Connection, role: str = "practitioner", *, is_team: bool = False) -> Account:
    user = uuid.uuid4()
    await admin.execute("INSERT INTO rhannu.humans (id) VALUES ($1)", user)
    await admin.execute(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, is_team, display_name) VALUES ($1, $2, $1, $3, 'Test')",
        user, AGENCY, is_team,
    )  # fmt: skip
    return Account(admin, user, role)


def people(count: int) -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(count)]


def moments(count: int, over: timedelta = timedelta(hours=6), start: datetime = START) -> list[datetime]:
    return [start + over * each / max(count, 1) for each in range(count)]


async def weighed(engine: AsyncEngine) -> int:
    """File what waits and weigh whose time has come; give how many accounts were weighed."""
    while await file_events(engine):
        pass
    return await watch_access(engine, datetime.now(UTC) + 2 * WEIGHED_AFTER)


async def alerts(of: Account) -> dict[str, dict[str, Any]]:
    rows = await of.connection.fetch(
        "SELECT kind, owner_agency, content FROM rhannu.access_alerts WHERE user_id = $1 ORDER BY kind, window_start",
        of.user,
    )
    found = {row["kind"]: {**json.loads(row["content"]), "owner": row["owner_agency"]} for row in rows}
    assert len(found) == len(rows), "one of each kind"
    return found


async def test_five_thousand_people_in_a_day_are_one_alert_of_each_kind_however_often_weighed(
    service: Service, engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    trawler = await account(admin)
    await trawler.did(moments(5000, timedelta(hours=18)), people(5000))
    assert await weighed(engine) == 1
    found = await alerts(trawler)
    day, week = found["day-budget"], found["week-budget"]
    assert (day["people"], day["event_count"], len(day["events"]), day["limit"]) == (5000, 5000, 200, 150)
    assert (week["people"], week["limit"], week["owner"]) == (5000, 400, AGENCY)
    assert await weighed(engine) == 0
    await trawler.did(moments(300, timedelta(hours=1), START + timedelta(hours=20)), people(300))
    assert await weighed(engine) == 1, "it is weighed again"
    assert (await alerts(trawler)).keys() == found.keys(), "and nothing is told twice"
    recorded = await service.events(action="access-alert.recorded", user="00000000-0000-0000-0000-000000000000")
    told = {reference for event in recorded for reference in event["records"]}
    assert {f"access-alert:{each['id']}:1" for each in found.values()} <= told, "that it was raised is on the trail"


async def test_the_whole_trail_weighed_anew_says_nothing_new(engine: AsyncEngine, admin: asyncpg.Connection) -> None:
    trawler = await account(admin)
    await trawler.did(moments(160), people(160))
    await weighed(engine)
    before = await alerts(trawler)
    assert before.keys() >= {"day-budget"}
    values = (trawler.user, START, START)
    await admin.execute("INSERT INTO rhannu.access_watch VALUES ($1, $2, $3)", *values)
    assert await weighed(engine) == 1
    assert await alerts(trawler) == before


async def test_an_event_filed_late_is_weighed_and_opens_no_second_window(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    trawler = await account(admin)
    await trawler.did(moments(150), people(150))
    await weighed(engine)
    assert await alerts(trawler) == {}
    await trawler.did([START - timedelta(minutes=1)], people(1))
    assert await weighed(engine) == 1
    assert (await alerts(trawler))["day-budget"]["people"] == 151
    await trawler.did([START + timedelta(minutes=1)], people(1))
    await weighed(engine)
    assert (await alerts(trawler))["day-budget"]["people"] == 151


async def test_an_account_is_weighed_once_some_minutes_after_its_first_fresh_event(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    busy, now = await account(admin), datetime.now(UTC)
    for part in range(3):
        await busy.did(moments(2), people(2))
        await file_events(engine, now=now + timedelta(minutes=part))
    assert await watch_access(engine, now + WEIGHED_AFTER - timedelta(seconds=1)) == 0
    assert await watch_access(engine, now + WEIGHED_AFTER) == 1


async def test_a_worker_killed_half_way_weighs_again_and_raises_once(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    trawler = await account(admin)
    await trawler.did(moments(160), people(160))
    while await file_events(engine):
        pass
    at = datetime.now(UTC) + 2 * WEIGHED_AFTER
    async with engine.connect() as connection:
        assert await _weigh_next(connection, at)
        assert await watch_access(engine, at) == 0, "another worker passes by what is taken"
        await connection.rollback()
    assert await alerts(trawler) == {}
    assert await watch_access(engine, at) == 1
    assert (await alerts(trawler)).keys() == {"day-budget"}


async def test_a_run_is_bounded_and_workers_side_by_side_raise_each_once(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    trawlers = [await account(admin) for _ in range(6)]
    for each in trawlers:
        await each.did(moments(160), people(160))
    while await file_events(engine):
        pass
    at = datetime.now(UTC) + 2 * WEIGHED_AFTER
    assert await watch_access(engine, at, most=2) == 2
    assert sum(await asyncio.gather(*(watch_access(engine, at) for _ in range(3)))) == 4
    for each in trawlers:
        assert (await alerts(each)).keys() == {"day-budget"}


async def test_searches_that_mostly_find_nobody(engine: AsyncEngine, admin: asyncpg.Connection) -> None:
    fishing, luckless = await account(admin), await account(admin)
    await fishing.did(moments(15), action="person.searched", outcome="empty")
    await fishing.did(moments(7), people(7), action="flag.checked")
    await luckless.did(moments(19), action="person.searched", outcome="empty")
    assert await weighed(engine) == 2
    (found,) = (await alerts(fishing)).values()
    assert (found["kind"], found["asked"], found["empty"]) == ("nothing-found", 22, 15)
    assert await alerts(luckless) == {}


async def test_many_people_at_night_by_somebody_who_works_by_day(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    by_day, by_night = await account(admin), await account(admin, "duty-manager")
    midnight = (datetime.now(UTC) - timedelta(days=2)).replace(hour=0, minute=10)
    for each in (by_day, by_night):
        await each.did(moments(31, timedelta(hours=2), midnight), people(31))
    assert await weighed(engine) == 2
    assert (await alerts(by_day)).keys() == {"out-of-hours"}
    assert await alerts(by_night) == {}


async def _record(
    admin: asyncpg.Connection, uprn: str | None, *, agency: str = AGENCY, sealed: bool = False
) -> uuid.UUID:
    record, person = uuid.uuid4(), uuid.uuid4()
    await admin.execute("INSERT INTO rhannu.persons VALUES ($1)", person)
    await admin.execute(
        "INSERT INTO rhannu.person_records (id, owner_agency, person_id, version, content, recorded_at, recorded_by, reason) "
        "VALUES ($1, $2, $3, 1, '{}', now(), $1, 'registered')",
        record, agency, person,
    )  # fmt: skip
    if uprn is not None:
        await admin.execute(
            "INSERT INTO rhannu.person_places (record_id, owner_agency, uprn, sealed) VALUES ($1, $2, $3, $4)",
            record, agency, uprn, sealed,
        )  # fmt: skip
    return record


async def _declare(admin: asyncpg.Connection, of: Account, record: uuid.UUID, kind: str) -> None:
    await admin.execute(
        "INSERT INTO rhannu.conflict_declarations (id, owner_agency, version, user_id, human_id, record_id, kind, declared_at, "
        "content, recorded_at, recorded_by) VALUES (gen_random_uuid(), $1, 1, $2, $2, $3, $4, now(), '{}', now(), $2)",
        AGENCY, of.user, record, kind,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "where", "is_told"),
    [
        ("oneself", "at home", True),
        ("household", "at home", True),
        ("neighbour", "at home", False),
        ("oneself", "sealed", False),
        ("oneself", "known to others", False),
        ("oneself", "elsewhere", False),
    ],
)
async def test_a_look_at_who_lives_at_one_s_own_address(
    engine: AsyncEngine, admin: asyncpg.Connection, kind: str, where: str, is_told: bool
) -> None:
    curious, uprn = await account(admin), f"10{uuid.uuid4().int % 10**9:09d}"
    await _declare(admin, curious, await _record(admin, uprn), kind)
    lodger = await _record(
        admin,
        None if where == "elsewhere" else uprn,
        agency="abuhb" if where == "known to others" else AGENCY,
        sealed=where == "sealed",
    )
    await curious.did([START], [lodger])
    assert await weighed(engine) == 1
    assert set(await alerts(curious)) == ({"own-circle"} if is_told else set())


async def test_an_attempt_that_was_refused_is_told_of(engine: AsyncEngine, admin: asyncpg.Connection) -> None:
    curious = await account(admin)
    await curious.did([START], action="incident.recorded", outcome="denied", reason="conflict-of-interest")
    assert await weighed(engine) == 1
    (found,) = (await alerts(curious)).values()
    assert (found["kind"], found["people"], found["event_count"]) == ("own-circle", 0, 1)


async def test_a_machine_s_scheduled_checks_are_no_looks_and_a_human_s_are(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    machine, human = await account(admin, is_team=True), await account(admin)
    for each in (machine, human):
        await each.did(moments(160), people(160), action="flag.checked", purpose="scheduled-check")
    assert await weighed(engine) == 2
    assert await alerts(machine) == {}
    assert (await alerts(human)).keys() == {"day-budget"}


async def test_records_that_are_linked_are_one_person(engine: AsyncEngine, admin: asyncpg.Connection) -> None:
    diligent = await account(admin)
    records = [await _record(admin, None) for _ in range(160)]
    await admin.execute(
        "UPDATE rhannu.person_records SET person_id = (SELECT person_id FROM rhannu.person_records WHERE id = $1) "
        "WHERE id = ANY ($2)",
        records[0], records,
    )  # fmt: skip
    await diligent.did(moments(160), records)
    assert await weighed(engine) == 1
    assert await alerts(diligent) == {}


async def test_who_acts_for_several_agencies_is_put_before_the_own_one_s_officers(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    roaming = await account(admin)
    await roaming.did(moments(80), people(80))
    await roaming.did(moments(80), people(80), agency="abuhb")
    assert await weighed(engine) == 1
    (found,) = (await alerts(roaming)).values()
    assert (found["owner"], found["agencies"], found["people"]) == (AGENCY, ["abuhb", AGENCY], 160)


async def test_an_agency_s_own_budget_is_what_counts(
    service: Service, engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    headers = service.headers(AGENCY, "dpo-ig", "audit-quality", if_match='"v1"')
    made = await service.http.put("/v1/access-budgets", json={"daily": 20, "weekly": 30}, headers=headers)
    assert made.status_code == 200, made.text
    within, beyond = await account(admin), await account(admin)
    await within.did(moments(20), people(20))
    await beyond.did(moments(21), people(21))
    assert await weighed(engine) == 2
    assert await alerts(within) == {}
    assert (await alerts(beyond))["day-budget"]["limit"] == 20


async def test_a_review_that_is_late_is_chased_until_it_is_made(
    service: Service, engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    late, done = [await raised(service, AGENCY) for _ in range(2)]
    start = service.clock()
    assert (await reviewed(service, AGENCY, done)).status_code == 200

    async def chased(days: int) -> list[tuple[str, int, list[str]]]:
        while await chase_alerts(engine, start + timedelta(days=days)):
            pass
        rows = await admin.fetch("SELECT alert_id::text, rung, roles FROM rhannu.access_alert_chases ORDER BY rung")
        return [tuple(row) for row in rows]

    assert await chased(REVIEW_WITHIN.days - 1) == []
    assert await chased(6) == [(late, 1, ["dpo-ig"])]
    assert await chased(6) == [(late, 1, ["dpo-ig"])], "each rung is put once"
    assert await chased(11) == [(late, 1, ["dpo-ig"]), (late, 2, ["dpo-ig", "safeguarding-lead"])]
    shown = await service.http.get(
        f"/v1/access-alerts/{late}", headers=service.headers(AGENCY, "dpo-ig", "audit-quality")
    )
    assert [each["roles"] for each in shown.json()["chased"]] == [["dpo-ig", "safeguarding-lead"]]


async def test_a_worker_s_round_files_and_weighs_by_its_own_clock(
    engine: AsyncEngine, admin: asyncpg.Connection
) -> None:
    trawler, now = await account(admin), [datetime.now(UTC)]
    await trawler.did(moments(160), people(160))
    worker = Worker(engine, lambda: now[0])
    while await worker.round():
        pass
    assert await alerts(trawler) == {}
    now[0] += WEIGHED_AFTER
    await worker.round()
    assert (await alerts(trawler)).keys() == {"day-budget"}
