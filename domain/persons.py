"""Persons: one agency's own record of somebody, its rules and its versions (laws 3 and 6).

A record is what an agency knows and answers for; what linked records have in common is a shared person
that has no content of its own. Content is replaced as a whole by a new version with a reason, never
edited. Pointers in refusals are those of the JSON body (`/names/0/family`, `/birthDate`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.errors import DomainError, invalid
from domain.identifiers import canonical_nhs_number, canonical_postcode, canonical_uprn
from domain.ids import AgencyCode, RecordId, UserId
from domain.text import fold, text_issues, tidy
from domain.vocabularies import code_issues

LONGEST_NAME = 100
LONGEST_LINE = 200
LONGEST_REASON = 1000
MOST_ENTRIES = 20
"""How many names, addresses or identifiers one record may hold."""
MOST_GIVEN = 10
EARLIEST_BIRTH = date(1890, 1, 1)
_LANGUAGE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")

Issue = tuple[str, str]
"""Where and what: a JSON pointer and a code of `domain.issues.ISSUES`."""


class NameKind(StrEnum):
    """Codes of the `name-kind` list: how a name relates to its person. All kinds are searched alike."""

    USUAL = "usual"
    ALIAS = "alias"
    PREVIOUS = "previous"
    MAIDEN = "maiden"


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name: the family name always, the given names where known, in the order they are written."""

    kind: NameKind
    family: str
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or lived, both dates included.

    A sealed address (a refuge, for example) never leaves the entering agency, in an answer or as the
    reason for one. One place may stand twice, with its Welsh and its English name (W-06).
    """

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    town: str | None = None
    postcode: str | None = None
    uprn: str | None = None
    sealed: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class LocalIdentifier:
    """A number by which some system knows the person; opaque to us."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class PersonContent:
    """What an agency records about a person.

    The birth date may be unknown where a given name is known: people met at a door seldom state it.
    Such a record can be found and flagged, but no check is ever certain of it.
    `language` is a language tag (`cy`, `en`, `bfi` ...): the wish is asked for and kept (W-03).
    """

    names: tuple[PersonName, ...]
    birth_date: date | None = None
    nhs_number: str | None = None
    nhs_number_verified: bool = False
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[LocalIdentifier, ...] = ()
    language: str | None = None
    communication_needs: tuple[str, ...] = ()
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One version of one agency's record: the addressable thing."""

    id: RecordId
    owner_agency: AgencyCode
    version: int
    content: PersonContent
    recorded_at: datetime
    recorded_by: UserId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """Ask for a person to be registered."""

    content: PersonContent


@dataclass(frozen=True, slots=True)
class AmendPerson:
    """Ask for the content of a record to be replaced, as it was read at a version and for a reason."""

    record_id: RecordId
    read_version: int
    content: PersonContent
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Who enters something, for which agency, when, and what day that is in Wales."""

    agency: AgencyCode
    user: UserId
    at: datetime
    today: date


def register(command: RegisterPerson, *, record_id: RecordId, entry: Entry) -> PersonRecord:
    """Make the first version of a record.

    Raises:
        DomainError: `content-invalid`.
    """
    validate(command.content, today=entry.today)
    return PersonRecord(record_id, entry.agency, 1, canonical(command.content), entry.at, entry.user)


def amend(record: PersonRecord, command: AmendPerson, *, entry: Entry) -> PersonRecord:
    """Make the next version of a record; the one before stays as it was (law 6).

    Another agency's record is answered as if there were none (laws 3 and 4).

    Raises:
        DomainError: `not-found`, `version-stale` or `content-invalid`.
    """
    if record.owner_agency != entry.agency or record.id != command.record_id:
        raise DomainError("not-found")
    if record.version != command.read_version:
        raise DomainError("version-stale")
    reason_issues = text_issues("/reason", command.reason, LONGEST_REASON)
    _refuse(reason_issues + content_issues(command.content, today=entry.today))
    return replace(
        record,
        version=record.version + 1,
        content=canonical(command.content),
        recorded_at=entry.at,
        recorded_by=entry.user,
        reason=tidy(command.reason),
    )


def shared_content(content: PersonContent) -> PersonContent:
    """Leave out what no other agency may be given: sealed addresses, wholly (law 3)."""
    return replace(content, addresses=tuple(address for address in content.addresses if not address.sealed))


def validate(content: PersonContent, *, today: date) -> None:
    """Refuse content that breaks a rule, naming every field at fault and repeating no value (law 9).

    Raises:
        DomainError: `content-invalid`.
    """
    _refuse(content_issues(content, today=today))


def content_issues(content: PersonContent, *, today: date) -> list[Issue]:
    """List everything wrong with some content, as (pointer, issue code) pairs."""
    return [
        *_name_issues(content.names),
        *_birth_and_death_issues(content, today),
        *_nhs_number_issues(content),
        *_address_issues(content.addresses),
        *_identifier_issues(content.identifiers),
        *_language_issues(content.language),
        *code_issues("communication-need", content.communication_needs, "/communicationNeeds"),
    ]


def canonical(content: PersonContent) -> PersonContent:
    """Write valid content in the one spelling that is stored: tidy text, unspaced numbers, capital postcodes."""
    nhs_number = content.nhs_number
    return replace(
        content,
        names=tuple(PersonName(name.kind, tidy(name.family), tuple(map(tidy, name.given))) for name in content.names),
        nhs_number=None if nhs_number is None else canonical_nhs_number(nhs_number),
        addresses=tuple(map(_canonical_address, content.addresses)),
        identifiers=tuple(
            LocalIdentifier(identifier.system.strip(), identifier.value.strip()) for identifier in content.identifiers
        ),
    )


def _refuse(issues: Sequence[Issue]) -> None:
    if issues:
        raise invalid(*issues)


def _canonical_address(address: Address) -> Address:
    return replace(
        address,
        line1=_tidy(address.line1),
        line2=_tidy(address.line2),
        line3=_tidy(address.line3),
        town=_tidy(address.town),
        postcode=None if address.postcode is None else canonical_postcode(address.postcode),
        uprn=None if address.uprn is None else canonical_uprn(address.uprn),
    )


def _tidy(value: str | None) -> str | None:
    return None if value is None else tidy(value)


def _repeats(entries: Iterable[object], pointer: str) -> list[Issue]:
    """Name every entry that says exactly what an earlier one says."""
    listed = list(entries)
    return [(f"{pointer}/{index}", "duplicate") for index, entry in enumerate(listed) if entry in listed[:index]]


def _name_issues(names: Sequence[PersonName]) -> list[Issue]:
    if not names:
        return [("/names", "required")]
    if len(names) > MOST_ENTRIES:
        return [("/names", "too-many")]
    issues = _repeats(names, "/names")
    for index, name in enumerate(names):
        issues += _one_name_issues(name, f"/names/{index}")
    usual = [index for index, name in enumerate(names) if name.kind is NameKind.USUAL]
    return issues + [(f"/names/{index}/kind", "duplicate") for index in usual[1:]]


def _one_name_issues(name: PersonName, pointer: str) -> list[Issue]:
    issues = _name_part_issues(f"{pointer}/family", name.family)
    if len(name.given) > MOST_GIVEN:
        return [*issues, (f"{pointer}/given", "too-many")]
    for index, given in enumerate(name.given):
        issues += _name_part_issues(f"{pointer}/given/{index}", given)
    return issues


def _name_part_issues(pointer: str, value: str) -> list[Issue]:
    """Check one part of a name, which must hold a letter: marks alone would match everybody's."""
    if not value.strip():
        return [(pointer, "required")]
    issues = text_issues(pointer, value, LONGEST_NAME)
    return issues if issues or fold(value) else [(pointer, "pattern")]


def _birth_and_death_issues(content: PersonContent, today: date) -> list[Issue]:
    birth, death = content.birth_date, content.died_on
    issues: list[Issue] = []
    if birth is None:
        if content.names and not any(name.given for name in content.names):
            issues.append(("/birthDate", "required"))
    elif birth > today:
        issues.append(("/birthDate", "in-future"))
    elif birth < EARLIEST_BIRTH:
        issues.append(("/birthDate", "out-of-range"))
    if death is not None and death > today:
        issues.append(("/diedOn", "in-future"))
    elif death is not None and death < (birth or EARLIEST_BIRTH):
        issues.append(("/diedOn", "out-of-range"))
    return issues


def _nhs_number_issues(content: PersonContent) -> list[Issue]:
    if content.nhs_number is None:
        return [("/nhsNumber", "required")] if content.nhs_number_verified else []
    return [] if canonical_nhs_number(content.nhs_number) else [("/nhsNumber", "check-digit")]


def _address_issues(addresses: Sequence[Address]) -> list[Issue]:
    if len(addresses) > MOST_ENTRIES:
        return [("/addresses", "too-many")]
    issues = _repeats(addresses, "/addresses")
    for index, address in enumerate(addresses):
        issues += _one_address_issues(address, f"/addresses/{index}")
    return issues


def _one_address_issues(address: Address, pointer: str) -> list[Issue]:
    issues: list[Issue] = []
    lines = {"line1": address.line1, "line2": address.line2, "line3": address.line3, "town": address.town}
    for field, value in lines.items():
        if value is not None:
            issues += text_issues(f"{pointer}/{field}", value, LONGEST_LINE)
    if address.line1 is None and address.uprn is None:
        issues.append((f"{pointer}/line1", "required"))
    if address.postcode is not None and canonical_postcode(address.postcode) is None:
        issues.append((f"{pointer}/postcode", "pattern"))
    if address.uprn is not None and canonical_uprn(address.uprn) is None:
        issues.append((f"{pointer}/uprn", "pattern"))
    return issues + period_issues(address.valid_from, address.valid_to, pointer)


def period_issues(start: date | None, end: date | None, pointer: str) -> list[Issue]:
    """Name the end of a period that lies before its start; either may be unknown."""
    backwards = start is not None and end is not None and end < start
    return [(f"{pointer}/validTo", "ends-before-start")] if backwards else []


def _identifier_issues(identifiers: Sequence[LocalIdentifier]) -> list[Issue]:
    if len(identifiers) > MOST_ENTRIES:
        return [("/identifiers", "too-many")]
    issues = _repeats(identifiers, "/identifiers")
    for index, identifier in enumerate(identifiers):
        issues += text_issues(f"/identifiers/{index}/system", identifier.system, LONGEST_LINE)
        issues += text_issues(f"/identifiers/{index}/value", identifier.value, LONGEST_NAME)
    return issues


def _language_issues(language: str | None) -> list[Issue]:
    if language is None or (2 <= len(language) <= 3 and _LANGUAGE_LETTERS.issuperset(language)):
        return []
    return [("/language", "pattern")]


def homes(content: PersonContent, on: date) -> frozenset[tuple[str, ...]]:
    """Give where somebody lives on a day, in a form that is compared: by UPRN, and by postcode and first line."""
    found: set[tuple[str, ...]] = set()
    for address in content.addresses:
        if (address.valid_from or on) <= on <= (address.valid_to or on):
            if address.uprn is not None:
                found.add((address.uprn,))
            if address.postcode is not None and address.line1 is not None:
                found.add((address.postcode, fold(address.line1)))
    return frozenset(found)
