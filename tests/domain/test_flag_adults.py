"""What keeps workers away must not leave the adult unseen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from domain.access import Role
from domain.adult_view import AdultView
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_adults import LIMITS_CONTACT, AdultPlan, DutyState, limits_contact
from domain.flag_changes import answer_challenge, contest, remove, review
from domain.flag_codes import Category
from domain.flag_decisions import DecideFlag
from domain.flag_duties import DutyKind, duties_of
from domain.flag_follow_up import RecordAdultContact, record_adult_contact
from domain.flag_reviews import AnswerChallenge, AnswerOutcome, Challenger, ContestFlag, RemoveFlag, ReviewOutcome
from domain.flags import Flag, decide, propose
from domain.ids import RecordId
from domain.incidents import AmendIncident, Incident, amend
from domain.vocabularies import VOCABULARIES
from tests.domain.flag_samples import (
    ACTIVATE,
    ASSAULT,
    DECLINE,
    FLAG,
    HEALTH,
    INSPECTOR,
    KEEP,
    MOTHER,
    NOW,
    OFFICER,
    SEEN,
    SON,
    SUBJECT,
    SUPERINTENDENT,
    TERMS,
    TODAY,
    active,
    assessment,
    incident,
    person,
    proposal,
    proposed,
)

FATHER = RecordId(UUID(int=77))
HARMLESS = replace(TERMS, controls=("check-in", "daylight"))
CONTACT = RecordAdultContact(
    seen_by="District nurse",
    seen_on=TODAY,
    how_found="Warm, dressed, a bruise on the wrist.",
    view=AdultView(own_words="He does not mean it."),
)


def refused(change: Callable[[], Flag]) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        change()
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def decided(command: DecideFlag, *incidents: Incident) -> Flag:
    flag = propose(FLAG, proposal(SUBJECT, Category.THREAT_VIOLENCE, *incidents), incidents, OFFICER, NOW)
    return decide(flag, command, incidents, INSPECTOR, NOW)


def both() -> tuple[Incident, Incident]:
    """The son threatened workers who came for his mother, and later one who came for his father."""
    return incident(), incident(replace(ASSAULT, adult_at_risk=FATHER), number=11)


def state(flag: Flag, day: date = TODAY, adult: RecordId = MOTHER) -> DutyState:
    duty = flag.adults.latest(adult)
    assert duty is not None
    return flag.adults.state(duty, day, limited=True)


@pytest.mark.requirement("G-4.1-8")
@pytest.mark.parametrize("control", sorted(VOCABULARIES["visit-control"].codes))
def test_what_limits_contact_needs_somebody_to_see_the_adult_and_what_says_how_to_go_does_not(control: str) -> None:
    command = replace(ACTIVATE, terms=replace(TERMS, controls=(control,)), adult_seen=())
    if control in {"no-home-visit", "police-present", "joint", "neutral-venue", "other"}:
        assert refused(lambda: active(command)) == {("/adultSeen", "required")}
    else:
        assert active(command).is_live
    assert limits_contact([control]) == (control in LIMITS_CONTACT)


@pytest.mark.requirement("G-3.1-4")
def test_the_plan_is_for_every_adult_whom_the_incidents_concern() -> None:
    flag = decided(ACTIVATE, *both())
    assert flag.adults.concerned == (MOTHER, FATHER)
    assert [duty.plan.adult for duty in flag.adults.duties] == [MOTHER, FATHER]
    assert {state(flag), state(flag, adult=FATHER)} == {DutyState.OWED}


def test_a_plan_for_one_leaves_no_other_adult_out_and_names_nobody_else() -> None:
    only = replace(SEEN[0], adult=MOTHER)
    other = replace(SEEN[0], adult=FATHER)

    def plans(*each: AdultPlan) -> set[tuple[str, str]]:
        return refused(lambda: decided(replace(ACTIVATE, adult_seen=each), *both()))

    assert plans(only) == {("/adultSeen", "too-few")}
    assert plans(only, only, other) == {("/adultSeen/1", "duplicate")}
    assert plans(only, other, replace(other, adult=None)) == {("/adultSeen/2", "duplicate")}
    assert plans(only, other, replace(other, adult=SON)) == {("/adultSeen/2/adult", "not-found")}
    assert decided(replace(ACTIVATE, adult_seen=(only, other)), *both()).is_live


def test_an_adult_named_later_in_an_incident_is_one_to_be_seen() -> None:
    corrected = amend(
        incident(), AmendIncident(replace(ASSAULT, adult_at_risk=FATHER), "The visit was for his father."), OFFICER, NOW
    )
    flag = decide(proposed(), ACTIVATE, [corrected], INSPECTOR, NOW)
    assert flag.adults.concerned == (FATHER,)
    assert state(flag, adult=FATHER) is DutyState.OWED


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        (replace(SEEN[0], by=TODAY - timedelta(days=1)), ("/adultSeen/0/by", "in-past")),
        (replace(SEEN[0], by=date(2026, 9, 10)), ("/adultSeen/0/by", "out-of-range")),
        (replace(SEEN[0], who=" "), ("/adultSeen/0/who", "too-short")),
        (replace(SEEN[0], how="By\ntelephone"), ("/adultSeen/0/how", "not-text")),
    ],
)
def test_a_plan_says_who_how_and_a_day_before_the_review(plan: AdultPlan, fault: tuple[str, str]) -> None:
    assert refused(lambda: active(replace(ACTIVATE, adult_seen=(plan,)))) == {fault}


def test_declining_or_removing_plans_nothing() -> None:
    assert refused(lambda: decide(proposed(), replace(DECLINE, adult_seen=SEEN), [], INSPECTOR, NOW)) == {
        ("/adultSeen", "inconsistent")
    }
    ending = replace(KEEP, outcome=ReviewOutcome.REMOVE, notification=None)
    assert refused(lambda: review(active(), ending, INSPECTOR, NOW)) == {("/adultSeen", "inconsistent")}


def test_a_review_asks_again_and_its_plan_takes_the_place_of_the_one_before() -> None:
    flag = active()
    assert refused(lambda: review(flag, replace(KEEP, adult_seen=()), INSPECTOR, NOW)) == {("/adultSeen", "required")}
    kept = review(flag, KEEP, INSPECTOR, NOW)
    first, second = kept.adults.duties
    assert kept.adults.state(first, TODAY, limited=True) is DutyState.SUPERSEDED
    assert kept.adults.state(second, TODAY, limited=True) is DutyState.OWED


def test_once_nothing_limits_contact_nothing_is_owed() -> None:
    eased = replace(KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(), terms=HARMLESS, adult_seen=())
    flag = review(active(), eased, INSPECTOR, NOW)
    (duty,) = flag.adults.duties
    assert flag.adults.state(duty, TODAY + timedelta(days=99), limited=False) is DutyState.SUPERSEDED


def test_an_appeal_that_leaves_contact_limited_plans_for_the_adult() -> None:
    contested = contest(active(), ContestFlag(Challenger.SUBJECT, "Not me.", channel="letter"), OFFICER, NOW)
    in_part = AnswerChallenge(AnswerOutcome.UPHELD_IN_PART, "Provoked.", assessment(), TERMS)
    assert refused(lambda: answer_challenge(contested, in_part, SUPERINTENDENT, NOW)) == {("/adultSeen", "required")}
    planned = answer_challenge(contested, replace(in_part, adult_seen=SEEN), SUPERINTENDENT, NOW)
    assert len(planned.adults.duties) == 2
    eased = answer_challenge(contested, replace(in_part, terms=HARMLESS), SUPERINTENDENT, NOW)
    assert len(eased.adults.duties) == 1
    upheld = AnswerChallenge(AnswerOutcome.UPHELD, "An alibi.", adult_seen=SEEN)
    assert refused(lambda: answer_challenge(contested, upheld, SUPERINTENDENT, NOW)) == {("/adultSeen", "inconsistent")}
    stands = answer_challenge(contested, AnswerChallenge(AnswerOutcome.NOT_UPHELD, "Seen."), SUPERINTENDENT, NOW)
    assert stands.adults == contested.adults


def test_seeing_the_adult_fulfils_the_plan_and_a_day_that_passes_does_not() -> None:
    flag = active()
    assert state(flag, SEEN[0].by) is DutyState.OWED
    assert state(flag, SEEN[0].by + timedelta(days=1)) is DutyState.OVERDUE
    seen = record_adult_contact(flag, CONTACT, OFFICER, NOW)
    assert state(seen, date(2027, 1, 1)) is DutyState.DONE
    assert (seen.version, seen.change) == (flag.version + 1, None)
    assert (seen.terms, seen.review_on, seen.adults.owed()) == (flag.terms, flag.review_on, ())


def test_seeing_one_adult_is_not_seeing_the_other() -> None:
    flag = decided(ACTIVATE, *both())
    assert refused(lambda: record_adult_contact(flag, CONTACT, OFFICER, NOW)) == {("/adult", "required")}
    seen = record_adult_contact(flag, replace(CONTACT, adult=FATHER), OFFICER, NOW)
    assert (state(seen), state(seen, adult=FATHER)) == (DutyState.OWED, DutyState.DONE)
    assert refused(lambda: record_adult_contact(flag, replace(CONTACT, adult=SON), OFFICER, NOW)) == {
        ("/adult", "not-found")
    }


def test_a_contact_can_say_who_comes_next() -> None:
    following = AdultPlan("The same nurse", "At home, with a colleague", TODAY + timedelta(days=30))
    seen = record_adult_contact(active(), replace(CONTACT, following=following), OFFICER, NOW)
    assert state(seen) is DutyState.OWED
    assert state(seen, TODAY + timedelta(days=31)) is DutyState.OVERDUE
    again = record_adult_contact(seen, replace(CONTACT, seen_on=TODAY), OFFICER, NOW + timedelta(minutes=1))
    assert state(again) is DutyState.DONE
    late = replace(CONTACT, following=replace(following, by=date(2026, 9, 10)))
    assert refused(lambda: record_adult_contact(active(), late, OFFICER, NOW)) == {("/following/by", "out-of-range")}


@pytest.mark.requirement("G-1.1-2")
def test_a_contact_says_when_how_the_adult_was_and_what_the_adult_says() -> None:
    hollow = replace(CONTACT, seen_by="", how_found=" ", view=AdultView(), seen_on=TODAY + timedelta(days=1))
    assert refused(lambda: record_adult_contact(active(), hollow, OFFICER, NOW)) == {
        ("/seenBy", "too-short"), ("/howFound", "too-short"), ("/adultView", "required"), ("/seenOn", "in-future"),
    }  # fmt: skip
    before = replace(CONTACT, seen_on=TODAY - timedelta(days=1))
    assert refused(lambda: record_adult_contact(active(), before, OFFICER, NOW)) == {("/seenOn", "out-of-range")}


def test_only_the_owner_records_it_and_only_while_the_flag_warns() -> None:
    with pytest.raises(DomainError, match="access-denied"):
        record_adult_contact(active(), CONTACT, person(9, agency=HEALTH), NOW)
    gone = remove(active(), RemoveFlag("He has moved away."), SUPERINTENDENT, NOW)
    for flag in (proposed(), gone):
        with pytest.raises(DomainError, match="flag-state-conflict"):
            record_adult_contact(flag, CONTACT, OFFICER, NOW)


@pytest.mark.requirement("G-1.1-2")
@pytest.mark.parametrize(
    ("view", "reading", "faults"),
    [
        (AdultView(own_words="Leave him be."), None, set()),
        (AdultView(not_asked="Asleep."), "She may be glad of a rest.", set()),
        (AdultView(not_asked="Asleep."), None, {("/assessment/adultAssessment", "required")}),
        (None, "She is afraid.", {("/assessment/adultView", "required")}),
        (AdultView(), "She is afraid.", {("/assessment/adultView", "required")}),
        (AdultView("Leave him.", "Asleep."), "x", {("/assessment/adultView", "inconsistent")}),
        (AdultView(own_words=" "), None, {("/assessment/adultView/ownWords", "too-short")}),
    ],
)
def test_the_adults_view_stands_apart_from_the_reading_of_it(
    view: AdultView | None, reading: str | None, faults: set[tuple[str, str]]
) -> None:
    command = replace(ACTIVATE, assessment=replace(assessment(), adult_view=view, adult_assessment=reading))
    if faults:
        assert refused(lambda: active(command)) == faults
    else:
        assert active(command).assessment == command.assessment


def owed(flag: Flag) -> list[datetime]:
    return [duty.due_at for duty in duties_of(flag) if duty.kind is DutyKind.SEE_ADULT]


@pytest.mark.requirement("G-4.1-8")
def test_seeing_the_adult_is_chased_until_it_is_recorded_and_no_longer_than_contact_is_limited() -> None:
    flag = active()
    (due,) = owed(flag)
    assert local_date(due) == SEEN[0].by + timedelta(days=1)
    duty = next(duty for duty in duties_of(flag) if duty.kind is DutyKind.SEE_ADULT)
    assert duty.clock.told(NOW) == ()
    assert duty.clock.told(due - timedelta(days=3)) == (Role.LINE_MANAGER,)
    assert Role.SAFEGUARDING_LEAD in duty.clock.told(due)
    assert Role.FLAG_DECISION_MAKER in duty.clock.told(due + timedelta(days=7))
    assert owed(record_adult_contact(flag, CONTACT, OFFICER, NOW)) == []
    eased = replace(KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(), terms=HARMLESS, adult_seen=())
    assert owed(review(flag, eased, INSPECTOR, NOW)) == []
    assert owed(remove(flag, RemoveFlag("He has moved away."), SUPERINTENDENT, NOW)) == []


def test_adults_to_be_seen_on_one_day_are_one_duty() -> None:
    assert len(owed(decided(ACTIVATE, *both()))) == 1
