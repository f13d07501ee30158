"""Examples for the OpenAPI document, all in one place: `examples.json` beside this file, by operation id.

The people, places and numbers are invented: NHS numbers begin with 999, which is never issued, and
telephone numbers are of the range kept for drama. A test puts every example through its own model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True)
class OperationExample:
    """What one operation is shown with.

    `headers` are those its success carries beside the usual ones, `problems` the codes it may answer beside those
    that follow from its shape, `parameters` an example for each parameter of its own.
    """

    request: object | None
    response: object | None
    headers: tuple[str, ...]
    problems: tuple[str, ...]
    parameters: Mapping[str, object]


def _load() -> dict[str, OperationExample]:
    raw: dict[str, dict[str, object]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: _example(given) for name, given in raw.items()}


def _example(given: Mapping[str, object]) -> OperationExample:
    headers, problems, parameters = given.get("headers"), given.get("problems"), given.get("parameters")
    return OperationExample(
        request=given.get("request"),
        response=given.get("response"),
        headers=tuple(map(str, headers)) if isinstance(headers, list) else (),
        problems=tuple(map(str, problems)) if isinstance(problems, list) else (),
        parameters=MappingProxyType(parameters) if isinstance(parameters, dict) else MappingProxyType({}),
    )


EXAMPLES: Mapping[str, OperationExample] = MappingProxyType(_load())
"""Every operation's examples, by operation id."""

NONE = OperationExample(None, None, (), (), MappingProxyType({}))
