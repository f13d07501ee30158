"""The directory of duty numbers: who can be rung day and night, known to everybody beforehand.

No personal data, so no unit of work and no event; callers keep a copy, because the number is needed
most when this service cannot answer (law 10).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.ids import AgencyCode
from domain.problems import Bilingual
from services.core.constraints import told_as_refusals
from services.db.lost import once_more
from services.db.models.agencies import agencies


@dataclass(frozen=True, slots=True)
class DutyContact:
    """One agency and the number of its duty desk."""

    agency: AgencyCode
    name: Bilingual
    phone: str


async def duty_contacts(engine: AsyncEngine) -> list[DutyContact]:
    """List every agency's duty number, those of suspended agencies too: what they own still warns.

    Raises:
        DomainError: `service-unavailable`.
    """
    columns = (agencies.c.code, agencies.c.name_en, agencies.c.name_cy, agencies.c.duty_phone)

    async def read() -> list[DutyContact]:
        async with engine.connect() as connection:
            rows = (await connection.execute(select(*columns).order_by(agencies.c.code))).all()
        return [DutyContact(AgencyCode(row.code), Bilingual(row.name_en, row.name_cy), row.duty_phone) for row in rows]

    with told_as_refusals():
        return await once_more(read)
