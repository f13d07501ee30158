"""What an older register says of a warning that was taken over from it, apart from anything decided here."""

from dataclasses import dataclass
from datetime import date

from domain.flag_decisions import ControlSentence, Signature
from domain.ids import HumanId, ImportId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacySource:
    """Where a warning comes from, and what it says until somebody decides it here.

    `controls` and `sentence` are its precaution. Who raised it and when are told as the register writes them: they
    are nobody's signature. `note` is the register's own text, for whoever may read the story and never part of a
    precaution (law 7). `recorded_on` is None where the register does not say; `importers` are the humans who
    brought it in, none of whom decides it (law 5).
    """

    import_id: ImportId
    register_name: str
    row: int
    controls: tuple[str, ...]
    sentence: ControlSentence
    importers: tuple[HumanId, ...]
    approved: Signature
    reference: str | None = None
    raised_by: str | None = None
    raised_on: str | None = None
    recorded_on: date | None = None
    note: str | None = None
