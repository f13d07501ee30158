"""Declarations over HTTP, and alerts as the background process raises them."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.alert_windows import AlertKind, Finding, Window
from domain.alerts import Account, raise_alert
from domain.ids import AgencyCode, AlertId, EventId, HumanId, UserId
from services.alerts.watch import _RAISE, _raised
from services.db.engine import make_engine
from tests.fixtures.database import Database
from tests.fixtures.service import Service, user_id

OVERSIGHT = "audit-quality"


@asynccontextmanager
async def worker_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """A connection pool of the worker's role."""
    engine = make_engine(database.doors.worker, pool_size=3, statement_timeout_ms=60_000)
    try:
        yield engine
    finally:
        await engine.dispose()


def declaring(person: str, kind: str = "relative", **changes: Any) -> dict[str, Any]:
    return {"personId": person, "kind": kind, **changes}


async def declared(
    service: Service, agency: str, person: str, kind: str = "relative", *, role: str = "practitioner", number: int = 1,
    purpose: str = "flag-governance", **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    """A declaration as whoever declares it sees it."""
    headers = service.creating(agency, role, purpose, number=number)
    made = await service.http.post(
        "/v1/conflict-declarations", json=declaring(person, kind, **changes), headers=headers
    )
    assert made.status_code == 201, made.text
    return dict(made.json())


async def ended(
    service: Service, agency: str, declaration: dict[str, Any], *, role: str = "dpo-ig", number: int = 1,
    version: int | None = None,
) -> Any:  # fmt: skip
    """End a declaration, unless told otherwise as the agency's data protection officer."""
    headers = service.creating(agency, role, OVERSIGHT, number=number)
    headers["If-Match"] = f'"v{version or declaration["version"]}"'
    path = f"/v1/conflict-declarations/{declaration['id']}/ending"
    return await service.http.post(path, json={"reason": "She moved away."}, headers=headers)


async def raised(service: Service, agency: str, role: str = "practitioner", *, number: int = 1) -> str:
    """The id of an alert about somebody of an agency."""
    user, at = user_id(agency, role, number), service.clock()
    finding = Finding(
        kind=AlertKind.DAY_BUDGET,
        window=Window(at - timedelta(hours=3), at + timedelta(hours=21)),
        people=164,
        asked=12,
        empty=3,
        limit=150,
        events=(EventId(uuid.uuid4()), EventId(uuid.uuid4())),
        agencies=(AgencyCode(agency),),
    )
    account = Account(UserId(user), HumanId(user), AgencyCode(agency), is_team=False)
    alert = raise_alert(AlertId(uuid.uuid4()), finding, account, at)
    async with worker_engine(service.database) as engine, engine.begin() as connection:
        assert (await connection.execute(_RAISE, _raised(alert))).scalar_one() is True
    return str(alert.id)


async def reviewed(
    service: Service, agency: str, alert: str, *, number: int = 1, role: str = "dpo-ig", version: int = 1,
    outcome: str = "explained", reason: str = "The flood.",
) -> Any:  # fmt: skip
    headers = service.creating(agency, role, OVERSIGHT, number=number) | {"If-Match": f'"v{version}"'}
    body = {"outcome": outcome, "reason": reason}
    return await service.http.post(f"/v1/access-alerts/{alert}/review", json=body, headers=headers)


async def forget_alerts(service: Service) -> None:
    """Leave no declaration, alert, budget or mark behind: other tests act as the same people."""
    admin = await service.database.as_admin()
    tables = ("conflict_declarations", "access_alerts", "access_budgets", "access_watch")
    await admin.execute(f"TRUNCATE {', '.join(f'rhannu.{table}' for table in tables)} CASCADE")
    await admin.close()
