"""Who is told of which change, by when they answer, who is chased, and what an agency holds after all that."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Permission, Role, roles_with
from domain.errors import DomainError
from domain.flag_codes import RecipientChange
from domain.flag_inbox import (
    ACKNOWLEDGE_WITHIN,
    WHAT_NOW,
    CopiesOutcome,
    HeldBy,
    Holding,
    Receipt,
    Settled,
    Urgency,
    check_outcome,
    holding,
    next_reminder,
    reminded,
    reminders,
    urgency_of,
    within,
)
from domain.ids import AgencyCode
from domain.vocabularies import VOCABULARIES

DUE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
CALLED_BACK = {RecipientChange.REMOVED, RecipientChange.ERASED, RecipientChange.WRONG_PERSON}
kinds = st.sampled_from(RecipientChange)


def test_the_codes_are_those_of_the_coded_lists() -> None:
    assert {each.value for each in CopiesOutcome} == VOCABULARIES["copies-outcome"].codes
    assert {each.value for each in RecipientChange} == VOCABULARIES["recipient-change"].codes
    assert set(WHAT_NOW) == set(RecipientChange)


def test_what_is_called_back_is_answered_at_once() -> None:
    assert {kind for kind in RecipientChange if urgency_of(kind) is Urgency.AT_ONCE} == CALLED_BACK
    assert ACKNOWLEDGE_WITHIN[Urgency.AT_ONCE] <= timedelta(hours=4)
    assert sorted(ACKNOWLEDGE_WITHIN.values()) == list(ACKNOWLEDGE_WITHIN.values())


@given(kind=kinds)
def test_the_holder_is_chased_before_the_sender_hears_of_it(kind: RecipientChange) -> None:
    first, second, third = reminders(kind, DUE)
    assert (first.moment, third.moment) == (DUE, DUE + within(kind))
    assert first.moment < second.moment < third.moment
    assert [each.to_sender for each in (first, second, third)] == [False, False, True]
    assert set(first.roles) < set(second.roles)
    assert Role.FLAG_DECISION_MAKER in third.roles
    assert set(second.roles) <= roles_with(Permission.INBOX_ACKNOWLEDGE), "whoever is chased can answer"


@given(kind=kinds, hours=st.integers(-24, 30 * 24))
def test_a_reminder_is_either_given_or_still_to_come(kind: RecipientChange, hours: int) -> None:
    at = DUE + timedelta(hours=hours)
    given_now, following = reminded(kind, DUE, at), next_reminder(kind, DUE, at)
    assert all(each.moment <= at for each in given_now)
    assert (following is None) == (len(given_now) == 3)
    assert following is None or following > at


@pytest.mark.parametrize("kind", list(RecipientChange))
@pytest.mark.parametrize("outcome", list(CopiesOutcome))
def test_an_answer_fits_what_was_told(kind: RecipientChange, outcome: CopiesOutcome) -> None:
    never = {(each, CopiesOutcome.UPDATED) for each in CALLED_BACK}
    never |= {(each, CopiesOutcome.KEPT_AS_RECORD) for each in CALLED_BACK - {RecipientChange.REMOVED}}
    if (kind, outcome) in never:
        with pytest.raises(DomainError):
            check_outcome(kind, outcome)
    else:
        check_outcome(kind, outcome)


def _receipt(displayed: bool = False, acknowledged: bool = False) -> Receipt:
    return Receipt(AgencyCode("abuhb"), 2, DUE, DUE if displayed else None, DUE if acknowledged else None)


@pytest.mark.parametrize(
    ("receipt", "by"),
    [
        (_receipt(), HeldBy.MATCH),
        (_receipt(displayed=True), HeldBy.DISPLAY),
        (_receipt(displayed=True, acknowledged=True), HeldBy.ACKNOWLEDGEMENT),
    ],
)
def test_what_was_received_is_held_until_somebody_says_otherwise(receipt: Receipt, by: HeldBy) -> None:
    assert holding(receipt, None) == Holding(2, DUE, by)
    kept = Settled(3, DUE + timedelta(hours=1), CopiesOutcome.KEPT_AS_RECORD)
    assert holding(receipt, kept) == Holding(2, DUE, by)


@pytest.mark.parametrize("outcome", [CopiesOutcome.DESTROYED, CopiesOutcome.NONE_HELD])
def test_what_was_destroyed_is_held_again_only_once_it_is_received_again(outcome: CopiesOutcome) -> None:
    assert holding(_receipt(), Settled(3, DUE, outcome)) is None
    assert holding(_receipt(), Settled(3, DUE - timedelta(seconds=1), outcome)) == Holding(2, DUE, HeldBy.MATCH)


def test_who_updated_holds_the_version_they_were_told_of() -> None:
    later = DUE + timedelta(hours=1)
    assert holding(_receipt(), Settled(3, later, CopiesOutcome.UPDATED)) == Holding(3, later, HeldBy.NOTICE)
    assert holding(_receipt(), Settled(2, later, CopiesOutcome.UPDATED)) == Holding(2, DUE, HeldBy.MATCH)
