"""The register: agencies, the people and teams that act for them, and in which roles (DESIGN: Identity, Operators).

Every change is a new version with a reason and a named administrator. What guards others is given by two
people: `domain.agency_requests` has what waits for the second.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.access import APART, BOARD_ROLES, GUARDED_ROLES, Principal, Role
from domain.errors import DomainError
from domain.ids import AgencyCode, AssignmentId, HumanId, UserId
from domain.problems import Bilingual
from domain.text import tidy
from domain.validation import LINE, REASON, Faults

BOARD = "board"
"""The type of agency that the Board is; it is founded once and never made by a change."""

AGENCY_CODE = re.compile(r"[a-z0-9-]{2,40}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,28}[0-9]")


class Standing(StrEnum):
    """Whether something may be used now."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class UserStanding(StrEnum):
    """How an account stands: `left` is for good."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Agency:
    """One partner; `duty_phone` answers day and night and is public."""

    code: AgencyCode
    name: Bilingual
    type: str
    duty_phone: str
    version: int
    registered_at: datetime
    suspended_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """Say whether anybody may act for it."""
        return Standing.ACTIVE if self.suspended_at is None else Standing.SUSPENDED


@dataclass(frozen=True, slots=True)
class AgencyContent:
    """What is said of an agency."""

    name: Bilingual
    type: str
    duty_phone: str


@dataclass(frozen=True, slots=True)
class User:
    """One account: of a person, or of a team that answers for what a system does by itself.

    `human` is one for all accounts of one human, in every agency; it never leaves the service.
    """

    id: UserId
    owner_agency: AgencyCode
    human: HumanId
    display_name: str
    is_team: bool
    version: int
    registered_at: datetime
    suspended_at: datetime | None = None
    left_at: datetime | None = None

    def standing(self, at: datetime) -> UserStanding:
        """Say how the account stands at a moment."""
        if self.left_at is not None and self.left_at <= at:
            return UserStanding.LEFT
        return UserStanding.ACTIVE if self.suspended_at is None else UserStanding.SUSPENDED


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account an id is, as far as any agency may know it."""

    agency: AgencyCode
    human: HumanId
    is_team: bool
    has_left: bool


class RoleState(StrEnum):
    """Where a role stands; one that waits for a second person, or was not given, is a request."""

    PENDING = "pending"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    NOT_YET = "not-yet"
    HELD = "held"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """One role of one account for one agency, from when to when; `home` is the account's own agency."""

    id: AssignmentId
    user: UserId
    home: AgencyCode
    display_name: str
    agency: AgencyCode
    role: Role
    valid_from: datetime
    valid_to: datetime | None
    version: int
    assigned_at: datetime

    def state(self, at: datetime) -> RoleState:
        """Say whether it is held at a moment."""
        if self.valid_to is not None and self.valid_to <= at:
            return RoleState.ENDED
        return RoleState.HELD if self.valid_from <= at else RoleState.NOT_YET

    def overlaps(self, start: datetime, end: datetime | None) -> bool:
        """Say whether it holds at any moment of a period."""
        return Duty(self.role, self.valid_from, self.valid_to).overlaps(start, end)


@dataclass(frozen=True, slots=True)
class Duty:
    """A role that some account of a human holds, wherever it is."""

    role: Role
    valid_from: datetime
    valid_to: datetime | None

    def overlaps(self, start: datetime, end: datetime | None) -> bool:
        """Say whether it holds at any moment of a period."""
        return (end is None or self.valid_from < end) and (self.valid_to is None or self.valid_to > start)


def check_duties(role: Role, start: datetime, end: datetime | None, duties: Iterable[Duty]) -> None:
    """Refuse a role that its human may not hold beside one held in the same period.

    Raises:
        DomainError: `duties-apart`.
    """
    others = APART - {role} if role in APART else frozenset[Role]()
    if any(duty.role in others and duty.overlaps(start, end) for duty in duties):
        raise DomainError("duties-apart")


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Give an account a role for an agency, its own unless another is named; from now on unless later."""

    user: UserId
    role: str
    reason: str
    agency: AgencyCode | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def check_agency_code(code: str) -> None:
    """Refuse what is no code for an agency.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.unless(AGENCY_CODE.fullmatch(code) is not None, "/code", "pattern")
    faults.refuse()


def register_agency(code: AgencyCode, content: AgencyContent, at: datetime) -> Agency:
    """Register a partner; the Board itself cannot be registered a second time.

    Raises:
        DomainError: `content-invalid`.
    """
    check_agency_code(code)
    clean = _checked(content)
    _refuse_board(clean.type)
    return Agency(code, clean.name, clean.type, clean.duty_phone, 1, at)


def found_board(code: AgencyCode, content: AgencyContent, at: datetime) -> Agency:
    """Register the Board itself, before there is anybody to register agencies.

    Raises:
        DomainError: `content-invalid`.
    """
    check_agency_code(code)
    clean = _checked(replace(content, type=BOARD))
    return Agency(code, clean.name, BOARD, clean.duty_phone, 1, at)


def change_agency(agency: Agency, content: AgencyContent, reason: str) -> Agency:
    """Change what is said of an agency; nothing becomes the Board by a change, nor ceases to be it.

    Raises:
        DomainError: `content-invalid`.
    """
    check_reason(reason)
    clean = _checked(content)
    if clean.type != agency.type:
        _refuse_board(clean.type)
        _refuse_board(agency.type)
    return replace(agency, name=clean.name, type=clean.type, duty_phone=clean.duty_phone, version=agency.version + 1)


def set_agency_standing(agency: Agency, standing: Standing, reason: str, by: Principal, at: datetime) -> Agency:
    """Suspend an agency, so that nobody acts for it from the next request on, or restore it.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict`; also for one's own agency, which would lock
            the Board's administrators out of undoing it.
    """
    check_reason(reason)
    if agency.standing is standing or agency.code == by.agency:
        raise DomainError("register-state-conflict")
    suspended_at = at if standing is Standing.SUSPENDED else None
    return replace(agency, suspended_at=suspended_at, version=agency.version + 1)


def _checked(content: AgencyContent) -> AgencyContent:
    faults = Faults()
    faults.line("/name/en", content.name.en)
    faults.line("/name/cy", content.name.cy)
    faults.code("/type", "agency-type", content.type)
    faults.unless(_PHONE.fullmatch(content.duty_phone) is not None, "/dutyPhone", "pattern")
    faults.refuse()
    return replace(content, name=Bilingual(tidy(content.name.en), tidy(content.name.cy)))


def _refuse_board(kind: str) -> None:
    faults = Faults()
    faults.unless(kind != BOARD, "/type", "inconsistent")
    faults.refuse()


def checked_name(display_name: str) -> str:
    """Give a name as it is kept.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.line("/displayName", display_name, LINE)
    faults.refuse()
    return tidy(display_name)


def check_reason(reason: str) -> None:
    """Refuse an act without a reason.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()


def rename_user(user: User, display_name: str, reason: str) -> User:
    """Change the name an account is shown under.

    Raises:
        DomainError: `content-invalid`.
    """
    check_reason(reason)
    return replace(user, display_name=checked_name(display_name), version=user.version + 1)


def set_user_standing(user: User, standing: Standing, reason: str, by: Principal, at: datetime) -> User:
    """Suspend an account from the next request on, or restore it; nobody restores an account of their own.

    Raises:
        DomainError: `content-invalid`, `needs-another-person`, `register-state-conflict`.
    """
    check_reason(reason)
    if standing is Standing.ACTIVE and by.is_one_with(user.id, user.human):
        raise DomainError("needs-another-person")
    if user.standing(at) not in set(UserStanding) - {UserStanding.LEFT, UserStanding(standing.value)}:
        raise DomainError("register-state-conflict")
    suspended_at = at if standing is Standing.SUSPENDED else None
    return replace(user, suspended_at=suspended_at, version=user.version + 1)


def record_departure(user: User, left_at: datetime | None, reason: str, at: datetime) -> User:
    """Say when somebody leaves, now unless later; the account ends then, and is never given to anybody else.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict` for somebody who has left.
    """
    check_reason(reason)
    leaves = at if left_at is None else left_at
    faults = Faults()
    faults.unless(leaves >= at, "/leftAt", "in-past")
    faults.refuse()
    if user.standing(at) is UserStanding.LEFT:
        raise DomainError("register-state-conflict")
    return replace(user, left_at=leaves, version=user.version + 1)


@dataclass(frozen=True, slots=True)
class AgreedRole:
    """A role that may be given: checked, with its period, and whether a second person must agree."""

    user: UserId
    role: Role
    agency: AgencyCode
    valid_from: datetime
    valid_to: datetime | None
    reason: str
    needs_another: bool


def assign_role(
    command: AssignRole, user: User, agency: Agency, held: Iterable[RoleAssignment], by: Principal, at: datetime
) -> AgreedRole:
    """Check that an account may be given a role.

    Another agency must agree before anybody acts for it, since it is the controller of what is opened to them
    (law 3); and a role that guards others takes two people. Nobody gives a role to themselves, from any account.

    Args:
        command: what is wanted.
        user: the account, of the caller's own agency.
        agency: the agency acted for.
        held: the account's roles.
        by: who asks.
        at: now.

    Raises:
        DomainError: `content-invalid`, `needs-another-person`.
    """
    if by.is_one_with(user.id, user.human):
        raise DomainError("needs-another-person")
    start = at if command.valid_from is None else command.valid_from
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    faults.code("/role", "role", command.role)
    faults.unless(start >= at, "/validFrom", "in-past")
    faults.unless(command.valid_to is None or command.valid_to > start, "/validTo", "ends-before-start")
    faults.unless(user.standing(at) is not UserStanding.LEFT, "/userId", "inconsistent")
    faults.refuse()
    role = Role(command.role)
    faults.unless(role not in BOARD_ROLES or agency.type == BOARD, "/role", "inconsistent")
    faults.unless(role not in GUARDED_ROLES or not user.is_team, "/role", "inconsistent")
    same = (each for each in held if (each.agency, each.role) == (agency.code, role))
    faults.unless(not any(each.overlaps(start, command.valid_to) for each in same), "/role", "duplicate")
    faults.refuse()
    needs_another = role in GUARDED_ROLES or agency.code != by.agency
    return AgreedRole(user.id, role, agency.code, start, command.valid_to, command.reason, needs_another)


def end_role(assignment: RoleAssignment, ends_at: datetime | None, reason: str, at: datetime) -> RoleAssignment:
    """End a role, now unless later; taking a right away needs one person only.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict` for one that has ended.
    """
    check_reason(reason)
    if assignment.valid_to is not None and assignment.valid_to <= at:
        raise DomainError("register-state-conflict")
    ends = at if ends_at is None else ends_at
    faults = Faults()
    faults.unless(ends >= at, "/endsAt", "in-past")
    faults.unless(assignment.valid_to is None or ends <= assignment.valid_to, "/endsAt", "out-of-range")
    faults.refuse()
    return replace(assignment, valid_to=ends, version=assignment.version + 1)
