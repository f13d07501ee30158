"""Which registers a check covers and whom to ring, kept for a few seconds so that a check has one round trip."""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg
import orjson

from services.core.conversation import Connection, converse

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
        """Give the registers covered and when each was last fed, as of a few seconds ago.

        Raises:
            DomainError: `service-unavailable`.
        """
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            async with self._lock:
                if time.monotonic() - self._read_at > FRESH_SECONDS:
                    await self._read(pool)
        return self._registers

    async def _read(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        async def read(connection: Connection) -> "tuple[list[asyncpg.Record], list[asyncpg.Record]]":
            return await connection.fetch(_READ), await connection.fetch(_PHONES)

        rows, phones = await converse(pool, read)
        self._registers = orjson.dumps([{"agency": row[0], "lastFedAt": row[2]} for row in rows])
        self._contacts = {row[0]: orjson.dumps({"agency": row[0], "phone": row[1]}) for row in phones}
        self._read_at = time.monotonic()

    def contact(self, agency: str) -> bytes:
        """Give the number of an agency that answers day and night, as JSON."""
        return self._contacts.get(agency) or orjson.dumps({"agency": agency, "phone": ""})
