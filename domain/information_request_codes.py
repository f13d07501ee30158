"""Codes of information requests: where one stands, how urgent it is, and the forms in which it may be refused."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class InformationRequestState(StrEnum):
    """Where a request stands."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CLARIFICATION_ASKED = "clarification-asked"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    ANSWERED_IN_PART = "answered-in-part"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


S = InformationRequestState

WITH_HOLDER = frozenset({S.SENT, S.ACKNOWLEDGED, S.ESCALATED})
"""States in which the holder is to act."""
UNANSWERED = WITH_HOLDER | {S.CLARIFICATION_ASKED}
"""States in which an answer is still to come."""


class Urgency(StrEnum):
    """How soon an answer is needed; codes of `request-urgency`."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class Times:
    """How long each step may take, in civil time: there is no calendar of working days here yet."""

    acknowledge: timedelta
    answer: timedelta
    clarify: timedelta


TIMES: dict[Urgency, Times] = {
    Urgency.EMERGENCY: Times(timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=30)),
    Urgency.URGENT: Times(timedelta(hours=4), timedelta(hours=24), timedelta(hours=12)),
    Urgency.ROUTINE: Times(timedelta(days=2), timedelta(days=7), timedelta(days=7)),
}
"""An enquiry under section 126 normally takes seven working days, so a routine answer comes within seven civil ones."""

DUTY_TO_INFORM = "SSWBA-164"
"""The gateway under which a relevant partner must give information unless one of two things holds."""
BOARD_REQUIRES = "SSWBA-137"
"""The gateway by which a safeguarding board asks for what its functions need."""

DUTY_FORMS = frozenset({"incompatible-with-own-duties", "adverse-to-own-functions"})
"""The two forms in which section 164 lets a partner decline, each with written reasons."""
NOTHING_TO_GIVE = frozenset({"not-held", "person-not-found"})
"""No refusal of a duty: there is nothing to give."""

PUBLIC_BODIES = frozenset(
    {"local-authority", "health-board", "nhs-trust", "police", "probation", "fire-rescue", "ambulance", "board"}
)
"""Types of agency that act for a public task of their own, so never under a recognised legitimate interest."""
RELEVANT_PARTNERS = frozenset({"local-authority", "health-board", "nhs-trust", "police", "probation", "ambulance"})
"""Types of agency to which a council's request under section 164 may go; the ambulance service is an NHS trust."""
PRIVATE_BASES = frozenset({"6-1-ea", "6-1-f"})
"""Bases on which a public body cannot do its own tasks."""
