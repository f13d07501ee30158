"""Run the migrations as the migrator, in the owner's name, with short lock waits.

A migration that cannot get its lock in time fails and is tried again; it never queues in front
of the service's own statements.
"""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.db.models import metadata

_LOCK_TIMEOUT = "5s"


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, version_table_schema="rhannu_meta")
    with context.begin_transaction():
        connection.execute(text("SET LOCAL ROLE rhannu_owner"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text("SET LOCAL search_path = ''"))
        context.run_migrations()


async def _online() -> None:
    url = context.config.attributes["url"]
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_online())
