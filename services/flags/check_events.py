"""What follows a check: shown to a named human, acknowledged, or resolved at the duty desk by telephone.

A match by a machine, a display to a person and an acknowledgement are three events; the recipient ledger
keeps them apart, and a subject who asks who was told gets the truth (F-15, R-05).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import CheckId, FlagId, RecordId, UserId
from domain.text import text_issues
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.db.models.flags import check_resolutions
from services.persons import own_records

_SHOWN = text("SELECT checked_at, user_id, records, hinted, subjects, owners FROM rhannu.check_shown(:check_id)")
LONGEST_NOTE = 1000


class ResolutionMethod(StrEnum):
    """How a duty desk found out who was meant."""

    TELEPHONE = "telephone"
    IN_PERSON = "in-person"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """What a check of the caller's own agency showed, and of which flags it only hinted."""

    id: CheckId
    checked_at: datetime
    user: UserId
    records: tuple[str, ...]
    hinted: tuple[str, ...]
    subjects: tuple[UUID, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckEvent:
    """A display or an acknowledgement as recorded."""

    check: CheckId
    flags: tuple[FlagId, ...]
    user: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ResolveCheck:
    """Say who was meant by an uncertain line, or that nobody known was."""

    check: CheckId
    reference: str
    record_id: RecordId | None
    method: ResolutionMethod
    note: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A line resolved by a person."""

    id: UUID
    check: CheckId
    reference: str
    record_id: RecordId | None
    method: ResolutionMethod
    note: str
    recorded_at: datetime
    recorded_by: UUID


async def shown_check(unit: UnitOfWork, check: CheckId) -> ShownCheck:
    """Find what one of the agency's own checks showed, as its event says.

    Raises:
        DomainError: `not-found`, for another agency's check and one that was refused as for none.
    """
    row = (await unit.run(_SHOWN, {"check_id": check})).one_or_none()
    if row is None:
        raise DomainError("not-found")
    return ShownCheck(
        check,
        row.checked_at,
        UserId(row.user_id),
        tuple(row.records),
        tuple(row.hinted),
        tuple(row.subjects),
        tuple(row.owners),
    )


def record_people(unit: UnitOfWork, shown: ShownCheck, people: Iterable[UUID]) -> None:
    """Name people of a check on the trail: met where whoever asks made it, since the check judged whom it may tell of.

    To anybody else of the agency they are shown anew, and a declared conflict of interest holds (ADR 0017).
    """
    if shown.user == unit.principal.user:
        unit.record_met(people)
    else:
        unit.record(subjects=people)


async def _record(unit: UnitOfWork, check: CheckId, flags: Iterable[FlagId], once: Once) -> Made[CheckEvent]:
    """Record that flags of a check were shown or acknowledged, by the human who asks.

    Raises:
        DomainError: `access-denied` for a team, `not-found`, `content-invalid` for a flag the check did not show.
    """
    if unit.principal.is_team:
        raise DomainError("access-denied")
    shown = await shown_check(unit, check)
    wanted = tuple(dict.fromkeys(flags))
    refs = {UUID(ref.split(":")[1]): ref for ref in shown.records}
    missing = [(f"/flags/{place}", "not-found") for place, flag in enumerate(wanted) if flag not in refs]
    if missing:
        raise invalid(*missing)

    async def make() -> CheckEvent:
        return CheckEvent(check, wanted, unit.principal.user, unit.now)

    async def replay(_check: UUID) -> CheckEvent:
        return CheckEvent(check, wanted, unit.principal.user, unit.now)

    made = await at_most_once(unit, once, make, lambda event: Resource(event.check, 1), replay)
    record_people(unit, shown, shown.subjects)
    unit.record(
        records=[f"check:{check}", *(refs[flag] for flag in wanted)],
        owners=shown.owners,
        fields=["flag.precaution"],
    )
    return made


@use_case(permission=Permission.CHECK_DISPLAY, audits=AuditAction.CHECK_DISPLAYED)
async def display_check(unit: UnitOfWork, check: CheckId, flags: tuple[FlagId, ...], once: Once) -> Made[CheckEvent]:
    """Record that warnings of a check were shown to the human named in the token.

    Raises:
        DomainError: `access-denied` for a team, `not-found`, `content-invalid` for a flag the check did not show.
    """
    return await _record(unit, check, flags, once)


@use_case(permission=Permission.CHECK_ACKNOWLEDGE, audits=AuditAction.CHECK_ACKNOWLEDGED)
async def acknowledge_check(
    unit: UnitOfWork, check: CheckId, flags: tuple[FlagId, ...], once: Once
) -> Made[CheckEvent]:
    """Record that the human named in the token has read warnings of a check and will act on them.

    Raises:
        DomainError: `access-denied` for a team, `not-found`, `content-invalid` for a flag the check did not show.
    """
    return await _record(unit, check, flags, once)


@use_case(permission=Permission.CHECK_RESOLVE, audits=AuditAction.CHECK_RESOLVED)
async def resolve_check(unit: UnitOfWork, command: ResolveCheck, once: Once) -> Made[Resolved]:
    """Record at the duty desk who was meant by an uncertain line, and how that was found out.

    Raises:
        DomainError: `not-found` for another agency's check or record; `content-invalid`.
    """
    issues = text_issues("/note", command.note, LONGEST_NOTE) + text_issues("/reference", command.reference, 100)
    if issues:
        raise invalid(*issues)
    shown = await shown_check(unit, command.check)
    if command.record_id is not None and not await own_records(unit, [command.record_id]):
        raise invalid(("/personId", "not-found"))

    async def make() -> Resolved:
        resolved = Resolved(
            uuid4(), command.check, command.reference, command.record_id, command.method, command.note, unit.now,
            unit.principal.user,
        )  # fmt: skip
        await unit.run(
            insert(check_resolutions).values(
                id=resolved.id,
                owner_agency=unit.principal.agency,
                check_id=resolved.check,
                entry_reference=resolved.reference,
                record_id=resolved.record_id,
                method=resolved.method,
                note=resolved.note,
                recorded_at=resolved.recorded_at,
                recorded_by=resolved.recorded_by,
            )
        )
        return resolved

    async def replay(made: UUID) -> Resolved:
        row = (await unit.run(select(check_resolutions).where(check_resolutions.c.id == made))).one()
        return Resolved(
            row.id, CheckId(row.check_id), row.entry_reference, row.record_id, ResolutionMethod(row.method), row.note,
            row.recorded_at, row.recorded_by,
        )  # fmt: skip

    outcome = await at_most_once(unit, once, make, lambda resolved: Resource(resolved.id, 1), replay)
    subjects = [] if command.record_id is None else [command.record_id]
    record_people(unit, shown, shown.subjects)
    unit.record(
        subjects=subjects,
        records=[f"check:{command.check}", f"resolution:{outcome.value.id}"],
        owners=[*shown.owners, unit.principal.agency],
        fields=["check.resolution"],
    )
    return outcome
