"""Bodies and views of the audit trail, as a page and as files to take away."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, cast
from uuid import UUID

import orjson
from pydantic import AwareDatetime, Field
from pydantic.alias_generators import to_camel

from api.cursors import cursor_of, place_of
from api.schemas.common import Body, View
from domain.access import Purpose
from domain.audit import AuditOutcome, EventFilter, EventKind, EventPage, Position
from domain.audit_actions import AuditAction, Operation
from domain.ids import AgencyCode, EventId, RecordId, UserId

_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2999, 12, 31)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Filters(Body):
    subject: UUID | None = Field(None, description="One of your person records: who has seen this person?")
    agency: str | None = Field(None, pattern=r"^[a-z0-9-]{2,40}$", description="Whose access, by agency code.")
    user: UUID | None = Field(None, description="Whose access, by user.")
    action: AuditAction | None = Field(None, description="What was done.")
    outcome: AuditOutcome | None = Field(None, description="How it ended; denials and empty answers are here too.")
    purpose: Purpose | None = Field(None, description="For which stated purpose.")
    operation: Operation | None = Field(None, description="Which of the six logged operations.")
    from_day: date | None = Field(
        None, alias="from", ge=_FIRST_DAY, le=_LAST_DAY, description="First day, in local time."
    )
    to_day: date | None = Field(None, alias="to", ge=_FIRST_DAY, le=_LAST_DAY, description="Last day, in local time.")
    after: str | None = Field(None, max_length=64, description="Where the part before ended; leave it as you got it.")

    def wanted(self) -> EventFilter:
        """Give the filters as the rules know them."""
        return EventFilter(
            subject=None if self.subject is None else RecordId(self.subject),
            agency=None if self.agency is None else AgencyCode(self.agency),
            user=None if self.user is None else UserId(self.user),
            action=self.action,
            outcome=self.outcome,
            purpose=self.purpose,
            operation=self.operation,
            from_day=self.from_day,
            to_day=self.to_day,
        )

    def references(self) -> list[str]:
        """Name whom the question is about, so that a refusal says what it refused."""
        return [] if self.subject is None else [f"person:{self.subject}"]

    def position(self) -> Position | None:
        """Read where to go on.

        Raises:
            DomainError: `parameter-invalid` for what is no cursor of ours.
        """
        if self.after is None:
            return None
        at, identifier = place_of(self.after)
        return Position(at, EventId(identifier))


class EventQuery(_Filters):
    """Which events, and how many at a time."""

    limit: int = Field(50, ge=1, le=200, description="How many events at most.")


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    NDJSON = "ndjson"


class ExportBody(_Filters):
    """Which events to take away, and as what."""

    format: ExportFormat
    limit: int = Field(10_000, ge=1, le=10_000, description="How many events at most in this part.")


class EventView(View):
    """One event: who, when, about whom, why, and what it came to.

    `kind` tells a match by a machine (`matched`) from a look by a human (`displayed`, `read`).
    """

    id: UUID
    at: AwareDatetime
    kind: EventKind
    action: str
    operation: str
    outcome: str
    reason: Annotated[str, Field(description="The problem code of a refusal; empty otherwise.")]
    purpose: str
    agency: str
    user: UUID
    client: str
    roles: list[str]
    subjects: Annotated[list[UUID], Field(description="Person records in the answer, as far as you may know them.")]
    owners: list[str]
    records: Annotated[list[str], Field(description="What was given, as kind:id:version.")]
    hinted: Annotated[list[str], Field(description="What was hinted at without being shown.")]
    fields: list[str]
    request: str


class EventsView(View):
    """A page of events, newest first; `next` goes into `after` for the page that follows, null at the end."""

    events: list[EventView]
    next: str | None


def next_of(page: EventPage) -> str | None:
    """Say where to go on after a page, as a cursor."""
    return None if page.next is None else cursor_of(page.next.at, page.next.id)


def to_ndjson(events: Iterable[dict[str, object]]) -> bytes:
    """Write one JSON document on each line."""
    return b"".join(orjson.dumps(each) + b"\n" for each in events)


def to_csv(events: Iterable[dict[str, object]]) -> bytes:
    """Write a table (RFC 4180) whose cells no spreadsheet takes for a formula; lists are parted by spaces."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(EventView.model_fields)
    for each in events:
        writer.writerow([_cell(each.get(to_camel(name), "")) for name in EventView.model_fields])
    return written.getvalue().encode()


def _cell(value: object) -> str:
    text = " ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
