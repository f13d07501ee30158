"""What agencies owe each other for a request and its answer, and a manager to somebody afraid, and by when.

The same clocks as those of flags (`domain.duties`); each duty names the agency before whose people it is put.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.access import Role
from domain.disclosures import Disclosure
from domain.duties import Clock, Rung
from domain.ids import AgencyCode
from domain.information_request_codes import TIMES, WITH_HOLDER, InformationRequestState
from domain.information_requests import InformationRequest
from domain.not_sharing import ANSWER_WITHIN, NotSharing

SEEN_WITHIN = timedelta(days=3)
"""How long a recipient may take to say that it has seen what it was given, or how that changed."""

DESK = (Role.DUTY_DESK, Role.MASH_DUTY, Role.SPOC)
_LEADS = (*DESK, Role.SAFEGUARDING_LEAD)
_ALL = (*_LEADS, Role.LINE_MANAGER, Role.DPO_IG)


class SharingDutyKind(StrEnum):
    """What is owed."""

    ACKNOWLEDGE_REQUEST = "acknowledge-request"
    ANSWER_REQUEST = "answer-request"
    CLARIFY_REQUEST = "clarify-request"
    ACKNOWLEDGE_DISCLOSURE = "acknowledge-disclosure"
    ANSWER_FEAR = "answer-fear"


@dataclass(frozen=True, slots=True)
class SharingDuty:
    """One thing that one agency owes."""

    kind: SharingDutyKind
    agency: AgencyCode
    clock: Clock


def _ladder(
    within: timedelta, first: tuple[Role, ...], then: tuple[Role, ...], late: tuple[Role, ...]
) -> tuple[Rung, ...]:
    """Put a duty before some roles at once, before more once it is due, and before all when that is long past."""
    return (Rung(within, first), Rung(timedelta(0), then), Rung(-within, late))


def duties_of_request(request: InformationRequest) -> tuple[SharingDuty, ...]:
    """List what is owed to a request as it stands."""
    times = TIMES[request.asked_of.urgency]
    found: list[SharingDuty] = []
    if request.state is InformationRequestState.SENT:
        clock = Clock(request.acknowledge_by, _ladder(times.acknowledge, DESK, _LEADS, _ALL))
        found.append(SharingDuty(SharingDutyKind.ACKNOWLEDGE_REQUEST, request.holder, clock))
    if request.state in WITH_HOLDER:
        first = _LEADS if request.escalations else DESK
        clock = Clock(request.due_at, _ladder(times.answer / 4, first, _LEADS, _ALL))
        found.append(SharingDuty(SharingDutyKind.ANSWER_REQUEST, request.holder, clock))
    asked = request.open_clarification
    if asked is not None and request.state is InformationRequestState.CLARIFICATION_ASKED:
        clock = Clock(asked.asked.at + times.clarify, _ladder(times.clarify, DESK, _LEADS, _ALL))
        found.append(SharingDuty(SharingDutyKind.CLARIFY_REQUEST, request.owner_agency, clock))
    return tuple(found)


def duties_of_disclosure(disclosure: Disclosure) -> tuple[SharingDuty, ...]:
    """List what the recipient owes: to say that it has seen how what it was given now stands."""
    if not disclosure.awaits_acknowledgement:
        return ()
    clock = Clock(disclosure.changed.at + SEEN_WITHIN, _ladder(SEEN_WITHIN, DESK, _LEADS, _ALL))
    return (SharingDuty(SharingDutyKind.ACKNOWLEDGE_DISCLOSURE, disclosure.recipient_agency, clock),)


def duties_of_not_sharing(decision: NotSharing) -> tuple[SharingDuty, ...]:
    """List what a manager owes to somebody who was afraid to share."""
    if not decision.awaits_manager:
        return ()
    managers = (Role.LINE_MANAGER,)
    later = (*managers, Role.SAFEGUARDING_LEAD)
    clock = Clock(decision.answer_by, _ladder(ANSWER_WITHIN, managers, later, later))
    return (SharingDuty(SharingDutyKind.ANSWER_FEAR, decision.owner_agency, clock),)
