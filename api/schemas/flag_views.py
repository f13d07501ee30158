"""What is shown of a flag: the owner all of it, recipients what to do, whoever changed it where it stands."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime

from api.schemas.adults import AdultsSeenView, adults_view
from api.schemas.challenges import ChallengeView, challenge_view
from api.schemas.common import SignatureView, View, listed
from api.schemas.confidentiality import LawfulOverrideView
from api.schemas.corroborations import CorroboratedView
from api.schemas.flag_checks import CategoryView, CodedView, ContactView, OwnersSentenceView
from api.schemas.incidents import AdultVoiceView, InOrder
from domain.dates import local_date
from domain.flag_codes import Badge, Category, FlagState, NotifyKind, RecipientChange, RiskLevel
from domain.flag_decisions import DecisionOutcome
from domain.flag_inbox import CopiesOutcome, HeldBy
from domain.flag_reviews import EndingKind, ReviewOutcome
from domain.flags import Flag, badges
from services.flags import FlagsOfPerson, OwnFlag, SharedFlag


class SubjectView(View):
    """A record of yours, or a place with the reason why the place."""

    person_id: UUID | None
    uprn: str | None
    reason: str | None


class CitedView(View):
    """An incident cited, in the version that was read."""

    id: UUID
    version: int


class DecisionView(View):
    """How the proposal was decided."""

    outcome: DecisionOutcome
    reason: str
    signed: SignatureView


class RiskView(View):
    """A level of risk and why."""

    level: RiskLevel
    reasons: str


class ConsiderationView(View):
    """One sense-making question considered."""

    question: str
    note: str | None


class CarerSupportView(View):
    """What was offered to the carer."""

    kind: str
    note: str | None


class CarerAskedView(View):
    """What came of speaking with the carer about support: when, and who recorded it."""

    support: CarerSupportView
    on: date
    recorded_at: AwareDatetime
    recorded_by: UUID


class AssessmentView(View):
    """Both risks and the questions considered."""

    to_practitioner: RiskView
    to_adult: RiskView
    sense_making: list[ConsiderationView]
    adult_view: AdultVoiceView | None
    adult_assessment: str | None
    carer_support: CarerSupportView | None


class ReachView(View):
    """Whom the flag warns."""

    places: bool
    household: bool
    household_reason: str | None


class RecipientsView(View):
    """Who may receive the precaution."""

    all_partners: bool
    agencies: InOrder


class AgreementView(View):
    """An originator was consulted and agreed that its information is passed on, or told to the person."""

    originator: str
    who: str
    how: str
    on: date


class ConditionView(View):
    """A handling condition that the evidence came with; its originator, or null where it is your own."""

    code: str
    originator: str | None


class KeptView(View):
    """Until when the content of an ended flag is kept, and until when the trail of its decisions."""

    content_until: date
    trail_until: date


class TermsView(View):
    """What the flag says, on what footing, and whom it reaches."""

    controls: list[str]
    sentence: OwnersSentenceView
    retention_class: str
    lawful_basis: list[str]
    gateways: list[str]
    recipients: RecipientsView
    special_conditions: list[str]
    reach: ReachView
    handling: list[str]
    handling_roles: InOrder
    agreements: list[AgreementView]
    confidentiality_ground: LawfulOverrideView | None


class NotificationView(View):
    """The decision on telling the person, and the notice by which they were told, where one was delivered."""

    kind: NotifyKind
    on: date | None
    how: str | None
    reason: str | None
    route_checked: bool
    agreements: list[AgreementView]
    notice: UUID | None


class WeighingView(View):
    """The four points weighed, and what others bore out."""

    seriousness: str
    time_passed: str
    conduct: str
    unusual_stress: str
    corroboration: str | None


class ReviewView(View):
    """One review held."""

    outcome: ReviewOutcome
    weighing: WeighingView
    reason: str
    signed: SignatureView
    next_review_on: date | None
    corroborated: list[CorroboratedView]


class EndingView(View):
    """How the flag ended."""

    kind: EndingKind
    reason: str
    signed: SignatureView


class MarkerView(View):
    """What a provisional marker said, until when it may, and who gave its evidence."""

    controls: list[str]
    sentence: OwnersSentenceView
    lapses_at: AwareDatetime
    grounded: SignatureView | None


class LegacyView(View):
    """What the older register says from which the flag was taken over; `controls` and `sentence` hold until a decision.

    The note is the old register's own text. It is never part of what front-line readers are shown.
    """

    import_id: UUID
    register_name: str
    row: int
    controls: list[str]
    sentence: OwnersSentenceView
    reference: str | None
    raised_by: str | None
    raised_on: str | None
    recorded_on: date | None
    note: str | None
    approved: SignatureView


class FlagStoryView(View):
    """What was decided of a flag, why and on what evidence."""

    category: Category
    incidents: list[CitedView]
    proposed: SignatureView
    proposal_reason: str
    obtained_on: date
    changed: SignatureView
    change: RecipientChange | None
    decision: DecisionView | None
    assessment: AssessmentView | None
    terms: TermsView | None
    notification: NotificationView | None
    reviews: list[ReviewView]
    ending: EndingView | None
    marker: MarkerView | None
    legacy: LegacyView | None


class FlagStandingView(View):
    """Where a flag of your agency stands; all that is told to whoever may not read the story."""

    id: UUID
    owner_agency: str
    version: int
    state: FlagState
    badges: list[Badge]
    review_on: date | None
    lapses_at: AwareDatetime | None


class FlagView(FlagStandingView, FlagStoryView):
    """One version of a flag of your agency, whole.

    `twins` are other open flags of yours on the same person and of the same category: two of your records turned
    out to be one person. All of them warn until you have looked at them together and ended what only repeats.

    `kept` is null while the flag has not ended: a live one lives by review.
    """

    subject: SubjectView
    twins: list[UUID]
    adults: AdultsSeenView
    corroborated: list[CorroboratedView]
    challenges: list[ChallengeView]
    conditions: list[ConditionView]
    carer_asked: list[CarerAskedView]
    kept: KeptView | None


class SharedFlagView(View):
    """Another agency's flag, shared with yours: what to do, and not the story."""

    flag_id: UUID
    version: int
    owner_agency: str
    category: CategoryView
    controls: list[CodedView]
    sentence: OwnersSentenceView
    handling: list[CodedView]
    review_on: date | None
    state: FlagState
    badges: list[Badge]
    contact: ContactView


class FlagsOfPersonView(View):
    """The flags on one person. This is no flag check: it covers no places and nobody else who may be there.

    `contacts` are numbers to ring before contact where another agency has something to say that you cannot read.
    """

    own: list[FlagView]
    shared: list[SharedFlagView]
    contacts: list[ContactView]


class HolderView(View):
    """One agency that received one version of the flag, and what became of it there."""

    agency: str
    flag_version: int
    matched_at: AwareDatetime
    displayed_at: AwareDatetime | None
    acknowledged_at: AwareDatetime | None


class HoldingView(View):
    """Which version an agency holds now, since when, and by what."""

    version: int
    since: AwareDatetime
    by: HeldBy


class SentNoticeView(View):
    """What a holder was told, and what it answered; `chased` are roles of that agency before whom it was put last."""

    id: UUID
    held_version: int
    version: int
    kind: Annotated[RecipientChange, listed("recipient-change")]
    made_at: AwareDatetime
    due_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    outcome: Annotated[CopiesOutcome | None, listed("copies-outcome")]
    is_overdue: bool
    chased_at: AwareDatetime | None
    chased: list[str]


class AgencyHoldingView(View):
    """One agency that received the flag: what it holds now, null where it said that it holds nothing, and its news."""

    agency: str
    holding: HoldingView | None
    notices: list[SentNoticeView]


class HoldersView(View):
    """The recipient ledger of one flag, which lags behind what was answered by a few seconds.

    `recipients` says who received which version; `holders` says by agency what each holds now, and what it was told.
    `kept` is null while the flag has not ended.
    """

    recipients: list[HolderView]
    holders: list[AgencyHoldingView]
    kept: KeptView | None


def standing_of(flag: Flag, at: datetime) -> FlagStandingView:
    """Show where a flag stands."""
    return FlagStandingView(
        id=flag.id,
        owner_agency=flag.owner_agency,
        version=flag.version,
        state=flag.state,
        badges=sorted(badges(flag, at)),
        review_on=flag.review_on,
        lapses_at=flag.lapses_at,
    )


def subject_of(flag: Flag) -> SubjectView:
    """Show to its owner whom or what a flag is on."""
    named = {name: getattr(flag.subject, name, None) for name in ("uprn", "reason")}
    return SubjectView(person_id=getattr(flag.subject, "record_id", None), **named)


def whole_flag(own: OwnFlag, at: datetime) -> FlagView:
    """Show all of a flag to its owner; the human behind an account stays in the service."""
    flag = own.flag
    return FlagView(
        **standing_of(flag, at).model_dump(),
        subject=subject_of(flag),
        twins=[twin.id for twin in own.twins],
        adults=adults_view(flag, local_date(at)),
        corroborated=[CorroboratedView.model_validate(each) for each in own.corroborated],
        challenges=[challenge_view(each) for each in flag.challenges],
        conditions=[ConditionView.model_validate(each) for each in flag.conditions],
        carer_asked=[CarerAskedView.model_validate(each) for each in flag.carer_asked],
        kept=None if flag.kept is None else KeptView.model_validate(flag.kept),
        **FlagStoryView.model_validate(flag).model_dump(),
    )


def shared_view(flag: SharedFlag) -> SharedFlagView:
    """Show what another agency's flag says to do."""
    contact = {"agency": flag.owner_agency, "phone": flag.phone}
    return SharedFlagView.model_validate({**flag.precaution, "badges": flag.badges, "contact": contact})


def flags_view(found: FlagsOfPerson, at: datetime) -> FlagsOfPersonView:
    """Show the flags on a person, each as far as it is seen."""
    return FlagsOfPersonView(
        own=[whole_flag(flag, at) for flag in found.own],
        shared=[shared_view(flag) for flag in found.shared],
        contacts=[ContactView(agency=agency, phone=phone) for agency, phone in found.contacts],
    )
