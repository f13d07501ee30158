"""What holders acknowledged is kept six years or as long as its flag's trail, and what they hold stays true (F-13)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.flag_retention import notices_kept_since
from services.db.engine import make_engine
from services.flags.clocks import chase_notices, forget_notices
from tests.factories.flags import contest, reviewing, step
from tests.fixtures.service import Service
from tests.rest.test_inbox import HEALTH, answer, held, holdings, inbox, withdrawn

YEARS = timedelta(days=6 * 366)


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def kinds(service: Service, flag: dict[str, Any]) -> list[str]:
    return [each["kind"]["code"] for each in await inbox(service, HEALTH, flag)]


async def answered_twice(service: Service, engine: AsyncEngine) -> dict[str, Any]:
    """A live flag of which a holder has acknowledged two notices."""
    flag = await held(service, engine)
    for path, body in (("challenges", contest()), ("reviews", reviewing())):
        made = await step(service, flag, path, body)
        assert made.status_code == 200, made.text
        flag = made.json()
        (notice, *_) = await inbox(service, HEALTH, flag, unacknowledged="true")
        assert (await answer(service, notice, "updated")).status_code == 200
    return flag


def test_the_day_is_six_years_back() -> None:
    assert notices_kept_since(date(2032, 2, 29)) == date(2026, 2, 28)


async def test_old_answers_of_a_live_flag_go_and_the_last_one_stays(service: Service, engine: AsyncEngine) -> None:
    flag = await answered_twice(service, engine)
    before = (await holdings(service, HEALTH))[flag["id"]]
    assert await kinds(service, flag) == ["reviewed-kept", "contested"]
    await forget_notices(engine, datetime.now(UTC) + timedelta(days=5 * 365))
    assert await kinds(service, flag) == ["reviewed-kept", "contested"]
    assert await forget_notices(engine, datetime.now(UTC) + YEARS) >= 1
    assert await kinds(service, flag) == ["reviewed-kept"]
    assert (await holdings(service, HEALTH))[flag["id"]] == before, "what the holder has does not change by forgetting"
    assert await forget_notices(engine, datetime.now(UTC) + YEARS) == 0


async def test_what_was_forgotten_is_not_told_again(service: Service, engine: AsyncEngine) -> None:
    flag = await answered_twice(service, engine)
    await forget_notices(engine, datetime.now(UTC) + YEARS)
    service.clock.offset = YEARS
    made = await step(service, flag, "corrections", {"kind": "wrong-person", "reason": "It was his cousin."})
    assert made.status_code == 200, made.text
    assert await kinds(service, flag) == ["wrong-person", "reviewed-kept"]


async def test_what_nobody_answered_stays_while_the_flag_lives(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await step(service, flag, "challenges", contest())
    await forget_notices(engine, datetime.now(UTC) + YEARS)
    assert await kinds(service, flag) == ["contested"]


async def test_the_notices_of_an_ended_flag_go_with_its_trail(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    contested = (await step(service, flag, "challenges", contest())).json()
    await chase_notices(engine, datetime.now(UTC) + timedelta(days=30))
    await withdrawn(service, contested)
    newest, _ = await inbox(service, HEALTH, flag)
    await answer(service, newest)
    await forget_notices(engine, datetime.now(UTC) + timedelta(days=360))
    assert await kinds(service, flag) == ["wrong-person", "contested"]
    await forget_notices(engine, datetime.now(UTC) + timedelta(days=370))
    assert await kinds(service, flag) == ["wrong-person"], "the answer that tells what became of the copies"
    assert flag["id"] not in await holdings(service, HEALTH)
