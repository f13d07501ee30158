"""The terms of an information sharing protocol, in the parts that the WASPI templates have, as data.

An ISP is reciprocal, a DDA one-way, a JCA between joint controllers. The flows are the part that decides: who gives
which items to whom, for which purposes, how, and how long the recipient keeps them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.bilingual import Bilingual
from domain.dates import add_months
from domain.ids import AgencyCode
from domain.validation import LINE, REASON, Faults
from domain.vocabularies import VOCABULARIES

FEWEST_PARTNERS = 2
"""Nothing flows within one agency alone."""
MOST_PARTNERS = 60
MOST_FLOWS = 60
MOST_LINES = 40
REVIEW_LATEST_MONTHS = 36
"""A protocol that nobody looks at for three years says what was agreed, not what is done."""

_SENSITIVE = frozenset(each.code for each in VOCABULARIES["data-item"].items if each.sensitive)


class ProtocolKind(StrEnum):
    """Codes of `protocol-kind`: the three WASPI agreements."""

    ISP = "isp"
    DDA = "dda"
    JCA = "jca"


@dataclass(frozen=True, slots=True)
class ProtocolPartner:
    """An agency that is to sign: who answers for it there, and which departments take part."""

    agency: AgencyCode
    responsible_manager: str
    designated_person: str
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtocolPower:
    """A power that lets information flow: gateway, bases of the UK GDPR, and where its policy document is."""

    gateway: str
    lawful_basis: tuple[str, ...]
    special_conditions: tuple[str, ...] = ()
    policy_document: str | None = None


@dataclass(frozen=True, slots=True)
class ProtocolFlow:
    """A row of the information reference table: who gives what to whom, for which purposes, and how."""

    id: str
    givers: tuple[AgencyCode, ...]
    recipients: tuple[AgencyCode, ...]
    items: tuple[str, ...]
    purposes: tuple[str, ...]
    why_needed: str
    method: str
    trigger: str
    retention: str


@dataclass(frozen=True, slots=True)
class ProtocolRights:
    """How people are told, and where they turn to."""

    fair_processing: str
    access_contact: str
    complaint_route: str


@dataclass(frozen=True, slots=True)
class ProtocolSecurity:
    """How it is kept safe on its way and at rest, and who is rung when it was not."""

    classification: str
    transport: str
    storage: str
    incident_contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolTerms:
    """What is agreed; `runs_until` is its last day, None where it runs until it is ended."""

    title: Bilingual
    reference: str
    kind: ProtocolKind
    purposes: tuple[str, ...]
    benefits: str
    subject_groups: tuple[str, ...]
    partners: tuple[ProtocolPartner, ...]
    practitioner_groups: tuple[str, ...]
    obligations: tuple[str, ...]
    powers: tuple[ProtocolPower, ...]
    confidentiality: str
    flows: tuple[ProtocolFlow, ...]
    rights: ProtocolRights
    security: ProtocolSecurity
    records: str
    review_due: date
    runs_until: date | None = None

    def check_days(self, faults: Faults, today: date) -> None:
        """Check that its review lies ahead, within three years, and not behind its last day."""
        faults.unless(self.review_due > today, "/reviewDue", "in-past")
        faults.unless(self.review_due <= add_months(today, REVIEW_LATEST_MONTHS), "/reviewDue", "out-of-range")
        if self.runs_until is not None:
            faults.unless(self.runs_until >= self.review_due, "/runsUntil", "out-of-range")


def check_terms(terms: ProtocolTerms, today: date) -> None:
    """Refuse terms under which nobody could tell who may give what to whom, and why that is lawful.

    Raises:
        DomainError: `content-invalid`.
    """
    faults = Faults()
    faults.line("/title/en", terms.title.en)
    faults.line("/title/cy", terms.title.cy)
    faults.line("/reference", terms.reference)
    faults.codes("/purposes", "purpose-of-use", terms.purposes, at_least=1)
    for pointer, text in (("benefits", terms.benefits), ("confidentiality", terms.confidentiality)):
        faults.text(f"/{pointer}", text, REASON)
    faults.text("/records", terms.records, REASON)
    _check_lines(faults, "/subjectGroups", terms.subject_groups, at_least=1)
    _check_lines(faults, "/practitionerGroups", terms.practitioner_groups)
    _check_lines(faults, "/obligations", terms.obligations)
    _check_texts(faults, terms)
    _check_partners(faults, terms.partners)
    _check_powers(faults, terms)
    _check_flows(faults, terms)
    terms.check_days(faults, today)
    faults.refuse()


def _check_lines(faults: Faults, pointer: str, lines: tuple[str, ...], *, at_least: int = 0) -> None:
    faults.unless(len(lines) >= at_least, pointer, "required")
    faults.unless(len(lines) <= MOST_LINES, pointer, "too-many")
    for place, line in enumerate(lines):
        faults.line(f"{pointer}/{place}", line)


def _check_texts(faults: Faults, terms: ProtocolTerms) -> None:
    rights, security = terms.rights, terms.security
    faults.text("/rights/fairProcessing", rights.fair_processing, REASON)
    faults.line("/rights/accessContact", rights.access_contact)
    faults.line("/rights/complaintRoute", rights.complaint_route)
    faults.line("/security/classification", security.classification)
    faults.line("/security/transport", security.transport)
    faults.line("/security/storage", security.storage)
    faults.line("/security/incidentContact", security.incident_contact)


def _check_partners(faults: Faults, partners: tuple[ProtocolPartner, ...]) -> None:
    faults.unless(len(partners) >= FEWEST_PARTNERS, "/partners", "too-few")
    faults.unless(len(partners) <= MOST_PARTNERS, "/partners", "too-many")
    codes = [partner.agency for partner in partners]
    for place, partner in enumerate(partners):
        pointer = f"/partners/{place}"
        faults.unless(partner.agency not in codes[:place], f"{pointer}/agency", "duplicate")
        faults.line(f"{pointer}/responsibleManager", partner.responsible_manager)
        faults.line(f"{pointer}/designatedPerson", partner.designated_person)
        _check_lines(faults, f"{pointer}/departments", partner.departments)


def _check_powers(faults: Faults, terms: ProtocolTerms) -> None:
    faults.unless(bool(terms.powers), "/powers", "required")
    faults.unless(len(terms.powers) <= MOST_LINES, "/powers", "too-many")
    for place, power in enumerate(terms.powers):
        pointer = f"/powers/{place}"
        faults.code(f"{pointer}/gateway", "gateway", power.gateway)
        faults.codes(f"{pointer}/lawfulBasis", "lawful-basis", power.lawful_basis, at_least=1)
        faults.codes(f"{pointer}/specialConditions", "special-condition", power.special_conditions)
        faults.line(f"{pointer}/policyDocument", power.policy_document, LINE, required=bool(power.special_conditions))
    if any(item in _SENSITIVE for flow in terms.flows for item in flow.items):
        has_condition = any(power.special_conditions for power in terms.powers)
        faults.unless(has_condition, "/powers", "needs-condition")


def _check_flows(faults: Faults, terms: ProtocolTerms) -> None:
    faults.unless(bool(terms.flows), "/flows", "required")
    faults.unless(len(terms.flows) <= MOST_FLOWS, "/flows", "too-many")
    ids = [flow.id for flow in terms.flows]
    agencies = {partner.agency for partner in terms.partners}
    for place, flow in enumerate(terms.flows):
        pointer = f"/flows/{place}"
        faults.line(f"{pointer}/id", flow.id, 20)
        faults.unless(flow.id not in ids[:place], f"{pointer}/id", "duplicate")
        _check_ends(faults, pointer, flow, agencies)
        faults.codes(f"{pointer}/items", "data-item", flow.items, at_least=1)
        faults.codes(f"{pointer}/purposes", "purpose-of-use", flow.purposes, at_least=1)
        faults.unless(set(flow.purposes) <= set(terms.purposes), f"{pointer}/purposes", "not-agreed")
        faults.text(f"{pointer}/whyNeeded", flow.why_needed, REASON)
        for name, line in (("method", flow.method), ("trigger", flow.trigger), ("retention", flow.retention)):
            faults.line(f"{pointer}/{name}", line)
    if terms.kind is ProtocolKind.DDA:
        givers = {agency for flow in terms.flows for agency in flow.givers}
        recipients = {agency for flow in terms.flows for agency in flow.recipients}
        faults.unless(givers.isdisjoint(recipients), "/flows", "not-one-way")


def _check_ends(faults: Faults, pointer: str, flow: ProtocolFlow, agencies: set[AgencyCode]) -> None:
    for name, ends in (("givers", flow.givers), ("recipients", flow.recipients)):
        faults.unless(bool(ends), f"{pointer}/{name}", "required")
        faults.unless(len(set(ends)) == len(ends), f"{pointer}/{name}", "duplicate")
        faults.unless(set(ends) <= agencies, f"{pointer}/{name}", "not-a-partner")
    if len(set(flow.givers) | set(flow.recipients)) < FEWEST_PARTNERS:
        faults.add(f"{pointer}/recipients", "inconsistent")
