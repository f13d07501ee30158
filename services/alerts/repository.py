"""Every query of access alerts and budgets that a caller makes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.alert_windows import Budget
from domain.alerts import DEFAULT_BUDGET, FIRST_VERSION, AccessAlert, AgencyBudget, duties_of_alert
from domain.duties import next_moment
from domain.errors import DomainError
from domain.flag_decisions import Signature
from domain.ids import AlertId, HumanId, UserId
from domain.paging import Page, Place, Wanted
from services.core.codec import from_document, to_document
from services.core.unit_of_work import UnitOfWork
from services.core.versioned import Version, VersionedTable
from services.db.models.alerts import access_alert_chases, access_alert_versions, access_alerts, access_budgets
from services.db.paging import page_of, part_of

_ALERTS = VersionedTable(access_alerts, access_alert_versions, "alert_id")


@dataclass(frozen=True, slots=True)
class AlertChase:
    """Before whom a review was put, and when."""

    duty: str
    due_at: datetime
    roles: tuple[str, ...]
    at: datetime


class AlertRepository:
    """The alerts of the agency acted for, but for those that concern the caller."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def find(self, alert_id: AlertId, *, lock: bool = False) -> AccessAlert:
        """Find an alert.

        Raises:
            DomainError: `not-found`, also to whom it concerns.
        """
        row = await _ALERTS.find(self._unit, alert_id, lock=lock)
        alert = from_document(AccessAlert, row.content)
        if alert.is_hidden_from(self._unit.principal):
            raise DomainError("not-found")
        return alert

    async def page(self, wanted: Wanted, *, unreviewed: bool) -> Page[AccessAlert]:
        """List alerts, newest first."""
        columns, by = access_alerts.c, self._unit.principal
        query = select(columns.content).where(
            and_(columns.user_id != by.user, columns.human_id.not_in(list(by.humans)))
        )
        if unreviewed:
            query = query.where(columns.reviewed_at.is_(None))
        rows = (await self._unit.run(part_of(query, columns.raised_at, columns.id, wanted, newest_first=True))).all()
        return page_of(
            rows,
            wanted,
            lambda row: from_document(AccessAlert, row.content),
            lambda each: Place(each.raised_at, each.id),
        )

    async def replace(self, alert: AccessAlert) -> None:
        """Store the next version.

        Raises:
            DomainError: `version-stale`.
        """
        await _ALERTS.replace(self._unit, _version(alert))

    async def chases(self, alert_id: AlertId) -> tuple[AlertChase, ...]:
        """List before whom the review was put, the last time for each duty."""
        columns = access_alert_chases.c
        query = (
            select(access_alert_chases)
            .where(columns.alert_id == alert_id)
            .ext(distinct_on(columns.duty, columns.due_at))
            .order_by(columns.duty, columns.due_at, columns.rung.desc())
        )
        rows = (await self._unit.run(query)).all()
        return tuple(AlertChase(row.duty, row.due_at, tuple(row.roles), row.chased_at) for row in rows)

    async def budget(self) -> AgencyBudget:
        """Find the budgets in force."""
        newest = select(access_budgets).order_by(access_budgets.c.version.desc()).limit(1)
        row = (await self._unit.run(newest)).one_or_none()
        if row is None:
            return AgencyBudget(self._unit.principal.agency, FIRST_VERSION, DEFAULT_BUDGET)
        signed = Signature(UserId(row.recorded_by), HumanId(row.recorded_human), row.recorded_at)
        return AgencyBudget(row.owner_agency, row.version, Budget(row.daily, row.weekly), signed)

    async def add_budget(self, made: AgencyBudget, signed: Signature) -> None:
        """Store budgets that an agency sets.

        Raises:
            DomainError: `version-stale` when somebody was faster.
        """
        await self._unit.run(
            insert(access_budgets).values(
                owner_agency=made.owner_agency,
                version=made.version,
                daily=made.budget.daily,
                weekly=made.budget.weekly,
                recorded_at=signed.at,
                recorded_by=signed.user,
                recorded_human=signed.human,
            )
        )


def _version(alert: AccessAlert) -> Version:
    if alert.reviewed is None:
        message = "an alert is raised by the background process"
        raise ValueError(message)
    signed = alert.reviewed.signed
    return Version(
        id=alert.id,
        owner=alert.owner_agency,
        both={
            "version": alert.version,
            "content": to_document(alert),
            "recorded_at": signed.at,
            "recorded_by": signed.user,
        },
        standing={
            "reviewed_at": signed.at,
            "chase_at": next_moment((duty.clock for duty in duties_of_alert(alert)), None),
        },
    )
