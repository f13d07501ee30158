"""Answering an information request under a flow of a protocol in force: what partners agreed needs no new weighing.

The desk gives it, at night as by day, because who may have which items for which purpose was decided when the protocol
was signed. An item outside the flow is refused, or put before a senior person who decides on this one case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.disclosures import BasisKind, Disclosure, FlowReference, Footing, OnwardLimits
from domain.errors import DomainError
from domain.ids import DisclosureId
from domain.information_request_answers import AnswerItem, AnswerRequest, answer
from domain.information_requests import InformationRequest
from domain.sharing_protocol_terms import ProtocolFlow, ProtocolTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUnderFlow:
    """The holder's answer, and the flow by which what it grants may be given."""

    items: tuple[AnswerItem, ...]
    flow: FlowReference
    onward: OnwardLimits
    retain_until: date
    post: str


@dataclass(frozen=True, slots=True)
class AgreedFlow:
    """A flow as it holds now from one agency to another for one purpose: which items it lets pass, on what terms."""

    items: frozenset[str]
    terms: ProtocolTerms

    def footing(self, flow: str, purpose: str) -> Footing:
        """Say what a disclosure under it rests on: what the partners agreed.

        Raises:
            DomainError: `no-flow`.
        """
        agreed = next((each for each in self.terms.flows if each.id == flow), None)
        if agreed is None:
            raise DomainError("no-flow")
        return _footing(self.terms, agreed, purpose)


def _footing(terms: ProtocolTerms, flow: ProtocolFlow, purpose: str) -> Footing:
    return Footing(
        purpose=purpose,
        lawful_basis=_once(basis for power in terms.powers for basis in power.lawful_basis),
        special_conditions=_once(each for power in terms.powers for each in power.special_conditions),
        gateways=_once(power.gateway for power in terms.powers),
        necessity=flow.why_needed,
        proportionality=f"{terms.reference}, {flow.id}",
    )


def _once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def answer_under_flow(
    request: InformationRequest,
    command: AnswerUnderFlow,
    agreed: AgreedFlow,
    new_id: DisclosureId,
    by: Principal,
    at: datetime,
) -> tuple[InformationRequest, Disclosure]:
    """Answer a request in whole or in part under a flow that covers every item granted.

    Raises:
        DomainError: `no-flow`, or as `answer` does.
    """
    if not {each.item for each in command.items if each.granted} <= agreed.items:
        raise DomainError("no-flow")
    footing = agreed.footing(command.flow.flow, request.asked_of.footing.purpose)
    answered = AnswerRequest(
        items=command.items,
        footing=footing,
        onward=command.onward,
        retain_until=command.retain_until,
        post=command.post,
    )
    following, disclosure = answer(request, answered, new_id, by, at)
    basis = replace(disclosure.basis, kind=BasisKind.PROTOCOL_FLOW, flow=command.flow)
    return following, replace(disclosure, basis=basis)
