"""Behaviour that arises from illness, dementia or distress: told without blame, and the carer is thought of (F-05).

It is no violence against staff, whatever it looked like: it is kept as short as can be, alerts nobody beyond its
recipients, and no decision on it is complete without what is offered to the carer who lives with it. Where nothing was
offered yet, or a review kept the warning without asking again, somebody owes the carer that question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.blame import is_blaming
from domain.dates import local_date
from domain.ids import UserId
from domain.validation import REASON, Faults

UNOFFERED = "not-offered"
ASK_WITHIN = timedelta(days=28)
"""How soon the carer is offered support, or asked again."""


@dataclass(frozen=True, slots=True)
class CarerSupport:
    """What was offered to the carer, a code of `carer-support`, with the reason where nothing was."""

    kind: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CarerAsked:
    """Somebody spoke with the carer, or found that there is none: what came of it, on what day, recorded by whom."""

    support: CarerSupport
    on: date
    recorded_at: datetime
    recorded_by: UserId


def carer_owed_on(
    stated: tuple[CarerSupport | None, datetime], asked: Sequence[CarerAsked], since: datetime
) -> date | None:
    """Give the last day on which the carer is to be offered support, or None where that was done.

    `stated` is what the assessment that stands says and when it was signed; `since` is the last decision or review,
    from which on the question is open again.
    """
    answers = [stated, *((each.support, each.recorded_at) for each in asked)]
    support, at = max(answers, key=lambda answer: answer[1])
    is_done = support is not None and support.kind != UNOFFERED
    if is_done and at >= since:
        return None
    return local_date(max(at, since)) + ASK_WITHIN


def check_carer_support(faults: Faults, support: CarerSupport | None, *, needed: bool) -> None:
    """Check that somebody thought of the carer, where a care need lies behind the behaviour."""
    if support is None:
        faults.unless(not needed, "/assessment/carerSupport", "required")
        return
    check_offer(faults, "/assessment/carerSupport", support)


def check_offer(faults: Faults, pointer: str, support: CarerSupport) -> None:
    """Check what is said of the carer's support; where none was offered, the reason."""
    faults.code(f"{pointer}/kind", "carer-support", support.kind)
    faults.text(f"{pointer}/note", support.note, REASON, required=support.kind == UNOFFERED)


def check_wording(faults: Faults, pointer: str, en: str | None, cy: str | None) -> None:
    """Check that what is shown of it blames nobody, in either language."""
    if en is not None:
        faults.unless(not is_blaming(en, "en"), f"{pointer}/en", "blaming-word")
    if cy is not None:
        faults.unless(not is_blaming(cy, "cy"), f"{pointer}/cy", "blaming-word")
