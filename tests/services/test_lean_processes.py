"""The worker and the migration are processes of their own, and carry no web framework."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.cli import COMMANDS
from services.core.settings import Settings
from tests.fixtures.service import Service
from tests.fixtures.trail import Trail

HEAVY = {"fastapi", "starlette", "strawberry", "graphql", "uvicorn", "httpx"}
MOST_MEGABYTES = 90


def environment(settings: Settings) -> dict[str, str]:
    """Give the settings of this run's database to a process of its own."""
    given = settings.model_dump(exclude_none=True, exclude={"port", "host"})
    return {**os.environ, **{f"RHANNU_{name.upper()}": str(value) for name, value in given.items()}}


def imported(log: Path) -> set[str]:
    """Read from Python's own account of its imports which top-level packages were loaded."""
    names = re.findall(r"^import time:.*\| +(\S+)$", log.read_text(), re.MULTILINE)
    return {name.partition(".")[0] for name in names}


def resident_megabytes(pid: int) -> float:
    (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(kilobytes) / 1024


def started(command: str, settings: Settings, log: Path) -> "subprocess.Popen[str]":
    with log.open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "api.cli", command],
            env=environment(settings), stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip


async def test_the_worker_at_work_carries_no_web_framework(
    settings: Settings, service: Service, tmp_path: Path
) -> None:
    log = tmp_path / "imports"
    worker = started("worker", settings, log)
    admin = await service.database.as_admin()
    try:
        event = await Trail(admin).write("abuhb", "person.read")
        deadline = time.monotonic() + 30
        while await admin.fetchval("SELECT true FROM audit.pending WHERE event_id = $1", event):
            assert worker.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, "the worker files nothing"
            await asyncio.sleep(0.1)
        resident = resident_megabytes(worker.pid)
    finally:
        await admin.close()
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=20)
    assert worker.returncode == 0, log.read_text()[-2000:]
    assert "worker.kept-house" in said
    assert {"sqlalchemy", "asyncpg", "services"} <= imported(log), "Python's account of the imports was not read"
    assert imported(log) & HEAVY == set()
    print(f"worker: {resident:.0f} MB resident")
    assert resident < MOST_MEGABYTES


def test_the_migration_carries_no_web_framework(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "imports"
    migration = started("migrate", settings, log)
    migration.communicate(timeout=60)
    assert migration.returncode == 0, log.read_text()[-2000:]
    assert "alembic" in imported(log), "Python's account of the imports was not read"
    assert imported(log) & HEAVY == set()


def test_the_command_line_itself_loads_no_command(tmp_path: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, api.cli; print(*(m for m in sys.modules if m.startswith('api.commands')))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout.split() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_loads_and_explains_itself(command: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "api.cli", command, "--help"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert f"api.cli {command} [OPTIONS]" in shown.stdout
    assert "completion" not in shown.stdout
