"""Bodies and views of what waits for a second person, and of what agencies agreed."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.paging import PageQuery, cursor_of
from domain.access import Role
from domain.agency_requests import (
    Agreement,
    AgreementKind,
    AgreementStanding,
    Decision,
    NameDecider,
    RegisterRequest,
    RequestKind,
    RequestOutcome,
    RequestState,
)
from domain.ids import AgencyCode
from domain.paging import Page
from services.agencies.administration import AgreementStep
from services.core.idempotency import Once

Text = Annotated[str, Field(max_length=4000)]


class RequestsQuery(PageQuery):
    """Which requests."""

    state: RequestState | None = Field(None, description="Only those that stand so.")


class DecideRequestBody(Body):
    """What becomes of the request, and why."""

    outcome: RequestOutcome
    reason: Text

    def decision(self) -> Decision:
        """Give the decision as the rules know it."""
        return Decision(self.outcome, self.reason)


class RequestView(View):
    """One request. It gives no right while it is `pending`; its id is that of the role or agreement it becomes."""

    id: UUID
    kind: RequestKind
    state: RequestState
    owner_agency: str
    confirming_agency: str
    user_id: UUID | None
    display_name: str | None
    other_user_id: UUID | None
    agency: str | None
    role: Role | None
    client_id: str | None
    valid_from: AwareDatetime | None
    valid_to: AwareDatetime | None
    reason: str
    asked_by: UUID
    asked_at: AwareDatetime
    decided_by: UUID | None
    decided_at: AwareDatetime | None
    decision_reason: str | None
    version: int


class RequestsView(View):
    """A page of requests, newest first; `next` goes into `after`, null at the end."""

    requests: list[RequestView]
    next: str | None


def request_view(request: RegisterRequest) -> RequestView:
    """Show a request."""
    asked, decided = request.asked, request.decided
    return RequestView(
        id=request.id,
        kind=request.kind,
        state=request.state,
        owner_agency=request.owner_agency,
        confirming_agency=request.confirming_agency,
        user_id=asked.user,
        display_name=asked.user_name,
        other_user_id=asked.other_user,
        agency=asked.agency,
        role=asked.role,
        client_id=asked.client,
        valid_from=asked.valid_from,
        valid_to=asked.valid_to,
        reason=request.reason,
        asked_by=request.signed.user,
        asked_at=request.signed.at,
        decided_by=None if decided is None else decided.user,
        decided_at=None if decided is None else decided.at,
        decision_reason=request.decision_reason,
        version=request.version,
    )


def requests_view(page: Page[RegisterRequest]) -> RequestsView:
    """Show a page of requests."""
    return RequestsView(requests=[request_view(each) for each in page.items], next=cursor_of(page.next))


class NameDeciderBody(Body):
    """The agency, or the Board, whose decision-makers are to decide on your flags; from now on unless later."""

    agency: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    reason: Text

    def command(self) -> NameDecider:
        """Give the command."""
        return NameDecider(AgencyCode(self.agency), self.reason, self.valid_from, self.valid_to)


class AgreementStandingBody(Body):
    """How the agreement is to stand, and why; an ended one must be asked for anew."""

    standing: AgreementStanding
    reason: Text

    def step(self, read_version: int, once: Once) -> AgreementStep:
        """Give the step as the use cases know it."""
        return AgreementStep(self.standing, self.reason, read_version, once)


class AgreementView(View):
    """What `ownerAgency` opened to `partyAgency`: itself to a system of theirs, or the decision on its flags."""

    id: UUID
    kind: AgreementKind
    owner_agency: str
    party_agency: str
    client_id: str | None
    standing: AgreementStanding
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    suspended_at: AwareDatetime | None
    suspended_by: str | None
    ended_at: AwareDatetime | None
    version: int


class AgreementsView(View):
    """A page of agreements by when they began; `next` goes into `after`, null at the end."""

    agreements: list[AgreementView]
    next: str | None


def agreement_view(agreement: Agreement, at: datetime) -> AgreementView:
    """Show an agreement as it stands at a moment."""
    return AgreementView(
        id=agreement.id,
        kind=agreement.kind,
        owner_agency=agreement.owner_agency,
        party_agency=agreement.party_agency,
        client_id=agreement.client,
        standing=agreement.standing(at),
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        suspended_at=agreement.suspended_at,
        suspended_by=agreement.suspended_by,
        ended_at=agreement.ended_at,
        version=agreement.version,
    )


def agreements_view(page: Page[Agreement], at: datetime) -> AgreementsView:
    """Show a page of agreements."""
    return AgreementsView(agreements=[agreement_view(each, at) for each in page.items], next=cursor_of(page.next))
