"""The functions of the registrar, called as the application's role in raw SQL: each asks the context whose row it is.

What the use cases refuse, the floor refuses too: without a context, for another agency, for who is not the Board.
"""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import Purpose
from domain.ids import AgencyCode, ClientId, UserId
from services.core.caller import Caller, ContextSigner
from tests.factories.register import BOARD, WHY, Partner, founded
from tests.fixtures.database import CONTEXT_KEY
from tests.fixtures.service import Service, user_id

OPEN = "SELECT count(*) FROM access.open($1, $2)"
NOW = datetime.now(UTC)


@pytest.fixture
async def partner(service: Service) -> Partner:
    return await founded(service)


@pytest.fixture
async def app(service: Service) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await service.database.as_role("rhannu_app")
    yield connection
    await connection.close()


def caller(agency: str, user: str) -> Caller:
    return Caller(
        client=ClientId(f"{agency}-system"), home=AgencyCode(agency), agency=AgencyCode(agency),
        user=UserId(uuid.UUID(user)), purpose=Purpose.AUDIT_QUALITY, token_id="token", request_id="request",
    )  # fmt: skip


async def attempts(partner: Partner) -> list[tuple[str, list[Any]]]:
    """Everything that would change something of a partner, as a call of each function."""
    worker, other = await partner.joined("practitioner"), await partner.joined()
    role = (await partner.first.get("/v1/role-assignments", user=worker.user)).json()["roles"][0]["id"]
    asked = await partner.first.does("/v1/role-assignments", {"userId": other.user, "role": "dpo-ig", **WHY})
    consent = await partner.first.does(f"/v1/clients/{partner.code}-system/acting-for", {"agency": "pobl", **WHY})
    return [
        ("rhannu.decide_request($1, 1, 'confirmed', 'consent', $2)", [consent["id"], NOW]),
        ("rhannu.end_role($1, 1, $2)", [role, NOW]),
        ("rhannu.decide_request($1, 1, 'confirmed', 'x', $2)", [asked["id"], NOW]),
        ("rhannu.link_users($1, $2)", [worker.user, other.user]),
        ("rhannu.put_agency($1, 'x', 'x', 'housing', '01632 960199', NULL, 2)", [partner.code]),
        ("rhannu.appoint($1, $2, 'x')", [str(uuid.uuid4()), partner.code]),
        (
            "rhannu.provide_client($1, $2, 'x', $3, NULL, '{}')",
            [f"{partner.code}-x", partner.code, json.dumps({"keys": []})],
        ),
        ("rhannu.set_human($1, $2)", [worker.user, NOW]),
    ]


async def standing(service: Service) -> list[Any]:
    """All of the register, but for who asked what."""
    admin = await service.database.as_admin()
    try:
        return [
            await admin.fetch(f"SELECT * FROM rhannu.{table} ORDER BY 1, 2")
            for table in ("agencies", "humans", "users", "user_roles", "clients", "agreements", "register_requests")
        ]
    finally:
        await admin.close()


async def run(app: asyncpg.Connection, call: str, values: list[Any]) -> object:
    """Call a function; a refusal by the floor is told as such."""
    try:
        async with app.transaction():
            return await app.fetchval(f"SELECT {call}", *values)
    except asyncpg.InsufficientPrivilegeError:
        return "refused"


async def test_without_a_context_nothing_of_the_register_changes(
    service: Service, partner: Partner, app: asyncpg.Connection
) -> None:
    calls = await attempts(partner)
    before = await standing(service)
    for call, values in calls:
        assert await run(app, call, values) in {"refused", False, None}, call
    assert await app.fetchval("SELECT rhannu.new_human()") is None
    for seen in ("role_assignments()", "requests_seen()", "agreements_seen()"):
        assert await app.fetch(f"SELECT * FROM rhannu.{seen}") == []
    assert await app.fetchval("SELECT rhannu.administrators($1)", partner.code) == []
    assert await app.fetch("SELECT * FROM rhannu.user_anywhere($1)", partner.first.user) == []
    assert await app.fetch("SELECT * FROM rhannu.duties($1, '{agency-administrator}')", partner.first.user) == []
    assert await standing(service) == before


@pytest.mark.parametrize("role", ["agency-administrator", "board-administrator", "practitioner"])
async def test_in_another_agencys_name_nothing_of_the_register_changes(
    service: Service, partner: Partner, app: asyncpg.Connection, role: str
) -> None:
    """Not even by a `board-administrator`, where the agency is not the Board."""
    calls = await attempts(partner)
    before = await standing(service)
    for call, values in calls:
        async with app.transaction():
            stranger = caller("gwent-police", str(user_id("gwent-police", role)))
            assert await app.fetchval(OPEN, *ContextSigner(CONTEXT_KEY).sign(stranger, app.get_server_pid())) == 1
            assert await run(app, call, values) in {"refused", False, None}, call
    assert await standing(service) == before


async def test_the_board_reaches_agencies_and_humans_and_nothing_else_of_a_partner(
    service: Service, partner: Partner, app: asyncpg.Connection
) -> None:
    calls = await attempts(partner)
    board = caller(BOARD, str(user_id(BOARD, "board-administrator")))
    came: dict[str, object] = {}
    for call, values in calls:
        async with app.transaction():
            assert await app.fetchval(OPEN, *ContextSigner(CONTEXT_KEY).sign(board, app.get_server_pid())) == 1
            came[call] = await run(app, call, values)
            await app.execute("SELECT set_config('rhannu.context', '', true)")
    refused = {call for call, result in came.items() if result in ("refused", False)}
    assert {call.partition("(")[0] for call in refused} == {
        "rhannu.end_role", "rhannu.link_users", "rhannu.decide_request",
    }  # fmt: skip
    assert [call for call in refused if "decide" in call] == [
        "rhannu.decide_request($1, 1, 'confirmed', 'consent', $2)"
    ]
    assert [result for call, result in came.items() if "set_human" in call] == [[partner.code]]


async def test_the_table_itself_refuses_a_confirmation_by_who_asked(
    service: Service, partner: Partner, app: asyncpg.Connection
) -> None:
    other = await partner.joined()
    asked = await partner.first.does("/v1/role-assignments", {"userId": other.user, "role": "dpo-ig", **WHY})
    first = caller(partner.code, partner.first.user)
    transaction = app.transaction()
    await transaction.start()
    await app.fetchval(OPEN, *ContextSigner(CONTEXT_KEY).sign(first, app.get_server_pid()))
    with pytest.raises(asyncpg.CheckViolationError):
        await app.fetchval("SELECT rhannu.decide_request($1, 1, 'confirmed', 'x', now())", asked["id"])
    await transaction.rollback()
    second = replace(first, user=UserId(uuid.UUID(partner.second.user)))
    async with app.transaction():
        await app.fetchval(OPEN, *ContextSigner(CONTEXT_KEY).sign(second, app.get_server_pid()))
        assert await app.fetchval("SELECT rhannu.decide_request($1, 1, 'confirmed', 'x', now())", asked["id"]) is True
        assert await app.fetchval("SELECT rhannu.decide_request($1, 1, 'confirmed', 'x', now())", asked["id"]) is False
