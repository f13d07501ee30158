"""REST routes, one file per capability: parse, call one use case, answer."""

from api.rest import persons

ROUTERS = (persons.router,)
