"""Putting duties before the roles that hear of them: the one way in which the background process chases.

A chase decides nothing; its row says before whom a duty stood from when on, and stands once for each rung.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.duties import Clock


class Owed(Protocol):
    """One thing owed: of what kind, and by when."""

    @property
    def kind(self) -> StrEnum:
        """What is owed."""
        ...

    @property
    def clock(self) -> Clock:
        """By when, and who hears of it."""
        ...


async def put_before(
    connection: AsyncConnection, chases: Table, owed: Iterable[tuple[Mapping[str, object], Owed]], at: datetime
) -> None:
    """Write down which duties have reached a rung, each with the columns that say to what it is owed."""
    reached = [
        {
            **thing,
            "duty": duty.kind.value,
            "due_at": duty.clock.due_at,
            "rung": duty.clock.reached(at),
            "roles": [role.value for role in duty.clock.told(at)],
            "chased_at": at,
        }
        for thing, duty in owed
        if duty.clock.reached(at)
    ]
    if reached:
        await connection.execute(insert(chases).on_conflict_do_nothing(), reached)
