"""The register of the demonstration region: 13 agencies, their people in every role, and their systems.

A register is entered by administrators before anybody can act, so it is the one part that no use case
makes: it is written as the schemas' owner, who may do so because the owner is a member of the gate's role
and thereby of its policies. Everything after it goes through the use cases.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

import asyncpg

from domain.access import BOARD_ROLES, Permission, Role
from domain.ids import AgencyCode, ClientId, UserId
from services.core.keys import SigningKeys, generate_signing_key, load_signing_keys, save_signing_keys
from services.db.bootstrap import dsn
from services.demo.names import full_name, telephone

NAMESPACE = UUID("9a0d3c52-7c1e-4d0b-8a55-2f6b9c1de7a4")
BOARD = AgencyCode("gwent-safeguarding")
EMERGENCY_TEAM_HOST = AgencyCode("newport-cc")
EMERGENCY_CLIENT = ClientId("emergency-duty-system")
KEYS_FOLDER = "demo-clients"
_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """One agency as the register holds it."""

    code: AgencyCode
    name_en: str
    name_cy: str
    type: str


AGENCIES = tuple(
    DemoAgency(AgencyCode(code), name_en, name_cy, kind)
    for code, name_en, name_cy, kind in (
        ("newport-cc", "Newport City Council", "Cyngor Dinas Casnewydd", "local-authority"),
        (
            "caerphilly-cbc",
            "Caerphilly County Borough Council",
            "Cyngor Bwrdeistref Sirol Caerffili",
            "local-authority",
        ),
        ("torfaen-cbc", "Torfaen County Borough Council", "Cyngor Bwrdeistref Sirol Torfaen", "local-authority"),
        ("monmouthshire-cc", "Monmouthshire County Council", "Cyngor Sir Fynwy", "local-authority"),
        (
            "blaenau-gwent-cbc",
            "Blaenau Gwent County Borough Council",
            "Cyngor Bwrdeistref Sirol Blaenau Gwent",
            "local-authority",
        ),
        ("abuhb", "Aneurin Bevan University Health Board", "Bwrdd Iechyd Prifysgol Aneurin Bevan", "health-board"),
        ("gwent-police", "Gwent Police", "Heddlu Gwent", "police"),
        ("probation-wales", "Probation Service in Wales", "Y Gwasanaeth Prawf yng Nghymru", "probation"),
        ("swfrs", "South Wales Fire and Rescue Service", "Gwasanaeth Tân ac Achub De Cymru", "fire-rescue"),
        (
            "wast",
            "Welsh Ambulance Services University NHS Trust",
            "Ymddiriedolaeth GIG Prifysgol Gwasanaethau Ambiwlans Cymru",
            "ambulance",
        ),
        ("pobl", "Pobl Group", "Grŵp Pobl", "housing"),
        ("age-cymru-gwent", "Age Cymru Gwent", "Age Cymru Gwent", "third-sector"),
        (BOARD, "Gwent Safeguarding", "Diogelu Gwent", "board"),
    )
)
COUNCIL_CODES = tuple(agency.code for agency in AGENCIES if agency.type == "local-authority")

_BOARD_ROLES = BOARD_ROLES | {Role.DPO_IG, Role.AGENCY_ADMINISTRATOR}
_IN_PAIRS = frozenset({
    Role.PRACTITIONER, Role.FLAG_DECISION_MAKER, Role.DPO_IG, Role.AGENCY_ADMINISTRATOR, Role.BOARD_ADMINISTRATOR,
})  # fmt: skip
"""Roles held by two people: nobody decides on their own proposal, hears their own appeal, or guards alone."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One account: whose it is, and in which role it acts for which agencies."""

    id: UserId
    human: UUID
    home: AgencyCode
    display_name: str
    acting: tuple[tuple[AgencyCode, Role], ...]
    is_team: bool = False


def demo_user(agency: str, role: Role, number: int = 1) -> UserId:
    """Name the account of a role in an agency, the same in every installation; 2 is another human."""
    return UserId(uuid5(NAMESPACE, f"{agency}/{role.value}/{number}"))


def demo_client(agency: str) -> ClientId:
    """Name an agency's system."""
    return ClientId(f"{agency}-system")


EMERGENCY_USER = UserId(uuid5(NAMESPACE, "emergency-duty-team/1"))
"""The out-of-hours social worker who acts for the five councils."""


def demo_users() -> Iterator[DemoUser]:
    """List every account of the region."""
    chance = Random("rhannu-register")
    for agency in AGENCIES:
        roles = _BOARD_ROLES if agency.code == BOARD else frozenset(Role) - BOARD_ROLES
        for role in sorted(roles):
            for number in (1, 2) if role in _IN_PAIRS else (1,):
                yield _user(agency.code, role, number, full_name(chance))
    everywhere = tuple(
        (code, role) for code in COUNCIL_CODES for role in (Role.PRACTITIONER, Role.DUTY_DESK, Role.DUTY_MANAGER)
    )
    yield DemoUser(EMERGENCY_USER, EMERGENCY_USER, EMERGENCY_TEAM_HOST, full_name(chance), everywhere)


def _user(agency: AgencyCode, role: Role, number: int, name: str) -> DemoUser:
    user = demo_user(agency, role, number)
    if role is Role.SYSTEM_CLIENT:
        acting = ((agency, role), (agency, Role.DUTY_DESK))
        return DemoUser(user, user, agency, "Visit list service", acting, is_team=True)
    human: UUID = user
    if (agency, role, number) == ("torfaen-cbc", Role.PRACTITIONER, 2):
        # A worker of an integrated team: two accounts, one human, and so never proposer and decider (law 5).
        human = demo_user("abuhb", Role.PRACTITIONER, 2)
    return DemoUser(user, human, agency, name, ((agency, role),))


def demo_clients() -> Iterator[tuple[ClientId, AgencyCode, str, list[AgencyCode]]]:
    """List every system: its name, whose it is, what people call it, and which other agencies it may act for."""
    for agency in AGENCIES:
        yield demo_client(agency.code), agency.code, f"{agency.name_en} case system", []
    others = [code for code in COUNCIL_CODES if code != EMERGENCY_TEAM_HOST]
    yield EMERGENCY_CLIENT, EMERGENCY_TEAM_HOST, "Emergency duty team system", others


def key_path(home: Path, client: ClientId) -> Path:
    """Say where the private key of a demonstration system is kept, to sign an assertion with."""
    return home / KEYS_FOLDER / f"{client}.json"


def _public_keys(home: Path, client: ClientId) -> str:
    path = key_path(home, client)
    if not path.exists():
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        save_signing_keys(path, SigningKeys((generate_signing_key(),)))
    return json.dumps(load_signing_keys(path).jwks())


async def seed_register(migrator_url: str, home: Path) -> None:
    """Enter what is missing of the register, and each system's present key and scopes; safe to repeat."""
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE rhannu_owner")
            await _seed_agencies(connection)
            await _seed_users(connection)
            await _seed_clients(connection, home)
    finally:
        await connection.close()


async def _seed_agencies(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.executemany(
        "INSERT INTO rhannu.agencies (code, name_en, name_cy, type, duty_phone) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        [(a.code, a.name_en, a.name_cy, a.type, telephone(serial)) for serial, a in enumerate(AGENCIES, 101)],
    )


async def _seed_users(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    users = list(demo_users())
    humans = sorted({user.human for user in users})
    await connection.executemany(
        "INSERT INTO rhannu.humans (id) VALUES ($1) ON CONFLICT DO NOTHING", [(human,) for human in humans]
    )
    await connection.executemany(
        "INSERT INTO rhannu.users (id, owner_agency, human_id, display_name, is_team) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        [(user.id, user.home, user.human, user.display_name, user.is_team) for user in users],
    )
    await connection.executemany(
        "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, $3, '2020-01-01Z') "
        "ON CONFLICT DO NOTHING",
        [(user.id, agency, role.value) for user in users for agency, role in user.acting],
    )


async def _seed_clients(connection: "asyncpg.Connection[asyncpg.Record]", home: Path) -> None:
    scopes = [permission.value for permission in Permission]
    await connection.executemany(
        "INSERT INTO rhannu.clients (id, owner_agency, name, key_set, scopes, acting_for) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (id) DO UPDATE SET key_set = excluded.key_set, scopes = excluded.scopes",
        [
            (client, agency, name, _public_keys(home, client), scopes, others)
            for client, agency, name, others in demo_clients()
        ],
    )
    await connection.executemany(
        "INSERT INTO rhannu.agreements (id, owner_agency, party_agency, kind, client_id, valid_from) "
        "VALUES ($1, $2, $3, 'acting-for', $4, '2020-01-01Z') ON CONFLICT DO NOTHING",
        [
            (uuid5(NAMESPACE, f"{client}/{other}"), other, agency, client)
            for client, agency, _, others in demo_clients()
            for other in others
        ],
    )


async def is_loaded(migrator_url: str) -> bool:
    """Say whether the region was loaded to its end: only then does its register say when it was last fed."""
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        await connection.execute("SET ROLE rhannu_owner")
        found = await connection.fetchval(
            "SELECT registers_fed_at IS NOT NULL FROM rhannu.agencies WHERE code = $1", BOARD
        )
    finally:
        await connection.close()
    return bool(found)


async def is_warned_of(migrator_url: str, place: str) -> bool:
    """Say whether an active flag stands on a place."""
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        await connection.execute("SET ROLE rhannu_matcher")  # the role that may look across agencies (ADR 0004)
        found = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM rhannu.flags WHERE uprn = $1 AND state = 'active')", place
        )
    finally:
        await connection.close()
    return bool(found)


async def mark_fed(migrator_url: str, *, besides: AgencyCode | None = None) -> None:
    """Say of every agency but one that its register has been fed by now; the last step of a load."""
    connection = await asyncpg.connect(dsn(migrator_url))
    try:
        await connection.execute("SET ROLE rhannu_owner")
        await connection.execute(
            "UPDATE rhannu.agencies SET registers_fed_at = now() WHERE registers_fed_at IS NULL AND code <> $1",
            besides or "",
        )
    finally:
        await connection.close()
