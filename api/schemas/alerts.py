"""Access alerts and budgets, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Reason
from api.schemas.paging import PageQuery, cursor_of
from domain.alert_windows import AlertKind, Budget
from domain.alerts import AccessAlert, AgencyBudget, AlertOutcome, ReviewAlert
from domain.paging import Page
from services.alerts import SeenAlert


class AlertQuery(PageQuery):
    """Which alerts."""

    unreviewed: Annotated[bool, Field(description="Only those that wait for a review.")] = False


class ReviewAlertBody(Body):
    """What came of looking into it, and why."""

    outcome: Annotated[AlertOutcome, listed("access-alert-outcome")]
    reason: Reason

    def command(self) -> ReviewAlert:
        """Give the command."""
        return ReviewAlert(self.outcome, self.reason)


class BudgetBody(Body):
    """How many different people one account may look at before it is put to you."""

    daily: Annotated[int, Field(description="In any 24 hours: 20 to 2000.")]
    weekly: Annotated[int, Field(description="In any 7 days: 20 to 5000, and no fewer than in 24 hours.")]

    def budget(self) -> Budget:
        """Give the budgets."""
        return Budget(self.daily, self.weekly)


class AlertView(View):
    """What was counted about one account in one window, as it was when the alert was raised.

    `limit` is what was exceeded; a list that was checked counts as one of `people`. `agencies` are those that the
    account acted for. It never says whom anybody looked at.
    """

    id: UUID
    version: int
    kind: Annotated[AlertKind, listed("access-alert-kind")]
    user_id: UUID
    window_start: AwareDatetime
    window_end: AwareDatetime
    people: int
    asked: int
    empty: int
    limit: int
    event_count: int
    agencies: list[str]
    raised_at: AwareDatetime
    review_by: AwareDatetime | None
    outcome: AlertOutcome | None
    reason: str | None
    reviewed: SignatureView | None


class AlertChaseView(View):
    """Before whom a late review was put, and when."""

    duty: str
    due_at: AwareDatetime
    roles: list[str]
    at: AwareDatetime


class WholeAlertView(View):
    """An alert with its events, the newest 200: `GET /v1/audit/events` finds the people in them."""

    alert: AlertView
    events: list[UUID]
    chased: list[AlertChaseView]


class AlertsView(View):
    """A page of alerts, newest first; `next` goes into `after`, null at the end."""

    alerts: list[AlertView]
    next: str | None


class BudgetView(View):
    """The budgets in force; `changed` is null for those that hold until your agency sets its own."""

    version: int
    daily: int
    weekly: int
    changed: SignatureView | None


def alert_view(alert: AccessAlert) -> AlertView:
    """Show an alert."""
    reviewed = alert.reviewed
    return AlertView(
        id=alert.id,
        version=alert.version,
        kind=alert.kind,
        user_id=alert.user,
        window_start=alert.window.start,
        window_end=alert.window.end,
        people=alert.people,
        asked=alert.asked,
        empty=alert.empty,
        limit=alert.limit,
        event_count=alert.event_count,
        agencies=list(alert.agencies),
        raised_at=alert.raised_at,
        review_by=alert.review_by if reviewed is None else None,
        outcome=None if reviewed is None else reviewed.review.outcome,
        reason=None if reviewed is None else reviewed.review.reason,
        reviewed=None if reviewed is None else SignatureView.model_validate(reviewed.signed),
    )


def whole_alert_view(seen: SeenAlert) -> WholeAlertView:
    """Show an alert with its events."""
    return WholeAlertView(
        alert=alert_view(seen.alert),
        events=list(seen.alert.events),
        chased=[AlertChaseView.model_validate(each) for each in seen.chases],
    )


def alerts_view(page: Page[AccessAlert]) -> AlertsView:
    """Show a page of alerts."""
    return AlertsView(alerts=[alert_view(each) for each in page.items], next=cursor_of(page.next))


def budget_view(found: AgencyBudget) -> BudgetView:
    """Show budgets."""
    return BudgetView(
        version=found.version,
        daily=found.budget.daily,
        weekly=found.budget.weekly,
        changed=None if found.set_by is None else SignatureView.model_validate(found.set_by),
    )
