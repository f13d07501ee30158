"""Incidents of the invented region, entered through the use case by the agency that met them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from domain.adult_view import AdultView
from domain.ids import AgencyCode, IncidentId
from domain.incidents import AmendIncident, BehaviourOf, Hazard, Incident, IncidentContent, Opinion, Place
from services.demo.actors import Stage, once, worker
from services.demo.people import Household, Person, Records
from services.demo.scenes import QUIET, QUIET_ALONE, STARTLED, Scene
from services.incidents import amend_incident, record_incident

ROLES = {
    "abuhb": "district nurse",
    "gwent-police": "police constable",
    "probation-wales": "probation practitioner",
    "swfrs": "safe and well officer",
    "wast": "paramedic",
    "pobl": "housing officer",
    "age-cymru-gwent": "support worker",
}
"""Who of an agency calls at people's homes; at a council it is a social worker."""

_HIS = {"he": "he", "He": "He", "his": "his", "His": "His", "him": "him"}
_HER = {"he": "she", "He": "She", "his": "her", "His": "Her", "him": "her"}


_VIEWS = (
    AdultView(own_words="I would rather that somebody came than that nobody did."),
    AdultView(own_words="It is my house and I want to stay in it."),
    AdultView(not_asked="Others stayed in the room, and it was not safe to ask."),
    AdultView(not_asked="The adult was asleep; the next visit will ask."),
)
"""What adults say of it, or why they were not asked."""


@dataclass(frozen=True, slots=True)
class PlannedIncident:
    """An incident to be entered: where, of which kind, and how many days before the load it happened."""

    household: Household
    scene: Scene
    days_ago: int
    turn: int = 0

    @property
    def name(self) -> str:
        """Name it for its idempotency key."""
        return f"incident-{self.household.number}-{self.days_ago}-{self.turn}"

    @property
    def about(self) -> Person:
        """Say whose behaviour it was; of a hazard or of self-neglect, whom the visit was for."""
        is_adults = not self.scene.types or self.scene is STARTLED
        return self.household.adult if is_adults else self.household.relative


def quiet_incidents(household: Household) -> Iterator[PlannedIncident]:
    """Make up what happens where nothing threatens anybody."""
    chance = Random(f"rhannu-quiet-{household.number}")
    kinds = QUIET if len(household.people) > 1 else QUIET_ALONE
    for turn in range(chance.choice((1, 1, 2))):
        yield PlannedIncident(household, chance.choice(kinds), chance.randrange(8, 290), turn)


def acts_of_incidents(planned: Sequence[PlannedIncident]) -> int:
    """Count the acts that entering some incidents takes."""
    return sum(1 + _is_amended(each) for each in planned)


def _is_amended(planned: PlannedIncident) -> bool:
    return planned.scene in QUIET and planned.days_ago % 9 == 0


async def enter_incident(stage: Stage, records: Records, planned: PlannedIncident) -> IncidentId:
    """Enter an incident on the day after it happened, and amend some of them later."""
    chance = Random(f"rhannu-{planned.name}")
    lead = planned.household.lead
    content = _content(records, planned, chance)
    at = records.moment(planned.days_ago - 1, chance)
    made = await stage.act(
        worker(lead), at, planned.name, lambda unit: record_incident(unit, content, once(planned.name))
    )
    if _is_amended(planned):
        await _amend(stage, lead, made.value, at + timedelta(days=2))
    return made.value.id


async def _amend(stage: Stage, lead: AgencyCode, incident: Incident, at: datetime) -> None:
    """Add what was learnt two days later, as a new version with its reason."""
    learnt = f"{incident.content.factual_account} Two days later the family telephoned and a new visit was agreed."
    command = AmendIncident(replace(incident.content, factual_account=learnt), "The family telephoned afterwards.")
    name = f"amendment-{incident.content.place.uprn}-{incident.content.occurred_at:%Y%m%d}"
    await stage.act(
        worker(lead), at, name, lambda unit: amend_incident(unit, incident.id, incident.version, command, once(name))
    )


def _content(records: Records, planned: PlannedIncident, chance: Random) -> IncidentContent:
    household, scene, lead = planned.household, planned.scene, planned.household.lead
    role = ROLES.get(lead, "social worker")
    words = {"worker": role, **(_HER if planned.about.is_woman else _HIS)}
    account = chance.choice(scene.accounts).format(**words)
    plain = IncidentContent(
        adult_at_risk=records.of(lead, household.adult),
        about=records.of(lead, planned.about),
        occurred_at=records.moment(planned.days_ago, chance),
        place=Place(uprn=household.uprn),
        factual_account=account,
        adult_impact=scene.impact.format(**words),
        adult_view=Random(f"rhannu-view-{planned.name}").choice(_VIEWS),
        language="cy" if account.startswith("Cytunodd") else "en",
        circumstances=scene.circumstances,
        self_neglect=scene.self_neglect,
        care_need=scene.care_need,
        behaviour_of=BehaviourOf.ADULT if scene.care_need else None,
        hazard=None if scene.hazard is None else Hazard(*scene.hazard),
        complaint_made=scene.complaint,
        present=(role,),
        opinion=Opinion(scene.opinion.format(**words), role) if chance.random() < 0.8 else None,
        harm_caused=scene.harm,
        police_reference=f"26*{chance.randrange(100_000, 999_999)}" if scene.reported else None,
        no_police_report_reason=None if scene.reported else scene.unreported_because,
    )
    return _with_behaviour(plain, planned, lead, role) if scene.types else plain


def _with_behaviour(content: IncidentContent, planned: PlannedIncident, lead: AgencyCode, role: str) -> IncidentContent:
    scene = planned.scene
    is_adult = content.about == content.adult_at_risk
    return replace(
        content,
        behaviour_of=BehaviourOf.ADULT if is_adult else BehaviourOf.FAMILY_MEMBER,
        behaviour_types=scene.types,
        indicators=scene.indicators,
        behaviours=scene.behaviours,
        grade=scene.grade,
        threat_form=scene.threat_form,
        towards_agency=lead,
        towards_role=role,
    )
