"""Reading a request: JSON without second meanings, who asks, why, in which language.

FastAPI would read the body after resolving everything else and mask what goes wrong with it; here it
is read first, strictly, so that every fault is one clear problem.
"""

import re
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.types import Scope
from typing_extensions import override

from api.languages import Language, language_of
from api.state import State
from domain.access import Purpose
from domain.errors import DomainError
from domain.ids import AgencyCode, UserId
from services.core.caller import Caller

DEEPEST = 32
JSON = "application/json"
CSV = "text/csv"
_AGENCY = re.compile(r"[a-z0-9-]{2,40}")
_PURPOSES = {purpose.value: purpose for purpose in Purpose}


class JsonRequest(Request):
    """A request whose JSON was parsed strictly before anything else looked at it."""

    def __init__(self, request: Request, raw: bytes, parsed: object) -> None:
        super().__init__(request.scope, request.receive)
        self._raw = raw
        self._parsed = parsed

    @override
    async def body(self) -> bytes:
        """Give the bytes that were read; they cannot be received twice."""
        return self._raw

    @override
    async def json(self) -> Any:
        """Give what was parsed."""
        return self._parsed


def state_of(request: Request) -> State:
    """Give what the application holds."""
    return cast("State", request.app.state.rhannu)


def request_id_of(scope: Scope) -> str:
    """Give the id under which this request is in the logs and on the trail."""
    return cast("str", scope["rhannu.request_id"])


def reader_language(request: Request) -> Language:
    """Give the language to answer in."""
    return language_of(request.headers.get("accept-language"))


async def read_json(request: Request) -> object:
    """Read the body as one JSON document, or None when there is no body.

    Raises:
        DomainError: `body-malformed` or `media-type-unsupported`.
    """
    raw = await request.body()
    if not raw:
        return None
    require_media_type(request, JSON)
    return parse_json(raw)


def require_media_type(request: Request, wanted: str) -> None:
    """Refuse a body of another type than the one that is read here.

    Raises:
        DomainError: `media-type-unsupported`.
    """
    media_type = request.headers.get("content-type", "").split(";", maxsplit=1)[0].strip().lower()
    if media_type != wanted:
        raise DomainError("media-type-unsupported")


def parse_json(raw: bytes) -> object:
    """Parse JSON strictly: UTF-8, no lone surrogates, no NUL, at most `DEEPEST` levels (RFC 8259).

    Raises:
        DomainError: `body-malformed`.
    """
    try:
        parsed: object = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise DomainError("body-malformed") from None
    if (b"\\u0000" in raw or raw.count(b"{") + raw.count(b"[") > DEEPEST) and not _is_plain(parsed, DEEPEST):
        raise DomainError("body-malformed")
    return parsed


def _is_plain(value: object, levels: int) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    if levels == 0 and isinstance(value, (dict, list)):
        return False
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return all("\0" not in key and _is_plain(member, levels - 1) for key, member in members.items())
    if isinstance(value, list):
        return all(_is_plain(item, levels - 1) for item in cast("list[object]", value))
    return True


def bearer_of(request: Request) -> str:
    """Take the token out of the header.

    Raises:
        DomainError: `token-invalid`.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DomainError("token-invalid")
    return token


def purpose_of(request: Request) -> Purpose:
    """Read why the caller asks: every request for personal data says so.

    Raises:
        DomainError: `purpose-missing` or `purpose-unknown`.
    """
    given = request.headers.get("purpose-of-use")
    if given is None:
        raise DomainError("purpose-missing")
    purpose = _PURPOSES.get(given)
    if purpose is None:
        raise DomainError("purpose-unknown")
    return purpose


@lru_cache(maxsize=4096)
def _user_of(subject: str) -> UserId:
    return UserId(UUID(subject))


def caller_of(request: Request) -> Caller:
    """Verify the token and say who asks, for which agency and why.

    Raises:
        DomainError: `token-invalid`, `purpose-missing`, `purpose-unknown` or `parameter-invalid`.
    """
    claims = state_of(request).verifier.verify(bearer_of(request))
    acting = request.headers.get("acting-for-agency", claims.agency)
    if not _AGENCY.fullmatch(acting):
        raise DomainError("not-found")
    return Caller(
        client=claims.client_id,
        home=claims.agency,
        agency=AgencyCode(acting),
        user=_user_of(claims.subject),
        purpose=purpose_of(request),
        token_id=claims.jti,
        request_id=request_id_of(request.scope),
        scopes=claims.scopes,
    )
