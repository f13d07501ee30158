"""Tokens: a client proves itself with a signed assertion and gets one for the human or team it names.

Nobody is authenticated yet here, so there is no unit of work: what is read is a client's keys and whether
it may act for somebody, through functions of the gate that give no more than that. The token says who asks;
roles and agencies acted for are looked up at every request.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.errors import DomainError
from services.core.identity import AssertionVerifier, TokenIssuer
from services.core.key_sources import FetchPolicy, InlineKeySource, KeySource, UrlKeySource
from services.core.keys import KeySetError, parse_key_set
from services.core.token_claims import ClientAssertion, SubjectType

_CLIENT = "SELECT agency, key_set, key_set_url, scopes FROM access.client_keys($1)"
_USE = "SELECT access.use_assertion($1, $2, $3)"
_MAY_ACT = "SELECT access.may_act($1, $2, $3)"
_MOST_SOURCES = 500


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, how long it lives, and what it may be used for."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Client:
    agency: str
    key_set: str | None
    key_set_url: str | None
    scopes: frozenset[str]


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
        self._policy = policy
        self._now = now
        self._published: OrderedDict[str, KeySource] = OrderedDict()

    async def issue(self, assertion: str, wanted: frozenset[str] | None) -> IssuedToken:
        """Give a token for the human or team an assertion names.

        Raises:
            DomainError: `client-assertion-invalid`, whatever is wrong with client, signature, use or subject;
                `scope-not-granted`; `service-unavailable`.
        """
        claimant = self._verifier.claimant(assertion)
        try:
            async with self._pool.acquire() as connection:
                client = await self._client(connection, claimant.client_id)
                keys = await self._source(client).keys(claimant.kid)
                claims = self._verifier.verify(assertion, claimant.client_id, keys)
                scopes = client.scopes if wanted is None else wanted
                if not scopes <= client.scopes or not scopes:
                    raise DomainError("scope-not-granted")
                subject, kind = _subject(claims)
                await self._use(connection, claims, client, subject)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DomainError("service-unavailable") from error
        token, seconds = self._issuer.issue(claims.client_id, claims.agency, str(subject), kind, scopes)
        return IssuedToken(token, seconds, tuple(sorted(scopes)))

    async def _client(self, connection: Any, client_id: str) -> _Client:  # noqa: ANN401 - the pool's proxy
        row = await connection.fetchrow(_CLIENT, client_id)
        if row is None:
            raise DomainError("client-assertion-invalid")
        return _Client(row[0], row[1], row[2], frozenset(row[3]))

    def _source(self, client: _Client) -> KeySource:
        try:
            if client.key_set_url is None:
                return InlineKeySource(parse_key_set(orjson.dumps(orjson.loads(client.key_set or "{}"))))
            source = self._published.get(client.key_set_url)
            if source is None:
                source = UrlKeySource(client.key_set_url, self._policy, self._now)
                self._published[client.key_set_url] = source
                if len(self._published) > _MOST_SOURCES:
                    self._published.popitem(last=False)
        except KeySetError:
            raise DomainError("client-assertion-invalid") from None
        return source

    async def _use(self, connection: Any, claims: ClientAssertion, client: _Client, subject: UUID) -> None:  # noqa: ANN401
        """Use the assertion up, and make sure that the client may act for whom it names.

        Used up first: an assertion that asked for the wrong person is spent as well.
        """
        expires = datetime.fromtimestamp(claims.expires_at, UTC)
        fresh = await connection.fetchval(_USE, claims.client_id, claims.jti, expires)
        may = fresh and claims.agency == client.agency
        if not may or not await connection.fetchval(_MAY_ACT, claims.client_id, claims.agency, subject):
            raise DomainError("client-assertion-invalid")


def _subject(claims: ClientAssertion) -> tuple[UUID, SubjectType]:
    named = claims.user or claims.team or ""
    try:
        return UUID(named), SubjectType.HUMAN if claims.user else SubjectType.TEAM
    except ValueError:
        raise DomainError("client-assertion-invalid") from None
