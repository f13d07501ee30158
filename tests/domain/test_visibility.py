from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from domain.access import Permission, Purpose, Role, roles_with
from domain.flag_changes import contest
from domain.flag_codes import ALERTING_CATEGORIES, Category, FlagState
from domain.flag_decisions import Recipients
from domain.flag_reviews import Challenger, ContestFlag
from domain.visibility import FlagFacts, Tier, Visibility, facts_of, tier_for, visibility_of
from tests.domain.flag_samples import ACTIVATE, COUNCIL, HEALTH, INSPECTOR, NOW, POLICE, TERMS, TODAY, active, proposed

REVIEW = date(2026, 9, 9)
FACTS = FlagFacts(
    owner=POLICE,
    state=FlagState.ACTIVE,
    category=Category.THREAT_VIOLENCE,
    recipients=Recipients(agencies=frozenset({HEALTH})),
    review_on=REVIEW,
)
POLICE_READER = Visibility(POLICE, frozenset({Role.FLAG_DECISION_MAKER}), Purpose.FLAG_GOVERNANCE)
NURSE = Visibility(HEALTH, frozenset({Role.PRACTITIONER}), Purpose.DIRECT_CARE)
STRANGER = Visibility(COUNCIL, frozenset({Role.PRACTITIONER}), Purpose.ADULT_SAFEGUARDING)
VISITOR = replace(STRANGER, purpose=Purpose.STAFF_SAFETY_VISIT)


def seen(
    flag: FlagFacts, visibility: Visibility, *, holder: bool = False, flow: bool = True, today: date = TODAY
) -> Tier:
    return tier_for(flag, visibility, holder=holder, flow=flow, today=today)


def test_the_owner_sees_all_recipients_what_to_do_and_others_nothing() -> None:
    assert seen(FACTS, POLICE_READER) is Tier.FULL
    assert seen(FACTS, NURSE) is Tier.PRECAUTION
    assert seen(FACTS, STRANGER) is Tier.ABSENT
    everyone = replace(FACTS, recipients=Recipients(all_partners=True))
    assert seen(everyone, STRANGER) is Tier.PRECAUTION


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("category", list(Category))
def test_hidden_danger_yields_a_number_to_ring_for_contact_alone(purpose: Purpose, category: Category) -> None:
    visitor = replace(STRANGER, purpose=purpose)
    contact = purpose in {Purpose.STAFF_SAFETY_VISIT, Purpose.EMERGENCY_RESPONSE}
    danger = category in {Category.THREAT_VIOLENCE, Category.ANIMAL_HAZARD, Category.DO_NOT_VISIT_ALONE}
    assert seen(replace(FACTS, category=category), visitor) is (Tier.EXISTS if contact and danger else Tier.ABSENT)
    assert (category in ALERTING_CATEGORIES) == danger


@pytest.mark.parametrize("state", sorted(set(FlagState) - {FlagState.ACTIVE, FlagState.PROVISIONAL}))
@pytest.mark.parametrize("visibility", [NURSE, STRANGER, VISITOR])
def test_outside_the_owner_what_is_not_live_leaves_no_trace(state: FlagState, visibility: Visibility) -> None:
    assert seen(replace(FACTS, state=state), visibility, holder=True) is Tier.ABSENT


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("undecided", [{"state": FlagState.PROVISIONAL}, {"is_legacy": True}])
def test_what_nobody_here_has_decided_tells_partners_at_most_to_ring(
    undecided: dict[str, object], category: Category
) -> None:
    marker = replace(FACTS, category=category, **undecided)  # type: ignore[arg-type]
    for visibility in (NURSE, STRANGER):
        assert seen(marker, visibility, holder=True) is Tier.ABSENT
        assert seen(marker, replace(visibility, purpose=Purpose.EMERGENCY_RESPONSE), holder=True) is Tier.EXISTS
    own = replace(POLICE_READER, roles=frozenset({Role.SYSTEM_CLIENT, Role.PRACTITIONER}))
    assert seen(marker, own) >= Tier.PRECAUTION


def test_a_legacy_flag_that_has_ended_leaves_no_trace() -> None:
    assert seen(replace(FACTS, is_legacy=True, state=FlagState.REMOVED), VISITOR) is Tier.ABSENT


def test_a_reserved_category_is_hidden_from_all_but_its_roles_in_the_owners_agency_too() -> None:
    reserved = replace(FACTS, reserved_for=frozenset({Role.DUTY_MANAGER}))
    officer = Visibility(POLICE, frozenset({Role.PRACTITIONER}), Purpose.DIRECT_CARE)
    assert seen(reserved, officer) is Tier.ABSENT
    assert seen(reserved, NURSE, holder=True) is Tier.ABSENT
    assert seen(reserved, replace(officer, purpose=Purpose.STAFF_SAFETY_VISIT)) is Tier.EXISTS
    quiet = replace(reserved, category=Category.INTIMIDATION_HARASSMENT)
    assert seen(quiet, replace(officer, purpose=Purpose.STAFF_SAFETY_VISIT)) is Tier.ABSENT
    assert seen(reserved, replace(officer, roles=frozenset({Role.DUTY_MANAGER}))) is Tier.FULL
    assert seen(reserved, replace(NURSE, roles=frozenset({Role.DUTY_MANAGER}))) is Tier.PRECAUTION


@pytest.mark.parametrize("state", list(FlagState))
def test_the_owners_readers_see_every_state_and_those_without_the_second_permission_live_ones_only(
    state: FlagState,
) -> None:
    flag = replace(FACTS, state=state)
    assert seen(flag, POLICE_READER) is Tier.FULL
    dpo = replace(POLICE_READER, roles=frozenset({Role.DPO_IG}))
    assert seen(flag, dpo) is Tier.ABSENT


@pytest.mark.parametrize("role", list(Role))
def test_roles_that_read_no_precaution_see_nothing_in_any_agency(role: Role) -> None:
    reads = role in roles_with(Permission.CHECK_RUN) | roles_with(Permission.FLAG_READ)
    for agency, purpose in product((POLICE, HEALTH, COUNCIL), Purpose):
        tier = seen(FACTS, Visibility(agency, frozenset({role}), purpose))
        assert reads or tier is Tier.ABSENT


def test_long_overdue_holders_keep_the_warning_and_new_readers_are_told_to_ring() -> None:
    grace_ends = REVIEW + timedelta(days=28)
    after = grace_ends + timedelta(days=1)
    assert seen(FACTS, NURSE, today=grace_ends) is Tier.PRECAUTION
    assert seen(FACTS, NURSE, today=after) is Tier.EXISTS
    assert seen(FACTS, NURSE, today=after, holder=True) is Tier.PRECAUTION
    assert seen(FACTS, STRANGER, today=after, holder=True) is Tier.ABSENT
    assert seen(FACTS, POLICE_READER, today=after) is Tier.FULL


def test_restricted_use_turns_the_precaution_into_a_call() -> None:
    restricted = replace(FACTS, restricted=True)
    assert seen(restricted, NURSE, holder=True) is Tier.EXISTS
    assert seen(restricted, POLICE_READER) is Tier.FULL
    assert seen(restricted, STRANGER) is Tier.ABSENT


def test_facts_are_taken_from_the_flag_as_it_stands() -> None:
    flag = active(replace(ACTIVATE, terms=replace(TERMS, recipients=Recipients(agencies=frozenset({HEALTH})))))
    assert facts_of(flag) == FACTS
    contested = contest(flag, ContestFlag(Challenger.SUBJECT, "Not me.", "A brother.", "letter"), INSPECTOR, NOW)
    assert facts_of(contested).restricted
    waiting = facts_of(proposed())
    assert (waiting.recipients, waiting.review_on) == (None, None)
    assert seen(waiting, VISITOR) is Tier.ABSENT
    assert visibility_of(INSPECTOR) == POLICE_READER
