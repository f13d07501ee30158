"""Notices to agencies that hold a flag: who is told of which change, by when they answer, who is chased (F-15).

A notice stands in the inbox of each agency that received a version, whether or not it may still see the flag: a
warning that is called back must reach those who can no longer look it up (UK GDPR Art 19). It carries identifiers
only. Which change a step is, is said with the step (`domain.flag_changes`); its code is the kind of the notice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.access import Role
from domain.errors import invalid
from domain.flag_codes import FlagState, RecipientChange
from domain.ids import AgencyCode, FlagId, RecordId, UserId
from domain.problems import Bilingual


class Urgency(StrEnum):
    """How soon a holder has to act on a notice."""

    AT_ONCE = "at-once"
    SOON = "soon"
    ROUTINE = "routine"


class CopiesOutcome(StrEnum):
    """Codes of `copies-outcome`: what a holder did with its copies."""

    UPDATED = "updated"
    DESTROYED = "destroyed"
    KEPT_AS_RECORD = "kept-as-record"
    NONE_HELD = "none-held"


class HeldBy(StrEnum):
    """By what an agency came to hold the version that it holds: a machine, a human, or its answer to a notice."""

    MATCH = "match"
    DISPLAY = "display"
    ACKNOWLEDGEMENT = "acknowledgement"
    NOTICE = "notice"


ACKNOWLEDGE_WITHIN: dict[Urgency, timedelta] = {
    Urgency.AT_ONCE: timedelta(hours=4),
    Urgency.SOON: timedelta(days=2),
    Urgency.ROUTINE: timedelta(days=7),
}
"""Hours and days of the clock, not of the office: a warning called back at 02:00 is answered before the first visit."""

_SOON = frozenset({RecipientChange.RESTRICTED, RecipientChange.RECTIFIED, RecipientChange.CONTESTED})


def urgency_of(kind: RecipientChange) -> Urgency:
    """Say how soon holders have to act on a change."""
    if kind.withdraws:
        return Urgency.AT_ONCE
    return Urgency.SOON if kind in _SOON else Urgency.ROUTINE


def within(kind: RecipientChange) -> timedelta:
    """Say how long a holder has to acknowledge a change."""
    return ACKNOWLEDGE_WITHIN[urgency_of(kind)]


_DESK = (Role.DUTY_DESK, Role.MASH_DUTY, Role.SPOC, Role.DUTY_MANAGER)


@dataclass(frozen=True, slots=True)
class Reminder:
    """After so much of the notice's own time once it is due, who is chased: of the holder, or of the sender."""

    number: int
    moment: datetime
    roles: tuple[Role, ...]
    to_sender: bool = False


def reminders(kind: RecipientChange, due_at: datetime) -> Iterator[Reminder]:
    """List when a notice that nobody acknowledges is chased, and before whom, in order.

    At its due time the receiving agency's duty roles, after half as long again its leads and data protection officers
    too, after as long again the decision-makers of the agency that sent it: they hear that a holder is silent.
    """
    span = within(kind)
    yield Reminder(1, due_at, _DESK)
    yield Reminder(2, due_at + span / 2, (*_DESK, Role.SAFEGUARDING_LEAD, Role.DPO_IG))
    yield Reminder(3, due_at + span, (Role.FLAG_DECISION_MAKER, Role.SAFEGUARDING_LEAD), to_sender=True)


def reminded(kind: RecipientChange, due_at: datetime, at: datetime) -> tuple[Reminder, ...]:
    """List the reminders whose moment has come."""
    return tuple(each for each in reminders(kind, due_at) if each.moment <= at)


def next_reminder(kind: RecipientChange, due_at: datetime, after: datetime) -> datetime | None:
    """Find when a notice is chased next; None when everybody has been."""
    return next((each.moment for each in reminders(kind, due_at) if each.moment > after), None)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody of the holder's read a notice, and what was done with the copies there."""

    at: datetime
    by: UserId
    outcome: CopiesOutcome


@dataclass(frozen=True, slots=True)
class Chased:
    """When a notice was last chased, and before which roles of the agency that has it."""

    at: datetime
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxNotice:
    """News of a flag in the inbox of an agency that holds it.

    `about` is the sender's record, for the trail and nobody else; `phone` whom to ring.
    """

    id: UUID
    agency: AgencyCode
    sender: AgencyCode
    phone: str
    flag_id: FlagId
    about: RecordId | None
    held_version: int
    version: int
    kind: RecipientChange
    made_at: datetime
    due_at: datetime
    acknowledged: Acknowledgement | None
    chased: Chased | None = None

    @property
    def urgency(self) -> Urgency:
        """Say how soon to act."""
        return urgency_of(self.kind)

    @property
    def what_now(self) -> Bilingual:
        """Say what to do."""
        return WHAT_NOW[self.kind]

    def is_overdue(self, at: datetime) -> bool:
        """Say whether it should have been acknowledged by now."""
        return self.acknowledged is None and self.due_at <= at


def check_outcome(kind: RecipientChange, outcome: CopiesOutcome) -> None:
    """Refuse an answer that cannot be true: there is no version to update to once a flag has ended.

    What should never have been is not kept as a record either (Art 17).

    Raises:
        DomainError: `content-invalid`.
    """
    never = {CopiesOutcome.UPDATED} if kind.withdraws else set[CopiesOutcome]()
    if kind in {RecipientChange.ERASED, RecipientChange.WRONG_PERSON}:
        never.add(CopiesOutcome.KEPT_AS_RECORD)
    if outcome in never:
        raise invalid(("/outcome", "inconsistent"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """One agency that holds one version: matched by a machine, shown to a human, acknowledged by one."""

    agency: AgencyCode
    flag_version: int
    matched_at: datetime
    displayed_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The last notice an agency acknowledged: which version it told of, when, and what was done with the copies."""

    version: int
    at: datetime
    outcome: CopiesOutcome


@dataclass(frozen=True, slots=True)
class Holding:
    """What an agency holds of a flag now: which version, since when, and by what."""

    version: int
    since: datetime
    by: HeldBy


def holding(newest: Receipt, settled: Settled | None) -> Holding | None:
    """Say what an agency holds now: the newest version it received, unless it said since what became of it."""
    if settled is not None and settled.at >= newest.matched_at:
        if settled.outcome in {CopiesOutcome.DESTROYED, CopiesOutcome.NONE_HELD}:
            return None
        if settled.outcome is CopiesOutcome.UPDATED and settled.version > newest.flag_version:
            return Holding(settled.version, settled.at, HeldBy.NOTICE)
    if newest.acknowledged_at is not None:
        return Holding(newest.flag_version, newest.matched_at, HeldBy.ACKNOWLEDGEMENT)
    by = HeldBy.MATCH if newest.displayed_at is None else HeldBy.DISPLAY
    return Holding(newest.flag_version, newest.matched_at, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFlag:
    """Another agency's flag as the caller's agency holds it; `told_version` is the newest that holders were told of."""

    flag_id: FlagId
    owner_agency: AgencyCode
    about: RecordId | None
    state: FlagState
    told_version: int
    holding: Holding
    outcome: CopiesOutcome | None

    @property
    def is_stale(self) -> bool:
        """Say whether holders have been told of a newer version than the one held."""
        return self.holding.version < self.told_version


_LOOK_AGAIN = Bilingual(
    "The flag has changed: read or check it again where your agency may, and replace your copies.",
    "Mae'r fflag wedi newid: darllenwch neu gwiriwch hi eto lle caiff eich asiantaeth wneud hynny, a disodlwch eich "
    "copïau.",
)
_CALLED_BACK = Bilingual(
    "The flag should never have been given. Destroy every copy now, and tell whoever you passed it to.",
    "Ni ddylai'r fflag erioed fod wedi'i rhoi. Dinistriwch bob copi nawr, a rhowch wybod i bawb y gwnaethoch ei phasio "
    "ato.",
)
WHAT_NOW: Mapping[RecipientChange, Bilingual] = {
    **dict.fromkeys(RecipientChange, _LOOK_AGAIN),
    RecipientChange.REVIEWED_KEPT: Bilingual(
        "The flag was reviewed and kept. Mark your copies with the new version.",
        "Adolygwyd y fflag a'i chadw. Nodwch y fersiwn newydd ar eich copïau.",
    ),
    RecipientChange.CONTESTED: Bilingual(
        "The accuracy of the flag is contested. Say so on your copies until you are told the outcome.",
        "Mae cywirdeb y fflag yn cael ei herio. Nodwch hynny ar eich copïau nes i chi glywed y canlyniad.",
    ),
    RecipientChange.RESTRICTED: Bilingual(
        "The flag's use is restricted. Do not rely on your copies: ring the number given before contact.",
        "Mae defnydd y fflag wedi'i gyfyngu. Peidiwch â dibynnu ar eich copïau: ffoniwch y rhif a roddir cyn cysylltu.",
    ),
    RecipientChange.REMOVED: Bilingual(
        "The flag has been removed and no longer applies. Remove your copies. This does not show that it is safe.",
        "Mae'r fflag wedi'i dileu ac nid yw'n berthnasol mwyach. Dilëwch eich copïau. Nid yw hyn yn dangos ei bod yn "
        "ddiogel.",
    ),
    RecipientChange.ERASED: _CALLED_BACK,
    RecipientChange.WRONG_PERSON: _CALLED_BACK,
}
"""What to do, for each kind of notice; nothing of the flag is said (W-07: the Welsh awaits a translator's check)."""
