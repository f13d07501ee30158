"""Visit sheets: what a worker takes along on one shift, and when it stops being true (laws 7 and 10).

A sheet is a flag check that is read away from the service, perhaps with no network and hours later. So it
carries until when it holds and what to do after that, holds one shift at most, and says of people and places
nothing but the caller's own reference and what to do.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from domain.dates import local_date
from domain.errors import FieldIssue
from domain.flag_checks import VALID_FOR, RunCheck, Verdict
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence
from domain.flag_imports import OlderRegister
from domain.ids import AgencyCode, CheckId, FlagId
from domain.problems import Bilingual
from domain.validation import Faults

LONGEST_SHIFT = timedelta(hours=12)
"""A sheet is for one shift; a longer one would be read when its answers are no longer true."""

WHEN_EXPIRED = Bilingual(
    "After that time this sheet says nothing any more. Treat the risk of every visit on it as unknown: follow your "
    "lone-worker procedure, ring the number above, and get a new sheet before you go on.",
    "Ar ôl yr amser hwnnw nid yw'r daflen hon yn dweud dim mwyach. Dylech drin risg pob ymweliad arni fel un "
    "anhysbys: dilynwch eich trefn gweithio ar eich pen eich hun, ffoniwch y rhif uchod, a chael taflen newydd cyn "
    "mynd ymlaen.",
)
"""What to do with a sheet that has run out: never to read it as an answer (law 10)."""

NOT_SAFETY = Bilingual(
    "There may be risks that nobody has recorded. A visit without a warning is not a safe visit: assess it as you "
    "would any other.",
    "Gall fod risgiau nad oes neb wedi'u cofnodi. Nid yw ymweliad heb rybudd yn ymweliad diogel: aseswch ef fel unrhyw "
    "ymweliad arall.",
)
"""Said once on every sheet, whatever its lines say (law 10)."""


About = Literal["person", "place", "may-be-present"]
"""What a warning is about where it was met: the person visited, the place, or somebody who may be there."""


class SheetLanguage(StrEnum):
    """In which language a sheet is printed: one, or both one after the other."""

    EN = "en"
    CY = "cy"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Shift:
    """From when to when somebody is out."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class IssueSheet:
    """Ask for the sheet of one shift; without a day of contact it is the day the shift begins."""

    check: RunCheck
    shift: Shift
    language: SheetLanguage


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ring, day and night."""

    agency: AgencyCode
    name: Bilingual
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWarning:
    """One warning as it stood when the sheet was issued: what to do, not the story (F-04)."""

    flag_id: FlagId
    flag_version: int
    category: Category
    controls: tuple[str, ...]
    sentence: ControlSentence
    review_on: date | None
    state: FlagState
    about: About
    badges: tuple[Badge, ...]
    contact: Contact
    handling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One visit, by the caller's own reference and nothing else."""

    reference: str
    verdict: Verdict
    warnings: tuple[SheetWarning, ...]
    contacts: tuple[Contact, ...]
    issues: tuple[FieldIssue, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """A register that the check covered, when it was last fed, and how far the one held before it is in."""

    agency: AgencyCode
    name: Bilingual
    last_fed_at: datetime | None
    older: OlderRegister


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet as issued; it is not stored, its evidence is (law 1)."""

    check_id: CheckId
    issued_at: datetime
    shift: Shift
    holds_until: datetime
    language: SheetLanguage
    duty: Contact
    registers: tuple[Register, ...]
    lines: tuple[SheetLine, ...]

    @property
    def ends_before_shift(self) -> bool:
        """Say whether the worker will need another sheet before going home."""
        return self.holds_until < self.shift.end


def check_of(command: IssueSheet, now: datetime) -> RunCheck:
    """Give the flag check behind a sheet, once the shift is one that a sheet can serve.

    Raises:
        DomainError: `content-invalid`.
    """
    shift, faults = command.shift, Faults()
    faults.unless(shift.start < shift.end, "/shift/end", "ends-before-start")
    faults.unless(shift.end - shift.start <= LONGEST_SHIFT, "/shift/end", "out-of-range")
    faults.unless(shift.end > now, "/shift/end", "in-past")
    faults.unless(shift.start < now + VALID_FOR, "/shift/start", "out-of-range")
    faults.refuse()
    first, last = local_date(max(shift.start, now)), local_date(shift.end)
    contact_on = command.check.contact_on or first
    faults.unless(first <= contact_on <= last, "/contactOn", "inconsistent")
    faults.refuse()
    return replace(command.check, contact_on=contact_on)


def holds_until(shift: Shift, issued_at: datetime) -> datetime:
    """Say when a sheet stops holding: with the shift, and never later than the check behind it."""
    return min(shift.end, issued_at + VALID_FOR)
