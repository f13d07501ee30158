"""What is owed to a protocol in force, well before it is late: its review, and a successor before it lapses.

Both are put before the Board's administrators; that a protocol is about to lapse also before every partner who signed,
because it is their people who will be told to ring instead of being told what to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.access import Role
from domain.dates import start_of_day
from domain.duties import Clock, Rung
from domain.ids import AgencyCode
from domain.sharing_protocols import FLOWING, SIGNABLE, ProtocolSignature, SharingProtocol, signed_now

SIGN_WITHIN = timedelta(days=28)

_KEEPERS = (Role.BOARD_ADMINISTRATOR,)
_LEADS = (Role.SAFEGUARDING_LEAD, Role.CALDICOTT_GUARDIAN)
_OFFICERS = (*_LEADS, Role.DPO_IG)


class ProtocolDutyKind(StrEnum):
    """What is owed."""

    REVIEW = "review-protocol"
    SUCCEED = "protocol-lapses"
    SIGN = "sign-protocol"


@dataclass(frozen=True, slots=True)
class ProtocolDuty:
    """One thing that one agency owes."""

    kind: ProtocolDutyKind
    agency: AgencyCode
    clock: Clock


def duties_of_protocol(protocol: SharingProtocol, signatures: Iterable[ProtocolSignature]) -> tuple[ProtocolDuty, ...]:
    """List what is owed to a protocol as it stands."""
    board, signed = protocol.owner_agency, signed_now(signatures)
    found: list[ProtocolDuty] = []
    if protocol.assured is not None and protocol.state in SIGNABLE:
        ladder = (Rung(timedelta(days=14), _LEADS), Rung(timedelta(0), _OFFICERS))
        clock = Clock(protocol.assured.at + SIGN_WITHIN, ladder)
        found += [ProtocolDuty(ProtocolDutyKind.SIGN, each, clock) for each in sorted(protocol.agencies - signed)]
    if protocol.state in FLOWING:
        days = (60, 30, 0, -28)
        found.append(ProtocolDuty(ProtocolDutyKind.REVIEW, board, _clock(protocol.terms.review_due, days, _KEEPERS)))
        if protocol.terms.runs_until is not None:
            lapses = protocol.terms.runs_until + timedelta(days=1)
            found.append(ProtocolDuty(ProtocolDutyKind.SUCCEED, board, _clock(lapses, (90, 30, 7, 0), _KEEPERS)))
            found += [
                ProtocolDuty(ProtocolDutyKind.SUCCEED, each, _clock(lapses, (30, 7, 0), _OFFICERS))
                for each in sorted(signed)
            ]
    return tuple(found)


def _clock(day: date, days_before: tuple[int, ...], roles: tuple[Role, ...]) -> Clock:
    due: datetime = start_of_day(day)
    return Clock(due, tuple(Rung(timedelta(days=days), roles) for days in days_before))
