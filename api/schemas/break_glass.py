"""Break-glass on the wire: what is opened and why, what is behind the door, who was told, and what was made of it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.flag_checks import CategoryView, CodedView, ContactView, OwnersSentenceView
from api.schemas.incidents import Code, Reason
from api.schemas.paging import PageQuery, cursor_of
from domain.break_glass import (
    SHORTEST,
    BreakGlassNotice,
    BreakGlassRestoration,
    OpenBreakGlass,
    RestoreBreakGlass,
    ReviewBreakGlass,
    ReviewOutcome,
)
from domain.flag_codes import Badge, FlagState
from domain.ids import RecordId, UserId
from domain.paging import Page
from services.break_glass import GrantsWanted, NoticesWanted, OpenedWarnings, SeenGrant
from services.flags import SharedFlag

Reference = Annotated[UUID, Field(description="The alert reference: the grant's id, under which every event names it.")]


class OpenBreakGlassBody(Body):
    """Of whom you must know now, and why; somebody else will judge it by these words."""

    person_id: Annotated[UUID, Field(description="Your own record of the person.")]
    reason_code: Annotated[Code, listed("break-glass-reason")]
    justification: Annotated[
        Reason,
        Field(description=f"What is happening, in at least {SHORTEST} characters. Spaces around it do not count."),
    ]

    def command(self) -> OpenBreakGlass:
        """Give the command."""
        return OpenBreakGlass(RecordId(self.person_id), self.reason_code, self.justification)


class ReviewBreakGlassBody(Body):
    """Whether the use was justified, and why you think so."""

    outcome: ReviewOutcome
    reason: Reason

    def command(self) -> ReviewBreakGlass:
        """Give the command."""
        return ReviewBreakGlass(self.outcome, self.reason)


class RestoreBreakGlassBody(Body):
    """To whom the right is given back after a use that was not justified, and why."""

    user_id: Annotated[UUID, Field(description="The account that opened what was not justified.")]
    reason: Reason

    def command(self) -> RestoreBreakGlass:
        """Give the command."""
        return RestoreBreakGlass(UserId(self.user_id), self.reason)


class BreakGlassGrantsQuery(PageQuery):
    """Which grants."""

    unreviewed: bool = Field(False, description="Only those that wait for their review.")

    def asked(self) -> GrantsWanted:
        """Give what is wanted."""
        return GrantsWanted(self.wanted(), self.unreviewed)


class BreakGlassNoticesQuery(PageQuery):
    """Which notices."""

    unacknowledged: bool = Field(False, description="Only those that nobody of your agency has acknowledged yet.")

    def asked(self) -> NoticesWanted:
        """Give what is wanted."""
        return NoticesWanted(self.wanted(), self.unacknowledged)


class BreakGlassReviewView(View):
    """What somebody else made of a use."""

    outcome: ReviewOutcome
    reason: str
    signed: SignatureView


class ReviewChasedView(View):
    """When the review was last chased, and before which roles of your agency."""

    at: AwareDatetime
    roles: list[str]


class BreakGlassGrantView(View):
    """A door that one human opened for an hour: `isOpen` until `expiresAt` or a review, whichever comes first."""

    id: UUID
    owner_agency: str
    version: int
    person_id: UUID
    reason_code: str
    justification: str
    opened: SignatureView
    expires_at: AwareDatetime
    is_open: bool
    review_due_at: AwareDatetime
    is_review_overdue: bool
    review: BreakGlassReviewView | None
    chased: ReviewChasedView | None


class BreakGlassGrantsView(View):
    """A page of grants, newest first; `next` goes into `after`, null at the end."""

    grants: list[BreakGlassGrantView]
    next: str | None


class OpenedWarningView(View):
    """One live warning that you otherwise may not read: what to do and whom to ring, and not the story."""

    owner_agency: str
    category: CategoryView
    controls: list[CodedView]
    sentence: OwnersSentenceView
    handling: list[CodedView]
    review_on: date | None
    state: FlagState
    badges: list[Badge]
    contact: ContactView


class OpenedWarningsView(View):
    """What is behind the door now. An empty list is no all-clear: it covers flags about this person alone."""

    grant_id: Reference
    person_id: UUID
    checked_at: AwareDatetime
    expires_at: AwareDatetime
    warnings: list[OpenedWarningView]


class BreakGlassNoticeView(View):
    """That a door was opened: by which agency and when. Of whom and why is not said here.

    `openedBy` is there for the agency whose human it was, and null for everybody else.
    """

    id: UUID
    version: int
    grant_id: Reference
    opened_at: AwareDatetime
    opening_agency: str
    opened_by: UUID | None
    told_at: AwareDatetime
    acknowledged: SignatureView | None


class BreakGlassNoticesView(View):
    """A page of notices, newest first; `next` goes into `after`, null at the end."""

    notices: list[BreakGlassNoticeView]
    next: str | None


class BreakGlassRestorationView(View):
    """That somebody may open sealed doors again."""

    id: UUID
    user_id: UUID
    reason: str
    restored: SignatureView


def grant_view(seen: SeenGrant, at: datetime) -> BreakGlassGrantView:
    """Show a grant as it stands at a moment."""
    grant, review, chased = seen.grant, seen.grant.review, seen.chased
    return BreakGlassGrantView(
        id=grant.id,
        owner_agency=grant.owner_agency,
        version=grant.version,
        person_id=grant.opening.about,
        reason_code=grant.opening.reason_code,
        justification=grant.opening.justification,
        opened=SignatureView.model_validate(grant.opened),
        expires_at=grant.expires_at,
        is_open=grant.is_open(at),
        review_due_at=grant.review_due_at,
        is_review_overdue=grant.is_overdue(at),
        review=None
        if review is None
        else BreakGlassReviewView(
            outcome=review.given.outcome, reason=review.given.reason, signed=SignatureView.model_validate(review.signed)
        ),
        chased=None if chased is None else ReviewChasedView(at=chased.at, roles=list(chased.roles)),
    )


def grants_view(page: Page[SeenGrant], at: datetime) -> BreakGlassGrantsView:
    """Show a page of grants."""
    return BreakGlassGrantsView(grants=[grant_view(each, at) for each in page.items], next=cursor_of(page.next))


def _warning(flag: SharedFlag) -> OpenedWarningView:
    """Take of what recipients are told what this door shows; ids and versions stay behind it."""
    shown = {name: flag.precaution[name] for name in _OF_PRECAUTION}
    contact = ContactView(agency=flag.owner_agency, phone=flag.phone)
    return OpenedWarningView.model_validate({**shown, "badges": flag.badges, "contact": contact})


_OF_PRECAUTION = ("ownerAgency", "category", "controls", "sentence", "handling", "reviewOn", "state")


def warnings_view(opened: OpenedWarnings, at: datetime) -> OpenedWarningsView:
    """Show what was behind the door at a moment."""
    return OpenedWarningsView(
        grant_id=opened.grant.id,
        person_id=opened.grant.opening.about,
        checked_at=at,
        expires_at=opened.grant.expires_at,
        warnings=[_warning(each) for each in opened.warnings],
    )


def break_glass_notice_view(notice: BreakGlassNotice) -> BreakGlassNoticeView:
    """Show a notice."""
    acknowledged = None
    if notice.acknowledged_at is not None and notice.acknowledged_by is not None:
        acknowledged = SignatureView(user=notice.acknowledged_by, at=notice.acknowledged_at)
    return BreakGlassNoticeView(
        id=notice.id,
        version=notice.version,
        grant_id=notice.grant,
        opened_at=notice.opened_at,
        opening_agency=notice.opening_agency,
        opened_by=None if notice.opened_by is None else notice.opened_by.user,
        told_at=notice.told_at,
        acknowledged=acknowledged,
    )


def break_glass_notices_view(page: Page[BreakGlassNotice]) -> BreakGlassNoticesView:
    """Show a page of notices."""
    return BreakGlassNoticesView(
        notices=[break_glass_notice_view(each) for each in page.items], next=cursor_of(page.next)
    )


def restoration_view(restoration: BreakGlassRestoration) -> BreakGlassRestorationView:
    """Show that a right was given back."""
    return BreakGlassRestorationView(
        id=restoration.id,
        user_id=restoration.user,
        reason=restoration.reason,
        restored=SignatureView.model_validate(restoration.restored),
    )
