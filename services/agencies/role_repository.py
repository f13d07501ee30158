"""Every query of roles: those held for the agency acted for, and those its accounts hold for others."""

from typing import Any

from sqlalchemy import ARRAY, Row, Text, cast, column, func, insert, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from domain.access import APART, Role
from domain.agencies import Duty, RoleAssignment
from domain.errors import DomainError
from domain.ids import AgencyCode, AssignmentId, UserId
from domain.paging import Page, Place, Wanted
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import user_roles
from services.db.paging import page_of, part_of

_ID, _MOMENT = UUID_TYPE(as_uuid=True), TIMESTAMP(timezone=True)
_roles = func.rhannu.role_assignments().table_valued(
    column("id", _ID), column("user_id", _ID), "home", "display_name", "agency", "role",
    column("valid_from", _MOMENT), column("valid_to", _MOMENT), "version", column("assigned_at", _MOMENT),
).render_derived()  # fmt: skip


class RoleRepository:
    """Roles, as both the agency acted for and the account's own may see them."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def roles(self, wanted: Wanted, user: UserId | None) -> Page[RoleAssignment]:
        """List roles held for the agency, and roles its accounts hold elsewhere, by when they were given."""
        query = select(_roles)
        query = query if user is None else query.where(_roles.c.user_id == user)
        rows = (await self._unit.run(part_of(query, _roles.c.assigned_at, _roles.c.id, wanted))).all()
        return page_of(rows, wanted, _role, lambda role: Place(role.assigned_at, role.id))

    async def roles_of(self, user: UserId) -> list[RoleAssignment]:
        """List every role of an account of the agency."""
        return [_role(row) for row in (await self._unit.run(select(_roles).where(_roles.c.user_id == user))).all()]

    async def duties(self, user: UserId) -> list[Duty]:
        """List the duties to be kept apart that the human of an account has, in whatever agency."""
        apart = cast(sorted(role.value for role in APART), ARRAY(Text))
        found = func.rhannu.duties(user, apart).table_valued(
            "role", column("valid_from", _MOMENT), column("valid_to", _MOMENT)
        )
        rows = (await self._unit.run(select(found.render_derived()))).all()
        return [Duty(Role(row.role), row.valid_from, row.valid_to) for row in rows]

    async def role(self, assignment: AssignmentId) -> RoleAssignment | None:
        """Find a role held for the agency or by one of its accounts."""
        row = (await self._unit.run(select(_roles).where(_roles.c.id == assignment))).one_or_none()
        return None if row is None else _role(row)

    async def add_role(self, assignment: RoleAssignment) -> None:
        """Store a role for the agency acted for."""
        await self._unit.run(
            insert(user_roles).values(
                id=assignment.id,
                user_id=assignment.user,
                owner_agency=assignment.agency,
                role=assignment.role.value,
                valid_from=assignment.valid_from,
                valid_to=assignment.valid_to,
                version=assignment.version,
                assigned_at=assignment.assigned_at,
            )
        )

    async def end_role(self, ended: RoleAssignment) -> None:
        """Store when a role ends.

        Raises:
            DomainError: `version-stale`.
        """
        end = func.rhannu.end_role(ended.id, ended.version - 1, ended.valid_to)
        if not (await self._unit.run(select(end))).scalar_one():
            raise DomainError("version-stale")


def _role(row: Row[Any]) -> RoleAssignment:
    return RoleAssignment(
        id=AssignmentId(row.id),
        user=UserId(row.user_id),
        home=AgencyCode(row.home),
        display_name=row.display_name,
        agency=AgencyCode(row.agency),
        role=Role(row.role),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
        assigned_at=row.assigned_at,
    )
