"""The inbox of an agency that holds others' flags, on the wire: identifiers only, and never what a flag says."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.flag_checks import CodedView, ContactView, SaidView, coded_view, said_view
from api.schemas.paging import PageQuery, cursor_of
from domain.flag_codes import FlagState, RecipientChange
from domain.flag_inbox import CopiesOutcome, HeldBy, HeldFlag, InboxNotice, Urgency
from domain.paging import Listed, Page
from services.flags.inbox import AcknowledgeNotice


class NoticesQuery(PageQuery):
    """Which notices."""

    unacknowledged: bool = Field(False, description="Only those that nobody of your agency has acknowledged yet.")
    kind: RecipientChange | None = Field(None, description="Only those of one change (`recipient-change`).")


class AcknowledgeNoticeBody(Body):
    """What was done with the copies that your agency holds, on paper and in its own systems (`copies-outcome`)."""

    outcome: CopiesOutcome

    def command(self) -> AcknowledgeNotice:
        """Give the command."""
        return AcknowledgeNotice(self.outcome)


class NoticeAcknowledgedView(View):
    """That your agency acknowledged a notice: who, when, and what was done with the copies."""

    at: AwareDatetime
    by: UUID
    outcome: CodedView


class NoticeChasedView(View):
    """When the notice was last chased, and before which roles of your agency."""

    at: AwareDatetime
    roles: list[str]


class InboxNoticeView(View):
    """News of a flag that your agency received: which flag, which version, what became of it, and by when to answer.

    It says nothing of what the flag says. `contact` is the sender's duty number.
    """

    id: UUID
    sender_agency: str
    flag_id: UUID
    held_version: int
    version: int
    kind: CodedView
    urgency: Urgency
    what_now: SaidView
    contact: ContactView
    made_at: AwareDatetime
    due_at: AwareDatetime
    is_overdue: bool
    acknowledged: NoticeAcknowledgedView | None
    chased: NoticeChasedView | None


class InboxView(View):
    """A page of notices, the newest first; `next` goes into `after`, null at the end."""

    notices: list[InboxNoticeView]
    next: str | None


class HeldFlagsQuery(Body):
    """Which part of what your agency holds."""

    after: UUID | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at most; a page can be shorter and yet not the last.")


class HeldFlagView(View):
    """One flag of another agency as yours holds it.

    `isStale` says that holders have been told of a newer version (`toldVersion`) than the one you hold. `outcome` is
    what your agency last said of its copies, null where it has said nothing.
    """

    flag_id: UUID
    owner_agency: str
    version: int
    since: AwareDatetime
    by: HeldBy
    state: FlagState
    told_version: int
    is_stale: bool
    outcome: CodedView | None


class HeldFlagsView(View):
    """What your agency holds of other agencies' flags; `next` goes into `after`, null at the end."""

    flags: list[HeldFlagView]
    next: UUID | None


def notice_view(notice: InboxNotice, at: datetime) -> InboxNoticeView:
    """Show a notice as it stands at a moment."""
    said, chased = notice.acknowledged, notice.chased
    return InboxNoticeView(
        id=notice.id,
        sender_agency=notice.sender,
        flag_id=notice.flag_id,
        held_version=notice.held_version,
        version=notice.version,
        kind=coded_view("recipient-change", notice.kind),
        urgency=notice.urgency,
        what_now=said_view(notice.what_now),
        contact=ContactView(agency=notice.sender, phone=notice.phone),
        made_at=notice.made_at,
        due_at=notice.due_at,
        is_overdue=notice.is_overdue(at),
        acknowledged=None
        if said is None
        else NoticeAcknowledgedView(at=said.at, by=said.by, outcome=coded_view("copies-outcome", said.outcome)),
        chased=None if chased is None else NoticeChasedView(at=chased.at, roles=list(chased.roles)),
    )


def inbox_view(page: Page[InboxNotice], at: datetime) -> InboxView:
    """Show a page of notices."""
    return InboxView(notices=[notice_view(each, at) for each in page.items], next=cursor_of(page.next))


def held_view(page: Listed[HeldFlag]) -> HeldFlagsView:
    """Show what an agency holds."""
    return HeldFlagsView(
        flags=[
            HeldFlagView(
                flag_id=held.flag_id,
                owner_agency=held.owner_agency,
                version=held.holding.version,
                since=held.holding.since,
                by=held.holding.by,
                state=held.state,
                told_version=held.told_version,
                is_stale=held.is_stale,
                outcome=None if held.outcome is None else coded_view("copies-outcome", held.outcome),
            )
            for held in page.items
        ],
        next=None if page.next is None else UUID(page.next),
    )
