"""Raw SQL as the application's role: without a verified context of this very transaction there are no rows (law 2)."""

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from domain.access import Role
from domain.ids import AgencyCode, UserId
from tests.fixtures.database import Database
from tests.security import catalogue
from tests.security.crowd import MINE, OPEN, THEIRS, caller, signed

HELD = (
    "SELECT current_setting('rhannu.context', true) AS held, current_setting('rhannu.context_signature', true) AS seal"
)
SAY = "SELECT set_config('rhannu.context', $1, true), set_config('rhannu.context_signature', $2, true)"
CALLER = caller(Role.SAFEGUARDING_LEAD)
CALLERS = (
    CALLER,
    caller(Role.DUTY_DESK),
    caller(Role.AGENCY_ADMINISTRATOR),
    caller(Role.SAFEGUARDING_LEAD),
    caller(Role.DPO_IG),
)
"""Between them they work with every kind of record."""


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
    shown: set[str] = set()
    for who in CALLERS:
        async with app.transaction():
            assert await app.fetchval(OPEN, *signed(app, who)) == 1
            shown |= set(await seen(app, crowded[1]))
            for table in await seen(app, crowded[1]):
                side = catalogue.TWO_SIDED.get(table, "owner_agency")
                sides = await app.fetch(f"SELECT DISTINCT owner_agency, {side} AS side FROM {table}")
                assert all(MINE in tuple(row) for row in sides), table
                assert (len(sides) == 2) == (table in catalogue.TWO_SIDED), table
    assert shown == set(crowded[1])
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
        await app.fetchval(OPEN, *signed(app, CALLER))
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
        await app.fetchval(OPEN, *signed(app, CALLER))
        context = await app.fetchrow(HELD)
        assert context is not None
        await app.execute(SAY, context["held"].replace(MINE, THEIRS), context["seal"])
        assert await seen(app, crowded[1]) == {}


async def test_what_was_signed_for_another_connection_or_by_another_key_opens_nothing(
    app: asyncpg.Connection, other: asyncpg.Connection, crowded: tuple[Database, list[str]]
) -> None:
    suspended = replace(CALLER, user=UserId(uuid.uuid4()))
    elsewhere = replace(CALLER, agency=AgencyCode(THEIRS))
    attempts = [
        signed(other, CALLER),
        signed(app, CALLER, b"another key"),
        signed(app, suspended),
        signed(app, elsewhere),
    ]
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
        await app.fetchval(OPEN, *signed(app, CALLER))
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
