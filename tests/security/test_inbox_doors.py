"""The functions through which notices cross from one agency to another, in raw SQL as the application's role."""

import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from domain.access import Permission, Role, roles_with
from domain.flag_codes import RecipientChange
from tests.fixtures.database import Database
from tests.security.crowd import MINE, OPEN, THEIRS, UNRELATED, caller, fill, identity, signed

TELL = "SELECT receiver FROM rhannu.tell_holders($1, now(), $2, $3::interval[])"
SENT = "SELECT agency FROM rhannu.notices_of_flag($1)"
HELD = "SELECT flag_id FROM rhannu.held_flags(NULL, 10)"
SETTLE = "SELECT rhannu.settle_silence($1)"
READERS = roles_with(Permission.INBOX_READ)


@pytest.fixture
async def app(crowded: tuple[Database, list[str]]) -> AsyncIterator[asyncpg.Connection]:
    opened = await crowded[0].as_role("rhannu_app")
    yield opened
    await opened.close()


@pytest.fixture
async def flag(crowded: tuple[Database, list[str]]) -> uuid.UUID:
    """A flag of theirs that we received in its first version, and that has a second of which nobody was told."""
    found = identity("rhannu.flags", THEIRS)
    admin = await crowded[0].as_admin()
    await admin.execute("SET session_replication_role = replica")
    await admin.execute("DELETE FROM rhannu.flag_versions WHERE flag_id = $1 AND version = 2", found)
    await fill(admin, "rhannu.flag_versions", THEIRS, 2)
    await admin.execute("UPDATE rhannu.flag_versions SET change = 'removed' WHERE flag_id = $1 AND version = 2", found)
    await admin.close()
    return found


async def asked(
    app: asyncpg.Connection, question: str, *values: object, role: Role, agency: str
) -> list[object] | None:
    """Ask within a context, and take back whatever came of it; None where it was refused."""
    found: list[object] | None = None
    with suppress(asyncpg.InsufficientPrivilegeError):
        transaction = app.transaction()
        await transaction.start()
        try:
            await app.fetchval(OPEN, *signed(app, caller(role, agency)))
            found = [row[0] for row in await app.fetch(question, *values)]
        finally:
            await transaction.rollback()
    return found


KINDS = [kind.value for kind in RecipientChange]
SPANS = [timedelta(days=1)] * len(KINDS)


@pytest.mark.parametrize("role", list(Role))
async def test_who_changes_flags_tells_the_holders_of_their_own_alone(
    app: asyncpg.Connection, flag: uuid.UUID, role: Role
) -> None:
    steps = (Permission.FLAG_DECIDE, Permission.FLAG_CONTEST, Permission.FLAG_MARK, Permission.FLAG_PROPOSE)
    may = any(role in roles_with(permission) for permission in steps)
    assert await asked(app, TELL, flag, KINDS, SPANS, role=role, agency=THEIRS) == ([MINE] if may else None)
    for agency in (MINE, UNRELATED):
        assert await asked(app, TELL, flag, KINDS, SPANS, role=role, agency=agency) is None


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_works_with_the_inbox_learns_what_is_held(
    app: asyncpg.Connection, flag: uuid.UUID, role: Role
) -> None:
    assert await asked(app, HELD, role=role, agency=MINE) == ([flag] if role in READERS else [])
    assert await asked(app, HELD, role=role, agency=UNRELATED) == []
    settled = await asked(app, SETTLE, flag, role=role, agency=MINE)
    assert (settled is not None) == (role in READERS)


async def test_the_ledger_of_notices_opens_for_the_sender_alone(
    crowded: tuple[Database, list[str]], app: asyncpg.Connection, flag: uuid.UUID
) -> None:
    admin = await crowded[0].as_admin()
    await admin.execute(
        "UPDATE rhannu.notices SET flag_id = $1, sender_agency = $2 WHERE owner_agency = $3", flag, THEIRS, MINE
    )
    await admin.close()
    assert await asked(app, SENT, flag, role=Role.DPO_IG, agency=THEIRS) == [MINE]
    assert await asked(app, SENT, flag, role=Role.AUDITOR, agency=THEIRS) == []
    for agency in (MINE, UNRELATED):
        assert await asked(app, SENT, flag, role=Role.DPO_IG, agency=agency) == []


async def test_without_a_context_no_door_opens(app: asyncpg.Connection, flag: uuid.UUID) -> None:
    for question in (SENT, SETTLE):
        with suppress(asyncpg.InsufficientPrivilegeError):
            assert await app.fetch(question, flag) == []
            assert question == SENT
    assert await app.fetch(HELD) == []
    for closed in (
        "rhannu.write_notices('{}', now(), '{}', '{}')",
        "rhannu.tell_late_holders('{}', '{}', now(), '{}', '{}')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch(f"SELECT {closed}")
