"""Requests that wait for a second person: whoever asked, or is meant, never confirms, whatever accounts there are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import APART, BOARD_ROLES, GUARDED_ROLES, Principal, Purpose, Role
from domain.agencies import (
    Account,
    Agency,
    AssignRole,
    Duty,
    RoleAssignment,
    RoleState,
    Standing,
    User,
    UserStanding,
    assign_role,
    check_duties,
    end_role,
    record_departure,
    set_user_standing,
)
from domain.agency_requests import (
    LAPSES_AFTER,
    Agreement,
    AgreementKind,
    AgreementStanding,
    Asked,
    Asking,
    Confirmers,
    Decision,
    RegisterRequest,
    RequestKind,
    RequestOutcome,
    RequestState,
    ask_for_role,
    check_link,
    decide_request,
    set_agreement_standing,
)
from domain.errors import DomainError
from domain.ids import AgencyCode, AgreementId, AssignmentId, ClientId, HumanId, RequestId, UserId
from domain.problems import Bilingual

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HERE, THERE = AgencyCode("pobl"), AgencyCode("gwent-police")
AGENCY = Agency(HERE, Bilingual("Pobl", "Pobl"), "housing", "01632 960123", 1, NOW)
REASON = "Agreed with the head of service."
ADMINISTRATOR = frozenset({Role.AGENCY_ADMINISTRATOR})
YES = Decision(RequestOutcome.CONFIRM, REASON)


def human(number: int) -> HumanId:
    return HumanId(UUID(int=number))


def user_id(number: int) -> UserId:
    return UserId(UUID(int=1000 + number))


def principal(
    number: int, *, agency: AgencyCode = HERE, roles: frozenset[Role] = ADMINISTRATOR, **changes: object
) -> Principal:
    made = Principal(
        client=ClientId(f"{agency}-system"), agency=agency, user=user_id(number), human=human(number), roles=roles,
        scopes=frozenset(), purpose=Purpose.AUDIT_QUALITY,
    )  # fmt: skip
    return replace(made, **changes)


def user(number: int, **changes: object) -> User:
    return replace(User(user_id(number), HERE, human(number), "Aled", False, 1, NOW), **changes)


def asked(kind: RequestKind = RequestKind.ROLE, *, by: int = 1, about: int = 2, **changes: object) -> RegisterRequest:
    wanted = Asked(user=user_id(about), about=human(about), agency=HERE, role=Role.DPO_IG, valid_from=NOW)
    request = Asking(RequestId(UUID(int=1)), principal(by), NOW).request(kind, HERE, wanted, REASON)
    return replace(request, **changes)


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def confirm(request: RegisterRequest, by: Principal, *others: int, board: bool = False) -> RegisterRequest:
    return decide_request(request, YES, by, Confirmers(frozenset(map(human, others)), board), NOW)


def test_a_second_administrator_confirms() -> None:
    decided = confirm(asked(), principal(3), 1, 3)
    assert (decided.state, decided.version) == (RequestState.CONFIRMED, 2)
    assert decided.decided is not None
    assert (decided.decided.user, decided.decision_reason) == (user_id(3), REASON)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.sets(st.integers(1, 4)), st.booleans())
def test_whoever_asked_or_is_meant_never_confirms(by: int, about: int, who: int, former: set[int], board: bool) -> None:
    request = asked(by=by, about=about)
    roles = ADMINISTRATOR | {Role.BOARD_ADMINISTRATOR}
    confirming = principal(who, roles=roles, former=frozenset(map(human, former)))
    serves = not {by, about} & {who, *former}
    if serves:
        assert confirm(request, confirming, board=board).state is RequestState.CONFIRMED
    else:
        with pytest.raises(DomainError) as error:
            confirm(request, confirming, board=board)
        assert code_of(error) == "needs-another-person"


def test_linked_since_it_was_asked_is_the_same_human_too() -> None:
    request = asked(asker=human(3))
    with pytest.raises(DomainError) as error:
        confirm(request, principal(3))
    assert code_of(error) == "needs-another-person"


@pytest.mark.parametrize("kind", list(RequestKind))
def test_the_board_stands_in_only_where_the_agency_is_alone_and_nobody_elses_consent_is_needed(
    kind: RequestKind,
) -> None:
    board = principal(9, agency=AgencyCode("gwent-safeguarding"), roles=frozenset({Role.BOARD_ADMINISTRATOR}))
    stands_in = {RequestKind.ROLE, RequestKind.SEPARATION}
    if kind in stands_in:
        assert confirm(asked(kind), board, 1, 2, board=True).state is RequestState.CONFIRMED
    for request, others, is_board in (
        (asked(kind), (1, 2, 3), True),
        (asked(kind), (1, 2), False),
        (asked(kind, confirming_agency=THERE), (), True),
    ):
        with pytest.raises(DomainError) as error:
            confirm(request, board, *others, board=is_board)
        assert code_of(error) == "needs-another-person"


def test_only_its_own_side_withdraws_and_only_the_side_asked_declines() -> None:
    consent = asked(RequestKind.ACTING_FOR, confirming_agency=THERE, asked=Asked(agency=THERE))
    no, never_mind = Decision(RequestOutcome.DECLINE, REASON), Decision(RequestOutcome.WITHDRAW, REASON)
    nobody = Confirmers(frozenset())
    there = principal(5, agency=THERE)
    assert decide_request(consent, no, there, nobody, NOW).state is RequestState.DECLINED
    assert decide_request(consent, never_mind, principal(1), nobody, NOW).state is RequestState.WITHDRAWN
    for decision, by, code in (
        (no, principal(3), "needs-another-person"),
        (never_mind, there, "register-state-conflict"),
    ):
        with pytest.raises(DomainError) as error:
            decide_request(consent, decision, by, nobody, NOW)
        assert code_of(error) == code


@pytest.mark.parametrize("state", [RequestState.CONFIRMED, RequestState.DECLINED, RequestState.WITHDRAWN])
def test_what_was_decided_is_decided(state: RequestState) -> None:
    with pytest.raises(DomainError) as error:
        confirm(asked(state=state), principal(3))
    assert code_of(error) == "register-state-conflict"


def test_nothing_is_confirmed_that_nobody_remembers_asking_for() -> None:
    last = NOW + LAPSES_AFTER
    nobody = Confirmers(frozenset())
    assert decide_request(asked(), YES, principal(3), nobody, last).state is RequestState.CONFIRMED
    with pytest.raises(DomainError):
        decide_request(asked(), YES, principal(3), nobody, last + timedelta(seconds=1))
    tidy = Decision(RequestOutcome.WITHDRAW, REASON)
    assert decide_request(asked(), tidy, principal(1), nobody, last + timedelta(days=9)).state is RequestState.WITHDRAWN


@pytest.mark.parametrize("role", list(Role))
def test_which_roles_need_a_second_person_and_who_may_hold_them(role: Role) -> None:
    command = AssignRole(user_id(2), role.value, REASON)
    board = replace(AGENCY, type="board")
    agreed = assign_role(command, user(2), board, [], principal(1), NOW)
    assert agreed.needs_another == (role in GUARDED_ROLES)
    other = replace(board, code=THERE)
    assert assign_role(command, user(2), other, [], principal(1), NOW).needs_another, "the other agency must agree"
    if role in BOARD_ROLES:
        with pytest.raises(DomainError):
            assign_role(command, user(2), AGENCY, [], principal(1), NOW)
    if role in GUARDED_ROLES:
        with pytest.raises(DomainError):
            assign_role(command, user(2, is_team=True), board, [], principal(1), NOW)


@given(st.integers(1, 3), st.integers(1, 3), st.sets(st.integers(1, 3)))
def test_nobody_gives_themselves_a_role(giver: int, taker: int, former: set[int]) -> None:
    by = principal(giver, former=frozenset(map(human, former)))
    command = AssignRole(user_id(taker), "practitioner", REASON)
    if taker == giver or taker in former:
        with pytest.raises(DomainError) as error:
            assign_role(command, user(taker), AGENCY, [], by, NOW)
        assert code_of(error) == "needs-another-person"
    else:
        agreed = assign_role(command, user(taker), AGENCY, [], by, NOW)
        assert not agreed.needs_another
        assert ask_for_role(Asking(RequestId(UUID(int=4)), by, NOW), agreed, user(taker)).asked.about == human(taker)


def held(**changes: object) -> RoleAssignment:
    made = RoleAssignment(
        AssignmentId(UUID(int=7)), user_id(2), HERE, "Aled", HERE, Role.PRACTITIONER, NOW, None, 1, NOW
    )
    return replace(made, **changes)


def test_the_same_role_is_not_held_twice_at_a_time() -> None:
    command = AssignRole(user_id(2), "practitioner", REASON)
    day = timedelta(days=1)
    fits = [held(role=Role.SPOC), held(agency=THERE), held(valid_to=NOW), held(valid_from=NOW + 2 * day)]
    for other in fits:
        assert assign_role(replace(command, valid_to=NOW + day), user(2), AGENCY, [other], principal(1), NOW)
    for other in (held(), held(valid_to=NOW + day), held(valid_from=NOW + day / 2)):
        with pytest.raises(DomainError) as error:
            assign_role(replace(command, valid_to=NOW + day), user(2), AGENCY, [other], principal(1), NOW)
        assert [(each.pointer, each.code) for each in error.value.issues] == [("/role", "duplicate")]


@given(st.sampled_from(list(Role)), st.sampled_from(list(Role)), st.booleans())
def test_deciding_and_administering_stay_apart_while_they_overlap(wanted: Role, has: Role, overlapping: bool) -> None:
    until = None if overlapping else NOW
    duty = Duty(has, NOW - timedelta(days=9), until)
    if overlapping and wanted is not has and {wanted, has} == APART:
        with pytest.raises(DomainError) as error:
            check_duties(wanted, NOW, None, [duty])
        assert code_of(error) == "duties-apart"
    else:
        check_duties(wanted, NOW, None, [duty])


def test_a_role_ends_once_and_never_later_than_it_would_have() -> None:
    hour = timedelta(hours=1)
    assert end_role(held(), None, REASON, NOW).valid_to == NOW
    assert end_role(held(), NOW + hour, REASON, NOW).state(NOW + 2 * hour) is RoleState.ENDED
    for role, ends in ((held(valid_to=NOW), None), (held(), NOW - hour), (held(valid_to=NOW + hour), NOW + 2 * hour)):
        with pytest.raises(DomainError):
            end_role(role, ends, REASON, NOW)


def test_an_account_is_suspended_restored_and_left_in_that_sense_only() -> None:
    by = principal(1)
    suspended = set_user_standing(user(2), Standing.SUSPENDED, REASON, by, NOW)
    assert suspended.standing(NOW) is UserStanding.SUSPENDED
    assert set_user_standing(suspended, Standing.ACTIVE, REASON, by, NOW).standing(NOW) is UserStanding.ACTIVE
    left = record_departure(suspended, None, REASON, NOW)
    assert left.standing(NOW) is UserStanding.LEFT
    wrong = [
        (user(2), Standing.ACTIVE),
        (suspended, Standing.SUSPENDED),
        (left, Standing.ACTIVE),
        (left, Standing.SUSPENDED),
    ]
    for account, standing in wrong:
        with pytest.raises(DomainError) as error:
            set_user_standing(account, standing, REASON, by, NOW)
        assert code_of(error) == "register-state-conflict"
    own = replace(suspended, human=human(1))
    with pytest.raises(DomainError) as error:
        set_user_standing(own, Standing.ACTIVE, REASON, by, NOW)
    assert code_of(error) == "needs-another-person"


def test_teams_are_nobodys_second_account() -> None:
    person = Account(THERE, human(3), is_team=False, has_left=False)
    check_link(user(2), person, REASON, NOW)
    for mine, other in ((user(2, is_team=True), person), (user(2), replace(person, is_team=True)), (user(3), person)):
        with pytest.raises(DomainError):
            check_link(mine, other, REASON, NOW)


AGREED = Agreement(AgreementId(UUID(int=5)), AgreementKind.ACTING_FOR, HERE, THERE, ClientId("x-y"), 1, NOW)


def test_who_suspended_an_agreement_restores_it_and_either_side_ends_it() -> None:
    here, there = principal(1), principal(5, agency=THERE)
    suspended = set_agreement_standing(AGREED, AgreementStanding.SUSPENDED, REASON, here, NOW)
    assert suspended.standing(NOW) is AgreementStanding.SUSPENDED
    with pytest.raises(DomainError):
        set_agreement_standing(suspended, AgreementStanding.ACTIVE, REASON, there, NOW)
    assert set_agreement_standing(suspended, AgreementStanding.ACTIVE, REASON, here, NOW).suspended_at is None
    ended = set_agreement_standing(suspended, AgreementStanding.ENDED, REASON, there, NOW)
    for standing in AgreementStanding:
        with pytest.raises(DomainError):
            set_agreement_standing(ended, standing, REASON, here, NOW)
    assert replace(AGREED, valid_to=NOW).standing(NOW) is AgreementStanding.ENDED
