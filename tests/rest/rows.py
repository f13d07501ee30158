"""How many rows every table of the service holds, so that a test can say that nothing was stored."""

from tests.fixtures.service import Service

_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rhannu' AND c.relkind = 'r' ORDER BY 1
"""


async def rows(service: Service) -> dict[str, int]:
    """Count the rows of every table outside the trail, which refusals rightly add to."""
    connection = await service.database.as_admin()
    try:
        names = [row[0] for row in await connection.fetch(_TABLES)]
        counted = await connection.fetch(" UNION ALL ".join(f"SELECT '{n}', count(*) FROM {n}" for n in names))
        return {row[0]: row[1] for row in counted}
    finally:
        await connection.close()
