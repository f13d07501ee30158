"""What the terms of a decision must be, given the kind of warning and what its evidence came with.

One call for every step that says what a flag shall stand on: decision, review, answered challenge.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from domain.flag_care import check_carer_support, check_wording
from domain.flag_codes import Category, NotifyKind
from domain.flag_decisions import Assessment, Notification, Terms
from domain.flag_handling import Condition, Handling, check_handling, check_release
from domain.flag_retention import check_class
from domain.ids import AgencyCode
from domain.validation import Faults


def check_kind(
    faults: Faults,
    stand: tuple[Category, Assessment, Terms],
    evidence: tuple[AgencyCode, Collection[Condition]],
    today: date,
    *,
    was_violent: bool | None = None,
) -> None:
    """Check terms and assessment against category, owner and conditions."""
    (category, assessment, terms), (owner, conditions) = stand, evidence
    check_class(faults, category, terms.retention_class, was_violent=was_violent)
    is_care_need = category is Category.CARE_NEED_BEHAVIOUR
    check_carer_support(faults, assessment.carer_support, needed=is_care_need)
    if is_care_need:
        check_wording(faults, "/terms/sentence", terms.sentence.en, terms.sentence.cy)
    alone = not terms.recipients.all_partners and terms.recipients.agencies <= {owner}
    handling = Handling(terms.handling, terms.handling_roles, terms.agreements, alone)
    check_handling(faults, handling, conditions, today)


def check_told(faults: Faults, telling: Notification, conditions: Collection[Condition], today: date) -> None:
    """Check that nobody was told what an originator asked to be consulted about first."""
    if telling.kind is NotifyKind.TOLD:
        check_release(faults, "/notification/agreements", telling.agreements, conditions, today)
    else:
        faults.unless(not telling.agreements, "/notification/agreements", "inconsistent")


def carried(terms: Terms, conditions: Collection[Condition]) -> Terms:
    """Put the conditions on the evidence among those of the flag, whether or not the decision repeats them."""
    codes = dict.fromkeys((*terms.handling, *sorted(condition.code for condition in conditions)))
    return replace(terms, handling=tuple(codes))
