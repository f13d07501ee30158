"""The person is told: the notice was delivered, and the question of telling rests (F-06, F-07).

Nothing is told by making a letter; somebody says on what day it was delivered and how. What is withheld stays so until
a review decides otherwise, and what is put off is not told before its day.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError
from domain.flag_codes import FlagState, NotifyKind
from domain.flag_decisions import WITHHELD, sign
from domain.flags import Flag, check_turn
from domain.notices import Notice
from domain.validation import Faults


@dataclass(frozen=True, slots=True)
class DeliverNotice:
    """Record that a notice reached the person: on what day, and how."""

    on: date
    how: str


def deliver(flag: Flag, notice: Notice, command: DeliverNotice, by: Principal, at: datetime) -> Flag:
    """Take the person as told by a notice, from which holders of the flag learn nothing new (F-06).

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`; `flag-state-conflict` for a flag that is not active, of
            which the person is not to be told, or was already; `content-invalid`.
    """
    check_turn(flag, by, frozenset({FlagState.ACTIVE}))
    telling = flag.notification
    if telling is None or telling.kind in WITHHELD or telling.kind is NotifyKind.TOLD:
        raise DomainError("flag-state-conflict")
    faults = Faults()
    faults.line("/how", command.how)
    faults.unless(command.on <= local_date(at), "/on", "in-future")
    put_off_to = telling.on if telling.kind is NotifyKind.DEFERRED else None
    earliest = max(local_date(notice.recorded_at), put_off_to or date.min)
    faults.unless(command.on >= earliest, "/on", "out-of-range")
    faults.refuse()
    told = replace(
        telling,
        kind=NotifyKind.TOLD,
        on=command.on,
        how=command.how,
        route_checked=True,
        agreements=notice.agreements,
        notice=notice.id,
    )
    return replace(flag, version=flag.version + 1, changed=sign(by, at), change=None, notification=told)
