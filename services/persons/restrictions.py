"""Restricting records to named people, and opening them again.

Whoever oversees restrictions sets them without reading the record: the safeguarding lead and the data protection
officer know that there is one and to whom it is open. What everybody else sees is decided by row security alone.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, insert, select, text

from domain.access import Permission, Role
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.ids import AgencyCode, RecordId, UserId
from domain.restrictions import Restriction, RestrictPerson, lift, restrict
from services.core.idempotency import Made
from services.core.steps import Shelf, Step, take_step
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.db.models.persons import person_restrictions

FIELDS = ("restriction.names",)
_OWN = text("SELECT rhannu.is_own_record(:record, :lock)")
_SET = text("SELECT rhannu.set_restriction(:record, :named)").bindparams(bindparam("named", type_=ARRAY(Text)))
_KNOWN = text("SELECT access.known_users(:users)").bindparams(bindparam("users", type_=ARRAY(Uuid)))


class RestrictionRepository:
    """Restrictions of the agency acted for."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def standing(self, record_id: UUID, *, lock: bool = False) -> Restriction:
        """Find how an own record is restricted; `lock` keeps it so until the commit.

        Raises:
            DomainError: `not-found`, for another agency's record as for none.
        """
        if not (await self._unit.run(_OWN, {"record": record_id, "lock": lock})).scalar_one():
            raise DomainError("not-found")
        columns = person_restrictions.c
        query = select(person_restrictions).where(columns.record_id == record_id)
        row = (await self._unit.run(query.order_by(columns.version.desc()).limit(1))).one_or_none()
        mine = self._unit.principal.agency
        return Restriction(id=RecordId(record_id), agency=mine) if row is None else _restriction(row)

    async def put(self, following: Restriction) -> None:
        """Store a setting, and hide or open everything that concerns the record."""
        await self._unit.run(
            insert(person_restrictions).values(
                record_id=following.id,
                version=following.version,
                owner_agency=following.agency,
                roles=sorted(following.roles),
                users=sorted(following.users),
                reason_code=following.reason_code,
                reason=following.reason,
                recorded_at=following.set_at,
                recorded_by=following.set_by,
            )
        )
        named = [*sorted(following.roles), *sorted(map(str, following.users))]
        await self._unit.run(_SET, {"record": following.id, "named": named or None})

    async def known(self, users: Iterable[UserId]) -> frozenset[UserId]:
        """Find those of some accounts that hold a role in the agency."""
        found = (await self._unit.run(_KNOWN, {"users": list(users)})).scalar_one()
        return frozenset(UserId(each) for each in found or ())


def _restriction(row: Any) -> Restriction:  # noqa: ANN401 - a row of the driver's
    return Restriction(
        id=RecordId(row.record_id),
        agency=AgencyCode(row.owner_agency),
        version=row.version,
        roles=frozenset(map(Role, row.roles)),
        users=frozenset(map(UserId, row.users)),
        reason_code=row.reason_code,
        reason=row.reason,
        set_at=row.recorded_at,
        set_by=UserId(row.recorded_by),
    )


def _noted(unit: UnitOfWork, restriction: Restriction) -> Restriction:
    unit.record(
        subjects=[restriction.id],
        records=[f"restriction:{restriction.id}:{restriction.version}"],
        owners=[restriction.agency],
        fields=FIELDS,
    )
    return restriction


def _shelf(unit: UnitOfWork) -> Shelf[Restriction]:
    kept = RestrictionRepository(unit)
    return Shelf(lambda record_id, lock: kept.standing(record_id, lock=lock), kept.put)


@use_case(permission=Permission.PERSON_RESTRICT, audits=AuditAction.RESTRICTION_READ)
async def read_restriction(unit: UnitOfWork, record_id: RecordId) -> Restriction:
    """Read to whom an own record is restricted.

    Raises:
        DomainError: `not-found`.
    """
    return _noted(unit, await RestrictionRepository(unit).standing(record_id))


@use_case(permission=Permission.PERSON_RESTRICT, audits=AuditAction.RESTRICTION_SET)
async def restrict_person(unit: UnitOfWork, step: Step[RestrictPerson]) -> Made[Restriction]:
    """Restrict an own record to named people, from the commit on, with everything that concerns it.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `idempotency-key-reused`.
    """

    async def restricted(standing: Restriction) -> Restriction:
        known = await RestrictionRepository(unit).known(step.command.users)
        return restrict(standing, step.command, known, unit.principal, unit.now)

    outcome = await take_step(unit, step, _shelf(unit), restricted)
    return Made(_noted(unit, outcome.value), outcome.is_replay)


@use_case(permission=Permission.PERSON_RESTRICT, audits=AuditAction.RESTRICTION_LIFTED)
async def lift_restriction(unit: UnitOfWork, step: Step[str]) -> Made[Restriction]:
    """Open an own record again, with a reason.

    Raises:
        DomainError: as `restrict_person` does, `sharing-state-conflict`.
    """

    async def lifted(standing: Restriction) -> Restriction:
        return lift(standing, step.command, unit.principal, unit.now)

    outcome = await take_step(unit, step, _shelf(unit), lifted)
    return Made(_noted(unit, outcome.value), outcome.is_replay)
