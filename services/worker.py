"""The background process: files the trail and keeps house, and outlives an outage of the database.

Nothing here is ever in a hurry for a caller: what it files was durable before, and can be read before it is filed.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from services.alerts import chase_alerts, watch_access
from services.audit.filing import (
    ensure_months,
    erase_due_details,
    erase_lapsed_imports,
    file_events,
    forget_old_keys,
)
from services.break_glass.clocks import chase_break_glass_reviews
from services.core.doors import doors_of
from services.core.rate_counts import forget_counts
from services.core.settings import Settings
from services.db.engine import assert_durable, make_engine
from services.flags.clocks import chase_duties, chase_notices, end_lapsed_markers, forget_notices
from services.sharing.clocks import chase_sharing
from services.sharing.protocol_clocks import chase_protocols

BATCH = 2000
BUSY_SECONDS = 0.5
IDLE_SECONDS = 2.0
HOUSEKEEPING_SECONDS = 3600.0
LONGEST_BACK_OFF_SECONDS = 30.0
_STATEMENT_TIMEOUT_MS = 60_000

_OUTAGES = (DBAPIError, PoolTimeout, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """One worker's round of duties; any number may run, of which one files at a time."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime] = _utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._is_checked = False
        self._next_housekeeping = 0.0

    async def round(self) -> int:
        """Do what is due now and give how many events were filed."""
        if not self._is_checked:
            await assert_durable(self._engine)
            self._is_checked = True
        if time.monotonic() >= self._next_housekeeping:
            await self._keep_house()
            self._next_housekeeping = time.monotonic() + HOUSEKEEPING_SECONDS
        now = self._clock()
        await end_lapsed_markers(self._engine, now)
        await chase_duties(self._engine, now)
        await chase_notices(self._engine, now)
        await chase_sharing(self._engine, now)
        await chase_break_glass_reviews(self._engine, now)
        await chase_alerts(self._engine, now)
        filed = await file_events(self._engine, BATCH, now)
        await watch_access(self._engine, now)
        return filed

    async def _keep_house(self) -> None:
        await ensure_months(self._engine)
        erased = await erase_due_details(self._engine)
        lapsed = await erase_lapsed_imports(self._engine)
        forgotten = await forget_old_keys(self._engine)
        notices = await forget_notices(self._engine, self._clock())
        await forget_counts(self._engine, int(time.time() // 60))
        await chase_protocols(self._engine, self._clock())
        _log.info("worker.kept-house", erased=erased, imports=lapsed, keys=forgotten, notices=notices)


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; the round under way is finished first.

    Raises:
        RuntimeError: the database could lose what it acknowledged, or lets this role pass by row security.
    """
    engine = make_engine(doors_of(settings).worker, pool_size=2, statement_timeout_ms=_STATEMENT_TIMEOUT_MS)
    worker = Worker(engine)
    failures = 0
    _log.info("worker.started")
    try:
        while not stop.is_set():
            try:
                filed = await worker.round()
            except _OUTAGES as failure:
                failures += 1
                seconds = min(LONGEST_BACK_OFF_SECONDS, BUSY_SECONDS * 2 ** min(failures, 10))
                _log.warning("worker.backs-off", error=type(failure).__qualname__, seconds=seconds)
            else:
                failures = 0
                seconds = _pause_after(filed)
            await _rest(stop, seconds)
    finally:
        await engine.dispose()
        _log.info("worker.stopped")


def _pause_after(filed: int) -> float:
    if filed == BATCH:
        return 0.0
    return BUSY_SECONDS if filed else IDLE_SECONDS


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
