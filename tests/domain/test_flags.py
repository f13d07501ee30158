from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.access import Principal
from domain.errors import DomainError
from domain.flag_changes import answer_challenge, contest, correct, remove, review
from domain.flag_codes import Badge, Category, FlagState, NotifyKind, RecipientChange, RiskLevel
from domain.flag_decisions import (
    ControlSentence,
    DecideFlag,
    Notification,
    Reach,
    Recipients,
    default_review_on,
    notify_due_by,
)
from domain.flag_evidence import FOUNDED_ON, PersonSubject, PlaceSubject
from domain.flag_reviews import (
    AnswerChallenge,
    AnswerOutcome,
    Challenger,
    ContestFlag,
    CorrectFlag,
    CorrectionKind,
    EndingKind,
    RemoveFlag,
    ReviewOutcome,
)
from domain.flags import Flag, badges, decide, may_be_newly_shared, propose, telling_due_on
from domain.ids import IncidentId, RecordId
from domain.incidents import AmendIncident, Hazard, HazardKind, Place, amend
from tests.domain.flag_samples import (
    ACTIVATE,
    ASSAULT,
    COUNCIL,
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
    SUPERINTENDENT,
    TERMS,
    TODAY,
    TOLD,
    WITHHELD,
    active,
    assessment,
    incident,
    mild,
    person,
    proposal,
    proposed,
)

CONTEST = ContestFlag(Challenger.SUBJECT, "He says that it was his brother.", channel="letter")
PERSON_STEPS: list[Callable[[Flag, Principal], Flag]] = [
    lambda flag, by: review(flag, KEEP, by, NOW),
    lambda flag, by: remove(flag, RemoveFlag("He has moved away."), by, NOW),
    lambda flag, by: correct(flag, CorrectFlag(CorrectionKind.WRONG_PERSON, "A namesake."), by, NOW),
    lambda flag, by: answer_challenge(flag, AnswerChallenge(AnswerOutcome.NOT_UPHELD, "Two witnesses."), by, NOW),
]


def issues(step: Callable[[], object]) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        step()
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def refused_to_decide(command: DecideFlag) -> set[tuple[str, str]]:
    return issues(lambda: decide(proposed(), command, [incident()], INSPECTOR, NOW))


def test_a_proposal_cites_its_evidence_and_warns_nobody_yet() -> None:
    flag = proposed()
    assert (flag.state, flag.version, flag.is_live, flag.change) == (FlagState.PROPOSED, 1, False, None)
    assert flag.proposed.human == OFFICER.human
    assert [reference.version for reference in flag.incidents] == [1]
    assert badges(flag, NOW) == frozenset()


def test_a_proposal_needs_incidents_of_its_own_agency_about_its_subject() -> None:
    mothers = incident(replace(ASSAULT, about=MOTHER, adult_at_risk=MOTHER, behaviour_of=None, behaviour_types=(),
                               behaviours=(), grade=None, threat_form=None, self_neglect=("squalor",)), 11)  # fmt: skip
    others = replace(incident(number=12), owner_agency=HEALTH)
    unknown = IncidentId(UUID(int=99))
    own = incident()
    command = replace(proposal(), incidents=(own.id, mothers.id, others.id, unknown, own.id))
    assert issues(lambda: propose(FLAG, command, [own, mothers, others], OFFICER, NOW)) == {
        ("/incidents/1", "not-about-subject"),
        ("/incidents/2", "not-found"),
        ("/incidents/3", "not-found"),
        ("/incidents/4", "duplicate"),
    }
    assert issues(lambda: propose(FLAG, replace(command, incidents=()), [], OFFICER, NOW)) == {
        ("/incidents", "required")
    }


@pytest.mark.requirement("G-1.3-2")
def test_lateness_cannot_be_made_into_a_flag_however_often_it_is_cited() -> None:
    late = [incident(mild(), number) for number in range(10, 15)]
    command = proposal(PersonSubject(SON), Category.INTIMIDATION_HARASSMENT, *late)
    assert issues(lambda: propose(FLAG, command, late, OFFICER, NOW)) == {("/incidents", "cannot-found-flag")}


@pytest.mark.parametrize("category", list(Category))
def test_every_category_says_what_can_found_it_and_is_refused_without(category: Category) -> None:
    assert FOUNDED_ON[category]
    with pytest.raises(DomainError, match="content-invalid"):
        propose(FLAG, proposal(PersonSubject(SON), category, incident(mild())), [incident(mild())], OFFICER, NOW)


def test_a_place_is_flagged_for_what_is_true_of_a_place_and_with_its_own_reason() -> None:
    loose = Hazard(HazardKind.ANIMAL, "Two dogs loose in the yard.")
    dog = incident(replace(ASSAULT, hazard=loose, place=Place(uprn="42000042")))
    place = PlaceSubject("000042000042", "The dogs belong to the yard.")
    flag = propose(FLAG, proposal(place, Category.ANIMAL_HAZARD, dog), [dog], OFFICER, NOW)
    assert flag.subject == PlaceSubject("42000042", "The dogs belong to the yard.")
    tainting = proposal(place, Category.THREAT_VIOLENCE, dog)
    assert issues(lambda: propose(FLAG, tainting, [dog], OFFICER, NOW)) == {("/category", "inconsistent")}
    silent = proposal(PlaceSubject("42000042", " "), Category.ANIMAL_HAZARD, dog)
    assert issues(lambda: propose(FLAG, silent, [dog], OFFICER, NOW)) == {("/subject/reason", "too-short")}
    elsewhere = proposal(PlaceSubject("42", "Dogs."), Category.ANIMAL_HAZARD, dog)
    assert issues(lambda: propose(FLAG, elsewhere, [dog], OFFICER, NOW)) == {("/incidents/0", "not-about-subject")}


def test_another_human_decides_and_the_flag_is_shared() -> None:
    flag = active()
    assert (flag.state, flag.version, flag.change) == (FlagState.ACTIVE, 2, RecipientChange.CREATED)
    assert flag.decision is not None
    assert flag.decision.signed.human == INSPECTOR.human
    assert flag.review_on == date(2026, 9, 9)


@pytest.mark.parametrize("account", [0, 7])
def test_the_proposer_never_decides_from_any_account_and_nothing_changes(account: int) -> None:
    flag, same_human = proposed(), person(1, account=account)
    with pytest.raises(DomainError, match="proposer-cannot-decide"):
        decide(flag, ACTIVATE, [incident()], same_human, NOW)
    assert flag == proposed()


@pytest.mark.parametrize("step", PERSON_STEPS)
def test_nor_does_the_proposer_decide_anything_later(step: Callable[[Flag, Principal], Flag]) -> None:
    flag = contest(active(), CONTEST, OFFICER, NOW)
    before = replace(flag)
    with pytest.raises(DomainError, match="proposer-cannot-decide"):
        step(flag, person(1, account=9))
    assert flag == before


@pytest.mark.parametrize("step", [*PERSON_STEPS, lambda flag, by: contest(flag, CONTEST, by, NOW)])
def test_only_the_owner_changes_a_flag(step: Callable[[Flag, Principal], Flag]) -> None:
    with pytest.raises(DomainError, match="access-denied"):
        step(active(), person(8, agency=HEALTH))


@pytest.mark.parametrize("step", PERSON_STEPS[:3])
def test_a_flag_that_has_ended_stays_ended(step: Callable[[Flag, Principal], Flag]) -> None:
    removed = remove(active(), RemoveFlag("He has moved away."), INSPECTOR, NOW)
    declined = decide(proposed(), DECLINE, [], INSPECTOR, NOW)
    for flag in (removed, declined):
        with pytest.raises(DomainError, match="flag-state-conflict"):
            step(flag, SUPERINTENDENT)


def test_a_decision_is_made_once() -> None:
    with pytest.raises(DomainError, match="flag-state-conflict"):
        decide(active(), DECLINE, [], SUPERINTENDENT, NOW)


@pytest.mark.requirement("G-5.1-3", "G-5.2-1")
def test_no_decision_without_both_risks_and_the_nine_questions() -> None:
    whole = assessment()
    partial = replace(
        whole,
        to_adult=replace(whole.to_adult, reasons=" "),
        sense_making=(*whole.sense_making[:7], whole.sense_making[0]),
    )
    expected = {
        ("/assessment/toAdult/reasons", "too-short"),
        ("/assessment/senseMaking", "too-few"),
        ("/assessment/senseMaking/7", "duplicate"),
    }
    assert refused_to_decide(replace(ACTIVATE, assessment=partial)) == expected
    assert refused_to_decide(replace(DECLINE, assessment=partial)) == expected


def test_a_declined_proposal_has_its_reasons_and_no_terms() -> None:
    flag = decide(proposed(), DECLINE, [], INSPECTOR, NOW)
    assert (flag.state, flag.change, flag.terms, flag.review_on) == (FlagState.DECLINED, None, None, None)
    assert refused_to_decide(replace(DECLINE, terms=TERMS)) == {("/terms", "inconsistent")}
    assert refused_to_decide(replace(DECLINE, reason="")) == {("/reason", "too-short")}


def test_an_active_flag_has_all_its_parts() -> None:
    bare = replace(ACTIVATE, category=None, terms=None, notification=None)
    assert refused_to_decide(bare) == {
        ("/category", "required"), ("/terms", "required"), ("/notification", "required"),
    }  # fmt: skip
    hollow = replace(
        TERMS,
        controls=(),
        sentence=ControlSentence(),
        retention_class="for ever",
        lawful_basis=("consent",),
        gateways=(),
        recipients=Recipients(),
        reach=Reach(household=True),
        handling=("no-onward-share", "no-onward-share"),
    )
    assert refused_to_decide(replace(ACTIVATE, terms=hollow)) == {
        ("/terms/controls", "required"),
        ("/terms/sentence", "required"),
        ("/terms/retentionClass", "code-unknown"),
        ("/terms/lawfulBasis/0", "code-unknown"),
        ("/terms/gateways", "required"),
        ("/terms/recipients", "required"),
        ("/terms/reach/householdReason", "required"),
        ("/terms/handling/1", "duplicate"),
    }


@pytest.mark.parametrize(
    ("sentence", "code"),
    [("x" * 281, "too-long"), ("Two people.\nHe is known to drink.", "not-text"), (" ", "too-short")],
)
def test_what_to_do_is_one_line_in_either_language(sentence: str, code: str) -> None:
    welsh = replace(TERMS, sentence=ControlSentence(cy="Dau berson; eisteddwch ger y drws."))
    assert active(replace(ACTIVATE, terms=welsh)).terms == welsh
    english = replace(TERMS, sentence=ControlSentence(en=sentence))
    assert refused_to_decide(replace(ACTIVATE, terms=english)) == {("/terms/sentence/en", code)}


def test_recipients_are_all_partners_or_named_ones() -> None:
    both = replace(TERMS, recipients=Recipients(all_partners=True, agencies=frozenset({HEALTH})))
    assert refused_to_decide(replace(ACTIVATE, terms=both)) == {("/terms/recipients", "inconsistent")}
    named = Recipients(agencies=frozenset({HEALTH}))
    assert named.include(HEALTH)
    assert not named.include(COUNCIL)
    assert Recipients(all_partners=True).include(COUNCIL)


def test_the_category_confirmed_is_true_of_what_the_incidents_now_say() -> None:
    assert refused_to_decide(replace(ACTIVATE, category=Category.HATE_ABUSE)) == {("/category", "cannot-found-flag")}
    lesser = active(replace(ACTIVATE, category=Category.DO_NOT_VISIT_ALONE))
    assert lesser.category is Category.DO_NOT_VISIT_ALONE
    taken_back = amend(incident(), AmendIncident(mild(), "It was another visit."), OFFICER, NOW)
    assert issues(lambda: decide(proposed(), ACTIVATE, [taken_back], INSPECTOR, NOW)) == {
        ("/category", "cannot-found-flag"),
        ("/terms/retentionClass", "retention-class-excessive"),
    }
    added = amend(incident(), AmendIncident(replace(ASSAULT, harm_caused="None."), "Asked."), OFFICER, NOW)
    assert decide(proposed(), ACTIVATE, [added], INSPECTOR, NOW).incidents[0].version == 2


def test_review_is_after_six_months_by_default_never_rolled_later_and_within_twelve() -> None:
    assert default_review_on(date(2026, 8, 31)) == date(2027, 2, 28)
    assert active(replace(ACTIVATE, review_on=date(2027, 3, 9))).review_on == date(2027, 3, 9)
    assert refused_to_decide(replace(ACTIVATE, review_on=date(2027, 3, 10))) == {("/reviewOn", "out-of-range")}
    assert refused_to_decide(replace(ACTIVATE, review_on=TODAY)) == {("/reviewOn", "in-past")}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (TOLD, None),
        (replace(TOLD, on=TODAY + timedelta(days=1)), ("/notification/on", "in-future")),
        (replace(TOLD, how=None), ("/notification/how", "required")),
        (replace(TOLD, route_checked=False), ("/notification/routeChecked", "required")),
        (Notification(NotifyKind.TO_BE_TOLD, on=date(2026, 4, 9), route_checked=True), None),
        (
            Notification(NotifyKind.TO_BE_TOLD, on=date(2026, 4, 10), route_checked=True),
            ("/notification/on", "out-of-range"),
        ),
        (Notification(NotifyKind.TO_BE_TOLD, route_checked=True), ("/notification/on", "required")),
        (WITHHELD, None),
        (replace(WITHHELD, reason=None), ("/notification/reason", "required")),
        (replace(WITHHELD, kind=NotifyKind.WITHHELD_HARM, reason=""), ("/notification/reason", "too-short")),
        (replace(WITHHELD, on=TODAY), ("/notification/on", "inconsistent")),
        (Notification(NotifyKind.DEFERRED, on=date(2026, 9, 9), reason="Arrest planned."), None),
        (
            Notification(NotifyKind.DEFERRED, on=date(2026, 9, 10), reason="Arrest planned."),
            ("/notification/on", "out-of-range"),
        ),
        (Notification(NotifyKind.DEFERRED, on=date(2026, 9, 9)), ("/notification/reason", "required")),
    ],
)
def test_telling_the_person_is_decided_with_a_date_or_a_reason(
    told: Notification, expected: tuple[str, str] | None
) -> None:
    command = replace(ACTIVATE, notification=told)
    if expected is None:
        assert active(command).notification == told
    else:
        assert refused_to_decide(command) == {expected}


def test_the_first_onward_share_brings_the_day_for_telling_forward() -> None:
    assert notify_due_by(date(2026, 1, 31)) == date(2026, 2, 28)
    flag = active(
        replace(ACTIVATE, notification=Notification(NotifyKind.TO_BE_TOLD, on=date(2026, 4, 9), route_checked=True))
    )
    assert telling_due_on(flag) == date(2026, 4, 9)
    assert telling_due_on(flag, first_shared_on=date(2026, 3, 12)) == date(2026, 3, 12)
    assert telling_due_on(active()) is None


def test_late_decisions_can_still_say_that_the_person_is_told_today() -> None:
    late = NOW + timedelta(days=60)
    told = Notification(NotifyKind.TO_BE_TOLD, on=late.date(), route_checked=True)
    seen = (replace(SEEN[0], by=late.date()),)
    command = replace(ACTIVATE, notification=told, adult_seen=seen)
    flag = decide(proposed(), command, [incident()], INSPECTOR, late)
    assert telling_due_on(flag) == date(2026, 4, 9)


def test_a_review_keeps_a_flag_to_a_new_date() -> None:
    on = NOW + timedelta(days=180)
    kept = review(active(), KEEP, INSPECTOR, on)
    assert (kept.state, kept.change, kept.review_on) == (
        FlagState.ACTIVE, RecipientChange.REVIEWED_KEPT, default_review_on(on.date()),
    )  # fmt: skip
    assert kept.reviews[0].weighing == KEEP.weighing


def test_every_review_weighs_four_points_and_asks_again_about_telling() -> None:
    hasty = replace(KEEP, weighing=replace(KEEP.weighing, conduct=""), notification=None)
    assert issues(lambda: review(active(), hasty, INSPECTOR, NOW)) == {
        ("/weighing/conduct", "too-short"),
        ("/notification", "required"),
    }
    told = active(replace(ACTIVATE, notification=TOLD))
    assert review(told, replace(KEEP, notification=None), INSPECTOR, NOW).notification == TOLD


def test_a_reduction_only_takes_away_and_a_correction_sets_right() -> None:
    named = replace(TERMS, recipients=Recipients(agencies=frozenset({HEALTH})))
    flag = active(replace(ACTIVATE, terms=named))
    less = replace(
        KEEP,
        outcome=ReviewOutcome.REDUCE,
        assessment=assessment(RiskLevel.LOW),
        terms=replace(named, controls=("check-in",)),
    )
    reduced = review(flag, less, INSPECTOR, NOW)
    assert (reduced.terms, reduced.change) == (less.terms, RecipientChange.REDUCED)
    more = replace(less, assessment=assessment(RiskLevel.VERY_HIGH), terms=TERMS)
    assert issues(lambda: review(flag, more, INSPECTOR, NOW)) == {
        ("/assessment/toPractitioner/level", "inconsistent"),
        ("/terms/recipients", "inconsistent"),
    }
    corrected = review(flag, replace(more, outcome=ReviewOutcome.CORRECT), INSPECTOR, NOW)
    assert (corrected.terms, corrected.change) == (TERMS, RecipientChange.RECTIFIED)
    assert issues(lambda: review(flag, replace(KEEP, outcome=ReviewOutcome.CORRECT), INSPECTOR, NOW)) == {
        ("/assessment", "required"),
        ("/terms", "required"),
    }
    assert issues(lambda: review(flag, replace(KEEP, terms=TERMS), INSPECTOR, NOW)) == {("/terms", "inconsistent")}


def test_a_review_can_remove_and_the_trail_stays() -> None:
    ending = replace(KEEP, outcome=ReviewOutcome.REMOVE, notification=None, adult_seen=())
    removed = review(active(), ending, INSPECTOR, NOW)
    assert (removed.state, removed.change) == (FlagState.REMOVED, RecipientChange.REMOVED)
    assert removed.ending is not None
    assert removed.ending.kind is EndingKind.REMOVED
    assert removed.decision is not None


def test_an_overdue_review_is_badged_and_stops_new_sharing_after_the_grace() -> None:
    flag = active()
    due = date(2026, 9, 9)
    noon = datetime(2026, 9, 9, 12, tzinfo=UTC)
    assert badges(flag, noon) == frozenset()
    assert badges(flag, noon + timedelta(days=1)) == {Badge.REVIEW_OVERDUE}
    assert may_be_newly_shared(flag, due + timedelta(days=28))
    assert not may_be_newly_shared(flag, due + timedelta(days=29))
    assert flag.is_live
    assert not may_be_newly_shared(proposed(), TODAY)


def test_a_challenge_marks_the_flag_for_every_viewer_until_someone_uninvolved_answers() -> None:
    contested = contest(active(), CONTEST, OFFICER, NOW)
    assert badges(contested, NOW) == {Badge.CONTESTED}
    assert contested.change is RecipientChange.CONTESTED
    with pytest.raises(DomainError, match="flag-state-conflict"):
        contest(contested, CONTEST, INSPECTOR, NOW)
    answer = AnswerChallenge(AnswerOutcome.NOT_UPHELD, "Two witnesses named him.")
    with pytest.raises(DomainError, match="appeal-needs-another"):
        answer_challenge(contested, answer, person(2, account=4), NOW)
    stands = answer_challenge(contested, answer, SUPERINTENDENT, NOW)
    assert badges(stands, NOW) == frozenset()
    assert stands.state is FlagState.ACTIVE
    with pytest.raises(DomainError, match="flag-state-conflict"):
        answer_challenge(stands, answer, person(4), NOW)
    again = contest(stands, CONTEST, OFFICER, NOW)
    with pytest.raises(DomainError, match="appeal-needs-another"):
        answer_challenge(again, answer, SUPERINTENDENT, NOW)


def test_a_reviewer_hears_no_appeal_against_what_they_kept() -> None:
    contested = contest(review(active(), KEEP, SUPERINTENDENT, NOW), CONTEST, OFFICER, NOW)
    with pytest.raises(DomainError, match="appeal-needs-another"):
        answer_challenge(contested, AnswerChallenge(AnswerOutcome.UPHELD, "He asked."), SUPERINTENDENT, NOW)


def test_a_challenge_upheld_ends_the_flag_and_in_part_corrects_it() -> None:
    contested = contest(active(), CONTEST, OFFICER, NOW)
    ended = answer_challenge(contested, AnswerChallenge(AnswerOutcome.UPHELD, "Alibi."), SUPERINTENDENT, NOW)
    assert (ended.state, ended.change) == (FlagState.REMOVED, RecipientChange.REMOVED)
    assert ended.ending is not None
    assert ended.ending.kind is EndingKind.CHALLENGE_UPHELD
    milder = replace(TERMS, controls=("phone-or-alarm",))
    in_part = AnswerChallenge(AnswerOutcome.UPHELD_IN_PART, "He was provoked.", assessment(RiskLevel.LOW), milder)
    corrected = answer_challenge(contested, in_part, SUPERINTENDENT, NOW)
    assert (corrected.terms, corrected.change, corrected.contested) == (milder, RecipientChange.RECTIFIED, False)
    assert issues(lambda: answer_challenge(contested, replace(in_part, terms=None), SUPERINTENDENT, NOW)) == {
        ("/terms", "required")
    }


def test_restricted_use_is_badged_told_and_not_newly_shared() -> None:
    flag = contest(active(), replace(CONTEST, restriction_reason="The record may be his brother's."), INSPECTOR, NOW)
    assert badges(flag, NOW) == {Badge.CONTESTED, Badge.RESTRICTED}
    assert flag.change is RecipientChange.RESTRICTED
    assert not may_be_newly_shared(flag, TODAY)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (CorrectionKind.WRONG_PERSON, RecipientChange.WRONG_PERSON),
        (CorrectionKind.ENTERED_IN_ERROR, RecipientChange.ERASED),
    ],
)
def test_what_should_never_have_been_is_withdrawn_from_every_holder(
    kind: CorrectionKind, change: RecipientChange
) -> None:
    withdrawn = correct(active(), CorrectFlag(kind, "Typed on the wrong record."), SUPERINTENDENT, NOW)
    assert (withdrawn.state, withdrawn.change) == (FlagState.ENTERED_IN_ERROR, change)
    assert change.withdraws
    assert not withdrawn.is_live
    assert issues(lambda: correct(active(), CorrectFlag(kind, ""), SUPERINTENDENT, NOW)) == {("/reason", "too-short")}


def test_a_proposer_may_take_back_a_proposal_that_warns_nobody_yet() -> None:
    back = correct(proposed(), CorrectFlag(CorrectionKind.WRONG_PERSON, "A namesake."), OFFICER, NOW)
    assert (back.state, back.change, back.version) == (FlagState.ENTERED_IN_ERROR, None, 2)


def test_the_day_of_a_decision_is_the_local_one() -> None:
    late = datetime.fromisoformat("2026-08-30T23:30:00+00:00")
    seen = (replace(SEEN[0], by=date(2026, 9, 1)),)
    flag = decide(proposed(), replace(ACTIVATE, adult_seen=seen), [incident()], INSPECTOR, late)
    assert flag.review_on == date(2027, 2, 28)
    assert flag.changed.at == late


def test_a_flag_names_its_subject_by_the_owners_record() -> None:
    assert proposed().subject == PersonSubject(RecordId(UUID(int=1)))
