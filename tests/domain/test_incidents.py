from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.adult_view import AdultView
from domain.errors import DomainError
from domain.incidents import (
    GRADES,
    HATE_BEHAVIOURS,
    HOSTILE_TYPES,
    UNCERTAIN_ALONE,
    VIOLENT_BEHAVIOURS,
    AmendIncident,
    BehaviourOf,
    Ground,
    Hazard,
    HazardKind,
    IncidentContent,
    Opinion,
    Place,
    amend,
    can_found_staff_safety_flag,
    grounds_of,
    validate,
)
from domain.vocabularies import VOCABULARIES
from tests.domain.flag_samples import ASSAULT, HEALTH, MOTHER, NOW, OFFICER, SON, incident, mild, person

HAZARD = replace(
    mild(),
    behaviour_types=(),
    behaviour_of=None,
    grade=None,
    about=MOTHER,
    self_neglect=("hoarding",),
    hazard=Hazard(HazardKind.PREMISES, "The landing floor gives way by the bathroom door."),
)


def issues(content: IncidentContent, now: datetime = NOW) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        validate(content, now)
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def test_codes_that_rules_turn_on_are_those_of_the_lists() -> None:
    assert GRADES == ("reluctance-resistance", "intimidation", "abuse", "threat-of-violence", "actual-violence")
    assert VOCABULARIES["behaviour-type"].codes >= HOSTILE_TYPES
    assert VOCABULARIES["threatening-behaviour"].codes >= UNCERTAIN_ALONE | VIOLENT_BEHAVIOURS | HATE_BEHAVIOURS
    assert {"racist", "sexual", "homophobic"} == HATE_BEHAVIOURS


@pytest.mark.requirement("G-3.2-2")
def test_a_full_account_is_recorded_as_the_agencys_own() -> None:
    first = incident()
    assert (first.version, first.owner_agency, first.recorded_by) == (1, OFFICER.agency, OFFICER.user)
    assert first.amendment_reason is None


@pytest.mark.requirement("G-1.2-4")
@pytest.mark.parametrize("empty", ["", "   ", "\n"])
def test_nothing_is_saved_without_thought_of_how_the_adult_lives_with_it(empty: str) -> None:
    assert issues(replace(ASSAULT, adult_impact=empty)) == {("/adultImpact", "too-short")}


@pytest.mark.requirement("G-1.1-2")
def test_the_adult_is_asked_or_it_is_said_why_not_and_never_in_the_workers_words() -> None:
    asked = replace(ASSAULT, adult_view=AdultView(own_words="I was frightened, but leave him be."))
    validate(asked, NOW)
    assert issues(replace(asked, adult_view=None)) == {("/adultView", "required")}
    assert issues(replace(asked, adult_view=AdultView(" ", None))) == {("/adultView/ownWords", "too-short")}
    assert issues(replace(asked, adult_view=AdultView("Yes.", "Asleep."))) == {("/adultView", "inconsistent")}


@pytest.mark.requirement("G-1.1-1")
def test_it_says_whose_behaviour_is_meant_and_that_fits_who_it_is_about() -> None:
    assert issues(replace(ASSAULT, behaviour_of=None)) == {("/behaviourOf", "required")}
    assert issues(replace(ASSAULT, behaviour_of=BehaviourOf.ADULT)) == {("/behaviourOf", "inconsistent")}
    assert issues(replace(ASSAULT, adult_at_risk=SON)) == {("/behaviourOf", "inconsistent")}
    validate(replace(ASSAULT, adult_at_risk=SON, behaviour_of=BehaviourOf.ADULT), NOW)


@pytest.mark.requirement("G-5.1-2")
def test_a_threat_says_whether_it_was_overt_covert_or_implied() -> None:
    assert issues(replace(ASSAULT, threat_form=None)) == {("/threatForm", "required")}
    written = replace(ASSAULT, behaviours=("written-threats",), grade="abuse", threat_form=None)
    assert issues(written) == {("/threatForm", "required")}


@pytest.mark.requirement("G-1.3-2")
def test_hostility_cannot_be_graded_without_a_hostile_type_nor_violence_filed_as_less() -> None:
    assert ("/grade", "inconsistent") in issues(replace(ASSAULT, behaviour_types=("avoidance",)))
    assert issues(replace(ASSAULT, behaviour_types=("confrontation",))) == {("/behaviourTypes", "inconsistent")}
    hit = replace(ASSAULT, behaviours=("physical-violence",))
    assert issues(hit) == {("/grade", "inconsistent")}
    validate(replace(hit, grade="actual-violence"), NOW)


def test_all_faults_are_named_at_once_and_no_value_is_repeated() -> None:
    broken = replace(
        ASSAULT,
        occurred_at=NOW + timedelta(minutes=1),
        place=Place(uprn="12a"),
        behaviours=("shouting", "biting-secret", "shouting"),
        factual_account="\x00secret",
        present=("a\nb", ""),
        opinion=Opinion("He drinks.", ""),
        language="fr",
    )
    found = issues(broken)
    assert found == {
        ("/occurredAt", "in-future"),
        ("/place/uprn", "pattern"),
        ("/behaviours/1", "code-unknown"),
        ("/behaviours/2", "duplicate"),
        ("/factualAccount", "not-text"),
        ("/present/0", "not-text"),
        ("/present/1", "too-short"),
        ("/opinion/authorRole", "too-short"),
        ("/language", "code-unknown"),
    }
    assert "secret" not in repr(found)


def test_a_time_without_offset_is_refused() -> None:
    naive = replace(ASSAULT, occurred_at=datetime(2026, 3, 8, 21, 40))  # noqa: DTZ001  # the very fault that is tested
    assert issues(naive) == {("/occurredAt", "date-invalid")}


def test_it_says_where_in_the_one_spelling_of_the_place() -> None:
    assert issues(replace(ASSAULT, place=Place())) == {("/place", "required")}
    assert Place(uprn="000000010033") == Place(uprn="10033")
    validate(replace(ASSAULT, place=Place(text="by telephone")), NOW)


def test_either_the_police_reference_or_the_reason_there_is_none() -> None:
    without = replace(ASSAULT, police_reference=None)
    assert issues(without) == {("/noPoliceReportReason", "required")}
    assert issues(replace(ASSAULT, no_police_report_reason="not-criminal")) == {
        ("/noPoliceReportReason", "inconsistent")
    }
    assert issues(replace(without, no_police_report_reason="other")) == {("/noPoliceReportNote", "required")}
    validate(replace(without, no_police_report_reason="care-need"), NOW)


def test_something_was_met_behaviour_a_hazard_or_self_neglect() -> None:
    validate(HAZARD, NOW)
    assert issues(replace(HAZARD, hazard=None, self_neglect=())) == {("/behaviourTypes", "required")}
    assert issues(replace(HAZARD, grade="abuse")) == {("/grade", "inconsistent")}


@pytest.mark.requirement("G-5.1-7")
def test_hate_elements_stand_apart() -> None:
    content = replace(ASSAULT, behaviours=("racist", "shouting", "homophobic"))
    assert content.hate_elements == {"racist", "homophobic"}
    assert Ground.HATE in grounds_of([content])


def test_an_amendment_is_a_new_version_with_its_reason() -> None:
    first = incident()
    better = replace(ASSAULT, harm_caused="A bruised wrist.")
    later = NOW + timedelta(hours=2)
    second = amend(first, AmendIncident(better, "The worker saw a doctor."), person(5), later)
    assert (second.version, second.amendment_reason, second.content) == (2, "The worker saw a doctor.", better)
    assert second.recorded_at == later
    assert first.version == 1
    assert first.content == ASSAULT


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (AmendIncident(ASSAULT, " "), "/reason"),
        (AmendIncident(replace(ASSAULT, about=MOTHER), "Wrong record."), "/about"),
    ],
)
def test_an_amendment_needs_a_reason_and_stays_about_the_same_person(command: AmendIncident, pointer: str) -> None:
    with pytest.raises(DomainError) as refusal:
        amend(incident(), command, OFFICER, NOW)
    assert [issue.pointer for issue in refusal.value.issues] == [pointer]


def test_to_another_agency_the_incident_is_not_there() -> None:
    with pytest.raises(DomainError, match="not-found"):
        amend(incident(), AmendIncident(ASSAULT, "Curious."), person(6, agency=HEALTH), NOW)


SOFT_TYPES = st.sets(st.sampled_from(["ambivalence", "avoidance"])).map(lambda found: tuple(sorted(found)))
NOT_ANIMALS = sorted(VOCABULARIES["threatening-behaviour"].codes - {"animals-as-threat"})


@pytest.mark.requirement("G-1.3-2", "G-1.5-5")
@given(
    SOFT_TYPES,
    st.sets(st.sampled_from(NOT_ANIMALS)),
    st.sampled_from(GRADES),
    st.sets(st.sampled_from(sorted(VOCABULARIES["self-neglect-indicator"].codes))),
    st.booleans(),
    st.integers(1, 12),
)
def test_ambivalence_avoidance_complaint_and_self_neglect_never_found_a_flag(
    types: tuple[str, ...], behaviours: set[str], grade: str, neglect: set[str], complained: bool, times: int
) -> None:
    content = mild(
        behaviour_types=types,
        behaviours=tuple(behaviours),
        grade=grade,
        self_neglect=tuple(neglect),
        complaint_made=complained,
    )
    assert not can_found_staff_safety_flag([content] * times)


@pytest.mark.requirement("G-5.2-3")
def test_a_complaint_felt_as_intimidation_founds_nothing_but_a_threat_beside_it_does() -> None:
    complaint = mild(behaviour_types=("confrontation",), grade="intimidation", complaint_made=True)
    assert not can_found_staff_safety_flag([complaint])
    assert can_found_staff_safety_flag([replace(complaint, behaviours=("following-harassing",))])
    assert can_found_staff_safety_flag([replace(complaint, complaint_made=False)])


@pytest.mark.parametrize("behaviour", sorted(UNCERTAIN_ALONE))
def test_rudeness_silence_and_persistence_need_a_grade_that_someone_answers_for(behaviour: str) -> None:
    rude = mild(behaviour_types=("confrontation",), behaviours=(behaviour,))
    assert not can_found_staff_safety_flag([rude])
    assert can_found_staff_safety_flag([replace(rude, grade="intimidation")])


@pytest.mark.parametrize(
    ("content", "grounds"),
    [
        (ASSAULT, {Ground.HOSTILITY, Ground.VIOLENCE}),
        (mild(behaviour_types=("confrontation",), grade="abuse"), {Ground.HOSTILITY}),
        (mild(behaviours=("animals-as-threat",)), {Ground.ANIMAL}),
        (HAZARD, {Ground.PREMISES}),
        (replace(HAZARD, hazard=Hazard(HazardKind.ANIMAL, "A loose dog.")), {Ground.ANIMAL}),
        (replace(HAZARD, hazard=None), set()),
    ],
)
def test_each_incident_founds_what_it_shows_and_no_more(content: IncidentContent, grounds: set[Ground]) -> None:
    assert grounds_of([content]) == grounds
    assert grounds_of([mild(), content]) == grounds


def test_times_with_other_offsets_are_compared_as_moments() -> None:
    validate(replace(ASSAULT, occurred_at=datetime.fromisoformat("2026-03-09T11:15:00+01:00")), NOW)
    assert issues(replace(ASSAULT, occurred_at=datetime(2026, 3, 9, 10, 16, tzinfo=UTC))) == {
        ("/occurredAt", "in-future")
    }
