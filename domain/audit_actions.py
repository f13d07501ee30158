"""What can have happened, and which of the six logged operations each is (DPA 2018 s62, R-01)."""

from enum import StrEnum


class Operation(StrEnum):
    """The six logged operations of DPA 2018 s62, codes of `log-operation`."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"


class AuditAction(StrEnum):
    """What was done, as `<resource>.<past>`; a refused attempt carries the same action and another outcome."""

    PERSON_REGISTERED = "person.registered"
    PERSON_READ = "person.read"
    PERSON_AMENDED = "person.amended"
    PERSON_SEARCHED = "person.searched"
    LINK_RECORDED = "link.recorded"
    LINK_ENDED = "link.ended"
    INCIDENT_RECORDED = "incident.recorded"
    INCIDENT_READ = "incident.read"
    INCIDENT_AMENDED = "incident.amended"
    FLAG_PROPOSED = "flag.proposed"
    FLAG_READ = "flag.read"
    FLAG_DECIDED = "flag.decided"
    FLAG_REVIEWED = "flag.reviewed"
    FLAG_REMOVED = "flag.removed"
    FLAG_CORRECTED = "flag.corrected"
    FLAG_CONTESTED = "flag.contested"
    FLAG_RECIPIENTS_READ = "flag.recipients-read"
    HOLDERS_TOLD = "holders.told"
    INBOX_READ = "inbox.read"
    INBOX_ACKNOWLEDGED = "inbox-acknowledgement.recorded"
    HELD_FLAGS_READ = "held-flags.read"
    FLAG_MARKED = "flag.marked"
    FLAG_GROUNDED = "flag.grounded"
    FLAG_LAPSED = "flag.lapsed"
    FLAG_DUTIES_READ = "flag.duties-read"
    CHALLENGER_TOLD = "challenger.told"
    PERSON_TOLD = "person.told"
    CORROBORATION_RECORDED = "corroboration.recorded"
    CORROBORATION_READ = "corroboration.read"
    CORROBORATION_WITHDRAWN = "corroboration.withdrawn"
    RESERVATION_READ = "reservation.read"
    RESERVATION_CHANGED = "reservation.changed"
    ADULT_CONTACT_RECORDED = "adult-contact.recorded"
    CARER_SUPPORT_RECORDED = "carer-support.recorded"
    IMPORT_BEGUN = "flag-import.recorded"
    IMPORT_RECEIVED = "flag-import.received"
    IMPORT_CHECKED = "flag-import.checked"
    IMPORT_APPROVED = "flag-import.decided"
    IMPORT_RUN = "flag-import.made"
    IMPORT_CANCELLED = "flag-import.ended"
    IMPORT_READ = "flag-import.read"
    IMPORT_ERASED = "flag-import.erased"
    FLAG_CHECKED = "flag.checked"
    CHECK_DISPLAYED = "check.displayed"
    CHECK_ACKNOWLEDGED = "check.acknowledged"
    CHECK_RESOLVED = "check.resolved"
    CHECK_CHANGES_READ = "check.changes-read"
    SHEET_ISSUED = "sheet.issued"
    LETTER_TEMPLATES_READ = "letter-templates.read"
    LETTER_TEMPLATES_CHANGED = "letter-templates.changed"
    INFORMATION_REQUESTED = "information-request.recorded"
    INFORMATION_REQUEST_READ = "information-request.read"
    INFORMATION_REQUEST_CHANGED = "information-request.changed"
    INFORMATION_REQUEST_ANSWERED = "information-request.answered"
    INFORMATION_REQUEST_REFUSED = "information-request.decided"
    INFORMATION_REQUEST_WITHDRAWN = "information-request.withdrawn"
    DISCLOSURE_READ = "disclosure.read"
    DISCLOSURE_CORRECTED = "disclosure.corrected"
    DISCLOSURE_WITHDRAWN = "disclosure.withdrawn"
    DISCLOSURE_ACKNOWLEDGED = "disclosure.acknowledged"
    NOT_SHARING_RECORDED = "not-sharing.recorded"
    NOT_SHARING_READ = "not-sharing.read"
    NOT_SHARING_ANSWERED = "not-sharing.reviewed"
    PROTOCOL_READ = "sharing-protocol.read"
    PROTOCOL_DRAFTED = "sharing-protocol.proposed"
    PROTOCOL_CHANGED = "sharing-protocol.changed"
    PROTOCOL_ENDED = "sharing-protocol.ended"
    PROTOCOL_SIGNED = "protocol-signature.recorded"
    PROTOCOL_LEFT = "protocol-signature.withdrawn"
    SHARING_FLOWS_READ = "sharing-flows.read"
    BREAK_GLASS_OPENED = "break-glass.recorded"
    BREAK_GLASS_WARNINGS_READ = "break-glass-warnings.read"
    BREAK_GLASS_READ = "break-glass.read"
    BREAK_GLASS_REVIEWED = "break-glass.reviewed"
    BREAK_GLASS_NOTICES_READ = "break-glass-notice.read"
    BREAK_GLASS_ACKNOWLEDGED = "break-glass-acknowledgement.recorded"
    BREAK_GLASS_RESTORED = "break-glass-restoration.recorded"
    RESTRICTION_READ = "restriction.read"
    RESTRICTION_SET = "restriction.recorded"
    RESTRICTION_LIFTED = "restriction.ended"
    TERMS_AGREED = "confidentiality-terms.recorded"
    TERMS_READ = "confidentiality-terms.read"
    TERMS_AMENDED = "confidentiality-terms.amended"
    TERMS_ENDED = "confidentiality-terms.ended"
    NOTICE_RECORDED = "notice.recorded"
    NOTICE_READ = "notice.read"
    SUMMARY_READ = "summary.read"
    CONFLICT_DECLARED = "conflict-declaration.recorded"
    CONFLICTS_READ = "conflict-declaration.read"
    CONFLICT_ENDED = "conflict-declaration.ended"
    ALERT_RAISED = "access-alert.recorded"
    ALERTS_READ = "access-alert.read"
    ALERT_REVIEWED = "access-alert.reviewed"
    BUDGETS_READ = "access-budgets.read"
    BUDGETS_CHANGED = "access-budgets.changed"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_EXPLAINED = "audit.explained"
    DETAIL_ERASED = "audit.detail-erased"
    REGISTER_READ = "register.read"
    REGISTER_CHANGED = "register.changed"
    AGENCY_REGISTERED = "agency.registered"
    AGENCY_CHANGED = "agency.changed"
    AGENCY_STANDING_CHANGED = "agency-standing.changed"
    ADMINISTRATOR_PROPOSED = "administrator.proposed"
    HUMAN_STANDING_CHANGED = "human-standing.changed"
    USER_REGISTERED = "user.registered"
    USER_CHANGED = "user.changed"
    USER_STANDING_CHANGED = "user-standing.changed"
    USER_LEFT = "user-departure.recorded"
    ACCOUNTS_LINKED = "account-link.recorded"
    SEPARATION_PROPOSED = "account-separation.proposed"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_ENDED = "role.ended"
    REQUEST_DECIDED = "register-request.decided"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_CHANGED = "client.changed"
    CLIENT_KEYS_CHANGED = "client-keys.changed"
    CLIENT_STANDING_CHANGED = "client-standing.changed"
    ACTING_FOR_PROPOSED = "acting-for.proposed"
    DECIDER_PROPOSED = "decider.proposed"
    AGREEMENT_STANDING_CHANGED = "agreement-standing.changed"
    LINK_REVIEWS_READ = "record-link.read"
    LINK_REVIEWED = "record-link.reviewed"
    REQUEST_REFUSED = "request.refused"


OPERATIONS: dict[AuditAction, Operation] = {
    action: (
        Operation.COLLECTION
        if action.value.endswith((".registered", ".recorded", ".proposed", ".marked", ".received", ".made"))
        else Operation.ALTERATION
        if action.value.endswith(
            (
                ".amended",
                ".decided",
                ".reviewed",
                ".removed",
                ".corrected",
                ".contested",
                ".grounded",
                ".lapsed",
                ".ended",
                ".changed",
                ".resolved",
                ".withdrawn",
                ".assigned",
                ".told",
            )
        )
        else Operation.DISCLOSURE
        if action in {AuditAction.AUDIT_EXPORTED, AuditAction.INFORMATION_REQUEST_ANSWERED}
        else Operation.ERASURE
        if action in {AuditAction.DETAIL_ERASED, AuditAction.IMPORT_ERASED}
        else Operation.CONSULTATION
    )
    for action in AuditAction
}
"""Which of the six operations each action is."""
