"""Spans say what was done and how it ended, and hold nobody: whatever the request, its headers or its failure held."""

import io
import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import structlog
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api import middleware
from api.app import create_app
from api.lifespan import close_state, open_state
from api.state import State
from services.core.settings import Settings
from services.core.tracing import TraceParent, read_traceparent
from services.core.unit_of_work import UnitOfWork
from tests.fixtures.service import Service
from tests.fixtures.spans import KeptProvider, KeptSpan, KeptTracer

CANARY = "Ysbrydion"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
KEYS = {
    "http.request.method", "http.route", "http.response.status_code", "error.type", "db.system.name",
    "db.operation.name",
}  # fmt: skip
NAMES = re.compile(
    r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|OTHER)( unmatched| /[a-z0-9/._{}-]*)?"
    r"|transaction|SELECT|INSERT|UPDATE|DELETE|WITH|OTHER"
)


@dataclass
class Traced:
    """The service once more, with a tracer that keeps what it is told."""

    app: FastAPI
    state: State
    http: httpx.AsyncClient
    tracer: KeptTracer
    log: io.BytesIO

    async def ask(self, method: str, path: str, **request: object) -> tuple[httpx.Response, KeptSpan]:
        first = len(self.tracer.spans)
        answer = await self.http.request(method, path, **request)  # type: ignore[arg-type]
        (span,) = [each for each in self.tracer.spans[first:] if each.kind is SpanKind.SERVER]
        return answer, span

    def logged(self) -> dict[str, object]:
        """Give the last line of the log."""
        line: dict[str, object] = json.loads(self.log.getvalue().splitlines()[-1])
        return line

    def below(self, span: KeptSpan) -> list[KeptSpan]:
        return [deeper for child in self.tracer.of(span) for deeper in [child, *self.below(child)]]


@pytest.fixture
def log(service: Service, monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """The lines of the one log line per request, written as configured."""
    kept = io.BytesIO()
    monkeypatch.setattr(middleware, "_log", structlog.wrap_logger(structlog.BytesLogger(kept)))
    return kept


@pytest.fixture
async def traced(service: Service, settings: Settings, log: io.BytesIO) -> AsyncIterator[Traced]:
    tracer = KeptTracer()
    app = create_app(settings, tracer=tracer)
    state = await open_state(settings, clock=service.clock, tracer=tracer)
    app.state.rhannu = state
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rhannu.test") as http:
        yield Traced(app, state, http, tracer, log)
    await close_state(state)


def body() -> dict[str, object]:
    return {
        "names": [{"family": f"{CANARY} {uuid.uuid4().hex[:6]}", "given": [CANARY]}],
        "birthDate": "1949-05-06",
        "addresses": [{"line1": f"{CANARY} House", "uprn": "100100100100"}],
    }


async def test_a_request_is_a_span_over_its_transactions_and_their_statements(traced: Traced, service: Service) -> None:
    made, span = await traced.ask("POST", "/v1/persons", json=body(), headers=service.creating("abuhb", "practitioner"))
    assert made.status_code == 201, made.text
    assert (span.name, span.kind, span.status) == ("POST /v1/persons", SpanKind.SERVER, StatusCode.UNSET)
    assert span.attributes == {
        "http.request.method": "POST", "http.route": "/v1/persons", "http.response.status_code": 201,
    }  # fmt: skip
    (transaction,) = traced.tracer.of(span)
    assert transaction.name == "transaction"
    kinds = [each.name for each in traced.tracer.of(transaction)]
    assert (kinds[0], kinds[-1]) == ("SELECT", "SELECT"), "from the gate to the trail"
    assert "INSERT" in kinds
    assert all(each.ended is not None and each.context.trace_id == span.context.trace_id for each in traced.below(span))


async def test_the_check_s_own_statement_is_in_the_request_s_trace(traced: Traced, service: Service) -> None:
    entry = {"identity": {"family": CANARY, "given": "Nia", "birthDate": "1949-05-06"}}
    answer, span = await traced.ask(
        "POST", "/v1/flag-checks", json={"entries": [entry]}, headers=service.headers("abuhb", "practitioner")
    )
    assert answer.status_code == 200
    statements = [each for each in traced.below(span) if each.name == "SELECT"]
    assert statements
    assert all(0 < each.started <= (each.ended or 0) for each in statements)


async def test_no_span_holds_a_person_whatever_was_asked(
    traced: Traced, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry = {"tracestate": f"board={CANARY}", "baggage": f"name={CANARY}", "user-agent": CANARY}
    headers = service.headers("abuhb", "practitioner") | carry
    creating = service.creating("abuhb", "practitioner") | carry
    made, _ = await traced.ask("POST", "/v1/persons", json=body(), headers=creating | {"traceparent": TRACEPARENT})
    record = made.json()["id"]
    search = {"family": CANARY, "given": "Nia", "birthDate": "1949-05-06"}
    query = "query($id: UUID!) { personSummary(id: $id) { names { family } } }"
    asked: list[tuple[str, str, int, dict[str, object]]] = [
        ("GET", f"/v1/persons/{record}", 200, {}),
        ("GET", f"/v1/persons/{CANARY}", 400, {}),
        ("GET", f"/v1/{CANARY}?name={CANARY}", 404, {}),
        ("GET", f"/v1/persons/{uuid.uuid4()}?name={CANARY}", 404, {}),
        (CANARY.upper(), "/v1/persons", 405, {}),
        ("POST", "/v1/persons/search", 200, {"json": search}),
        ("POST", "/v1/persons/search", 422, {"json": {CANARY: CANARY}}),
        (
            "POST",
            "/v1/persons/search",
            400,
            {"content": f"{{{CANARY}", "headers": {"content-type": "application/json"}},
        ),
        ("POST", "/v1/flag-checks", 200, {"json": {"entries": [{"reference": CANARY, "personId": record}]}}),
        ("POST", "/graphql", 200, {"json": {"query": query, "variables": {"id": record}}}),
        ("POST", "/graphql", 400, {"json": {"query": f'{{ {CANARY}(name: "{CANARY}" }}'}}),
        ("GET", f"/v1/persons/{record}", 401, {"headers": {"Authorization": f"Bearer {CANARY}"}}),
        ("GET", f"/v1/persons/{record}", 200, {"headers": {"traceparent": f"00-{CANARY}-01"}}),
    ]
    for method, path, status, request in asked:
        more = request.pop("headers", {})
        assert isinstance(more, dict)
        answer, _ = await traced.ask(method, path, headers=headers | more, **request)
        assert answer.status_code == status, (method, path, answer.text)

    async def fails(*_arguments: object, **_named: object) -> None:
        raise OSError(CANARY)

    monkeypatch.setattr(UnitOfWork, "_append", fails)
    answer, span = await traced.ask("GET", f"/v1/persons/{record}", headers=headers)
    assert (answer.status_code, span.status, span.attributes["error.type"]) == (503, StatusCode.ERROR, "503")

    spans = traced.tracer.spans
    assert len(spans) > 40
    assert [each.everything() for each in spans if CANARY.lower() in each.everything().lower()] == []
    assert record not in "".join(each.everything() for each in spans)
    assert {key for each in spans for key in each.attributes} <= KEYS
    assert [name for each in spans for name in each.names if not NAMES.fullmatch(name)] == []
    assert all(each.ended is not None for each in spans)
    assert CANARY.lower() not in traced.log.getvalue().decode().lower()


async def test_whoever_installs_an_sdk_gets_our_spans_and_no_library_s(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that finds a provider makes spans of its own, with addresses and what is in them."""
    provider = KeptProvider()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    app = create_app(settings.model_copy(update={"telemetry": True}))
    app.state.rhannu = service.app.state.rhannu  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = service.headers("abuhb", "practitioner")
    async with httpx.AsyncClient(transport=transport, base_url="http://rhannu.test") as http:
        await http.get(f"/v1/persons/{uuid.uuid4()}?name={CANARY}", headers=headers)
        await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    made = {name: [span.name for span in tracer.spans] for name, tracer in provider.tracers.items()}
    assert made == {"rhannu": ["GET /v1/persons/{person_id}", "POST /graphql"]}


async def test_a_statement_that_fails_says_the_kind_of_fault_and_not_its_words(traced: Traced) -> None:
    with pytest.raises(DBAPIError):
        async with traced.state.engine.connect() as connection:
            await connection.execute(text(f"SELECT '{CANARY}'::int"))
    transaction, statement = traced.tracer.spans[-2:]
    assert (statement.name, statement.status) == ("SELECT", StatusCode.ERROR)
    assert CANARY not in statement.everything()
    assert (transaction.name, transaction.ended is not None) == ("transaction", True)


async def test_a_connection_cut_in_the_middle_leaves_no_span_open(traced: Traced) -> None:
    with pytest.raises(DBAPIError):
        async with traced.state.engine.connect() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)"))
    assert [each.name for each in traced.tracer.spans if each.ended is None] == []
    assert traced.tracer.spans[-1].status is StatusCode.ERROR


async def test_a_caller_s_trace_goes_on_in_ours(traced: Traced) -> None:
    _, span = await traced.ask("GET", "/health/live", headers={"traceparent": TRACEPARENT})
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert span.parent.is_remote
    assert traced.logged()["trace"] == TRACE


async def test_without_a_caller_s_trace_the_log_names_our_own(traced: Traced) -> None:
    _, span = await traced.ask("GET", "/health/live", headers={"traceparent": TRACEPARENT.replace("00-4", "ff-4")})
    assert not span.parent.is_valid
    assert traced.logged()["trace"] == f"{span.context.trace_id:032x}"


class TestOff:
    async def test_the_caller_s_trace_is_in_the_log_all_the_same(self, service: Service, log: io.BytesIO) -> None:
        await service.http.get("/health/live", headers={"traceparent": TRACEPARENT})
        await service.http.get("/health/live", headers={"traceparent": "00-x"})
        await service.http.get("/health/live")
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line.get("trace") for line in lines] == [TRACE, None, None]

    async def test_nothing_listens_to_the_database(self, service: Service) -> None:
        engine = service.app.state.rhannu.engine.sync_engine  # type: ignore[attr-defined]
        assert service.app.state.tracer is None  # type: ignore[attr-defined]
        assert list(engine.dispatch.before_cursor_execute) == []

    async def test_telemetry_without_an_sdk_answers_and_keeps_the_trace_in_the_log(
        self, service: Service, settings: Settings, log: io.BytesIO
    ) -> None:
        app = create_app(settings.model_copy(update={"telemetry": True}))
        app.state.rhannu = service.app.state.rhannu  # type: ignore[attr-defined]
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://rhannu.test") as http:
            assert (await http.get("/health/ready", headers={"traceparent": TRACEPARENT})).status_code == 200
            assert (await http.get("/health/ready")).status_code == 200
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line.get("trace") for line in lines] == [TRACE, None]


@pytest.mark.parametrize(
    "header",
    [TRACEPARENT, TRACEPARENT.replace("00-4", "cc-4"), f"cc-{TRACE}-{PARENT}-01-what-comes-later"],
)
def test_a_well_formed_parent_is_read(header: str) -> None:
    assert read_traceparent(header.encode()) == TraceParent(TRACE, PARENT, 1)


@pytest.mark.parametrize(
    "header",
    [
        "", "00", TRACEPARENT.upper(), TRACEPARENT[:-1], TRACEPARENT + "-more", f" {TRACEPARENT}",
        f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{PARENT}-01", f"00-{TRACE}-{PARENT}-0x", f"cc-{TRACE}-{PARENT}-01.more",
        f"00-{TRACE}-{PARENT}-01\n", "\xff" * 55,
    ],
)  # fmt: skip
def test_anything_else_is_ignored(header: str) -> None:
    assert read_traceparent(header.encode("latin-1")) is None
