"""Every query of agencies and accounts; roles, systems, and what agencies agreed have files of their own.

Row security lets the application see and change the rows of the agency it acts for; what another agency or the
Board must be able to do goes through functions that ask the verified context (revision 0016).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, cast, column, func, insert, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from domain.agencies import Account, Agency, User
from domain.agency_systems import Client
from domain.errors import DomainError
from domain.ids import AgencyCode, HumanId, UserId
from domain.paging import Listed, Page, Place, Wanted
from domain.problems import Bilingual
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import agencies, clients, users
from services.db.paging import listed, listed_of, page_of, part_of

_MOMENT = TIMESTAMP(timezone=True)


class RegisterRepository:
    """The register, as the agency acted for may see and change it."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def is_board(self) -> bool:
        """Say whether the caller administers for the Board."""
        return bool((await self._unit.run(select(func.access.administers_board()))).scalar_one())

    async def require_board(self) -> None:
        """Refuse anybody who does not administer for the Board, whatever role they hold elsewhere.

        Raises:
            DomainError: `access-denied`.
        """
        if not await self.is_board():
            raise DomainError("access-denied")

    async def agency(self, code: AgencyCode) -> Agency:
        """Find an agency.

        Raises:
            DomainError: `not-found`.
        """
        row = (await self._unit.run(select(agencies).where(agencies.c.code == code))).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _agency(row)

    async def agencies(self, after: str | None, limit: int) -> Listed[Agency]:
        """List agencies by code."""
        rows = (await self._unit.run(listed(select(agencies), agencies.c.code, after, limit))).all()
        return listed_of(rows, limit, _agency, lambda agency: agency.code)

    async def put_agency(self, agency: Agency) -> None:
        """Store a new agency, or the next version of one.

        Raises:
            DomainError: `code-taken` or `version-stale`.
        """
        put = func.rhannu.put_agency(
            agency.code, agency.name.en, agency.name.cy, agency.type, agency.duty_phone,
            cast(agency.suspended_at, _MOMENT), agency.version,
        )  # fmt: skip
        if not (await self._unit.run(select(put))).scalar_one():
            raise DomainError("version-stale")

    async def appoint(self, user: UserId, agency: AgencyCode, display_name: str) -> None:
        """Enter an account in another agency, for the Board."""
        await self._unit.run(select(func.rhannu.appoint(user, agency, display_name)))

    async def provide_client(self, client: Client) -> None:
        """Enter a system of another agency, for the Board.

        Raises:
            DomainError: `code-taken`.
        """
        keys = cast(client.keys.key_set, clients.c.key_set.type)
        provide = func.rhannu.provide_client(
            client.id, client.owner_agency, client.name, keys, client.keys.key_set_url, sorted(client.scopes)
        )
        await self._unit.run(select(provide))

    async def set_human(self, user: UserId, *, suspended: bool) -> tuple[AgencyCode, ...]:
        """Suspend or restore the human of an account everywhere; give the agencies where they have one.

        Raises:
            DomainError: `not-found`.
        """
        at = cast(self._unit.now if suspended else None, _MOMENT)
        found = (await self._unit.run(select(func.rhannu.set_human(user, at)))).scalar_one()
        if not found:
            raise DomainError("not-found")
        return tuple(map(AgencyCode, found))

    async def administrators(self, agency: AgencyCode) -> frozenset[HumanId]:
        """Name the humans who can administer an agency now."""
        found = (await self._unit.run(select(func.rhannu.administrators(agency)))).scalar_one()
        return frozenset(map(HumanId, found))

    async def new_human(self) -> HumanId:
        """Enter somebody nobody knows yet."""
        return HumanId((await self._unit.run(select(func.rhannu.new_human()))).scalar_one())

    async def user(self, user_id: UserId, *, lock: bool = False) -> User:
        """Find an account of one's own agency.

        Raises:
            DomainError: `not-found`, for another agency's as for none.
        """
        query = select(users).where(users.c.id == user_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _user(row)

    async def users(self, wanted: Wanted) -> Page[User]:
        """List the agency's accounts, the oldest first."""
        query = part_of(select(users), users.c.created_at, users.c.id, wanted)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted, _user, lambda user: Place(user.registered_at, user.id))

    async def same_humans(self, found: Sequence[User]) -> dict[HumanId, list[UserId]]:
        """Group the agency's accounts by the human of some of them."""
        humans = {user.human for user in found}
        query = select(users.c.human_id, users.c.id).where(users.c.human_id.in_(humans)).order_by(users.c.id)
        grouped: dict[HumanId, list[UserId]] = {}
        for row in (await self._unit.run(query)).all():
            grouped.setdefault(HumanId(row.human_id), []).append(UserId(row.id))
        return grouped

    async def account(self, user_id: UserId) -> Account | None:
        """Find whose account an id is, in whatever agency."""
        found = func.rhannu.user_anywhere(user_id).table_valued(
            "agency", column("human", UUID_TYPE(as_uuid=True)), "is_team", "has_left"
        )
        row = (await self._unit.run(select(found.render_derived()))).one_or_none()
        return None if row is None else Account(AgencyCode(row.agency), HumanId(row.human), row.is_team, row.has_left)

    async def add_user(self, user: User) -> None:
        """Store a new account."""
        await self._unit.run(
            insert(users).values(
                id=user.id,
                owner_agency=user.owner_agency,
                human_id=user.human,
                is_team=user.is_team,
                created_at=user.registered_at,
                **_user_values(user),
            )
        )

    async def replace_user(self, user: User) -> None:
        """Store the next version of an account.

        Raises:
            DomainError: `version-stale`.
        """
        query = update(users).where(users.c.id == user.id, users.c.version == user.version - 1)
        changed = await self._unit.run(query.values(**_user_values(user)).returning(users.c.version))
        if changed.one_or_none() is None:
            raise DomainError("version-stale")

    async def link_users(self, kept: UserId, gone: UserId) -> None:
        """Find two accounts of the agency to be one human's."""
        await self._unit.run(select(func.rhannu.link_users(kept, gone)))


def _agency(row: Row[Any]) -> Agency:
    return Agency(
        code=AgencyCode(row.code),
        name=Bilingual(row.name_en, row.name_cy),
        type=row.type,
        duty_phone=row.duty_phone,
        version=row.version,
        registered_at=row.created_at,
        suspended_at=row.suspended_at,
    )


def _user_values(user: User) -> dict[str, Any]:
    return {
        "display_name": user.display_name,
        "suspended_at": user.suspended_at,
        "left_at": user.left_at,
        "version": user.version,
    }


def _user(row: Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        human=HumanId(row.human_id),
        display_name=row.display_name,
        is_team=row.is_team,
        version=row.version,
        registered_at=row.created_at,
        suspended_at=row.suspended_at,
        left_at=row.left_at,
    )
