"""What happens to every request and every answer, in one plain ASGI layer.

Request id, trace, body limit, security headers, one log line and two metrics without personal data, and the
disclosure gate: an answer from a route for personal data leaves only if its event was committed (law 1).
"""

import re
import time
import uuid
from functools import lru_cache

import structlog
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Tracer, use_span
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.failing import advised, is_check
from api.languages import Language, language_of
from api.problems import problem_response
from domain.errors import DomainError
from services.core.tracing import end, read_traceparent, trace_id_of

DEFAULT_BODY_LIMIT = 64 * 1024
BODY_LIMITS = {"/graphql": 16 * 1024, "/v1/flag-checks": 512 * 1024, "/v1/visit-sheets": 512 * 1024}
"""Where a body may be other than 64 KiB: a list of 500 people is long, a query never is."""
REGISTER_LIMIT = 8 * 1024 * 1024
"""A register of 20,000 rows, the most that one import takes, at 400 bytes each: a line with an address and a note."""
_REGISTER = re.compile(r"/v1/flag-imports/[^/]+/file")

GUARDED = ("/v1/", "/graphql")
PUBLIC = ("/v1/vocabularies", "/v1/duty-contacts", "/v1/ping")
"""Answers below GUARDED that hold no personal data and so need no event."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SECURITY_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
]
_CLOSED_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.get_logger()
REQUESTS = Counter("rhannu_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram("rhannu_request_seconds", "Time to answer", ["route"])


@lru_cache(maxsize=4096)
def _measures(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, _known(method), str(status)), SECONDS.labels(route)


def _known(method: str) -> str:
    return method if method in _METHODS else "OTHER"


def _limit_of(path: str) -> int:
    """Say how many bytes a body may have."""
    return REGISTER_LIMIT if _REGISTER.fullmatch(path) else BODY_LIMITS.get(path, DEFAULT_BODY_LIMIT)


class Edge:
    """The one middleware."""

    def __init__(self, app: ASGIApp, tracer: Tracer | None = None) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HTTP through the edge; other kinds of connection pass by, or are refused by the router."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        if self._tracer is None:
            await exchange.run(self._app)
        else:
            await exchange.run_traced(self._app, self._tracer)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._read = 0
        self._status = 0
        self._withheld = False
        self._held: tuple[Message, bytearray] | None = None
        self._started = time.perf_counter()
        self._path: str = scope["path"]
        self._limit = _limit_of(self._path)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        self._request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        self._language: Language = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        self._length = headers.get(b"content-length", b"")
        parent = headers.get(b"traceparent")
        self._parent = None if parent is None else read_traceparent(parent)
        self._trace = None if self._parent is None else self._parent.trace_id
        scope["rhannu.request_id"] = self._request_id

    async def run(self, app: ASGIApp) -> None:
        """Run the application, then count and log."""
        try:
            if self._length.isdigit() and int(self._length) > self._limit:
                await self._refuse("body-too-large")
            else:
                await app(self._scope, self._receive_within_limit, self._send_guarded)
        except DomainError as refusal:
            await self._refuse(refusal.code)
        except Exception as failure:
            if self._status > 0:
                raise
            _log.error("request.failed", error=type(failure).__qualname__, module=type(failure).__module__)
            await self._refuse("internal-error")
        finally:
            self._account()

    async def run_traced(self, app: ASGIApp, tracer: Tracer) -> None:
        """Do the same within a span that is named for the route and holds nothing of the request's own."""
        method = _known(self._scope["method"])
        context = Context() if self._parent is None else self._parent.context()
        span = tracer.start_span(method, context, SpanKind.SERVER, {"http.request.method": method})
        self._trace = trace_id_of(span)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                await self.run(app)
        finally:
            route = self._template()
            span.update_name(f"{method} {route}")
            span.set_attributes({"http.route": route, "http.response.status_code": self._status})
            end(span, str(self._status) if self._status >= 500 or self._status < 100 else None)

    async def _receive_within_limit(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            if self._read > self._limit:
                raise DomainError("body-too-large")
        return message

    async def _send_guarded(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] < 400 and self._needs_evidence() and "rhannu.disclosure" not in self._scope:
                self._status = -1
                await self._refuse("service-unavailable")
                return
            self._status = message["status"]
            if message["status"] >= 400 and is_check(self._path):
                self._held = (message, bytearray())
                return
            self._add_headers(message)
        elif self._withheld:
            return
        elif self._held is not None:
            await self._send_advised(*self._held, message)
            return
        await self._send(message)

    async def _send_advised(self, start: Message, problem: bytearray, message: Message) -> None:
        """Send a failed check with what to do; its problem is held back until it is whole."""
        problem += message.get("body", b"")
        if not message.get("more_body", False):
            body = advised(self._scope, bytes(problem))
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
            self._add_headers(start)
            await self._send(start)
            await self._send({"type": "http.response.body", "body": body})

    def _needs_evidence(self) -> bool:
        return self._path.startswith(GUARDED) and not self._path.startswith(PUBLIC)

    async def _refuse(self, code: str) -> None:
        """Answer with a problem in place of whatever the application would have said."""
        if self._status > 0:
            return
        response = problem_response(DomainError(code), self._language, self._request_id)
        self._status = response.status_code
        self._withheld = True
        start: Message = {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
        body: Message = {"type": "http.response.body", "body": response.body}
        if is_check(self._path):
            await self._send_advised(start, bytearray(), body)
            return
        self._add_headers(start)
        await self._send(start)
        await self._send(body)

    def _add_headers(self, message: Message) -> None:
        headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
        names = {name.lower() for name, _ in headers}
        headers += _SECURITY_HEADERS
        headers.append((b"x-request-id", self._request_id.encode()))
        if b"cache-control" not in names:
            headers.append(_NO_STORE)
        if b"content-security-policy" not in names:
            headers.append(_CLOSED_POLICY)
        message["headers"] = headers

    def _template(self) -> str:
        return getattr(self._scope.get("route"), "path", None) or "unmatched"

    def _account(self) -> None:
        seconds = time.perf_counter() - self._started
        template = self._template()
        counter, histogram = _measures(template, self._scope["method"], self._status)
        counter.inc()
        histogram.observe(seconds)
        _log.info(
            "request.answered",
            route=template,
            method=_known(self._scope["method"]),
            status=self._status,
            ms=round(seconds * 1000, 1),
            request=self._request_id,
            **({} if self._trace is None else {"trace": self._trace}),
        )
