"""Links between records that a rule made, over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.links import LinkReviewsQuery, LinkReviewsView, LinkReviewView, ReviewLinkBody, link_view, links_view
from domain.ids import RecordLinkId
from domain.links import RecordLink
from services import links

router = guarded_router(prefix="/v1/links", tags=["Links"])


def _link(link: RecordLink, response: Response) -> LinkReviewView:
    response.headers["ETag"] = etag(link.version)
    return link_view(link)


@router.get("/reviews", operation_id="listLinkReviews", summary="List links that a rule made, for review")
async def list_link_reviews(
    unit: Unit, query: Annotated[LinkReviewsQuery, Query()], response: Response
) -> LinkReviewsView:
    """List your records that a rule joined to a person by NHS number and birth date, the oldest link first.

    Whose other records the person has is not said: a link lets flag checks warn, and opens no record to anybody.
    """
    page = links_view(await links.list_link_reviews(unit, query.wanted(), query.state))
    link_next(response, "/v1/links/reviews", query, page.next)
    return page


@router.get("/reviews/{link_id}", operation_id="readLinkReview", summary="Read one link that a rule made")
async def read_link_review(unit: Unit, link_id: UUID, response: Response) -> LinkReviewView:
    """Read one link of a record of yours, and what its last review came to."""
    return _link(await links.read_link_review(unit, RecordLinkId(link_id)), response)


@router.post("/reviews/{link_id}", operation_id="reviewLink", summary="Confirm a link, or set the record apart")
async def review_link(
    unit: Unit, link_id: UUID, version: VersionToChange, once: IdempotencyKey, body: ReviewLinkBody, response: Response
) -> LinkReviewView:
    """Confirm a link a rule made, or set the record apart, with a reason; a later review may undo either.

    A record set apart is nobody's but its own person's from the commit on: flags on the one no longer warn about the
    other, and no rule joins them again. A check that fits both asks for more (`refine`), since two who fit are a doubt.
    """
    made = await links.review_record_link(unit, RecordLinkId(link_id), version, body.command(), once)
    return _link(made.value, response)
