"""A database in which every table holds rows of two agencies, so that "no rows" proves something.

Rows are filled in by column type with foreign keys switched off: what they say is nonsense, whose they
are is not.
"""

import uuid
from datetime import UTC, date, datetime

import asyncpg

from tests.fixtures.database import Database
from tests.security import catalogue

MINE, THEIRS = "abuhb", "newport-cc"

_COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
    WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
    ORDER BY a.attnum
"""
_ABSENT = {
    "rhannu.relationships": {"to_uprn"},
    "rhannu.flags": {"uprn"},
    "rhannu.clients": {"key_set_url", "former_key_set_url"},
}
"""Columns left empty where a table wants one of two."""


def _value(kind: str, name: str, owner: str) -> object:
    if name in {"owner_agency", "agency", "acting_for_agency"}:
        return owner
    if kind.endswith("[]"):
        return []
    values: dict[str, object] = {
        "uuid": uuid.uuid4(),
        "text": uuid.uuid4().hex,
        "bytea": uuid.uuid4().bytes,
        "jsonb": "{}",
        "boolean": False,
        "date": date(2026, 1, 1),
        "timestamp with time zone": datetime.now(UTC),
        "integer": 1,
        "smallint": 1,
        "bigint": 1,
        "interval": None,
    }
    return values[kind]


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", table: str, owner: str) -> None:
    """Put one row of an agency into a table."""
    columns = [c for c in await connection.fetch(_COLUMNS, table) if c["name"] not in _ABSENT.get(table, set())]
    names = ", ".join(c["name"] for c in columns)
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    values = [_value(c["type"], c["name"], owner) for c in columns]
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)


async def crowd(database: Database) -> list[str]:
    """Fill every table that may be filled, and name those that carry an owner."""
    connection = await database.as_admin()
    try:
        await connection.execute("SET session_replication_role = replica")
        tables = [
            t
            for t in await connection.fetch(catalogue.TABLES)
            if not t["is_partition"] and t["name"] not in {"access.context_key", "rhannu.agencies"}
        ]
        for table in tables:
            for owner in (MINE, THEIRS):
                await fill(connection, table["name"], owner)
        return [t["name"] for t in tables if "owner_agency" in t["columns"]]
    finally:
        await connection.close()
