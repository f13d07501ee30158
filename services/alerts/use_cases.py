"""What data protection officers do with access alerts and with the budgets these go by.

Staff are no data subjects of the records here, so events name an alert and no person; whom somebody looked at stands in
the events that the alert refers to.
"""

from dataclasses import dataclass
from uuid import UUID

from domain import alerts as rules
from domain.access import Permission
from domain.alert_windows import Budget
from domain.alerts import AccessAlert, AgencyBudget, ReviewAlert
from domain.audit_actions import AuditAction
from domain.errors import DomainError
from domain.flag_decisions import sign
from domain.ids import AlertId
from domain.paging import Page, Wanted
from services.alerts.repository import AlertChase, AlertRepository
from services.core.idempotency import Made, Once, as_versioned, at_most_once
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import use_case


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert with before whom its review was put."""

    alert: AccessAlert
    chases: tuple[AlertChase, ...]


def _shown(unit: UnitOfWork, *shown: AccessAlert) -> None:
    for each in shown:
        unit.record(
            records=[f"access-alert:{each.id}:{each.version}", f"user:{each.user}"],
            owners=[each.owner_agency],
            fields=["access-alert.content"],
        )


async def _seen(unit: UnitOfWork, alert: AccessAlert) -> SeenAlert:
    _shown(unit, alert)
    return SeenAlert(alert, await AlertRepository(unit).chases(alert.id))


@use_case(permission=Permission.ALERT_READ, audits=AuditAction.ALERTS_READ)
async def list_alerts(unit: UnitOfWork, wanted: Wanted, *, unreviewed: bool) -> Page[AccessAlert]:
    """List alerts about access by the agency's own people, newest first."""
    page = await AlertRepository(unit).page(wanted, unreviewed=unreviewed)
    _shown(unit, *page.items)
    if not page.items:
        unit.record_empty()
    return page


@use_case(permission=Permission.ALERT_READ, audits=AuditAction.ALERTS_READ)
async def read_alert(unit: UnitOfWork, alert_id: AlertId) -> SeenAlert:
    """Read an alert.

    Raises:
        DomainError: `not-found`.
    """
    return await _seen(unit, await AlertRepository(unit).find(alert_id))


@use_case(permission=Permission.ALERT_REVIEW, audits=AuditAction.ALERT_REVIEWED)
async def review_alert(
    unit: UnitOfWork, alert_id: AlertId, read_version: int, given: ReviewAlert, once: Once
) -> Made[SeenAlert]:
    """Say what came of looking into an alert.

    Raises:
        DomainError: `not-found`, `version-stale`, `alert-reviewed`, `content-invalid`, `idempotency-key-reused`.
    """
    kept = AlertRepository(unit)

    async def make() -> AccessAlert:
        alert = await kept.find(alert_id, lock=True)
        if alert.version != read_version:
            raise DomainError("version-stale")
        reviewed = rules.review(alert, given, unit.principal, unit.now)
        await kept.replace(reviewed)
        return reviewed

    async def replay(made: UUID) -> AccessAlert:
        return await kept.find(AlertId(made))

    outcome = await at_most_once(unit, once, make, as_versioned, replay)
    return Made(await _seen(unit, outcome.value), outcome.is_replay)


def _budget_shown(unit: UnitOfWork, shown: AgencyBudget) -> AgencyBudget:
    unit.record(
        records=[f"access-budgets:{shown.owner_agency}:{shown.version}"],
        owners=[shown.owner_agency],
        fields=["access-budgets.content"],
    )
    return shown


@use_case(permission=Permission.BUDGET_READ, audits=AuditAction.BUDGETS_READ)
async def read_budgets(unit: UnitOfWork) -> AgencyBudget:
    """Read the budgets in force."""
    return _budget_shown(unit, await AlertRepository(unit).budget())


@use_case(permission=Permission.BUDGET_SET, audits=AuditAction.BUDGETS_CHANGED)
async def replace_budgets(unit: UnitOfWork, read_version: int, budget: Budget) -> AgencyBudget:
    """Set the agency's own budgets; alerts raised before stay.

    Raises:
        DomainError: `version-stale`, `content-invalid`.
    """
    kept = AlertRepository(unit)
    before = await kept.budget()
    if before.version != read_version:
        raise DomainError("version-stale")
    made = rules.set_budget(before, budget, unit.principal, unit.now)
    await kept.add_budget(made, sign(unit.principal, unit.now))
    return _budget_shown(unit, made)
