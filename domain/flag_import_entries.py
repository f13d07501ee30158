"""What a row of an older register says once its cells are read by the mapping: an entry, or what is wrong with it.

Nothing is guessed: a day that does not exist, a value that the mapping does not name and a number whose check digit
is wrong are issues of the row, in which no value is repeated (law 9).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.blame import is_blaming
from domain.flag_codes import PLACE_CATEGORIES, Category
from domain.flag_decisions import SENTENCE_LONGEST, ControlSentence
from domain.flag_import_files import RegisterRow, RowIssue
from domain.flag_import_mapping import About, DateColumn, DateFormat, RegisterMapping, SentenceRule, same_value
from domain.identifiers import canonical_uprn
from domain.ids import RecordId
from domain.persons import Address, LocalIdentifier, NameKind, PersonContent, PersonName, canonical, content_issues
from domain.text import text_issues, tidy
from domain.validation import LINE

_MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?$")
_DAYS = {
    DateFormat.ISO: re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    DateFormat.SLASHES: re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
    DateFormat.HYPHENS: re.compile(r"(?P<day>[0-9]{1,2})-(?P<month>[0-9]{1,2})-(?P<year>[0-9]{4})"),
    DateFormat.DOTS: re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
    DateFormat.DIGITS: re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    DateFormat.MONTH_NAME: re.compile(r"(?P<day>[0-9]{1,2})[- ](?P<month>[A-Za-z]{3})[- ](?P<year>[0-9]{4})"),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELD_OF = {
    "/names/0/family": "family",
    "/names/0/given": "given",
    "/birthDate": "birthDate",
    "/nhsNumber": "nhsNumber",
    "/addresses/0/line1": "line1",
    "/addresses/0/town": "town",
    "/addresses/0/postcode": "postcode",
    "/addresses/0/uprn": "uprn",
    "/identifiers/0/system": "localIdentifier",
    "/identifiers/0/value": "localIdentifier",
}
"""Where a person record's fields stand in a row; a row may leave a name or a birth date out, which is no slip."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a row tells front-line readers to do, and nothing else of it."""

    controls: tuple[str, ...]
    sentence: ControlSentence

    def says_as(self, other: "Said") -> bool:
        """Say whether both tell readers the same."""
        return frozenset(self.controls) == frozenset(other.controls) and self.sentence == other.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The old register's own facts, as it writes them."""

    reference: str | None = None
    raised_by: str | None = None
    raised_on: str | None = None
    recorded_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PersonMeant:
    """Whom a row means: a record named by its id, or what the register knows of the person."""

    record_id: RecordId | None
    content: PersonContent


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """A row that can be read: about a person, or about a place by its UPRN."""

    number: int
    category: Category
    said: Said
    source: Source
    person: PersonMeant | None = None
    uprn: str | None = None


class _Reading:
    """One row while it is read."""

    def __init__(self, row: RegisterRow, mapping: RegisterMapping, today: date) -> None:
        self.cells = row.cells
        self.mapping = mapping
        self.today = today
        self.issues = list(row.issues)

    def add(self, name: str, code: str) -> None:
        """Note what is wrong in a field, unless its cell was spoilt before."""
        if not any(issue.field == name for issue in self.issues):
            self.issues.append(RowIssue(name, code))

    def coded(self, name: str, values: Mapping[str, object]) -> object:
        """Look a cell's value up in what the mapping says of it; None where something is wrong."""
        cell = self.cells.get(name)
        if cell is None:
            self.add(name, "required")
            return None
        found = values.get(same_value(cell))
        if found is None:
            self.add(name, "value-unmapped")
        return found

    def line(self, name: str) -> str | None:
        """Read a text of one line."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        for _, code in text_issues("", tidy(cell), LINE):
            self.add(name, code)
        return tidy(cell)

    def day(self, name: str, column: DateColumn | None) -> date | None:
        """Read a day, in the one form that the mapping states and in no other."""
        cell = self.cells.get(name)
        if cell is None or column is None:
            return None
        match = _DAYS[column.format].fullmatch(_MIDNIGHT.sub("", cell))
        month = 0 if match is None else _month_of(match["month"])
        if match is None or month == 0:
            self.add(name, "date-format")
            return None
        try:
            return date(int(match["year"]), month, int(match["day"]))
        except ValueError:
            self.add(name, "date-impossible")
            return None


def _month_of(text: str) -> int:
    """Give the number of a month; 0 where its name is none."""
    if text.isdigit():
        return int(text) or 99
    name = text.casefold()
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


def read_entry(
    row: RegisterRow, mapping: RegisterMapping, today: date
) -> tuple[RegisterEntry | None, tuple[RowIssue, ...]]:
    """Read a row by the mapping: the entry, or what is wrong with the row."""
    if any(not issue.field for issue in row.issues):
        return None, row.issues
    reading = _Reading(row, mapping, today)
    about = _about(reading)
    category = _category(reading)
    said = Said(_controls(reading), _sentence(reading, mapping.sentence))
    if category is Category.CARE_NEED_BEHAVIOUR and _blames(said.sentence):
        reading.add("sentence", "blaming-word")
    source = _source(reading)
    uprn = _place(reading, category) if about is About.PLACE else None
    person = _person(reading) if about is About.PERSON else None
    if reading.issues or category is None:
        return None, tuple(reading.issues)
    entry = RegisterEntry(number=row.number, category=category, said=said, source=source, person=person, uprn=uprn)
    return entry, ()


def _blames(sentence: ControlSentence) -> bool:
    """Say whether a line blames somebody, which no line on a care need does, however old (F-05)."""
    return is_blaming(sentence.en or "", "en") or is_blaming(sentence.cy or "", "cy")


def _about(reading: _Reading) -> About | None:
    rule = reading.mapping.about
    if rule.fixed is not None:
        return rule.fixed
    found = reading.coded("about", {same_value(each.value): each.about for each in rule.values})
    return found if isinstance(found, About) else None


def _category(reading: _Reading) -> Category | None:
    rule = reading.mapping.category
    if rule.fixed is not None:
        return rule.fixed
    found = reading.coded("category", {same_value(each.value): each.category for each in rule.values})
    return found if isinstance(found, Category) else None


def _controls(reading: _Reading) -> tuple[str, ...]:
    """Read the controls: every value of the cell must be one that the mapping names."""
    rule = reading.mapping.controls
    if rule.fixed:
        return rule.fixed
    cell = reading.cells.get("controls", "")
    parts = [cell] if rule.separator is None else cell.split(rule.separator)
    known = {same_value(each.value): each.controls for each in rule.values}
    named = [same_value(part) for part in parts if part.strip()]
    if not named:
        reading.add("controls", "required")
    elif not known.keys() >= set(named):
        reading.add("controls", "value-unmapped")
    return tuple(dict.fromkeys(control for name in named for control in known.get(name, ())))


def _sentence(reading: _Reading, rule: SentenceRule) -> ControlSentence:
    if rule.fixed is not None:
        return rule.fixed
    if rule.language is None:
        texts = {same_value(each.value): ControlSentence(each.en, each.cy) for each in rule.values}
        found = reading.coded("sentence", texts)
        return found if isinstance(found, ControlSentence) else ControlSentence()
    cell = reading.cells.get("sentence")
    if cell is None:
        reading.add("sentence", "required")
        return ControlSentence()
    for _, code in text_issues("", cell, SENTENCE_LONGEST):
        reading.add("sentence", code)
    return ControlSentence(**{rule.language.value: tidy(cell)})


def _source(reading: _Reading) -> Source:
    recorded_on = reading.day("recordedOn", reading.mapping.recorded_on)
    if recorded_on is not None and recorded_on > reading.today:
        reading.add("recordedOn", "in-future")
    return Source(
        reference=reading.line("reference"),
        raised_by=reading.line("raisedBy"),
        raised_on=reading.line("raisedOn"),
        recorded_on=recorded_on,
        note=reading.cells.get("note"),
    )


def _place(reading: _Reading, category: Category | None) -> str | None:
    """Read which place is meant: behaviour belongs to a person, on an address it taints whoever lives there (F-18)."""
    if category is not None and category not in PLACE_CATEGORIES:
        reading.add("category", "inconsistent")
    cell = reading.cells.get("uprn")
    if cell is None:
        reading.add("uprn", "required")
        return None
    uprn = canonical_uprn(cell)
    if uprn is None:
        reading.add("uprn", "pattern")
    return uprn


def _person(reading: _Reading) -> PersonMeant:
    content = _content(reading)
    for pointer, code in content_issues(content, today=reading.today):
        name = next((name for start, name in _FIELD_OF.items() if pointer.startswith(start)), None)
        if name is not None and not (name == "birthDate" and code == "required"):
            reading.add(name, code)
    cell = reading.cells.get("personId")
    record_id: RecordId | None = None
    if cell is not None:
        try:
            record_id = RecordId(UUID(cell))
        except ValueError:
            reading.add("personId", "pattern")
    return PersonMeant(record_id, content if reading.issues else canonical(content))


def _content(reading: _Reading) -> PersonContent:
    """Put together what the register knows of a person, complete or not."""
    cells, system = reading.cells, reading.mapping.local_identifier
    family, number = cells.get("family"), cells.get("localIdentifier")
    given = tuple(cells.get("given", "").split())
    address = Address(
        line1=cells.get("line1"), town=cells.get("town"), postcode=cells.get("postcode"), uprn=cells.get("uprn")
    )
    return PersonContent(
        names=() if family is None else (PersonName(NameKind.USUAL, family, given),),
        birth_date=reading.day("birthDate", reading.mapping.birth_date),
        nhs_number=cells.get("nhsNumber"),
        addresses=() if address == Address() else (address,),
        identifiers=() if number is None or system is None else (LocalIdentifier(system.system, number),),
    )
