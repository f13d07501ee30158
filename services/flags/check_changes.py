"""Asking what has become of the warnings that a check gave (F-15)."""

import json

from sqlalchemy import RowMapping, text

from domain.access import ALERTING_PURPOSES, Permission
from domain.audit_actions import AuditAction
from domain.flag_codes import FlagState
from domain.held_warnings import ChangesSince, HeldStanding, HeldWarning, standing_of
from domain.ids import AgencyCode, CheckId, FlagId, RecordId
from domain.visibility import Tier
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags.check_events import ShownCheck, record_people, shown_check
from services.flags.reads import EXISTS, PRECAUTION, STANDING

_CHANGES = text(
    "SELECT flag_id, held_version, flag_version, owner, about, phone, state, tier, changes, badges, precaution "
    "FROM rhannu.check_changes(:check_id, :alerting, :at)"
)
_TIERS = {None: Tier.ABSENT, "exists": Tier.EXISTS, "precaution": Tier.PRECAUTION}


@use_case(permission=Permission.CHECK_RUN, audits=AuditAction.CHECK_CHANGES_READ)
async def changes_since_check(unit: UnitOfWork, check: CheckId) -> ChangesSince:
    """Say what has become of the warnings that one of the agency's own checks gave, as they may be seen today.

    Raises:
        DomainError: `not-found`, for another agency's check as for none.
    """
    shown = await shown_check(unit, check)
    values = {"check_id": check, "alerting": unit.principal.purpose in ALERTING_PURPOSES, "at": unit.now}
    warnings = tuple(map(_held, (await unit.run(_CHANGES, values)).mappings()))
    unit.record(records=[f"check:{check}"])
    for each in warnings:
        _record(unit, shown, each)
    return ChangesSince(check, shown.checked_at, unit.now, warnings)


def _record(unit: UnitOfWork, shown: ShownCheck, held: HeldWarning) -> None:
    """Name the warning: as given where it is shown or has ended, as hinted at where it is not shown."""
    reference = f"flag:{held.flag_id}:{held.version}"
    record_people(unit, shown, [] if held.about is None else [held.about])
    unit.record(owners=[held.owner_agency])
    if held.standing is HeldStanding.NOT_SHOWN:
        unit.record(fields=[EXISTS])
        unit.hint([reference])
    else:
        unit.record(records=[reference], fields=[STANDING if held.precaution is None else PRECAUTION])


def _held(row: RowMapping) -> HeldWarning:
    return HeldWarning(
        flag_id=FlagId(row["flag_id"]),
        held_version=row["held_version"],
        version=row["flag_version"],
        owner_agency=AgencyCode(row["owner"]),
        phone=row["phone"],
        about=None if row["about"] is None else RecordId(row["about"]),
        standing=standing_of(
            row["held_version"],
            row["flag_version"],
            FlagState(row["state"]),
            _TIERS[row["tier"]],
            is_quiet=not row["changes"],
        ),
        changes=tuple(row["changes"]),
        precaution=None if row["precaution"] is None else json.loads(row["precaution"]),
        badges=tuple(row["badges"]),
    )
