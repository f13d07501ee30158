"""What one administrator asks for and another decides, and what two agencies agreed (DESIGN: Operators, laws 3 and 5).

A request gives no right while it waits. Who asked never confirms, nor whom it is about, from any account: humans
are compared. Where an agency has nobody else to confirm a role, an administrator of the Board does; nobody
consents in another agency's place.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Principal, Role
from domain.agencies import Account, AgreedRole, User, UserStanding, check_reason
from domain.errors import DomainError, invalid
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, AgreementId, ClientId, HumanId, RequestId, UserId
from domain.validation import REASON, Faults

LAPSES_AFTER = timedelta(days=28)
"""How long a request may wait; a confirmation long after would confirm what nobody remembers asking for."""


class RequestKind(StrEnum):
    """What is asked for."""

    ROLE = "role"
    APPOINTMENT = "appointment"
    """The first administrator of an agency, asked for and confirmed by the Board's administrators."""
    ACTING_FOR = "acting-for"
    DECIDES_FOR = "decides-for"
    LINK = "link"
    SEPARATION = "separation"


class RequestState(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class RequestOutcome(StrEnum):
    """What becomes of a request: confirmed or declined by whom it was put to, withdrawn by who asked."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


STATE_OF = {
    RequestOutcome.CONFIRM: RequestState.CONFIRMED,
    RequestOutcome.DECLINE: RequestState.DECLINED,
    RequestOutcome.WITHDRAW: RequestState.WITHDRAWN,
}
_BOARD_CONFIRMS = frozenset({RequestKind.ROLE, RequestKind.SEPARATION})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about; what does not apply is None. `about` is the human whose rights it touches."""

    user: UserId | None = None
    about: HumanId | None = None
    user_name: str | None = None
    other_user: UserId | None = None
    agency: AgencyCode | None = None
    role: Role | None = None
    client: ClientId | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """One request; its id is that of the role or agreement it becomes.

    `asker` is whose the asking account is by now, where accounts were linked since it was signed.
    """

    id: RequestId
    owner_agency: AgencyCode
    confirming_agency: AgencyCode
    kind: RequestKind
    asked: Asked
    reason: str
    signed: Signature
    state: RequestState = RequestState.PENDING
    version: int = 1
    decided: Signature | None = None
    decision_reason: str | None = None
    asker: HumanId | None = None

    @property
    def not_by(self) -> frozenset[HumanId]:
        """Name the humans who never confirm it: who asked, and whom it is about."""
        return frozenset(each for each in (self.signed.human, self.asker, self.asked.about) if each is not None)


class AgreementKind(StrEnum):
    """What an agency opens to another: itself to a system of theirs, or the decision on its flags to their people."""

    ACTING_FOR = "acting-for"
    DECIDES_FOR = "decides-for"


class AgreementStanding(StrEnum):
    """How an agreement stands; an ended one is asked for anew."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the owner opened to the party; either may suspend or end it, and who suspended it restores it."""

    id: AgreementId
    kind: AgreementKind
    owner_agency: AgencyCode
    party_agency: AgencyCode
    client: ClientId | None
    version: int
    valid_from: datetime
    valid_to: datetime | None = None
    suspended_at: datetime | None = None
    suspended_by: AgencyCode | None = None
    ended_at: datetime | None = None

    def standing(self, at: datetime) -> AgreementStanding:
        """Say how it stands at a moment."""
        if self.ended_at is not None or (self.valid_to is not None and self.valid_to <= at):
            return AgreementStanding.ENDED
        return AgreementStanding.ACTIVE if self.suspended_at is None else AgreementStanding.SUSPENDED


@dataclass(frozen=True, slots=True)
class NameDecider:
    """Name another agency, or the Board, whose decision-makers decide on one's flags."""

    agency: AgencyCode
    reason: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, when, and under which id."""

    id: RequestId
    by: Principal
    at: datetime

    def request(self, kind: RequestKind, confirming: AgencyCode, asked: Asked, reason: str) -> RegisterRequest:
        """Put a request to an agency.

        Raises:
            DomainError: `content-invalid`.
        """
        check_reason(reason)
        signed = sign(self.by, self.at)
        return RegisterRequest(self.id, self.by.agency, confirming, kind, asked, reason, signed)


def ask_for_role(asking: Asking, wanted: AgreedRole, user: User) -> RegisterRequest:
    """Ask for a role that needs a second person: of the agency acted for."""
    asked = Asked(
        user=user.id,
        about=user.human,
        user_name=user.display_name,
        agency=wanted.agency,
        role=wanted.role,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
    )
    return asking.request(RequestKind.ROLE, wanted.agency, asked, wanted.reason)


def ask_for_administrator(
    asking: Asking, user: UserId, display_name: str, agency: AgencyCode, reason: str
) -> RegisterRequest:
    """Ask for an agency's first administrator; another administrator of the Board confirms.

    Raises:
        DomainError: `content-invalid`.
    """
    asked = Asked(
        user=user, user_name=display_name, agency=agency, role=Role.AGENCY_ADMINISTRATOR, valid_from=asking.at
    )  # fmt: skip
    return asking.request(RequestKind.APPOINTMENT, asking.by.agency, asked, reason)


def ask_to_act_for(asking: Asking, client: ClientId, agency: AgencyCode, reason: str) -> RegisterRequest:
    """Ask that a system of one's own may act for another agency; that agency decides (law 3).

    Raises:
        DomainError: `content-invalid`.
    """
    if agency == asking.by.agency:
        raise invalid(("/agency", "inconsistent"))
    return asking.request(RequestKind.ACTING_FOR, agency, Asked(agency=agency, client=client), reason)


def ask_to_decide(asking: Asking, command: NameDecider) -> RegisterRequest:
    """Ask another agency to decide on one's flags, where one is too small to have two deciders; that agency agrees.

    Raises:
        DomainError: `content-invalid`.
    """
    start = asking.at if command.valid_from is None else command.valid_from
    faults = Faults()
    faults.unless(command.agency != asking.by.agency, "/agency", "inconsistent")
    faults.unless(start >= asking.at, "/validFrom", "in-past")
    faults.unless(command.valid_to is None or command.valid_to > start, "/validTo", "ends-before-start")
    faults.refuse()
    asked = Asked(agency=command.agency, valid_from=start, valid_to=command.valid_to)
    return asking.request(RequestKind.DECIDES_FOR, command.agency, asked, command.reason)


def check_link(user: User, other: Account, reason: str, at: datetime) -> None:
    """Check that two accounts may be found to be one human's: both of people, and not known to be one already.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", reason, REASON)
    people = not (user.is_team or other.is_team) and user.standing(at) is not UserStanding.LEFT
    faults.unless(people, "/otherUserId", "inconsistent")
    faults.unless(other.human != user.human, "/otherUserId", "duplicate")
    faults.refuse()


def ask_to_link(asking: Asking, user: User, other: UserId, account: Account, reason: str) -> RegisterRequest:
    """Ask another agency to agree that an account of theirs and one of one's own are one human's."""
    asked = Asked(user=user.id, user_name=user.display_name, other_user=other, agency=account.agency)
    return asking.request(RequestKind.LINK, account.agency, asked, reason)


def ask_to_separate(asking: Asking, user: User, reason: str) -> RegisterRequest:
    """Ask that an account be found another human's than those it is linked to.

    Two people, since it gives back the power to decide on what another account proposed; never one's own account.

    Raises:
        DomainError: `content-invalid`, `needs-another-person`.
    """
    if asking.by.is_one_with(user.id, user.human):
        raise DomainError("needs-another-person")
    asked = Asked(user=user.id, about=user.human, user_name=user.display_name)
    return asking.request(RequestKind.SEPARATION, asking.by.agency, asked, reason)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a request, and why."""

    outcome: RequestOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class Confirmers:
    """Who could confirm: the humans who administer the agency asked now, and whether the caller acts for the Board."""

    administrators: frozenset[HumanId]
    by_board: bool = False


def decide_request(
    request: RegisterRequest, decision: Decision, by: Principal, confirmers: Confirmers, at: datetime
) -> RegisterRequest:
    """Confirm, decline or withdraw what was asked for.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict`, `needs-another-person`.
    """
    check_reason(decision.reason)
    if request.state is not RequestState.PENDING:
        raise DomainError("register-state-conflict")
    if decision.outcome is not RequestOutcome.WITHDRAW:
        _check_decider(request, by, confirmers)
    elif by.agency != request.owner_agency:
        raise DomainError("register-state-conflict")
    if decision.outcome is RequestOutcome.CONFIRM and at > request.signed.at + LAPSES_AFTER:
        raise DomainError("register-state-conflict")
    return replace(
        request,
        state=STATE_OF[decision.outcome],
        version=request.version + 1,
        decided=sign(by, at),
        decision_reason=decision.reason,
    )


def _check_decider(request: RegisterRequest, by: Principal, confirmers: Confirmers) -> None:
    """Refuse anybody but a second human of the side that the request is put to."""
    if by.user == request.signed.user or request.not_by & {by.human, *by.former}:
        raise DomainError("needs-another-person")
    wanted = Role.AGENCY_ADMINISTRATOR
    if request.kind is RequestKind.APPOINTMENT:
        wanted = Role.BOARD_ADMINISTRATOR
    serves = by.agency == request.confirming_agency and wanted in by.roles
    if not serves and not _board_stands_in(request, by, confirmers):
        raise DomainError("needs-another-person")


def _board_stands_in(request: RegisterRequest, by: Principal, confirmers: Confirmers) -> bool:
    """Say whether an administrator of the Board may confirm because the agency itself has nobody who could.

    Only what concerns that agency alone: another agency's consent is its own to give.
    """
    alone = request.owner_agency == request.confirming_agency and request.kind in _BOARD_CONFIRMS
    others = confirmers.administrators - request.not_by
    return alone and confirmers.by_board and Role.BOARD_ADMINISTRATOR in by.roles and not others


def set_agreement_standing(
    agreement: Agreement, standing: AgreementStanding, reason: str, by: Principal, at: datetime
) -> Agreement:
    """Suspend, restore or end an agreement, by either side; who suspended it restores it.

    Raises:
        DomainError: `content-invalid`, `register-state-conflict`.
    """
    check_reason(reason)
    present = agreement.standing(at)
    restoring = standing is AgreementStanding.ACTIVE
    if present in {AgreementStanding.ENDED, standing} or (restoring and agreement.suspended_by != by.agency):
        raise DomainError("register-state-conflict")
    changed = replace(agreement, version=agreement.version + 1)
    if standing is AgreementStanding.ENDED:
        return replace(changed, ended_at=at)
    if restoring:
        return replace(changed, suspended_at=None, suspended_by=None)
    return replace(changed, suspended_at=at, suspended_by=by.agency)
