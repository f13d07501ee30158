"""A region of a million people and 300,000 flags, written straight into the tables with `COPY`-like inserts.

The same rows serve both sides of every comparison. Generated, no real person's data; the seed is fixed.
"""

import asyncpg

from services.db.bootstrap import dsn

PEOPLE = 1_000_000
FLAGGED = 100_000
CATEGORIES = ("threat-violence", "hate-abuse", "animal-hazard")
WARNINGS = len(CATEGORIES)
"""Warnings that each flagged person has."""
OWNER, CALLER = "gwent-police", "abuhb"

_PRECAUTION = (
    '"flagId":"'
    "' || f.id || '"
    '","version":1,"ownerAgency":"gwent-police","category":{"code":"threat-violence","en":"Threat of, or actual, violence",'
    '"cy":"Bygythiad o drais"},"controls":[{"code":"joint","en":"Joint visit","cy":"Ymweliad ar y cyd"}],'
    '"sentence":{"en":"Two people; ring before you set out.","cy":null},"handling":[],"reviewOn":"2030-01-01","state":"active"'
)


async def load(url: str) -> None:
    """Fill an empty migrated database; ids are md5 of a number, so that both sides can name the same people."""
    connection = await asyncpg.connect(dsn(url), command_timeout=1800)
    try:
        if await connection.fetchval("SELECT count(*) FROM (SELECT FROM rhannu.persons LIMIT 1) p"):
            return
        await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
        await connection.execute(
            f"INSERT INTO rhannu.persons SELECT md5('p' || n)::uuid FROM generate_series(1, {PEOPLE}) n"
        )
        await connection.execute(
            "INSERT INTO rhannu.person_records (id, owner_agency, person_id, version, content, recorded_at, recorded_by, reason) "
            f"SELECT md5('r' || n)::uuid, '{CALLER}', md5('p' || n)::uuid, 1, "
            """'{"names": [{"kind": "usual", "family": "Bench", "given": ["A"]}], "birth_date": "1950-01-01"}', """
            f"now(), md5('u')::uuid, 'registered' FROM generate_series(1, {PEOPLE}) n"
        )
        await connection.execute(
            "INSERT INTO rhannu.person_records (id, owner_agency, person_id, version, content, recorded_at, recorded_by, reason) "
            f"SELECT md5('o' || n)::uuid, '{OWNER}', md5('p' || n)::uuid, 1, "
            """'{"names": [{"kind": "usual", "family": "Bench", "given": ["A"]}], "birth_date": "1950-01-01"}', """
            f"now(), md5('u')::uuid, 'registered' FROM generate_series(1, {FLAGGED}) n"
        )
        for category in CATEGORIES:
            await connection.execute(
                "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, person_id, recipients, "
                "is_alerting, review_on, precaution, content, recorded_at, recorded_by) "
                f"SELECT f.id, '{OWNER}', 1, 'active', '{category}', md5('o' || f.n)::uuid, md5('p' || f.n)::uuid, '{{*}}', true, "
                f"'2030-01-01', '{_PRECAUTION}', '{{}}', now(), md5('u')::uuid FROM "
                f"(SELECT n, md5('{category}' || n)::uuid AS id FROM generate_series(1, {FLAGGED}) n) f"
            )
        await connection.execute(
            "INSERT INTO rhannu.flag_targets (flag_id, owner_agency, person_id, via) "
            "SELECT id, owner_agency, person_id, 'subject' FROM rhannu.flags"
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
