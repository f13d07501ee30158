"""What terms keep back, from whom, and what it takes to set them aside."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import Principal, Purpose, Role
from domain.confidentiality import (
    Agreed,
    AgreeTerms,
    AmendTerms,
    ConfidentialityTerms,
    Given,
    OverrideTarget,
    TermsOverride,
    TermsState,
    agree,
    amend,
    end,
    not_yet_set_aside,
    uphold,
)
from domain.errors import DomainError
from domain.flag_decisions import sign
from domain.ids import AgencyCode, ClientId, ConfidentialityTermsId, HumanId, RecordId, UserId
from domain.lawful_overrides import LawfulOverride
from domain.vocabularies import VOCABULARIES

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OURS, THEIRS, FAMILY_DOCTOR = AgencyCode("newport-cc"), AgencyCode("gwent-police"), AgencyCode("abuhb")
BY = Principal(
    client=ClientId("council"),
    agency=OURS,
    user=UserId(UUID(int=1)),
    human=HumanId(UUID(int=1)),
    roles=frozenset({Role.PRACTITIONER}),
    scopes=frozenset(),
    purpose=Purpose.ADULT_SAFEGUARDING,
)
AGREED = Agreed(
    parties=("adult",),
    agreed_on=date(2026, 5, 30),
    everything=False,
    items=("incidents", "health"),
    excepted=(FAMILY_DOCTOR,),
    told="We tell nobody but your doctor.",
    review_on=date(2026, 12, 1),
)
STATED = LawfulOverride("serious-crime", "A robbery is planned.", family_told=True)


def terms(**changes: object) -> ConfidentialityTerms:
    command = AgreeTerms(RecordId(UUID(int=7)), replace(AGREED, **changes))
    return agree(ConfidentialityTermsId(uuid4()), command, BY, NOW)


def given(*items: str, to: tuple[AgencyCode | None, ...] = (THEIRS,)) -> Given:
    places = tuple((f"/items/{place}/item", item) for place, item in enumerate(items))
    return Given(OverrideTarget.DISCLOSURE, UUID(int=9), places, to)


def kept_to(
    bound: ConfidentialityTerms, what: Given, stated: LawfulOverride | None = None
) -> tuple[TermsOverride, ...]:
    return uphold([bound], what, stated, "/override", sign(BY, NOW), [uuid4()])


def refusal(bound: ConfidentialityTerms, what: Given, stated: LawfulOverride | None = None) -> DomainError:
    with pytest.raises(DomainError) as refused:
        kept_to(bound, what, stated)
    return refused.value


@pytest.mark.requirement("G-4.2-1")
@pytest.mark.parametrize("item", sorted(VOCABULARIES["data-item"].codes))
def test_each_item_agreed_is_kept_back_from_whoever_is_not_excepted(item: str) -> None:
    covered = item in AGREED.items
    assert terms().keeps_back(item, THEIRS) == covered
    assert terms().keeps_back(item, None) == covered, "partners not named one by one"
    assert not terms().keeps_back(item, FAMILY_DOCTOR)
    assert terms(everything=True, items=()).keeps_back(item, THEIRS)
    assert not end(terms(), "They agree now.", BY, NOW).keeps_back(item, THEIRS)


def test_a_refusal_names_what_is_kept_back_by_its_place_alone() -> None:
    refused = refusal(terms(), given("household", "health", "tenancy", "incidents"))
    assert refused.code == "confidentiality-terms-apply"
    assert [(each.pointer, each.code) for each in refused.issues] == [
        ("/items/1/item", "terms-apply"), ("/items/3/item", "terms-apply"),
    ]  # fmt: skip
    assert kept_to(terms(), given("household")) == ()
    assert kept_to(terms(), given("health", to=(FAMILY_DOCTOR,))) == ()


def test_one_recipient_who_is_not_excepted_is_enough() -> None:
    assert refusal(terms(), given("health", to=(FAMILY_DOCTOR, THEIRS))).code == "confidentiality-terms-apply"
    assert refusal(terms(), given("health", to=(None,))).code == "confidentiality-terms-apply"


def test_an_override_says_what_was_given_to_whom_in_spite_of_which_version() -> None:
    bound = terms()
    (override,) = kept_to(bound, given("household", "health"), STATED)
    assert (override.terms_id, override.terms_version, override.items, override.recipients) == (
        bound.id, 1, ("health",), (THEIRS,),
    )  # fmt: skip
    assert override.override == STATED
    assert refusal(bound, given("household"), STATED).code == "content-invalid"
    assert refusal(bound, given("health"), replace(STATED, ground="curiosity")).code == "content-invalid"
    assert refusal(bound, given("health"), replace(STATED, family_told=False)).code == "content-invalid"


@pytest.mark.parametrize("ground", sorted(VOCABULARIES["confidentiality-override"].codes))
def test_each_lawful_ground_sets_terms_aside(ground: str) -> None:
    assert len(kept_to(terms(), given("health"), replace(STATED, ground=ground))) == 1


def test_what_was_set_aside_is_not_asked_about_again_unless_something_is_new() -> None:
    bound = terms()
    what = given("household", "health")
    done = kept_to(bound, what, STATED)
    assert not_yet_set_aside([bound], done, what) == []
    amended = amend(bound, AmendTerms(AGREED, "Once more."), BY, NOW)
    for other in (
        given("household", "health", "incidents"),
        given("health", to=(THEIRS, AgencyCode("wast"))),
        given("health", to=(None,)),
        replace(what, target=OverrideTarget.FLAG),
        replace(what, target_id=UUID(int=10)),
    ):
        assert not_yet_set_aside([bound], done, other) == [bound], other
    assert not_yet_set_aside([amended], done, what) == [amended]
    to_all = kept_to(bound, given("health", to=(None,)), STATED)
    assert not_yet_set_aside([bound], to_all, given("health")) == []


def test_terms_are_amended_with_a_reason_and_not_once_they_have_ended() -> None:
    amended = amend(terms(), AmendTerms(replace(AGREED, items=("tenancy",)), "They said so."), BY, NOW)
    assert (amended.version, amended.agreed.items, amended.change_reason) == (2, ("tenancy",), "They said so.")
    ended = end(amended, "No longer wanted.", BY, NOW + timedelta(days=1))
    assert (ended.version, ended.state) == (3, TermsState.ENDED)
    for step in (lambda: end(ended, "Again.", BY, NOW), lambda: amend(ended, AmendTerms(AGREED, "Again."), BY, NOW)):
        with pytest.raises(DomainError) as refused:
            step()
        assert refused.value.code == "sharing-state-conflict"
    with pytest.raises(DomainError) as refused:
        end(terms(), " ", BY, NOW)
    assert refused.value.code == "content-invalid"
