"""In generated worlds every channel tells the same, and what the rules as told say: REST, GraphQL, raw SQL, oracle.

Each world has protocols in every state, flags of five agencies on one person, and people in several roles who look for
several purposes. `make soak` makes 2,000 of them.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import pytest

from domain.access import Purpose, Role
from domain.dates import local_date
from domain.ids import AgencyCode, ClientId, UserId
from services.core.caller import Caller, ContextSigner
from services.db.bootstrap import dsn
from tests.factories.flags import registered
from tests.factories.numbers import nhs_number
from tests.fixtures.database import CONTEXT_KEY
from tests.fixtures.service import Service, user_id
from tests.security import worlds
from tests.security.crowd import OPEN
from tests.security.worlds import (
    CHECK_PURPOSES,
    CHECKING,
    CODES,
    PRECAUTION_FIELDS,
    READ_PURPOSES,
    READING,
    STORY_FIELDS,
    Viewer,
    World,
    WorldFlag,
)

SUITE, SOAK = 100, 2_000
LIVE = {"active", "provisional"}
OPEN_STATES = LIVE | {"proposed"}
SUMMARY = """query($id: UUID!) { personSummary(id: $id) { flags(first: 50) { id } contacts(first: 50) { agency } } }"""
DOOR = "SELECT flag_id::text AS id, owner, visible FROM rhannu.flag_precautions($1, $2, now())"


@dataclass(frozen=True)
class Told:
    """What one channel told: flags whole and to be careful of, and agencies to ring; None where it refused."""

    whole: frozenset[str]
    careful: frozenset[str]
    ring: frozenset[str]


def of_oracle(world: World, viewer: Viewer, states: set[str], *, own_apart: bool) -> Told:
    seen = [(flag, world.sees(flag, viewer)) for flag in world.flags]
    own = {flag.id for flag, how in seen if how == "whole" and flag.state in states}
    careful = {flag.id for flag, how in seen if how == "precaution"}
    ring = {flag.owner for flag, how in seen if how == "ring" and flag.state in LIVE}
    if own_apart:
        return Told(frozenset(own), frozenset(careful), frozenset(ring))
    return Told(frozenset(), frozenset(own | careful), frozenset(ring))


class Channels:
    """Asks about one person of one world in every way there is."""

    def __init__(self, service: Service, app: "asyncpg.Connection[Any]", world: World) -> None:
        self.service, self.app, self.world = service, app, world

    def headers(self, viewer: Viewer) -> dict[str, str]:
        return self.service.headers(viewer.agency, viewer.role, viewer.purpose)

    async def by_check(self, viewer: Viewer) -> Told | None:
        answer = await self.service.http.post(
            "/v1/flag-checks",
            json={"entries": [{"personId": self.world.records[viewer.agency]}]},
            headers=self.headers(viewer),
        )
        if answer.status_code == 403:
            return None
        assert answer.status_code == 200, answer.text
        (entry,) = answer.json()["entries"]
        for warning in entry["warnings"]:
            assert set(warning) - {"about", "contact", "isTranslated"} == PRECAUTION_FIELDS, warning.keys()
        careful = frozenset(warning["flagId"] for warning in entry["warnings"])
        return Told(frozenset(), careful, frozenset(contact["agency"] for contact in entry["contacts"]))

    async def by_person(self, viewer: Viewer) -> Told | None:
        path = f"/v1/persons/{self.world.records[viewer.agency]}/flags"
        answer = await self.service.http.get(path, headers=self.headers(viewer))
        if answer.status_code == 403:
            return None
        assert answer.status_code == 200, answer.text
        body = answer.json()
        for flag in body["own"]:
            assert set(flag) >= STORY_FIELDS
        for flag in body["shared"]:
            assert set(flag) == PRECAUTION_FIELDS | {"contact"}
        return Told(
            frozenset(flag["id"] for flag in body["own"]),
            frozenset(flag["flagId"] for flag in body["shared"]),
            frozenset(contact["agency"] for contact in body["contacts"]),
        )

    async def by_graphql(self, viewer: Viewer) -> Told | None:
        body = {"query": SUMMARY, "variables": {"id": self.world.records[viewer.agency]}}
        answer = await self.service.http.post("/graphql", json=body, headers=self.headers(viewer))
        told = answer.json()
        if "errors" in told:
            codes = {error["extensions"]["code"] for error in told["errors"]}
            assert codes <= {"access-denied", "purpose-not-permitted"}, told
            return None
        found = told["data"]["personSummary"]
        careful = frozenset(flag["id"] for flag in found["flags"])
        return Told(frozenset(), careful, frozenset(contact["agency"] for contact in found["contacts"]))

    async def by_flag(self, viewer: Viewer, flag: WorldFlag) -> str:
        answer = await self.service.http.get(f"/v1/flags/{flag.id}", headers=self.headers(viewer))
        if answer.status_code == 404:
            return "hidden"
        if answer.status_code == 403:
            return "refused"
        assert answer.status_code == 200, answer.text
        return "whole" if set(answer.json()) >= STORY_FIELDS else "precaution"

    async def by_sql(self, viewer: Viewer) -> tuple[set[str], Told, set[tuple[str, str, str, str]]]:
        """Look as the application's own role: rows, what the one door lets through, and lanes."""
        caller = Caller(
            client=ClientId(f"{viewer.agency}-system"), home=AgencyCode(viewer.agency),
            agency=AgencyCode(viewer.agency), user=UserId(user_id(viewer.agency, viewer.role)),
            purpose=Purpose(viewer.purpose), token_id="t", request_id="r",
        )  # fmt: skip
        ids = [uuid.UUID(flag.id) for flag in self.world.flags]
        async with self.app.transaction():
            payload, signature = ContextSigner(CONTEXT_KEY).sign(caller, self.app.get_server_pid())
            await self.app.fetchval(OPEN, payload, signature)
            own = {str(row[0]) for row in await self.app.fetch("SELECT id FROM rhannu.flags WHERE id = ANY ($1)", ids)}
            rows = []
            try:
                async with self.app.transaction():
                    rows = await self.app.fetch(DOOR, ids, viewer.purpose in worlds.RING_ANYWAY)
            except asyncpg.InsufficientPrivilegeError:
                pass
            lanes = await self.app.fetch("SELECT owner_agency, recipient_agency, item, purpose FROM rhannu.flow_lanes")
        others = [row for row in rows if row["owner"] != viewer.agency]
        careful = frozenset(row["id"] for row in others if row["visible"])
        ring = frozenset(row["owner"] for row in rows if not row["visible"])
        return own, Told(frozenset(), careful, ring), {tuple(row) for row in lanes}


async def compare(channels: Channels, viewer: Viewer, today: date) -> None:
    """Ask in every way, and compare each with the rules as told."""
    world = channels.world
    checks = viewer.role in CHECKING and viewer.purpose in CHECK_PURPOSES
    reads = viewer.role in READING and viewer.purpose in READ_PURPOSES
    in_check = of_oracle(world, viewer, LIVE, own_apart=False)
    by_person = of_oracle(world, viewer, OPEN_STATES, own_apart=True)
    assert await channels.by_check(viewer) == (in_check if checks else None), ("check", viewer)
    assert await channels.by_person(viewer) == (by_person if reads else None), ("person", viewer)
    assert await channels.by_graphql(viewer) == (in_check if reads else None), ("graphql", viewer)
    for flag in world.flags:
        how = world.sees(flag, viewer)
        expected = how if how in {"whole", "precaution"} else "hidden"
        assert await channels.by_flag(viewer, flag) == (expected if reads else "refused"), ("flag", viewer, flag)
    rows, door, lanes = await channels.by_sql(viewer)
    works = viewer.role in READING | {"dpo-ig"}
    assert rows == ({flag.id for flag in world.flags if flag.owner == viewer.agency} if works else set()), viewer
    if works:
        others = of_oracle(world, viewer, set(), own_apart=True)
        assert door == Told(frozenset(), others.careful, others.ring), ("door", viewer)
    else:
        assert door == Told(frozenset(), frozenset(), frozenset()), ("door", viewer)
    named = {(giver, recipient) for giver, recipient, _, _ in lanes if {giver, recipient} <= set(CODES)}
    assert all(viewer.agency in pair for pair in named), ("lanes", viewer)


async def compare_flows(channels: Channels, viewer: Viewer, other: str) -> None:
    """What may flow between two agencies is what signed protocols in force say, item by item and purpose by purpose."""
    path = f"/v1/sharing-flows/{other}"
    headers = channels.service.headers(viewer.agency, "practitioner", "staff-safety-visit")
    answer = await channels.service.http.get(path, headers=headers)
    told = {
        (flow["giver"], flow["recipient"], item, purpose)
        for flow in answer.json()["items"]
        for item in flow["items"]
        for purpose in flow["purposes"]
    }
    pairs = [(viewer.agency, other), (other, viewer.agency)]
    expected = {
        (giver, recipient, item, purpose)
        for giver, recipient in pairs
        for item in worlds.ITEMS
        for purpose in worlds.CHECK_PURPOSES | worlds.READ_PURPOSES
        if channels.world.lets(giver, recipient, item, purpose)
    }
    assert told == expected, (viewer.agency, other)


async def run_worlds(service: Service, seeds: range, *, looks: int) -> None:
    """Make worlds and look at each."""
    await worlds.found(service)
    today = local_date(service.clock())
    number = nhs_number()
    records = {code: await registered(service, code, nhsNumber=number) for code in CODES}
    app = await asyncpg.connect(dsn(service.database.doors.app))
    try:
        for seed in seeds:
            await run_world(service, app, seed, records, today, looks)
    finally:
        await app.close()


async def run_world(
    service: Service, app: "asyncpg.Connection[Any]", seed: int, records: dict[str, str], today: date, looks: int
) -> None:
    print(f"world {seed}")
    chance = random.Random(seed)
    world = worlds.generated(chance, is_open=seed % 2 == 1)
    await worlds.enter(service, world, records, today)
    channels = Channels(service, app, world)
    for viewer in worlds.viewers(chance, looks):
        await compare(channels, viewer, today)
    for place, code in enumerate(CODES):
        await compare_flows(channels, Viewer(code, "practitioner", "staff-safety-visit"), CODES[place - 1])


@pytest.mark.parametrize("start", range(0, SUITE, 25))
async def test_every_channel_tells_what_the_rules_say(service: Service, start: int) -> None:
    await run_worlds(service, range(start, start + 25), looks=4)


@pytest.mark.soak
async def test_every_channel_tells_what_the_rules_say_in_two_thousand_worlds(service: Service) -> None:
    await run_worlds(service, range(SUITE, SUITE + SOAK), looks=4)


def test_the_worlds_hold_every_kind_of_answer() -> None:
    """An oracle that always says nothing would agree with a service that does."""
    met = set()
    for seed in range(SUITE):
        chance = random.Random(seed)
        world = worlds.generated(chance, is_open=seed % 2 == 1)
        for viewer in worlds.viewers(chance, 4):
            met |= {world.sees(flag, viewer) for flag in world.flags}
    assert met == {"whole", "precaution", "ring", "nothing"}
    assert {role.value for role in Role} >= READING | CHECKING
