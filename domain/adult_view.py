"""What the adult at risk says: a field of its own, never mixed with anybody's reading of it (G-1.1-2).

An account of how the adult may feel is the worker's; it stands beside this and never in its place.
"""

from dataclasses import dataclass

from domain.validation import REASON, Faults


@dataclass(frozen=True, slots=True)
class AdultView:
    """The adult's wishes and views in the adult's own words, or why the adult was not asked: one of the two."""

    own_words: str | None = None
    not_asked: str | None = None


def check_adult_view(faults: Faults, pointer: str, view: AdultView | None) -> None:
    """Check that the adult was asked, or that somebody says why not."""
    if view is None or view == AdultView():
        faults.add(pointer, "required")
        return
    if view.own_words is not None and view.not_asked is not None:
        faults.add(pointer, "inconsistent")
    faults.text(f"{pointer}/ownWords", view.own_words, REASON, required=False)
    faults.text(f"{pointer}/notAsked", view.not_asked, REASON, required=False)
