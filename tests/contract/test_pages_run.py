"""The tour of the README, the Friday night and the month run to the letter, against what `make run` starts from nothing."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.core.settings import Settings
from services.db import embedded
from tests.fixtures.server import Process, wait_until_ready

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"^    .*(?:\n(?:    .*|(?=\n    )))*", re.MULTILINE)
PRELUDE = """
set -uo pipefail
python3() { "$PYTHON" "$@"; }
curl() { command curl -w '\\n%{stderr}called %{http_code} %{url_effective}\\n' "$@"; }
"""
"""What each call came to is told beside what it answered."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the pages call with curl")


@dataclass(frozen=True)
class Running:
    """What `rhannu run` started: where it serves and keeps its keys."""

    address: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("newcomer") / "home"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {name: value for name, value in os.environ.items() if not name.startswith("RHANNU_")}
    environment = given | {"RHANNU_HOME": str(home), "RHANNU_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    process = Process(
        [sys.executable, "-m", "api.cli", "run"], cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, process, seconds=150)
        yield Running(address, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        server = embedded.find(home)
        if server is not None:
            embedded.destroy(home, server)


def calls_of(
    page: str, running: Running, folder: Path, *, begin: str, end: str = ""
) -> tuple[list[tuple[int, str]], str]:
    """Run every indented block of a part of a page; what each call came to, and all that was said."""
    text = (ROOT / page).read_text(encoding="utf-8")
    start = text.index(begin)
    part = text[start : text.index(end, start) if end else None]
    shown = [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in CALL.findall(part)]
    script = "\n".join(shown).replace("alias rhannu=.venv/bin/rhannu", 'rhannu() { "$PYTHON" -m api.cli "$@"; }')
    script = script.replace(f"http://127.0.0.1:{Settings().port}", running.address).replace(
        "-o sheet.html", f"-o {folder}/sheet.html"
    )
    done = subprocess.run(
        ["bash", "-c", PRELUDE + script], cwd=ROOT, env=running.environment | {"PYTHON": sys.executable}, check=False,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    called = re.findall(r"called (\d+) http://[^/]+(\S*)", done.stderr)
    assert len(called) == len(re.findall(r"\bcurl ", script)), done.stderr
    return [(int(status), path) for status, path in called], done.stdout


def test_the_tour_works_to_the_letter(running: Running, tmp_path: Path) -> None:
    called, said = calls_of("README.md", running, tmp_path, begin="## A tour", end="## The house")
    refused = [path for status, path in called if status == 404]
    assert len(refused) == 1
    assert refused[0].startswith("/v1/persons/"), "a stranger's look, as the tour says"
    assert {status for status, _ in called} == {200, 404}
    outcomes = re.findall(r'"reference":"[^"]*","outcome":"([a-z-]+)"', said)
    assert outcomes == ["warnings", "refine"]
    assert "Heb ei ganfod" in said
    assert '"action":"person.searched"' in said
    sheet = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "10:30" in sheet
    assert "Prytherch" not in sheet, "a sheet names nobody"
    assert "http" not in sheet.replace("http-equiv", ""), "and fetches nothing"


def test_a_friday_night_runs_as_it_is_told(running: Running, tmp_path: Path) -> None:
    called, said = calls_of("docs/friday-night.md", running, tmp_path, begin="# A Friday night")
    assert {status for status, _ in called} <= {200, 201}, called
    outcomes = re.findall(r'"outcome":"([a-z-]+)","whatToDo"', said)
    assert outcomes == ["contact-before-visit", "contact-before-visit"], "ring the council first, and not why"
    assert '"contested"' in said
    assert "You pushed a worker on the steps." in said, "the letter"
    (changes,) = [json.loads(line) for line in said.splitlines() if line.startswith('{"checkId"') and '"asOf"' in line]
    (changed,) = changes["warnings"]
    assert changed["standing"] == "changed"
    assert '"code":"joint"' in json.dumps(changed, separators=(",", ":"))
    (held,) = [json.loads(line)["recipients"] for line in said.splitlines() if line.startswith('{"recipients"')]
    assert {each["agency"] for each in held} == {"wast"}
    told = [
        each["kind"]["code"]
        for line in said.splitlines()
        if line.startswith('{"notices"')
        for each in json.loads(line)["notices"]
    ]
    assert sorted(told) == ["contested", "rectified"], "its inbox says so"
    owed = json.loads(said.splitlines()[-1])["flags"]
    assert [each["lapsesAt"] is not None for each in owed if each["state"] == "provisional"] == [True]


def said_of(said: str, begin: str) -> list[dict[str, Any]]:
    """Answers that begin with a member."""
    return [json.loads(line) for line in said.splitlines() if line.startswith(f'{{"{begin}"')]


def test_a_month_runs_as_it_is_told(running: Running, tmp_path: Path) -> None:
    called, said = calls_of("docs/a-month.md", running, tmp_path, begin="# A month")
    refused = [(status, path.split("/")[2]) for status, path in called if status not in {200, 201}]
    assert refused == [(404, "disclosures"), (403, "persons")], "who asked nothing, and who lives next door"
    assert '"state":"answered-in-part"' in said
    assert '"text":"The duty desk; a social worker is allocated."' in said
    assert '"ground":"adverse-to-own-functions"' in said
    assert re.findall(r'"outcome":"([a-z-]+)","whatToDo"', said) == ["contact-before-visit"], "ring first, and not why"
    (told,) = said_of(said, "notices")[:1]
    assert [each["kind"]["code"] for each in told["notices"]] == ["wrong-person"]
    (ledger,) = [json.loads(line) for line in said.splitlines() if '"holders"' in line]
    assert {each["agency"] for each in ledger["holders"]} == {"abuhb", "caerphilly-cbc", "pobl"}
    assert {each["notices"][-1]["outcome"] for each in ledger["holders"]} == {"destroyed"}
    (behind,) = said_of(said, "grantId")
    assert "Two people, and keep to the front room." in json.dumps(behind)
    assert '"code":"conflict-of-interest"' in said
    refusal, check = said_of(said, "eventId")
    assert refusal["refusal"]["code"] == "conflict-of-interest"
    assert [(each["told"], each["rule"]) for each in check["flags"]] == [("exists", "undecided")]
