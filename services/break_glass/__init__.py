"""Break-glass: a named human opens a sealed door for an hour, and answers for it."""

from services.break_glass.clocks import chase_break_glass_reviews
from services.break_glass.repository import GrantsWanted, NoticesWanted
from services.break_glass.use_cases import (
    OpenedWarnings,
    SeenGrant,
    Step,
    acknowledge_break_glass_notice,
    list_break_glass_notices,
    list_grants,
    open_break_glass,
    read_grant,
    read_opened_warnings,
    restore_break_glass,
    review_grant,
)

__all__ = [
    "GrantsWanted",
    "NoticesWanted",
    "OpenedWarnings",
    "SeenGrant",
    "Step",
    "acknowledge_break_glass_notice",
    "chase_break_glass_reviews",
    "list_break_glass_notices",
    "list_grants",
    "open_break_glass",
    "read_grant",
    "read_opened_warnings",
    "restore_break_glass",
    "review_grant",
]
