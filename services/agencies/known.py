"""Which agency codes are registered: a mistyped recipient must not look like one that was named."""

from collections.abc import Iterable

from sqlalchemy import select

from domain.ids import AgencyCode
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import agencies


async def unknown_agencies(unit: UnitOfWork, codes: Iterable[AgencyCode]) -> frozenset[AgencyCode]:
    """Name those of some codes that no agency of the register has."""
    asked = frozenset(codes)
    if not asked:
        return frozenset()
    found = (await unit.run(select(agencies.c.code).where(agencies.c.code.in_(asked)))).scalars()
    return asked - frozenset(map(AgencyCode, found))
