"""The flag check, measured and therefore by its own way: one statement that answers and leaves its evidence.

It goes round the unit of work because a unit has four round trips and this has one (ADR 0004); what a unit
guarantees stands in the function itself: no context no rows, permission, visibility, and an event that is
durable before anything is returned. Who is meant is decided here, by `domain.identity`, from keyed digests.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from uuid import UUID

import asyncpg

from domain.access import ALERTING_PURPOSES, PURPOSES, Permission, roles_with
from domain.audit import AuditAction
from domain.dates import local_date
from domain.errors import DomainError, FieldIssue
from domain.flag_checks import (
    CheckEntry,
    RunCheck,
    Verdict,
    identity_faults,
    outcome_of,
    valid_until,
    validate_check,
)
from domain.identifiers import canonical_uprn
from domain.identity import Certainty, Resolution, resolve, sufficient
from domain.identity_keys import Identity, MatchKind, keys_of_query
from domain.ids import CheckId, PersonId
from domain.visibility import Tier
from services.core.caller import Caller, ContextSigner
from services.core.conversation import Connection, converse
from services.core.match_digests import MatchDigests
from services.core.unit_of_work import new_event_id
from services.core.use_case import measured

PERMISSION = measured("flags.run_check", Permission.CHECK_RUN, AuditAction.FLAG_CHECKED)

_ROLES = sorted(role.value for role in roles_with(PERMISSION))
_CHECK = (
    "SELECT named, entries, sure, flags, about, warnings, holders FROM rhannu.flag_check"
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)"
)
_MATCH = "SELECT entry, person, kinds, records FROM rhannu.match_persons($1,$2,$3,$4,$5,$6,$7)"
_SLICE = 25
"""Entries whose keys are computed before the loop may serve others: about 4 ms of it."""


class RefusedOnTrail(DomainError):
    """A refusal that the statement itself has put on the trail."""


@dataclass(frozen=True, slots=True)
class PrecautionLine:
    """One warning: what it is about here, its precaution as JSON members, and the agency that holds it."""

    about: str
    members: str
    holder: str


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """The answer for one line: verdict, warnings, and the agencies to ring."""

    reference: str
    verdict: Verdict
    warnings: tuple[PrecautionLine, ...]
    contacts: tuple[str, ...]
    issues: tuple[FieldIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The answer for a list, already on the trail under its own id."""

    id: CheckId
    checked_at: datetime
    valid_until: datetime
    entries: Sequence[EntryAnswer]


@dataclass(slots=True)
class _Question:
    """The lists that the statement takes, gathered entry by entry."""

    record_entry: list[int]
    record_ids: list[UUID]
    person_entry: list[int]
    person_ids: list[UUID]
    person_sure: list[bool]
    consulted: set[UUID]
    place_entry: list[int]
    place_uprn: list[str]
    digest_entry: list[int]
    digests: list[str]


class FlagChecks:
    """Runs checks on the driver's own pool."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", signer: ContextSigner, match_key: bytes) -> None:
        self._pool = pool
        self._signer = signer
        self._digests = MatchDigests(match_key)

    async def run(self, caller: Caller, command: RunCheck, now: datetime) -> CheckAnswer:
        """Check a list and put the check on the trail.

        Raises:
            DomainError: `content-invalid`, `access-denied`, `purpose-not-permitted` or `service-unavailable`.
        """
        if PERMISSION not in caller.within(frozenset({PERMISSION})):  # the statement knows the registration only
            raise DomainError("access-denied")
        if caller.purpose not in PURPOSES[PERMISSION]:
            raise DomainError("purpose-not-permitted")
        today = local_date(now)
        validate_check(command, today)
        certainties: dict[int, Certainty] = {}
        faults: dict[int, tuple[FieldIssue, ...]] = {}

        async def ask(connection: Connection) -> "tuple[CheckId, asyncpg.Record]":
            event = CheckId(new_event_id())  # asked twice, it is on the trail twice: the first answer may be lost
            question = await self._ask_who(connection, caller, command, today, (certainties, faults))
            return event, await self._ask(connection, caller, question, event, command.contact_on)

        event, found = await converse(self._pool, ask)
        answers = _answers(command.entries, certainties, faults, found)
        return CheckAnswer(event, now, min(valid_until(a.verdict.outcome, now) for a in answers), answers)

    async def _ask(
        self,
        connection: Connection,
        caller: Caller,
        question: _Question,
        event: CheckId,
        contact_on: date | None,
    ) -> "asyncpg.Record":
        payload, signature = self._signer.sign(caller, connection.get_server_pid())
        found = await connection.fetchrow(
            _CHECK,
            payload,
            signature,
            _ROLES,
            PERMISSION.value,
            caller.purpose in ALERTING_PURPOSES,
            event,
            caller.request_id,
            question.record_entry,
            question.record_ids,
            question.person_entry,
            question.person_ids,
            question.person_sure,
            list(question.consulted),
            question.place_entry,
            question.place_uprn,
            question.digest_entry,
            question.digests,
            contact_on,
        )
        if found is None or found[0] == [-1]:
            raise RefusedOnTrail("access-denied")
        return found

    async def _ask_who(
        self,
        connection: Connection,
        caller: Caller,
        command: RunCheck,
        today: date,
        found: tuple[dict[int, Certainty], dict[int, tuple[FieldIssue, ...]]],
    ) -> _Question:
        """Gather the question; who is meant by an identity is asked first, where there is one to ask for."""
        certainties, faults = found
        question = _Question([], [], [], [], [], set(), [], [], [], [])
        asked: dict[int, Identity] = {}
        for place, entry in enumerate(command.entries):
            _gather(question, place, entry)
            if entry.identity is not None:
                issues = identity_faults(entry.identity, today)
                faults[place] = issues
                certainties[place] = Certainty.REFINE
                if not issues and sufficient(entry.identity):
                    asked[place] = entry.identity
                question.digest_entry.append(place)
                question.digests.append(self._digest_of(entry.identity))
        if asked:
            for place, resolution in (await self._resolve(connection, caller, asked, question)).items():
                certainties[place] = resolution.certainty
                _name(question, place, resolution)
        return question

    async def _resolve(
        self,
        connection: Connection,
        caller: Caller,
        asked: dict[int, Identity],
        question: _Question,
    ) -> dict[int, Resolution]:
        entries: list[int] = []
        kinds: list[str] = []
        digests: list[bytes] = []
        for number, (place, identity) in enumerate(asked.items()):
            exact, near = keys_of_query(identity)
            for digest, key in self._digests.of(exact | near).items():
                entries.append(place)
                kinds.append(key.kind.value)
                digests.append(digest)
            if number % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
        payload, signature = self._signer.sign(caller, connection.get_server_pid())
        rows = await connection.fetch(_MATCH, payload, signature, _ROLES, PERMISSION.value, entries, kinds, digests)
        matches: dict[int, dict[PersonId, frozenset[MatchKind]]] = {place: {} for place in asked}
        records: dict[tuple[int, PersonId], list[UUID]] = {}
        for row in rows:
            person = PersonId(row[1])
            matches[row[0]][person] = frozenset(MatchKind(kind) for kind in row[2])
            records[row[0], person] = row[3]
        resolved = {place: resolve(identity, matches[place]) for place, identity in asked.items()}
        for place, resolution in resolved.items():
            for person in _considered(resolution):
                question.consulted.update(records[place, person])
        return resolved

    def _digest_of(self, identity: Identity) -> str:
        parts = "\x1f".join(str(getattr(identity, name) or "") for name in Identity.__slots__)
        return self._digests.of_text("question", parts).hex()


def _considered(resolution: Resolution) -> Iterable[PersonId]:
    """Everyone whose record was weighed: they are consulted, and so named on the trail (R-03)."""
    return resolution.possible if resolution.person is None else resolution.possible | {resolution.person}


def _gather(question: _Question, place: int, entry: CheckEntry) -> None:
    if entry.record_id is not None:
        question.record_entry.append(place)
        question.record_ids.append(entry.record_id)
    uprn = None if entry.uprn is None else canonical_uprn(entry.uprn)
    if uprn is None and entry.identity is not None and entry.identity.uprn is not None:
        uprn = canonical_uprn(entry.identity.uprn)
    if uprn is not None:
        question.place_entry.append(place)
        question.place_uprn.append(uprn)


def _name(question: _Question, place: int, resolution: Resolution) -> None:
    named = [] if resolution.person is None else [(resolution.person, True)]
    if resolution.person is not None:
        named += [(person, False) for person in resolution.possible]
    for person, sure in named:
        question.person_entry.append(place)
        question.person_ids.append(person)
        question.person_sure.append(sure)


@dataclass(slots=True)
class _Hits:
    """What was found for one entry: warnings by flag, the agencies to ring, and whether a doubt remains."""

    warnings: dict[UUID, PrecautionLine] = field(default_factory=dict[UUID, PrecautionLine])
    holders: set[str] = field(default_factory=set[str])
    is_doubtful: bool = False


_NO_HITS = _Hits()
_NEARNESS = {"person": 0, "place": 1, "may-be-present": 2}


def _hits(found: "asyncpg.Record") -> dict[int, _Hits]:
    """Sort what was found by entry; a flag met on several ways is told once, by the nearest."""
    hits: dict[int, _Hits] = {}
    for entry, sure, flag, about, text, holder in zip(*(found[column] or () for column in range(1, 7)), strict=True):
        hit = hits.setdefault(entry, _Hits())
        if not sure:
            hit.is_doubtful = True
        elif text is None:
            hit.holders.add(holder)
        elif flag not in hit.warnings or _NEARNESS[about] < _NEARNESS[hit.warnings[flag].about]:
            hit.warnings[flag] = PrecautionLine(about, text, holder)
    return hits


def _answers(
    entries: Sequence[CheckEntry],
    certainties: dict[int, Certainty],
    faults: dict[int, tuple[FieldIssue, ...]],
    found: "asyncpg.Record",
) -> list[EntryAnswer]:
    known = set(found[0])
    hits = _hits(found)
    answers: list[EntryAnswer] = []
    for place, entry in enumerate(entries):
        certainty = certainties.get(place, Certainty.CERTAIN)
        if entry.record_id is not None and place not in known:
            certainty = Certainty.REFINE
        hit = hits.get(place, _NO_HITS)
        verdict = _verdict(certainty, bool(hit.warnings), bool(hit.holders), hit.is_doubtful)
        warnings, holders = tuple(hit.warnings.values()), tuple(sorted(hit.holders))
        answers.append(EntryAnswer(entry.reference, verdict, warnings, holders, faults.get(place, ())))
    return answers


@cache
def _verdict(certainty: Certainty, warned: bool, hinted: bool, doubtful: bool) -> Verdict:
    tiers = [Tier.PRECAUTION] * warned + [Tier.EXISTS] * hinted
    return outcome_of(certainty, tiers, [Tier.EXISTS] * doubtful)
