"""What is kept of a flag's later life: reviews, challenges and how it ended.

Values only; the steps that make them stand in `domain.flag_changes`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.dates import local_date
from domain.flag_adults import AdultPlan
from domain.flag_challenges import AuthorityCheck, Intake, Told
from domain.flag_corroboration import Corroborated
from domain.flag_decisions import Assessment, Notification, Signature, Terms
from domain.validation import REASON, Faults


class ReviewOutcome(StrEnum):
    """What a review comes to (F-11)."""

    KEEP = "keep"
    REDUCE = "reduce"
    REMOVE = "remove"
    CORRECT = "correct"


RESTATING = frozenset({ReviewOutcome.REDUCE, ReviewOutcome.CORRECT})
"""Reviews that state the assessment and the terms anew."""


class CorrectionKind(StrEnum):
    """Why a flag should never have been."""

    ENTERED_IN_ERROR = "entered-in-error"
    WRONG_PERSON = "wrong-person"


class EndingKind(StrEnum):
    """How a flag that was raised came to its end."""

    REMOVED = "removed"
    CHALLENGE_UPHELD = "challenge-upheld"
    LAPSED = "lapsed"
    """A provisional marker that nobody decided in time."""
    ENTERED_IN_ERROR = "entered-in-error"
    WRONG_PERSON = "wrong-person"


class Challenger(StrEnum):
    """Who contests a flag (F-16)."""

    SUBJECT = "subject"
    REPRESENTATIVE = "representative"
    PROFESSIONAL = "professional"


class AnswerOutcome(StrEnum):
    """What an appeal comes to."""

    NOT_UPHELD = "not-upheld"
    UPHELD_IN_PART = "upheld-in-part"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Weighing:
    """The four points every review weighs, each in words (F-11), and what other agencies bore out, where any did."""

    seriousness: str
    time_passed: str
    conduct: str
    unusual_stress: str
    corroboration: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One review held: what it came to, what it weighed, why, and when the next is due (None once removed).

    `corroborated` is what other agencies bore out at that time.
    """

    outcome: ReviewOutcome
    weighing: Weighing
    reason: str
    signed: Signature
    next_review_on: date | None
    corroborated: tuple[Corroborated, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a challenge, by someone who had no part in the decision."""

    outcome: AnswerOutcome
    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True)
class Challenge:
    """Accuracy contested: by whom, on what grounds, and whether use is restricted meanwhile, and why.

    `acknowledged` and `outcome_told` are when whoever contested it was told so.
    """

    challenger: Challenger
    grounds: str
    raised: Signature
    restriction_reason: str | None = None
    answer: Answer | None = None
    intake: Intake | None = None
    acknowledged: Told | None = None
    outcome_told: Told | None = None

    @property
    def received(self) -> Intake:
        """Say when and how it was received; the day it was recorded, where nothing else is known."""
        return self.intake or Intake(local_date(self.raised.at), "other")


@dataclass(frozen=True, slots=True)
class Ending:
    """How, why and by whom a flag was ended; what remains is this trail, not a marker (F-13)."""

    kind: EndingKind
    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFlag:
    """Review an active flag.

    To keep it, only a date may be given; to reduce or correct it, the whole assessment and terms as they shall
    stand. A level that proved too low is corrected, and so is a list of recipients that left someone out; a
    reduction only takes away. Unless the person has been told, the decision on telling is taken again (F-07); while
    a control limits contact, so is who will see the adult.
    """

    outcome: ReviewOutcome
    weighing: Weighing
    reason: str
    review_on: date | None = None
    assessment: Assessment | None = None
    terms: Terms | None = None
    notification: Notification | None = None
    adult_seen: tuple[AdultPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoveFlag:
    """Remove a flag whose risk is no longer genuine, without waiting for its review (F-13)."""

    reason: str


@dataclass(frozen=True, slots=True)
class CorrectFlag:
    """Withdraw a flag that should never have been."""

    kind: CorrectionKind
    reason: str


@dataclass(frozen=True, slots=True)
class ContestFlag:
    """Record that a flag's accuracy is contested.

    A restriction hides the precaution from recipients, who are told to ring instead; by default the flag stays
    visible, marked contested, because it protects other people. Without a day of receipt it came today; whoever
    speaks for the person shows that they may.
    """

    challenger: Challenger
    grounds: str
    restriction_reason: str | None = None
    channel: str = ""
    received_on: date | None = None
    authority: AuthorityCheck | None = None


@dataclass(frozen=True, slots=True)
class AnswerChallenge:
    """Answer a challenge; where it is upheld in part, with the terms and assessment as they shall stand."""

    outcome: AnswerOutcome
    reason: str
    assessment: Assessment | None = None
    terms: Terms | None = None
    adult_seen: tuple[AdultPlan, ...] = ()


def check_weighing(faults: Faults, weighing: Weighing) -> None:
    """Check that each of the four points was weighed."""
    for pointer, text in (
        ("/weighing/seriousness", weighing.seriousness), ("/weighing/timePassed", weighing.time_passed),
        ("/weighing/conduct", weighing.conduct), ("/weighing/unusualStress", weighing.unusual_stress),
    ):  # fmt: skip
        faults.text(pointer, text, REASON)
