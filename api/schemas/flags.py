"""Request bodies of a flag's life: propose, decide, review, remove, contest, answer, correct."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.adults import AdultPlanBody
from api.schemas.common import Body, listed
from api.schemas.confidentiality import LawfulOverrideBody
from api.schemas.incidents import AdultVoiceBody, Code, Codes, Line, Reason
from domain.access import Role
from domain.errors import invalid
from domain.flag_adults import AdultPlan
from domain.flag_care import CarerSupport
from domain.flag_codes import Category, NotifyKind, RiskLevel
from domain.flag_decisions import (
    SENTENCE_LONGEST,
    Assessment,
    Consideration,
    ControlSentence,
    DecideFlag,
    DecisionOutcome,
    Notification,
    Reach,
    Recipients,
    RiskAssessment,
    Terms,
)
from domain.flag_evidence import PersonSubject, PlaceSubject, ProposeFlag, Subject
from domain.flag_follow_up import OfferCarerSupport
from domain.flag_handling import Agreement
from domain.flag_markers import GroundMarker, RaiseMarker
from domain.flag_reviews import (
    AnswerChallenge,
    AnswerOutcome,
    CorrectFlag,
    CorrectionKind,
    RemoveFlag,
    ReviewFlag,
    ReviewOutcome,
    Weighing,
)
from domain.ids import AgencyCode, IncidentId, RecordId

Sentence = Annotated[str, Field(max_length=SENTENCE_LONGEST)]
AdultPlans = Annotated[
    list[AdultPlanBody],
    Field(max_length=50, description="Who will see the adult at risk; needed while a control limits contact."),
]


class SubjectBody(Body):
    """Whom or what the flag is on: a record of yours, or a place by UPRN with the reason why the place."""

    person_id: UUID | None = None
    uprn: Code | None = None
    reason: Reason | None = None

    def subject(self) -> Subject:
        """Give the subject as the rules know it.

        Raises:
            DomainError: `content-invalid` when it is neither or both.
        """
        if self.person_id is not None:
            for pointer, value in (("/subject/uprn", self.uprn), ("/subject/reason", self.reason)):
                if value is not None:
                    raise invalid((pointer, "inconsistent"))
            return PersonSubject(RecordId(self.person_id))
        if self.uprn is None:
            raise invalid(("/subject", "required"))
        if self.reason is None:
            raise invalid(("/subject/reason", "required"))
        return PlaceSubject(self.uprn, self.reason)


class ProposeFlagBody(Body):
    """A flag for somebody else of your agency to decide, on the evidence of incidents of yours."""

    subject: SubjectBody
    category: Category
    incidents: Annotated[list[UUID], Field(max_length=100)]
    reason: Reason

    def command(self) -> ProposeFlag:
        """Give the command to propose."""
        return ProposeFlag(self.subject.subject(), self.category, tuple(map(IncidentId, self.incidents)), self.reason)


class RaiseMarkerBody(Body):
    """A provisional marker: whom or what, which kind of risk, what to do. Nothing else is needed."""

    subject: SubjectBody
    category: Category
    controls: Annotated[Codes, listed("visit-control")]
    sentence: "SentenceBody"

    def command(self) -> RaiseMarker:
        """Give the command to mark."""
        sentence = ControlSentence(self.sentence.en, self.sentence.cy)
        return RaiseMarker(self.subject.subject(), self.category, tuple(self.controls), sentence)


class GroundMarkerBody(Body):
    """The evidence for a provisional marker: incidents of yours, and why they call for a warning."""

    incidents: Annotated[list[UUID], Field(max_length=100)]
    reason: Reason

    def command(self) -> GroundMarker:
        """Give the command to add it."""
        return GroundMarker(tuple(map(IncidentId, self.incidents)), self.reason)


class RiskBody(Body):
    """A level of risk and why."""

    level: RiskLevel
    reasons: Reason


class ConsiderationBody(Body):
    """One sense-making question considered."""

    question: Annotated[Code, listed("sense-making-question")]
    note: Reason | None = None


class CarerSupportBody(Body):
    """What was offered to the carer, with the reason where nothing was."""

    kind: Annotated[Code, listed("carer-support")]
    note: Reason | None = None

    def value(self) -> CarerSupport:
        """Give it as the rules know it."""
        return CarerSupport(self.kind, self.note)


class OfferCarerSupportBody(CarerSupportBody):
    """What came of speaking with the carer about support, and on what day."""

    on: date

    def command(self) -> OfferCarerSupport:
        """Give the command to record it."""
        return OfferCarerSupport(self.value(), self.on)


class AgreementBody(Body):
    """An originator of the evidence, who asked to be consulted, agreed to the sharing or to telling the person."""

    originator: Code
    who: Line
    how: Line
    on: date

    def value(self) -> Agreement:
        """Give it as the rules know it."""
        return Agreement(AgencyCode(self.originator), self.who, self.how, self.on)


Agreements = Annotated[list[AgreementBody], Field(max_length=50)]


class AssessmentBody(Body):
    """Both risks with reasons, each of the nine sense-making questions, and what the adult says."""

    to_practitioner: RiskBody
    to_adult: RiskBody
    sense_making: Annotated[list[ConsiderationBody], Field(max_length=50)]
    adult_view: AdultVoiceBody | None = None
    adult_assessment: Annotated[
        Reason | None, Field(description="How you think the adult sees it; needed where the adult was not asked.")
    ] = None
    carer_support: Annotated[
        CarerSupportBody | None, Field(description="Needed where the behaviour arises from a care need.")
    ] = None

    def value(self) -> Assessment:
        """Give the assessment as the rules know it."""
        return Assessment(
            to_practitioner=RiskAssessment(self.to_practitioner.level, self.to_practitioner.reasons),
            to_adult=RiskAssessment(self.to_adult.level, self.to_adult.reasons),
            sense_making=tuple(Consideration(each.question, each.note) for each in self.sense_making),
            adult_view=None if self.adult_view is None else self.adult_view.value(),
            adult_assessment=self.adult_assessment,
            carer_support=None if self.carer_support is None else self.carer_support.value(),
        )


class SentenceBody(Body):
    """What to do, in one plain line of yours, in either language or both."""

    en: Sentence | None = None
    cy: Sentence | None = None


class ReachBody(Body):
    """Whom the flag warns: visits to the person always, places where the person may be by default."""

    places: bool = True
    household: bool = False
    household_reason: Reason | None = None


class RecipientsBody(Body):
    """Who may receive the precaution: all partners, or agencies by code."""

    all_partners: bool = False
    agencies: Annotated[list[Code], Field(max_length=100)] = []


class TermsBody(Body):
    """What the flag says, on what footing, and whom it reaches."""

    controls: Annotated[Codes, listed("visit-control")]
    sentence: SentenceBody
    retention_class: Annotated[Code, listed("retention-class")]
    lawful_basis: Annotated[Codes, listed("lawful-basis")]
    gateways: Annotated[Codes, listed("gateway")]
    recipients: RecipientsBody
    special_conditions: Annotated[Codes, listed("special-condition")] = []
    reach: ReachBody = ReachBody()
    handling: Annotated[Codes, listed("handling-condition")] = []
    handling_roles: Annotated[
        list[Role], Field(max_length=20, description="Who alone may see it, with `named-roles-only`.")
    ] = []
    agreements: Agreements = []
    confidentiality_ground: LawfulOverrideBody | None = None

    def value(self) -> Terms:
        """Give the terms as the rules know them."""
        return Terms(
            controls=tuple(self.controls),
            sentence=ControlSentence(self.sentence.en, self.sentence.cy),
            retention_class=self.retention_class,
            lawful_basis=tuple(self.lawful_basis),
            gateways=tuple(self.gateways),
            recipients=Recipients(self.recipients.all_partners, frozenset(map(AgencyCode, self.recipients.agencies))),
            special_conditions=tuple(self.special_conditions),
            reach=Reach(self.reach.places, self.reach.household, self.reach.household_reason),
            handling=tuple(self.handling),
            handling_roles=frozenset(self.handling_roles),
            agreements=tuple(each.value() for each in self.agreements),
            confidentiality_ground=None if self.confidentiality_ground is None else self.confidentiality_ground.value(),
        )


class NotificationBody(Body):
    """The decision on telling the person: told, to be told by a date, put off, or withheld with a reason.

    Where the person was told already, `agreements` are those of originators that asked to be consulted first.
    """

    kind: NotifyKind
    on: date | None = None
    how: Line | None = None
    reason: Reason | None = None
    route_checked: bool = False
    agreements: Agreements = []

    def value(self) -> Notification:
        """Give the decision as the rules know it."""
        agreements = tuple(each.value() for each in self.agreements)
        return Notification(self.kind, self.on, self.how, self.reason, self.route_checked, agreements)


class DecideFlagBody(Body):
    """The decision: to activate, everything; to decline, outcome, reason and assessment."""

    outcome: DecisionOutcome
    reason: Reason
    assessment: AssessmentBody
    category: Category | None = None
    terms: TermsBody | None = None
    notification: NotificationBody | None = None
    review_on: Annotated[date | None, Field(description="Six months on where none is given, twelve at most.")] = None
    adult_seen: AdultPlans = []
    incidents: Annotated[
        list[UUID],
        Field(max_length=100, description="Only for a flag that cites none yet, as one from an older register."),
    ] = []

    def command(self) -> DecideFlag:
        """Give the command to decide."""
        return DecideFlag(
            outcome=self.outcome,
            reason=self.reason,
            assessment=self.assessment.value(),
            category=self.category,
            terms=_terms(self.terms),
            notification=_notification(self.notification),
            review_on=self.review_on,
            adult_seen=_plans(self.adult_seen),
            incidents=tuple(map(IncidentId, self.incidents)),
        )


class WeighingBody(Body):
    """The four points that every review weighs, each in words, and what other agencies bear out where any does."""

    seriousness: Reason
    time_passed: Reason
    conduct: Reason
    unusual_stress: Reason
    corroboration: Annotated[
        Reason | None, Field(description="What you make of it that others hold the same concern; needed where they do.")
    ] = None


class ReviewFlagBody(Body):
    """The review: what it comes to and what it weighed; assessment and terms anew to reduce or correct."""

    outcome: ReviewOutcome
    weighing: WeighingBody
    reason: Reason
    review_on: date | None = None
    assessment: AssessmentBody | None = None
    terms: TermsBody | None = None
    notification: Annotated[
        NotificationBody | None, Field(description="Asked again at every review until the person has been told.")
    ] = None
    adult_seen: AdultPlans = []

    def command(self) -> ReviewFlag:
        """Give the command to review."""
        weighed = self.weighing
        return ReviewFlag(
            outcome=self.outcome,
            weighing=Weighing(
                weighed.seriousness, weighed.time_passed, weighed.conduct, weighed.unusual_stress, weighed.corroboration
            ),
            reason=self.reason,
            review_on=self.review_on,
            assessment=_assessment(self.assessment),
            terms=_terms(self.terms),
            notification=_notification(self.notification),
            adult_seen=_plans(self.adult_seen),
        )


class RemoveFlagBody(Body):
    """Why the risk is no longer genuine."""

    reason: Reason

    def command(self) -> RemoveFlag:
        """Give the command to remove."""
        return RemoveFlag(self.reason)


class AnswerChallengeBody(Body):
    """The answer to the open challenge; upheld in part, with assessment and terms as they shall stand."""

    outcome: AnswerOutcome
    reason: Reason
    assessment: AssessmentBody | None = None
    terms: TermsBody | None = None
    adult_seen: AdultPlans = []

    def command(self) -> AnswerChallenge:
        """Give the command to answer."""
        return AnswerChallenge(
            self.outcome, self.reason, _assessment(self.assessment), _terms(self.terms), _plans(self.adult_seen)
        )


class CorrectFlagBody(Body):
    """Why the flag should never have been."""

    kind: CorrectionKind
    reason: Reason

    def command(self) -> CorrectFlag:
        """Give the command to withdraw."""
        return CorrectFlag(self.kind, self.reason)


def _assessment(body: AssessmentBody | None) -> Assessment | None:
    return None if body is None else body.value()


def _terms(body: TermsBody | None) -> Terms | None:
    return None if body is None else body.value()


def _plans(bodies: list[AdultPlanBody]) -> tuple[AdultPlan, ...]:
    return tuple(body.plan() for body in bodies)


def _notification(body: NotificationBody | None) -> Notification | None:
    return None if body is None else body.value()
