"""The directory of duty numbers: who can be rung day and night, known to everybody beforehand.

No personal data, so no unit of work and no event. It is kept in memory and outlives an outage of the database,
because a number is needed most when this service cannot answer (law 10).
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson

from domain.errors import DomainError
from domain.flag_imports import OlderRegister
from domain.ids import AgencyCode
from domain.problems import Bilingual
from services.core.conversation import converse

FRESH_SECONDS = 5.0
_READ = (
    "SELECT a.code, a.name_en, a.name_cy, a.duty_phone, a.registers_fed_at, a.type = 'board' AS is_board, "
    "a.suspended_at IS NULL AND a.type <> 'board' AS is_covered, CASE WHEN o.agency IS NULL THEN 'not-imported' "
    "WHEN o.is_unreviewed THEN 'unreviewed' ELSE 'reviewed' END AS older_register "
    "FROM rhannu.agencies a LEFT JOIN rhannu.older_registers() o ON o.agency = a.code ORDER BY a.code"
)
"""A register is fed when a flag of its agency is made or changed; `older_register` is `domain.flag_imports`' word."""


@dataclass(frozen=True, slots=True)
class DutyContact:
    """One agency and the number of its duty desk."""

    agency: AgencyCode
    name: Bilingual
    phone: str


@dataclass(frozen=True, slots=True)
class Covered:
    """One register that a check covers: when it was last fed, and how far the one held before it is in."""

    agency: AgencyCode
    last_fed_at: datetime | None
    older_register: OlderRegister


@dataclass(slots=True)
class Directory:
    """Which registers a check covers and whom to ring, as of a few seconds ago, ready to be put into answers."""

    fallback_phone: str | None = None
    """A number for the region, from the settings, for the time before anything was read."""
    _registers: bytes = b"[]"
    _covered: list[Covered] = field(default_factory=list[Covered])
    _contacts: dict[str, DutyContact] = field(default_factory=dict[str, DutyContact])
    _written: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _board: str | None = None
    _read_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def registers(self, pool: "asyncpg.Pool[asyncpg.Record]") -> bytes:
        """Give the registers covered and when each was last fed, as JSON.

        Raises:
            DomainError: `service-unavailable`, where they cannot be read now.
        """
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            async with self._lock:
                if time.monotonic() - self._read_at > FRESH_SECONDS:
                    await self._read(pool)
        return self._registers

    async def contacts(self, pool: "asyncpg.Pool[asyncpg.Record]") -> list[DutyContact]:
        """List every agency's number, those of suspended agencies too: what they own still warns.

        Where they cannot be read now, those last read are given: an old number is better than none.

        Raises:
            DomainError: `service-unavailable`, where none was ever read.
        """
        try:
            await self.registers(pool)
        except DomainError:
            if not self._contacts:
                raise
        return list(self._contacts.values())

    async def _read(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        rows = await converse(pool, lambda connection: connection.fetch(_READ))
        self._covered = [
            Covered(AgencyCode(row["code"]), row["registers_fed_at"], OlderRegister(row["older_register"]))
            for row in rows
            if row["is_covered"]
        ]
        self._registers = orjson.dumps(
            [
                {"agency": each.agency, "lastFedAt": each.last_fed_at, "olderRegister": each.older_register}
                for each in self._covered
            ]
        )
        self._contacts = {
            row["code"]: DutyContact(row["code"], Bilingual(row["name_en"], row["name_cy"]), row["duty_phone"])
            for row in rows
        }
        self._written = {code: _as_json(code, contact.phone) for code, contact in self._contacts.items()}
        self._board = next((row["code"] for row in rows if row["is_board"]), None)
        self._read_at = time.monotonic()

    def contact(self, agency: str) -> bytes:
        """Give the number of an agency that answers day and night, as JSON."""
        return self._written.get(agency) or _as_json(agency, "")

    async def covered(self, pool: "asyncpg.Pool[asyncpg.Record]") -> Sequence[Covered]:
        """Give the same registers as values, for an answer that people read.

        Raises:
            DomainError: `service-unavailable`.
        """
        await self.registers(pool)
        return self._covered

    def desk(self, agency: str) -> DutyContact:
        """Give an agency's names and number; the code alone where it is not known here."""
        unknown = DutyContact(AgencyCode(agency), Bilingual(agency, agency), "")
        return self._contacts.get(agency, unknown)

    def number_for(self, agency: str | None) -> tuple[str | None, str] | None:
        """Find whom to ring when nothing else can be said: one's own agency, else the Board, else the region's number.

        None where no number is known; the agency is None for the region's number.
        """
        for code in (agency, self._board):
            found = None if code is None else self._contacts.get(code)
            if found is not None:
                return found.agency, found.phone
        return None if self.fallback_phone is None else (None, self.fallback_phone)


def _as_json(agency: str, phone: str) -> bytes:
    return orjson.dumps({"agency": agency, "phone": phone})
