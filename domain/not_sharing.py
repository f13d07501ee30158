"""Decisions not to share, or not to ask: recorded with a reason, and put before a manager where fear was the reason.

Concern about what a hostile person may do afterwards deters people from sharing; a manager has to hear of it, answer it
and is chased until then (G-3.3-3).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Principal, Role
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, InformationRequestId, NotSharingId, RecordId
from domain.validation import REASON, Faults

FEAR = "fear-of-repercussions"
ANSWER_WITHIN = timedelta(days=2)
"""How long a manager may take to answer somebody's fear."""


class NotSharingKind(StrEnum):
    """What was decided against."""

    NOT_TO_SHARE = "not-to-share"
    NOT_TO_ASK = "not-to-ask"


class ManagerOutcome(StrEnum):
    """What a manager makes of it."""

    STANDS = "stands"
    TO_BE_SHARED = "to-be-shared"
    """It is to be shared after all, by somebody else or with support."""


@dataclass(frozen=True, slots=True)
class DecideNotToShare:
    """What was not shared or asked about whom with which agency, and why."""

    kind: NotSharingKind
    about: RecordId
    agency: AgencyCode | None
    reason_code: str
    reason: str
    request_id: InformationRequestId | None = None


@dataclass(frozen=True, slots=True)
class ManagerAnswer:
    """What a manager answers, and how whoever was afraid is supported."""

    outcome: ManagerOutcome
    support: str


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """A manager's answer and whose it is."""

    answer: ManagerAnswer
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSharing:
    """One version of the decision; the version with a manager's answer follows the one without."""

    id: NotSharingId
    owner_agency: AgencyCode
    version: int
    decision: DecideNotToShare
    decided: Signature
    answered: AnsweredBy | None = None

    @property
    def awaits_manager(self) -> bool:
        """Say whether a manager has yet to answer."""
        return self.decision.reason_code == FEAR and self.answered is None

    @property
    def answer_by(self) -> datetime:
        """Say by when a manager is to answer."""
        return self.decided.at + ANSWER_WITHIN


def decide_not_to_share(new_id: NotSharingId, command: DecideNotToShare, by: Principal, at: datetime) -> NotSharing:
    """Record the decision.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.code("/reasonCode", "not-sharing-reason", command.reason_code)
    faults.text("/reason", command.reason, REASON)
    faults.unless(command.agency != by.agency, "/agency", "inconsistent")
    faults.refuse()
    return NotSharing(id=new_id, owner_agency=by.agency, version=1, decision=command, decided=sign(by, at))


def reads_all_reasons(by: Principal) -> bool:
    """Say whether somebody reads every such decision; a line manager reads those that fear was the reason of."""
    return not by.roles.isdisjoint({Role.SAFEGUARDING_LEAD, Role.DPO_IG})


def answer(decision: NotSharing, given: ManagerAnswer, by: Principal, at: datetime) -> NotSharing:
    """Answer somebody's fear, as a manager who did not decide it.

    Raises:
        DomainError: `sharing-needs-another`, `sharing-state-conflict`, `content-invalid`.
    """
    if by.is_one_with(decision.decided.user, decision.decided.human):
        raise DomainError("sharing-needs-another")
    if not decision.awaits_manager:
        raise DomainError("sharing-state-conflict")
    faults = Faults()
    faults.text("/support", given.support, REASON)
    faults.refuse()
    return replace(decision, version=decision.version + 1, answered=AnsweredBy(given, sign(by, at)))
