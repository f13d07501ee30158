"""Access alerts and budgets over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.conditions import StepConditions, VersionToChange, etag
from api.pagination import link_next
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.alerts import (
    AlertQuery,
    AlertsView,
    BudgetBody,
    BudgetView,
    ReviewAlertBody,
    WholeAlertView,
    alerts_view,
    budget_view,
    whole_alert_view,
)
from domain.alerts import AgencyBudget
from domain.ids import AlertId
from services import alerts
from services.alerts import SeenAlert

router = guarded_router(prefix="/v1", tags=["Oversight"])


def _shown(seen: SeenAlert, response: Response) -> WholeAlertView:
    response.headers["ETag"] = etag(seen.alert.version)
    return whole_alert_view(seen)


def _budget(found: AgencyBudget, response: Response) -> BudgetView:
    response.headers["ETag"] = etag(found.version)
    return budget_view(found)


@router.get("/access-alerts", operation_id="listAccessAlerts", summary="List signs of unusual access")
async def list_alerts(unit: Unit, query: Annotated[AlertQuery, Query()], response: Response) -> AlertsView:
    """List alerts about access by your agency's own people, newest first.

    They are signs to look into, worked out from the trail: more people than the budget, mostly nobody found, somebody
    of their own circle, many people at night. Whoever an alert concerns is not told of it and does not find it here.
    """
    shown = alerts_view(await alerts.list_alerts(unit, query.wanted(), unreviewed=query.unreviewed))
    link_next(response, "/v1/access-alerts", query, shown.next)
    return shown


@router.get("/access-alerts/{alert_id}", operation_id="readAccessAlert", summary="Read a sign of unusual access")
async def read_alert(unit: Unit, alert_id: UUID, response: Response) -> WholeAlertView:
    """Read what was counted, in which window, and the events on the trail it was counted from."""
    return _shown(await alerts.read_alert(unit, AlertId(alert_id)), response)


@router.post(
    "/access-alerts/{alert_id}/review", operation_id="reviewAccessAlert", summary="Say what came of an access alert"
)
async def review_alert(
    unit: Unit, alert_id: UUID, conditions: StepConditions, body: ReviewAlertBody, response: Response
) -> WholeAlertView:
    """Say whether it is explained by the work, referred on, or no concern, and why; within five days.

    Nobody reviews an alert about themself, from any account.
    """
    made = await alerts.review_alert(unit, AlertId(alert_id), conditions.version, body.command(), conditions.once)
    return _shown(made.value, response)


@router.get("/access-budgets", operation_id="readAccessBudgets", summary="Read your agency's access budgets")
async def read_budgets(unit: Unit, response: Response) -> BudgetView:
    """Read how many different people an account may look at before it is put to you."""
    return _budget(await alerts.read_budgets(unit), response)


@router.put("/access-budgets", operation_id="replaceAccessBudgets", summary="Set your agency's access budgets")
async def replace_budgets(unit: Unit, version: VersionToChange, body: BudgetBody, response: Response) -> BudgetView:
    """Set how many different people an account may look at before it is put to you; nobody is stopped by it."""
    return _budget(await alerts.replace_budgets(unit, version, body.budget()), response)
