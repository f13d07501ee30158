"""Clients' signed assertions (RFC 7523): who gets as far as being looked up in the register."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as independent
from joserfc.jwk import ECKey

from domain.errors import DomainError, FieldIssue
from domain.ids import AgencyCode, ClientId
from domain.issues import ISSUES
from domain.problems import PROBLEMS
from services.core.identity import AssertionVerifier, Claimant
from services.core.keys import KeySet, SigningKey, generate_signing_key
from services.core.token_claims import ClientAssertion
from tests.security.token_corpus import UUID, Forge, assertions

NOW = 1_800_000_000
ISSUER = "https://rhannu.test"
CLIENT = ClientId("police-niche")
KEY = SigningKey(ec.derive_private_key(0xBEEF, ec.SECP256R1()), "niche-2026")
KEYS = KeySet((KEY.public(),))
GOOD: dict[str, object] = {
    "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "jti": "8c1f", "iat": NOW, "exp": NOW + 300,
    "rhannu_agency": "gwent-police", "rhannu_user": UUID,
}  # fmt: skip
FORGE = Forge(KEY, GOOD, "JWT")
BAD = assertions(FORGE, NOW)
VALUES = (
    st.none() | st.integers() | st.integers(NOW - 300, NOW + 300) | st.floats() | st.text() | st.text("abc", min_size=1)
)


def verify(assertion: str, keys: KeySet = KEYS, client: ClientId = CLIENT) -> ClientAssertion:
    return AssertionVerifier(ISSUER, lambda: NOW).verify(assertion, client, keys)


def refusal(assertion: str, keys: KeySet = KEYS, client: ClientId = CLIENT) -> DomainError:
    with pytest.raises(DomainError) as caught:
        verify(assertion, keys, client)
    assert caught.value.code == "client-assertion-invalid"
    return caught.value


class TestCorpus:
    def test_is_as_large_as_promised(self) -> None:
        assert len(set(BAD.values())) == len(BAD) >= 400

    @pytest.mark.parametrize("name", BAD)
    def test_refused(self, name: str) -> None:
        error = refusal(BAD[name])
        for issue in error.issues:
            assert issue.code in ISSUES
            member = issue.pointer.removeprefix("/client_assertion").removeprefix("/")
            assert member in {"", "alg", "typ", "kid", "nbf", "rhannu_team", *GOOD}

    @pytest.mark.parametrize("name", BAD)
    def test_asking_who_sent_it_never_fails_in_another_way(self, name: str) -> None:
        try:
            claimant = AssertionVerifier(ISSUER, lambda: NOW).claimant(BAD[name])
        except DomainError as caught:
            code = caught.code
        else:
            code = "client-assertion-invalid" if claimant.client_id else ""
        assert code == "client-assertion-invalid"

    @pytest.mark.parametrize("thing", [None, 7, b"token"], ids=repr)
    def test_what_is_not_even_text_is_refused_alike(self, thing: object) -> None:
        refusal(thing)  # type: ignore[arg-type]  # that is the test


class TestGood:
    @pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", "absent"])
    def test_typ_is_the_standard_one_or_none(self, typ: str) -> None:
        header = {"alg": "ES256", "kid": KEY.kid} | ({} if typ == "absent" else {"typ": typ})
        assert verify(FORGE.sign(header, GOOD)).client_id == CLIENT

    def test_says_who_acts_for_whom(self) -> None:
        expected = ClientAssertion(CLIENT, AgencyCode("gwent-police"), UUID, None, "8c1f", NOW + 300)
        assert verify(FORGE.token()) == expected

    def test_a_team_answers_where_no_human_does(self) -> None:
        claims = {**FORGE.without("rhannu_user"), "rhannu_team": "out-of-hours"}
        found = verify(FORGE.sign(FORGE.header(), claims))
        assert (found.user, found.team) == (None, "out-of-hours")

    @pytest.mark.parametrize("user", ["PC4471", "auth0|5f7c8ec7c33c6c004bbafe82", "x" * 255, "https://idp.test/u/1"])
    def test_a_user_may_be_named_as_the_agencys_issuer_knows_them(self, user: str) -> None:
        assert verify(FORGE.token(rhannu_user=user)).user == user

    @pytest.mark.parametrize(
        "changes",
        [{"exp": NOW + 1}, {"iat": NOW - 299, "exp": NOW + 1}, {"iat": NOW + 10, "exp": NOW + 310}, {"nbf": NOW + 10}],
        ids=repr,
    )
    def test_at_the_edges_of_its_time(self, changes: dict[str, object]) -> None:
        assert verify(FORGE.token(**changes)).jti == "8c1f"

    def test_made_by_another_library_with_its_defaults(self) -> None:
        key = ECKey.import_key(KEY.private_jwk())
        made = independent.encode({"alg": "ES256", "kid": KEY.kid}, GOOD, key, ["ES256"])
        assert verify(made).user == UUID

    def test_the_claimant_is_named_before_anything_is_proven(self) -> None:
        stranger = FORGE.sign(FORGE.header(kid="theirs"), GOOD, generate_signing_key().secret)
        assert AssertionVerifier(ISSUER, lambda: NOW).claimant(stranger) == Claimant(CLIENT, "theirs")
        refusal(stranger)


class TestRefusals:
    def test_a_client_cannot_speak_for_another(self) -> None:
        refusal(FORGE.token(), client=ClientId("abuhb-pas"))

    def test_keys_of_another_client_prove_nothing(self) -> None:
        refusal(FORGE.token(), KeySet((generate_signing_key().public(),)))
        refusal(FORGE.token(), KeySet((SigningKey(generate_signing_key().secret, KEY.kid).public(),)))
        refusal(FORGE.token(), KeySet())

    @pytest.mark.parametrize("longest", [301, 600])
    def test_a_life_fit_for_an_access_token_is_too_long_for_an_assertion(self, longest: int) -> None:
        assert refusal(FORGE.token(exp=NOW + longest)).issues == (FieldIssue("/client_assertion/exp", "out-of-range"),)

    @pytest.mark.parametrize(
        ("changes", "member", "code"),
        [
            ({"aud": f"{ISSUER}/oauth2/token"}, "/aud", "pattern"),
            ({"aud": [ISSUER]}, "/aud", "wrong-type"),
            ({"exp": NOW}, "/exp", "in-past"),
            ({"iat": NOW + 11, "exp": NOW + 20}, "/iat", "in-future"),
            ({"sub": "someone"}, "/sub", "pattern"),
            ({"rhannu_team": "desk"}, "/rhannu_user", "duplicate"),
            ({"rhannu_taem": "desk"}, "", "unknown-field"),
        ],
        ids=repr,
    )
    def test_an_integrator_is_told_what_to_mend(self, changes: dict[str, object], member: str, code: str) -> None:
        assert refusal(FORGE.token(**changes)).issues == (FieldIssue(f"/client_assertion{member}", code),)
        assert "client-assertion-invalid" in PROBLEMS

    def test_claims_are_not_discussed_with_whoever_did_not_sign_them(self) -> None:
        thief = generate_signing_key().secret
        assert refusal(FORGE.sign(FORGE.header(), {**GOOD, "exp": NOW}, thief)).issues == ()

    def test_an_act_nobody_answers_for_is_not_served(self) -> None:
        error = refusal(FORGE.sign(FORGE.header(), FORGE.without("rhannu_user")))
        assert error.issues == (FieldIssue("/client_assertion/rhannu_user", "required"),)

    @settings(max_examples=200, deadline=None, database=None)
    @given(name=st.sampled_from([*GOOD, "nbf", "rhannu_team"]), value=VALUES)
    def test_any_content_is_refused_or_means_the_same_to_another_library(self, name: str, value: object) -> None:
        token = FORGE.token(**{name: value})
        try:
            found = verify(token)
        except DomainError as caught:
            code = caught.code
        else:
            code = ""
            theirs = independent.decode(token, ECKey.import_key(KEY.public().jwk()), ["ES256"]).claims
            independent.JWTClaimsRegistry(now=NOW, leeway=10, aud={"essential": True, "value": ISSUER}).validate(theirs)
            assert (theirs["jti"], theirs["exp"], theirs["iss"]) == (found.jti, found.expires_at, found.client_id)
            assert (theirs["rhannu_user"], theirs["rhannu_agency"]) == (found.user, found.agency)
        assert code in {"", "client-assertion-invalid"}
