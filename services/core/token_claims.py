"""What the claims of our own tokens and of our clients' assertions must say, to the letter.

Every claim is known, present, of one type and of one form, or the token is refused (RFC 9068 4, RFC 7523 3).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.ids import AgencyCode, ClientId
from services.core.claim_checks import SUBJECT, Claims, TokenError, exact_claim, known_claims, text_claim, window

ACCESS_LIFE = 600
"""Longest life of our access tokens, in seconds."""
ASSERTION_LIFE = 300
"""Longest life of a client's assertion, in seconds."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
_AGENCY = re.compile(r"[a-z][a-z0-9-]{1,62}")
_SCOPE = re.compile(r"[!#-\[\]-~]{1,64}(?: [!#-\[\]-~]{1,64}){0,255}")
_VISIBLE = re.compile(r"[!-~]{1,128}")
_SUBJECT_TYPE = re.compile(r"human|team")

_ACCESS = frozenset(
    {"iss", "aud", "sub", "subject_type", "client_id", "agency", "scope", "jti", "iat", "exp"},
)
_PROOF = frozenset({"iss", "sub", "aud", "jti", "iat", "exp"})
_ASSERTION = _PROOF | {"rhannu_agency"}
_ACTS_FOR = frozenset({"rhannu_user", "rhannu_team"})


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


def read_access_claims(claims: Claims, issuer: str, audience: str, now: float) -> AccessClaims:
    """Read the claims of one of our own access tokens, or raise TokenError."""
    known_claims(claims, _ACCESS, frozenset({"nbf"}))
    exact_claim(claims, "iss", issuer)
    exact_claim(claims, "aud", audience)
    issued_at, expires_at = window(claims, now, ACCESS_LIFE)
    scopes = text_claim(claims, "scope", _SCOPE).split(" ")
    if len(set(scopes)) != len(scopes):
        raise TokenError("scope", "duplicate")
    return AccessClaims(
        client_id=ClientId(text_claim(claims, "client_id", _CLIENT)),
        agency=AgencyCode(text_claim(claims, "agency", _AGENCY)),
        subject=text_claim(claims, "sub", _UUID),
        subject_type=SubjectType(text_claim(claims, "subject_type", _SUBJECT_TYPE)),
        jti=text_claim(claims, "jti", _UUID),
        issued_at=issued_at,
        expires_at=expires_at,
        scopes=frozenset(scopes),
    )


@dataclass(frozen=True, slots=True)
class ClientProof:
    """What a client signed beside a directory's token: that it is itself; the directory's token says for whom."""

    client_id: ClientId
    agency: AgencyCode | None
    jti: str
    expires_at: int


def claimed_client(claims: Claims) -> ClientId:
    """Read which client an assertion says it is from, before anything is proven."""
    if "iss" not in claims:
        raise TokenError("iss", "required")
    return ClientId(text_claim(claims, "iss", _CLIENT))


def read_assertion_claims(claims: Claims, client_id: ClientId, audience: str, now: float) -> ClientAssertion:
    """Read the claims of a client's assertion, or raise TokenError.

    It names exactly one human or one team: an act that nobody answers for is not served.
    """
    known_claims(claims, _ASSERTION, _ACTS_FOR | {"nbf"})
    expires_at = _proven(claims, client_id, audience, now)
    named = _ACTS_FOR & claims.keys()
    if len(named) != 1:
        raise TokenError("rhannu_user", "duplicate" if named else "required")
    return ClientAssertion(
        client_id=client_id,
        agency=AgencyCode(text_claim(claims, "rhannu_agency", _AGENCY)),
        user=text_claim(claims, "rhannu_user", SUBJECT) if "rhannu_user" in named else None,
        team=text_claim(claims, "rhannu_team", SUBJECT) if "rhannu_team" in named else None,
        jti=text_claim(claims, "jti", _VISIBLE),
        expires_at=expires_at,
    )


def read_client_claims(claims: Claims, client_id: ClientId, audience: str, now: float) -> ClientProof:
    """Read the claims of an assertion that comes with a directory's token, or raise TokenError.

    It needs nothing that a stock OAuth library would not write. Naming a human or team here as well would be a
    second answer to the question that the directory's token answers, so it is refused.
    """
    for name in sorted(_ACTS_FOR & claims.keys()):
        raise TokenError(name, "inconsistent")
    known_claims(claims, _PROOF, frozenset({"rhannu_agency", "nbf"}))
    expires_at = _proven(claims, client_id, audience, now)
    return ClientProof(
        client_id=client_id,
        agency=AgencyCode(text_claim(claims, "rhannu_agency", _AGENCY)) if "rhannu_agency" in claims else None,
        jti=text_claim(claims, "jti", _VISIBLE),
        expires_at=expires_at,
    )


def _proven(claims: Claims, client_id: ClientId, audience: str, now: float) -> int:
    """Check who wrote an assertion, for whom and for how long, and return when it ends."""
    exact_claim(claims, "iss", client_id)
    exact_claim(claims, "sub", client_id)
    exact_claim(claims, "aud", audience)
    _, expires_at = window(claims, now, ASSERTION_LIFE)
    return expires_at
