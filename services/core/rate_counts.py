"""What the processes of a region counted of each client's requests, told to one another in one statement.

Client ids and numbers only; kept for some minutes, and gone with a crash of the database.
"""

from collections.abc import Mapping
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

KEPT_MINUTES = 10
_WAIT_SECONDS = 2.0
_SHARE = "SELECT client, requests FROM access.share_counts($1, $2, $3, $4)"
_FORGET = text("DELETE FROM access.request_counts WHERE minute < :before")


async def share_counts(
    pool: "asyncpg.Pool[asyncpg.Record]", process: UUID, minute: int, counts: Mapping[str, int]
) -> dict[str, int]:
    """Write what this process counted, and give what all others did, by client; minutes are numbered from the epoch."""
    async with pool.acquire(timeout=_WAIT_SECONDS) as connection:
        rows = await connection.fetch(
            _SHARE, process, minute, list(counts), list(counts.values()), timeout=_WAIT_SECONDS
        )
    return {row["client"]: row["requests"] for row in rows}


async def forget_counts(engine: AsyncEngine, minute: int) -> int:
    """Delete the counts of minutes that no limit asks about any more; give how many."""
    async with engine.begin() as connection:
        gone = await connection.execute(_FORGET, {"before": minute - KEPT_MINUTES})
        return gone.rowcount
