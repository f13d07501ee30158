"""Every query of break-glass.

Row security shows an agency's grants to its duty managers and data protection officers. Whoever only opens sees their
own; that part of the wall stands here. What lies behind a door is asked of functions that ask the verified context.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, insert, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import distinct_on

from domain.break_glass import (
    BreakGlassGrant,
    BreakGlassNotice,
    BreakGlassRestoration,
    BreakGlassReview,
    OpenBreakGlass,
    ReviewBreakGlass,
    ReviewOutcome,
    Standing,
    Window,
    duties_of_break_glass,
    is_of,
    reads_all,
)
from domain.duties import next_moment
from domain.errors import DomainError
from domain.flag_decisions import Signature
from domain.ids import (
    AgencyCode,
    BreakGlassId,
    BreakGlassNoticeId,
    BreakGlassRestorationId,
    HumanId,
    PersonId,
    RecordId,
    UserId,
)
from domain.paging import Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork
from services.db.models.break_glass import (
    break_glass_chases,
    break_glass_grants,
    break_glass_notices,
    break_glass_restorations,
)
from services.db.paging import page_of, part_of
from services.flags import Chased, SharedFlag, shared_flag

_STANDING = text("SELECT is_open, overdue, is_misused FROM rhannu.break_glass_standing(:record, :at)")
_OPEN = text("SELECT rhannu.open_break_glass(:id, :record, :reason, :why, :at, :until, :review_by, :first_chase)")
_WARNINGS = text(
    "SELECT flag_id, flag_version, owner, about, badges, precaution, phone "
    "FROM rhannu.break_glass_warnings(:opened, :at)"
)


@dataclass(frozen=True, slots=True)
class GrantsWanted:
    """Which grants; `unreviewed` for those alone that wait for their review."""

    part: Wanted
    unreviewed: bool = False


@dataclass(frozen=True, slots=True)
class NoticesWanted:
    """Which notices; `unacknowledged` for those alone that nobody has acknowledged."""

    part: Wanted
    unacknowledged: bool = False


class BreakGlassRepository:
    """What the agency acted for opened and was told of."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def standing(self, record_id: RecordId) -> Standing | None:
        """Say how the caller stands who would open a door; None for a record that is not the agency's own.

        Whatever else the same human opens waits until the commit.
        """
        row = (await self._unit.run(_STANDING, {"record": record_id, "at": self._unit.now})).one_or_none()
        return None if row is None else Standing(row.is_open, row.overdue, row.is_misused)

    async def add(self, new_id: BreakGlassId, opening: OpenBreakGlass, window: Window) -> None:
        """Store a grant of the caller's, and tell the data protection officers of it."""
        clocks = (duty.clock for duty in duties_of_break_glass(window.review_due_at))
        values = {
            "id": new_id,
            "record": opening.about,
            "reason": opening.reason_code,
            "why": opening.justification,
            "at": window.opened_at,
            "until": window.expires_at,
            "review_by": window.review_due_at,
            "first_chase": next_moment(clocks, None),
        }
        await self._unit.run(_OPEN, values)

    async def grant(self, grant_id: BreakGlassId, *, lock: bool = False) -> BreakGlassGrant:
        """Find a grant that the caller may see.

        Raises:
            DomainError: `not-found`, for a colleague's or another agency's as for none (law 4).
        """
        query = select(break_glass_grants).where(break_glass_grants.c.id == grant_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        by = self._unit.principal
        if row is None:
            raise DomainError("not-found")
        grant = _grant(row)
        if not reads_all(by) and not is_of(grant, by):
            raise DomainError("not-found")
        return grant

    async def grants(self, wanted: GrantsWanted) -> Page[BreakGlassGrant]:
        """List grants, newest first."""
        columns = break_glass_grants.c
        query = select(break_glass_grants).where(self._seen())
        if wanted.unreviewed:
            query = query.where(columns.reviewed_at.is_(None))
        query = part_of(query, columns.opened_at, columns.id, wanted.part, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted.part, _grant, lambda grant: Place(grant.opened.at, grant.id))

    def _seen(self) -> ColumnElement[bool]:
        by, columns = self._unit.principal, break_glass_grants.c
        if reads_all(by):
            return true()
        return or_(columns.opened_by == by.user, columns.opened_human.in_(list(by.humans)))

    async def add_review(self, grant: BreakGlassGrant, review: BreakGlassReview) -> None:
        """Write the review beside its grant, whose clock stops."""
        await self._unit.run(
            update(break_glass_grants)
            .where(break_glass_grants.c.id == grant.id)
            .values(
                version=grant.version,
                reviewed_at=review.signed.at,
                reviewed_by=review.signed.user,
                reviewed_human=review.signed.human,
                outcome=review.given.outcome.value,
                review_reason=review.given.reason,
                chase_at=None,
            )
        )

    async def chased(self, grant_ids: Iterable[BreakGlassId]) -> dict[BreakGlassId, Chased]:
        """Say of grants when their review was last chased, and before whom."""
        columns = break_glass_chases.c
        query = (
            select(columns.grant_id, columns.chased_at, columns.roles)
            .where(columns.grant_id.in_(list(grant_ids)))
            .ext(distinct_on(columns.grant_id))
            .order_by(columns.grant_id, columns.rung.desc())
        )
        rows = (await self._unit.run(query)).all()
        return {BreakGlassId(row.grant_id): Chased(row.chased_at, tuple(row.roles)) for row in rows}

    async def warnings(self, grant_id: BreakGlassId) -> tuple[SharedFlag, ...]:
        """Read what is behind an open door of the caller's own."""
        rows = (await self._unit.run(_WARNINGS, {"opened": grant_id, "at": self._unit.now})).all()
        return tuple(_warning(row) for row in rows)

    async def notice(self, notice_id: BreakGlassNoticeId) -> BreakGlassNotice:
        """Find a notice of the agency's, and keep it as read until the commit.

        Raises:
            DomainError: `not-found`.
        """
        query = select(break_glass_notices).where(break_glass_notices.c.id == notice_id).with_for_update()
        row = (await self._unit.run(query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _notice(row)

    async def notices(self, wanted: NoticesWanted) -> Page[BreakGlassNotice]:
        """List what the agency's officers were told, newest first."""
        columns = break_glass_notices.c
        query = select(break_glass_notices)
        if wanted.unacknowledged:
            query = query.where(columns.acknowledged_at.is_(None))
        query = part_of(query, columns.told_at, columns.id, wanted.part, newest_first=True)
        rows = (await self._unit.run(query)).all()
        return page_of(rows, wanted.part, _notice, lambda notice: Place(notice.told_at, notice.id))

    async def replace_notice(self, notice: BreakGlassNotice) -> None:
        """Store that a notice was acknowledged."""
        await self._unit.run(
            update(break_glass_notices)
            .where(break_glass_notices.c.id == notice.id)
            .values(
                version=notice.version,
                acknowledged_at=notice.acknowledged_at,
                acknowledged_by=notice.acknowledged_by,
            )
        )

    async def misuses(self, user: UserId) -> tuple[BreakGlassGrant, ...]:
        """Find uses by an account that the agency judged unjustified and has not forgiven since, in order."""
        columns, given = break_glass_grants.c, break_glass_restorations.c
        forgiven = exists().where(given.human_id == columns.opened_human, given.restored_at >= columns.reviewed_at)
        query = select(break_glass_grants).where(
            columns.opened_by == user, columns.outcome == ReviewOutcome.UNJUSTIFIED.value, ~forgiven
        )
        rows = (await self._unit.run(query.order_by(columns.opened_at, columns.id).with_for_update())).all()
        return tuple(_grant(row) for row in rows)

    async def add_restoration(self, restoration: BreakGlassRestoration) -> None:
        """Store that a right was given back."""
        await self._unit.run(
            insert(break_glass_restorations).values(
                id=restoration.id,
                owner_agency=restoration.owner_agency,
                user_id=restoration.user,
                human_id=restoration.human,
                reason=restoration.reason,
                restored_at=restoration.restored.at,
                restored_by=restoration.restored.user,
                restored_human=restoration.restored.human,
            )
        )

    async def restoration(self, restoration_id: BreakGlassRestorationId) -> BreakGlassRestoration:
        """Find a restoration of the agency's.

        Raises:
            DomainError: `not-found`.
        """
        query = select(break_glass_restorations).where(break_glass_restorations.c.id == restoration_id)
        row = (await self._unit.run(query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return BreakGlassRestoration(
            id=BreakGlassRestorationId(row.id),
            owner_agency=AgencyCode(row.owner_agency),
            user=UserId(row.user_id),
            human=HumanId(row.human_id),
            reason=row.reason,
            restored=Signature(UserId(row.restored_by), HumanId(row.restored_human), row.restored_at),
        )


def _grant(row: Row[Any]) -> BreakGlassGrant:
    review = None
    if row.reviewed_at is not None:
        given = ReviewBreakGlass(ReviewOutcome(row.outcome), row.review_reason)
        signed = Signature(UserId(row.reviewed_by), HumanId(row.reviewed_human), row.reviewed_at)
        review = BreakGlassReview(given, signed)
    return BreakGlassGrant(
        id=BreakGlassId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        opening=OpenBreakGlass(RecordId(row.record_id), row.reason_code, row.justification),
        person=PersonId(row.person_id),
        opened=Signature(UserId(row.opened_by), HumanId(row.opened_human), row.opened_at),
        expires_at=row.expires_at,
        review_due_at=row.review_due_at,
        review=review,
    )


def _notice(row: Row[Any]) -> BreakGlassNotice:
    opened_by = None
    if row.opened_by is not None:
        opened_by = Signature(UserId(row.opened_by), HumanId(row.opened_human), row.opened_at)
    return BreakGlassNotice(
        id=BreakGlassNoticeId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        grant=BreakGlassId(row.grant_id),
        opened_at=row.opened_at,
        opening_agency=AgencyCode(row.opening_agency),
        told_at=row.told_at,
        version=row.version,
        opened_by=opened_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=None if row.acknowledged_by is None else UserId(row.acknowledged_by),
    )


def _warning(row: Row[Any]) -> SharedFlag:
    reference = (UUID(str(row.flag_id)), row.flag_version, row.owner)
    return shared_flag(reference, row.about, row.badges, row.precaution, row.phone)
