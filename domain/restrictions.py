"""Restricted records: a person about whom only named people of the agency may know that there is a record.

A colleague, a relative of one, somebody known to the public, a protected witness: the curious are not to find them. The
restriction names roles and accounts; to everybody else the record is absent, in every channel (law 4). Safety stays:
flags about such a person count as kept to those named, so that others are told to ring where the danger is grave.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.access import Principal, Role
from domain.errors import DomainError
from domain.flag_reservations import check_named_roles
from domain.ids import AgencyCode, RecordId, UserId
from domain.validation import REASON, Faults

UNRESTRICTED = 1
"""The version that stands where nobody ever restricted the record."""
MOST_USERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """How one record is restricted: to roles and accounts, or, with neither, not or no longer."""

    id: RecordId
    agency: AgencyCode
    version: int = UNRESTRICTED
    roles: frozenset[Role] = frozenset()
    users: frozenset[UserId] = frozenset()
    reason_code: str | None = None
    reason: str | None = None
    set_at: datetime | None = None
    set_by: UserId | None = None

    @property
    def is_in_force(self) -> bool:
        """Say whether it holds."""
        return bool(self.roles)


@dataclass(frozen=True, slots=True)
class RestrictPerson:
    """To whom a record is restricted, and why; `users` are named beside the roles."""

    roles: frozenset[Role]
    users: tuple[UserId, ...]
    reason_code: str
    reason: str


def restrict(
    standing: Restriction, command: RestrictPerson, known: Collection[UserId], by: Principal, at: datetime
) -> Restriction:
    """Restrict a record, or name others than before; `known` are those of the accounts that the agency has.

    Among the roles named some may propose flags and some decide on them, or nobody could end a warning.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.code("/reasonCode", "restriction-reason", command.reason_code)
    faults.text("/reason", command.reason, REASON)
    check_named_roles(faults, "/roles", command.roles)
    faults.unless(len(command.users) <= MOST_USERS, "/users", "too-many")
    for place, user in enumerate(command.users):
        faults.unless(user in known, f"/users/{place}", "not-found")
        faults.unless(user not in command.users[:place], f"/users/{place}", "duplicate")
    faults.refuse()
    return Restriction(
        id=standing.id,
        agency=standing.agency,
        version=standing.version + 1,
        roles=command.roles,
        users=frozenset(command.users),
        reason_code=command.reason_code,
        reason=command.reason,
        set_at=at,
        set_by=by.user,
    )


def lift(standing: Restriction, reason: str, by: Principal, at: datetime) -> Restriction:
    """Open a record again to whoever's role reads records.

    Raises:
        DomainError: `sharing-state-conflict` where it is not restricted, `content-invalid`.
    """
    if not standing.is_in_force:
        raise DomainError("sharing-state-conflict")
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
    return Restriction(
        id=standing.id, agency=standing.agency, version=standing.version + 1, reason=reason, set_at=at, set_by=by.user
    )
