"""What founds a flag: whom or what it is on, and incidents that can carry a warning of its kind (F-02, F-18, F-22)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.flag_codes import PLACE_CATEGORIES, Category
from domain.flag_handling import Condition, conditions_of
from domain.identifiers import canonical_uprn
from domain.ids import AgencyCode, IncidentId, RecordId
from domain.incidents import Ground, Incident, grounds_of
from domain.validation import REASON, Faults

MOST_INCIDENTS = 50

_HOSTILE = frozenset({Ground.HOSTILITY})
FOUNDED_ON: dict[Category, frozenset[Ground]] = {
    Category.THREAT_VIOLENCE: frozenset({Ground.VIOLENCE}),
    Category.INTIMIDATION_HARASSMENT: _HOSTILE,
    Category.HATE_ABUSE: frozenset({Ground.HATE}),
    Category.ANIMAL_HAZARD: frozenset({Ground.ANIMAL}),
    Category.PREMISES_HAZARD: frozenset({Ground.PREMISES}),
    Category.DO_NOT_VISIT_ALONE: _HOSTILE | {Ground.ANIMAL},
    Category.CARE_NEED_BEHAVIOUR: _HOSTILE | {Ground.CARE_NEED},
}
"""For each category the grounds of which one must be among the incidents cited (F-02, F-22).

A category says something of a person to strangers, so it has to be true of what was recorded; behaviour
arising from a care need is behaviour, never a diagnosis (F-05). Hostility can turn out to arise from a care need;
what is told as such in an incident is never hostility or violence, so it founds nothing else.
"""


@dataclass(frozen=True, slots=True)
class PersonSubject:
    """A person, through the owner's own record of them."""

    record_id: RecordId


@dataclass(frozen=True, slots=True)
class PlaceSubject:
    """A place by UPRN, with the reason why the place and not a person is flagged (F-18)."""

    uprn: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "uprn", canonical_uprn(self.uprn) or self.uprn)


Subject = PersonSubject | PlaceSubject


@dataclass(frozen=True, slots=True)
class IncidentRef:
    """An incident cited, in the version that was read when it was cited."""

    id: IncidentId
    version: int


@dataclass(frozen=True, slots=True)
class ProposeFlag:
    """Propose a flag on a subject, on the evidence of at least one incident."""

    subject: Subject
    category: Category
    incidents: tuple[IncidentId, ...]
    reason: str


def check_subject(faults: Faults, subject: Subject, category: Category) -> None:
    """Check whom or what a flag is on: a place has form and reason, and only what can be true of a place (F-18)."""
    if isinstance(subject, PlaceSubject):
        faults.uprn("/subject/uprn", subject.uprn)
        faults.text("/subject/reason", subject.reason, REASON)
        faults.unless(category in PLACE_CATEGORIES, "/category", "inconsistent")


def check_cited(
    faults: Faults, command: ProposeFlag, incidents: Sequence[Incident], owner: AgencyCode
) -> list[Incident]:
    """Check the incidents cited: some, each once, the agency's own, about the subject, and enough for the category."""
    found = {incident.id: incident for incident in incidents}
    faults.unless(bool(command.incidents), "/incidents", "required")
    faults.unless(len(command.incidents) <= MOST_INCIDENTS, "/incidents", "too-many")
    cited: list[Incident] = []
    for place, incident_id in enumerate(command.incidents):
        incident = found.get(incident_id)
        if incident is None or incident.owner_agency != owner:
            faults.add(f"/incidents/{place}", "not-found")
        elif incident_id in command.incidents[:place]:
            faults.add(f"/incidents/{place}", "duplicate")
        elif not is_about(incident, command.subject):
            faults.add(f"/incidents/{place}", "not-about-subject")
        else:
            cited.append(incident)
    if cited and len(cited) == len(command.incidents) and not founds(command.category, cited):
        faults.add("/incidents", "cannot-found-flag")
    return cited


def is_about(incident: Incident, subject: Subject) -> bool:
    """Say whether an incident is about a subject itself; living with or knowing someone is not enough (F-02)."""
    if isinstance(subject, PersonSubject):
        return incident.content.about == subject.record_id
    return incident.content.place.uprn == subject.uprn


def concerned(incidents: Iterable[Incident]) -> tuple[RecordId, ...]:
    """Name the adults at risk whom incidents concern, each once."""
    return tuple(dict.fromkeys(incident.content.adult_at_risk for incident in incidents))


def conditions(incidents: Iterable[Incident]) -> tuple[Condition, ...]:
    """Collect the handling conditions that incidents came with; those an agency set itself have no other originator."""
    return conditions_of(
        (
            incident.content.handling,
            None if incident.content.originator == incident.owner_agency else incident.content.originator,
            incident.content.source_protected,
        )
        for incident in incidents
    )


def founds(category: Category, incidents: Sequence[Incident]) -> bool:
    """Say whether incidents can carry a flag of a category (F-22)."""
    return not FOUNDED_ON[category].isdisjoint(grounds_of(incident.content for incident in incidents))
