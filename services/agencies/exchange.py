"""Tokens of an agency's own directory, exchanged for ours (RFC 8693).

Two proofs are needed: the client's own signed assertion says which system asks, and the directory's token
says for whom. A directory's token alone is worth nothing here, since many systems of an agency see it. It
may be exchanged as often as it lives, an hour against our ten minutes; each exchange needs a new assertion,
which is used up, so nobody can repeat a request. What a subject may do is the register's to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
import structlog

from domain.access import GUARDED_ROLES
from domain.errors import DomainError
from services.agencies.tokens import OUTAGES, IssuedToken, ProvenClient, TokenDesk
from services.core.directory_claims import DirectorySubject, DirectoryTerms, TokenKind
from services.core.identity import Claimant, DirectoryClaimant, DirectoryVerifier, TokenIssuer
from services.core.key_sources import FetchPolicy, KeySources
from services.core.keys import DIRECTORIES, KeySet, KeySetError
from services.core.token_claims import SubjectType

_TERMS = (
    "SELECT id, subject_claim, audience, algorithms, required_claims, key_set, key_set_url "
    "FROM access.issuer_terms($1, $2)"
)
_LOGIN = "SELECT user_id, is_team FROM access.login_of($1, $2, $3, $4, $5)"

_GUARDED = sorted(role.value for role in GUARDED_ROLES)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SubjectToken:
    """A directory's token as a client hands it in, and what the client says it is."""

    token: str
    kind: TokenKind


@dataclass(frozen=True, slots=True)
class _Directory:
    id: UUID
    terms: DirectoryTerms
    key_set: str | None
    key_set_url: str | None


class ExchangeDesk:
    """Exchanges tokens; keeps published key sets of directories warm, and nothing else."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        clients: TokenDesk,
        issuer: TokenIssuer,
        policy: FetchPolicy,
        now: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._issuer = issuer
        self._now = now
        self._verifier = DirectoryVerifier(now)
        self._sources = KeySources(policy, now, algorithms=DIRECTORIES)

    async def exchange(
        self, claimant: Claimant, assertion: str, given: SubjectToken, wanted: frozenset[str] | None
    ) -> IssuedToken:
        """Give a token for whom a directory's token is about; it never outlives that one.

        Raises:
            DomainError: `client-assertion-invalid`; `subject-token-invalid`, whatever is wrong with the token, its
                directory, or whom it names; `scope-not-granted`; `service-unavailable`.
        """
        client = await self._clients.authenticate(claimant, assertion)
        directory, keys = await self._directory(client, self._verifier.claimant(given.token, given.kind))
        said = self._verifier.verify(given.token, given.kind, directory.terms, keys)
        user, kind = await self._login(client, directory, said)
        scopes = client.grant(wanted)
        if said.expires_at <= self._now():  # it ended while the register was asked
            raise DomainError("subject-token-invalid")
        bounded = self._issuer.no_later_than(said.expires_at)
        token, seconds = bounded.issue(client.id, client.agency, str(user), kind, scopes)
        _log.info("token.exchanged", client=client.id)
        return IssuedToken(token, seconds, tuple(sorted(scopes)))

    async def _directory(self, client: ProvenClient, named: DirectoryClaimant) -> tuple[_Directory, KeySet]:
        """Find the directory of the client's own agency that a token names, and its keys.

        No connection is held while a published key set is fetched.
        """
        try:
            async with self._pool.acquire() as connection:
                row = await connection.fetchrow(_TERMS, client.agency, named.issuer)
        except OUTAGES as error:
            raise DomainError("service-unavailable") from error
        if row is None:
            raise DomainError("subject-token-invalid")
        required = {claim: frozenset(values) for claim, values in orjson.loads(row["required_claims"]).items()}
        terms = DirectoryTerms(
            named.issuer, row["audience"], frozenset(row["algorithms"]), row["subject_claim"], required
        )
        found = _Directory(row["id"], terms, row["key_set"], row["key_set_url"])
        try:
            keys = await self._sources.source(found.key_set, found.key_set_url).keys(named.kid)
        except KeySetError:
            raise DomainError("subject-token-invalid") from None
        return found, keys

    async def _login(
        self, client: ProvenClient, directory: _Directory, said: DirectorySubject
    ) -> tuple[UUID, SubjectType]:
        """Find who a directory's subject is here; a team does not log in, and an application is no human."""
        try:
            async with self._pool.acquire() as connection:
                row = await connection.fetchrow(_LOGIN, client.id, client.agency, directory.id, said.subject, _GUARDED)
        except OUTAGES as error:
            raise DomainError("service-unavailable") from error
        if row is None or (said.is_login and row["is_team"]) or (said.is_system and not row["is_team"]):
            raise DomainError("subject-token-invalid")
        return row["user_id"], SubjectType.TEAM if row["is_team"] else SubjectType.HUMAN
