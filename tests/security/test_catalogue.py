"""What the migrations promise, read back from the catalogue of the migrated database (laws 1, 2, 3, 6)."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.db.bootstrap import LOGIN_ROLES, NOLOGIN_ROLES
from services.db.models import metadata
from tests.fixtures.database import Database
from tests.security import catalogue

WITHOUT_PERSONAL_DATA = {
    "rhannu.agencies": "organisations and their duty numbers, published at /v1/duty-contacts",
    "access.context_key": "one row, readable by the gate alone",
    "access.request_counts": "client ids and numbers of requests, for ten minutes",
    "access.reach": "which roles work with which kind of record, readable by the gate alone",
    "access.used_assertions": "client ids and random ids of assertions, for two minutes, for the gate alone",
}
BY_AGENCY_ALONE = {
    "rhannu.letter_templates": "the agency's own words for its letters, about nobody",
    "rhannu.issuers": "the agency's own directory",
    "rhannu.issuer_versions": "as above",
    "rhannu.user_logins": "the names of the agency's own staff in its directory",
    "rhannu.idempotency_keys": "ids of requests, kept for whoever may send one",
}
WITHOUT_THE_APP = {"rhannu.flow_spans": "what all lanes together let flow, for the check's own function"}
MAY_BE_DELETED_BY_THE_APP = {"rhannu.person_keys", "rhannu.person_identifiers", "rhannu.person_places"}
GRANTS = Path(__file__).with_name("grants.txt")
WRITE_AGAIN = "RHANNU_WRITE_GRANTS"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await database.as_admin()
    yield opened
    await opened.close()


async def test_every_table_with_personal_data_forces_row_security(connection: asyncpg.Connection) -> None:
    tables = await connection.fetch(catalogue.TABLES)
    assert len(tables) > 20
    bare = [t["name"] for t in tables if not (t["enabled"] and t["forced"]) and t["name"] not in WITHOUT_PERSONAL_DATA]
    assert bare == []
    assert {t["name"] for t in tables} >= set(WITHOUT_PERSONAL_DATA), "an exemption outlived its table"


async def test_every_table_of_an_owner_has_a_policy_for_the_app(connection: asyncpg.Connection) -> None:
    policies = await connection.fetch(catalogue.POLICIES)
    covered = {p["table"] for p in policies if "rhannu_app" in p["roles"]}
    owned = {t["name"] for t in await connection.fetch(catalogue.TABLES) if "owner_agency" in t["columns"]}
    assert owned - covered == set(WITHOUT_THE_APP)


async def test_policies_name_their_roles(connection: asyncpg.Connection) -> None:
    known = set(LOGIN_ROLES) | set(NOLOGIN_ROLES)
    vague = [p["name"] for p in await connection.fetch(catalogue.POLICIES) if not set(p["roles"]) <= known]
    assert vague == []


async def test_the_apps_policies_let_it_see_its_own_agency_only(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "SELECT schemaname || '.' || tablename AS name, policyname AS policy, permissive, cmd, qual, with_check "
        "FROM pg_policies WHERE 'rhannu_app' = ANY (roles::text[])"
    )
    own = "(owner_agency = ( SELECT access.agency() AS agency))"
    for_role = "(owner_agency = ( SELECT access.agency_for('{}'::text, '{}'::text) AS agency_for))"
    found: dict[str, dict[str, tuple[str | None, str | None]]] = {}
    further: dict[str, tuple[str, str]] = {}
    for row in rows:
        policy = f"{row['name']} {row['policy']}"
        if row["permissive"] == "RESTRICTIVE":
            continue  # it can only take away
        if policy in catalogue.FURTHER:
            further[policy] = (row["cmd"], row["qual"])
            continue
        assert row["cmd"] not in found.setdefault(row["name"], {}), f"{policy}: a second one widens the first"
        found[row["name"]][row["cmd"]] = (row["qual"], row["with_check"])
    assert further == catalogue.FURTHER
    for name, policies in found.items():
        if name in BY_AGENCY_ALONE:
            assert policies == {"ALL": (own, own)}, name
            continue
        kind = re.search(r"agency_for\('(\w+)'", str(policies["SELECT"]))
        assert kind is not None, f"{name}: narrow it to the roles that work with it, or say why not"
        reading, writing = (for_role.format(kind[1], act) for act in ("read", "write"))
        if name in catalogue.TWO_SIDED:
            other = catalogue.TWO_SIDED[name]
            either, changing = (f"({own} OR {own.replace('owner_agency', other)})" for own in (reading, writing))
            adding = changing if name in catalogue.EITHER_ADDS else writing
            adding = "false" if name in catalogue.NOBODY_ADDS else adding
            assert policies == {"SELECT": (either, None), "INSERT": (None, adding), "UPDATE": (either, changing)}, name
            continue
        assert policies == {
            "SELECT": (reading, None),
            "INSERT": (None, writing),
            "UPDATE": (reading, writing),
            "DELETE": (writing, None),
        }, name
    assert set(BY_AGENCY_ALONE) | set(catalogue.TWO_SIDED) <= set(found), "an exemption outlived its table"


async def test_what_narrows_the_apps_policies_further_is_known(connection: asyncpg.Connection) -> None:
    found = {p["name"] for p in await connection.fetch(catalogue.POLICIES) if p["permissive"] == "RESTRICTIVE"}
    assert found == set(catalogue.NARROWED)


async def test_functions_with_borrowed_rights_are_closed(connection: asyncpg.Connection) -> None:
    functions = await connection.fetch(catalogue.FUNCTIONS)
    assert [f["name"] for f in functions if f["is_public"]] == []
    definers = [f for f in functions if f["definer"]]
    assert len(definers) >= 10
    assert [f["name"] for f in definers if 'search_path=""' not in f["settings"]] == []
    assert [f["name"] for f in functions if f["owner"] not in NOLOGIN_ROLES] == []


async def test_functions_in_policies_are_asked_once_per_statement(connection: asyncpg.Connection) -> None:
    found = await connection.fetch(catalogue.FUNCTIONS_IN_POLICIES)
    assert {f["name"] for f in found} >= {"access.agency()", "access.agency_for(text,text)"}
    assert [f["name"] for f in found if f["volatility"] == b"v"] == []


async def test_no_role_of_ours_is_above_row_security(connection: asyncpg.Connection) -> None:
    roles = await connection.fetch(catalogue.ROLES)
    assert {r["name"] for r in roles} == set(LOGIN_ROLES) | set(NOLOGIN_ROLES)
    for role in roles:
        raised = [name for name in role.keys() if name not in {"name", "rolcanlogin"} and role[name]]  # noqa: SIM118 - a record, not a dict
        assert raised == [], role["name"]
        assert role["rolcanlogin"] == (role["name"] in LOGIN_ROLES)
    joined = await catalogue.lines(
        connection,
        "SELECT DISTINCT pg_get_userbyid(member) FROM pg_auth_members "
        "WHERE pg_get_userbyid(member) IN ('rhannu_app', 'rhannu_worker', 'rhannu_auditor')",
    )
    assert joined == []


async def test_the_services_roles_own_nothing(connection: asyncpg.Connection) -> None:
    owned = await catalogue.lines(
        connection,
        "SELECT objid::text FROM pg_shdepend WHERE deptype = 'o' AND refobjid IN (SELECT oid FROM pg_roles "
        "WHERE rolname IN ('rhannu_app', 'rhannu_worker', 'rhannu_auditor', 'rhannu_migrator'))",
    )
    assert owned == []


async def test_all_the_app_can_do_to_the_trail_is_append(connection: asyncpg.Connection) -> None:
    verbs = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"
    touchable = await catalogue.lines(
        connection,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'audit' "
        f"AND c.relkind IN ('r', 'p', 'v', 'S') AND (has_table_privilege('rhannu_app', c.oid, '{verbs}') "
        "OR has_any_column_privilege('rhannu_app', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))",
    )
    assert touchable == []
    callable_ones = await catalogue.lines(
        connection,
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit' "
        "AND has_function_privilege('rhannu_app', p.oid, 'EXECUTE')",
    )
    assert callable_ones == ["append"]


async def test_the_app_deletes_nothing_but_index_rows(connection: asyncpg.Connection) -> None:
    tables = await connection.fetch(catalogue.TABLES)
    deletable = {
        t["name"]
        for t in tables
        if await connection.fetchval("SELECT has_table_privilege('rhannu_app', $1, 'DELETE, TRUNCATE')", t["name"])
    }
    assert deletable == MAY_BE_DELETED_BY_THE_APP


async def test_grants_are_the_ones_written_down(connection: asyncpg.Connection) -> None:
    found = "\n".join(await catalogue.lines(connection, catalogue.GRANTS)) + "\n"
    if os.environ.get(WRITE_AGAIN):
        GRANTS.write_text(found, encoding="utf-8")
    assert found == GRANTS.read_text(encoding="utf-8"), f"if this is meant: {WRITE_AGAIN}=1, run again, read the diff"


async def test_every_foreign_key_has_an_index(connection: asyncpg.Connection) -> None:
    assert await catalogue.lines(connection, catalogue.FOREIGN_KEYS_WITHOUT_INDEX) == []


def _differences(connection: Connection) -> list[str]:
    def named(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "schema" or name in {"rhannu", "audit"}

    def ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        partition = kind == "table" and str(name).startswith(("event_", "subject_"))
        return kind in {"table", "column"} and not partition

    options = {
        "include_schemas": True,
        "include_name": named,
        "include_object": ours,
        "compare_type": True,
        "target_metadata": metadata,
    }
    return [str(each) for each in compare_metadata(MigrationContext.configure(connection, opts=options), metadata)]


async def test_the_tables_the_code_knows_are_the_migrated_ones(database: Database) -> None:
    engine = create_async_engine(database.admin)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


async def test_the_worker_can_open_a_month_that_is_as_closed_as_the_others(database: Database) -> None:
    worker = await database.as_role("rhannu_worker")
    await worker.execute("SELECT audit.ensure_month('2031-05-17')")
    await worker.execute("SELECT audit.ensure_month('2031-05-31')")
    rows = await worker.fetch(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AS closed FROM pg_class WHERE relname LIKE '%\\_203105'"
    )
    await worker.close()
    assert {(row["relname"], row["closed"]) for row in rows} == {("event_203105", True), ("subject_203105", True)}
