"""The canary oracle: no byte about a person leaves without a committed event that names person and field (law 1).

Every seeded person carries a string found nowhere else. Whatever the service sends is searched for them, and
each one found must be named by an event of that request, read back from the database behind the service.
"""

import asyncio
import json
import random
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from services.core.unit_of_work import UnitOfWork
from tests.fixtures.service import AGENCIES, Service

CANARY = re.compile(rb"Kanari[0-9a-f]{12}")
NUMBERED = [code for code in AGENCIES if code != "gwent-safeguarding"]
CASEWORK = ("staff-safety-visit", "direct-care", "emergency-response", "adult-safeguarding", "audit-quality")
ROLES = ("practitioner", "line-manager", "duty-desk", "flag-decision-maker", "dpo-ig", "system-client")


@dataclass
class Bird:
    """A seeded person: the record, its owner, the strings only it carries."""

    record: str
    owner: str
    text: str
    number: str


@dataclass
class Aviary:
    """All seeded persons, and what was found to leave without evidence."""

    service: Service
    birds: dict[bytes, Bird] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    seen: int = 0

    async def check(self, response: httpx.Response) -> None:
        """Look for canaries in everything that left, and for the event behind each."""
        sent = response.content + b"".join(key + value for key, value in response.headers.raw)
        found = set(CANARY.findall(sent))
        if not found:
            return
        self.seen += len(found)
        request = response.headers["x-request-id"]
        connection = await self.service.database.as_admin()
        try:
            rows = await connection.fetch(
                "SELECT body FROM audit.pending WHERE body LIKE $1 UNION ALL SELECT body FROM audit.event WHERE body LIKE $1",
                f'%"request":"{request}"%',
            )
        finally:
            await connection.close()
        events = [json.loads(row["body"]) for row in rows]
        for canary in found:
            bird = self.birds[canary]
            named = [event for event in events if bird.record in event["subjects"] and event["fields"]]
            if not named or named[0]["outcome"] != "ok":
                self.leaks.append(
                    f"{canary!r} of {bird.owner} left in {response.request.method} {response.request.url.path}"
                )


async def hatch(service: Service, rng: random.Random, count: int) -> Aviary:
    """Seed people, each with a string of its own in names, address lines and identifiers; half are known twice."""
    aviary = Aviary(service)
    for place in range(count):
        number = _nhs_number(rng)
        owners = rng.sample(NUMBERED, 2 if place % 2 else 1)
        for owner in owners:
            text = f"Kanari{rng.getrandbits(48):012x}"
            body = {
                "names": [{"family": text, "given": ["Aled"]}],
                "birthDate": "1944-04-04",
                "nhsNumber": number,
                "addresses": [{"line1": f"{text} House", "uprn": str(rng.randrange(10**11, 10**12))}],
                "identifiers": [{"system": "local", "value": text}],
            }
            made = await service.http.post("/v1/persons", json=body, headers=service.creating(owner, "practitioner"))
            if made.status_code == 409:
                continue
            assert made.status_code == 201, made.text
            aviary.birds[text.encode()] = Bird(made.json()["id"], owner, text, number)
            await aviary.check(made)
    return aviary


def _nhs_number(rng: random.Random) -> str:
    while True:
        nine = f"999{rng.randrange(10**6):06d}"
        digit = 11 - sum(int(c) * w for c, w in zip(nine, range(10, 1, -1), strict=True)) % 11
        if digit != 10:
            return nine + str(digit % 11)


class Faults:
    """What goes wrong: the event cannot be written, the commit fails, the connection is cut, the task is cancelled."""

    def __init__(self, service: Service) -> None:
        self.service = service
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
        for _ in range(random.randrange(1, 40)):
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
    service, bird = aviary.service, rng.choice(list(aviary.birds.values()))
    agency = bird.owner if rng.random() < 0.8 else rng.choice(NUMBERED)
    role = "practitioner" if rng.random() < 0.6 else rng.choice(ROLES)
    purpose = rng.choice(CASEWORK)
    headers = service.headers(agency, role, purpose)
    creating = headers | {"Idempotency-Key": str(uuid.UUID(int=rng.getrandbits(128)))}
    http = service.http
    begins = datetime.now(UTC) + timedelta(hours=1)
    shift = {"start": begins.isoformat(), "end": (begins + timedelta(hours=8)).isoformat()}
    doors: list[Callable[[], Awaitable[httpx.Response]]] = [
        lambda: http.get(f"/v1/persons/{bird.record}", headers=headers),
        lambda: http.get(f"/v1/persons/{bird.record}/flags", headers=headers),
        lambda: http.post("/v1/persons/search", json={"nhsNumber": bird.number, "birthDate": "1944-04-04"}, headers=headers),
        lambda: http.post("/v1/persons/search", json={"family": bird.text, "given": "Aled"}, headers=headers),
        lambda: http.patch(
            f"/v1/persons/{bird.record}",
            json={"names": [{"family": bird.text, "given": ["Aled"]}], "birthDate": "1944-04-04",
                  "nhsNumber": bird.number, "reason": "corrected"},
            headers=headers | {"If-Match": f'"v{rng.randrange(1, 4)}"'},
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
        lambda: http.post(
            "/graphql",
            json={"query": "query($id: UUID!) { personSummary(id: $id) { __typename } }", "variables": {"id": bird.record}},
            headers=headers,
        ),
    ]  # fmt: skip
    return rng.choice(doors)
