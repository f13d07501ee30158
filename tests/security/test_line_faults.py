"""The line to the database breaks at every place of a conversation, and no canary leaves without its event.

What passes on a good line is measured first; then the line is cut at each border between two messages and inside
each message, in both directions. An answer is whole and on the trail, or it is `service-unavailable`.
"""

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest

from tests.fixtures.fault_proxy import Direction, Fault, FaultProxy, borders
from tests.fixtures.line import SHORT_CONNECT_SECONDS, SHORT_STATEMENT_MS, BadLine
from tests.fixtures.service import Service
from tests.security.canary import SUMMARY, Aviary, Bird, aviary_of

SEED = 20261124
Ask = Callable[[], Awaitable[httpx.Response]]
UP_AND_DOWN: tuple[Direction, Direction] = ("up", "down")


@pytest.fixture(scope="module")
async def aviary(bad_line: BadLine) -> AsyncIterator[Aviary]:
    print(f"seed {SEED}")
    async with aviary_of(bad_line.service, random.Random(SEED), 4) as made:
        yield made


@pytest.fixture(autouse=True)
def _line_is_good_again(bad_line: BadLine) -> Iterator[None]:
    yield
    bad_line.proxy.heal()


def warned(aviary: Aviary) -> Bird:
    return next(bird for bird in aviary.birds if bird.incident)


def door(aviary: Aviary, name: str, service: Service | None = None) -> Ask:
    """A request whose answer holds canaries: the record's or the warning's."""
    service, bird = service or aviary.service, warned(aviary)
    http, headers = service.http, service.headers(bird.owner, "practitioner")
    entries = [{"personId": bird.record}, {"identity": {"nhsNumber": bird.number, "birthDate": "1944-04-04"}}]
    doors: dict[str, Ask] = {
        "check": lambda: http.post("/v1/flag-checks", json={"entries": entries}, headers=headers),
        "person": lambda: http.get(f"/v1/persons/{bird.record}", headers=headers),
        "graphql": lambda: http.post("/graphql", json={"query": SUMMARY, "variables": {"id": bird.record}}, headers=headers),
        "refusal": lambda: http.get(f"/v1/persons/{uuid.UUID(int=0)}", headers=headers),
    }  # fmt: skip
    return doors[name]


async def fresh(line: BadLine) -> None:
    """Empty the pools, so that the next request makes its connection first."""
    line.proxy.ended.clear()
    await line.state.pool.expire_connections()
    if line.state.engine.pool.checkedin():  # type: ignore[attr-defined]
        await line.state.engine.dispose()
        async with asyncio.timeout(5):
            await line.proxy.ended.wait()  # what it says at its end is not to be counted


async def measured(line: BadLine, ask: Ask, *, cold: bool) -> dict[Direction, list[int]]:
    """Every place to cut at: before the first byte, at each border, and one byte before it.

    The driver's own pool says goodbye on an old connection while it makes a new one: where the pieces of both mix,
    the places are spread over all of it.
    """
    for _ in range(2):
        if cold:
            await fresh(line)
        line.proxy.arm()
        good = await ask()
        assert good.status_code in {200, 404}, good.text
    places: dict[Direction, list[int]] = {}
    for direction in UP_AND_DOWN:
        passed = bytes(line.proxy.passed[direction])
        ends = borders(passed, first_has_type=not (cold and direction == "up"))
        if ends[-1] != len(passed):
            assert cold
            ends = list(range(SPREAD, len(passed), SPREAD))
        places[direction] = sorted({0, *ends, *(end - 1 for end in ends)})
    return places


def breaks(places: dict[Direction, list[int]], every: int, kind: str = "cut") -> Iterator[Fault]:
    """Take every second place for the borders alone, every first for all."""
    for direction in UP_AND_DOWN:
        for place in places[direction][::every]:
            yield Fault(kind, direction, place)  # type: ignore[arg-type]


BORDERS, SOME, ALL = 2, 7, 1
SPREAD = 97
soak = pytest.mark.soak


@pytest.mark.parametrize(
    ("name", "cold", "every"),
    [
        ("check", False, BORDERS), ("person", False, BORDERS), ("graphql", False, BORDERS), ("refusal", False, BORDERS),
        ("check", True, SOME), ("person", True, SOME),
        *(pytest.param(name, cold, ALL, marks=soak) for name in ("check", "person", "graphql", "refusal") for cold in (False, True)),
    ],
)  # fmt: skip
async def test_cut_anywhere_an_answer_is_on_the_trail_or_there_is_none(
    bad_line: BadLine, aviary: Aviary, name: str, cold: bool, every: int
) -> None:
    ask, before = door(aviary, name), aviary.seen.total()
    counted: Counter[int] = Counter()
    good = (await ask()).status_code
    for fault in breaks(await measured(bad_line, ask, cold=cold), every):
        if cold:
            await fresh(bad_line)
        bad_line.proxy.arm(fault)
        answer = await ask()
        assert answer.status_code in {good, 503}, (fault, answer.text)
        assert bad_line.proxy.fired.is_set(), fault
        await aviary.check(answer)
        counted[answer.status_code] += 1
        bad_line.proxy.arm()
        after = await ask()
        assert after.status_code == good, (fault, after.text)
    print(name, dict(counted))
    assert aviary.leaks == []
    assert bad_line.held() == 0
    assert counted[good] >= 4
    if name == "check":  # it begins again as a whole
        assert counted[503] == 0
    elif not cold:
        assert counted[503] >= 5
    assert name == "refusal" or aviary.seen.total() - before >= counted[200]


@pytest.mark.parametrize("every", [BORDERS, pytest.param(ALL, marks=soak)])
async def test_an_amendment_cut_anywhere_is_made_with_its_event_or_not_at_all(
    bad_line: BadLine, aviary: Aviary, every: int
) -> None:
    bird = warned(aviary)
    service, url = aviary.service, f"/v1/persons/{bird.record}"
    body = {"names": [{"family": bird.text, "given": ["Aled"]}], "birthDate": "1944-04-04", "nhsNumber": bird.number,
            "reason": "corrected"}  # fmt: skip

    async def standing() -> tuple[int, int]:
        """The version, and the version that the trail knows of, in one snapshot."""
        row = await aviary.admin.fetchrow(
            "SELECT r.version, (SELECT max(split_part(record, ':', 3)::int) FROM audit.pending p, "
            "jsonb_array_elements_text(p.body::jsonb -> 'records') record WHERE p.body LIKE '%person.amended%' AND "
            "p.body LIKE '%\"outcome\":\"ok\"%' AND record LIKE 'person:' || r.id || ':%') FROM rhannu.person_records r "
            "WHERE r.id = $1",
            uuid.UUID(bird.record),
        )
        assert row is not None
        return row[0], row[1] or 1

    async def amend() -> httpx.Response:
        headers = service.headers(bird.owner, "practitioner") | {"If-Match": f'"v{(await standing())[0]}"'}
        return await service.http.patch(url, json=body, headers=headers)

    # From here on a version has four digits, so that each amendment is as long on the line as the one measured.
    await aviary.admin.execute(
        "UPDATE rhannu.person_records SET version = 1000 + version WHERE id = $1", uuid.UUID(bird.record)
    )
    counted: Counter[str] = Counter()
    for fault in breaks(await measured(bad_line, amend, cold=False), every):
        before, _ = await standing()
        bad_line.proxy.arm(fault)
        answer = await amend()
        assert answer.status_code in {200, 503}, (fault, answer.text)
        await aviary.check(answer)
        bad_line.proxy.arm()
        after, on_trail = await standing()
        assert after == on_trail, fault
        assert after - before in ({1} if answer.status_code == 200 else {0, 1}), fault
        counted[f"{answer.status_code} {after - before}"] += 1
        # The next one is served, and the new connection knows its statements again, as the measured one did.
        assert (await amend()).status_code == 200
    print(dict(counted))
    assert aviary.leaks == []
    assert counted["200 1"] >= 4, counted
    assert counted["503 0"] >= 20, counted
    assert counted["503 1"] >= 1, counted


@pytest.mark.parametrize("every", [BORDERS, pytest.param(ALL, marks=soak)])
async def test_a_post_cut_anywhere_and_sent_again_makes_one_thing(
    bad_line: BadLine, aviary: Aviary, every: int
) -> None:
    service = aviary.service

    def register(family: str, key: str) -> Ask:
        body = {"names": [{"family": family, "given": ["Nia"]}], "birthDate": "1949-05-06"}
        headers = service.headers("abuhb", "practitioner") | {"Idempotency-Key": key}
        return lambda: service.http.post("/v1/persons", json=body, headers=headers)

    async def another() -> httpx.Response:
        made = await register(f"Unwaith{uuid.uuid4().hex[:8]}", str(uuid.uuid4()))()
        made.status_code = 200
        return made

    counted: Counter[str] = Counter()
    for fault in breaks(await measured(bad_line, another, cold=False), every):
        family = f"Unwaith{uuid.uuid4().hex[:8]}"
        send = register(family, str(uuid.uuid4()))
        bad_line.proxy.arm(fault)
        first = await send()
        assert first.status_code in {201, 503}, (fault, first.text)
        bad_line.proxy.arm()
        again = await send()
        assert again.status_code == 201, (fault, again.text)
        made = await aviary.admin.fetch(
            "SELECT id FROM rhannu.person_records WHERE content::text LIKE $1", f"%{family}%"
        )
        assert [str(row["id"]) for row in made] == [again.json()["id"]], fault
        events = [
            *await aviary.events_of(first.headers["x-request-id"]),
            *await aviary.events_of(again.headers["x-request-id"]),
        ]
        registered = [event for event in events if event["action"] == "person.registered" and event["outcome"] == "ok"]
        assert registered, fault
        replayed = any("idempotency.replayed" in event["records"] for event in registered)
        counted[f"{first.status_code} {'replayed' if replayed else 'made'}"] += 1
        await another()  # the new connection learns its statements, as the measured one had
    print(dict(counted))
    assert counted["503 made"] >= 20, counted
    assert counted["503 replayed"] >= 1, counted
    assert counted["201 replayed"] >= 4, counted


LONGEST_SECONDS = 2 * (2 * SHORT_STATEMENT_MS / 1000 + SHORT_CONNECT_SECONDS) + 0.7
"""The statement nobody answers, with the wait for the server to end it, and a connection nobody takes: for the request
and once more for its refusal; and what a busy machine adds."""


@pytest.mark.parametrize(
    ("name", "part"),
    [("check", "beginning"), ("person", "beginning"), ("person", "middle"), ("person", "end"), ("graphql", "middle")],
)
async def test_a_line_that_swallows_everything_ends_in_time(
    impatient_line: BadLine, aviary: Aviary, name: str, part: str
) -> None:
    ask = door(aviary, name, impatient_line.service)
    places = (await measured(impatient_line, ask, cold=False))["down"]
    place = {"beginning": 0, "middle": places[len(places) // 2], "end": places[-2]}[part]
    impatient_line.proxy.arm(Fault("hold", "down", place))
    started = time.monotonic()
    answer = await ask()
    took = time.monotonic() - started
    assert answer.status_code == 503, answer.text
    assert took < LONGEST_SECONDS, took
    print(name, part, round(took, 2))
    await aviary.check(answer)
    swallow(impatient_line.proxy)
    assert (await ask()).status_code == 200
    assert aviary.leaks == []
    assert impatient_line.held() == 0


def swallow(proxy: FaultProxy) -> None:
    """What was held is lost, as on a line that was dead; the next one is good."""
    proxy.cut_all()
    proxy.heal()


@pytest.mark.parametrize("every", [SOME, pytest.param(ALL, marks=soak)])
@pytest.mark.parametrize("name", ["check", "person"])
async def test_half_closed_anywhere_it_is_as_if_cut(bad_line: BadLine, aviary: Aviary, name: str, every: int) -> None:
    ask = door(aviary, name)
    for fault in breaks(await measured(bad_line, ask, cold=False), every, "half-close"):
        bad_line.proxy.arm(fault)
        answer = await ask()
        assert answer.status_code in {200, 503}, (fault, answer.text)
        await aviary.check(answer)
        swallow(bad_line.proxy)
        assert (await ask()).status_code == 200, fault
    assert aviary.leaks == []
    assert bad_line.held() == 0


async def test_a_slow_line_is_slow_and_too_slow_a_line_is_unavailable(impatient_line: BadLine, aviary: Aviary) -> None:
    for name in ("check", "person", "graphql"):
        ask = door(aviary, name, impatient_line.service)
        impatient_line.proxy.arm(Fault("delay", "down", 0, seconds=0.01))
        slow = await ask()
        assert slow.status_code == 200
        await aviary.check(slow)
        impatient_line.proxy.arm(Fault("delay", "down", 0, seconds=3 * SHORT_STATEMENT_MS / 1000))
        assert (await ask()).status_code == 503
        swallow(impatient_line.proxy)
    assert aviary.leaks == []


async def test_without_a_database_everything_is_unavailable_and_says_whom_to_ring(
    bad_line: BadLine, aviary: Aviary
) -> None:
    bad_line.proxy.arm(Fault("refuse"))
    for name in ("check", "person", "graphql", "refusal"):
        answer = await door(aviary, name)()
        assert answer.status_code == 503
        assert json.loads(answer.content)["code"] == "service-unavailable"
        assert "ring your duty number" in answer.json()["detail"]
        assert await aviary.events_of(answer.headers["x-request-id"]) == []
    bad_line.proxy.heal()
    assert bad_line.held() == 0
