"""The region's information sharing protocol, as its Board drafted it and its partners signed it.

Without it no warning of one agency is told to another beyond a telephone number, so it stands before everything else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from domain.access import PURPOSES, Permission, Purpose, Role
from domain.bilingual import Bilingual
from domain.dates import local_date
from domain.ids import AgencyCode
from domain.sharing_protocol_terms import (
    ProtocolFlow,
    ProtocolKind,
    ProtocolPartner,
    ProtocolPower,
    ProtocolRights,
    ProtocolSecurity,
    ProtocolTerms,
)
from domain.sharing_protocols import DraftProtocol
from services.core.idempotency import Made, Once
from services.core.unit_of_work import UnitOfWork
from services.demo.actors import Actor, Stage, once
from services.demo.register import AGENCIES, BOARD
from services.sharing import (
    SeenProtocol,
    Step,
    assure_protocol,
    bring_protocol_into_force,
    draft_protocol,
    sign_protocol,
)

Command = TypeVar("Command")
PARTNERS = tuple(agency.code for agency in AGENCIES if agency.code != BOARD)
ACTS = len(PARTNERS) + 3
"""Draft, assurance, commencement, and a signature each."""
_BEGUN_DAYS_AGO = 400
NEIGHBOURHOOD_ITEMS = ("involvement", "named-worker")
_STATUTORY = frozenset({"local-authority", "health-board", "police", "probation", "ambulance"})


@dataclass(frozen=True, slots=True)
class Agreed:
    """A protocol to be entered: who keeps to what from when on; its name goes into the keys of its acts."""

    name: str
    begun: datetime
    terms: ProtocolTerms

    @property
    def partners(self) -> tuple[AgencyCode, ...]:
        """List who signs."""
        return tuple(partner.agency for partner in self.terms.partners)

    def acts(self) -> int:
        """Count draft, assurance, commencement, and a signature each."""
        return len(self.partners) + 3


def region_terms(review_due: datetime) -> ProtocolTerms:
    """Write the terms: warnings among all partners, case information among statutory ones and on from housing."""
    statutory = tuple(agency.code for agency in AGENCIES if agency.type in _STATUTORY)
    visits = sorted(purpose.value for purpose in PURPOSES[Permission.FLAG_READ] | PURPOSES[Permission.CHECK_RUN])
    return ProtocolTerms(
        title=Bilingual("Risk to those who visit, Gwent", "Risg i'r rhai sy'n ymweld, Gwent"),
        reference="WASPI-GWENT-014",
        kind=ProtocolKind.ISP,
        purposes=tuple(visits),
        benefits="Nobody knocks on a door unwarned, and the adult at risk is met by people who act as one.",
        subject_groups=("Adults at risk", "People whose behaviour may put visitors at risk"),
        partners=tuple(ProtocolPartner(code, "Head of Safeguarding", "Data Protection Officer") for code in PARTNERS),
        practitioner_groups=("Everybody who makes contact", "Duty desks"),
        obligations=("Check before each contact", "Tell the giver when a warning proves wrong"),
        powers=(
            ProtocolPower("SSWBA-162", ("6-1-e",), ("9-2-g+sch1-18",), "Gwent appropriate policy document 3"),
            ProtocolPower("HSWA-2-3", ("6-1-c", "6-1-ea"), ("9-2-b+sch1-1",), "Gwent appropriate policy document 3"),
        ),
        confidentiality="Disclosed in the public interest, to prevent serious harm; who weighed it is recorded.",
        flows=(
            _flow("F1", PARTNERS, PARTNERS, ("risk-and-precautions",), visits),
            _flow(
                "F2",
                statutory,
                statutory,
                ("identity-contact", "incidents", "involvement", "named-worker", "safeguarding-history"),
                [Purpose.ADULT_SAFEGUARDING.value],
            ),
        ),
        rights=ProtocolRights(
            "In each partner's privacy notice.", "Each partner's officer", "The Board's business unit"
        ),
        security=ProtocolSecurity(
            "Official-Sensitive", "TLS 1.3", "Encrypted, rows by agency", "The partner's duty desk"
        ),
        records="Each partner keeps what it received by its own schedule and destroys it with proof.",
        review_due=local_date(review_due),
    )


def neighbourhood_terms(
    council: AgencyCode, asking: tuple[AgencyCode, ...], review_due: datetime, runs_until: datetime
) -> ProtocolTerms:
    """Write the terms of a small protocol for a time: a council tells who asks whom they may ring about an adult."""
    partners = (council, *asking)
    return replace(
        region_terms(review_due),
        title=Bilingual("Whom to ring in Blackwood", "Pwy i'w ffonio yn y Coed Duon"),
        reference="WASPI-GWENT-031",
        purposes=(Purpose.ADULT_SAFEGUARDING.value,),
        benefits="A landlord and a charity know whom to ring before they act alone.",
        partners=tuple(ProtocolPartner(code, "Head of Safeguarding", "Data Protection Officer") for code in partners),
        flows=(_flow("F1", (council,), asking, NEIGHBOURHOOD_ITEMS, [Purpose.ADULT_SAFEGUARDING.value]),),
        runs_until=local_date(runs_until),
    )


def _flow(
    name: str,
    givers: tuple[AgencyCode, ...],
    recipients: tuple[AgencyCode, ...],
    items: tuple[str, ...],
    purposes: list[str],
) -> ProtocolFlow:
    return ProtocolFlow(
        id=name,
        givers=givers,
        recipients=recipients,
        items=items,
        purposes=tuple(purposes),
        why_needed="Whoever visits must know what to do to be safe, and who else knows the adult at risk.",
        method="This service",
        trigger="Before each contact, or on request",
        retention="As long as the visit or the enquiry needs it",
    )


@dataclass(frozen=True, slots=True)
class _Begun:
    stage: Stage
    agreed: Agreed

    async def act(
        self, actor: Actor, name: str, run: Callable[[UnitOfWork, Once], Awaitable[Made[SeenProtocol]]]
    ) -> SeenProtocol:
        name = f"{self.agreed.name}-{name}"
        return (await self.stage.act(actor, self.agreed.begun, name, lambda unit: run(unit, once(name)))).value


async def sign_up(stage: Stage, now: datetime) -> None:
    """Enter the region's protocol."""
    days = timedelta(days=_BEGUN_DAYS_AGO)
    await agree(stage, Agreed("protocol", now - days, region_terms(now + days)))


async def agree(stage: Stage, agreed: Agreed) -> SeenProtocol:
    """Draft a protocol, let another assure it, let every partner sign, and bring it into force."""
    begun = _Begun(stage, agreed)
    keeper, other = (Actor(BOARD, Role.BOARD_ADMINISTRATOR, Purpose.AUDIT_QUALITY, number) for number in (1, 2))
    command = DraftProtocol(agreed.terms)
    made = await begun.act(keeper, "drafted", lambda unit, key: draft_protocol(unit, command, key))
    made = await begun.act(other, "assured", lambda unit, key: assure_protocol(unit, _step(made, None, key)))
    for code in agreed.partners:
        lead = Actor(code, Role.SAFEGUARDING_LEAD, Purpose.FLAG_GOVERNANCE)
        made = await begun.act(lead, f"signed-{code}", _signing(made))
    return await begun.act(
        keeper, "in-force", lambda unit, key: bring_protocol_into_force(unit, _step(made, None, key))
    )


def _signing(seen: SeenProtocol) -> Callable[[UnitOfWork, Once], Awaitable[Made[SeenProtocol]]]:
    return lambda unit, key: sign_protocol(unit, _step(seen, "Head of Safeguarding", key))


def _step(seen: SeenProtocol, command: Command, key: Once) -> Step[Command]:
    return Step(seen.id, seen.version, command, key)
