"""The functions behind declared conflicts, in raw SQL as the application's role: they tell nothing without a context."""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest

from domain.access import Role
from tests.factories.alerts import declared, forget_alerts
from tests.factories.flags import registered
from tests.fixtures.service import Service, user_id
from tests.security.crowd import OPEN, caller, signed

COUNCIL, HEALTH = "newport-cc", "abuhb"
MET = "SELECT rhannu.conflicts_met($1, now())"
CHECK = (
    "SELECT standing, known, flags FROM rhannu.flag_checks($1, $2, $3, ARRAY[''], ARRAY[true], ARRAY[current_date], "
    "ARRAY[now()], ARRAY[1], ARRAY[0], $4, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', "
    "ARRAY['practitioner'], 'check:run')"
)


@pytest.fixture
async def app(service: Service) -> AsyncIterator[asyncpg.Connection]:
    opened = await service.database.as_role("rhannu_app")
    yield opened
    await opened.close()
    await forget_alerts(service)


async def test_who_is_close_to_whom_is_told_to_that_human_alone(service: Service, app: asyncpg.Connection) -> None:
    person = await registered(service, COUNCIL)
    made = await declared(service, COUNCIL, person)
    assert await app.fetchval(MET, [uuid.UUID(person)]) == []
    for who, met in (
        (caller(Role.PRACTITIONER, COUNCIL), [uuid.UUID(made["id"])]),
        (caller(Role.PRACTITIONER, COUNCIL, 2), []),
        (caller(Role.DPO_IG, COUNCIL), []),
        (caller(Role.PRACTITIONER, HEALTH), []),
    ):
        async with app.transaction():
            await app.fetchval(OPEN, *signed(app, who))
            assert await app.fetchval(MET, [uuid.UUID(person)]) == met
            assert await app.fetchval(MET, [uuid.uuid4()]) == []


async def test_the_check_refuses_in_the_database_itself(service: Service, app: asyncpg.Connection) -> None:
    person = uuid.UUID(await registered(service, COUNCIL))
    await declared(service, COUNCIL, str(person))
    standings: list[str] = []
    for number in (1, 2):
        payload, signature = signed(app, caller(Role.PRACTITIONER, COUNCIL, number))
        row = await app.fetchrow(CHECK, [payload], [signature], [uuid.uuid4()], [person])
        standings.append(row["standing"])
        assert row["known"] == (None if number == 1 else [0])
    assert standings == ["conflict-of-interest", "granted"]
    payload, _ = signed(app, caller(Role.PRACTITIONER, COUNCIL))
    for unsigned in (payload, "1|2|3", "", payload.replace(str(user_id(COUNCIL, "practitioner")), "nobody")):
        assert await app.fetch(CHECK, [unsigned], [b""], [uuid.uuid4()], [person]) == [], "nobody signed it"


async def test_accounts_and_records_are_told_to_who_declares_and_of_the_own_agency_alone(
    service: Service, app: asyncpg.Connection
) -> None:
    ours, theirs = [uuid.UUID(await registered(service, agency)) for agency in (COUNCIL, HEALTH)]
    account, holds = "SELECT count(*) FROM access.own_account($1)", "SELECT rhannu.holds_record($1)"
    mine, other = user_id(COUNCIL, "spoc"), user_id(HEALTH, "spoc")
    assert await app.fetchval(account, mine) == 0
    assert await app.fetchval(holds, ours) is False
    for role, told in ((Role.DPO_IG, True), (Role.AUDITOR, False), (Role.AGENCY_ADMINISTRATOR, False)):
        async with app.transaction():
            await app.fetchval(OPEN, *signed(app, caller(role, COUNCIL)))
            assert await app.fetchval(account, mine) == int(told)
            assert await app.fetchval(holds, ours) is told
            assert await app.fetchval(account, other) == 0
            assert await app.fetchval(holds, theirs) is False
