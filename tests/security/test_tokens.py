"""Access tokens: what gets in, and the several hundred things that do not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace

import jose.jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt as independent
from joserfc.jwk import ECKey

from domain.errors import DomainError
from domain.ids import AgencyCode, ClientId
from services.core.identity import CACHE_ENTRIES, TokenIssuer, TokenVerifier
from services.core.keys import KeySet, SigningKey, SigningKeys, generate_signing_key
from services.core.token_claims import AccessClaims, SubjectType
from tests.security.token_corpus import ORDER, UUID, Forge, access_tokens, b64

NOW = 1_800_000_000
ISSUER = "https://rhannu.test"
AUDIENCE = "rhannu"
# Fixed, so that every run and every parallel worker knows the tokens under the same names.
KEY = SigningKey(ec.derive_private_key(0xC0FFEE, ec.SECP256R1()), "key-of-the-corpus")
GOOD: dict[str, object] = {
    "iss": ISSUER, "aud": AUDIENCE, "sub": UUID, "subject_type": "human", "client_id": "police-niche",
    "agency": "gwent-police", "scope": "check:run flag:read", "jti": UUID, "iat": NOW, "exp": NOW + 600,
}  # fmt: skip
FORGE = Forge(KEY, GOOD)
BAD = access_tokens(FORGE, NOW)

thrifty = settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def verifier(clock: Clock | None = None) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, KeySet((KEY.public(),)), clock or Clock())


def accepts(token: str) -> AccessClaims | None:
    """Return the claims, or None; anything but the one refusal breaks the test."""
    try:
        return verifier().verify(token)
    except DomainError as caught:
        refusal = caught
    assert (refusal.code, refusal.issues) == ("token-invalid", ())
    return None


def jose_claims(token: str) -> dict[str, object] | None:
    options = {"leeway": 10}
    try:
        return jose.jwt.decode(token, KEY.public().jwk(), ["ES256"], options, AUDIENCE, ISSUER)
    except Exception:
        return None


def independent_claims(token: str) -> dict[str, object] | None:
    expected = independent.JWTClaimsRegistry(
        now=NOW, leeway=10, iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True}, iat={"essential": True},
    )  # fmt: skip
    try:
        claims = independent.decode(token, ECKey.import_key(KEY.public().jwk()), ["ES256"]).claims
        expected.validate(claims)
    except Exception:
        return None
    return claims


def agree(token: str) -> AccessClaims | None:
    """Where we accept, both libraries do, and read the same claims."""
    ours = accepts(token)
    if ours is not None:
        theirs = independent_claims(token)
        assert theirs is not None
        assert jose_claims(token) == theirs
        assert (theirs["sub"], theirs["client_id"], theirs["agency"]) == (ours.subject, ours.client_id, ours.agency)
        assert frozenset(str(theirs["scope"]).split()) == ours.scopes
        assert (theirs["jti"], theirs["iat"], theirs["exp"]) == (ours.jti, ours.issued_at, ours.expires_at)
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
        assert len(BAD) >= 600
        assert len(set(BAD.values())) == len(BAD)

    @pytest.mark.parametrize("name", BAD)
    def test_refused(self, name: str) -> None:
        assert accepts(BAD[name]) is None

    @pytest.mark.parametrize("good", [None, 7, b"token", FORGE, ["a"]], ids=repr)
    def test_what_is_not_even_text_is_refused_alike(self, good: object) -> None:
        with pytest.raises(DomainError, match="token-invalid"):
            verifier().verify(good)  # type: ignore[arg-type]  # that is the test

    def test_needs_our_checks_since_the_libraries_accept_some_of_it(self) -> None:
        assert any(jose_claims(token) is not None for token in BAD.values())
        assert any(independent_claims(token) is not None for token in BAD.values())


class TestGood:
    @pytest.mark.parametrize(
        "changes",
        [
            {}, {"exp": NOW + 1}, {"iat": NOW - 599, "exp": NOW + 1}, {"iat": NOW + 10, "exp": NOW + 610}, {"nbf": NOW},
            {"nbf": NOW + 10}, {"subject_type": "team"}, {"scope": "a"},
            {"scope": " ".join(f"s{i}" for i in range(256))}, {"client_id": "A"}, {"agency": "ab"}, {"agency": "x" * 63},
        ],
        ids=repr,
    )  # fmt: skip
    def test_accepted_by_us_and_by_both_libraries(self, changes: dict[str, object]) -> None:
        assert agree(FORGE.token(**changes)) is not None

    def test_blanks_in_the_json_are_no_fault(self) -> None:
        spaced = json.dumps(GOOD, indent=2).encode() + b"\n"
        assert agree(FORGE.sign(FORGE.header(), spaced)) is not None

    def test_says_who_asks(self) -> None:
        assert accepts(FORGE.token()) == AccessClaims(
            ClientId("police-niche"), AgencyCode("gwent-police"), UUID, SubjectType.HUMAN, UUID, NOW, NOW + 600,
            frozenset({"check:run", "flag:read"}),
        )  # fmt: skip

    def test_tells_a_team_from_a_human(self) -> None:
        team, human = accepts(FORGE.token(subject_type="team")), accepts(FORGE.token())
        assert team is not None
        assert human is not None
        assert (team.is_team, human.is_team) == (True, False)

    def test_the_mirrored_signature_of_a_token_is_the_same_token_by_its_jti(self) -> None:
        header, payload, signature = FORGE.parts()
        raw = jose.utils.base64url_decode(signature.encode())
        mirrored = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        assert accepts(f"{header}.{payload}.{b64(mirrored)}") == accepts(FORGE.token())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(NOW - 700, NOW + 700) | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
near_values = st.sampled_from(
    [*GOOD.values(), NOW + 1, NOW + 10, NOW + 11, NOW - 1, "team", "a b", [AUDIENCE], UUID.upper()]
)


class TestMutations:
    @thrifty
    @given(changes=st.dictionaries(st.sampled_from([*GOOD, "nbf", "x"]), near_values | json_values, max_size=3))
    def test_signed_claims_of_any_content(self, changes: dict[str, object]) -> None:
        agree(FORGE.token(**changes))

    @thrifty
    @given(
        issued=st.integers(-700, 20),
        life=st.integers(-5, 610),
        scopes=st.lists(st.text('abc:!"\\ \t', min_size=1, max_size=6), min_size=1, max_size=4),
    )
    def test_signed_claims_at_the_edges(self, issued: int, life: int, scopes: list[str]) -> None:
        token = FORGE.token(iat=NOW + issued, exp=NOW + issued + life, scope=" ".join(scopes))
        ours = agree(token)
        if ours is not None:
            assert issued <= 10
            assert 0 < life <= 600
            assert issued + life > 0
            assert ours.scopes == frozenset(" ".join(scopes).split(" "))

    @thrifty
    @given(
        changes=st.dictionaries(
            st.sampled_from(["alg", "typ", "kid", "crit", "b64"]), json_values, min_size=1, max_size=2
        )
    )
    def test_signed_headers_of_any_content(self, changes: dict[str, object]) -> None:
        assert agree(FORGE.headed(**changes)) is None

    @thrifty
    @given(data=st.data())
    def test_one_text_is_one_token(self, data: st.DataObject) -> None:
        good = FORGE.token()
        at = data.draw(st.integers(0, len(good)))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(st.text("AQgw_-.=+/ \n!", max_size=3) | st.text(max_size=3))
        changed = good[:at] + put + good[at + cut :]
        assert (agree(changed) is not None) == (changed == good)

    @thrifty
    @given(header=st.binary(max_size=60), payload=st.binary(max_size=60))
    def test_signed_noise(self, header: bytes, payload: bytes) -> None:
        assert agree(FORGE.sign(header, GOOD)) is None
        assert agree(FORGE.sign(FORGE.header(), payload)) is None


class TestCache:
    def test_a_token_is_remembered_and_a_changed_one_is_not_taken_for_it(self) -> None:
        ours, token = verifier(), FORGE.token()
        assert ours.verify(token) is ours.verify(token)
        with pytest.raises(DomainError):
            ours.verify(f"{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}")

    def test_an_entry_dies_with_the_token(self) -> None:
        clock = Clock()
        ours, token = verifier(clock), FORGE.token(iat=NOW - 590, exp=NOW + 10)
        ours.verify(token)
        clock.now = NOW + 9.999
        ours.verify(token)
        clock.now = NOW + 10
        with pytest.raises(DomainError):
            ours.verify(token)

    @pytest.mark.parametrize("away", [30, 31, -1])
    def test_an_entry_dies_after_half_a_minute_or_when_the_clock_goes_back(self, away: int) -> None:
        clock = Clock()
        ours, token = verifier(clock), FORGE.token()
        first = ours.verify(token)
        clock.now = NOW + 29.9
        assert ours.verify(token) is first
        clock.now = NOW + away
        assert ours.verify(token) is not first
        assert ours.verify(token) == first

    def test_new_keys_forget_what_old_ones_proved(self) -> None:
        ours, token, other = verifier(), FORGE.token(), generate_signing_key()
        first = ours.verify(token)
        ours.use_keys(KeySet((KEY.public(),)))
        assert ours.verify(token) is first
        ours.use_keys(KeySet((KEY.public(), other.public())))
        again = ours.verify(token)
        assert again is not first
        ours.use_keys(KeySet((other.public(),)))
        with pytest.raises(DomainError):
            ours.verify(token)

    def test_another_key_under_the_same_name_proves_nothing(self) -> None:
        ours, token, other = verifier(), FORGE.token(), generate_signing_key()
        ours.verify(token)
        ours.use_keys(KeySet((SigningKey(other.secret, KEY.kid).public(),)))
        with pytest.raises(DomainError):
            ours.verify(token)

    def test_is_bounded_and_drops_what_was_asked_longest_ago(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert CACHE_ENTRIES <= 10_000
        monkeypatch.setattr("services.core.identity.CACHE_ENTRIES", 2)
        ours = verifier()
        tokens = [FORGE.token(agency=f"agency-{number}") for number in range(3)]
        first, second = ours.verify(tokens[0]), ours.verify(tokens[1])
        assert ours.verify(tokens[0]) is first
        ours.verify(tokens[2])
        assert ours.verify(tokens[0]) is first
        assert ours.verify(tokens[1]) is not second
        assert len(ours._cached) == 2

    def test_refusals_are_not_kept(self) -> None:
        ours = verifier()
        for token in list(BAD.values())[:50]:
            with pytest.raises(DomainError):
                ours.verify(token)
        assert not ours._cached


class TestIssuer:
    def issue(self, keys: SigningKeys, clock: Clock | None = None, **changes: object) -> tuple[str, int]:
        said = {
            "client_id": "police-niche", "agency": "gwent-police", "subject": UUID, "subject_type": SubjectType.HUMAN,
            "scopes": ["flag:read", "check:run", "flag:read"], **changes,
        }  # fmt: skip
        return TokenIssuer(ISSUER, AUDIENCE, keys, clock or Clock()).issue(**said)  # type: ignore[arg-type]  # as given

    def test_what_it_writes_we_and_both_libraries_accept(self) -> None:
        token, seconds = self.issue(SigningKeys((KEY,)))
        claims = agree(token)
        assert claims is not None
        assert seconds == 600
        assert claims.expires_at - claims.issued_at == 600
        assert claims.scopes == {"flag:read", "check:run"}
        assert jose.jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}

    def test_between_two_seconds_too(self) -> None:
        clock = Clock(NOW + 0.75)
        token, _ = self.issue(SigningKeys((KEY,)), clock)
        assert verifier(clock).verify(token).issued_at == NOW

    def test_no_two_tokens_share_a_jti(self) -> None:
        found = [accepts(self.issue(SigningKeys((KEY,)))[0]) for _ in range(20)]
        assert len({claims.jti for claims in found if claims}) == 20

    def test_the_newest_active_key_signs_and_all_are_published(self) -> None:
        newer, waiting = generate_signing_key(NOW - 10), generate_signing_key(NOW + 3_600)
        keys = SigningKeys((waiting, KEY, newer))
        token, _ = self.issue(keys)
        assert jose.jwt.get_unverified_header(token)["kid"] == newer.kid
        assert TokenVerifier(ISSUER, AUDIENCE, keys.key_set(), Clock()).verify(token).subject == UUID
        later = Clock(NOW + 3_600)
        assert jose.jwt.get_unverified_header(self.issue(keys, later)[0])["kid"] == waiting.kid
        assert {key["kid"] for key in keys.jwks()["keys"]} == {KEY.kid, newer.kid, waiting.kid}
        assert all("d" not in key for key in keys.jwks()["keys"])

    @pytest.mark.parametrize(
        "changes",
        [
            {"scopes": []},
            {"scopes": ["a b"]},
            {"subject": "ceri"},
            {"agency": "Gwent"},
            {"client_id": ""},
            {"client_id": 1},
        ],
        ids=repr,
    )
    def test_refuses_to_write_what_no_verifier_takes(self, changes: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="cannot say this"):
            self.issue(SigningKeys((KEY,)), **changes)

    @pytest.mark.parametrize("life", [0, -1, 601])
    def test_never_lives_longer_than_ten_minutes(self, life: int) -> None:
        with pytest.raises(ValueError, match="600"):
            TokenIssuer(ISSUER, AUDIENCE, SigningKeys((KEY,)), Clock(), life=life)

    @pytest.mark.parametrize(("left", "life"), [(1, 1), (599, 599), (600, 600), (86_400, 600)])
    def test_is_bounded_by_the_token_it_was_given_for(self, left: int, life: int) -> None:
        whole = TokenIssuer(ISSUER, AUDIENCE, SigningKeys((KEY,)), Clock())
        bounded = whole.no_later_than(NOW + left)
        given = (ClientId("police-niche"), AgencyCode("gwent-police"), UUID, SubjectType.HUMAN, ["a"])
        token, seconds = bounded.issue(*given)
        assert (seconds, accepts(token).expires_at) == (life, NOW + life)  # type: ignore[union-attr]  # accepted
        assert bounded.no_later_than(NOW + 90_000).issue(*given)[1] == life, "a later bound lifts none"
        assert whole.issue(*given)[1] == 600

    def test_gives_nothing_when_that_is_over(self) -> None:
        over = TokenIssuer(ISSUER, AUDIENCE, SigningKeys((KEY,)), Clock()).no_later_than(NOW)
        with pytest.raises(ValueError, match="cannot say this"):
            over.issue(ClientId("police-niche"), AgencyCode("gwent-police"), UUID, SubjectType.HUMAN, ["a"])


def test_the_pure_python_ecdsa_package_is_never_loaded() -> None:
    """It leaks keys by timing (CVE-2024-23342) and python-jose falls back on it without cryptography."""
    script = (
        "import sys, services.core.identity as i, services.core.keys as k\n"
        "keys = k.SigningKeys((k.generate_signing_key(),))\n"
        f"args = ('https://x', 'x', keys, lambda: {NOW})\n"
        f"t, _ = i.TokenIssuer(*args).issue('c', 'abc', '{UUID}', i.SubjectType.HUMAN, ['a'])\n"
        f"i.TokenVerifier('https://x', 'x', keys.key_set(), lambda: {NOW}).verify(t)\n"
        "assert 'jose.backends.cryptography_backend' in sys.modules\n"
        "sys.exit(sum(m.split('.')[0] in ('ecdsa', 'rsa', 'Crypto') for m in sys.modules))\n"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False, timeout=60).returncode == 0
