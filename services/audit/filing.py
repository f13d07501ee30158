"""Filing the trail: events from the queue into their month, their people into the index, recipients into the ledger.

One statement in one transaction, so that a worker killed at any point has either done all of it or nothing, and
one worker at a time, whoever holds the lock. The sealing of events into a Merkle log will come before the delete.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.alert_windows import LOOKS
from domain.alerts import WEIGHED_AFTER
from domain.audit import GIVES_FLAGS, SHOWS_FLAGS
from domain.audit_actions import AuditAction
from domain.conflicts import CONFLICT
from domain.flag_imports import LAPSES_AFTER
from services.core.unit_of_work import new_event_id
from services.flags import tell_late_holders

KEYS_LIVE = timedelta(hours=48)

_LEADER = text("SELECT pg_try_advisory_xact_lock(7263115824019)")
_FILE = text(
    """
    WITH moved AS (
        DELETE FROM audit.pending WHERE event_id = ANY (ARRAY(
            SELECT p.event_id FROM audit.pending p ORDER BY p.event_id LIMIT :most))
        RETURNING event_id, occurred_at, body
    ), parsed AS MATERIALIZED (
        SELECT m.event_id, m.occurred_at, m.body, m.body::jsonb AS said FROM moved m
    ), filed AS (
        INSERT INTO audit.event (event_id, occurred_at, agency, user_id, action, outcome, purpose, owners, body)
        SELECT p.event_id, p.occurred_at, p.said ->> 'agency', (p.said ->> 'user')::uuid, p.said ->> 'action',
            p.said ->> 'outcome', p.said ->> 'purpose', ARRAY(SELECT jsonb_array_elements_text(p.said -> 'owners')),
            p.body
        FROM parsed p
    ), indexed AS (
        INSERT INTO audit.subject (subject, occurred_at, event_id)
        SELECT DISTINCT s.subject::uuid, p.occurred_at, p.event_id
        FROM parsed p, jsonb_array_elements_text(p.said -> 'subjects') s(subject)
            WHERE s.subject IS NOT NULL
    ), watched AS (
        INSERT INTO rhannu.access_watch AS w (user_id, from_at, due_at)
        SELECT (p.said ->> 'user')::uuid, min(p.occurred_at), CAST(:weigh_at AS timestamptz) FROM parsed p
        WHERE string_to_array(p.said ->> 'action', '+') && :looks OR p.said ->> 'reason' = :conflict GROUP BY 1
        ON CONFLICT (user_id) DO UPDATE SET from_at = least(w.from_at, excluded.from_at)
    ), given AS (
        SELECT split_part(r.reference, ':', 2)::uuid AS flag_id, split_part(r.reference, ':', 3)::int AS flag_version,
            p.said ->> 'agency' AS agency, p.occurred_at AS at, p.event_id AS event,
            string_to_array(p.said ->> 'action', '+') AS actions
        FROM parsed p, jsonb_array_elements_text(p.said -> 'records') r(reference)
        WHERE p.said ->> 'outcome' = 'ok' AND string_to_array(p.said ->> 'action', '+') && :gives
            AND r.reference ~ '^flag:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9][0-9]{0,8}$'
    ), folded AS (
        SELECT g.flag_id, g.flag_version, g.agency, f.owner_agency,
            min(g.at) AS matched_at, (array_agg(g.event ORDER BY g.at, g.event))[1] AS matched_event,
            min(g.at) FILTER (WHERE g.actions && :shows) AS displayed_at,
            (array_agg(g.event ORDER BY g.at, g.event) FILTER (WHERE g.actions && :shows))[1] AS displayed_event,
            min(g.at) FILTER (WHERE g.actions && :acknowledges) AS acknowledged_at,
            (array_agg(g.event ORDER BY g.at, g.event) FILTER (WHERE g.actions && :acknowledges))[1]
                AS acknowledged_event
        FROM given g JOIN rhannu.flags f ON f.id = g.flag_id AND f.owner_agency <> g.agency
        GROUP BY g.flag_id, g.flag_version, g.agency, f.owner_agency
    ), ledger AS (
        INSERT INTO rhannu.flag_recipients AS held (flag_id, flag_version, agency, owner_agency, matched_at,
            matched_event, displayed_at, displayed_event, acknowledged_at, acknowledged_event)
        SELECT flag_id, flag_version, agency, owner_agency, matched_at, matched_event, displayed_at, displayed_event,
            acknowledged_at, acknowledged_event FROM folded
        ON CONFLICT (flag_id, flag_version, agency) DO UPDATE SET
            matched_event = CASE WHEN excluded.matched_at < held.matched_at
                THEN excluded.matched_event ELSE held.matched_event END,
            matched_at = least(held.matched_at, excluded.matched_at),
            displayed_event = CASE WHEN held.displayed_at IS NULL OR excluded.displayed_at < held.displayed_at
                THEN excluded.displayed_event ELSE held.displayed_event END,
            displayed_at = least(held.displayed_at, excluded.displayed_at),
            acknowledged_event = CASE WHEN held.acknowledged_at IS NULL
                OR excluded.acknowledged_at < held.acknowledged_at
                THEN excluded.acknowledged_event ELSE held.acknowledged_event END,
            acknowledged_at = least(held.acknowledged_at, excluded.acknowledged_at)
        RETURNING held.flag_id, held.xmax = 0 AS is_new
    )
    SELECT (SELECT count(*) FROM moved) AS filed, ARRAY(SELECT DISTINCT l.flag_id FROM ledger l WHERE l.is_new) AS flags
    """
).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("gives", "shows", "acknowledges", "looks")))
_MONTHS = text("SELECT audit.ensure_month((now() + n * interval '1 month')::date) FROM generate_series(0, 3) n")
_ERASE = text("SELECT audit.erase_due(:event, :most)")
_ERASE_IMPORTS = text("SELECT rhannu.erase_lapsed_imports(:event, :before)")
_FORGET_KEYS = text("DELETE FROM rhannu.idempotency_keys WHERE created_at < :before")

_ACTIONS = {
    "gives": sorted(action.value for action in GIVES_FLAGS),
    "shows": sorted(action.value for action in SHOWS_FLAGS),
    "acknowledges": [AuditAction.CHECK_ACKNOWLEDGED.value],
    "looks": sorted(action.value for action in LOOKS),
    "conflict": CONFLICT,
}


async def file_events(engine: AsyncEngine, limit: int = 2000, now: datetime | None = None) -> int:
    """File the oldest waiting events; give how many, 0 also while another worker files.

    Whoever turns out to have received an older version of a flag than stands today is told in the same transaction of
    what has changed since: whether the check was filed before the change or after it, no holder is lost (F-15). Whoever
    looked at people is marked, so that their access is weighed.
    """
    async with engine.begin() as connection:
        if not (await connection.execute(_LEADER)).scalar_one():
            return 0
        at = now or datetime.now(UTC)
        values = {"most": limit, "weigh_at": at + WEIGHED_AFTER, **_ACTIONS}
        done = (await connection.execute(_FILE, values)).one()
        if done.flags:
            await tell_late_holders(connection, done.flags, at)
        return int(done.filed)


async def ensure_months(engine: AsyncEngine) -> None:
    """Make the partitions of this month and the next three, where they are missing."""
    async with engine.begin() as connection:
        await connection.execute(_MONTHS)


async def erase_due_details(engine: AsyncEngine, limit: int = 1000) -> int:
    """Erase details whose time has come, with an event that says so; give how many."""
    async with engine.begin() as connection:
        return int((await connection.execute(_ERASE, {"event": new_event_id(), "most": limit})).scalar_one())


async def erase_lapsed_imports(engine: AsyncEngine, now: datetime | None = None) -> int:
    """Erase what imports that were left lying hold of people in waiting, with an event that says so; give how many."""
    before = (now or datetime.now(UTC)) - LAPSES_AFTER
    async with engine.begin() as connection:
        return int((await connection.execute(_ERASE_IMPORTS, {"event": new_event_id(), "before": before})).scalar_one())


async def forget_old_keys(engine: AsyncEngine, now: datetime | None = None) -> int:
    """Delete idempotency keys older than 48 hours, after which a retry is a new request."""
    async with engine.begin() as connection:
        gone = await connection.execute(_FORGET_KEYS, {"before": (now or datetime.now(UTC)) - KEYS_LIVE})
        return gone.rowcount
