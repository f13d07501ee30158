"""Made-up incidents, people and decisions that the flag tests share."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from domain.access import Principal, Purpose, Role
from domain.adult_view import AdultView
from domain.flag_adults import AdultPlan
from domain.flag_codes import Category, NotifyKind, RiskLevel
from domain.flag_decisions import (
    SENSE_MAKING,
    Assessment,
    Consideration,
    ControlSentence,
    DecideFlag,
    DecisionOutcome,
    Notification,
    Recipients,
    RiskAssessment,
    Terms,
)
from domain.flag_evidence import PersonSubject, ProposeFlag, Subject
from domain.flag_reviews import ReviewFlag, ReviewOutcome, Weighing
from domain.flags import Flag, decide, propose
from domain.ids import AgencyCode, ClientId, FlagId, HumanId, IncidentId, RecordId, UserId
from domain.incidents import BehaviourOf, Incident, IncidentContent, Place, record

NOW = datetime(2026, 3, 9, 10, 15, tzinfo=UTC)
TODAY = NOW.date()
POLICE = AgencyCode("gwent-police")
HEALTH = AgencyCode("abuhb")
COUNCIL = AgencyCode("newport-cc")
SON = RecordId(UUID(int=1))
MOTHER = RecordId(UUID(int=2))
FLAG = FlagId(UUID(int=3))
SUBJECT = PersonSubject(SON)


def person(number: int, *roles: Role, agency: AgencyCode = POLICE, account: int = 0) -> Principal:
    """One human by number; `account` tells several accounts of the same human apart."""
    return Principal(
        client=ClientId("gwent-police-niche"),
        agency=agency,
        user=UserId(UUID(int=1000 * number + account)),
        human=HumanId(UUID(int=number)),
        roles=frozenset(roles or {Role.FLAG_DECISION_MAKER}),
        scopes=frozenset(),
        purpose=Purpose.FLAG_GOVERNANCE,
    )


OFFICER = person(1, Role.PRACTITIONER)
INSPECTOR = person(2)
SUPERINTENDENT = person(3)

ASSAULT = IncidentContent(
    adult_at_risk=MOTHER,
    about=SON,
    occurred_at=datetime(2026, 3, 8, 21, 40, tzinfo=UTC),
    place=Place(uprn="100100000001"),
    factual_account="He threw a mug, which missed, and shouted that next time he would not miss.",
    adult_impact="She kept her eyes on him and did not speak; she may be afraid in her own home.",
    adult_view=AdultView(not_asked="He would not leave her side."),
    behaviour_of=BehaviourOf.FAMILY_MEMBER,
    behaviour_types=("confrontation", "violence"),
    behaviours=("throwing-things", "shouting"),
    grade="threat-of-violence",
    threat_form="overt",
    towards_agency=COUNCIL,
    towards_role="social worker",
    police_reference="2600012345",
)
"""What a son did to his mother's social worker."""


def mild(**changes: object) -> IncidentContent:
    """The same visit with nothing hostile in it: he was late and made excuses."""
    base = replace(ASSAULT, behaviour_types=("ambivalence",), behaviours=(), grade="reluctance-resistance")
    return replace(base, threat_form=None, **changes)  # type: ignore[arg-type]  # fields by name, for brevity


def incident(content: IncidentContent = ASSAULT, number: int = 10, at: datetime = NOW) -> Incident:
    return record(IncidentId(UUID(int=number)), content, OFFICER, at)


def assessment(level: RiskLevel = RiskLevel.HIGH) -> Assessment:
    return Assessment(
        to_practitioner=RiskAssessment(level, "He has thrown things twice."),
        to_adult=RiskAssessment(RiskLevel.MEDIUM, "She cannot leave the room unaided."),
        sense_making=tuple(Consideration(question) for question in sorted(SENSE_MAKING)),
        adult_view=AdultView(own_words="He is a good boy when he sleeps."),
    )


TERMS = Terms(
    controls=("joint", "check-in"),
    sentence=ControlSentence(en="Two people; sit near the door."),
    retention_class="violence",
    lawful_basis=("6-1-c", "6-1-e"),
    gateways=("HSWA-2-3", "CDA-115"),
    special_conditions=("9-2-g+sch1-10",),
    recipients=Recipients(all_partners=True),
)
TOLD = Notification(NotifyKind.TOLD, on=TODAY, how="In person, then by letter in Welsh", route_checked=True)
WITHHELD = Notification(NotifyKind.WITHHELD_RISK, reason="He has said he would hurt whoever reported him.")
SEEN = (AdultPlan("Her district nurse", "At the surgery, without him", TODAY + timedelta(days=14)),)
"""Who will see the mother while her son keeps workers away."""
ACTIVATE = DecideFlag(
    outcome=DecisionOutcome.ACTIVATE,
    reason="The threat was meant and he is there at every visit.",
    assessment=assessment(),
    category=Category.THREAT_VIOLENCE,
    terms=TERMS,
    notification=WITHHELD,
    adult_seen=SEEN,
)
DECLINE = DecideFlag(
    outcome=DecisionOutcome.DECLINE, reason="One outburst, regretted at once.", assessment=assessment(RiskLevel.LOW)
)
WEIGHING = Weighing(
    seriousness="A thrown mug.",
    time_passed="Six months.",
    conduct="Calm at four visits since.",
    unusual_stress="His father had died that week.",
)
KEEP = ReviewFlag(
    outcome=ReviewOutcome.KEEP,
    weighing=WEIGHING,
    reason="Still at every visit.",
    notification=WITHHELD,
    adult_seen=(replace(SEEN[0], by=TODAY + timedelta(days=184)),),
)


def proposal(
    subject: Subject = SUBJECT, category: Category = Category.THREAT_VIOLENCE, *incidents: Incident
) -> ProposeFlag:
    cited = incidents or (incident(),)
    return ProposeFlag(subject, category, tuple(one.id for one in cited), "Staff visit three times a week.")


def proposed() -> Flag:
    return propose(FLAG, proposal(), [incident()], OFFICER, NOW)


def active(command: DecideFlag = ACTIVATE, on: date | None = None) -> Flag:
    at = NOW if on is None else datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return decide(proposed(), command, [incident()], INSPECTOR, at)
