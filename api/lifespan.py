"""Open what the application holds, and close it again."""

import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI

from api.limiter import Limiter
from api.state import State, system_clock
from services.agencies.coverage import Coverage
from services.agencies.tokens import TokenDesk
from services.core.caller import ContextSigner
from services.core.doors import doors_of
from services.core.identity import AssertionVerifier, TokenIssuer, TokenVerifier
from services.core.key_sources import FetchPolicy
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.db.engine import assert_durable, make_engine, make_pool
from services.flags.checks import FlagChecks

_GC_THRESHOLDS = (20_000, 50, 100)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open engines and keys; refuse to start on a database that could lose what it acknowledged."""
    state = await open_state(app.state.settings)
    app.state.rhannu = state
    # What lives as long as the process is not scanned again: p99 fell from 50 ms to 6 (docs/adr/0006).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    try:
        yield
    finally:
        await close_state(state)


async def open_state(settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> State:
    """Open everything one process needs; tests give a clock of their own."""
    doors = doors_of(settings)
    statement_ms, connect = settings.statement_timeout_ms, settings.connect_timeout_seconds
    engine = make_engine(
        doors.app, pool_size=settings.pool_size, statement_timeout_ms=statement_ms, connect_seconds=connect
    )
    auditor = make_engine(doors.auditor, pool_size=2, statement_timeout_ms=30_000, connect_seconds=connect)
    await assert_durable(engine)
    keys = signing_keys(settings)
    signer = ContextSigner(settings.context_key)
    pool = await make_pool(
        doors.app, size=settings.pool_size, statement_timeout_ms=statement_ms, connect_seconds=connect
    )

    def seconds() -> float:
        return clock().timestamp()

    return State(
        settings=settings,
        engine=engine,
        auditor_engine=auditor,
        pool=pool,
        signer=signer,
        coverage=Coverage(),
        checks=FlagChecks(pool, signer, settings.match_key),
        tokens=TokenDesk(
            pool,
            AssertionVerifier(settings.issuer, seconds),
            TokenIssuer(settings.issuer, settings.audience, keys, seconds),
            FetchPolicy(frozenset(filter(None, settings.key_set_hosts.split(","))), not settings.is_production),
            seconds,
        ),
        token_budget=Limiter(settings.rate_limit_per_minute, seconds),
        token_limiter=Limiter(settings.token_rate_limit_per_minute, seconds),
        signing_keys=keys,
        verifier=TokenVerifier(settings.issuer, settings.audience, keys.key_set(), seconds),
        limiter=Limiter(settings.rate_limit_per_minute, seconds),
        clock=clock,
    )


async def close_state(state: State) -> None:
    """Close what `open_state` opened."""
    await state.pool.close()
    await state.engine.dispose()
    await state.auditor_engine.dispose()
