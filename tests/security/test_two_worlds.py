"""Two worlds that differ only in what a caller may not see are the same world to that caller.

In each generated world somebody asks everything they can ask; then more is entered that the rules hide from them, and
they ask again. Status, body, order, page length, entity tag, headers and the number of statements it took are the same,
byte for byte, but for what names the asking itself (its id, its time). The one exception is law 4: what hidden danger adds is left out of what is entered,
and told by its own tests.
"""

import random
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from domain.dates import local_date
from domain.flag_codes import Category
from tests.factories.flags import incident, registered
from tests.factories.numbers import nhs_number
from tests.factories.protocols import flow, lay, protocol
from tests.factories.sharing import asked, matched
from tests.fixtures.service import Service
from tests.security import worlds
from tests.security.worlds import CODES, Viewer, World, WorldFlag

SUITE, SOAK = 12, 200
SUMMARY = """query($id: UUID!) { personSummary(id: $id) {
    names { family } flagCount flags(first: 50) { id version badges } contacts(first: 50) { agency phone }
    incidents { agency total } } }"""
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})")
HEADERS_OF_THE_ASKING = {
    "x-request-id",
    "date",
    "ratelimit-remaining",
    "ratelimit-reset",
    "content-length",
    "server-timing",
}


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """Gather the statements that the application sends meanwhile: what an answer takes is a class of its timing."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    engine = service.app.state.rhannu.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Asking:
    """Asks everything that somebody can ask about one person, and gives what came of it without the asking itself."""

    def __init__(self, service: Service, viewer: Viewer, records: dict[str, str], flags: list[str]) -> None:
        self.service, self.viewer, self.record, self.flags = service, viewer, records[viewer.agency], flags

    async def everything(self) -> list[tuple[str, int, dict[str, str], str, int]]:
        person = {"personId": self.record}
        found = [
            await self.ask("POST", "/v1/flag-checks", {"entries": [person]}),
            await self.ask("GET", f"/v1/persons/{self.record}"),
            await self.ask("GET", f"/v1/persons/{self.record}/flags"),
            await self.ask("POST", "/v1/persons/search", {"family": "Bydoedd", "birthDate": "1950-01-01"}),
            await self.ask("POST", "/graphql", {"query": SUMMARY, "variables": {"id": self.record}}),
            await self.ask("GET", "/v1/held-flags"),
            await self.ask("GET", "/v1/notices?limit=200"),
            await self.ask("GET", "/v1/information-requests?limit=200"),
            await self.ask("GET", "/v1/disclosures?limit=200"),
            await self.ask("GET", "/v1/sharing-protocols?limit=200"),
            await self.ask("GET", f"/v1/persons/{uuid.UUID(int=7)}"),
        ]
        return found + [await self.ask("GET", f"/v1/flags/{flag}") for flag in self.flags]

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[str, int, dict[str, str], str, int]:
        """Ask twice: of the statements it took the fewer, since now and then one reads the register anew."""
        with counted(self.service) as first:
            await self.ask_once(method, path, body)
        with counted(self.service) as second:
            told = await self.ask_once(method, path, body)
        return (*told, min(len(first), len(second)))

    async def ask_once(self, method: str, path: str, body: Any) -> tuple[str, int, dict[str, str], str]:
        headers = self.service.headers(self.viewer.agency, self.viewer.role, self.viewer.purpose)
        answer = await self.service.http.request(method, path, json=body, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
        kept = {name: value for name, value in answer.headers.items() if name not in HEADERS_OF_THE_ASKING}
        text = MOMENT.sub("moment", answer.text)
        for name in ("requestId", "checkId"):
            text = re.sub(rf'"{name}":"[^"]*"', f'"{name}":""', text)
        return (f"{method} {path}", answer.status_code, kept, text)


def hidden_flags(chance: random.Random, world: World, viewer: Viewer) -> list[WorldFlag]:
    """Make up flags of other agencies of which the rules tell this viewer nothing at all."""
    taken = {(flag.owner, flag.category) for flag in world.flags}
    found: list[WorldFlag] = []
    for owner in CODES:
        for category in Category:
            if owner == viewer.agency or (owner, category.value) in taken:
                continue
            made = worlds.random_flag(chance, owner, category.value)
            made = replace(made, holders=made.holders - {viewer.agency})  # what one holds, one knows of
            if world.sees(made, viewer) == "nothing":
                found.append(made)
    return chance.sample(found, min(len(found), 6))


async def enter_more(service: Service, world: World, viewer: Viewer, chance: random.Random) -> int:
    """Enter what the viewer may not see: flags, incidents, records, requests and protocols of others."""
    others = [code for code in CODES if code != viewer.agency]
    more = hidden_flags(chance, world, viewer)
    admin = await service.database.as_admin()
    try:
        for flag in more:
            await worlds.enter_flag(admin, flag, world.records[flag.owner], local_date(service.clock()))
        giver, recipient = chance.sample(others, 2)
        await lay(admin, protocol([giver, recipient], flow([giver], [recipient])))
    finally:
        await admin.close()
    for code in others[:2]:
        headers = service.creating(code, "practitioner")
        told = await service.http.post("/v1/incidents", json=incident(world.records[code]), headers=headers)
        assert told.status_code == 201, told.text
    await registered(service, others[2], names=[{"family": "Bydoedd", "given": ["Un"]}], birthDate="1950-01-01")
    await asked(service, by=others[0], holder=others[1])
    return len(more)


async def run(service: Service, seeds: range) -> None:
    await worlds.found(service)
    today = local_date(service.clock())
    entered = 0
    for seed in seeds:
        print(f"seed {seed}")
        chance = random.Random(seed)
        number = nhs_number()
        records = {code: await registered(service, code, nhsNumber=number) for code in CODES}
        world = worlds.generated(chance)
        await worlds.enter(service, world, records, today)
        viewer = worlds.viewers(chance, 1)[0]
        asking = Asking(service, viewer, records, [flag.id for flag in world.flags])
        before = await asking.everything()
        assert max(told[4] for told in before) > 1, "no statement was counted"
        entered += await enter_more(service, world, viewer, chance)
        after = await asking.everything()
        for first, second in zip(before, after, strict=True):
            assert first == second, (seed, viewer)
    assert entered > len(seeds), "too little was hidden to prove anything"


@pytest.mark.parametrize("start", range(0, SUITE, 4))
async def test_what_may_not_be_seen_changes_nothing(service: Service, start: int) -> None:
    await run(service, range(start, start + 4))


@pytest.mark.soak
async def test_what_may_not_be_seen_changes_nothing_in_two_hundred_worlds(service: Service) -> None:
    await run(service, range(SUITE, SUITE + SOAK))


async def test_what_the_holder_finds_changes_nothing_for_the_asker(service: Service) -> None:
    """A request that the holder has matched looks to the asker as one that nobody has touched."""
    await worlds.found(service)
    request = await asked(service, by=CODES[0], holder=CODES[2])
    viewer = Viewer(CODES[0], "practitioner", "adult-safeguarding")
    asking = Asking(service, viewer, {CODES[0]: request["personId"]}, [])
    path = f"/v1/information-requests/{request['id']}"
    before = [await asking.ask("GET", path), await asking.ask("GET", "/v1/information-requests?limit=200")]
    await matched(service, request, agency=CODES[2])
    after = [await asking.ask("GET", path), await asking.ask("GET", "/v1/information-requests?limit=200")]
    assert before == after
