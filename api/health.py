"""Liveness, readiness and metrics: answers without personal data, and readiness that means it."""

import structlog
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.requests import state_of
from domain.errors import DomainError
from services.db.engine import assert_durable
from services.db.revision import assert_migrated

_log = structlog.get_logger()
router = APIRouter(tags=["Operations"])


@router.get("/health/live", operation_id="isAlive", summary="Is the process alive?")
async def live() -> dict[str, str]:
    """Say that the process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/health/ready", operation_id="isReady", summary="Can the service answer safely?")
async def ready(request: Request) -> Response:
    """Ask the database, whether it keeps what it acknowledges and has this release's schema, before saying yes.

    `limits` is `shared` while requests are counted together with the other processes, `own` while this process
    counts alone; that is no reason to send requests elsewhere.
    """
    state = state_of(request)
    try:
        await assert_durable(state.engine)
        await assert_migrated(state.engine, state.revision)
    except Exception as failure:
        _log.warning("readiness.no", error=type(failure).__qualname__)
        raise DomainError("service-unavailable") from None
    return JSONResponse({"status": "ready", "limits": "shared" if state.together.is_together else "own"})


@router.get("/metrics", operation_id="readMetrics", summary="Metrics for Prometheus", include_in_schema=False)
async def metrics() -> Response:
    """Counts and times by route template, without personal data."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
