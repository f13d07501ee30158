"""JSON read without second meanings, for documents that decide who may come in.

The standard reader takes the last of two members with one name, knows NaN and Infinity, guesses
UTF-16, and nests until the stack ends. Each of these lets two readers see two documents in one
(RFC 8725 2.4, RFC 7515 4), so a token or a key set that needs any of them is refused.
"""

import json
from collections.abc import Sequence
from typing import Never, cast


def _no_duplicates(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member stands here twice"
        raise ValueError(message)
    return members


def _no_constant(_: str) -> Never:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


def strict_object(data: bytes, *, brackets: int) -> dict[str, object]:
    """Read one JSON object from UTF-8 bytes, or raise ValueError.

    `brackets` bounds the opening brackets in the text, and so the depth, before anything is parsed:
    a reader that recurses must not be the one to find out how deep a stranger's document goes.
    """
    if data.count(b"[") + data.count(b"{") > brackets:
        message = "nested too deep"
        raise ValueError(message)
    value: object = _DECODER.decode(data.decode("utf-8"))
    if not isinstance(value, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004  # one sort of refusal for every unreadable document
    return cast("dict[str, object]", value)
