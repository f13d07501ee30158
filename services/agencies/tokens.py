"""Tokens: a client proves itself with a signed assertion and gets one for the human or team it names.

Nobody is authenticated yet here, so there is no unit of work: what is read is a client's keys and whether
it may act for somebody, through functions of the gate that give no more than that. The token says who asks;
roles and agencies acted for are looked up at every request.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import orjson

from domain.errors import DomainError
from domain.ids import ClientId
from services.core.identity import AssertionVerifier, Claimant, TokenIssuer
from services.core.key_sources import FetchPolicy, InlineKeySource, KeySource, UrlKeySource
from services.core.keys import KeySet, KeySetError, parse_key_set
from services.core.token_claims import ClientAssertion, SubjectType

_CLIENT = "SELECT agency, key_set, key_set_url, scopes, former_key_set, former_key_set_url FROM access.client_keys($1)"
_USE = "SELECT access.use_assertion($1, $2, $3)"
_MAY_ACT = "SELECT access.may_act($1, $2, $3, $4)"
_MOST_SOURCES = 500
_OUTAGES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, how long it lives, and what it may be used for."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Keys:
    """One place where a client's keys are: registered with us, or published at an address."""

    key_set: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class _Client:
    agency: str
    scopes: frozenset[str]
    places: tuple[_Keys, ...]
    """The present keys, and while they are being rotated the former; those at an address last, since it may be down."""


class TokenDesk:
    """Issues tokens to clients; keeps published key sets warm, and nothing else."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        verifier: AssertionVerifier,
        issuer: TokenIssuer,
        policy: FetchPolicy,
        now: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._verifier = verifier
        self._issuer = issuer
        self.policy = policy
        self._now = now
        self._published: OrderedDict[str, KeySource] = OrderedDict()

    def claimant(self, assertion: str) -> Claimant:
        """Say whom an assertion claims to be from, unproven: enough to count attempts by.

        Raises:
            DomainError: `client-assertion-invalid`.
        """
        return self._verifier.claimant(assertion)

    async def issue(self, claimant: Claimant, assertion: str, wanted: frozenset[str] | None) -> IssuedToken:
        """Give a token for the human or team an assertion names.

        No connection is held while a published key set is fetched, since a slow host of one agency must not
        take the database away from all others.

        Raises:
            DomainError: `client-assertion-invalid`, whatever is wrong with client, signature, use or subject;
                `scope-not-granted`; `service-unavailable`.
        """
        client = await self._client(claimant.client_id)
        keys = await self._keys(client, claimant.kid)
        claims = self._verifier.verify(assertion, claimant.client_id, keys)
        subject, kind = _subject(claims)
        await self._use(claims, client, subject, kind)
        scopes = client.scopes if wanted is None else wanted
        if not scopes or not scopes <= client.scopes:
            raise DomainError("scope-not-granted")
        token, seconds = self._issuer.issue(claims.client_id, claims.agency, str(subject), kind, scopes)
        return IssuedToken(token, seconds, tuple(sorted(scopes)))

    async def _client(self, client_id: ClientId) -> _Client:
        try:
            async with self._pool.acquire() as connection:
                row = await connection.fetchrow(_CLIENT, client_id)
        except _OUTAGES as error:
            raise DomainError("service-unavailable") from error
        if row is None:
            raise DomainError("client-assertion-invalid")
        places = [_Keys(*place) for place in ((row[1], row[2]), (row[4], row[5])) if place != (None, None)]
        return _Client(row[0], frozenset(row[3]), tuple(sorted(places, key=lambda place: place.url is not None)))

    async def _keys(self, client: _Client, kid: str) -> KeySet:
        """Give the set that holds a key, of the present ones or of those being rotated out."""
        for place in client.places:
            keys = await self._source(place).keys(kid)
            if kid in keys:
                return keys
        # Said as of a client that does not exist, so that nobody learns which do.
        raise DomainError("client-assertion-invalid")

    def _source(self, place: _Keys) -> KeySource:
        try:
            if place.url is None:
                return InlineKeySource(parse_key_set(orjson.dumps(orjson.loads(place.key_set or "{}"))))
            source = self._published.get(place.url)
            if source is None:
                source = UrlKeySource(place.url, self.policy, self._now)
                self._published[place.url] = source
                if len(self._published) > _MOST_SOURCES:
                    self._published.popitem(last=False)
        except KeySetError:
            raise DomainError("client-assertion-invalid") from None
        return source

    async def _use(self, claims: ClientAssertion, client: _Client, subject: UUID, kind: SubjectType) -> None:
        """Use the assertion up, and make sure that the client may act for whom it names.

        Used up first: an assertion that asked for the wrong person is spent as well.
        """
        expires = datetime.fromtimestamp(claims.expires_at, UTC)
        team = kind is SubjectType.TEAM
        try:
            async with self._pool.acquire() as connection:
                may = await connection.fetchval(_USE, claims.client_id, claims.jti, expires)
                if may and claims.agency == client.agency:
                    may = await connection.fetchval(_MAY_ACT, claims.client_id, client.agency, subject, team)
        except _OUTAGES as error:
            raise DomainError("service-unavailable") from error
        if not may or claims.agency != client.agency:
            raise DomainError("client-assertion-invalid")


def _subject(claims: ClientAssertion) -> tuple[UUID, SubjectType]:
    named = claims.user or claims.team or ""
    try:
        return UUID(named), SubjectType.HUMAN if claims.user else SubjectType.TEAM
    except ValueError:
        raise DomainError("client-assertion-invalid") from None
