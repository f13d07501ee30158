"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import flag_checks, persons

ROUTERS = (flag_checks.router, persons.router,)
