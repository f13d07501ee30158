"""The worker files each event once, folds the recipient ledger once, and outlives outages and kills."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services import worker
from services.audit import filing
from services.core.settings import Settings
from services.db.engine import make_engine
from tests.fixtures.database import Database
from tests.fixtures.service import Service
from tests.fixtures.trail import Trail


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.doors.worker, pool_size=3, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


@pytest.fixture
async def trail(service: Service) -> AsyncIterator[Trail]:
    connection = await service.database.as_admin()
    yield Trail(connection)
    await connection.close()


async def drained(engine: AsyncEngine) -> None:
    while await filing.file_events(engine):
        pass


async def places(trail: Trail, event: uuid.UUID) -> tuple[int, int]:
    waiting = await trail.connection.fetchval("SELECT count(*) FROM audit.pending WHERE event_id = $1", event)
    filed = await trail.connection.fetchval("SELECT count(*) FROM audit.event WHERE event_id = $1", event)
    return waiting, filed


async def test_filing_moves_each_event_once_with_its_people(engine: AsyncEngine, trail: Trail) -> None:
    people = [uuid.uuid4(), uuid.uuid4()]
    event = await trail.write("abuhb", "person.read", subjects=people, owners=["abuhb"])
    before = await trail.connection.fetchval("SELECT body FROM audit.pending WHERE event_id = $1", event)
    assert await filing.file_events(engine) >= 1
    await drained(engine)
    assert await filing.file_events(engine) == 0
    assert await places(trail, event) == (0, 1)
    row = await trail.connection.fetchrow("SELECT * FROM audit.event WHERE event_id = $1", event)
    body = json.loads(before)
    assert row["body"] == before
    assert (row["agency"], row["action"], row["owners"]) == ("abuhb", "person.read", ["abuhb"])
    assert row["occurred_at"] == datetime.fromisoformat(body["at"])
    indexed = await trail.connection.fetch("SELECT subject FROM audit.subject WHERE event_id = $1", event)
    assert sorted(str(each["subject"]) for each in indexed) == sorted(map(str, people))


async def test_a_batch_takes_the_oldest_and_leaves_the_rest(engine: AsyncEngine, trail: Trail) -> None:
    await drained(engine)
    events = sorted([await trail.write("abuhb", "person.read") for _ in range(5)])
    assert await filing.file_events(engine, limit=3) == 3
    assert [await places(trail, each) for each in events] == [(0, 1)] * 3 + [(1, 0)] * 2
    assert await filing.file_events(engine, limit=3) == 2


async def test_a_worker_killed_half_way_loses_and_doubles_nothing(engine: AsyncEngine, trail: Trail) -> None:
    event = await trail.write("abuhb", "person.read", subjects=[uuid.uuid4()])
    async with engine.connect() as connection:
        await connection.execute(filing._LEADER)
        await connection.execute(filing._FILE, {"most": 2000, "weigh_at": datetime.now(UTC), **filing._ACTIONS})
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        assert await filing.file_events(engine) == 0, "only the leader files"
        await trail.connection.execute("SELECT pg_terminate_backend($1)", pid)
        await connection.invalidate()
    assert await places(trail, event) == (1, 0)
    for _ in range(50):
        if await filing.file_events(engine):
            break
        await asyncio.sleep(0.05)
    assert await places(trail, event) == (0, 1)


async def test_workers_side_by_side_file_each_event_once(engine: AsyncEngine, trail: Trail) -> None:
    await drained(engine)
    events = [await trail.write("abuhb", "person.read") for _ in range(12)]
    filed = 0
    while filed < 12:
        filed += sum(await asyncio.gather(*(filing.file_events(engine, limit=5) for _ in range(3))))
    assert filed == 12
    assert [await places(trail, each) for each in events] == [(0, 1)] * 12


@pytest.mark.requirement("G-3.2-2")
async def test_each_holder_of_each_flag_version_stands_once_in_the_ledger(engine: AsyncEngine, trail: Trail) -> None:
    flag = await trail.flag("gwent-police")
    first, second = f"flag:{flag}:2", f"flag:{flag}:3"
    matched = await trail.write("abuhb", "flag.checked", records=[first], owners=["gwent-police"])
    await trail.write("gwent-police", "flag.checked", records=[first], owners=["gwent-police"])
    await trail.write("wast", "flag.checked", outcome="denied", records=[first])
    await trail.write("pobl", "flag.checked", records=[], hinted=[first], owners=["gwent-police"])
    await trail.write("swfrs", "audit.read", records=[first], owners=["gwent-police"])
    await drained(engine)
    again = await trail.write("abuhb", "flag.checked", records=[first, second, "person:not-a-flag:1", "flag:x:1"])
    shown = await trail.write("abuhb", "check.displayed", records=[first])
    await trail.write("abuhb", "check.displayed", records=[first])
    acknowledged = await trail.write("abuhb", "check.acknowledged", records=[first])
    read = await trail.write("newport-cc", "flag.read", records=[second], owners=["gwent-police"])
    await drained(engine)
    rows = await trail.connection.fetch(
        "SELECT agency, flag_version, owner_agency, matched_event, displayed_event, acknowledged_event "
        "FROM rhannu.flag_recipients WHERE flag_id = $1 ORDER BY agency, flag_version", flag,
    )  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("abuhb", 2, "gwent-police", matched, shown, acknowledged),
        ("abuhb", 3, "gwent-police", again, None, None),
        ("newport-cc", 3, "gwent-police", read, read, None),
    ]


async def test_the_ledger_keeps_the_earliest_even_when_filed_late(engine: AsyncEngine, trail: Trail) -> None:
    flag = await trail.flag("gwent-police")
    record = [f"flag:{flag}:1"]
    early = await trail.write("abuhb", "check.displayed", records=record)
    held_back = await trail.connection.fetchrow("DELETE FROM audit.pending WHERE event_id = $1 RETURNING *", early)
    await trail.write("abuhb", "check.displayed", records=record)
    await drained(engine)
    await trail.connection.execute("INSERT INTO audit.pending VALUES ($1, $2, $3)", *held_back)
    await drained(engine)
    row = await trail.connection.fetchrow("SELECT * FROM rhannu.flag_recipients WHERE flag_id = $1", flag)
    assert (row["matched_event"], row["displayed_event"]) == (early, early)
    assert row["matched_at"] == row["displayed_at"] == held_back["occurred_at"]


async def test_due_details_are_erased_and_the_erasure_is_an_event(engine: AsyncEngine, trail: Trail) -> None:
    due = await trail.write("abuhb", "person.searched", detail="what was asked", erase_after="-1 days")
    kept = await trail.write("abuhb", "person.searched", detail="what was asked", erase_after="12 months")
    assert await filing.erase_due_details(engine) == 1
    assert await filing.erase_due_details(engine) == 0
    rows = await trail.connection.fetch("SELECT * FROM audit.detail WHERE event_id = ANY($1)", [due, kept])
    found = {row["event_id"]: row for row in rows}
    assert (found[due]["salt"], found[due]["detail"]) == (None, None)
    assert found[kept]["detail"] == "what was asked"
    body = json.loads(
        await trail.connection.fetchval(
            "SELECT body FROM audit.pending WHERE event_id = $1", found[due]["erased_by_event"]
        )
    )
    assert (body["action"], body["operation"], body["records"]) == ("audit.detail-erased", "erasure", [f"event:{due}"])
    await drained(engine)
    assert await places(trail, found[due]["erased_by_event"]) == (0, 1)


async def test_months_ahead_exist_and_old_keys_go(engine: AsyncEngine, trail: Trail) -> None:
    month = "event_" + (datetime.now(UTC).date().replace(day=1) + timedelta(days=95)).strftime("%Y%m")
    for base in ("event", "subject"):
        await trail.connection.execute(f"DROP TABLE IF EXISTS audit.{month.replace('event', base)}")
    await filing.ensure_months(engine)
    forced = await trail.connection.fetchval(
        "SELECT relforcerowsecurity FROM pg_class WHERE oid = to_regclass($1)", f"audit.{month}"
    )
    assert forced is True
    now = datetime.now(UTC)
    for key, age in (("old", 49), ("young", 47)):
        await trail.connection.execute(
            "INSERT INTO rhannu.idempotency_keys VALUES ('abuhb', 'worker-test', $1, '', NULL, NULL, 201, $2)",
            key, now - timedelta(hours=age),
        )  # fmt: skip
    assert await filing.forget_old_keys(engine, now) >= 1
    left = await trail.connection.fetch("SELECT key FROM rhannu.idempotency_keys WHERE client_id = 'worker-test'")
    assert [row["key"] for row in left] == ["young"]


async def test_the_workers_role_may_not_change_what_is_filed(database: Database, trail: Trail) -> None:
    event = await trail.write("abuhb", "person.read", detail="secret")
    connection = await database.as_role("rhannu_worker")
    try:
        for statement in (
            "UPDATE audit.pending SET body = ''", "UPDATE audit.event SET body = ''", "DELETE FROM audit.event",
            "SELECT detail FROM audit.detail", "DELETE FROM audit.subject", "INSERT INTO audit.pending DEFAULT VALUES",
        ):  # fmt: skip
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    assert await places(trail, event) == (1, 0)


async def test_the_worker_files_rides_out_an_outage_and_stops_when_told(
    settings: Settings, engine: AsyncEngine, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drained(engine)
    event = await trail.write("abuhb", "person.read")
    failures = [OSError("connection refused"), asyncpg.CannotConnectNowError("starting up")]
    real = worker.file_events

    async def sometimes(engine: AsyncEngine, limit: int, now: datetime) -> int:
        if failures:
            raise failures.pop()
        return await real(engine, limit, now)

    monkeypatch.setattr(worker, "file_events", sometimes)
    monkeypatch.setattr(worker, "BUSY_SECONDS", 0.01)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run_worker(settings, stop))
    for _ in range(200):
        if await places(trail, event) == (0, 1):
            break
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert await places(trail, event) == (0, 1)


async def test_a_worker_without_a_database_waits_and_still_stops(settings: Settings, tmp_path: Path) -> None:
    nowhere = settings.model_copy(
        update={"worker_database_url": f"postgresql://rhannu_worker@/none?host={tmp_path}", "home": tmp_path}
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run_worker(nowhere, stop))
    await asyncio.sleep(0.3)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 5)
