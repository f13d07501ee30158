"""Confidentiality terms agreed with a family, and what was given outside them, on the wire: the own agency's alone."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, SignatureView, View, listed
from api.schemas.incidents import Code, Codes, Line, Narrative, Reason
from domain.confidentiality import (
    Agreed,
    AgreeTerms,
    AmendTerms,
    ConfidentialityTerms,
    OverrideTarget,
    TermsOverride,
    TermsState,
    TrustedPerson,
)
from domain.ids import AgencyCode, RecordId
from domain.lawful_overrides import LawfulOverride
from services.sharing import SeenTerms


class LawfulOverrideBody(Body):
    """Why terms agreed with the family are set aside this once; the other agency does not see it.

    Say whether the family was told, or why not.
    """

    ground: Annotated[Code, listed("confidentiality-override")]
    reason: Reason
    family_told: bool
    not_told: Annotated[Reason | None, Field(description="Why the family was not told; only where it was not.")] = None

    def value(self) -> LawfulOverride:
        """Give it as the rules know it."""
        return LawfulOverride(self.ground, self.reason, self.family_told, self.not_told)


class LawfulOverrideView(View):
    """Why terms agreed with the family were set aside."""

    ground: str
    reason: str
    family_told: bool
    not_told: str | None


class TrustedPersonBody(Body):
    """A person whom the family trusts, through whom joint contact goes."""

    name: Line
    relation: Annotated[Line, Field(description="Who they are to the family, in your words.")]
    contact: Annotated[Line, Field(description="How they are reached.")]


class AgreedBody(Body):
    """What you agreed not to pass on, with whom, and to whom it may be told anyway."""

    parties: Annotated[Codes, listed("confidentiality-party")]
    agreed_on: date
    everything: Annotated[bool, Field(description="Nothing is passed on; leave `items` empty then.")] = False
    items: Annotated[Codes, listed("data-item")] = []
    excepted: Annotated[
        list[Code], Field(max_length=50, description="Agencies to which it may be told all the same.")
    ] = []
    told: Annotated[Narrative, Field(description="The agreement in the words in which the family was told.")]
    review_on: date
    trusted_person: TrustedPersonBody | None = None

    def agreed(self) -> Agreed:
        """Give it as the rules know it."""
        trusted = self.trusted_person
        return Agreed(
            parties=tuple(self.parties),
            agreed_on=self.agreed_on,
            everything=self.everything,
            items=tuple(self.items),
            excepted=tuple(map(AgencyCode, self.excepted)),
            told=self.told,
            review_on=self.review_on,
            trusted_person=None if trusted is None else TrustedPerson(trusted.name, trusted.relation, trusted.contact),
        )


class AgreeTermsBody(AgreedBody):
    """Terms that bind from now on."""

    def command(self, about: RecordId) -> AgreeTerms:
        """Give the command to record them."""
        return AgreeTerms(about, self.agreed())


class AmendTermsBody(AgreedBody):
    """What holds from now on, whole, and why it changed."""

    reason: Reason

    def command(self) -> AmendTerms:
        """Give the command to amend."""
        return AmendTerms(self.agreed(), self.reason)


class EndTermsBody(Body):
    """Why the terms no longer hold."""

    reason: Reason


class TrustedPersonView(View):
    """The person through whom joint contact goes."""

    name: str
    relation: str
    contact: str


class AgreedView(View):
    """What was agreed."""

    parties: list[str]
    agreed_on: date
    everything: bool
    items: list[str]
    excepted: list[str]
    told: str
    review_on: date
    trusted_person: TrustedPersonView | None


class TermsStandingView(View):
    """Terms as they stand."""

    id: UUID
    person_id: UUID
    version: int
    state: TermsState
    agreed: AgreedView
    recorded: SignatureView
    changed: SignatureView
    change_reason: str | None


class TermsVersionView(View):
    """One version, and why it came to be; null for the first."""

    version: int
    state: TermsState
    agreed: AgreedView
    changed: SignatureView
    change_reason: str | None


class TermsOverrideView(View):
    """That something was given in spite of terms: in which disclosure or flag, which items, on what ground.

    No `recipients` means all partners.
    """

    id: UUID
    terms_id: UUID
    terms_version: int
    target: OverrideTarget
    target_id: UUID
    items: list[str]
    recipients: list[str]
    ground: str
    reason: str
    family_told: bool
    not_told: str | None
    user: UUID
    at: AwareDatetime


class ConfidentialityTermsView(TermsStandingView):
    """Terms with every version there was and every time they were set aside."""

    versions: list[TermsVersionView]
    overrides: list[TermsOverrideView]


class ConfidentialityTermsListView(View):
    """What was agreed about one person, newest first; those that have ended too."""

    terms: list[TermsStandingView]


def override_view(each: TermsOverride) -> TermsOverrideView:
    """Show one override."""
    stated = each.override
    return TermsOverrideView(
        id=each.id,
        terms_id=each.terms_id,
        terms_version=each.terms_version,
        target=each.target,
        target_id=each.target_id,
        items=list(each.items),
        recipients=list(each.recipients),
        ground=stated.ground,
        reason=stated.reason,
        family_told=stated.family_told,
        not_told=stated.not_told,
        user=each.signed.user,
        at=each.signed.at,
    )


def _standing(terms: ConfidentialityTerms) -> TermsStandingView:
    return TermsStandingView(
        id=terms.id,
        person_id=terms.about,
        version=terms.version,
        state=terms.state,
        agreed=AgreedView.model_validate(terms.agreed),
        recorded=SignatureView.model_validate(terms.recorded),
        changed=SignatureView.model_validate(terms.changed),
        change_reason=terms.change_reason,
    )


def terms_view(seen: SeenTerms) -> ConfidentialityTermsView:
    """Show terms with their history."""
    return ConfidentialityTermsView(
        **_standing(seen.terms).model_dump(),
        versions=[TermsVersionView.model_validate(each) for each in seen.versions],
        overrides=[override_view(each) for each in seen.overrides],
    )


def terms_list_view(found: list[ConfidentialityTerms]) -> ConfidentialityTermsListView:
    """Show what was agreed about one person."""
    return ConfidentialityTermsListView(terms=[_standing(each) for each in found])
