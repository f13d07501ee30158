"""Examples for the OpenAPI document, all in one place: `examples.json` beside this file, by operation id.

The people, places and numbers are invented: NHS numbers begin with 999, which is never issued, and
telephone numbers are of the range kept for drama. A test puts every example through its own model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

_FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True)
class OperationExample:
    """What one operation is shown with.

    `headers` are those its success carries beside the usual ones, `problems` the codes it may answer beside those
    that follow from its shape, `parameters` an example for each parameter of its own,
    `files` its success by media type where it is not JSON.
    """

    request: object | None
    response: object | None
    headers: tuple[str, ...]
    problems: tuple[str, ...]
    parameters: Mapping[str, object]
    files: Mapping[str, str]


def _load() -> dict[str, OperationExample]:
    raw: dict[str, dict[str, object]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: _example(given) for name, given in raw.items()}


def _example(given: Mapping[str, object]) -> OperationExample:
    return OperationExample(
        request=given.get("request"),
        response=given.get("response"),
        headers=_texts(given.get("headers")),
        problems=_texts(given.get("problems")),
        parameters=_members(given.get("parameters")),
        files={name: str(text) for name, text in _members(given.get("files")).items()},
    )


def _texts(given: object) -> tuple[str, ...]:
    return tuple(map(str, cast("list[object]", given))) if isinstance(given, list) else ()


def _members(given: object) -> Mapping[str, object]:
    return MappingProxyType(cast("dict[str, object]", given) if isinstance(given, dict) else {})


EXAMPLES: Mapping[str, OperationExample] = MappingProxyType(_load())
"""Every operation's examples, by operation id."""

NONE = _example({})
