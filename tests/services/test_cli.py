"""The command line: what it prints, what it refuses, and that the parent leaves nothing behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import parent
from api.cli import app
from api.export import documents
from domain.access import Role
from services.core.doors import doors_from, doors_of
from services.core.identity import TokenVerifier
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.db import embedded
from services.demo import demo_user

PROJECT = Path(__file__).parents[2]
RUN = CliRunner()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RHANNU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RHANNU_HOME", str(tmp_path / "home"))


def test_a_token_says_who_in_which_agency() -> None:
    printed = RUN.invoke(app, ["token", "--agency", "abuhb", "--role", "practitioner"])
    assert printed.exit_code == 0, printed.output
    settings = Settings()
    keys = signing_keys(settings).key_set()
    claims = TokenVerifier(settings.issuer, settings.audience, keys, time.time).verify(printed.stdout.strip())
    assert (claims.agency, claims.client_id) == ("abuhb", "abuhb-system")
    assert claims.subject == str(demo_user("abuhb", Role.PRACTITIONER))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--agency", "nowhere-cc", "--role", "practitioner"],
        ["--agency", "abuhb", "--role", "auditor"],
        ["--agency", "abuhb", "--role", "king"],
        ["--agency", "abuhb", "--role", "practitioner", "--user", "me"],
        ["--agency", "abuhb"],
    ],
    ids=str,
)
def test_nobody_gets_a_token_for_somebody_who_is_not_there(arguments: list[str]) -> None:
    refused = RUN.invoke(app, ["token", *arguments])
    assert refused.exit_code == 2
    assert refused.stdout == ""


@pytest.mark.parametrize(
    "command",
    [["token", "--agency", "abuhb", "--role", "practitioner"], ["demo"], ["demo", "--fixture"], ["run"]],
    ids=str,
)
def test_development_s_commands_refuse_production(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 40)
    for name in ("DATABASE_URL", "WORKER_DATABASE_URL", "AUDITOR_DATABASE_URL"):
        monkeypatch.setenv(f"RHANNU_{name}", "postgresql://nobody@127.0.0.1:1/none")
    for name in ("CONTEXT_KEY_FILE", "MATCH_KEY_FILE", "SIGNING_KEYS_FILE"):
        monkeypatch.setenv(f"RHANNU_{name}", str(key))
    monkeypatch.setenv("RHANNU_ENVIRONMENT", "production")
    monkeypatch.setenv("RHANNU_ISSUER", "https://rhannu.example")
    refused = RUN.invoke(app, command)
    assert refused.exit_code == 2, refused.output
    assert "outside production only" in refused.stderr


def test_wrong_settings_are_told_without_repeating_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHANNU_ENVIRONMENT", "production")
    monkeypatch.setenv("RHANNU_DATABASE_URL", "postgresql://a:geheim@127.0.0.1/x")
    refused = RUN.invoke(app, ["migrate"])
    assert refused.exit_code == 2
    assert "RHANNU_CONTEXT_KEY_FILE" in refused.stderr
    assert "geheim" not in refused.output


def test_the_documents_are_written_where_asked(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["openapi", str(tmp_path / "out")]).exit_code == 0
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert written == documents()
    assert json.loads(written["openapi.json"])["openapi"] == "3.1.0"


def test_an_audit_export_wants_its_token_from_the_environment(tmp_path: Path) -> None:
    refused = RUN.invoke(app, ["audit", "export", str(tmp_path / "events")])
    assert refused.exit_code == 2
    assert not (tmp_path / "events").exists()


class TestDoors:
    def test_without_an_address_or_a_server_it_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="RHANNU_DATABASE_URL"):
            doors_of(Settings(home=tmp_path))

    @pytest.mark.parametrize(("named", "database"), [("", "rhannu"), ("/postgres", "rhannu"), ("/board", "board")])
    def test_the_database_is_the_one_named(self, named: str, database: str) -> None:
        doors = doors_of(Settings(database_url=f"postgresql://admin@db.example:5433{named}"))
        assert doors.database == database
        assert doors.app == f"postgresql+asyncpg://rhannu_app@db.example:5433/{database}"

    def test_a_name_that_would_need_quoting_is_refused(self) -> None:
        with pytest.raises(RuntimeError, match="plain name"):
            doors_of(Settings(database_url='postgresql://admin@db.example/x"; DROP'))

    def test_roles_get_a_password_where_the_administrator_has_one(self) -> None:
        doors = doors_from("postgresql+asyncpg://admin:geheim@db.example/postgres")
        assert doors.role_password
        assert f"rhannu_app:{doors.role_password}@" in doors.app
        assert "geheim" not in doors.app
        assert doors.role_password not in repr(doors).replace(doors.app, "").replace(doors.worker, "").replace(
            doors.auditor, ""
        ).replace(doors.migrator, "")


class TestParent:
    def test_the_embedded_server_starts_is_found_and_stops(self, tmp_path: Path) -> None:
        home = tmp_path / "a home"
        settings = Settings(home=home)
        try:
            with parent.own_database(settings):
                server = embedded.find(home)
                assert server is not None
                assert server == embedded.start(home), "started twice is one server"
                assert doors_of(settings).admin == server.url()
            assert embedded.find(home) is None
            assert not Path(server.socket_dir).exists()
            assert not Path(f"/proc/{server.pid}").exists()
        finally:
            embedded.destroy(home, server)

    def test_a_second_parent_of_one_home_is_refused(self, tmp_path: Path) -> None:
        with parent.sole_parent(tmp_path), pytest.raises(BlockingIOError), parent.sole_parent(tmp_path):
            pass

    def test_a_signal_never_tears_what_an_event_loop_is_doing(self) -> None:
        """Raised within the database driver's compiled code, an exception crashed the process."""
        done: list[str] = []

        async def load() -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("what was under way")
            await asyncio.sleep(30)
            done.append("what came after")

        with pytest.raises(parent.StoppedError), parent.stoppable():
            asyncio.run(load())
        assert done == ["what was under way"]

    def test_a_signal_between_event_loops_stops_at_once(self) -> None:
        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(parent.StoppedError), parent.stoppable():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before

    def test_children_end_with_their_parent_and_one_that_ends_ends_it(self) -> None:
        with parent.children(("--help",)) as started, pytest.raises(parent.PartEndedError):
            parent.wait_until_stopped(started)
        assert started[0].returncode == 0

    def test_everything_starts_and_stops_with_one_signal(self, tmp_path: Path) -> None:
        """From nothing: a run is told to stop while it loads, and nothing of it is left."""
        home = tmp_path / "home"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = os.environ | {"RHANNU_HOME": str(home), "RHANNU_PORT": str(port)}
        run = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "run"], cwd=PROJECT, env=environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while (server := embedded.find(home)) is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert server is not None
        time.sleep(2)
        run.send_signal(signal.SIGTERM)
        said, _ = run.communicate(timeout=30)
        try:
            assert run.returncode == 0, said
            assert "Stopped." in said
            assert embedded.find(home) is None
            assert not Path(f"/proc/{server.pid}").exists()
        finally:
            embedded.destroy(home, server)
