"""What is asked in the month: a landlord is given part of it, the police decline, and a protocol lapses in between."""

from dataclasses import dataclass
from datetime import timedelta

from domain.dates import local_date
from domain.disclosures import Fact, FlowReference, Footing, OnwardLimits
from domain.flow_answers import AnswerUnderFlow
from domain.identity_keys import Identity
from domain.ids import AgencyCode
from domain.information_request_answers import AnswerItem, AnswerRequest, RefuseRequest
from domain.information_request_codes import Urgency
from domain.information_requests import AskForInformation, WantedItem
from services.core.steps import Step
from services.demo.actors import once, worker
from services.demo.month_cast import ADULT, CHARITY, COUNCIL, LANDLORD, NEPHEW, POLICE, Month, desk, lead
from services.demo.people import Person
from services.demo.protocols import Agreed, agree, neighbourhood_terms
from services.sharing import (
    SeenProtocol,
    SeenRequest,
    acknowledge_disclosure,
    acknowledge_request,
    answer_request,
    answer_under_flow,
    ask_for_information,
    chase_protocols,
    match_request,
    read_disclosure,
    refuse_request,
)

_LAPSED_DAYS_AGO = 6
_PARTNERS = (COUNCIL, LANDLORD, CHARITY)
_KEPT_DAYS = 180
_POST = "Team manager, adult safeguarding"
_RING = AnswerItem(
    "named-worker", granted=True, facts=(Fact("Whom to ring", "The duty desk; a social worker is allocated to her."),)
)
_INVOLVED = AnswerItem(
    "involvement",
    granted=True,
    facts=(Fact("Since the spring", "An enquiry about how he speaks to his aunt is open."),),
)


@dataclass(frozen=True, slots=True)
class _Question:
    """Something asked: under which name, by whom of whom about whom, days before the load."""

    name: str
    asker: AgencyCode
    holder: AgencyCode
    about: Person
    days_ago: int
    items: tuple[WantedItem, ...]
    footing: Footing

    def command(self, month: Month) -> AskForInformation:
        """Write it, with what the holder needs to find the person."""
        content = self.about.content
        usual = content.names[0]
        return AskForInformation(
            holder=self.holder,
            about=month.record(self.asker, self.about),
            identity=Identity(birth_date=content.birth_date, family=usual.family, given=usual.given[0]),
            footing=self.footing,
            items=self.items,
            urgency=Urgency.ROUTINE,
        )


def _footing(basis: str, gateway: str, necessity: str) -> Footing:
    return Footing(
        purpose="adult-safeguarding",
        lawful_basis=(basis,),
        special_conditions=(),
        gateways=(gateway,),
        necessity=necessity,
        proportionality="What is named, of this year, and nothing else.",
    )


_OF_COUNCIL = _footing(
    "6-1-e", "SSWBA-162", "Whoever lets her home and whoever visits her must not act past each other."
)
_VISITOR = _Question(
    "visitor", LANDLORD, COUNCIL, NEPHEW, 24,
    (
        WantedItem("involvement"),
        WantedItem("named-worker"),
        WantedItem("whereabouts", "Where his aunt, our tenant, stays now."),
    ),
    _footing("6-1-ea", "SSWBA-162", "He lets himself into our tenant's home and threatens our housing officer."),
)  # fmt: skip
_DUTY = _Question(
    "duty", COUNCIL, POLICE, NEPHEW, 19, (WantedItem("incidents", "Of the last year."),),
    _footing("6-1-e", "SSWBA-164", "The enquiry must know what he has done before it meets him."),
)  # fmt: skip
_RINGING = tuple(
    _Question(
        f"ringing-{days_ago}", CHARITY, COUNCIL, ADULT, days_ago, (WantedItem("named-worker"),),
        _footing("6-1-ea", "SSWBA-162", "She rang us and would not say where she was."),
    )
    for days_ago in (16, 4)
)  # fmt: skip
"""Asked by the charity while the small protocol runs, and again after it has lapsed."""


def small_protocol(month: Month) -> Agreed:
    """Describe the protocol that lapses in the month."""
    last, reviewed = month.at(_LAPSED_DAYS_AGO), month.at(_LAPSED_DAYS_AGO + 1)
    return Agreed("month-protocol", month.at(150), neighbourhood_terms(COUNCIL, _PARTNERS[1:], reviewed, last))


ACTS = len(_PARTNERS) + 3 + 6 + 3 + 3 + 4
"""The protocol; the visitor; the duty to inform; the charity under the flow; and again without it."""


async def tell_requests(month: Month) -> None:
    """Tell them one after another."""
    protocol = await agree(month.stage, small_protocol(month))
    await _part_of_what_was_asked(month)
    await _declined_under_the_duty(month)
    await chase_protocols(month.worker, month.at(_LAPSED_DAYS_AGO + 7))
    await _under_the_flow(month, protocol)
    await _after_the_lapse(month, protocol)


async def _asked(month: Month, question: _Question) -> SeenRequest:
    """Ask, and let the holder find the person; nobody is told that it did."""
    command, at, name = question.command(month), month.at(question.days_ago), question.name
    asked = await month.do(
        worker(question.asker), at, f"{name}-asked", lambda unit, key: ask_for_information(unit, command, key)
    )
    record = month.record(question.holder, question.about)
    return await month.do(
        desk(question.holder), at + timedelta(hours=22), f"{name}-matched",
        lambda unit, key: match_request(unit, Step(asked.request.id, asked.request.version, record, key)),
    )  # fmt: skip


async def _answered(month: Month, question: _Question, seen: SeenRequest, *items: AnswerItem) -> SeenRequest:
    at = month.at(question.days_ago - 2)
    command = AnswerRequest(
        items=items,
        footing=_OF_COUNCIL,
        onward=OnwardLimits(("no-onward-share",)),
        retain_until=local_date(at + timedelta(days=_KEPT_DAYS)),
        post=_POST,
    )
    step = (seen.request.id, seen.request.version, command)
    return await month.do(
        lead(question.holder), at, f"{question.name}-answered",
        lambda unit, key: answer_request(unit, Step(*step, key)),
    )  # fmt: skip


async def _part_of_what_was_asked(month: Month) -> None:
    """Tell the landlord who is involved and whom to ring, and not where she is."""
    seen = await _asked(month, _VISITOR)
    taken = await month.do(
        desk(COUNCIL), month.at(23, 9), "visitor-acknowledged",
        lambda unit, key: acknowledge_request(unit, Step(seen.request.id, seen.request.version, None, key)),
    )  # fmt: skip
    reason = "She asked that nobody be told, and he has been to your office."
    kept = AnswerItem("whereabouts", granted=False, ground="risk-of-harm", reason=reason)
    answered = await _answered(month, _VISITOR, taken, _INVOLVED, _RING, kept)
    disclosure = answered.request.disclosure_id
    if disclosure is None:
        raise RuntimeError(_VISITOR.name)
    reader, at = worker(LANDLORD), month.at(21)
    given = await month.look(reader, at, "visitor-read", lambda unit: read_disclosure(unit, disclosure))
    version = given.disclosure.version
    await month.do(
        reader,
        at,
        "visitor-received",
        lambda unit, key: acknowledge_disclosure(unit, Step(disclosure, version, None, key)),
    )


async def _declined_under_the_duty(month: Month) -> None:
    """Let the police decline in one of the two forms that section 164 knows, with written reasons."""
    seen = await _asked(month, _DUTY)
    command = RefuseRequest(
        "adverse-to-own-functions",
        "An operation is under way that this answer would end; we will come to the strategy meeting.",
        "Detective Inspector, Protecting Vulnerable People",
    )
    await month.do(
        lead(POLICE), month.at(17), "duty-declined",
        lambda unit, key: refuse_request(unit, Step(seen.request.id, seen.request.version, command, key)),
    )  # fmt: skip


def _by_flow(month: Month, protocol: SeenProtocol, days_ago: int) -> AnswerUnderFlow:
    return AnswerUnderFlow(
        items=(_RING,),
        flow=FlowReference(protocol.protocol.id, protocol.protocol.terms.flows[0].id),
        onward=OnwardLimits(("no-onward-share",)),
        retain_until=local_date(month.at(days_ago) + timedelta(days=_KEPT_DAYS)),
        post="Duty desk",
    )


async def _under_the_flow(month: Month, protocol: SeenProtocol) -> None:
    """Let the desk answer the charity by what the partners agreed."""
    question = _RINGING[0]
    seen = await _asked(month, question)
    command = _by_flow(month, protocol, question.days_ago)
    await month.do(
        desk(COUNCIL), month.at(question.days_ago - 1, 16), f"{question.name}-answered",
        lambda unit, key: answer_under_flow(unit, Step(seen.request.id, seen.request.version, command, key)),
    )  # fmt: skip


async def _after_the_lapse(month: Month, protocol: SeenProtocol) -> None:
    """Let the desk find that nothing flows any more, so that a named person decides on this one case."""
    question = _RINGING[1]
    seen = await _asked(month, question)
    command, request = _by_flow(month, protocol, question.days_ago), seen.request
    key = once(f"month-{question.name}-no-flow")
    await month.refused(
        desk(COUNCIL), month.at(question.days_ago - 1, 16), f"{question.name}-no-flow",
        lambda unit: answer_under_flow(unit, Step(request.id, request.version, command, key)), "no-flow",
    )  # fmt: skip
    await _answered(month, question, seen, _RING)
