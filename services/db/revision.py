"""Which revision of the schema this code was written for, and which one the database has."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_VERSIONS = Path(__file__).parents[2] / "alembic" / "versions"
_READ = text("SELECT version_num FROM rhannu_meta.alembic_version")


class SchemaBehind(Exception):
    """The database is at an older revision than this release was written for."""


def newest_revision() -> str:
    """Read from the names of the migrations which is the newest; they are numbered in order."""
    return max(path.stem.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


async def assert_migrated(engine: AsyncEngine, revision: str) -> None:
    """Refuse to answer from a schema older than the code; a newer one must still serve the release before it.

    Raises:
        SchemaBehind: the database has not come as far.
    """
    async with engine.connect() as connection:
        found = (await connection.execute(_READ)).scalar_one()
    if found < revision:
        message = f"the database is at revision {found}, this release needs {revision}"
        raise SchemaBehind(message)
