"""By which fields lists are narrowed and put in order: what one may not see in full, one may not ask by either.

Each list names the kind of its entries, the field it is in the order of, and for each parameter the field that it
narrows by. `after` and `limit` go along the order. A parameter that is not named here fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PAGING = ("after", "limit")


@dataclass(frozen=True, slots=True)
class ListOf:
    """One list: entries of which kind, in the order of which field, narrowed by which parameters.

    Where an order goes by what the answer does not carry, a field of the same class stands for it. `by` gives for each
    parameter, in the query or the body, the path of the field it looks at.
    """

    kind: str
    order: str
    by: Mapping[str, str] = field(default_factory=dict[str, str])


_TRAIL = {
    "subject": "subjects",
    "agency": "agency",
    "user": "user",
    "action": "action",
    "outcome": "outcome",
    "purpose": "purpose",
    "operation": "operation",
    "from": "at",
    "to": "at",
}

LISTS: Mapping[str, ListOf] = {
    "searchPersons": ListOf(
        "person",
        "recordedAt",
        {
            "nhsNumber": "content.nhsNumber",
            "birthDate": "content.birthDate",
            "family": "content.names.family",
            "given": "content.names.given",
            "postcode": "content.addresses.postcode",
            "line1": "content.addresses.line1",
            "uprn": "content.addresses.uprn",
        },
    ),
    "listLinkReviews": ListOf("record-link", "linkedAt", {"state": "state"}),
    "listFlagDuties": ListOf("owed-flag", "duties.dueAt"),
    "listFlagImports": ListOf("flag-import", "state"),
    "listFlagImportRows": ListOf("import-row", "row", {"outcome": "outcome"}),
    "listHeldFlags": ListOf("held-flag", "flagId"),
    "listInboxNotices": ListOf("inbox-notice", "madeAt", {"unacknowledged": "acknowledged.at", "kind": "kind.code"}),
    "listInformationRequests": ListOf(
        "information-request-standing",
        "askedAt",
        {"direction": "direction", "state": "state", "overdue": "isOverdue"},
    ),
    "listDisclosures": ListOf(
        "disclosure-standing", "disclosedAt", {"side": "side", "unacknowledged": "awaitsAcknowledgement"}
    ),
    "listNotSharing": ListOf("not-sharing-decision", "decided.at", {"unanswered": "awaitsManager"}),
    "listProtocols": ListOf("sharing-protocol", "drafted.at", {"state": "state"}),
    "listSharingFlows": ListOf("sharing-flow", "giver", {"item": "items", "purpose": "purposes"}),
    "listBreakGlassGrants": ListOf("break-glass-grant", "opened.at", {"unreviewed": "review.signed.at"}),
    "listBreakGlassNotices": ListOf("break-glass-notice", "toldAt", {"unacknowledged": "acknowledged.at"}),
    "listConflicts": ListOf("conflict-declaration", "declared.at", {"inForce": "ended.at"}),
    "listAccessAlerts": ListOf("access-alert", "raisedAt", {"unreviewed": "reviewed.at"}),
    "queryAuditEvents": ListOf("audit-event", "at", _TRAIL),
    "exportAuditEvents": ListOf("audit-event", "at", _TRAIL),
    "listAgencies": ListOf("agency", "code"),
    "listAgreements": ListOf("agreement", "validFrom"),
    "listClients": ListOf("client", "registeredAt"),
    "readLogins": ListOf("login", "createdAt"),
    "listRegisterChanges": ListOf("register-change", "at", {"reference": "reference"}),
    "listRegisterRequests": ListOf("register-request", "askedAt", {"state": "state"}),
    "listRoles": ListOf("role-assignment", "validFrom", {"user": "userId"}),
    "listUsers": ListOf("user", "registeredAt"),
}
"""Every list that takes parameters, by its operation."""
