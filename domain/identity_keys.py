"""Match keys: how a person asked about is found without comparing, storing or sending the identifiers.

A record and a question are both reduced to compositions of folded identifiers. Only keyed digests of them
are stored and compared, so the index tells nobody anything, and whoever has no record here leaves nothing
behind (law 11). The kinds say how much an agreement is worth; `domain.identity` weighs them.

Sealed addresses give no keys at all. A key would never show the address, but the answer would: whoever
guesses the postcode of a refuge would see a check change from `refine` to certain.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import product

from domain.errors import invalid
from domain.identifiers import canonical_nhs_number, canonical_postcode, canonical_uprn
from domain.persons import EARLIEST_BIRTH, LONGEST_LINE, LONGEST_NAME, Address, PersonContent
from domain.text import fold, folded_parts, text_issues

_SEPARATOR = "\x1f"
_SHORTEST_PART = 3
"""Particles such as `ap`, `ab` and `de` are no family name by themselves."""


class MatchKind(StrEnum):
    """What is composed in a key."""

    NHS_BIRTH = "nhs-birth"
    FAMILY_BIRTH_GIVEN = "family-birth-given"
    FAMILY_BIRTH_POSTCODE = "family-birth-postcode"
    FAMILY_BIRTH_UPRN = "family-birth-uprn"
    FAMILY_BIRTH_LINE = "family-birth-line"

    NHS = "nhs"
    """The number agrees; the birth date does not, or is not known."""
    NHS_DIGITS_BIRTH = "nhs-digits-birth"
    """The same ten digits in another order."""
    FAMILY_BIRTH = "family-birth"
    """Of a record without an NHS number: it may be anybody of that name and birth date."""
    FAMILY_BIRTH_NUMBERED = "family-birth-numbered"
    """Of a record with an NHS number: a number asked with that does not find it is another's."""
    FAMILY_BIRTH_UNGIVEN = "family-birth-ungiven"
    """Of a name without given names, which no given name contradicts."""
    GIVEN_BIRTH_INITIAL = "given-birth-initial"
    """The family name begins alike and goes on differently."""
    BIRTH_POSTCODE = "birth-postcode"
    BIRTH_UPRN = "birth-uprn"
    """The family name is another: changed, or misspelt from its first letter."""
    FAMILY_GIVEN_POSTCODE = "family-given-postcode"
    FAMILY_GIVEN_UPRN = "family-given-uprn"
    FAMILY_GIVEN_YEAR_MONTH = "family-given-year-month"
    FAMILY_GIVEN_YEAR_DAY = "family-given-year-day"
    FAMILY_GIVEN_MONTH_DAY = "family-given-month-day"
    FAMILY_GIVEN_BIRTH_DIGITS = "family-given-birth-digits"
    """The birth date is wrong in one part, or its digits are transposed (day and month exchanged among them)."""
    FAMILY_POSTCODE = "family-postcode"
    FAMILY_UPRN = "family-uprn"
    """Asked only where no given name is, so that a household's other members are told apart by giving one."""
    FAMILY_GIVEN_UNDATED = "family-given-undated"
    """Of a record whose birth date nobody knows."""


EXACT_KINDS = frozenset({
    MatchKind.NHS_BIRTH, MatchKind.FAMILY_BIRTH_GIVEN, MatchKind.FAMILY_BIRTH_POSTCODE,
    MatchKind.FAMILY_BIRTH_UPRN, MatchKind.FAMILY_BIRTH_LINE,
})  # fmt: skip
"""Agreements that suffice to say who is meant; every other kind is a near miss."""


@dataclass(frozen=True, slots=True)
class MatchKey:
    """One composition: never stored, logged or sent in this form.

    The hash is of the text alone: it differs almost always, and an enum's hash costs more than all the rest.
    """

    kind: MatchKind = field(hash=False)
    text: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What an asker knows about the person meant, as sent."""

    nhs_number: str | None = None
    birth_date: date | None = None
    family: str | None = None
    given: str | None = None
    postcode: str | None = None
    line1: str | None = None
    uprn: str | None = None


def digest(key: MatchKey, secret: bytes) -> bytes:
    """Compute what is stored and compared in place of a key (HMAC-SHA256, RFC 2104).

    Names and NHS numbers are few enough to try them all, so a digest without a secret would hide nothing.
    """
    return hmac.digest(secret, (key.kind + key.text).encode(), "sha256")


def validate_query(query: Identity, *, today: date, pointer: str = "") -> None:
    """Refuse a question with a malformed identifier, so that a slip is mended and not answered.

    Raises:
        DomainError: `content-invalid`, naming fields under `pointer` and repeating no value (law 9).
    """
    issues: list[tuple[str, str]] = []
    if query.nhs_number is not None and canonical_nhs_number(query.nhs_number) is None:
        issues.append((f"{pointer}/nhsNumber", "check-digit"))
    if query.postcode is not None and canonical_postcode(query.postcode) is None:
        issues.append((f"{pointer}/postcode", "pattern"))
    if query.uprn is not None and canonical_uprn(query.uprn) is None:
        issues.append((f"{pointer}/uprn", "pattern"))
    issues += _birth_issues(query.birth_date, today, f"{pointer}/birthDate")
    for part, value, longest in (
        ("family", query.family, LONGEST_NAME),
        ("given", query.given, LONGEST_NAME),
        ("line1", query.line1, LONGEST_LINE),
    ):
        if value is not None:
            issues += text_issues(f"{pointer}/{part}", value, longest)
    if issues:
        raise invalid(*issues)


def _birth_issues(birth: date | None, today: date, pointer: str) -> list[tuple[str, str]]:
    if birth is None or EARLIEST_BIRTH <= birth <= today:
        return []
    return [(pointer, "in-future" if birth > today else "out-of-range")]


def keys_of_record(content: PersonContent) -> frozenset[MatchKey]:
    """Compose every key by which a record can be found: by each of its names and each unsealed address."""
    births = _birth_text(content.birth_date)
    number = canonical_nhs_number(content.nhs_number) if content.nhs_number else None
    keys = list(_number_keys(number, births))
    places = [_Place.of(address) for address in content.addresses if not address.sealed]
    for name in content.names:
        named = _Named(fold(name.family), folded_parts(name.family), _given_forms(name.given))
        keys += _name_keys(named, births, numbered=(number is not None,))
        if not named.given:
            keys += _keys(MatchKind.FAMILY_BIRTH_UNGIVEN, [named.family], births)
        for place in places:
            keys += _place_keys(named, births, place)
            keys += _household_keys(named, place)
    for place in places:
        keys += _birth_place_keys(births, place)
    return frozenset(keys)


def name_and_birth_keys(content: PersonContent) -> frozenset[MatchKey]:
    """Compose only what a record's names give with its birth date: by these two records are namesakes at least."""
    births = _birth_text(content.birth_date)
    named = ((fold(name.family), _given_forms(name.given)) for name in content.names)
    return frozenset(
        key for family, given in named for key in _keys(MatchKind.FAMILY_BIRTH_GIVEN, [family], births, given)
    )


def keys_of_query(query: Identity) -> tuple[frozenset[MatchKey], frozenset[MatchKey]]:
    """Compose the keys of a question: those that identify, and those that betray a near miss."""
    births = _birth_text(query.birth_date)
    digits = "".join(char for char in query.nhs_number or "" if char in "0123456789")
    keys = list(_number_keys(digits or None, births))
    place = _Place.of(Address(query.line1, postcode=query.postcode, uprn=query.uprn))
    keys += _birth_place_keys(births, place)
    if query.family and fold(query.family):
        given = _given_forms((query.given,) if query.given else ())
        named = _Named(fold(query.family), folded_parts(query.family), given)
        keys += _name_keys(named, births, numbered=(True, False))
        keys += _keys(MatchKind.FAMILY_BIRTH_UNGIVEN, [named.family], births)
        keys += _keys(MatchKind.FAMILY_GIVEN_UNDATED, [named.family], given)
        keys += _place_keys(named, births, place)
        keys += [] if given else _household_keys(named, place)
    exact = frozenset(key for key in keys if key.kind in EXACT_KINDS)
    return exact, frozenset(keys) - exact


@dataclass(frozen=True, slots=True)
class _Named:
    family: str
    parts: tuple[str, ...]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Canonical parts of an address, each a list of one or none so that they compose by product."""

    postcodes: tuple[str, ...]
    uprns: tuple[str, ...]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, address: Address) -> "_Place":
        postcode = canonical_postcode(address.postcode) if address.postcode else None
        uprn = canonical_uprn(address.uprn) if address.uprn else None
        line = fold(address.line1) if address.line1 else ""
        return cls(_maybe(postcode), _maybe(uprn), _maybe(postcode and line and postcode + _SEPARATOR + line))


def _maybe(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _birth_text(birth: date | None) -> tuple[str, ...]:
    return () if birth is None else (birth.isoformat(),)


def _given_forms(given: tuple[str, ...]) -> tuple[str, ...]:
    """Fold given names each by itself and all together: many in Wales go by their second name."""
    parts = tuple(dict.fromkeys(part for name in given for part in folded_parts(name)))
    return tuple(dict.fromkeys((*parts, fold("".join(given))))) if parts else ()


def _keys(kind: MatchKind, *lists: Iterable[str]) -> Iterator[MatchKey]:
    """Compose one key for each way of taking one value from every list; none if a list is empty."""
    return (MatchKey(kind, _SEPARATOR + _SEPARATOR.join(values)) for values in product(*lists))


def _number_keys(number: str | None, births: tuple[str, ...]) -> Iterator[MatchKey]:
    if number is not None:
        if canonical_nhs_number(number):
            yield from _keys(MatchKind.NHS_BIRTH, [number], births)
            yield from _keys(MatchKind.NHS, [number])
        yield from _keys(MatchKind.NHS_DIGITS_BIRTH, ["".join(sorted(number))], births)


def _name_keys(named: _Named, births: tuple[str, ...], numbered: tuple[bool, ...]) -> Iterator[MatchKey]:
    """Compose what a name gives without a place; parts of a double name count as near misses."""
    family, given = [named.family], named.given
    yield from _keys(MatchKind.FAMILY_BIRTH_GIVEN, family, births, given)
    parts = dict.fromkeys((named.family, *(part for part in named.parts if len(part) >= _SHORTEST_PART)))
    for has_number in numbered:
        kind = MatchKind.FAMILY_BIRTH_NUMBERED if has_number else MatchKind.FAMILY_BIRTH
        yield from _keys(kind, parts, births)
    initials = dict.fromkeys(part[0] for part in parts)
    yield from _keys(MatchKind.GIVEN_BIRTH_INITIAL, initials, births, given)
    for birth in births:
        year, month, day = birth.split("-")
        digits = "".join(sorted(year + month + day))
        yield from _keys(MatchKind.FAMILY_GIVEN_YEAR_MONTH, family, given, [year + month])
        yield from _keys(MatchKind.FAMILY_GIVEN_YEAR_DAY, family, given, [year + day])
        yield from _keys(MatchKind.FAMILY_GIVEN_MONTH_DAY, family, given, [month + day])
        yield from _keys(MatchKind.FAMILY_GIVEN_BIRTH_DIGITS, family, given, [digits])
    if not births:
        yield from _keys(MatchKind.FAMILY_GIVEN_UNDATED, family, given)


def _place_keys(named: _Named, births: tuple[str, ...], place: _Place) -> Iterator[MatchKey]:
    family = [named.family]
    yield from _keys(MatchKind.FAMILY_BIRTH_POSTCODE, family, births, place.postcodes)
    yield from _keys(MatchKind.FAMILY_BIRTH_UPRN, family, births, place.uprns)
    yield from _keys(MatchKind.FAMILY_BIRTH_LINE, family, births, place.lines)
    yield from _keys(MatchKind.FAMILY_GIVEN_POSTCODE, family, named.given, place.postcodes)
    yield from _keys(MatchKind.FAMILY_GIVEN_UPRN, family, named.given, place.uprns)


def _household_keys(named: _Named, place: _Place) -> Iterator[MatchKey]:
    yield from _keys(MatchKind.FAMILY_POSTCODE, [named.family], place.postcodes)
    yield from _keys(MatchKind.FAMILY_UPRN, [named.family], place.uprns)


def _birth_place_keys(births: tuple[str, ...], place: _Place) -> Iterator[MatchKey]:
    yield from _keys(MatchKind.BIRTH_POSTCODE, births, place.postcodes)
    yield from _keys(MatchKind.BIRTH_UPRN, births, place.uprns)
