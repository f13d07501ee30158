"""Generated queries made to fit: page sizes within the bounds, and ids of records that exist."""

from collections.abc import Sequence

from graphql import (
    SKIP,
    ArgumentNode,
    IntValueNode,
    Node,
    StringValueNode,
    Visitor,
    VisitorAction,
    parse,
    print_ast,
    visit,
)


class _Fitting(Visitor):
    """Replaces what a generator cannot guess by a value that depends on the one generated."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__()
        self._ids = ids

    def enter_argument(self, node: ArgumentNode, *_: object) -> VisitorAction | Node:
        drawn = print_ast(node.value)
        if node.name.value in {"first", "last"}:
            return ArgumentNode(name=node.name, value=IntValueNode(value=str(len(drawn) % 4)))
        place = sum(drawn.encode()) % (len(self._ids) + 1)
        if node.name.value == "id" and place < len(self._ids):
            return ArgumentNode(name=node.name, value=StringValueNode(value=self._ids[place]))
        return SKIP


def fitted(query: str, ids: Sequence[str] = ()) -> str:
    """Give a query that asks for small pages and, in all but some, for one of the ids."""
    return print_ast(visit(parse(query), _Fitting(ids)))
