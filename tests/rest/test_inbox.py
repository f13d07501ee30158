"""Everyone who received a flag is told when it changes, in the same transaction, and answers or is chased."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.audit.filing import file_events
from services.db.engine import make_engine
from services.flags.clocks import chase_notices
from tests.factories.flags import active, assessment, contest, reviewing, step, terms
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.rest.test_check_changes import given
from tests.rest.test_flag_sharing import STORY

HEALTH, POLICE, COUNCIL, FIRE = "abuhb", "gwent-police", "newport-cc", "swfrs"


@pytest.fixture
async def engine(service: Service) -> AsyncIterator[AsyncEngine]:
    made = make_engine(service.database.doors.worker, pool_size=2, statement_timeout_ms=20_000)
    yield made
    await made.dispose()


async def filed(engine: AsyncEngine) -> None:
    while await file_events(engine):
        pass


async def inbox(
    service: Service, agency: str, flag: dict[str, Any] | None = None, **query: str
) -> list[dict[str, Any]]:
    """An agency's notices of one flag, the newest first."""
    answer = await service.http.get(
        "/v1/notices", params={"limit": "200", **query}, headers=service.headers(agency, "duty-desk")
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()["notices"]
    return [each for each in found if flag is None or each["flagId"] == flag["id"]]


async def answer(
    service: Service, notice: dict[str, Any], outcome: str = "destroyed", agency: str = HEALTH, **more: str
) -> Any:
    return await service.http.post(
        f"/v1/notices/{notice['id']}/acknowledgement",
        json={"outcome": outcome},
        headers=service.creating(agency, "duty-desk") | more,
    )


async def held(service: Service, engine: AsyncEngine, **changes: Any) -> dict[str, Any]:
    """A flag of the police that the health board received, and the ledger knows of it."""
    flag, _ = await given(service, **changes)
    await filed(engine)
    return flag


async def withdrawn(service: Service, flag: dict[str, Any], kind: str = "wrong-person") -> Any:
    made = await step(service, flag, "corrections", {"kind": kind, "reason": "It was his cousin."})
    assert made.status_code == 200, made.text
    return made


STEPS = {
    "reviewed-kept": ("reviews", reviewing()),
    "reduced": (
        "reviews",
        reviewing(outcome="reduce", assessment=assessment(), terms=terms(recipients={"agencies": [FIRE]})),
    ),
    "rectified": ("reviews", reviewing(outcome="correct", assessment=assessment(), terms=terms())),
    "removed": ("removal", {"reason": "The risk is over."}),
    "contested": ("challenges", contest()),
    "restricted": ("challenges", contest(restrictionReason="Two men have that name.")),
    "wrong-person": ("corrections", {"kind": "wrong-person", "reason": "It was his cousin."}),
    "erased": ("corrections", {"kind": "entered-in-error", "reason": "It was entered twice."}),
}
WITHIN = {"removed": 4, "erased": 4, "wrong-person": 4, "restricted": 48, "rectified": 48, "contested": 48}


@pytest.mark.requirement("G-3.2-2")
@pytest.mark.parametrize("kind", STEPS)
async def test_each_change_stands_in_each_holder_s_inbox_once(service: Service, engine: AsyncEngine, kind: str) -> None:
    flag = await held(service, engine)
    path, body = STEPS[kind]
    changed = await step(service, flag, path, body)
    assert changed.status_code == 200, changed.text
    (notice,) = await inbox(service, HEALTH, flag)
    assert (notice["kind"]["code"], notice["heldVersion"], notice["version"]) == (kind, 2, 3)
    assert (notice["senderAgency"], notice["acknowledged"], notice["isOverdue"]) == (POLICE, None, False)
    span = timedelta(hours=WITHIN.get(kind, 7 * 24))
    assert service.clock().fromisoformat(notice["dueAt"]) - service.clock().fromisoformat(notice["madeAt"]) == span
    assert notice["whatNow"]["cy"]
    assert notice["kind"]["cy"]
    for agency in (COUNCIL, FIRE, POLICE):
        assert await inbox(service, agency, flag) == [], "who received nothing is told nothing"


async def test_a_notice_holds_identifiers_only(service: Service, engine: AsyncEngine) -> None:
    flag = await held(service, engine)
    await withdrawn(service, flag)
    (notice,) = await inbox(service, HEALTH, flag)
    one = await service.http.get(f"/v1/notices/{notice['id']}", headers=service.headers(HEALTH, "duty-desk"))
    assert one.json() == notice
    assert not any(word in one.text for word in (*STORY, "cousin", flag["subject"]["personId"]))
