"""The flag check over REST: the hot path, so its handler does no more than it must (ADR 0004)."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.problems import validation_refusal
from api.requests import caller_of, read_json, state_of
from api.routing import open_unit, refuse, within_limits
from api.schemas.flag_checks import FlagCheckBody, FlagCheckView
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_checks import Verdict
from services.core.caller import Caller
from services.flags.check_statements import RefusedOnTrail
from services.flags.checks import CheckAnswer, EntryAnswer


class MeasuredRoute(APIRoute):
    """A route that reads its own body and whose one statement leaves its own evidence."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give the handler itself; what FastAPI would resolve serves the documents only."""
        return handle_check


router = APIRouter(prefix="/v1", tags=["Flag checks"], route_class=MeasuredRoute)


async def handle_check(request: Request) -> Response:
    """Identify, limit, read, ask, answer."""
    state = state_of(request)
    caller: Caller | None = None
    headers: dict[str, str] = {}
    try:
        caller = caller_of(request)
        request.scope["rhannu.agency"] = caller.agency
        headers = within_limits(state.limiter.take(caller.client))
        body = _read(await read_json(request))
        if body.weight > 1:
            headers = within_limits(state.limiter.take(caller.client, body.weight - 1))
        registers = await state.directory.registers(state.pool)
        answer = await state.checks.run(caller, body.command(), state.clock())
    except RefusedOnTrail as refusal:
        return await refuse(request, None, refusal, headers)
    except Exception as failure:
        return await _refuse(request, caller, failure, headers)
    request.scope["rhannu.disclosure"] = answer.id
    content = render(answer, registers, state.directory.contact(caller.agency), state.directory.contact)
    return Response(content, headers=headers, media_type="application/json")


async def _refuse(request: Request, caller: Caller | None, failure: Exception, headers: dict[str, str]) -> Response:
    """Refuse a check and put that on the trail, within a time in which somebody at a door still waits."""
    if caller is None:
        return await refuse(request, None, failure, headers)
    state = state_of(request)
    unit = open_unit(state, caller)
    unit.draft.actions.append(AuditAction.FLAG_CHECKED)
    try:
        async with asyncio.timeout(state.settings.check_seconds):
            return await refuse(request, unit, failure, headers)
    except TimeoutError:
        return await refuse(request, None, DomainError("service-unavailable"), headers)


def _read(parsed: object) -> FlagCheckBody:
    try:
        return FlagCheckBody.model_validate(parsed)
    except ValidationError as error:
        raise validation_refusal([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None


@router.post("/flag-checks", operation_id="runFlagCheck", summary="Check people and places before contact")
async def run_flag_check(body: FlagCheckBody) -> FlagCheckView:
    """Ask whether there is a risk before you make contact, for 1 to 500 people and places in one call.

    Every line has one of five outcomes and says what to do; absence of a warning is never shown as safety.
    Checking registers nobody. A list counts as one request for each ten lines begun: 500 lines as 50.
    """
    raise NotImplementedError(body)


def render(answer: CheckAnswer, registers: bytes, duty: bytes, contact: Callable[[str], bytes]) -> bytes:
    """Write the answer; what the database wrote as JSON is put in as it is."""
    return b"".join((
        b'{"checkId":"', str(answer.id).encode(), b'","checkedAt":', orjson.dumps(answer.checked_at),
        b',"validUntil":', orjson.dumps(answer.valid_until), b',"dutyContact":', duty, b',"registers":', registers,
        b',"entries":[', b",".join([_entry(entry, contact) for entry in answer.entries]), b"]}",
    ))  # fmt: skip


def _entry(entry: EntryAnswer, contact: Callable[[str], bytes]) -> bytes:
    issues = [{"pointer": each.pointer, "code": each.code} for each in entry.issues]
    warnings = [
        b'{%s,"about":"%s","contact":%s}' % (line.members.encode(), line.about.encode(), contact(line.holder))
        for line in entry.warnings
    ]
    return b"".join((
        b'{"reference":', orjson.dumps(entry.reference), _said(entry.verdict), b"[", b",".join(warnings), b"]",
        b',"contacts":[', b",".join([contact(agency) for agency in entry.contacts]), b"]",
        b',"issues":', orjson.dumps(issues) if issues else b"[]", b"}",
    ))  # fmt: skip


@cache
def _said(verdict: Verdict) -> bytes:
    sentences = [{"en": said.en, "cy": said.cy} for said in verdict.sentences]
    return b',"outcome":"%s","whatToDo":%s,"warnings":' % (verdict.outcome.value.encode(), orjson.dumps(sentences))
