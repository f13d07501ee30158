"""The functions behind a sealed door, in raw SQL as the application's role: no live grant of this very human, no row."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import Purpose, Role
from services.core.caller import Caller
from tests.factories.break_glass import HOLDER, OPENER, opened, reviewed, same_person, sealed, who
from tests.factories.flags import registered
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_bad_input_everywhere import GUARDED, ask, headers, method_of
from tests.security.crowd import OPEN, caller, signed
from tests.security.scenes import is_denied

READ = "SELECT flag_id FROM rhannu.break_glass_warnings($1, $2)"
STAND = "SELECT is_open FROM rhannu.break_glass_standing($1, now())"
OPENS = "SELECT rhannu.open_break_glass($1, $2, 'x', 'y', $3, $4, $4, $4)"
TOLD = "SELECT owner_agency FROM rhannu.break_glass_notices WHERE grant_id = $1 ORDER BY 1"


def human(
    role: Role = Role.DUTY_MANAGER, agency: str = OPENER, number: int = 1, purpose: Purpose = Purpose.BREAK_GLASS
) -> Caller:
    return replace(caller(role, agency, number), purpose=purpose)


@dataclass(frozen=True)
class Door:
    """A flag behind an open door of the first duty manager, and a connection of the application's."""

    service: Service
    app: asyncpg.Connection
    grant: dict[str, Any]
    flag: uuid.UUID
    person: uuid.UUID

    @property
    def id(self) -> uuid.UUID:
        return uuid.UUID(self.grant["id"])

    async def ask(self, by: Caller | None, question: str, *values: object) -> list[object] | None:
        """Ask within a context, and take back whatever came of it; None where it was refused."""
        transaction = self.app.transaction()
        await transaction.start()
        try:
            if by is not None:
                assert await self.app.fetchval(OPEN, *signed(self.app, by)) == 1
            return [row[0] for row in await self.app.fetch(question, *values)]
        except asyncpg.InsufficientPrivilegeError:
            return None
        finally:
            await transaction.rollback()

    async def read(self, by: Caller | None, at: datetime | None = None) -> list[object] | None:
        return await self.ask(by, READ, self.id, at or datetime.now(UTC))


async def as_admin(service: Service, statement: str, *values: object) -> list[Any]:
    admin = await service.database.as_admin()
    try:
        return [row[0] for row in await admin.fetch(statement, *values)]
    finally:
        await admin.close()


@pytest.fixture
async def door(service: Service) -> AsyncIterator[Door]:
    same = same_person()
    flag = await sealed(service, content=same)
    person = await registered(service, OPENER, **same)
    grant = await opened(who(service), person)
    app = await service.database.as_role("rhannu_app")
    yield Door(service, app, grant, uuid.UUID(flag["id"]), uuid.UUID(person))
    await app.close()


async def test_its_human_reads_for_its_purpose_and_nobody_else_for_any(door: Door) -> None:
    assert await door.read(human()) == [door.flag]
    assert await door.read(None) is None
    assert await door.read(human(number=2)) is None
    assert await door.read(human(agency=HOLDER)) is None
    for purpose in set(Purpose) - {Purpose.BREAK_GLASS}:
        assert await door.read(human(purpose=purpose)) is None, purpose
    for role in set(Role) - {Role.DUTY_MANAGER}:
        assert await door.read(human(role)) is None, role
    assert await door.ask(human(), READ, uuid.uuid4(), datetime.now(UTC)) is None
    assert await door.ask(human(), "SELECT id FROM rhannu.flags WHERE id = $1", door.flag) == []


async def test_the_hour_is_over_whatever_moment_is_claimed(door: Door) -> None:
    opened_at = datetime.fromisoformat(door.grant["opened"]["at"])
    expires_at = datetime.fromisoformat(door.grant["expiresAt"])
    assert await door.read(human(), expires_at - timedelta(seconds=1)) == [door.flag]
    assert await door.read(human(), expires_at) is None
    assert await door.read(human(), opened_at - timedelta(seconds=1)) is None
    shift = "UPDATE rhannu.break_glass_grants SET opened_at = opened_at - $2::interval, expires_at = expires_at - $2 WHERE id = $1"
    await as_admin(door.service, shift, door.id, timedelta(hours=2))
    assert await door.read(human()) is None
    assert await door.read(human(), opened_at - timedelta(hours=2)) is None, "a moment within the hour that is over"


async def test_after_the_review_nothing_is_read(door: Door) -> None:
    assert (await reviewed(who(door.service, "dpo-ig"), door.grant)).status_code == 200
    assert await door.read(human()) is None


async def test_a_record_joined_to_somebody_else_opens_nothing(door: Door) -> None:
    other = await registered(door.service, OPENER)
    move = "UPDATE rhannu.person_records SET person_id = (SELECT person_id FROM rhannu.person_records WHERE id = $2) WHERE id = $1"
    await as_admin(door.service, move, door.person, uuid.UUID(other))
    assert await door.read(human()) is None


async def test_nobody_opens_without_its_function_and_none_for_more_than_an_hour(door: Door) -> None:
    now = datetime.now(UTC)
    hour, new_id = now + timedelta(minutes=60), uuid.uuid4()
    assert await door.ask(human(), OPENS, new_id, door.person, now, hour) is not None
    tried: list[tuple[Caller | None, uuid.UUID, datetime]] = [
        (human(), door.person, hour + timedelta(seconds=1)),
        (human(), uuid.UUID(await registered(door.service, HOLDER)), hour),
        (human(purpose=Purpose.ADULT_SAFEGUARDING), door.person, hour),
        (human(agency=HOLDER), door.person, hour),
        (None, door.person, hour),
    ]
    tried += [(human(role), door.person, hour) for role in set(Role) - {Role.DUTY_MANAGER}]
    for by, person, until in tried:
        assert await door.ask(by, OPENS, uuid.uuid4(), person, now, until) is None, by
    copy = (
        "INSERT INTO rhannu.break_glass_grants SELECT gen_random_uuid(), owner_agency, 1, record_id, person_id, "
        "reason_code, justification, opened_by, opened_human, opened_at, expires_at, review_due_at "
        "FROM rhannu.break_glass_grants WHERE id = $1 RETURNING id"
    )
    for by in (human(), human(Role.DPO_IG)):
        assert await door.ask(by, copy, door.id) is None
    assert await as_admin(door.service, "SELECT id FROM rhannu.break_glass_grants WHERE id = $1", new_id) == []


async def test_whoever_opens_in_raw_sql_tells_the_officers_all_the_same(door: Door) -> None:
    now, new_id = datetime.now(UTC), uuid.uuid4()
    async with door.app.transaction():
        await door.app.fetchval(OPEN, *signed(door.app, human()))
        await door.app.fetch(OPENS, new_id, door.person, now, now + timedelta(minutes=5))
    assert await as_admin(door.service, TOLD, new_id) == sorted([OPENER, HOLDER])


async def test_each_agency_s_officers_see_their_own_notice_and_nobody_else_any(door: Door) -> None:
    assert await as_admin(door.service, TOLD, door.id) == sorted([OPENER, HOLDER])
    for agency in (OPENER, HOLDER, "wast"):
        seen = await door.ask(human(Role.DPO_IG, agency, purpose=Purpose.AUDIT_QUALITY), TOLD, door.id)
        assert seen == ([] if agency == "wast" else [agency])
    for role in set(Role) - {Role.DPO_IG}:
        assert await door.ask(human(role), TOLD, door.id) == [], role
    blind = "SELECT count(*) FROM rhannu.break_glass_notices WHERE grant_id = $1 AND owner_agency = $2 AND (opened_by IS NULL) AND (opened_human IS NULL)"
    assert await as_admin(door.service, blind, door.id, HOLDER) == [1]


REVIEW = (
    "UPDATE rhannu.break_glass_grants SET version = 2, reviewed_at = now(), reviewed_by = $2, reviewed_human = $2, "
    "outcome = 'justified', review_reason = 'x' WHERE id = $1 RETURNING version"
)


async def test_a_review_is_another_human_s_in_raw_sql_too_and_is_written_once(door: Door) -> None:
    officer, opener = human(Role.DPO_IG), human()
    assert await door.ask(officer, REVIEW, door.id, officer.user) == [2]
    assert await door.ask(opener, REVIEW, door.id, opener.user) is None
    assert await door.ask(officer, REVIEW, door.id, human(Role.DPO_IG, number=2).user) is None, "in another's name"
    assert await door.ask(human(Role.DPO_IG, HOLDER), REVIEW, door.id, user_of(HOLDER)) == []
    role = "INSERT INTO rhannu.user_roles (user_id, owner_agency, role, valid_from) VALUES ($1, $2, 'dpo-ig', '2021-01-01')"
    await as_admin(door.service, role, opener.user, OPENER)
    try:
        assert await door.ask(opener, REVIEW, door.id, opener.user) is None
        assert await door.ask(opener, REVIEW, door.id, officer.user) is None
    finally:
        await as_admin(door.service, "DELETE FROM rhannu.user_roles WHERE valid_from = '2021-01-01'")
    assert (await reviewed(who(door.service, "dpo-ig"), door.grant)).status_code == 200
    assert await door.ask(officer, REVIEW, door.id, officer.user) is None


def user_of(agency: str) -> uuid.UUID:
    return human(Role.DPO_IG, agency).user


async def test_what_was_opened_and_why_cannot_be_written_over(door: Door) -> None:
    for column in (
        "justification",
        "opened_by",
        "opened_human",
        "expires_at",
        "person_id",
        "review_due_at",
        "owner_agency",
    ):
        change = f"UPDATE rhannu.break_glass_grants SET {column} = {column} WHERE id = $1 RETURNING id"
        for by in (human(), human(Role.DPO_IG)):
            assert await door.ask(by, change, door.id) is None, column
    for table in ("break_glass_grants", "break_glass_notices", "break_glass_restorations", "break_glass_chases"):
        assert await door.ask(human(Role.DPO_IG), f"DELETE FROM rhannu.{table} RETURNING owner_agency") is None, table
    assert await door.ask(human(), "SELECT rhannu.tell_break_glass($1, now())", door.id) is None


async def test_how_somebody_stands_is_told_to_whoever_may_open_about_their_own_records(door: Door) -> None:
    assert await door.ask(human(), STAND, door.person) == [True]
    assert await door.ask(human(number=2), STAND, door.person) == [False]
    assert await door.ask(human(agency=HOLDER), STAND, door.person) == []
    for by in (None, human(Role.DPO_IG), human(Role.PRACTITIONER)):
        assert await door.ask(by, STAND, door.person) is None


async def test_under_its_purpose_nothing_is_changed_anywhere(service: Service) -> None:
    changing = sorted(name for name in GUARDED if method_of(GUARDED[name]) != "GET" and name != "openBreakGlass")
    assert len(changing) > 50
    before = await rows(service)
    for name in changing:
        answer = await ask(service, name, headers(service, name, **{"purpose-of-use": "break-glass"}))
        assert is_denied(answer, "purpose-not-permitted"), (name, answer.status_code, answer.text[:300])
    assert await rows(service) == before


async def test_one_opening_of_a_human_waits_for_another(door: Door) -> None:
    second = await door.service.database.as_role("rhannu_app")
    await second.execute("SET lock_timeout = '200ms'")
    try:
        async with door.app.transaction():
            await door.app.fetchval(OPEN, *signed(door.app, human()))
            await door.app.fetch(STAND, door.person)
            other = replace(door, app=second)
            assert await other.ask(human(number=2), STAND, door.person) == [False]
            with pytest.raises(asyncpg.LockNotAvailableError):
                await other.ask(human(), STAND, door.person)
        assert await other.ask(human(), STAND, door.person) == [True]
    finally:
        await second.close()
