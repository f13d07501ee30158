"""Refusals: every way in which a rule says no.

A rule raises `DomainError` with a code from the one registry in `domain.problems`;
the edge turns the code's kind into a status and its texts into the reader's language.
Values that a caller sent are never put into an error (law 9): a field is named, not quoted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of no it is; `api.problems` gives each kind one HTTP status."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    STALE = "stale"
    TOO_LARGE = "too-large"
    UNSUPPORTED = "unsupported"
    INVALID = "invalid"
    CONDITION_REQUIRED = "condition-required"
    TOO_MANY = "too-many"
    METHOD = "method"
    NOT_ACCEPTABLE = "not-acceptable"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FieldIssue:
    """One thing wrong with one field: where (JSON pointer, RFC 6901) and a code of the issue registry."""

    pointer: str
    code: str


class DomainError(Exception):
    """A refusal with a stable code.

    `code` is a key of `domain.problems.PROBLEMS`; `issues` name the fields at fault.
    """

    def __init__(self, code: str, issues: Sequence[FieldIssue] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.issues = tuple(issues)


def invalid(*issues: tuple[str, str]) -> DomainError:
    """Build the refusal for content that breaks a rule, from (pointer, issue code) pairs."""
    return DomainError("content-invalid", [FieldIssue(pointer, code) for pointer, code in issues])
