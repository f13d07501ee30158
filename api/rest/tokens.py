"""Tokens and keys on the wire: OAuth 2.0 client credentials with `private_key_jwt` (RFC 6749, 7523, 8414)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson
import structlog
from fastapi import APIRouter
from prometheus_client import Counter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem_body, status_of
from api.requests import reader_language, request_id_of, state_of
from api.routing import RateLimited, within_limits
from api.schemas.common import View
from api.state import State
from domain.errors import DomainError, FieldIssue
from services.agencies.tokens import IssuedToken
from services.core.identity import Claimant

router = APIRouter(tags=["Tokens"])

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_REQUIRED = ("grant_type", "client_assertion_type", "client_assertion")
_MEMBERS = frozenset({*_REQUIRED, "client_id", "scope"})
_OAUTH_ERRORS = {
    "client-assertion-invalid": "invalid_client",
    "scope-not-granted": "invalid_scope",
    "grant-unsupported": "unsupported_grant_type",
    "service-unavailable": "temporarily_unavailable",
    "rate-limited": "temporarily_unavailable",
}
"""Codes of RFC 6749 5.2, so that OAuth libraries understand; every other refusal is `invalid_request`."""

_log = structlog.get_logger()
TOKENS = Counter("rhannu_token_requests_total", "Token requests, by what they came to", ["outcome"])


class TokenView(View):
    """A token for the human or team named in the assertion."""

    access_token: str = Field(alias="access_token")
    token_type: str = Field(alias="token_type")
    expires_in: int = Field(alias="expires_in")
    scope: str


@router.post(
    "/oauth2/token",
    operation_id="issueToken",
    summary="Get a token with a signed assertion",
    response_model=TokenView,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type", "client_assertion_type", "client_assertion"],
                        "properties": {
                            "grant_type": {"const": "client_credentials"},
                            "client_assertion_type": {"const": ASSERTION_TYPE},
                            "client_assertion": {"type": "string", "maxLength": 8192},
                            "scope": {"type": "string", "maxLength": 2000},
                        },
                    },
                    "example": {
                        "grant_type": "client_credentials",
                        "client_assertion_type": ASSERTION_TYPE,
                        "client_assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJhYnVoYi1zeXN0ZW0ifQ.c2ln",
                    },
                }
            },
        }
    },
)
async def issue_token(request: Request) -> Response:
    """Send a JWT signed with your registered key (ES256), five minutes of life at most and a `jti` used once.

    Its claims: `iss` and `sub` your client id, `aud` this service's issuer, `rhannu_agency` your agency, and
    `rhannu_user` or `rhannu_team`, the person or team in the register for whom you act. The token lives ten
    minutes at most.
    """
    try:
        members = _members(request.headers.get("content-type", ""), await request.body())
        issued = await _issue(state_of(request), _address(request), members)
    except DomainError as refusal:
        return _refused(request, refusal)
    TOKENS.labels("issued").inc()
    content = orjson.dumps(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": issued.seconds,
            "scope": " ".join(issued.scopes),
        }
    )
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _issue(state: State, address: str, members: Mapping[str, str]) -> IssuedToken:
    """Count the attempt, then let the desk decide; what is refused here is told to the log by its code."""
    within_limits(state.token_budget.take(""))
    wanted = frozenset(members["scope"].split()) if "scope" in members else None
    assertion = members["client_assertion"]
    claimant: Claimant | None = None
    try:
        claimant = state.tokens.claimant(assertion)
        _expect_same(members.get("client_id"), claimant)
        # By address as well: whoever merely knows a client's name must not be able to use up its allowance.
        within_limits(state.token_limiter.take(f"{claimant.client_id}@{address}"))
        return await state.tokens.issue(claimant, assertion, wanted)
    except DomainError as refusal:
        _log.warning("token.refused", code=refusal.code, client=claimant.client_id if claimant else "unreadable")
        raise


def _expect_same(client_id: str | None, claimant: Claimant) -> None:
    """Refuse a `client_id` beside the assertion that names somebody else (RFC 7521 4.2)."""
    if client_id not in {None, claimant.client_id}:
        raise DomainError("client-assertion-invalid")


def _members(media_type: str, raw: bytes) -> dict[str, str]:
    """Read the form and see that it asks for the one grant served here.

    Raises:
        DomainError: `media-type-unsupported`, `body-malformed`, `parameter-invalid`, `grant-unsupported` or
            `client-assertion-invalid`.
    """
    members = _form(media_type, raw)
    missing = [FieldIssue(f"/{name}", "required") for name in _REQUIRED if name not in members]
    if missing:
        raise DomainError("parameter-invalid", missing)
    if members["grant_type"] != "client_credentials":
        raise DomainError("grant-unsupported")
    if members["client_assertion_type"] != ASSERTION_TYPE:
        raise DomainError("client-assertion-invalid")
    return members


def _form(media_type: str, raw: bytes) -> dict[str, str]:
    """Read the form strictly: each member once, none unknown (RFC 6749 3.2).

    Raises:
        DomainError: `media-type-unsupported` or `body-malformed`.
    """
    if media_type.split(";", maxsplit=1)[0].strip().lower() != _FORM:
        raise DomainError("media-type-unsupported")
    try:
        pairs = parse_qsl(raw.decode("ascii"), strict_parsing=True, max_num_fields=10, errors="strict")
    except ValueError:
        raise DomainError("body-malformed") from None
    members = dict(pairs)
    if len(members) != len(pairs) or not members.keys() <= _MEMBERS:
        raise DomainError("body-malformed")
    return members


def _refused(request: Request, refusal: DomainError) -> Response:
    """Answer with a problem that OAuth libraries understand as well."""
    language = reader_language(request)
    body = problem_body(refusal, language, request_id_of(request.scope))
    body["error"] = _OAUTH_ERRORS.get(refusal.code, "invalid_request")
    headers = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    if isinstance(refusal, RateLimited):
        headers |= refusal.headers
    status = status_of(refusal.code)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="rhannu"'
    TOKENS.labels(refusal.code).inc()
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


@router.get("/.well-known/jwks.json", operation_id="readKeys", summary="The keys that sign our tokens")
async def read_keys(request: Request) -> Response:
    """Public keys (RFC 7517), those about to sign included; keep them for five minutes."""
    content = orjson.dumps(state_of(request).signing_keys.jwks())
    return Response(content, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="readAuthorizationServer",
    summary="What our token endpoint can do",
)
async def read_metadata(request: Request) -> Response:
    """Authorization server metadata (RFC 8414)."""
    settings = state_of(request).settings
    content = orjson.dumps(
        {
            "issuer": settings.issuer,
            "token_endpoint": f"{settings.public_url}/oauth2/token",
            "jwks_uri": f"{settings.public_url}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        }
    )
    return Response(content, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})
