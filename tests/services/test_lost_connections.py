"""A restart or a failover of the database costs nobody an answer, and never looks like a defect of ours.

Every pool then holds connections that are gone. Whoever begins on one begins again on a fresh one, since nothing
has been done yet; what breaks later is `service-unavailable`, with nothing stored or all of it.
"""

import asyncio
import uuid

import asyncpg
import httpx
import pytest

from domain.access import Purpose
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId, UserId
from services.agencies.directory import Directory
from services.core.caller import Caller
from services.core.conversation import Connection, converse
from services.core.unit_of_work import UnitOfWork
from services.db.bootstrap import dsn
from services.db.engine import Engine, make_engine, make_pool
from tests.fixtures.fault_proxy import Direction, Fault, borders
from tests.fixtures.line import BadLine
from tests.fixtures.service import Service, user_id

_FATAL = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
TOLD_TO_GO = b"E" + (len(_FATAL) + 4).to_bytes(4, "big") + _FATAL
"""What the server says on an idle connection before it closes it (PostgreSQL 18, section 54.7)."""


async def registered(service: Service, agency: str = "abuhb") -> str:
    body = {"names": [{"family": f"Llinell{uuid.uuid4().hex[:8]}", "given": ["Nia"]}], "birthDate": "1949-05-06"}
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def unit_of(line: BadLine, *, engine: Engine | None = None) -> UnitOfWork:
    user = user_id("abuhb", "practitioner")
    caller = Caller(
        ClientId("abuhb-system"), AgencyCode("abuhb"), AgencyCode("abuhb"), UserId(user), Purpose.DIRECT_CARE,
        "token", str(uuid.uuid4()),
    )  # fmt: skip
    state = line.state
    return UnitOfWork(
        engine or state.engine, state.signer, caller, match_key=state.settings.match_key, clock=state.clock
    )


async def ask(line: BadLine, door: str, record: str) -> httpx.Response:
    service, http = line.service, line.service.http
    nurse, officer = service.headers("abuhb", "practitioner"), service.headers("abuhb", "dpo-ig", "audit-quality")
    entries = {"entries": [{"personId": record}]}
    query = {"query": "query($id: UUID!) { personSummary(id: $id) { id } }", "variables": {"id": record}}
    doors = {
        "person": lambda: http.get(f"/v1/persons/{record}", headers=nurse),
        "check": lambda: http.post("/v1/flag-checks", json=entries, headers=nurse),
        "graphql": lambda: http.post("/graphql", json=query, headers=nurse),
        "refusal": lambda: http.get(f"/v1/persons/{record}", headers=officer),
        "check refused": lambda: http.post("/v1/flag-checks", json=entries, headers=officer),
        "trail": lambda: http.get("/v1/audit/events", params={"subject": record}, headers=officer),
    }
    return await doors.get(door, lambda: http.get(door))()


DOORS = ["person", "check", "graphql", "refusal", "check refused", "trail", "/v1/duty-contacts", "/health/ready"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("how", ["cut", "told to go"])
async def test_a_pool_of_lost_connections_costs_no_answer(bad_line: BadLine, door: str, how: str) -> None:
    record = await registered(bad_line.service)
    before = await ask(bad_line, door, record)
    assert before.status_code in {200, 403}
    for _ in range(3):
        if how == "cut":
            bad_line.proxy.cut_all()
        else:
            bad_line.proxy.say(TOLD_TO_GO)
        await asyncio.sleep(0.01)  # time for the loop to read what the line says
        after = await ask(bad_line, door, record)
        assert after.status_code == before.status_code, after.text
    assert bad_line.held() == 0


async def test_many_at_once_find_all_their_connections_lost_and_are_answered(bad_line: BadLine) -> None:
    """As after a failover under load: every pooled connection is gone, and every request begins on one of them."""
    proxy, doors = bad_line.proxy, bad_line.state.settings
    engine = make_engine(doors.database_url or "", pool_size=4, statement_timeout_ms=2_000)
    pool = await make_pool(doors.database_url or "", size=4, statement_timeout_ms=2_000)
    try:
        for spoil in (lambda: proxy.say(TOLD_TO_GO), proxy.cut_all):
            for _ in range(2):
                units = [unit_of(bad_line, engine=engine) for _ in range(4)]
                principals = await asyncio.gather(*(unit.open() for unit in units))
                assert len({id(unit._connection) for unit in units}) == len(principals) == 4
                await asyncio.gather(*(unit.close() for unit in units))
                asked = await asyncio.gather(*(converse(pool, slow_one) for _ in range(20)))
                assert asked == [1] * 20
                spoil()
                await asyncio.sleep(0.01)
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert pool.get_idle_size() == pool.get_size()
    finally:
        await engine.dispose()
        await pool.close()


async def test_one_lost_connection_condemns_those_of_its_age(bad_line: BadLine) -> None:
    """What may not be repeated, such as using up an assertion, must not meet the next lost one."""
    pool = await make_pool(bad_line.state.settings.database_url or "", size=4, statement_timeout_ms=2_000)
    try:
        await asyncio.gather(*(converse(pool, slow_one) for _ in range(4)))
        bad_line.proxy.say(TOLD_TO_GO)
        await asyncio.sleep(0.01)
        assert await converse(pool, slow_one) == 1
        assert await asyncio.gather(*(converse(pool, slow_one, may_repeat=False) for _ in range(4))) == [1] * 4
    finally:
        await pool.close()


async def test_a_server_without_the_database_cannot_serve_now(bad_line: BadLine) -> None:
    nowhere = (bad_line.state.settings.database_url or "").replace("/rhannu_", "/not_rhannu_")
    engine = make_engine(nowhere, pool_size=1, statement_timeout_ms=2_000)
    pool = await asyncpg.create_pool(dsn(nowhere), min_size=0, max_size=1)
    for attempt in (unit_of(bad_line, engine=engine).open(), converse(pool, slow_one)):
        with pytest.raises(DomainError) as refused:
            await attempt
        assert refused.value.code == "service-unavailable"
    await engine.dispose()
    await pool.close()


async def test_a_value_that_cannot_be_sent_is_a_defect_of_ours_and_no_outage(bad_line: BadLine) -> None:
    pool = await make_pool(bad_line.state.settings.database_url or "", size=1, statement_timeout_ms=2_000)
    with pytest.raises(asyncpg.DataError):
        await converse(pool, lambda connection: connection.fetchval("SELECT $1::int", "no number"))
    await pool.close()


async def slow_one(connection: Connection) -> int:
    """Slow enough that all connections are needed."""
    return int(await connection.fetchval("SELECT 1 FROM pg_catalog.pg_sleep(0.01)"))


async def test_registers_read_on_a_lost_connection_are_read_again(bad_line: BadLine) -> None:
    coverage = Directory()
    before = await coverage.registers(bad_line.state.pool)
    bad_line.proxy.say(TOLD_TO_GO)
    await asyncio.sleep(0.01)
    assert await Directory().registers(bad_line.state.pool) == before
    bad_line.proxy.arm(Fault("refuse"))
    with pytest.raises(DomainError) as refused:
        await Directory().registers(bad_line.state.pool)
    assert refused.value.code == "service-unavailable"
    bad_line.proxy.heal()


async def test_a_unit_cut_before_its_refusal_is_refused_on_the_trail_all_the_same(bad_line: BadLine) -> None:
    unit = unit_of(bad_line)
    await unit.open()
    bad_line.proxy.cut_all()
    await asyncio.sleep(0.01)
    await unit.refuse(DomainError("not-found"))
    await unit.close()
    events = await bad_line.service.events(request=unit.caller.request_id)
    assert [event["outcome"] for event in events] == ["not-found"]
    assert bad_line.held() == 0


async def test_only_what_has_done_nothing_yet_begins_again(bad_line: BadLine) -> None:
    unit = unit_of(bad_line)
    await unit.open()
    bad_line.proxy.cut_all()
    await asyncio.sleep(0.01)
    unit.record_empty()
    with pytest.raises(DomainError) as refused:
        await unit.commit()
    assert refused.value.code == "service-unavailable"
    await unit.close()
    assert await bad_line.service.events(request=unit.caller.request_id) == []


async def test_two_questions_of_one_operation_share_its_end(
    bad_line: BadLine, caplog: pytest.LogCaptureFixture
) -> None:
    """Both resolvers use one unit; when the first meets the cut, the second meets what the cut has left behind."""
    record = await registered(bad_line.service)
    query = "query($id: UUID!) { a: personSummary(id: $id) { id } b: personSummary(id: $id) { id } }"
    headers = bad_line.service.headers("abuhb", "practitioner")
    body = {"query": query, "variables": {"id": record}}

    async def answer() -> httpx.Response:
        return await bad_line.service.http.post("/graphql", json=body, headers=headers)

    assert (await answer()).status_code == 200
    bad_line.proxy.arm()
    assert (await answer()).status_code == 200
    ends = borders(bytes(bad_line.proxy.passed["up"]))
    for end in ends:
        bad_line.proxy.arm(Fault("cut", "up", end))
        cut = await answer()
        assert cut.status_code in {200, 503}, cut.text
        bad_line.proxy.arm()
        assert (await answer()).status_code == 200
    bad_line.proxy.arm(Fault("refuse"))
    assert (await answer()).status_code == 503
    bad_line.proxy.heal()
    assert bad_line.held() == 0
    assert [record.message for record in caplog.records if record.message == "graphql-fault"] == []


async def test_a_request_cancelled_while_it_commits_gives_its_connection_back_whole(bad_line: BadLine) -> None:
    said = (await measured(bad_line))["down"]
    unit = await begun(bad_line)
    bad_line.proxy.arm(Fault("hold", "down", borders(said)[-2]))  # the event is written, the commit not acknowledged
    lines = set(bad_line.proxy.lines)
    ending = asyncio.create_task(committed(unit))
    async with asyncio.timeout(5):
        await bad_line.proxy.fired.wait()
    ending.cancel()
    await asyncio.sleep(0.02)
    assert not ending.done(), "the connection went back while it was still committing"
    bad_line.proxy.heal()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert bad_line.held() == 0
    assert len(await bad_line.service.events(request=unit.caller.request_id)) == 1
    assert (await ask(bad_line, "refusal", str(uuid.uuid4()))).status_code == 403
    assert bad_line.proxy.lines == lines, "the same connection serves the next"


async def test_a_commit_that_nobody_acknowledged_is_not_mixed_up_with_its_refusal(bad_line: BadLine) -> None:
    """What was done and the answer that it may not have been are two events, both true."""
    sent = (await measured(bad_line))["up"]
    unit = await begun(bad_line)
    bad_line.proxy.arm(Fault("cut", "up", len(sent)))
    with pytest.raises(DomainError) as refused:
        await unit.commit()
    await unit.refuse(refused.value)
    await unit.close()
    for _ in range(500):
        if len(events := await bad_line.service.events(request=unit.caller.request_id)) == 2:
            break
        await asyncio.sleep(0.01)  # the server is still reading what was sent to it
    assert sorted(str(event["outcome"]) for event in events) == ["empty", "error"]
    assert len({event["event"] for event in events}) == 2


async def begun(line: BadLine) -> UnitOfWork:
    """Open a unit that has its event to write and its commit before it."""
    unit = unit_of(line)
    await unit.open()
    unit.record_empty()
    return unit


async def committed(unit: UnitOfWork) -> None:
    try:
        await unit.commit()
    finally:
        await unit.close()


async def measured(line: BadLine) -> dict[Direction, bytes]:
    """What passes while a unit ends on a connection that knows its statements."""
    for _ in range(2):
        unit = await begun(line)
        line.proxy.arm()
        await committed(unit)
    return {direction: bytes(passed) for direction, passed in line.proxy.passed.items()}
