"""Spans of the database: one per transaction, one per statement by its kind, attached only where telemetry is on.

The engine's own events carry them, so that a unit of work knows nothing of them and costs nothing more without them.
"""

import time

import asyncpg
from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from services.core.tracing import end
from services.db.engine import Prepare

_KINDS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"})
_TRANSACTION = "rhannu.transaction"
_STATEMENT = "rhannu.statement"
_SYSTEM = "postgresql"


def kind_of(statement: str) -> str:
    """Give the first word of a statement where it is one of ours; nothing else of it may stand in a span."""
    word = next(iter(statement[:40].split(maxsplit=1)), "").upper()
    return word if word in _KINDS else "OTHER"


def trace_engine(engine: AsyncEngine, tracer: Tracer) -> None:
    """Make a span of every transaction, from the taking of a connection to its return, and of every statement in it."""

    def taken(_driver: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        attributes = {"db.system.name": _SYSTEM}
        record.info[_TRANSACTION] = tracer.start_span("transaction", attributes=attributes)

    def started(connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        held = connection.info
        parent: Span | None = held.get(_TRANSACTION)
        kind = kind_of(statement)
        held[_STATEMENT] = tracer.start_span(
            kind,
            None if parent is None else set_span_in_context(parent),
            SpanKind.CLIENT,
            {"db.system.name": _SYSTEM, "db.operation.name": kind},
        )

    event.listen(engine.sync_engine, "checkout", taken)
    event.listen(engine.sync_engine, "checkin", _given_back)
    event.listen(engine.sync_engine, "invalidate", _given_back)
    event.listen(engine.sync_engine, "before_cursor_execute", started)
    event.listen(engine.sync_engine, "after_cursor_execute", _done)
    event.listen(engine.sync_engine, "handle_error", _failed)


def _given_back(_driver: object, record: ConnectionPoolEntry, *_more: object) -> None:
    for name in (_STATEMENT, _TRANSACTION):
        span: Span | None = record.info.pop(name, None)
        if span is not None:
            end(span, "interrupted" if name == _STATEMENT else None)


def _done(connection: Connection, *_more: object) -> None:
    span: Span | None = connection.info.pop(_STATEMENT, None)
    if span is not None:
        end(span)


def _failed(failure: ExceptionContext) -> None:
    connection = failure.connection
    if connection is None or connection.invalidated:
        return
    span: Span | None = connection.info.pop(_STATEMENT, None)
    if span is not None:
        end(span, type(failure.original_exception).__qualname__)


def traced_connections(tracer: Tracer) -> Prepare:
    """Make what a pool of the driver's own connections does with a new one: see its statements as spans."""

    def ran(query: asyncpg.connection.LoggedQuery) -> None:
        kind = kind_of(query.query)
        now = time.time_ns()
        attributes = {"db.system.name": _SYSTEM, "db.operation.name": kind}
        started = now - int(query.elapsed * 1_000_000_000)
        span = tracer.start_span(kind, None, SpanKind.CLIENT, attributes, start_time=started)
        end(span, None if query.exception is None else type(query.exception).__qualname__)

    async def prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        connection.add_query_logger(ran)

    return prepare
