"""The test environment's people are loaded through the use cases, and every answer promised to integrators is given."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app as program
from api.lifespan import close_state, open_state
from domain.access import Permission
from domain.identifiers import canonical_nhs_number, canonical_uprn
from domain.ids import AgencyCode
from services.core.doors import Doors, doors_from
from services.core.identity import TokenIssuer
from services.core.settings import Settings
from services.core.signing import signing_keys
from services.core.token_claims import SubjectType
from services.db import bootstrap
from services.demo import Summary, demo_client, demo_user, load, load_fixture
from services.demo.expected import EXPECTED, Expected
from services.demo.load import FEWEST
from services.demo.page import render
from tests.fixtures.database import CONTEXT_KEY, migrated
from tests.fixtures.service import DrivenClock

PAGE = Path(__file__).parents[2] / "docs" / "test-environment.md"
RUN = CliRunner()


@pytest.fixture(scope="module")
def environment(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a database of its own."""
    name = f"rhannu_fixture_{worker_id}"
    migrated(server_url, name)
    yield _settings(doors_from(server_url, name), tmp_path_factory.mktemp("fixture"))
    asyncio.run(_drop(server_url, name))


def _settings(doors: Doors, home: Path) -> Settings:
    (home / "context").write_bytes(CONTEXT_KEY)
    return Settings(
        environment="test",
        home=home,
        database_url=doors.app,
        worker_database_url=doors.worker,
        auditor_database_url=doors.auditor,
        migrator_database_url=doors.migrator,
        context_key_file=home / "context",
    )


async def _drop(server_url: str, name: str) -> None:
    connection = await asyncpg.connect(bootstrap.dsn(server_url))
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="module")
async def loaded(environment: Settings) -> Summary:
    return await load_fixture(environment)


@pytest.fixture(scope="module")
async def behind(server_url: str, worker_id: str, loaded: Summary) -> "AsyncIterator[asyncpg.Connection]":
    url = bootstrap.url_for(server_url, database=f"rhannu_fixture_{worker_id}")
    connection = await asyncpg.connect(bootstrap.dsn(url))
    yield connection
    await connection.close()


class Integrator:
    """A partner's client of the test environment."""

    def __init__(self, http: httpx.AsyncClient, issuer: TokenIssuer) -> None:
        self._http = http
        self._issuer = issuer

    async def check(self, asked: Expected, entries: list[dict[str, object]]) -> httpx.Response:
        token, _ = self._issuer.issue(
            demo_client(asked.agency), AgencyCode(asked.agency), str(demo_user(asked.agency, asked.role)),
            SubjectType.HUMAN, [permission.value for permission in Permission],
        )  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Purpose-Of-Use": asked.purpose.value}
        return await self._http.post("/v1/flag-checks", json={"entries": entries}, headers=headers)


@asynccontextmanager
async def _integrating(settings: Settings) -> AsyncIterator[Integrator]:
    clock = DrivenClock()
    application = create_app(settings)
    state = await open_state(settings, clock=clock)
    application.state.rhannu = state
    issuer = TokenIssuer(settings.issuer, settings.audience, signing_keys(settings), lambda: clock().timestamp())
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://rhannu.test") as http:
        yield Integrator(http, issuer)
    await close_state(state)


@pytest.fixture(scope="module")
async def integrator(environment: Settings, loaded: Summary) -> AsyncIterator[Integrator]:
    async with _integrating(environment) as made:
        yield made


def shown(entry: dict[str, object]) -> dict[str, object]:
    """Take from an answer what the table promises."""
    warnings = sorted(entry["warnings"], key=lambda each: each["category"]["code"])  # type: ignore[call-overload]  # JSON
    return {
        "outcome": entry["outcome"],
        "warnings": tuple(f"{each['category']['code']} ({each['about']})" for each in warnings),
        "badges": tuple(sorted({badge for each in warnings for badge in each["badges"]})),
        "contacts": tuple(each["agency"] for each in entry["contacts"]),  # type: ignore[attr-defined]  # JSON
        "issues": tuple(f"{each['pointer']} {each['code']}" for each in entry["issues"]),  # type: ignore[attr-defined]  # JSON
    }


def promised(expected: Expected) -> dict[str, object]:
    return {name: getattr(expected, name) for name in ("outcome", "warnings", "badges", "contacts", "issues")}


@pytest.mark.parametrize("code", [each.code for each in EXPECTED])
async def test_every_answer_is_the_one_promised(integrator: Integrator, code: str) -> None:
    (expected,) = [each for each in EXPECTED if each.code == code]
    answer = await integrator.check(expected, [{"reference": code, **expected.entry}])
    assert answer.status_code == 200, answer.text
    (entry,) = answer.json()["entries"]
    assert entry["reference"] == code
    assert shown(entry) == promised(expected)
    for warning in entry["warnings"]:
        assert warning["controls"]
        assert warning["sentence"]["en"]
        assert warning["sentence"]["cy"]
    assert {said["cy"] for said in entry["whatToDo"]}


async def test_all_questions_of_one_caller_may_be_sent_in_one_call(integrator: Integrator) -> None:
    usual = [each for each in EXPECTED if (each.agency, each.purpose) == (EXPECTED[0].agency, EXPECTED[0].purpose)]
    answer = await integrator.check(usual[0], [{"reference": each.code, **each.entry} for each in usual])
    entries = answer.json()["entries"]
    assert {entry["reference"]: shown(entry) for entry in entries} == {each.code: promised(each) for each in usual}
    fed = {each["agency"]: each["lastFedAt"] for each in answer.json()["registers"]}
    assert len(fed) == 12
    assert all(fed.values())


async def test_asking_registers_nobody(integrator: Integrator, behind: "asyncpg.Connection") -> None:
    before = await behind.fetchval("SELECT count(*) FROM rhannu.persons")
    for expected in EXPECTED:
        await integrator.check(expected, [expected.entry])
    assert await behind.fetchval("SELECT count(*) FROM rhannu.persons") == before


def test_it_holds_every_kind_of_answer() -> None:
    assert {each.outcome for each in EXPECTED} == {"warnings", "contact-before-visit", "no-warning-known", "refine"}
    assert {about for each in EXPECTED for about in re.findall(r"\((\S+)\)", " ".join(each.warnings))} == {
        "person", "place", "may-be-present",
    }  # fmt: skip
    assert len({each.code for each in EXPECTED}) == len(EXPECTED)


async def test_loading_again_changes_nothing(
    environment: Settings, loaded: Summary, behind: "asyncpg.Connection"
) -> None:
    async def count() -> list[int]:
        tables = ("rhannu.persons", "rhannu.flags", "rhannu.incidents", "audit.pending", "rhannu.users")
        return [await behind.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    before = await count()
    again = await load_fixture(environment)
    assert (loaded.is_new, again.is_new) == (True, False)
    assert await count() == before


async def test_a_load_that_was_cut_off_goes_on_and_the_region_may_stand_beside_it(
    server_url: str, worker_id: str, tmp_path: Path
) -> None:
    name = f"rhannu_fixture_cut_{worker_id}"
    await asyncio.to_thread(migrated, server_url, name)
    settings = _settings(doors_from(server_url, name), tmp_path)

    def cut(done: int, total: int) -> None:
        if done == total - 3:
            raise InterruptedError

    try:
        with pytest.raises(InterruptedError):
            await load_fixture(settings, progress=cut)
        again = await load_fixture(settings)
        assert again.is_new
        connection = await asyncpg.connect(bootstrap.dsn(bootstrap.url_for(server_url, database=name)))
        assert await connection.fetchval("SELECT count(*) FROM rhannu.flags") == again.flags
        await connection.close()
        assert (await load(settings, households=FEWEST)).is_new
        assert not (await load_fixture(settings)).is_new
        async with _integrating(settings) as integrator:
            for expected in EXPECTED:
                (entry,) = (await integrator.check(expected, [expected.entry])).json()["entries"]
                assert shown(entry) == promised(expected), expected.code
    finally:
        await _drop(server_url, name)


async def test_nobody_has_a_number_that_could_be_somebodys(behind: "asyncpg.Connection") -> None:
    contents = [json.loads(row["content"]) for row in await behind.fetch("SELECT content FROM rhannu.person_records")]
    assert contents
    assert all(content["nhs_number"].startswith("999") for content in contents)
    assert all(canonical_nhs_number(content["nhs_number"]) for content in contents)
    places = [address for content in contents for address in content["addresses"]]
    assert all(canonical_uprn(place["uprn"]) and place["uprn"].startswith("9990") for place in places)
    assert all(place["postcode"] is None or place["postcode"].startswith("NP90") for place in places)


async def test_production_is_refused(environment: Settings, tmp_path: Path) -> None:
    refused = environment.model_copy(update={"environment": "production", "home": tmp_path})
    with pytest.raises(ValueError, match="production"):
        await load_fixture(refused)


def test_the_page_is_printed_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m services.demo.page"


def test_the_command_says_what_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert "--fixture" in RUN.invoke(program, ["demo", "--help"]).output
