"""What the background process does for sealed doors that were opened: it chases reviews that nobody has made."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.break_glass import duties_of_break_glass
from domain.duties import next_moment
from services.core.chasing import put_before
from services.db.models.break_glass import break_glass_chases, break_glass_grants


async def chase_break_glass_reviews(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """Put reviews that have reached a rung before their roles; give how many grants were looked at.

    Another worker passes by those taken. A grant that was reviewed has no clock.
    """
    columns = break_glass_grants.c
    due = (
        select(columns.id, columns.owner_agency, columns.review_due_at)
        .where(columns.chase_at <= at)
        .order_by(columns.chase_at)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    async with engine.begin() as connection:
        rows = (await connection.execute(due)).all()
        for row in rows:
            duties = duties_of_break_glass(row.review_due_at)
            owed = [({"grant_id": row.id, "owner_agency": row.owner_agency}, duty) for duty in duties]
            await put_before(connection, break_glass_chases, owed, at)
            following = next_moment((duty.clock for duty in duties), at)
            await connection.execute(update(break_glass_grants).where(columns.id == row.id).values(chase_at=following))
    return len(rows)
