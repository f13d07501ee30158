"""The coded lists: complete in both languages, and the same codes as the enums that rules use."""

import re
from dataclasses import FrozenInstanceError

import pytest

from domain.access import Purpose, Role
from domain.errors import DomainError
from domain.issues import ISSUES
from domain.persons import NameKind
from domain.vocabularies import VOCABULARIES, CodedList, code_issues, is_code, item, require_code, require_codes

LISTS = list(VOCABULARIES.values())


@pytest.mark.parametrize("coded", LISTS, ids=lambda coded: coded.id)
def test_every_list_has_both_languages_and_each_code_once(coded: CodedList) -> None:
    texts = [coded.title, *(entry.label for entry in coded.items)]
    texts += [coded.note] if coded.note else []
    assert all(text.en.strip() and text.cy.strip() for text in texts)
    assert all(re.fullmatch(r"[A-Za-z0-9]+(?:[-+][A-Za-z0-9]+)*", entry.code) for entry in coded.items)
    assert len(coded.codes) == len(coded.items) > 1


def test_no_welsh_label_is_the_english_one_left_standing() -> None:
    assert not [(coded.id, entry.code) for coded in LISTS for entry in coded.items if entry.label.en == entry.label.cy]


def test_all_the_lists_are_there() -> None:
    assert len(LISTS) == 74
    assert sum(len(coded.items) for coded in LISTS) == 577


def test_roles_purposes_and_kinds_of_name_are_those_of_the_lists() -> None:
    assert {role.value for role in Role} == VOCABULARIES["role"].codes
    assert {purpose.value for purpose in Purpose} == VOCABULARIES["purpose-of-use"].codes
    assert {kind.value for kind in NameKind} == VOCABULARIES["name-kind"].codes


def test_a_flag_has_one_of_six_states_and_any_of_five_badges() -> None:
    states = [entry.code for entry in VOCABULARIES["flag-status"].items]
    assert states == ["proposed", "provisional", "active", "declined", "removed", "entered-in-error"]
    badges = {"contested", "review-overdue", "restricted", "legacy-unreviewed", "lapsing"}
    assert VOCABULARIES["flag-badge"].codes == badges
    assert not badges & set(states)


@pytest.mark.requirement("G-1.3-1")
def test_there_are_exactly_four_types_of_behaviour_and_each_indicator_belongs_to_one() -> None:
    behaviours = VOCABULARIES["behaviour-type"]
    assert [entry.code for entry in behaviours.items] == ["ambivalence", "avoidance", "confrontation", "violence"]
    assert behaviours.multi_select
    assert not behaviours.open_list
    parents = {entry.parent for entry in VOCABULARIES["behaviour-indicator"].items}
    assert parents == behaviours.codes | {None}


@pytest.mark.requirement("G-5.1-1")
def test_threatening_behaviours_can_be_several_and_other() -> None:
    coded = VOCABULARIES["threatening-behaviour"]
    assert coded.open_list
    assert coded.multi_select
    assert is_code(coded.id, "other")
    assert item(coded.id, "racist").hate_element
    assert not item(coded.id, "other").hate_element


def test_what_rules_need_to_know_of_a_code_is_kept() -> None:
    assert item("reluctance-reason", "mental-health").sensitive
    assert item("special-condition", "9-2-c").apd is False
    assert item("special-condition", "9-2-g+sch1-18").apd is True
    assert item("self-neglect-indicator", "access-not-given").group == "omission"


def test_a_check_has_five_outcomes_and_none_of_them_is_none() -> None:
    expected = {"warnings", "contact-before-visit", "no-warning-known", "refine", "unavailable"}
    assert VOCABULARIES["check-outcome"].codes == expected


def test_lists_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        VOCABULARIES["role"] = LISTS[0]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        LISTS[0].items[0].code = "x"  # type: ignore[misc]


def test_known_codes_pass() -> None:
    require_codes("flag-category", ["animal-hazard", "hate-abuse"], "/categories")
    require_codes("flag-category", [], "/categories")
    require_code("risk-level", "very-high", "/riskLevel")


def test_unknown_and_repeated_codes_are_named_by_place_and_not_by_value() -> None:
    codes = ["animal-hazard", "canary-7f3a", "animal-hazard", "Animal-Hazard"]
    with pytest.raises(DomainError) as refusal:
        require_codes("flag-category", codes, "/categories")
    found = [(issue.pointer, issue.code) for issue in refusal.value.issues]
    assert found == [
        ("/categories/1", "code-unknown"),
        ("/categories/2", "duplicate"),
        ("/categories/3", "code-unknown"),
    ]
    assert found == code_issues("flag-category", codes, "/categories")
    assert "canary" not in repr(refusal.value.issues) + str(refusal.value)
    assert {code for _, code in found} <= ISSUES.keys()


def test_one_unknown_code_is_refused() -> None:
    with pytest.raises(DomainError) as refusal:
        require_code("risk-level", "enormous", "/riskLevel")
    assert [(issue.pointer, issue.code) for issue in refusal.value.issues] == [("/riskLevel", "code-unknown")]


def test_a_list_that_does_not_exist_is_our_own_slip() -> None:
    with pytest.raises(KeyError):
        is_code("no-such-list", "x")
