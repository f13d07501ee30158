"""A million requests, with the worker filing their events beside: neither process grows, and no event is missing.

Against a region of a million people, over real sockets, with processes started as everyone starts them. For a try
the counts may be made smaller (RHANNU_SOAK_REQUESTS, RHANNU_SOAK_PEOPLE); `make soak` runs them whole.
"""

import asyncio
import contextlib
import hashlib
import os
import random
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest

from bench import data, seed
from services.core.doors import doors_from
from services.core.identity import TokenIssuer
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.core.token_claims import SubjectType
from services.db.bootstrap import dsn
from tests.factories.numbers import nhs_number
from tests.fixtures.database import CONTEXT_KEY, migrated, prepare
from tests.fixtures.load import Ask, Load, resident_bytes, run
from tests.fixtures.server import Process, command, wait_until_ready

SEED = 20261125
REQUESTS = int(os.environ.get("RHANNU_SOAK_REQUESTS", "1000000"))
PEOPLE = int(os.environ.get("RHANNU_SOAK_PEOPLE", str(data.PEOPLE)))
KNOWN = 500
"""People registered through the service itself, so that they can be found by identity and by place."""
LONGEST_SECONDS = 40 * 60
LONGEST_FILING_SECONDS = 5 * 60
TOKEN_SECONDS = 240
SERVER_MOST, WORKER_MOST = 220_000_000, 150_000_000
TOLERANCE = max(1_000_000, 8 * REQUESTS // 2)
"""How much medians over a tenth of the run may differ from the middle to the end, in bytes.

One pointer for each request of the last half, the smallest thing there is to leak: 4 MB of half a million. What the
allocator takes and gives back in passing is about one of its arenas, 1 MB.
"""
SUMMARY = "query($id: UUID!) { personSummary(id: $id) { id flagCount flags(first: 5) { id sentence { en } } } }"


@dataclass
class Memory:
    """What server and worker held, in bytes, as requests were answered."""

    server: Process
    worker: Process
    samples: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])

    async def watch(self, load: Load) -> None:
        while True:
            self.samples.append((load.answered, resident_bytes(self.server.pid), resident_bytes(self.worker.pid)))
            await asyncio.sleep(0.5)

    def during(self, start: float, end: float, of: int) -> float:
        """The median between two parts of the run, told by the requests answered."""
        held = [each[of] for each in self.samples if start * REQUESTS <= each[0] <= end * REQUESTS]
        return statistics.median(held)


@dataclass
class Draw:
    """Draws requests: mostly checks, by id, identity and place; some reads of a person over REST and GraphQL."""

    settings: Settings
    rng: random.Random
    known: list[tuple[str, str, str]]
    _headers: bytes = b""
    _until: float = 0.0

    def headers(self) -> bytes:
        if time.monotonic() > self._until:
            issuer = TokenIssuer(self.settings.issuer, self.settings.audience, signing_keys(self.settings), time.time)
            token, _life = issuer.issue(seed.CLIENT, seed.AGENCY, str(seed.USER), SubjectType.HUMAN, seed.SCOPES)
            lines = ["Host: rhannu.test", f"Authorization: Bearer {token}", "Purpose-Of-Use: staff-safety-visit"]
            self._headers = "".join(f"{line}\r\n" for line in lines).encode()
            self._until = time.monotonic() + TOKEN_SECONDS
        return self._headers

    def __call__(self) -> Ask:
        share = self.rng.random()
        return self._one_check(share) if share < 0.85 else self._one_read(share)

    def _one_check(self, share: float) -> Ask:
        _record, nhs, uprn = self.rng.choice(self.known)
        if share < 0.35:
            return self._check("warned", {"personId": person(self.rng.randrange(1, flagged() + 1))}, b'"warnings",')
        if share < 0.70:
            record = person(self.rng.randrange(flagged() + 1, PEOPLE + 1))
            return self._check("not warned", {"personId": record}, b'"no-warning-known"')
        if share < 0.78:
            identity = {"nhsNumber": nhs, "birthDate": "1944-04-04"}
            return self._check("identity", {"identity": identity}, b'"no-warning-known"')
        return self._check("place", {"uprn": uprn}, b'"no-warning-known"')

    def _one_read(self, share: float) -> Ask:
        record = person(self.rng.randrange(1, PEOPLE + 1))
        if share < 0.95:
            return Ask("person", b"GET /v1/persons/%s HTTP/1.1\r\n%s\r\n" % (record.encode(), self.headers()), b'"id"')
        return self._post("graphql", "/graphql", {"query": SUMMARY, "variables": {"id": record}}, b'"flagCount"')

    def _check(self, name: str, entry: dict[str, object], expected: bytes) -> Ask:
        return self._post(f"check, {name}", "/v1/flag-checks", {"entries": [entry]}, expected)

    def _post(self, name: str, path: str, body: object, expected: bytes) -> Ask:
        sent = orjson.dumps(body)
        length = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(sent)
        return Ask(name, b"POST %s HTTP/1.1\r\n%s%s%s" % (path.encode(), self.headers(), length, sent), expected)


def flagged() -> int:
    return min(data.FLAGGED, PEOPLE // 10)


def person(number: int) -> str:
    return str(uuid.UUID(hashlib.md5(f"r{number}".encode(), usedforsecurity=False).hexdigest()))


@pytest.fixture
def region(server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database of its own, with the region of the benches."""
    monkeypatch.setattr(data, "PEOPLE", PEOPLE)
    monkeypatch.setattr(data, "FLAGGED", flagged())
    name = "rhannu_soak"
    given = os.environ.get("RHANNU_TEST_ADMIN_URL")
    url = migrated(server_url, name) if given else asyncio.run(prepare(server_url, name, "rhannu_template"))
    asyncio.run(seed.register(url))
    started = time.monotonic()
    asyncio.run(data.load(url))
    print(f"{PEOPLE} people in {time.monotonic() - started:.0f} s")
    context = tmp_path / "context"
    context.write_bytes(CONTEXT_KEY)
    doors = doors_from(server_url, name)
    return Settings(
        environment="test",
        home=tmp_path,
        database_url=doors.app,
        worker_database_url=doors.worker,
        auditor_database_url=doors.auditor,
        context_key_file=context,
    )


@pytest.fixture
def processes(region: Settings) -> Iterator[Memory]:
    with command("serve", region) as server, command("worker", region) as worker:
        wait_until_ready(f"http://127.0.0.1:{server.port}", server)
        yield Memory(server, worker)


@pytest.mark.soak
async def test_a_million_requests_leave_nothing_behind_but_their_events(
    region: Settings, processes: Memory, server_url: str
) -> None:
    print(f"seed {SEED}")
    rng, port = random.Random(SEED), processes.server.port
    draw = Draw(region, rng, [])
    draw.known = await register(draw, port)
    load = Load(draw, REQUESTS, time.monotonic() + LONGEST_SECONDS)
    watching = asyncio.create_task(processes.watch(load))
    admin = await asyncpg.connect(dsn(server_url).replace("/postgres?", "/rhannu_soak?"))
    try:
        before = await events(admin)
        started = time.monotonic()
        await run(load, "127.0.0.1", port)
        took = time.monotonic() - started
        assert load.wrong == []
        assert load.answered == REQUESTS, f"{load.answered} requests in {took:.0f} s"
        assert await events(admin) - before == REQUESTS
        behind = await admin.fetchval("SELECT count(*) FROM audit.pending")
        for _ in range(LONGEST_FILING_SECONDS):
            if not await admin.fetchval("SELECT count(*) FROM audit.pending"):
                break
            await asyncio.sleep(1)
        assert await admin.fetchval("SELECT count(*) FROM audit.event") - before == REQUESTS
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await admin.close()
    print(
        f"{REQUESTS} requests in {took:.0f} s, {REQUESTS / took:.0f}/s: {dict(load.tally)}; {behind} events to file at the end"
    )
    report(processes)
    assert len(processes.samples) > 40
    for name, of, most in (("server", 1, SERVER_MOST), ("worker", 2, WORKER_MOST)):
        assert max(each[of] for each in processes.samples) < most, name
        grown = processes.during(0.9, 1.0, of) - processes.during(0.5, 0.6, of)
        assert grown <= TOLERANCE, f"the {name} grew by {grown / 1e6:.1f} MB in the last half"


def report(memory: Memory) -> None:
    for name, of in (("server", 1), ("worker", 2)):
        held = [round(memory.during(part / 10, (part + 1) / 10, of) / 1e6, 1) for part in range(10)]
        first, most = memory.samples[0][of] / 1e6, max(each[of] for each in memory.samples) / 1e6
        print(f"{name}: {first:.1f} MB at the start, {most:.1f} at most; medians by tenths {held}")


async def events(admin: "asyncpg.Connection") -> int:
    """All events there are, in one snapshot: filing moves them."""
    return int(await admin.fetchval("SELECT (SELECT count(*) FROM audit.pending) + (SELECT count(*) FROM audit.event)"))


async def register(draw: Draw, port: int) -> list[tuple[str, str, str]]:
    """Register people with an NHS number and a place each; give record, number and UPRN."""
    known: list[tuple[str, str, str]] = []
    lines = (line.split(": ", 1) for line in draw.headers().decode().splitlines())
    headers = dict(lines)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        while len(known) < KNOWN:
            nhs, uprn = nhs_number(draw.rng), str(draw.rng.randrange(10**11, 10**12))
            body = {
                "names": [{"family": "Parhad", "given": ["Nia"]}],
                "birthDate": "1944-04-04",
                "nhsNumber": nhs,
                "addresses": [{"line1": "1 Stryd Fawr", "uprn": uprn}],
            }
            made = await http.post("/v1/persons", json=body, headers=headers | {"Idempotency-Key": str(uuid.uuid4())})
            assert made.status_code == 201, made.text
            known.append((made.json()["id"], nhs, uprn))
    return known
