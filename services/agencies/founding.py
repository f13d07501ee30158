"""The first rows of an empty register: the Board, its first system, and two administrators.

Before them nobody can be asked and nobody can confirm, so this is done once, at the machine, by whoever installs
the service; it is written as the schemas' owner. Everything after it goes through the use cases.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import orjson

from domain.access import Role
from domain.agencies import Agency, AgencyContent, checked_name, found_board
from domain.agency_systems import BOARD_SCOPES
from domain.errors import DomainError, invalid
from domain.ids import AgencyCode, ClientId, UserId
from services.core.keys import KeySetError, parse_key_set
from services.db.bootstrap import dsn

ADMINISTRATORS = 2
"""One asks, the other confirms: fewer could do nothing."""
_ROLES = (Role.BOARD_ADMINISTRATOR, Role.AGENCY_ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Founding:
    """The Board, the public keys of its first system, and the names of its administrators."""

    code: AgencyCode
    content: AgencyContent
    keys: bytes
    administrators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Founded:
    """By which system, and as whom, the register is administered from now on."""

    client: ClientId
    administrators: tuple[UserId, ...]


async def found_register(migrator_url: str, founding: Founding) -> Founded:
    """Enter the Board where there is none.

    Raises:
        DomainError: `content-invalid`, or `register-state-conflict` where there is a Board already.
    """
    agency = found_board(founding.code, founding.content, datetime.now(UTC))
    names = [checked_name(name) for name in founding.administrators]
    if len(names) != ADMINISTRATORS:
        raise invalid(("/administrator", "too-few" if len(names) < ADMINISTRATORS else "too-many"))
    try:
        keys = parse_key_set(founding.keys).jwks()
    except KeySetError:
        raise invalid(("/keys", "key-invalid")) from None
    if not keys["keys"]:
        raise invalid(("/keys", "too-few"))
    founded = Founded(ClientId(f"{agency.code}-desk"), tuple(UserId(uuid4()) for _ in names))
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE rhannu_owner")
            await connection.execute("LOCK TABLE rhannu.agencies IN EXCLUSIVE MODE")
            await _enter(connection, agency, orjson.dumps(keys).decode(), founded, names)
    finally:
        await connection.close()
    return founded


async def _enter(
    connection: "asyncpg.Connection[asyncpg.Record]", agency: Agency, keys: str, founded: Founded, names: list[str]
) -> None:
    if await connection.fetchval("SELECT true FROM rhannu.agencies WHERE type = $1", agency.type):
        raise DomainError("register-state-conflict")
    await connection.execute(
        "INSERT INTO rhannu.agencies (code, name_en, name_cy, type, duty_phone) VALUES ($1, $2, $3, $4, $5)",
        agency.code, agency.name.en, agency.name.cy, agency.type, agency.duty_phone,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO rhannu.clients (id, owner_agency, name, key_set, scopes) VALUES ($1, $2, $3, $4, $5)",
        founded.client, agency.code, "Register desk", keys, sorted(BOARD_SCOPES),
    )  # fmt: skip
    for user, name in zip(founded.administrators, names, strict=True):
        await connection.execute("INSERT INTO rhannu.humans (id) VALUES ($1)", user)
        await connection.execute(
            "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, $1, $3)",
            user, agency.code, name,
        )  # fmt: skip
        for role in _ROLES:
            await connection.execute(
                "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, $3, now())",
                user, agency.code, role.value,
            )  # fmt: skip
