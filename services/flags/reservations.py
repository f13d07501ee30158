"""Which kinds of warning the agency keeps to named roles: read, set, and looked up whenever a flag is stored.

Setting and storing wait for each other per category, so that no flag is stored under a setting that has just gone.
"""

from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, insert, select, text

from domain.access import Permission, Role
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_codes import Category
from domain.flag_reservations import Reservation, ReserveCategory, reserve
from domain.ids import UserId
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.db.models.flags import category_reservations as reservations

FIELDS = ("reservation.roles",)

_STAMP = text("""
    UPDATE rhannu.flags f SET reserved_for = CASE WHEN n.named IS NULL THEN :kept WHEN :kept IS NULL THEN n.named
        ELSE coalesce(nullif(ARRAY(SELECT unnest(n.named) INTERSECT SELECT unnest(:kept) ORDER BY 1), '{}'), :kept) END
    FROM (SELECT o.id, nullif(ARRAY(SELECT jsonb_array_elements_text(o.content #> '{terms,handling_roles}') ORDER BY 1),
            '{}') AS named
        FROM rhannu.flags o WHERE o.owner_agency = :owner AND o.category = :category) n
    WHERE f.id = n.id
""").bindparams(bindparam("kept", type_=ARRAY(Text)))
"""What `domain.flag_handling.readers` says, for all flags of a category at once."""


class ReservationRepository:
    """Reservations of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def standing(self, category: Category) -> Reservation:
        """Find how a category is kept."""
        agency = self._unit.principal.agency
        query = (
            select(reservations)
            .where(reservations.c.owner_agency == agency, reservations.c.category == category.value)
            .order_by(reservations.c.version.desc())
            .limit(1)
        )
        row = (await self._unit.run(query)).one_or_none()
        if row is None:
            return Reservation(agency=agency, category=category)
        return Reservation(
            agency=agency,
            category=category,
            version=row.version,
            roles=frozenset(map(Role, row.roles)),
            reason=row.reason,
            set_at=row.recorded_at,
            set_by=UserId(row.recorded_by),
        )

    async def held(self, category: Category) -> frozenset[Role] | None:
        """Find the roles a category is kept to, and hold that until the commit."""
        await self._wait(category, func.pg_advisory_xact_lock_shared)
        return (await self.standing(category)).roles or None

    async def to_change(self, category: Category) -> Reservation:
        """Find how a category is kept, while nobody else stores a flag of it or sets it."""
        await self._wait(category, func.pg_advisory_xact_lock)
        return await self.standing(category)

    async def put(self, following: Reservation) -> None:
        """Store a setting and stamp it on every flag of the category."""
        await self._unit.run(
            insert(reservations).values(
                owner_agency=following.agency,
                category=following.category.value,
                version=following.version,
                roles=sorted(following.roles),
                reason=following.reason,
                recorded_at=following.set_at,
                recorded_by=following.set_by,
            )
        )
        values = {
            "owner": following.agency,
            "category": following.category.value,
            "kept": sorted(following.roles) or None,
        }
        await self._unit.run(_STAMP, values)

    async def _wait(self, category: Category, lock: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own generator of functions
        name = f"reservation|{self._unit.principal.agency}|{category.value}"
        await self._unit.run(select(lock(func.hashtextextended(name, 0))))


def _shown(unit: UnitOfWork, reservation: Reservation) -> Reservation:
    unit.record(
        records=[f"reservation:{reservation.category.value}:{reservation.version}"],
        owners=[reservation.agency],
        fields=FIELDS,
    )
    return reservation


def _category(code: str) -> Category:
    """Read a category out of an address.

    Raises:
        DomainError: `not-found`.
    """
    try:
        return Category(code)
    except ValueError:
        raise DomainError("not-found") from None


@use_case(permission=Permission.FLAG_RESERVE, audits=AuditAction.RESERVATION_READ)
async def read_reservation(unit: UnitOfWork, code: str) -> Reservation:
    """Read to which roles a category is kept.

    Raises:
        DomainError: `not-found` for a code that is no category.
    """
    return _shown(unit, await ReservationRepository(unit).standing(_category(code)))


@use_case(permission=Permission.FLAG_RESERVE, audits=AuditAction.RESERVATION_CHANGED)
async def reserve_category(
    unit: UnitOfWork, code: str, read_version: int, roles: frozenset[Role], reason: str
) -> Reservation:
    """Keep a category to some roles, or open it again, from the commit on and for the flags there are too.

    Raises:
        DomainError: `not-found`, `version-stale` or `content-invalid`.
    """
    category = _category(code)
    settings = ReservationRepository(unit)
    standing = await settings.to_change(category)
    if standing.version != read_version:
        raise DomainError("version-stale")
    following = reserve(standing, ReserveCategory(category, roles, reason), unit.principal, unit.now)
    await settings.put(following)
    return _shown(unit, following)
