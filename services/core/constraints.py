"""Which refusal each database constraint stands for: the database is the judge of uniqueness.

Constraint names never leave the service; a constraint that is not named here is a defect, not a refusal.
"""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import DomainError
from services.db.lost import is_lost

CONSTRAINTS: dict[str, str] = {
    "uq_flags_live_person": "flag-already-live",
    "uq_flags_live_place": "flag-already-live",
    "uq_disclosures_request": "sharing-state-conflict",
    "uq_protocol_signatures_current": "protocol-state-conflict",
    "uq_corroborations_standing": "already-corroborated",
    "pk_person_identifiers": "already-registered",
    "uq_issuers_live": "already-registered",
    "uq_user_logins_live": "already-registered",
    "pk_letter_templates": "version-stale",
    "pk_access_budgets": "version-stale",
    "agencies_pkey": "code-taken",
    "clients_pkey": "code-taken",
}

_UNAVAILABLE = ("08", "28", "3D", "53", "57", "58", "40", "55")
"""SQLSTATE classes of a server that cannot serve now: connection, entry, no such database (as while it is restored),
resources, operator, system, rollback, locks."""


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


OUTAGES = (PendingRollbackError, PoolTimeout, OSError, TimeoutError)
"""What is no error of the driver's and means all the same that the database cannot serve now.

The first is what a connection says to one resolver of an operation after another one has met its end.
"""


@contextmanager
def told_as_refusals() -> Generator[None]:
    """Turn what goes wrong in the database into the refusal it stands for; a defect of ours passes as it is.

    Raises:
        DomainError: the refusal a constraint stands for, or `service-unavailable`.
    """
    try:
        yield
    except DBAPIError as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        raise refusal from error
    except OUTAGES as error:
        raise DomainError("service-unavailable") from error


def is_outage(error: Exception) -> bool:
    """Say of an error of the bare driver whether it means that the database cannot serve now."""
    if isinstance(error, asyncpg.PostgresError):
        return means_unavailable(str(error.sqlstate or ""))
    return is_lost(error) or isinstance(error, TimeoutError)
