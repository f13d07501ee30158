"""Traces: where a request came from, and spans for whoever installs the OpenTelemetry SDK; off by default.

Rhannu depends on OpenTelemetry's API alone, through which spans lead nowhere until an SDK and an exporter are
installed beside it. A span holds a route's template, a method, a status and a kind of statement: no address, no value,
no message of an exception, since each of these can hold a person (law 9).
"""

import re
from dataclasses import dataclass
from typing import Final

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    ProxyTracerProvider,
    Span,
    SpanContext,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from services.core.settings import Settings

_log = structlog.get_logger()
_FORM: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The trace and the caller's span in it, as the header `traceparent` gives them."""

    trace_id: str
    span_id: str
    flags: int

    def context(self) -> Context:
        """Give the context in which our span continues the caller's trace; its `tracestate`, free text, is left out."""
        flags = TraceFlags(self.flags)
        parent = SpanContext(int(self.trace_id, 16), int(self.span_id, 16), is_remote=True, trace_flags=flags)
        return set_span_in_context(NonRecordingSpan(parent), Context())


def read_traceparent(header: bytes) -> TraceParent | None:
    """Read the header, or give None where it is not well formed and so to be ignored (W3C Trace Context 3.2)."""
    found = _FORM.fullmatch(header.decode("latin-1"))
    if found is None or (found["version"] == "00" and found["more"] is not None):
        return None
    return TraceParent(found["trace"], found["span"], int(found["flags"], 16))


def tracer_of(settings: Settings) -> Tracer | None:
    """Give the tracer, None where telemetry is off; say so where it is on and nothing receives its spans."""
    if not settings.telemetry:
        return None
    if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
        _log.warning("telemetry.no-sdk-installed")
    return trace.get_tracer("rhannu")


def trace_id_of(span: Span) -> str | None:
    """Give the id of the trace a span belongs to, None where nothing records it and no caller gave one."""
    context = span.get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def end(span: Span, error: str | None = None) -> None:
    """End a span; `error` is a status or the name of a class, never a message."""
    if error is not None:
        span.set_status(StatusCode.ERROR)
        span.set_attribute("error.type", error)
    span.end()
