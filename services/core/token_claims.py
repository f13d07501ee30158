"""What the claims of a token must say, checked by ourselves and to the letter.

The signature proves who wrote a token, not that it says anything usable: the library accepts an expiry
that is missing, a string, or a year away. Here every claim is known, present, of one type and of one
form, or the token is refused (RFC 8725 3.8 to 3.11, RFC 9068 4, RFC 7523 3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.ids import AgencyCode, ClientId

ACCESS_LIFE = 600
"""Longest life of our access tokens, in seconds."""
ASSERTION_LIFE = 300
"""Longest life of a client's assertion, in seconds."""
AHEAD = 10
"""How far another machine's clock may run before ours, in seconds (FAPI 2.0 5.3.2.1)."""

_LAST_SECOND = 2**40
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
_AGENCY = re.compile(r"[a-z][a-z0-9-]{1,62}")
_SCOPE = re.compile(r"[!#-\[\]-~]{1,64}(?: [!#-\[\]-~]{1,64}){0,63}")
_VISIBLE = re.compile(r"[!-~]{1,128}")
_SUBJECT = re.compile(r"[!-~]{1,255}")
_SUBJECT_TYPE = re.compile(r"human|team")

_ACCESS = frozenset(
    {"iss", "aud", "sub", "subject_type", "client_id", "agency", "scope", "jti", "iat", "exp"},
)
_ASSERTION = frozenset({"iss", "sub", "aud", "jti", "iat", "exp", "rhannu_agency"})
_ACTS_FOR = frozenset({"rhannu_user", "rhannu_team"})


class TokenError(Exception):
    """Why a token is refused: a known member of it (or "" for the whole) and an issue code, never a value."""

    def __init__(self, member: str, code: str) -> None:
        super().__init__(member, code)
        self.member = member
        self.code = code


class SubjectType(StrEnum):
    """On whose behalf a client acts: one human being, or a team that answers for what it does."""

    HUMAN = "human"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Who is asking, as one of our own access tokens says; what they may do is not in it."""

    client_id: ClientId
    agency: AgencyCode
    subject: str
    """UUID of a user or of a team of Rhannu's register."""
    subject_type: SubjectType
    jti: str
    issued_at: int
    expires_at: int
    scopes: frozenset[str]

    @property
    def is_team(self) -> bool:
        """Say whether the subject is a team rather than a human."""
        return self.subject_type is SubjectType.TEAM


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """What a client signed to get a token: that it is itself, and for whom it acts."""

    client_id: ClientId
    agency: AgencyCode
    user: str | None
    """A user of the register by UUID, or by the subject that the agency's own issuer knows them under."""
    team: str | None
    jti: str
    """Usable once: the caller stores it until `expires_at` and refuses it when it is there already."""
    expires_at: int


def _known(claims: Mapping[str, object], required: frozenset[str], optional: frozenset[str]) -> None:
    for name in sorted(required):
        if name not in claims:
            raise TokenError(name, "required")
    if not claims.keys() <= required | optional:
        raise TokenError("", "unknown-field")


def _text(claims: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise TokenError(name, "wrong-type")
    if not form.fullmatch(value):
        raise TokenError(name, "pattern")
    return value


def _exactly(claims: Mapping[str, object], name: str, expected: str) -> None:
    """Compare with one string; a list that holds it is a token meant for others too (RFC 8725 3.9)."""
    value = claims[name]
    if not isinstance(value, str):
        raise TokenError(name, "wrong-type")
    if value != expected:
        raise TokenError(name, "pattern")


def _second(claims: Mapping[str, object], name: str) -> int:
    """Read a time as whole seconds; True is an int to Python and a float may be infinite, so neither counts."""
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TokenError(name, "wrong-type")
    if not 0 <= value < _LAST_SECOND:
        raise TokenError(name, "out-of-range")
    return value


def _window(claims: Mapping[str, object], now: float, longest: int) -> tuple[int, int]:
    """Check the times of a token against each other and the clock, and return (issued at, expires at)."""
    issued_at, expires_at = _second(claims, "iat"), _second(claims, "exp")
    if issued_at > now + AHEAD:
        raise TokenError("iat", "in-future")
    if "nbf" in claims and _second(claims, "nbf") > now + AHEAD:
        raise TokenError("nbf", "in-future")
    if expires_at <= now:
        raise TokenError("exp", "in-past")
    if not 0 < expires_at - issued_at <= longest:
        raise TokenError("exp", "out-of-range")
    return issued_at, expires_at


def read_access_claims(claims: Mapping[str, object], issuer: str, audience: str, now: float) -> AccessClaims:
    """Read the claims of one of our own access tokens, or raise TokenError."""
    _known(claims, _ACCESS, frozenset({"nbf"}))
    _exactly(claims, "iss", issuer)
    _exactly(claims, "aud", audience)
    issued_at, expires_at = _window(claims, now, ACCESS_LIFE)
    scopes = _text(claims, "scope", _SCOPE).split(" ")
    if len(set(scopes)) != len(scopes):
        raise TokenError("scope", "duplicate")
    return AccessClaims(
        client_id=ClientId(_text(claims, "client_id", _CLIENT)),
        agency=AgencyCode(_text(claims, "agency", _AGENCY)),
        subject=_text(claims, "sub", _UUID),
        subject_type=SubjectType(_text(claims, "subject_type", _SUBJECT_TYPE)),
        jti=_text(claims, "jti", _UUID),
        issued_at=issued_at,
        expires_at=expires_at,
        scopes=frozenset(scopes),
    )


def claimed_client(claims: Mapping[str, object]) -> ClientId:
    """Read which client an assertion says it is from, before anything is proven."""
    if "iss" not in claims:
        raise TokenError("iss", "required")
    return ClientId(_text(claims, "iss", _CLIENT))


def read_assertion_claims(
    claims: Mapping[str, object], client_id: ClientId, audience: str, now: float
) -> ClientAssertion:
    """Read the claims of a client's assertion, or raise TokenError.

    It names exactly one human or one team: an act that nobody answers for is not served.
    """
    _known(claims, _ASSERTION, _ACTS_FOR | {"nbf"})
    _exactly(claims, "iss", client_id)
    _exactly(claims, "sub", client_id)
    _exactly(claims, "aud", audience)
    _, expires_at = _window(claims, now, ASSERTION_LIFE)
    named = _ACTS_FOR & claims.keys()
    if len(named) != 1:
        raise TokenError("rhannu_user", "duplicate" if named else "required")
    return ClientAssertion(
        client_id=client_id,
        agency=AgencyCode(_text(claims, "rhannu_agency", _AGENCY)),
        user=_text(claims, "rhannu_user", _SUBJECT) if "rhannu_user" in named else None,
        team=_text(claims, "rhannu_team", _SUBJECT) if "rhannu_team" in named else None,
        jti=_text(claims, "jti", _VISIBLE),
        expires_at=expires_at,
    )
