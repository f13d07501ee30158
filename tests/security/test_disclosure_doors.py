"""What was given stays as its giver says, in raw SQL as the application's role: the recipient only acknowledges (law 3)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from domain.access import Role
from tests.fixtures.database import Database
from tests.security.crowd import MINE, OPEN, THEIRS, caller, identity, signed

GIVEN = identity("rhannu.disclosures", THEIRS)
STANDS = "SELECT state, given_version, content::text, seen_version FROM rhannu.disclosures WHERE id = $1"
CHANGES = (
    """content = content || '{"items": []}'""",
    "state = 'withdrawn'",
    "given_version = given_version + 1",
    """content = content || '{"onward": null}', seen_version = seen_version + 1""",
)


@pytest.fixture
async def app(crowded: tuple[Database, list[str]]) -> AsyncIterator[asyncpg.Connection]:
    opened = await crowded[0].as_role("rhannu_app")
    yield opened
    await opened.close()


async def attempt(app: asyncpg.Connection, change: str, agency: str) -> tuple[bool, bool]:
    """Try a change within a context and take it back: whether it was let through, and whether anything was different."""
    transaction = app.transaction()
    await transaction.start()
    try:
        await app.fetchval(OPEN, *signed(app, caller(Role.SAFEGUARDING_LEAD, agency)))
        before = await app.fetchrow(STANDS, GIVEN)
        try:
            done = await app.execute(f"UPDATE rhannu.disclosures SET {change} WHERE id = $1", GIVEN)
        except asyncpg.InsufficientPrivilegeError:
            return False, False
        return done == "UPDATE 1", await app.fetchrow(STANDS, GIVEN) != before
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("change", CHANGES)
async def test_the_recipient_changes_nothing_of_what_was_given(app: asyncpg.Connection, change: str) -> None:
    assert await attempt(app, change, MINE) == (False, False)
    assert await attempt(app, change, THEIRS) == (True, True), "the giver puts it right"


async def test_the_recipient_says_that_it_has_seen_it(app: asyncpg.Connection) -> None:
    seen = (
        """content = content || '{"version": 2, "acknowledged": [{"version": 1}]}', seen_version = seen_version + 1"""
    )
    assert await attempt(app, seen, MINE) == (True, True)
