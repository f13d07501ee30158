"""Refusals on the wire: RFC 9457 problems in the reader's language, from the one registry.

A problem names fields and never repeats what was sent. Hidden and absent give the same bytes but for
the request id (law 4).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from api.languages import Language, say
from domain.errors import DomainError, FieldIssue, Kind
from domain.issues import ISSUES
from domain.problems import PROBLEMS

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.NOT_ACCEPTABLE: 406,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.INVALID: 422,
    Kind.CONDITION_REQUIRED: 428,
    Kind.TOO_MANY: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}
MEDIA_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:rhannu:problem:"

_ISSUE_OF_PYDANTIC = {
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "too_long": "too-many",
    "too_short": "too-few",
    "string_pattern_mismatch": "pattern",
    "enum": "code-unknown",
    "literal_error": "code-unknown",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "string_unicode": "not-text",
    "uuid_parsing": "pattern",
    "uuid_type": "wrong-type",
    "timezone_aware": "date-invalid",
}
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_DATE_KINDS = ("date_", "datetime_", "time_", "timezone_")
_UNION_MARKS = ("function-", "tagged-union", "union[")


def status_of(code: str) -> int:
    """Give the HTTP status of a problem code."""
    return STATUS[PROBLEMS[code].kind]


def problem_body(error: DomainError, language: Language, request_id: str) -> dict[str, object]:
    """Build the problem document."""
    problem = PROBLEMS[error.code]
    body: dict[str, object] = {
        "type": _TYPE_PREFIX + error.code,
        "title": say(problem.title, language),
        "status": STATUS[problem.kind],
        "detail": say(problem.detail, language),
        "code": error.code,
        "requestId": request_id,
    }
    if error.issues:
        body["errors"] = [
            {"pointer": issue.pointer, "code": issue.code, "detail": say(ISSUES[issue.code], language)}
            for issue in error.issues
        ]
    return body


def problem_response(
    error: DomainError, language: Language, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a problem."""
    status = status_of(error.code)
    extra = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    if status == 401:
        extra["WWW-Authenticate"] = 'Bearer realm="rhannu", error="invalid_token"'
    return Response(
        orjson.dumps(problem_body(error, language, request_id)),
        status_code=status,
        headers=extra,
        media_type=MEDIA_TYPE,
    )


def validation_refusal(errors: Sequence[Mapping[str, Any]]) -> DomainError:
    """Turn what the request models found wrong into one refusal: 400 outside the body, 422 within it."""
    issues = list(dict.fromkeys(_issue(error) for error in errors))
    in_body = all(error["loc"] and error["loc"][0] == "body" for error in errors)
    return DomainError("content-invalid" if in_body else "parameter-invalid", issues)


def _issue(error: Mapping[str, Any]) -> FieldIssue:
    kind = str(error["type"])
    code = _ISSUE_OF_PYDANTIC.get(kind)
    if code is None:
        code = "date-invalid" if kind.startswith(_DATE_KINDS) else "wrong-type"
    return FieldIssue(pointer_of(_told(error["loc"][1:], code)), code)


def _told(parts: Sequence[object], code: str) -> Sequence[object]:
    """Leave out a name that the caller made up unless it looks like a field's: it may be anything (law 9)."""
    made_up = code == "unknown-field" and not _FIELD_NAME.fullmatch(str(parts[-1]))
    return parts[:-1] if made_up else parts


def pointer_of(parts: Iterable[object]) -> str:
    """Write a location as a JSON pointer (RFC 6901), leaving out the names of union branches."""
    kept = [part for part in parts if isinstance(part, int) or not str(part).startswith(_UNION_MARKS)]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in kept)
