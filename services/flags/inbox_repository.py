"""Every query of notices to holders, and of what an agency holds of others' flags.

Row security shows an agency its own inbox. What crosses to another's goes through the functions of revision 0019. A
notice stands in its table once it is committed, in an order of its own per inbox: what carries notices further reads
them there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Interval, Row, Select, Text, Uuid, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import DomainError
from domain.flag_codes import FlagState, RecipientChange
from domain.flag_inbox import (
    Acknowledgement,
    Chased,
    CopiesOutcome,
    HeldFlag,
    InboxNotice,
    Receipt,
    Settled,
    holding,
    within,
)
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, RecordId, UserId
from domain.paging import Listed, Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork, new_event_id
from services.db.models.agencies import agencies
from services.db.models.flags import notice_chases, notices
from services.db.paging import page_of, part_of
from services.flags.ledger import SentNotice

_TELL = text("SELECT notice, receiver FROM rhannu.tell_holders(:flag, :at, :kinds, :within)").bindparams(
    bindparam("kinds", type_=ARRAY(Text)), bindparam("within", type_=ARRAY(Interval))
)
_TELL_LATE = text("SELECT rhannu.tell_late_holders(:flags, :events, :at, :kinds, :within)").bindparams(
    bindparam("flags", type_=ARRAY(Uuid)),
    bindparam("events", type_=ARRAY(Uuid)),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("within", type_=ARRAY(Interval)),
)
_SENT = text("SELECT * FROM rhannu.notices_of_flag(:flag)")
_HELD = text("SELECT * FROM rhannu.held_flags(:after, :most)")


def terms_of_telling() -> dict[str, list[str] | list[timedelta]]:
    """Give the rules as the functions take them: of which changes holders are told, and how long they have."""
    return {"kinds": [kind.value for kind in RecipientChange], "within": [within(kind) for kind in RecipientChange]}


async def tell_late_holders(connection: AsyncConnection, flag_ids: Sequence[UUID], at: datetime) -> None:
    """Put the notices into inboxes that the ledger, just filed, shows to be missing, with an event for each flag."""
    ordered = sorted(flag_ids)
    events = [new_event_id() for _ in ordered]
    await connection.execute(_TELL_LATE, {"flags": ordered, "events": events, "at": at, **terms_of_telling()})


async def tell_holders(unit: UnitOfWork, flag: Flag) -> None:
    """Put a notice of an own flag's new version into the inbox of each holder, and both on the trail (F-15)."""
    rows = (await unit.run(_TELL, {"flag": flag.id, "at": unit.now, **terms_of_telling()})).all()
    if rows:
        receivers = {row.receiver for row in rows}
        told = [f"told:{receiver}" for receiver in receivers]
        unit.record(records=[*(f"inbox-notice:{row.notice}" for row in rows), *told], owners=receivers)


async def sent_notices(unit: UnitOfWork, flag_id: FlagId) -> Sequence[SentNotice]:
    """List what the holders of an own flag were told, by agency and version."""
    return [
        SentNotice(
            id=row.id,
            agency=AgencyCode(row.agency),
            held_version=row.held_version,
            version=row.flag_version,
            kind=RecipientChange(row.kind),
            made_at=row.made_at,
            due_at=row.due_at,
            acknowledged_at=row.acknowledged_at,
            outcome=None if row.outcome is None else CopiesOutcome(row.outcome),
            is_overdue=row.acknowledged_at is None and row.due_at <= unit.now,
            chased_at=row.chased_at,
            chased=tuple(row.roles or ()),
        )
        for row in (await unit.run(_SENT, {"flag": flag_id})).all()
    ]


class InboxRepository:
    """The inbox of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def page(self, wanted: Wanted, *, unacknowledged: bool, kind: RecipientChange | None) -> Page[InboxNotice]:
        """List notices, the newest first."""
        query = _notices()
        if unacknowledged:
            query = query.where(notices.c.acknowledged_at.is_(None))
        if kind is not None:
            query = query.where(notices.c.kind == kind.value)
        query = part_of(query, notices.c.made_at, notices.c.id, wanted, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted, _notice, lambda notice: Place(notice.made_at, notice.id))

    async def notice(self, notice_id: UUID) -> InboxNotice:
        """Find a notice of one's own.

        Raises:
            DomainError: `not-found`, for another agency's as for none.
        """
        row = (await self._unit.run(_notices().where(notices.c.id == notice_id))).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _notice(row)

    async def hold_open(self, notice: InboxNotice) -> Sequence[UUID]:
        """Name the open notices of a flag up to a version, and keep them as they are until the commit."""
        query = (
            select(notices.c.id)
            .where(notices.c.flag_id == notice.flag_id, notices.c.flag_version <= notice.version)
            .where(notices.c.acknowledged_at.is_(None))
            .order_by(notices.c.flag_version, notices.c.id)
        )
        return list((await self._unit.run(query.with_for_update())).scalars())

    async def acknowledge(self, flag: FlagId, settled: Sequence[UUID], said: Acknowledgement) -> None:
        """Store what a holder answered to its notices of a flag, and end their chasing."""
        await self._unit.run(
            update(notices)
            .where(notices.c.id.in_(settled))
            .values(acknowledged_at=said.at, acknowledged_by=said.by, outcome=said.outcome.value, chase_at=None)
        )
        await self._unit.run(select(func.rhannu.settle_silence(flag)))

    async def held(self, after: UUID | None, limit: int) -> Listed[HeldFlag]:
        """List what the agency holds of others' flags, by flag; a part may be short where nothing is held any more."""
        rows = (await self._unit.run(_HELD, {"after": after, "most": limit + 1})).all()
        part = rows[:limit]
        mine = self._unit.principal.agency
        found = tuple(held for row in part if (held := _held(row, mine)) is not None)
        return Listed(found, str(part[-1].flag_id) if len(rows) > limit else None)


def _notices() -> Select[Any]:
    last = (
        select(notice_chases.c.chased_at, notice_chases.c.roles)
        .where(notice_chases.c.notice_id == notices.c.id)
        .order_by(notice_chases.c.rung.desc())
        .limit(1)
        .lateral("last")
    )
    return (
        select(notices, agencies.c.duty_phone, last.c.chased_at, last.c.roles)
        .join(agencies, agencies.c.code == notices.c.sender_agency)
        .outerjoin(last, text("true"))
    )


def _notice(row: Row[Any]) -> InboxNotice:
    acknowledged: Acknowledgement | None = None
    if row.acknowledged_at is not None:
        acknowledged = Acknowledgement(row.acknowledged_at, UserId(row.acknowledged_by), CopiesOutcome(row.outcome))
    return InboxNotice(
        id=row.id,
        agency=AgencyCode(row.owner_agency),
        sender=AgencyCode(row.sender_agency),
        phone=row.duty_phone,
        flag_id=FlagId(row.flag_id),
        about=None if row.about is None else RecordId(row.about),
        held_version=row.held_version,
        version=row.flag_version,
        kind=RecipientChange(row.kind),
        made_at=row.made_at,
        due_at=row.due_at,
        acknowledged=acknowledged,
        chased=None if row.chased_at is None else Chased(row.chased_at, tuple(row.roles)),
    )


def _held(row: Row[Any], holder: AgencyCode) -> HeldFlag | None:
    receipt = Receipt(holder, row.flag_version, row.matched_at, row.displayed_at, row.acknowledged_at)
    settled: Settled | None = None
    if row.settled_at is not None:
        settled = Settled(row.settled_version, row.settled_at, CopiesOutcome(row.outcome))
    now = holding(receipt, settled)
    if now is None:
        return None
    return HeldFlag(
        flag_id=FlagId(row.flag_id),
        owner_agency=AgencyCode(row.owner),
        about=None if row.about is None else RecordId(row.about),
        state=FlagState(row.state),
        told_version=row.told_version or row.flag_version,
        holding=now,
        outcome=None if settled is None else settled.outcome,
    )
