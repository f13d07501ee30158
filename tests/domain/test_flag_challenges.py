"""A challenge is received, acknowledged, answered and its outcome told, each in time, by whoever may speak."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_challenges import AuthorityCheck, Message
from domain.flag_changes import answer_challenge, contest, remove
from domain.flag_duties import DutyKind, duties_of
from domain.flag_follow_up import TellChallenger, tell_challenger
from domain.flag_reviews import AnswerChallenge, AnswerOutcome, Challenger, ContestFlag, RemoveFlag
from domain.flags import Flag
from tests.domain.flag_samples import HEALTH, INSPECTOR, NOW, OFFICER, SUPERINTENDENT, TODAY, active, person

MINE = ContestFlag(Challenger.SUBJECT, "I was not there.", channel="telephone")
DAUGHTER = ContestFlag(
    Challenger.REPRESENTATIVE,
    "He was in hospital.",
    channel="email",
    received_on=date(2026, 3, 2),
    authority=AuthorityCheck("lasting-power-of-attorney", "The register's code was looked up.", date(2026, 3, 6)),
)
ACKNOWLEDGE = TellChallenger(Message.ACKNOWLEDGEMENT, TODAY, "By telephone")
OUTCOME = TellChallenger(Message.OUTCOME, TODAY, "By letter to the agreed address", route_checked=True)
STANDS = AnswerChallenge(AnswerOutcome.NOT_UPHELD, "Two witnesses named him.")
UPHELD = AnswerChallenge(AnswerOutcome.UPHELD, "The hospital confirms it.")


def contested(command: ContestFlag = MINE) -> Flag:
    return contest(active(), command, OFFICER, NOW)


def refused(change: Callable[[], Flag]) -> set[tuple[str, str]]:
    with pytest.raises(DomainError) as refusal:
        change()
    assert refusal.value.code == "content-invalid"
    return {(issue.pointer, issue.code) for issue in refusal.value.issues}


def owed(flag: Flag) -> dict[DutyKind, date]:
    """What is owed to the challenger, by its last day."""
    kinds = {DutyKind.ACKNOWLEDGE_CHALLENGE, DutyKind.ANSWER_CHALLENGE, DutyKind.TELL_OUTCOME}
    return {duty.kind: local_date(duty.due_at) - timedelta(days=1) for duty in duties_of(flag) if duty.kind in kinds}


def test_it_says_how_and_when_it_came() -> None:
    assert refused(lambda: contested(replace(MINE, channel="pigeon"))) == {("/channel", "code-unknown")}
    tomorrow = TODAY + timedelta(days=1)
    assert refused(lambda: contested(replace(MINE, received_on=tomorrow))) == {("/receivedOn", "in-future")}
    assert contested().challenges[0].received.received_on == TODAY


def test_whoever_speaks_for_the_person_shows_that_they_may_and_it_is_kept_who_checked() -> None:
    assert refused(lambda: contested(replace(DAUGHTER, authority=None))) == {("/authority", "required")}
    assert refused(lambda: contested(replace(MINE, authority=DAUGHTER.authority))) == {("/authority", "inconsistent")}
    hollow = AuthorityCheck("says-so", " ", TODAY + timedelta(days=1))
    assert refused(lambda: contested(replace(DAUGHTER, authority=hollow))) == {
        ("/authority/authority", "code-unknown"), ("/authority/how", "too-short"),
        ("/authority/checkedOn", "in-future"),
    }  # fmt: skip
    kept = contested(DAUGHTER).challenges[0].received.representation
    assert kept is not None
    assert (kept.check, kept.checked_by) == (DAUGHTER.authority, OFFICER.user)


@pytest.mark.parametrize(
    ("received", "checked", "acknowledge", "answer"),
    [
        (date(2026, 1, 31), None, date(2026, 3, 1), date(2026, 2, 28)),
        (date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 31), date(2026, 4, 6)),
        (date(2026, 3, 2), date(2026, 2, 1), date(2026, 3, 31), date(2026, 4, 2)),
    ],
)
def test_thirty_days_to_acknowledge_and_a_month_to_answer_from_when_the_authority_is_known(
    received: date, checked: date | None, acknowledge: date, answer: date
) -> None:
    command = replace(MINE, received_on=received)
    if checked is not None:
        authority = AuthorityCheck("written-authority", "Letter seen.", checked)
        command = replace(DAUGHTER, received_on=received, authority=authority)
    assert owed(contested(command)) == {
        DutyKind.ACKNOWLEDGE_CHALLENGE: acknowledge, DutyKind.ANSWER_CHALLENGE: answer,
    }  # fmt: skip


def test_it_is_acknowledged_once_while_it_is_open() -> None:
    known = tell_challenger(contested(), ACKNOWLEDGE, OFFICER, NOW)
    assert (known.change, known.contested) == (None, True)
    assert set(owed(known)) == {DutyKind.ANSWER_CHALLENGE}
    answered = answer_challenge(contested(), STANDS, SUPERINTENDENT, NOW)
    for flag in (known, answered, active()):
        with pytest.raises(DomainError, match="flag-state-conflict"):
            tell_challenger(flag, ACKNOWLEDGE, OFFICER, NOW)
    early = replace(ACKNOWLEDGE, on=TODAY - timedelta(days=1))
    assert refused(lambda: tell_challenger(contested(), early, OFFICER, NOW)) == {("/on", "out-of-range")}
    late = replace(ACKNOWLEDGE, on=TODAY + timedelta(days=1), how="")
    assert refused(lambda: tell_challenger(contested(), late, OFFICER, NOW)) == {
        ("/on", "in-future"), ("/how", "too-short"),
    }  # fmt: skip


@pytest.mark.parametrize("answer", [STANDS, UPHELD])
def test_the_outcome_is_told_by_a_checked_route_even_where_the_flag_is_gone(answer: AnswerChallenge) -> None:
    answered = answer_challenge(contested(), answer, SUPERINTENDENT, NOW)
    assert owed(answered) == {DutyKind.TELL_OUTCOME: date(2026, 4, 9)}
    assert refused(lambda: tell_challenger(answered, replace(OUTCOME, route_checked=False), OFFICER, NOW)) == {
        ("/routeChecked", "required")
    }
    told = tell_challenger(answered, OUTCOME, OFFICER, NOW)
    assert (owed(told), told.state, told.ending) == ({}, answered.state, answered.ending)
    with pytest.raises(DomainError, match="flag-state-conflict"):
        tell_challenger(told, OUTCOME, OFFICER, NOW)


def test_an_answer_after_its_day_leaves_nothing_to_wait_for() -> None:
    late = datetime(2026, 5, 20, 12, tzinfo=NOW.tzinfo)
    assert owed(answer_challenge(contested(), STANDS, SUPERINTENDENT, late)) == {
        DutyKind.TELL_OUTCOME: date(2026, 5, 20)
    }


def test_a_flag_that_ends_while_it_is_contested_leaves_its_end_to_be_told() -> None:
    gone = remove(contested(), RemoveFlag("He has moved away."), SUPERINTENDENT, NOW)
    assert set(owed(gone)) == {DutyKind.TELL_OUTCOME}
    assert owed(tell_challenger(gone, OUTCOME, OFFICER, NOW)) == {}
    with pytest.raises(DomainError, match="flag-state-conflict"):
        tell_challenger(contested(), OUTCOME, OFFICER, NOW)


def test_only_the_owner_records_what_was_told() -> None:
    with pytest.raises(DomainError, match="access-denied"):
        tell_challenger(contested(), ACKNOWLEDGE, person(9, agency=HEALTH), NOW)
    assert tell_challenger(contested(), ACKNOWLEDGE, INSPECTOR, NOW).contested
