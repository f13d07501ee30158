"""What another agency bears out: from its own incidents, told in three facts, weighed at the review."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.errors import DomainError
from domain.flag_changes import review
from domain.flag_codes import Category
from domain.flag_corroboration import (
    Concern,
    Corroborated,
    CorroborateFlag,
    Corroboration,
    CorroborationState,
    corroborate,
    withdraw,
)
from domain.ids import IncidentId
from domain.incidents import Incident
from tests.domain.flag_samples import ASSAULT, FLAG, HEALTH, INSPECTOR, KEEP, NOW, active, incident, mild, person

NURSE_LEAD = person(21, agency=HEALTH)
FIRST = incident(number=31)
LATER = incident(
    replace(ASSAULT, occurred_at=datetime(2026, 3, 9, 0, 5, tzinfo=UTC), behaviour_types=("violence",)), number=32
)
CONCERN = Concern(Category.THREAT_VIOLENCE, frozenset({0, 1}), involved=False)
COMMAND = CorroborateFlag(FLAG, (FIRST.id, LATER.id), "Our nurses met the same.")


def made(command: CorroborateFlag = COMMAND, concern: Concern = CONCERN, *incidents: Incident) -> Corroboration:
    return corroborate(UUID(int=99), command, concern, incidents or (FIRST, LATER), NURSE_LEAD, NOW)


def refused(
    command: CorroborateFlag = COMMAND, concern: Concern = CONCERN, *incidents: Incident
) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        made(command, concern, *incidents)
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def test_it_tells_the_last_day_and_the_kinds_of_behaviour_and_nothing_else() -> None:
    stands = made()
    assert (stands.owner_agency, stands.state) == (HEALTH, CorroborationState.STANDING)
    assert (stands.last_on, stands.kinds) == (date(2026, 3, 9), ("confrontation", "violence"))
    assert stands.since == stands.recorded_at == NOW
    assert stands.withdrawn_at is None


@pytest.mark.requirement("G-3.3-4")
def test_where_the_source_is_protected_the_day_is_not_told() -> None:
    hidden = incident(replace(ASSAULT, source_protected=True), number=31)
    assert made(COMMAND, CONCERN, hidden, LATER).last_on is None


def test_it_rests_on_own_incidents_about_the_same_subject_that_are_enough_for_the_category() -> None:
    unknown = IncidentId(UUID(int=33))
    assert refused(replace(COMMAND, incidents=())) == {("/incidents", "required")}
    assert refused(replace(COMMAND, incidents=(FIRST.id, unknown))) == {("/incidents/1", "not-found")}
    assert refused(replace(COMMAND, incidents=(FIRST.id, FIRST.id))) == {("/incidents/1", "duplicate")}
    assert refused(COMMAND, replace(CONCERN, same=frozenset({0}))) == {("/incidents/1", "not-about-subject")}
    assert refused(replace(COMMAND, incidents=(FIRST.id,)), CONCERN, incident(mild(), number=31)) == {
        ("/incidents", "cannot-found-flag")
    }
    assert refused(replace(COMMAND, reason=" ")) == {("/reason", "too-short")}


def test_nobody_bears_out_for_one_agency_what_they_said_for_another() -> None:
    with pytest.raises(DomainError, match="corroboration-needs-another"):
        made(COMMAND, replace(CONCERN, involved=True))


def test_whoever_made_it_takes_it_back_once_with_a_reason() -> None:
    later = NOW + timedelta(days=3)
    back = withdraw(made(), "It was a neighbour.", person(22, agency=HEALTH), later)
    assert (back.version, back.state, back.withdrawn_at) == (2, CorroborationState.WITHDRAWN, later)
    assert back.since == NOW
    with pytest.raises(DomainError, match="flag-state-conflict"):
        withdraw(back, "Again.", NURSE_LEAD, later)
    with pytest.raises(DomainError, match="not-found"):
        withdraw(made(), "Not theirs.", INSPECTOR, later)
    with pytest.raises(DomainError, match="content-invalid"):
        withdraw(made(), "", NURSE_LEAD, later)


def test_a_review_says_what_it_makes_of_what_others_bear_out_and_keeps_what_that_was() -> None:
    stands = made()
    told = Corroborated(stands.id, 1, HEALTH, stands.last_on, stands.kinds, NOW)
    with pytest.raises(DomainError) as refusal:
        review(active(), KEEP, INSPECTOR, NOW, [told])
    assert [(each.pointer, each.code) for each in refusal.value.issues] == [("/weighing/corroboration", "required")]
    weighed = replace(KEEP, weighing=replace(KEEP.weighing, corroboration="Nurses met him twice this winter."))
    assert review(active(), weighed, INSPECTOR, NOW, [told]).reviews[0].corroborated == (told,)
    assert review(active(), KEEP, INSPECTOR, NOW).reviews[0].corroborated == ()
