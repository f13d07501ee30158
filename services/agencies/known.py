"""Which agency codes are registered, and how people name them: a mistyped recipient must not look like one named."""

from collections.abc import Iterable

from sqlalchemy import select

from domain.ids import AgencyCode
from domain.problems import Bilingual
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import agencies


async def unknown_agencies(unit: UnitOfWork, codes: Iterable[AgencyCode]) -> frozenset[AgencyCode]:
    """Name those of some codes that no agency of the register has."""
    asked = frozenset(codes)
    if not asked:
        return frozenset()
    found = (await unit.run(select(agencies.c.code).where(agencies.c.code.in_(asked)))).scalars()
    return asked - frozenset(map(AgencyCode, found))


async def agency_types(unit: UnitOfWork, codes: Iterable[AgencyCode]) -> dict[AgencyCode, str]:
    """Give the types of those of some agencies that are registered."""
    query = select(agencies.c.code, agencies.c.type).where(agencies.c.code.in_(list(codes)))
    return {AgencyCode(row.code): row.type for row in (await unit.run(query)).all()}


async def agency_names(unit: UnitOfWork, codes: Iterable[AgencyCode]) -> dict[AgencyCode, Bilingual]:
    """Give the names of some agencies in both languages, in the order of their codes."""
    columns = (agencies.c.code, agencies.c.name_en, agencies.c.name_cy)
    rows = await unit.run(select(*columns).where(agencies.c.code.in_(list(codes))).order_by(agencies.c.code))
    return {AgencyCode(row.code): Bilingual(row.name_en, row.name_cy) for row in rows}
