"""Information requests: one agency asks another about a person, and the holder answers item by item or says why not.

Both agencies see the request. The asker names its own record of the person and gives the holder what is needed to find
them; a human of the holder says which of its records that is, and no record is ever merged by it. Whoever asks never
answers, from any account. What is given stands in `domain.disclosures`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.access import Principal
from domain.dates import local_date
from domain.disclosures import Footing, check_footing
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.identity_keys import Identity, keys_of_query, validate_query
from domain.ids import AgencyCode, DisclosureId, InformationRequestId, RecordId
from domain.information_request_codes import (
    BOARD_REQUIRES,
    DUTY_TO_INFORM,
    PRIVATE_BASES,
    PUBLIC_BODIES,
    RELEVANT_PARTNERS,
    TIMES,
    UNANSWERED,
    WITH_HOLDER,
    InformationRequestState,
    Urgency,
)
from domain.validation import LINE, REASON, Faults
from domain.vocabularies import is_code, item

State = InformationRequestState
MOST_CLARIFICATIONS = 10


@dataclass(frozen=True, slots=True)
class WantedItem:
    """One item asked for, and what of it or of which time."""

    item: str
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForInformation:
    """What is asked of whom about whom, and why that is lawful, needed and in proportion."""

    holder: AgencyCode
    about: RecordId
    identity: Identity
    footing: Footing
    items: tuple[WantedItem, ...]
    urgency: Urgency
    case_reference: str | None = None
    public_task_statement: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Which of the holder's records the person is, as a human of the holder found."""

    record_id: RecordId
    signed: Signature


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question of the holder's, and the asker's reply; None until it comes."""

    question: str
    asked: Signature
    reply: str | None = None
    replied: Signature | None = None


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """What the holder decided on one item; a refused one has a ground in the form required, and a reason."""

    item: str
    granted: bool
    ground: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RequestDecision:
    """The holder's decision on every item, by a named senior person with their post."""

    items: tuple[ItemDecision, ...]
    signed: Signature
    post: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """That one side put the request before more senior people, and why."""

    by_agency: AgencyCode
    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationRequest:
    """One version of a request; `owner_agency` asked, `asked_of` holds the information.

    `match` is the holder's own and known to it alone until something is given; it is no part of the version that both
    agencies read, or the asker would learn from a new one that the holder has a record (law 4).
    """

    id: InformationRequestId
    owner_agency: AgencyCode
    version: int
    state: State
    asked_of: AskForInformation
    asked: Signature
    acknowledge_by: datetime
    due_at: datetime
    changed: Signature
    acknowledged: Signature | None = None
    match: Match | None = None
    clarifications: tuple[Clarification, ...] = ()
    decisions: tuple[RequestDecision, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    withdrawn_reason: str | None = None
    disclosure_id: DisclosureId | None = None

    @property
    def holder(self) -> AgencyCode:
        """Name the agency that is asked."""
        return self.asked_of.holder

    @property
    def open_clarification(self) -> Clarification | None:
        """Find the question that waits for the asker's reply."""
        last = self.clarifications[-1] if self.clarifications else None
        return last if last is not None and last.replied is None else None

    @property
    def askers(self) -> tuple[Signature, ...]:
        """Name those who asked or spoke for the asker, none of whom answers (law 5)."""
        replies = (each.replied for each in self.clarifications)
        return (self.asked, *(signed for signed in replies if signed is not None))

    def is_overdue(self, at: datetime) -> bool:
        """Say whether the answer is late; while the holder waits for a clarification it is not."""
        return self.state in WITH_HOLDER and self.due_at <= at

    def record_of(self, agency: AgencyCode) -> RecordId | None:
        """Give the record of the person that an agency of the two knows."""
        if agency == self.owner_agency:
            return self.asked_of.about
        return None if self.match is None else self.match.record_id

    def shows_match_to(self, agency: AgencyCode) -> bool:
        """Say whether an agency may know that the holder found the person: the asker with an answer only (law 4)."""
        return self.match is not None and (agency == self.holder or self.disclosure_id is not None)

    @property
    def shared(self) -> "InformationRequest":
        """Give what both agencies read: the match only once something was given, whose disclosure names it too."""
        return self if self.disclosure_id is not None else replace(self, match=None)


@dataclass(frozen=True, slots=True)
class Parties:
    """Of which type the two agencies are, by the register."""

    asker: str
    holder: str


def ask(
    new_id: InformationRequestId, command: AskForInformation, parties: Parties, by: Principal, at: datetime
) -> InformationRequest:
    """Ask another agency (G-3.3-1).

    Raises:
        DomainError: `content-invalid`, naming every field at fault.
    """
    validate_query(command.identity, today=local_date(at), pointer="/identity")
    exact, near = keys_of_query(command.identity)
    faults = Faults()
    faults.unless(bool(exact | near), "/identity", "too-vague")
    faults.unless(command.holder != by.agency, "/holder", "inconsistent")
    check_footing(faults, command.footing)
    _check_wanted(faults, command)
    _check_gateways(faults, command, parties)
    faults.line("/caseReference", command.case_reference, LINE, required=False)
    faults.refuse()
    times = TIMES[command.urgency]
    return InformationRequest(
        id=new_id,
        owner_agency=by.agency,
        version=1,
        state=State.SENT,
        asked_of=command,
        asked=sign(by, at),
        acknowledge_by=at + times.acknowledge,
        due_at=at + times.answer,
        changed=sign(by, at),
    )


def _check_wanted(faults: Faults, command: AskForInformation) -> None:
    """Check the items: each known and once, told where the code does not tell, sensitive ones on a condition."""
    faults.unless(bool(command.items), "/items", "required")
    codes = [each.item for each in command.items]
    for place, wanted in enumerate(command.items):
        faults.code(f"/items/{place}/item", "data-item", wanted.item)
        faults.unless(wanted.item not in codes[:place], f"/items/{place}/item", "duplicate")
        faults.text(f"/items/{place}/detail", wanted.detail, REASON, required=wanted.item == "other")
    sensitive = any(is_code("data-item", code) and item("data-item", code).sensitive for code in codes)
    faults.unless(not sensitive or bool(command.footing.special_conditions), "/specialConditions", "required")


def _check_gateways(faults: Faults, command: AskForInformation, parties: Parties) -> None:
    """Check what hangs on who asks whom: a council's duty to be informed, the Board's, and a public task."""
    for place, gateway in enumerate(command.footing.gateways):
        pointer = f"/gateways/{place}"
        if gateway == DUTY_TO_INFORM:
            council = parties.asker == "local-authority"
            faults.unless(council and parties.holder in RELEVANT_PARTNERS, pointer, "gateway-not-theirs")
        if gateway == BOARD_REQUIRES:
            faults.unless(parties.asker == "board", pointer, "gateway-not-theirs")
    asker_is_public, holder_is_public = parties.asker in PUBLIC_BODIES, parties.holder in PUBLIC_BODIES
    for place, basis in enumerate(command.footing.lawful_basis):
        faults.unless(not asker_is_public or basis not in PRIVATE_BASES, f"/lawfulBasis/{place}", "basis-not-theirs")
    # A charity or landlord can only answer a public-task request that says it is one (Art 6(1)(ea), Annex 1).
    needs_statement = asker_is_public and not holder_is_public
    faults.text("/publicTaskStatement", command.public_task_statement, REASON, required=needs_statement)
    if not asker_is_public:
        faults.unless(command.public_task_statement is None, "/publicTaskStatement", "inconsistent")


def check_holder(request: InformationRequest, by: Principal, states: frozenset[State] = WITH_HOLDER) -> None:
    """Refuse a step of the holder's by anybody else, by a human who asked, or out of its turn.

    Raises:
        DomainError: `access-denied`, `sharing-needs-another`, `sharing-state-conflict`.
    """
    if by.agency != request.holder:
        raise DomainError("access-denied")
    if any(by.is_one_with(signed.user, signed.human) for signed in request.askers):
        raise DomainError("sharing-needs-another")
    _check_state(request, states)


def check_asker(request: InformationRequest, by: Principal, states: frozenset[State] = UNANSWERED) -> None:
    """Refuse a step of the asker's by anybody else or out of its turn.

    Raises:
        DomainError: `access-denied`, `sharing-state-conflict`.
    """
    if by.agency != request.owner_agency:
        raise DomainError("access-denied")
    _check_state(request, states)


def _check_state(request: InformationRequest, states: frozenset[State]) -> None:
    if request.state not in states:
        raise DomainError("sharing-state-conflict")


def following(
    request: InformationRequest, by: Principal, at: datetime, state: State | None = None
) -> InformationRequest:
    """Give the next version, signed, in which nothing else has changed."""
    return replace(request, version=request.version + 1, changed=sign(by, at), state=state or request.state)


def _text_of(pointer: str, value: str) -> None:
    faults = Faults()
    faults.text(pointer, value, REASON)
    faults.refuse()


def acknowledge(request: InformationRequest, by: Principal, at: datetime) -> InformationRequest:
    """Say that the holder has the request and works on it.

    Raises:
        DomainError: as `check_holder` does.
    """
    check_holder(request, by, frozenset({State.SENT}))
    return replace(following(request, by, at, State.ACKNOWLEDGED), acknowledged=sign(by, at))


def match(request: InformationRequest, record: RecordId, by: Principal, at: datetime) -> InformationRequest:
    """Say which own record of the holder's is the person; a human says so, and the records stay apart.

    It makes no new version: the asker must not be able to tell.

    Raises:
        DomainError: as `check_holder` does.
    """
    check_holder(request, by)
    return replace(request, match=Match(record, sign(by, at)))


def ask_clarification(request: InformationRequest, question: str, by: Principal, at: datetime) -> InformationRequest:
    """Ask the asker what is meant; the time for the answer stands still until the reply.

    Raises:
        DomainError: as `check_holder` does, `content-invalid`.
    """
    check_holder(request, by)
    _text_of("/question", question)
    if len(request.clarifications) >= MOST_CLARIFICATIONS:
        raise DomainError("sharing-state-conflict")
    asked = Clarification(question, sign(by, at))
    waiting = following(request, by, at, State.CLARIFICATION_ASKED)
    return replace(
        waiting,
        acknowledged=request.acknowledged or sign(by, at),
        clarifications=(*request.clarifications, asked),
    )


def clarify(request: InformationRequest, reply: str, by: Principal, at: datetime) -> InformationRequest:
    """Reply to the holder's question; the time it waited is added to the time for the answer.

    Raises:
        DomainError: as `check_asker` does, `content-invalid`.
    """
    check_asker(request, by, frozenset({State.CLARIFICATION_ASKED}))
    _text_of("/reply", reply)
    asked = request.clarifications[-1]
    answered = replace(asked, reply=reply, replied=sign(by, at))
    state = State.ESCALATED if request.escalations else State.ACKNOWLEDGED
    return replace(
        following(request, by, at, state),
        clarifications=(*request.clarifications[:-1], answered),
        due_at=request.due_at + (at - asked.asked.at),
    )


def escalate(request: InformationRequest, reason: str, by: Principal, at: datetime) -> InformationRequest:
    """Put a request before more senior people, from either side; the asker may do so once after a refusal.

    A refusal that is escalated is decided again, by somebody who did not refuse, in the same time as at first.

    Raises:
        DomainError: `access-denied`, `sharing-needs-another`, `sharing-state-conflict`, `content-invalid`.
    """
    _text_of("/reason", reason)
    if by.agency == request.owner_agency:
        check_asker(request, by, frozenset({State.SENT, State.ACKNOWLEDGED, State.REFUSED}))
    else:
        check_holder(request, by, frozenset({State.SENT, State.ACKNOWLEDGED}))
    if len(request.decisions) > 1:
        raise DomainError("sharing-state-conflict")
    raised = replace(
        following(request, by, at, State.ESCALATED),
        escalations=(*request.escalations, Escalation(by.agency, reason, sign(by, at))),
    )
    if request.state is not State.REFUSED:
        return raised
    return replace(raised, due_at=at + TIMES[request.asked_of.urgency].answer)


def withdraw(request: InformationRequest, reason: str, by: Principal, at: datetime) -> InformationRequest:
    """Take back a request that has not been answered.

    Raises:
        DomainError: as `check_asker` does, `content-invalid`.
    """
    check_asker(request, by)
    _text_of("/reason", reason)
    return replace(following(request, by, at, State.WITHDRAWN), withdrawn_reason=reason)
