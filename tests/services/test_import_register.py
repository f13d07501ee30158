"""`rhannu import-register` against a served process: by one who prepares and another who approves, over a bad line."""

import csv
import json
import random
import re
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.commands import import_register
from tests.factories.imports import AGENCY, DECIDER, LEAD
from tests.factories.registers import CANARY, Register, begin_body
from tests.fixtures.service import Service

ID = re.compile(r"Import ([0-9a-f-]{36})")


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every second answer is lost on its way: what was asked for was done, and the caller does not know."""
    whole = httpx.Client.request
    lost: list[str] = []
    asked = 0

    def request(self: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
        nonlocal asked
        asked += 1
        answer = whole(self, method, url, **more)
        if asked % 2:
            lost.append(f"{method} {url}")
            raise httpx.ReadError("lost")
        return answer

    monkeypatch.setattr(httpx.Client, "request", request)
    monkeypatch.setattr(import_register.time, "sleep", lambda _: None)
    return lost


class Terminal:
    """Somebody at a terminal."""

    def __init__(self, service: Service, address: str, folder: Path) -> None:
        self.service = service
        self.address = address
        self.folder = folder
        (folder / "mapping.json").write_text(json.dumps(begin_body()), encoding="utf-8")

    def file(self, raw: bytes) -> str:
        path = self.folder / "register.csv"
        path.write_bytes(raw)
        return str(path)

    def call(self, role: str, *arguments: str) -> Result:
        token = self.service.token(AGENCY, role)
        command = ["import-register", *arguments, "--url", self.address]
        return CliRunner().invoke(app, command, env={"RHANNU_TOKEN": token})

    def check(self, raw: bytes, *more: str) -> Result:
        return self.call(LEAD, "check", self.file(raw), "--mapping", str(self.folder / "mapping.json"), *more)

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def terminal(service: Service, server_address: str, tmp_path: Path) -> Terminal:
    return Terminal(service, server_address, tmp_path)


def test_a_register_comes_in_by_the_command_line_over_a_line_that_loses_answers(
    terminal: Terminal, lossy: list[str]
) -> None:
    register = Register(random.Random(23), uuid.uuid4().hex[:6]).fill(230)
    checked = terminal.check(register.content(), "--rows", str(terminal.folder / "dry.csv"))
    assert checked.exit_code == 0, checked.output
    (import_id,) = ID.findall(checked.stderr)
    wanted = Counter(each["outcome"] for each in register.expected())
    assert f"{wanted['made']} made, {wanted['already-there']} alreadyThere" in checked.stderr
    assert Counter(row["expected"] for row in terminal.rows("dry.csv")) == wanted
    refused = terminal.call(LEAD, "run", import_id)
    assert refused.exit_code == 1
    assert "import-state-conflict" in refused.stderr
    approved = terminal.call(DECIDER, "approve", import_id, "--reason", "Compared with the list.")
    assert approved.exit_code == 0, approved.output
    made = terminal.call(LEAD, "run", import_id, "--rows", str(terminal.folder / "run.csv"))
    assert made.exit_code == 0, made.output
    assert Counter(row["outcome"] for row in terminal.rows("run.csv")) == wanted
    flags = [row["flagId"] for row in terminal.rows("run.csv") if row["outcome"] == "made"]
    assert len(set(flags)) == wanted["made"]
    assert terminal.call(LEAD, "resume", import_id).exit_code == 0
    assert len(lossy) > 6
    for name in ("dry.csv", "run.csv"):
        text = (terminal.folder / name).read_text(encoding="utf-8")
        assert CANARY not in text
        assert register.tag not in text


def test_what_is_refused_is_said_in_plain_words(terminal: Terminal) -> None:
    refused = terminal.check(b"Surname,DOB\nPugh,01/02/1950\n")
    assert refused.exit_code == 1
    assert "/mapping/about: column-unknown. The file has no such column." in refused.stderr
    assert "Pugh" not in refused.output
    denied = terminal.call("practitioner", "run", str(uuid.uuid4()))
    assert denied.exit_code == 1
    assert "access-denied" in denied.stderr


def test_the_token_is_wanted_from_the_environment(terminal: Terminal) -> None:
    refused = CliRunner().invoke(app, ["import-register", "run", str(uuid.uuid4())], env={"RHANNU_TOKEN": None})
    assert refused.exit_code == 2
    assert "RHANNU_TOKEN" in refused.stderr


def test_a_service_that_does_not_answer_loses_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_register.time, "sleep", lambda _: None)
    terminal.address = "http://127.0.0.1:1"
    gone = terminal.call(LEAD, "resume", str(uuid.uuid4()))
    assert gone.exit_code == 1
    assert "call `resume`" in gone.stderr
