"""What an agency's administrators do with its accounts: people and teams, and which accounts are one human's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from domain.access import Permission
from domain.agencies import User, checked_name, record_departure, rename_user, set_user_standing
from domain.agency_changes import Change, Thing
from domain.agency_requests import Asking, RegisterRequest, ask_to_link, ask_to_separate, check_link
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import RequestId, UserId
from domain.paging import Page, Wanted
from services.agencies.changes import ChangeLog
from services.agencies.repository import RegisterRepository
from services.agencies.request_repository import RequestRepository
from services.agencies.steps import Step, put_request
from services.agencies.trail import content_of_user, saw_requests, saw_users
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


@dataclass(frozen=True, slots=True)
class LinkedUser:
    """An account, and the agency's other accounts of the same human."""

    user: User
    linked: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class AccountLink:
    """Two accounts found to be one human's, at once or when the other's agency has agreed to the request."""

    user: UserId
    other: UserId
    request: RequestId | None


@dataclass(frozen=True, slots=True)
class Departure:
    """When somebody leaves, why, in which version the account was read, and the key of the request."""

    left_at: datetime | None
    reason: str
    read_version: int
    once: Once


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def list_users(unit: UnitOfWork, wanted: Wanted) -> Page[LinkedUser]:
    """List the agency's accounts, the oldest first."""
    page = await RegisterRepository(unit).users(wanted)
    saw_users(unit, *page.items)
    return Page(await _linked(unit, *page.items), page.next)


@use_case(permission=Permission.REGISTER_READ, audits=AuditAction.REGISTER_READ)
async def read_user(unit: UnitOfWork, user_id: UserId) -> LinkedUser:
    """Read one of the agency's accounts.

    Raises:
        DomainError: `not-found`, for another agency's account as for none.
    """
    return await _shown(unit, await RegisterRepository(unit).user(user_id))


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.USER_REGISTERED)
async def register_user(unit: UnitOfWork, display_name: str, is_team: bool, once: Once) -> Made[LinkedUser]:
    """Register an account of a person, or of a team that answers for scheduled work; it has no role yet.

    Raises:
        DomainError: `content-invalid` or `idempotency-key-reused`.
    """
    register = RegisterRepository(unit)

    async def make() -> User:
        name = checked_name(display_name)
        human = await register.new_human()
        user = User(UserId(uuid4()), unit.principal.agency, human, name, is_team, 1, unit.now)
        await register.add_user(user)
        await _note(unit, user, "registered", None)
        return user

    async def replay(made: UUID) -> User:
        return await register.user(UserId(made))

    outcome = await at_most_once(unit, once, make, _resource, replay)
    return Made(await _shown(unit, outcome.value), outcome.is_replay)


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.USER_CHANGED)
async def change_user(
    unit: UnitOfWork, user_id: UserId, read_version: int, display_name: str, reason: str
) -> LinkedUser:
    """Change the name an account is shown under, with a reason.

    Raises:
        DomainError: `not-found`, `version-stale` or `content-invalid`.
    """
    user = await _read(unit, user_id, read_version)
    return await _shown(unit, await _replace(unit, rename_user(user, display_name, reason), "changed", reason))


@use_case(permission=Permission.REGISTER_SUSPEND, audits=AuditAction.USER_STANDING_CHANGED)
async def put_user_standing(unit: UnitOfWork, user_id: UserId, step: Step) -> Made[LinkedUser]:
    """Suspend an account or restore it; it acts on its next request.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, `needs-another-person` or
            `register-state-conflict`.
    """

    async def make() -> User:
        user = await _read(unit, user_id, step.read_version)
        changed = set_user_standing(user, step.standing, step.reason, unit.principal, unit.now)
        return await _replace(unit, changed, step.standing.value, step.reason)

    return await _once(unit, step.once, make)


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.USER_LEFT)
async def record_user_departure(unit: UnitOfWork, user_id: UserId, departure: Departure) -> Made[LinkedUser]:
    """Record that somebody leaves, now or on a day; the account ends then, in every role and for every agency.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid` or `register-state-conflict`.
    """

    async def make() -> User:
        user = await _read(unit, user_id, departure.read_version)
        changed = record_departure(user, departure.left_at, departure.reason, unit.now)
        return await _replace(unit, changed, "left", departure.reason)

    return await _once(unit, departure.once, make)


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.ACCOUNTS_LINKED)
async def link_accounts(
    unit: UnitOfWork, user_id: UserId, other_id: UserId, reason: str, once: Once
) -> Made[AccountLink]:
    """Find two accounts to be one human's, so that neither decides on what the other proposed (law 5).

    Within the agency it holds at once; where the other account is another agency's, that agency must agree.

    Raises:
        DomainError: `not-found`, `content-invalid`, `register-state-conflict` or `idempotency-key-reused`.
    """
    register = RegisterRepository(unit)

    async def make() -> AccountLink:
        user = await register.user(user_id, lock=True)
        account = await register.account(other_id)
        if account is None:
            raise invalid(("/otherUserId", "not-found"))
        check_link(user, account, reason, unit.now)
        if account.agency == unit.principal.agency:
            await register.link_users(other_id, user_id)
            await ChangeLog(unit).note(
                Change(Thing.USER, str(user_id), user.version, "linked", {"linkedTo": str(other_id)}, reason)
            )
            return AccountLink(user_id, other_id, None)
        asking = Asking(RequestId(uuid4()), unit.principal, unit.now)
        request = ask_to_link(asking, user, other_id, account, reason)
        await put_request(unit, request)
        return AccountLink(user_id, other_id, request.id)

    async def replay(made: UUID) -> AccountLink:
        return AccountLink(user_id, other_id, None if made == user_id else RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda link: Resource(link.request or link.user, 1), replay)
    records = [f"user:{user_id}", f"user:{other_id}"]
    waiting = [] if outcome.value.request is None else [f"{Thing.REQUEST.value}:{outcome.value.request}:1"]
    unit.record(records=records + waiting, owners=[unit.principal.agency], fields=["register.account-link"])
    return outcome


@use_case(permission=Permission.REGISTER_MANAGE, audits=AuditAction.SEPARATION_PROPOSED)
async def separate_account(unit: UnitOfWork, user_id: UserId, reason: str, once: Once) -> Made[RegisterRequest]:
    """Ask that an account be found another human's than those it is linked to; a second administrator confirms.

    Raises:
        DomainError: `not-found`, `content-invalid`, `needs-another-person`, `register-state-conflict`.
    """
    register = RegisterRepository(unit)

    async def make() -> RegisterRequest:
        user = await register.user(user_id)
        request = ask_to_separate(Asking(RequestId(uuid4()), unit.principal, unit.now), user, reason)
        return await put_request(unit, request)

    async def replay(made: UUID) -> RegisterRequest:
        return await RequestRepository(unit).request(RequestId(made))

    outcome = await at_most_once(unit, once, make, lambda made: Resource(made.id, made.version), replay)
    saw_requests(unit, outcome.value)
    return outcome


async def _read(unit: UnitOfWork, user_id: UserId, read_version: int) -> User:
    user = await RegisterRepository(unit).user(user_id, lock=True)
    if user.version != read_version:
        raise DomainError("version-stale")
    return user


async def _replace(unit: UnitOfWork, user: User, change: str, reason: str) -> User:
    await RegisterRepository(unit).replace_user(user)
    await _note(unit, user, change, reason)
    return user


async def _note(unit: UnitOfWork, user: User, change: str, reason: str | None) -> None:
    act = Change(Thing.USER, str(user.id), user.version, change, content_of_user(user), reason)
    await ChangeLog(unit).note(act)


async def _once(unit: UnitOfWork, once: Once, make: Callable[[], Awaitable[User]]) -> Made[LinkedUser]:
    async def replay(made: UUID) -> User:
        return await RegisterRepository(unit).user(UserId(made))

    outcome = await at_most_once(unit, once, make, _resource, replay)
    return Made(await _shown(unit, outcome.value), outcome.is_replay)


async def _shown(unit: UnitOfWork, user: User) -> LinkedUser:
    saw_users(unit, user)
    return (await _linked(unit, user))[0]


async def _linked(unit: UnitOfWork, *found: User) -> tuple[LinkedUser, ...]:
    """Say of accounts which others of the agency are the same human's, and put those on the trail too."""
    accounts = await RegisterRepository(unit).same_humans(found)
    linked = tuple(
        LinkedUser(user, tuple(each for each in accounts.get(user.human, ()) if each != user.id)) for user in found
    )
    unit.record(records=[f"user:{other}" for each in linked for other in each.linked])
    return linked


def _resource(user: User) -> Resource:
    return Resource(user.id, user.version)
