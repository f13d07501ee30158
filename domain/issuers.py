"""Directories whose tokens are exchanged for ours, and who their users are here (RFC 8693).

The Board registers which directory an agency runs and what its tokens must say; the agency says which of
its users a name of that directory is. Both have dates, and neither gives a role: roles are the register's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.access import Principal
from domain.errors import DomainError
from domain.ids import AgencyCode, HumanId, IssuerId, LoginId, UserId
from domain.text import tidy
from domain.validation import REASON, Faults

ALGORITHMS = frozenset({"RS256", "ES256"})
MOST_CLAIMS, MOST_VALUES = 10, 20
REGISTERED = "registered"
"""What stands as the reason of a first version."""

_ISSUER = re.compile(r"https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_LOCAL_ISSUER = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
_VISIBLE = re.compile(r"[!-~]{1,255}")
_CLAIM = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/#-]{0,127}")
_VALUE = re.compile(r"[ -~]{1,255}")
_LONGEST = 500
_CHECKED_ALREADY = frozenset({"iss", "aud", "exp", "iat", "nbf"})


@dataclass(frozen=True, slots=True)
class RequiredClaim:
    """A claim that must hold one of some values: the tenant, the application."""

    claim: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuerTerms:
    """What tokens of a directory must say, and where its keys are: given inline, or published at an address."""

    audience: str
    algorithms: tuple[str, ...]
    key_set: Mapping[str, object] | None = None
    key_set_url: str | None = None
    required_claims: tuple[RequiredClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterIssuer:
    """The command to register the directory of an agency."""

    agency: AgencyCode
    issuer: str
    subject_claim: str
    terms: IssuerTerms


@dataclass(frozen=True, slots=True)
class AmendIssuer:
    """The command to put other terms in the place of the version read, or to suspend the directory or end that."""

    terms: IssuerTerms
    suspended: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """A registered directory. Its name and the claim that names its users stay: logins hang on both."""

    id: IssuerId
    owner_agency: AgencyCode
    version: int
    issuer: str
    subject_claim: str
    terms: IssuerTerms
    created_at: datetime
    created_by: UserId
    suspended_at: datetime | None = None
    reason: str = REGISTERED


def register(new_id: IssuerId, command: RegisterIssuer, principal: Principal, now: datetime, *, local: bool) -> Issuer:
    """Make a registration.

    Args:
        new_id: its id.
        command: what is registered.
        principal: who registers.
        now: when.
        local: whether a directory on this machine may be named in plain HTTP (development).

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    is_name = _ISSUER.fullmatch(command.issuer) or (local and _LOCAL_ISSUER.fullmatch(command.issuer))
    faults.unless(bool(is_name) and len(command.issuer) <= _LONGEST, "/issuer", "pattern")
    well_formed = bool(_CLAIM.fullmatch(command.subject_claim)) and command.subject_claim not in _CHECKED_ALREADY
    faults.unless(well_formed, "/subjectClaim", "pattern")
    _check_terms(faults, command.terms)
    faults.refuse()
    return Issuer(
        new_id, command.agency, 1, command.issuer, command.subject_claim, _in_order(command.terms), now, principal.user
    )  # fmt: skip


def amend(issuer: Issuer, command: AmendIssuer, now: datetime) -> Issuer:
    """Make the next version of a registration.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    _check_terms(faults, command.terms)
    faults.text("/reason", command.reason, REASON)
    faults.refuse()
    suspended_at = (issuer.suspended_at or now) if command.suspended else None
    return replace(
        issuer,
        version=issuer.version + 1,
        terms=_in_order(command.terms),
        suspended_at=suspended_at,
        reason=command.reason,
    )


def _in_order(terms: IssuerTerms) -> IssuerTerms:
    """Write the claims in one order, so that what is read is what was answered when it was stored."""
    return replace(terms, required_claims=tuple(sorted(terms.required_claims, key=lambda each: each.claim)))


def _check_terms(faults: Faults, terms: IssuerTerms) -> None:
    faults.unless(bool(_VISIBLE.fullmatch(terms.audience)), "/audience", "pattern")
    faults.unless(bool(terms.algorithms), "/algorithms", "required")
    for place, algorithm in enumerate(terms.algorithms):
        faults.unless(algorithm in ALGORITHMS, f"/algorithms/{place}", "pattern")
    faults.unless(len(set(terms.algorithms)) == len(terms.algorithms), "/algorithms", "duplicate")
    if (terms.key_set is None) == (terms.key_set_url is None):
        faults.add("/keySetUrl", "required" if terms.key_set is None else "inconsistent")
    _check_required(faults, terms.required_claims)


def _check_required(faults: Faults, required: Sequence[RequiredClaim]) -> None:
    faults.unless(len(required) <= MOST_CLAIMS, "/requiredClaims", "too-many")
    faults.unless(len({each.claim for each in required}) == len(required), "/requiredClaims", "duplicate")
    for place, each in enumerate(required):
        pointer = f"/requiredClaims/{place}"
        is_name = bool(_CLAIM.fullmatch(each.claim)) and each.claim not in _CHECKED_ALREADY
        faults.unless(is_name, f"{pointer}/claim", "pattern")
        faults.unless(bool(each.values), f"{pointer}/values", "too-few")
        faults.unless(len(each.values) <= MOST_VALUES, f"{pointer}/values", "too-many")
        faults.unless(all(_VALUE.fullmatch(value) for value in each.values), f"{pointer}/values", "pattern")


@dataclass(frozen=True, slots=True)
class RegisterLogin:
    """The command to say who a name of a directory is here, from when."""

    user: UserId
    subject: str
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the register and the name that their agency's directory knows them by."""

    id: LoginId
    owner_agency: AgencyCode
    issuer: IssuerId
    user: UserId
    subject: str
    version: int
    valid_from: datetime
    created_at: datetime
    created_by: UserId
    created_by_human: HumanId
    confirmed_by: UserId | None = None
    confirmed_at: datetime | None = None
    valid_to: datetime | None = None
    ended_by: UserId | None = None
    end_reason: str | None = None


def register_login(new_id: LoginId, issuer: Issuer, command: RegisterLogin, by: Principal, now: datetime) -> Login:
    """Make a login.

    A name with an @ is refused: addresses pass from one holder to the next, and with them would pass whatever
    the first was allowed (OpenID Connect Core 5.7).

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.unless(bool(_VISIBLE.fullmatch(command.subject)) and "@" not in command.subject, "/subject", "pattern")
    start = command.valid_from or now
    faults.unless(start.tzinfo is not None, "/validFrom", "date-invalid")
    faults.refuse()
    return Login(
        id=new_id,
        owner_agency=issuer.owner_agency,
        issuer=issuer.id,
        user=command.user,
        subject=command.subject,
        version=1,
        valid_from=max(start, now),
        created_at=now,
        created_by=by.user,
        created_by_human=by.human,
    )


def confirm_login(login: Login, by: Principal, now: datetime) -> Login:
    """Confirm a login, as one that leads to a guarded role needs: by another human than registered it (law 5).

    Raises:
        DomainError: `second-person-needed`, or `version-stale` for one that is over or confirmed already.
    """
    if by.is_one_with(login.created_by, login.created_by_human):
        raise DomainError("second-person-needed")
    if login.valid_to is not None or login.confirmed_by is not None:
        raise DomainError("version-stale")
    return replace(login, version=login.version + 1, confirmed_by=by.user, confirmed_at=now)


def end_login(login: Login, reason: str, by: Principal, now: datetime) -> Login:
    """End a login now; one that has not begun never will.

    Raises:
        DomainError: `content-invalid`, or `version-stale` for one that is over already.
    """
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
    if login.valid_to is not None:
        raise DomainError("version-stale")
    over = max(now, login.valid_from)
    return replace(login, version=login.version + 1, valid_to=over, ended_by=by.user, end_reason=tidy(reason))
