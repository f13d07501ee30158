"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import audit, check_events, flag_checks, flags, incidents, issuers, persons, tokens, vocabularies

ROUTERS = (
    tokens.router,
    audit.router,
    vocabularies.router,
    check_events.router,
    flag_checks.router,
    flags.router,
    incidents.router,
    issuers.router,
    persons.router,
)
