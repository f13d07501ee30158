"""Talking to the database on the driver's own connections, for what is a statement or two and no unit of work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.errors import DomainError
from services.core.constraints import is_outage
from services.db.engine import POOL_TIMEOUT_SECONDS
from services.db.lost import is_lost

T = TypeVar("T")
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


async def converse(
    pool: "asyncpg.Pool[asyncpg.Record]", talk: Callable[[Connection], Awaitable[T]], *, may_repeat: bool = True
) -> T:
    """Hold a conversation; one that meets a lost connection is held again, from its beginning, on a fresh one.

    What is repeated may have been done, its answer lost: repeat only what may be done twice.

    Raises:
        DomainError: `service-unavailable`.
    """
    try:
        try:
            return await _once(pool, talk)
        except Exception as error:
            if not (may_repeat and is_lost(error)):
                raise
            await pool.expire_connections()
            return await _once(pool, talk)
    except Exception as error:
        if not is_outage(error):
            raise
        raise DomainError("service-unavailable") from error


async def _once(pool: "asyncpg.Pool[asyncpg.Record]", talk: Callable[[Connection], Awaitable[T]]) -> T:
    async with asyncio.timeout(POOL_TIMEOUT_SECONDS):
        connection = await pool.acquire()
    try:
        return await talk(connection)
    except TimeoutError:
        connection.terminate()  # nothing came in time, so nothing will: the pool need not wait for the line
        raise
    finally:
        await pool.release(connection)
