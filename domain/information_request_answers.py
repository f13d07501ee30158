"""Answering an information request: each item granted or refused, and what is granted becomes a disclosure.

A refusal names its ground in the form that the gateway requires: section 164 knows two, each with written reasons;
under a power the holder says why it does not use it. Nothing but what was asked for and granted is ever given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.dates import local_date
from domain.disclosures import (
    BasisKind,
    DisclosedItem,
    Disclosure,
    DisclosureBasis,
    DisclosureState,
    Fact,
    Footing,
    OnwardLimits,
    Subjects,
    check_facts,
    check_footing,
    check_limits,
)
from domain.errors import DomainError
from domain.flag_decisions import sign
from domain.ids import DisclosureId
from domain.information_request_codes import (
    DUTY_FORMS,
    DUTY_TO_INFORM,
    NOTHING_TO_GIVE,
    InformationRequestState,
)
from domain.information_requests import (
    InformationRequest,
    ItemDecision,
    RequestDecision,
    check_holder,
    following,
)
from domain.lawful_overrides import LawfulOverride
from domain.validation import LINE, REASON, Faults
from domain.vocabularies import VOCABULARIES


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """One item of an answer: facts where it is granted; a ground and a reason where it is refused."""

    item: str
    granted: bool
    facts: tuple[Fact, ...] = ()
    ground: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """The holder's answer, with what it rests on from the holder's side, onward limits and how long it may be kept.

    `override` sets aside what the holder agreed with the family; it stays with the holder.
    """

    items: tuple[AnswerItem, ...]
    footing: Footing
    onward: OnwardLimits
    retain_until: date
    post: str
    override: LawfulOverride | None = None


@dataclass(frozen=True, slots=True)
class RefuseRequest:
    """Why nothing is given, in the form that the gateway requires."""

    ground: str
    reason: str
    post: str


def grounds_for(gateways: Sequence[str]) -> frozenset[str]:
    """Say in which forms a request through some gateways may be refused.

    A council's request under section 164 is refused in one of two forms alone, unless there is nothing to give.
    """
    if DUTY_TO_INFORM in gateways:
        return DUTY_FORMS | NOTHING_TO_GIVE
    return VOCABULARIES["refusal-ground"].codes - DUTY_FORMS


def _check_refusal(
    faults: Faults, pointer: str, request: InformationRequest, ground: str | None, reason: str | None
) -> None:
    faults.code(f"{pointer}/ground", "refusal-ground", ground)
    if ground is not None and ground in VOCABULARIES["refusal-ground"].codes:
        allowed = grounds_for(request.asked_of.footing.gateways)
        faults.unless(ground in allowed, f"{pointer}/ground", "refusal-form")
    faults.text(f"{pointer}/reason", reason, REASON)


def _check_decider(request: InformationRequest, by: Principal) -> None:
    """Refuse whoever may not decide: a team, who asked, and who refused it before it was escalated.

    Raises:
        DomainError: as `check_holder` does.
    """
    if by.is_team:
        raise DomainError("access-denied")
    check_holder(request, by)
    if any(by.is_one_with(each.signed.user, each.signed.human) for each in request.decisions):
        raise DomainError("sharing-needs-another")


def refuse(request: InformationRequest, command: RefuseRequest, by: Principal, at: datetime) -> InformationRequest:
    """Refuse a whole request, with written reasons.

    Raises:
        DomainError: `access-denied`, `sharing-needs-another`, `sharing-state-conflict`, `content-invalid`.
    """
    _check_decider(request, by)
    faults = Faults()
    _check_refusal(faults, "", request, command.ground, command.reason)
    faults.line("/post", command.post, LINE)
    faults.refuse()
    refused = tuple(
        ItemDecision(each.item, granted=False, ground=command.ground, reason=command.reason)
        for each in request.asked_of.items
    )
    decision = RequestDecision(refused, sign(by, at), command.post)
    return replace(
        following(request, by, at, InformationRequestState.REFUSED),
        acknowledged=request.acknowledged or sign(by, at),
        decisions=(*request.decisions, decision),
    )


def answer(
    request: InformationRequest, command: AnswerRequest, new_id: DisclosureId, by: Principal, at: datetime
) -> tuple[InformationRequest, Disclosure]:
    """Answer a request in whole or in part, and disclose what is granted and nothing else.

    Raises:
        DomainError: `access-denied`, `sharing-needs-another`, `sharing-state-conflict`, `sharing-person-unmatched`,
            `content-invalid`.
    """
    _check_decider(request, by)
    if request.match is None:
        raise DomainError("sharing-person-unmatched")
    faults = Faults()
    _check_answer_items(faults, request, command.items)
    check_footing(faults, command.footing)
    check_limits(faults, command.onward, command.retain_until, local_date(at))
    faults.line("/post", command.post, LINE)
    faults.refuse()
    signed = sign(by, at)
    whole = all(each.granted for each in command.items)
    decided = tuple(ItemDecision(each.item, each.granted, each.ground, each.reason) for each in command.items)
    state = InformationRequestState.ANSWERED if whole else InformationRequestState.ANSWERED_IN_PART
    answered = replace(
        following(request, by, at, state),
        acknowledged=request.acknowledged or signed,
        decisions=(*request.decisions, RequestDecision(decided, signed, command.post)),
        disclosure_id=new_id,
    )
    disclosure = Disclosure(
        id=new_id,
        owner_agency=by.agency,
        recipient_agency=request.owner_agency,
        request_id=request.id,
        version=1,
        state=DisclosureState.STANDING,
        subjects=Subjects(request.asked_of.about, request.match.record_id),
        asked=request.asked,
        basis=DisclosureBasis(BasisKind.AD_HOC, command.footing, signed, command.post),
        items=tuple(DisclosedItem(each.item, each.facts) for each in command.items if each.granted),
        onward=command.onward,
        retain_until=command.retain_until,
        changed=signed,
    )
    return answered, disclosure


def _check_answer_items(faults: Faults, request: InformationRequest, items: Sequence[AnswerItem]) -> None:
    """Check that every item asked for is decided once, none beside them, and that a refused one gives nothing."""
    wanted = {each.item for each in request.asked_of.items}
    codes = [each.item for each in items]
    faults.unless(wanted <= set(codes), "/items", "required")
    faults.unless(any(each.granted for each in items), "/items", "nothing-granted")
    for place, each in enumerate(items):
        pointer = f"/items/{place}"
        faults.unless(each.item in wanted, f"{pointer}/item", "not-asked-for")
        faults.unless(each.item not in codes[:place], f"{pointer}/item", "duplicate")
        if each.granted:
            check_facts(faults, f"{pointer}/facts", each.facts)
            faults.unless(each.ground is None, f"{pointer}/ground", "inconsistent")
            faults.text(f"{pointer}/reason", each.reason, REASON, required=False)
        else:
            faults.unless(not each.facts, f"{pointer}/facts", "inconsistent")
            _check_refusal(faults, pointer, request, each.ground, each.reason)
