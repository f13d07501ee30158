"""What the background process does for requests, disclosures and decisions not to share by the clock: it chases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.disclosures import Disclosure
from domain.duties import next_moment
from domain.information_requests import InformationRequest
from domain.not_sharing import NotSharing
from domain.sharing_duties import SharingDuty, duties_of_disclosure, duties_of_not_sharing, duties_of_request
from services.core.chasing import put_before
from services.core.codec import from_document
from services.db.models.sharing import disclosures, information_requests, not_sharing_decisions, sharing_chases


@dataclass(frozen=True, slots=True)
class _Chased:
    """A table whose rows are chased, and what is owed to one of them by its document."""

    table: Table
    duties: Callable[[Any], tuple[SharingDuty, ...]]


_CHASED = (
    _Chased(information_requests, lambda content: duties_of_request(from_document(InformationRequest, content))),
    _Chased(disclosures, lambda content: duties_of_disclosure(from_document(Disclosure, content))),
    _Chased(not_sharing_decisions, lambda content: duties_of_not_sharing(from_document(NotSharing, content))),
)


async def chase_sharing(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """Put what has reached a rung before its roles, at the agency that owes it; give how many things were looked at."""
    looked_at = 0
    async with engine.begin() as connection:
        for chased in _CHASED:
            looked_at += await _chase(connection, chased, at, most)
    return looked_at


async def _chase(connection: AsyncConnection, chased: _Chased, at: datetime, most: int) -> int:
    """Take rows whose clock has struck; another worker passes by those taken."""
    columns = chased.table.c
    due = select(columns.id, columns.content).where(columns.chase_at <= at).order_by(columns.chase_at).limit(most)
    rows = (await connection.execute(due.with_for_update(key_share=True, skip_locked=True))).all()
    for row in rows:
        duties = chased.duties(row.content)
        owed = [({"thing_id": row.id, "owner_agency": duty.agency}, duty) for duty in duties]
        await put_before(connection, sharing_chases, owed, at)
        following = next_moment((duty.clock for duty in duties), at)
        await connection.execute(update(chased.table).where(columns.id == row.id).values(chase_at=following))
    return len(rows)
