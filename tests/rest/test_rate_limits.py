"""A client's limit is one for the region, however many processes answer, and however long its lists are."""

import dataclasses
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY

from api.app import create_app
from api.lifespan import close_state, open_state
from api.limiter import FRESH_SECONDS, WINDOW_SECONDS
from api.state import State
from services.core.rate_counts import KEPT_MINUTES, forget_counts
from services.core.settings import Settings
from services.db.engine import make_engine
from tests.fixtures.server import serving
from tests.fixtures.service import Service

LIMIT = 20
HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")


class Clock:
    """A clock that stands still, in a minute of its own that no other test counts in."""

    def __init__(self) -> None:
        self.at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=uuid.uuid4().int % 2_000_000)

    def __call__(self) -> datetime:
        return self.at

    @property
    def minute(self) -> int:
        return int(self.at.timestamp() // WINDOW_SECONDS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def states(service: Service, settings: Settings, clock: Clock) -> AsyncIterator[list[State]]:
    """What three processes over one database hold."""
    limited = settings.model_copy(update={"rate_limit_per_minute": LIMIT})
    opened = [await open_state(limited, clock=clock) for _ in range(3)]
    yield opened
    for state in opened:
        await close_state(state)


@pytest.fixture
async def admin(service: Service) -> AsyncIterator["asyncpg.Connection"]:
    connection = await service.database.as_admin()
    yield connection
    await connection.close()


async def all_exchange(states: list[State]) -> None:
    for state in states:
        await state.together.exchange()


def done(outcome: str) -> float:
    return REGISTRY.get_sample_value("rhannu_limit_exchanges_total", {"outcome": outcome}) or 0.0


class TestTogether:
    async def test_processes_count_one_client_together(self, states: list[State]) -> None:
        first, second, third = states
        for _ in range(8):
            assert not first.limiter.take("abuhb-system").is_spent
        assert second.limiter.take("abuhb-system").remaining == LIMIT - 1, "nothing was exchanged yet"
        assert second.limiter.take("pobl-system").remaining == LIMIT - 1
        await all_exchange([*states, *states])
        assert [state.limiter.take("abuhb-system").remaining for state in states] == [LIMIT - 10] * 3
        assert third.limiter.take("pobl-system").remaining == LIMIT - 2
        await all_exchange([*states, *states])
        for state in states:
            while not state.limiter.take("abuhb-system").is_spent:
                await all_exchange([*states, *states])
        counted = sum(state.limiter.counted_here()[1]["abuhb-system"] for state in states)
        assert counted == LIMIT

    async def test_without_an_exchange_in_between_a_limit_is_passed_by_what_came_meanwhile_only(
        self, states: list[State]
    ) -> None:
        passed = 0
        for _ in range(10):
            passed += sum(not state.limiter.take("abuhb-system").is_spent for state in states for _ in range(2))
            await all_exchange([*states, *states])
        assert LIMIT <= passed <= LIMIT + 6, "at most what three processes let in between two exchanges"

    async def test_a_new_minute_begins_at_nothing_everywhere(self, states: list[State], clock: Clock) -> None:
        first, second, _ = states
        first.limiter.take("abuhb-system", LIMIT)
        await all_exchange(states)
        assert second.limiter.take("abuhb-system").is_spent
        clock.at += timedelta(seconds=WINDOW_SECONDS)
        await all_exchange(states)
        assert second.limiter.take("abuhb-system").remaining == LIMIT - 1

    async def test_each_process_writes_one_row_for_a_client_and_a_minute(
        self, states: list[State], clock: Clock, admin: "asyncpg.Connection"
    ) -> None:
        for _ in range(4):
            for state in states[:2]:
                state.limiter.take("abuhb-system")
                state.limiter.take("somebody-by-name")
            await all_exchange(states)
        rows = await admin.fetch("SELECT client, requests FROM access.request_counts WHERE minute = $1", clock.minute)
        assert [tuple(row) for row in rows] == [("abuhb-system", 4)] * 2, (
            "registered clients only, and what they counted"
        )

    async def test_what_was_told_is_not_written_again(
        self, states: list[State], clock: Clock, admin: "asyncpg.Connection"
    ) -> None:
        states[0].limiter.take("abuhb-system")
        versions = []
        for _ in range(3):
            await states[0].together.exchange()
            versions.append(
                await admin.fetchval("SELECT xmin FROM access.request_counts WHERE minute = $1", clock.minute)
            )
        assert len(set(versions)) == 1

    async def test_the_counts_are_in_no_log_that_a_commit_waits_for(self, admin: "asyncpg.Connection") -> None:
        assert await admin.fetchval(
            "SELECT relpersistence FROM pg_class WHERE oid = 'access.request_counts'::regclass"
        ) in {"u", b"u"}

    async def test_the_application_reaches_the_counts_through_their_function_only(self, service: Service) -> None:
        app = await service.database.as_role("rhannu_app")
        try:
            for statement in (
                "SELECT * FROM access.request_counts", "DELETE FROM access.request_counts",
                "INSERT INTO access.request_counts VALUES (1, gen_random_uuid(), 'x', 1)",
            ):  # fmt: skip
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await app.execute(statement)
        finally:
            await app.close()

    async def test_the_worker_deletes_old_minutes_and_no_others(
        self, service: Service, clock: Clock, admin: "asyncpg.Connection"
    ) -> None:
        minutes = [clock.minute - KEPT_MINUTES - 1, clock.minute - KEPT_MINUTES, clock.minute]
        for minute in minutes:
            await admin.execute(
                "INSERT INTO access.request_counts VALUES ($1, gen_random_uuid(), 'abuhb-system', 1)", minute
            )
        engine = make_engine(service.database.doors.worker, pool_size=1, statement_timeout_ms=5_000)
        try:
            assert await forget_counts(engine, clock.minute) >= 1
        finally:
            await engine.dispose()
        left = await admin.fetch("SELECT minute FROM access.request_counts WHERE minute = ANY ($1)", minutes)
        assert sorted(row["minute"] for row in left) == minutes[1:]


class TestAlone:
    """The exchange fails: nobody is refused for it, and whoever runs the service can see it."""

    @pytest.fixture
    async def cut(self, states: list[State]) -> State:
        """A process that heard of eight requests, and now has no database to exchange counts through."""
        first, second, _ = states
        first.limiter.take("abuhb-system", 8)
        await all_exchange(states)
        await second.pool.close()
        return second

    async def test_it_goes_on_with_what_it_last_heard(self, cut: State, clock: Clock) -> None:
        failed = done("failed")
        await cut.together.exchange()
        assert done("failed") == failed + 1
        assert cut.limiter.take("abuhb-system").remaining == LIMIT - 9
        clock.at += timedelta(seconds=WINDOW_SECONDS)
        await cut.together.exchange()
        assert cut.limiter.take("abuhb-system").remaining == LIMIT - 1, "from the next minute on it counts alone"

    async def test_readiness_says_so_and_stays_ready(
        self, cut: State, clock: Clock, settings: Settings, states: list[State]
    ) -> None:
        app = create_app(settings)
        said = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://rhannu.test") as http:
            for state in (states[0], cut):
                app.state.rhannu = state
                for seconds in (0, FRESH_SECONDS):
                    clock.at += timedelta(seconds=seconds)
                    await state.together.exchange()
                    answer = await http.get("/health/ready")
                    assert answer.status_code == 200
                    said.append(answer.json()["limits"])
        assert said == ["shared", "shared", "own", "own"]


@pytest.fixture
async def http(service: Service, states: list[State]) -> AsyncIterator[httpx.AsyncClient]:
    """The first of the three processes, with the clock of tokens, under a limit of twenty."""
    app = create_app(states[0].settings)
    app.state.rhannu = dataclasses.replace(
        states[0], clock=service.clock, verifier=service.app.state.rhannu.verifier  # type: ignore[attr-defined]
    )  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://rhannu.test") as client:
        yield client


class TestWeight:
    """A list of people counts for its length, and less than the people one by one."""

    @staticmethod
    async def check(service: Service, http: httpx.AsyncClient, lines: int) -> tuple[int, int]:
        entry = {"identity": {"family": "Nobody", "given": "Nia", "birthDate": "1949-05-06"}}
        answer = await http.post(
            "/v1/flag-checks", json={"entries": [entry] * lines}, headers=service.headers("abuhb", "practitioner")
        )
        return answer.status_code, int(answer.headers["ratelimit-remaining"])

    @pytest.mark.parametrize(("lines", "weight"), [(1, 1), (10, 1), (11, 2), (100, 10), (101, 11), (200, 20)])
    async def test_a_list_counts_one_for_each_ten_lines_begun(
        self, service: Service, http: httpx.AsyncClient, lines: int, weight: int
    ) -> None:
        assert await self.check(service, http, lines) == (200, LIMIT - weight)

    async def test_a_list_too_heavy_is_refused_recorded_and_costs_one(
        self, service: Service, http: httpx.AsyncClient
    ) -> None:
        assert await self.check(service, http, 180) == (200, 2)
        entry = {"reference": "1", "identity": {"family": "Nobody", "given": "Nia", "birthDate": "1949-05-06"}}
        refused = await http.post(
            "/v1/flag-checks", json={"entries": [entry] * 21}, headers=service.headers("abuhb", "practitioner")
        )
        assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
        assert int(refused.headers["retry-after"]) >= 1
        (event,) = await service.events(request=refused.headers["x-request-id"])
        assert (event["outcome"], event["reason"], event["subjects"]) == ("refused", "rate-limited", [])
        assert await self.check(service, http, 1) == (200, 0), "somebody at a door can still ask"
        assert await self.check(service, http, 1) == (429, 0)

    async def test_an_empty_list_gives_nothing_back(self, service: Service, http: httpx.AsyncClient) -> None:
        assert await self.check(service, http, 0) == (422, LIMIT - 1)


def test_two_real_processes_hear_of_one_another(service: Service, settings: Settings, server_address: str) -> None:
    headers = service.headers("swfrs", "practitioner", "direct-care")
    path = f"/v1/persons/{uuid.uuid4()}"
    with serving(settings) as other, httpx.Client(headers=headers, trust_env=False) as http:
        deadline, sent, counted = time.monotonic() + 20, 0, 0
        while counted <= sent:
            assert time.monotonic() < deadline, "the second process never heard of the first one's requests"
            http.get(f"{server_address}{path}")
            answer = http.get(f"{other}{path}")
            sent += 1
            limit, remaining, _ = (int(answer.headers[name]) for name in HEADERS)
            counted = limit - remaining
        assert http.get(f"{other}/health/ready").json() == {"status": "ready", "limits": "shared"}
        assert 'rhannu_limit_exchanges_total{outcome="done"}' in http.get(f"{other}/metrics").text
