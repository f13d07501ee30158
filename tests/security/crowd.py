"""A database in which every table holds rows of two agencies, so that "no rows" proves something.

Rows are filled in by column type: what they say is nonsense, whose they are is not, and each refers to rows of the
same agency. Every flag of one agency names the other as a recipient, who stands in its ledger as well, and what concerns
two agencies concerns these two.
"""

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from domain.access import Purpose, Role
from domain.ids import AgencyCode, ClientId, UserId
from services.core.caller import Caller, ContextSigner
from services.core.doors import doors_from
from tests.fixtures.database import CONTEXT_KEY, Database, migrated
from tests.fixtures.service import seed_region, user_id
from tests.security import catalogue

MINE, THEIRS, UNRELATED = "abuhb", "newport-cc", "wast"
LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
OPEN = "SELECT count(*) FROM access.open($1, $2)"

_COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, k.confrelid::regclass::text AS refers_to
    FROM pg_attribute a LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]
    WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
    ORDER BY a.attnum
"""
_ABSENT = {
    "rhannu.relationships": {"to_uprn"},
    "rhannu.flags": {"uprn", "lapses_at", "reserved_for"},
    "rhannu.clients": {"key_set_url", "former_key_set_url"},
    "rhannu.issuers": {"key_set_url"},
    "rhannu.register_requests": {"client_id"},
}
_OPEN = {"restricted_to", "restricted_there"}
"""Columns left empty: where a table wants one of two, and what would end a flag or keep it from its recipients."""

Connection = asyncpg.Connection


def identity(table: str, owner: str, number: int = 1) -> uuid.UUID:
    """The id of an agency's row in a table."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{table}/{owner}/{number}")


def _other(owner: str) -> str:
    return THEIRS if owner == MINE else MINE


def _value(table: str, column: asyncpg.Record, owner: str, number: int) -> object:
    name, kind = column["name"], column["type"]
    special = {
        ("rhannu.flags", "recipients"): [_other(owner)],
        ("rhannu.flags", "state"): "active",
        ("rhannu.flags", "lapses_at"): None,
        ("rhannu.flags", "reserved_for"): None,
        ("rhannu.flag_recipients", "agency"): _other(owner),
        **{
            (table, column): value
            for table in ("rhannu.flow_lanes", "rhannu.flow_spans")
            for column, value in (("item", "risk-and-precautions"), ("purpose", Purpose.STAFF_SAFETY_VISIT.value))
        },
        ("rhannu.flow_spans", "recipient_agency"): _other(owner),
        ("rhannu.flow_lanes", "valid_until"): FAR_OFF,
        ("rhannu.sharing_protocols", "partners"): [owner],
        ("rhannu.sharing_protocols", "state"): "assured",
        **{(each, side): _other(owner) for each, side in catalogue.TWO_SIDED.items()},
        ("rhannu.letter_templates", "version"): number + 1,
        ("rhannu.information_request_matches", "request_id"): identity("rhannu.information_requests", _other(owner)),
    }
    if (table, name) in special:
        return special[table, name]
    if name in {"owner_agency", "agency", "acting_for_agency", "confirming_agency", "for_agency"}:
        return owner
    if kind.endswith("[]"):
        return []
    if kind == "uuid" and column["refers_to"] is not None:
        return identity(column["refers_to"], owner)
    values: dict[str, object] = {
        "uuid": identity(table, owner, number) if name == "id" else uuid.uuid4(),
        "text": uuid.uuid4().hex,
        "bytea": uuid.uuid4().bytes,
        "jsonb": "{}",
        "boolean": False,
        "date": date(2026, 1, 1),
        "timestamp with time zone": datetime.now(UTC),
        "integer": number,
        "smallint": number,
        "bigint": number,
        "interval": None,
        "tstzmultirange": [asyncpg.Range(LONG_AGO, FAR_OFF)],
    }
    return values[kind]


async def fill(connection: Connection, table: str, owner: str, number: int = 1) -> None:
    """Put one row of an agency into a table."""
    absent = _ABSENT.get(table, set()) | _OPEN
    columns = [c for c in await connection.fetch(_COLUMNS, table) if c["name"] not in absent]
    names = ", ".join(c["name"] for c in columns)
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    values = [_value(table, c, owner, number) for c in columns]
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)


async def crowd(database: Database) -> list[str]:
    """Fill every table that may be filled, and name those that carry an owner."""
    connection = await database.as_admin()
    try:
        await connection.execute("SET session_replication_role = replica")
        tables = [
            t
            for t in await connection.fetch(catalogue.TABLES)
            if not t["is_partition"] and t["name"] not in {"access.context_key", "access.reach", "rhannu.agencies"}
        ]
        for table in tables:
            for owner in (MINE, THEIRS):
                await fill(connection, table["name"], owner)
        return [t["name"] for t in tables if "owner_agency" in t["columns"]]
    finally:
        await connection.close()


def caller(role: Role, agency: str = MINE, number: int = 1) -> Caller:
    """Somebody in a role of an agency, through its own system."""
    return Caller(
        client=ClientId(f"{agency}-system"),
        home=AgencyCode(agency),
        agency=AgencyCode(agency),
        user=UserId(user_id(agency, role.value, number)),
        purpose=Purpose.STAFF_SAFETY_VISIT,
        token_id="token",
        request_id="request",
    )


def signed(connection: Connection, who: Caller, key: bytes = CONTEXT_KEY) -> tuple[str, bytes]:
    return ContextSigner(key).sign(who, connection.get_server_pid())


@pytest.fixture(scope="module")
def crowded(server_url: str, worker_id: str) -> Iterator[tuple[Database, list[str]]]:
    """A database of this module's own, and the tables that the app may read and that carry an owner."""
    name = f"rhannu_crowd_{worker_id}"
    url = migrated(server_url, name)
    database = Database(url, doors_from(server_url, name))
    yield database, asyncio.run(_prepare(database))
    asyncio.run(_drop(server_url, name))


async def _prepare(database: Database) -> list[str]:
    await seed_region(database, flows=False)
    owned = await crowd(database)
    connection = await database.as_admin()
    try:
        return [
            t for t in owned if await connection.fetchval("SELECT has_table_privilege('rhannu_app', $1, 'SELECT')", t)
        ]
    finally:
        await connection.close()


async def _drop(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(server_url.replace("+asyncpg", ""))
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()
