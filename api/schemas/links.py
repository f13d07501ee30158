"""Bodies and views of links between records that a rule made."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.paging import PageQuery, cursor_of
from domain.links import LinkOutcome, LinkRule, LinkState, RecordLink, ReviewLink
from domain.paging import Page


class LinkReviewsQuery(PageQuery):
    """Which links."""

    state: LinkState = Field(LinkState.UNREVIEWED, description="How they stand: those nobody has reviewed unless told.")


class ReviewLinkBody(Body):
    """What your review comes to, and why."""

    outcome: LinkOutcome
    reason: Annotated[str, Field(max_length=4000)]

    def command(self) -> ReviewLink:
        """Give the command."""
        return ReviewLink(self.outcome, self.reason)


class LinkReviewView(View):
    """One record of yours that a rule joined to a person; read the record itself under `/v1/persons/{id}`."""

    id: UUID
    owner_agency: str
    record: Annotated[UUID, Field(alias="personId")]
    rule: LinkRule
    linked_at: AwareDatetime
    state: LinkState
    reason: str | None
    reviewed_at: AwareDatetime | None
    reviewed_by: UUID | None
    version: int


class LinkReviewsView(View):
    """A page of links, the oldest first; `next` goes into `after`, null at the end."""

    reviews: list[LinkReviewView]
    next: str | None


def link_view(link: RecordLink) -> LinkReviewView:
    """Show a link."""
    return LinkReviewView.model_validate(link)


def links_view(page: Page[RecordLink]) -> LinkReviewsView:
    """Show a page of links."""
    return LinkReviewsView(reviews=[link_view(each) for each in page.items], next=cursor_of(page.next))
