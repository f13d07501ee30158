"""The audit trail's vocabulary: what can have happened, how it ended, and what an event says (R-01 to R-06).

An event names every record, person and class of field in the answer; it never holds a name, a search
text or a free text (security.md 1.4). The body is built and stored by the database, byte for byte.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Purpose
from domain.audit_actions import OPERATIONS, AuditAction, Operation
from domain.errors import invalid
from domain.fields import SHARED_CLASSES
from domain.ids import AgencyCode, EventId, RecordId, UserId


class AuditOutcome(StrEnum):
    """How an attempt ended; `empty` and `not-found` are on the trail as much as `ok`."""

    OK = "ok"
    EMPTY = "empty"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(slots=True)
class EventDraft:
    """What one operation touched, gathered while it runs and written before its answer leaves.

    `met` are people who are named on the trail like `subjects`, but whom the answer does not look at for the caller: a
    check met them on its way and judged itself whom it may tell of, or the caller declares that they are close to them.
    `fields` are the classes of field that the event names; `shown` those that the registry found in the answer, each of
    which must be among them; `is_redacted` says that the answer went through the registry (`domain.fields`).
    """

    actions: list[AuditAction] = field(default_factory=list[AuditAction])
    subjects: set[UUID] = field(default_factory=set[UUID])
    met: set[UUID] = field(default_factory=set[UUID])
    owners: set[str] = field(default_factory=set[str])
    records: set[str] = field(default_factory=set[str])
    hinted: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])
    asked: set[str] = field(default_factory=set[str])
    shown: set[str] = field(default_factory=set[str])
    detail: str | None = None
    is_empty: bool = False
    is_recorded: bool = False
    is_redacted: bool = False

    @property
    def named(self) -> frozenset[UUID]:
        """Give everybody whom the event names."""
        return frozenset(self.subjects | self.met)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event as a data protection officer reads it.

    `owners` are all agencies whose records were consulted, `named` those that the answer told of: a match weighs
    records of agencies that the caller is told nothing about.
    """

    id: EventId
    at: datetime
    agency: AgencyCode
    user: UserId
    client: str
    action: str
    operation: str
    outcome: str
    purpose: str
    roles: tuple[str, ...]
    subjects: tuple[RecordId, ...]
    owners: tuple[AgencyCode, ...]
    named: tuple[AgencyCode, ...]
    records: tuple[str, ...]
    hinted: tuple[str, ...]
    fields: tuple[str, ...]
    request: str
    reason: str

    @property
    def kind(self) -> "EventKind":
        """Say in one word what happened."""
        return kind_of(self.action, self.outcome)


class EventKind(StrEnum):
    """What an event comes to for somebody who asks who has seen a person (R-03).

    A match by a machine is no look by a human: `matched` and `displayed` are different answers.
    """

    MATCHED = "matched"
    TRAIL_READ = "trail-read"
    READ = "read"
    DISPLAYED = "displayed"
    ACKNOWLEDGED = "acknowledged"
    CHANGED = "changed"
    NOTHING_FOUND = "nothing-found"
    REFUSED = "refused"


_ACTIONS = {action.value: action for action in AuditAction}
_WEIGHT = {kind: weight for weight, kind in enumerate(EventKind)}
_KIND_OF_ACTION = {
    AuditAction.FLAG_CHECKED: EventKind.MATCHED,
    AuditAction.CHECK_CHANGES_READ: EventKind.MATCHED,
    AuditAction.CHECK_DISPLAYED: EventKind.DISPLAYED,
    AuditAction.SHEET_ISSUED: EventKind.DISPLAYED,
    AuditAction.BREAK_GLASS_WARNINGS_READ: EventKind.DISPLAYED,
    AuditAction.CHECK_ACKNOWLEDGED: EventKind.ACKNOWLEDGED,
    AuditAction.DISCLOSURE_ACKNOWLEDGED: EventKind.ACKNOWLEDGED,
    AuditAction.INFORMATION_REQUEST_ANSWERED: EventKind.CHANGED,
    AuditAction.AUDIT_READ: EventKind.TRAIL_READ,
    AuditAction.AUDIT_EXPORTED: EventKind.TRAIL_READ,
}
_ALTERING = frozenset({Operation.COLLECTION, Operation.ALTERATION, Operation.ERASURE})


def kind_of(action: str, outcome: str) -> EventKind:
    """Say what an event comes to; of several actions in one operation the weightiest counts."""
    if outcome in {AuditOutcome.EMPTY, AuditOutcome.NOT_FOUND}:
        return EventKind.NOTHING_FOUND
    if outcome != AuditOutcome.OK:
        return EventKind.REFUSED
    kinds = [_kind_of_one(_ACTIONS[part]) for part in action.split("+") if part in _ACTIONS]
    return max(kinds, key=_WEIGHT.__getitem__, default=EventKind.READ)


def _kind_of_one(action: AuditAction) -> EventKind:
    altering = EventKind.CHANGED if OPERATIONS[action] in _ALTERING else EventKind.READ
    return _KIND_OF_ACTION.get(action, altering)


GIVES_FLAGS = frozenset({
    AuditAction.FLAG_CHECKED, AuditAction.CHECK_DISPLAYED, AuditAction.CHECK_ACKNOWLEDGED, AuditAction.FLAG_READ,
    AuditAction.SUMMARY_READ, AuditAction.CHECK_CHANGES_READ, AuditAction.SHEET_ISSUED,
})  # fmt: skip
"""Actions after which an agency holds the flag versions named: they make it a recipient (F-15).

Reading behind a sealed door is none of them: who holds a flag goes on seeing it, and that door is open for an hour."""
SHOWS_FLAGS = frozenset({
    AuditAction.CHECK_DISPLAYED, AuditAction.FLAG_READ, AuditAction.SUMMARY_READ, AuditAction.SHEET_ISSUED,
})  # fmt: skip
"""Those of them in which a named human had the flag before their eyes."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are asked for; days are local and both included, what is None does not narrow."""

    subject: RecordId | None = None
    agency: AgencyCode | None = None
    user: UserId | None = None
    action: AuditAction | None = None
    outcome: AuditOutcome | None = None
    purpose: Purpose | None = None
    operation: Operation | None = None
    from_day: date | None = None
    to_day: date | None = None

    def __post_init__(self) -> None:
        """Refuse days in the wrong order.

        Raises:
            DomainError: `content-invalid`.
        """
        if self.from_day is not None and self.to_day is not None and self.to_day < self.from_day:
            raise invalid(("/to", "ends-before-start"))

    def named(self) -> dict[str, str]:
        """List what narrows, by name, as text."""
        members = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: str(value) for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the trail, newest first: unlike an offset it stays where it is while events arrive."""

    at: datetime
    id: EventId


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and where to go on; None at the end."""

    events: tuple[AuditEvent, ...]
    next: Position | None


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who reads the trail: for which agency, whether of all agencies, and which named records are the agency's own.

    `own` holds references without version (`flag:<id>`, a subject as `person:<id>`); `asked` is the person asked about.
    """

    agency: AgencyCode
    sees_all: bool
    own: frozenset[str]
    asked: RecordId | None = None


def visible_part(event: AuditEvent, onlooker: Onlooker) -> AuditEvent:
    """Keep what an onlooker may see of an event: the one rule of the trail (laws 3 and 4).

    Of its own agency's access everything but the names of what was only hinted at, and of agencies whose records were
    weighed and not told of; of another's access only what concerns its own records, since one list may hold people of
    several agencies; of what is left the field registry says which fields leave. People named by a reading of the trail
    are given only to whoever asks for them, or every reading would repeat all readings before it.
    """
    own = onlooker.own
    seen = event
    if not onlooker.sees_all:
        told = event.named if event.agency == onlooker.agency else ()
        seen = replace(
            seen,
            hinted=_owned(event.hinted, own),
            owners=tuple(owner for owner in event.owners if owner == onlooker.agency or owner in told),
        )
        if event.agency != onlooker.agency:
            seen = replace(
                seen,
                subjects=tuple(subject for subject in event.subjects if f"person:{subject}" in own),
                records=_owned(event.records, own),
            )
            seen = replace(seen, fields=_told(event, seen))
    if seen.kind is EventKind.TRAIL_READ:
        seen = replace(seen, subjects=tuple(subject for subject in seen.subjects if subject == onlooker.asked))
    return seen


def _told(event: AuditEvent, seen: AuditEvent) -> tuple[str, ...]:
    """Keep of the classes of another's act those that tell of the records left in it, and of no others.

    A class that only owners are shown is of the actor's own records; that there is a reason to ring is told of an own
    record or not at all; items are told where every request and disclosure is there. What else the event names, such
    as terms that the giver set aside, must not show by their absence.
    """
    is_whole = _with_items(seen.records) == _with_items(event.records)
    kept = (name for name in event.fields if name in SHARED_CLASSES or (is_whole and name.startswith("item.")))
    return tuple(name for name in kept if name != "flag.exists" or seen.hinted)


def _with_items(references: Iterable[str]) -> list[str]:
    return [each for each in references if each.startswith(("information-request:", "disclosure:"))]


def _owned(references: Iterable[str], own: frozenset[str]) -> tuple[str, ...]:
    return tuple(each for each in references if reference_of(each) in own)


def reference_of(versioned: str) -> str:
    """Give a reference without its version."""
    return ":".join(versioned.split(":", maxsplit=2)[:2])
