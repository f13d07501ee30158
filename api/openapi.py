"""The OpenAPI document: what integrators read first, so it is written for them (see also docs/).

FastAPI writes the paths and models; here every operation gets what the seam does for it: who may call it
and why, the headers of the design, every refusal it can give, and examples.
"""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeGuard

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.examples import EXAMPLES, NONE, OperationExample
from api.failing import CHECKS
from api.middleware import GUARDED, PUBLIC
from api.openapi_fields import add_field_classes, with_field_class
from api.openapi_parts import (
    HEADERS,
    PARAMETERS,
    Json,
    add_codes,
    failed_check_schema,
    problem_examples,
    problem_responses,
    problem_schema,
    reference,
    security_schemes,
)
from api.requests import CSV
from domain.access import PURPOSES, Permission, roles_with
from domain.conflicts import CONFLICT
from domain.field_lists import LISTS
from services.core.use_case import MEASURED, USE_CASES, UseCase

DESCRIPTION = """
Rhannu (Welsh for "to share") is the shared risk-flag service of a regional safeguarding board. Before you make contact
with somebody, it tells you whether a partner agency knows of a risk, and what to do about it.

**Get a token.** `POST /oauth2/token` with `grant_type=client_credentials` and a `private_key_jwt` assertion signed with
your registered key; the assertion names the officer or accountable team you act for. Where your agency's own directory
(OpenID Connect) is registered, hand in its token instead (token exchange, RFC 8693). Tokens last ten minutes at most.
Send them as `Authorization: Bearer TOKEN`.

**Say why.** Every request for personal data carries `Purpose-Of-Use`. A user who may act for several agencies names one
in `Acting-For-Agency`. Roles come from Rhannu's own register, so a suspension acts on the next request.

**Everything is on the trail.** Each answer is recorded before it leaves, with every person in it; so are refusals and
empty answers. What you may not see and what does not exist give the same 404.

**Create and change safely.** POSTs that create or change need an `Idempotency-Key`: new for each act, the same for a
retry. Changes carry `If-Match` with the `ETag` you read: 428 without it, 412 when somebody was faster.

**When something is wrong** you get `application/problem+json` (RFC 9457) with a stable `code`, what to do next, and the
fields at fault in `errors`. Values that you sent are never repeated. Every failure of a check, whatever its cause, also
says `"outcome": "unavailable"`, what to do in both languages and whom to ring: the risk is unknown. Keep a copy of
`GET /v1/duty-contacts` and show a number from it whenever this service cannot be reached at all.

**Find a request again.** Every answer carries `X-Request-ID`: yours, or one made here. It stands in our log and on the
trail; the trace id of a W3C `traceparent` header stands beside it in the log.

**Limits.** `RateLimit-Limit`, `-Remaining` and `-Reset` say what your client has left; 429 comes with `Retry-After`.
Check a list of up to 500 people in one call instead of one by one: it counts as one request for each ten lines begun.
Bodies are 64 KiB at most (flag checks and visit sheets 512, GraphQL 16, older registers 8 MiB).

**Lists** are read page by page: follow the `Link` header with `rel="next"` until there is none.

**Languages.** `Accept-Language: cy` gives Welsh, otherwise English. Coded values carry both. Times are ISO 8601 with
offset; unknown fields are refused; new fields and codes of open lists may appear, so ignore what you do not know.
""".strip()

TAGS: list[dict[str, str]] = [
    {"name": "Tokens", "description": "Get a token and the keys to verify it."},
    {"name": "Persons", "description": "Your agency's own records of people. Looking somebody up registers nobody."},
    {"name": "Incidents", "description": "What happened: who, when, where, how grave, fact apart from opinion."},
    {"name": "Flags", "description": "Warnings that people propose, other people decide, and all review."},
    {"name": "Older registers", "description": "Bring in the marker register you hold: dry run, approval, run."},
    {"name": "Flag checks", "description": "Is there a risk before contact? One call for a list of people and places."},
    {"name": "Visits", "description": "The sheet that a worker takes along on one shift, readable without a network."},
    {"name": "Sharing", "description": "Ask another agency, answer item by item, and record what is not shared."},
    {"name": "Break-glass", "description": "Open a sealed door for an hour in an emergency, and answer for it."},
    {
        "name": "Confidentiality",
        "description": "What was agreed with a family, and records that only named people see.",
    },
    {"name": "Letters", "description": "Telling the person: delivery checked first, then your agency's own words."},
    {"name": "Inbox", "description": "What became of flags you received, your answers, and what you hold now."},
    {"name": "GraphQL", "description": "What is known of a person across capabilities, in one question."},
    {"name": "Audit", "description": "Who has seen whom, when, for whom and why."},
    {"name": "Oversight", "description": "Conflicts of interest that close records, and signs of unusual access."},
    {"name": "Links", "description": "Records that a rule joined, for people to confirm or set apart."},
    {
        "name": "Register",
        "description": "Agencies, their directories, people, teams and systems, and what waits for a second person.",
    },
    {"name": "Vocabularies", "description": "Coded lists in English and Welsh, and duty numbers. Public."},
    {"name": "Operations", "description": "Is the service alive and ready?"},
]

_ALWAYS = ("internal-error", "service-unavailable")
_GUARDED_CODES = (
    "purpose-missing", "purpose-unknown", "token-invalid", "access-denied", "purpose-not-permitted", "rate-limited",
    CONFLICT,
)  # fmt: skip
_BODY_CODES = ("body-malformed", "body-too-large", "media-type-unsupported", "content-invalid")
_FILE_CODES = ("body-too-large", "media-type-unsupported", "content-invalid")
_FORM_CODES = ("body-malformed", "body-too-large", "media-type-unsupported")
_ONCE_CODES = ("idempotency-key-missing", "idempotency-key-reused")
_CHANGE_CODES = ("if-match-missing", "version-stale")
_OWN_HEADERS = {"if-match": "IfMatch", "idempotency-key": "IdempotencyKey"}
_GUARDED_PARAMETERS = ("PurposeOfUse", "ActingForAgency", "AcceptLanguage", "RequestId")
_MEASURED_ROUTES = {"runFlagCheck": "flags.run_check"}
_ASKED_THROUGH = {"askGraphql": "cases.person_summary"}
"""Routes whose use case a schema calls in their stead."""
_RATE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def install(app: FastAPI) -> None:
    """Give the application its own document builder; the document is built once, when first asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    # FastAPI's way is to assign the method, which the two type checkers judge differently; this is the same.
    vars(app)["openapi"] = document


def build(app: FastAPI) -> Json:
    """Build the document."""
    document: Json = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        servers=[{"url": "/", "description": "The service that gave you this document"}],
        contact={"name": "The Rhannu team of your safeguarding board"},
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        separate_input_output_schemas=False,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = problem_schema()
    schemas["FailedCheck"] = failed_check_schema()
    add_codes(schemas)
    guarded = [route for route in routes_of(app) if route.include_in_schema and is_guarded(route.path_format)]
    add_field_classes(schemas, [(route, needed) for route in guarded if (needed := permission_of(route)) is not None])
    components |= {
        "headers": HEADERS,
        "parameters": PARAMETERS,
        "examples": problem_examples(),
        "securitySchemes": security_schemes(),
    }
    for route in routes_of(app):
        if route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], route)
    return document


def routes_of(app: FastAPI) -> list[APIRoute]:
    """List every route of the tree; `app.routes` alone would miss those of included routers."""
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


def is_guarded(path: str) -> bool:
    """Say whether answers of a path hold personal data, as the edge sees it."""
    return path.startswith(GUARDED) and not path.startswith(PUBLIC)


def _is_use_case(value: object) -> TypeGuard[UseCase[Any, Any]]:
    return isinstance(value, UseCase)


def use_cases_of(endpoint: Callable[..., object]) -> list[UseCase[Any, Any]]:
    """Name the use cases an endpoint calls, from the names its code uses."""
    code, known = endpoint.__code__, endpoint.__globals__
    found: dict[str, UseCase[Any, Any]] = {}
    for holder in (known[name] for name in code.co_names if name in known):
        inner = [getattr(holder, name, None) for name in code.co_names] if isinstance(holder, ModuleType) else []
        for each in (holder, *inner):
            if _is_use_case(each):
                found[each.name] = each
    return list(found.values())


def permission_of(route: APIRoute) -> Permission | None:
    """Find what a route needs: from its use case, or from the registry of the measured ones."""
    if route.operation_id in _MEASURED_ROUTES:
        return MEASURED[_MEASURED_ROUTES[route.operation_id]][0]
    through = USE_CASES.get(_ASKED_THROUGH.get(route.operation_id or "", ""))
    called = [through] if through is not None else use_cases_of(route.endpoint)
    return called[0].permission if called else None


def _complete(operation: Json, route: APIRoute) -> None:
    """Add to one operation what the seam does for it."""
    example = EXAMPLES.get(route.operation_id or "", NONE)
    guarded = is_guarded(route.path_format)
    own = [
        with_field_class(route.operation_id, _own_parameter(parameter, example))
        for parameter in operation.get("parameters", [])
    ]
    names = {parameter.get("$ref", "").rpartition("/")[2] for parameter in own}
    codes = {*_ALWAYS, *example.problems, *(_GUARDED_CODES if guarded else ())}
    if "requestBody" in operation:
        codes |= set(_codes_of_body(operation["requestBody"]["content"], guarded=guarded))
    if any(parameter.get("in") == "path" for parameter in own):
        codes |= {"not-found"}
    if guarded and any(parameter.get("in") in {"path", "query"} for parameter in own):
        codes |= {"parameter-invalid"}
    codes |= {"filter-not-permitted"} if route.operation_id in LISTS else set()
    codes |= set(_ONCE_CODES) if "IdempotencyKey" in names else set()
    codes |= set(_CHANGE_CODES) if "IfMatch" in names else set()
    if guarded:
        own += [reference("parameters", name) for name in _GUARDED_PARAMETERS]
        _say_who_may(operation, route)
    if own:
        operation["parameters"] = own
    _complete_content(operation, example, guarded=guarded)
    declared = operation["responses"].pop("422", {}).get("content", {})
    operation["responses"] |= problem_responses(frozenset(codes), check=route.path_format in CHECKS)
    for media_type, content in declared.items():
        if "HTTPValidationError" not in content["schema"].get("$ref", ""):
            operation["responses"]["422"]["content"][media_type] = content


def _codes_of_body(content: Json, *, guarded: bool) -> tuple[str, ...]:
    """Give what may be wrong with a body: of a form, of a file, or of JSON."""
    if not guarded:
        return _FORM_CODES
    return _FILE_CODES if CSV in content else _BODY_CODES


def _own_parameter(parameter: Json, example: OperationExample) -> Json:
    """Keep a parameter of the operation's own with its example, or refer to the shared one."""
    shared = _OWN_HEADERS.get(parameter["name"].lower()) if parameter["in"] == "header" else None
    if shared is not None:
        return reference("parameters", shared)
    if parameter["name"] in example.parameters:
        return {**parameter, "example": example.parameters[parameter["name"]]}
    return parameter


def _say_who_may(operation: Json, route: APIRoute) -> None:
    permission = permission_of(route)
    scopes = [] if permission is None else [permission.value]
    operation["security"] = [{"oauth2": scopes}, {"bearer": []}]
    if permission is not None:
        roles, purposes = roles_with(permission), PURPOSES[permission]
        operation["description"] = (
            f"{operation.get('description', '')}\n\n**Needs** the permission `{permission.value}`, which these roles "
            f"carry: {_listed(roles)}. **Purposes:** {_listed(purposes)}."
        ).strip()


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in sorted(codes))


def _complete_content(operation: Json, example: OperationExample, *, guarded: bool) -> None:
    """Add the examples of request and success, and the headers of the success."""
    if "requestBody" in operation and example.request is not None:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example.request
    names = ("X-Request-ID", *(_RATE_HEADERS if guarded else ()), *example.headers)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["description"] = _said(response["description"])
            response["headers"] = {
                **response.get("headers", {}),
                **{name: reference("headers", name) for name in names},
            }
            for media_type, content in response.get("content", {}).items():
                shown = example.files.get(media_type, example.response)
                if shown is not None:
                    content["example"] = shown


def _said(description: str) -> str:
    return "Done." if description == "Successful Response" else description
