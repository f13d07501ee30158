"""The flag check on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.persons import SearchBody
from domain.flag_checks import CheckEntry, Outcome, RunCheck
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_imports import OlderRegister
from domain.ids import RecordId
from domain.problems import Bilingual
from domain.vocabularies import item

Reference = Annotated[str, Field(max_length=100, description="Your own name for this line, given back to you.")]


class CheckEntryBody(Body):
    """One line: a person by record id or by identity, a place by UPRN, or a person at a place."""

    reference: Reference = ""
    person_id: UUID | None = None
    identity: SearchBody | None = None
    uprn: Annotated[str, Field(max_length=20)] | None = None

    def entry(self) -> CheckEntry:
        """Give the line as the rules know it."""
        return CheckEntry(
            reference=self.reference,
            record_id=None if self.person_id is None else RecordId(self.person_id),
            identity=None if self.identity is None else self.identity.question(),
            uprn=self.uprn,
        )


LINES_PER_REQUEST = 10


class FlagCheckBody(Body):
    """Who and where will be visited, 1 to 500 lines, and on which day (today where none is given)."""

    entries: Annotated[list[CheckEntryBody], Field(max_length=500)]
    contact_on: date | None = None

    @property
    def weight(self) -> int:
        """How many requests the list counts as: one for each ten lines begun.

        A line in a list costs about a fifteenth of a check of its own (docs/figures.md), so lists stay the cheaper way.
        """
        return max(1, -(-len(self.entries) // LINES_PER_REQUEST))

    def command(self) -> RunCheck:
        """Give the command to check."""
        return RunCheck(tuple(entry.entry() for entry in self.entries), self.contact_on)


class SaidView(View):
    """One text in both languages."""

    en: str
    cy: str


def said_view(text: Bilingual) -> SaidView:
    """Write a text in both languages."""
    return SaidView(en=text.en, cy=text.cy)


class OwnersSentenceView(View):
    """The owner's sentence, in the language or languages it was written in."""

    en: str | None
    cy: str | None


class CodedView(View):
    """A code with its label in both languages."""

    code: str
    en: str
    cy: str


def coded_view(list_id: str, code: str) -> CodedView:
    """Write a code with its labels."""
    label = item(list_id, code).label
    return CodedView(code=str(code), en=label.en, cy=label.cy)


class CategoryView(View):
    """The kind of risk: all that is said of it."""

    code: Category
    en: str
    cy: str


class ContactView(View):
    """Whom to ring: a number that answers day and night."""

    agency: str
    phone: str


class WarningView(View):
    """One warning: what to do, not the story."""

    flag_id: UUID
    version: int
    owner_agency: str
    category: CategoryView
    controls: list[CodedView]
    sentence: OwnersSentenceView
    handling: list[CodedView]
    review_on: date | None
    state: FlagState
    about: Literal["person", "place", "may-be-present"]
    badges: list[Badge]
    contact: ContactView


class IssueView(View):
    """What is wrong in a line, by JSON pointer and code."""

    pointer: str
    code: str


class EntryView(View):
    """The answer for one line; never a bare "none"."""

    reference: str
    outcome: Outcome
    what_to_do: list[SaidView]
    warnings: list[WarningView]
    contacts: list[ContactView]
    issues: list[IssueView]


class RegisterView(View):
    """One agency's register: when a flag of it was last made or changed, and whether its older register is in.

    What an agency held before it came here is covered only once it was imported; until all of that has had its first
    review here, it is `unreviewed`.
    """

    agency: str
    last_fed_at: AwareDatetime | None
    older_register: OlderRegister


class FlagCheckView(View):
    """The answer for a list."""

    check_id: UUID
    checked_at: AwareDatetime
    valid_until: AwareDatetime
    duty_contact: ContactView
    registers: list[RegisterView]
    entries: list[EntryView]
