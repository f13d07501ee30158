"""The fields of answers by which access is watched: sealed doors that were opened, conflicts, alerts and budgets."""

from domain.field_parts import OWN, Kind, Parties, Relation
from domain.field_table import PAGE

_LABELLED = "{code cy en}"
_SIGNED = "{user at}"

OVERSIGHT_KINDS = (
    Kind(
        "break-glass-grant", Parties(owner="ownerAgency"),
        {
            "break-glass.grant": f"id ownerAgency version personId reasonCode justification opened{_SIGNED} expiresAt"
            f" isOpen reviewDueAt isReviewOverdue review{{outcome reason signed{_SIGNED}}} chased{{at roles}}"
        },
        views=("BreakGlassGrantView",),
    ),
    Kind(
        "break-glass-grants", OWN, {PAGE: "next"}, {"grants": "break-glass-grant"}, ("BreakGlassGrantsView",)
    ),
    Kind(
        "opened-warning", Parties(owner="ownerAgency", otherwise=Relation.RECIPIENT),
        {
            "break-glass.warning": f"ownerAgency category{_LABELLED} controls{_LABELLED} sentence{{cy en}}"
            f" handling{_LABELLED} reviewOn state badges contact{{agency phone}}"
        },
        views=("OpenedWarningView",),
    ),
    Kind(
        "opened-warnings", OWN, {"break-glass.door": "grantId personId checkedAt expiresAt"},
        {"warnings": "opened-warning"}, ("OpenedWarningsView",),
    ),
    Kind(
        "break-glass-notice", Parties(owner="openingAgency", otherwise=Relation.RECIPIENT),
        {
            "break-glass.notice": f"id version grantId openedAt openingAgency toldAt acknowledged{_SIGNED}",
            "break-glass.opener": "openedBy",
        },
        views=("BreakGlassNoticeView",),
    ),
    Kind(
        "break-glass-notices", OWN, {PAGE: "next"}, {"notices": "break-glass-notice"}, ("BreakGlassNoticesView",)
    ),
    Kind(
        "break-glass-restoration", OWN, {"break-glass.restoration": f"id userId reason restored{_SIGNED}"},
        views=("BreakGlassRestorationView",),
    ),
    Kind(
        "conflict-declaration", OWN,
        {
            "conflict-declaration.content": f"id version userId personId kind until reason declared{_SIGNED}"
            f" ended{_SIGNED} endReason"
        },
        views=("ConflictView",),
    ),
    Kind(
        "conflict-declarations", OWN, {PAGE: "next"}, {"declarations": "conflict-declaration"}, ("ConflictsView",)
    ),
    Kind(
        "access-alert", OWN,
        {
            "access-alert.content": "id version kind userId windowStart windowEnd people asked empty limit eventCount"
            f" agencies raisedAt reviewBy outcome reason reviewed{_SIGNED}"
        },
        views=("AlertView",),
    ),
    Kind(
        "whole-access-alert", OWN, {"access-alert.content": "events chased{duty dueAt roles at}"},
        {"alert": "access-alert"}, ("WholeAlertView",),
    ),
    Kind("access-alerts", OWN, {PAGE: "next"}, {"alerts": "access-alert"}, ("AlertsView",)),
    Kind(
        "access-budgets", OWN, {"access-budgets.content": f"version daily weekly changed{_SIGNED}"},
        views=("BudgetView",),
    ),
)  # fmt: skip
"""Every kind of answer by which access is watched."""
