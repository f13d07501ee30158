"""How the columns of an agency's older register become fields here: stated by the agency, never guessed.

Every coded value is mapped by the agency; a value that the mapping does not name is an issue of its row. The free
text of the old register has a field of its own, and can be mapped to nothing that a front-line reader sees (law 7).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.flag_codes import Category
from domain.flag_decisions import SENTENCE_LONGEST, ControlSentence
from domain.text import tidy
from domain.validation import Faults

MOST_VALUES = 200
"""Coded values that one column may map."""


class Encoding(StrEnum):
    """How the bytes of a file spell its text."""

    UTF_8 = "utf-8"
    WINDOWS_1252 = "windows-1252"


class Delimiter(StrEnum):
    """What parts the cells of a row (RFC 4180 knows the comma; spreadsheets write the others too)."""

    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"


class DateFormat(StrEnum):
    """How a register writes days. A year has four digits: two would have to be guessed."""

    ISO = "YYYY-MM-DD"
    SLASHES = "DD/MM/YYYY"
    HYPHENS = "DD-MM-YYYY"
    DOTS = "DD.MM.YYYY"
    DIGITS = "YYYYMMDD"
    MONTH_NAME = "DD-MMM-YYYY"


class About(StrEnum):
    """Whom or what a row is about."""

    PERSON = "person"
    PLACE = "place"


class SentenceLanguage(StrEnum):
    """The language in which a register's sentences are written."""

    EN = "en"
    CY = "cy"


@dataclass(frozen=True, slots=True)
class FileLayout:
    """How a file is written, as the agency states it."""

    encoding: Encoding
    delimiter: Delimiter = Delimiter.COMMA


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of days and how they are written."""

    column: str
    format: DateFormat


@dataclass(frozen=True, slots=True)
class IdentifierColumn:
    """A column of numbers by which one of the agency's systems knows people."""

    column: str
    system: str


@dataclass(frozen=True, slots=True)
class AboutOf:
    """What one value of the register says a row is about."""

    value: str
    about: About


@dataclass(frozen=True, slots=True)
class AboutRule:
    """Whether rows are about people or places: by a column, or all alike."""

    column: str | None = None
    values: tuple[AboutOf, ...] = ()
    fixed: About | None = None


@dataclass(frozen=True, slots=True)
class CategoryOf:
    """The category that one value of the register means."""

    value: str
    category: Category


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """The category of a row: by a column, or the same for all."""

    column: str | None = None
    values: tuple[CategoryOf, ...] = ()
    fixed: Category | None = None


@dataclass(frozen=True, slots=True)
class ControlsOf:
    """The controls that one value of the register means."""

    value: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ControlsRule:
    """The controls of a row: by a column whose cell may hold several values, or the same for all."""

    column: str | None = None
    values: tuple[ControlsOf, ...] = ()
    separator: str | None = None
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceOf:
    """The plain sentence that one value of the register stands for."""

    value: str
    en: str | None = None
    cy: str | None = None


@dataclass(frozen=True, slots=True)
class SentenceRule:
    """The one plain sentence of a row: a column's own words in a language, by a coded column, or the same for all."""

    column: str | None = None
    language: SentenceLanguage | None = None
    values: tuple[SentenceOf, ...] = ()
    fixed: ControlSentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMapping:
    """Which column is which field. Columns that are not named here are dropped when the file is received.

    `person_id` holds ids of the agency's own records here: with it somebody says who is meant where a row was unsure.
    """

    category: CategoryRule
    controls: ControlsRule
    sentence: SentenceRule
    about: AboutRule = AboutRule(fixed=About.PERSON)
    person_id: str | None = None
    local_identifier: IdentifierColumn | None = None
    nhs_number: str | None = None
    birth_date: DateColumn | None = None
    family: str | None = None
    given: str | None = None
    line1: str | None = None
    town: str | None = None
    postcode: str | None = None
    uprn: str | None = None
    reference: str | None = None
    raised_by: str | None = None
    raised_on: str | None = None
    recorded_on: DateColumn | None = None
    note: str | None = None


def same_value(value: str) -> str:
    """Reduce a coded value to what is compared: case and spaces make no difference."""
    return tidy(value).casefold()


def columns_of(mapping: RegisterMapping) -> dict[str, str]:
    """Give the column of every field that has one, by the field's name on the wire."""
    named = {
        "about": mapping.about.column,
        "category": mapping.category.column,
        "controls": mapping.controls.column,
        "sentence": mapping.sentence.column,
        "personId": mapping.person_id,
        "localIdentifier": None if mapping.local_identifier is None else mapping.local_identifier.column,
        "nhsNumber": mapping.nhs_number,
        "birthDate": None if mapping.birth_date is None else mapping.birth_date.column,
        "family": mapping.family,
        "given": mapping.given,
        "line1": mapping.line1,
        "town": mapping.town,
        "postcode": mapping.postcode,
        "uprn": mapping.uprn,
        "reference": mapping.reference,
        "raisedBy": mapping.raised_by,
        "raisedOn": mapping.raised_on,
        "recordedOn": None if mapping.recorded_on is None else mapping.recorded_on.column,
        "note": mapping.note,
    }
    return {field: column for field, column in named.items() if column is not None}


def check_mapping(faults: Faults, mapping: RegisterMapping) -> None:
    """Check that a mapping can give every row a category, controls and a sentence, and nothing two ways."""
    for field, column in columns_of(mapping).items():
        faults.line(f"/mapping/{field}", column)
    if mapping.local_identifier is not None:
        faults.line("/mapping/localIdentifier/system", mapping.local_identifier.system)
    _check_way(faults, "/mapping/about", mapping.about.column, is_fixed=mapping.about.fixed is not None)
    _check_values(faults, "/mapping/about", mapping.about.column, (each.value for each in mapping.about.values))
    _check_category(faults, mapping.category)
    _check_controls(faults, mapping.controls)
    _check_sentence(faults, mapping)


def _check_way(faults: Faults, pointer: str, column: str | None, *, is_fixed: bool) -> None:
    if column is None and not is_fixed:
        faults.add(pointer, "required")
    elif column is not None and is_fixed:
        faults.add(f"{pointer}/fixed", "inconsistent")


def _check_values(faults: Faults, pointer: str, column: str | None, values: Iterable[str]) -> None:
    """Check the values that a coded column maps: some where there is a column, none elsewhere, none twice."""
    seen: set[str] = set()
    number = -1
    for number, value in enumerate(values):
        faults.line(f"{pointer}/values/{number}/value", value)
        if same_value(value) in seen:
            faults.add(f"{pointer}/values/{number}/value", "duplicate")
        seen.add(same_value(value))
    faults.unless(number < MOST_VALUES, f"{pointer}/values", "too-many")
    if (column is None) is not (number < 0):
        faults.add(f"{pointer}/values", "inconsistent" if column is None else "required")


def _check_category(faults: Faults, rule: CategoryRule) -> None:
    _check_way(faults, "/mapping/category", rule.column, is_fixed=rule.fixed is not None)
    _check_values(faults, "/mapping/category", rule.column, (each.value for each in rule.values))


def _check_controls(faults: Faults, rule: ControlsRule) -> None:
    _check_way(faults, "/mapping/controls", rule.column, is_fixed=bool(rule.fixed))
    _check_values(faults, "/mapping/controls", rule.column, (each.value for each in rule.values))
    faults.codes("/mapping/controls/fixed", "visit-control", rule.fixed)
    for number, each in enumerate(rule.values):
        faults.codes(f"/mapping/controls/values/{number}/controls", "visit-control", each.controls, at_least=1)
    if rule.separator is not None:
        faults.unless(len(rule.separator) == 1, "/mapping/controls/separator", "pattern")


def _check_sentence(faults: Faults, mapping: RegisterMapping) -> None:
    rule, pointer = mapping.sentence, "/mapping/sentence"
    _check_way(faults, pointer, rule.column, is_fixed=rule.fixed is not None)
    if rule.language is None:
        _check_values(faults, pointer, rule.column, (each.value for each in rule.values))
    else:
        faults.unless(not rule.values, f"{pointer}/values", "inconsistent")
        story = {same_value(each) for each in (mapping.note, mapping.raised_by) if each is not None}
        told = rule.column is not None and same_value(rule.column) in story
        faults.unless(not told, f"{pointer}/column", "inconsistent")
    for where, en, cy in _sentences(rule):
        faults.unless(not (en is None and cy is None), f"{pointer}/{where}", "required")
        faults.line(f"{pointer}/{where}/en", en, SENTENCE_LONGEST, required=False)
        faults.line(f"{pointer}/{where}/cy", cy, SENTENCE_LONGEST, required=False)


def _sentences(rule: SentenceRule) -> Iterator[tuple[str, str | None, str | None]]:
    if rule.fixed is not None:
        yield "fixed", rule.fixed.en, rule.fixed.cy
    for number, each in enumerate(rule.values):
        yield f"values/{number}", each.en, each.cy
