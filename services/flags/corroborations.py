"""Corroborations: made, read and withdrawn by the agency that holds them, and what a flag's owner is told of them.

The agency that makes one cites incidents of its own and must see the flag's precaution; the owner's reading of it
goes through a function that gives agency, day and kind of behaviour, and each is named on the trail.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, select, text

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_corroboration import (
    Concern,
    Corroborated,
    CorroborateFlag,
    Corroboration,
    corroborate,
    withdraw,
)
from domain.ids import AgencyCode, CorroborationId, FlagId
from domain.incidents import Incident
from services.core.codec import from_document, to_document
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.core.versioned import Version, VersionedTable
from services.db.models.flags import corroboration_versions, corroborations
from services.flags.precaution import SharedFlag
from services.flags.repository import FlagRepository
from services.incidents import own_incidents

FIELDS = ("corroboration.content",)

_STORE = VersionedTable(corroborations, corroboration_versions, "corroboration_id")
_OF_FLAGS = text(
    "SELECT flag_id, id, version, agency, last_on, kinds, since, withdrawn_at FROM rhannu.corroborations_of(:flags)"
)
_SAME = text("SELECT same, involved FROM rhannu.same_concern(:flag, :records, :places, :human)")


class CorroborationRepository:
    """Corroborations by the agency acted for, and what it is told of those of its own flags."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def own(self, corroboration_id: CorroborationId, *, lock: bool = False) -> Corroboration:
        """Find one of the agency's own.

        Raises:
            DomainError: `not-found`.
        """
        return from_document(Corroboration, (await _STORE.find(self._unit, corroboration_id, lock=lock)).content)

    async def own_of(self, flag_id: FlagId) -> Sequence[Corroboration]:
        """List the agency's own of one flag, in the order in which they were made."""
        query = select(corroborations.c.content).where(corroborations.c.flag_id == flag_id)
        rows = await self._unit.run(query.order_by(corroborations.c.since, corroborations.c.id))
        return [from_document(Corroboration, content) for content in rows.scalars()]

    async def of_flags(self, flag_ids: Iterable[FlagId]) -> dict[FlagId, tuple[Corroborated, ...]]:
        """Find what bears out own flags."""
        found: dict[FlagId, tuple[Corroborated, ...]] = {}
        for row in (await self._unit.run(_OF_FLAGS, {"flags": list(flag_ids)})).all():
            found[row.flag_id] = (*found.get(row.flag_id, ()), _corroborated(row))
        return found

    async def concern(self, flag: SharedFlag, incidents: Sequence[Incident], cited: Sequence[UUID]) -> Concern:
        """Find out whether incidents are about a shared flag's subject, and whether the caller had a part in it."""
        known: dict[UUID, Incident] = {incident.id: incident for incident in incidents}
        found = [known.get(incident_id) for incident_id in cited]
        values = {
            "flag": flag.id,
            "records": [None if each is None else each.content.about for each in found],
            "places": [None if each is None else each.content.place.uprn for each in found],
            "human": self._unit.principal.human,
        }
        row = (await self._unit.run(_SAME, values)).one()
        return Concern(flag.category, frozenset(number - 1 for number in row.same), row.involved)

    async def add(self, corroboration: Corroboration) -> None:
        """Store a new one.

        Raises:
            DomainError: `already-corroborated` where one of the agency stands.
        """
        fixed = {name: getattr(corroboration, name) for name in ("flag_id", "last_on", "since")}
        await _STORE.add(self._unit, _version(corroboration), kinds=list(corroboration.kinds), **fixed)

    async def replace(self, corroboration: Corroboration) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _STORE.replace(self._unit, _version(corroboration))


def _version(corroboration: Corroboration) -> Version:
    return Version(
        id=corroboration.id,
        owner=corroboration.owner_agency,
        both={
            "version": corroboration.version,
            "state": corroboration.state.value,
            "content": to_document(corroboration),
            "recorded_at": corroboration.recorded_at,
            "recorded_by": corroboration.recorded_by,
        },
        standing={"withdrawn_at": corroboration.withdrawn_at},
    )


def _corroborated(row: Row[Any]) -> Corroborated:
    return Corroborated(
        id=CorroborationId(row.id),
        version=row.version,
        agency=AgencyCode(row.agency),
        last_on=row.last_on,
        kinds=tuple(row.kinds),
        since=row.since,
        withdrawn_at=row.withdrawn_at,
    )


def told(unit: UnitOfWork, corroborated: Iterable[Corroborated]) -> None:
    """Put on the trail that a flag's owner was told of corroborations."""
    for each in corroborated:
        unit.record(records=[f"corroboration:{each.id}:{each.version}"], owners=[each.agency])


def _shown(unit: UnitOfWork, *shown: Corroboration, subjects: Iterable[UUID] = ()) -> None:
    for each in shown:
        cited = [f"incident:{incident.id}:{incident.version}" for incident in each.incidents]
        unit.record(
            subjects=subjects,
            records=[f"corroboration:{each.id}:{each.version}", *cited],
            owners=[each.owner_agency],
            fields=FIELDS,
        )


@use_case(permission=Permission.FLAG_CORROBORATE, audits=AuditAction.CORROBORATION_RECORDED)
async def corroborate_flag(unit: UnitOfWork, command: CorroborateFlag, once: Once) -> Made[Corroboration]:
    """Record that the agency holds the same concern as another's flag that it may see.

    Raises:
        DomainError: `not-found` for a flag that is not shared as for none, `access-denied` for an own one,
            `corroboration-needs-another`, `already-corroborated`, `content-invalid` or `idempotency-key-reused`.
    """
    kept = CorroborationRepository(unit)

    async def make() -> Corroboration:
        flag = await _seen_flag(unit, command.flag_id)
        incidents = await own_incidents(unit, command.incidents)
        concern = await kept.concern(flag, incidents, command.incidents)
        made = corroborate(uuid4(), command, concern, incidents, unit.principal, unit.now)
        await kept.add(made)
        about = [incident.content.about for incident in incidents]
        unit.record(subjects=about if flag.about is None else [*about, flag.about], owners=[flag.owner_agency])
        unit.record(records=[f"flag:{flag.id}:{flag.version}"])
        return made

    async def replay(made: UUID) -> Corroboration:
        return await kept.own(CorroborationId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _shown(unit, outcome.value, subjects=await _about(unit, outcome.value))
    return outcome


async def _seen_flag(unit: UnitOfWork, flag_id: FlagId) -> SharedFlag:
    flags = FlagRepository(unit)
    if await flags.find(flag_id) is not None:
        raise DomainError("access-denied")
    shared = await flags.shared(flag_id)
    if shared is None:
        raise DomainError("not-found")
    return shared


async def _about(unit: UnitOfWork, *shown: Corroboration) -> list[UUID]:
    """Name the people whom the incidents cited are about."""
    cited = {incident.id for each in shown for incident in each.incidents}
    return [incident.content.about for incident in await own_incidents(unit, cited)]


@use_case(permission=Permission.FLAG_CORROBORATE, audits=AuditAction.CORROBORATION_READ)
async def own_corroborations(unit: UnitOfWork, flag_id: FlagId) -> tuple[Corroboration, ...]:
    """List what the agency itself recorded about another's flag.

    Raises:
        DomainError: `not-found` where there is none and the flag is not shared.
    """
    found = await CorroborationRepository(unit).own_of(flag_id)
    if not found:
        await _seen_flag(unit, flag_id)
        unit.record_empty()
    _shown(unit, *found, subjects=await _about(unit, *found))
    return tuple(found)


@use_case(permission=Permission.FLAG_CORROBORATE, audits=AuditAction.CORROBORATION_WITHDRAWN)
async def withdraw_corroboration(
    unit: UnitOfWork, corroboration_id: CorroborationId, read_version: int, reason: str, once: Once
) -> Made[Corroboration]:
    """Take an own corroboration back, whatever has become of the flag.

    Raises:
        DomainError: `not-found`, `version-stale`, `flag-state-conflict`, `content-invalid` or
            `idempotency-key-reused`.
    """
    kept = CorroborationRepository(unit)

    async def make() -> Corroboration:
        standing = await kept.own(corroboration_id, lock=True)
        if standing.version != read_version:
            raise DomainError("version-stale")
        withdrawn = withdraw(standing, reason, unit.principal, unit.now)
        await kept.replace(withdrawn)
        return withdrawn

    async def replay(made: UUID) -> Corroboration:
        return await kept.own(CorroborationId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    _shown(unit, outcome.value, subjects=await _about(unit, outcome.value))
    return outcome
