"""The schema: root fields, each of which calls exactly one use case."""

from functools import cache
from typing import Annotated
from uuid import UUID

import strawberry

from api.disclosing import disclose
from api.graphql.context import Context
from api.graphql.extensions import SafeSchema
from api.graphql.limits import INTROSPECTION, Limits
from api.graphql.summary import PersonSummary, document_of
from domain.ids import RecordId
from services import cases

Info = strawberry.Info[Context, None]


async def _person_summary(
    info: Info,
    record_id: Annotated[UUID, strawberry.argument(name="id", description="One of your agency's own person records.")],
) -> PersonSummary | None:
    info.context.unit.ask_for(f"person_id:{record_id}")
    summary = await cases.person_summary(info.context.unit, RecordId(record_id))
    return PersonSummary.of(disclose(info.context.unit, "person-summary", document_of(summary)))


@strawberry.type(description="Questions that go across capabilities; single records are read over REST.")
class Query:
    """The root of all questions."""

    person_summary: PersonSummary | None = strawberry.field(
        resolver=_person_summary,
        description="What is known of the person of one of your agency's own records. Null, with the code not-found, "
        "for another agency's record as for none.",
    )


@cache
def schema_for(*, production: bool) -> SafeSchema:
    """Make the schema once; outside production it also answers what it consists of, so that tools can read it."""
    return SafeSchema(Query, limits=Limits(introspection=None if production else INTROSPECTION))
