"""What one GraphQL operation may ask for, measured in a single pass (OWASP API4:2023).

The pass comes before the library's validation, because validators follow a fragment
wherever it is spread: k fragments that each spread the next one twice cost them 2^k steps.
Here every fragment is measured once and its figures are multiplied, never expanded, so
the work grows with the length of the document only.

The cost of a field is its own weight times the length of every list around it. A list
that takes `first` or `last` must be given one, at most `Limits.page`; other lists are
taken at an assumed length. Two different refusals follow: `query-too-costly` says ask
for less, `query-invalid` says this is no single query or mutation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from api.graphql.shapes import PAGING, Shapes
from domain.errors import DomainError, FieldIssue

INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})
LEVELS = 64
"""How far the pass itself may descend, inline fragments counted: far below the stack's end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one operation; the defaults are those of the public documents.

    `introspection` holds the bounds of an operation that asks about the schema only;
    without it such an operation is refused, which is the setting for production.
    """

    fragments: int = 10
    spreads: int = 20
    depth: int = 8
    aliases: int = 10
    root_fields: int = 3
    selected: int = 250
    repeats: int = 20
    directives: int = 10
    variables: int = 20
    page: int = 50
    budget: int = 1_000
    introspection: "Limits | None" = None


INTROSPECTION = Limits(depth=16, aliases=0, root_fields=1, selected=400, budget=100_000)
"""Wide enough for the introspection query that common tools send, and for little more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a document asks for, all fragments counted as often as they are spread.

    `varies` tells that a page size came from a variable, so that the figure holds
    for these variables only.
    """

    total: int
    fields: int
    depth: int
    aliases: int
    varies: bool


class _Sum(NamedTuple):
    """The figures of one selection set or fragment, relative to where it stands."""

    total: int = 0
    fields: int = 0
    depth: int = 0
    aliases: int = 0

    def beside(self, other: "_Sum") -> "_Sum":
        return _Sum(
            self.total + other.total,
            self.fields + other.fields,
            max(self.depth, other.depth),
            self.aliases + other.aliases,
        )


def check(
    document: DocumentNode,
    variables: Mapping[str, object] | None,
    *,
    limits: Limits,
    shapes: Shapes,
) -> Cost:
    """Measure the one operation of a document, or refuse it with the issue that names the bound.

    Nothing is validated here: unknown fields, types and fragments count as little and are
    left to the library's rules, which are safe to run on what passes.
    """
    operation, fragments = _definitions(document, limits)
    if limits.introspection is not None and _asks_about_schema(operation):
        limits, about_schema = limits.introspection, True
    else:
        about_schema = False
    walk = _Walk(operation, fragments, dict(variables or {}), limits, shapes)
    walk.about_schema = about_schema
    return walk.cost()


@dataclass(slots=True)
class _Walk:
    """One pass over one document; the counters are of the text, the sums of what it asks for."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]
    limits: Limits
    shapes: Shapes
    about_schema: bool = False
    varies: bool = False
    spreads: int = 0
    directives: int = 0
    repeats: int = 0
    level: int = 0
    measured: dict[str, _Sum] = field(default_factory=dict[str, _Sum])
    open: set[str] = field(default_factory=set[str])

    def cost(self) -> Cost:
        """Measure the operation, then the fragments it never spread: the validators will read those too."""
        defined = self.operation.variable_definitions or ()
        if len(defined) > self.limits.variables:
            _refuse("query-variables")
        for definition in defined:
            self._count_directives(definition.directives)
        self._count_directives(self.operation.directives)
        root = self.shapes.roots.get(self.operation.operation, "")
        found = self._selections(self.operation.selection_set, root, set())
        if self._roots(self.operation.selection_set, set()) > self.limits.root_fields:
            _refuse("query-roots")
        for name in self.fragments:
            self._fragment(name)
        return Cost(found.total, found.fields, found.depth, found.aliases, self.varies)

    def _selections(self, node: SelectionSetNode, parent: str, names: set[str]) -> _Sum:
        """Add up a selection set; `names` are the response names of its level, inline fragments flattened."""
        self.level += 1
        if self.level > LEVELS:
            _refuse("query-depth")
        found = _Sum()
        for selection in node.selections:
            self._count_directives(selection.directives)
            found = found.beside(self._selection(selection, parent, names))
        self._hold(found)
        self.level -= 1
        return found

    def _selection(self, node: SelectionNode, parent: str, names: set[str]) -> _Sum:
        if isinstance(node, FieldNode):
            return self._field(node, parent, names)
        if isinstance(node, InlineFragmentNode):
            on = node.type_condition.name.value if node.type_condition else parent
            return self._selections(node.selection_set, on, names)
        if isinstance(node, FragmentSpreadNode):
            self.spreads += 1
            if self.spreads > self.limits.spreads:
                _refuse("query-fragments")
            return self._fragment(node.name.value)
        return _Sum()

    def _field(self, node: FieldNode, parent: str, names: set[str]) -> _Sum:
        name = node.name.value
        if name in INTROSPECTION_ROOTS and not self.about_schema:
            _refuse("query-introspection")
        self._count_repeat(node.alias.value if node.alias else name, names)
        shape = self.shapes.find(parent, name)
        times = self._page(node) if shape.paged else shape.length
        inner = self._selections(node.selection_set, shape.returns, set()) if node.selection_set else _Sum()
        return _Sum(
            total=times * (shape.weight + inner.total),
            fields=1 + inner.fields,
            depth=1 + inner.depth,
            aliases=(1 if node.alias else 0) + inner.aliases,
        )

    def _fragment(self, name: str) -> _Sum:
        """Measure a fragment once; what it comes to is the same wherever it is spread."""
        if name in self.measured:
            return self.measured[name]
        if name in self.open:
            _refuse("query-fragment-cycle")
        definition = self.fragments.get(name)
        if definition is None:
            return _Sum()
        self.open.add(name)
        self._count_directives(definition.directives)
        found = self._selections(definition.selection_set, definition.type_condition.name.value, set())
        self.open.remove(name)
        self.measured[name] = found
        return found

    def _roots(self, node: SelectionSetNode, seen: set[str]) -> int:
        """Count the root fields; a fragment spread twice at the root still asks for them once."""
        count = 0
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                count += 1
            elif isinstance(selection, InlineFragmentNode):
                count += self._roots(selection.selection_set, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                spread = self.fragments.get(selection.name.value)
                count += self._roots(spread.selection_set, seen) if spread else 0
        return count

    def _hold(self, found: _Sum) -> None:
        """Refuse as soon as a part alone breaks a bound: nothing around it can make it less."""
        limits = self.limits
        if found.depth > limits.depth:
            _refuse("query-depth")
        if found.aliases > limits.aliases:
            _refuse("query-aliases")
        if found.fields > limits.selected:
            _refuse("query-fields")
        if found.total > limits.budget:
            _refuse("query-cost")

    def _count_directives(self, found: Sequence[DirectiveNode] | None) -> None:
        self.directives += len(found or ())
        if self.directives > self.limits.directives:
            _refuse("query-directives")

    def _count_repeat(self, response_name: str, names: set[str]) -> None:
        """Bound fields of one response name: the validators compare each with each of them."""
        if response_name in names:
            self.repeats += 1
            if self.repeats > self.limits.repeats:
                _refuse("query-repeats")
        names.add(response_name)

    def _page(self, node: FieldNode) -> int:
        """Find the page size of a list, as written or from the variables that came with it."""
        sizes = [self._size(argument.value) for argument in node.arguments or () if argument.name.value in PAGING]
        given = [size for size in sizes if size is not None]
        if not given:
            _refuse("query-page-size")
        return max(1, *given)

    def _size(self, node: ValueNode) -> int | None:
        if isinstance(node, VariableNode):
            return self._variable_size(node.name.value)
        if isinstance(node, NullValueNode):
            return None
        # Four characters hold every allowed size, and no long literal is ever converted.
        if not isinstance(node, IntValueNode) or len(node.value) > 4:
            _refuse("query-page-size")
        return self._held(int(node.value), "/query")

    def _variable_size(self, name: str) -> int | None:
        self.varies = True
        if name in self.variables:
            size = self.variables[name]
            if size is None:
                return None
            if type(size) is not int:
                _refuse("query-page-size", f"/variables/{name}")
            return self._held(size, f"/variables/{name}")
        for definition in self.operation.variable_definitions or ():
            if definition.variable.name.value == name and definition.default_value is not None:
                # A default is a constant in the grammar, so this cannot come back here.
                return self._size(definition.default_value)
        return None

    def _held(self, size: int, pointer: str) -> int:
        if not 0 <= size <= self.limits.page:
            _refuse("query-page-size", pointer)
        return size


def _definitions(
    document: DocumentNode, limits: Limits
) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """Take a document apart into its one query or mutation and its fragments."""
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
        elif isinstance(definition, FragmentDefinitionNode) and definition.name.value not in fragments:
            fragments[definition.name.value] = definition
        else:
            # A type definition, or a second fragment of a name already taken.
            _refuse("query-operations", code="query-invalid")
    if len(fragments) > limits.fragments:
        _refuse("query-fragments")
    if len(operations) != 1 or operations[0].operation is OperationType.SUBSCRIPTION:
        _refuse("query-operations", code="query-invalid")
    return operations[0], fragments


def _asks_about_schema(operation: OperationDefinitionNode) -> bool:
    """Tell whether every root field, written out, is one of introspection."""
    roots = operation.selection_set.selections
    return bool(roots) and all(isinstance(root, FieldNode) and root.name.value in INTROSPECTION_ROOTS for root in roots)


def _refuse(issue: str, pointer: str = "/query", *, code: str = "query-too-costly") -> NoReturn:
    raise DomainError(code, [FieldIssue(pointer, issue)])
