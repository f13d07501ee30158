"""The log of what administrators did: every use case that changes the register writes one row."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, insert, select

from domain.agency_changes import Change, RegisterChange, Thing
from domain.ids import UserId
from domain.paging import Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import register_changes
from services.db.paging import page_of, part_of


class ChangeLog:
    """Acts of the administrators of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def note(self, change: Change) -> None:
        """Keep one act."""
        principal = self._unit.principal
        await self._unit.run(
            insert(register_changes).values(
                id=uuid4(),
                owner_agency=principal.agency,
                thing=change.thing.value,
                reference=change.reference,
                version=change.version,
                change=change.change,
                content=dict(change.content),
                reason=change.reason,
                recorded_at=self._unit.now,
                recorded_by=principal.user,
            )
        )

    async def acts(self, wanted: Wanted, reference: str | None) -> Page[RegisterChange]:
        """List acts, newest first; all, or those on one thing."""
        query = select(register_changes)
        query = query if reference is None else query.where(register_changes.c.reference == reference)
        at, identifier = register_changes.c.recorded_at, register_changes.c.id
        rows = (await self._unit.run(part_of(query, at, identifier, wanted, newest_first=True))).all()
        return page_of(rows, wanted, _act, lambda act: Place(act.at, act.id))


def _act(row: Row[Any]) -> RegisterChange:
    change = Change(Thing(row.thing), row.reference, row.version, row.change, row.content, row.reason)
    return RegisterChange(UUID(str(row.id)), change, row.recorded_at, UserId(row.recorded_by))
