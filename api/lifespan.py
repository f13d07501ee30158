"""Open what the application holds, and close it again."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from uuid import uuid4

from fastapi import FastAPI
from opentelemetry.trace import Tracer

from api.limiter import Limiter, Together
from api.state import State, system_clock
from services.agencies.directory import Directory
from services.agencies.exchange import ExchangeDesk
from services.agencies.tokens import TokenDesk
from services.core.caller import ContextSigner
from services.core.database_tracing import trace_engine, traced_connections
from services.core.doors import doors_of
from services.core.identity import AssertionVerifier, TokenIssuer, TokenVerifier
from services.core.key_sources import FetchPolicy
from services.core.outbound import networks_of
from services.core.printing import Press
from services.core.rate_counts import share_counts
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.db.engine import assert_durable, make_engine, make_pool
from services.db.revision import newest_revision
from services.flags.checks import FlagChecks

_GC_THRESHOLDS = (20_000, 50, 100)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open engines and keys; refuse to start on a database that could lose what it acknowledged."""
    state = await open_state(app.state.settings, tracer=app.state.tracer)
    app.state.rhannu = state
    # What lives as long as the process is not scanned again: p99 fell from 50 ms to 6 (docs/adr/0006).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    exchange = asyncio.create_task(state.together.keep_on())
    try:
        yield
    finally:
        exchange.cancel()
        with suppress(asyncio.CancelledError):
            await exchange
        await close_state(state)


async def open_state(
    settings: Settings, *, clock: Callable[[], datetime] = system_clock, tracer: Tracer | None = None
) -> State:
    """Open everything one process needs; tests give a clock and a tracer of their own."""
    doors = doors_of(settings)
    statement_ms, connect = settings.statement_timeout_ms, settings.connect_timeout_seconds
    engine = make_engine(
        doors.app, pool_size=settings.pool_size, statement_timeout_ms=statement_ms, connect_seconds=connect
    )
    auditor = make_engine(doors.auditor, pool_size=2, statement_timeout_ms=30_000, connect_seconds=connect)
    if tracer is not None:
        trace_engine(engine, tracer)
        trace_engine(auditor, tracer)
    await assert_durable(engine)
    keys = signing_keys(settings)
    signer = ContextSigner(settings.context_key)
    pool = await make_pool(
        doors.app,
        size=settings.pool_size,
        statement_timeout_ms=statement_ms,
        connect_seconds=connect,
        prepare=None if tracer is None else traced_connections(tracer),
    )

    def seconds() -> float:
        return clock().timestamp()

    limiter = Limiter(settings.rate_limit_per_minute, seconds)
    policy = FetchPolicy(
        frozenset(filter(None, settings.key_set_hosts.split(","))),
        not settings.is_production,
        networks=networks_of(settings.key_set_networks),
    )
    issuer = TokenIssuer(settings.issuer, settings.audience, keys, seconds)
    tokens = TokenDesk(pool, AssertionVerifier(settings.issuer, seconds), issuer, policy, seconds)
    return State(
        settings=settings,
        engine=engine,
        auditor_engine=auditor,
        pool=pool,
        signer=signer,
        directory=Directory(settings.duty_phone),
        checks=FlagChecks(pool, signer, settings.match_key, seconds=settings.check_seconds),
        tokens=tokens,
        exchange=ExchangeDesk(pool, tokens, issuer, policy, seconds),
        fetch_policy=policy,
        press=Press(),
        token_budget=Limiter(settings.rate_limit_per_minute, seconds),
        token_limiter=Limiter(settings.token_rate_limit_per_minute, seconds),
        signing_keys=keys,
        verifier=TokenVerifier(settings.issuer, settings.audience, keys.key_set(), seconds),
        limiter=limiter,
        together=Together(limiter, partial(share_counts, pool, uuid4())),
        revision=newest_revision(),
        clock=clock,
    )


async def close_state(state: State) -> None:
    """Close what `open_state` opened."""
    await state.pool.close()
    await state.engine.dispose()
    await state.auditor_engine.dispose()
