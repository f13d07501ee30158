"""Provisional markers: a duty manager's warning that cannot wait for a decision, for 72 hours at most (F-01, law 5).

It takes a category, what to do and one plain line, nothing else, because it is made in a car park on a Friday night.
Its own agency is warned in full at once; partners who are about to make contact are told to ring. Evidence follows,
somebody else decides, or it ends by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_adults import AdultsSeen
from domain.flag_care import check_wording
from domain.flag_codes import Category, FlagState
from domain.flag_decisions import ControlSentence, Marker, Signature, check_precaution, sign
from domain.flag_evidence import IncidentRef, ProposeFlag, Subject, check_cited, check_subject, concerned
from domain.flag_reviews import Ending, EndingKind
from domain.flags import Flag, check_owner, check_state, has_lapsed
from domain.ids import FlagId, HumanId, IncidentId, UserId
from domain.incidents import Incident
from domain.validation import REASON, Faults

MARKER_LIFE = timedelta(hours=72)
"""How long a marker may warn undecided: a long weekend."""

_PROVISIONAL = frozenset({FlagState.PROVISIONAL})
_LAPSED = "Nobody decided within 72 hours."
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class RaiseMarker:
    """Warn at once: of whom or what, of which kind of risk, and what to do."""

    subject: Subject
    category: Category
    controls: tuple[str, ...]
    sentence: ControlSentence


@dataclass(frozen=True, slots=True)
class GroundMarker:
    """Add the evidence on which a marker may be decided."""

    incidents: tuple[IncidentId, ...]
    reason: str


def raise_marker(flag_id: FlagId, command: RaiseMarker, by: Principal, at: datetime) -> Flag:
    """Make a marker that warns from now on.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    check_subject(faults, command.subject, command.category)
    check_precaution(faults, "", command.controls, command.sentence)
    if command.category is Category.CARE_NEED_BEHAVIOUR:
        check_wording(faults, "/sentence", command.sentence.en, command.sentence.cy)
    faults.refuse()
    signed = sign(by, at)
    return Flag(
        id=flag_id,
        owner_agency=by.agency,
        subject=command.subject,
        category=command.category,
        state=FlagState.PROVISIONAL,
        version=1,
        incidents=(),
        proposed=signed,
        proposal_reason="",
        obtained_on=local_date(at),
        changed=signed,
        marker=Marker(command.controls, command.sentence, at + MARKER_LIFE),
    )


def ground(flag: Flag, command: GroundMarker, incidents: Sequence[Incident], by: Principal, at: datetime) -> Flag:
    """Add evidence to a marker, once; whoever gives it does not decide on it (F-01, F-02).

    Raises:
        DomainError: `access-denied`, `flag-state-conflict`, `content-invalid`.
    """
    check_owner(flag, by)
    check_state(flag, _PROVISIONAL)
    if flag.marker is None or flag.incidents or has_lapsed(flag, at):
        raise DomainError("flag-state-conflict")
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    asked = ProposeFlag(flag.subject, flag.category, command.incidents, command.reason)
    cited = check_cited(faults, asked, incidents, by.agency)
    faults.refuse()
    return replace(
        flag,
        version=flag.version + 1,
        changed=sign(by, at),
        incidents=tuple(IncidentRef(incident.id, incident.version) for incident in cited),
        proposal_reason=command.reason,
        obtained_on=min(flag.obtained_on, *(local_date(incident.recorded_at) for incident in cited)),
        marker=replace(flag.marker, grounded=sign(by, at)),
        adults=AdultsSeen(concerned(cited)),
    )


def lapse(flag: Flag, at: datetime) -> Flag:
    """End a marker whose time is over, signed by the service; a new warning is a new marker or a proposal.

    Raises:
        DomainError: `flag-state-conflict` when it is decided, or has time left.
    """
    if not has_lapsed(flag, at):
        raise DomainError("flag-state-conflict")
    signed = Signature(UserId(_NOBODY), HumanId(_NOBODY), at)
    ending = Ending(EndingKind.LAPSED, _LAPSED, signed)
    return replace(flag, version=flag.version + 1, changed=signed, state=FlagState.REMOVED, change=None, ending=ending)
