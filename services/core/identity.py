"""Who is asking: our access tokens, our clients' signed assertions, the tokens of agencies' directories.

The only module that talks to python-jose. The library verifies one thing, a signature by one algorithm
with one key that we chose and built beforehand; everything it is lenient about is checked here before it
sees the token (`_open`) and after (`token_claims`, `directory_claims`). One way in (`_open`, `_prove`)
serves all three kinds of token.

Objects here belong to one event loop and hold no locks.
"""

import base64
import copy
import hashlib
import re
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from jose import jwk, jws
from jose.backends.base import Key

from domain.errors import DomainError, FieldIssue
from domain.ids import AgencyCode, ClientId
from services.core.claim_checks import TokenError
from services.core.directory_claims import (
    DirectorySubject,
    DirectoryTerms,
    TokenKind,
    claimed_issuer,
    read_directory_claims,
)
from services.core.keys import ALGORITHM, DIRECTORIES, KID, OURS, KeySet, PublicKey, SigningKeys
from services.core.strict_json import strict_object
from services.core.token_claims import (
    ACCESS_LIFE,
    AccessClaims,
    ClientAssertion,
    ClientProof,
    SubjectType,
    claimed_client,
    read_access_claims,
    read_assertion_claims,
    read_client_claims,
)

MAX_TOKEN_CHARACTERS = 8_192
CACHE_SECONDS = 30
CACHE_ENTRIES = 4_096

T = TypeVar("T")

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86,1366}")
"""Three parts, the last as long as an ES256 signature or at most an RS256 one of 8192 bits."""
_ES256_CHARACTERS = 86
_HEADER_BRACKETS = 32


@dataclass(frozen=True, slots=True)
class _Profile:
    """What the outside of one kind of token may look like."""

    types: frozenset[object]
    algorithms: frozenset[str] = OURS
    hints: frozenset[str] = frozenset()
    """Header members that are let pass and never used."""
    brackets: int = 32
    """Most opening brackets of the payload, and so its depth."""


_DIRECTORY = _Profile(
    frozenset({None, "JWT", "at+jwt", "application/at+jwt"}), DIRECTORIES, frozenset({"x5t", "x5t#S256"}), 64
)
_ACCESS = _Profile(frozenset({"at+jwt"}))
_ASSERTION = _Profile(frozenset({None, "JWT", "client-authentication+jwt"}))
_BY_KIND = {
    TokenKind.ACCESS: _DIRECTORY,
    TokenKind.LOGIN: replace(_DIRECTORY, types=frozenset({None, "JWT"})),
    TokenKind.JWT: _DIRECTORY,
}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A token whose outside is in order; nothing it says is proven yet."""

    algorithm: str
    kid: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who an assertion says it is from, unproven: good for finding keys, and for nothing else."""

    client_id: ClientId
    kid: str


@lru_cache(maxsize=512)
def _prebuilt(key: PublicKey) -> Key:
    """Build the library's key once; entries are named by the key's whole content, so none can be wrong."""
    return jwk.construct({**key.jwk()}, key.algorithm)


def _decoded(part: str) -> bytes:
    """Decode base64url, accepting only the one text that encodes these bytes (RFC 4648 3.5)."""
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode("ascii"):
        raise TokenError("", "pattern")
    return data


def _open(token: str, profile: _Profile) -> _Opened:
    """Check everything about a token that needs no key: size, form, encoding, header."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenError("", "too-long")
    if not _COMPACT.fullmatch(token):
        raise TokenError("", "pattern")
    header_part, payload_part, signature_part = token.split(".")
    _decoded(signature_part)
    algorithm, kid = _checked_header(strict_object(_decoded(header_part), brackets=_HEADER_BRACKETS), profile)
    if algorithm == ALGORITHM and len(signature_part) != _ES256_CHARACTERS:
        raise TokenError("", "pattern")
    return _Opened(algorithm, kid, _decoded(payload_part))


def _checked_header(header: Mapping[str, object], profile: _Profile) -> tuple[str, str]:
    """Return algorithm and key name; a header that says more asks us to trust the token about itself."""
    if not header.keys() <= {"alg", "typ", "kid"} | profile.hints:
        raise TokenError("", "unknown-field")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in profile.algorithms:
        raise TokenError("alg", "pattern")
    typ = header.get("typ")
    if ("typ" in header and not isinstance(typ, str)) or typ not in profile.types:
        raise TokenError("typ", "pattern")
    kid = header.get("kid")
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        raise TokenError("kid", "pattern")
    return algorithm, kid


def _prove(token: str, profile: _Profile, keys: KeySet) -> dict[str, object]:
    """Return the claims that the named key really signed, by the one algorithm that key is for."""
    opened = _open(token, profile)
    key = keys.get(opened.kid)
    if key is None:
        raise TokenError("kid", "not-found")
    if key.algorithm != opened.algorithm:
        raise TokenError("alg", "pattern")
    return strict_object(jws.verify(token, _prebuilt(key), algorithms=[key.algorithm]), brackets=profile.brackets)


@dataclass(frozen=True, slots=True)
class _Cached:
    claims: AccessClaims
    since: float
    until: float


class TokenVerifier:
    """Verifies our own access tokens (RFC 9068).

    The answer says who is asking and no more: suspension, roles and bindings are the register's, looked
    up on each request. So a verified token may be remembered for half a minute, by the digest of its
    exact characters, and never longer than it lives or than the keys stay the same.
    """

    def __init__(self, issuer: str, audience: str, keys: KeySet, now: Callable[[], float]) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._now = now
        self._cached: OrderedDict[bytes, _Cached] = OrderedDict()

    def use_keys(self, keys: KeySet) -> None:
        """Replace the keys; what was verified with the old ones is forgotten."""
        if keys != self._keys:
            self._keys = keys
            self._cached.clear()

    def verify(self, token: str) -> AccessClaims:
        """Return what the token says, or raise DomainError `token-invalid`, whatever is wrong with it."""
        try:
            return self._verified(token)
        except Exception:  # the library leaks TypeError, OverflowError and more for a token made to provoke them
            raise DomainError("token-invalid") from None

    def _verified(self, token: str) -> AccessClaims:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenError("", "too-long")
        digest = hashlib.sha256(token.encode("ascii")).digest()
        now = self._now()
        cached = self._cached.get(digest)
        if cached is not None and cached.since <= now < cached.until:
            self._cached.move_to_end(digest)
            return cached.claims
        claims = read_access_claims(_prove(token, _ACCESS, self._keys), self._issuer, self._audience, now)
        self._remember(digest, _Cached(claims, now, min(claims.expires_at, now + CACHE_SECONDS)))
        return claims

    def _remember(self, digest: bytes, entry: _Cached) -> None:
        self._cached[digest] = entry
        self._cached.move_to_end(digest)
        if len(self._cached) > CACHE_ENTRIES:
            self._cached.popitem(last=False)


class TokenIssuer:
    """Writes our access tokens; what it writes, `TokenVerifier` accepts."""

    def __init__(
        self, issuer: str, audience: str, keys: SigningKeys, now: Callable[[], float], *, life: int = ACCESS_LIFE
    ) -> None:
        if not 0 < life <= ACCESS_LIFE:
            message = f"an access token lives 1 to {ACCESS_LIFE} seconds"
            raise ValueError(message)
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._now = now
        self._life = life
        self._latest: int | None = None
        self._prebuilt = {key.kid: jwk.construct({**key.private_jwk()}, ALGORITHM) for key in keys.keys}

    def no_later_than(self, moment: int) -> "TokenIssuer":
        """Give an issuer whose tokens are over by a moment: none may outlive the token it was given for."""
        bounded = copy.copy(self)
        bounded._latest = moment if self._latest is None else min(moment, self._latest)  # noqa: SLF001 - a copy of our own
        return bounded

    def issue(
        self, client_id: ClientId, agency: AgencyCode, subject: str, subject_type: SubjectType, scopes: Iterable[str]
    ) -> tuple[str, int]:
        """Return a new token and the seconds it lives; ValueError for content that no verifier would accept."""
        now, granted = self._now(), frozenset(scopes)
        life = self._life if self._latest is None else min(self._life, self._latest - int(now))
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "subject_type": str(subject_type),
            "client_id": client_id,
            "agency": agency,
            "scope": " ".join(sorted(granted)),
            "jti": str(uuid.uuid4()),
            "iat": int(now),
            "exp": int(now) + life,
        }
        try:
            said = read_access_claims(claims, self._issuer, self._audience, int(now))
        except TokenError as refused:
            message = f"a token cannot say this: {refused.member} ({refused.code})"
            raise ValueError(message) from None
        if said.scopes != granted:  # a blank inside one scope would grant two
            message = "a token cannot say this: scope (pattern)"
            raise ValueError(message)
        kid = self._keys.signer(now).kid
        return jws.sign(claims, self._prebuilt[kid], {"typ": "at+jwt", "kid": kid}, ALGORITHM), life


class AssertionVerifier:
    """Verifies a client's `private_key_jwt` (RFC 7523), written for us and used once.

    First `claimant`, to learn whose registration and keys to fetch; then `verify` with those. Whether
    the client may act for the agency and the human it names, and whether the `jti` came before, is the
    register's to say. A refusal names the claim at fault, since integrators must be able to mend it.
    """

    def __init__(self, issuer: str, now: Callable[[], float]) -> None:
        self._issuer = issuer
        self._now = now

    def claimant(self, assertion: str) -> Claimant:
        """Return who the assertion says it is from; DomainError `client-assertion-invalid` if it cannot be one."""
        return _for_clients(lambda: self._claimant(assertion))

    def verify(self, assertion: str, client_id: ClientId, keys: KeySet) -> ClientAssertion:
        """Return what the client signed, or raise DomainError `client-assertion-invalid`."""
        return _for_clients(
            lambda: read_assertion_claims(_prove(assertion, _ASSERTION, keys), client_id, self._issuer, self._now())
        )

    def verify_client(self, assertion: str, client_id: ClientId, keys: KeySet) -> ClientProof:
        """Return what a client signed that names nobody itself, or raise DomainError `client-assertion-invalid`."""
        return _for_clients(
            lambda: read_client_claims(_prove(assertion, _ASSERTION, keys), client_id, self._issuer, self._now())
        )

    def _claimant(self, assertion: str) -> Claimant:
        opened = _open(assertion, _ASSERTION)
        return Claimant(claimed_client(strict_object(opened.payload, brackets=_ASSERTION.brackets)), opened.kid)


def _for_clients(read: Callable[[], T]) -> T:
    return _refusing("client-assertion-invalid", "/client_assertion", read)


def _refusing(code: str, pointer: str, read: Callable[[], T]) -> T:
    """Turn every way of failing into the one refusal, with the member at fault where that is known."""
    try:
        return read()
    except TokenError as refused:
        where = f"{pointer}/{refused.member}".rstrip("/")
        raise DomainError(code, [FieldIssue(where, refused.code)]) from None
    except Exception:
        raise DomainError(code) from None


@dataclass(frozen=True, slots=True)
class DirectoryClaimant:
    """Which directory a token says it is from, unproven: good for finding keys, and for nothing else."""

    issuer: str
    kid: str


class DirectoryVerifier:
    """Verifies a token of an agency's own directory, to be exchanged for ours (RFC 8693).

    First `claimant`, to learn whose registration and keys to fetch; then `verify` with those. Whom the subject
    is here, and whether they may act, is the register's to say.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def claimant(self, token: str, kind: TokenKind) -> DirectoryClaimant:
        """Return which directory and key a token names; DomainError `subject-token-invalid` if it cannot be one."""
        return _of_directories(lambda: self._claimant(token, _BY_KIND[kind]))

    def verify(self, token: str, kind: TokenKind, terms: DirectoryTerms, keys: KeySet) -> DirectorySubject:
        """Return whom a token is about, or raise DomainError `subject-token-invalid`."""
        known = _BY_KIND[kind]
        profile = replace(known, algorithms=known.algorithms & terms.algorithms)
        return _of_directories(lambda: read_directory_claims(_prove(token, profile, keys), terms, kind, self._now()))

    def _claimant(self, token: str, profile: _Profile) -> DirectoryClaimant:
        opened = _open(token, profile)
        return DirectoryClaimant(claimed_issuer(strict_object(opened.payload, brackets=profile.brackets)), opened.kid)


def _of_directories(read: Callable[[], T]) -> T:
    return _refusing("subject-token-invalid", "/subject_token", read)
