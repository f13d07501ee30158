"""A messy register of thousands of rows: the dry run is the run, whatever interrupts it and wherever."""

import asyncio
import json
import random
import uuid
from collections import Counter
from typing import Any

import httpx

from services.core.settings import Settings
from services.core.unit_of_work import UnitOfWork
from tests.factories.imports import GOVERNANCE, LEAD, Importing, told
from tests.factories.registers import CANARY, SYSTEM, Register
from tests.fixtures.server import started
from tests.fixtures.service import Service
from tests.security.canary import Faults

ROWS = 5_000
_DOING = ("%INSERT INTO rhannu.person_keys %", "%INSERT INTO rhannu.flags %", "%UPDATE rhannu.flag_import_rows %")
_ACTIVE = """
    SELECT count(*) FROM pg_stat_activity WHERE usename = 'rhannu_app' AND datname = current_database() AND query LIKE $1
    AND state IN ('active', 'idle in transaction')
"""
_MADE = """
    SELECT f.id::text AS flag, (f.content #>> '{legacy,row}')::int AS row, f.version, f.state, f.is_legacy,
        (SELECT count(*) FROM rhannu.flag_versions v WHERE v.flag_id = f.id) AS versions,
        (SELECT count(*) FROM rhannu.flag_targets t WHERE t.flag_id = f.id AND t.via = 'subject') AS targets
    FROM rhannu.flags f WHERE f.content #>> '{legacy,import_id}' = $1
"""
_SETTLED = "SELECT number, flag_id::text FROM rhannu.flag_import_rows WHERE import_id = $1::uuid AND outcome = 'made'"
_REGISTERED = """
    SELECT count(*) AS records, count(DISTINCT i ->> 'value') AS numbers, count(DISTINCT r.person_id) AS persons
    FROM rhannu.person_records r, jsonb_array_elements(r.content -> 'identifiers') i
    WHERE i ->> 'system' = $1 AND i ->> 'value' LIKE $2 || '%'
"""


class Interruptions:
    """Requests that are broken off in the middle: by their caller, by the database, or by the death of the process."""

    def __init__(self, importing: Importing, rng: random.Random, settings: Settings) -> None:
        self.importing = importing
        self.rng = rng
        self.settings = settings

    async def one(self, kind: str, step: str, statements: int) -> None:
        """Break a step off before one of its statements, whichever comes; it must have been broken."""
        if kind == "killed":
            await self._killed(step)
            return
        left = self.rng.randrange(3, statements)
        print(f"{kind} {step} before statement {left}")
        whole = UnitOfWork.run

        async def counted(unit: UnitOfWork, *args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and kind == "cut":
                await Faults(self.importing.service)._cut()
            elif left == 0:
                asyncio.current_task().cancel()  # type: ignore[union-attr]
            return await whole(unit, *args, **named)

        UnitOfWork.run = counted  # type: ignore[method-assign]
        try:
            (answer,) = await asyncio.gather(asyncio.ensure_future(self.importing.step(step)), return_exceptions=True)
        finally:
            UnitOfWork.run = whole  # type: ignore[method-assign]
        assert isinstance(answer, asyncio.CancelledError) or answer.status_code in {500, 503}, answer

    async def _killed(self, step: str) -> None:
        """Kill the process that serves while the database does one of the things that a slice consists of."""
        doing = self.rng.choice(_DOING)
        print(f"killed {step} at {doing}")
        headers = self.importing.service.creating(self.importing.agency, LEAD, GOVERNANCE)
        with started(self.settings) as (address, process):
            async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
                sent = asyncio.ensure_future(http.post(f"{self.importing.path}/{step}", headers=headers, timeout=60))
                admin = await self.importing.service.database.as_admin()
                try:
                    while not sent.done() and not await admin.fetchval(_ACTIVE, doing):
                        pass
                finally:
                    await admin.close()
                process.kill()
                (answer,) = await asyncio.gather(sent, return_exceptions=True)
                assert isinstance(answer, httpx.TransportError), answer


async def stored(importing: Importing) -> list[dict[str, Any]]:
    admin = await importing.service.database.as_admin()
    try:
        return [dict(row) for row in await admin.fetch(_MADE, importing.view["id"])]
    finally:
        await admin.close()


async def check_whole(importing: Importing) -> None:
    """Say that what stands is what the rows say was made: each row's flag once, none beside."""
    made = await stored(importing)
    admin = await importing.service.database.as_admin()
    settled = dict(map(tuple, await admin.fetch(_SETTLED, importing.view["id"])))
    await admin.close()
    assert {each["row"]: each["flag"] for each in made} == settled
    assert len(made) == len(settled)
    assert all(
        (each["version"], each["versions"], each["targets"], each["state"], each["is_legacy"])
        == (1, 1, 1, "active", True)
        for each in made
    )


async def evidence(importing: Importing) -> Counter[str]:
    """How often each flag was put on the trail as made."""
    events = await importing.service.events(action="flag-import.made", outcome="ok")
    job = f"flag-import:{importing.view['id']}"
    mine = [event for event in events if any(str(each).startswith(job) for each in event["records"])]  # type: ignore[attr-defined]
    assert CANARY not in json.dumps(mine)
    return Counter(each for event in mine for each in event["records"] if each.startswith("flag:"))  # type: ignore[attr-defined]


async def test_a_messy_register_comes_to_what_its_dry_run_told_however_it_is_interrupted(
    service: Service, settings: Settings
) -> None:
    seed = 20261124
    print(f"seed {seed}")
    rng = random.Random(seed)
    tag = uuid.uuid4().hex[:6]
    register = Register(rng, tag).fill(ROWS)
    wanted = list(register.expected())
    assert {each["outcome"] for each in wanted} == {"made", "already-there", "refused", "unsure"}
    importing = await (await Importing(service).begin()).received(register.content())
    broken = Interruptions(importing, rng, settings)
    await broken.one("cancelled", "dry-run", 9)
    await importing.checked()
    expected = await importing.rows()
    assert told(expected) == wanted
    assert await stored(importing) == [], "the dry run makes nothing"
    await importing.approved()
    points = sorted(rng.sample(range(1, ROWS // 100 - 1), 3))
    for slices in range(points[-1] + 1):
        if slices in points:
            await broken.one(("cut", "killed", "cancelled")[points.index(slices)], "run", 24)
            await check_whole(importing)
        else:
            assert (await importing.step("run")).status_code == 200
    await importing.read()
    await importing.run()
    after = await importing.rows()
    assert told(after, "outcome") == told(after) == wanted
    assert {row["row"]: row["flagId"] for row in after if row["outcome"] == "made"} == {
        each["row"]: each["flag"] for each in await stored(importing)
    }
    await check_whole(importing)
    made = await stored(importing)
    assert await evidence(importing) == Counter(f"flag:{each['flag']}:1" for each in made)
    registering = sum(each["registers"] for each in wanted)
    admin = await service.database.as_admin()
    there = await admin.fetchrow(_REGISTERED, SYSTEM, tag)
    await admin.close()
    assert tuple(there) == (registering, registering, registering)
    counts = Counter(each["outcome"].replace("already-there", "alreadyThere") for each in wanted)
    assert importing.view["progress"]["outcome"] == counts
    assert sum(counts.values()) == ROWS
