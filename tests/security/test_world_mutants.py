"""Each rule of visibility, weakened one at a time in the database, is noticed by the worlds (`test_worlds`).

A mutant changes one passage of a function or one row policy. If no world disagrees with it, either the rule is not
needed or nobody would notice its loss.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from domain.dates import local_date
from services.db.bootstrap import dsn
from tests.factories.flags import registered
from tests.factories.numbers import nhs_number
from tests.fixtures.service import Service
from tests.security import worlds
from tests.security.test_worlds import run_world
from tests.security.worlds import CODES

MOST_WORLDS = 60
TIER = (
    "rhannu.flag_tier(text, text, text[], boolean, date, boolean, boolean, text[], boolean, text, text[], boolean, "
    "date, boolean)"
)
GIVERS = "rhannu.givers(text, text, timestamp with time zone)"
LAY = "rhannu.lay_lanes(uuid, timestamp with time zone)"
PRECAUTIONS = "rhannu.flag_precautions(uuid[], boolean, timestamp with time zone)"
CHECK = (
    "rhannu.flag_checks(text[], bytea[], uuid[], text[], boolean[], date[], timestamp with time zone[], integer[], "
    "integer[], uuid[], integer[], integer[], uuid[], boolean[], integer[], uuid[], integer[], integer[], text[], "
    "integer[], integer[], text[], text[], text)"
)


@dataclass(frozen=True)
class Mutant:
    """What is weakened, where, and how."""

    name: str
    function: str
    before: str
    after: str


MUTANTS = (
    Mutant("a reserved category is open to every role", TIER, "(NOT (reserved_for && viewer_roles))", "false"),
    Mutant("a reserved category rings for whatever purpose", TIER, "AND is_alerted AND is_alerting) THEN", "AND is_alerting) THEN"),
    Mutant("a reserved category never rings", TIER, "((state = 'active'::text) AND is_alerted AND is_alerting)", "false"),
    Mutant("partners read as the owner does", TIER, "(owner = viewer)", "true"),
    Mutant("the owner is treated like a partner", TIER, "(owner = viewer)", "false"),
    Mutant("a provisional marker is told", TIER, "((state = 'provisional'::text) OR is_legacy)", "is_legacy"),
    Mutant("an unreviewed old warning is told", TIER, "((state = 'provisional'::text) OR is_legacy)", "(state = 'provisional'::text)"),
    Mutant("nobody needs to be named", TIER, "(recipients && ARRAY['*'::text, viewer])", "true"),
    Mutant("all partners are no recipients", TIER, "ARRAY['*'::text, viewer]", "ARRAY[viewer]"),
    Mutant("no protocol is needed", TIER, "WHEN has_lane THEN", "WHEN true THEN"),
    Mutant("without a protocol a grave warning falls silent", TIER, "WHEN is_alerting THEN 'exists'::text ELSE NULL::text END WHEN", "WHEN false THEN 'exists'::text ELSE NULL::text END WHEN"),
    Mutant("a restricted flag is told", TIER, "((NOT restricted) AND", "(true AND"),
    Mutant("an overdue flag is told to newcomers", TIER, "((review_on >= (today - 28)) OR is_holder)", "true"),
    Mutant("the grace is a day longer", TIER, "(today - 28)", "(today - 29)"),
    Mutant("the grace is a day shorter", TIER, "(today - 28)", "(today - 27)"),
    Mutant("whoever holds an overdue flag loses it", TIER, "OR is_holder)", "OR false)"),
    Mutant("strangers are told to ring for whatever purpose", TIER, "WHEN (is_alerted AND is_alerting) THEN", "WHEN is_alerting THEN"),
    Mutant("strangers are told to ring about everything", TIER, "WHEN (is_alerted AND is_alerting) THEN", "WHEN is_alerted THEN"),
    Mutant("strangers are never told to ring", TIER, "WHEN (is_alerted AND is_alerting) THEN", "WHEN false THEN"),
    Mutant("the purpose of a flow does not count", GIVERS, "AND s.purpose = wanted", ""),
    Mutant("the item of a flow does not count", GIVERS, "AND s.item = 'risk-and-precautions'", ""),
    Mutant("a flow outlives its protocol", GIVERS, "AND s.spans @> at", ""),
    Mutant("any agency's flows are everybody's", GIVERS, "s.recipient_agency = viewer", "true"),
    Mutant("a draft already flows", LAY, "s.state IN ('in-force', 'under-review')", "s.state <> 'ended'"),
    Mutant("a review stops what flows", LAY, "s.state IN ('in-force', 'under-review')", "s.state = 'in-force'"),
    Mutant("givers need not sign", LAY, "AND giver IN (SELECT", "AND giver IN (SELECT giver UNION SELECT"),
    Mutant("recipients need not sign", LAY, "AND recipient IN (SELECT", "AND recipient IN (SELECT recipient UNION SELECT"),
    Mutant("a protocol never lapses", LAY, "coalesce((s.runs_until + 1)::timestamp AT TIME ZONE 'Europe/London', 'infinity')", "'infinity'"),
    Mutant("a protocol lapses a day early", LAY, "(s.runs_until + 1)", "(s.runs_until + 0)"),
    Mutant("the check forgets the lanes", CHECK, "f.owner_agency = ANY (a.givers)", "true"),
    Mutant("the door forgets the lanes", PRECAUTIONS, "f.owner_agency = ANY (my_givers)", "true"),
    Mutant("the check forgets who holds", CHECK, "r.agency = a.agency)", "true)"),
    Mutant("the door opens to every role", PRECAUTIONS, "access.agency_for('flags', 'read')", "access.agency()"),
)  # fmt: skip
POLICIES = (
    ("rhannu.flags", "CREATE POLICY mutant ON rhannu.flags FOR SELECT TO rhannu_app USING (true)"),
    ("rhannu.flow_lanes", "CREATE POLICY mutant ON rhannu.flow_lanes FOR SELECT TO rhannu_app USING (true)"),
)


@pytest.fixture
async def looks(service: Service) -> AsyncIterator["Looks"]:
    await worlds.found(service)
    number = nhs_number()
    records = {code: await registered(service, code, nhsNumber=number) for code in CODES}
    app = await asyncpg.connect(dsn(service.database.doors.app))
    yield Looks(service, app, records)
    await app.close()


@dataclass(frozen=True)
class Looks:
    """Looks at worlds until one disagrees."""

    service: Service
    app: "asyncpg.Connection[asyncpg.Record]"
    records: dict[str, str]

    async def notice(self, most: int = MOST_WORLDS) -> int | None:
        """Give the number of the first world that disagrees; None where all agree."""
        today = local_date(self.service.clock())
        for seed in range(most):
            try:
                await run_world(self.service, self.app, seed, self.records, today, 4)
            except AssertionError:
                return seed
        return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
async def test_a_weakened_rule_is_noticed(looks: Looks, mutant: Mutant) -> None:
    admin = await looks.service.database.as_admin()
    whole = await admin.fetchval("SELECT pg_get_functiondef($1::text::regprocedure)", mutant.function)
    assert mutant.before in whole, "the rule has changed: so must its mutant"
    try:
        await admin.execute(whole.replace(mutant.before, mutant.after, 1))
        assert await looks.notice() is not None, mutant.name
    finally:
        await admin.execute(whole)
        await admin.close()


@pytest.mark.parametrize(("table", "policy"), POLICIES, ids=[table for table, _ in POLICIES])
async def test_a_widened_row_policy_is_noticed(looks: Looks, table: str, policy: str) -> None:
    admin = await looks.service.database.as_admin()
    try:
        await admin.execute(policy)
        assert await looks.notice() is not None
    finally:
        await admin.execute(f"DROP POLICY IF EXISTS mutant ON {table}")
        await admin.close()


async def test_without_a_mutant_the_same_worlds_agree(looks: Looks) -> None:
    assert await looks.notice(20) is None
