"""The one table of what leaves: class of field x relation x permission x purpose (laws 3, 4, 7 and 8).

What is in no row is absent. Permissions are those that the roles held carry, so that a role is given a field in one
place only (`domain.access`); a purpose narrows where overseeing needs less than acting does.
"""

from domain.access import Permission, Purpose
from domain.field_parts import FieldClass, Relation, Row, Shown

PAGE, DIRECTORY, FRAME = "page.frame", "agency.directory", "check.frame"

CLASSES: dict[str, FieldClass] = {
    each.name: each
    for each in (
        FieldClass(PAGE, "Where a page goes on, and counts of what is shown on it.", is_evidence=False),
        FieldClass(DIRECTORY, "An agency's name, type and duty number; public.", is_evidence=False),
        FieldClass(FRAME, "What a check says of itself; its own event has it.", is_evidence=False),
        FieldClass("letter.templates", "An agency's own words for letters; about nobody.", is_evidence=False),
        FieldClass("flag.exists", "That there is a reason to ring, and whom.", ("flag.precaution", "flag.standing")),
        FieldClass("flag.precaution", "Category, what to do, state, badges, review date.", ("flag.content",)),
        FieldClass("flag.standing", "Where an own flag stands.", ("flag.content",)),
        FieldClass("flag.duty", "Which own flag somebody owes what, and by when."),
        FieldClass("flag.content", "The decision with its reasons, evidence, challenges and reviews."),
        FieldClass("flag.recipients", "Who received which version, and what each was told."),
        FieldClass("flag.held", "Which version of another's flag the agency holds."),
        FieldClass("inbox.notice", "What became of a flag that the agency holds; never what it says."),
        FieldClass("check.resolution", "Who was meant by an uncertain line, and how that was found out."),
        FieldClass("corroboration.content", "The agency's own concern that bears another's flag out."),
        FieldClass("reservation.roles", "To which roles a category is kept, why, and who said so."),
        FieldClass("notice.content", "A letter that tells the person, and how it can reach them."),
        FieldClass("flag-import.content", "An older register as it was described; rows by number only."),
        FieldClass("flag-import.rows", "What a row comes to, and whom and what it made."),
        FieldClass("incident.content", "What happened: fact, opinion, who, where."),
        FieldClass("incident.counts", "Incidents by number."),
        FieldClass("person.names", "Names in an own record.", ("person.content",)),
        FieldClass("person.content", "An own record of a person."),
        FieldClass("person.link", "Which own record a rule joined to a person, and what people made of it."),
        FieldClass("relationship.content", "Who lives with, visits or may be met where."),
        FieldClass(
            "information-request.standing", "Who asks whom for which items, and by when.",
            ("information-request.content",),
        ),
        FieldClass("information-request.content", "What is asked, on what footing, and what was decided."),
        FieldClass(
            "information-request.notes", "What a side noted for itself, and by whom.", ("information-request.content",)
        ),
        FieldClass(
            "information-request.asker-staff", "Accounts of the asker's people.", ("information-request.content",)
        ),
        FieldClass(
            "information-request.holder-staff", "Accounts of the holder's people.", ("information-request.content",)
        ),
        FieldClass(
            "information-request.escalator", "The account that put it higher, of either side.",
            ("information-request.content",),
        ),
        FieldClass(
            "disclosure.standing", "Which items one agency gave another, and how that stands.", ("disclosure.content",)
        ),
        FieldClass(
            "disclosure.basis", "On what footing, in which post, with what limits, and why it was changed.",
            ("disclosure.content",),
        ),
        FieldClass("disclosure.content", "What was given."),
        FieldClass("disclosure.giver-staff", "Accounts of the giver's people.", ("disclosure.basis",)),
        FieldClass("disclosure.receiver-staff", "Accounts of the receiver's people.", ("disclosure.basis",)),
        FieldClass("not-sharing.content", "What was not shared or not asked, by whom and why."),
        FieldClass(
            "not-sharing.support", "How a worker who was afraid is supported.", ("not-sharing.content",)
        ),
        FieldClass("sharing-protocol.content", "What agencies agreed may flow, who signed in which post, and when."),
        FieldClass(
            "sharing-protocol.staff", "Accounts of whoever kept or signed it, for their own agency.",
            ("sharing-protocol.content",),
        ),
        FieldClass(
            "sharing-protocol.chased", "Before which own roles a duty to it was put.", ("sharing-protocol.content",)
        ),
        FieldClass("sharing-protocol.flows", "What may flow now between two agencies."),
        FieldClass("break-glass.grant", "Who opened a sealed door, on whom and why, and what was made of it."),
        FieldClass("break-glass.door", "On whom a door stands open, and until when.", ("break-glass.warning",)),
        FieldClass("break-glass.warning", "What to do and whom to ring, as it was read behind an opened door."),
        FieldClass("break-glass.notice", "That a door was opened, by which agency and when; never on whom or why."),
        FieldClass("break-glass.opener", "The account that opened a door.", ("break-glass.notice",)),
        FieldClass("break-glass.restoration", "Who may open doors again, and why."),
        FieldClass("conflict-declaration.content", "Who is close to whom, and how."),
        FieldClass("access-alert.content", "Whose access was unusual, and what came of it; never whom they looked at."),
        FieldClass("access-budgets.content", "How many people one account may look at, and who said so."),
        FieldClass("audit.event", "Who did what, when, for whom and why."),
        FieldClass("audit.request", "The id of the request, by which it stands in logs.", ("audit.event",)),
        FieldClass("audit.explanation", "Which rule decided what an event shows."),
        FieldClass("register.agency", "An agency as it is registered."),
        FieldClass("register.user", "An account of a person or a team."),
        FieldClass("confidentiality-terms.content", "What was agreed with a family not to be passed on."),
        FieldClass(
            "confidentiality-override.content", "On what ground terms were set aside, and whether the family was told."
        ),
        FieldClass("restriction.names", "To whom alone a record is open, and why."),
        FieldClass("register.role", "Who acts in which role, from when to when.", ("register.request",)),
        FieldClass("register.client", "A system and its keys."),
        FieldClass("register.request", "What waits for a second person."),
        FieldClass("register.agreement", "Which agency's system acts for which."),
        FieldClass("register.changes", "What administrators did."),
        FieldClass("register.account-link", "Which accounts are one human's."),
        FieldClass("register.human-standing", "How a human stands everywhere."),
        FieldClass("issuer.terms", "A directory, and on what terms its tokens are taken."),
        FieldClass("login.subject", "Which account a directory's user is."),
    )
}  # fmt: skip
"""Every class of field, by name."""

P, R = Permission, Relation
ANYBODY = frozenset(Relation)
_SIDES = frozenset({R.OWNER, R.OTHER_SIDE})
_WARNED = frozenset({R.OWNER, R.RECIPIENT})
_CHECKS = frozenset({P.CHECK_RUN, P.CHECK_DISPLAY, P.CHECK_ACKNOWLEDGE})
_READS_PRECAUTION = frozenset({P.CHECK_RUN, P.FLAG_READ, P.SUMMARY_READ})
_ACTS_ON_REQUESTS = frozenset({P.REQUEST_ASK, P.REQUEST_HANDLE, P.REQUEST_DECIDE})
_REQUESTS = _ACTS_ON_REQUESTS | {P.REQUEST_READ}
_PROTOCOLS = frozenset({P.PROTOCOL_READ, P.PROTOCOL_KEEP, P.PROTOCOL_SIGN})
_REGISTER = frozenset({P.REGISTER_READ})
_TRAIL = frozenset({P.AUDIT_READ, P.AUDIT_EXPORT})
_ACTING = frozenset(Purpose) - {Purpose.AUDIT_QUALITY, Purpose.PRACTICE_REVIEW}
"""All but the purposes for which one looks at how work is done, and so needs no story of anybody."""
_OPENING = frozenset({Purpose.BREAK_GLASS})


def _full(
    name: str,
    needs: frozenset[Permission] | set[Permission] | None,
    relations: frozenset[Relation] = frozenset({R.OWNER}),
    purposes: frozenset[Purpose] | None = None,
) -> Row:
    return Row(name, relations, Shown.FULL, None if needs is None else frozenset(needs), purposes)


ROWS: tuple[Row, ...] = (
    _full(PAGE, None, ANYBODY),
    _full(DIRECTORY, None, ANYBODY),
    _full(FRAME, _CHECKS),
    _full("letter.templates", {P.LETTER_READ, P.LETTER_WRITE}),
    # Flags: what to do for whoever is warned, the story for the owner's readers of narrative (F-04, law 7).
    _full("flag.exists", _READS_PRECAUTION | _CHECKS, _WARNED),
    _full("flag.precaution", _READS_PRECAUTION, _WARNED),
    _full("flag.standing", {P.FLAG_READ, P.FLAG_CONTEST, P.FLAG_DUTIES}),
    _full("flag.duty", {P.FLAG_DUTIES}),
    _full("flag.content", {P.FLAG_READ}),
    _full("flag.recipients", {P.FLAG_RECIPIENTS}),
    _full("flag.held", {P.INBOX_READ}, frozenset({R.RECIPIENT})),
    _full("inbox.notice", {P.INBOX_READ, P.INBOX_ACKNOWLEDGE}, frozenset({R.RECIPIENT})),
    _full("check.resolution", {P.CHECK_RESOLVE}),
    _full("corroboration.content", {P.FLAG_CORROBORATE}),
    _full("reservation.roles", {P.FLAG_RESERVE}),
    _full("notice.content", {P.FLAG_NOTIFY}),
    _full("flag-import.content", {P.IMPORT_PREPARE, P.IMPORT_READ, P.IMPORT_APPROVE}),
    _full("flag-import.rows", {P.IMPORT_READ}),
    # Own records: the owner alone (law 3).
    _full("incident.content", {P.INCIDENT_RECORD, P.INCIDENT_READ, P.INCIDENT_AMEND}),
    _full("incident.counts", {P.SUMMARY_READ}),
    _full("person.names", {P.SUMMARY_READ}),
    _full("person.content", {P.PERSON_REGISTER, P.PERSON_READ, P.PERSON_AMEND, P.PERSON_SEARCH}),
    _full("person.link", {P.LINK_REVIEW}),
    _full("relationship.content", {P.LINK_RECORD}),
    # Requests and disclosures: both sides, but for who of the other side's people it was; an agency answers, in a post.
    _full("information-request.standing", _REQUESTS, _SIDES),
    _full("information-request.content", _REQUESTS, _SIDES),
    _full("information-request.notes", _ACTS_ON_REQUESTS, _SIDES, _ACTING),
    _full("information-request.asker-staff", _REQUESTS),
    _full("information-request.holder-staff", _REQUESTS, frozenset({R.OTHER_SIDE})),
    _full("information-request.escalator", _REQUESTS),
    _full("disclosure.standing", _REQUESTS, _SIDES),
    _full("disclosure.basis", _REQUESTS, _SIDES),
    # An officer who oversees data reads that something was given and why it was, and not what it was.
    _full("disclosure.content", {P.REQUEST_ASK}, _SIDES, _ACTING),
    Row("disclosure.content", _SIDES, Shown.MASKED, _REQUESTS),
    _full("disclosure.giver-staff", _REQUESTS),
    _full("disclosure.receiver-staff", _REQUESTS, frozenset({R.OTHER_SIDE})),
    _full("not-sharing.content", {P.NOT_SHARING_RECORD, P.NOT_SHARING_READ, P.NOT_SHARING_ANSWER}),
    # The worker's own wellbeing is a store apart: for whoever was afraid and whoever answers them (law 7).
    _full("not-sharing.support", {P.NOT_SHARING_RECORD, P.NOT_SHARING_ANSWER}, purposes=_ACTING),
    # What a family was promised, and to whom alone a record is open: the owner's.
    _full("confidentiality-terms.content", {P.TERMS_READ, P.TERMS_AGREE}),
    _full("confidentiality-override.content", {P.TERMS_READ, P.TERMS_AGREE, P.REQUEST_READ}),
    _full("restriction.names", {P.PERSON_RESTRICT}),
    # The trail: one's own agency's access, others' access to one's own records, and all of it for the Board's auditor.
    _full("audit.event", _TRAIL, _SIDES | {R.OVERSEER}),
    _full("audit.explanation", {P.AUDIT_EXPLAIN}),
    _full("audit.request", _TRAIL, frozenset({R.OWNER, R.OVERSEER})),
    Row("audit.request", frozenset({R.OTHER_SIDE}), Shown.MASKED, _TRAIL),
    # Protocols: partners read all that was agreed, and of each other's people the post and not the account.
    _full("sharing-protocol.content", _PROTOCOLS, _SIDES),
    _full("sharing-protocol.staff", _PROTOCOLS),
    _full("sharing-protocol.chased", _PROTOCOLS),
    _full("sharing-protocol.flows", _PROTOCOLS, _SIDES),
    # Sealed doors: whoever opened answers to the own agency's officers; others are told that it happened.
    _full("break-glass.grant", {P.BREAK_GLASS_OPEN, P.BREAK_GLASS_READ, P.BREAK_GLASS_REVIEW}),
    _full("break-glass.door", {P.BREAK_GLASS_OPEN}, purposes=_OPENING),
    _full("break-glass.warning", {P.BREAK_GLASS_OPEN}, _WARNED, _OPENING),
    _full("break-glass.notice", {P.BREAK_GLASS_OVERSEE}, _WARNED),
    _full("break-glass.opener", {P.BREAK_GLASS_OVERSEE}),
    Row("break-glass.opener", frozenset({R.RECIPIENT}), Shown.MASKED, frozenset({P.BREAK_GLASS_OVERSEE})),
    _full("break-glass.restoration", {P.BREAK_GLASS_REVIEW}),
    # What is known of an agency's own people: the store gives whoever does not oversee their own declarations alone.
    _full("conflict-declaration.content", {P.CONFLICT_DECLARE, P.CONFLICT_READ, P.CONFLICT_END}),
    _full("access-alert.content", {P.ALERT_READ, P.ALERT_REVIEW}),
    _full("access-budgets.content", {P.BUDGET_READ, P.BUDGET_SET}),
    # The register of agencies, people and systems.
    _full("register.agency", _REGISTER, ANYBODY),
    _full("register.user", _REGISTER),
    _full("register.role", _REGISTER, _SIDES),
    _full("register.client", _REGISTER),
    _full("register.request", _REGISTER, _SIDES | {R.OVERSEER}),
    _full("register.agreement", _REGISTER, _SIDES | {R.OVERSEER}),
    _full("register.changes", _REGISTER),
    _full("register.account-link", _REGISTER),
    _full("register.human-standing", {P.REGISTER_AGENCIES}),
    _full("issuer.terms", {P.ISSUER_READ, P.ISSUER_REGISTER}, frozenset({R.OWNER, R.OVERSEER})),
    _full("login.subject", {P.LOGIN_REGISTER, P.LOGIN_READ}),
)
"""The table. A row that speaks of an unknown class, and a class without a row, fail a test."""
