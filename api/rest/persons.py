"""Person records over REST."""

from uuid import UUID

from fastapi import Response

from api.conditions import IdempotencyKey, VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.persons import (
    AmendPersonBody,
    EndRelationshipBody,
    PersonBody,
    PersonsView,
    PersonView,
    RelationshipBody,
    RelationshipView,
    SearchBody,
)
from domain.ids import LinkId, RecordId
from services import persons

router = guarded_router(prefix="/v1", tags=["Persons"])


@router.post("/persons", status_code=201, operation_id="registerPerson", summary="Register a person")
async def register_person(unit: Unit, once: IdempotencyKey, body: PersonBody, response: Response) -> PersonView:
    """Register somebody about whom your agency holds a record here. Looking somebody up needs no registration."""
    made = await persons.register_person(unit, body.command(), once)
    response.headers["Location"] = f"/v1/persons/{made.value.id}"
    response.headers["ETag"] = etag(made.value.version)
    return PersonView.model_validate(made.value)


@router.get("/persons/{person_id}", operation_id="readPerson", summary="Read one of your records of a person")
async def read_person(unit: Unit, person_id: UUID, response: Response) -> PersonView:
    """Read your agency's own record; another agency's record is not found."""
    record = await persons.read_person(unit, RecordId(person_id))
    response.headers["ETag"] = etag(record.version)
    return PersonView.model_validate(record)


@router.patch("/persons/{person_id}", operation_id="amendPerson", summary="Amend one of your records of a person")
async def amend_person(
    unit: Unit, person_id: UUID, version: VersionToChange, body: AmendPersonBody, response: Response
) -> PersonView:
    """Replace the content by a new version, with a reason; earlier versions are kept."""
    record = await persons.amend_person(unit, body.amendment(RecordId(person_id), version))
    response.headers["ETag"] = etag(record.version)
    return PersonView.model_validate(record)


@router.post("/persons/search", operation_id="searchPersons", summary="Find your records of a person")
async def search_persons(unit: Unit, body: SearchBody) -> PersonsView:
    """Find your agency's own records by what you know of the person; a POST, so that no name stands in a URL."""
    found = await persons.search_persons(unit, body.question())
    return PersonsView(persons=[PersonView.model_validate(record) for record in found])


@router.post(
    "/persons/{person_id}/relationships",
    status_code=201,
    operation_id="recordRelationship",
    summary="Say who lives with, visits or may be met where",
)
async def record_relationship(
    unit: Unit, once: IdempotencyKey, person_id: UUID, body: RelationshipBody
) -> RelationshipView:
    """Record a dated link that flag checks follow, because the danger is often not the person on the list."""
    made = await persons.record_relationship(unit, body.command(RecordId(person_id)), once)
    return RelationshipView.model_validate(made.value)


@router.post(
    "/relationships/{relationship_id}/end", operation_id="endRelationship", summary="Say on which day a link ended"
)
async def end_relationship(unit: Unit, relationship_id: UUID, body: EndRelationshipBody) -> RelationshipView:
    """Record the end of a link; it stays on record and is no longer followed after that day."""
    link = await persons.end_relationship(unit, LinkId(relationship_id), body.ended_on)
    return RelationshipView.model_validate(link)
