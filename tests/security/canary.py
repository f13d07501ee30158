"""The canary oracle: no byte about a person leaves without a committed event that names person and field (law 1).

Every seeded person carries strings found nowhere else: in the record, in a warning, in an incident's account.
Whatever the service sends is searched for them, and each one found must be named by an event of that request,
read back from the database behind the service at once; whatever it answers must have an event.
"""

import asyncio
import json
import random
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from services.core.unit_of_work import UnitOfWork
from tests.factories import flags
from tests.factories.numbers import nhs_number
from tests.fixtures.service import AGENCIES, Service

CANARY = re.compile(rb"Kanari[0-9a-f]{12}")
NUMBERED = [code for code in AGENCIES if code != "gwent-safeguarding"]
CASEWORK = ("staff-safety-visit", "direct-care", "emergency-response", "adult-safeguarding", "audit-quality")
ROLES = ("practitioner", "line-manager", "duty-desk", "flag-decision-maker", "dpo-ig", "system-client")
ANSWERS = {200: {"ok", "empty"}, 201: {"ok"}, 403: {"denied"}, 404: {"not-found"}, 409: {"refused"}, 412: {"refused"}}
"""What a request of the oracle may come to when nothing fails, and what its event then says."""
SUMMARY = """query($id: UUID!) { personSummary(id: $id) { names { family } flags(first: 5) { id sentence { en } } } }"""

_PERSON = frozenset({"person.content", "person.names"})
_FLAG = frozenset({"flag.precaution", "flag.content"})
_INCIDENT = frozenset({"incident.content"})
_RECENT_MS = 60_000


@dataclass(frozen=True)
class Canary:
    """Where a string stands: whom it is about, in which record, and the classes of field that tell of it."""

    subject: str
    record: str
    fields: frozenset[str]

    def is_named_by(self, event: dict[str, Any]) -> bool:
        return (
            event["outcome"] == "ok"
            and self.subject in event["subjects"]
            and any(each.startswith(f"{self.record}:") for each in event["records"])
            and not self.fields.isdisjoint(event["fields"])
        )


@dataclass
class Bird:
    """A seeded person's record at one agency; the person of some has a flag that warns all partners, and its incident."""

    record: str
    owner: str
    text: str
    number: str
    flag: str = ""
    incident: str = ""


@dataclass
class Aviary:
    """All seeded persons, and what was found to leave without evidence."""

    service: Service
    admin: "asyncpg.Connection"
    birds: list[Bird] = field(default_factory=list)
    canaries: dict[bytes, Canary] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter[str])

    def canary(self, rng: random.Random) -> str:
        return f"Kanari{rng.getrandbits(48):012x}"

    async def events_of(self, request: str) -> list[dict[str, Any]]:
        """The committed events of a request, looked for among those of the last minute: ids are in order of time."""
        since = uuid.UUID(int=(time.time_ns() // 1_000_000 - _RECENT_MS) << 80)
        rows = await self.admin.fetch(
            "SELECT body FROM audit.pending WHERE event_id >= $2 AND body LIKE $1 "
            "UNION ALL SELECT body FROM audit.event WHERE event_id >= $2 AND body LIKE $1",
            f'%"request":"{request}"%', since,
        )  # fmt: skip
        return [json.loads(row["body"]) for row in rows]

    async def check(self, response: httpx.Response) -> None:
        """Look for canaries in everything that left, and for the event behind each and behind the answer itself."""
        sent = response.content + b"".join(key + value for key, value in response.headers.raw)
        where = f"{response.request.method} {response.request.url.path}: {response.status_code}"
        events = await self.events_of(response.headers["x-request-id"])
        expected = ANSWERS.get(response.status_code)
        if response.request.url.path == "/graphql" and b'"errors"' in response.content:
            expected = expected and ANSWERS[403] | ANSWERS[404]  # told in an answer of status 200
        if expected is not None and not any(event["outcome"] in expected for event in events):
            self.leaks.append(f"{where} has no event of {expected}")
        for found in set(CANARY.findall(sent)):
            canary = self.canaries[found]
            kind = canary.record.partition(":")[0]
            self.seen[kind] += 1
            if not any(canary.is_named_by(event) for event in events):
                self.leaks.append(f"{found!r}, a {kind}'s, left in {where}")


@asynccontextmanager
async def aviary_of(service: Service, rng: random.Random, count: int) -> AsyncIterator[Aviary]:
    """Seed people; most are known to two agencies, and every third is warned about, by one of them to all."""
    admin = await service.database.as_admin()
    try:
        aviary = Aviary(service, admin)
        for place in range(count):
            number = nhs_number(rng)
            is_warned = place % 3 == 0
            owners = rng.sample(NUMBERED, 2 if place % 2 or is_warned else 1)
            birds = [await _hatch(aviary, rng, owner, number) for owner in owners]
            aviary.birds += birds
            if is_warned:
                await _warn(aviary, rng, birds[0])
                birds[1].flag = birds[0].flag
        yield aviary
    finally:
        await admin.close()


async def _hatch(aviary: Aviary, rng: random.Random, owner: str, number: str) -> Bird:
    text = aviary.canary(rng)
    body = {
        "names": [{"family": text, "given": ["Aled"]}],
        "birthDate": "1944-04-04",
        "nhsNumber": number,
        "addresses": [{"line1": f"{text} House", "uprn": str(rng.randrange(10**11, 10**12))}],
        "identifiers": [{"system": "local", "value": text}],
    }
    service = aviary.service
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(owner, "practitioner"))
    assert made.status_code == 201, made.text
    bird = Bird(made.json()["id"], owner, text, number)
    aviary.canaries[text.encode()] = Canary(bird.record, f"person:{bird.record}", _PERSON)
    await aviary.check(made)
    return bird


async def _warn(aviary: Aviary, rng: random.Random, bird: Bird) -> None:
    """Record an incident and raise a flag through the service itself, a canary in each."""
    service, account, warning = aviary.service, aviary.canary(rng), aviary.canary(rng)
    bird.incident = await flags.recorded(
        service, bird.owner, bird.record, factualAccount=f"He shouted, says {account}.", towardsAgency=bird.owner
    )
    body = {
        "subject": {"personId": bird.record},
        "category": "threat-violence",
        "incidents": [bird.incident],
        "reason": "Colleagues will visit next week.",
    }
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(bird.owner, "practitioner"))
    assert made.status_code == 201, made.text
    sentence = {"en": f"Ring before you set out, says {warning}."}
    decided = await flags.step(service, made.json(), "decision", flags.decision(terms=flags.terms(sentence=sentence)))
    assert decided.status_code == 200, decided.text
    bird.flag = made.json()["id"]
    aviary.canaries[account.encode()] = Canary(bird.record, f"incident:{bird.incident}", _INCIDENT)
    aviary.canaries[warning.encode()] = Canary(bird.record, f"flag:{bird.flag}", _FLAG)
    await aviary.check(decided)


class Faults:
    """What goes wrong: the event cannot be written, the commit fails, the connection is cut, the task is cancelled."""

    def __init__(self, service: Service, rng: random.Random) -> None:
        self.service = service
        self._rng = rng
        self._append = UnitOfWork._append
        self._commit = AsyncConnection.commit

    async def run(self, kind: str, act: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
        if kind == "event":
            UnitOfWork._append = self._broken  # type: ignore[method-assign]
        elif kind == "commit":
            AsyncConnection.commit = self._broken  # type: ignore[method-assign]
        try:
            if kind == "cancel":
                return await self._cancelled(act)
            if kind == "cut":
                return (await asyncio.gather(act(), self._cut()))[0]
            return await act()
        finally:
            UnitOfWork._append = self._append  # type: ignore[method-assign]
            AsyncConnection.commit = self._commit  # type: ignore[method-assign]

    async def _broken(self, *_arguments: object, **_named: object) -> None:
        raise OSError("injected")

    async def _cancelled(self, act: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
        task = asyncio.ensure_future(act())
        for _ in range(self._rng.randrange(1, 40)):
            await asyncio.sleep(0)
        task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            return None

    async def _cut(self) -> None:
        connection = await self.service.database.as_admin()
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rhannu_app' "
                "AND datname = current_database()"
            )
        finally:
            await connection.close()


def any_request(aviary: Aviary, rng: random.Random) -> Callable[[], Awaitable[httpx.Response]]:
    """Draw one request: by anybody, for any purpose, about anybody, through any door."""
    service = aviary.service
    bird = rng.choice([each for each in aviary.birds if each.flag] if rng.random() < 0.4 else aviary.birds)
    agency = bird.owner if rng.random() < 0.8 else rng.choice(NUMBERED)
    role = "practitioner" if rng.random() < 0.6 else rng.choice(ROLES)
    purpose = rng.choice(CASEWORK)
    headers = service.headers(agency, role, purpose)
    creating = headers | {"Idempotency-Key": str(uuid.UUID(int=rng.getrandbits(128)))}
    version = rng.randrange(1, 4)
    http = service.http
    begins = datetime.now(UTC) + timedelta(hours=1)
    shift = {"start": begins.isoformat(), "end": (begins + timedelta(hours=8)).isoformat()}
    doors: list[Callable[[], Awaitable[httpx.Response]]] = [
        lambda: http.get(f"/v1/persons/{bird.record}", headers=headers),
        lambda: http.get(f"/v1/persons/{bird.record}/flags", headers=headers),
        lambda: http.get(f"/v1/flags/{bird.flag or bird.record}", headers=headers),
        lambda: http.get(f"/v1/incidents/{bird.incident or bird.record}", headers=headers),
        lambda: http.post("/v1/persons/search", json={"nhsNumber": bird.number, "birthDate": "1944-04-04"}, headers=headers),
        lambda: http.post("/v1/persons/search", json={"family": bird.text, "given": "Aled"}, headers=headers),
        lambda: http.patch(
            f"/v1/persons/{bird.record}",
            json={"names": [{"family": bird.text, "given": ["Aled"]}], "birthDate": "1944-04-04",
                  "nhsNumber": bird.number, "reason": "corrected"},
            headers=headers | {"If-Match": f'"v{version}"'},
        ),
        lambda: http.post(
            "/v1/flag-checks",
            json={"entries": [{"reference": "1", "personId": bird.record},
                              {"reference": "2", "identity": {"nhsNumber": bird.number, "birthDate": "1944-04-04"}}]},
            headers=headers,
        ),
        lambda: http.post(
            "/v1/visit-sheets",
            json={"entries": [{"reference": "1", "personId": bird.record},
                              {"identity": {"nhsNumber": bird.number, "birthDate": "1944-04-04"}}],
                  "shift": shift},
            headers=headers | {"Accept": rng.choice(("application/json", "text/html"))},
        ),
        lambda: http.post(
            "/v1/persons",
            json={"names": [{"family": "Newydd", "given": ["Aled"]}], "birthDate": "1944-04-04", "nhsNumber": bird.number},
            headers=creating,
        ),
        lambda: http.get("/v1/audit/events", params={"subject": bird.record}, headers=headers | {"Purpose-Of-Use": "audit-quality"}),
        lambda: http.post("/graphql", json={"query": SUMMARY, "variables": {"id": bird.record}}, headers=headers),
    ]  # fmt: skip
    return rng.choice(doors)
