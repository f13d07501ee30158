"""Flags: proposed, decided, reviewed, checked."""

from services.core.steps import Step
from services.flags.check_events import record_people, shown_check
from services.flags.checks import CheckAnswer, EntryAnswer, FlagChecks, PrecautionLine
from services.flags.clocks import chase_notices
from services.flags.corroborations import corroborate_flag, own_corroborations, withdraw_corroboration
from services.flags.duties import DutyPage, DutyPosition, OwedFlag, flag_duties
from services.flags.explaining import Look, own_flags_among, rulings_then
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
from services.flags.inbox import AcknowledgeNotice, acknowledge_notice, held_flags, list_notices, read_notice
from services.flags.inbox_repository import tell_late_holders
from services.flags.ledger import Chased
from services.flags.markers import ground_marker, mark
from services.flags.precaution import SharedFlag, shared_flag
from services.flags.reads import (
    EXISTS,
    PRECAUTION,
    FlagsOfPerson,
    OwnFlag,
    flags_of_person,
    read_flag,
    recipients_of_flag,
)
from services.flags.reservations import read_reservation, reserve_category
from services.flags.use_cases import (
    answer_challenge,
    contest_flag,
    correct_flag,
    decide_flag,
    offer_carer_support,
    propose_flag,
    record_adult_contact,
    remove_flag,
    review_flag,
    tell_challenger,
)

__all__ = [
    "EXISTS",
    "PRECAUTION",
    "AcknowledgeNotice",
    "Chased",
    "CheckAnswer",
    "DutyPage",
    "DutyPosition",
    "EntryAnswer",
    "FlagChecks",
    "FlagsOfPerson",
    "ImportRow",
    "ImportStep",
    "Look",
    "OwedFlag",
    "OwnFlag",
    "PrecautionLine",
    "SeenImport",
    "SharedFlag",
    "Step",
    "acknowledge_notice",
    "answer_challenge",
    "approve_import",
    "begin_import",
    "cancel_import",
    "chase_notices",
    "check_import",
    "contest_flag",
    "correct_flag",
    "corroborate_flag",
    "decide_flag",
    "flag_duties",
    "flags_of_person",
    "ground_marker",
    "held_flags",
    "import_rows",
    "list_imports",
    "list_notices",
    "mark",
    "offer_carer_support",
    "own_corroborations",
    "own_flags_among",
    "propose_flag",
    "read_flag",
    "read_import",
    "read_notice",
    "read_reservation",
    "receive_register",
    "recipients_of_flag",
    "record_adult_contact",
    "record_people",
    "remove_flag",
    "reserve_category",
    "review_flag",
    "rulings_then",
    "run_import",
    "shared_flag",
    "shown_check",
    "tell_challenger",
    "tell_late_holders",
    "withdraw_corroboration",
]
