"""A request is shared by two agencies, and each changes its own part of it alone, in raw SQL as the application's role.

The steps are taken on requests that were really asked, on the service's own database.
"""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from domain.access import Role
from tests.factories.flags import registered
from tests.factories.sharing import ASKER, HOLDER, THIRD, answered, answering, asked, matched, refusing, take
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.security.crowd import OPEN, caller, signed

Step = tuple[str, dict[str, Any], str]
"""The state it leads to, what it writes into the document, and what else it sets."""
SIGNED = {"user": str(uuid.uuid4()), "human": str(uuid.uuid4()), "at": "2026-01-01T00:00:00Z"}
QUESTION = {"question": "Which year?", "asked": SIGNED, "reply": None, "replied": None}


@pytest.fixture
async def app(service: Service) -> AsyncIterator[asyncpg.Connection]:
    opened = await service.database.as_role("rhannu_app")
    yield opened
    await opened.close()


async def attempt(
    app: asyncpg.Connection, request: dict[str, Any], agency: str, changes: dict[str, Any], **columns: object
) -> bool:
    """Try to write another version within a context and take it back: whether it was let through."""
    transaction = app.transaction()
    await transaction.start()
    try:
        await app.fetchval(OPEN, *signed(app, caller(Role.SAFEGUARDING_LEAD, agency)))
        found = await app.fetchrow(
            "SELECT version, content FROM rhannu.information_requests WHERE id = $1", uuid.UUID(request["id"])
        )
        if found is None:
            return False
        content = {**json.loads(found["content"]), "version": found["version"] + 1, **changes}
        columns = {"version": content["version"], "state": content["state"], **columns}
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 3))
        statement = f"UPDATE rhannu.information_requests SET content = $2, {sets} WHERE id = $1"
        try:
            done = await app.execute(statement, uuid.UUID(request["id"]), json.dumps(content), *columns.values())
        except asyncpg.InsufficientPrivilegeError:
            return False
        return bool(done == "UPDATE 1")
    finally:
        await transaction.rollback()


async def test_neither_side_changes_what_was_asked(service: Service, app: asyncpg.Connection) -> None:
    request = await asked(service)
    foreign = {"asked_of": {"holder": HOLDER, "items": []}, "state": "acknowledged", "acknowledged": SIGNED}
    for agency in (ASKER, HOLDER, THIRD):
        assert not await attempt(app, request, agency, foreign), agency
        assert not await attempt(app, request, agency, {"asked": SIGNED}), agency
        assert not await attempt(app, request, agency, {"acknowledge_by": "2099-01-01T00:00:00Z"}), agency


@pytest.mark.parametrize(
    ("changes", "side"),
    [
        ({"state": "acknowledged", "acknowledged": SIGNED}, HOLDER),
        ({"state": "clarification-asked", "acknowledged": SIGNED, "clarifications": [QUESTION]}, HOLDER),
        ({"state": "refused", "acknowledged": SIGNED, "decisions": [{"items": []}]}, HOLDER),
        ({"state": "withdrawn", "withdrawn_reason": "Solved."}, ASKER),
        ({"state": "escalated", "escalations": [{"by_agency": ASKER, "reason": "Now.", "signed": SIGNED}]}, ASKER),
        ({"state": "escalated", "escalations": [{"by_agency": HOLDER, "reason": "Now.", "signed": SIGNED}]}, HOLDER),
    ],
)
async def test_each_side_takes_its_own_steps_alone(
    service: Service, app: asyncpg.Connection, changes: dict[str, Any], side: str
) -> None:
    request = await asked(service)
    assert await attempt(app, request, side, changes), "the side whose step it is"
    for other in {ASKER, HOLDER} - {side}:
        assert not await attempt(app, request, other, changes), other


async def test_a_step_leads_nowhere_but_where_it_leads(service: Service, app: asyncpg.Connection) -> None:
    request = await asked(service)
    for state in ("answered", "answered-in-part", "refused", "acknowledged", "clarification-asked", "sent"):
        assert not await attempt(app, request, ASKER, {"state": state}), state
    for state in ("withdrawn", "sent"):
        assert not await attempt(app, request, HOLDER, {"state": state}), state
    done = await answered(service)
    for agency in (ASKER, HOLDER):
        for state in ("sent", "escalated", "withdrawn", "refused"):
            assert not await attempt(app, done, agency, {"state": state}), (agency, state)


async def test_what_either_said_before_stays_as_it_was_said(service: Service, app: asyncpg.Connection) -> None:
    waiting = (await take(service, await asked(service), "clarifications", {"question": "Which year?"})).json()
    replied = {**QUESTION, "reply": "This one.", "replied": SIGNED}
    back = {"state": "acknowledged", "clarifications": [replied]}
    assert not await attempt(app, waiting, ASKER, back), "the question is the holder's"
    admin = await service.database.as_admin()
    content = await admin.fetchval(
        "SELECT content FROM rhannu.information_requests WHERE id = $1", uuid.UUID(waiting["id"])
    )
    await admin.close()
    question = json.loads(content)["clarifications"][0]
    own = {**back, "clarifications": [{**question, "reply": "This one.", "replied": SIGNED}]}
    assert await attempt(app, waiting, ASKER, own)
    assert not await attempt(app, waiting, HOLDER, own)
    assert not await attempt(app, waiting, ASKER, {**own, "clarifications": []})


async def test_the_holder_moves_no_deadline_and_the_asker_none_forward(
    service: Service, app: asyncpg.Connection
) -> None:
    request = await asked(service)
    admin = await service.database.as_admin()
    due = await admin.fetchval("SELECT due_at FROM rhannu.information_requests WHERE id = $1", uuid.UUID(request["id"]))
    await admin.close()
    known = {"state": "acknowledged", "acknowledged": SIGNED}
    later = due.replace(year=due.year + 1)
    assert not await attempt(app, request, HOLDER, {**known, "due_at": later.isoformat()}, due_at=later)
    earlier = due.replace(year=due.year - 1)
    raised = {"state": "escalated", "escalations": [{"by_agency": ASKER, "reason": "Now.", "signed": SIGNED}]}
    assert not await attempt(app, request, ASKER, {**raised, "due_at": earlier.isoformat()}, due_at=earlier)


async def seen_by(app: asyncpg.Connection, agency: str, statement: str, *values: object) -> str:
    """All that an agency's safeguarding lead gets from a statement, as text."""
    async with app.transaction():
        await app.fetchval(OPEN, *signed(app, caller(Role.SAFEGUARDING_LEAD, agency)))
        return " ".join(str(tuple(row)) for row in await app.fetch(statement, *values))


async def test_what_the_holder_found_is_nowhere_in_what_the_asker_reads(
    service: Service, app: asyncpg.Connection
) -> None:
    request = await asked(service)
    queries = (
        "SELECT r::text FROM rhannu.information_requests r WHERE id = $1",
        "SELECT v::text FROM rhannu.information_request_versions v WHERE request_id = $1 ORDER BY version",
        "SELECT m::text FROM rhannu.information_request_matches m WHERE request_id = $1",
    )
    identifier = uuid.UUID(request["id"])
    before = [await seen_by(app, ASKER, query, identifier) for query in queries]
    person = await registered(service, HOLDER)
    stored = await rows(service)
    assert (await take(service, request, "match", {"personId": person})).status_code == 200
    assert [await seen_by(app, ASKER, query, identifier) for query in queries] == before
    assert person in await seen_by(app, HOLDER, queries[2], identifier)
    changed = {name for name, held in (await rows(service)).items() if held != stored[name]}
    assert changed == {"rhannu.information_request_matches", "rhannu.idempotency_keys"}


async def test_nobody_but_the_holder_says_whom_it_found(service: Service, app: asyncpg.Connection) -> None:
    request, person = await asked(service), await registered(service, ASKER)
    add = (
        "INSERT INTO rhannu.information_request_matches (owner_agency, request_id, record_id, recorded_at, "
        "recorded_by, recorded_human) VALUES ($1, $2, $3, now(), $4, $4)"
    )
    values = (uuid.UUID(request["id"]), uuid.UUID(person), uuid.uuid4())
    for agency, name, may in (
        (ASKER, HOLDER, False),
        (ASKER, ASKER, False),
        (THIRD, THIRD, False),
        (HOLDER, HOLDER, True),
    ):
        transaction = app.transaction()
        await transaction.start()
        await app.fetchval(OPEN, *signed(app, caller(Role.SAFEGUARDING_LEAD, agency)))
        try:
            done = await app.execute(add, name, *values)
        except asyncpg.InsufficientPrivilegeError:
            done = None
        await transaction.rollback()
        assert (done is not None) == may, (agency, name)


async def test_a_whole_life_of_a_request_still_passes(service: Service) -> None:
    waiting = (await take(service, await asked(service), "clarifications", {"question": "Which year?"})).json()
    replied = await take(service, waiting, "clarifications/reply", {"reply": "This one."}, agency=ASKER)
    found = await matched(service, replied.json())
    no = await take(service, found, "refusal", refusing())
    raised = await take(service, no.json(), "escalation", {"reason": "A life may hang on it."}, agency=ASKER)
    done = await take(service, raised.json(), "answer", answering(), number=2)
    assert (done.status_code, done.json()["state"]) == (200, "answered-in-part"), done.text
