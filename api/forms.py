"""In which form an answer is given: chosen from what is offered by the `Accept` header (RFC 9110 12.5.1)."""

from collections.abc import Sequence

from starlette.requests import Request

from api.languages import quality_of
from domain.errors import DomainError

JSON = "application/json"
HTML = "text/html"
PDF = "application/pdf"
TEXT = "text/plain"
_MOST_RANGES = 20


def form_of(request: Request, offered: Sequence[str]) -> str:
    """Choose the media type the caller likes best; of equals, and where nothing is said, the first one offered.

    Raises:
        DomainError: `form-not-offered`.
    """
    accept = request.headers.get("accept")
    if not accept:
        return offered[0]
    wanted = [_range(part) for part in accept.split(",")[:_MOST_RANGES]]
    best = max(offered, key=lambda form: _liking(form, wanted))
    if _liking(best, wanted) == 0:
        raise DomainError("form-not-offered")
    return best


def _range(part: str) -> tuple[str, float]:
    name, _, parameters = part.strip().partition(";")
    return name.strip().lower(), quality_of(parameters.rpartition(";")[2])


def _liking(form: str, wanted: Sequence[tuple[str, float]]) -> float:
    """Give the quality of the most specific range that fits."""
    kind = form.split("/", maxsplit=1)[0]
    for fitting in (form, f"{kind}/*", "*/*"):
        found = [quality for name, quality in wanted if name == fitting]
        if found:
            return max(found)
    return 0
