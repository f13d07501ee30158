"""Restrictions of records to named people, over REST."""

from uuid import UUID

from fastapi import Response

from api.conditions import StepConditions, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.restrictions import LiftRestrictionBody, RestrictionView, RestrictPersonBody, restriction_view
from domain.ids import RecordId
from domain.restrictions import Restriction
from services import persons
from services.persons import Step

router = guarded_router(prefix="/v1/persons/{person_id}/restriction", tags=["Confidentiality"])


def _shown(found: Restriction, response: Response) -> RestrictionView:
    response.headers["ETag"] = etag(found.version)
    return restriction_view(found)


@router.get("", operation_id="readPersonRestriction", summary="Read to whom a record is restricted")
async def read_restriction(unit: Unit, person_id: UUID, response: Response) -> RestrictionView:
    """Read to whom one of your records is restricted, without reading the record; version 1 where it never was."""
    return _shown(await persons.read_restriction(unit, RecordId(person_id)), response)


@router.post("", operation_id="restrictPerson", summary="Restrict a record to named people")
async def restrict_person(
    unit: Unit, person_id: UUID, conditions: StepConditions, body: RestrictPersonBody, response: Response
) -> RestrictionView:
    """Restrict one of your records to roles and accounts you name; send the `ETag` you read, and again to name others.

    Everybody else of your agency finds neither the record nor what concerns it, as if there were none. Warnings are
    not silenced: where the danger is grave, others are told to ring before a visit.
    """
    step = Step(person_id, conditions.version, body.command(), conditions.once)
    return _shown((await persons.restrict_person(unit, step)).value, response)


@router.post("/lifting", operation_id="liftPersonRestriction", summary="Open a restricted record again")
async def lift_restriction(
    unit: Unit, person_id: UUID, conditions: StepConditions, body: LiftRestrictionBody, response: Response
) -> RestrictionView:
    """Open the record again to everybody whose role reads your agency's records, with a reason."""
    step = Step(person_id, conditions.version, body.reason, conditions.once)
    return _shown((await persons.lift_restriction(unit, step)).value, response)
