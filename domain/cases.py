"""What is known of a person at one glance: live warnings, incidents by number, and whom to ring.

A summary composes what the capabilities below already decided; it adds no view of its own. It is no
flag check: it covers one of the reader's own records and the warnings about that person, not the places
and people around them, so nothing in it may be read as safety (law 10).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.dates import local_date
from domain.flag_codes import Badge, FlagState
from domain.flag_decisions import ControlSentence
from domain.ids import AgencyCode, FlagId, RecordId
from domain.persons import PersonName
from domain.problems import Bilingual


@dataclass(frozen=True, slots=True)
class Coded:
    """One code of a list with its label in both languages, as the owner of a flag issued it."""

    code: str
    label: Bilingual


@dataclass(frozen=True, slots=True)
class InvolvedAgency:
    """An agency that has something to say about the person, and the number that answers day and night."""

    code: AgencyCode
    name: Bilingual
    type: str
    duty_phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFlag:
    """One live flag at precaution tier: what to do, never the story (law 7)."""

    id: FlagId
    version: int
    owner_agency: AgencyCode
    category: Coded
    controls: tuple[Coded, ...]
    sentence: ControlSentence
    state: FlagState
    badges: tuple[Badge, ...]
    review_on: date | None
    handling: tuple[Coded, ...]


@dataclass(frozen=True, slots=True)
class DutyNumber:
    """Whom to ring before contact where something stands that the reader may not see (law 4)."""

    agency: AgencyCode
    phone: str


@dataclass(frozen=True, slots=True)
class PersonFlags:
    """The warnings about a person as one agency may see them, and what the trail must say of them.

    `subjects` are the owners' records of the person; `hinted` are flags of which only a number is given.
    """

    seen: tuple[SeenFlag, ...]
    contacts: tuple[DutyNumber, ...]
    subjects: frozenset[RecordId]
    owners: frozenset[AgencyCode]
    hinted: frozenset[str]


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Incidents about one record in one grade: how many, and when the last one was."""

    agency: AgencyCode
    about: RecordId
    grade: str | None
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many incidents were of one grade; None where no behaviour was graded (a hazard, self-neglect)."""

    grade: str | None
    count: int


@dataclass(frozen=True, slots=True)
class AgencyIncidents:
    """One agency's incidents about the person, by number only."""

    agency: AgencyCode
    total: int
    last_on: date
    by_grade: tuple[GradeCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """One of an agency's own records and what is known around it."""

    id: RecordId
    version: int
    names: tuple[PersonName, ...]
    flags: tuple[SeenFlag, ...]
    contacts: tuple[DutyNumber, ...]
    incidents: tuple[AgencyIncidents, ...]
    agencies: tuple[InvolvedAgency, ...]


def count_by_agency(groups: Iterable[IncidentGroup]) -> tuple[AgencyIncidents, ...]:
    """Add groups up to one entry per agency, agencies and grades in a fixed order."""
    by_agency: dict[AgencyCode, list[IncidentGroup]] = {}
    for group in groups:
        by_agency.setdefault(group.agency, []).append(group)
    return tuple(_counted(agency, by_agency[agency]) for agency in sorted(by_agency))


def _counted(agency: AgencyCode, groups: list[IncidentGroup]) -> AgencyIncidents:
    grades: dict[str | None, int] = {}
    for group in groups:
        grades[group.grade] = grades.get(group.grade, 0) + group.count
    return AgencyIncidents(
        agency=agency,
        total=sum(grades.values()),
        last_on=local_date(max(group.last_at for group in groups)),
        by_grade=tuple(GradeCount(grade, grades[grade]) for grade in sorted(grades, key=lambda each: each or "")),
    )
