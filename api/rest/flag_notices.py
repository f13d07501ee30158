"""Notices to the person a flag is about, over REST: made once, then read as JSON, as text or as PDF."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.conditions import IdempotencyKey
from api.disclosing import disclose_whole
from api.forms import JSON, PDF, TEXT, form_of
from api.requests import state_of
from api.rest.flags import Asked
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.flag_notices import NoticeBody, NoticeDeliveryBody, NoticeView, notice_view
from api.schemas.flag_views import FlagView
from domain.ids import FlagId
from domain.letters import spoken
from services.flags import notices

router = guarded_router(prefix="/v1/flags", tags=["Letters"])

_FORMS = (JSON, TEXT, PDF)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The notice: as JSON, as text to be read aloud, or as a letter in PDF (PDF/UA-1), by `Accept`.",
        "content": {
            TEXT: {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "/{flag_id}/notices",
    status_code=201,
    operation_id="prepareNotice",
    summary="Check how the person can be told, and make the notice",
)
async def prepare_notice(
    unit: Unit, once: IdempotencyKey, flag_id: UUID, body: NoticeBody, response: Response
) -> NoticeView:
    """Record how the news can reach the person safely, and make the letter in the language of their recorded choice.

    What your records say of language, needs and shared homes is held against your answers. The letter follows your
    agency's template; for `care-need-behaviour` it is one that blames nobody. Making it does not tell anybody: record
    its delivery when it has reached the person.
    """
    made = await notices.prepare_notice(unit, FlagId(flag_id), body.command(), once)
    response.headers["Location"] = f"/v1/flags/{flag_id}/notices/{made.value.id}"
    return notice_view(made.value)


@router.post(
    "/{flag_id}/notices/{notice_id}/delivery",
    operation_id="recordNoticeDelivery",
    summary="Record that a notice was delivered",
)
async def record_delivery(asked: Asked, notice_id: UUID, body: NoticeDeliveryBody) -> FlagView:
    """Record on what day the notice reached the person and how: from then on the flag says that they were told.

    `If-Match` is the flag's version. What was put off is not told before its day, and what a review has withheld since
    the letter was made is not told at all.
    """
    return asked.whole(await notices.record_delivery(asked.unit, notice_id, asked.step(body.command())))


@router.get(
    "/{flag_id}/notices/{notice_id}",
    operation_id="readNotice",
    summary="Read a notice, or print it",
    response_model=NoticeView,
    responses=_ANSWERS,
)
async def read_notice(unit: Unit, request: Request, flag_id: UUID, notice_id: UUID) -> NoticeView | Response:
    """Give a notice as it was made: as JSON, as `text/plain` to be read aloud, or as `application/pdf` to be sent.

    Where the check of delivery said that the person is to be told in speech instead, there is no PDF.
    """
    form = form_of(request, _FORMS)
    notice = await notices.read_notice(unit, FlagId(flag_id), notice_id)
    shown = notice_view(notice)
    if form == JSON:
        return shown
    disclose_whole(unit, "letter", shown.model_dump(mode="json", by_alias=True))
    headers = {
        "Content-Disposition": f'attachment; filename="notice.{"pdf" if form == PDF else "txt"}"',
        "Content-Language": ", ".join(letter.language for letter in notice.letters),
        "Vary": "Accept",
    }
    if form == PDF:
        return Response(await notices.print_notice(state_of(request).press, notice), headers=headers, media_type=PDF)
    text = "\n\n".join(spoken(letter) for letter in notice.letters)
    return Response(text, headers=headers, media_type=f"{TEXT}; charset=utf-8")
