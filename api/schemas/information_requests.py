"""Requests for information on the wire: what one agency asks and what the other makes of it, as either side sees it."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Codes, Line, Reason
from api.schemas.paging import PageQuery, cursor_of
from api.schemas.persons import SearchBody
from domain.disclosures import Footing
from domain.flag_decisions import Signature
from domain.ids import AgencyCode, RecordId
from domain.information_request_codes import InformationRequestState, Urgency
from domain.information_requests import AskForInformation, Clarification, InformationRequest, WantedItem
from domain.paging import Page
from services.sharing import RequestsWanted, SeenRequest


class Direction(StrEnum):
    """Whether a request came to your agency or went out from it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class FootingBody(Body):
    """What it rests on: purpose, basis, gateway, why it is necessary and why no less would do."""

    purpose: Annotated[Code, listed("purpose-of-use")]
    lawful_basis: Annotated[Codes, listed("lawful-basis")]
    special_conditions: Annotated[Codes, listed("special-condition")] = []
    gateways: Annotated[Codes, listed("gateway")]
    necessity: Annotated[Reason, Field(description="Why this is needed for the purpose.")]
    proportionality: Annotated[Reason, Field(description="Why no less would do, and how it touches the person.")]

    def footing(self) -> Footing:
        """Give it as the rules know it."""
        return Footing(
            purpose=self.purpose,
            lawful_basis=tuple(self.lawful_basis),
            special_conditions=tuple(self.special_conditions),
            gateways=tuple(self.gateways),
            necessity=self.necessity,
            proportionality=self.proportionality,
        )


class WantedItemBody(Body):
    """One item, and what of it or of which time; `other` must say what."""

    item: Annotated[Code, listed("data-item")]
    detail: Reason | None = None


class AskForInformationBody(FootingBody):
    """What you ask of whom about whom. The holder sees everything but the id of your record."""

    holder: Annotated[Code, Field(description="The agency that holds it.")]
    person_id: Annotated[UUID, Field(description="Your own record of the person; the holder does not see this id.")]
    identity: Annotated[
        SearchBody, Field(description="What the holder needs to find the person, and no more than you choose to give.")
    ]
    items: Annotated[list[WantedItemBody], Field(max_length=30)]
    urgency: Urgency
    case_reference: Line | None = None
    public_task_statement: Annotated[
        Reason | None,
        Field(
            description="That you need exactly this for your public task: needed where the holder is no public body."
        ),
    ] = None

    def command(self) -> AskForInformation:
        """Give the command to ask."""
        return AskForInformation(
            holder=AgencyCode(self.holder),
            about=RecordId(self.person_id),
            identity=self.identity.question(),
            footing=self.footing(),
            items=tuple(WantedItem(each.item, each.detail) for each in self.items),
            urgency=self.urgency,
            case_reference=self.case_reference,
            public_task_statement=self.public_task_statement,
        )


class MatchRequestBody(Body):
    """Your own record of the person, as a human found; nothing is merged and the asker does not see the id."""

    person_id: UUID


class AskClarificationBody(Body):
    """What you need to know before you can answer."""

    question: Reason


class ClarifyRequestBody(Body):
    """Your reply to the question that waits."""

    reply: Reason


class RequestReasonBody(Body):
    """Why, in words that the other agency reads."""

    reason: Reason


class RequestNoteBody(Body):
    """A note for your own agency, which the other one never sees."""

    note: Reason


class InformationRequestQuery(PageQuery):
    """Which requests."""

    direction: Direction | None = None
    state: InformationRequestState | None = None
    overdue: Annotated[bool, Field(description="Only those whose answer is late.")] = False

    def asked(self) -> RequestsWanted:
        """Give what is wanted as the use case knows it."""
        inbound = None if self.direction is None else self.direction is Direction.INBOUND
        return RequestsWanted(self.wanted(), inbound, self.state, self.overdue)


class IdentityGivenView(View):
    """What the asker gave so that the person can be found."""

    nhs_number: str | None
    birth_date: date | None
    family: str | None
    given: str | None
    postcode: str | None
    line1: str | None
    uprn: str | None


class WantedItemView(View):
    """One item asked for."""

    item: str
    detail: str | None


class FootingView(View):
    """What it rests on."""

    purpose: str
    lawful_basis: list[str]
    special_conditions: list[str]
    gateways: list[str]
    necessity: str
    proportionality: str


class ClarificationView(View):
    """A question of the holder's and the asker's reply, null until it comes."""

    question: str
    asked: SignatureView
    reply: str | None
    replied: SignatureView | None


class ItemDecisionView(View):
    """What was decided on one item; a refused one has its ground and its reason."""

    item: str
    granted: bool
    ground: str | None
    reason: str | None


class RequestDecisionView(View):
    """The holder's decision, by a named senior person with their post."""

    items: list[ItemDecisionView]
    signed: SignatureView
    post: str


class EscalationView(View):
    """Which side put it before more senior people, and why."""

    by_agency: str
    reason: str
    signed: SignatureView


class RequestNoteView(View):
    """A note of your own agency."""

    note: str
    at: AwareDatetime
    user: UUID


class RequestChaseView(View):
    """Before which roles of your agency something owed was last put."""

    duty: str
    due_at: AwareDatetime
    roles: list[str]
    at: AwareDatetime


class InformationRequestStandingView(View):
    """Where a request stands, without what it tells; `personId` is your own record, null until matched."""

    id: UUID
    direction: Direction
    asking_agency: str
    holding_agency: str
    version: int
    state: InformationRequestState
    urgency: Urgency
    asked_at: AwareDatetime
    due_at: AwareDatetime
    is_overdue: bool
    person_id: UUID | None
    wanted: list[str]
    disclosure_id: UUID | None


class InformationRequestView(InformationRequestStandingView):
    """A request as your side sees it: all that both sides share, and the notes and chases of your own side.

    `isMatched` says that the holder found the person; whoever asks learns it with the answer, never from a refusal.
    `notes` are given to whoever works on requests, and not to whoever only oversees.
    """

    identity: IdentityGivenView
    footing: FootingView
    items: list[WantedItemView]
    case_reference: str | None
    public_task_statement: str | None
    asked: SignatureView
    acknowledge_by: AwareDatetime
    acknowledged: SignatureView | None
    is_matched: bool
    clarifications: list[ClarificationView]
    decisions: list[RequestDecisionView]
    escalations: list[EscalationView]
    withdrawn_reason: str | None
    notes: list[RequestNoteView]
    chased: list[RequestChaseView]


class InformationRequestsView(View):
    """A page of requests, newest first; `next` goes into `after`, null at the end."""

    requests: list[InformationRequestStandingView]
    next: str | None


def request_standing(
    request: InformationRequest, side: AgencyCode, at: AwareDatetime
) -> InformationRequestStandingView:
    """Show where a request stands to one side."""
    return InformationRequestStandingView(
        id=request.id,
        direction=Direction.OUTBOUND if side == request.owner_agency else Direction.INBOUND,
        asking_agency=request.owner_agency,
        holding_agency=request.holder,
        version=request.version,
        state=request.state,
        urgency=request.asked_of.urgency,
        asked_at=request.asked.at,
        due_at=request.due_at,
        is_overdue=request.is_overdue(at),
        person_id=request.record_of(side),
        wanted=[each.item for each in request.asked_of.items],
        disclosure_id=request.disclosure_id,
    )


def signature_view(signed: Signature | None) -> SignatureView | None:
    """Show who signed, or null."""
    return None if signed is None else SignatureView.model_validate(signed)


def _clarification(each: Clarification) -> ClarificationView:
    return ClarificationView(
        question=each.question,
        asked=SignatureView.model_validate(each.asked),
        reply=each.reply,
        replied=signature_view(each.replied),
    )


def request_view(seen: SeenRequest, at: AwareDatetime) -> InformationRequestView:
    """Show a request to one side: the other side's record, notes and chases are not in it."""
    request, asked = seen.request, seen.request.asked_of
    return InformationRequestView(
        **request_standing(request, seen.side, at).model_dump(),
        identity=IdentityGivenView.model_validate(asked.identity),
        footing=FootingView.model_validate(asked.footing),
        items=[WantedItemView.model_validate(each) for each in asked.items],
        case_reference=asked.case_reference,
        public_task_statement=asked.public_task_statement,
        asked=SignatureView.model_validate(request.asked),
        acknowledge_by=request.acknowledge_by,
        acknowledged=signature_view(request.acknowledged),
        is_matched=request.shows_match_to(seen.side),
        clarifications=[_clarification(each) for each in request.clarifications],
        decisions=[RequestDecisionView.model_validate(each) for each in request.decisions],
        escalations=[EscalationView.model_validate(each) for each in request.escalations],
        withdrawn_reason=request.withdrawn_reason,
        notes=[RequestNoteView.model_validate(each) for each in seen.notes],
        chased=[RequestChaseView.model_validate(each) for each in seen.chases],
    )


def requests_view(page: Page[InformationRequest], side: AgencyCode, at: AwareDatetime) -> InformationRequestsView:
    """Show a page of requests to one side."""
    return InformationRequestsView(
        requests=[request_standing(each, side, at) for each in page.items], next=cursor_of(page.next)
    )
