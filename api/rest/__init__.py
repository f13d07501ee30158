"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import audit, check_events, flag_checks, flag_imports, flags, incidents, persons, tokens, vocabularies

# Matched in this order, which costs: the check stands first, since most requests are checks.
ROUTERS = (
    flag_checks.router,
    tokens.router,
    audit.router,
    vocabularies.router,
    check_events.router,
    flags.router,
    flag_imports.router,
    flag_imports.file_router,
    incidents.router,
    persons.router,
)
