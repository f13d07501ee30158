"""Visit sheets over REST: one answer in three forms, as JSON, as a page for offline reading, and as PDF."""

import asyncio
from typing import Any

from fastapi import Request, Response

from api.disclosing import disclose_whole
from api.forms import HTML, JSON, PDF, form_of
from api.pages.visit_sheets import POLICY, visit_sheet_page
from api.requests import reader_language, state_of
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.visits import SheetBody, SheetView, sheet_view
from domain.dates import local_clock
from domain.problems import Language
from domain.visits import Sheet
from services import visits

router = guarded_router(prefix="/v1", tags=["Visits"])

_FORMS = (JSON, HTML, PDF)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The sheet: as JSON, as one HTML file to keep, or as PDF (PDF/UA-1), by `Accept`.",
        "content": {
            HTML: {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "/visit-sheets",
    operation_id="issueVisitSheet",
    summary="Issue the visit sheet of one shift",
    response_model=SheetView,
    responses=_ANSWERS,
)
async def issue_visit_sheet(unit: Unit, request: Request, body: SheetBody) -> SheetView | Response:
    """Check the visits of one shift and take the answer along: what to do, until when it holds, whom to ring.

    It runs a flag check, with its own evidence, and gives the sheet to the person named in your token, who counts
    as having been shown it; a team's token gets none. Ask in `Accept` for `application/json`, `text/html` (one
    file, readable without a network) or `application/pdf` (tagged, for print and for screen readers). A sheet
    holds for its shift and never longer than 12 hours; after that it is no answer. It says of people and places
    nothing but your own `reference`, so put no name there that you would not leave in a car.
    """
    form = form_of(request, _FORMS)
    state, reader = state_of(request), reader_language(request)
    desk = visits.CheckDesk(state.checks, state.directory, await state.directory.covered(state.pool))
    sheet = await visits.issue_sheet(unit, desk, body.command(reader))
    shown = sheet_view(sheet)
    if form == JSON:
        return shown
    disclose_whole(unit, "visit-sheet", shown.model_dump(mode="json", by_alias=True))
    if form == PDF:
        return _file(await visits.print_sheet(state.press, sheet, reader), PDF, sheet, {})
    page = await asyncio.to_thread(_page, sheet, reader)
    return _file(page, HTML, sheet, {"Content-Security-Policy": POLICY})


def _page(sheet: Sheet, reader: Language) -> str:
    return visit_sheet_page(visits.parts_of(sheet, reader))


def _file(content: str | bytes, form: str, sheet: Sheet, headers: dict[str, str]) -> Response:
    """Give a file whose name says when it was issued and nothing about anybody (law 9)."""
    name = f"visit-sheet-{local_clock(sheet.issued_at):%Y%m%d-%H%M}.{'pdf' if form == PDF else 'html'}"
    more = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept, Accept-Language"}
    return Response(content, headers={**headers, **more}, media_type=form)
