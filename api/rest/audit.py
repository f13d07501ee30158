"""The audit trail over REST, for data protection officers and auditors."""

import asyncio
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import Query, Response

from api.disclosing import disclose
from api.routing import Unit, audit_router
from api.schemas.audit import (
    EventQuery,
    EventsView,
    EventView,
    ExportBody,
    ExportFormat,
    next_of,
    to_csv,
    to_ndjson,
)
from domain.audit import EventPage
from services import audit

router = audit_router(prefix="/v1/audit", tags=["Audit"])

_WRITERS = {
    ExportFormat.CSV: (to_csv, "text/csv; charset=utf-8"),
    ExportFormat.NDJSON: (to_ndjson, "application/x-ndjson"),
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events asked for, newest first. `Next-Cursor` is there when more follow.",
        "content": {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {"schema": {"type": "string"}}},
        "headers": {"Next-Cursor": {"description": "Send it as `after`.", "schema": {"type": "string"}}},
    }
}


def _shown(unit: Unit, page: EventPage) -> list[dict[str, object]]:
    """Keep what may be seen of a page's events, as the list does; a page of none went through the registry too."""
    events = [EventView.model_validate(event).model_dump(mode="json", by_alias=True) for event in page.events]
    shown = disclose(unit, "audit-events", {"events": events, "next": next_of(page)})
    return cast("list[dict[str, object]]", shown["events"])


@router.get("/events", operation_id="queryAuditEvents", summary="Ask who has seen a person, when, for whom and why")
async def query_audit_events(unit: Unit, query: Annotated[EventQuery, Query()], response: Response) -> EventsView:
    """Read your agency's own access, and everyone's access to your agency's records, newest first.

    Only opaque ids, codes and days stand in the address. The question itself is put on the trail.
    """
    unit.ask_for(*query.references())
    page = await audit.query_events(unit, query.wanted(), query.position(), query.limit)
    following = next_of(page)
    if following is not None:
        kept = query.model_dump(mode="json", by_alias=True, exclude_none=True) | {"after": following}
        response.headers["Link"] = f'</v1/audit/events?{urlencode(kept)}>; rel="next"'
    return EventsView(events=[EventView.model_validate(event) for event in page.events], next=following)


@router.post(
    "/exports",
    operation_id="exportAuditEvents",
    summary="Take a part of the trail away as a file",
    response_class=Response,
    responses=_FILES,
)
async def export_audit_events(unit: Unit, body: ExportBody) -> Response:
    """Take away at most 10,000 events as CSV or as JSON lines; the export is on the trail before the file leaves."""
    unit.ask_for(*body.references())
    page = await audit.export_events(unit, body.wanted(), body.position(), body.limit)
    write, media_type = _WRITERS[body.format]
    shown = await asyncio.to_thread(_shown, unit, page)
    content = await asyncio.to_thread(write, shown)
    headers = {"Content-Disposition": f'attachment; filename="audit-events.{body.format.value}"'}
    following = next_of(page)
    if following is not None:
        headers["Next-Cursor"] = following
    return Response(content, headers=headers, media_type=media_type)
