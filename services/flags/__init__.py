"""Flags: proposed, decided, reviewed, contested, withdrawn; and the check made before contact."""

from services.flags.use_cases import (
    answer_challenge,
    contest_flag,
    correct_flag,
    decide_flag,
    flags_of_person,
    propose_flag,
    read_flag,
    read_recipients,
    remove_flag,
    review_flag,
)

__all__ = [
    "answer_challenge",
    "contest_flag",
    "correct_flag",
    "decide_flag",
    "flags_of_person",
    "propose_flag",
    "read_flag",
    "read_recipients",
    "remove_flag",
    "review_flag",
]
