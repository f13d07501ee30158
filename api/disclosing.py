"""The edge at which every answer meets the field registry, before its event is written and anything leaves.

A JSON answer is redacted as the bytes that would go out, whatever wrote them. What the bytes no longer tell, GraphQL,
exports and printed forms, goes through `disclose` where its data is still whole; an answer that went through neither is
withheld, as one without evidence is.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

import orjson
from starlette.responses import Response, StreamingResponse

from domain import fields
from domain.fields import viewer_of
from services.core.unit_of_work import AuditMissing, UnitOfWork

_JSON = "application/json"


def kinds_of(model: object) -> tuple[str, ...]:
    """Name the kinds of answer that a response model writes; none for a model that the registry does not know."""
    models = get_args(model) or (model,)
    found = (fields.REGISTRY.by_view.get(getattr(each, "__name__", "")) for each in models)
    return tuple(name for name in found if name is not None)


def disclose(unit: UnitOfWork, kind: str, document: Mapping[str, object]) -> dict[str, object]:
    """Keep of an answer what the caller may see, and note its classes for the event."""
    return _shown(unit, kind, document).document


def disclose_whole(unit: UnitOfWork, kind: str, document: Mapping[str, object]) -> None:
    """Let an answer leave whole or not at all: a printed form cannot leave a part out.

    Raises:
        AuditMissing: the caller may not see all of it.
    """
    if _shown(unit, kind, document).is_cut:
        raise AuditMissing(kind)


def _shown(unit: UnitOfWork, kind: str, document: Mapping[str, object]) -> fields.Disclosed:
    shown = fields.REGISTRY.show(kind, document, viewer_of(unit.principal))
    if document and not shown.document:
        raise AuditMissing(kind)
    unit.draft.shown.update(shown.classes)
    unit.draft.is_redacted = True
    return shown


def redact(unit: UnitOfWork, kinds: Iterable[str], response: Response) -> Response:
    """Keep of a response what the caller may see.

    Where no context was opened, or it was undone with a refusal, there were no rows (law 2): what then leaves is
    GraphQL's own, its schema or the code of a refusal.

    Raises:
        AuditMissing: the registry does not know the answer, or nothing of it may be seen: a defect, and it is withheld.
    """
    named = tuple(kinds)
    is_json = response.headers.get("content-type", "").startswith(_JSON)
    if not isinstance(response, StreamingResponse) and not response.body:
        return response
    if not (named and is_json):
        if unit.is_open and not unit.draft.is_redacted:
            raise AuditMissing(response.media_type)
        return response
    document = orjson.loads(response.body)
    shown = _shown(unit, _kind_of(named, document), document)
    if shown.is_cut:
        response.body = orjson.dumps(shown.document)
        response.headers["content-length"] = str(len(response.body))
    return response


def _kind_of(named: tuple[str, ...], document: object) -> str:
    """Tell which kind an answer is: where a route gives one of several, by its members."""
    if not isinstance(document, dict):
        raise AuditMissing(named)
    members = set(cast("dict[str, Any]", document))
    fitting = (name for name in named if len(named) == 1 or members <= set(fields.REGISTRY.members(name)))
    found = next(fitting, None)
    if found is None:
        raise AuditMissing(named)
    return found
