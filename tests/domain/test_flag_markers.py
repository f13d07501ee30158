"""A marker warns at once, needs evidence before it can be decided, and ends by itself after 72 hours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import DomainError
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence
from domain.flag_duties import DutyKind, duties_of, next_rung
from domain.flag_evidence import PlaceSubject
from domain.flag_markers import MARKER_LIFE, GroundMarker, RaiseMarker, ground, lapse, raise_marker
from domain.flag_reviews import EndingKind
from domain.flags import Flag, badges, decide
from tests.domain.flag_samples import (
    ACTIVATE,
    DECLINE,
    FLAG,
    INSPECTOR,
    NOW,
    OFFICER,
    SUBJECT,
    SUPERINTENDENT,
    incident,
)

INCIDENT = incident()
RAISE = RaiseMarker(SUBJECT, Category.THREAT_VIOLENCE, ("joint",), ControlSentence(en="Two people; ring first."))
EVIDENCE = GroundMarker((INCIDENT.id,), "He hit a colleague on Friday.")


def raised() -> Flag:
    return raise_marker(FLAG, RAISE, SUPERINTENDENT, NOW)


def grounded() -> Flag:
    return ground(raised(), EVIDENCE, [INCIDENT], OFFICER, NOW)


@contextmanager
def refused(code: str, *pointers: str) -> Iterator[None]:
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code
    assert {issue.pointer for issue in refusal.value.issues} >= set(pointers)


def test_a_marker_warns_at_once_and_says_until_when() -> None:
    flag = raised()
    assert (flag.state, flag.is_live, flag.lapses_at) == (FlagState.PROVISIONAL, True, NOW + timedelta(hours=72))
    assert flag.what_to_do == (("joint",), ControlSentence(en="Two people; ring first."))
    assert badges(flag, NOW) == frozenset()
    assert badges(flag, NOW + timedelta(hours=48)) == {Badge.LAPSING}


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (replace(RAISE, controls=()), "/controls"),
        (replace(RAISE, controls=("nonsense",)), "/controls/0"),
        (replace(RAISE, sentence=ControlSentence()), "/sentence"),
        (replace(RAISE, subject=PlaceSubject("x", "a dog")), "/subject/uprn"),
        (replace(RAISE, subject=PlaceSubject("100100000001", "he lives here")), "/category"),
    ],
)
def test_it_needs_no_more_than_what_to_do_but_that_it_needs(command: RaiseMarker, pointer: str) -> None:
    with refused("content-invalid", pointer):
        raise_marker(FLAG, command, SUPERINTENDENT, NOW)


def test_it_is_not_decided_without_evidence() -> None:
    with refused("content-invalid", "/incidents"):
        decide(raised(), ACTIVATE, [], INSPECTOR, NOW)


def test_whoever_raised_it_or_gave_the_evidence_does_not_decide() -> None:
    for by in (SUPERINTENDENT, OFFICER):
        with refused("proposer-cannot-decide"):
            decide(grounded(), ACTIVATE, [INCIDENT], by, NOW)
        with refused("proposer-cannot-decide"):  # nor from an account that was found to be theirs since
            decide(grounded(), ACTIVATE, [INCIDENT], replace(INSPECTOR, former=frozenset({by.human})), NOW)
    active = decide(grounded(), ACTIVATE, [INCIDENT], INSPECTOR, NOW)
    assert (active.state, active.lapses_at) == (FlagState.ACTIVE, None)
    assert active.what_to_do is not None
    assert active.terms is not None
    assert active.what_to_do[0] == active.terms.controls


def test_evidence_is_given_once_and_only_while_there_is_time() -> None:
    with refused("flag-state-conflict"):
        ground(grounded(), EVIDENCE, [INCIDENT], OFFICER, NOW)
    with refused("flag-state-conflict"):
        ground(raised(), EVIDENCE, [INCIDENT], OFFICER, NOW + MARKER_LIFE)
    with refused("content-invalid", "/incidents/0"):
        ground(raised(), EVIDENCE, [], OFFICER, NOW)


def test_it_lapses_at_the_hour_and_not_before_and_nobody_decides_on_it_then() -> None:
    with refused("flag-state-conflict"):
        lapse(raised(), NOW + MARKER_LIFE - timedelta(microseconds=1))
    for command in (ACTIVATE, DECLINE):
        with refused("flag-state-conflict"):
            decide(grounded(), command, [INCIDENT], INSPECTOR, NOW + MARKER_LIFE)
    ended = lapse(raised(), NOW + MARKER_LIFE)
    assert (ended.state, ended.version, ended.is_live, ended.what_to_do) == (FlagState.REMOVED, 2, False, None)
    assert ended.ending is not None
    assert ended.ending.kind is EndingKind.LAPSED
    with refused("flag-state-conflict"):
        lapse(decide(grounded(), ACTIVATE, [INCIDENT], INSPECTOR, NOW), NOW + MARKER_LIFE)


def test_the_decision_is_asked_for_at_once_and_more_loudly_as_time_runs_out() -> None:
    flag = raised()
    (duty,) = duties_of(flag)
    assert (duty.kind, duty.due_at) == (DutyKind.DECIDE_MARKER, flag.lapses_at)
    told = [len(duty.clock.told(NOW + timedelta(hours=hours))) for hours in (0, 47, 48, 67, 68, 90)]
    assert told == [1, 1, 2, 2, 3, 3]
    assert next_rung(flag, None) == NOW
    assert next_rung(flag, NOW) == NOW + timedelta(hours=48)
    assert next_rung(flag, NOW + timedelta(hours=68)) is None
