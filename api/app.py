"""The application: middleware, handlers and routers in one place, in the order they act."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import Tracer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import health
from api.docs_pages import mount_documents
from api.graphql.router import router as graphql_router
from api.lifespan import lifespan
from api.middleware import Edge
from api.openapi import DESCRIPTION, TAGS, install
from api.problems import problem_response
from api.requests import reader_language, request_id_of
from api.rest import ROUTERS
from api.routing import refusal_of
from domain.errors import DomainError
from services.core.settings import Settings, load_settings
from services.core.telemetry import configure_logging
from services.core.tracing import tracer_of

_NONE_OF_ITS_OWN = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
"""FastAPI's spans hold addresses with their values, its logs the messages of exceptions (law 9); `Edge` has ours."""


def create_app(settings: Settings | None = None, *, tracer: Tracer | None = None) -> FastAPI:
    """Build the application for some settings; nothing is opened before its lifespan starts.

    Without a tracer of the caller's, the settings say whether there is one.
    """
    configure_logging()
    app = FastAPI(
        title="Rhannu",
        version="1.0.0",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        redirect_slashes=False,  # a redirect would be an answer without its event, and repeats a mistake
        separate_input_output_schemas=False,
        telemetry=_NONE_OF_ITS_OWN,
    )
    app.state.settings = settings or load_settings()
    app.state.tracer = tracer or tracer_of(app.state.settings)
    app.add_middleware(Edge, tracer=app.state.tracer)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _any_problem)
    app.add_exception_handler(DomainError, _any_problem)
    app.add_exception_handler(Exception, _any_problem)
    for router in (*ROUTERS, graphql_router, health.router):
        app.include_router(router)
    mount_documents(app)
    install(app)
    return app


_CODES = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "media-type-unsupported"}


async def _http_problem(request: Request, failure: Exception) -> Response:
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    headers = dict(failure.headers or {}) if isinstance(failure, HTTPException) else {}
    code = _CODES.get(status, "body-malformed" if status == 400 else "internal-error")
    return problem_response(DomainError(code), reader_language(request), request_id_of(request.scope), headers)


async def _any_problem(request: Request, failure: Exception) -> Response:
    return problem_response(refusal_of(failure), reader_language(request), request_id_of(request.scope))
