"""Key sets others give us, and the private keys we keep."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from services.core.keys import (
    DIRECTORIES,
    MAX_KEY_SET_BYTES,
    KeySet,
    KeySetError,
    SigningKey,
    SigningKeys,
    generate_signing_key,
    load_signing_keys,
    parse_key_set,
    save_signing_keys,
)
from tests.factories.directories import rsa_jwk, rsa_key

# Fixed, so that parallel workers know the tests under the same names.
KEY, OTHER = (SigningKey(ec.derive_private_key(n, ec.SECP256R1()), f"key-{n}") for n in (0xACE, 0xBADE))
JWK: dict[str, object] = {**KEY.public().jwk()}
RSA_JWK: dict[str, object] = {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": "sXch", "e": "AQAB"}
ENCRYPTION_JWK: dict[str, object] = {**OTHER.public().jwk(), "use": "enc", "alg": "ECDH-ES"}


def document(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


def changed(**members: object) -> dict[str, object]:
    return {name: value for name, value in {**JWK, **members}.items() if value != "ABSENT"}


def directory(*keys: object) -> KeySet:
    return parse_key_set(document(*keys), algorithms=DIRECTORIES)


class TestDirectoryKeys:
    """Directories sign RS256 too; our clients never."""

    def test_a_set_may_hold_both_kinds_and_each_key_has_one_algorithm(self) -> None:
        found = directory(rsa_jwk(rsa_key(), "r"), JWK)
        assert [(key.kid, key.algorithm) for key in found] == [("r", "RS256"), (KEY.kid, "ES256")]
        assert directory(*found.jwks()["keys"]) == found

    @pytest.mark.parametrize("absent", ["use", "alg"])
    def test_use_and_alg_may_be_unsaid(self, absent: str) -> None:
        entry = rsa_jwk(rsa_key(), "r")
        del entry[absent]
        assert "r" in directory(entry)

    def test_a_client_s_set_takes_none(self) -> None:
        good = rsa_jwk(rsa_key(), "r")
        with pytest.raises(KeySetError, match="key-kind"):
            parse_key_set(document(good))
        assert len(parse_key_set(document(good, JWK), skip_foreign=True)) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"e": "Aw"}, {"e": "AAEAAQ"}, {"e": None}, {"e": 65_537}, {"use": "enc"}, {"alg": "RS512"}, {"alg": "PS256"},
            {"alg": "RSA-OAEP"}, {"key_ops": ["encrypt"]},
        ],
        ids=repr,
    )  # fmt: skip
    def test_a_key_for_another_use_is_refused_at_registration_and_skipped_when_published(
        self, changes: dict[str, object]
    ) -> None:
        entry = rsa_jwk(rsa_key(), "r", **changes)
        with pytest.raises(KeySetError):
            directory(entry)
        found = parse_key_set(document(entry, JWK), skip_foreign=True, algorithms=DIRECTORIES)
        assert [key.kid for key in found] == [KEY.kid]

    def test_a_weak_key_is_refused_at_registration_and_skipped_when_published(self) -> None:
        entry = rsa_jwk(rsa_key(1024), "r")
        with pytest.raises(KeySetError, match="key-size"):
            directory(entry)
        assert len(parse_key_set(document(entry), skip_foreign=True, algorithms=DIRECTORIES)) == 0

    @pytest.mark.parametrize("skip_foreign", [False, True])
    @pytest.mark.parametrize(
        "modulus",
        [None, 5, "", "=", "A" * 344, "AA" + "_" * 342, "_" * 341, "_" * 1_600, "_" * 1_368, "\u00e9" * 342],
        ids=lambda value: f"{value!s:.12}",
    )
    def test_a_false_modulus_spoils_the_whole_set(self, modulus: object, skip_foreign: bool) -> None:
        """Missing, no number, with zeros in front, with loose bits, or longer than anybody needs."""
        entry = rsa_jwk(rsa_key(), "r", n=modulus)
        with pytest.raises(KeySetError):
            parse_key_set(document(entry), skip_foreign=skip_foreign, algorithms=DIRECTORIES)

    @pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth"])
    def test_a_private_part_spoils_the_whole_set(self, member: str) -> None:
        entry = rsa_jwk(rsa_key(), "r", **{member: "AQAB"})
        with pytest.raises(KeySetError, match="private"):
            parse_key_set(document(entry, JWK), skip_foreign=True, algorithms=DIRECTORIES)

    @pytest.mark.parametrize("kid", ["", "a b", "k" * 129, 1, None])
    def test_a_name_is_needed(self, kid: object) -> None:
        with pytest.raises(KeySetError):
            directory(rsa_jwk(rsa_key(), "r") | {"kid": kid})


class TestParse:
    def test_reads_what_is_published(self) -> None:
        ours = KeySet((KEY.public(), OTHER.public()))
        assert parse_key_set(json.dumps(ours.jwks()).encode()) == ours
        assert ours.get(KEY.kid) == KEY.public()
        assert ours.get("unknown") is None
        assert OTHER.kid in ours
        assert [key.kid for key in ours] == [KEY.kid, OTHER.kid]

    def test_an_empty_set_is_a_set(self) -> None:
        assert len(parse_key_set(document())) == 0

    @pytest.mark.parametrize("absent", ["use", "alg", ("use", "alg")], ids=repr)
    def test_use_and_alg_may_be_unsaid(self, absent: str | tuple[str, ...]) -> None:
        names = (absent,) if isinstance(absent, str) else absent
        assert KEY.kid in parse_key_set(document({k: v for k, v in JWK.items() if k not in names}))

    def test_members_that_do_not_matter_are_left_aside(self) -> None:
        assert KEY.kid in parse_key_set(document(changed(x5t="abc", key_ops=["verify"], nbf=1)))

    @pytest.mark.parametrize(
        "key",
        [
            changed(kty="RSA"), changed(kty="oct"), changed(kty=None), changed(kty=["EC"]), changed(kty="ABSENT"),
            changed(crv="P-384"), changed(crv="secp256k1"), changed(crv="ABSENT"), changed(use="enc"),
            changed(use=None),
            changed(use=["sig"]), changed(alg="ES384"), changed(alg="HS256"), changed(alg="none"), changed(alg=None),
            changed(key_ops=["sign"]), changed(key_ops=["verify", "sign"]), changed(key_ops="verify"),
            changed(kid="ABSENT"), RSA_JWK, ENCRYPTION_JWK,
        ],
        ids=repr,
    )  # fmt: skip
    def test_a_key_for_another_use_is_refused_at_registration_and_skipped_when_published(
        self, key: dict[str, object]
    ) -> None:
        with pytest.raises(KeySetError):
            parse_key_set(document(key))
        assert len(parse_key_set(document(key, OTHER.public().jwk()), skip_foreign=True)) == 1

    @pytest.mark.parametrize("skip_foreign", [False, True])
    @pytest.mark.parametrize(
        "key",
        [
            changed(d="AAAA"), {**KEY.private_jwk()}, {**RSA_JWK, "p": "AA"},
            {"kty": "oct", "kid": "h", "k": "c2VjcmV0"},
            changed(kid=""), changed(kid=None), changed(kid=7), changed(kid="a b"), changed(kid="x" * 129),
            changed(kid="a\n"), changed(kid="\u0661"), changed(x="ABSENT"), changed(y="ABSENT"), changed(x=7),
            changed(y=None),
            changed(x="A" * 43), changed(x=f"{JWK['x']}="), changed(x=f"{JWK['x']}A"), changed(x=str(JWK["x"])[:-1]),
            changed(y=JWK["x"]), changed(x="/" + "A" * 42), changed(x="_" * 42 + "8"),
            changed(x=str(JWK["x"])[:-1] + "\n"),
            "text", None, 7, [],
        ],
        ids=repr,
    )  # fmt: skip
    def test_a_false_or_secret_key_spoils_the_whole_set(self, key: object, skip_foreign: bool) -> None:
        with pytest.raises(KeySetError):
            parse_key_set(document(OTHER.public().jwk(), key), skip_foreign=skip_foreign)

    @pytest.mark.parametrize(
        "data",
        [
            b"", b"{}", b"[]", b"null", b'{"keys":{}}', b'{"keys":null}', b'{"keys":"x"}', b"{", b'{"keys":[]}x',
            b'{"keys":[],"keys":[]}', b'{"keys":[],"\\u006beys":[]}', b'\xef\xbb\xbf{"keys":[]}',
            b'{"keys":[],"a":NaN}',
            b'{"keys":[],"a":"\xff"}', '{"keys":[]}'.encode("utf-16"),
            b'{"keys":[' + b"[" * 5_000 + b"]" * 5_000 + b"]}",
            b'{"keys":[{"kid":"a","kid":"b"}]}', b'{"keys":[]}' + b" " * MAX_KEY_SET_BYTES,
        ],
        ids=lambda data: repr(data[:40]),
    )  # fmt: skip
    def test_a_document_with_two_meanings_or_none_is_refused(self, data: bytes) -> None:
        with pytest.raises(KeySetError):
            parse_key_set(data)

    def test_one_coordinate_has_one_text(self) -> None:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        x = KEY.public().x
        same_bytes = x[:-1] + alphabet[alphabet.index(x[-1]) ^ 1]
        with pytest.raises(KeySetError, match="coordinate"):
            parse_key_set(document(changed(x=same_bytes)))

    def test_two_keys_of_one_name_are_refused(self) -> None:
        with pytest.raises(KeySetError, match="kid-duplicate"):
            parse_key_set(document(JWK, {**OTHER.public().jwk(), "kid": KEY.kid}))

    def test_twenty_keys_and_no_more(self) -> None:
        keys = [{**JWK, "kid": f"k{number}"} for number in range(21)]
        assert len(parse_key_set(document(*keys[:20]))) == 20
        for skip_foreign in (False, True):
            with pytest.raises(KeySetError, match="too-many"):
                parse_key_set(document(*keys), skip_foreign=skip_foreign)
        with pytest.raises(KeySetError, match="too-many"):
            parse_key_set(document(*[RSA_JWK] * 21), skip_foreign=True)

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.binary(max_size=80) | st.text(max_size=40).map(lambda text: document({**JWK, "x": text, "kid": text})))
    def test_nothing_but_its_own_refusal_ever_comes_out(self, data: bytes) -> None:
        try:
            found = parse_key_set(data)
        except KeySetError:
            return
        assert len(found) <= 1

    def test_it_cannot_be_changed(self) -> None:
        ours = KeySet((KEY.public(),))
        with pytest.raises(AttributeError):
            ours.keys = ()  # type: ignore[misc]  # that is the test
        KEY.public().jwk()["kid"] = "other"
        ours.jwks()["keys"].clear()
        assert ours == KeySet((KEY.public(),))


class TestSigningKeys:
    def test_names_come_from_content(self) -> None:
        key = generate_signing_key()
        assert key.kid == ECKey.import_key(key.public().jwk()).thumbprint()
        assert key.kid != generate_signing_key().kid

    def test_saved_for_the_owner_only_and_loaded_again(self, tmp_path: Path) -> None:
        path = tmp_path / "signing-keys.json"
        save_signing_keys(path, SigningKeys((KEY,)))
        save_signing_keys(path, SigningKeys((KEY, generate_signing_key(1_800_000_000))))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(tmp_path.iterdir()) == [path]
        loaded = load_signing_keys(path)
        assert [key.active_from for key in loaded.keys] == [0, 1_800_000_000]
        assert loaded.keys[0].public() == KEY.public()
        assert loaded.signer(0).private_jwk() == KEY.private_jwk()

    @pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602, 0o610])
    def test_a_file_others_may_read_or_change_is_refused(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "keys.json"
        save_signing_keys(path, SigningKeys((KEY,)))
        path.chmod(mode)
        with pytest.raises(KeySetError, match="open-to-others"):
            load_signing_keys(path)

    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o440])
    def test_a_file_its_group_may_read_is_fine_as_clusters_mount_it_so(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "keys.json"
        save_signing_keys(path, SigningKeys((KEY,)))
        path.chmod(mode)
        assert load_signing_keys(path).key_set() == KeySet((KEY.public(),))

    def test_pem_from_other_tools(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.touch(mode=0o600)
        path.write_bytes(pem(KEY.secret))
        (key,) = load_signing_keys(path).keys
        assert (key.public().x, key.public().y) == (KEY.public().x, KEY.public().y)
        assert key.kid == ECKey.import_key(KEY.public().jwk()).thumbprint()

    @pytest.mark.parametrize("kind", ["P-384", "RSA", "locked", "broken", "public"])
    def test_pem_that_cannot_sign_es256_is_refused(self, tmp_path: Path, kind: str) -> None:
        public = KEY.secret.public_key()
        data = {
            "P-384": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
            "RSA": lambda: pem(rsa.generate_private_key(65537, 2048)),
            "locked": lambda: pem(KEY.secret, b"secret"),
            "broken": lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "public": lambda: public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        }[kind]()
        assert_refused(tmp_path, data)

    @pytest.mark.parametrize(
        "entry",
        [
            {**KEY.public().jwk()}, {**KEY.private_jwk(), "x": OTHER.public().x, "y": OTHER.public().y},
            {**KEY.private_jwk(), "d": "A" * 43}, {**KEY.private_jwk(), "d": "_" * 42 + "8"},
            {**KEY.private_jwk(), "nbf": "1"},
            {**KEY.private_jwk(), "nbf": True}, {**KEY.private_jwk(), "alg": "ES384"}, {}, "text", None,
        ],
        ids=lambda entry: f"{entry!s:.50}",
    )  # fmt: skip
    def test_a_false_private_key_is_refused(self, tmp_path: Path, entry: object) -> None:
        assert_refused(tmp_path, document(entry))

    @pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"keys":[]}', b'{"keys":1}', b"text"])
    def test_a_file_without_keys_is_refused(self, tmp_path: Path, data: bytes) -> None:
        assert_refused(tmp_path, data)

    def test_a_key_that_waits_does_not_sign(self) -> None:
        waiting = SigningKeys((generate_signing_key(100),))
        with pytest.raises(KeySetError, match="active"):
            waiting.signer(99.9)
        assert waiting.signer(100) is waiting.keys[0]

    def test_secrets_do_not_show(self) -> None:
        secret = KEY.private_jwk()["d"]
        shown = f"{KEY!r}{SigningKeys((KEY,))!r}{KEY.public()!r}{SigningKeys((KEY,)).jwks()!r}"
        assert secret not in shown
        assert "secret" not in shown


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None) -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def assert_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_bytes(data)
    with pytest.raises(KeySetError):
        load_signing_keys(path)
