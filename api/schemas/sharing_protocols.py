"""Information sharing protocols on the wire: where they stand, and what may flow under them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Line, Reason
from api.schemas.paging import PageQuery, cursor_of
from api.schemas.sharing_protocol_terms import ProtocolTermsBody, ProtocolTermsView
from domain.ids import AgencyCode, ProtocolId
from domain.paging import Page
from domain.sharing_protocols import DraftProtocol, ProtocolState, RenewProtocol
from services.sharing import FlowsWanted, SeenProtocol, SharingFlow


class DraftProtocolBody(ProtocolTermsBody):
    """The terms of a new protocol, and which one ends when it comes into force."""

    supersedes: UUID | None = None

    def command(self) -> DraftProtocol:
        """Give the command to draft."""
        return DraftProtocol(self.terms(), None if self.supersedes is None else ProtocolId(self.supersedes))


class ProtocolReasonBody(Body):
    """Why, in words that every partner reads."""

    reason: Reason


class SignProtocolBody(Body):
    """In which post you sign for your agency."""

    post: Line


class RenewProtocolBody(ProtocolReasonBody):
    """What the review came to, when it is reviewed again, and its last day."""

    review_due: date
    runs_until: date | None = None

    def command(self) -> RenewProtocol:
        """Give the command to renew."""
        return RenewProtocol(self.reason, self.review_due, self.runs_until)


class ProtocolQuery(PageQuery):
    """Which protocols."""

    state: Annotated[ProtocolState | None, listed("protocol-status")] = None


class SharingFlowQuery(Body):
    """Of which item, for which purpose."""

    item: Annotated[Code | None, listed("data-item")] = None
    purpose: Annotated[Code | None, listed("purpose-of-use")] = None

    def wanted(self, agency: str) -> FlowsWanted:
        """Give what is wanted as the use case knows it."""
        return FlowsWanted(AgencyCode(agency), self.item, self.purpose)


class ProtocolReviewView(View):
    """A review; `outcome` and `renewed` are null while it is held, or where it ended the protocol."""

    reason: str
    begun: SignatureView
    outcome: str | None
    renewed: SignatureView | None


class ProtocolEndingView(View):
    """How it ended, and which protocol took its place."""

    reason: str
    signed: SignatureView
    successor: UUID | None


class ProtocolSignatureView(View):
    """That an agency signed, and that it left."""

    agency: str
    post: str
    signed: SignatureView
    left: SignatureView | None
    left_reason: str | None


class ProtocolChaseView(View):
    """Before whom of your agency a duty to it was put."""

    duty: str
    agency: str
    roles: list[str]


class ProtocolView(View):
    """One protocol as it stands. `isFlowing` says whether information flows under it today between those who signed."""

    id: UUID
    version: int
    owner_agency: str
    state: Annotated[ProtocolState, listed("protocol-status")]
    is_flowing: bool
    has_lapsed: bool
    is_review_overdue: bool
    supersedes: UUID | None
    terms: ProtocolTermsView
    drafted: SignatureView
    changed: SignatureView
    assured: SignatureView | None
    in_force: SignatureView | None
    reviews: list[ProtocolReviewView]
    ended: ProtocolEndingView | None
    signatures: list[ProtocolSignatureView]
    chased: list[ProtocolChaseView]


class ProtocolsView(View):
    """Protocols, newest first, and where to go on."""

    items: list[ProtocolView]
    next: str | None


class SharingFlowView(View):
    """A flow as it holds now from one agency to another."""

    giver: str
    recipient: str
    protocol_id: UUID
    flow: str
    items: list[str]
    purposes: list[str]


class SharingFlowsView(View):
    """What may flow now between two agencies, in both directions."""

    items: list[SharingFlowView]


def protocol_view(seen: SeenProtocol, today: date) -> ProtocolView:
    """Show a protocol."""
    protocol = seen.protocol
    return ProtocolView.model_validate(
        {
            "id": protocol.id,
            "version": seen.version,
            "owner_agency": protocol.owner_agency,
            "state": protocol.state,
            "is_flowing": protocol.is_flowing(today),
            "has_lapsed": protocol.has_lapsed(today),
            "is_review_overdue": protocol.is_flowing(today) and protocol.terms.review_due < today,
            "supersedes": protocol.supersedes,
            "terms": protocol.terms,
            "drafted": protocol.drafted,
            "changed": protocol.changed,
            "assured": protocol.assured,
            "in_force": protocol.in_force,
            "reviews": protocol.reviews,
            "ended": protocol.ended,
            "signatures": seen.signatures,
            "chased": seen.chases,
        }
    )


def protocols_view(page: Page[SeenProtocol], today: date) -> ProtocolsView:
    """Show a page of protocols."""
    return ProtocolsView(items=[protocol_view(each, today) for each in page.items], next=cursor_of(page.next))


def flows_view(flows: tuple[SharingFlow, ...]) -> SharingFlowsView:
    """Show flows."""
    return SharingFlowsView(items=[SharingFlowView.model_validate(each) for each in flows])
