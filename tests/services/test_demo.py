"""The demonstration region is loaded once, through the use cases, and holds nobody real."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from domain.access import Purpose, Role
from domain.flag_checks import CheckEntry, RunCheck
from domain.identity_keys import Identity
from domain.ids import AgencyCode
from services.core.caller import Caller, ContextSigner
from services.core.doors import Doors, doors_from
from services.core.keys import load_signing_keys
from services.core.settings import Settings
from services.db import bootstrap
from services.db.engine import make_pool
from services.demo import HOUSEHOLDS, Summary, demo_client, demo_user, key_path, load
from services.demo.load import FEWEST, plan_region
from services.demo.month_cast import CHARITY, COUNCIL, FIRE, HEALTH, LANDLORD, POLICE, REFUGE
from services.demo.register import AGENCIES, EMERGENCY_USER, is_loaded
from services.demo.tour import TOUR
from services.flags.checks import FlagChecks
from tests.fixtures.database import CONTEXT_KEY, migrated


@pytest.fixture(scope="module")
def region(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a database of its own."""
    name = f"rhannu_demo_{worker_id}"
    migrated(server_url, name)
    yield _settings(doors_from(server_url, name), tmp_path_factory.mktemp("demo"))
    asyncio.run(_drop(server_url, name))


@pytest.fixture
def cut_off(server_url: str, worker_id: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of another, in which a load is to be cut off."""
    name = f"rhannu_demo_cut_{worker_id}"
    migrated(server_url, name)
    yield _settings(doors_from(server_url, name), tmp_path)
    asyncio.run(_drop(server_url, name))


def _settings(doors: Doors, home: Path) -> Settings:
    context = Path(home, "context")
    context.write_bytes(CONTEXT_KEY)
    return Settings(
        environment="test",
        home=home,
        database_url=doors.app,
        worker_database_url=doors.worker,
        auditor_database_url=doors.auditor,
        migrator_database_url=doors.migrator,
        context_key_file=context,
    )


async def _drop(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(bootstrap.dsn(server_url))
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="module")
def progress() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
async def summary(region: Settings, progress: list[tuple[int, int]]) -> Summary:
    return await load(region, progress=lambda done, total: progress.append((done, total)), households=FEWEST)


@pytest.fixture(scope="module")
async def behind(server_url: str, worker_id: str, summary: Summary) -> "AsyncIterator[asyncpg.Connection]":
    """The server's superuser, who sees everything."""
    url = bootstrap.url_for(server_url, database=f"rhannu_demo_{worker_id}")
    connection = await asyncpg.connect(bootstrap.dsn(url))
    yield connection
    await connection.close()


async def _counts(connection: "asyncpg.Connection") -> dict[str, int]:
    tables = (
        "agencies", "users", "user_roles", "clients", "person_records", "relationships", "incidents", "flags",
        "information_requests", "disclosures", "notices", "notice_chases", "flag_chases", "sharing_protocols",
        "break_glass_grants", "break_glass_notices", "conflict_declarations",
    )  # fmt: skip
    return {table: await connection.fetchval(f"SELECT count(*) FROM rhannu.{table}") for table in tables}


async def _on_the_trail(connection: "asyncpg.Connection") -> int:
    """Count the events that acts left, filed or not; what the background process did leaves its own."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM (SELECT body FROM audit.pending UNION ALL SELECT body FROM audit.event) told "
            "WHERE body::jsonb ->> 'request' LIKE 'demo-%'"
        )
    )


async def test_holds_what_its_summary_says(behind: "asyncpg.Connection", summary: Summary) -> None:
    counts = await _counts(behind)
    assert summary.is_new
    assert counts["agencies"] == summary.agencies == 13
    assert counts["clients"] == 14
    assert counts["users"] == summary.users
    assert counts["person_records"] == summary.records
    assert counts["incidents"] == summary.incidents
    assert counts["flags"] == summary.flags


async def test_progress_ends_where_it_said_it_would(summary: Summary, progress: list[tuple[int, int]]) -> None:
    assert progress[-1][0] == progress[-1][1] == len(progress)


async def test_loading_again_changes_nothing(region: Settings, behind: "asyncpg.Connection", summary: Summary) -> None:
    before = await _counts(behind)
    events = await _on_the_trail(behind)
    again = await load(region, households=FEWEST)
    assert not again.is_new
    assert await _counts(behind) == before
    assert await _on_the_trail(behind) == events


async def test_every_act_is_on_the_trail(behind: "asyncpg.Connection", progress: list[tuple[int, int]]) -> None:
    assert await _on_the_trail(behind) == len(progress)


async def test_nobody_has_a_number_that_could_be_somebodys(behind: "asyncpg.Connection") -> None:
    found = await behind.fetch("SELECT content FROM rhannu.person_records")
    contents = [json.loads(row["content"]) for row in found]
    numbers = [content["nhs_number"] for content in contents if content["nhs_number"]]
    assert numbers
    assert all(number.startswith("999") for number in numbers)
    phones = await behind.fetch("SELECT duty_phone FROM rhannu.agencies")
    assert all(row["duty_phone"].startswith("01632 960") for row in phones)
    places = [address for content in contents for address in content["addresses"]]
    assert all(place["uprn"].startswith("9990") for place in places)
    assert all(place["postcode"] is None or place["postcode"].startswith("NP9") for place in places)


async def test_one_person_known_to_several_agencies_is_linked(behind: "asyncpg.Connection") -> None:
    most = await behind.fetchval(
        "SELECT max(held) FROM (SELECT count(DISTINCT owner_agency) AS held FROM rhannu.person_records "
        "GROUP BY person_id) of_each"
    )
    assert most == 5, "the adult of the month"


@pytest.mark.requirement("G-3.2-2")
async def test_history_lies_in_the_past_year_and_flags_are_decided_by_another(behind: "asyncpg.Connection") -> None:
    assert await behind.fetchval(
        "SELECT bool_and(recorded_at < now() AND recorded_at > now() - interval '1 year') FROM rhannu.incidents"
    )
    flags = [dict(row) for row in await behind.fetch("SELECT state, content, recipients FROM rhannu.flags")]
    for flag in flags:
        content = json.loads(flag["content"])
        if content["decision"] is not None:
            assert content["decision"]["signed"]["human"] != content["proposed"]["human"]
        if flag["state"] == "active":
            assert content["decision"] is not None


async def test_flags_are_in_every_state(behind: "asyncpg.Connection") -> None:
    states = Counter(row["state"] for row in await behind.fetch("SELECT state FROM rhannu.flags"))
    assert {"proposed", "active", "declined", "removed", "entered-in-error"} <= states.keys()
    assert await behind.fetchval("SELECT bool_or(contested) FROM rhannu.flags")
    assert await behind.fetchval("SELECT bool_or(restricted) FROM rhannu.flags")
    assert await behind.fetchval("SELECT bool_or(review_on < current_date) FROM rhannu.flags WHERE state = 'active'")
    assert await behind.fetchval("SELECT bool_or(uprn IS NOT NULL) FROM rhannu.flags")


async def test_the_month_holds_what_was_asked_given_and_declined(behind: "asyncpg.Connection") -> None:
    requests = await behind.fetch("SELECT owner_agency, state, content FROM rhannu.information_requests")
    states = Counter((row["owner_agency"], row["state"]) for row in requests)
    assert states == {(LANDLORD, "answered-in-part"): 1, (COUNCIL, "refused"): 1, (CHARITY, "answered"): 2}
    grounds = {
        each["ground"]
        for row in requests
        for decision in json.loads(row["content"])["decisions"]
        for each in decision["items"]
    }
    assert grounds == {None, "risk-of-harm", "adverse-to-own-functions"}
    given = [json.loads(row["content"]) for row in await behind.fetch("SELECT content FROM rhannu.disclosures")]
    assert Counter(each["basis"]["kind"] for each in given) == {"ad-hoc": 2, "protocol-flow": 1}
    lapsed = await behind.fetch("SELECT id FROM rhannu.sharing_protocols WHERE runs_until < current_date")
    assert len(lapsed) == 1
    assert await behind.fetchval("SELECT count(*) FROM rhannu.protocol_chases WHERE protocol_id = $1", lapsed[0]["id"])


async def test_the_month_calls_a_warning_back_and_one_holder_is_silent(behind: "asyncpg.Connection") -> None:
    told = await behind.fetch(
        "SELECT n.owner_agency, n.kind, n.acknowledged_at IS NULL AS silent, "
        "EXISTS (SELECT FROM rhannu.notice_chases c WHERE c.notice_id = n.id) AS chased FROM rhannu.notices n "
        "JOIN rhannu.flags f ON f.id = n.flag_id WHERE f.owner_agency = $1",
        POLICE,
    )
    assert {(row["owner_agency"], row["kind"], row["silent"], row["chased"]) for row in told} == {
        (COUNCIL, "wrong-person", False, False),
        (LANDLORD, "wrong-person", False, False),
        (HEALTH, "wrong-person", True, True),
    }
    owed = await behind.fetch("SELECT owner_agency FROM rhannu.flag_chases WHERE duty = 'holder-silent'")
    assert [row["owner_agency"] for row in owed] == [POLICE]


async def test_the_month_opens_two_doors_and_shuts_one(behind: "asyncpg.Connection") -> None:
    grants = await behind.fetch(
        "SELECT owner_agency, outcome, extract(hour FROM opened_at AT TIME ZONE 'Europe/London') AS hour, "
        "reviewed_at - opened_at AS after, reviewed_at < review_due_at AS in_time FROM rhannu.break_glass_grants"
    )
    assert {(row["owner_agency"], row["outcome"], row["in_time"]) for row in grants} == {
        (POLICE, "justified", True), (FIRE, "unjustified", True),
    }  # fmt: skip
    night = next(row for row in grants if row["owner_agency"] == POLICE)
    assert (night["hour"], night["after"].days) == (2, 2)
    told = await behind.fetch("SELECT owner_agency, acknowledged_at FROM rhannu.break_glass_notices")
    assert (COUNCIL, True) in {(row["owner_agency"], row["acknowledged_at"] is not None) for row in told}
    refused = await behind.fetch(
        "SELECT said ->> 'agency' AS agency, said ->> 'reason' AS reason FROM (SELECT body::jsonb AS said FROM "
        "(SELECT body FROM audit.pending UNION ALL SELECT body FROM audit.event) told) each "
        "WHERE said ->> 'outcome' <> 'ok' AND said ->> 'reason' <> ''"
    )
    assert {(row["agency"], row["reason"]) for row in refused} == {
        (COUNCIL, "conflict-of-interest"),
        (COUNCIL, "no-flow"),
    }


async def test_the_refuge_of_the_month_stands_in_the_council_s_record_alone(behind: "asyncpg.Connection") -> None:
    tables = await behind.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('rhannu', 'audit') AND c.relkind = 'r'"
    )
    naming = {
        (table["name"], row["owner"])
        for table in tables
        for row in await behind.fetch(
            f"SELECT to_jsonb(held) ->> 'owner_agency' AS owner FROM {table['name']} held WHERE held::text LIKE '%' || $1 || '%'",
            REFUGE,
        )
    }
    assert {owner for _, owner in naming} == {COUNCIL}
    assert "rhannu.person_records" in {name for name, _ in naming}


async def test_systems_have_keys_to_sign_with(region: Settings, behind: "asyncpg.Connection") -> None:
    rows = await behind.fetch("SELECT id, key_set FROM rhannu.clients")
    for row in rows:
        assert load_signing_keys(key_path(region.home, row["id"])).jwks() == json.loads(row["key_set"])
    assert demo_client("abuhb") in {row["id"] for row in rows}


async def test_users_stand_in_every_role_and_two_guard_together(behind: "asyncpg.Connection") -> None:
    roles = {row["role"] for row in await behind.fetch("SELECT DISTINCT role FROM rhannu.user_roles")}
    assert roles == {role.value for role in Role}
    deciders = await behind.fetchval(
        "SELECT count(DISTINCT user_id) FROM rhannu.user_roles WHERE owner_agency = 'abuhb' "
        "AND role = 'flag-decision-maker'"
    )
    assert deciders == 2
    acting_for = await behind.fetch(
        "SELECT DISTINCT owner_agency FROM rhannu.user_roles WHERE user_id = $1", EMERGENCY_USER
    )
    assert len(acting_for) == 5
    assert await behind.fetchval(
        "SELECT true FROM rhannu.users WHERE id = $1", demo_user("gwent-police", Role.PRACTITIONER)
    )


async def test_a_load_that_was_cut_off_goes_on_where_it_stopped(
    cut_off: Settings, summary: Summary, behind: "asyncpg.Connection", server_url: str
) -> None:
    def cut(done: int, total: int) -> None:
        if done == total - 20:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await load(cut_off, progress=cut, households=FEWEST)
    assert not await is_loaded(cut_off.migrator_database_url or "")
    assert await load(cut_off, households=FEWEST) == summary
    database = (cut_off.database_url or "").split("/")[3].split("?")[0]
    connection = await asyncpg.connect(bootstrap.dsn(bootstrap.url_for(server_url, database=database)))
    assert await _counts(connection) == await _counts(behind)
    await connection.close()


async def test_the_tour_meets_what_the_readme_says(region: Settings, summary: Summary) -> None:
    pool = await make_pool(region.database_url or "", size=2, statement_timeout_ms=5_000)
    checks = FlagChecks(pool, ContextSigner(region.context_key), region.match_key, seconds=5)
    agency = AgencyCode("abuhb")
    user = demo_user(agency, Role.PRACTITIONER)
    caller = Caller(demo_client(agency), agency, agency, user, Purpose.STAFF_SAFETY_VISIT, "tour", "tour")
    known = [household.adult.content for household in TOUR]
    entries = [
        CheckEntry(reference=person.names[0].given[0], identity=Identity(person.nhs_number, person.birth_date))
        for person in known
    ]
    entries.append(CheckEntry(reference="slip", identity=Identity(known[2].nhs_number, date(1951, 8, 9))))
    try:
        answer = await checks.run(caller, RunCheck(tuple(entries)), datetime.now(UTC))
    finally:
        await pool.close()
    assert {entry.reference: entry.verdict.outcome.value for entry in answer.entries} == {
        "Mair": "warnings",
        "Emrys": "contact-before-visit",
        "Nesta": "no-warning-known",
        "Trevor": "warnings",
        "slip": "refine",
    }


async def test_production_is_refused_and_stays_empty(region: Settings, tmp_path: Path) -> None:
    refused = region.model_copy(update={"environment": "production", "home": tmp_path})
    with pytest.raises(ValueError, match="production"):
        await load(refused)
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


def test_the_whole_region_is_as_large_as_promised() -> None:
    plan = plan_region(HOUSEHOLDS)
    people = [person for household in plan.households for person in household.people]
    assert 280 <= len(people) <= 330
    assert len(plan.households) == 120
    assert 130 <= len(plan.quiet) + sum(len(story.incidents) for story in plan.flags) <= 170
    assert 58 <= len(plan.flags) <= 66
    with_number = [person for person in people if person.content.nhs_number]
    assert 0.4 <= len(with_number) / len(people) <= 0.6
    assert len({person.content.nhs_number for person in with_number}) == len(with_number)
    assert any(address.sealed for person in people for address in person.content.addresses)
    assert {agency.code for agency in AGENCIES} >= {household.lead for household in plan.households}
    assert plan_region(HOUSEHOLDS) == plan
