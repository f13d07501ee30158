"""Flags: proposed, decided, reviewed, checked."""

from services.flags.check_events import shown_check
from services.flags.checks import CheckAnswer, EntryAnswer, FlagChecks, PrecautionLine
from services.flags.ledger import Receipt
from services.flags.precaution import SharedFlag
from services.flags.reads import EXISTS, PRECAUTION, FlagsOfPerson, flags_of_person, read_flag, recipients_of_flag
from services.flags.use_cases import (
    answer_challenge,
    contest_flag,
    correct_flag,
    decide_flag,
    propose_flag,
    remove_flag,
    review_flag,
)

__all__ = [
    "EXISTS",
    "PRECAUTION",
    "CheckAnswer",
    "EntryAnswer",
    "FlagChecks",
    "FlagsOfPerson",
    "PrecautionLine",
    "Receipt",
    "SharedFlag",
    "answer_challenge",
    "contest_flag",
    "correct_flag",
    "decide_flag",
    "flags_of_person",
    "propose_flag",
    "read_flag",
    "recipients_of_flag",
    "remove_flag",
    "review_flag",
    "shown_check",
]
