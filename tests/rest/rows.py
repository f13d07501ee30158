"""What the tables of the service hold, so that a test can say that nothing was stored and nothing was changed."""

from tests.fixtures.service import Service

_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rhannu' AND c.relkind = 'r' ORDER BY 1
"""
_HELD = "SELECT '{0}', count(*), md5(coalesce(string_agg(held::text, '|' ORDER BY held::text), '')) FROM {0} held"


async def rows(service: Service) -> dict[str, tuple[int, str]]:
    """Count and digest the rows of every table outside the trail, which refusals rightly add to."""
    connection = await service.database.as_admin()
    try:
        names = [row[0] for row in await connection.fetch(_TABLES)]
        held = await connection.fetch(" UNION ALL ".join(_HELD.format(name) for name in names))
        return {row[0]: (row[1], row[2]) for row in held}
    finally:
        await connection.close()
