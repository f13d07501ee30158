"""The audit trail's vocabulary: what can have happened, how it ended, and what an event says (R-01 to R-06).

An event names every record, person and class of field in the answer; it never holds a name, a search
text or a free text (security.md 1.4). The body is built and stored by the database, byte for byte.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.ids import AgencyCode, EventId, RecordId, UserId


class Operation(StrEnum):
    """The six logged operations of DPA 2018 s62, codes of `log-operation`."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"


class AuditAction(StrEnum):
    """What was done, as `<resource>.<past>`; a refused attempt carries the same action and another outcome."""

    PERSON_REGISTERED = "person.registered"
    PERSON_READ = "person.read"
    PERSON_AMENDED = "person.amended"
    PERSON_SEARCHED = "person.searched"
    LINK_RECORDED = "link.recorded"
    LINK_ENDED = "link.ended"
    INCIDENT_RECORDED = "incident.recorded"
    INCIDENT_READ = "incident.read"
    INCIDENT_AMENDED = "incident.amended"
    FLAG_PROPOSED = "flag.proposed"
    FLAG_READ = "flag.read"
    FLAG_DECIDED = "flag.decided"
    FLAG_REVIEWED = "flag.reviewed"
    FLAG_REMOVED = "flag.removed"
    FLAG_CORRECTED = "flag.corrected"
    FLAG_CONTESTED = "flag.contested"
    FLAG_RECIPIENTS_READ = "flag.recipients-read"
    FLAG_CHECKED = "flag.checked"
    CHECK_DISPLAYED = "check.displayed"
    CHECK_ACKNOWLEDGED = "check.acknowledged"
    CHECK_RESOLVED = "check.resolved"
    SUMMARY_READ = "summary.read"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORTED = "audit.exported"
    REGISTER_READ = "register.read"
    REGISTER_CHANGED = "register.changed"
    REQUEST_REFUSED = "request.refused"


OPERATIONS: dict[AuditAction, Operation] = {
    action: (
        Operation.COLLECTION
        if action.value.endswith((".registered", ".recorded", ".proposed"))
        else Operation.ALTERATION
        if action.value.endswith(
            (".amended", ".decided", ".reviewed", ".removed", ".corrected", ".contested", ".ended", ".changed", ".resolved")
        )
        else Operation.DISCLOSURE
        if action is AuditAction.AUDIT_EXPORTED
        else Operation.CONSULTATION
    )
    for action in AuditAction
}
"""Which of the six operations each action is."""


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
    """What one operation touched, gathered while it runs and written before its answer leaves."""

    actions: list[AuditAction] = field(default_factory=list[AuditAction])
    subjects: set[UUID] = field(default_factory=set[UUID])
    owners: set[str] = field(default_factory=set[str])
    records: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])
    asked: set[str] = field(default_factory=set[str])
    detail: str | None = None
    is_empty: bool = False
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event as a data protection officer reads it."""

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
    records: tuple[str, ...]
    hinted: tuple[str, ...]
    fields: tuple[str, ...]
    request: str
    reason: str
    body: str
