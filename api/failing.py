"""What every failed check says, from whatever cause: the risk is unknown, what to do, and whom to ring (law 10).

An error that a program reads as "nothing found" is an all-clear that nobody gave. So whatever is no answer of a
check carries the outcome `unavailable` beside the problem, whichever layer refused.
"""

from typing import Any, cast

import orjson
from starlette.types import Scope

from domain.flag_checks import Outcome, sentences_when_unavailable
from services.agencies.directory import Directory

CHECKS = frozenset({"/v1/flag-checks", "/v1/visit-sheets"})
"""Paths whose every failure says what to do."""


def is_check(path: str) -> bool:
    """Say whether a check was meant: one sent to a misspelt address is no all-clear either."""
    return path.rstrip("/").lower() in CHECKS


def advice(directory: Directory | None, agency: str | None) -> dict[str, object]:
    """Give the members that stand beside the problem; `dutyContact` is null where no number is known here."""
    number = None if directory is None else directory.number_for(agency)
    said = sentences_when_unavailable(number_given=number is not None)
    return {
        "outcome": Outcome.UNAVAILABLE.value,
        "whatToDo": [{"en": sentence.en, "cy": sentence.cy} for sentence in said],
        "dutyContact": None if number is None else {"agency": number[0], "phone": number[1]},
    }


def advised(scope: Scope, problem: bytes) -> bytes:
    """Add the advice to the problem that answers a request for a check."""
    state = getattr(scope["app"].state, "rhannu", None)
    directory = cast("Directory | None", getattr(state, "directory", None))
    body = cast("dict[str, Any]", orjson.loads(problem))
    return orjson.dumps(body | advice(directory, scope.get("rhannu.agency")))
