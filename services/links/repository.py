"""Every query of links between records that a rule made.

Row security shows an agency the links of its own records. Moving a record, and saying again whom flags warn about
on both sides, is one function's work, since the other side's records are other agencies' (revision 0016).
"""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from domain.errors import DomainError
from domain.ids import AgencyCode, RecordId, RecordLinkId, UserId
from domain.links import LinkRule, LinkState, RecordLink
from domain.paging import Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork
from services.db.models.persons import record_link_reviews, record_links
from services.db.paging import page_of, part_of


class LinkRepository:
    """Links of the records of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def links(self, wanted: Wanted, state: LinkState) -> Page[RecordLink]:
        """List links, the oldest first: they have waited longest."""
        query = select(record_links).where(record_links.c.state == state.value)
        rows = (await self._unit.run(part_of(query, record_links.c.linked_at, record_links.c.id, wanted))).all()
        return page_of(rows, wanted, _link, lambda link: Place(link.linked_at, link.id))

    async def link(self, link_id: RecordLinkId, *, lock: bool = False) -> RecordLink:
        """Find a link of an own record.

        Raises:
            DomainError: `not-found`.
        """
        query = select(record_links).where(record_links.c.id == link_id)
        row = (await self._unit.run(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            raise DomainError("not-found")
        return _link(row)

    async def replace(self, link: RecordLink) -> None:
        """Store a review; those before stand in the reviews.

        Raises:
            DomainError: `version-stale`.
        """
        stored = {"reason": link.reason, "reviewed_at": link.reviewed_at, "reviewed_by": link.reviewed_by}
        query = update(record_links).where(record_links.c.id == link.id, record_links.c.version == link.version - 1)
        query = query.values(state=link.state.value, version=link.version, **stored)
        if (await self._unit.run(query.returning(record_links.c.id))).one_or_none() is None:
            raise DomainError("version-stale")
        await self._unit.run(
            insert(record_link_reviews).values(
                link_id=link.id,
                version=link.version,
                owner_agency=link.owner_agency,
                outcome=link.state.value,
                **stored,
            )
        )

    async def move(self, link: RecordLink) -> None:
        """Set the record apart, or put it back, as the link now says.

        Raises:
            DomainError: `link-state-conflict` when the record has moved on since.
        """
        apart = link.state is LinkState.SEPARATED
        if not (await self._unit.run(select(func.rhannu.move_record(link.id, apart)))).scalar_one():
            raise DomainError("link-state-conflict")


def _link(row: Row[Any]) -> RecordLink:
    return RecordLink(
        id=RecordLinkId(row.id),
        owner_agency=AgencyCode(row.owner_agency),
        record=RecordId(row.record_id),
        rule=LinkRule(row.rule),
        linked_at=row.linked_at,
        state=LinkState(row.state),
        version=row.version,
        reason=row.reason,
        reviewed_at=row.reviewed_at,
        reviewed_by=None if row.reviewed_by is None else UserId(row.reviewed_by),
    )
