"""The coded words of a flag's life: its state, badges, category, and what recipients are told.

Labels in both languages stand in the coded lists; the codes are repeated here only where
rules turn on them, and a test holds the two together.
"""

from enum import StrEnum


class FlagState(StrEnum):
    """Codes of `flag-status`: where a flag stands, exactly one at a time."""

    PROPOSED = "proposed"
    PROVISIONAL = "provisional"
    """Own agency only, 72 hours; the commands that make and end it come later."""
    ACTIVE = "active"
    DECLINED = "declined"
    REMOVED = "removed"
    ENTERED_IN_ERROR = "entered-in-error"


LIVE = frozenset({FlagState.PROVISIONAL, FlagState.ACTIVE})
"""States in which a flag warns somebody."""
OPEN = LIVE | {FlagState.PROPOSED}
"""States beside which an agency proposes no second flag of the category on the subject."""
TERMINAL = frozenset(FlagState) - OPEN
"""States that nothing leaves: a new risk is a new proposal, with an incident of its own."""


class Badge(StrEnum):
    """Codes of `flag-badge`: any number beside the state, shown to every viewer of the flag."""

    CONTESTED = "contested"
    REVIEW_OVERDUE = "review-overdue"
    RESTRICTED = "restricted"
    LEGACY_UNREVIEWED = "legacy-unreviewed"
    LAPSING = "lapsing"


class Category(StrEnum):
    """Codes of `flag-category`: all that a front-line reader learns of the kind of risk (F-04)."""

    THREAT_VIOLENCE = "threat-violence"
    INTIMIDATION_HARASSMENT = "intimidation-harassment"
    HATE_ABUSE = "hate-abuse"
    ANIMAL_HAZARD = "animal-hazard"
    PREMISES_HAZARD = "premises-hazard"
    DO_NOT_VISIT_ALONE = "do-not-visit-alone"
    CARE_NEED_BEHAVIOUR = "care-need-behaviour"


ALERTING_CATEGORIES = frozenset({Category.THREAT_VIOLENCE, Category.ANIMAL_HAZARD, Category.DO_NOT_VISIT_ALONE})
"""Live violence and animal warnings: hidden, they still yield a content-free `contact-before-visit` (law 4).

`do-not-visit-alone` counts, because it withholds the detail that would tell violence apart: a worker who goes
alone is exactly whom it is for. Intimidation, hate abuse, hazards of premises and behaviour arising from a care
need do not: the exception is narrow, and an owner who wants everyone warned names everyone as recipient.
"""

PLACE_CATEGORIES = frozenset({Category.ANIMAL_HAZARD, Category.PREMISES_HAZARD, Category.DO_NOT_VISIT_ALONE})
"""What a place may be flagged for (F-18): things that can be true of a place.

Behaviour belongs to a person; on an address it would taint everyone who lives there, now or later.
`do-not-visit-alone` names no behaviour and serves where the danger has no known name.
"""


class RiskLevel(StrEnum):
    """Codes of `risk-level`, in rising order."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very-high"

    @property
    def rank(self) -> int:
        """Place on the scale, so that levels are compared by meaning and not by spelling."""
        return tuple(RiskLevel).index(self)


class NotifyKind(StrEnum):
    """Codes of `notify-decision`: what was decided about telling the person (F-06, F-07)."""

    TOLD = "told"
    TO_BE_TOLD = "to-be-told"
    WITHHELD_RISK = "withheld-risk"
    WITHHELD_CRIME = "withheld-crime"
    WITHHELD_HARM = "withheld-harm"
    DEFERRED = "deferred"


class RecipientChange(StrEnum):
    """Codes of `recipient-change`: what each holder of a flag is told about its new version (F-15)."""

    CREATED = "created"
    AMENDED = "amended"
    REDUCED = "reduced"
    CONTESTED = "contested"
    REVIEWED_KEPT = "reviewed-kept"
    REMOVED = "removed"
    RECTIFIED = "rectified"
    RESTRICTED = "restricted"
    ERASED = "erased"
    WRONG_PERSON = "wrong-person"

    @property
    def withdraws(self) -> bool:
        """Say whether every copy must go: such news is sent at once and chased first."""
        return self in {RecipientChange.REMOVED, RecipientChange.ERASED, RecipientChange.WRONG_PERSON}
