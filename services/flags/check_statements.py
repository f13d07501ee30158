"""The two statements of a flag check, each asked for many callers at once (ADR 0004, ADR 0008).

They go round the unit of work because a unit has four round trips; what a unit guarantees stands in the functions
themselves: no context no rows, standing, permission, visibility, and an event of its own for every question that
is durable before anything is returned.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg

from domain.access import roles_with
from domain.conflicts import CONFLICT
from domain.errors import DomainError
from domain.identity_keys import MatchKind
from domain.ids import CheckId, PersonId
from services.core.caller import Caller, ContextSigner
from services.core.conversation import Connection, converse
from services.core.gathering import Gatherer
from services.core.unit_of_work import new_event_id
from services.flags.check_permission import PERMISSION

_ROLES = sorted(role.value for role in roles_with(PERMISSION))
_CHECK = (
    "SELECT question, standing, known, entries, sure, flags, about, warnings, holders FROM rhannu.flag_checks"
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)"
)
_MATCH = "SELECT question, entry, person, kinds, records FROM rhannu.match_persons($1,$2,$3,$4,$5,$6,$7,$8)"

LIGHT = 5
"""Entries up to which questions travel together; a longer list has a statement of its own, so none waits for it."""
_MOST_TOGETHER = 32
_LIGHT_LANES = 2
_HEAVY_LANES = 4

Row: TypeAlias = "asyncpg.Record"
T = TypeVar("T")


class RefusedOnTrail(DomainError):
    """A refusal that the statement itself has put on the trail."""


@dataclass(slots=True)
class Question:
    """One caller's list, as the statement takes it; every list of numbers says which entry a row belongs to."""

    caller: Caller
    is_alerted: bool
    contact_on: date
    at: datetime
    size: int
    record_entry: list[int] = field(default_factory=list[int])
    record_ids: list[UUID] = field(default_factory=list[UUID])
    person_entry: list[int] = field(default_factory=list[int])
    person_ids: list[UUID] = field(default_factory=list[UUID])
    person_sure: list[bool] = field(default_factory=list[bool])
    consulted: set[UUID] = field(default_factory=set[UUID])
    place_entry: list[int] = field(default_factory=list[int])
    place_uprn: list[str] = field(default_factory=list[str])
    digest_entry: list[int] = field(default_factory=list[int])
    digests: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Found:
    """What the statement told for one question, under the id of its event."""

    event: CheckId
    row: Row


@dataclass(slots=True)
class MatchQuestion:
    """One caller's keys: by entry, kind and keyed digest."""

    caller: Caller
    entries: list[int] = field(default_factory=list[int])
    kinds: list[str] = field(default_factory=list[str])
    digests: list[bytes] = field(default_factory=list[bytes])


@dataclass(slots=True)
class Matches:
    """Who shares keys with a question: by entry and person, the kinds shared and the records that share them."""

    kinds: dict[int, dict[PersonId, frozenset[MatchKind]]]
    records: dict[tuple[int, PersonId], list[UUID]]


class CheckStatements:
    """Asks both statements on the driver's own pool, gathering what waits."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", signer: ContextSigner, seconds: float) -> None:
        self._pool = pool
        self._signer = signer
        self._light = Gatherer(self._send_checks, lanes=_LIGHT_LANES, most=_MOST_TOGETHER, seconds=seconds)
        self._heavy = Gatherer(self._send_checks, lanes=_HEAVY_LANES, most=1, seconds=seconds)
        self._matches = Gatherer(self._send_matches, lanes=_LIGHT_LANES, most=_MOST_TOGETHER, seconds=seconds)

    async def check(self, question: Question) -> Found:
        """Ask what is warned about, and put the check on the trail.

        Raises:
            RefusedOnTrail: `access-denied` or `conflict-of-interest`, which is on the trail.
            DomainError: `service-unavailable`.
        """
        return await (self._light if question.size <= LIGHT else self._heavy).ask(question)

    async def match(self, question: MatchQuestion) -> Matches:
        """Ask whose records share keys with the question; nobody's, for a caller without standing.

        Raises:
            DomainError: `service-unavailable`.
        """
        return await self._matches.ask(question)

    async def _send_checks(self, questions: Sequence[Question]) -> Sequence[Found | DomainError]:
        async def send(connection: Connection) -> Sequence[Found | DomainError]:
            events = [CheckId(new_event_id()) for _ in questions]
            signed = self._signed(connection, [question.caller for question in questions])
            rows = await connection.fetch(_CHECK, *signed, *_lists(questions, events), _ROLES, PERMISSION.value)
            found = {row[0]: row for row in rows}
            return [_told(found.get(number), event) for number, event in enumerate(events, 1)]

        return await self._on_connection(send)

    async def _send_matches(self, questions: Sequence[MatchQuestion]) -> Sequence[Matches | DomainError]:
        async def send(connection: Connection) -> Sequence[Matches | DomainError]:
            signed = self._signed(connection, [question.caller for question in questions])
            rows = await connection.fetch(
                _MATCH,
                *signed,
                _numbers(questions, _matched_entries),
                _flat(question.entries for question in questions),
                _flat(question.kinds for question in questions),
                _flat(question.digests for question in questions),
                _ROLES,
                PERMISSION.value,
            )
            return _matches(questions, rows)

        return await self._on_connection(send)

    def _signed(self, connection: Connection, callers: Iterable[Caller]) -> tuple[list[str], list[bytes]]:
        backend = connection.get_server_pid()
        both = [self._signer.sign(caller, backend) for caller in callers]
        return [payload for payload, _ in both], [signature for _, signature in both]

    async def _on_connection(self, send: Callable[[Connection], Awaitable[T]]) -> T:
        """Run a statement; once more on another connection if the one it was given had died.

        Where the first try was committed and its answer lost, the trail holds the check twice, which is true: it
        was made twice. Nothing was given for the first.

        Raises:
            DomainError: `service-unavailable`.
        """
        return await converse(self._pool, send)


def _told(row: "Row | None", event: CheckId) -> Found | DomainError:
    if row is None:  # the signature did not fit: the clocks of service and database differ, or it took too long
        return DomainError("service-unavailable")
    if row[1] != "granted":
        return RefusedOnTrail(CONFLICT if row[1] == CONFLICT else "access-denied")
    return Found(event, row)


def _matched_entries(question: MatchQuestion) -> Sequence[object]:
    return question.entries


def _matches(questions: Sequence[MatchQuestion], rows: Sequence[Row]) -> Sequence[Matches]:
    found = [_no_matches(question) for question in questions]
    for row in rows:
        asked, entry, person = found[int(row[0]) - 1], int(row[1]), PersonId(row[2])
        asked.kinds[entry][person] = frozenset(MatchKind(kind) for kind in row[3])
        asked.records[entry, person] = row[4]
    return found


def _no_matches(question: MatchQuestion) -> Matches:
    return Matches({entry: {} for entry in question.entries}, {})


def _numbers(questions: Sequence[T], part: Callable[[T], Sequence[object]]) -> list[int]:
    """Say for each row of a flattened list whose question it belongs to, counting from one."""
    return [number for number, question in enumerate(questions, 1) for _ in part(question)]


def _flat(parts: Iterable[Iterable[T]]) -> list[T]:
    return [each for part in parts for each in part]


def _lists(questions: Sequence[Question], events: Sequence[CheckId]) -> tuple[Any, ...]:
    """Give the statement's lists in its order, from events to digests."""
    consulted = [list(question.consulted) for question in questions]
    return (
        events,
        [question.caller.request_id for question in questions],
        [question.is_alerted for question in questions],
        [question.contact_on for question in questions],
        [question.at for question in questions],
        _numbers(questions, lambda question: question.record_entry),
        _flat(question.record_entry for question in questions),
        _flat(question.record_ids for question in questions),
        _numbers(questions, lambda question: question.person_entry),
        _flat(question.person_entry for question in questions),
        _flat(question.person_ids for question in questions),
        _flat(question.person_sure for question in questions),
        _numbers(consulted, lambda ids: ids),
        _flat(consulted),
        _numbers(questions, lambda question: question.place_entry),
        _flat(question.place_entry for question in questions),
        _flat(question.place_uprn for question in questions),
        _numbers(questions, lambda question: question.digest_entry),
        _flat(question.digest_entry for question in questions),
        _flat(question.digests for question in questions),
    )
