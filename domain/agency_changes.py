"""What administrators did to the register, act by act: nothing is silently changed (law 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.ids import UserId


class Thing(StrEnum):
    """What was changed."""

    AGENCY = "agency"
    USER = "user"
    ROLE = "role"
    CLIENT = "client"
    REQUEST = "request"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Change:
    """One act: `reference` is the id of the thing, `version` the one it led to, `content` how it then stood."""

    thing: Thing
    reference: str
    version: int
    change: str
    content: Mapping[str, object]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One act as it is read: what, when and by whom."""

    id: UUID
    change: Change
    at: datetime
    by: UserId
