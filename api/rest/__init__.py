"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import (
    audit,
    check_events,
    corroborations,
    flag_checks,
    flag_imports,
    flag_notices,
    flag_reservations,
    flags,
    incidents,
    issuers,
    letters,
    persons,
    tokens,
    visits,
    vocabularies,
)

# Matched in this order, which costs: the check stands first, since most requests are checks.
ROUTERS = (
    flag_checks.router,
    tokens.router,
    audit.router,
    vocabularies.router,
    check_events.router,
    visits.router,
    flags.router,
    flag_notices.router,
    letters.router,
    flag_reservations.router,
    corroborations.router,
    flag_imports.router,
    flag_imports.file_router,
    incidents.router,
    issuers.router,
    persons.router,
)
