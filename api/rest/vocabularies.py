"""Coded lists and duty numbers: public, cacheable, without personal data, so without a unit of work."""

import hashlib

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.requests import state_of
from api.schemas.vocabularies import (
    CodedListSummaryView,
    CodedListsView,
    CodedListView,
    DutyContactsView,
    DutyContactView,
    TextView,
)
from domain.errors import DomainError
from domain.vocabularies import VOCABULARIES

router = APIRouter(prefix="/v1", tags=["Vocabularies"])

_HOUR = "public, max-age=3600"
_DAY = "public, max-age=86400"


@router.get(
    "/vocabularies",
    operation_id="listVocabularies",
    summary="List the coded lists",
    response_model=CodedListsView,
)
async def list_vocabularies(request: Request) -> Response:
    """Name every coded list with its size; read one by its id for the codes."""
    lists = [
        CodedListSummaryView(
            id=coded.id,
            title=TextView.model_validate(coded.title),
            open_list=coded.open_list,
            multi_select=coded.multi_select,
            codes=len(coded.items),
        )
        for coded in VOCABULARIES.values()
    ]
    return _cacheable(request, CodedListsView(vocabularies=lists), _HOUR)


@router.get(
    "/vocabularies/{list_id}",
    operation_id="readVocabulary",
    summary="Read one coded list",
    response_model=CodedListView,
)
async def read_vocabulary(request: Request, list_id: str) -> Response:
    """Give every code of a list with its English and Welsh label."""
    coded = VOCABULARIES.get(list_id)
    if coded is None:
        raise DomainError("not-found")
    return _cacheable(request, CodedListView.model_validate(coded), _HOUR)


@router.get(
    "/duty-contacts",
    operation_id="listDutyContacts",
    summary="List the agencies' duty numbers",
    response_model=DutyContactsView,
)
async def list_duty_contacts(request: Request) -> Response:
    """Give every agency's number that answers day and night.

    Keep a copy, of which `Cache-Control` says for how long it is good, and use it whenever a check gives no answer:
    every system that checks must be able to show a number while this service cannot be reached at all.
    """
    state = state_of(request)
    contacts = [DutyContactView.model_validate(each) for each in await state.directory.contacts(state.pool)]
    return _cacheable(request, DutyContactsView(contacts=contacts), _DAY)


def _cacheable(request: Request, view: BaseModel, lifetime: str) -> Response:
    """Answer so that a shared cache may keep it: the tag is the content's digest (RFC 9110 8.8.3, 13.1.2)."""
    content = view.model_dump_json(by_alias=True).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": lifetime}
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in given.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
