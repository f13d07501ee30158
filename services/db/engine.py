"""Engines and pools: the one place that names driver options.

Every connection belongs to a login role of the bootstrap, keeps `synchronous_commit` on, and carries
its own time limits, so that a slow statement becomes a clear problem instead of a queue.
"""

from typing import Any, Protocol, TypeAlias

import asyncpg
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.db.bootstrap import dsn
from services.db.lost import once_more

POOL_TIMEOUT_SECONDS = 5.0
CONNECT_SECONDS = 5.0
_OVERFLOW = 5
_DURABILITY = (
    "SELECT current_setting('synchronous_commit') AS durability, "
    "rolsuper OR rolbypassrls AS passes FROM pg_roles WHERE rolname = current_user"
)

Engine: TypeAlias = AsyncEngine
"""Connections of one role, for units of work."""
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""The driver's own connections of one role, for what is one statement."""


class Prepare(Protocol):
    """What is done once with every new connection of a pool."""

    async def __call__(self, connection: "asyncpg.Connection[asyncpg.Record]", /) -> None:
        """Do it."""


def make_engine(
    url: str, *, pool_size: int, statement_timeout_ms: int, connect_seconds: float = CONNECT_SECONDS
) -> AsyncEngine:
    """Make an engine for one role; values never stand in its errors or logs (law 9)."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "server_settings": {"statement_timeout": str(statement_timeout_ms)},
            "timeout": connect_seconds,
            "command_timeout": _patience_seconds(statement_timeout_ms),
        },
    )


def _patience_seconds(statement_timeout_ms: int) -> float:
    """How long to wait for the server to end a statement itself before the line counts as dead."""
    limit = statement_timeout_ms / 1000
    return limit + min(1.0, limit)


async def make_pool(
    url: str,
    *,
    size: int,
    statement_timeout_ms: int,
    connect_seconds: float = CONNECT_SECONDS,
    prepare: Prepare | None = None,
) -> "asyncpg.Pool[asyncpg.Record]":
    """Make the driver's own pool for the measured flag check, which has one statement (ADR 0004).

    `prepare` is done once with every new connection.
    """
    pool: asyncpg.Pool[asyncpg.Record] = await asyncpg.create_pool(
        dsn(url),
        min_size=min(2, size),
        max_size=size,
        timeout=connect_seconds,
        command_timeout=_patience_seconds(statement_timeout_ms),
        server_settings={"statement_timeout": str(statement_timeout_ms)},
        max_inactive_connection_lifetime=600,
        reset=_nothing_to_reset,
        init=prepare,
    )
    return pool


async def _nothing_to_reset(_connection: object) -> None:
    """Skip the reset: one implicit transaction leaves no session state, and local settings end with it."""


async def assert_durable(engine: AsyncEngine) -> None:
    """Refuse to serve where an acknowledged commit could be lost.

    Raises:
        RuntimeError: the role's `synchronous_commit` is not `on` or stricter, or it may pass by row security.
    """

    async def read() -> Row[Any]:
        async with engine.connect() as connection:
            return (await connection.exec_driver_sql(_DURABILITY)).one()

    row = await once_more(read)
    if row.durability not in {"on", "remote_apply"}:
        message = "synchronous_commit must be on: an acknowledged audit event must survive a crash"
        raise RuntimeError(message)
    if row.passes:
        message = "the service must not log in as a role that passes by row security"
        raise RuntimeError(message)
