"""No canary leaves without a committed event that names the person and the field, whatever goes wrong."""

import random
from collections import Counter

import pytest

from api.state import State
from tests.fixtures.service import Service
from tests.security.canary import ANSWERS, Faults, any_request, aviary_of

SEED = 20261123
BY_ITSELF = "/v1/flag-checks"
"""The one route whose statement writes its own event and commits by itself, past what is broken here."""


async def fly(service: Service, requests: int, people: int, seed: int = SEED) -> Counter[str]:
    """Send requests under faults, and hold every single one to what may come of it."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    counted: Counter[str] = Counter()
    async with aviary_of(service, rng, people) as aviary:
        faults = Faults(service, rng)
        for _ in range(requests):
            kind = rng.choices(["none", "event", "commit", "cancel", "cut"], [60, 12, 12, 12, 4])[0]
            response = await faults.run(kind, any_request(aviary, rng))
            if response is None:
                assert kind == "cancel"
                counted["cancelled"] += 1
                continue
            await aviary.check(response)
            status = response.status_code
            counted[f"{kind} {status}"] += 1
            broken = kind in {"event", "commit"} and response.request.url.path != BY_ITSELF
            allowed = {503} if broken else ANSWERS.keys() | ({503} if kind in {"event", "commit", "cut"} else set())
            assert status in allowed, (kind, response.request.url, response.text)
        assert aviary.leaks == []
        counted.update({f"canaries, {kind}": number for kind, number in aviary.seen.items()})
    assert held(service.app.state.rhannu) == 0  # type: ignore[attr-defined]
    print(dict(counted))
    return counted


def held(state: State) -> int:
    """Connections that no request holds any more and no pool has back."""
    pool, engines = state.pool, (state.engine, state.auditor_engine)
    lent = sum(int(engine.pool.checkedout()) for engine in engines)  # type: ignore[attr-defined]
    return lent + pool.get_size() - pool.get_idle_size()


async def test_no_canary_leaves_without_its_event(service: Service) -> None:
    counted = await fly(service, 600, 20)
    for kind, least in (("person", 60), ("flag", 40), ("incident", 3)):
        assert counted[f"canaries, {kind}"] >= least, counted
    assert counted["none 200"] > 100, counted
    assert counted["event 503"] + counted["commit 503"] > 100, counted
    assert counted["cancelled"] > 40, counted
    assert sum(number for key, number in counted.items() if key.startswith("cut ")) >= 15, counted


@pytest.mark.soak
async def test_no_canary_leaves_in_ten_thousand(service: Service) -> None:
    counted = await fly(service, 10_500, 60)
    assert sum(number for key, number in counted.items() if key.startswith("canaries")) > 2_000, counted
