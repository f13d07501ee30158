"""No failure of a check, from any cause, can be mistaken for an all-clear: it says what to do and whom to ring (law 10)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest

from api.app import create_app
from api.lifespan import close_state, open_state
from services.agencies.directory import Directory
from services.core.settings import Settings
from services.flags.check_statements import CheckStatements
from services.flags.checks import FlagChecks
from tests.fixtures.service import Service, user_id

GOOD: dict[str, Any] = {"entries": [{"reference": "1", "uprn": "100100000001"}]}


async def told(answer: httpx.Response, *, agency: str | None = "abuhb", status: int) -> None:
    """The answer is a problem that says: unknown, what to do in both languages, and a number that can be rung."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["outcome"] == "unavailable"
    assert "lone-worker" in body["whatToDo"][0]["en"]
    assert "ffoniwch" in body["whatToDo"][0]["cy"]
    assert body["dutyContact"]["agency"] == agency
    assert body["dutyContact"]["phone"].strip()
    assert body["status"] == status
    assert "entries" not in body


class Case:
    """One way to fail: headers and body of the request, and what is answered."""

    def __init__(
        self,
        status: int,
        *,
        agency: str = "abuhb",
        method: str = "POST",
        slash: str = "",
        body: object = GOOD,
        **headers: str,
    ):
        self.status, self.agency, self.method, self.body = status, agency, method, body
        self.path = f"/v1/flag-checks{slash}"
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


BOARD = "gwent-safeguarding"
CASES = {
    "no token": Case(401, agency=BOARD, authorization=""),
    "forged token": Case(401, agency=BOARD, authorization="Bearer a.b.c"),
    "no purpose": Case(400, agency=BOARD, purpose_of_use=""),
    "a purpose that no check has": Case(403, purpose_of_use="audit-quality"),
    "an agency not acted for": Case(403, agency="pobl", acting_for_agency="pobl"),
    "no such agency": Case(404, agency=BOARD, acting_for_agency="?"),
    "wrong method": Case(405, agency=BOARD, method="PUT"),
    "an address with a slash too many": Case(404, agency=BOARD, slash="/"),
    "no body": Case(422, body=None),
    "not JSON": Case(400, body=b"{"),
    "not an object": Case(422, body=[1]),
    "too deep": Case(400, body=b"[" * 90 + b"]" * 90),
    "too long": Case(413, agency=BOARD, body=b"x" * 600_000),
    "wrong media type": Case(415, content_type="text/plain"),
    "no entries": Case(422, body={"entries": []}),
    "too many entries": Case(422, body={"entries": [{"uprn": "1"}] * 501}),
    "an unknown field": Case(422, body={"entries": [{"uprn": "1", "name": "Mair"}]}),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_request_that_cannot_be_answered_says_what_to_do(service: Service, name: str) -> None:
    await service.http.get("/v1/duty-contacts")
    case = CASES[name]
    headers = service.headers("abuhb", "practitioner") | {"Content-Type": "application/json"}
    lower = {key.lower(): value for key, value in headers.items()} | case.headers
    sent = {key: value for key, value in lower.items() if value}
    body = (
        case.body
        if isinstance(case.body, bytes)
        else b""
        if case.body is None
        else httpx.Request("POST", "http://x", json=case.body).content
    )
    answer = await service.http.request(case.method, case.path, content=body, headers=sent)
    await told(answer, agency=case.agency, status=case.status)


async def test_who_is_suspended_and_who_asks_too_much_are_told_too(service: Service, small: httpx.AsyncClient) -> None:
    admin = await service.database.as_admin()
    user = user_id("abuhb", "practitioner", 2)
    await admin.execute("UPDATE rhannu.users SET suspended_at = now() WHERE id = $1", user)
    try:
        headers = service.headers("abuhb", "practitioner", number=2)
        await told(await service.http.post("/v1/flag-checks", json=GOOD, headers=headers), status=403)
    finally:
        await admin.execute("UPDATE rhannu.users SET suspended_at = NULL WHERE id = $1", user)
        await admin.close()
    headers = service.headers("abuhb", "practitioner")
    answers = [await small.post("/v1/flag-checks", json=GOOD, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
    await told(answers[3], status=429)
    assert answers[3].headers["retry-after"]


@pytest.fixture
async def small(settings: Settings, service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The same service once more, with three requests a minute and a fifth of a second for a statement."""
    app = create_app(settings)
    state = await open_state(
        settings.model_copy(update={"rate_limit_per_minute": 3, "check_seconds": 0.2}), clock=service.clock
    )
    app.state.rhannu = state
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rhannu.test") as http:
        yield http
    await close_state(state)


FAULTS: dict[str, tuple[Callable[[], BaseException], int]] = {
    "the socket is gone": (ConnectionRefusedError, 503),
    "the connection is cut": (lambda: asyncpg.ConnectionDoesNotExistError("cut"), 503),
    "the statement takes too long": (lambda: asyncpg.QueryCanceledError("canceling statement"), 503),
    "the disk is full": (lambda: asyncpg.DiskFullError("could not extend file"), 503),
    "a defect": (lambda: RuntimeError("nobody expected this"), 500),
    "not even an exception of ours": (lambda: RecursionError("deep"), 500),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_whatever_befalls_the_statement_is_told_and_nothing_is_answered(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make, status = FAULTS[name]

    async def broken(*_: object) -> None:
        raise make()

    monkeypatch.setattr(asyncpg.pool.PoolConnectionProxy, "fetch", broken)
    headers = service.headers("abuhb", "practitioner", x_request_id=f"fault-{status}-{len(name)}")
    await told(await service.http.post("/v1/flag-checks", json=GOOD, headers=headers), status=status)
    monkeypatch.undo()
    (event,) = await service.events(request=headers["x-request-id"])
    assert (event["outcome"], event["subjects"], event["records"]) == ("error", [], [])


async def test_a_database_that_hangs_is_given_up_in_time(
    service: Service, small: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(CheckStatements, "_on_connection", hanging)
    await told(
        await small.post("/v1/flag-checks", json=GOOD, headers=service.headers("abuhb", "practitioner")), status=503
    )


async def test_a_fault_outside_every_handler_is_told_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr("api.rest.flag_checks.refuse", broken)
    monkeypatch.setattr(FlagChecks, "run", broken)
    await told(
        await service.http.post("/v1/flag-checks", json=GOOD, headers=service.headers("abuhb", "practitioner")),
        status=500,
    )


async def test_numbers_outlive_the_database_and_before_the_first_reading_there_is_the_regions(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await service.http.get("/v1/duty-contacts")).json()["contacts"]
    assert before
    directory = service.app.state.rhannu.directory  # type: ignore[attr-defined]
    monkeypatch.setattr(directory, "_read_at", float("-inf"))

    async def refused(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncpg.pool.Pool, "_acquire", refused)
    kept = await service.http.get("/v1/duty-contacts")
    assert kept.status_code == 200
    assert kept.json()["contacts"] == before
    assert kept.headers["cache-control"] == "public, max-age=86400"
    await told(
        await service.http.post("/v1/flag-checks", json=GOOD, headers=service.headers("abuhb", "practitioner")),
        status=503,
    )
    assert Directory("01633 960999").number_for("abuhb") == (None, "01633 960999")
    assert Directory().number_for("abuhb") is None


async def test_where_no_number_is_known_the_sentence_does_not_promise_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.app.state.rhannu.directory, "_contacts", {})  # type: ignore[attr-defined]
    body = (await service.http.post("/v1/flag-checks", json=GOOD)).json()
    assert body["dutyContact"] is None
    assert "you keep a copy of" in body["whatToDo"][0]["en"]
    assert "y cadwch gopi ohono" in body["whatToDo"][0]["cy"]
