"""Behaviour that arises from illness, dementia or distress: told without blame, and the carer is thought of (F-05).

It is no violence against staff, whatever it looked like: it is kept as short as can be, alerts nobody beyond its
recipients, and no decision on it is complete without what is offered to the carer who lives with it.
"""

from dataclasses import dataclass

from domain.blame import is_blaming
from domain.validation import REASON, Faults

UNOFFERED = "not-offered"


@dataclass(frozen=True, slots=True)
class CarerSupport:
    """What was offered to the carer, a code of `carer-support`, with the reason where nothing was."""

    kind: str
    note: str | None = None


def check_carer_support(faults: Faults, support: CarerSupport | None, *, needed: bool) -> None:
    """Check that somebody thought of the carer, where a care need lies behind the behaviour."""
    if support is None:
        faults.unless(not needed, "/assessment/carerSupport", "required")
        return
    faults.code("/assessment/carerSupport/kind", "carer-support", support.kind)
    required = support.kind == UNOFFERED
    faults.text("/assessment/carerSupport/note", support.note, REASON, required=required)


def check_wording(faults: Faults, en: str | None, cy: str | None) -> None:
    """Check that what is shown of it blames nobody, in either language."""
    if en is not None:
        faults.unless(not is_blaming(en, "en"), "/terms/sentence/en", "blaming-word")
    if cy is not None:
        faults.unless(not is_blaming(cy, "cy"), "/terms/sentence/cy", "blaming-word")
