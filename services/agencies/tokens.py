"""Tokens: a client proves itself with a signed assertion and gets one for the human or team it names.

Nobody is authenticated yet here, so there is no unit of work: what is read is a client's keys and whether
it may act for somebody, through functions of the gate that give no more than that. The token says who asks;
roles and agencies acted for are looked up at every request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId
from services.core.conversation import Connection, converse
from services.core.identity import AssertionVerifier, Claimant, TokenIssuer
from services.core.key_sources import FetchPolicy, KeySources
from services.core.keys import KeySet, KeySetError
from services.core.token_claims import ClientAssertion, ClientProof, SubjectType

_CLIENT = "SELECT agency, key_set, key_set_url, scopes, former_key_set, former_key_set_url FROM access.client_keys($1)"
_USE = "SELECT access.use_assertion($1, $2, $3)"
_MAY_ACT = "SELECT access.may_act($1, $2, $3, $4)"
OUTAGES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, how long it lives, and what it may be used for."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvenClient:
    """A client that has proven itself, once: which it is, whose, and what it may ask for."""

    id: ClientId
    agency: AgencyCode
    scopes: frozenset[str]

    def grant(self, wanted: frozenset[str] | None) -> frozenset[str]:
        """Say what a token may be used for: all that is registered, or less where less was asked for.

        Raises:
            DomainError: `scope-not-granted`.
        """
        scopes = self.scopes if wanted is None else wanted
        if not scopes or not scopes <= self.scopes:
            raise DomainError("scope-not-granted")
        return scopes


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
        self._sources = KeySources(policy, now)

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
        claims = self._verifier.verify(assertion, claimant.client_id, await self._keys(client, claimant))
        subject, kind = _subject(claims)
        await self._use(claims, client, subject, kind)
        scopes = ProvenClient(claims.client_id, claims.agency, client.scopes).grant(wanted)
        token, seconds = self._issuer.issue(claims.client_id, claims.agency, str(subject), kind, scopes)
        return IssuedToken(token, seconds, tuple(sorted(scopes)))

    async def authenticate(self, claimant: Claimant, assertion: str) -> ProvenClient:
        """Let a client prove itself with an assertion that names nobody; it is used up whatever follows.

        Raises:
            DomainError: `client-assertion-invalid`, whatever is wrong with client, signature or use;
                `service-unavailable`.
        """
        client = await self._client(claimant.client_id)
        proof = self._verifier.verify_client(assertion, claimant.client_id, await self._keys(client, claimant))

        async def spend(connection: Connection) -> bool:
            return await self._spend(connection, proof)

        fresh = await converse(self._pool, spend, may_repeat=False)
        if not fresh or proof.agency not in {None, client.agency}:
            raise DomainError("client-assertion-invalid")
        return ProvenClient(proof.client_id, AgencyCode(client.agency), client.scopes)

    async def _client(self, client_id: ClientId) -> _Client:
        row = await converse(self._pool, lambda connection: connection.fetchrow(_CLIENT, client_id))
        if row is None:
            raise DomainError("client-assertion-invalid")
        places = [_Keys(*place) for place in ((row[1], row[2]), (row[4], row[5])) if place != (None, None)]
        return _Client(row[0], frozenset(row[3]), tuple(sorted(places, key=lambda place: place.url is not None)))

    async def _keys(self, client: _Client, claimant: Claimant) -> KeySet:
        """Give the set that holds a key, of the present ones or of those being rotated out."""
        try:
            for place in client.places:
                keys = await self._sources.source(place.key_set, place.url).keys(claimant.kid)
                if claimant.kid in keys:
                    return keys
        except KeySetError:
            raise DomainError("client-assertion-invalid") from None
        # Said as of a client that does not exist, so that nobody learns which do.
        raise DomainError("client-assertion-invalid")

    async def _spend(
        self, connection: "PoolConnectionProxy[asyncpg.Record]", claims: ClientAssertion | ClientProof
    ) -> bool:
        """Use an assertion up; False when it was used before."""
        expires = datetime.fromtimestamp(claims.expires_at, UTC)
        return bool(await connection.fetchval(_USE, claims.client_id, claims.jti, expires))

    async def _use(self, claims: ClientAssertion, client: _Client, subject: UUID, kind: SubjectType) -> None:
        """Use the assertion up, and make sure that the client may act for whom it names.

        Used up first: an assertion that asked for the wrong person is spent as well. Not repeated on a lost
        connection: if it was used up there, it would look used before.
        """
        team = kind is SubjectType.TEAM

        async def use(connection: Connection) -> bool:
            may = await self._spend(connection, claims)
            if may and claims.agency == client.agency:
                may = await connection.fetchval(_MAY_ACT, claims.client_id, client.agency, subject, team)
            return bool(may)

        may = await converse(self._pool, use, may_repeat=False)
        if not may or claims.agency != client.agency:
            raise DomainError("client-assertion-invalid")


def _subject(claims: ClientAssertion) -> tuple[UUID, SubjectType]:
    named = claims.user or claims.team or ""
    try:
        return UUID(named), SubjectType.HUMAN if claims.user else SubjectType.TEAM
    except ValueError:
        raise DomainError("client-assertion-invalid") from None
