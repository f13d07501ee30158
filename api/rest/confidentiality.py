"""Confidentiality terms over REST: your own agency's, and nobody else's business."""

from uuid import UUID

from fastapi import Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.confidentiality import (
    AgreeTermsBody,
    AmendTermsBody,
    ConfidentialityTermsListView,
    ConfidentialityTermsView,
    EndTermsBody,
    terms_list_view,
    terms_view,
)
from domain.ids import ConfidentialityTermsId, RecordId
from services import sharing
from services.sharing import SeenTerms, Step

router = guarded_router(prefix="/v1/persons/{person_id}/confidentiality-terms", tags=["Confidentiality"])


def _shown(seen: SeenTerms, response: Response) -> ConfidentialityTermsView:
    response.headers["ETag"] = etag(seen.terms.version)
    return terms_view(seen)


@router.post(
    "", status_code=201, operation_id="agreeConfidentialityTerms", summary="Record what was agreed with a family"
)
async def agree_terms(
    unit: Unit, person_id: UUID, once: IdempotencyKey, body: AgreeTermsBody, response: Response
) -> ConfidentialityTermsView:
    """Record what you agreed with the adult, family or carer not to pass on, and to whom it may be told anyway.

    From then on your agency gives nothing of it to another that is not excepted, unless whoever gives it states the
    lawful ground. Other agencies never see terms, nor that there are any.
    """
    made = await sharing.agree_terms(unit, body.command(RecordId(person_id)), once)
    response.headers["Location"] = f"/v1/persons/{person_id}/confidentiality-terms/{made.value.terms.id}"
    return _shown(made.value, response)


@router.get("", operation_id="listConfidentialityTerms", summary="List what was agreed about a person")
async def list_terms(unit: Unit, person_id: UUID) -> ConfidentialityTermsListView:
    """List the terms agreed about the person of one of your records, newest first, with those that have ended."""
    return terms_list_view(await sharing.list_terms(unit, RecordId(person_id)))


@router.get("/{terms_id}", operation_id="readConfidentialityTerms", summary="Read terms with their history")
async def read_terms(unit: Unit, person_id: UUID, terms_id: UUID, response: Response) -> ConfidentialityTermsView:
    """Read terms with every version, and each time something was given in spite of them, by whom and on what ground."""
    seen = await sharing.read_terms(unit, RecordId(person_id), ConfidentialityTermsId(terms_id))
    return _shown(seen, response)


@router.post("/{terms_id}/amendments", operation_id="amendConfidentialityTerms", summary="Amend terms agreed on")
async def amend_terms(
    unit: Unit, person_id: UUID, terms_id: UUID, conditions: StepConditions, body: AmendTermsBody, response: Response
) -> ConfidentialityTermsView:
    """Put down what holds from now on, whole, with a reason; earlier versions are kept."""
    step = Step(terms_id, conditions.version, body.command(), conditions.once)
    return _shown((await sharing.amend_terms(unit, RecordId(person_id), step)).value, response)


@router.post("/{terms_id}/ending", operation_id="endConfidentialityTerms", summary="End terms agreed with a family")
async def end_terms(
    unit: Unit, person_id: UUID, terms_id: UUID, conditions: StepConditions, body: EndTermsBody, response: Response
) -> ConfidentialityTermsView:
    """End terms, as when the family no longer wants them; they stay on record with your reason."""
    step = Step(terms_id, conditions.version, body.reason, conditions.once)
    return _shown((await sharing.end_terms(unit, RecordId(person_id), step)).value, response)
