"""Declared conflicts, reviews of access alerts, and budgets: who may do what, and when."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.access import Principal, Purpose, Role
from domain.alert_windows import AlertKind, Budget, Finding, Window
from domain.alerts import (
    DEFAULT_BUDGET,
    MOST_EVENTS,
    Account,
    AgencyBudget,
    AlertOutcome,
    ReviewAlert,
    duties_of_alert,
    raise_alert,
    review,
    set_budget,
)
from domain.conflicts import Concerned, ConflictDeclaration, DeclareConflict, check_whom, declare, end
from domain.errors import DomainError
from domain.ids import AgencyCode, AlertId, ClientId, ConflictId, EventId, HumanId, RecordId, UserId
from domain.vocabularies import VOCABULARIES

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
AGENCY = AgencyCode("abuhb")
HUMAN, OTHER = (HumanId(uuid.uuid4()) for _ in range(2))


def principal(human: HumanId, *roles: Role, former: HumanId | None = None) -> Principal:
    return Principal(
        client=ClientId("abuhb-system"), agency=AGENCY, user=UserId(uuid.uuid4()), human=human, roles=frozenset(roles),
        scopes=frozenset(), purpose=Purpose.AUDIT_QUALITY, former=frozenset() if former is None else frozenset({former}),
    )  # fmt: skip


def declaration(until: date | None = None, kind: str = "relative", *, is_team: bool = False) -> ConflictDeclaration:
    command = DeclareConflict(None, RecordId(uuid.uuid4()), kind, until, None)
    concerned = Concerned(UserId(uuid.uuid4()), HUMAN, is_team)
    return declare(ConflictId(uuid.uuid4()), command, concerned, principal(HUMAN, Role.PRACTITIONER), AT)


def refusal(error: pytest.ExceptionInfo[DomainError]) -> tuple[str, list[tuple[str, str]]]:
    return error.value.code, [(issue.pointer, issue.code) for issue in error.value.issues]


def test_it_holds_through_its_last_day_on_the_clocks_here() -> None:
    summer = declaration(date(2027, 7, 1))
    assert summer.until_moment == datetime(2027, 7, 1, 23, tzinfo=UTC)
    assert summer.holds(datetime(2027, 7, 1, 22, 59, 59, tzinfo=UTC))
    assert not summer.holds(datetime(2027, 7, 1, 23, tzinfo=UTC))
    assert declaration().holds(AT + timedelta(days=5000))
    assert declaration(AT.date()).holds(AT)


def test_a_team_is_nobody_s_neighbour_and_a_day_past_is_none() -> None:
    with pytest.raises(DomainError) as refused:
        declaration(is_team=True)
    assert refusal(refused) == ("content-invalid", [("/userId", "inconsistent")])
    with pytest.raises(DomainError) as refused:
        declaration(date(2026, 11, 24), "foe")
    assert refusal(refused) == ("content-invalid", [("/kind", "code-unknown"), ("/until", "in-past")])


def test_only_line_managers_and_officers_declare_for_others() -> None:
    command = DeclareConflict(UserId(uuid.uuid4()), RecordId(uuid.uuid4()), "friend", None, None)
    for role in (Role.LINE_MANAGER, Role.DPO_IG):
        check_whom(command, principal(OTHER, role))
    for role in (Role.PRACTITIONER, Role.SAFEGUARDING_LEAD, Role.FLAG_DECISION_MAKER):
        with pytest.raises(DomainError) as refused:
            check_whom(command, principal(OTHER, role))
        assert refused.value.code == "access-denied"


def test_another_human_ends_it_from_whatever_account() -> None:
    made = declaration()
    for mine in (principal(HUMAN, Role.DPO_IG), principal(OTHER, Role.DPO_IG, former=HUMAN)):
        with pytest.raises(DomainError) as refused:
            end(made, "She moved.", mine, AT)
        assert refused.value.code == "conflict-needs-another"
    done = end(made, "She moved.", principal(OTHER, Role.LINE_MANAGER), AT)
    assert (done.version, done.holds(AT)) == (2, False)
    for over in (done, declaration(AT.date())):
        with pytest.raises(DomainError) as refused:
            end(over, "Again.", principal(OTHER, Role.LINE_MANAGER), AT + timedelta(days=2))
        assert refused.value.code == "conflict-ended"


def alert(events: int = 3) -> tuple[AlertId, Finding, Account]:
    finding = Finding(
        kind=AlertKind.DAY_BUDGET, window=Window(AT - timedelta(hours=24), AT), people=151, asked=0, empty=0, limit=150,
        events=tuple(EventId(uuid.UUID(int=number)) for number in range(events)), agencies=(AGENCY,),
    )  # fmt: skip
    return AlertId(uuid.uuid4()), finding, Account(UserId(uuid.uuid4()), HUMAN, AGENCY, is_team=False)


def test_an_alert_names_its_newest_events_and_counts_them_all() -> None:
    made = raise_alert(*alert(5000), AT)
    assert (made.event_count, len(made.events), made.events[-1]) == (5000, MOST_EVENTS, uuid.UUID(int=4999))


def test_to_whom_it_concerns_there_is_no_alert_to_review() -> None:
    made = raise_alert(*alert(), AT)
    given = ReviewAlert(AlertOutcome.EXPLAINED, "The flood.")
    for mine in (principal(HUMAN, Role.DPO_IG), principal(OTHER, Role.DPO_IG, former=HUMAN)):
        with pytest.raises(DomainError) as refused:
            review(made, given, mine, AT)
        assert refused.value.code == "not-found"
    done = review(made, given, principal(OTHER, Role.DPO_IG), AT)
    with pytest.raises(DomainError) as refused:
        review(done, given, principal(OTHER, Role.DPO_IG), AT)
    assert refused.value.code == "alert-reviewed"
    with pytest.raises(DomainError) as refused:
        review(made, ReviewAlert(AlertOutcome.REFERRED, " "), principal(OTHER, Role.DPO_IG), AT)
    assert refusal(refused) == ("content-invalid", [("/reason", "too-short")])
    assert duties_of_alert(done) == ()


def test_a_review_is_chased_after_five_days_and_higher_up_after_ten() -> None:
    (duty,) = duties_of_alert(raise_alert(*alert(), AT))
    before = timedelta(seconds=1)
    assert duty.clock.told(AT + timedelta(days=5) - before) == ()
    assert duty.clock.told(AT + timedelta(days=5)) == (Role.DPO_IG,)
    assert duty.clock.told(AT + timedelta(days=10) - before) == (Role.DPO_IG,)
    assert duty.clock.told(AT + timedelta(days=10)) == (Role.DPO_IG, Role.SAFEGUARDING_LEAD)


@pytest.mark.parametrize(
    ("daily", "weekly", "issues"),
    [
        (20, 20, []),
        (2000, 5000, []),
        (19, 400, [("/daily", "out-of-range")]),
        (2001, 5000, [("/daily", "out-of-range")]),
        (150, 5001, [("/weekly", "out-of-range")]),
        (150, 149, [("/weekly", "inconsistent")]),
    ],
)
def test_budgets_stay_within_bounds(daily: int, weekly: int, issues: list[tuple[str, str]]) -> None:
    before = AgencyBudget(AGENCY, 1, DEFAULT_BUDGET)
    if not issues:
        made = set_budget(before, Budget(daily, weekly), principal(OTHER, Role.DPO_IG), AT)
        assert (made.version, made.budget) == (2, Budget(daily, weekly))
        return
    with pytest.raises(DomainError) as refused:
        set_budget(before, Budget(daily, weekly), principal(OTHER, Role.DPO_IG), AT)
    assert refusal(refused) == ("content-invalid", issues)


def test_the_codes_are_those_of_the_lists() -> None:
    assert {kind.value for kind in AlertKind} == VOCABULARIES["access-alert-kind"].codes
    assert {outcome.value for outcome in AlertOutcome} == VOCABULARIES["access-alert-outcome"].codes
