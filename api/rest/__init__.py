"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import audit, check_events, flag_checks, flags, incidents, issuers, persons, tokens, vocabularies

# Matched in this order, which costs: the check stands first, since most requests are checks.
ROUTERS = (
    flag_checks.router,
    tokens.router,
    audit.router,
    vocabularies.router,
    check_events.router,
    flags.router,
    incidents.router,
    issuers.router,
    persons.router,
)
