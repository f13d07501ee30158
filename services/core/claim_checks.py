"""Reading single claims to the letter: what every kind of token's claims are checked with.

The signature proves who wrote a token, not that it says anything usable: the library accepts an expiry
that is missing, a string, or a year away (RFC 8725 3.8 to 3.11).
"""

import re
from collections.abc import Mapping

AHEAD = 10
"""How far another machine's clock may run before ours, in seconds (FAPI 2.0 5.3.2.1)."""

SUBJECT = re.compile(r"[!-~]{1,255}")
"""How an issuer may name somebody (OpenID Connect Core 2: 255 ASCII characters at most)."""

_LAST_SECOND = 2**40

Claims = Mapping[str, object]


class TokenError(Exception):
    """Why a token is refused: a known member of it (or "" for the whole) and an issue code, never a value."""

    def __init__(self, member: str, code: str) -> None:
        super().__init__(member, code)
        self.member = member
        self.code = code


def require_claims(claims: Claims, required: frozenset[str]) -> None:
    """See that every claim needed is there."""
    for name in sorted(required):
        if name not in claims:
            raise TokenError(name, "required")


def known_claims(claims: Claims, required: frozenset[str], optional: frozenset[str]) -> None:
    """See that every claim needed is there, and none that we would have to guess the meaning of."""
    require_claims(claims, required)
    if not claims.keys() <= required | optional:
        raise TokenError("", "unknown-field")


def text_claim(claims: Claims, name: str, form: re.Pattern[str]) -> str:
    """Read a text of one form."""
    value = claims[name]
    if not isinstance(value, str):
        raise TokenError(name, "wrong-type")
    if not form.fullmatch(value):
        raise TokenError(name, "pattern")
    return value


def exact_claim(claims: Claims, name: str, expected: str) -> None:
    """Compare with one string; a list that holds it is a token meant for others too (RFC 8725 3.9)."""
    value = claims[name]
    if not isinstance(value, str):
        raise TokenError(name, "wrong-type")
    if value != expected:
        raise TokenError(name, "pattern")


def second_claim(claims: Claims, name: str) -> int:
    """Read a time as whole seconds; True is an int to Python and a float may be infinite, so neither counts."""
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TokenError(name, "wrong-type")
    if not 0 <= value < _LAST_SECOND:
        raise TokenError(name, "out-of-range")
    return value


def window(claims: Claims, now: float, longest: int) -> tuple[int, int]:
    """Check the times of a token against each other and the clock, and return (issued at, expires at)."""
    issued_at, expires_at = second_claim(claims, "iat"), second_claim(claims, "exp")
    if issued_at > now + AHEAD:
        raise TokenError("iat", "in-future")
    if "nbf" in claims and second_claim(claims, "nbf") > now + AHEAD:
        raise TokenError("nbf", "in-future")
    if expires_at <= now:
        raise TokenError("exp", "in-past")
    if not 0 < expires_at - issued_at <= longest:
        raise TokenError("exp", "out-of-range")
    return issued_at, expires_at
