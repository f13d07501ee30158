"""What the fields of a schema weigh and multiply, read once from the schema itself.

Cost rules that repeat a schema by hand go stale in silence; these cannot, since a list
is recognised by its type and a page by its `first` or `last`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLWrappingType,
    OperationType,
)

PAGING = frozenset({"first", "last"})
"""The arguments that bound a list."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a field costs: its weight, the type it leads to and how many times it gives it."""

    returns: str
    paged: bool = False
    length: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Shapes:
    """The part of a schema that cost depends on, by type and field name."""

    roots: Mapping[OperationType, str]
    types: Mapping[str, Mapping[str, FieldShape]]

    def find(self, parent: str, name: str) -> FieldShape:
        """Give the shape of a field; a field that does not exist weighs one and leads nowhere."""
        return self.types.get(parent, {}).get(name, _UNKNOWN)


_UNKNOWN = FieldShape(returns="")


def shapes_of(
    schema: GraphQLSchema,
    *,
    weights: Mapping[str, int] | None = None,
    lengths: Mapping[str, int] | None = None,
    assumed: int = 10,
) -> Shapes:
    """Read from a schema what its fields cost.

    `weights` and `lengths` are keyed "Type.field". A list without `first` or `last` is taken
    at `assumed` entries, except inside a page (`edges` of a connection), whose own `first` counts.
    """
    known = {**_introspection_lengths(schema), **(lengths or {})}
    composite = [t for t in schema.type_map.values() if isinstance(t, GraphQLObjectType | GraphQLInterfaceType)]
    pages = {
        _unwrap(f.type)[0]
        for parent in composite
        for f in parent.fields.values()
        if PAGING & f.args.keys() and not _unwrap(f.type)[1]
    }
    types: dict[str, dict[str, FieldShape]] = {}
    for parent in composite:
        usual = 1 if parent.name in pages else assumed
        types[parent.name] = {
            name: FieldShape(
                returns=_unwrap(f.type)[0],
                paged=bool(PAGING & f.args.keys()),
                length=known.get(f"{parent.name}.{name}", int(usual ** _unwrap(f.type)[1])),
                weight=(weights or {}).get(f"{parent.name}.{name}", 1),
            )
            for name, f in parent.fields.items()
        }
    if schema.query_type is not None:
        types[schema.query_type.name] |= {"__schema": FieldShape("__Schema"), "__type": FieldShape("__Type")}
    roots = {OperationType.QUERY: schema.query_type, OperationType.MUTATION: schema.mutation_type}
    return Shapes(roots={kind: root.name for kind, root in roots.items() if root is not None}, types=types)


def _unwrap(wrapped: object) -> tuple[str, int]:
    """Give the name of a type and the number of lists around it."""
    levels = 0
    while isinstance(wrapped, GraphQLWrappingType):
        levels += isinstance(wrapped, GraphQLList)
        wrapped = cast("object", wrapped.of_type)
    return (wrapped.name if isinstance(wrapped, GraphQLNamedType) else ""), levels


def _introspection_lengths(schema: GraphQLSchema) -> dict[str, int]:
    """Give the lists of introspection their true mean lengths in this schema, rounded up."""
    types = list(schema.type_map.values())
    parents = [t for t in types if isinstance(t, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [f for parent in parents for f in parent.fields.values()]
    arguments = sum(len(f.args) for f in fields)
    return {
        "__Schema.types": len(types),
        "__Schema.directives": len(schema.directives),
        "__Type.fields": -(-len(fields) // max(1, len(types))),
        "__Field.args": -(-arguments // max(1, len(fields))),
        "__Type.interfaces": 1,
        "__Type.possibleTypes": 1,
        "__Type.inputFields": 1,
        "__Type.enumValues": 2,
        "__Directive.args": 2,
        "__Directive.locations": 4,
    }
