"""Disclosures, and decisions not to share, over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import IdempotencyKey, StepConditions, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.disclosures import (
    CorrectDisclosureBody,
    DisclosureQuery,
    DisclosuresView,
    DisclosureView,
    WithdrawDisclosureBody,
    disclosure_view,
    disclosures_view,
)
from api.schemas.not_sharing import (
    ManagerAnswerBody,
    NotSharingBody,
    NotSharingDecisionsView,
    NotSharingQuery,
    NotSharingView,
    decisions_view,
    not_sharing_view,
)
from domain.ids import DisclosureId
from services import sharing
from services.sharing import SeenDisclosure, Step

router = guarded_router(prefix="/v1", tags=["Sharing"])


def _shown(seen: SeenDisclosure, response: Response) -> DisclosureView:
    response.headers["ETag"] = etag(seen.disclosure.version)
    return disclosure_view(seen)


@router.get("/disclosures", operation_id="listDisclosures", summary="List what was given and received")
async def list_disclosures(
    unit: Unit, query: Annotated[DisclosureQuery, Query()], response: Response
) -> DisclosuresView:
    """List disclosures of your agency, newest first; `unacknowledged` finds what the recipient has yet to see."""
    page = await sharing.list_disclosures(unit, query.asked())
    shown = disclosures_view(page, unit.principal.agency)
    link_next(response, "/v1/disclosures", query, shown.next)
    return shown


@router.get("/disclosures/{disclosure_id}", operation_id="readDisclosure", summary="Read what was disclosed")
async def read_disclosure(unit: Unit, disclosure_id: UUID, response: Response) -> DisclosureView:
    """Read what your agency gave or received, on what basis and with what limits.

    A data protection officer reads which items were given and why, and not what they say.
    """
    return _shown(await sharing.read_disclosure(unit, DisclosureId(disclosure_id)), response)


@router.post(
    "/disclosures/{disclosure_id}/corrections", operation_id="correctDisclosure", summary="Put right what you gave"
)
async def correct_disclosure(
    unit: Unit, disclosure_id: UUID, conditions: StepConditions, body: CorrectDisclosureBody, response: Response
) -> DisclosureView:
    """Give the same items anew, with a reason; the recipient finds it changed and is chased until it acknowledges."""
    step = Step(disclosure_id, conditions.version, body.command(), conditions.once)
    return _shown((await sharing.correct_disclosure(unit, step)).value, response)


@router.post(
    "/disclosures/{disclosure_id}/withdrawal", operation_id="withdrawDisclosure", summary="Take back what you gave"
)
async def withdraw_disclosure(
    unit: Unit, disclosure_id: UUID, conditions: StepConditions, body: WithdrawDisclosureBody, response: Response
) -> DisclosureView:
    """Take back what was given: from now on the record names the items and says nothing of them.

    The recipient finds it withdrawn, with your reason, and is chased until it acknowledges that it acts on that.
    """
    step = Step(disclosure_id, conditions.version, body.reason, conditions.once)
    return _shown((await sharing.withdraw_disclosure(unit, step)).value, response)


@router.post(
    "/disclosures/{disclosure_id}/acknowledgement",
    operation_id="acknowledgeDisclosure",
    summary="Acknowledge what you received",
)
async def acknowledge_disclosure(
    unit: Unit, disclosure_id: UUID, conditions: StepConditions, response: Response
) -> DisclosureView:
    """Say, as the recipient, that you have seen how it stands and act on it: received, put right or taken back."""
    step = Step(disclosure_id, conditions.version, None, conditions.once)
    return _shown((await sharing.acknowledge_disclosure(unit, step)).value, response)


@router.post(
    "/not-sharing-decisions",
    status_code=201,
    operation_id="decideNotToShare",
    summary="Record a decision not to share or not to ask",
)
async def decide_not_to_share(
    unit: Unit, once: IdempotencyKey, body: NotSharingBody, response: Response
) -> NotSharingView:
    """Record that something was not shared, or not asked, and why.

    Where the reason is fear of repercussions it stands in the line manager's list, who answers within two days.
    """
    made = await sharing.decide_not_to_share(unit, body.command(), once)
    response.headers["ETag"] = etag(made.value.version)
    return not_sharing_view(made.value)


@router.get("/not-sharing-decisions", operation_id="listNotSharing", summary="List decisions not to share")
async def list_not_sharing(
    unit: Unit, query: Annotated[NotSharingQuery, Query()], response: Response
) -> NotSharingDecisionsView:
    """List decisions not to share: a line manager sees those that fear was the reason of, who oversees sees all."""
    shown = decisions_view(await sharing.list_not_sharing(unit, query.wanted(), unanswered=query.unanswered))
    link_next(response, "/v1/not-sharing-decisions", query, shown.next)
    return shown


@router.post(
    "/not-sharing-decisions/{decision_id}/answer",
    operation_id="answerNotSharing",
    summary="Answer somebody's fear of sharing",
)
async def answer_not_sharing(
    unit: Unit, decision_id: UUID, conditions: StepConditions, body: ManagerAnswerBody, response: Response
) -> NotSharingView:
    """Say, as a manager who did not take the decision, whether it stands and how whoever was afraid is supported."""
    step = Step(decision_id, conditions.version, body.command(), conditions.once)
    made = await sharing.answer_not_sharing(unit, step)
    response.headers["ETag"] = etag(made.value.version)
    return not_sharing_view(made.value)
