"""How the measure plugs into Strawberry, and the one door through which a question comes.

Strawberry's own router is not used. It mounts GET (questions in URLs and their logs), a
page for browsers, a websocket, batches and uploads, each with a switch and a history of
its own; a POST route that calls `execute` has none of them to switch off. What remains of
Strawberry is the schema and its executor:

* `SafeSchema` has no subscriptions, no `@defer` or `@stream`, and puts `SafeDocument` in
  front of every extension, so that even a direct `schema.execute` is measured first.
* `SafeDocument` hands over the document parsed, measured and validated by
  `api.graphql.documents`; Strawberry parses and validates only what has none.
* `ErrorMasker` turns every error into a code of the one registry in the reader's language.
  Library messages can quote what was sent and exceptions can quote what is stored, so
  neither leaves nor is logged (law 9).

A document that cannot be read or costs too much raises `DomainError` out of `execute`, and so
does a service that cannot answer, so that the route gives a problem like everywhere else;
whatever else is wrong is in `Answer.errors`. The route opens one unit around `execute`, and
must roll it back if `Answer.unexpected` is true.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any, cast

import strawberry
from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from typing_extensions import override

from api.graphql.documents import Documents, Prepared
from api.graphql.limits import Limits
from domain.errors import DomainError, FieldIssue, Kind, invalid
from domain.issues import ISSUES
from domain.problems import PROBLEMS, Bilingual

_LOG = logging.getLogger(__name__)

NAMING = (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    VariableDefinitionNode,
    VariableNode,
)
"""The parts of a document that have names and types but no values."""

REASON = 300
"""How much of a library's message is passed on."""


@dataclass(frozen=True, slots=True)
class Question:
    """One GraphQL request, as read from its JSON body."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


def read_question(body: object) -> Question:
    """Take the members of a request apart, naming the one at fault (GraphQL over HTTP, 5.1).

    A list, which other servers read as a batch, is no request here. Members that the
    protocol reserves (`extensions`) and unknown ones are ignored, as it asks.
    """
    if not isinstance(body, dict):
        raise invalid(("", "wrong-type"))
    members = cast("dict[str, object]", body)
    query = members.get("query")
    variables = members.get("variables")
    name = members.get("operationName")
    if query is None or query == "":
        raise invalid(("/query", "required"))
    if not isinstance(query, str):
        raise invalid(("/query", "wrong-type"))
    if variables is not None and not isinstance(variables, dict):
        raise invalid(("/variables", "wrong-type"))
    if name is not None and not isinstance(name, str):
        raise invalid(("/operationName", "wrong-type"))
    return Question(query=query, variables=cast("dict[str, Any]", variables or {}), operation_name=name)


class SafeDocument(SchemaExtension):
    """Gives Strawberry a document already measured and validated, in place of its own parsing."""

    def __init__(self, documents: Documents) -> None:
        super().__init__()
        self._documents = documents
        self._prepared: Prepared | None = None

    @override
    def on_parse(self) -> Iterator[None]:
        """Hand the document over, or refuse it before anything of the library has read it."""
        context = self.execution_context
        prepared = self._documents.prepare(context.query or "", context.variables)
        context.graphql_document = prepared.document
        # The context gives the name that was asked for, or else that of the document.
        if context.operation_name != prepared.operation_name:
            raise invalid(("/operationName", "query-operation-name"))
        self._prepared = prepared
        yield

    @override
    def on_validate(self) -> Iterator[None]:
        """Hand over what validation found; an empty list tells Strawberry that it was done."""
        if self._prepared is not None:
            self.execution_context.pre_execution_errors = list(self._prepared.errors)
        yield


class SafeSchema(strawberry.Schema):
    """A Strawberry schema that nobody can ask unmeasured."""

    def __init__(
        self,
        query: type,
        mutation: type | None = None,
        *,
        types: Iterable[type] = (),
        extensions: Iterable[Callable[[], SchemaExtension]] = (),
        config: StrawberryConfig | None = None,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(query=query, mutation=mutation, types=types, extensions=extensions, config=config)  # pyright: ignore[reportUnknownMemberType] -- generic in the library
        self.documents = Documents(self._schema, limits=limits)

    @override
    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:
        """Put the measure in front of every other extension."""
        return [SafeDocument(self.documents), *super().get_extensions(sync)]

    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log the place of a fault and nothing else: refusals are expected, messages may hold people."""
        for error in errors:
            if not ErrorMasker.expected(error):
                _LOG.error("graphql-fault", extra={"fault": _place(error)})


@dataclass(frozen=True, slots=True)
class ErrorMasker:
    """Writes errors for one reader: a registered code, its texts, and never a library's message with values."""

    language: str = "en"

    @staticmethod
    def expected(error: GraphQLError) -> bool:
        """Tell a refusal or a wrong question from a fault of ours."""
        return isinstance(error.original_error, DomainError) or _about_question(error)

    def format(self, error: GraphQLError, *, executed: bool) -> dict[str, object]:
        """Write one error of the response (GraphQL specification, 7.1.2); `executed` tells the phase it came from."""
        cause = error.original_error
        if isinstance(cause, DomainError):
            shown = self.refusal(cause)
        elif not _about_question(error):
            shown = self.refusal(DomainError("internal-error"))
        elif executed and error.path is None:
            shown = self.refusal(_wrong_variables(error))
        else:
            shown = self._wrong_document(error)
        if error.path is not None:
            shown["path"] = list(error.path)
        return shown

    def refusal(self, error: DomainError, *, reason: str | None = None) -> dict[str, object]:
        """Write a refusal with the same code, texts and field issues as a REST problem."""
        problem = PROBLEMS.get(error.code, PROBLEMS["internal-error"])
        extensions: dict[str, object] = {"code": error.code, "detail": self._text(problem.detail)}
        if error.issues:
            extensions["errors"] = [
                {
                    "pointer": issue.pointer,
                    "code": issue.code,
                    "detail": self._text(ISSUES.get(issue.code, problem.detail)),
                }
                for issue in error.issues
            ]
        if reason is not None:
            extensions["reason"] = reason
        return {"message": self._text(problem.title), "extensions": extensions}

    def _wrong_document(self, error: GraphQLError) -> dict[str, object]:
        """Name what does not fit the schema; the library's message only where it can hold nothing but names."""
        if isinstance(error, StrawberryInputCoercionError) or not _holds_names_only(error):
            return self.refusal(DomainError("query-invalid", [FieldIssue("/query", "wrong-type")]))
        return self.refusal(DomainError("query-invalid"), reason=error.message[:REASON])

    def _text(self, text: Bilingual) -> str:
        return text.cy if self.language == "cy" else text.en


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to, ready to be written.

    `executed` is false where the document did not fit the schema and nothing ran;
    `unexpected` is true where a fault of ours is among the errors.
    """

    data: dict[str, Any] | None
    errors: tuple[dict[str, object], ...]
    executed: bool
    unexpected: bool

    def body(self) -> dict[str, object]:
        """Give the response map: no `data` where nothing ran (GraphQL specification, 7.1)."""
        body: dict[str, object] = {"errors": list(self.errors)} if self.errors else {}
        return {**body, "data": self.data} if self.executed else body


async def execute(schema: SafeSchema, question: Question, *, context: object, language: str = "en") -> Answer:
    """Answer one question, or raise the refusal that stands instead of an answer.

    Raised are what was refused before anything ran, and a service that cannot answer: where
    evidence could not be written, no part of the data may leave (law 1).
    """
    result = await schema.execute(
        question.query,
        variable_values=question.variables,
        context_value=context,
        operation_name=question.operation_name,
        allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
    )
    found = result.errors or []
    executed = not isinstance(result, PreExecutionError)
    for error in found:
        cause = error.original_error
        if isinstance(cause, DomainError) and (not executed or _ends_all(cause)):
            raise cause
    masker = ErrorMasker(language)
    return Answer(
        data=result.data,
        errors=tuple(masker.format(error, executed=executed) for error in found),
        executed=executed,
        unexpected=not all(masker.expected(error) for error in found),
    )


def _about_question(error: GraphQLError) -> bool:
    """Tell whether the library, not one of our resolvers, found the question wrong.

    Before execution that is every error of the library; in execution, only an argument
    that could not be read, which is known by the value it points at.
    """
    cause = error.original_error
    if error.path is None:
        return cause is None or isinstance(cause, GraphQLError)
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    return isinstance(cause, GraphQLError) and any(isinstance(node, ValueNode) for node in cause.nodes or ())


def _ends_all(refusal: DomainError) -> bool:
    problem = PROBLEMS.get(refusal.code)
    return problem is None or problem.kind in {Kind.INTERNAL, Kind.UNAVAILABLE}


def _holds_names_only(error: GraphQLError) -> bool:
    """Tell whether a message is about names and types: by what it points at, and by the marks of a value in it."""
    if not all(isinstance(node, NAMING) for node in error.nodes or ()):
        return False
    return not set('"{') & set(error.message.replace("{ ... }", ""))


def _wrong_variables(error: GraphQLError) -> DomainError:
    names = [node.variable.name.value for node in error.nodes or () if isinstance(node, VariableDefinitionNode)]
    pointers = [f"/variables/{name}" for name in names] or ["/variables"]
    return invalid(*((pointer, "wrong-type") for pointer in pointers))


def _place(error: GraphQLError) -> str:
    """Give the kind of a fault and the last line of ours or a library's that it went through."""
    cause = error.original_error or error
    frames = extract_tb(cause.__traceback__)
    where = f"{Path(frames[-1].filename).stem}.{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
    return f"{type(cause).__name__} at {where}"
