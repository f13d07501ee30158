"""Which refusal each database constraint stands for: the database is the judge of uniqueness.

Constraint names never leave the service; a constraint that is not named here is a defect, not a refusal.
"""

from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.errors import DomainError

CONSTRAINTS: dict[str, str] = {
    "uq_flags_live_person": "flag-already-live",
    "uq_flags_live_place": "flag-already-live",
    "pk_person_identifiers": "already-registered",
    "agencies_pkey": "code-taken",
    "clients_pkey": "code-taken",
}

_UNAVAILABLE = ("08", "53", "57", "58", "40", "55")
"""SQLSTATE classes of a server that cannot serve now: connection, resources, operator, system, rollback, locks."""


def means_unavailable(state: str) -> bool:
    """Say whether an SQLSTATE is a server that cannot serve now rather than a defect of ours."""
    return state == "" or state.startswith(_UNAVAILABLE)


def refusal_for(error: DBAPIError) -> DomainError | None:
    """Find the refusal a driver error stands for; None when it is a defect of ours."""
    cause = error.orig.__cause__ if error.orig is not None else None
    if isinstance(error, IntegrityError):
        code = CONSTRAINTS.get(str(getattr(cause, "constraint_name", "")))
        return DomainError(code) if code is not None else None
    state = str(getattr(cause, "sqlstate", "") or "")
    if error.connection_invalidated or means_unavailable(state):
        return DomainError("service-unavailable")
    return None
