"""Answers to requests for information and what was disclosed, on the wire."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.confidentiality import LawfulOverrideBody, TermsOverrideView, override_view
from api.schemas.incidents import Code, Codes, Line, Narrative, Reason
from api.schemas.information_requests import FootingBody, FootingView
from api.schemas.paging import PageQuery, cursor_of
from domain.disclosures import (
    BasisKind,
    CorrectDisclosure,
    DisclosedItem,
    Disclosure,
    DisclosureState,
    Fact,
    FlowReference,
    OnwardLimits,
)
from domain.flow_answers import AnswerUnderFlow
from domain.ids import AgencyCode, ProtocolId
from domain.information_request_answers import AnswerItem, AnswerRequest, RefuseRequest
from domain.paging import Page
from services.sharing import DisclosuresWanted, SeenDisclosure


class FactBody(Body):
    """One statement under a heading; say whose view it is where it is a professional's opinion."""

    heading: Line
    text: Narrative
    opinion_of: Line | None = None

    def fact(self) -> Fact:
        """Give it as the rules know it."""
        return Fact(self.heading, self.text, self.opinion_of)


class AnswerItemBody(Body):
    """One item: what you give of it, or on what ground and why you refuse it."""

    item: Annotated[Code, listed("data-item")]
    granted: bool
    facts: Annotated[list[FactBody], Field(max_length=50)] = []
    ground: Annotated[Code | None, listed("refusal-ground")] = None
    reason: Reason | None = None


class OnwardBody(Body):
    """How far the recipient may pass it on."""

    conditions: Annotated[Codes, listed("handling-condition")]
    note: Reason | None = None


class AnswerItemsBody(Body):
    """Your decision on every item asked for; only what is granted is given."""

    items: Annotated[list[AnswerItemBody], Field(max_length=30)]
    onward: OnwardBody
    retain_until: Annotated[date, Field(description="Until when the recipient may keep it.")]
    post: Annotated[Line, Field(description="The post in which you decide, as the record names it.")]

    def decided(self) -> tuple[AnswerItem, ...]:
        """Give the items as the rules know them."""
        return tuple(
            AnswerItem(each.item, each.granted, tuple(f.fact() for f in each.facts), each.ground, each.reason)
            for each in self.items
        )

    def limits(self) -> OnwardLimits:
        """Give the limits as the rules know them."""
        return OnwardLimits(tuple(self.onward.conditions), self.onward.note)


class AnswerRequestBody(AnswerItemsBody, FootingBody):
    """Your decision on this one case: every item asked for, and what it rests on from your side."""

    confidentiality_override: LawfulOverrideBody | None = None

    def command(self) -> AnswerRequest:
        """Give the command to answer."""
        return AnswerRequest(
            items=self.decided(),
            footing=self.footing(),
            onward=self.limits(),
            retain_until=self.retain_until,
            post=self.post,
            override=None if self.confidentiality_override is None else self.confidentiality_override.value(),
        )


class FlowReferenceBody(Body):
    """Which flow of which protocol."""

    protocol_id: UUID
    flow: Line


class AnswerUnderFlowBody(AnswerItemsBody):
    """Every item asked for, and the flow that covers all you grant."""

    basis: FlowReferenceBody

    def command(self) -> AnswerUnderFlow:
        """Give the command to answer."""
        return AnswerUnderFlow(
            items=self.decided(),
            flow=FlowReference(ProtocolId(self.basis.protocol_id), self.basis.flow),
            onward=self.limits(),
            retain_until=self.retain_until,
            post=self.post,
        )


class RefuseRequestBody(Body):
    """Why you give nothing, in the form that the gateway requires."""

    ground: Annotated[Code, listed("refusal-ground")]
    reason: Reason
    post: Annotated[Line, Field(description="The post in which you decide, as the record names it.")]

    def command(self) -> RefuseRequest:
        """Give the command to refuse."""
        return RefuseRequest(self.ground, self.reason, self.post)


class CorrectedItemBody(Body):
    """One item given before, as it should have been."""

    item: Annotated[Code, listed("data-item")]
    facts: Annotated[list[FactBody], Field(max_length=50)]


class CorrectDisclosureBody(Body):
    """What was given, anew and whole, and why; the same items as before."""

    items: Annotated[list[CorrectedItemBody], Field(max_length=30)]
    reason: Reason
    confidentiality_override: LawfulOverrideBody | None = None

    def command(self) -> CorrectDisclosure:
        """Give the command to correct."""
        items = (DisclosedItem(each.item, tuple(f.fact() for f in each.facts)) for each in self.items)
        override = None if self.confidentiality_override is None else self.confidentiality_override.value()
        return CorrectDisclosure(tuple(items), self.reason, override)


class WithdrawDisclosureBody(Body):
    """Why it is taken back, in words that the recipient reads."""

    reason: Reason


class DisclosureSide(StrEnum):
    """Whether your agency gave it or received it."""

    GIVEN = "given"
    RECEIVED = "received"


class DisclosureQuery(PageQuery):
    """Which disclosures."""

    side: DisclosureSide | None = None
    unacknowledged: Annotated[bool, Field(description="Only those whose present form the recipient has not seen.")] = (
        False
    )

    def asked(self) -> DisclosuresWanted:
        """Give what is wanted as the use case knows it."""
        received = None if self.side is None else self.side is DisclosureSide.RECEIVED
        return DisclosuresWanted(self.wanted(), received, self.unacknowledged)


class FactView(View):
    """One statement."""

    heading: str
    text: str
    opinion_of: str | None


class DisclosedItemView(View):
    """One item given; its facts are null to whoever only oversees data, and none once it is withdrawn."""

    item: str
    facts: list[FactView] | None


class OnwardView(View):
    """How far it may be passed on."""

    conditions: list[str]
    note: str | None


class FlowReferenceView(View):
    """Which flow of which protocol."""

    protocol_id: UUID
    flow: str


class DisclosureBasisView(View):
    """What allowed it: a senior person's decision on this one case, or a flow of a protocol; on this footing."""

    kind: BasisKind
    footing: FootingView
    decided: SignatureView
    post: str
    flow: FlowReferenceView | None


class AcknowledgedView(View):
    """Which version the recipient has seen, and who of it said so."""

    version: int
    signed: SignatureView


class DisclosureStandingView(View):
    """How a disclosure stands: `awaitsAcknowledgement` until the recipient has said that it saw it so."""

    id: UUID
    request_id: UUID
    side: DisclosureSide
    giving_agency: str
    receiving_agency: str
    person_id: UUID
    version: int
    given_version: int
    state: DisclosureState
    awaits_acknowledgement: bool
    disclosed_at: AwareDatetime
    retain_until: date
    given: list[str]


class DisclosureView(DisclosureStandingView):
    """What was given, on what basis, with what limits: the same record for both agencies.

    `confidentialityOverrides` are the giver's own, by which it set aside what it had agreed with the family; always
    empty to the other agency.
    """

    basis: DisclosureBasisView
    items: list[DisclosedItemView]
    onward: OnwardView
    changed: SignatureView
    change_reason: str | None
    acknowledged: list[AcknowledgedView]
    confidentiality_overrides: list[TermsOverrideView]


class DisclosuresView(View):
    """A page of disclosures, newest first; `next` goes into `after`, null at the end."""

    disclosures: list[DisclosureStandingView]
    next: str | None


def disclosure_standing(given: Disclosure, side: AgencyCode) -> DisclosureStandingView:
    """Show how a disclosure stands to one side."""
    return DisclosureStandingView(
        id=given.id,
        request_id=given.request_id,
        side=DisclosureSide.GIVEN if side == given.owner_agency else DisclosureSide.RECEIVED,
        giving_agency=given.owner_agency,
        receiving_agency=given.recipient_agency,
        person_id=given.subject_of(side),
        version=given.version,
        given_version=given.given_version,
        state=given.state,
        awaits_acknowledgement=given.awaits_acknowledgement,
        disclosed_at=given.basis.decided.at,
        retain_until=given.retain_until,
        given=[each.item for each in given.items],
    )


def disclosure_view(seen: SeenDisclosure) -> DisclosureView:
    """Show a disclosure to one side."""
    given = seen.disclosure
    return DisclosureView(
        **disclosure_standing(given, seen.side).model_dump(),
        basis=DisclosureBasisView.model_validate(given.basis),
        items=[
            DisclosedItemView(
                item=each.item,
                facts=[FactView.model_validate(fact) for fact in each.facts],
            )
            for each in given.items
        ],
        onward=OnwardView.model_validate(given.onward),
        changed=SignatureView.model_validate(given.changed),
        change_reason=given.change_reason,
        acknowledged=[AcknowledgedView.model_validate(each) for each in given.acknowledged],
        confidentiality_overrides=[override_view(each) for each in seen.overrides],
    )


def disclosures_view(page: Page[Disclosure], side: AgencyCode) -> DisclosuresView:
    """Show a page of disclosures to one side."""
    return DisclosuresView(
        disclosures=[disclosure_standing(each, side) for each in page.items], next=cursor_of(page.next)
    )
