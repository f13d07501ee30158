"""What the background process does for flags by the clock: it ends markers whose time is over, and it chases.

It decides nothing: a marker ends because nobody decided, and a chase only says before whom a duty now stands.
"""

from datetime import datetime

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.flag_duties import duties_of, next_rung
from domain.flag_markers import lapse
from domain.flags import Flag
from services.core.chasing import put_before
from services.core.codec import from_document, to_document
from services.core.unit_of_work import new_event_id
from services.db.models.flags import flag_chases

_DUE = "FROM rhannu.flags WHERE {clock} <= :at ORDER BY {clock} LIMIT :most FOR NO KEY UPDATE SKIP LOCKED"
_LAPSED = text(f"SELECT content {_DUE.format(clock='lapses_at')}")
_TO_CHASE = text(f"SELECT content {_DUE.format(clock='chase_at')}")
_END = text("SELECT rhannu.store_lapse(:flag, :version, :following, :event, :at)").bindparams(
    bindparam("following", type_=JSONB)
)
_WAIT = text("UPDATE rhannu.flags SET chase_at = :next WHERE id = :flag")


async def end_lapsed_markers(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """End markers whose time is over, each with an event that says so; give how many."""
    async with engine.begin() as connection:
        flags = [
            from_document(Flag, row.content) for row in await connection.execute(_LAPSED, {"at": at, "most": most})
        ]
        for flag in flags:
            values = {
                "flag": flag.id,
                "version": flag.version,
                "following": to_document(lapse(flag, at)),
                "event": new_event_id(),
                "at": at,
            }
            await connection.execute(_END, values)
    return len(flags)


async def chase_duties(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """Put duties that have reached a rung before its roles; give how many flags were looked at."""
    async with engine.begin() as connection:
        flags = await _due(connection, _TO_CHASE, at, most)
        for flag in flags:
            thing = {"flag_id": flag.id, "owner_agency": flag.owner_agency}
            await put_before(connection, flag_chases, [(thing, duty) for duty in duties_of(flag)], at)
            await connection.execute(_WAIT, {"flag": flag.id, "next": next_rung(flag, at)})
    return len(flags)


async def _due(connection: AsyncConnection, query: TextClause, at: datetime, most: int) -> list[Flag]:
    """Take flags whose clock has struck; another worker passes by those taken."""
    rows = await connection.execute(query, {"at": at, "most": most})
    return [from_document(Flag, content) for content in rows.scalars()]
