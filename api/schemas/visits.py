"""Visit sheets on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.flag_checks import (
    CategoryView,
    CheckEntryBody,
    ContactView,
    EntryView,
    IssueView,
    OwnersSentenceView,
    RegisterView,
    SaidView,
    WarningView,
    coded_view,
    said_view,
)
from domain.flag_checks import RunCheck
from domain.problems import Language
from domain.visits import (
    NOT_SAFETY,
    WHEN_EXPIRED,
    Contact,
    IssueSheet,
    Sheet,
    SheetLanguage,
    SheetLine,
    SheetWarning,
    Shift,
)
from domain.vocabularies import item


class ShiftBody(Body):
    """From when to when the worker is out: 12 hours at most, beginning within 12 hours from now."""

    start: AwareDatetime
    end: AwareDatetime

    def shift(self) -> Shift:
        """Give the shift as the rules know it."""
        return Shift(self.start, self.end)


class SheetBody(Body):
    """Who and where will be visited on one shift, 1 to 500 lines in the order of the visits.

    `contactOn` is the day of contact where it is not the day the shift begins. `language` is that of the page or
    the printed sheet; without it, the language of `Accept-Language`. As JSON a sheet always carries both.
    """

    entries: Annotated[list[CheckEntryBody], Field(max_length=500)]
    contact_on: date | None = None
    shift: ShiftBody
    language: SheetLanguage | None = None

    def command(self, reader: Language) -> IssueSheet:
        """Give the command to issue."""
        check = RunCheck(tuple(entry.entry() for entry in self.entries), self.contact_on)
        return IssueSheet(check, self.shift.shift(), self.language or SheetLanguage(reader))


class ShiftView(View):
    """The shift the sheet is for."""

    start: AwareDatetime
    end: AwareDatetime


class SheetView(View):
    """A visit sheet: the answer of a flag check, until when it holds on this shift, and what to do after that.

    `checkId` is the check behind it, by which changes since are asked for.
    """

    check_id: UUID
    issued_at: AwareDatetime
    holds_until: AwareDatetime
    shift: ShiftView
    when_expired: SaidView
    not_safety: SaidView
    duty_contact: ContactView
    registers: list[RegisterView]
    entries: list[EntryView]


def sheet_view(sheet: Sheet) -> SheetView:
    """Write a sheet as JSON."""
    return SheetView(
        check_id=sheet.check_id,
        issued_at=sheet.issued_at,
        holds_until=_in_utc(sheet.holds_until, sheet.issued_at),
        shift=ShiftView(start=sheet.shift.start, end=sheet.shift.end),
        when_expired=said_view(WHEN_EXPIRED),
        not_safety=said_view(NOT_SAFETY),
        duty_contact=_contact(sheet.duty),
        registers=[
            RegisterView(agency=each.agency, last_fed_at=each.last_fed_at, older_register=each.older)
            for each in sheet.registers
        ],
        entries=[_entry(line) for line in sheet.lines],
    )


def _in_utc(at: datetime, like: datetime) -> datetime:
    return at.astimezone(like.tzinfo)


def _contact(contact: Contact) -> ContactView:
    return ContactView(agency=contact.agency, phone=contact.phone)


def _entry(line: SheetLine) -> EntryView:
    return EntryView(
        reference=line.reference,
        outcome=line.verdict.outcome,
        what_to_do=[said_view(sentence) for sentence in line.verdict.sentences],
        warnings=[_warning(warning) for warning in line.warnings],
        contacts=[_contact(contact) for contact in line.contacts],
        issues=[IssueView(pointer=issue.pointer, code=issue.code) for issue in line.issues],
    )


def _warning(warning: SheetWarning) -> WarningView:
    category = item("flag-category", warning.category).label
    return WarningView(
        flag_id=warning.flag_id,
        version=warning.flag_version,
        owner_agency=warning.contact.agency,
        category=CategoryView(code=warning.category, en=category.en, cy=category.cy),
        controls=[coded_view("visit-control", code) for code in warning.controls],
        sentence=OwnersSentenceView(en=warning.sentence.en, cy=warning.sentence.cy),
        handling=[coded_view("handling-condition", code) for code in warning.handling],
        review_on=warning.review_on,
        state=warning.state,
        about=warning.about,
        badges=list(warning.badges),
        contact=_contact(warning.contact),
    )
