"""The few rows of the register that a bench needs: two agencies, one client, one practitioner."""

import uuid

import asyncpg

from domain.access import Permission
from domain.ids import AgencyCode, ClientId
from services.db.bootstrap import dsn

AGENCY = AgencyCode("abuhb")
CLIENT = ClientId("abuhb-system")
USER = uuid.UUID("7f3f7d84-4f5e-4a55-8a57-1f6b0e0d5c10")
SCOPES = [permission.value for permission in Permission]


async def register(url: str) -> None:
    """Enter them once."""
    connection = await asyncpg.connect(dsn(url))
    try:
        for code, kind in (("abuhb", "health-board"), ("gwent-police", "police")):
            await connection.execute(
                "INSERT INTO rhannu.agencies (code, name_en, name_cy, type, duty_phone, registers_fed_at) "
                "VALUES ($1, $1, $1, $2, '01633 960000', now()) ON CONFLICT DO NOTHING",
                code, kind,
            )  # fmt: skip
        await connection.execute(
            "INSERT INTO rhannu.clients (id, owner_agency, name, key_set, scopes) VALUES ($1, $2, $1, '{\"keys\": []}', $3) "
            "ON CONFLICT DO NOTHING",
            CLIENT, AGENCY, SCOPES,
        )  # fmt: skip
        await connection.execute("INSERT INTO rhannu.humans (id) VALUES ($1) ON CONFLICT DO NOTHING", USER)
        await connection.execute(
            "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, $1, 'Bench') "
            "ON CONFLICT DO NOTHING",
            USER, AGENCY,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) "
            "VALUES ($1, $2, 'practitioner', '2020-01-01') ON CONFLICT DO NOTHING",
            USER, AGENCY,
        )  # fmt: skip
    finally:
        await connection.close()
