"""An empty installation is founded once, with two administrators of the Board who can then do the rest."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from api.cli import app
from services.core.doors import doors_from
from services.core.keys import SigningKeys, generate_signing_key
from services.db import bootstrap
from tests.fixtures.database import CONTEXT_KEY, migrated

RUN = CliRunner()


@pytest.fixture
def empty(server_url: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An installation with nobody in it, as the settings name it; gives its administrator's address."""
    name = f"rhannu_founding_{worker_id}"
    url = migrated(server_url, name)
    doors = doors_from(server_url, name)
    (tmp_path / "context").write_bytes(CONTEXT_KEY)
    for key, value in {
        "ENVIRONMENT": "test", "HOME": str(tmp_path), "DATABASE_URL": doors.app, "WORKER_DATABASE_URL": doors.worker,
        "AUDITOR_DATABASE_URL": doors.auditor, "MIGRATOR_DATABASE_URL": doors.migrator,
        "CONTEXT_KEY_FILE": str(tmp_path / "context"),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"RHANNU_{key}", value)
    yield url
    asyncio.run(_all(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _all(url: str, question: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(bootstrap.dsn(url))
    try:
        return list(await connection.fetch(question, *values))
    finally:
        await connection.close()


def found(tmp_path: Path, *names: str, keys: object = None, **change: str):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(SigningKeys((generate_signing_key(),)).jwks() if keys is None else keys))
    options = {
        "code": "gwent-safeguarding", "name-en": "Gwent Safeguarding", "name-cy": "Diogelu Gwent",
        "duty-phone": "01632 960101", "keys": str(file), **change,
    }  # fmt: skip
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return RUN.invoke(app, ["board", *arguments, *(part for name in names for part in ("--administrator", name))])


def test_the_board_is_founded_once_and_its_administrators_have_standing(empty: str, tmp_path: Path) -> None:
    made = found(tmp_path, "Nia Rees", "Owain Pugh")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    for user in told["administrators"]:
        claim = [told["client"], "gwent-safeguarding", "gwent-safeguarding", user]
        (row,) = asyncio.run(_all(empty, "SELECT roles, scopes FROM access.standing($1)", claim))
        assert set(row["roles"]) == {"board-administrator", "agency-administrator"}
        assert {scope.partition(":")[0] for scope in row["scopes"]} == {"register"}
    again = found(tmp_path, "Nia Rees", "Owain Pugh", code="another-board")
    assert (again.exit_code, "register-state-conflict" in again.stderr) == (2, True)
    assert len(asyncio.run(_all(empty, "SELECT FROM rhannu.agencies"))) == 1


@pytest.mark.parametrize(
    ("names", "change", "pointer"),
    [
        (("Nia Rees",), {}, "/administrator"),
        (("Nia Rees", "Owain Pugh", "Elin Wyn"), {}, "/administrator"),
        (("Nia Rees", " "), {}, "/displayName"),
        (("Nia Rees", "Owain Pugh"), {"code": "The Board"}, "/code"),
        (("Nia Rees", "Owain Pugh"), {"duty-phone": "ring"}, "/dutyPhone"),
    ],
)
def test_what_could_not_work_is_refused(
    empty: str, tmp_path: Path, names: tuple[str, ...], change: dict[str, str], pointer: str
) -> None:
    refused = found(tmp_path, *names, **change)
    assert (refused.exit_code, pointer in refused.stderr) == (2, True), refused.stderr
    private = {"keys": [generate_signing_key().private_jwk()]}
    for keys in (private, {"keys": []}, ["no"]):
        refused = found(tmp_path, "Nia Rees", "Owain Pugh", keys=keys)
        assert (refused.exit_code, "/keys" in refused.stderr) == (2, True)
    for table in ("agencies", "humans", "users", "user_roles", "clients"):
        assert asyncio.run(_all(empty, f"SELECT FROM rhannu.{table}")) == []
