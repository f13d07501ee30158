"""What a directory may be registered with, and who its names are from when to when."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Principal, Purpose, Role
from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId, HumanId, IssuerId, LoginId, UserId
from domain.issuers import (
    AmendIssuer,
    Issuer,
    IssuerTerms,
    Login,
    RegisterIssuer,
    RegisterLogin,
    RequiredClaim,
    amend,
    confirm_login,
    end_login,
    register,
    register_login,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WHO = UserId(uuid.uuid4())
BY = Principal(
    ClientId("board-system"), AgencyCode("gwent-safeguarding"), WHO, HumanId(WHO),
    frozenset({Role.BOARD_ADMINISTRATOR}), frozenset(), Purpose.AUDIT_QUALITY,
)  # fmt: skip
TERMS = IssuerTerms("api://rhannu", ("RS256",), key_set_url="https://login.example/keys")


def issuer(name: str = "https://login.example/v2.0", *, local: bool = False, terms: IssuerTerms = TERMS) -> Issuer:
    command = RegisterIssuer(AgencyCode("abuhb"), name, "oid", terms)
    return register(IssuerId(uuid.uuid4()), command, BY, NOW, local=local)


def login(subject: str = "0b9f", start: datetime | None = None) -> Login:
    command = RegisterLogin(UserId(uuid.uuid4()), subject, start)
    return register_login(LoginId(uuid.uuid4()), issuer(), command, BY, NOW)


def test_a_registration_says_who_made_it_and_when() -> None:
    made = issuer()
    assert (made.version, made.owner_agency, made.created_by, made.created_at) == (1, "abuhb", WHO, NOW)
    assert made.suspended_at is None


@pytest.mark.parametrize(
    "name",
    [
        "https://login.example", "https://login.example/", "https://login.example:8443/realms/board",
        "https://sts.windows.net/8b1f/", "https://login.example/a%20b",
    ],
)  # fmt: skip
def test_issuers_as_directories_write_them(name: str) -> None:
    assert issuer(name).issuer == name


@pytest.mark.parametrize("name", ["http://127.0.0.1:8080/realms/x", "http://localhost", "http://[::1]:9000"])
def test_a_directory_on_this_machine_is_for_development(name: str) -> None:
    assert issuer(name, local=True).issuer == name
    with pytest.raises(DomainError, match="content-invalid"):
        issuer(name)


def test_every_fault_is_told_at_once() -> None:
    command = RegisterIssuer(AgencyCode("abuhb"), "ftp://x", "exp", IssuerTerms("", (), {}, "x"))
    with pytest.raises(DomainError) as caught:
        register(IssuerId(uuid.uuid4()), command, BY, NOW, local=False)
    assert {each.pointer for each in caught.value.issues} == {
        "/issuer", "/subjectClaim", "/audience", "/algorithms", "/keySetUrl",
    }  # fmt: skip


def test_required_claims_stand_in_one_order() -> None:
    claims = (RequiredClaim("tid", ("t",)), RequiredClaim("azp", ("a",)))
    assert [each.claim for each in issuer(terms=replace(TERMS, required_claims=claims)).terms.required_claims] == [
        "azp", "tid",
    ]  # fmt: skip


def test_a_suspension_keeps_its_day_until_it_ends() -> None:
    first = amend(issuer(), AmendIssuer(TERMS, suspended=True, reason="Keys were stolen."), NOW)
    later = amend(first, AmendIssuer(TERMS, suspended=True, reason="Still."), NOW + timedelta(days=1))
    assert (later.version, later.suspended_at, later.reason) == (3, NOW, "Still.")
    assert amend(later, AmendIssuer(TERMS, suspended=False, reason="New keys."), NOW).suspended_at is None


def test_an_amendment_needs_its_reason() -> None:
    with pytest.raises(DomainError, match="content-invalid"):
        amend(issuer(), AmendIssuer(TERMS, suspended=False, reason=" "), NOW)


def test_a_login_begins_now_or_later_but_never_in_the_past() -> None:
    assert login().valid_from == NOW
    assert login(start=NOW + timedelta(days=7)).valid_from == NOW + timedelta(days=7)
    assert login(start=NOW - timedelta(days=7)).valid_from == NOW


@pytest.mark.parametrize("subject", ["", "a b", "nia@abuhb.example", "ŵ", "x" * 256, "a\x00"])
def test_a_name_that_could_pass_to_another_is_none(subject: str) -> None:
    with pytest.raises(DomainError, match="content-invalid"):
        login(subject)


def test_a_login_ends_now_once_and_with_a_reason() -> None:
    ended = end_login(login(), "Left.", BY, NOW + timedelta(hours=1))
    assert (ended.version, ended.valid_to, ended.ended_by) == (2, NOW + timedelta(hours=1), WHO)
    with pytest.raises(DomainError, match="version-stale"):
        end_login(ended, "Again.", BY, NOW)
    with pytest.raises(DomainError, match="content-invalid"):
        end_login(login(), "", BY, NOW)


def test_a_login_is_confirmed_once_and_by_another_human() -> None:
    other = UserId(uuid.uuid4())
    somebody = replace(BY, user=other, human=HumanId(other))
    confirmed = confirm_login(login(), somebody, NOW)
    assert (confirmed.version, confirmed.confirmed_by, confirmed.confirmed_at) == (2, other, NOW)
    for who, found, code in (
        (BY, login(), "second-person-needed"),
        (replace(BY, user=other), login(), "second-person-needed"),
        (replace(somebody, former=frozenset({BY.human})), login(), "second-person-needed"),
        (somebody, confirmed, "version-stale"),
        (somebody, end_login(login(), "Left.", BY, NOW), "version-stale"),
    ):
        with pytest.raises(DomainError, match=code):
            confirm_login(found, who, NOW)


def test_a_login_that_has_not_begun_never_will() -> None:
    later = NOW + timedelta(days=7)
    ended = end_login(login(start=later), "A mistake.", BY, NOW)
    assert ended.valid_to == ended.valid_from == later
