"""Reading GraphQL documents, and remembering those already read.

Three gates stand before the library's validation, each cheaper than the next: a scan of
brackets (so that no nesting reaches a recursive parser), a parse with a bound on tokens
and comments, and the measure of `api.graphql.limits`. What passed is validated once and
kept under the digest of its text, so that a query sent again costs a look-up. A refusal is
not kept: it is cheap to find again, and keeping it would let strangers' texts push out
the documents that agencies use.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.graphql.limits import Cost, Limits, check
from api.graphql.shapes import Shapes, shapes_of
from domain.errors import DomainError, FieldIssue

SOURCE = 16 * 1024
TOKENS = 1_000
COMMENTS = 100
NESTING = 32
ERRORS_SHOWN = 10
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
"""The library's rules and the two that Strawberry adds for its own kinds of input."""

# Strings and comments are matched whole, so that brackets inside them do not count. The
# closing quote is optional: an unterminated string swallows the rest in one step, where a
# failed match would be tried again from every later quote, in quadratic time.
_MARKS = re.compile(
    r'"""(?s:\\"""|(?!""").)*+(?:""")?'
    r'|"(?:[^"\\\n\r]|\\[^\n\r])*+"?'
    r"|#[^\n\r]*"
    r"|[{}()\[\]]"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed if `errors` is empty: read, measured, validated."""

    document: DocumentNode
    operation_name: str | None
    errors: tuple[GraphQLError, ...]
    cost: Cost


def read(source: str) -> DocumentNode:
    """Parse a document whose nesting, tokens and comments are within bounds, or refuse it.

    Locations are left out: they tie every token of the text to the tree that is kept.
    """
    if len(source) > SOURCE:
        raise DomainError("query-too-costly", [FieldIssue("/query", "too-long")])
    _guard_nesting(source)
    try:
        return parse(source, no_location=True, max_lexical_tokens=TOKENS, max_comments=COMMENTS)
    except GraphQLSyntaxError as error:
        if error.message.endswith("Parsing aborted."):
            raise DomainError("query-too-costly", [FieldIssue("/query", "query-tokens")]) from None
        # The library's message quotes the text; only the place may go back (law 9).
        raise DomainError("body-malformed", [FieldIssue("/query", "query-syntax")]) from None


def _guard_nesting(source: str) -> None:
    """Refuse brackets nested deeper than any honest document, before anything recurses."""
    depth = 0
    for mark in _MARKS.findall(source):
        if mark in _OPENING:
            depth += 1
            if depth > NESTING:
                raise DomainError("query-too-costly", [FieldIssue("/query", "query-depth")])
        elif mark in _CLOSING:
            depth -= 1


_OPENING = frozenset("{[(")
_CLOSING = frozenset("}])")


class Documents:
    """The documents of one schema, kept in order of last use and bounded by their length.

    The bound is on characters, because the tree of a document takes a few hundred bytes a
    token: 64 Ki characters hold at most some 13 MB, or a hundred ordinary queries.
    One event loop uses it; there is no lock.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        limits: Limits | None = None,
        shapes: Shapes | None = None,
        capacity: int = 64 * 1024,
    ) -> None:
        self.schema = schema
        self._limits = limits or Limits()
        self._shapes = shapes or shapes_of(schema)
        self._capacity = capacity
        self._held = 0
        self._kept: OrderedDict[bytes, tuple[Prepared, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def prepare(self, source: str, variables: Mapping[str, object] | None = None) -> Prepared:
        """Give the document of a text, measured for these variables, or refuse it.

        A document whose page sizes stand in the text is measured once; one that takes them
        from variables is measured each time, since the variables decide.
        """
        digest = sha256(source.encode("utf-8", "surrogatepass")).digest()
        found = self._kept.get(digest)
        if found is None:
            return self._add(digest, source, variables)
        self._kept.move_to_end(digest)
        prepared = found[0]
        if prepared.cost.varies:
            self._measure(prepared.document, variables)
        return prepared

    def _add(self, digest: bytes, source: str, variables: Mapping[str, object] | None) -> Prepared:
        document = read(source)
        cost = self._measure(document, variables)
        errors = validate(self.schema, document, RULES, max_errors=ERRORS_SHOWN, hide_suggestions=True)
        prepared = Prepared(document, _operation_name(document), tuple(errors), cost)
        self._kept[digest] = (prepared, len(source))
        self._held += len(source)
        while self._held > self._capacity:
            _, (_, length) = self._kept.popitem(last=False)
            self._held -= length
        return prepared

    def _measure(self, document: DocumentNode, variables: Mapping[str, object] | None) -> Cost:
        return check(document, variables, limits=self._limits, shapes=self._shapes)


def _operation_name(document: DocumentNode) -> str | None:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.name:
            return definition.name.value
    return None
