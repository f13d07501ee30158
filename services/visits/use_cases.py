"""Issuing a visit sheet: a flag check with its own evidence, and then the sheet with its own (law 1).

The check's event is committed by its statement; the sheet's by the unit of work, once the sheet is written.
Nothing leaves before both. A sheet that could not be written leaves the check on the trail, which is true:
it was made, and nothing was given for it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from domain.access import Permission
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence
from domain.ids import FlagId
from domain.visits import (
    About,
    Contact,
    IssueSheet,
    Register,
    Sheet,
    SheetLine,
    SheetWarning,
    check_of,
    holds_until,
)
from services.agencies import Covered, Directory
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case
from services.flags import EXISTS, PRECAUTION, EntryAnswer, FlagChecks, PrecautionLine, record_people, shown_check


@dataclass(frozen=True, slots=True)
class CheckDesk:
    """Who runs checks, and what is known of the agencies whose registers they cover."""

    checks: FlagChecks
    agencies: Directory
    covered: Sequence[Covered]


@use_case(permission=Permission.CHECK_RUN, audits=AuditAction.SHEET_ISSUED)
async def issue_sheet(unit: UnitOfWork, desk: CheckDesk, command: IssueSheet) -> Sheet:
    """Check a list for one shift and give the sheet to the human named in the token, who has been shown it.

    Raises:
        DomainError: `access-denied` also for a team, since a sheet is put into somebody's hands; `content-invalid`,
            `purpose-not-permitted` or `service-unavailable`.
    """
    if unit.principal.is_team:
        raise DomainError("access-denied")
    answer = await desk.checks.run(unit.caller, check_of(command, unit.now), unit.now)
    shown = await shown_check(unit, answer.id)
    flags = [reference for reference in shown.records if reference.startswith("flag:")]
    record_people(unit, shown, shown.subjects)
    unit.record(
        records=[f"check:{answer.id}", *flags],
        owners=shown.owners,
        fields=[PRECAUTION] * bool(flags) + [EXISTS] * bool(shown.hinted),
    )
    unit.hint(shown.hinted)
    return Sheet(
        check_id=answer.id,
        issued_at=answer.checked_at,
        shift=command.shift,
        holds_until=holds_until(command.shift, answer.checked_at),
        language=command.language,
        duty=_contact(desk, unit.principal.agency),
        registers=tuple(
            Register(each.agency, desk.agencies.desk(each.agency).name, each.last_fed_at, each.older_register)
            for each in desk.covered
        ),
        lines=tuple(_line(desk, entry) for entry in answer.entries),
    )


def _contact(desk: CheckDesk, agency: str) -> Contact:
    found = desk.agencies.desk(agency)
    return Contact(found.agency, found.name, found.phone)


def _line(desk: CheckDesk, entry: EntryAnswer) -> SheetLine:
    return SheetLine(
        reference=entry.reference,
        verdict=entry.verdict,
        warnings=tuple(_warning(desk, line) for line in entry.warnings),
        contacts=tuple(_contact(desk, agency) for agency in entry.contacts),
        issues=entry.issues,
    )


def _warning(desk: CheckDesk, line: PrecautionLine) -> SheetWarning:
    """Read a precaution back from the JSON that the check copies (`services.flags.precaution`)."""
    said: dict[str, Any] = json.loads("{" + line.members + "}")
    review_on = said["reviewOn"]
    return SheetWarning(
        flag_id=FlagId(UUID(said["flagId"])),
        flag_version=said["version"],
        category=Category(said["category"]["code"]),
        controls=tuple(control["code"] for control in said["controls"]),
        sentence=ControlSentence(said["sentence"]["en"], said["sentence"]["cy"]),
        review_on=None if review_on is None else date.fromisoformat(review_on),
        state=FlagState(said["state"]),
        about=cast("About", line.about),
        badges=tuple(Badge(badge) for badge in said["badges"]),
        contact=_contact(desk, line.holder),
        handling=tuple(condition["code"] for condition in said["handling"]),
    )
