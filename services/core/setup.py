"""From an empty server to a migrated database that knows its key."""

import asyncio

from services.core.doors import doors_of
from services.core.settings import Settings
from services.db import bootstrap, migrate


def prepare_database(settings: Settings) -> None:
    """Create roles and database where the address given may, migrate, and set the context key; safe to repeat.

    In production roles and database are there already (k8s/README.md), and only the migrator's address is used.
    """
    doors = doors_of(settings)
    if doors.admin is not None:
        admin = doors.admin

        async def create() -> None:
            await bootstrap.ensure_roles(admin, password=doors.role_password)
            await bootstrap.ensure_database(admin, doors.database)

        asyncio.run(create())
    migrate.upgrade(doors.migrator)
    asyncio.run(migrate.set_context_key(doors.migrator, settings.context_key))
