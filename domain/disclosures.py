"""Disclosures: what one agency gave another, on whose decision and on what footing, with exactly the fields given.

The record is the holder's; the recipient sees the same record. A correction is a new version and a withdrawal takes the
content out of it; the recipient acknowledges either. Versions before are kept as evidence and shown to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.access import Principal
from domain.errors import DomainError
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, DisclosureId, InformationRequestId, ProtocolId, RecordId
from domain.lawful_overrides import LawfulOverride
from domain.validation import LINE, NARRATIVE, REASON, Faults

MOST_FACTS = 50
LONGEST_KEPT_YEARS = 100


class BasisKind(StrEnum):
    """What allowed a disclosure."""

    AD_HOC = "ad-hoc"
    """A named senior person decided on this one case."""
    PROTOCOL_FLOW = "protocol-flow"
    """A flow of an information sharing protocol in force covers it."""


class DisclosureState(StrEnum):
    """Whether what was given still stands."""

    STANDING = "standing"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement under a heading; `opinion_of` names whose professional view it is, None where it is fact (F-21)."""

    heading: str
    text: str
    opinion_of: str | None = None


@dataclass(frozen=True, slots=True)
class DisclosedItem:
    """One item that was asked for and granted, with what was given of it."""

    item: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class OnwardLimits:
    """How far the recipient may pass it on: codes of `handling-condition`, and what they mean here."""

    conditions: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Footing:
    """What a disclosure rests on: purpose, basis, gateway, necessity and proportionality (G-3.3-1)."""

    purpose: str
    lawful_basis: tuple[str, ...]
    special_conditions: tuple[str, ...]
    gateways: tuple[str, ...]
    necessity: str
    proportionality: str


@dataclass(frozen=True, slots=True)
class FlowReference:
    """Which flow of which protocol."""

    protocol_id: ProtocolId
    flow: str


@dataclass(frozen=True, slots=True)
class DisclosureBasis:
    """What allowed it: of what kind, on what footing, who decided in which post, and the flow where there is one."""

    kind: BasisKind
    footing: Footing
    decided: Signature
    post: str
    flow: FlowReference | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """That the recipient has seen a version."""

    version: int
    signed: Signature


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whose it is: the records of one person at both agencies; neither side is shown the other's."""

    asker: RecordId
    holder: RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One version of what was given; `given_version` is the one in which what was given changed last."""

    id: DisclosureId
    owner_agency: AgencyCode
    recipient_agency: AgencyCode
    request_id: InformationRequestId
    version: int
    state: DisclosureState
    subjects: Subjects
    asked: Signature
    basis: DisclosureBasis
    items: tuple[DisclosedItem, ...]
    onward: OnwardLimits
    retain_until: date
    changed: Signature
    given_version: int = 1
    change_reason: str | None = None
    acknowledged: tuple[Acknowledged, ...] = ()

    @property
    def seen_version(self) -> int:
        """Say which version the recipient acknowledged last; 0 where none."""
        return max((each.version for each in self.acknowledged), default=0)

    @property
    def awaits_acknowledgement(self) -> bool:
        """Say whether the recipient has yet to say that it has seen how this now stands (F-15)."""
        return self.seen_version < self.given_version

    def subject_of(self, agency: AgencyCode) -> RecordId:
        """Give the record of the person that an agency of the two knows."""
        return self.subjects.holder if agency == self.owner_agency else self.subjects.asker


@dataclass(frozen=True, slots=True)
class CorrectDisclosure:
    """What was given anew, and why: the same items as before, none more; `override` as with an answer."""

    items: tuple[DisclosedItem, ...]
    reason: str
    override: LawfulOverride | None = None


def check_items(faults: Faults, pointer: str, items: Sequence[DisclosedItem]) -> None:
    """Check what is given of each item: something, in words that can be stored."""
    for place, each in enumerate(items):
        check_facts(faults, f"{pointer}/{place}/facts", each.facts)


def check_facts(faults: Faults, pointer: str, facts: Sequence[Fact]) -> None:
    """Check the statements of one item."""
    faults.unless(bool(facts), pointer, "required")
    faults.unless(len(facts) <= MOST_FACTS, pointer, "too-many")
    for place, fact in enumerate(facts):
        faults.line(f"{pointer}/{place}/heading", fact.heading, LINE)
        faults.text(f"{pointer}/{place}/text", fact.text, NARRATIVE)
        faults.line(f"{pointer}/{place}/opinionOf", fact.opinion_of, LINE, required=False)


def check_limits(faults: Faults, onward: OnwardLimits, retain_until: date, today: date) -> None:
    """Check how far it may be passed on and how long it may be kept: neither is left to guess."""
    faults.codes("/onward/conditions", "handling-condition", onward.conditions, at_least=1)
    faults.text("/onward/note", onward.note, REASON, required=False)
    faults.unless(retain_until >= today, "/retainUntil", "in-past")
    faults.unless(retain_until.year - today.year <= LONGEST_KEPT_YEARS, "/retainUntil", "out-of-range")


def check_footing(faults: Faults, footing: Footing) -> None:
    """Check what a disclosure, or asking for one, rests on (G-3.3-1)."""
    faults.code("/purpose", "purpose-of-use", footing.purpose)
    faults.codes("/lawfulBasis", "lawful-basis", footing.lawful_basis, at_least=1)
    faults.codes("/specialConditions", "special-condition", footing.special_conditions)
    faults.codes("/gateways", "gateway", footing.gateways, at_least=1)
    faults.text("/necessity", footing.necessity, REASON)
    faults.text("/proportionality", footing.proportionality, REASON)


def correct(disclosure: Disclosure, command: CorrectDisclosure, by: Principal, at: datetime) -> Disclosure:
    """Put right what was given; the recipient is told and acknowledges (F-15, UK GDPR Art 19).

    Raises:
        DomainError: `access-denied`, `sharing-state-conflict`, `sharing-needs-another`, `content-invalid`.
    """
    _check_owner(disclosure, by)
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    given = [each.item for each in disclosure.items]
    for place, each in enumerate(command.items):
        faults.unless(each.item in given, f"/items/{place}/item", "not-granted")
    _check_once(faults, [each.item for each in command.items])
    faults.unless(set(given) <= {each.item for each in command.items}, "/items", "required")
    check_items(faults, "/items", command.items)
    faults.refuse()
    return replace(
        disclosure,
        version=disclosure.version + 1,
        given_version=disclosure.version + 1,
        state=DisclosureState.CORRECTED,
        items=command.items,
        change_reason=command.reason,
        changed=sign(by, at),
    )


def _check_once(faults: Faults, codes: Sequence[str]) -> None:
    for place, code in enumerate(codes):
        faults.unless(code not in codes[:place], f"/items/{place}/item", "duplicate")


def withdraw(disclosure: Disclosure, reason: str, by: Principal, at: datetime) -> Disclosure:
    """Take back what was given: the record keeps which items, and nothing of them.

    Raises:
        DomainError: `access-denied`, `sharing-state-conflict`, `sharing-needs-another`, `content-invalid`.
    """
    _check_owner(disclosure, by)
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()
    return replace(
        disclosure,
        version=disclosure.version + 1,
        given_version=disclosure.version + 1,
        state=DisclosureState.WITHDRAWN,
        items=tuple(DisclosedItem(each.item, ()) for each in disclosure.items),
        change_reason=reason,
        changed=sign(by, at),
    )


def _check_owner(disclosure: Disclosure, by: Principal) -> None:
    if by.agency != disclosure.owner_agency:
        raise DomainError("access-denied")
    if by.is_one_with(disclosure.asked.user, disclosure.asked.human):
        raise DomainError("sharing-needs-another")
    if disclosure.state is DisclosureState.WITHDRAWN:
        raise DomainError("sharing-state-conflict")


def acknowledge(disclosure: Disclosure, by: Principal, at: datetime) -> Disclosure:
    """Say, as the recipient, that what stands was seen and is acted on; what was given stays as it is.

    Raises:
        DomainError: `access-denied`, `sharing-state-conflict`.
    """
    if by.agency != disclosure.recipient_agency:
        raise DomainError("access-denied")
    if not disclosure.awaits_acknowledgement:
        raise DomainError("sharing-state-conflict")
    seen = Acknowledged(disclosure.given_version, sign(by, at))
    return replace(disclosure, version=disclosure.version + 1, acknowledged=(*disclosure.acknowledged, seen))
