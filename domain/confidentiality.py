"""Confidentiality terms: what an agency agreed with a family not to pass on, and to whom it may be told anyway.

The terms bind the agency that agreed them, for its own record of the person. What they cover is not given outside them
unless whoever gives it names a lawful ground (G-4.2-1). Joint contact may go through a person whom the family trusts
(G-4.2-5). Nobody else learns what was agreed, nor that anything was (law 4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError, FieldIssue
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, ConfidentialityTermsId, RecordId
from domain.lawful_overrides import LawfulOverride, check_override
from domain.validation import LINE, NARRATIVE, REASON, Faults

OF_A_WARNING = ("risk-and-precautions",)
"""What a flag tells its recipients, as an item of `data-item`."""


class TermsState(StrEnum):
    """Whether terms bind."""

    IN_FORCE = "in-force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TrustedPerson:
    """A person the family trusts, through whom joint contact goes, and how they are reached."""

    name: str
    relation: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was agreed: with whom and when, what is kept back, who may be told anyway, and when it is looked at again.

    `told` is the agreement in the words in which the family was told; `everything` keeps back whatever is held.
    """

    parties: tuple[str, ...]
    agreed_on: date
    everything: bool
    items: tuple[str, ...]
    excepted: tuple[AgencyCode, ...]
    told: str
    review_on: date
    trusted_person: TrustedPerson | None = None


@dataclass(frozen=True, slots=True)
class AgreeTerms:
    """Record what was agreed about the person of an own record."""

    about: RecordId
    agreed: Agreed


@dataclass(frozen=True, slots=True)
class AmendTerms:
    """What holds from now on, whole, and why it changed."""

    agreed: Agreed
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialityTerms:
    """One version of the terms; earlier ones are kept and shown with their reasons."""

    id: ConfidentialityTermsId
    owner_agency: AgencyCode
    version: int
    state: TermsState
    about: RecordId
    agreed: Agreed
    recorded: Signature
    changed: Signature
    change_reason: str | None = None

    def keeps_back(self, item: str, recipient: AgencyCode | None) -> bool:
        """Say whether an item is kept from an agency; None is for partners that are not named one by one."""
        if self.state is not TermsState.IN_FORCE or recipient in self.agreed.excepted:
            return False
        return self.agreed.everything or item in self.agreed.items


class OverrideTarget(StrEnum):
    """In what something was given outside the terms."""

    DISCLOSURE = "disclosure"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Given:
    """What is about to be given: in which disclosure or flag, which items at which pointer, to whom (None: anyone)."""

    target: OverrideTarget
    target_id: UUID
    items: tuple[tuple[str, str], ...]
    recipients: tuple[AgencyCode | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsOverride:
    """That terms were set aside once: what was given to whom in spite of them, on what ground, by whom."""

    id: UUID
    terms_id: ConfidentialityTermsId
    terms_version: int
    target: OverrideTarget
    target_id: UUID
    items: tuple[str, ...]
    recipients: tuple[AgencyCode, ...]
    override: LawfulOverride
    signed: Signature


def agree(new_id: ConfidentialityTermsId, command: AgreeTerms, by: Principal, at: datetime) -> ConfidentialityTerms:
    """Record terms that bind from now on.

    Raises:
        DomainError: `content-invalid`, naming every field at fault.
    """
    faults = Faults()
    _check_agreed(faults, command.agreed, by, local_date(at))
    faults.refuse()
    signed = sign(by, at)
    return ConfidentialityTerms(
        id=new_id,
        owner_agency=by.agency,
        version=1,
        state=TermsState.IN_FORCE,
        about=command.about,
        agreed=command.agreed,
        recorded=signed,
        changed=signed,
    )


def amend(standing: ConfidentialityTerms, command: AmendTerms, by: Principal, at: datetime) -> ConfidentialityTerms:
    """Put down what holds from now on.

    Raises:
        DomainError: `sharing-state-conflict` for terms that have ended, `content-invalid`.
    """
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    _check_agreed(faults, command.agreed, by, local_date(at))
    return replace(_following(faults, standing, command.reason, by, at), agreed=command.agreed)


def end(standing: ConfidentialityTerms, reason: str, by: Principal, at: datetime) -> ConfidentialityTerms:
    """End terms, as when the family withdraws from them.

    Raises:
        DomainError: as `amend` does.
    """
    faults = Faults()
    faults.text("/reason", reason, REASON)
    return replace(_following(faults, standing, reason, by, at), state=TermsState.ENDED)


def _following(
    faults: Faults, standing: ConfidentialityTerms, reason: str, by: Principal, at: datetime
) -> ConfidentialityTerms:
    if standing.state is TermsState.ENDED:
        raise DomainError("sharing-state-conflict")
    faults.refuse()
    return replace(standing, version=standing.version + 1, changed=sign(by, at), change_reason=reason)


def _check_agreed(faults: Faults, agreed: Agreed, by: Principal, today: date) -> None:
    faults.codes("/parties", "confidentiality-party", agreed.parties, at_least=1)
    faults.unless(agreed.agreed_on <= today, "/agreedOn", "in-future")
    faults.codes("/items", "data-item", agreed.items, at_least=0 if agreed.everything else 1)
    faults.unless(not (agreed.everything and agreed.items), "/items", "inconsistent")
    for place, agency in enumerate(agreed.excepted):
        faults.unless(agency not in agreed.excepted[:place], f"/excepted/{place}", "duplicate")
        faults.unless(agency != by.agency, f"/excepted/{place}", "inconsistent")
    faults.text("/told", agreed.told, NARRATIVE)
    faults.unless(agreed.review_on > agreed.agreed_on, "/reviewOn", "ends-before-start")
    faults.unless(agreed.review_on >= today, "/reviewOn", "in-past")
    trusted = agreed.trusted_person
    if trusted is not None:
        faults.line("/trustedPerson/name", trusted.name, LINE)
        faults.line("/trustedPerson/relation", trusted.relation, LINE)
        faults.line("/trustedPerson/contact", trusted.contact, LINE)


def uphold(
    terms: Sequence[ConfidentialityTerms],
    given: Given,
    override: LawfulOverride | None,
    pointer: str,
    signed: Signature,
    new_ids: Iterable[UUID],
) -> tuple[TermsOverride, ...]:
    """Refuse what terms keep back, or say by which override they were set aside, one for each of the terms.

    `pointer` is where the override is stated. An override where nothing is kept back is refused too: it would put
    something on record that was never done.

    Raises:
        DomainError: `confidentiality-terms-apply`, naming the items by pointer; `content-invalid`.
    """
    found = [(each, _kept_back(each, given)) for each in terms]
    bound = [(each, items) for each, items in found if items]
    if override is None:
        kept = dict.fromkeys(place for _, items in bound for place, _ in items)
        if kept:
            raise DomainError("confidentiality-terms-apply", [FieldIssue(place, "terms-apply") for place in kept])
        return ()
    faults = Faults()
    faults.unless(bool(bound), pointer, "inconsistent")
    check_override(faults, pointer, override)
    faults.refuse()
    return tuple(
        TermsOverride(
            id=new_id,
            terms_id=each.id,
            terms_version=each.version,
            target=given.target,
            target_id=given.target_id,
            items=tuple(dict.fromkeys(item for _, item in items)),
            recipients=tuple(agency for agency in given.recipients if agency is not None),
            override=override,
            signed=signed,
        )
        for (each, items), new_id in zip(bound, new_ids, strict=False)
    )


def _kept_back(terms: ConfidentialityTerms, given: Given) -> list[tuple[str, str]]:
    """List those of some items, each with its pointer, that terms keep from any of the recipients."""
    return [(place, item) for place, item in given.items if any(terms.keeps_back(item, to) for to in given.recipients)]


def not_yet_set_aside(
    terms: Sequence[ConfidentialityTerms], overrides: Sequence[TermsOverride], given: Given
) -> list[ConfidentialityTerms]:
    """Leave out terms that were set aside as they stand for the same thing, items and recipients: nothing new is given.

    An override that names no recipients was for all partners.
    """
    to = set(given.recipients)

    def is_done(each: ConfidentialityTerms) -> bool:
        kept = {item for _, item in _kept_back(each, given)}
        return any(
            (done.terms_id, done.terms_version, done.target, done.target_id)
            == (each.id, each.version, given.target, given.target_id)
            and kept <= set(done.items)
            and (not done.recipients or to <= set(done.recipients))
            for done in overrides
        )

    return [each for each in terms if not is_done(each)]
