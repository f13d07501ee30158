"""Ready means: the database answers, keeps what it acknowledges, and has the schema of this release."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from services.db import migrate
from services.db.revision import newest_revision
from tests.fixtures.service import Service


@pytest.fixture
async def admin(service: Service) -> AsyncIterator["asyncpg.Connection"]:
    connection = await service.database.as_admin()
    yield connection
    await connection.execute("UPDATE rhannu_meta.alembic_version SET version_num = $1", newest_revision())
    await connection.close()


@pytest.mark.parametrize(
    ("revision", "status"), [("0001", 503), (newest_revision(), 200), ("9999", 200)], ids=["older", "same", "newer"]
)
async def test_a_schema_older_than_the_release_is_not_ready_and_a_newer_one_is(
    service: Service, admin: "asyncpg.Connection", revision: str, status: int
) -> None:
    await admin.execute("UPDATE rhannu_meta.alembic_version SET version_num = $1", revision)
    answer = await service.http.get("/health/ready")
    assert answer.status_code == status
    if status == 503:
        assert answer.json()["code"] == "service-unavailable"
        assert (await service.http.get("/health/live")).status_code == 200


def test_the_revision_of_the_code_is_the_head_of_the_migrations() -> None:
    script = ScriptDirectory.from_config(migrate.alembic_config("postgresql+asyncpg://nowhere"))
    assert newest_revision() == script.get_current_head()
