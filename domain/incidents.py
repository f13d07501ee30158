"""Incidents: what happened, told as dated and attributed behaviour (F-21, G-3.2-2).

An incident is the evidence under a flag, so fact and opinion are separate fields, the adult
at risk is always named and always thought of, and the rule that tells hostility from mere
reluctance (F-22) stands here, next to the content it judges. A later version replaces an
earlier one for readers; nothing is overwritten (law 6).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.access import Principal
from domain.adult_view import AdultView, check_adult_view
from domain.errors import DomainError
from domain.identifiers import canonical_uprn
from domain.ids import AgencyCode, IncidentId, RecordId, UserId
from domain.validation import LINE, NARRATIVE, REASON, Faults
from domain.vocabularies import VOCABULARIES

GRADES = tuple(item.code for item in VOCABULARIES["hostility-grade"].items)
"""Codes of `hostility-grade`, which its list gives in rising order (G-1.2-2)."""

HATE_BEHAVIOURS = frozenset(item.code for item in VOCABULARIES["threatening-behaviour"].items if item.hate_element)
"""Threatening behaviours that open the hate-incident route (G-5.1-7)."""

HOSTILE_TYPES = frozenset({"confrontation", "violence"})
"""The behaviour types that can be hostile; ambivalence and avoidance are common and can be worked through."""

VIOLENT_BEHAVIOURS = frozenset({"physical-violence", "throwing-things"})

UNCERTAIN_ALONE = frozenset({
    "silence", "swearing", "shouting", "bombarding", "domineering-body-language", "other",
})  # fmt: skip
"""Listed behaviours that can also be avoidance, rudeness, persistence or another's discomfort (F-02, G-5.2-1).

Alone they found nothing; with a grade of at least intimidation, which someone answers for, they do.
"""

UNKEPT_HANDLING = frozenset({"named-roles-only", "source-protected"})
"""Conditions that have a place of their own: who reads incidents is a matter of roles, a protected source a field."""

MOST_PRESENT = 20


class BehaviourOf(StrEnum):
    """Whose behaviour is meant (G-1.1-1)."""

    ADULT = "adult"
    FAMILY_MEMBER = "family-member"
    CARER = "carer"


class HazardKind(StrEnum):
    """What sort of danger to visitors a place held, apart from anyone's behaviour."""

    ANIMAL = "animal"
    PREMISES = "premises"


class Ground(StrEnum):
    """What an incident can found a staff-safety flag on."""

    HOSTILITY = "hostility"
    VIOLENCE = "violence"
    HATE = "hate"
    ANIMAL = "animal"
    PREMISES = "premises"
    CARE_NEED = "care-need"


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened: a property by UPRN, or words where there is none (a car park, by telephone).

    A UPRN is kept in its one spelling, so that a flag on the place finds the incident.
    """

    uprn: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if self.uprn is not None:
            object.__setattr__(self, "uprn", canonical_uprn(self.uprn) or self.uprn)


@dataclass(frozen=True, slots=True)
class Hazard:
    """A danger to visitors in its own right (a loose dog, a rotten floor), recorded apart (G-1.5-5)."""

    kind: HazardKind
    description: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """A professional's view, kept apart from the facts and never without its author's role (F-21)."""

    text: str
    author_role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentContent:
    """What is recorded of one incident.

    At least one of behaviour types, a care need, self-neglect and a hazard is stated. Where behaviour is,
    so are whose it was, its grade, and the agency and role it was shown to. `about` is the
    person whose behaviour it was, or else the adult whom the visit was for.

    Behaviour that arises from a care need is told in the account and not graded: it is no hostility (F-05).
    `handling` are conditions on what stands here, set by the `originator`, the agency that told it.
    """

    adult_at_risk: RecordId
    about: RecordId
    occurred_at: datetime
    place: Place
    factual_account: str
    adult_impact: str
    language: str = "en"
    behaviour_of: BehaviourOf | None = None
    behaviour_types: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()
    grade: str | None = None
    threat_form: str | None = None
    circumstances: tuple[str, ...] = ()
    self_neglect: tuple[str, ...] = ()
    hazard: Hazard | None = None
    complaint_made: bool = False
    present: tuple[str, ...] = ()
    towards_agency: AgencyCode | None = None
    towards_role: str | None = None
    opinion: Opinion | None = None
    adult_view: AdultView | None = None
    harm_caused: str | None = None
    police_reference: str | None = None
    no_police_report_reason: str | None = None
    no_police_report_note: str | None = None
    source_protected: bool = False
    care_need: tuple[str, ...] = ()
    originator: AgencyCode | None = None
    handling: tuple[str, ...] = ()

    @property
    def hate_elements(self) -> frozenset[str]:
        """Elements of hate, read off the behaviours so that they are never missed (G-5.1-7)."""
        return HATE_BEHAVIOURS.intersection(self.behaviours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One version of one agency's record of an incident."""

    id: IncidentId
    owner_agency: AgencyCode
    version: int
    content: IncidentContent
    recorded_at: datetime
    recorded_by: UserId
    amendment_reason: str | None = None


@dataclass(frozen=True, slots=True)
class AmendIncident:
    """Put new content in the place of the old, and say why."""

    content: IncidentContent
    reason: str


def grade_reaches(grade: str | None, least: str) -> bool:
    """Say whether a grade stands at least as high as another; a missing or unknown one reaches nothing."""
    return grade in GRADES and GRADES.index(grade) >= GRADES.index(least)


def validate(content: IncidentContent, now: datetime) -> None:
    """Refuse content that is incomplete, contradicts itself or lies in the future.

    Raises:
        DomainError: `content-invalid`, naming every field at fault.
    """
    faults = Faults()
    faults.past("/occurredAt", content.occurred_at, now)
    _check_place(faults, content.place)
    _check_coded(faults, content)
    _check_behaviour(faults, content)
    _check_texts(faults, content)
    _check_police(faults, content)
    faults.refuse()


def _check_place(faults: Faults, place: Place) -> None:
    if place.uprn is None and place.text is None:
        faults.add("/place", "required")
    if place.uprn is not None:
        faults.uprn("/place/uprn", place.uprn)
    faults.line("/place/text", place.text, required=False)


def _check_coded(faults: Faults, content: IncidentContent) -> None:
    faults.unless(content.language in {"en", "cy"}, "/language", "code-unknown")
    faults.codes("/behaviourTypes", "behaviour-type", content.behaviour_types)
    faults.codes("/indicators", "behaviour-indicator", content.indicators)
    faults.codes("/behaviours", "threatening-behaviour", content.behaviours)
    faults.code("/grade", "hostility-grade", content.grade, required=False)
    faults.code("/threatForm", "threat-form", content.threat_form, required=False)
    faults.codes("/circumstances", "circumstance", content.circumstances)
    faults.codes("/selfNeglect", "self-neglect-indicator", content.self_neglect)
    faults.codes("/careNeed", "care-need-origin", content.care_need)
    faults.codes("/handling", "handling-condition", content.handling)
    for place, code in enumerate(content.handling):
        faults.unless(code not in UNKEPT_HANDLING, f"/handling/{place}", "inconsistent")


def _check_behaviour(faults: Faults, content: IncidentContent) -> None:
    """Hold the account of behaviour together: all of it, or none of it."""
    if not content.behaviour_types:
        if content.hazard is None and not content.self_neglect and not content.care_need:
            faults.add("/behaviourTypes", "required")
        _check_whose(faults, content, needed=bool(content.care_need))
        for pointer, value in (
            ("/grade", content.grade),
            ("/threatForm", content.threat_form), ("/behaviours", content.behaviours or None),
            ("/indicators", content.indicators or None),
        ):  # fmt: skip
            faults.unless(value is None, pointer, "inconsistent")
        return
    faults.unless(not content.care_need, "/careNeed", "inconsistent")
    for pointer, value in (
        ("/grade", content.grade), ("/towardsAgency", content.towards_agency), ("/towardsRole", content.towards_role),
    ):  # fmt: skip
        faults.unless(value is not None, pointer, "required")
    _check_whose(faults, content, needed=True)
    _check_grade(faults, content)


def _check_whose(faults: Faults, content: IncidentContent, *, needed: bool) -> None:
    """Check that it says whose behaviour is meant, where there is any, and that this fits whom it is about."""
    if content.behaviour_of is None:
        faults.unless(not needed, "/behaviourOf", "required")
    elif not needed:
        faults.add("/behaviourOf", "inconsistent")
    else:
        is_adult = content.about == content.adult_at_risk
        faults.unless(is_adult == (content.behaviour_of is BehaviourOf.ADULT), "/behaviourOf", "inconsistent")


def _check_grade(faults: Faults, content: IncidentContent) -> None:
    """Keep grade and type in step, so that violence is never filed as avoidance, nor lateness as hostility (F-22)."""
    types = frozenset(content.behaviour_types)
    if grade_reaches(content.grade, "intimidation") and not types & HOSTILE_TYPES:
        faults.add("/grade", "inconsistent")
    violent = grade_reaches(content.grade, "threat-of-violence") or "physical-violence" in content.behaviours
    if violent and "violence" not in types:
        faults.add("/behaviourTypes", "inconsistent")
    if "physical-violence" in content.behaviours and not grade_reaches(content.grade, "actual-violence"):
        faults.add("/grade", "inconsistent")
    threatened = content.grade == "threat-of-violence" or "written-threats" in content.behaviours
    if threatened and content.threat_form is None:
        faults.add("/threatForm", "required")


def _check_texts(faults: Faults, content: IncidentContent) -> None:
    faults.text("/factualAccount", content.factual_account, NARRATIVE)
    faults.text("/adultImpact", content.adult_impact, REASON)
    check_adult_view(faults, "/adultView", content.adult_view)
    faults.text("/harmCaused", content.harm_caused, REASON, required=False)
    faults.line("/towardsRole", content.towards_role, required=False)
    faults.unless(len(content.present) <= MOST_PRESENT, "/present", "too-many")
    for place, who in enumerate(content.present[:MOST_PRESENT]):
        faults.line(f"/present/{place}", who)
    if content.opinion is not None:
        faults.text("/opinion/text", content.opinion.text, REASON)
        faults.line("/opinion/authorRole", content.opinion.author_role)
    if content.hazard is not None:
        faults.text("/hazard/description", content.hazard.description, REASON)


def _check_police(faults: Faults, content: IncidentContent) -> None:
    """Ask for the police reference or the reason there is none, and not for both."""
    faults.line("/policeReference", content.police_reference, 100, required=False)
    reason = content.no_police_report_reason
    faults.code("/noPoliceReportReason", "no-police-report-reason", reason, required=content.police_reference is None)
    if content.police_reference is not None and reason is not None:
        faults.add("/noPoliceReportReason", "inconsistent")
    faults.text("/noPoliceReportNote", content.no_police_report_note, LINE, required=reason == "other")


def record(incident_id: IncidentId, content: IncidentContent, by: Principal, at: datetime) -> Incident:
    """Record an incident as the caller's agency's own, version 1.

    Raises:
        DomainError: `content-invalid`.
    """
    validate(content, at)
    return Incident(
        id=incident_id, owner_agency=by.agency, version=1, content=content, recorded_at=at, recorded_by=by.user
    )


def amend(incident: Incident, command: AmendIncident, by: Principal, at: datetime) -> Incident:
    """Make the next version of an incident, with the reason for it (law 6).

    Whom it is about stays: a flag may rest on it, and moving it would move the suspicion with it.
    Only the owner sees an incident, so to anyone else it is not there (law 4).

    Raises:
        DomainError: `not-found`, `content-invalid`.
    """
    if by.agency != incident.owner_agency:
        raise DomainError("not-found")
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    faults.unless(command.content.about == incident.content.about, "/about", "inconsistent")
    faults.refuse()
    validate(command.content, at)
    return replace(
        incident,
        version=incident.version + 1,
        content=command.content,
        recorded_at=at,
        recorded_by=by.user,
        amendment_reason=command.reason,
    )


def is_hostile(content: IncidentContent) -> bool:
    """Say whether an incident shows hostility towards staff, and not only reluctance (F-02, F-22).

    Two things must agree: a type that can be hostile (confrontation or violence), and either a grade of at
    least intimidation or a listed behaviour that is a threat by itself. So ambivalence, avoidance and
    self-neglect never do, whatever else is ticked. A complaint is a right (G-5.2-3): where one was made, a
    grade by itself is not enough, since it may be the complaint that felt like intimidation; what was said
    or done beside it must be named.
    """
    if not HOSTILE_TYPES.intersection(content.behaviour_types):
        return False
    named = frozenset(content.behaviours)
    if named - UNCERTAIN_ALONE:
        return True
    return grade_reaches(content.grade, "intimidation") and bool(named or not content.complaint_made)


def grounds_of(contents: Iterable[IncidentContent]) -> frozenset[Ground]:
    """Say what these incidents can found a flag on; each stands by itself, since ten late arrivals are no threat."""
    return frozenset(ground for content in contents for ground in _grounds(content))


def _grounds(content: IncidentContent) -> frozenset[Ground]:
    violent = "violence" in content.behaviour_types or bool(VIOLENT_BEHAVIOURS.intersection(content.behaviours))
    hostile = is_hostile(content)
    hazard = None if content.hazard is None else content.hazard.kind
    found = {
        Ground.HOSTILITY: hostile,
        Ground.VIOLENCE: hostile and violent,
        Ground.HATE: hostile and bool(content.hate_elements),
        Ground.ANIMAL: "animals-as-threat" in content.behaviours or hazard is HazardKind.ANIMAL,
        Ground.PREMISES: hazard is HazardKind.PREMISES,
        Ground.CARE_NEED: bool(content.care_need),
    }
    return frozenset(ground for ground, holds in found.items() if holds)


def shows_violence(content: IncidentContent) -> bool:
    """Say whether somebody was touched or something thrown, and not only threatened."""
    was_touched = grade_reaches(content.grade, "actual-violence")
    return was_touched or bool(VIOLENT_BEHAVIOURS.intersection(content.behaviours))


def can_found_staff_safety_flag(contents: Iterable[IncidentContent]) -> bool:
    """Say whether these incidents can found any staff-safety flag at all (F-22, G-1.3-2, G-1.5-5, G-5.2-3)."""
    return bool(grounds_of(contents))
