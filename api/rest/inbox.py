"""The inbox over REST: notices of flags that an agency holds, its answers to them, and what it holds."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.inbox import (
    AcknowledgeNoticeBody,
    HeldFlagsQuery,
    HeldFlagsView,
    InboxNoticeView,
    InboxView,
    NoticesQuery,
    held_view,
    inbox_view,
    notice_view,
)
from services import flags

router = guarded_router(prefix="/v1", tags=["Inbox"])


@router.get("/notices", operation_id="listInboxNotices", summary="List what your agency was told of flags it holds")
async def list_notices(unit: Unit, query: Annotated[NoticesQuery, Query()], response: Response) -> InboxView:
    """List notices in your agency's inbox, the newest first: a flag that you received has changed or been called back.

    A notice reaches whoever received the flag, also where it is not shown to them any more. It carries identifiers
    only. Notices that nobody acknowledges in time are chased, and the sender hears of it.
    """
    found = await flags.list_notices(unit, query.wanted(), unacknowledged=query.unacknowledged, kind=query.kind)
    page = inbox_view(found, unit.now)
    link_next(response, "/v1/notices", query, page.next)
    return page


@router.get("/notices/{notice_id}", operation_id="readInboxNotice", summary="Read one notice in your inbox")
async def read_notice(unit: Unit, notice_id: UUID) -> InboxNoticeView:
    """Read one notice: which flag, what became of it, what to do, and by when to acknowledge it."""
    return notice_view(await flags.read_notice(unit, notice_id), unit.now)


@router.post(
    "/notices/{notice_id}/acknowledgement",
    operation_id="acknowledgeInboxNotice",
    summary="Acknowledge a notice, and say what was done with your copies",
)
async def acknowledge_notice(
    unit: Unit, once: IdempotencyKey, notice_id: UUID, body: AcknowledgeNoticeBody
) -> InboxNoticeView:
    """Say that the notice was read, and what your agency did with its copies of the flag, on paper and in its systems.

    The human or accountable team named in your token answers for it. Older notices of the same flag are settled with
    it. The first answer stands: acknowledged again, a notice is shown as it was acknowledged.
    """
    made = await flags.acknowledge_notice(unit, notice_id, body.command(), once)
    return notice_view(made.value, unit.now)


@router.get("/held-flags", operation_id="listHeldFlags", summary="List what your agency holds of others' flags")
async def list_held_flags(unit: Unit, query: Annotated[HeldFlagsQuery, Query()], response: Response) -> HeldFlagsView:
    """List which version of which flags of other agencies yours holds, since when, by what, and whether it is stale.

    It lags behind your own checks by a few seconds, and leaves out what your agency said it destroyed or never had.
    """
    page = held_view(await flags.held_flags(unit, query.after, query.limit))
    if page.next is not None:
        kept = urlencode({"after": page.next, "limit": query.limit})
        response.headers["Link"] = f'</v1/held-flags?{kept}>; rel="next"'
    return page
