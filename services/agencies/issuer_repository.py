"""Every query of registered directories and of the logins in them.

Row security shows an agency its own; what the Board's administrator may see and store besides goes through
functions of the gate, which ask the verified context who that is.
"""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select, text, update

from domain.errors import DomainError
from domain.ids import AgencyCode, HumanId, IssuerId, LoginId, UserId
from domain.issuers import Issuer, IssuerTerms, Login, RequiredClaim
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import users
from services.db.models.issuers import issuers, user_logins

_VISIBLE = text(
    "SELECT i.* FROM (SELECT * FROM rhannu.issuers UNION SELECT * FROM access.board_issuers()) i "
    "WHERE CAST(:id AS uuid) IS NULL OR i.id = CAST(:id AS uuid) ORDER BY i.owner_agency, i.issuer, i.id"
).columns(*issuers.columns)
_STORE = text("SELECT access.store_issuer(CAST(:given AS jsonb), :why)")


class IssuerRepository:
    """Directories and logins that the caller may see."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def visible(self) -> list[Issuer]:
        """List the agency's own directories; for the Board's administrator, everybody's."""
        return [_issuer(row) for row in (await self._unit.run(_VISIBLE, {"id": None})).all()]

    async def find(self, issuer_id: IssuerId) -> Issuer:
        """Find one of them.

        Raises:
            DomainError: `not-found`.
        """
        row = (await self._unit.run(_VISIBLE, {"id": issuer_id})).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _issuer(row)

    async def find_own(self, issuer_id: IssuerId) -> Issuer:
        """Find a directory of the agency acted for, and of no other.

        Raises:
            DomainError: `not-found`.
        """
        row = (await self._unit.run(select(issuers).where(issuers.c.id == issuer_id))).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _issuer(row)

    async def store(self, issuer: Issuer) -> bool:
        """Store a version; False where the caller may not, or somebody was faster."""
        document = orjson.dumps(_stored(issuer)).decode()
        return bool((await self._unit.run(_STORE, {"given": document, "why": issuer.reason})).scalar_one())

    async def is_own_user(self, user: UserId) -> bool:
        """Say whether a user is one of the agency's own."""
        found = await self._unit.run(select(users.c.id).where(users.c.id == user))
        return found.one_or_none() is not None

    async def logins(self, issuer_id: IssuerId, after: UUID | None, limit: int) -> list[Login]:
        """List logins of a directory in the order of their ids, those that are over included."""
        wanted = select(user_logins).where(user_logins.c.issuer_id == issuer_id).order_by(user_logins.c.id)
        if after is not None:
            wanted = wanted.where(user_logins.c.id > after)
        return [_login(row) for row in (await self._unit.run(wanted.limit(limit))).all()]

    async def login(self, issuer_id: IssuerId, login_id: LoginId, *, lock: bool = False) -> Login:
        """Find a login; `lock` keeps it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        query = select(user_logins).where(user_logins.c.id == login_id, user_logins.c.issuer_id == issuer_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _login(row)

    async def add_login(self, login: Login) -> None:
        """Store a new login; of two at once for the same name, the database refuses one."""
        await self._unit.run(
            insert(user_logins).values(
                id=login.id,
                owner_agency=login.owner_agency,
                issuer_id=login.issuer,
                user_id=login.user,
                subject=login.subject,
                version=login.version,
                valid_from=login.valid_from,
                created_at=login.created_at,
                created_by=login.created_by,
                created_by_human=login.created_by_human,
            )
        )

    async def replace_login(self, login: Login) -> None:
        """Store a confirmation or an end in the place of the version before.

        Raises:
            DomainError: `version-stale`.
        """
        changed = await self._unit.run(
            update(user_logins)
            .where(user_logins.c.id == login.id, user_logins.c.version == login.version - 1)
            .values(
                version=login.version,
                confirmed_by=login.confirmed_by,
                confirmed_at=login.confirmed_at,
                valid_to=login.valid_to,
                ended_by=login.ended_by,
                end_reason=login.end_reason,
            )
            .returning(user_logins.c.id)
        )
        if changed.one_or_none() is None:
            raise DomainError("version-stale")


def _stored(issuer: Issuer) -> dict[str, Any]:
    terms = issuer.terms
    return {
        "id": str(issuer.id),
        "owner_agency": issuer.owner_agency,
        "version": issuer.version,
        "issuer": issuer.issuer,
        "subject_claim": issuer.subject_claim,
        "audience": terms.audience,
        "algorithms": terms.algorithms,
        "required_claims": {each.claim: each.values for each in terms.required_claims},
        "key_set": terms.key_set,
        "key_set_url": terms.key_set_url,
        "suspended_at": issuer.suspended_at,
        "created_at": issuer.created_at,
        "created_by": str(issuer.created_by),
    }


def _issuer(row: Row[Any]) -> Issuer:
    required = sorted(row.required_claims.items())
    return Issuer(
        id=IssuerId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        version=row.version,
        issuer=row.issuer,
        subject_claim=row.subject_claim,
        terms=IssuerTerms(
            audience=row.audience,
            algorithms=tuple(row.algorithms),
            key_set=row.key_set,
            key_set_url=row.key_set_url,
            required_claims=tuple(RequiredClaim(claim, tuple(values)) for claim, values in required),
        ),
        created_at=row.created_at,
        created_by=UserId(row.created_by),
        suspended_at=row.suspended_at,
    )


def _login(row: Row[Any]) -> Login:
    return Login(
        id=LoginId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        issuer=IssuerId(row.issuer_id),
        user=UserId(row.user_id),
        subject=row.subject,
        version=row.version,
        valid_from=row.valid_from,
        created_at=row.created_at,
        created_by=UserId(row.created_by),
        created_by_human=HumanId(row.created_by_human),
        confirmed_by=None if row.confirmed_by is None else UserId(row.confirmed_by),
        confirmed_at=row.confirmed_at,
        valid_to=row.valid_to,
        ended_by=None if row.ended_by is None else UserId(row.ended_by),
        end_reason=row.end_reason,
    )
