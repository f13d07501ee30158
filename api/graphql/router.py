"""POST /graphql: one question, one unit of work, one event, committed before the answer leaves.

What is refused before anything runs is a problem as over REST. What a use case refuses is null with the
same code in `errors`, status 200; then the refusal is the operation's event, and since the unit was
rolled back with it, nothing else of the answer leaves either (law 1).
"""

from typing import Annotated, Any

import orjson
from fastapi import Response
from pydantic import Field
from starlette.requests import Request

from api.graphql.context import Context
from api.graphql.extensions import Answer, Question, execute
from api.graphql.schema import schema_for
from api.requests import reader_language, state_of
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.common import Body
from domain.errors import DomainError
from services.core.unit_of_work import UnitOfWork

router = guarded_router(tags=["GraphQL"])


class GraphQLBody(Body):
    """One GraphQL question: a single query, its variables, and its name if it has one."""

    query: Annotated[str, Field(min_length=1, description="One query; give values as variables, so that it is cached.")]
    variables: dict[str, Any] | None = None
    operation_name: Annotated[str, Field(max_length=200)] | None = None

    def question(self) -> Question:
        """Give the question as the schema takes it."""
        return Question(self.query, self.variables or {}, self.operation_name)


_ANSWER: dict[str, Any] = {
    "type": "object",
    "description": "The answer of a GraphQL question (GraphQL specification, section 7.1).",
    "properties": {
        "data": {"type": ["object", "null"], "description": "What was asked for, in the shape of the query."},
        "errors": {
            "type": "array",
            "description": "What was refused; `extensions.code` is a code of `openapi/problems.md`.",
            "items": {"type": "object"},
        },
    },
}


@router.post(
    "/graphql",
    operation_id="askGraphql",
    summary="Ask one GraphQL question",
    responses={
        200: {
            "description": "The answer; what was refused in it is null, with the code in `errors[].extensions.code`.",
            "content": {"application/json": {"schema": _ANSWER}},
        },
        422: {"description": "Nothing was run.", "content": {"application/json": {"schema": _ANSWER}}},
    },
)
async def ask_graphql(unit: Unit, request: Request, body: GraphQLBody) -> Response:
    """Read what is known of a person across capabilities; the schema is in `openapi/schema.graphql`.

    One operation per request, no batches, no subscriptions, 16 KiB at most. Every list that takes `first` must
    be given it, 50 at most.
    """
    language = reader_language(request)
    schema = schema_for(production=state_of(request).settings.is_production)
    answer = await execute(schema, body.question(), context=Context(unit, language), language=language)
    if answer.unexpected:
        raise DomainError("internal-error")
    status = 200 if answer.executed else 422
    data = await _settled(unit, answer)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps(data), status_code=status, headers=headers, media_type="application/json")


async def _settled(unit: UnitOfWork, answer: Answer) -> dict[str, object]:
    """Give what may leave: with any error the unit is undone and the refusal recorded, so no data goes out."""
    body = answer.body()
    code = next((code for error in answer.errors if (code := _code(error))), None)
    if code is None:
        return body
    await unit.refuse(DomainError(code))
    if answer.data is not None:
        body["data"] = answer.data if not any(answer.data.values()) else None
    return body


def _code(error: dict[str, object]) -> str | None:
    extensions = error.get("extensions")
    return str(extensions["code"]) if isinstance(extensions, dict) else None  # pyright: ignore[reportUnknownArgumentType] -- an error is JSON
