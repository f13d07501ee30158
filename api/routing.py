"""Routes that cannot forget: identity first, one unit of work around the handler, commit before the answer.

A plain dependency would commit after the last byte had left; here the answer is built, the event and the
change are committed, and only then does anything go out (law 1). `router()` is the only way to make a router
for personal data, and a test walks every route to see that it was used.
"""

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

import structlog
from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.disclosing import kinds_of, redact
from api.limiter import Allowance
from api.problems import problem_response, validation_refusal
from api.requests import (
    CSV,
    JsonRequest,
    caller_of,
    read_json,
    reader_language,
    request_id_of,
    require_media_type,
    state_of,
)
from api.state import State
from domain.errors import DomainError
from domain.field_lists import LISTS
from services.core.caller import Caller
from services.core.unit_of_work import UnitOfWork

_log = structlog.get_logger()
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class UnitOfWorkRoute(APIRoute):
    """A route whose handler runs inside a unit of work."""

    @override
    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's handler: identify, limit, read, run, redact, commit, answer."""
        inner = super().get_route_handler()
        kinds = kinds_of(self.response_model)

        async def handle(request: Request) -> Response:
            state = state_of(request)
            unit: UnitOfWork | None = None
            headers: dict[str, str] = {}
            try:
                caller = caller_of(request)
                headers = within_limits(state.limiter.take(caller.client))
                unit = self.unit_for(state, caller)
                request.scope["rhannu.unit"] = unit
                unit.ask_for(*_ids_asked_for(request))
                parsed = await self.read_body(request)
                unit.listing = listing_of(self.operation_id, request, parsed)
                response = redact(unit, kinds, await inner(JsonRequest(request, await request.body(), parsed)))
                await unit.commit()
                request.scope["rhannu.disclosure"] = unit.event_id
                response.headers.update(headers)
            except Exception as failure:
                return await refuse(request, unit, failure, headers)
            else:
                return response
            finally:
                if unit is not None:
                    await unit.close()

        return handle

    def unit_for(self, state: State, caller: Caller) -> UnitOfWork:
        """Make the unit of work of one request, on the application's connection."""
        return open_unit(state, caller)

    async def read_body(self, request: Request) -> object:
        """Read the body as JSON, before anything else looks at it."""
        return await read_json(request)


def listing_of(operation: str | None, request: Request, parsed: object) -> tuple[str, frozenset[str]] | None:
    """Say which list is asked for, and by which parameters of the query and the body it is narrowed."""
    if operation is None or operation not in LISTS:
        return None
    members = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    return operation, frozenset(request.query_params) | {name for name, value in members.items() if value is not None}


def _ids_asked_for(request: Request) -> list[str]:
    """Give the ids in the address for the trail; what is no id of ours may be a name and is not put there (law 9)."""
    return [f"{name}:{value}" for name, value in request.path_params.items() if _UUID.fullmatch(str(value))]


class CsvRoute(UnitOfWorkRoute):
    """A route that takes a file of CSV: bytes whose spelling the caller states elsewhere, not JSON."""

    @override
    async def read_body(self, request: Request) -> object:
        """Leave the bytes as they are.

        Raises:
            DomainError: `media-type-unsupported`.
        """
        require_media_type(request, CSV)
        return None


class AuditRoute(UnitOfWorkRoute):
    """A route whose unit runs on the auditor's connection, whose row security knows the trail and no content."""

    @override
    def unit_for(self, state: State, caller: Caller) -> UnitOfWork:
        """Make the unit of work of one question about the trail."""
        return open_unit(state, caller, as_auditor=True)


def open_unit(state: State, caller: Caller, *, as_auditor: bool = False) -> UnitOfWork:
    """Make the unit of work of one request; it takes a connection only when it is first used."""
    engine = state.auditor_engine if as_auditor else state.engine
    return UnitOfWork(engine, state.signer, caller, match_key=state.settings.match_key, clock=state.clock)


def within_limits(allowance: Allowance) -> dict[str, str]:
    """Give the rate-limit headers of an allowance that is not spent.

    Raises:
        RateLimited: it is.
    """
    if allowance.is_spent:
        raise RateLimited(allowance)
    return allowance.headers()


class RateLimited(DomainError):
    """One request too many, with what the client has left."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__("rate-limited")
        self.headers = {**allowance.headers(), "Retry-After": str(max(1, allowance.reset_seconds))}


def refusal_of(failure: Exception) -> DomainError:
    """Say which refusal a failure is; what nobody expected is an internal error, told to the log by its type only."""
    if isinstance(failure, DomainError):
        return failure
    if isinstance(failure, RequestValidationError):
        return validation_refusal(failure.errors())
    _log.error("request.failed", error=type(failure).__qualname__, module=type(failure).__module__)
    return DomainError("internal-error")


async def refuse(request: Request, unit: UnitOfWork | None, failure: Exception, headers: dict[str, str]) -> Response:
    """Put a refusal on the trail, where a unit says whose it is, and answer with its problem."""
    error = refusal_of(failure)
    if unit is not None and not unit.is_committed:
        try:
            await unit.refuse(error)
        except DomainError as unwritten:
            error = unwritten
    if isinstance(error, RateLimited):
        headers = error.headers
    return problem_response(error, reader_language(request), request_id_of(request.scope), headers)


def router(*, prefix: str = "", tags: list[str]) -> APIRouter:
    """Make a router for personal data."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=UnitOfWorkRoute)


def csv_router(*, prefix: str = "", tags: list[str]) -> APIRouter:
    """Make a router for files of personal data."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=CsvRoute)


def audit_router(*, prefix: str = "", tags: list[str]) -> APIRouter:
    """Make a router for questions about the trail."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=AuditRoute)


async def unit_of(request: Request) -> UnitOfWork:
    """Give the unit of work of this request."""
    return cast("UnitOfWork", request.scope["rhannu.unit"])


Unit = Annotated[UnitOfWork, Depends(unit_of)]
