"""Flags: proposed, decided, reviewed, checked."""

from services.flags.import_repository import ImportRow
from services.flags.imports import (
    ImportStep,
    SeenImport,
    approve_import,
    begin_import,
    cancel_import,
    check_import,
    import_rows,
    list_imports,
    read_import,
    receive_register,
    run_import,
)
from services.flags.ledger import Receipt
from services.flags.precaution import SharedFlag
from services.flags.reads import FlagsOfPerson, OwnFlag, flags_of_person, read_flag, recipients_of_flag
from services.flags.steps import Step
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
    "FlagsOfPerson",
    "ImportRow",
    "ImportStep",
    "OwnFlag",
    "Receipt",
    "SeenImport",
    "SharedFlag",
    "Step",
    "answer_challenge",
    "approve_import",
    "begin_import",
    "cancel_import",
    "check_import",
    "contest_flag",
    "correct_flag",
    "decide_flag",
    "flags_of_person",
    "import_rows",
    "list_imports",
    "propose_flag",
    "read_flag",
    "read_import",
    "receive_register",
    "recipients_of_flag",
    "remove_flag",
    "review_flag",
    "run_import",
]
