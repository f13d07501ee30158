"""What the background process does for access alerts: it weighs fresh events of one account at a time, and it chases.

Filing marks whose events are fresh in the transaction that files them, so that none is missed; the mark goes in the
transaction that raises what was found, so that a worker killed between them weighs again and finds it raised already.
An account is weighed some minutes after its first fresh event, however many follow, over at most `_MOST_LOOKS` of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Row, Text, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.access import Purpose
from domain.alert_windows import LOOKS, WEEK, AlertKind, Budget, Look, Window, weigh
from domain.alerts import DEFAULT_BUDGET, AccessAlert, Account, duties_of_alert, raise_alert
from domain.audit_actions import AuditAction
from domain.conflicts import CONFLICT, OWN_HOME
from domain.duties import next_moment
from domain.ids import AgencyCode, AlertId, EventId, HumanId, UserId
from services.core.chasing import put_before
from services.core.codec import from_document, to_document
from services.core.unit_of_work import new_event_id
from services.db.models.alerts import access_alert_chases, access_alerts, access_budgets, access_watch

_MOST_LOOKS = 10_000
"""Events of one account that are weighed at most, the newest: beyond that every budget is long exceeded."""

_ACCOUNT = text("SELECT id, owner_agency, human_id, is_team FROM rhannu.users WHERE id = :user")
_CIRCLE = text("SELECT own_circle FROM rhannu.own_circle(:human, :kinds, :at)").bindparams(
    bindparam("kinds", type_=ARRAY(Text))
)
_LOOKS = text(
    """
    SELECT e.event_id, e.occurred_at, e.agency, string_to_array(e.action, '+') AS actions, e.outcome, e.purpose,
        b.said ->> 'reason' AS reason, string_to_array(b.said ->> 'roles', ',') AS roles,
        ARRAY(SELECT DISTINCT coalesce(r.person_id, s.subject::uuid)
            FROM jsonb_array_elements_text(b.said -> 'subjects') s(subject)
            LEFT JOIN rhannu.person_records r ON r.id = s.subject::uuid) AS people,
        CASE WHEN :check = ANY (string_to_array(e.action, '+')) THEN e.event_id ELSE (
            SELECT substring(c.reference FROM 7)::uuid FROM jsonb_array_elements_text(b.said -> 'records') c(reference)
            WHERE c.reference ~ '^check:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' LIMIT 1) END AS check_id
    FROM audit.event e CROSS JOIN LATERAL (SELECT e.body::jsonb AS said OFFSET 0) b
    WHERE e.user_id = :user AND e.occurred_at > :since
        AND (string_to_array(e.action, '+') && :looks OR b.said ->> 'reason' = :conflict)
        AND NOT (:is_team AND e.purpose = :scheduled)
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT :most
    """
).bindparams(bindparam("looks", type_=ARRAY(Text)), bindparam("check", type_=Text))
_RAISE = text(
    "SELECT rhannu.raise_access_alert(:alert, :agency, :kind, :user, :starts, :ends, :chase, :document, :event, :at)"
).bindparams(bindparam("document", type_=JSONB))


async def watch_access(engine: AsyncEngine, at: datetime, most: int = 50) -> int:
    """Weigh the access of accounts whose time has come, each in a transaction of its own; give how many."""
    for weighed in range(most):
        async with engine.begin() as connection:
            if not await _weigh_next(connection, at):
                return weighed
    return most


async def _weigh_next(connection: AsyncConnection, at: datetime) -> bool:
    """Take one account that another worker has not taken; False where none is due."""
    columns = access_watch.c
    due = select(access_watch).where(columns.due_at <= at).order_by(columns.due_at, columns.user_id).limit(1)
    marked = (await connection.execute(due.with_for_update(skip_locked=True))).one_or_none()
    if marked is None:
        return False
    row = (await connection.execute(_ACCOUNT, {"user": marked.user_id})).one_or_none()
    if row is not None:
        account = Account(UserId(row.id), HumanId(row.human_id), AgencyCode(row.owner_agency), row.is_team)
        await _weigh(connection, account, marked.from_at - WEEK, at)
    await connection.execute(delete(access_watch).where(columns.user_id == marked.user_id))
    return True


async def _weigh(connection: AsyncConnection, account: Account, since: datetime, at: datetime) -> None:
    looks = await _looks(connection, account, since, at)
    told = await _told(connection, account, since)
    for finding in weigh(looks, await _budget(connection, account.agency), told):
        alert = raise_alert(AlertId(uuid4()), finding, account, at)
        await connection.execute(_RAISE, _raised(alert))


def _raised(alert: AccessAlert) -> dict[str, Any]:
    return {
        "alert": alert.id,
        "agency": alert.owner_agency,
        "kind": alert.kind.value,
        "user": alert.user,
        "starts": alert.window.start,
        "ends": alert.window.end,
        "chase": next_moment((duty.clock for duty in duties_of_alert(alert)), None),
        "document": to_document(alert),
        "event": new_event_id(),
        "at": alert.raised_at,
    }


async def _looks(connection: AsyncConnection, account: Account, since: datetime, at: datetime) -> Sequence[Look]:
    """Read what an account looked at.

    Scheduled checks for a team are made by its machine and nobody looks: what is then shown to somebody is an event of
    its own. A human who gives that purpose looks, and is counted.
    """
    close = await connection.execute(_CIRCLE, {"human": account.human, "kinds": list(OWN_HOME), "at": at})
    circle = frozenset[UUID](close.scalars())
    values = {
        "user": account.user,
        "since": since,
        "looks": sorted(action.value for action in LOOKS),
        "check": AuditAction.FLAG_CHECKED.value,
        "conflict": CONFLICT,
        "is_team": account.is_team,
        "scheduled": Purpose.SCHEDULED_CHECK.value,
        "most": _MOST_LOOKS,
    }
    rows = (await connection.execute(_LOOKS, values)).all()
    return [replace(look, is_own_circle=not circle.isdisjoint(look.people)) for look in map(_look, rows)]


def _look(row: Row[Any]) -> Look:
    return Look(
        event=EventId(row.event_id),
        at=row.occurred_at,
        agency=AgencyCode(row.agency),
        actions=frozenset(row.actions),
        outcome=row.outcome,
        reason=row.reason or "",
        purpose=row.purpose,
        roles=frozenset(row.roles or ()),
        people=frozenset(row.people),
        check=row.check_id,
    )


async def _told(connection: AsyncConnection, account: Account, since: datetime) -> dict[AlertKind, list[Window]]:
    columns = access_alerts.c
    query = select(columns.kind, columns.window_start, columns.window_end)
    query = query.where(columns.user_id == account.user, columns.window_end > since)
    told: dict[AlertKind, list[Window]] = {}
    for row in await connection.execute(query):
        told.setdefault(AlertKind(row.kind), []).append(Window(row.window_start, row.window_end))
    return told


async def _budget(connection: AsyncConnection, agency: AgencyCode) -> Budget:
    columns = access_budgets.c
    newest = select(columns.daily, columns.weekly).where(columns.owner_agency == agency)
    row = (await connection.execute(newest.order_by(columns.version.desc()).limit(1))).one_or_none()
    return DEFAULT_BUDGET if row is None else Budget(row.daily, row.weekly)


async def chase_alerts(engine: AsyncEngine, at: datetime, most: int = 100) -> int:
    """Put reviews that are late before those who hear of it; give how many alerts were looked at."""
    columns = access_alerts.c
    due = select(columns.id, columns.content).where(columns.chase_at <= at).order_by(columns.chase_at).limit(most)
    async with engine.begin() as connection:
        rows = (await connection.execute(due.with_for_update(key_share=True, skip_locked=True))).all()
        for row in rows:
            alert = from_document(AccessAlert, row.content)
            duties = duties_of_alert(alert)
            thing = {"alert_id": alert.id, "owner_agency": alert.owner_agency}
            await put_before(connection, access_alert_chases, [(thing, duty) for duty in duties], at)
            following = next_moment((duty.clock for duty in duties), at)
            await connection.execute(update(access_alerts).where(columns.id == row.id).values(chase_at=following))
    return len(rows)
