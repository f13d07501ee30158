"""Which registers a check covers and whom to ring, kept for a few seconds so that a check has one round trip."""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg
import orjson

FRESH_SECONDS = 5.0
_READ = (
    "SELECT code, duty_phone, registers_fed_at FROM rhannu.agencies WHERE suspended_at IS NULL AND type <> 'board' "
    "ORDER BY code"
)
_PHONES = "SELECT code, duty_phone FROM rhannu.agencies"


@dataclass(slots=True)
class Coverage:
    """The registers as JSON, ready to be put into answers, and every agency's duty number."""

    _registers: bytes = b"[]"
    _contacts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _read_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def registers(self, pool: "asyncpg.Pool[asyncpg.Record]") -> bytes:
        """Give the registers covered and when each was last fed, as of a few seconds ago."""
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            async with self._lock:
                if time.monotonic() - self._read_at > FRESH_SECONDS:
                    await self._read(pool)
        return self._registers

    async def _read(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        async with pool.acquire() as connection:
            rows = await connection.fetch(_READ)
            phones = await connection.fetch(_PHONES)
        self._registers = orjson.dumps([{"agency": row[0], "lastFedAt": row[2]} for row in rows])
        self._contacts = {row[0]: orjson.dumps({"agency": row[0], "phone": row[1]}) for row in phones}
        self._read_at = time.monotonic()

    def contact(self, agency: str) -> bytes:
        """Give the number of an agency that answers day and night, as JSON."""
        return self._contacts.get(agency) or orjson.dumps({"agency": agency, "phone": ""})
