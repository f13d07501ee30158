"""Tokens of agencies' directories: each bad one is refused, and what we accept two libraries accept as well."""

import json
from collections.abc import Iterator
from datetime import datetime, tzinfo
from types import SimpleNamespace

import jose.jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt as independent
from joserfc.jwk import KeySet as IndependentKeys

from domain.errors import DomainError
from services.core.directory_claims import DirectorySubject, DirectoryTerms, TokenKind
from services.core.identity import DirectoryVerifier
from services.core.keys import DIRECTORIES, parse_key_set
from tests.factories.directories import Directory, ec_key, es256, rs256, rsa_key
from tests.security.directory_corpus import Bad, directory_tokens

NOW = 1_800_000_000
DIRECTORY = Directory("https://login.abuhb.example/tenant/v2.0")
TERMS = DirectoryTerms(
    DIRECTORY.issuer, DIRECTORY.audience, DIRECTORIES, "oid", {"tid": frozenset({DIRECTORY.tenant, "another"})}
)
KEYS = parse_key_set(json.dumps(DIRECTORY.jwks()).encode(), algorithms=DIRECTORIES)
# Names only: RSA signatures are made once, in the process that runs the tests.
BAD = directory_tokens(DIRECTORY, NOW)

thrifty = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def verifier(now: float = NOW) -> DirectoryVerifier:
    return DirectoryVerifier(lambda: now)


def accepts(token: str, kind: TokenKind = TokenKind.ACCESS, terms: DirectoryTerms = TERMS) -> DirectorySubject | None:
    """Return whom it is about, or None; anything but the one refusal breaks the test."""
    try:
        ours = verifier()
        assert ours.claimant(token, kind).issuer
        return ours.verify(token, kind, terms, KEYS)
    except DomainError as caught:
        refusal = caught
    assert refusal.code == "subject-token-invalid"
    assert all(issue.pointer.startswith("/subject_token") for issue in refusal.issues)
    return None


def jose_claims(token: str) -> dict[str, object] | None:
    try:
        kid = jose.jwt.get_unverified_header(token)["kid"]
        key = next(key for key in DIRECTORY.jwks()["keys"] if key["kid"] == kid)
        options = {"leeway": 10}
        return jose.jwt.decode(token, key, ["RS256", "ES256"], options, DIRECTORY.audience, DIRECTORY.issuer)
    except Exception:
        return None


def independent_claims(token: str) -> dict[str, object] | None:
    expected = independent.JWTClaimsRegistry(
        now=NOW, leeway=10, iss={"essential": True, "value": DIRECTORY.issuer},
        aud={"essential": True, "value": DIRECTORY.audience}, exp={"essential": True}, iat={"essential": True},
        sub={"essential": True}, oid={"essential": True}, tid={"essential": True},
    )  # fmt: skip
    try:
        keys = IndependentKeys.import_key_set(DIRECTORY.jwks())
        claims = independent.decode(token, keys, ["RS256", "ES256"]).claims
        expected.validate(claims)
    except Exception:
        return None
    return claims


def agree(token: str, kind: TokenKind = TokenKind.ACCESS) -> DirectorySubject | None:
    """Where we accept, both libraries do, and read the same claims."""
    ours = accepts(token, kind)
    if ours is not None:
        theirs = independent_claims(token)
        assert theirs is not None
        assert jose_claims(token) == theirs
        assert (theirs["oid"], theirs["exp"]) == (ours.subject, ours.expires_at)
    return ours


@pytest.fixture(autouse=True, scope="module")
def jose_lives_now() -> Iterator[None]:
    """Give python-jose, which takes the time itself, the time of the corpus."""

    def now(zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(NOW, zone)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jose.jwt, "datetime", SimpleNamespace(now=now))
        yield


class TestCorpus:
    def test_is_as_large_as_promised_and_holds_no_token_twice(self) -> None:
        assert len(BAD) >= 130
        assert len({(bad.token, bad.kind) for bad in BAD.values()}) == len(BAD)

    @pytest.mark.parametrize("name", sorted(BAD))
    def test_refused(self, name: str) -> None:
        assert accepts(BAD[name].token, BAD[name].kind) is None

    def test_needs_our_checks_since_the_libraries_accept_some_of_it(self) -> None:
        assert sum(jose_claims(bad.token) is not None for bad in BAD.values()) > 10
        assert sum(independent_claims(bad.token) is not None for bad in BAD.values()) > 5

    def test_each_is_refused_for_what_it_is_named_after(self) -> None:
        """A token that is good but for one thing is refused by that thing's check, and by no other."""
        wrong = {
            name: found for name, bad in BAD.items() if (found := _fault(bad)) != bad.fault and bad.fault is not None
        }
        assert wrong == {}


def _fault(bad: Bad) -> str:
    try:
        verifier().claimant(bad.token, bad.kind)
        verifier().verify(bad.token, bad.kind, TERMS, KEYS)
    except DomainError as refusal:
        if not refusal.issues:
            return "no member"
        (issue,) = refusal.issues
        member = issue.pointer.removeprefix("/subject_token").removeprefix("/")
        return "too-long" if issue.code == "too-long" else member
    return "accepted"


class TestGood:
    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    @pytest.mark.parametrize(
        "changes",
        [
            {}, {"exp": NOW + 1}, {"iat": NOW + 10}, {"nbf": NOW + 10}, {"aud": [DIRECTORY.audience]},
            {"iat": NOW - 60, "exp": NOW - 60 + 86_400}, {"tid": "another"}, {"tid": ["x", "another"]},
            {"realm_access": {"roles": ["a", "b"]}, "resource_access": {"account": {"roles": ["c"]}}},
        ],
        ids=str,
    )  # fmt: skip
    def test_accepted_by_us_and_by_both_libraries(self, algorithm: str, changes: dict[str, object]) -> None:
        header = {"alg": algorithm, "kid": "r1" if algorithm == "RS256" else "e1"}
        found = agree(DIRECTORY.token(NOW, header=header, **changes))
        assert found is not None
        assert (found.subject, found.is_login, found.is_system) == (DIRECTORY.subject, False, False)

    @pytest.mark.parametrize("kind", [TokenKind.LOGIN, TokenKind.JWT])
    def test_an_id_token_is_a_human_s(self, kind: TokenKind) -> None:
        found = agree(DIRECTORY.token(NOW, nonce="n", azp=DIRECTORY.audience), kind)
        assert found is not None
        assert found.is_login

    @pytest.mark.parametrize(
        "marks", [{"idtyp": "app"}, {"azp": "same", "sub": "same"}, {"client_id": "s", "sub": "s"}]
    )
    def test_an_application_s_token_is_no_human_s(self, marks: dict[str, object]) -> None:
        found = agree(DIRECTORY.token(NOW, **marks))
        assert found is not None
        assert found.is_system

    def test_a_directory_registered_for_one_algorithm_has_one(self) -> None:
        only = DirectoryTerms(DIRECTORY.issuer, DIRECTORY.audience, frozenset({"ES256"}), "oid")
        assert accepts(DIRECTORY.token(NOW), terms=only) is None
        assert accepts(DIRECTORY.token(NOW, header={"alg": "ES256", "kid": "e1"}), terms=only) is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(NOW - 90_000, NOW + 90_000) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
near_values = st.sampled_from([
    *DIRECTORY.claims(NOW).values(), NOW, NOW + 1, NOW + 11, [DIRECTORY.audience], "ID", "Bearer", "app",
])  # fmt: skip


class TestMutations:
    @thrifty
    @given(
        changes=st.dictionaries(
            st.sampled_from([*DIRECTORY.claims(NOW), "nonce", "typ", "act", "client_id", "x"]),
            near_values | json_values,
            max_size=3,
        ),
        kind=st.sampled_from(TokenKind),
    )
    def test_signed_claims_of_any_content(self, changes: dict[str, object], kind: TokenKind) -> None:
        agree(es256(ec_key(), DIRECTORY.header(alg="ES256", kid="e1"), DIRECTORY.claims(NOW) | changes), kind)

    @thrifty
    @given(
        changes=st.dictionaries(
            st.sampled_from(["alg", "typ", "kid", "crit", "b64"]),
            st.sampled_from(["RS256", "ES256", "HS256", "none", "r1", "e1"]) | json_values,
            min_size=1,
            max_size=2,
        )
    )
    def test_signed_headers_of_any_content(self, changes: dict[str, object]) -> None:
        agree(rs256(rsa_key(), DIRECTORY.header() | changes, DIRECTORY.claims(NOW)))

    @thrifty
    @given(data=st.data())
    def test_one_text_is_one_token(self, data: st.DataObject) -> None:
        good = DIRECTORY.token(NOW, header={"alg": "ES256", "kid": "e1"}, jti="fixed")
        at = data.draw(st.integers(0, len(good)))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(st.text("AQgw_-.=+/ \n!", max_size=3) | st.text(max_size=3))
        changed = good[:at] + put + good[at + cut :]
        assert (agree(changed) is not None) == (changed == good)
