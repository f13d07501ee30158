"""Decisions not to share, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Reason
from api.schemas.information_requests import signature_view
from api.schemas.paging import PageQuery, cursor_of
from domain.ids import AgencyCode, InformationRequestId, RecordId
from domain.not_sharing import DecideNotToShare, ManagerAnswer, ManagerOutcome, NotSharing, NotSharingKind
from domain.paging import Page


class NotSharingBody(Body):
    """What was not shared or asked, about whom, with which agency, and why; fear goes before your line manager."""

    kind: NotSharingKind
    person_id: Annotated[UUID, Field(description="Your own record of the person.")]
    agency: Annotated[Code | None, Field(description="The agency it would have concerned, where it was one.")] = None
    reason_code: Annotated[Code, listed("not-sharing-reason")]
    reason: Reason
    request_id: Annotated[UUID | None, Field(description="The request it was about, where there was one.")] = None

    def command(self) -> DecideNotToShare:
        """Give the command."""
        return DecideNotToShare(
            kind=self.kind,
            about=RecordId(self.person_id),
            agency=None if self.agency is None else AgencyCode(self.agency),
            reason_code=self.reason_code,
            reason=self.reason,
            request_id=None if self.request_id is None else InformationRequestId(self.request_id),
        )


class ManagerAnswerBody(Body):
    """Whether it stands or is to be shared after all, and how whoever was afraid is supported."""

    outcome: ManagerOutcome
    support: Reason

    def command(self) -> ManagerAnswer:
        """Give the command."""
        return ManagerAnswer(self.outcome, self.support)


class NotSharingQuery(PageQuery):
    """Which decisions."""

    unanswered: Annotated[bool, Field(description="Only those that wait for a manager's answer.")] = False


class NotSharingView(View):
    """A decision not to share or not to ask; `awaitsManager` where fear was the reason and nobody has answered.

    `support` is given to whoever may record or answer such a decision, and not to whoever only oversees.
    """

    id: UUID
    version: int
    kind: NotSharingKind
    person_id: UUID
    agency: str | None
    reason_code: str
    reason: str
    request_id: UUID | None
    decided: SignatureView
    awaits_manager: bool
    answer_by: AwareDatetime | None
    outcome: ManagerOutcome | None
    support: str | None
    answered: SignatureView | None


class NotSharingDecisionsView(View):
    """A page of decisions, newest first; `next` goes into `after`, null at the end."""

    decisions: list[NotSharingView]
    next: str | None


def not_sharing_view(made: NotSharing) -> NotSharingView:
    """Show a decision."""
    decision, answered = made.decision, made.answered
    return NotSharingView(
        id=made.id,
        version=made.version,
        kind=decision.kind,
        person_id=decision.about,
        agency=decision.agency,
        reason_code=decision.reason_code,
        reason=decision.reason,
        request_id=decision.request_id,
        decided=SignatureView.model_validate(made.decided),
        awaits_manager=made.awaits_manager,
        answer_by=made.answer_by if made.awaits_manager else None,
        outcome=None if answered is None else answered.answer.outcome,
        support=None if answered is None else answered.answer.support,
        answered=None if answered is None else signature_view(answered.signed),
    )


def decisions_view(page: Page[NotSharing]) -> NotSharingDecisionsView:
    """Show a page of decisions."""
    return NotSharingDecisionsView(decisions=[not_sharing_view(each) for each in page.items], next=cursor_of(page.next))
