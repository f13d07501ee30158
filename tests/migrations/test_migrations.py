"""Every migration can be taken back and made again, one at a time, on a database of its own."""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from services.db import bootstrap, migrate
from tests.fixtures.database import prepare

SCHEMA = """
    SELECT c.oid::regclass::text || ' ' || c.relkind::text || ' ' || coalesce(c.relacl::text, '')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('rhannu', 'access', 'audit')
    UNION ALL
    SELECT a.attrelid::regclass::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('rhannu', 'access', 'audit') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT p.oid::regprocedure::text || ' ' || p.prosrc || coalesce(p.proacl::text, '') || pg_get_userbyid(p.proowner)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('rhannu', 'access', 'audit')
    UNION ALL
    SELECT polrelid::regclass::text || ' ' || polname || pg_get_expr(polqual, polrelid) FROM pg_policy
    WHERE polqual IS NOT NULL
    UNION ALL
    SELECT conrelid::regclass::text || ' ' || conname || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace::regnamespace::text IN ('rhannu', 'access', 'audit')
    ORDER BY 1
"""


@pytest.fixture(scope="module")
def url(server_url: str, worker_id: str) -> Iterator[str]:
    """An empty database with our roles, as its administrator."""
    name = f"rhannu_stairs_{worker_id}"
    yield asyncio.run(prepare(server_url, name))
    asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(bootstrap.dsn(url))
    await connection.execute(statement)
    await connection.close()


async def _schema(url: str) -> list[str]:
    connection = await asyncpg.connect(bootstrap.dsn(url))
    rows = await connection.fetch(SCHEMA)
    await connection.close()
    return [row[0] for row in rows]


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrate.alembic_config("postgresql+asyncpg://nowhere"))
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def test_there_is_one_line_of_revisions_in_order() -> None:
    revisions = _revisions()
    assert revisions == sorted(revisions)
    assert revisions == [f"{n:04d}" for n in range(1, len(revisions) + 1)]
    script = ScriptDirectory.from_config(migrate.alembic_config("postgresql+asyncpg://nowhere"))
    assert len(script.get_heads()) == 1


def test_each_revision_goes_up_down_and_up_again_to_the_same_schema(url: str) -> None:
    migrator = bootstrap.url_for(url, role="rhannu_migrator")
    before: list[str] = asyncio.run(_schema(url))
    for revision in _revisions():
        migrate.upgrade(migrator, revision)
        after = asyncio.run(_schema(url))
        migrate.downgrade(migrator, "-1")
        assert asyncio.run(_schema(url)) == before, f"{revision} leaves something behind"
        migrate.upgrade(migrator, revision)
        assert asyncio.run(_schema(url)) == after, f"{revision} is not the same the second time"
        before = after


def test_all_the_way_down_leaves_nothing_and_up_again_works(url: str) -> None:
    migrator = bootstrap.url_for(url, role="rhannu_migrator")
    migrate.upgrade(migrator)
    full = asyncio.run(_schema(url))
    migrate.downgrade(migrator, "base")
    assert asyncio.run(_schema(url)) == []
    migrate.upgrade(migrator)
    assert asyncio.run(_schema(url)) == full


def test_precautions_stored_before_handling_travelled_carry_it_too(server_url: str, worker_id: str) -> None:
    name = f"rhannu_handling_{worker_id}"
    url = asyncio.run(prepare(server_url, name))
    migrator = bootstrap.url_for(url, role="rhannu_migrator")
    try:
        migrate.upgrade(migrator, "0017")
        asyncio.run(_store_precautions(url))
        migrate.upgrade(migrator, "0018")
        bound, free, silent = asyncio.run(_precautions(url))
        assert [each["code"] for each in json.loads(f"{{{bound}}}")["handling"]] == ["no-onward-share"]
        assert json.loads(f"{{{bound}}}")["handling"][0]["cy"] == "Dim rhannu ymhellach"
        assert json.loads(f"{{{free}}}")["handling"] == []
        assert silent == ""
        migrate.downgrade(migrator, "-1")
        assert asyncio.run(_precautions(url)) == ['"state":"active"', '"state":"active"', ""]
    finally:
        asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _store_precautions(url: str) -> None:
    connection = await asyncpg.connect(bootstrap.dsn(url))
    await connection.execute("SET session_replication_role = replica")
    for uprn, said, content in (
        ("1", '"state":"active"', '{"terms": {"handling": ["no-onward-share"]}}'),
        ("2", '"state":"active"', '{"terms": null}'),
        ("3", "", '{"terms": {"handling": ["source-protected"]}}'),
    ):
        await connection.execute(
            "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, uprn, precaution, content, recorded_at, "
            "recorded_by) VALUES (gen_random_uuid(), 'abuhb', 1, 'active', 'animal-hazard', $1, $2, $3, now(), "
            "gen_random_uuid())",
            uprn, said, content,
        )  # fmt: skip
    await connection.close()


async def _precautions(url: str) -> list[str]:
    connection = await asyncpg.connect(bootstrap.dsn(url))
    rows = await connection.fetch("SELECT precaution FROM rhannu.flags ORDER BY uprn")
    await connection.close()
    return [row[0] for row in rows]
