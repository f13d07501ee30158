"""The parts that every operation of the OpenAPI document refers to: headers, parameters, problems, security.

They are built from the registries of the rules (problems, purposes, permissions, coded lists), so that the
document cannot say anything that the service does not.
"""

from typing import Any, cast

from api.failing import advice
from api.problems import MEDIA_TYPE, problem_body, status_of
from domain.access import Permission, Purpose
from domain.errors import DomainError, FieldIssue
from domain.issues import ISSUES
from domain.problems import PROBLEMS
from domain.vocabularies import VOCABULARIES, item
from services.agencies.directory import Directory

Json = dict[str, Any]

_FIELD_PROBLEMS = {
    "content-invalid": FieldIssue("/birthDate", "in-future"),
    "parameter-invalid": FieldIssue("/person_id", "pattern"),
}
EXAMPLE_REQUEST_ID = "2f1c7f7e-5d3f-4f0a-9a57-0f5a3d1b8c11"

STATUS_TITLES = {
    400: "The request cannot be understood",
    401: "The token, or the client, is not accepted",
    403: "The caller may not do this",
    404: "Nothing here that the caller may see",
    405: "Another method is needed",
    406: "It is not given in that form",
    409: "It does not fit the present state",
    412: "It has changed since it was read",
    413: "The body is too large",
    415: "The media type is not read here",
    422: "The content breaks a rule",
    428: "The version to change is missing",
    429: "Too many requests",
    500: "Something went wrong; no data was given",
    503: "The service cannot answer safely; the risk is unknown",
}


def reference(kind: str, name: str) -> Json:
    """Refer to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _header(description: str, example: str) -> Json:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS: dict[str, Json] = {
    "X-Request-ID": _header("The id of this request in our logs and on the audit trail.", EXAMPLE_REQUEST_ID),
    "ETag": _header("The version given; send it back in `If-Match` to change it.", '"v1"'),
    "Location": _header("Where the thing made can be read.", "/v1/persons/6a2f41a3-c54c-4b6e-9f3e-1d0b7a3f5c20"),
    "Link": _header(
        'The next page, with `rel="next"`; absent on the last (RFC 8288).', '</v1/audit/events>; rel="next"'
    ),
    "RateLimit-Limit": _header("Requests allowed in a minute.", "600"),
    "RateLimit-Remaining": _header("Requests left in this minute.", "597"),
    "RateLimit-Reset": _header("Seconds until the minute ends.", "42"),
    "Retry-After": _header("Seconds to wait before trying again.", "42"),
    "WWW-Authenticate": _header("How to authenticate.", 'Bearer realm="rhannu", error="invalid_token"'),
    "Content-Disposition": _header(
        "A file name that says nothing about anybody.", 'attachment; filename="visit-sheet-20260909-1905.pdf"'
    ),
    "Content-Language": _header("The language of the texts: `en` or `cy`.", "en"),
}


def _purposes() -> str:
    lines = [f"* `{p.value}`: {item('purpose-of-use', p.value).label.en} / {_cy(p)}" for p in Purpose]
    return "Why you are asking; it is recorded and must be true.\n\n" + "\n".join(lines)


def _cy(purpose: Purpose) -> str:
    return item("purpose-of-use", purpose.value).label.cy


def _parameter(name: str, description: str, schema: Json, example: str, *, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


PARAMETERS: dict[str, Json] = {
    "PurposeOfUse": _parameter(
        "Purpose-Of-Use", _purposes(), {"enum": [p.value for p in Purpose]}, "staff-safety-visit", required=True
    ),
    "ActingForAgency": _parameter(
        "Acting-For-Agency",
        "The agency you act for, where the user may act for several; your client's own agency where it is left out.",
        {"pattern": "^[a-z0-9-]{2,40}$"},
        "gwent-police",
    ),
    "AcceptLanguage": _parameter("Accept-Language", "`cy` for Welsh texts, `en` for English.", {"default": "en"}, "cy"),
    "RequestId": _parameter(
        "X-Request-ID",
        "Your own id for this request, given back and recorded; we make one where it is left out.",
        {"pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        EXAMPLE_REQUEST_ID,
    ),
    "IfMatch": _parameter(
        "If-Match", "The `ETag` of the version you read.", {"pattern": '^"v[1-9][0-9]{0,8}"$'}, '"v1"', required=True
    ),
    "IdempotencyKey": _parameter(
        "Idempotency-Key",
        "New for each thing you create or change; the same when you try again, so that a retry never acts twice.",
        {"pattern": "^[\\x21-\\x7e]{1,255}$"},
        "5b0f6a52-6c0e-4d9b-8d5e-6b2f3c1d7e90",
        required=True,
    ),
}


def problem_schema() -> Json:
    """Describe a problem document (RFC 9457)."""
    field = {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "Where, as a JSON pointer (RFC 6901); never the value."},
            "code": {"type": "string", "enum": sorted(ISSUES), "description": "What is wrong, stable."},
            "detail": {"type": "string", "description": "What is wrong, in the reader's language."},
        },
    }
    texts = {
        "type": {"type": "string", "format": "uri", "description": "A stable name of the kind of problem."},
        "title": {"type": "string", "description": "The problem in a few words, in the reader's language."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What to do next, in the reader's language."},
        "code": {"type": "string", "enum": sorted(PROBLEMS), "description": "The code to program against; stable."},
        "requestId": {"type": "string", "description": "Quote this when you ask us about it."},
    }
    return {
        "type": "object",
        "title": "Problem",
        "description": "Why a request was refused and what to do next. It names fields and never repeats their values.",
        "required": list(texts),
        "properties": {**texts, "errors": {"type": "array", "items": field, "description": "The fields at fault."}},
    }


def failed_check_schema() -> Json:
    """Describe what stands beside the problem wherever a check gives no answer (law 10)."""
    said = {
        "type": "object",
        "required": ["en", "cy"],
        "properties": {"en": {"type": "string"}, "cy": {"type": "string"}},
    }
    contact: Json = {
        "type": ["object", "null"],
        "description": "Whom to ring: your own agency where it is known, else the Board, else a number of the region; "
        "null where none is known here, so keep a copy of GET /v1/duty-contacts.",
        "required": ["agency", "phone"],
        "properties": {"agency": {"type": ["string", "null"]}, "phone": {"type": "string"}},
    }
    more = {
        "outcome": {
            "type": "string",
            "const": "unavailable",
            "description": "The risk is unknown, whatever went wrong.",
        },
        "whatToDo": {"type": "array", "items": said, "description": "What to do, in plain words, in both languages."},
        "dutyContact": contact,
    }
    return {
        "title": "FailedCheck",
        "description": "A check that was not made: the problem, and what to do. Show it as a risk that is unknown, "
        "never as nothing found.",
        "allOf": [reference("schemas", "Problem"), {"type": "object", "required": list(more), "properties": more}],
    }


def problem_examples() -> dict[str, Json]:
    """Give one example for every problem code."""
    return {
        f"problem-{code}": {
            "summary": problem.title.en,
            "value": problem_body(DomainError(code, _issues(code)), "en", EXAMPLE_REQUEST_ID),
        }
        for code, problem in PROBLEMS.items()
    }


def _issues(code: str) -> list[FieldIssue]:
    return [_FIELD_PROBLEMS[code]] if code in _FIELD_PROBLEMS else []


def problem_responses(codes: frozenset[str], *, check: bool = False) -> dict[str, Json]:
    """Describe every refusal an operation may give, by status, each code with its example."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(status_of(code), []).append(code)
    return {str(status): _problem_response(status, by_status[status], check=check) for status in sorted(by_status)}


def _problem_response(status: int, codes: list[str], *, check: bool) -> Json:
    more = {
        401: ["WWW-Authenticate"],
        429: ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"],
    }
    names = ["X-Request-ID", "Content-Language", *more.get(status, [])]
    examples = {code: reference("examples", f"problem-{code}") for code in codes}
    schema = reference("schemas", "FailedCheck" if check else "Problem")
    if check:
        examples = {code: {"value": _failed_check(code)} for code in codes}
    return {
        "description": STATUS_TITLES[status],
        "headers": {name: reference("headers", name) for name in names},
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _failed_check(code: str) -> Json:
    shown = Directory("01633 960000")
    return {**problem_body(DomainError(code, _issues(code)), "en", EXAMPLE_REQUEST_ID), **advice(shown, None)}


def security_schemes() -> dict[str, Json]:
    """Describe how a caller shows who it is."""
    flow = {"tokenUrl": "/oauth2/token", "scopes": {p.value: _scope(p) for p in Permission}}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "Client credentials with `private_key_jwt` (RFC 7523); scopes are the permissions.",
            "flows": {"clientCredentials": flow},
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of `POST /oauth2/token`, ten minutes at most (ES256, `at+jwt`).",
        },
    }


def _scope(permission: Permission) -> str:
    resource, _, verb = permission.value.partition(":")
    return f"{verb.capitalize()}: {resource}"


def add_codes(schema: Json) -> None:
    """Give coded fields (`x-coded-list`) their list in words, and its codes where the list is closed."""
    for part in _members(schema):
        list_id = part.get("x-coded-list")
        if isinstance(list_id, str):
            coded = VOCABULARIES[list_id]
            where = f"A code of `{list_id}` ({coded.title.en} / {coded.title.cy}): GET /v1/vocabularies/{list_id}."
            part["description"] = f"{part.get('description', '')} {where}".strip()
            if not coded.open_list:
                _close(part, [each.code for each in coded.items])


def _close(part: Json, codes: list[str]) -> None:
    """Put the codes where the text stands: here, in the items, or in the branch that is not null."""
    for branch in (part, part.get("items", {}), *part.get("anyOf", [])):
        if branch.get("type") == "string":
            branch["enum"] = codes
        if branch.get("type") == "array" and branch is not part:
            branch["items"]["enum"] = codes


def _members(node: object) -> list[Json]:
    found: list[Json] = []
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            members = cast("Json", part)
            found.append(members)
            waiting += members.values()
        elif isinstance(part, list):
            waiting += cast("list[object]", part)
    return found
