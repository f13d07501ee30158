"""Every query of the audit trail: what is filed, and behind it what the worker has yet to file.

Both are read in one statement, so that an event being moved is seen exactly once. Row security of the auditor's
role is the floor; the same rule stands in the query.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Select,
    Text,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import FromClause

from domain.audit import AuditEvent, EventFilter, EventPage, Position, reference_of
from domain.dates import start_of_day
from domain.ids import AgencyCode, EventId, RecordId, UserId
from services.core.unit_of_work import UnitOfWork
from services.db.models.audit import event, pending, subject
from services.db.models.break_glass import break_glass_notices
from services.db.models.flags import corroborations, flags, notices
from services.db.models.incidents import incidents
from services.db.models.persons import person_records
from services.db.models.protocols import sharing_protocols
from services.db.models.sharing import disclosures, information_requests

HEAVIEST = 8 * 1024 * 1024
"""Characters of events after which a part ends early, since one event of a long list can name thousands of people."""

_REFERRED: dict[str, tuple[Column[UUID], tuple[Column[str], ...]]] = {
    "person": (person_records.c.id, (person_records.c.owner_agency,)),
    "flag": (flags.c.id, (flags.c.owner_agency,)),
    "incident": (incidents.c.id, (incidents.c.owner_agency,)),
    "corroboration": (corroborations.c.id, (corroborations.c.owner_agency,)),
    "inbox-notice": (notices.c.id, (notices.c.owner_agency,)),
    "information-request": (
        information_requests.c.id,
        (information_requests.c.owner_agency, information_requests.c.holding_agency),
    ),
    "sharing-protocol": (sharing_protocols.c.id, (sharing_protocols.c.owner_agency,)),
    "disclosure": (disclosures.c.id, (disclosures.c.owner_agency, disclosures.c.recipient_agency)),
    "break-glass": (break_glass_notices.c.grant_id, (break_glass_notices.c.owner_agency,)),
}
"""For each kind of reference its id and the columns that name the agencies whose it is: two-sided ones are both's.

A grant of break-glass is everybody's who was told of it."""


class AuditRepository:
    """The trail, as far as the agency acted for may see it."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._sees_all = False

    async def sees_all(self) -> bool:
        """Say whether the caller is the Board's auditor, who sees every agency's trail by reference."""
        self._sees_all = bool((await self._unit.run(select(func.audit.may_see_all()))).scalar_one())
        return self._sees_all

    async def own_persons(self, record_ids: Iterable[UUID]) -> frozenset[str]:
        """Find which of some person records are the agency's own, as references."""
        return await self._own("person", record_ids)

    async def own_references(self, events: Sequence[AuditEvent]) -> frozenset[str]:
        """Find which of the people and records that some events name are the agency's own."""
        wanted: dict[str, set[UUID]] = {kind: set() for kind in _REFERRED}
        mine = self._unit.principal.agency
        for each in events:
            elsewhere = each.agency != mine
            wanted["person"].update(each.subjects if elsewhere else ())
            for reference in (*each.hinted, *(each.records if elsewhere else ())):
                kind, _, rest = reference_of(reference).partition(":")
                identifier = _uuid(rest)
                if kind in wanted and identifier is not None:
                    wanted[kind].add(identifier)
        found = [await self._own(kind, ids) for kind, ids in wanted.items()]
        return frozenset[str]().union(*found)

    async def _own(self, kind: str, ids: Iterable[UUID]) -> frozenset[str]:
        identifier, sides = _REFERRED[kind]
        asked = list(ids)
        if not asked:
            return frozenset()
        mine = or_(*(side == self._unit.principal.agency for side in sides))
        rows = await self._unit.run(select(identifier).where(identifier.in_(asked), mine))
        return frozenset(f"{kind}:{found}" for found in rows.scalars())

    async def page(
        self, wanted: EventFilter, after: Position | None, limit: int, *, only_by: AgencyCode | None
    ) -> EventPage:
        """Read a page, newest first; `only_by` narrows it to one agency's own access."""
        parts = [
            self._part(source, columns, wanted, after, only_by).limit(limit + 1)
            for source, columns in (_filed(wanted), _waiting(wanted))
        ]
        both = union_all(*(select(part.subquery()) for part in parts)).subquery()
        order = (both.c.occurred_at.desc(), both.c.event_id.desc())
        size = func.length(both.c.body)
        before = (func.sum(size).over(order_by=order) - size).label("before")
        newest = select(both, before).order_by(*order).limit(limit + 1).subquery()
        light = select(newest).where(newest.c.before < HEAVIEST)
        rows = (await self._unit.run(light.order_by(newest.c.occurred_at.desc(), newest.c.event_id.desc()))).all()
        events = await asyncio.to_thread(lambda: tuple(event_in(row.body) for row in rows[:limit]))
        is_cut = len(rows) > limit or (bool(rows) and rows[-1].before + len(rows[-1].body) >= HEAVIEST)
        return EventPage(events, Position(events[-1].at, events[-1].id) if is_cut else None)

    def _part(
        self,
        source: FromClause,
        columns: Mapping[str, ColumnElement[Any]],
        wanted: EventFilter,
        after: Position | None,
        only_by: AgencyCode | None,
    ) -> Select[Any, Any, Any]:
        at, identifier = columns["at"], columns["id"]
        query = select(at, identifier, columns["body"]).select_from(source)
        if not self._sees_all:
            mine = self._unit.principal.agency
            query = query.where(or_(columns["agency"] == mine, columns["owned_by"].contains([mine])))
        if only_by is not None:
            query = query.where(columns["agency"] == only_by)
        if after is not None:
            place = tuple_(literal(after.at, at.type), literal(after.id, identifier.type))
            query = query.where(tuple_(at, identifier) < place)
        query = query.where(*_narrowed(columns, wanted))
        return query.order_by(at.desc(), identifier.desc())


def _filed(wanted: EventFilter) -> tuple[FromClause, Mapping[str, ColumnElement[Any]]]:
    source: FromClause = event
    if wanted.subject is not None:
        same = and_(subject.c.occurred_at == event.c.occurred_at, subject.c.event_id == event.c.event_id)
        source = event.join(subject, same)
    columns = {name: event.c[name] for name in ("agency", "outcome", "purpose", "body")}
    return source, {
        **columns,
        "at": event.c.occurred_at,
        "id": event.c.event_id,
        "user": event.c.user_id,
        "actions": func.string_to_array(event.c.action, "+", type_=ARRAY(Text)),
        "operation": sql_cast(event.c.body, JSONB)["operation"].astext,
        "owned_by": event.c.owners,
        "is_about": subject.c.subject == wanted.subject,
    }


def _waiting(wanted: EventFilter) -> tuple[FromClause, Mapping[str, ColumnElement[Any]]]:
    body = sql_cast(pending.c.body, JSONB)
    columns = {name: body[name].astext for name in ("agency", "outcome", "purpose", "operation", "user")}
    about = false() if wanted.subject is None else body["subjects"].contains([str(wanted.subject)])
    return pending, {
        **columns,
        "at": pending.c.occurred_at,
        "id": pending.c.event_id,
        "body": pending.c.body,
        "actions": func.string_to_array(body["action"].astext, "+", type_=ARRAY(Text)),
        "owned_by": body["owners"],
        "is_about": about,
    }


def _narrowed(columns: Mapping[str, ColumnElement[Any]], wanted: EventFilter) -> list[ColumnElement[bool]]:
    user = columns["user"]
    same_user = str(wanted.user) if wanted.user is not None and isinstance(user.type, Text) else wanted.user
    equal: list[tuple[ColumnElement[Any], object]] = [
        (columns["agency"], wanted.agency),
        (columns["outcome"], wanted.outcome),
        (columns["purpose"], wanted.purpose),
        (columns["operation"], wanted.operation),
        (user, same_user),
    ]
    found: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if wanted.action is not None:
        found.append(literal(wanted.action.value, Text) == func.any(columns["actions"]))
    if wanted.subject is not None:
        found.append(columns["is_about"])
    if wanted.from_day is not None:
        found.append(columns["at"] >= start_of_day(wanted.from_day))
    if wanted.to_day is not None:
        found.append(columns["at"] < start_of_day(wanted.to_day + timedelta(days=1)))
    return found


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def event_in(text: str) -> AuditEvent:
    """Read an event from its body."""
    body = cast("dict[str, Any]", json.loads(text))
    return AuditEvent(
        id=EventId(UUID(body["event"])),
        at=datetime.fromisoformat(body["at"]),
        agency=AgencyCode(body["agency"]),
        user=UserId(UUID(body["user"])),
        client=body["client"],
        action=body["action"],
        operation=body["operation"],
        outcome=body["outcome"],
        purpose=body["purpose"],
        roles=tuple(role for role in body["roles"].split(",") if role),
        subjects=tuple(RecordId(UUID(each)) for each in body["subjects"]),
        owners=tuple(AgencyCode(each) for each in body["owners"]),
        named=tuple(AgencyCode(each) for each in body.get("named", body["owners"])),
        records=tuple(body["records"]),
        hinted=tuple(body["hinted"]),
        fields=tuple(body["fields"]),
        request=body["request"],
        reason=body["reason"],
    )
