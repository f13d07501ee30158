"""What a flag decision holds: assessment, terms, whom it warns, and telling the person.

A decision is a value that can be read years later and explain itself: each part has its
reasons, and nothing that the law or the Board's guidance asks for can be left out and still
pass `check_*`. Who may decide, and when, stands in `domain.flags`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Principal, Role
from domain.adult_view import AdultView, check_adult_view
from domain.dates import add_months
from domain.flag_adults import AdultPlan
from domain.flag_care import CarerSupport
from domain.flag_codes import Category, NotifyKind, RiskLevel
from domain.flag_handling import Agreement
from domain.ids import AgencyCode, HumanId, IncidentId, UserId
from domain.lawful_overrides import LawfulOverride
from domain.validation import LINE, REASON, Faults
from domain.vocabularies import VOCABULARIES

SENSE_MAKING = VOCABULARIES["sense-making-question"].codes
"""The nine questions to weigh before any decision (G-5.2-1)."""

SENTENCE_LONGEST = 280
REVIEW_DEFAULT_MONTHS = 6
REVIEW_LATEST_MONTHS = 12
TELL_WITHIN_MONTHS = 1

WITHHELD = frozenset({NotifyKind.WITHHELD_RISK, NotifyKind.WITHHELD_CRIME, NotifyKind.WITHHELD_HARM})
"""Decisions not to tell, for now: each has its reason and is asked again at every review (F-07)."""


class DecisionOutcome(StrEnum):
    """What became of a proposal."""

    ACTIVATE = "activate"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something and when: the account, and the one human behind all their accounts (law 5)."""

    user: UserId
    human: HumanId
    at: datetime


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """A level of risk to one party, and why (G-5.1-3)."""

    level: RiskLevel
    reasons: str


@dataclass(frozen=True, slots=True)
class Consideration:
    """One sense-making question considered, with a note where there is something to note."""

    question: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What stands before any decision, to decline as much as to activate (G-5.1-3, G-5.2-1).

    `adult_assessment` is the decider's reading of how the adult sees it; the adult's own view stands apart
    from it (G-1.1-2).
    """

    to_practitioner: RiskAssessment
    to_adult: RiskAssessment
    sense_making: tuple[Consideration, ...]
    adult_view: AdultView | None = None
    adult_assessment: str | None = None
    carer_support: CarerSupport | None = None


@dataclass(frozen=True, slots=True)
class ControlSentence:
    """What to do, in one plain line in the owner's words, in either language or both (F-04).

    It is a text of the owner's, so it is shown in the language it was written in and never machine-translated.
    """

    en: str | None = None
    cy: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a flag on a person warns: always visits to the person, by default also to where the person may be.

    `places` covers places where the person lives, visits regularly or may be present. The other members of
    the household are covered only with a reason: a warning must not rub off on them (F-18).
    """

    places: bool = True
    household: bool = False
    household_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who may receive the precaution: all partners, or the agencies named; the owner may name itself alone."""

    all_partners: bool = False
    agencies: frozenset[AgencyCode] = field(default_factory=frozenset[AgencyCode])

    def include(self, agency: AgencyCode) -> bool:
        """Say whether an agency is among them."""
        return self.all_partners or agency in self.agencies

    def within(self, other: "Recipients") -> bool:
        """Say whether every one of these is also among others."""
        return other.all_partners or (not self.all_partners and self.agencies <= other.agencies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an active flag says and to whom; a review may reduce or correct it, never silently (law 6).

    `handling_roles` alone may see a flag whose handling is `named-roles-only`; `agreements` are those of originators
    that asked to be consulted before their information is passed on. `confidentiality_ground` says why partners are
    warned all the same where the owner agreed with the family that they would not be.
    """

    controls: tuple[str, ...]
    sentence: ControlSentence
    retention_class: str
    lawful_basis: tuple[str, ...]
    gateways: tuple[str, ...]
    recipients: Recipients
    special_conditions: tuple[str, ...] = ()
    reach: Reach = field(default_factory=Reach)
    handling: tuple[str, ...] = ()
    handling_roles: frozenset[Role] = field(default_factory=frozenset[Role])
    agreements: tuple[Agreement, ...] = ()
    confidentiality_ground: LawfulOverride | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """The decision on telling the person (F-06 to F-09).

    `on` is the day told, the day to tell by, or the day until which it is put off. Before anyone is told,
    someone confirms the route: literacy, language of choice, and that the letter does not reach the adult at
    risk unthinkingly (F-09). `agreements` are those of originators that asked to be consulted before the person hears
    of what they gave; `notice` is the letter by which the person was told, where one was.
    """

    kind: NotifyKind
    on: date | None = None
    how: str | None = None
    reason: str | None = None
    route_checked: bool = False
    agreements: tuple[Agreement, ...] = ()
    notice: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal decided: outcome, why, by whom and when (law 5)."""

    outcome: DecisionOutcome
    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True)
class Marker:
    """What a provisional marker says until it is decided, and until when it may.

    `grounded` signs the evidence that was added afterwards: whoever gave the evidence does not decide on it either.
    """

    controls: tuple[str, ...]
    sentence: ControlSentence
    lapses_at: datetime
    grounded: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideFlag:
    """Decide a proposal: to activate it, all parts are given; to decline it, reason and assessment.

    Without a review date the flag is reviewed after six months (F-10). `incidents` are cited here only where the flag
    came without any.
    """

    outcome: DecisionOutcome
    reason: str
    assessment: Assessment
    category: Category | None = None
    terms: Terms | None = None
    notification: Notification | None = None
    review_on: date | None = None
    adult_seen: tuple[AdultPlan, ...] = ()
    incidents: tuple[IncidentId, ...] = ()


def sign(by: Principal, at: datetime) -> Signature:
    """Sign for the human who acts."""
    return Signature(by.user, by.human, at)


def default_review_on(today: date) -> date:
    """Give the review date where none is chosen: six calendar months on, never rolled past a month's end."""
    return add_months(today, REVIEW_DEFAULT_MONTHS)


def notify_due_by(obtained_on: date, first_shared_on: date | None = None) -> date:
    """Give the outer date for telling the person (F-08): a month from obtaining, or the first onward share."""
    due = add_months(obtained_on, TELL_WITHIN_MONTHS)
    return due if first_shared_on is None else min(due, first_shared_on)


def check_review_on(faults: Faults, review_on: date, today: date) -> None:
    """Check that a review date lies ahead, and not more than twelve months (F-10)."""
    faults.unless(review_on > today, "/reviewOn", "in-past")
    faults.unless(review_on <= add_months(today, REVIEW_LATEST_MONTHS), "/reviewOn", "out-of-range")


def check_assessment(faults: Faults, assessment: Assessment) -> None:
    """Check that both risks have reasons, each of the nine questions was considered once, and the adult was asked.

    Where the adult was not, somebody must at least have thought about how the adult may see it.
    """
    faults.text("/assessment/toPractitioner/reasons", assessment.to_practitioner.reasons, REASON)
    faults.text("/assessment/toAdult/reasons", assessment.to_adult.reasons, REASON)
    asked = [consideration.question for consideration in assessment.sense_making]
    faults.codes("/assessment/senseMaking", "sense-making-question", asked)
    faults.unless(frozenset(asked) >= SENSE_MAKING, "/assessment/senseMaking", "too-few")
    for place, consideration in enumerate(assessment.sense_making):
        faults.text(f"/assessment/senseMaking/{place}/note", consideration.note, REASON, required=False)
    check_adult_view(faults, "/assessment/adultView", assessment.adult_view)
    unasked = assessment.adult_view is not None and assessment.adult_view.not_asked is not None
    faults.text("/assessment/adultAssessment", assessment.adult_assessment, REASON, required=unasked)


def check_precaution(faults: Faults, pointer: str, controls: tuple[str, ...], sentence: ControlSentence) -> None:
    """Check what to do: at least one coded control, and one plain line in either language."""
    faults.codes(f"{pointer}/controls", "visit-control", controls, at_least=1)
    faults.unless(not (sentence.en is None and sentence.cy is None), f"{pointer}/sentence", "required")
    faults.line(f"{pointer}/sentence/en", sentence.en, SENTENCE_LONGEST, required=False)
    faults.line(f"{pointer}/sentence/cy", sentence.cy, SENTENCE_LONGEST, required=False)


def check_terms(faults: Faults, terms: Terms) -> None:
    """Check what the flag says, on what footing, and whom it reaches."""
    check_precaution(faults, "/terms", terms.controls, terms.sentence)
    faults.code("/terms/retentionClass", "retention-class", terms.retention_class)
    faults.codes("/terms/lawfulBasis", "lawful-basis", terms.lawful_basis, at_least=1)
    faults.codes("/terms/gateways", "gateway", terms.gateways, at_least=1)
    faults.codes("/terms/specialConditions", "special-condition", terms.special_conditions)
    faults.codes("/terms/handling", "handling-condition", terms.handling)
    household = terms.reach.household
    faults.text("/terms/reach/householdReason", terms.reach.household_reason, REASON, required=household)
    if not household and terms.reach.household_reason is not None:
        faults.add("/terms/reach/householdReason", "inconsistent")
    _check_recipients(faults, terms.recipients)


def _check_recipients(faults: Faults, recipients: Recipients) -> None:
    """Ask for one of the two: a list beside "all" would leave in doubt who was meant."""
    if recipients.all_partners and recipients.agencies:
        faults.add("/terms/recipients", "inconsistent")
    elif not recipients.all_partners and not recipients.agencies:
        faults.add("/terms/recipients", "required")


def check_notification(faults: Faults, told: Notification, today: date, tell_by: date, review_on: date) -> None:
    """Check the decision on telling the person: its date, its way and, where not told, its reason.

    `tell_by` is the last day on which telling would still be in time; `review_on` is when the question comes
    up again, so nothing is put off beyond it (F-07).
    """
    if told.kind in WITHHELD:
        faults.unless(told.on is None, "/notification/on", "inconsistent")
        faults.text("/notification/reason", told.reason, REASON)
        return
    if told.kind is NotifyKind.DEFERRED:
        _check_day(faults, told.on, today, review_on)
        faults.text("/notification/reason", told.reason, REASON)
        return
    faults.unless(told.route_checked, "/notification/routeChecked", "required")
    faults.text("/notification/reason", told.reason, REASON, required=False)
    faults.line("/notification/how", told.how, LINE, required=told.kind is NotifyKind.TOLD)
    if told.kind is NotifyKind.TO_BE_TOLD:
        _check_day(faults, told.on, today, tell_by)
    elif told.on is None:
        faults.add("/notification/on", "required")
    else:
        faults.unless(told.on <= today, "/notification/on", "in-future")


def _check_day(faults: Faults, day: date | None, earliest: date, latest: date) -> None:
    if day is None:
        faults.add("/notification/on", "required")
    elif day < earliest:
        faults.add("/notification/on", "in-past")
    elif day > latest:
        faults.add("/notification/on", "out-of-range")
