"""What a token of an agency's own directory must say before it is exchanged for ours (RFC 8693, RFC 8725).

A directory writes for many readers: claims that we do not know are left alone, and what we rely on is
checked to the letter. A claim that would ask us to honour more than we do (a bound key, a chain of actors)
refuses the token, since passing over it would make more of the token than its issuer meant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from services.core.claim_checks import SUBJECT, Claims, TokenError, exact_claim, require_claims, text_claim, window

DIRECTORY_LIFE = 86_400
"""Longest life of a directory's token that is still a token and not a standing key, in seconds."""

_ISSUER = re.compile(r"[!-~]{1,500}")
_NEEDED = frozenset({"iss", "aud", "sub", "iat", "exp"})
_UNHONOURED = frozenset({"act", "may_act", "cnf", "events"})
"""An actor chain (RFC 8693 4), a bound key (RFC 7800), a security event or logout (RFC 8417)."""
_LOGIN_ONLY = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
"""Claims that only ID tokens carry (OpenID Connect Core 2, 3.3.2.11)."""


class TokenKind(StrEnum):
    """What a client says a directory's token is (RFC 8693 3)."""

    ACCESS = "urn:ietf:params:oauth:token-type:access_token"
    LOGIN = "urn:ietf:params:oauth:token-type:id_token"
    JWT = "urn:ietf:params:oauth:token-type:jwt"


_PAYLOAD_TYPES = {
    TokenKind.ACCESS: frozenset({"Bearer"}),
    TokenKind.LOGIN: frozenset({"ID"}),
    TokenKind.JWT: frozenset({"Bearer", "ID"}),
}
"""What Keycloak writes into a claim `typ`; its refresh and logout tokens say something else."""


@dataclass(frozen=True, slots=True)
class DirectoryTerms:
    """What an agency's directory was registered with."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    subject_claim: str = "sub"
    """The claim that names the user for good, such as `oid`; never one that can pass to another person."""
    required: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Claims that must hold one of some values, such as the tenant and the application."""


@dataclass(frozen=True, slots=True)
class DirectorySubject:
    """Whom a directory's token is about."""

    subject: str
    expires_at: int
    is_login: bool
    """It is an ID token: a human being logged in."""
    is_system: bool
    """It says that no human is behind it: an application got it for itself."""


def claimed_issuer(claims: Claims) -> str:
    """Read which directory a token says it is from, before anything is proven."""
    require_claims(claims, frozenset({"iss"}))
    return text_claim(claims, "iss", _ISSUER)


def read_directory_claims(claims: Claims, terms: DirectoryTerms, kind: TokenKind, now: float) -> DirectorySubject:
    """Read the claims of a directory's token, or raise TokenError."""
    require_claims(claims, _NEEDED | {terms.subject_claim})
    for name in sorted(_UNHONOURED & claims.keys()):
        raise TokenError(name, "unknown-field")
    exact_claim(claims, "iss", terms.issuer)
    _for_us(claims, terms.audience)
    _, expires_at = window(claims, now, DIRECTORY_LIFE)
    _of_kind(claims, kind)
    is_login = _is_login(claims, kind)
    if is_login and claims.get("azp", terms.audience) != terms.audience:
        raise TokenError("azp", "pattern")
    for name, values in terms.required.items():
        _holds(claims, name, values)
    text_claim(claims, "sub", SUBJECT)
    return DirectorySubject(text_claim(claims, terms.subject_claim, SUBJECT), expires_at, is_login, _is_system(claims))


def _for_us(claims: Claims, audience: str) -> None:
    """See that we alone are meant; a list of one is the same as one (RFC 7519 4.1.3), of two is not."""
    value = claims["aud"]
    if isinstance(value, list) and len(cast("list[object]", value)) == 1:
        value = cast("list[object]", value)[0]
    if not isinstance(value, str):
        raise TokenError("aud", "wrong-type")
    if value != audience:
        raise TokenError("aud", "pattern")


def _of_kind(claims: Claims, kind: TokenKind) -> None:
    """See that a token is of the kind the client says: one kind must never pass for another (RFC 8725 3.11)."""
    if "typ" in claims:
        said = claims["typ"]
        if not isinstance(said, str) or said not in _PAYLOAD_TYPES[kind]:
            raise TokenError("typ", "pattern")
    if kind is TokenKind.ACCESS:
        for name in sorted(_LOGIN_ONLY & claims.keys()):
            raise TokenError(name, "unknown-field")


def _is_login(claims: Claims, kind: TokenKind) -> bool:
    marked = bool(_LOGIN_ONLY & claims.keys()) or claims.get("typ") == "ID"
    return kind is TokenKind.LOGIN or (kind is TokenKind.JWT and marked)


def _is_system(claims: Claims) -> bool:
    """Say whether an application got the token for itself: Entra says so, RFC 9068 2.2 by the same name twice."""
    applications = [claims[name] for name in ("client_id", "azp", "appid") if name in claims]
    return claims.get("idtyp") == "app" or claims["sub"] in applications


def _holds(claims: Claims, name: str, values: frozenset[str]) -> None:
    """See that a claim has one of the registered values, or, being a list, holds one."""
    if name not in claims:
        raise TokenError(name, "required")
    value = claims[name]
    held = cast("list[object]", value) if isinstance(value, list) else [value]
    if not any(isinstance(each, str) and each in values for each in held):
        raise TokenError(name, "pattern")
