"""Tokens and keys on the wire: client credentials and token exchange (RFC 6749, 7523, 8414, 8693)."""

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
from services.agencies.exchange import SubjectToken
from services.agencies.tokens import IssuedToken
from services.core.directory_claims import TokenKind
from services.core.identity import Claimant

router = APIRouter(tags=["Tokens"])

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_CREDENTIALS, _EXCHANGE = "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"
_ISSUED_TYPE = TokenKind.ACCESS.value
_REQUIRED = ("grant_type", "client_assertion_type", "client_assertion")
_REQUIRED_TO_EXCHANGE = ("subject_token", "subject_token_type")
_TARGETS = {"audience": "/audience", "resource": "/resource"}
_ACTORS = ("actor_token", "actor_token_type")
_MEMBERS = frozenset({*_REQUIRED, "client_id", "scope"})
_EXCHANGE_MEMBERS = _MEMBERS | {
    *_REQUIRED_TO_EXCHANGE,
    *_TARGETS,
    *_ACTORS,
    "requested_token_type",
}
_KINDS = {kind.value: kind for kind in TokenKind}
_OAUTH_ERRORS = {
    "client-assertion-invalid": "invalid_client",
    "scope-not-granted": "invalid_scope",
    "grant-unsupported": "unsupported_grant_type",
    "service-unavailable": "temporarily_unavailable",
    "rate-limited": "temporarily_unavailable",
}
"""Codes of RFC 6749 5.2 and RFC 8693 2.2.2, so that OAuth libraries understand; the rest is `invalid_request`."""

_log = structlog.get_logger()
TOKENS = Counter("rhannu_token_requests_total", "Token requests, by what they came to", ["outcome"])


class TokenView(View):
    """A token for the human or team that the assertion names, or whom the directory's token is about."""

    access_token: str = Field(alias="access_token")
    issued_token_type: str = Field(alias="issued_token_type")
    token_type: str = Field(alias="token_type")
    expires_in: int = Field(alias="expires_in")
    scope: str


def _form_schema(grant: str, description: str, required: tuple[str, ...], **more: object) -> dict[str, object]:
    text = {"type": "string", "maxLength": 2000}
    properties = {
        "grant_type": {"const": grant},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {"type": "string", "maxLength": 8192, "description": "Your signed assertion, used once."},
        "client_id": {**text, "description": "Where you send it, the same as in the assertion."},
        "scope": {**text, "description": "Fewer scopes than your client's registration, divided by blanks."},
        **more,
    }
    return {
        "type": "object",
        "title": grant,
        "description": description,
        "required": list(required),
        "properties": properties,
    }


_JWT_EXAMPLE = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJhYnVoYi1zeXN0ZW0ifQ.c2ln"
_DIRECTORY_EXAMPLE = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImQxIn0.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUifQ.c2ln"
_BY_ASSERTION = {
    "grant_type": _CREDENTIALS,
    "client_assertion_type": ASSERTION_TYPE,
    "client_assertion": _JWT_EXAMPLE,
}
_BY_EXCHANGE = {
    **_BY_ASSERTION,
    "grant_type": _EXCHANGE,
    "subject_token": _DIRECTORY_EXAMPLE,
    "subject_token_type": TokenKind.ACCESS.value,
}
_FORMS = {
    "oneOf": [
        _form_schema(_CREDENTIALS, "The assertion names for whom you act.", _REQUIRED),
        {
            **_form_schema(
                _EXCHANGE,
                "A token of your agency's directory says for whom you act (RFC 8693).",
                (*_REQUIRED, *_REQUIRED_TO_EXCHANGE),
                subject_token={"type": "string", "maxLength": 8192, "description": "The directory's token, a JWT."},
                subject_token_type={"enum": sorted(_KINDS), "description": "What the directory issued it as."},
                requested_token_type={"const": _ISSUED_TYPE},
            ),
            "examples": [_BY_EXCHANGE],
        },
    ]
}


@router.post(
    "/oauth2/token",
    operation_id="issueToken",
    summary="Get a token with a signed assertion",
    response_model=TokenView,
    openapi_extra={
        "requestBody": {"required": True, "content": {_FORM: {"schema": _FORMS, "example": _BY_ASSERTION}}},
    },
)
async def issue_token(request: Request) -> Response:
    """Prove yourself with a JWT signed by your registered key (ES256): five minutes of life at most, `jti` used once.

    Its claims: `iss` and `sub` your client id, `aud` this service's issuer. For whom you act is said in one of two
    ways:

    * `grant_type=client_credentials`: the assertion also holds `rhannu_agency`, your agency, and `rhannu_user` or
      `rhannu_team`, the person or team in the register.
    * `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): you send beside it a token that your
      agency's registered OpenID Connect directory issued for this service (RS256 or ES256), an access token or an ID
      token, for a person or for a system of yours. Its subject must be registered here. `actor_token` is not taken: the
      client is the actor.

    The token lives ten minutes at most and never longer than the directory's. A refusal is a problem that also carries
    `error` (RFC 6749 5.2): `invalid_client`, `invalid_request`, `invalid_scope`, `invalid_target`,
    `unsupported_grant_type` or `temporarily_unavailable`. See docs/identity.md.
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
            "issued_token_type": _ISSUED_TYPE,
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
        given = _subject_token(members)
        if given is None:
            return await state.tokens.issue(claimant, assertion, wanted)
        return await state.exchange.exchange(claimant, assertion, given, wanted)
    except DomainError as refusal:
        _log.warning("token.refused", code=refusal.code, client=claimant.client_id if claimant else "unreadable")
        raise


def _expect_same(client_id: str | None, claimant: Claimant) -> None:
    """Refuse a `client_id` beside the assertion that names somebody else (RFC 7521 4.2)."""
    if client_id not in {None, claimant.client_id}:
        raise DomainError("client-assertion-invalid")


def _subject_token(members: Mapping[str, str]) -> SubjectToken | None:
    if members["grant_type"] != _EXCHANGE:
        return None
    return SubjectToken(members["subject_token"], _KINDS[members["subject_token_type"]])


def _members(media_type: str, raw: bytes) -> dict[str, str]:
    """Read the form and see that it asks for one of the grants served here.

    Raises:
        DomainError: `media-type-unsupported`, `body-malformed`, `parameter-invalid`, `grant-unsupported` or
            `client-assertion-invalid`.
    """
    members = _form(media_type, raw)
    required = _REQUIRED if members.get("grant_type") != _EXCHANGE else (*_REQUIRED, *_REQUIRED_TO_EXCHANGE)
    missing = [FieldIssue(f"/{name}", "required") for name in required if name not in members]
    if missing:
        raise DomainError("parameter-invalid", missing)
    if members["grant_type"] not in {_CREDENTIALS, _EXCHANGE}:
        raise DomainError("grant-unsupported")
    if members["client_assertion_type"] != ASSERTION_TYPE:
        raise DomainError("client-assertion-invalid")
    _check_exchange(members)
    return members


def _check_exchange(members: Mapping[str, str]) -> None:
    """Refuse what a token exchange may say in general (RFC 8693 2.1) and not here.

    Raises:
        DomainError: `parameter-invalid`.
    """
    issues = [FieldIssue(f"/{name}", "unknown-field") for name in _ACTORS if name in members]
    if members.get("subject_token_type", _ISSUED_TYPE) not in _KINDS:
        issues.append(FieldIssue("/subject_token_type", "pattern"))
    if members.get("requested_token_type", _ISSUED_TYPE) != _ISSUED_TYPE:
        issues.append(FieldIssue("/requested_token_type", "pattern"))
    issues += [FieldIssue(pointer, "unknown-field") for name, pointer in _TARGETS.items() if name in members]
    if issues:
        raise DomainError("parameter-invalid", issues)


def _form(media_type: str, raw: bytes) -> dict[str, str]:
    """Read the form strictly: each member once, none unknown (RFC 6749 3.2).

    Raises:
        DomainError: `media-type-unsupported` or `body-malformed`.
    """
    if media_type.split(";", maxsplit=1)[0].strip().lower() != _FORM:
        raise DomainError("media-type-unsupported")
    try:
        pairs = parse_qsl(raw.decode("ascii"), strict_parsing=True, max_num_fields=16, errors="strict")
    except ValueError:
        raise DomainError("body-malformed") from None
    members = dict(pairs)
    known = _EXCHANGE_MEMBERS if members.get("grant_type") == _EXCHANGE else _MEMBERS
    if len(members) != len(pairs) or not members.keys() <= known:
        raise DomainError("body-malformed")
    return members


def _refused(request: Request, refusal: DomainError) -> Response:
    """Answer with a problem that OAuth libraries understand as well."""
    language = reader_language(request)
    body = problem_body(refusal, language, request_id_of(request.scope))
    body["error"] = _oauth_error(refusal)
    headers = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    if isinstance(refusal, RateLimited):
        headers |= refusal.headers
    status = status_of(refusal.code)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="rhannu"'
    TOKENS.labels(refusal.code).inc()
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


def _oauth_error(refusal: DomainError) -> str:
    if refusal.issues and all(issue.pointer in _TARGETS.values() for issue in refusal.issues):
        return "invalid_target"
    return _OAUTH_ERRORS.get(refusal.code, "invalid_request")


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
            "grant_types_supported": [_CREDENTIALS, _EXCHANGE],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        }
    )
    return Response(content, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})
