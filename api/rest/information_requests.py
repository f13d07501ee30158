"""Requests for information over REST: each step by the side that may take it."""

from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.disclosures import AnswerRequestBody, AnswerUnderFlowBody, RefuseRequestBody
from api.schemas.information_requests import (
    AskClarificationBody,
    AskForInformationBody,
    ClarifyRequestBody,
    InformationRequestQuery,
    InformationRequestsView,
    InformationRequestView,
    MatchRequestBody,
    RequestNoteBody,
    RequestReasonBody,
    request_view,
    requests_view,
)
from domain.ids import InformationRequestId, RecordId
from services import sharing
from services.core.idempotency import Made
from services.core.unit_of_work import UnitOfWork
from services.sharing import SeenRequest, Step

router = guarded_router(prefix="/v1/information-requests", tags=["Sharing"])
Command = TypeVar("Command")


def _shown(unit: UnitOfWork, seen: SeenRequest, response: Response) -> InformationRequestView:
    response.headers["ETag"] = etag(seen.request.version)
    return request_view(seen, unit.now)


@dataclass(frozen=True, slots=True)
class Taking:
    """A step that is asked for on a request, and how its answer is shown."""

    unit: UnitOfWork
    request_id: UUID
    conditions: StepConditions
    response: Response

    def step(self, command: Command) -> Step[Command]:
        """Say what is to be done."""
        return Step(self.request_id, self.conditions.version, command, self.conditions.once)

    def shown(self, made: Made[SeenRequest]) -> InformationRequestView:
        """Show the request to the side that took the step."""
        return _shown(self.unit, made.value, self.response)


async def _taking(unit: Unit, request_id: UUID, conditions: StepConditions, response: Response) -> Taking:
    return Taking(unit, request_id, conditions, response)


Asked = Annotated[Taking, Depends(_taking)]


@router.post("", status_code=201, operation_id="askForInformation", summary="Ask another agency for information")
async def ask_for_information(
    unit: Unit, once: IdempotencyKey, body: AskForInformationBody, response: Response
) -> InformationRequestView:
    """Ask an agency about the person of one of your records: which items, for what purpose, on what footing.

    Section 164 is a council's request to a relevant partner, section 137 the Board's. Where the holder is no public
    body, say that you need this for your public task. An emergency is answered within the hour, urgent within 24 hours,
    routine within seven days (civil time).
    """
    made = await sharing.ask_for_information(unit, body.command(), once)
    response.headers["Location"] = f"/v1/information-requests/{made.value.request.id}"
    return _shown(unit, made.value, response)


@router.get("", operation_id="listInformationRequests", summary="List requests for information")
async def list_information_requests(
    unit: Unit, query: Annotated[InformationRequestQuery, Query()], response: Response
) -> InformationRequestsView:
    """List requests that came to your agency or went out from it, newest first; who only asks sees their own."""
    page = await sharing.list_information_requests(unit, query.asked())
    shown = requests_view(page, unit.principal.agency, unit.now)
    link_next(response, "/v1/information-requests", query, shown.next)
    return shown


@router.get("/{request_id}", operation_id="readInformationRequest", summary="Read a request for information")
async def read_information_request(unit: Unit, request_id: UUID, response: Response) -> InformationRequestView:
    """Read a request that your agency asked or is asked; notes and the person's record are those of your own side."""
    seen = await sharing.read_information_request(unit, InformationRequestId(request_id))
    return _shown(unit, seen, response)


@router.post(
    "/{request_id}/acknowledgement", operation_id="acknowledgeInformationRequest", summary="Acknowledge a request"
)
async def acknowledge_request(asked: Asked) -> InformationRequestView:
    """Say, as the holder, that you have the request and are working on it."""
    return asked.shown(await sharing.acknowledge_request(asked.unit, asked.step(None)))


@router.post("/{request_id}/match", operation_id="matchInformationRequest", summary="Say which of your records it is")
async def match_request(asked: Asked, body: MatchRequestBody) -> InformationRequestView:
    """Say, as the holder, which of your own records the person is; needed before anything is given.

    A human finds it with `POST /v1/persons/search`. Nothing is merged, and the asker does not learn your record's id.
    """
    return asked.shown(await sharing.match_request(asked.unit, asked.step(RecordId(body.person_id))))


@router.post("/{request_id}/clarifications", operation_id="askClarification", summary="Ask the asker what is meant")
async def ask_clarification(asked: Asked, body: AskClarificationBody) -> InformationRequestView:
    """Ask, as the holder, what you need to know first; the time for your answer stands still until the reply."""
    return asked.shown(await sharing.ask_clarification(asked.unit, asked.step(body.question)))


@router.post(
    "/{request_id}/clarifications/reply", operation_id="clarifyInformationRequest", summary="Reply to the holder"
)
async def clarify_request(asked: Asked, body: ClarifyRequestBody) -> InformationRequestView:
    """Reply, as the asker, to the holder's question; the time it waited is added to the time for the answer."""
    return asked.shown(await sharing.clarify_request(asked.unit, asked.step(body.reply)))


@router.post("/{request_id}/answer", operation_id="answerInformationRequest", summary="Answer a request item by item")
async def answer_request(asked: Asked, body: AnswerRequestBody) -> InformationRequestView:
    """Grant or refuse each item asked for; what you grant becomes a disclosure with exactly the facts you give.

    A refused item names its ground in the form that the gateway requires, with written reasons. Whoever asked never
    answers, from any account. `disclosureId` names the record that both agencies read.
    """
    return asked.shown(await sharing.answer_request(asked.unit, asked.step(body.command())))


@router.post("/{request_id}/flow-answer", operation_id="answerUnderFlow", summary="Answer under a protocol's flow")
async def answer_under_flow(asked: Asked, body: AnswerUnderFlowBody) -> InformationRequestView:
    """Grant or refuse each item under a flow of a protocol in force that covers all you grant; no senior decision.

    `GET /v1/sharing-flows` tells which flows let your agency give the asker which items for which purpose; the purpose
    is that of the request. An item outside the flow is refused here, or the whole answered with `/answer`.
    """
    return asked.shown(await sharing.answer_under_flow(asked.unit, asked.step(body.command())))


@router.post("/{request_id}/refusal", operation_id="refuseInformationRequest", summary="Refuse a request")
async def refuse_request(asked: Asked, body: RefuseRequestBody) -> InformationRequestView:
    """Give nothing, with written reasons in the form that the gateway requires.

    Section 164 knows two forms: incompatible with your own duties, or otherwise adverse to your functions. The asker
    may escalate a refusal once; somebody else of yours then decides again.
    """
    return asked.shown(await sharing.refuse_request(asked.unit, asked.step(body.command())))


@router.post("/{request_id}/escalation", operation_id="escalateInformationRequest", summary="Escalate a request")
async def escalate_request(asked: Asked, body: RequestReasonBody) -> InformationRequestView:
    """Put a request before more senior people: the holder while it is open, the asker then and after a refusal."""
    return asked.shown(await sharing.escalate_request(asked.unit, asked.step(body.reason)))


@router.post("/{request_id}/withdrawal", operation_id="withdrawInformationRequest", summary="Take a request back")
async def withdraw_request(asked: Asked, body: RequestReasonBody) -> InformationRequestView:
    """Take back, as the asker, a request that has not been answered; the holder reads why."""
    return asked.shown(await sharing.withdraw_request(asked.unit, asked.step(body.reason)))


@router.post(
    "/{request_id}/notes", operation_id="noteOnInformationRequest", summary="Note something for your own agency"
)
async def note_on_request(
    unit: Unit, request_id: UUID, once: IdempotencyKey, body: RequestNoteBody, response: Response
) -> InformationRequestView:
    """Note something that stays with your own agency; the other one never sees it."""
    made = await sharing.note_on_request(unit, InformationRequestId(request_id), body.note, once)
    return _shown(unit, made.value, response)
