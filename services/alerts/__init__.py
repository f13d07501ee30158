"""Access alerts: what the background process finds unusual on the trail, and what officers make of it."""

from services.alerts.use_cases import (
    SeenAlert,
    list_alerts,
    read_alert,
    read_budgets,
    replace_budgets,
    review_alert,
)
from services.alerts.watch import chase_alerts, watch_access

__all__ = [
    "SeenAlert",
    "chase_alerts",
    "list_alerts",
    "read_alert",
    "read_budgets",
    "replace_budgets",
    "review_alert",
    "watch_access",
]
