"""Relationships: dated links from a person to a person or a place, which a check may follow.

The danger is often not the person on the list. A link says who lives with, visits or may be met where,
from when to when; it belongs to the agency that entered it, as any record does (law 3).
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.errors import invalid
from domain.identifiers import canonical_uprn
from domain.ids import AgencyCode, LinkId, RecordId, UserId
from domain.persons import Entry, period_issues
from domain.vocabularies import is_code

FOLLOWED_KINDS = frozenset({"lives-with", "visits-regularly", "present-at"})
"""Kinds that a check follows from the person or place asked about to whoever else may be met there."""
PLACE_KINDS = frozenset({"lives-with", "visits-regularly", "present-at", "other"})
"""Kinds that may point at a place instead of a person; kin and carers are persons."""


@dataclass(frozen=True, slots=True)
class RecordRelationship:
    """Ask for a link to be recorded, to another record or to a place by its UPRN."""

    subject: RecordId
    kind: str
    related: RecordId | None = None
    uprn: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class RelationshipLink:
    """A recorded link, both dates included; a date that is missing leaves that side open."""

    id: LinkId
    owner_agency: AgencyCode
    subject: RecordId
    kind: str
    related: RecordId | None
    uprn: str | None
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    recorded_by: UserId

    def in_force(self, on: date) -> bool:
        """Say whether the link holds on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)

    def followed(self, on: date) -> bool:
        """Say whether a check for contact on a day goes through this link."""
        return self.kind in FOLLOWED_KINDS and self.in_force(on)


def record_relationship(command: RecordRelationship, *, link_id: LinkId, entry: Entry) -> RelationshipLink:
    """Record a link that obeys the rules.

    A link begins when it was seen to hold, so not in the future; its end may lie ahead (a stay that is
    known to end).

    Raises:
        DomainError: `content-invalid`.
    """
    issues = [*_kind_issues(command), *_target_issues(command)]
    issues += period_issues(command.valid_from, command.valid_to, "")
    if command.valid_from is not None and command.valid_from > entry.today:
        issues.append(("/validFrom", "in-future"))
    if issues:
        raise invalid(*issues)
    return RelationshipLink(
        id=link_id,
        owner_agency=entry.agency,
        subject=command.subject,
        kind=command.kind,
        related=command.related,
        uprn=None if command.uprn is None else canonical_uprn(command.uprn),
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        recorded_at=entry.at,
        recorded_by=entry.user,
    )


def _kind_issues(command: RecordRelationship) -> list[tuple[str, str]]:
    if not is_code("relationship-kind", command.kind):
        return [("/kind", "code-unknown")]
    if command.kind == "present-at" and command.uprn is None:
        return [("/uprn", "required")]
    if command.kind not in PLACE_KINDS and command.related is None:
        return [("/related", "required")]
    return []


def _target_issues(command: RecordRelationship) -> list[tuple[str, str]]:
    """Check that the link ends at one place or one other person."""
    if command.related is not None and command.uprn is not None:
        return [("/uprn", "too-many")]
    if command.related is None and command.uprn is None and command.kind in PLACE_KINDS - {"present-at"}:
        return [("/related", "required")]
    if command.related == command.subject:
        return [("/related", "out-of-range")]
    if command.uprn is not None and canonical_uprn(command.uprn) is None:
        return [("/uprn", "pattern")]
    return []
