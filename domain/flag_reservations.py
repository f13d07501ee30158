"""Kinds of warning that an agency keeps to named roles, which alone may raise or see them (law 3).

The setting is the owner's, one per category. Whoever holds none of the roles is told nothing of such a flag, in
no channel, save the narrow exception of law 4: a live danger still yields a number to ring.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.access import GRANTS, Permission, Principal, Role, roles_with
from domain.errors import DomainError
from domain.flag_codes import Category
from domain.ids import AgencyCode, UserId
from domain.validation import REASON, Faults

UNRESERVED = 1
"""The version that stands where nobody ever reserved the category."""

_FLAG_PERMISSIONS = frozenset(permission for permission in Permission if permission.value.startswith("flag:"))
RESERVABLE = frozenset(role for role, granted in GRANTS.items() if granted & _FLAG_PERMISSIONS)
"""Roles that a kind of warning can be kept to: those that have anything to do with flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """How one agency keeps one category: the roles that alone may raise and see it, or everyone whose role reads.

    `roles` is empty and nobody has signed where it is not reserved and never was.
    """

    agency: AgencyCode
    category: Category
    version: int = UNRESERVED
    roles: frozenset[Role] = frozenset()
    reason: str | None = None
    set_at: datetime | None = None
    set_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class ReserveCategory:
    """Keep a category to some roles, or to nobody in particular again, with the reason."""

    category: Category
    roles: frozenset[Role]
    reason: str


def is_open_to(reserved_for: Collection[Role] | None, roles: Collection[Role]) -> bool:
    """Say whether somebody in some roles may raise and see what is kept to others (None: to nobody)."""
    return reserved_for is None or not frozenset(reserved_for).isdisjoint(roles)


def reserve(standing: Reservation, command: ReserveCategory, by: Principal, at: datetime) -> Reservation:
    """Set anew to whom a category of the caller's agency is kept.

    Raises:
        DomainError: `access-denied`, `content-invalid`.
    """
    if by.agency != standing.agency:
        raise DomainError("access-denied")
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    if command.roles:
        check_named_roles(faults, "/roles", command.roles)
    faults.refuse()
    return Reservation(
        agency=standing.agency,
        category=standing.category,
        version=standing.version + 1,
        roles=command.roles,
        reason=command.reason,
        set_at=at,
        set_by=by.user,
    )


def check_named_roles(faults: Faults, pointer: str, roles: Collection[Role]) -> None:
    """Check that named roles can live with a flag: all deal with flags, some may propose it and some may decide.

    Otherwise a flag could be raised that nobody may review or end, or none be raised at all.
    """
    faults.unless(RESERVABLE.issuperset(roles), pointer, "inconsistent")
    for needed in (Permission.FLAG_PROPOSE, Permission.FLAG_DECIDE):
        if roles_with(needed).isdisjoint(roles):
            faults.add(pointer, "too-few")
            return
