"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import (
    agencies,
    agency_requests,
    agency_systems,
    audit,
    check_events,
    flag_checks,
    flags,
    incidents,
    links,
    persons,
    tokens,
    vocabularies,
)

ROUTERS = (
    tokens.router,
    audit.router,
    vocabularies.router,
    check_events.router,
    flag_checks.router,
    flags.router,
    incidents.router,
    persons.router,
    links.router,
    agencies.router,
    agency_requests.router,
    agency_systems.router,
)
