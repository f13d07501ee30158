"""Who may do what: roles, permissions, purposes and scopes in one table (laws 2, 5, 8).

The matrix page in the docs is printed from `GRANTS` and compared by a test, and the SQL of the
measured flag check gets its role list from `roles_with`, so there is no second copy anywhere.
Roles are held by Rhannu's own register, per agency acted for; the token only says who asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId, HumanId, UserId


class Role(StrEnum):
    """Codes of the `role` vocabulary."""

    PRACTITIONER = "practitioner"
    LINE_MANAGER = "line-manager"
    DUTY_MANAGER = "duty-manager"
    DUTY_DESK = "duty-desk"
    MASH_DUTY = "mash-duty"
    SPOC = "spoc"
    SAFEGUARDING_LEAD = "safeguarding-lead"
    FLAG_DECISION_MAKER = "flag-decision-maker"
    DESIGNATED_OFFICER = "designated-officer"
    DPO_IG = "dpo-ig"
    ACCESS_OFFICER = "access-officer"
    CALDICOTT_GUARDIAN = "caldicott-guardian"
    APPROPRIATE_HEALTH_PROFESSIONAL = "appropriate-health-professional"
    HEALTH_SAFETY = "health-safety"
    AGENCY_ADMINISTRATOR = "agency-administrator"
    BOARD_ADMINISTRATOR = "board-administrator"
    AUDITOR = "auditor"
    BOARD_ANALYST = "board-analyst"
    SYSTEM_CLIENT = "system-client"


class Purpose(StrEnum):
    """Codes of the `purpose-of-use` vocabulary: why the caller asks, stated on every request."""

    STAFF_SAFETY_VISIT = "staff-safety-visit"
    ADULT_SAFEGUARDING = "adult-safeguarding"
    DIRECT_CARE = "direct-care"
    EMERGENCY_RESPONSE = "emergency-response"
    CRIME_PREVENTION = "crime-prevention"
    SUPERVISION = "supervision"
    SUBJECT_RIGHTS = "subject-rights"
    FLAG_GOVERNANCE = "flag-governance"
    AUDIT_QUALITY = "audit-quality"
    BREAK_GLASS = "break-glass"
    PRACTICE_REVIEW = "practice-review"
    SCHEDULED_CHECK = "scheduled-check"


class Permission(StrEnum):
    """What can be allowed, as `<resource>:<verb>`; the same strings are the OAuth scopes of a client."""

    PERSON_REGISTER = "person:register"
    PERSON_READ = "person:read"
    PERSON_AMEND = "person:amend"
    PERSON_SEARCH = "person:search"
    PERSON_RESTRICT = "person:restrict"
    LINK_RECORD = "person:link"
    INCIDENT_RECORD = "incident:record"
    INCIDENT_READ = "incident:read"
    INCIDENT_AMEND = "incident:amend"
    FLAG_PROPOSE = "flag:propose"
    FLAG_READ = "flag:read"
    FLAG_DECIDE = "flag:decide"
    FLAG_REVIEW = "flag:review"
    FLAG_REMOVE = "flag:remove"
    FLAG_CORRECT = "flag:correct"
    FLAG_CONTEST = "flag:contest"
    FLAG_RECIPIENTS = "flag:recipients"
    INBOX_READ = "inbox:read"
    INBOX_ACKNOWLEDGE = "inbox:acknowledge"
    FLAG_MARK = "flag:mark"
    FLAG_ADULT_SEEN = "flag:adult-seen"
    FLAG_CARER = "flag:carer-support"
    FLAG_DUTIES = "flag:duties"
    FLAG_NOTIFY = "flag:notify"
    LETTER_READ = "letter:read"
    LETTER_WRITE = "letter:write"
    FLAG_RESERVE = "flag:reserve"
    FLAG_CORROBORATE = "flag:corroborate"
    IMPORT_PREPARE = "flag-import:prepare"
    IMPORT_READ = "flag-import:read"
    IMPORT_APPROVE = "flag-import:approve"
    CHECK_RUN = "check:run"
    CHECK_DISPLAY = "check:display"
    CHECK_ACKNOWLEDGE = "check:acknowledge"
    CHECK_RESOLVE = "check:resolve"
    SUMMARY_READ = "summary:read"
    REQUEST_ASK = "information-request:ask"
    REQUEST_READ = "information-request:read"
    REQUEST_HANDLE = "information-request:handle"
    REQUEST_DECIDE = "information-request:decide"
    TERMS_AGREE = "confidentiality:agree"
    TERMS_READ = "confidentiality:read"
    NOT_SHARING_RECORD = "not-sharing:record"
    NOT_SHARING_READ = "not-sharing:read"
    NOT_SHARING_ANSWER = "not-sharing:answer"
    PROTOCOL_READ = "sharing-protocol:read"
    PROTOCOL_KEEP = "sharing-protocol:keep"
    PROTOCOL_SIGN = "sharing-protocol:sign"
    BREAK_GLASS_OPEN = "break-glass:open"
    BREAK_GLASS_READ = "break-glass:read"
    BREAK_GLASS_REVIEW = "break-glass:review"
    BREAK_GLASS_OVERSEE = "break-glass:oversee"
    CONFLICT_DECLARE = "conflict:declare"
    CONFLICT_READ = "conflict:read"
    CONFLICT_END = "conflict:end"
    ALERT_READ = "access-alert:read"
    ALERT_REVIEW = "access-alert:review"
    BUDGET_READ = "access-budget:read"
    BUDGET_SET = "access-budget:set"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    AUDIT_EXPLAIN = "audit:explain"
    LINK_REVIEW = "link:review"
    REGISTER_READ = "register:read"
    REGISTER_MANAGE = "register:manage"
    REGISTER_SUSPEND = "register:suspend"
    ISSUER_REGISTER = "issuer:register"
    ISSUER_READ = "issuer:read"
    LOGIN_REGISTER = "login:register"
    LOGIN_READ = "login:read"
    REGISTER_CONFIRM = "register:confirm"
    REGISTER_AGENCIES = "register:agencies"


P = Permission
R = Role

_CHECKS = frozenset({P.CHECK_RUN, P.CHECK_DISPLAY, P.CHECK_ACKNOWLEDGE})
_ASKS = frozenset({P.REQUEST_ASK, P.REQUEST_READ, P.NOT_SHARING_RECORD, P.PROTOCOL_READ})
_MANAGES = frozenset({P.NOT_SHARING_READ, P.NOT_SHARING_ANSWER})
_CONFLICTS = frozenset({P.CONFLICT_DECLARE, P.CONFLICT_READ})
_ALERTS = frozenset({P.ALERT_READ, P.ALERT_REVIEW, P.BUDGET_READ, P.BUDGET_SET})
_FIELDWORK = _CHECKS | _ASKS | _CONFLICTS | {
    P.PERSON_REGISTER, P.PERSON_READ, P.PERSON_AMEND, P.PERSON_SEARCH, P.LINK_RECORD,
    P.INCIDENT_RECORD, P.INCIDENT_READ, P.INCIDENT_AMEND, P.FLAG_PROPOSE, P.FLAG_READ, P.FLAG_ADULT_SEEN,
    P.FLAG_CARER, P.SUMMARY_READ, P.TERMS_AGREE, P.TERMS_READ,
}  # fmt: skip
_INBOX = frozenset({P.INBOX_READ, P.INBOX_ACKNOWLEDGE})
_LOGINS = frozenset({P.ISSUER_READ, P.LOGIN_REGISTER, P.LOGIN_READ})
_ISSUERS = frozenset({P.ISSUER_READ, P.ISSUER_REGISTER})
_DESK = (
    _CHECKS | _ASKS | _INBOX | _CONFLICTS
    | {P.REQUEST_HANDLE, P.CHECK_RESOLVE, P.PERSON_READ, P.PERSON_SEARCH, P.FLAG_READ, P.SUMMARY_READ,
       P.TERMS_READ}
)  # fmt: skip
_REGISTER = frozenset({P.REGISTER_READ, P.REGISTER_SUSPEND, P.REGISTER_CONFIRM})

GRANTS: dict[Role, frozenset[Permission]] = {
    R.PRACTITIONER: _FIELDWORK,
    R.LINE_MANAGER: _FIELDWORK | _MANAGES | {P.FLAG_DUTIES, P.FLAG_CORROBORATE, P.CONFLICT_END},
    R.DUTY_MANAGER: _CHECKS | _INBOX | _CONFLICTS | {
        P.PERSON_REGISTER, P.PERSON_READ, P.PERSON_SEARCH, P.FLAG_READ, P.FLAG_MARK, P.FLAG_DUTIES, P.SUMMARY_READ,
        P.BREAK_GLASS_OPEN, P.BREAK_GLASS_READ,
        P.TERMS_READ,
    },
    R.DUTY_DESK: _DESK,
    R.MASH_DUTY: _DESK | {P.LINK_REVIEW},
    R.SPOC: _DESK | {P.LINK_REVIEW},
    R.SAFEGUARDING_LEAD: _FIELDWORK | _INBOX | _MANAGES | {
        P.REQUEST_HANDLE, P.REQUEST_DECIDE, P.PROTOCOL_SIGN,
        P.FLAG_RECIPIENTS, P.FLAG_CONTEST, P.FLAG_DUTIES, P.FLAG_RESERVE, P.FLAG_CORROBORATE, P.LETTER_READ,
        P.LETTER_WRITE, P.LINK_REVIEW, P.IMPORT_PREPARE, P.IMPORT_READ, P.PERSON_RESTRICT,
    },
    R.FLAG_DECISION_MAKER: _CONFLICTS | {
        P.PERSON_READ, P.PERSON_SEARCH, P.INCIDENT_READ, P.FLAG_READ, P.FLAG_DECIDE, P.FLAG_REVIEW, P.FLAG_REMOVE,
        P.FLAG_CORRECT, P.FLAG_CONTEST, P.FLAG_RECIPIENTS, P.FLAG_DUTIES, P.FLAG_NOTIFY, P.FLAG_CORROBORATE,
        P.LETTER_READ, P.SUMMARY_READ, P.IMPORT_READ, P.IMPORT_APPROVE, P.PROTOCOL_READ,
        P.TERMS_READ,
    },
    R.DESIGNATED_OFFICER: frozenset(),
    R.DPO_IG: _INBOX | _CONFLICTS | _ALERTS | {
        P.AUDIT_READ, P.AUDIT_EXPORT, P.FLAG_RECIPIENTS, P.FLAG_CONTEST, P.LETTER_READ, P.REQUEST_READ,
        P.NOT_SHARING_READ, P.PROTOCOL_READ, P.BREAK_GLASS_READ, P.BREAK_GLASS_REVIEW, P.BREAK_GLASS_OVERSEE,
        P.CONFLICT_END, P.PERSON_RESTRICT, P.AUDIT_EXPLAIN,
    },
    R.ACCESS_OFFICER: frozenset(),
    R.CALDICOTT_GUARDIAN: frozenset({P.PROTOCOL_READ, P.PROTOCOL_SIGN}),
    R.APPROPRIATE_HEALTH_PROFESSIONAL: frozenset(),
    R.HEALTH_SAFETY: frozenset(),
    R.AGENCY_ADMINISTRATOR: _REGISTER | {P.REGISTER_MANAGE, P.PROTOCOL_READ} | _LOGINS,
    R.BOARD_ADMINISTRATOR: _REGISTER | {P.REGISTER_AGENCIES, P.PROTOCOL_READ, P.PROTOCOL_KEEP} | _ISSUERS,
    R.AUDITOR: frozenset({P.AUDIT_READ, P.AUDIT_EXPORT}),
    R.BOARD_ANALYST: frozenset(),
    R.SYSTEM_CLIENT: frozenset(),
}  # fmt: skip
"""What each role may do within the agencies acted for. A role that is not yet served may do nothing."""

GUARDED_ROLES = frozenset({R.FLAG_DECISION_MAKER, R.DPO_IG, R.AGENCY_ADMINISTRATOR, R.BOARD_ADMINISTRATOR})
"""Roles that guard others: given by two people, and to people, never to a team (DESIGN: Operators, law 5). A login that
leads to one needs a second administrator as well, so that nobody is let into one by one person alone."""

_CONTACT = frozenset({
    Purpose.STAFF_SAFETY_VISIT, Purpose.ADULT_SAFEGUARDING, Purpose.DIRECT_CARE, Purpose.EMERGENCY_RESPONSE,
})  # fmt: skip
_CASEWORK = _CONTACT | {Purpose.CRIME_PREVENTION, Purpose.SUPERVISION, Purpose.FLAG_GOVERNANCE}
_CHECKING = _CONTACT | {Purpose.CRIME_PREVENTION, Purpose.SCHEDULED_CHECK}
_GOVERNANCE = frozenset({Purpose.FLAG_GOVERNANCE})
_RECORDING = _CONTACT | {Purpose.CRIME_PREVENTION, Purpose.FLAG_GOVERNANCE}
_QUALITY = frozenset({Purpose.AUDIT_QUALITY})
_REVIEWING = _QUALITY | {Purpose.SUBJECT_RIGHTS}
_BREAK_GLASS = frozenset({Purpose.BREAK_GLASS})
"""Opens a sealed door to read behind it: it serves nothing else, and so changes nothing anywhere."""
_OVERSIGHT = frozenset(
    {Purpose.SUBJECT_RIGHTS, Purpose.AUDIT_QUALITY, Purpose.FLAG_GOVERNANCE, Purpose.PRACTICE_REVIEW}
)

PURPOSES: dict[Permission, frozenset[Purpose]] = {
    P.PERSON_REGISTER: _RECORDING,
    P.PERSON_READ: _CASEWORK,
    P.PERSON_AMEND: _RECORDING,
    P.PERSON_SEARCH: _CASEWORK,
    P.PERSON_RESTRICT: _RECORDING | {Purpose.SUBJECT_RIGHTS, Purpose.AUDIT_QUALITY},
    P.LINK_RECORD: _RECORDING,
    P.INCIDENT_RECORD: _RECORDING,
    P.INCIDENT_READ: _CASEWORK,
    P.INCIDENT_AMEND: _RECORDING,
    P.FLAG_PROPOSE: _RECORDING,
    P.FLAG_READ: _CASEWORK,
    P.FLAG_DECIDE: _GOVERNANCE,
    P.FLAG_REVIEW: _GOVERNANCE,
    P.FLAG_REMOVE: _GOVERNANCE,
    P.FLAG_CORRECT: _GOVERNANCE,
    P.FLAG_CONTEST: _GOVERNANCE | {Purpose.SUBJECT_RIGHTS},
    P.FLAG_RECIPIENTS: _OVERSIGHT,
    P.INBOX_READ: _RECORDING | {Purpose.SUBJECT_RIGHTS, Purpose.AUDIT_QUALITY},
    P.INBOX_ACKNOWLEDGE: _RECORDING | {Purpose.SUBJECT_RIGHTS},
    P.FLAG_MARK: _RECORDING,
    P.FLAG_DUTIES: _GOVERNANCE | {Purpose.SUPERVISION},
    P.FLAG_NOTIFY: _GOVERNANCE,
    P.LETTER_READ: _GOVERNANCE,
    P.LETTER_WRITE: _GOVERNANCE,
    P.FLAG_ADULT_SEEN: _RECORDING,
    P.FLAG_CARER: _RECORDING,
    P.FLAG_RESERVE: _GOVERNANCE,
    P.FLAG_CORROBORATE: _RECORDING,
    P.IMPORT_PREPARE: _GOVERNANCE,
    P.IMPORT_READ: _GOVERNANCE,
    P.IMPORT_APPROVE: _GOVERNANCE,
    P.CHECK_RUN: _CHECKING,
    P.CHECK_DISPLAY: _CHECKING,
    P.CHECK_ACKNOWLEDGE: _CHECKING,
    P.CHECK_RESOLVE: _CHECKING,
    P.SUMMARY_READ: _CASEWORK,
    P.REQUEST_ASK: _RECORDING,
    P.REQUEST_READ: _CASEWORK | _OVERSIGHT,
    P.REQUEST_HANDLE: _RECORDING,
    P.REQUEST_DECIDE: _RECORDING,
    P.TERMS_AGREE: _RECORDING,
    P.TERMS_READ: _CASEWORK,
    P.NOT_SHARING_RECORD: _RECORDING | {Purpose.SUPERVISION},
    P.NOT_SHARING_READ: _OVERSIGHT | {Purpose.SUPERVISION},
    P.NOT_SHARING_ANSWER: _GOVERNANCE | {Purpose.SUPERVISION},
    P.PROTOCOL_READ: _CASEWORK | _OVERSIGHT,
    P.PROTOCOL_KEEP: _QUALITY,
    P.PROTOCOL_SIGN: _QUALITY | _GOVERNANCE,
    P.BREAK_GLASS_OPEN: _BREAK_GLASS,
    P.BREAK_GLASS_READ: _BREAK_GLASS | _REVIEWING,
    P.BREAK_GLASS_REVIEW: _REVIEWING,
    P.BREAK_GLASS_OVERSEE: _REVIEWING,
    P.CONFLICT_DECLARE: _CASEWORK | _OVERSIGHT,
    P.CONFLICT_READ: _CASEWORK | _OVERSIGHT,
    P.CONFLICT_END: _OVERSIGHT | {Purpose.SUPERVISION},
    P.AUDIT_READ: _OVERSIGHT,
    P.AUDIT_EXPORT: _OVERSIGHT,
    P.AUDIT_EXPLAIN: _OVERSIGHT,
    P.LINK_REVIEW: frozenset({Purpose.ADULT_SAFEGUARDING, Purpose.FLAG_GOVERNANCE, Purpose.AUDIT_QUALITY}),
    P.REGISTER_READ: _QUALITY,
    P.REGISTER_MANAGE: _QUALITY,
    P.REGISTER_SUSPEND: _QUALITY,
    P.REGISTER_CONFIRM: _QUALITY,
    P.REGISTER_AGENCIES: _QUALITY,
    **dict.fromkeys(sorted(_ISSUERS | _LOGINS | _ALERTS), _QUALITY),
}
"""For which purposes each thing may be done; anything else is refused as `purpose-not-permitted`."""

APART = frozenset({R.AGENCY_ADMINISTRATOR, R.FLAG_DECISION_MAKER})
"""Roles that no human holds together, in whatever agencies: who can make an account for somebody who proposes must
not be able to decide on what is proposed, or one human would do both (law 5)."""

BOARD_ROLES = frozenset({R.AUDITOR, R.BOARD_ADMINISTRATOR, R.BOARD_ANALYST})
"""Roles that see or administer beyond one agency: held for the Board alone."""

ALERTING_PURPOSES = frozenset({Purpose.STAFF_SAFETY_VISIT, Purpose.EMERGENCY_RESPONSE})
"""Purposes for which a hidden live violence or animal warning still yields `contact-before-visit` (law 4)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: one human (or accountable team), through one client, for one agency, for one purpose.

    Built only by the unit of work from the verified token and the register, never from the request alone.
    `human` is the same for every account of one human, so that proposer and decider can be compared (law 5);
    `former` are the ids that human had before accounts of theirs were linked, under which they may have signed.
    `has_conflicts` says that some declaration of a conflict of interest holds for that human (ADR 0017).
    """

    client: ClientId
    agency: AgencyCode
    user: UserId
    human: HumanId
    roles: frozenset[Role]
    scopes: frozenset[str]
    purpose: Purpose
    is_team: bool = False
    at: datetime | None = field(default=None, compare=False)
    former: frozenset[HumanId] = field(default=frozenset(), compare=False)
    has_conflicts: bool = field(default=False, compare=False)

    @property
    def humans(self) -> frozenset[HumanId]:
        """Name this human by every id they have had: accounts found to be one human's keep what they did before."""
        return frozenset((self.human, *self.former))

    @property
    def names(self) -> frozenset[str]:
        """Say by which names this caller may be named where a record is restricted: the roles held, and the account."""
        return frozenset((*(role.value for role in self.roles), str(self.user)))

    def is_one_with(self, user: UserId, human: HumanId) -> bool:
        """Say whether who signed something is the same human, from whatever account and however they were linked."""
        return user == self.user or human == self.human or human in self.former


def roles_with(permission: Permission) -> frozenset[Role]:
    """Name the roles that carry a permission."""
    return frozenset(role for role, granted in GRANTS.items() if permission in granted)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Add up what several roles allow."""
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles))


def require(principal: Principal, permission: Permission) -> None:
    """Refuse unless role, client scope and purpose all allow the permission.

    Raises:
        DomainError: `access-denied` or `purpose-not-permitted`.
    """
    if permission not in permissions_of(principal.roles) or permission not in principal.scopes:
        raise DomainError("access-denied")
    if principal.purpose not in PURPOSES[permission]:
        raise DomainError("purpose-not-permitted")
