"""Domain values as JSON documents and back: one codec, so that what is stored is what the rule made.

Frozen dataclasses of the domain are the schema; a stored document that no longer fits one fails loudly
instead of becoming a half-filled record.
"""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    found = _adapters.get(kind)
    if found is None:
        found = _adapters[kind] = TypeAdapter(kind)
    return found


def to_document(value: object) -> dict[str, Any]:
    """Write a domain value as a JSON document (dates ISO 8601, sets sorted by the reader's need only)."""
    document: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json")
    return document


def from_document(kind: type[T], document: object) -> T:
    """Read a domain value back.

    Raises:
        pydantic.ValidationError: the stored document does not fit; a defect, never a caller's fault.
    """
    return _adapter(kind).validate_python(document)
