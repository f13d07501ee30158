"""Logs of codes, not of people: one JSON line per event, with an allow-list of keys (law 9).

Whoever logs under a key that is not listed finds it dropped, so a name or a number cannot slip into a log
by way of a convenient argument.
"""

from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

ALLOWED = frozenset({
    "event", "level", "timestamp", "route", "method", "status", "ms", "request", "error", "module", "code", "count",
    "client", "agency", "port", "host", "environment", "migration", "seconds", "worker", "version", "trace",
    "erased", "keys",
})  # fmt: skip


def _only_allowed(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in [key for key in event if key not in ALLOWED]:
        del event[key]
    return event


def configure_logging() -> None:
    """Set up the one way of logging; safe to call again."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _dump(value: object, **_options: object) -> bytes:
    return orjson.dumps(value)
