"""What can be done with agencies' directories: the Board registers them, each agency says who its users are.

No answer of these names anybody of whom records are kept; the trail names directories, logins and users by id.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import orjson

from domain.access import Permission, Principal
from domain.audit_actions import AuditAction
from domain.errors import DomainError, invalid
from domain.ids import IssuerId, LoginId
from domain.issuers import (
    AmendIssuer,
    Issuer,
    IssuerTerms,
    Login,
    RegisterIssuer,
    RegisterLogin,
    amend,
    confirm_login,
    end_login,
    register,
    register_login,
)
from services.agencies.issuer_repository import IssuerRepository
from services.agencies.known import unknown_agencies
from services.core.idempotency import Made, Once, Resource, at_most_once
from services.core.key_sources import FetchPolicy, address_fault
from services.core.keys import KeySetError, parse_key_set
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case

ISSUER_FIELDS, LOGIN_FIELDS = ("issuer.terms",), ("login.subject",)


def _seen(unit: UnitOfWork, *issuers: Issuer) -> None:
    unit.record(
        records=[f"issuer:{issuer.id}:{issuer.version}" for issuer in issuers],
        owners=[issuer.owner_agency for issuer in issuers],
        fields=ISSUER_FIELDS,
    )


def _seen_logins(unit: UnitOfWork, *logins: Login) -> None:
    unit.record(
        records=[f"login:{login.id}:{login.version}" for login in logins] + [f"user:{login.user}" for login in logins],
        owners=[login.owner_agency for login in logins],
        fields=LOGIN_FIELDS,
    )


def _check_keys(terms: IssuerTerms, policy: FetchPolicy) -> None:
    """Refuse keys that no token could be verified with, and addresses that the service may not ask.

    Raises:
        DomainError: `content-invalid`.
    """
    if terms.key_set_url is not None:
        fault = address_fault(terms.key_set_url, policy)
        if fault is not None:
            raise invalid(("/keySetUrl", "out-of-range" if fault == "host-not-allowed" else "pattern"))
        return
    try:
        keys = parse_key_set(orjson.dumps(terms.key_set), algorithms=frozenset(terms.algorithms))
    except KeySetError:
        raise invalid(("/keySet", "pattern")) from None
    if not len(keys):
        raise invalid(("/keySet", "too-few"))


@use_case(permission=Permission.ISSUER_REGISTER, audits=AuditAction.REGISTER_CHANGED)
async def register_issuer(
    unit: UnitOfWork, command: RegisterIssuer, policy: FetchPolicy, once: Once
) -> Made[Issuer]:  # fmt: skip
    """Register the directory of an agency; only the Board's administrator may.

    Raises:
        DomainError: `content-invalid`, `already-registered` or `idempotency-key-reused`.
    """
    issuers = IssuerRepository(unit)

    async def make() -> Issuer:
        made = register(IssuerId(uuid4()), command, unit.principal, unit.now, local=policy.development)
        _check_keys(command.terms, policy)
        if await unknown_agencies(unit, [command.agency]) or not await issuers.store(made):
            raise invalid(("/agency", "not-found"))
        return made

    async def replay(made: UUID) -> Issuer:
        return await issuers.find(IssuerId(made))

    outcome = await at_most_once(unit, once, make, lambda issuer: Resource(issuer.id, issuer.version), replay)
    _seen(unit, outcome.value)
    return outcome


@use_case(permission=Permission.ISSUER_READ, audits=AuditAction.REGISTER_READ)
async def read_issuers(unit: UnitOfWork) -> list[Issuer]:
    """List the directories of the agency; for the Board's administrator, of every agency."""
    found = await IssuerRepository(unit).visible()
    _seen(unit, *found)
    if not found:
        unit.record_empty()
    return found


@use_case(permission=Permission.ISSUER_READ, audits=AuditAction.REGISTER_READ)
async def read_issuer(unit: UnitOfWork, issuer_id: IssuerId) -> Issuer:
    """Read one of them.

    Raises:
        DomainError: `not-found`, for another agency's as for none.
    """
    found = await IssuerRepository(unit).find(issuer_id)
    _seen(unit, found)
    return found


@use_case(permission=Permission.ISSUER_REGISTER, audits=AuditAction.REGISTER_CHANGED)
async def amend_issuer(
    unit: UnitOfWork, issuer_id: IssuerId, read_version: int, command: AmendIssuer, policy: FetchPolicy
) -> Issuer:
    """Put other terms in the place of the version read; a suspended directory's tokens are refused from now on.

    Raises:
        DomainError: `not-found`, `version-stale`, `content-invalid`, or `already-registered` when ending a
            suspension meets another registration of the same directory.
    """
    issuers = IssuerRepository(unit)
    issuer = await issuers.find(issuer_id)
    if issuer.version != read_version:
        raise DomainError("version-stale")
    amended = amend(issuer, command, unit.now)
    _check_keys(command.terms, policy)
    if not await issuers.store(amended):
        raise DomainError("version-stale")
    _seen(unit, amended)
    return amended


@use_case(permission=Permission.LOGIN_REGISTER, audits=AuditAction.REGISTER_CHANGED)
async def add_login(unit: UnitOfWork, issuer_id: IssuerId, command: RegisterLogin, once: Once) -> Made[Login]:
    """Say which of the agency's own users a name of its own directory is.

    Raises:
        DomainError: `not-found`, `content-invalid`, `already-registered` or `idempotency-key-reused`.
    """
    issuers = IssuerRepository(unit)

    async def make() -> Login:
        issuer = await issuers.find_own(issuer_id)
        made = register_login(LoginId(uuid4()), issuer, command, unit.principal, unit.now)
        if not await issuers.is_own_user(command.user):
            raise invalid(("/userId", "not-found"))
        await issuers.add_login(made)
        return made

    async def replay(made: UUID) -> Login:
        return await issuers.login(issuer_id, LoginId(made))

    outcome = await at_most_once(unit, once, make, lambda login: Resource(login.id, login.version), replay)
    _seen_logins(unit, outcome.value)
    return outcome


@use_case(permission=Permission.LOGIN_READ, audits=AuditAction.REGISTER_READ)
async def read_logins(unit: UnitOfWork, issuer_id: IssuerId, after: UUID | None, limit: int) -> list[Login]:
    """List the logins of one of the agency's own directories, in the order of their ids.

    Raises:
        DomainError: `not-found`.
    """
    issuers = IssuerRepository(unit)
    issuer = await issuers.find_own(issuer_id)
    found = await issuers.logins(issuer.id, after, limit)
    _seen_logins(unit, *found)
    if not found:
        unit.record_empty()
    return found


@use_case(permission=Permission.LOGIN_REGISTER, audits=AuditAction.REGISTER_CHANGED)
async def second_login(
    unit: UnitOfWork, issuer_id: IssuerId, login_id: LoginId, read_version: int, once: Once
) -> Made[Login]:
    """Confirm a login that somebody else registered, so that it may lead to a guarded role.

    Raises:
        DomainError: `not-found`, `version-stale`, `second-person-needed` or `idempotency-key-reused`.
    """

    async def make() -> Login:
        return await _replaced(
            unit, (issuer_id, login_id), read_version, lambda login: confirm_login(login, *_by(unit))
        )

    async def replay(made: UUID) -> Login:
        return await IssuerRepository(unit).login(issuer_id, LoginId(made))

    outcome = await at_most_once(unit, once, make, lambda login: Resource(login.id, login.version), replay)
    _seen_logins(unit, outcome.value)
    return outcome


@use_case(permission=Permission.LOGIN_REGISTER, audits=AuditAction.REGISTER_CHANGED)
async def finish_login(
    unit: UnitOfWork, issuer_id: IssuerId, login_id: LoginId, read_version: int, reason: str
) -> Login:
    """End a login: its name gets no more tokens from now on.

    Raises:
        DomainError: `not-found`, `version-stale` or `content-invalid`.
    """
    where = (issuer_id, login_id)
    ended = await _replaced(unit, where, read_version, lambda login: end_login(login, reason, *_by(unit)))
    _seen_logins(unit, ended)
    return ended


def _by(unit: UnitOfWork) -> tuple[Principal, datetime]:
    return unit.principal, unit.now


async def _replaced(
    unit: UnitOfWork, where: tuple[IssuerId, LoginId], read_version: int, change: Callable[[Login], Login]
) -> Login:
    issuers = IssuerRepository(unit)
    login = await issuers.login(*where, lock=True)
    if login.version != read_version:
        raise DomainError("version-stale")
    changed = change(login)
    await issuers.replace_login(changed)
    return changed
