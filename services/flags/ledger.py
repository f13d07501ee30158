"""The recipient ledger as its owner reads it (F-15)."""

from dataclasses import dataclass
from datetime import datetime

from domain.flag_retention import Kept
from domain.ids import AgencyCode


@dataclass(frozen=True, slots=True)
class Receipt:
    """One agency that holds one version: matched by a machine, shown to a human, acknowledged by one."""

    agency: AgencyCode
    flag_version: int
    matched_at: datetime
    displayed_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All who hold a flag, and until when what remains of it is kept once it has ended."""

    recipients: tuple[Receipt, ...]
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Chased:
    """When a duty was last put before somebody, and before which roles."""

    at: datetime
    roles: tuple[str, ...]
