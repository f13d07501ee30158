"""Declared conflicts of interest: people whom somebody does not look at, because they are close to them.

Whoever may look must not look at their own mother, their neighbour or themselves. A declaration names one human by an
account of theirs and one own person record; while it holds, nothing about that person leaves to that human from
whatever account (ADR 0017), and another human ends it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.access import Principal, Role
from domain.dates import local_date, start_of_day
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, ConflictId, HumanId, RecordId, UserId
from domain.validation import REASON, Faults

CONFLICT = "conflict-of-interest"
"""The refusal where the answer would hold somebody whom the human who asks has declared."""

OWN_HOME = ("oneself", "household")
"""Kinds that say where the human lives themself: who lives there is of their own circle."""

OVERSEERS = frozenset({Role.LINE_MANAGER, Role.DPO_IG})
"""Roles that declare for others of their agency, see all its declarations, and end them."""


@dataclass(frozen=True, slots=True)
class DeclareConflict:
    """Whom it concerns (None for whoever asks), which own record is close to them and how, and the last day."""

    user: UserId | None
    about: RecordId
    kind: str
    until: date | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a declaration concerns: the account and the human behind it."""

    user: UserId
    human: HumanId
    is_team: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """That a declaration was ended, by whom and why."""

    reason: str
    signed: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictDeclaration:
    """One version of a declaration; the version with its ending follows the one without."""

    id: ConflictId
    owner_agency: AgencyCode
    version: int
    user: UserId
    human: HumanId
    about: RecordId
    kind: str
    until: date | None
    reason: str | None
    declared: Signature
    ended: Ending | None = None

    @property
    def until_moment(self) -> datetime | None:
        """Give the moment after the last day on which it holds; None where it holds until somebody ends it."""
        return None if self.until is None else start_of_day(self.until + timedelta(days=1))

    def holds(self, at: datetime) -> bool:
        """Say whether it holds at a moment."""
        last = self.until_moment
        return self.ended is None and (last is None or at < last)

    def is_own_of(self, by: Principal) -> bool:
        """Say whether it concerns whoever asks, from whatever account."""
        return by.is_one_with(self.user, self.human)


def oversees(by: Principal) -> bool:
    """Say whether somebody declares and sees declarations for others of their agency."""
    return not by.roles.isdisjoint(OVERSEERS)


def check_whom(command: DeclareConflict, by: Principal) -> None:
    """Refuse to let anybody but an overseer declare for somebody else.

    Raises:
        DomainError: `access-denied`.
    """
    if command.user not in {None, by.user} and not oversees(by):
        raise DomainError("access-denied")


def declare(
    new_id: ConflictId, command: DeclareConflict, concerned: Concerned, by: Principal, at: datetime
) -> ConflictDeclaration:
    """Declare that somebody is close to the person of an own record.

    Raises:
        DomainError: `content-invalid`; a team is nobody's mother or neighbour.
    """
    faults = Faults()
    faults.code("/kind", "conflict-kind", command.kind)
    faults.text("/reason", command.reason, REASON, required=False)
    faults.unless(command.until is None or command.until >= local_date(at), "/until", "in-past")
    faults.unless(not concerned.is_team, "/userId", "inconsistent")
    faults.refuse()
    return ConflictDeclaration(
        id=new_id,
        owner_agency=by.agency,
        version=1,
        user=concerned.user,
        human=concerned.human,
        about=command.about,
        kind=command.kind,
        until=command.until,
        reason=command.reason,
        declared=sign(by, at),
    )


def end(declaration: ConflictDeclaration, reason: str, by: Principal, at: datetime) -> ConflictDeclaration:
    """End a declaration, as another human than the one it concerns.

    Raises:
        DomainError: `conflict-needs-another`, `conflict-ended`, `content-invalid`.
    """
    if declaration.is_own_of(by):
        raise DomainError("conflict-needs-another")
    if not declaration.holds(at):
        raise DomainError("conflict-ended")
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
    return replace(declaration, version=declaration.version + 1, ended=Ending(reason, sign(by, at)))
