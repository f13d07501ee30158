"""Why terms agreed with a family are set aside once: a lawful ground, a reason, and what the family hears.

A duty of confidence yields to a few grounds alone, and each time somebody says which; it is never a setting (G-4.2-1).
"""

from dataclasses import dataclass

from domain.validation import REASON, Faults


@dataclass(frozen=True, slots=True)
class LawfulOverride:
    """A code of `confidentiality-override` and why; `not_told` says why the family was not told, None where it was."""

    ground: str
    reason: str
    family_told: bool
    not_told: str | None = None


def check_override(faults: Faults, pointer: str, override: LawfulOverride) -> None:
    """Check that an override says on what ground, why, and whether the family was told or why not."""
    faults.code(f"{pointer}/ground", "confidentiality-override", override.ground)
    faults.text(f"{pointer}/reason", override.reason, REASON)
    faults.text(f"{pointer}/notTold", override.not_told, REASON, required=not override.family_told)
    if override.family_told and override.not_told is not None:
        faults.add(f"{pointer}/notTold", "inconsistent")
