"""Who is shown which class of field, as people would say it: written by hand and not from the table it judges.

Each line gives a class, for each relation the roles that see it, and the purposes for which they do not. Roles and
purposes stand as their codes, so that a slip in `domain.access` shows here too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.access import Purpose, Role
from domain.field_parts import Relation, Shown
from domain.fields import Registry

OWNER, OTHER, RECIPIENT, OVERSEER, STRANGER = Relation
EVERYBODY = frozenset(role.value for role in Role)
FRONT_LINE = frozenset({"practitioner", "line-manager", "safeguarding-lead"})
DESKS = frozenset({"duty-desk", "mash-duty", "spoc"})
CHECKERS = FRONT_LINE | DESKS | {"duty-manager"}
DECIDER, DPO = frozenset({"flag-decision-maker"}), frozenset({"dpo-ig"})
READERS = CHECKERS | DECIDER
MANAGERS = frozenset({"line-manager", "safeguarding-lead"})
ASKERS = FRONT_LINE | DESKS
ADMINISTRATORS = frozenset({"agency-administrator", "board-administrator"})
LOOKING_AT_WORK = frozenset({"audit-quality", "practice-review"})

PROTOCOLS = ASKERS | DECIDER | DPO | ADMINISTRATORS | {"caldicott-guardian"}
OPENERS = frozenset({"duty-manager"})
ALL_BUT_BREAK_GLASS = frozenset(purpose.value for purpose in Purpose) - {"break-glass"}

NOBODY = frozenset[str]()


@dataclass(frozen=True)
class Expected:
    """Of one class: by relation who sees it in full, who sees that it is there, and the purposes that take it away."""

    full: dict[Relation, frozenset[str]]
    masked: dict[Relation, frozenset[str]] = field(default_factory=dict)
    but_for: frozenset[str] = NOBODY

    def shown(self, relation: Relation, role: str, purpose: str) -> Shown:
        if role in self.full.get(relation, NOBODY) and purpose not in self.but_for:
            return Shown.FULL
        return Shown.MASKED if role in self.masked.get(relation, NOBODY) else Shown.ABSENT


def own(*roles: frozenset[str]) -> Expected:
    return Expected({OWNER: NOBODY.union(*roles)})


def sides(roles: frozenset[str], *, but_for: frozenset[str] = NOBODY) -> Expected:
    return Expected({OWNER: roles, OTHER: roles}, but_for=but_for)


ANYBODY = Expected(dict.fromkeys(Relation, EVERYBODY))
TRAIL = DPO | {"auditor"}

ORACLE: dict[str, Expected] = {
    "page.frame": ANYBODY,
    "agency.directory": ANYBODY,
    "check.frame": own(CHECKERS),
    "letter.templates": own(frozenset({"safeguarding-lead"}), DECIDER, DPO),
    "confidentiality-terms.content": own(READERS),
    "confidentiality-override.content": own(READERS, DPO),
    "audit.explanation": own(DPO),
    "restriction.names": own(frozenset({"safeguarding-lead"}), DPO),
    "flag.exists": Expected({OWNER: READERS, RECIPIENT: READERS}),
    "flag.precaution": Expected({OWNER: READERS, RECIPIENT: READERS}),
    "flag.standing": own(READERS, DPO),
    "flag.duty": own(MANAGERS, DECIDER, frozenset({"duty-manager"})),
    "flag.content": own(READERS),
    "flag.recipients": own(frozenset({"safeguarding-lead"}), DECIDER, DPO),
    "flag.held": Expected({RECIPIENT: DESKS | DPO | {"duty-manager", "safeguarding-lead"}}),
    "inbox.notice": Expected({RECIPIENT: DESKS | DPO | {"duty-manager", "safeguarding-lead"}}),
    "check.resolution": own(DESKS),
    "corroboration.content": own(MANAGERS, DECIDER),
    "reservation.roles": own(frozenset({"safeguarding-lead"})),
    "notice.content": own(DECIDER),
    "flag-import.content": own(frozenset({"safeguarding-lead"}), DECIDER),
    "flag-import.rows": own(frozenset({"safeguarding-lead"}), DECIDER),
    "incident.content": own(FRONT_LINE, DECIDER),
    "incident.counts": own(READERS),
    "person.names": own(READERS),
    "person.content": own(READERS),
    "person.link": own(frozenset({"mash-duty", "spoc", "safeguarding-lead"})),
    "relationship.content": own(FRONT_LINE),
    "information-request.standing": sides(ASKERS | DPO),
    "information-request.content": sides(ASKERS | DPO),
    "information-request.notes": sides(ASKERS, but_for=LOOKING_AT_WORK),
    "information-request.asker-staff": own(ASKERS, DPO),
    "information-request.holder-staff": Expected({OTHER: ASKERS | DPO}),
    "information-request.escalator": own(ASKERS, DPO),
    "disclosure.standing": sides(ASKERS | DPO),
    "disclosure.basis": sides(ASKERS | DPO),
    "disclosure.content": Expected(
        {OWNER: ASKERS, OTHER: ASKERS}, {OWNER: ASKERS | DPO, OTHER: ASKERS | DPO}, LOOKING_AT_WORK
    ),
    "disclosure.giver-staff": own(ASKERS, DPO),
    "disclosure.receiver-staff": Expected({OTHER: ASKERS | DPO}),
    "not-sharing.content": own(ASKERS, DPO),
    "not-sharing.support": Expected({OWNER: ASKERS}, but_for=LOOKING_AT_WORK),
    "sharing-protocol.content": sides(PROTOCOLS),
    "sharing-protocol.staff": own(PROTOCOLS),
    "sharing-protocol.chased": own(PROTOCOLS),
    "sharing-protocol.flows": sides(PROTOCOLS),
    "break-glass.grant": own(OPENERS, DPO),
    "break-glass.door": Expected({OWNER: OPENERS}, but_for=ALL_BUT_BREAK_GLASS),
    "break-glass.warning": Expected({OWNER: OPENERS, RECIPIENT: OPENERS}, but_for=ALL_BUT_BREAK_GLASS),
    "break-glass.notice": Expected({OWNER: DPO, RECIPIENT: DPO}),
    "break-glass.opener": Expected({OWNER: DPO}, {RECIPIENT: DPO}),
    "break-glass.restoration": own(DPO),
    "conflict-declaration.content": own(READERS, DPO),
    "access-alert.content": own(DPO),
    "access-budgets.content": own(DPO),
    "audit.event": Expected(dict.fromkeys((OWNER, OTHER, OVERSEER), TRAIL)),
    "audit.request": Expected({OWNER: TRAIL, OVERSEER: TRAIL}, {OTHER: TRAIL}),
    "register.agency": Expected(dict.fromkeys(Relation, ADMINISTRATORS)),
    "register.user": own(ADMINISTRATORS),
    "register.role": sides(ADMINISTRATORS),
    "register.client": own(ADMINISTRATORS),
    "register.request": Expected(dict.fromkeys((OWNER, OTHER, OVERSEER), ADMINISTRATORS)),
    "register.agreement": Expected(dict.fromkeys((OWNER, OTHER, OVERSEER), ADMINISTRATORS)),
    "register.changes": own(ADMINISTRATORS),
    "register.account-link": own(ADMINISTRATORS),
    "register.human-standing": own(frozenset({"board-administrator"})),
    "issuer.terms": Expected(dict.fromkeys((OWNER, OVERSEER), ADMINISTRATORS)),
    "login.subject": own(frozenset({"agency-administrator"})),
}


def disagreements(registry: Registry, names: Iterable[str] = ORACLE) -> Iterator[tuple[str, str, str, str]]:
    """Where a registry shows a class more or less than the lines above say."""
    for name in names:
        expected = ORACLE[name]
        for relation in Relation:
            for role in Role:
                for purpose in Purpose:
                    shown = registry.shown_as(name, relation, frozenset({role}), purpose)
                    if shown is not expected.shown(relation, role.value, purpose.value):
                        yield name, relation.value, role.value, purpose.value


_STANDING = "id ownerAgency version state badges reviewOn lapsesAt"
_REQUEST = (
    "id direction askingAgency holdingAgency version state urgency askedAt dueAt isOverdue personId wanted disclosureId"
)
_DISCLOSURE = (
    "id requestId side givingAgency receivingAgency personId version givenVersion state awaitsAcknowledgement disclosedAt"
    " retainUntil given items.item"
)

WHERE: dict[str, str | dict[str, str]] = {
    "flag": {"*": "flag.content", _STANDING: "flag.standing"},
    "flag-standing": "flag.standing",
    "shared-flag": "flag.precaution",
    "warning": "flag.precaution",
    "seen-flag": "flag.precaution",
    "flags-of-person": "flag.exists",
    "owed-flag": {"*": "flag.duty", _STANDING: "flag.standing"},
    "flag-recipients": "flag.recipients",
    "held-flag": "flag.held",
    "inbox-notice": "inbox.notice",
    "check-event": {"*": "check.frame", "flags": "flag.exists"},
    "check-resolution": "check.resolution",
    "held-warning": {"*": "flag.exists", "version": "flag.precaution"},
    "check-changes": "check.frame",
    "check-line": {"*": "check.frame", "contacts.agency contacts.phone": "flag.exists"},
    "flag-check": "check.frame",
    "visit-sheet": "check.frame",
    "corroboration": "corroboration.content",
    "reservation": "reservation.roles",
    "letter": "notice.content",
    "letter-templates": "letter.templates",
    "flag-import": "flag-import.content",
    "import-row": "flag-import.rows",
    "information-request-standing": "information-request.standing",
    "information-request": {
        "*": "information-request.content",
        _REQUEST: "information-request.standing",
        "asked.user clarifications.replied.user": "information-request.asker-staff",
        "acknowledged.user clarifications.asked.user decisions.signed.user": "information-request.holder-staff",
        "notes.note notes.at notes.user": "information-request.notes",
    },
    "escalation": {"*": "information-request.content", "signed.user": "information-request.escalator"},
    "disclosure-standing": "disclosure.standing",
    "disclosure": {
        "*": "disclosure.basis",
        _DISCLOSURE: "disclosure.standing",
        "items.facts.heading items.facts.text items.facts.opinionOf": "disclosure.content",
        "basis.decided.user changed.user": "disclosure.giver-staff",
        "acknowledged.signed.user": "disclosure.receiver-staff",
    },
    "not-sharing-decision": {"*": "not-sharing.content", "support": "not-sharing.support"},
    "person": "person.content",
    "relationship": "relationship.content",
    "record-link": "person.link",
    "incident": "incident.content",
    "person-summary": {
        "id version names.family names.given names.kind": "person.names",
        "flagCount": "page.frame",
        "contacts.agency contacts.phone": "flag.exists",
        "incidents.agency incidents.total incidents.lastOn incidents.byGrade.grade incidents.byGrade.count": "incident.counts",
        "*": "agency.directory",
    },
    "sharing-protocol": {
        "*": "sharing-protocol.content",
        "drafted.user changed.user assured.user inForce.user": "sharing-protocol.staff",
        "reviews.begun.user reviews.renewed.user ended.signed.user": "sharing-protocol.staff",
    },
    "protocol-signature": {"*": "sharing-protocol.content", "signed.user left.user": "sharing-protocol.staff"},
    "protocol-chase": "sharing-protocol.chased",
    "sharing-flow": "sharing-protocol.flows",
    "break-glass-grant": "break-glass.grant",
    "opened-warnings": "break-glass.door",
    "opened-warning": "break-glass.warning",
    "break-glass-notice": {"*": "break-glass.notice", "openedBy": "break-glass.opener"},
    "break-glass-restoration": "break-glass.restoration",
    "conflict-declaration": "conflict-declaration.content",
    "access-alert": "access-alert.content",
    "whole-access-alert": "access-alert.content",
    "access-budgets": "access-budgets.content",
    "terms-standing": "confidentiality-terms.content",
    "terms": "confidentiality-terms.content",
    "terms-override": "confidentiality-override.content",
    "restriction": "restriction.names",
    "explanation": "audit.explanation",
    "audit-event": {"*": "audit.event", "request": "audit.request"},
    "agency": "register.agency",
    "user": "register.user",
    "account-link": "register.account-link",
    "human-standing": "register.human-standing",
    "role-assignment": "register.role",
    "client": "register.client",
    "register-request": "register.request",
    "agreement": "register.agreement",
    "register-change": "register.changes",
    "issuer": "issuer.terms",
    "login": "login.subject",
}
"""For each kind the class of its fields, or of each field by its path; a star stands for all the others.

Kinds that are pages hold a cursor and parts, and stand here not at all.
"""


def class_expected(kind: str, path: str) -> str:
    """The class of one field of a kind, by the table above."""
    where = WHERE.get(kind, "page.frame")
    if isinstance(where, str):
        return where
    return next((name for paths, name in where.items() if path in paths.split()), where["*"])
