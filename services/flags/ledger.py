"""The recipient ledger as its owner reads it (F-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.flag_codes import RecipientChange
from domain.flag_inbox import CopiesOutcome, Holding, Receipt, Settled, holding
from domain.flag_retention import Kept
from domain.ids import AgencyCode


@dataclass(frozen=True, slots=True)
class SentNotice:
    """What one holder was told of a flag, and what it answered; who answered there stays there."""

    id: UUID
    agency: AgencyCode
    held_version: int
    version: int
    kind: RecipientChange
    made_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    outcome: CopiesOutcome | None
    is_overdue: bool
    chased_at: datetime | None
    chased: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """One agency that received a flag: what it holds now, None where it holds nothing, and what it was told."""

    agency: AgencyCode
    holding: Holding | None
    notices: tuple[SentNotice, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All who ever received a flag, and until when what remains of it is kept once it has ended."""

    recipients: tuple[Receipt, ...]
    kept: Kept | None
    holders: tuple[Holder, ...]


def holders_of(receipts: Sequence[Receipt], notices: Sequence[SentNotice]) -> tuple[Holder, ...]:
    """Gather by agency what it holds now and what it was told; `receipts` name the newest version first."""
    newest: dict[AgencyCode, Receipt] = {}
    for receipt in receipts:
        newest.setdefault(receipt.agency, receipt)
    found: list[Holder] = []
    for agency, receipt in newest.items():
        told = tuple(notice for notice in notices if notice.agency == agency)
        answers = [
            Settled(each.version, each.acknowledged_at, each.outcome)
            for each in told
            if each.acknowledged_at is not None and each.outcome is not None
        ]
        settled = max(answers, key=lambda each: (each.at, each.version), default=None)
        found.append(Holder(agency, holding(receipt, settled), told))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Chased:
    """When a duty was last put before somebody, and before which roles."""

    at: datetime
    roles: tuple[str, ...]
