"""What a decision may say, given the kind of warning and what its evidence came with: no blame, no hoarding, no leak."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.access import Role
from domain.adult_view import AdultView
from domain.blame import is_blaming
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_care import CarerSupport
from domain.flag_changes import correct, remove, review
from domain.flag_codes import ALERTING_CATEGORIES, Category, FlagState, NotifyKind
from domain.flag_decisions import ControlSentence, DecideFlag, Notification, Recipients, Terms
from domain.flag_duties import DutyKind, duties_of
from domain.flag_evidence import FOUNDED_ON
from domain.flag_follow_up import OfferCarerSupport, offer_carer_support
from domain.flag_handling import Agreement, Condition, readers
from domain.flag_markers import RaiseMarker, raise_marker
from domain.flag_retention import CLASSES, CONTENT_MONTHS, KEPT_MONTHS, LONGEST_MONTHS
from domain.flag_reviews import CorrectFlag, CorrectionKind, RemoveFlag, ReviewOutcome
from domain.flags import Flag, decide, propose
from domain.incidents import BehaviourOf, Ground, Incident, IncidentContent, Place, grounds_of, validate
from domain.vocabularies import VOCABULARIES
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
    POLICE,
    SEEN,
    SUBJECT,
    SUPERINTENDENT,
    TERMS,
    TODAY,
    active,
    assessment,
    incident,
    proposal,
    proposed,
)

STARTLED = IncidentContent(
    adult_at_risk=MOTHER,
    about=MOTHER,
    occurred_at=ASSAULT.occurred_at,
    place=Place(uprn="100100000001"),
    factual_account="Woken by a touch she struck out with her arm; told who it was, she took the nurse's hand.",
    adult_impact="She did not know where she was.",
    adult_view=AdultView(own_words="Tell me before you come near."),
    behaviour_of=BehaviourOf.ADULT,
    care_need=("dementia",),
    no_police_report_reason="care-need",
)
GENTLE = replace(
    TERMS, retention_class="care-need", controls=("check-in",), sentence=ControlSentence(en="Say who you are first.")
)
CARED_FOR = replace(assessment(), carer_support=CarerSupport("assessment-offered"))
CARE = replace(ACTIVATE, category=Category.CARE_NEED_BEHAVIOUR, terms=GENTLE, assessment=CARED_FOR)


def refused(change: Callable[[], object]) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        change()
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def on(content: IncidentContent, command: DecideFlag = ACTIVATE) -> Flag:
    """A flag on the son, decided on one incident."""
    met = incident(content)
    flag = propose(FLAG, proposal(SUBJECT, Category.THREAT_VIOLENCE, met), [met], OFFICER, NOW)
    return decide(flag, command, [met], INSPECTOR, NOW)


class TestCareNeed:
    """Behaviour that arises from illness, dementia or distress."""

    def test_it_is_told_and_not_graded_and_found_nothing_but_its_own_kind(self) -> None:
        validate(STARTLED, NOW)
        assert grounds_of([STARTLED]) == {Ground.CARE_NEED}
        founded = {category for category, grounds in FOUNDED_ON.items() if Ground.CARE_NEED in grounds}
        assert founded == {Category.CARE_NEED_BEHAVIOUR}
        assert Category.CARE_NEED_BEHAVIOUR not in ALERTING_CATEGORIES

    @pytest.mark.parametrize(
        ("field", "value", "fault"),
        [
            ("grade", "actual-violence", ("/grade", "inconsistent")),
            ("behaviours", ("physical-violence",), ("/behaviours", "inconsistent")),
            ("threat_form", "overt", ("/threatForm", "inconsistent")),
            ("behaviour_of", None, ("/behaviourOf", "required")),
            ("behaviour_of", BehaviourOf.CARER, ("/behaviourOf", "inconsistent")),
            ("care_need", ("old-age",), ("/careNeed/0", "code-unknown")),
        ],
    )
    def test_it_is_never_recorded_as_hostility(self, field: str, value: object, fault: tuple[str, str]) -> None:
        changed = replace(STARTLED, **{field: value})  # type: ignore[arg-type]  # one field by name
        assert refused(lambda: validate(changed, NOW)) == {fault}

    def test_hostility_is_not_excused_by_a_care_need(self) -> None:
        assert refused(lambda: validate(replace(ASSAULT, care_need=("distress",)), NOW)) == {
            ("/careNeed", "inconsistent")
        }

    def test_no_decision_is_whole_without_what_is_offered_to_the_carer(self) -> None:
        assert on(ASSAULT, CARE).is_live
        bare = replace(CARE, assessment=assessment())
        assert refused(lambda: on(ASSAULT, bare)) == {("/assessment/carerSupport", "required")}
        unsaid = replace(CARED_FOR, carer_support=CarerSupport("not-offered"))
        assert refused(lambda: on(ASSAULT, replace(CARE, assessment=unsaid))) == {
            ("/assessment/carerSupport/note", "required")
        }
        reasoned = replace(CARED_FOR, carer_support=CarerSupport("not-offered", "She asked us not to, for now."))
        assert on(ASSAULT, replace(CARE, assessment=reasoned)).is_live

    @pytest.mark.parametrize(
        ("sentence", "pointer"),
        [
            (ControlSentence(en="She is violent when woken."), "/terms/sentence/en"),
            (ControlSentence(en="Attacks carers."), "/terms/sentence/en"),
            (ControlSentence(cy="Mae hi'n dreisgar."), "/terms/sentence/cy"),
            (ControlSentence(en="Say who you are.", cy="Gall ymosod."), "/terms/sentence/cy"),
        ],
    )
    def test_what_travels_blames_nobody_in_either_language(self, sentence: ControlSentence, pointer: str) -> None:
        blaming = replace(CARE, terms=replace(GENTLE, sentence=sentence))
        assert refused(lambda: on(ASSAULT, blaming)) == {(pointer, "blaming-word")}
        assert active(replace(ACTIVATE, terms=replace(TERMS, sentence=sentence))).is_live

    def test_gentle_words_pass(self) -> None:
        for words in ("Knock, say who you are, and wait.", "Two people help her to stand; she may push when startled."):
            assert not is_blaming(words, "en")
        assert not is_blaming("Curwch, dywedwch pwy ydych chi, ac arhoswch.", "cy")

    def test_a_review_holds_it_to_the_same(self) -> None:
        flag = on(ASSAULT, CARE)
        harsh = replace(
            KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(),
            terms=replace(GENTLE, retention_class="violence", sentence=ControlSentence(en="Aggressive.")),
        )  # fmt: skip
        assert refused(lambda: review(flag, harsh, INSPECTOR, NOW)) == {
            ("/assessment/carerSupport", "required"),
            ("/terms/retentionClass", "retention-class-excessive"),
            ("/terms/sentence/en", "blaming-word"),
        }


class TestCarer:
    """The carer is offered support, and asked again."""

    STARTED = replace(CARED_FOR, carer_support=CarerSupport("not-offered", "He is in hospital."))
    OFFER = OfferCarerSupport(CarerSupport("offered"), TODAY)

    def owing(self) -> Flag:
        return on(ASSAULT, replace(CARE, assessment=self.STARTED))

    def due(self, flag: Flag) -> list[date]:
        owed = [duty for duty in duties_of(flag) if duty.kind is DutyKind.SUPPORT_CARER]
        return [local_date(duty.due_at) for duty in owed]

    def test_where_nothing_was_offered_it_is_owed_until_it_is(self) -> None:
        assert self.due(on(ASSAULT, CARE)) == []
        assert self.due(on(ASSAULT)) == []
        flag = self.owing()
        assert self.due(flag) == [date(2026, 4, 7)]
        again = OfferCarerSupport(CarerSupport("not-offered", "Still in hospital."), TODAY)
        later = NOW + timedelta(days=10)
        assert self.due(offer_carer_support(flag, again, OFFICER, later)) == [date(2026, 4, 17)]
        done = offer_carer_support(flag, self.OFFER, OFFICER, NOW + timedelta(minutes=1))
        assert (self.due(done), done.change, done.version) == ([], None, flag.version + 1)

    def test_a_review_that_keeps_the_warning_opens_the_question_again(self) -> None:
        flag = on(ASSAULT, CARE)
        later = NOW + timedelta(days=30)
        seen = (replace(SEEN[0], by=local_date(later) + timedelta(days=7)),)
        kept = review(flag, replace(KEEP, adult_seen=seen, review_on=None), INSPECTOR, later)
        assert self.due(kept) == [date(2026, 5, 7)]
        assert self.due(offer_carer_support(kept, self.OFFER, OFFICER, later + timedelta(minutes=1))) == []
        restated = replace(
            KEEP, outcome=ReviewOutcome.CORRECT, assessment=CARED_FOR, terms=GENTLE, adult_seen=seen, review_on=None
        )
        assert self.due(review(flag, restated, INSPECTOR, later)) == []

    def test_it_is_put_before_more_people_as_time_passes(self) -> None:
        (duty,) = [each for each in duties_of(self.owing()) if each.kind is DutyKind.SUPPORT_CARER]
        assert duty.clock.told(NOW) == ()
        told = [len(duty.clock.told(duty.due_at + timedelta(days=days))) for days in (-14, 0, 14)]
        assert told == [1, 2, 3]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"support": CarerSupport("promised")}, ("/kind", "code-unknown")),
            ({"support": CarerSupport("not-offered")}, ("/note", "required")),
            ({"on": TODAY + timedelta(days=1)}, ("/on", "in-future")),
            ({"on": date(2020, 1, 1)}, ("/on", "out-of-range")),
        ],
    )
    def test_what_cannot_have_been_is_refused(self, change: dict[str, object], fault: tuple[str, str]) -> None:
        command = replace(self.OFFER, **change)  # type: ignore[arg-type]  # one field by name
        assert refused(lambda: offer_carer_support(self.owing(), command, OFFICER, NOW)) == {fault}

    def test_it_is_asked_of_a_live_flag_of_the_kind_alone(self) -> None:
        ended = remove(self.owing(), RemoveFlag("He is at home now."), SUPERINTENDENT, NOW)
        assert self.due(ended) == []
        for flag in (on(ASSAULT), ended):
            with pytest.raises(DomainError) as refusal:
                offer_carer_support(flag, self.OFFER, OFFICER, NOW)
            assert refusal.value.code == "flag-state-conflict"


def test_a_marker_on_a_care_need_blames_nobody_either() -> None:
    def mark(sentence: ControlSentence, category: Category = Category.CARE_NEED_BEHAVIOUR) -> Flag:
        return raise_marker(FLAG, RaiseMarker(SUBJECT, category, ("joint",), sentence), OFFICER, NOW)

    harsh = ControlSentence(en="Violent, attacks staff.", cy="Mae'n ymosod.")
    assert refused(lambda: mark(harsh)) == {("/sentence/en", "blaming-word"), ("/sentence/cy", "blaming-word")}
    assert mark(harsh, Category.THREAT_VIOLENCE).is_live
    assert mark(ControlSentence(en="Say who you are.")).is_live


class TestKeeping:
    """How long what remains of a flag is kept."""

    def test_every_class_and_every_category_has_its_place_within_the_limits(self) -> None:
        assert set(KEPT_MONTHS) == VOCABULARIES["retention-class"].codes
        assert set(CLASSES) == set(Category)
        assert frozenset().union(*CLASSES.values()) == set(KEPT_MONTHS)
        assert max(KEPT_MONTHS.values()) == LONGEST_MONTHS == 72
        assert min(KEPT_MONTHS.values()) == CONTENT_MONTHS == 12
        assert CLASSES[Category.CARE_NEED_BEHAVIOUR] == {"care-need"}

    @pytest.mark.parametrize("category", [Category.THREAT_VIOLENCE, Category.DO_NOT_VISIT_ALONE])
    @pytest.mark.parametrize("retention", sorted(KEPT_MONTHS))
    def test_a_class_fits_the_category_or_the_decision_is_refused(self, category: Category, retention: str) -> None:
        command = replace(ACTIVATE, category=category, terms=replace(TERMS, retention_class=retention))
        if retention in CLASSES[category]:
            assert active(command).is_live
        else:
            assert refused(lambda: active(command)) == {("/terms/retentionClass", "retention-class-excessive")}

    def test_a_threat_alone_is_not_kept_as_violence(self) -> None:
        words = replace(ASSAULT, behaviours=("shouting",))
        assert refused(lambda: on(words)) == {("/terms/retentionClass", "retention-class-excessive")}
        flag = on(words, replace(ACTIVATE, terms=replace(TERMS, retention_class="threat")))
        assert flag.is_live
        longer = replace(KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(), terms=TERMS)
        assert refused(lambda: review(flag, longer, INSPECTOR, NOW)) == {
            ("/terms/retentionClass", "retention-class-excessive")
        }

    @pytest.mark.parametrize(("retention", "until"), [("threat", date(2029, 3, 9)), ("violence", date(2031, 3, 9))])
    def test_a_removed_flag_is_kept_by_its_class_and_its_content_a_year(self, retention: str, until: date) -> None:
        flag = active(replace(ACTIVATE, terms=replace(TERMS, retention_class=retention)))
        assert flag.kept is None
        kept = remove(flag, RemoveFlag("He has moved away."), SUPERINTENDENT, NOW).kept
        assert kept is not None
        assert (kept.content_until, kept.trail_until) == (date(2027, 3, 9), until)

    def test_what_was_declined_or_never_true_goes_after_a_year(self) -> None:
        wrong = correct(active(), CorrectFlag(CorrectionKind.WRONG_PERSON, "A namesake."), SUPERINTENDENT, NOW)
        declined = decide(proposed(), DECLINE, [], INSPECTOR, NOW)
        for flag in (wrong, declined):
            assert flag.kept is not None
            assert flag.kept.trail_until == flag.kept.content_until == date(2027, 3, 9)
        assert proposed().kept is None


TOLD_BY_COUNCIL = replace(ASSAULT, originator=COUNCIL, handling=("consult-originator-before-onward-share",))
AGREED = Agreement(COUNCIL, "Duty manager", "By telephone", TODAY)


class TestHandling:
    """Conditions that an originator set."""

    def test_conditions_on_the_evidence_stay_on_the_flag(self) -> None:
        secret = replace(ASSAULT, source_protected=True, handling=("consult-originator-before-subject-access",))
        flag = on(secret)
        assert flag.terms is not None
        assert flag.terms.handling == ("consult-originator-before-subject-access", "source-protected")
        eased = replace(KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(), terms=TERMS)
        after = review(flag, eased, INSPECTOR, NOW).terms
        assert after is not None
        assert after.handling == flag.terms.handling

    def test_what_may_not_be_passed_on_stays_at_home(self) -> None:
        kept_back = replace(ASSAULT, originator=COUNCIL, handling=("no-onward-share",))
        assert refused(lambda: on(kept_back)) == {("/terms/recipients", "handling-forbids")}
        at_home = replace(TERMS, recipients=Recipients(agencies=frozenset({POLICE})))
        flag = on(kept_back, replace(ACTIVATE, terms=at_home))
        wider = replace(KEEP, outcome=ReviewOutcome.CORRECT, assessment=assessment(), terms=TERMS)
        assert refused(lambda: review(flag, wider, INSPECTOR, NOW)) == {("/terms/recipients", "handling-forbids")}

    def test_an_originator_that_wants_to_be_asked_is_asked(self) -> None:
        def shared(*agreements: Agreement) -> Flag:
            return on(TOLD_BY_COUNCIL, replace(ACTIVATE, terms=replace(TERMS, agreements=agreements)))

        assert refused(shared) == {("/terms/agreements", "required")}
        assert shared(AGREED).conditions == (Condition("consult-originator-before-onward-share", COUNCIL),)
        assert refused(lambda: shared(AGREED, replace(AGREED, originator=HEALTH))) == {
            ("/terms/agreements/1/originator", "inconsistent")
        }
        later = replace(AGREED, on=TODAY + timedelta(days=1), who=" ", how="")
        assert refused(lambda: shared(later)) == {
            ("/terms/agreements/0/who", "too-short"), ("/terms/agreements/0/how", "too-short"),
            ("/terms/agreements/0/on", "in-future"),
        }  # fmt: skip
        at_home = replace(TERMS, recipients=Recipients(agencies=frozenset({POLICE})))
        assert on(TOLD_BY_COUNCIL, replace(ACTIVATE, terms=at_home)).is_live

    def test_named_roles_are_named_and_a_flag_can_live_with_them(self) -> None:
        def named(*roles: Role, handling: tuple[str, ...] = ("named-roles-only",)) -> Terms:
            return replace(TERMS, handling=handling, handling_roles=frozenset(roles))

        both = (Role.LINE_MANAGER, Role.FLAG_DECISION_MAKER)
        assert active(replace(ACTIVATE, terms=named(*both))).is_live
        for terms, code in (
            (named(), "required"), (named(Role.LINE_MANAGER), "too-few"),
            (named(*both, Role.AUDITOR), "inconsistent"), (named(*both, handling=()), "inconsistent"),
        ):  # fmt: skip
            assert refused(lambda terms=terms: active(replace(ACTIVATE, terms=terms))) == {
                ("/terms/handlingRoles", code)
            }

    def test_whoever_reads_must_be_allowed_by_both_settings(self) -> None:
        lead, manager = frozenset({Role.SAFEGUARDING_LEAD}), frozenset({Role.LINE_MANAGER})
        assert readers(None, frozenset()) is None
        assert readers(lead, frozenset()) == readers(lead, lead | manager) == lead
        assert readers(None, manager) == manager
        assert readers(lead, manager) == lead

    @pytest.mark.parametrize("code", ["named-roles-only", "source-protected"])
    def test_what_has_a_field_of_its_own_in_an_incident_is_no_condition_there(self, code: str) -> None:
        assert refused(lambda: validate(replace(ASSAULT, handling=(code,)), NOW)) == {("/handling/0", "inconsistent")}


@pytest.mark.requirement("G-7.2-2")
def test_telling_that_was_put_off_is_owed_on_its_day() -> None:
    later = Notification(NotifyKind.DEFERRED, on=date(2026, 5, 1), reason="An arrest is planned.")
    flag = active(replace(ACTIVATE, notification=later))
    assert flag.state is FlagState.ACTIVE
    assert [duty.due_at.date() for duty in duties_of(flag) if duty.kind is DutyKind.TELL_PERSON] == [date(2026, 4, 30)]
    assert [duty.kind for duty in duties_of(active(replace(ACTIVATE, adult_seen=SEEN)))].count(
        DutyKind.TELL_PERSON
    ) == 0


def decided_on(*incidents: Incident) -> Flag:
    flag = propose(FLAG, proposal(SUBJECT, Category.THREAT_VIOLENCE, *incidents), incidents, OFFICER, NOW)
    return decide(flag, ACTIVATE, incidents, INSPECTOR, NOW)


def test_conditions_of_several_incidents_add_up() -> None:
    first = incident(replace(ASSAULT, handling=("consult-originator-before-subject-access",), originator=COUNCIL))
    second = incident(replace(ASSAULT, source_protected=True), number=11)
    assert {condition.code for condition in decided_on(first, second).conditions} == {
        "consult-originator-before-subject-access", "source-protected",
    }  # fmt: skip
