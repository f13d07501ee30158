"""What the background process does for flags by the clock: it ends markers whose time is over, and it chases.

It decides nothing: a marker ends because nobody decided, and a chase only says before whom a duty now stands. Notices
that a holder does not acknowledge are chased there first, and then told to the agency whose flag it is (F-15).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.dates import local_date, start_of_day
from domain.flag_codes import RecipientChange
from domain.flag_duties import DutyKind, duties_of, next_rung
from domain.flag_inbox import Reminder, next_reminder, reminded
from domain.flag_markers import lapse
from domain.flag_retention import notices_kept_since
from domain.flags import Flag
from services.core.chasing import put_before
from services.core.codec import from_document, to_document
from services.core.unit_of_work import new_event_id
from services.db.models.flags import flag_chases, notice_chases

_DUE = "FROM rhannu.flags WHERE {clock} <= :at ORDER BY {clock} LIMIT :most FOR NO KEY UPDATE SKIP LOCKED"
_LAPSED = text(f"SELECT content {_DUE.format(clock='lapses_at')}")
_TO_CHASE = text(f"SELECT content {_DUE.format(clock='chase_at')}")
_UNANSWERED = text(
    "SELECT id, owner_agency, sender_agency, flag_id, kind, due_at FROM rhannu.notices "
    "WHERE chase_at <= :at AND acknowledged_at IS NULL ORDER BY chase_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED"
)
_WAIT_FOR = text("UPDATE rhannu.notices SET chase_at = :next WHERE id = :notice")
_SILENT = text("UPDATE rhannu.flags SET silent_at = least(silent_at, CAST(:due AS timestamptz)) WHERE id = :flag")
_END = text("SELECT rhannu.store_lapse(:flag, :version, :following, :event, :at)").bindparams(
    bindparam("following", type_=JSONB)
)
_WAIT = text("UPDATE rhannu.flags SET chase_at = :next WHERE id = :flag")
_FORGET = text("""
    WITH gone AS (
        SELECT n.id FROM rhannu.notices n JOIN rhannu.flags f ON f.id = n.flag_id
        WHERE (n.acknowledged_at < :since OR f.trail_until < :today)
            AND NOT (n.acknowledged_at IS NOT NULL
                AND EXISTS (SELECT FROM rhannu.flag_recipients r
                    WHERE r.flag_id = n.flag_id AND r.agency = n.owner_agency)
                AND NOT EXISTS (SELECT FROM rhannu.notices l
                    WHERE l.flag_id = n.flag_id AND l.owner_agency = n.owner_agency
                    AND (l.acknowledged_at, l.flag_version, l.id) > (n.acknowledged_at, n.flag_version, n.id)))
        ORDER BY n.id LIMIT :most FOR UPDATE OF n SKIP LOCKED
    ), chases AS (
        DELETE FROM rhannu.notice_chases c USING gone WHERE c.notice_id = gone.id
    )
    DELETE FROM rhannu.notices n USING gone WHERE n.id = gone.id
""")
"""What `domain.flag_retention` says of notices: past their time or their flag's, save a holder's last answer."""


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


async def chase_notices(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """Chase notices that holders have not acknowledged; give how many were looked at."""
    async with engine.begin() as connection:
        found = (await connection.execute(_UNANSWERED, {"at": at, "most": most})).all()
        for notice in sorted(found, key=lambda row: row.flag_id):
            kind = RecipientChange(notice.kind)
            reached = reminded(kind, notice.due_at, at)
            await _remind(connection, notice, reached, at)
            following = next_reminder(kind, notice.due_at, at)
            await connection.execute(_WAIT_FOR, {"notice": notice.id, "next": following})
    return len(found)


async def forget_notices(engine: AsyncEngine, at: datetime, most: int = 1000) -> int:
    """Delete notices whose time is over; give how many.

    What was told to whom, and what came of it, stays on the trail.
    """
    today = local_date(at)
    values = {"since": start_of_day(notices_kept_since(today)), "today": today, "most": most}
    async with engine.begin() as connection:
        return (await connection.execute(_FORGET, values)).rowcount


async def _remind(connection: AsyncConnection, notice: Row[Any], reached: Sequence[Reminder], at: datetime) -> None:
    """Note before whom a notice now stands at its holder, and on the flag that its holder is silent."""
    there = [
        {
            "notice_id": notice.id,
            "owner_agency": notice.owner_agency,
            "rung": each.number,
            "roles": [role.value for role in each.roles],
            "chased_at": at,
        }
        for each in reached
        if not each.to_sender
    ]
    if there:
        await connection.execute(insert(notice_chases).on_conflict_do_nothing(), there)
    for each in reached:
        if each.to_sender:
            silence = {
                "flag_id": notice.flag_id,
                "owner_agency": notice.sender_agency,
                "duty": DutyKind.HOLDER_SILENT.value,
                "due_at": notice.due_at,
                "rung": 1,
                "roles": [role.value for role in each.roles],
                "chased_at": at,
            }
            await connection.execute(insert(flag_chases).on_conflict_do_nothing(), [silence])
            await connection.execute(_SILENT, {"flag": notice.flag_id, "due": notice.due_at})


async def _due(connection: AsyncConnection, query: TextClause, at: datetime, most: int) -> list[Flag]:
    """Take flags whose clock has struck; another worker passes by those taken."""
    rows = await connection.execute(query, {"at": at, "most": most})
    return [from_document(Flag, content) for content in rows.scalars()]
