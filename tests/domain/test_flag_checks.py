from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.flag_checks import (
    ALSO_CONTACT,
    ALSO_REFINE,
    SENTENCES,
    CheckEntry,
    Outcome,
    RunCheck,
    Verdict,
    identity_faults,
    outcome_of,
    valid_until,
    validate_check,
)
from domain.flag_codes import Badge, Category, FlagState, NotifyKind, RecipientChange, RiskLevel
from domain.identity import Certainty
from domain.identity_keys import Identity
from domain.ids import RecordId
from domain.visibility import Tier
from domain.vocabularies import VOCABULARIES
from tests.domain.flag_samples import NOW, SON, TODAY

TIERS = st.lists(st.sampled_from(Tier), max_size=4)
CERTAIN, UNKNOWN = Certainty.CERTAIN, Certainty.UNKNOWN


@pytest.mark.parametrize(
    ("codes", "list_id"),
    [
        (Outcome, "check-outcome"),
        (FlagState, "flag-status"),
        (Badge, "flag-badge"),
        (Category, "flag-category"),
        (RiskLevel, "risk-level"),
        (NotifyKind, "notify-decision"),
        (RecipientChange, "recipient-change"),
    ],
)
def test_codes_are_those_of_their_lists(codes: list[str], list_id: str) -> None:
    assert {str(code) for code in codes} == VOCABULARIES[list_id].codes


def test_risk_levels_rise_as_their_list_does() -> None:
    assert [item.code for item in VOCABULARIES["risk-level"].items] == sorted(RiskLevel, key=lambda level: level.rank)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_says_what_to_do_in_both_languages(outcome: Outcome) -> None:
    assert SENTENCES[outcome].en
    assert SENTENCES[outcome].cy
    assert SENTENCES[outcome].en != SENTENCES[outcome].cy


def test_absence_is_never_worded_as_safety() -> None:
    assert "does not show that it is safe" in SENTENCES[Outcome.NO_WARNING_KNOWN].en


@pytest.mark.parametrize(
    ("certainty", "tiers", "verdict"),
    [
        (CERTAIN, [], Verdict(Outcome.NO_WARNING_KNOWN)),
        (UNKNOWN, [], Verdict(Outcome.NO_WARNING_KNOWN)),
        (CERTAIN, [Tier.ABSENT], Verdict(Outcome.NO_WARNING_KNOWN)),
        (CERTAIN, [Tier.PRECAUTION], Verdict(Outcome.WARNINGS)),
        (CERTAIN, [Tier.FULL], Verdict(Outcome.WARNINGS)),
        (CERTAIN, [Tier.EXISTS], Verdict(Outcome.CONTACT_BEFORE_VISIT, contact_before_visit=True)),
        (CERTAIN, [Tier.EXISTS, Tier.PRECAUTION], Verdict(Outcome.WARNINGS, contact_before_visit=True)),
        (UNKNOWN, [Tier.PRECAUTION], Verdict(Outcome.WARNINGS)),
        (Certainty.REFINE, [], Verdict(Outcome.REFINE, refine=True)),
        (Certainty.REFINE, [Tier.EXISTS], Verdict(Outcome.REFINE, contact_before_visit=True, refine=True)),
    ],
)
def test_the_outcome_follows_from_who_is_meant_and_what_is_seen(
    certainty: Certainty, tiers: list[Tier], verdict: Verdict
) -> None:
    assert outcome_of(certainty, tiers) == verdict


def test_a_warned_near_miss_is_never_an_all_clear() -> None:
    assert outcome_of(CERTAIN, [], [Tier.PRECAUTION]).outcome is Outcome.REFINE
    assert outcome_of(CERTAIN, [], [Tier.EXISTS]).outcome is Outcome.REFINE
    assert outcome_of(CERTAIN, [], [Tier.ABSENT]).outcome is Outcome.NO_WARNING_KNOWN
    both = outcome_of(CERTAIN, [Tier.PRECAUTION], [Tier.PRECAUTION])
    assert (both.outcome, both.refine) == (Outcome.WARNINGS, True)


def test_an_unread_register_makes_the_answer_unknown() -> None:
    assert outcome_of(CERTAIN, [], registers_read=False) == Verdict(Outcome.UNAVAILABLE)


@given(st.sampled_from(Certainty), TIERS, TIERS)
def test_no_warning_known_is_said_only_when_nothing_at_all_is_known(
    certainty: Certainty, tiers: list[Tier], possible: list[Tier]
) -> None:
    verdict = outcome_of(certainty, tiers, possible)
    nothing = certainty is not Certainty.REFINE and not any([*tiers, *possible])
    assert (verdict.outcome is Outcome.NO_WARNING_KNOWN) == nothing
    assert verdict.contact_before_visit == (Tier.EXISTS in tiers)


def test_what_is_hidden_beside_a_warning_is_said_in_words() -> None:
    verdict = Verdict(Outcome.WARNINGS, contact_before_visit=True, refine=True)
    assert verdict.sentences == (SENTENCES[Outcome.WARNINGS], ALSO_CONTACT, ALSO_REFINE)
    alone = Verdict(Outcome.CONTACT_BEFORE_VISIT, contact_before_visit=True)
    assert alone.sentences == (SENTENCES[Outcome.CONTACT_BEFORE_VISIT],)


def test_an_answer_holds_for_a_shift_and_a_non_answer_not_at_all() -> None:
    assert valid_until(Outcome.NO_WARNING_KNOWN, NOW) == NOW + timedelta(hours=12)
    assert valid_until(Outcome.WARNINGS, NOW) == NOW + timedelta(hours=12)
    assert valid_until(Outcome.REFINE, NOW) == NOW
    assert valid_until(Outcome.UNAVAILABLE, NOW) == NOW


def test_a_list_of_people_and_places_is_checked() -> None:
    entries = (
        CheckEntry(record_id=SON),
        CheckEntry(identity=Identity(family="Pryce", given="Rhodri", birth_date=date(1970, 2, 3)), uprn="100100000001"),
        CheckEntry(uprn="100100000001"),
    )
    validate_check(RunCheck(entries, contact_on=TODAY + timedelta(days=1)), TODAY)
    validate_check(RunCheck(tuple(CheckEntry(record_id=RecordId(UUID(int=n))) for n in range(500))), TODAY)


def test_a_list_that_cannot_be_checked_names_its_entries_and_not_their_values() -> None:
    entries = (
        CheckEntry(),
        CheckEntry(record_id=SON, identity=Identity(family="Pryce")),
        CheckEntry(identity=Identity(nhs_number="9434765918", birth_date=date(1970, 2, 3))),
        CheckEntry(uprn="x"),
    )
    with pytest.raises(DomainError) as refusal:
        validate_check(RunCheck(entries, contact_on=TODAY - timedelta(days=1)), TODAY)
    assert {(issue.pointer, issue.code) for issue in refusal.value.issues} == {
        ("/contactOn", "in-past"),
        ("/entries/0", "required"),
        ("/entries/1/identity", "inconsistent"),
        ("/entries/3/uprn", "pattern"),
    }


def test_a_slip_in_one_line_leaves_the_others_checked_and_is_named_for_that_line() -> None:
    slipped = Identity(nhs_number="9434765918", birth_date=date(1970, 2, 3))
    validate_check(RunCheck((CheckEntry(identity=slipped), CheckEntry(record_id=SON))), TODAY)
    assert [(issue.pointer, issue.code) for issue in identity_faults(slipped, TODAY)] == [("/nhsNumber", "check-digit")]
    assert identity_faults(replace(slipped, nhs_number="9434765919"), TODAY) == ()


@pytest.mark.parametrize(("count", "code"), [(0, "too-few"), (501, "too-many")])
def test_a_list_has_one_to_five_hundred_entries(count: int, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        validate_check(RunCheck((CheckEntry(record_id=SON),) * count), TODAY)
    assert [(issue.pointer, issue.code) for issue in refusal.value.issues] == [("/entries", code)]
