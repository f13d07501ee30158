"""Role by table by command, in raw SQL as the application's role, against what the table of the rules allows.

The oracle is written here, apart from the policies: which permissions read and which write each kind of record, what
the application may do to each table at all, and that nobody ever sees or touches another agency's rows, be they named
as its recipient or not. `domain/access.py` says which roles carry those permissions.
"""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import asyncpg
import pytest

from domain.access import Permission, Role, roles_with
from domain.ids import AgencyCode
from services.core.caller import Caller
from tests.fixtures.database import Database
from tests.fixtures.service import user_id
from tests.security.catalogue import EITHER_ADDS, TWO_SIDED
from tests.security.crowd import MINE, OPEN, THEIRS, UNRELATED, caller, fill, identity, signed

Connection = asyncpg.Connection
P = Permission


@dataclass(frozen=True)
class Kind:
    """Permissions whose use cases read a kind of record, and those among them whose use cases write it."""

    reads: frozenset[Permission]
    writes: frozenset[Permission]


_RECORD = frozenset({P.PERSON_REGISTER, P.PERSON_AMEND, P.LINK_RECORD, P.IMPORT_PREPARE})
_IMPORT = frozenset({P.IMPORT_PREPARE, P.IMPORT_APPROVE})
_INCIDENT = frozenset({P.INCIDENT_RECORD, P.INCIDENT_AMEND})
_STEPS = frozenset(
    {
        P.FLAG_PROPOSE,
        P.FLAG_DECIDE,
        P.FLAG_REVIEW,
        P.FLAG_REMOVE,
        P.FLAG_CORRECT,
        P.FLAG_CONTEST,
        P.FLAG_MARK,
        P.FLAG_NOTIFY,
        P.FLAG_ADULT_SEEN,
        P.FLAG_CARER,
        P.IMPORT_PREPARE,
    }
)
_SHARING = frozenset({P.REQUEST_ASK, P.REQUEST_HANDLE, P.REQUEST_DECIDE, P.NOT_SHARING_RECORD, P.NOT_SHARING_ANSWER})
_OVERSIGHT = frozenset({P.BREAK_GLASS_OVERSEE, P.BREAK_GLASS_REVIEW})
_CONFLICTS = frozenset({P.CONFLICT_DECLARE, P.CONFLICT_END})
_ALERTS = frozenset({P.ALERT_REVIEW, P.BUDGET_SET})
_OVERRIDING = frozenset({P.REQUEST_DECIDE, P.FLAG_DECIDE, P.FLAG_REVIEW})
_REGISTER = frozenset({P.REGISTER_MANAGE, P.REGISTER_SUSPEND, P.REGISTER_CONFIRM, P.REGISTER_AGENCIES})
KINDS = {
    "persons": Kind(
        _RECORD | _INCIDENT
        | {P.PERSON_READ, P.PERSON_SEARCH, P.FLAG_PROPOSE, P.FLAG_READ, P.CHECK_RESOLVE, P.SUMMARY_READ, P.FLAG_MARK},
        _RECORD,
    ),
    "incidents": Kind(_INCIDENT | {P.INCIDENT_READ, P.FLAG_PROPOSE, P.FLAG_DECIDE, P.SUMMARY_READ}, _INCIDENT),
    "inbox": Kind(frozenset({P.INBOX_READ, P.INBOX_ACKNOWLEDGE}), frozenset({P.INBOX_ACKNOWLEDGE})),
    "flags": Kind(_STEPS | {P.FLAG_READ, P.FLAG_RECIPIENTS, P.FLAG_DUTIES}, _STEPS),
    "checks": Kind(frozenset({P.CHECK_RESOLVE}), frozenset({P.CHECK_RESOLVE})),
    "corroborations": Kind(frozenset({P.FLAG_CORROBORATE}), frozenset({P.FLAG_CORROBORATE})),
    "register": Kind(_REGISTER | {P.REGISTER_READ}, _REGISTER),
    "links": Kind(frozenset({P.LINK_REVIEW}), frozenset({P.LINK_REVIEW})),
    "imports": Kind(_IMPORT | {P.IMPORT_READ}, _IMPORT),
    "import_rows": Kind(_IMPORT | {P.IMPORT_READ}, frozenset({P.IMPORT_PREPARE})),
    "sharing": Kind(_SHARING | {P.REQUEST_READ, P.NOT_SHARING_READ}, _SHARING),
    "protocols": Kind(frozenset({P.PROTOCOL_READ, P.PROTOCOL_KEEP}), frozenset({P.PROTOCOL_KEEP})),
    "protocol_signatures": Kind(frozenset({P.PROTOCOL_READ, P.PROTOCOL_SIGN}), frozenset({P.PROTOCOL_SIGN})),
    "break_glass": Kind(
        frozenset({P.BREAK_GLASS_OPEN, P.BREAK_GLASS_READ, P.BREAK_GLASS_REVIEW}), frozenset({P.BREAK_GLASS_REVIEW})
    ),
    "break_glass_opening": Kind(frozenset({P.BREAK_GLASS_OPEN}), frozenset({P.BREAK_GLASS_OPEN})),
    "break_glass_oversight": Kind(_OVERSIGHT, _OVERSIGHT),
    "conflicts": Kind(_CONFLICTS | {P.CONFLICT_READ}, _CONFLICTS),
    "alerts": Kind(_ALERTS | {P.ALERT_READ, P.BUDGET_READ}, _ALERTS),
    "confidentiality": Kind(frozenset({P.TERMS_AGREE, P.TERMS_READ}), frozenset({P.TERMS_AGREE})),
    "overrides": Kind(_OVERRIDING | {P.TERMS_READ, P.REQUEST_READ}, _OVERRIDING),
    "restrictions": Kind(frozenset({P.PERSON_RESTRICT}), frozenset({P.PERSON_RESTRICT})),
    "reservations": Kind(_STEPS | {P.FLAG_RESERVE}, frozenset({P.FLAG_RESERVE})),
}  # fmt: skip
TABLES: dict[str, tuple[str | None, set[str]]] = {
    "rhannu.person_records": ("persons", {"add", "change"}),
    "rhannu.person_record_versions": ("persons", {"add"}),
    "rhannu.person_keys": ("persons", {"add", "delete"}),
    "rhannu.person_identifiers": ("persons", {"add", "delete"}),
    "rhannu.person_places": ("persons", {"add", "delete"}),
    "rhannu.relationships": ("persons", {"add", "change"}),
    "rhannu.record_links": ("links", {"change"}),
    "rhannu.record_link_reviews": ("links", {"add"}),
    "rhannu.record_separations": ("links", set()),
    "rhannu.incidents": ("incidents", {"add", "change"}),
    "rhannu.incident_versions": ("incidents", {"add"}),
    "rhannu.flags": ("flags", {"add", "change"}),
    "rhannu.flag_versions": ("flags", {"add"}),
    "rhannu.flag_incidents": ("flags", {"add"}),
    "rhannu.flag_targets": ("flags", set()),
    "rhannu.flag_recipients": ("flags", set()),
    "rhannu.flag_chases": ("flags", set()),
    "rhannu.flag_notices": ("flags", {"add"}),
    "rhannu.notices": ("inbox", {"change"}),
    "rhannu.notice_chases": ("inbox", set()),
    "rhannu.letter_templates": (None, {"add"}),
    "rhannu.check_resolutions": ("checks", {"add"}),
    "rhannu.category_reservations": ("reservations", {"add"}),
    "rhannu.corroborations": ("corroborations", {"add", "change"}),
    "rhannu.corroboration_versions": ("corroborations", {"add"}),
    "rhannu.flag_imports": ("imports", {"add", "change"}),
    "rhannu.flag_import_versions": ("imports", {"add"}),
    "rhannu.flag_import_rows": ("import_rows", {"add", "change"}),
    "rhannu.information_requests": ("sharing", {"add", "change"}),
    "rhannu.information_request_versions": ("sharing", {"add"}),
    "rhannu.information_request_notes": ("sharing", {"add"}),
    "rhannu.information_request_matches": ("sharing", {"add"}),
    "rhannu.disclosures": ("sharing", {"add", "change"}),
    "rhannu.disclosure_versions": ("sharing", {"add"}),
    "rhannu.not_sharing_decisions": ("sharing", {"add", "change"}),
    "rhannu.not_sharing_decision_versions": ("sharing", {"add"}),
    "rhannu.sharing_chases": ("sharing", set()),
    "rhannu.sharing_protocols": ("protocols", {"add", "change"}),
    "rhannu.sharing_protocol_versions": ("protocols", {"add"}),
    "rhannu.protocol_signatures": ("protocol_signatures", {"add", "change"}),
    "rhannu.flow_lanes": ("protocols", set()),
    "rhannu.protocol_chases": ("protocols", set()),
    "rhannu.break_glass_grants": ("break_glass", {"change"}),
    "rhannu.break_glass_chases": ("break_glass", set()),
    "rhannu.break_glass_notices": ("break_glass_oversight", {"change"}),
    "rhannu.break_glass_restorations": ("break_glass_oversight", {"add"}),
    "rhannu.conflict_declarations": ("conflicts", {"add", "change"}),
    "rhannu.conflict_declaration_versions": ("conflicts", {"add"}),
    "rhannu.access_alerts": ("alerts", {"change"}),
    "rhannu.access_alert_versions": ("alerts", {"add"}),
    "rhannu.access_alert_chases": ("alerts", set()),
    "rhannu.access_budgets": ("alerts", {"add"}),
    "rhannu.confidentiality_terms": ("confidentiality", {"add", "change"}),
    "rhannu.confidentiality_term_versions": ("confidentiality", {"add"}),
    "rhannu.confidentiality_overrides": ("overrides", {"add"}),
    "rhannu.person_restrictions": ("restrictions", {"add"}),
    "rhannu.idempotency_keys": (None, {"add", "change"}),
    "rhannu.users": ("register", {"add", "change"}),
    "rhannu.user_roles": ("register", {"add"}),
    "rhannu.clients": ("register", {"add", "change"}),
    "rhannu.register_requests": ("register", {"add"}),
    "rhannu.register_changes": ("register", {"add"}),
    "rhannu.agreements": ("register", set()),
    "rhannu.issuers": (None, set()),
    "rhannu.issuer_versions": (None, set()),
    "rhannu.user_logins": (None, {"add", "change"}),
}
"""Each table that the application reads: its kind of record, None where any role of the agency will do, and what
beside reading the application may do to it. Nothing is ever granted beyond that, to whatever role."""

THROUGH_THE_DOOR = "SELECT visible, precaution FROM rhannu.flag_precautions($1, true, now())"
"""What may be seen of another agency's flags, behind a function that looks across agencies."""

Outcome = str | dict[str, int]
"""Refused, or the number of rows that were seen or touched, by owner."""
REFUSED = "refused"


def reads(role: Role, kind: str | None) -> bool:
    return kind is None or any(role in roles_with(permission) for permission in KINDS[kind].reads)


def writes(role: Role, kind: str | None) -> bool:
    return kind is None or any(role in roles_with(permission) for permission in KINDS[kind].writes)


def expected(table: str, own: dict[str, int], *, reading: bool, writing: bool) -> dict[str, Outcome]:
    """What comes of each attempt on a table by somebody who reads it or not, writes it or not."""
    granted = TABLES[table][1]
    theirs: Outcome = {THEIRS: 1} if writing and table in EITHER_ADDS else REFUSED
    change: Outcome = own if writing else REFUSED if reading else {}
    return {
        "read": own if reading else {},
        "add": {MINE: 1} if writing and "add" in granted else REFUSED,
        "add in another's name": theirs,
        "change": change if "change" in granted else REFUSED,
        "delete": (own if writing else {}) if "delete" in granted else REFUSED,
    }


class Undone(Exception):
    """What was tried is taken back."""


class Attempts:
    """Tries every command on a table, each in a savepoint of its own that is taken back."""

    def __init__(self, connection: Connection, changeable: dict[str, str]) -> None:
        self.connection = connection
        self.changeable = changeable

    async def on(self, table: str) -> dict[str, Outcome]:
        column = self.changeable.get(table, "owner_agency")
        return {
            "read": await self._run(f"SELECT owner_agency FROM {table}"),
            "add": await self._add(table, MINE),
            "add in another's name": await self._add(table, THEIRS),
            "change": await self._run(f"UPDATE {table} SET {column} = {column} RETURNING owner_agency"),
            "delete": await self._run(f"DELETE FROM {table} RETURNING owner_agency"),
        }

    async def _run(self, statement: str) -> Outcome:
        outcome: Outcome = REFUSED
        with suppress(Undone, asyncpg.InsufficientPrivilegeError):
            async with self.connection.transaction():
                owners = [row[0] for row in await self.connection.fetch(statement)]
                outcome = {owner: owners.count(owner) for owner in owners}
                raise Undone
        return outcome

    async def _add(self, table: str, owner: str) -> Outcome:
        outcome: Outcome = REFUSED
        with suppress(Undone, asyncpg.InsufficientPrivilegeError):
            async with self.connection.transaction():
                # A pair that is there already got past the floor, which is asked first.
                with suppress(asyncpg.UniqueViolationError):
                    await fill(self.connection, table, owner, 2)
                outcome = {owner: 1}
                raise Undone
        return outcome


@dataclass(frozen=True)
class Floor:
    """The crowd as seen from a connection of the application's."""

    database: Database
    app: Connection
    own: dict[str, dict[str, int]]
    changeable: dict[str, str]

    async def outcomes(self, *callers: Caller) -> dict[str, dict[str, Outcome]]:
        """Try everything in a transaction that a caller opens, or that nobody does."""
        async with self.app.transaction():
            for who in callers:
                await self.app.fetchval(OPEN, *signed(self.app, who))
            return await self.tried()

    async def tried(self) -> dict[str, dict[str, Outcome]]:
        attempts = Attempts(self.app, self.changeable)
        return {table: await attempts.on(table) for table in TABLES}

    def by(self, may: Callable[[str | None], tuple[bool, bool]]) -> dict[str, dict[str, Outcome]]:
        found: dict[str, dict[str, Outcome]] = {}
        for table, (kind, _) in TABLES.items():
            reading, writing = may(kind)
            found[table] = expected(table, self.own[table], reading=reading, writing=writing)
        return found

    def nothing(self) -> dict[str, dict[str, Outcome]]:
        return self.by(lambda _kind: (False, False))

    def of(self, *roles: Role) -> dict[str, dict[str, Outcome]]:
        return self.by(lambda kind: (any(reads(r, kind) for r in roles), any(writes(r, kind) for r in roles)))


@pytest.fixture
async def floor(crowded: tuple[Database, list[str]]) -> AsyncIterator[Floor]:
    database, tables = crowded
    assert set(tables) == set(TABLES), "a table that the application reads needs its line in the oracle"
    admin = await database.as_admin()
    own = {t: {MINE: await admin.fetchval(f"SELECT count(*) FROM {t} WHERE owner_agency = $1", MINE)} for t in TABLES}
    for table, side in TWO_SIDED.items():
        own[table][THEIRS] = await admin.fetchval(f"SELECT count(*) FROM {table} WHERE {side} = $1", MINE)
    columns = await admin.fetch(
        "SELECT table_schema || '.' || table_name AS name, min(column_name) AS column FROM information_schema.column_privileges "
        "WHERE grantee = 'rhannu_app' AND privilege_type = 'UPDATE' GROUP BY 1"
    )
    await admin.close()
    app = await database.as_role("rhannu_app")
    yield Floor(database, app, own, {row["name"]: row["column"] for row in columns})
    await app.close()


async def test_the_floor_s_table_is_the_rules_table(floor: Floor) -> None:
    admin = await floor.database.as_admin()
    rows = await admin.fetch("SELECT kind, role, writes FROM access.reach")
    await admin.close()
    wanted = {(kind, role.value, writes(role, kind)) for kind in KINDS for role in Role if reads(role, kind)}
    assert {tuple(row) for row in rows} == wanted, "write a revision that brings access.reach up to domain/access.py"
    assert all(kind.writes <= kind.reads for kind in KINDS.values())


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reads_and_changes_what_it_works_with_and_its_own_agency_s_alone(
    floor: Floor, role: Role
) -> None:
    assert await floor.outcomes(caller(role)) == floor.of(role)


async def test_the_oracle_tells_roles_apart(floor: Floor) -> None:
    assert floor.of(Role.AUDITOR) == floor.of(Role.SYSTEM_CLIENT)
    assert floor.of(Role.AUDITOR)["rhannu.user_roles"]["read"] == {}
    assert floor.of(Role.AGENCY_ADMINISTRATOR)["rhannu.user_roles"]["add"] == {MINE: 1}
    assert floor.of(Role.SAFEGUARDING_LEAD)["rhannu.user_roles"]["add"] == REFUSED
    assert floor.of(Role.AUDITOR)["rhannu.person_records"]["read"] == {}
    assert floor.of(Role.DPO_IG)["rhannu.incidents"]["read"] == {}
    assert floor.of(Role.DUTY_DESK)["rhannu.person_records"]["change"] == REFUSED
    assert floor.of(Role.PRACTITIONER)["rhannu.person_records"]["change"] == {MINE: 1}


async def test_without_a_context_there_is_nothing(floor: Floor) -> None:
    assert await floor.tried() == floor.nothing()


async def test_several_roles_reach_together_what_each_reaches(floor: Floor) -> None:
    admin = await floor.database.as_admin()
    both = (Role.AGENCY_ADMINISTRATOR, Role.DUTY_DESK)
    user = user_id(MINE, both[0].value)
    await admin.execute("INSERT INTO rhannu.user_roles VALUES ($1, $2, $3, '2021-01-01')", user, MINE, both[1].value)
    try:
        outcomes = await floor.outcomes(caller(both[0]))
    finally:
        await admin.execute("DELETE FROM rhannu.user_roles WHERE valid_from = '2021-01-01'")
        await admin.close()
    wanted = floor.of(*both)
    wanted["rhannu.user_roles"]["read"] = {MINE: floor.own["rhannu.user_roles"][MINE] + 1}
    assert outcomes == wanted


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.SAFEGUARDING_LEAD, Role.FLAG_DECISION_MAKER, Role.DPO_IG])
async def test_an_unrelated_agency_sees_and_touches_nothing_of_ours(floor: Floor, role: Role) -> None:
    outcomes = await floor.outcomes(caller(role, UNRELATED))
    for table, (kind, _) in TABLES.items():
        seen = outcomes[table]
        assert seen["add"] == seen["add in another's name"] == REFUSED, table
        touched = [owner for tried in ("read", "change", "delete") for owner in seen[tried] if seen[tried] != REFUSED]
        assert set(touched) <= ({UNRELATED} if kind is None else set()), table


async def test_who_acts_for_another_agency_sees_that_one_s_rows_and_not_their_own(floor: Floor) -> None:
    admin = await floor.database.as_admin()
    system, user = f"{MINE}-system", user_id(MINE, "practitioner")
    await admin.execute("UPDATE rhannu.clients SET acting_for = $2 WHERE id = $1", system, [THEIRS])
    await admin.execute("INSERT INTO rhannu.user_roles VALUES ($1, $2, 'practitioner', '2021-01-01')", user, THEIRS)
    try:
        outcomes = await floor.outcomes(replace(caller(Role.PRACTITIONER), agency=AgencyCode(THEIRS)))
    finally:
        await admin.execute("UPDATE rhannu.clients SET acting_for = '{}' WHERE id = $1", system)
        await admin.execute("DELETE FROM rhannu.user_roles WHERE valid_from = '2021-01-01'")
        await admin.close()
    for table, (kind, _) in TABLES.items():
        if kind in {"persons", "incidents", "flags"}:
            assert outcomes[table]["read"] == {THEIRS: 1}, table
            assert outcomes[table]["add"] == REFUSED, table


STOPPED = {
    "user": ("UPDATE rhannu.users SET suspended_at = {} WHERE id = $1", "now()"),
    "human": ("UPDATE rhannu.humans SET suspended_at = {} WHERE id = $1", "now()"),
    "user who left": ("UPDATE rhannu.users SET left_at = {} WHERE id = $1", "now() - interval '1 minute'"),
    "role": ("UPDATE rhannu.user_roles SET valid_to = {} WHERE user_id = $1", "now() - interval '1 minute'"),
    "client": (f"UPDATE rhannu.clients SET suspended_at = {{}} WHERE id = '{MINE}-system' AND $1::uuid IS NOT NULL", "now()"),
    "agency": (f"UPDATE rhannu.agencies SET suspended_at = {{}} WHERE code = '{MINE}' AND $1::uuid IS NOT NULL", "now()"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(STOPPED))
async def test_who_is_suspended_or_gone_has_nothing_in_the_next_transaction(floor: Floor, what: str) -> None:
    statement, stopped = STOPPED[what]
    user = user_id(MINE, "safeguarding-lead")
    admin = await floor.database.as_admin()
    try:
        assert await floor.outcomes(caller(Role.SAFEGUARDING_LEAD)) != floor.nothing()
        await admin.execute(statement.format(stopped), user)
        assert await floor.outcomes(caller(Role.SAFEGUARDING_LEAD)) == floor.nothing()
    finally:
        await admin.execute(statement.format("NULL"), user)
        await admin.close()


def _forged(held: str, seal: str) -> Sequence[tuple[str, str]]:
    """The same context with another role, with another agency, and sealed by nobody."""
    return [
        (held.replace("|auditor|", "|safeguarding-lead|"), seal),
        (held.replace(f"|{MINE}|", f"|{THEIRS}|"), seal),
        (held, "00" * 32),
        (held, ""),
    ]


async def test_a_context_that_was_altered_to_a_better_role_is_none(floor: Floor) -> None:
    async with floor.app.transaction():
        await floor.app.fetchval(OPEN, *signed(floor.app, caller(Role.AUDITOR)))
        held = await floor.app.fetchval("SELECT current_setting('rhannu.context')")
        seal = await floor.app.fetchval("SELECT current_setting('rhannu.context_signature')")
        for text, signature in _forged(held, seal):
            assert (text, signature) != (held, seal)
            await floor.app.execute(
                "SELECT set_config('rhannu.context', $1, true), set_config('rhannu.context_signature', $2, true)",
                text, signature,
            )  # fmt: skip
            assert await floor.tried() == floor.nothing()


async def test_a_context_that_nobody_signed_opens_nothing(floor: Floor) -> None:
    async with floor.app.transaction():
        forged = signed(floor.app, caller(Role.SAFEGUARDING_LEAD), b"another key")
        assert await floor.app.fetchval(OPEN, *forged) == 0
        assert await floor.tried() == floor.nothing()


async def test_a_named_recipient_gets_the_precaution_through_its_one_door_and_never_the_row(floor: Floor) -> None:
    flag = identity("rhannu.flags", THEIRS)
    admin = await floor.database.as_admin()
    told = json.dumps({"sentence": uuid.uuid4().hex})
    await admin.execute("UPDATE rhannu.flags SET precaution = $2 WHERE id = $1", flag, told[1:-1])
    await admin.close()
    seen: dict[str, list[tuple[bool, str | None]]] = {}
    for agency in (THEIRS, MINE, UNRELATED):
        async with floor.app.transaction():
            await floor.app.fetchval(OPEN, *signed(floor.app, caller(Role.PRACTITIONER, agency)))
            seen[agency] = [tuple(row) for row in await floor.app.fetch(THROUGH_THE_DOOR, [flag])]
            own = [flag] if agency == THEIRS else []
            rows = await floor.app.fetch("SELECT id FROM rhannu.flags WHERE id = $1", flag)
            ledger = await floor.app.fetch("SELECT flag_id FROM rhannu.flag_recipients WHERE flag_id = $1", flag)
            assert ([row[0] for row in rows], [row[0] for row in ledger]) == (own, own), agency
    assert seen == {THEIRS: [(True, told)], MINE: [(True, told)], UNRELATED: []}


@pytest.mark.parametrize("role", [None, *Role])
async def test_the_door_opens_for_roles_that_work_with_flags(floor: Floor, role: Role | None) -> None:
    flag = identity("rhannu.flags", THEIRS)
    is_open = False
    with suppress(asyncpg.InsufficientPrivilegeError):
        async with floor.app.transaction():
            if role is not None:
                await floor.app.fetchval(OPEN, *signed(floor.app, caller(role)))
            is_open = len(await floor.app.fetch(THROUGH_THE_DOOR, [flag])) == 1
    assert is_open == (role is not None and reads(role, "flags"))
