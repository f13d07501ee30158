"""The rules of asking, answering and not sharing, without a database: turns, clocks, forms and footing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.access import Principal, Role
from domain.disclosures import (
    CorrectDisclosure,
    DisclosedItem,
    Disclosure,
    Fact,
    Footing,
    OnwardLimits,
    correct,
)
from domain.disclosures import acknowledge as acknowledge_disclosure
from domain.disclosures import withdraw as withdraw_disclosure
from domain.errors import DomainError
from domain.identity_keys import Identity
from domain.ids import DisclosureId, InformationRequestId, NotSharingId, RecordId
from domain.information_request_answers import AnswerItem, AnswerRequest, RefuseRequest, answer, grounds_for, refuse
from domain.information_request_codes import DUTY_FORMS, TIMES, InformationRequestState, Urgency
from domain.information_requests import (
    AskForInformation,
    InformationRequest,
    Parties,
    WantedItem,
    acknowledge,
    ask,
    ask_clarification,
    clarify,
    escalate,
    match,
    withdraw,
)
from domain.not_sharing import (
    FEAR,
    DecideNotToShare,
    ManagerAnswer,
    ManagerOutcome,
    NotSharingKind,
    decide_not_to_share,
)
from domain.not_sharing import answer as answer_fear
from domain.sharing_duties import SharingDutyKind, duties_of_disclosure, duties_of_not_sharing, duties_of_request
from domain.vocabularies import VOCABULARIES
from tests.domain.flag_samples import COUNCIL, HEALTH, POLICE, person

NOW = datetime(2026, 3, 9, 10, 15, tzinfo=UTC)
WORKER = person(1, Role.PRACTITIONER, agency=COUNCIL)
LEAD = person(2, Role.SAFEGUARDING_LEAD, agency=POLICE)
OTHER_LEAD = person(3, Role.SAFEGUARDING_LEAD, agency=POLICE)
STRANGER = person(4, Role.SAFEGUARDING_LEAD, agency=HEALTH)
FOOTING = Footing("adult-safeguarding", ("6-1-e",), (), ("SSWBA-162",), "Needed.", "No less would do.")
OURS, THEIRS = RecordId(UUID(int=7)), RecordId(UUID(int=8))
FACT = Fact("May", "He raised a stick.")
S = InformationRequestState


def asked(parties: Parties | None = None, by: Principal = WORKER, **changes: Any) -> InformationRequest:
    command = AskForInformation(
        holder=POLICE,
        about=OURS,
        identity=Identity(family="Prydderch", given="Ifor", birth_date=date(1971, 3, 4)),
        footing=FOOTING,
        items=(WantedItem("incidents"), WantedItem("named-worker")),
        urgency=Urgency.ROUTINE,
    )
    command = replace(command, **changes)
    return ask(InformationRequestId(UUID(int=9)), command, parties or Parties("local-authority", "police"), by, NOW)


def given(*items: AnswerItem, **changes: Any) -> AnswerRequest:
    command = AnswerRequest(
        items=items or (AnswerItem("incidents", True, (FACT,)), AnswerItem("named-worker", True, (FACT,))),
        footing=FOOTING,
        onward=OnwardLimits(("no-onward-share",)),
        retain_until=date(2027, 3, 9),
        post="Detective Inspector",
    )
    return replace(command, **changes)


def matched(**changes: Any) -> InformationRequest:
    return match(asked(**changes), THEIRS, LEAD, NOW)


def answered() -> tuple[InformationRequest, Disclosure]:
    return answer(matched(), given(), DisclosureId(UUID(int=10)), LEAD, NOW)


def code_of(step: Any, *arguments: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        step(*arguments)
    return refusal.value.code


def test_codes_are_those_of_the_lists() -> None:
    assert {urgency.value for urgency in Urgency} == VOCABULARIES["request-urgency"].codes == {u.value for u in TIMES}
    assert VOCABULARIES["refusal-ground"].codes > DUTY_FORMS
    assert FEAR in VOCABULARIES["not-sharing-reason"].codes


@pytest.mark.parametrize("urgency", list(Urgency))
def test_times_follow_the_urgency(urgency: Urgency) -> None:
    request = asked(urgency=urgency)
    assert (request.acknowledge_by, request.due_at) == (NOW + TIMES[urgency].acknowledge, NOW + TIMES[urgency].answer)
    assert request.is_overdue(request.due_at)
    assert not request.is_overdue(request.due_at - timedelta(seconds=1))


STEPS: dict[str, tuple[Any, Principal]] = {
    "acknowledge": (lambda r, by: acknowledge(r, by, NOW), LEAD),
    "match": (lambda r, by: match(r, THEIRS, by, NOW), LEAD),
    "ask_clarification": (lambda r, by: ask_clarification(r, "Which?", by, NOW), LEAD),
    "clarify": (lambda r, by: clarify(r, "This.", by, NOW), WORKER),
    "refuse": (lambda r, by: refuse(r, RefuseRequest("not-necessary", "No need.", "DI"), by, NOW), LEAD),
    "answer": (lambda r, by: answer(r, given(), DisclosureId(UUID(int=10)), by, NOW)[0], LEAD),
    "withdraw": (lambda r, by: withdraw(r, "Solved.", by, NOW), WORKER),
}
STATES: dict[InformationRequestState, Callable[[], InformationRequest]] = {
    S.SENT: matched,
    S.ACKNOWLEDGED: lambda: acknowledge(matched(), LEAD, NOW),
    S.CLARIFICATION_ASKED: lambda: ask_clarification(matched(), "Which?", LEAD, NOW),
    S.ESCALATED: lambda: escalate(matched(), "Urgent.", WORKER, NOW),
    S.ANSWERED: lambda: answered()[0],
    S.REFUSED: lambda: refuse(matched(), RefuseRequest("not-necessary", "No need.", "DI"), LEAD, NOW),
    S.WITHDRAWN: lambda: withdraw(matched(), "Solved.", WORKER, NOW),
}
OPEN = {S.SENT, S.ACKNOWLEDGED, S.ESCALATED}
ALLOWED = {
    "acknowledge": {S.SENT},
    "match": OPEN,
    "ask_clarification": OPEN,
    "clarify": {S.CLARIFICATION_ASKED},
    "refuse": OPEN,
    "answer": OPEN,
    "withdraw": OPEN | {S.CLARIFICATION_ASKED},
}


def test_whom_the_holder_found_is_shared_with_an_answer_alone() -> None:
    found = matched()
    assert (found.match is not None, found.shared) == (True, asked())
    refused = refuse(found, RefuseRequest("not-necessary", "No need.", "DI"), LEAD, NOW)
    assert refused.shared.match is None
    request, disclosure = answer(found, given(), DisclosureId(UUID(int=10)), LEAD, NOW)
    assert request.shared.record_of(request.holder) == disclosure.subjects.holder == THEIRS


@pytest.mark.parametrize("name", list(STEPS))
@pytest.mark.parametrize("state", list(STATES))
def test_each_step_has_its_states_and_its_side(name: str, state: InformationRequestState) -> None:
    request, (step, by) = STATES[state](), STEPS[name]
    assert request.state is state
    if state in ALLOWED[name]:
        made = 0 if name == "match" else 1
        assert step(request, by).version == request.version + made, "whom the holder found makes no version"
    else:
        assert code_of(step, request, by) == "sharing-state-conflict"
    for wrong in (STRANGER, WORKER if by is LEAD else LEAD):
        assert code_of(step, request, wrong) == "access-denied"


def test_who_asked_or_replied_never_answers_from_any_account() -> None:
    replied = clarify(ask_clarification(matched(), "Which?", LEAD, NOW), "This.", person(5, agency=COUNCIL), NOW)
    for human in (1, 5):
        twin = person(human, Role.SAFEGUARDING_LEAD, agency=POLICE, account=1)
        for name in ("acknowledge", "match", "refuse", "answer"):
            request = matched() if name == "acknowledge" and human == 1 else replied
            assert code_of(STEPS[name][0], request, twin) == "sharing-needs-another"


def test_a_team_decides_nothing() -> None:
    for name in ("refuse", "answer"):
        assert code_of(STEPS[name][0], matched(), replace(LEAD, is_team=True)) == "access-denied"


def test_a_refusal_is_decided_again_once_by_another_in_the_same_time() -> None:
    refused = STATES[S.REFUSED]()
    later = NOW + timedelta(days=30)
    raised = escalate(refused, "A life hangs on it.", WORKER, later)
    assert raised.due_at == later + TIMES[Urgency.ROUTINE].answer
    assert code_of(STEPS["answer"][0], raised, LEAD) == "sharing-needs-another"
    assert STEPS["answer"][0](raised, OTHER_LEAD).state is S.ANSWERED
    again = STEPS["refuse"][0](raised, OTHER_LEAD)
    assert code_of(escalate, again, "Please.", WORKER, later) == "sharing-state-conflict"
    assert code_of(escalate, refused, "For them.", LEAD, later) == "sharing-state-conflict"


def test_the_wait_for_a_reply_is_added_to_the_time_for_the_answer() -> None:
    waiting = ask_clarification(matched(), "Which?", LEAD, NOW + timedelta(days=1))
    assert not waiting.is_overdue(NOW + timedelta(days=30))
    replied = clarify(waiting, "This.", WORKER, NOW + timedelta(days=4))
    assert replied.due_at == NOW + TIMES[Urgency.ROUTINE].answer + timedelta(days=3)


def test_section_164_has_two_forms_and_powers_have_theirs() -> None:
    assert grounds_for(["SSWBA-164", "CDA-115"]) == DUTY_FORMS | {"not-held", "person-not-found"}
    assert grounds_for(["CDA-115"]).isdisjoint(DUTY_FORMS)


def test_nothing_is_given_but_what_is_granted() -> None:
    _, disclosure = answered()
    assert [each.item for each in disclosure.items] == ["incidents", "named-worker"]
    partly = (
        AnswerItem("incidents", True, (FACT,)),
        AnswerItem("named-worker", False, ground="not-necessary", reason="No."),
    )
    request, disclosure = answer(matched(), given(*partly), DisclosureId(UUID(int=10)), LEAD, NOW)
    assert request.state is S.ANSWERED_IN_PART
    assert [each.item for each in disclosure.items] == ["incidents"]
    more = CorrectDisclosure((DisclosedItem("incidents", (FACT,)), DisclosedItem("named-worker", (FACT,))), "More.")
    assert code_of(correct, disclosure, more, LEAD, NOW) == "content-invalid"
    none = tuple(replace(each, granted=False, facts=(), ground="not-necessary", reason="No.") for each in partly)
    assert code_of(answer, matched(), given(*none), DisclosureId(UUID(int=10)), LEAD, NOW) == "content-invalid"


def test_a_change_waits_for_the_recipient_and_a_withdrawal_empties_it() -> None:
    disclosure = answered()[1]
    reader = person(6, Role.SPOC, agency=COUNCIL)
    seen = acknowledge_disclosure(disclosure, reader, NOW)
    assert duties_of_disclosure(seen) == ()
    back = withdraw_disclosure(seen, "Not him.", LEAD, NOW)
    assert [each.facts for each in back.items] == [(), ()]
    (duty,) = duties_of_disclosure(back)
    assert (duty.kind, duty.agency) == (SharingDutyKind.ACKNOWLEDGE_DISCLOSURE, COUNCIL)
    assert acknowledge_disclosure(back, reader, NOW).seen_version == back.given_version


def test_duties_stand_at_the_agency_that_owes_them() -> None:
    kinds = {(duty.kind, duty.agency) for duty in duties_of_request(asked())}
    assert kinds == {(SharingDutyKind.ACKNOWLEDGE_REQUEST, POLICE), (SharingDutyKind.ANSWER_REQUEST, POLICE)}
    waiting = duties_of_request(STATES[S.CLARIFICATION_ASKED]())
    assert [(duty.kind, duty.agency) for duty in waiting] == [(SharingDutyKind.CLARIFY_REQUEST, COUNCIL)]
    for state in (S.ANSWERED, S.REFUSED, S.WITHDRAWN):
        assert duties_of_request(STATES[state]()) == ()


@pytest.mark.requirement("G-3.3-3")
def test_fear_is_owed_an_answer_and_other_reasons_are_not() -> None:
    def decided(reason: str) -> Any:
        command = DecideNotToShare(NotSharingKind.NOT_TO_SHARE, OURS, POLICE, reason, "He knows my car.")
        return decide_not_to_share(NotSharingId(UUID(int=11)), command, WORKER, NOW)

    feared = decided(FEAR)
    (duty,) = duties_of_not_sharing(feared)
    assert duty.clock.told(NOW) == (Role.LINE_MANAGER,)
    assert duties_of_not_sharing(decided("not-necessary")) == ()
    reply = ManagerAnswer(ManagerOutcome.TO_BE_SHARED, "In pairs.")
    twin = person(1, Role.LINE_MANAGER, agency=COUNCIL, account=1)
    assert code_of(answer_fear, feared, reply, twin, NOW) == "sharing-needs-another"
    assert duties_of_not_sharing(answer_fear(feared, reply, person(6, Role.LINE_MANAGER, agency=COUNCIL), NOW)) == ()
