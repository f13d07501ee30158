"""How long what remains of a flag is kept once it has ended, by kind of behaviour and by how it ended (F-13).

A live flag has no such day: it lives by review. What is kept afterwards is the trail of decisions, for complaints and
claims, at most six years; its content goes after twelve months. Nothing is deleted here; the days are worked out from
this one table, stored beside the flag and shown to its owner. The periods are this service's, within those limits, and
await the agencies' data protection officers.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.dates import add_months
from domain.flag_codes import Category
from domain.validation import Faults

CONTENT_MONTHS = 12
"""After which an ended flag is reduced to its trail of decisions."""
DECLINED_MONTHS = 12
"""For a proposal that was declined, and for what should never have been: it says nothing true of anybody."""
LONGEST_MONTHS = 72

KEPT_MONTHS: dict[str, int] = {
    "verbal": 24,
    "threat": 36,
    "violence": 60,
    "weapon-or-animal": LONGEST_MONTHS,
    "care-need": 12,
    "premises": 12,
}
"""For each code of `retention-class`, how many months after its end the trail of a flag is kept."""

CLASSES: dict[Category, frozenset[str]] = {
    Category.THREAT_VIOLENCE: frozenset({"threat", "violence", "weapon-or-animal"}),
    Category.INTIMIDATION_HARASSMENT: frozenset({"verbal", "threat"}),
    Category.HATE_ABUSE: frozenset({"verbal", "threat", "violence"}),
    Category.ANIMAL_HAZARD: frozenset({"weapon-or-animal"}),
    Category.PREMISES_HAZARD: frozenset({"premises"}),
    Category.DO_NOT_VISIT_ALONE: frozenset({"verbal", "threat", "violence", "weapon-or-animal"}),
    Category.CARE_NEED_BEHAVIOUR: frozenset({"care-need"}),
}
"""For each category the classes it may have: what arises from a care need is never kept as violence (F-05)."""


class Ended(StrEnum):
    """How a flag came to its end, as far as keeping it goes."""

    DECLINED = "declined"
    REMOVED = "removed"
    NEVER_TRUE = "never-true"


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when the content of an ended flag is kept, and until when its trail of decisions."""

    content_until: date
    trail_until: date


def kept_until(how: Ended, on: date, retention_class: str | None) -> Kept:
    """Work out until when a flag that ended on a day is kept; one that was never decided has no class."""
    months = DECLINED_MONTHS
    if how is Ended.REMOVED and retention_class is not None:
        months = KEPT_MONTHS[retention_class]
    return Kept(add_months(on, min(CONTENT_MONTHS, months)), add_months(on, months))


def notices_kept_since(today: date) -> date:
    """Say of which day on the notices that holders acknowledged are still kept.

    An acknowledged notice shows that a holder was told, which is asked in a complaint or a claim: it is kept no longer
    than the longest trail of decisions, and goes earlier with the trail of its own flag. A live flag has no day of its
    end, so that its old notices go by their own age. The last answer of an agency that received the flag stays as long
    as the ledger says that it did: without it the agency would seem to hold again what it has destroyed.
    """
    return add_months(today, -LONGEST_MONTHS)


def check_class(faults: Faults, category: Category, retention_class: str, *, was_violent: bool | None = None) -> None:
    """Check that a retention class is one that the category may have, and violence only where there was some.

    `was_violent` says whether the incidents show violence, None where they are not looked at again.
    """
    if retention_class not in KEPT_MONTHS:
        return
    is_overdone = retention_class == "violence" and was_violent is False
    allowed = retention_class in CLASSES[category] and not is_overdone
    faults.unless(allowed, "/terms/retentionClass", "retention-class-excessive")
