"""Two records of one agency turn out to be one person, and both carry a warning of the same kind.

The register takes an NHS number once per agency, so the tests let go of the first record's number, as people who
merge two records will; what matters here is what becomes of the flags.
"""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import Purpose
from domain.ids import AgencyCode, ClientId, UserId
from services.core.caller import Caller, ContextSigner
from tests.factories.flags import active, decision, proposal, proposed, registered, step
from tests.factories.numbers import nhs_number
from tests.factories.register import seeded
from tests.fixtures.database import CONTEXT_KEY
from tests.fixtures.service import Service, user_id
from tests.rest.test_link_reviews import review_of

AGENCY = "gwent-police"
BIRTH = "1971-03-04"
CALLER = Caller(
    client=ClientId(f"{AGENCY}-system"),
    home=AgencyCode(AGENCY),
    agency=AgencyCode(AGENCY),
    user=UserId(user_id(AGENCY, "practitioner")),
    purpose=Purpose.DIRECT_CARE,
    token_id="token",
    request_id="request",
)
OF_PERSON = """
    SELECT f.id::text, f.twin, f.state, f.person_id = r.person_id AS is_with_record FROM rhannu.flags f
    JOIN rhannu.person_records r ON r.id = f.record_id
    WHERE f.person_id IN (SELECT person_id FROM rhannu.person_records WHERE id = ANY ($1::uuid[]))
    OR f.record_id = ANY ($1::uuid[])
"""
WAITING = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"


@dataclass
class Pair:
    """An earlier record with a number, a later one without, and the number."""

    service: Service
    first: str
    second: str
    number: str

    async def amend(self, record: str, number: str | None, **more: Any) -> Any:
        path = f"/v1/persons/{record}"
        read = await self.service.http.get(path, headers=self.service.headers(AGENCY, "practitioner"))
        body = {key: read.json()["content"][key] for key in ("names", "birthDate", "addresses")}
        body |= {"nhsNumber": number, "reason": "Two records of one person."} | more
        headers = self.service.creating(AGENCY, "practitioner") | {"If-Match": read.headers["etag"]}
        return await self.service.http.patch(path, json=body, headers=headers)

    async def join(self) -> Any:
        """Amend the later record, so that it agrees with the earlier one."""
        return await self.amend(self.second, self.number)

    async def warnings(self, record: str, agency: str = AGENCY) -> set[str]:
        headers = self.service.headers(agency, "practitioner")
        body = {"entries": [{"personId": record}]}
        checked = await self.service.http.post("/v1/flag-checks", json=body, headers=headers)
        return {warning["flagId"] for warning in checked.json()["entries"][0]["warnings"]}

    async def listed(self, record: str) -> dict[str, list[str]]:
        headers = self.service.headers(AGENCY, "practitioner")
        found = await self.service.http.get(f"/v1/persons/{record}/flags", headers=headers)
        return {flag["id"]: flag["twins"] for flag in found.json()["own"]}

    async def stored(self) -> list[asyncpg.Record]:
        admin = await self.service.database.as_admin()
        try:
            return await admin.fetch(OF_PERSON, [uuid.UUID(self.first), uuid.UUID(self.second)])
        finally:
            await admin.close()

    async def twins(self) -> set[str]:
        return {row["id"] for row in await self.stored() if row["twin"]}


async def flag_on(service: Service, record: str, **changes: Any) -> dict[str, Any]:
    return await active(service, AGENCY, about=record, **changes)


@pytest.fixture
async def pair(service: Service) -> Pair:
    number = nhs_number()
    first = await registered(service, AGENCY, nhsNumber=number, birthDate=BIRTH)
    second = await registered(service, AGENCY, birthDate=BIRTH)
    admin = await service.database.as_admin()
    await admin.execute("DELETE FROM rhannu.person_identifiers WHERE record_id = $1", uuid.UUID(first))
    await admin.close()
    return Pair(service, first, second, number)


async def test_an_amendment_that_joins_two_flagged_records_succeeds_and_no_warning_is_lost(pair: Pair) -> None:
    earlier = await flag_on(pair.service, pair.first)
    later = await flag_on(pair.service, pair.second)
    joined = await pair.join()
    assert joined.status_code == 200, joined.text
    both = {earlier["id"], later["id"]}
    for record in (pair.first, pair.second):
        assert await pair.warnings(record) == both
        assert await pair.listed(record) == {earlier["id"]: [later["id"]], later["id"]: [earlier["id"]]}
    assert await pair.twins() == {later["id"]}


async def test_a_twin_is_the_one_proposed_later_whichever_record_moves(pair: Pair) -> None:
    earlier = await flag_on(pair.service, pair.second)
    later = await proposed(pair.service, AGENCY, about=pair.first)
    assert (await pair.join()).status_code == 200
    assert await pair.twins() == {later["id"]}
    assert await pair.listed(pair.first) == {earlier["id"]: [later["id"]], later["id"]: [earlier["id"]]}
    decided = await step(pair.service, later, "decision", decision())
    assert (decided.status_code, decided.json()["twins"]) == (200, [earlier["id"]]), decided.text
    assert await pair.warnings(pair.first) == {earlier["id"], later["id"]}


async def test_the_answer_that_names_a_twin_has_it_on_the_trail(pair: Pair) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await pair.join()
    headers = pair.service.headers(AGENCY, "practitioner") | {"X-Request-ID": f"twin-{earlier['id']}"}
    read = await pair.service.http.get(f"/v1/flags/{earlier['id']}", headers=headers)
    assert read.json() == earlier | {"twins": [later["id"]]}
    (event,) = await pair.service.events(request=f"twin-{earlier['id']}")
    assert {f"flag:{earlier['id']}:2", f"flag:{later['id']}:2"} <= set(event["records"])


async def test_while_one_of_them_is_open_nobody_proposes_a_third(pair: Pair) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await pair.join()
    third = await proposal(pair.service, AGENCY, about=pair.first)

    async def proposing() -> int:
        headers = pair.service.creating(AGENCY, "practitioner")
        return (await pair.service.http.post("/v1/flags", json=third, headers=headers)).status_code

    assert await proposing() == 409
    ended = await step(pair.service, earlier, "removal", {"reason": "It repeats the other."})
    assert (ended.status_code, ended.json()["twins"]) == (200, [])
    assert await pair.twins() == set()
    assert await pair.warnings(pair.second) == {later["id"]}
    assert await proposing() == 409
    await step(pair.service, later, "removal", {"reason": "He has moved away for good."})
    assert await proposing() == 201


@pytest.mark.parametrize("leaving", ["first", "second"])
async def test_records_that_part_again_take_their_flags_with_them(pair: Pair, leaving: str) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await pair.join()
    parted = await pair.amend(getattr(pair, leaving), None)
    assert parted.status_code == 200, parted.text
    assert await pair.twins() == set()
    assert await pair.listed(pair.first) == {earlier["id"]: []}
    assert await pair.listed(pair.second) == {later["id"]: []}
    assert await pair.warnings(pair.first) == {earlier["id"]}


async def test_a_review_that_sets_the_record_apart_parts_twins_and_one_that_confirms_joins_them_again(
    pair: Pair,
) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await pair.join()
    lead = seeded(pair.service, AGENCY, "safeguarding-lead")
    link = await review_of(lead, pair.second)
    assert link is not None

    async def review(outcome: str, version: int) -> None:
        body = {"outcome": outcome, "reason": "Two people of one name."}
        answer = await lead.post(f"/v1/links/reviews/{link['id']}", body, "adult-safeguarding", version=version)
        assert answer.status_code == 200, answer.text

    await review("separate", 1)
    assert await pair.twins() == set()
    assert await pair.listed(pair.first) == {earlier["id"]: []}
    assert await pair.listed(pair.second) == {later["id"]: []}
    assert await pair.warnings(pair.second) == {later["id"]}
    await review("confirm", 2)
    assert await pair.twins() == {later["id"]}
    assert await pair.listed(pair.first) == {earlier["id"]: [later["id"]], later["id"]: [earlier["id"]]}
    assert await pair.warnings(pair.first) == await pair.warnings(pair.second) == {earlier["id"], later["id"]}


async def test_a_flag_no_longer_warns_where_only_a_record_that_has_left_said_they_live(pair: Pair) -> None:
    flag = await flag_on(pair.service, pair.first)
    uprn, moved = (f"1{uuid.uuid4().int % 10**10:010d}" for _ in range(2))
    place = {"line1": "1 Heol y Parc", "postcode": "NP20 1AA"}
    await pair.amend(pair.second, pair.number, addresses=[{**place, "uprn": uprn}])

    async def warned_at(where: str) -> set[str]:
        headers = pair.service.headers(AGENCY, "practitioner")
        body = {"entries": [{"uprn": where}]}
        checked = await pair.service.http.post("/v1/flag-checks", json=body, headers=headers)
        return {warning["flagId"] for warning in checked.json()["entries"][0]["warnings"]}

    assert await warned_at(uprn) == {flag["id"]}
    await pair.amend(pair.second, None, addresses=[{**place, "uprn": moved}])
    assert await warned_at(uprn) == set()
    assert await warned_at(moved) == set()


class Meanwhile:
    """A transaction of somebody else's that is under way, on a connection of its own."""

    def __init__(self, pair: Pair, connection: asyncpg.Connection) -> None:
        self.pair = pair
        self.connection = connection

    async def joins(self, record: str, other: str) -> None:
        """Do what an amendment that joins two records does, and go no further."""
        same = (
            "UPDATE rhannu.person_records SET person_id = (SELECT person_id FROM rhannu.person_records WHERE id = $2)"
        )
        await self.connection.execute(f"{same} WHERE id = $1", uuid.UUID(record), uuid.UUID(other))
        await self.connection.execute("SELECT rhannu.retarget($1, NULL)", uuid.UUID(record))

    async def ends(self, flag: dict[str, Any]) -> None:
        """Do what a removal does, and go no further."""
        found = await self.connection.fetchval(
            "SELECT record_id FROM rhannu.flags WHERE id = $1 FOR UPDATE", uuid.UUID(flag["id"])
        )
        removed = "UPDATE rhannu.flags SET state = 'removed', version = version + 1 WHERE id = $1"
        await self.connection.execute(removed, uuid.UUID(flag["id"]))
        await self.connection.execute("SELECT rhannu.retarget($1, $2)", found, uuid.UUID(flag["id"]))

    async def proposes(self, record: str) -> str:
        """Do what a proposal does, and go no further."""
        flag = uuid.uuid4()
        await self.connection.execute(
            "INSERT INTO rhannu.flags (id, owner_agency, version, state, category, record_id, person_id, content, recorded_at, "
            "recorded_by) SELECT $1, owner_agency, 1, 'proposed', 'threat-violence', id, person_id, $3, now(), $1 "
            "FROM rhannu.person_records WHERE id = $2 FOR SHARE",
            flag, uuid.UUID(record), json.dumps({"proposed": {"at": datetime.now(UTC).isoformat()}}),
        )  # fmt: skip
        await self.connection.execute("SELECT rhannu.retarget($1, $2)", uuid.UUID(record), flag)
        return str(flag)

    async def holds_up(self, waiting: Coroutine[Any, Any, Any]) -> Any:
        """Start something, see that it waits for this transaction, commit, and give what it came to."""
        task = asyncio.create_task(waiting)
        admin = await self.pair.service.database.as_admin()
        try:
            async with asyncio.timeout(20):
                while not await admin.fetch(WAITING, self.connection.get_server_pid()):
                    assert not task.done(), task.result().text
        finally:
            await admin.close()
        await self.connection.execute("COMMIT")
        return await task


@pytest.fixture
async def meanwhile(pair: Pair) -> AsyncIterator[Meanwhile]:
    connection = await pair.service.database.as_admin()
    await connection.execute("BEGIN")
    payload, signature = ContextSigner(CONTEXT_KEY).sign(CALLER, connection.get_server_pid())
    assert await connection.fetchval("SELECT count(*) FROM access.open($1, $2)", payload, signature) == 1
    yield Meanwhile(pair, connection)
    await connection.close()


async def open_flags(pair: Pair) -> dict[str, bool]:
    """Which flags are open, and which of them are twins; all must be about the person of their record."""
    held = [row for row in await pair.stored() if row["state"] in {"proposed", "provisional", "active"}]
    assert all(row["is_with_record"] for row in held)
    return {row["id"]: row["twin"] for row in held}


async def test_joining_waits_for_a_proposal_that_is_under_way(pair: Pair, meanwhile: Meanwhile) -> None:
    flag = await flag_on(pair.service, pair.second)
    other = await meanwhile.proposes(pair.first)
    joined = await meanwhile.holds_up(pair.join())
    assert joined.status_code == 200, joined.text
    assert await open_flags(pair) == {flag["id"]: False, other: True}


async def test_a_proposal_waits_for_joining_that_is_under_way_and_is_refused(pair: Pair, meanwhile: Meanwhile) -> None:
    flag = await flag_on(pair.service, pair.second)
    body = await proposal(pair.service, AGENCY, about=pair.first)
    await meanwhile.joins(pair.second, pair.first)
    headers = pair.service.creating(AGENCY, "practitioner")
    refused = await meanwhile.holds_up(pair.service.http.post("/v1/flags", json=body, headers=headers))
    assert (refused.status_code, refused.json()["code"]) == (409, "flag-already-live")
    assert await open_flags(pair) == {flag["id"]: False}


async def test_a_proposal_on_a_record_that_is_being_joined_is_about_the_right_person(
    pair: Pair, meanwhile: Meanwhile
) -> None:
    body = await proposal(pair.service, AGENCY, about=pair.second)
    await meanwhile.joins(pair.second, pair.first)
    headers = pair.service.creating(AGENCY, "practitioner")
    made = await meanwhile.holds_up(pair.service.http.post("/v1/flags", json=body, headers=headers))
    assert made.status_code == 201, made.text
    assert await open_flags(pair) == {made.json()["id"]: False}


async def test_a_flag_that_is_being_ended_makes_no_twin(pair: Pair, meanwhile: Meanwhile) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await meanwhile.ends(earlier)
    joined = await meanwhile.holds_up(pair.join())
    assert joined.status_code == 200, joined.text
    assert await open_flags(pair) == {later["id"]: False}


async def test_a_flag_ended_while_it_gets_a_twin_leaves_no_twin_behind(pair: Pair, meanwhile: Meanwhile) -> None:
    earlier, later = await flag_on(pair.service, pair.first), await flag_on(pair.service, pair.second)
    await meanwhile.joins(pair.second, pair.first)
    ended = await meanwhile.holds_up(step(pair.service, earlier, "removal", {"reason": "He has moved away for good."}))
    assert ended.status_code == 200, ended.text
    assert await open_flags(pair) == {later["id"]: False}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_at_once_no_warning_is_lost_and_one_flag_holds_the_place(pair: Pair, seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    service = pair.service
    flags = [await flag_on(service, pair.first), await flag_on(service, pair.second)]
    bodies = [await proposal(service, AGENCY, about=record) for record in (pair.first, pair.second)]
    reason = {"reason": "He has moved away for good."}

    def proposing(body: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        return service.http.post("/v1/flags", json=body, headers=service.creating(AGENCY, "practitioner"))

    acts = [pair.join(), step(service, rng.choice(flags), "removal", reason)]
    acts += [proposing(body) for body in bodies for _ in range(3)]
    rng.shuffle(acts)
    answers = await asyncio.gather(*acts)
    by_method = [(answer.request.method, answer.request.url.path, answer.status_code) for answer in answers]
    assert [status for method, _, status in by_method if method == "PATCH"] == [200], by_method
    assert {status for _, _, status in by_method} <= {200, 201, 409}, by_method
    assert (await pair.join()).status_code == 200
    held = await open_flags(pair)
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    ended = {answer.json()["id"] for answer in answers if answer.request.url.path.endswith("removal")}
    assert set(held) == ({flag["id"] for flag in flags} | made) - ended
    assert sorted(held.values()) == [False] + [True] * (len(held) - 1)
    assert await pair.warnings(pair.first) == {flag["id"] for flag in flags} - ended
