"""Bodies and views of incidents: fact and opinion in fields of their own (F-21)."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from api.schemas.common import Body, View, listed
from domain.adult_view import AdultView
from domain.ids import AgencyCode, RecordId
from domain.incidents import AmendIncident, BehaviourOf, Hazard, HazardKind, IncidentContent, Opinion, Place
from domain.validation import LINE, NARRATIVE, REASON

Line = Annotated[str, Field(max_length=LINE)]
Reason = Annotated[str, Field(max_length=REASON)]
Narrative = Annotated[str, Field(max_length=NARRATIVE)]
Code = Annotated[str, Field(max_length=100)]
Codes = Annotated[list[Code], Field(max_length=50)]
InOrder = Annotated[list[str], BeforeValidator(sorted)]


class PlaceBody(Body):
    """Where it happened: a property by UPRN, or words where there is none."""

    uprn: Code | None = None
    text: Line | None = None


class HazardBody(Body):
    """A danger to visitors apart from anyone's behaviour."""

    kind: HazardKind
    description: Reason


class OpinionBody(Body):
    """A professional's view, with the role of whoever holds it."""

    text: Reason
    author_role: Line


class AdultVoiceBody(Body):
    """What the adult at risk says: in the adult's own words, or why the adult was not asked; one of the two."""

    own_words: Reason | None = None
    not_asked: Reason | None = None

    def value(self) -> AdultView:
        """Give the view as the rules know it."""
        return AdultView(self.own_words, self.not_asked)


class IncidentBody(Body):
    """What happened: who, when, where, what was done, and what the adult at risk lives with."""

    adult_at_risk: Annotated[UUID, Field(description="Your record of the adult whom the work is for.")]
    about: Annotated[UUID, Field(description="Your record of whoever behaved so, or else of the adult.")]
    occurred_at: AwareDatetime
    place: PlaceBody
    factual_account: Annotated[Narrative, Field(description="What was seen and heard, and nothing else.")]
    adult_impact: Annotated[Reason, Field(description="How the adult at risk may feel living with this.")]
    language: Code = "en"
    behaviour_of: BehaviourOf | None = None
    behaviour_types: Annotated[Codes, listed("behaviour-type")] = []
    indicators: Annotated[Codes, listed("behaviour-indicator")] = []
    behaviours: Annotated[Codes, listed("threatening-behaviour")] = []
    grade: Annotated[Code | None, listed("hostility-grade")] = None
    threat_form: Annotated[Code | None, listed("threat-form")] = None
    circumstances: Annotated[Codes, listed("circumstance")] = []
    self_neglect: Annotated[Codes, listed("self-neglect-indicator")] = []
    hazard: HazardBody | None = None
    complaint_made: bool = False
    present: Annotated[list[Line], Field(max_length=50)] = []
    towards_agency: Code | None = None
    towards_role: Line | None = None
    opinion: OpinionBody | None = None
    adult_view: Annotated[
        AdultVoiceBody | None, Field(description="What the adult says of it; an account of it by you is `adultImpact`.")
    ] = None
    harm_caused: Reason | None = None
    police_reference: Line | None = None
    no_police_report_reason: Annotated[Code | None, listed("no-police-report-reason")] = None
    no_police_report_note: Line | None = None
    source_protected: bool = False
    care_need: Annotated[
        Codes, listed("care-need-origin"), Field(description="Where behaviour arises from one; it is not graded then.")
    ] = []
    originator: Annotated[Code | None, Field(description="The agency that told you, where another did.")] = None
    handling: Annotated[
        Codes, listed("handling-condition"), Field(description="Conditions that the originator set.")
    ] = []

    def content(self) -> IncidentContent:
        """Give the content as the rules know it."""
        return IncidentContent(
            adult_at_risk=RecordId(self.adult_at_risk),
            about=RecordId(self.about),
            occurred_at=self.occurred_at,
            place=Place(self.place.uprn, self.place.text),
            factual_account=self.factual_account,
            adult_impact=self.adult_impact,
            language=self.language,
            behaviour_of=self.behaviour_of,
            behaviour_types=tuple(self.behaviour_types),
            indicators=tuple(self.indicators),
            behaviours=tuple(self.behaviours),
            grade=self.grade,
            threat_form=self.threat_form,
            circumstances=tuple(self.circumstances),
            self_neglect=tuple(self.self_neglect),
            hazard=None if self.hazard is None else Hazard(self.hazard.kind, self.hazard.description),
            complaint_made=self.complaint_made,
            present=tuple(self.present),
            towards_agency=None if self.towards_agency is None else AgencyCode(self.towards_agency),
            towards_role=self.towards_role,
            opinion=None if self.opinion is None else Opinion(self.opinion.text, self.opinion.author_role),
            adult_view=None if self.adult_view is None else self.adult_view.value(),
            harm_caused=self.harm_caused,
            police_reference=self.police_reference,
            no_police_report_reason=self.no_police_report_reason,
            no_police_report_note=self.no_police_report_note,
            source_protected=self.source_protected,
            care_need=tuple(self.care_need),
            originator=None if self.originator is None else AgencyCode(self.originator),
            handling=tuple(self.handling),
        )


class AmendIncidentBody(IncidentBody):
    """The whole content anew, and why it changed; whom it is about stays."""

    reason: Reason

    def amendment(self) -> AmendIncident:
        """Give the command to amend."""
        return AmendIncident(self.content(), self.reason)


class PlaceView(View):
    """Where it happened."""

    uprn: str | None
    text: str | None


class HazardView(View):
    """A danger to visitors apart from anyone's behaviour."""

    kind: HazardKind
    description: str


class OpinionView(View):
    """A professional's view and whose it is."""

    text: str
    author_role: str


class AdultVoiceView(View):
    """What the adult at risk says, or why the adult was not asked."""

    own_words: str | None
    not_asked: str | None


class IncidentContentView(View):
    """What is recorded of an incident."""

    adult_at_risk: UUID
    about: UUID
    occurred_at: AwareDatetime
    place: PlaceView
    factual_account: str
    adult_impact: str
    language: str
    behaviour_of: BehaviourOf | None
    behaviour_types: list[str]
    indicators: list[str]
    behaviours: list[str]
    hate_elements: Annotated[InOrder, Field(description="Read off the behaviours: a possible hate incident.")]
    grade: str | None
    threat_form: str | None
    circumstances: list[str]
    self_neglect: list[str]
    hazard: HazardView | None
    complaint_made: bool
    present: list[str]
    towards_agency: str | None
    towards_role: str | None
    opinion: OpinionView | None
    adult_view: AdultVoiceView | None
    harm_caused: str | None
    police_reference: str | None
    no_police_report_reason: str | None
    no_police_report_note: str | None
    source_protected: bool
    care_need: list[str]
    originator: str | None
    handling: list[str]


class IncidentView(View):
    """One version of your agency's record of an incident."""

    id: UUID
    owner_agency: str
    version: int
    content: IncidentContentView
    recorded_at: AwareDatetime
    recorded_by: UUID
    amendment_reason: str | None
