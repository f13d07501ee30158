"""Who is meant: the same person is found however the name is written, and a slip is never an all-clear."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.identifiers import canonical_nhs_number
from domain.identity import Certainty, Resolution, resolve, sufficient
from domain.identity_keys import (
    EXACT_KINDS,
    Identity,
    MatchKey,
    MatchKind,
    digest,
    keys_of_query,
    keys_of_record,
    validate_query,
)
from domain.ids import PersonId
from domain.persons import Address, NameKind, PersonContent, PersonName
from domain.text import fold, folded_parts, is_text, tidy

TODAY = date(2026, 3, 9)
BORN = date(1961, 4, 12)
NUMBER, OTHER_NUMBER = "9434765919", "4010000090"
HOME = Address("12 Heol y Bont", postcode="NP20 1AB", uprn="10090")
SIAN = PersonContent((PersonName(NameKind.USUAL, "Pritchard", ("Siân", "Mair")),), BORN, NUMBER, addresses=(HOME,))
FULL = Identity(NUMBER, BORN, "Pritchard", "Siân", "NP20 1AB", "12 Heol y Bont", "10090")
ONE, TWO, THREE = (PersonId(UUID(int=number)) for number in (1, 2, 3))


def ask(query: Identity, **people: PersonContent | tuple[PersonContent, ...]) -> Resolution:
    """Resolve as the service does: shared keys of every record of every person, by kind."""
    index = {PersonId(UUID(int=number)): content for number, content in enumerate(people.values(), start=1)}
    asked = frozenset().union(*keys_of_query(query))
    matches: dict[PersonId, frozenset[MatchKind]] = {}
    for person, content in index.items():
        records = content if isinstance(content, tuple) else (content,)
        shared = frozenset().union(*map(keys_of_record, records)) & asked
        if shared:
            matches[person] = frozenset(key.kind for key in shared)
    return resolve(query, matches)


def only(*names: str) -> Identity:
    """Ask with some of what is known of her."""
    return Identity(**{name: getattr(FULL, name) for name in names})


ROUTES = [
    ("nhs_number", "birth_date"),
    ("family", "birth_date", "given"),
    ("family", "birth_date", "postcode"),
    ("family", "birth_date", "uprn"),
    ("family", "birth_date", "postcode", "line1"),
]


@pytest.mark.parametrize("route", ROUTES)
def test_each_sufficient_route_is_certain_of_the_person(route: tuple[str, ...]) -> None:
    assert sufficient(only(*route))
    assert ask(only(*route), sian=SIAN) == Resolution(Certainty.CERTAIN, ONE)
    assert ask(only(*route)) == Resolution(Certainty.UNKNOWN)


@pytest.mark.parametrize("route", ROUTES)
def test_one_identifier_fewer_is_never_enough_even_of_nobody(route: tuple[str, ...]) -> None:
    needed = [name for name in route if name != "line1"]
    for missing in needed:
        less = only(*(name for name in route if name != missing))
        assert not sufficient(less)
        assert ask(less, sian=SIAN).certainty is ask(less).certainty is Certainty.REFINE


def test_a_first_line_without_its_postcode_is_not_enough() -> None:
    assert not sufficient(only("family", "birth_date", "line1"))
    assert not sufficient(Identity(birth_date=BORN, family="-", given="Siân"))
    assert not sufficient(Identity(birth_date=BORN, family="Pritchard", given="'"))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "slip",
    [
        {"family": "Pritchad"},
        {"given": "Sioned"},
        {"postcode": "NP20 1BA"},
        {"uprn": "10900"},
        {"nhs_number": OTHER_NUMBER},
        {"birth_date": date(1961, 12, 4)},
        {"birth_date": date(1961, 4, 13)},
        {"birth_date": date(1961, 5, 12)},
        {"birth_date": date(1916, 4, 12)},
        {"birth_date": date(1691 + 300, 4, 12)},
    ],
    ids=str,
)
def test_one_slip_in_full_particulars_is_certain_of_her_or_asks_again(
    route: tuple[str, ...], slip: dict[str, str | date]
) -> None:
    asked = only(*route, "given") if "family" in route else only(*route)
    slipped = replace(asked, **{name: value for name, value in slip.items() if getattr(asked, name) is not None})
    answer = ask(slipped, sian=SIAN)
    expected_unknown = route == ROUTES[0] and "nhs_number" in slip
    assert (answer.certainty is Certainty.UNKNOWN) == expected_unknown
    assert answer.person in {None, ONE}


def birth_slips(born: date) -> set[date]:
    """List the dates that exchanging day and month, or two neighbouring digits, makes of one."""
    written = born.strftime("%Y%m%d")
    swaps = [written[:at] + written[at + 1] + written[at] + written[at + 2 :] for at in range(7)]
    swaps.append(written[:4] + written[6:] + written[4:6])
    found: set[date] = set()
    for swap in swaps:
        try:
            found.add(date.fromisoformat(swap))
        except ValueError:
            continue
    return found - {born}


def numbers() -> st.SearchStrategy[str]:
    """Nine digits and the one that checks them; one in eleven has none."""
    checked = st.from_regex(r"[0-9]{9}", fullmatch=True).map(
        lambda nine: next((nine + digit for digit in "0123456789" if canonical_nhs_number(nine + digit)), "")
    )
    return checked.filter(bool)


births = st.dates(min_value=date(1890, 1, 1), max_value=TODAY)


@given(births, st.sampled_from(ROUTES), st.booleans())
@example(date(1904, 3, 4), ROUTES[2], False)
def test_transposed_digits_of_a_birth_date_are_never_an_all_clear(
    born: date, route: tuple[str, ...], named: bool
) -> None:
    sian = replace(SIAN, birth_date=born)
    asked = only(*route, *(["given", "family"] if named else []))
    for slip in birth_slips(born):
        assert ask(replace(asked, birth_date=slip), sian=sian).certainty is Certainty.REFINE


@given(births, st.sampled_from(["year", "month", "day"]), st.integers(1, 12))
def test_one_wrong_part_of_a_birth_date_is_never_an_all_clear(born: date, part: str, value: int) -> None:
    wrong = value + 1900 if part == "year" else value
    try:
        slip = born.replace(**{part: wrong})
    except ValueError:
        assume(False)
    assume(slip != born)
    sian = replace(SIAN, birth_date=born)
    for route in ROUTES:
        assert ask(replace(only(*route), birth_date=slip), sian=sian).certainty is Certainty.REFINE


@given(numbers(), st.sampled_from(ROUTES))
def test_transposed_digits_of_an_nhs_number_are_never_an_all_clear(number: str, route: tuple[str, ...]) -> None:
    sian = replace(SIAN, nhs_number=number)
    for at in range(9):
        slip = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        if slip == number:
            continue
        asked = replace(only("birth_date", *route), nhs_number=slip)
        assert ask(asked, sian=sian).certainty is Certainty.REFINE
        assert keys_of_query(asked)[1] & keys_of_record(sian)
        with pytest.raises(DomainError):
            validate_query(asked, today=TODAY)


@given(st.permutations(NUMBER))
def test_any_rearrangement_of_the_number_that_still_checks_asks_again(digits: list[str]) -> None:
    slip = "".join(digits)
    assume(slip != NUMBER)
    assert ask(replace(only(*ROUTES[0]), nhs_number=slip), sian=SIAN).certainty is Certainty.REFINE


@pytest.mark.parametrize(
    ("family", "given"),
    [
        ("pritchard", "SIAN"),
        ("Pritchard", "Mair"),
        ("Pritchard", "Siân Mair"),
        ("Pritchard", "Sian-Mair"),
        ("Prit chard", "Siân"),
        ("Pritchard\u0301", "Sia\u0302n"),
    ],
)
def test_accents_case_and_spaces_make_no_other_person(family: str, given: str) -> None:
    asked = Identity(birth_date=BORN, family=family, given=given)
    assert ask(asked, sian=SIAN) == Resolution(Certainty.CERTAIN, ONE)


@pytest.mark.parametrize("spelling", ["O\u2019Neill-Ŵyn", "ONEILL WYN", "o'neill ŵyn", "O Neill Wyn", "Oneillwyn"])
def test_every_name_a_record_holds_is_searched(spelling: str) -> None:
    names = (*SIAN.names, PersonName(NameKind.MAIDEN, "O'Neill-Ŵyn", ("Siân",)))
    asked = Identity(birth_date=BORN, family=spelling, given="Sian")
    assert ask(asked, sian=replace(SIAN, names=names)) == Resolution(Certainty.CERTAIN, ONE)
    assert ask(asked, sian=SIAN).person is None


@pytest.mark.parametrize("half", ["Smith", "Jones"])
def test_half_a_double_name_asks_again_and_agrees_with_a_number(half: str) -> None:
    double = replace(SIAN, names=(PersonName(NameKind.USUAL, "Smith-Jones", ("Siân",)),))
    asked = Identity(birth_date=BORN, family=half, given="Siân")
    assert ask(asked, sian=double).certainty is Certainty.REFINE
    assert ask(replace(asked, nhs_number=NUMBER), sian=double) == Resolution(Certainty.CERTAIN, ONE)


def test_a_namesake_with_another_number_does_not_cloud_a_number_that_agrees() -> None:
    namesake = replace(SIAN, nhs_number=OTHER_NUMBER, addresses=())
    assert ask(FULL, sian=SIAN, namesake=namesake) == Resolution(Certainty.CERTAIN, ONE)
    assert ask(only("family", "birth_date", "given"), sian=SIAN, namesake=namesake).certainty is Certainty.REFINE


def test_a_namesake_without_a_number_may_be_the_same_human_in_other_hands() -> None:
    unlinked = replace(SIAN, nhs_number=None, addresses=())
    answer = ask(FULL, sian=SIAN, unlinked=unlinked)
    assert answer == Resolution(Certainty.REFINE, possible=frozenset({ONE, TWO}))


def test_a_number_that_belongs_to_another_is_not_overruled_by_the_name() -> None:
    namesake = replace(SIAN, nhs_number=OTHER_NUMBER)
    assert ask(FULL, namesake=namesake) == Resolution(Certainty.REFINE, possible=frozenset({ONE}))
    unnumbered = replace(SIAN, nhs_number=None)
    assert ask(FULL, sian=unnumbered) == Resolution(Certainty.CERTAIN, ONE)


def test_two_routes_that_lead_to_two_people_ask_again() -> None:
    gwyn = replace(SIAN, names=(PersonName(NameKind.USUAL, "Bevan", ("Gwyn",)),))
    sian = replace(SIAN, nhs_number=OTHER_NUMBER)
    answer = ask(FULL, gwyn=gwyn, sian=sian)
    assert answer == Resolution(Certainty.REFINE, possible=frozenset({ONE, TWO}))


def test_a_number_under_another_family_name_may_come_from_the_wrong_row() -> None:
    asked = replace(only("nhs_number", "birth_date"), family="Bevan")
    assert ask(asked, sian=SIAN).certainty is Certainty.REFINE
    assert ask(replace(asked, family=None, given="Kate"), sian=SIAN).person == ONE
    assert ask(replace(asked, family="Pritchard", given="Kate"), sian=SIAN).person == ONE


def test_a_twin_is_not_warned_of_under_the_others_name() -> None:
    asked = only("family", "birth_date", "given", "postcode", "uprn", "line1")
    twin = replace(SIAN, nhs_number=None, names=(PersonName(NameKind.USUAL, "Pritchard", ("Catrin",)),))
    assert ask(asked, twin=twin).certainty is Certainty.REFINE
    both = ask(asked, sian=SIAN, twin=twin)
    assert both == Resolution(Certainty.CERTAIN, ONE, frozenset({TWO}))
    assert ask(replace(asked, given=None), sian=SIAN, twin=twin).certainty is Certainty.REFINE


def test_a_record_without_given_names_contradicts_none() -> None:
    nameless = replace(SIAN, names=(PersonName(NameKind.ALIAS, "Pritchard"),))
    assert ask(only("family", "birth_date", "given", "postcode"), sian=nameless).person == ONE
    assert ask(only("family", "birth_date", "given"), sian=nameless).certainty is Certainty.REFINE


def test_a_move_contradicts_nobody() -> None:
    moved = replace(only("family", "birth_date", "given"), postcode="CF5 2QQ", uprn="77", line1="1 Stryd Fawr")
    assert ask(moved, sian=SIAN) == Resolution(Certainty.CERTAIN, ONE)
    assert ask(replace(moved, given=None), sian=SIAN).certainty is Certainty.REFINE


def test_a_changed_family_name_at_the_same_place_asks_again() -> None:
    asked = replace(only("birth_date", "given", "postcode"), family="Vaughan")
    assert ask(asked, sian=SIAN).certainty is Certainty.REFINE


def test_a_record_whose_birth_date_nobody_knows_is_never_certain_and_never_an_all_clear() -> None:
    undated = replace(SIAN, birth_date=None)
    for route in ROUTES:
        assert ask(only(*route), sian=undated).certainty is Certainty.REFINE
    answer = ask(FULL, sian=SIAN, undated=replace(undated, nhs_number=None))
    assert answer == Resolution(Certainty.CERTAIN, ONE, frozenset({TWO}))


def test_linked_records_of_one_person_are_one_candidate() -> None:
    police = replace(SIAN, nhs_number=None, addresses=())
    assert ask(FULL, sian=(SIAN, police)) == Resolution(Certainty.CERTAIN, ONE)


def test_others_of_the_household_are_told_apart_by_a_given_name() -> None:
    son = Identity(birth_date=date(1990, 1, 1), family="Pritchard", given="Ifan", postcode="NP20 1AB", uprn="10090")
    assert ask(son, sian=SIAN) == Resolution(Certainty.UNKNOWN)
    assert ask(replace(son, given=None), sian=SIAN).certainty is Certainty.REFINE


@given(st.sets(st.sampled_from([field.name for field in fields(Identity)])), births)
def test_no_question_can_tell_a_sealed_address_from_any_other(names: set[str], born: date) -> None:
    sealed = replace(SIAN, addresses=(replace(HOME, sealed=True),))
    elsewhere = replace(SIAN, addresses=(Address("1 Stryd Fawr", postcode="CF5 2QQ", uprn="77", sealed=True),))
    asked = only(*names)
    for question in (asked, replace(asked, birth_date=born)):
        assert ask(question, sian=sealed) == ask(question, sian=elsewhere)
    assert keys_of_record(sealed) == keys_of_record(elsewhere)


@given(st.sampled_from(ROUTES), st.data())
def test_a_stranger_is_unknown_and_an_unknown_is_resembled_by_nobody(
    route: tuple[str, ...], data: st.DataObject
) -> None:
    stranger = PersonContent((PersonName(NameKind.USUAL, "Vaughan", ("Ifan",)),), date(1988, 7, 30), OTHER_NUMBER)
    assert ask(only(*route), stranger=stranger) == Resolution(Certainty.UNKNOWN)
    kinds = data.draw(st.frozensets(st.sampled_from(MatchKind), min_size=1))
    people: Mapping[PersonId, frozenset[MatchKind]] = {ONE: kinds}
    assert resolve(only(*route), people).certainty is not Certainty.UNKNOWN


@given(st.frozensets(st.sampled_from(sorted(set(MatchKind) - EXACT_KINDS)), min_size=1))
def test_near_misses_alone_are_never_certain(kinds: frozenset[MatchKind]) -> None:
    answer = resolve(FULL, {ONE: kinds, TWO: kinds})
    assert answer == Resolution(Certainty.REFINE, possible=frozenset({ONE, TWO}))


UNNUMBERED = only("family", "birth_date", "given", "postcode")
KINDS_ASKED = st.sampled_from(sorted({key.kind for key in frozenset().union(*keys_of_query(UNNUMBERED))}))


@given(st.dictionaries(st.sampled_from([ONE, TWO, THREE]), st.frozensets(KINDS_ASKED, min_size=1)))
def test_nobody_found_without_a_number_is_ever_left_out(matches: dict[PersonId, frozenset[MatchKind]]) -> None:
    answer = resolve(UNNUMBERED, matches)
    named = {answer.person} if answer.person else set()
    assert named | answer.possible == set(matches)
    assert not named & answer.possible


def test_keys_of_a_question_are_exact_or_near_and_never_both() -> None:
    exact, near = keys_of_query(FULL)
    assert {key.kind for key in exact} == EXACT_KINDS
    assert not {key.kind for key in near} & EXACT_KINDS
    assert len(exact) + len(near) <= 24
    assert len(keys_of_record(SIAN)) <= 40


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=12), st.one_of(st.none(), births))
def test_any_text_composes_without_error(family: str, given: str, number: str, born: date | None) -> None:
    query = Identity(number, born, family, given, family, given, number)
    keys_of_query(query)
    assert isinstance(sufficient(query), bool)


def test_a_digest_depends_on_the_secret_the_kind_and_the_text() -> None:
    key = MatchKey(MatchKind.NHS, NUMBER)
    made = {
        digest(key, b"a"),
        digest(key, b"b"),
        digest(MatchKey(MatchKind.NHS_BIRTH, NUMBER), b"a"),
        digest(MatchKey(MatchKind.NHS, OTHER_NUMBER), b"a"),
    }
    assert len(made) == 4
    assert {len(found) for found in made} == {32}
    assert digest(key, b"a") == digest(MatchKey(MatchKind.NHS, NUMBER), b"a")


def test_a_malformed_question_is_refused_by_field_and_not_by_value() -> None:
    wrong = Identity("9434765918", TODAY + timedelta(1), "canary\x00", " ", "canary", "x" * 201, "canary")
    with pytest.raises(DomainError) as refusal:
        validate_query(wrong, today=TODAY, pointer="/entries/3")
    assert {(issue.pointer, issue.code) for issue in refusal.value.issues} == {
        ("/entries/3/nhsNumber", "check-digit"),
        ("/entries/3/birthDate", "in-future"),
        ("/entries/3/family", "not-text"),
        ("/entries/3/given", "too-short"),
        ("/entries/3/postcode", "pattern"),
        ("/entries/3/line1", "too-long"),
        ("/entries/3/uprn", "pattern"),
    }
    assert "canary" not in repr(refusal.value.issues)
    validate_query(FULL, today=TODAY)
    with pytest.raises(DomainError):
        validate_query(replace(FULL, birth_date=date(1889, 12, 31)), today=TODAY)


@given(st.text(max_size=40))
def test_folding_is_stable_and_blind_to_case_and_composition(value: str) -> None:
    folded = fold(value)
    assert fold(folded) == folded
    assert fold(tidy(value)) == folded
    assert all(fold(part) == part for part in folded_parts(value))


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        ("Ŵyn Ŷâêîôû", "wynyaeiou"),
        ("D'Arcy\u2013Ødegård", "darcyodegard"),
        ("Łukasz", "lukasz"),
        ("STRAẞE", "strasse"),
        ("İpek", "ipek"),
        ("Жанна", "жанна"),
        ("महेश", "महेश"),
        ("--", ""),
    ],
)
def test_folding_keeps_letters_of_every_script(value: str, folded: str) -> None:
    assert fold(value) == folded


def test_text_is_what_can_be_written_down() -> None:
    assert is_text("Ŵyn O\u2019Neill 李")
    assert not any(map(is_text, ("a\x00", "a\x1b", "\ud800", "a\u2028b", "a\u202eb", "a\u2066b")))
