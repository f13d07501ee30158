"""What can be asked of the audit trail: who has seen this person, when, for whom, why.

The question is on the trail like any other: its filters as an erasable detail, the people in its answer as
subjects. Both run on the auditor's connection, whose row security knows only the trail.
"""

import json
from collections.abc import Sequence

from domain.access import Permission
from domain.audit import AuditEvent, EventFilter, EventPage, Onlooker, Position, visible_part
from domain.audit_actions import AuditAction
from services.audit.repository import AuditRepository
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case

FIELDS = ("audit.event",)
LONGEST_PAGE = 200
LONGEST_EXPORT = 10_000


@use_case(permission=Permission.AUDIT_READ, audits=AuditAction.AUDIT_READ)
async def query_events(unit: UnitOfWork, wanted: EventFilter, after: Position | None, limit: int) -> EventPage:
    """Read a page of the trail, newest first: the agency's own access, and others' access to its records.

    An event that is being committed while one pages can only appear before pages already read, never within them.
    """
    return await _page(unit, wanted, after, min(limit, LONGEST_PAGE))


@use_case(permission=Permission.AUDIT_EXPORT, audits=AuditAction.AUDIT_EXPORTED)
async def export_events(unit: UnitOfWork, wanted: EventFilter, after: Position | None, limit: int) -> EventPage:
    """Take a longer part of the trail away, under the same rule of sight."""
    return await _page(unit, wanted, after, min(limit, LONGEST_EXPORT))


async def _page(unit: UnitOfWork, wanted: EventFilter, after: Position | None, limit: int) -> EventPage:
    trail = AuditRepository(unit)
    agency = unit.principal.agency
    sees_all = await trail.sees_all()
    is_own = wanted.subject is None or bool(await trail.own_persons([wanted.subject]))
    # Who asks for another agency's person sees its own agency's access only: else the answer would say that this
    # person stood on the same list as one of theirs.
    page = await trail.page(wanted, after, limit, only_by=None if sees_all or is_own else agency)
    own = frozenset[str]() if sees_all else await trail.own_references(page.events)
    onlooker = Onlooker(agency, sees_all, own, wanted.subject)
    seen = EventPage(tuple(visible_part(event, onlooker) for event in page.events), page.next)
    _record(unit, wanted, seen.events)
    return seen


def _record(unit: UnitOfWork, wanted: EventFilter, events: Sequence[AuditEvent]) -> None:
    """Name the people in the answer, their owners, and the events at its ends; the filters say what lies between."""
    filters = json.dumps(wanted.named(), sort_keys=True, separators=(",", ":"))
    subjects = {subject for event in events for subject in event.subjects}
    if wanted.subject is not None:
        subjects.add(wanted.subject)
    ends = {f"event:{events[place].id}" for place in (0, -1)} if events else set[str]()
    if not subjects and not ends:
        unit.record_empty(detail=filters)
        return
    owners = {owner for event in events for owner in event.owners}
    unit.record(subjects=subjects, records=ends, owners=owners, fields=FIELDS, detail=filters)
