"""Persons: what may be recorded, how it is refused, how versions follow each other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.identifiers import canonical_nhs_number, canonical_postcode, canonical_uprn
from domain.ids import AgencyCode, LinkId, RecordId, UserId
from domain.issues import ISSUES
from domain.persons import (
    Address,
    AmendPerson,
    Entry,
    LocalIdentifier,
    NameKind,
    PersonContent,
    PersonName,
    RegisterPerson,
    amend,
    canonical,
    content_issues,
    register,
    shared_content,
    validate,
)
from domain.problems import PROBLEMS
from domain.relationships import RecordRelationship, record_relationship

TODAY = date(2026, 3, 9)
POLICE = Entry(AgencyCode("gwent-police"), UserId(UUID(int=1)), datetime(2026, 3, 9, 10, 15, tzinfo=UTC), TODAY)
HEALTH = replace(POLICE, agency=AgencyCode("abuhb"))
NAME = PersonName(NameKind.USUAL, "Pritchard", ("Siân", "Mair"))
CONTENT = PersonContent(
    names=(NAME, PersonName(NameKind.MAIDEN, "Ŵyn-O'Neill")),
    birth_date=date(1961, 4, 12),
    nhs_number="943 476 5919",
    nhs_number_verified=True,
    addresses=(
        Address("12 Heol y Bont", town="Casnewydd", postcode="np20 1ab", uprn="000010090", valid_from=date(2019, 1, 1)),
        Address("Ty Cysgod", postcode="NP44 1AA", sealed=True),
    ),
    identifiers=(LocalIdentifier("urn:gwent-police:niche", "55-1234"),),
    language="cy",
    communication_needs=("interpretation", "welsh"),
)


def issues_of(content: PersonContent) -> list[tuple[str, str]]:
    return content_issues(content, today=TODAY)


def test_a_full_record_is_accepted_and_stored_in_one_spelling() -> None:
    record = register(RegisterPerson(CONTENT), record_id=RecordId(uuid4()), entry=POLICE)
    assert (record.version, record.owner_agency, record.reason) == (1, "gwent-police", None)
    assert record.content.nhs_number == "9434765919"
    assert record.content.addresses[0].postcode == "NP20 1AB"
    assert record.content.addresses[0].uprn == "10090"
    assert record.content.names == CONTENT.names
    assert canonical(record.content) == record.content


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"names": ()}, ("/names", "required")),
        ({"names": (NAME,) * 21}, ("/names", "too-many")),
        ({"names": (NAME, NAME)}, ("/names/1", "duplicate")),
        ({"names": (NAME, replace(NAME, family="Rees"))}, ("/names/1/kind", "duplicate")),
        ({"names": (replace(NAME, family="  "),)}, ("/names/0/family", "required")),
        ({"names": (replace(NAME, family="x" * 101),)}, ("/names/0/family", "too-long")),
        ({"names": (replace(NAME, family="Re\x00es"),)}, ("/names/0/family", "not-text")),
        ({"names": (replace(NAME, family="Re\ud800es"),)}, ("/names/0/family", "not-text")),
        ({"names": (replace(NAME, family="Re\u202ees"),)}, ("/names/0/family", "not-text")),
        ({"names": (replace(NAME, family="Re\nes"),)}, ("/names/0/family", "not-text")),
        ({"names": (replace(NAME, family="-'-"),)}, ("/names/0/family", "pattern")),
        ({"names": (replace(NAME, given=("Siân", "")),)}, ("/names/0/given/1", "required")),
        ({"names": (replace(NAME, given=("a",) * 11),)}, ("/names/0/given", "too-many")),
        ({"birth_date": date(2026, 3, 10)}, ("/birthDate", "in-future")),
        ({"birth_date": date(1889, 12, 31)}, ("/birthDate", "out-of-range")),
        ({"birth_date": None, "names": (replace(NAME, given=()),)}, ("/birthDate", "required")),
        ({"died_on": date(2026, 3, 10)}, ("/diedOn", "in-future")),
        ({"died_on": date(1961, 4, 11)}, ("/diedOn", "out-of-range")),
        ({"nhs_number": "9434765918"}, ("/nhsNumber", "check-digit")),
        ({"nhs_number": None}, ("/nhsNumber", "required")),
        ({"addresses": (Address("1 x"),) * 21}, ("/addresses", "too-many")),
        ({"addresses": (Address("1 x"), Address("1 x"))}, ("/addresses/1", "duplicate")),
        ({"addresses": (Address(town="Pont-y-pŵl"),)}, ("/addresses/0/line1", "required")),
        ({"addresses": (Address("x" * 201),)}, ("/addresses/0/line1", "too-long")),
        ({"addresses": (Address("1", line3=" "),)}, ("/addresses/0/line3", "too-short")),
        ({"addresses": (Address("1", postcode="NP2O 1AB"),)}, ("/addresses/0/postcode", "pattern")),
        ({"addresses": (Address(uprn="1234567890123"),)}, ("/addresses/0/uprn", "pattern")),
        (
            {"addresses": (Address("1", valid_from=TODAY, valid_to=TODAY - timedelta(1)),)},
            ("/addresses/0/validTo", "ends-before-start"),
        ),
        ({"identifiers": (LocalIdentifier("a", "1"),) * 2}, ("/identifiers/1", "duplicate")),
        ({"identifiers": (LocalIdentifier("a", ""),)}, ("/identifiers/0/value", "too-short")),
        ({"identifiers": (LocalIdentifier("a" * 201, "1"),)}, ("/identifiers/0/system", "too-long")),
        ({"identifiers": tuple(LocalIdentifier("a", str(n)) for n in range(21))}, ("/identifiers", "too-many")),
        ({"language": "Cymraeg"}, ("/language", "pattern")),
        ({"communication_needs": ("welsh", "bsl")}, ("/communicationNeeds/1", "code-unknown")),
        ({"communication_needs": ("welsh", "welsh")}, ("/communicationNeeds/1", "duplicate")),
    ],
)
def test_each_fault_is_named_where_it_is_and_is_the_only_one(
    change: dict[str, object], expected: tuple[str, str]
) -> None:
    wrong = replace(CONTENT, **change)
    found = issues_of(wrong)
    assert found[0] == expected
    assert len(set(found)) == 1 or expected[1] == "duplicate"
    assert {code for _, code in found} <= ISSUES.keys()
    with pytest.raises(DomainError) as refusal:
        validate(wrong, today=TODAY)
    assert refusal.value.code == "content-invalid"


def test_every_fault_is_named_at_once_and_no_value_is_repeated() -> None:
    wrong = replace(
        CONTENT,
        nhs_number="canary0001",
        language="canary0002",
        addresses=(Address("canary0003\x00", postcode="canary0004", uprn="canary0005"),),
        communication_needs=("canary0006",),
    )
    with pytest.raises(DomainError) as refusal:
        register(RegisterPerson(wrong), record_id=RecordId(uuid4()), entry=POLICE)
    assert len(refusal.value.issues) == 6
    assert "canary" not in repr(refusal.value) + repr(refusal.value.issues)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_either_refused_with_known_codes_or_stored_in_a_spelling_that_is_valid(
    family: str, line: str, postcode: str, number: str
) -> None:
    names = (PersonName(NameKind.ALIAS, family, (line,)),)
    content = PersonContent(names, nhs_number=number, addresses=(Address(line, postcode=postcode, uprn=number),))
    found = issues_of(content)
    assert {code for _, code in found} <= ISSUES.keys()
    valid = replace(content, nhs_number=None, addresses=())
    if not issues_of(valid):
        assert not issues_of(canonical(valid))
        assert canonical(canonical(valid)) == canonical(valid)


@pytest.mark.parametrize("spelling", ["9434765919", "943 476 5919", "943-476-5919", "4010000090"])
def test_nhs_numbers_with_the_right_check_digit_are_stored_unspaced(spelling: str) -> None:
    assert canonical_nhs_number(spelling) == spelling.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    "value",
    ["9434765918", "943476591", "94347659190", "943476591٩", "A434765919", "", "0000000000", "1111111111"]
    + ["9434765919" + " " * 40]
    + [f"999000000{digit}" for digit in range(10)]
    + ["999000000X"],
)
def test_other_numbers_are_refused(value: str) -> None:
    assert canonical_nhs_number(value) is None


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_nine_digits_have_one_check_digit_or_none_and_no_digit_can_be_wrong_unseen(nine: str) -> None:
    valid = [digit for digit in "0123456789" if canonical_nhs_number(nine + digit)]
    assert len(valid) <= 1
    for digit in valid:
        number = nine + digit
        for place in range(9):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert swapped == number or canonical_nhs_number(swapped) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "1"), ("000010090", "10090"), ("123456789012", "123456789012"), (" 77 ", "77")]
    + [(bad, None) for bad in ("", "0", "000", "1234567890123", "12a", "-1", "\uff11\uff12", "1 2", "1" + " " * 50)],
)
def test_uprns_are_one_to_twelve_digits_and_padding_makes_no_other_place(value: str, expected: str | None) -> None:
    assert canonical_uprn(value) == expected


@pytest.mark.parametrize(
    "spelling", ["NP20 1AB", "np201ab", "CF5 2QQ", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 1HQ", "EC1A 1BB"]
)
def test_postcodes_are_written_in_capitals_with_one_space(spelling: str) -> None:
    joined = spelling.replace(" ", "").upper()
    assert canonical_postcode(spelling) == f"{joined[:-3]} {joined[-3:]}"


@pytest.mark.parametrize("value", ["", "NP20", "NP20 1A", "NP20 1ABC", "QP20 1AB", "NP20 1AC1", "NP2O 1AB", "NP20 1CI"])
def test_what_is_no_postcode_is_refused(value: str) -> None:
    assert canonical_postcode(value) is None


def test_an_amendment_is_a_new_version_with_a_reason_and_leaves_the_old_one() -> None:
    first = register(RegisterPerson(CONTENT), record_id=RecordId(uuid4()), entry=POLICE)
    later = replace(POLICE, user=UserId(UUID(int=2)), at=POLICE.at + timedelta(days=1))
    changed = replace(CONTENT, language="en")
    second = amend(first, AmendPerson(first.id, 1, changed, " Asked  again "), entry=later)
    assert (second.version, second.reason, second.recorded_by) == (2, "Asked again", later.user)
    assert (second.content.language, first.content.language, first.version) == ("en", "cy", 1)
    assert (second.id, second.owner_agency) == (first.id, first.owner_agency)


@pytest.mark.parametrize(
    ("alter", "entry", "code"),
    [
        (lambda command: command, HEALTH, "not-found"),
        (lambda command: replace(command, record_id=RecordId(UUID(int=9))), POLICE, "not-found"),
        (lambda command: replace(command, read_version=2), POLICE, "version-stale"),
        (lambda command: replace(command, read_version=2), HEALTH, "not-found"),
        (lambda command: replace(command, reason=" "), POLICE, "content-invalid"),
        (lambda command: replace(command, reason="x" * 1001), POLICE, "content-invalid"),
        (lambda command: replace(command, content=replace(CONTENT, names=())), POLICE, "content-invalid"),
    ],
)
def test_an_amendment_that_breaks_a_rule_is_refused_and_changes_nothing(
    alter: Callable[[AmendPerson], AmendPerson], entry: Entry, code: str
) -> None:
    record = register(RegisterPerson(CONTENT), record_id=RecordId(UUID(int=5)), entry=POLICE)
    before = replace(record)
    with pytest.raises(DomainError) as refusal:
        amend(record, alter(AmendPerson(record.id, 1, CONTENT, "Corrected")), entry=entry)
    assert refusal.value.code == code
    assert code in PROBLEMS
    assert record == before


def test_sealed_addresses_are_left_out_of_what_is_shared() -> None:
    shared = shared_content(CONTENT)
    assert [address.line1 for address in shared.addresses] == ["12 Heol y Bont"]
    assert "Cysgod" not in repr(shared)


HERE, THERE = RecordId(UUID(int=10)), RecordId(UUID(int=11))


def test_a_link_to_a_place_or_a_person_is_followed_while_it_holds() -> None:
    command = RecordRelationship(HERE, "visits-regularly", uprn="0010090", valid_from=TODAY, valid_to=TODAY)
    link = record_relationship(command, link_id=LinkId(uuid4()), entry=POLICE)
    assert (link.uprn, link.related, link.owner_agency) == ("10090", None, "gwent-police")
    assert [link.followed(TODAY + timedelta(days)) for days in (-1, 0, 1)] == [False, True, False]
    open_ended = record_relationship(
        RecordRelationship(HERE, "lives-with", THERE), link_id=LinkId(uuid4()), entry=POLICE
    )
    assert open_ended.followed(date(1900, 1, 1))
    kin = record_relationship(RecordRelationship(HERE, "family", THERE), link_id=LinkId(uuid4()), entry=POLICE)
    assert kin.in_force(TODAY)
    assert not kin.followed(TODAY)


@pytest.mark.parametrize(
    ("command", "issue"),
    [
        (RecordRelationship(HERE, "befriends", THERE), ("/kind", "code-unknown")),
        (RecordRelationship(HERE, "present-at", THERE), ("/uprn", "required")),
        (RecordRelationship(HERE, "carer-of", uprn="1"), ("/related", "required")),
        (RecordRelationship(HERE, "lives-with"), ("/related", "required")),
        (RecordRelationship(HERE, "lives-with", THERE, "1"), ("/uprn", "too-many")),
        (RecordRelationship(HERE, "lives-with", HERE), ("/related", "out-of-range")),
        (RecordRelationship(HERE, "present-at", uprn="x"), ("/uprn", "pattern")),
        (RecordRelationship(HERE, "family", THERE, valid_from=TODAY + timedelta(1)), ("/validFrom", "in-future")),
        (
            RecordRelationship(HERE, "family", THERE, valid_from=TODAY, valid_to=date(2020, 1, 1)),
            ("/validTo", "ends-before-start"),
        ),
    ],
)
def test_a_link_that_breaks_a_rule_is_refused(command: RecordRelationship, issue: tuple[str, str]) -> None:
    with pytest.raises(DomainError) as refusal:
        record_relationship(command, link_id=LinkId(uuid4()), entry=POLICE)
    assert [(found.pointer, found.code) for found in refusal.value.issues] == [issue]
