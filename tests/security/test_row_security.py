"""Raw SQL as the application's role: without a verified context of this very transaction there are no rows (law 2)."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import asyncpg
import pytest

from domain.access import Purpose, Role
from domain.ids import AgencyCode, ClientId, UserId
from services.core.caller import Caller, ContextSigner
from services.core.doors import doors_from
from tests.fixtures.database import CONTEXT_KEY, Database, migrated
from tests.fixtures.service import seed_region, user_id
from tests.security import catalogue
from tests.security.crowd import MINE, THEIRS, crowd

OPEN = "SELECT count(*) FROM access.open($1, $2)"
HELD = (
    "SELECT current_setting('rhannu.context', true) AS held, current_setting('rhannu.context_signature', true) AS seal"
)
SAY = "SELECT set_config('rhannu.context', $1, true), set_config('rhannu.context_signature', $2, true)"
CALLER = Caller(
    client=ClientId(f"{MINE}-system"),
    home=AgencyCode(MINE),
    agency=AgencyCode(MINE),
    user=UserId(user_id(MINE, Role.PRACTITIONER.value)),
    purpose=Purpose.STAFF_SAFETY_VISIT,
    token_id="token",
    request_id="request",
)


@pytest.fixture(scope="module")
def crowded(server_url: str, worker_id: str) -> Iterator[tuple[Database, list[str]]]:
    """A database of this module's own, and the tables that the app may read and that carry an owner."""
    name = f"rhannu_crowd_{worker_id}"
    url = migrated(server_url, name)
    database = Database(url, doors_from(server_url, name))
    yield database, asyncio.run(_prepare(database))
    asyncio.run(_drop(server_url, name))


async def _prepare(database: Database) -> list[str]:
    await seed_region(database)
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


@pytest.fixture
async def app(crowded: tuple[Database, list[str]]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await crowded[0].as_role("rhannu_app")
    yield connection
    await connection.close()


@pytest.fixture
async def other(crowded: tuple[Database, list[str]]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await crowded[0].as_role("rhannu_app")
    yield connection
    await connection.close()


async def seen(connection: asyncpg.Connection, tables: list[str]) -> dict[str, int]:
    """Count what a connection sees in each table; tables in which it sees nothing are left out."""
    counts = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
    return {table: count for table, count in counts.items() if count}


def signed(connection: asyncpg.Connection, caller: Caller = CALLER, key: bytes = CONTEXT_KEY) -> tuple[str, bytes]:
    return ContextSigner(key).sign(caller, connection.get_server_pid())


async def test_every_table_holds_rows_of_both(crowded: tuple[Database, list[str]]) -> None:
    database, tables = crowded
    assert len(tables) >= 15
    connection = await database.as_admin()
    for table in tables:
        owners = await connection.fetch(f"SELECT DISTINCT owner_agency FROM {table}")
        assert {row[0] for row in owners} >= {MINE, THEIRS}, table
    await connection.close()


async def test_without_a_context_every_table_is_empty(
    app: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    assert await seen(app, crowded[1]) == {}


async def test_with_a_context_each_table_shows_the_agencys_own_rows(
    app: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    async with app.transaction():
        assert await app.fetchval(OPEN, *signed(app)) == 1
        assert set(await seen(app, crowded[1])) == set(crowded[1])
        for table in crowded[1]:
            owners = await app.fetch(f"SELECT DISTINCT owner_agency FROM {table}")
            assert [row[0] for row in owners] == [MINE], table
    assert await seen(app, crowded[1]) == {}, "the context died with its transaction"


async def test_a_forged_context_is_none(app: asyncpg.Connection, crowded: tuple[Database, list[str]]) -> None:
    async with app.transaction():
        at = await app.fetchval("SELECT transaction_timestamp()::text")
        held = f"{app.get_server_pid()}|{at}|{MINE}|{uuid.uuid4()}|{uuid.uuid4()}|x|direct-care|practitioner|t"
        for seal in ("", "00" * 32, os.urandom(32).hex()):
            await app.execute(SAY, held, seal)
            assert await app.fetchval("SELECT access.agency()") is None
            assert await seen(app, crowded[1]) == {}


async def test_a_context_replayed_elsewhere_or_later_is_none(
    app: asyncpg.Connection, other: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    async with app.transaction():
        await app.fetchval(OPEN, *signed(app))
        context = await app.fetchrow(HELD)
        assert context is not None
        async with other.transaction():
            await other.execute(SAY, context["held"], context["seal"])
            assert await seen(other, crowded[1]) == {}
    async with app.transaction():
        await app.execute(SAY, context["held"], context["seal"])
        assert await seen(app, crowded[1]) == {}


async def test_a_context_cannot_be_altered(app: asyncpg.Connection, crowded: tuple[Database, list[str]]) -> None:
    async with app.transaction():
        await app.fetchval(OPEN, *signed(app))
        context = await app.fetchrow(HELD)
        assert context is not None
        await app.execute(SAY, context["held"].replace(MINE, THEIRS), context["seal"])
        assert await seen(app, crowded[1]) == {}


async def test_what_was_signed_for_another_connection_or_by_another_key_opens_nothing(
    app: asyncpg.Connection, other: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    suspended = replace(CALLER, user=UserId(uuid.uuid4()))
    elsewhere = replace(CALLER, agency=AgencyCode(THEIRS))
    attempts = [signed(other), signed(app, key=b"another key"), signed(app, suspended), signed(app, elsewhere)]
    for payload, signature in attempts:
        async with app.transaction():
            assert await app.fetchval(OPEN, payload, signature) == 0
            assert await seen(app, crowded[1]) == {}


async def test_nobody_writes_in_anothers_name(app: asyncpg.Connection, crowded: tuple[Database, list[str]]) -> None:
    insert = (
        "INSERT INTO rhannu.person_keys (digest, record_id, owner_agency) "
        "SELECT '\\x01', id, $1 FROM rhannu.person_records LIMIT 1"
    )
    async with app.transaction():
        await app.fetchval(OPEN, *signed(app))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with app.transaction():
                await app.execute(insert, THEIRS)
        assert (
            await app.execute("UPDATE rhannu.person_records SET reason = 'x' WHERE owner_agency = $1", THEIRS)
            == "UPDATE 0"
        )
        assert await app.execute("DELETE FROM rhannu.person_keys WHERE owner_agency = $1", THEIRS) == "DELETE 0"


async def test_the_trail_and_the_keys_are_out_of_reach(
    app: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    connection = await crowded[0].as_admin()
    names = [t["name"] for t in await connection.fetch(catalogue.TABLES)]
    await connection.close()
    hidden = [name for name in names if name.startswith(("audit.", "access."))] + ["rhannu.persons", "rhannu.humans"]
    for name in hidden:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch(f"SELECT * FROM {name}")


async def test_the_app_cannot_become_anybody_else(app: asyncpg.Connection) -> None:
    for role in ("rhannu_owner", "rhannu_matcher", "rhannu_recorder", "rhannu_gate", "rhannu_auditor", "rhannu_worker"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(f"SET ROLE {role}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("SET row_security = off; SELECT * FROM rhannu.person_records")
