"""How a challenge reached the agency, who may speak for the person, and by when it is acknowledged and answered (F-16).

A challenge is a complaint about the use of somebody's data (DPA 2018 s164A) and asks for rectification: it is
acknowledged within 30 days and answered within a month (A-01 to A-03, A-18).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.dates import add_months
from domain.ids import UserId
from domain.validation import Faults

ACKNOWLEDGE_WITHIN = timedelta(days=29)
"""After the day of receipt, which is the first of the 30 days (A-18)."""
ANSWER_WITHIN_MONTHS = 1


@dataclass(frozen=True, slots=True)
class AuthorityCheck:
    """That somebody may speak for the person: what their authority is, how it was checked, and on what day."""

    authority: str
    how: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class Representation:
    """An authority that was checked, and by whom."""

    check: AuthorityCheck
    checked_by: UserId


@dataclass(frozen=True, slots=True)
class Intake:
    """When and how a challenge reached the agency, and for whom its sender speaks."""

    received_on: date
    channel: str
    representation: Representation | None = None

    @property
    def acknowledge_by(self) -> date:
        """Give the last day for acknowledging it."""
        return self.received_on + ACKNOWLEDGE_WITHIN

    @property
    def answer_by(self) -> date:
        """Give the last day for answering: a month from receipt, or from when the authority was known (A-01)."""
        known = self.received_on if self.representation is None else self.representation.check.checked_on
        return add_months(max(self.received_on, known), ANSWER_WITHIN_MONTHS)


class Message(StrEnum):
    """What whoever contests a flag is told."""

    ACKNOWLEDGEMENT = "acknowledgement"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Told:
    """Whoever contested the flag was told something: on what day, how, and who recorded it."""

    on: date
    how: str
    recorded_at: datetime
    recorded_by: UserId


def check_intake(
    faults: Faults, intake: tuple[date, str], authority: AuthorityCheck | None, today: date, *, speaks_for: bool
) -> None:
    """Check when and how a challenge came, and that whoever speaks for the person may.

    `intake` is the day received and the channel.
    """
    received_on, channel = intake
    faults.unless(received_on <= today, "/receivedOn", "in-future")
    faults.code("/channel", "contact-channel", channel)
    if (authority is not None) != speaks_for:
        faults.add("/authority", "required" if speaks_for else "inconsistent")
    if authority is not None:
        faults.code("/authority/authority", "representative-authority", authority.authority)
        faults.line("/authority/how", authority.how)
        faults.unless(authority.checked_on <= today, "/authority/checkedOn", "in-future")
