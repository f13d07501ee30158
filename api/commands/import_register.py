"""`rhannu import-register`: bring in the marker register that an agency holds already, through the service."""

import csv
import hashlib
import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID, uuid4

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands import console

app = typer.Typer(name="import-register", no_args_is_help=True, add_completion=False)

_PATH = "/v1/flag-imports"
_TRIES = 8
_PAUSE_SECONDS = 1.0
_AGAIN = frozenset({429, 503})
_STALE = 412
_COLUMNS = ("row", "expected", "outcome", "issues", "sameAs", "registers", "personId", "flagId")

Url = Annotated[str, typer.Option(help="Where Rhannu is.")]
Rows = Annotated[Path | None, typer.Option(help="Write what becomes of each row here, as CSV.", dir_okay=False)]
Import = Annotated[UUID, typer.Argument(help="The import's id, which `check` prints.")]
_HERE = "http://127.0.0.1:8000"


@app.callback()
def import_register() -> None:
    """Bring in an older marker register. Tokens are taken from RHANNU_TOKEN."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The register, as exported.", exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option(help="JSON: name, reason, layout and mapping.", exists=True, dir_okay=False)],
    rows: Rows = None,
    url: Url = _HERE,
) -> None:
    """Send a register and make its dry run: nothing is made, and every row is told what would become of it.

    Interrupted, `resume` goes on with the import that was begun.
    """
    with _service(url) as service:
        job = service.post(_PATH, json.loads(mapping.read_text(encoding="utf-8")))
        console.say(f"Import {job['id']}", soft_wrap=True)
        job = service.send(job, file.read_bytes())
        _finish(service, job, "dry-run", "checked", rows)
        console.say(f"To be approved by somebody who decides on flags: rhannu import-register approve {job['id']}")


@app.command()
def resume(import_id: Import, rows: Rows = None, url: Url = _HERE) -> None:
    """Go on with a dry run, or a run, that was interrupted."""
    with _service(url) as service:
        job = service.get(f"{_PATH}/{import_id}")
        if job["state"] == "received":
            _finish(service, job, "dry-run", "checked", rows)
        else:
            _finish(service, job, "run", "done", rows)


@app.command()
def approve(
    import_id: Import,
    reason: Annotated[str, typer.Option(help="Why what the dry run told may be made.")],
    url: Url = _HERE,
) -> None:
    """Approve what the dry run told; never by somebody who brought the register in."""
    with _service(url) as service:
        job = service.get(f"{_PATH}/{import_id}")
        service.post(f"{_PATH}/{import_id}/approval", {"reason": reason}, version=job["version"])
        console.say("Approved. Now: rhannu import-register run", soft_wrap=True)


@app.command()
def run(import_id: Import, rows: Rows = None, url: Url = _HERE) -> None:
    """Make the warnings that were approved. Interrupted at any point, it can be called again."""
    with _service(url) as service:
        _finish(service, service.get(f"{_PATH}/{import_id}"), "run", "done", rows)


def _finish(service: "_Service", job: dict[str, Any], step: str, end: str, rows: Path | None) -> None:
    """Drive a step slice by slice to its end, and say what the rows come to."""
    path, told = f"{_PATH}/{job['id']}", "checked" if step == "dry-run" else "worked"
    columns = (TextColumn(step), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(step, total=job["progress"]["rows"], completed=job["progress"][told])
        while job["state"] != end:
            job = service.post(f"{path}/{step}", None)
            bar.update(task, completed=job["progress"][told])
    counts = job["progress"]["expected" if step == "dry-run" else "outcome"]
    console.say(", ".join(f"{count} {name}" for name, count in counts.items()), soft_wrap=True)
    if rows is not None:
        _write(service, f"{path}/rows?limit=500", rows)


def _write(service: "_Service", page: str, out: Path) -> None:
    """Write what becomes of each row: numbers, codes and ids, and nothing that a row says of anybody."""
    with out.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for row in service.rows(page):
            issues = " ".join(f"{issue['field']}:{issue['code']}" for issue in row["issues"])
            told = row | {"issues": issues}
            writer.writerow([told[name] for name in _COLUMNS])
    console.say(f"Rows are in {out}.", soft_wrap=True)


class _Service:
    """The service, asked until it can answer; a lost answer is asked for again under the same key."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str) -> dict[str, Any]:
        return _document(self._asked("GET", path))

    def post(self, path: str, body: dict[str, Any] | None, *, version: int | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid4())} | ({} if version is None else {"If-Match": f'"v{version}"'})
        return _document(self._asked("POST", path, json=body, headers=headers))

    def send(self, job: dict[str, Any], raw: bytes) -> dict[str, Any]:
        """Send the file; where its answer was lost, the import tells by the file's digest that it is there."""
        path = f"{_PATH}/{job['id']}"
        headers = {"Content-Type": "text/csv", "If-Match": f'"v{job["version"]}"'}
        answer = self._asked("PUT", f"{path}/file", content=raw, headers=headers, may_be_stale=True)
        if answer.is_success:
            return _document(answer)
        there = self.get(path)
        if there["file"] is None or there["file"]["digest"] != hashlib.sha256(raw).hexdigest():
            _refuse(answer)
        return there

    def rows(self, page: str) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._asked("GET", page)
            yield from answer.json()["rows"]
            if "next" not in answer.links:
                return
            page = answer.links["next"]["url"]

    def _asked(self, method: str, path: str, *, may_be_stale: bool = False, **more: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        for _ in range(_TRIES):
            try:
                answer = self._http.request(method, path, **more)
            except httpx.TransportError:
                answer = None
            if answer is not None and (answer.is_success or (may_be_stale and answer.status_code == _STALE)):
                return answer
            if answer is not None and answer.status_code not in _AGAIN and _code(answer) != "import-busy":
                _refuse(answer)
            asked_to = None if answer is None else answer.headers.get("retry-after")
            time.sleep(_PAUSE_SECONDS if asked_to is None else float(asked_to))
        console.say("The service does not answer. Nothing is lost: call `resume` with the import's id.")
        raise typer.Exit(1)


def _document(answer: httpx.Response) -> dict[str, Any]:
    return cast("dict[str, Any]", answer.json())


def _code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


def _refuse(answer: httpx.Response) -> None:
    """Say why the service refused, in its own words, with the fields at fault."""
    problem = answer.json()
    console.say(f"Refused: {_code(answer)}. {problem.get('detail', '')}", soft_wrap=True, markup=False)
    for each in problem.get("errors", ()):
        console.say(f"  {each['pointer']}: {each['code']}. {each['detail']}", soft_wrap=True, markup=False)
    raise typer.Exit(1)


@contextmanager
def _service(url: str) -> Generator[_Service]:
    headers = {"Authorization": f"Bearer {console.bearer_token()}", "Purpose-Of-Use": "flag-governance"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as http:
        yield _Service(http)
