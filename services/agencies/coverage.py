"""Which registers a check covers and whom to ring, kept for a few seconds so that a check has one round trip."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson

from domain.ids import AgencyCode
from domain.problems import Bilingual

FRESH_SECONDS = 5.0
_READ = (
    "SELECT code, duty_phone, registers_fed_at FROM rhannu.agencies WHERE suspended_at IS NULL AND type <> 'board' "
    "ORDER BY code"
)
_DESKS = "SELECT code, duty_phone, name_en, name_cy FROM rhannu.agencies"


@dataclass(frozen=True, slots=True)
class Desk:
    """An agency as people name and ring it."""

    agency: AgencyCode
    name: Bilingual
    phone: str


@dataclass(slots=True)
class Coverage:
    """The registers as JSON, ready to be put into answers, and every agency's duty number."""

    _registers: bytes = b"[]"
    _contacts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _covered: list[tuple[AgencyCode, datetime | None]] = field(default_factory=list[tuple[AgencyCode, datetime | None]])
    _desks: dict[str, Desk] = field(default_factory=dict[str, Desk])
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
            desks = await connection.fetch(_DESKS)
        self._registers = orjson.dumps([{"agency": row[0], "lastFedAt": row[2]} for row in rows])
        self._contacts = {row[0]: orjson.dumps({"agency": row[0], "phone": row[1]}) for row in desks}
        self._covered = [(AgencyCode(row[0]), row[2]) for row in rows]
        self._desks = {row[0]: Desk(AgencyCode(row[0]), Bilingual(row[2], row[3]), row[1]) for row in desks}
        self._read_at = time.monotonic()

    def contact(self, agency: str) -> bytes:
        """Give the number of an agency that answers day and night, as JSON."""
        return self._contacts.get(agency) or orjson.dumps({"agency": agency, "phone": ""})

    async def covered(self, pool: "asyncpg.Pool[asyncpg.Record]") -> Sequence[tuple[AgencyCode, datetime | None]]:
        """Give the same registers as values, for an answer that people read."""
        await self.registers(pool)
        return self._covered

    def desk(self, agency: str) -> Desk:
        """Give an agency's names and number; the code alone where it is not known here."""
        return self._desks.get(agency) or Desk(AgencyCode(agency), Bilingual(agency, agency), "")
