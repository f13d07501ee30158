"""Keys: sets of public keys that others sign with, and the private keys of our own issuer.

We and our clients sign with ES256 on P-256 only (RFC 7518 3.4): one algorithm leaves nothing to confuse.
Agencies' directories sign with RS256 as well (3.3), so a set of theirs may hold both; each key knows its one
algorithm. A key that exists has a proper `kid` and sound numbers, so no later step checks again.
"""

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.core.strict_json import strict_object

MAX_KEY_SET_BYTES = 1_048_576
MAX_KEYS = 20
ALGORITHM = "ES256"
RSA_ALGORITHM = "RS256"
OURS = frozenset({ALGORITHM})
"""What we and our clients sign with."""
DIRECTORIES = frozenset({ALGORITHM, RSA_ALGORITHM})
"""What the directories of agencies may sign with."""
KID = re.compile(r"[!-~]{1,128}")

_COORDINATE_BYTES = 32
_MAX_BRACKETS = 2 + 4 * MAX_KEYS
_EXPONENT = "AQAB"
_SHORTEST_MODULUS, _LONGEST_MODULUS = 2_048, 8_192
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeySetError(ValueError):
    """A key or key set that must not be used; the message is a short code, never key material."""


def _encode(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_COORDINATE_BYTES, "big")).rstrip(b"=").decode()


def _decode(text: object) -> int:
    """Read a fixed-length coordinate (RFC 7518 6.2.1.2), in its one canonical form only."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        raise KeySetError("coordinate-malformed")
    number = int.from_bytes(base64.urlsafe_b64decode(text + "="), "big")
    if _encode(number) != text:
        raise KeySetError("coordinate-malformed")
    return number


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public ES256 key, checked when it is made."""

    kid: str
    x: str
    y: str

    def __post_init__(self) -> None:
        if not KID.fullmatch(self.kid):
            raise KeySetError("kid-malformed")
        try:
            ec.EllipticCurvePublicNumbers(_decode(self.x), _decode(self.y), ec.SECP256R1()).public_key()
        except KeySetError:
            raise
        except ValueError:
            raise KeySetError("point-not-on-curve") from None

    @property
    def algorithm(self) -> str:
        """Name the one algorithm this key verifies."""
        return ALGORITHM

    def jwk(self) -> dict[str, str]:
        """Return the key as it is published (RFC 7517)."""
        return {
            "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "kid": self.kid, "use": "sig", "alg": ALGORITHM,
        }  # fmt: skip


def _modulus(text: object) -> int:
    """Read an RSA modulus (RFC 7518 6.3.1.1), in its one canonical form only."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,1500}", text) or len(text) % 4 == 1:
        raise KeySetError("modulus-malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text or data[0] == 0:
        raise KeySetError("modulus-malformed")
    return int.from_bytes(data, "big")


@dataclass(frozen=True, slots=True)
class RsaVerificationKey:
    """One public RS256 key of 2048 bits or more and the usual exponent, checked when it is made."""

    kid: str
    n: str

    def __post_init__(self) -> None:
        if not KID.fullmatch(self.kid):
            raise KeySetError("kid-malformed")
        modulus = _modulus(self.n)
        if not _SHORTEST_MODULUS <= modulus.bit_length() <= _LONGEST_MODULUS:
            raise KeySetError("key-size")
        try:
            rsa.RSAPublicNumbers(65_537, modulus).public_key()
        except ValueError:
            raise KeySetError("modulus-malformed") from None

    @property
    def algorithm(self) -> str:
        """Name the one algorithm this key verifies."""
        return RSA_ALGORITHM

    def jwk(self) -> dict[str, str]:
        """Return the key as it is published (RFC 7517)."""
        return {"kty": "RSA", "n": self.n, "e": _EXPONENT, "kid": self.kid, "use": "sig", "alg": RSA_ALGORITHM}


PublicKey = VerificationKey | RsaVerificationKey


@dataclass(frozen=True, slots=True)
class KeySet:
    """The public keys of one party, by `kid`; never changed, only replaced as a whole."""

    keys: tuple[PublicKey, ...] = ()

    def __post_init__(self) -> None:
        if len(self.keys) > MAX_KEYS:
            raise KeySetError("too-many-keys")
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise KeySetError("kid-duplicate")

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, kid: object) -> bool:
        return any(key.kid == kid for key in self.keys)

    def get(self, kid: str) -> PublicKey | None:
        """Return the one key of that name, or None: no key is ever tried on the chance that it fits."""
        return next((key for key in self.keys if key.kid == kid), None)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the document that others fetch (RFC 7517 5)."""
        return {"keys": [key.jwk() for key in self.keys]}


def parse_key_set(data: bytes, *, skip_foreign: bool = False, algorithms: frozenset[str] = OURS) -> KeySet:
    """Read a JWK Set, or raise KeySetError.

    A set given to us at registration must hold signing keys of the algorithms named and nothing else, so that a
    mistake is told at once. A set that an agency publishes for all its partners may hold keys for other uses:
    `skip_foreign` leaves those aside (RFC 7517 5), keys too weak among them. Private members, duplicate names,
    false points and oversized sets refuse the whole set either way, since its keeper cannot be trusted with the rest.
    """
    if len(data) > MAX_KEY_SET_BYTES:
        raise KeySetError("key-set-too-large")
    try:
        document = strict_object(data, brackets=_MAX_BRACKETS)
    except ValueError:
        raise KeySetError("key-set-malformed") from None
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise KeySetError("key-set-malformed")
    entries = [_entry(entry) for entry in cast("list[object]", listed)]
    if len(entries) > MAX_KEYS:
        raise KeySetError("too-many-keys")
    if skip_foreign:
        entries = [entry for entry in entries if _fault(entry, algorithms) is None]
    return KeySet(tuple(_public_key(entry, algorithms) for entry in entries))


def _entry(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise KeySetError("key-malformed")
    entry = cast("dict[str, object]", value)
    if not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise KeySetError("private-key-published")
    return entry


def _algorithm_of(entry: dict[str, object]) -> str:
    """Say which algorithm a key's kind is for, or nothing."""
    if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
        return ALGORITHM
    return RSA_ALGORITHM if entry.get("kty") == "RSA" else ""


def _fault(entry: dict[str, object], algorithms: frozenset[str]) -> str | None:
    """Say why a key is none of ours to use, or None; a key must state its kind and not contradict its use."""
    algorithm = _algorithm_of(entry)
    if algorithm not in algorithms:
        return "key-kind"
    if entry.get("alg", algorithm) != algorithm:
        return "key-algorithm"
    if entry.get("use", "sig") != "sig" or entry.get("key_ops", ["verify"]) != ["verify"]:
        return "key-use"
    if algorithm == RSA_ALGORITHM and (
        entry.get("e") != _EXPONENT or _modulus(entry.get("n")).bit_length() < _SHORTEST_MODULUS
    ):
        return "key-size"
    return None if "kid" in entry else "kid-missing"


def _public_key(entry: dict[str, object], algorithms: frozenset[str]) -> PublicKey:
    fault = _fault(entry, algorithms)
    if fault is not None:
        raise KeySetError(fault)
    if _algorithm_of(entry) == RSA_ALGORITHM:
        kid, modulus = entry["kid"], entry.get("n")
        if not (isinstance(kid, str) and isinstance(modulus, str)):
            raise KeySetError("key-malformed")
        return RsaVerificationKey(kid, modulus)
    return _verification_key(entry)


def _verification_key(entry: dict[str, object]) -> VerificationKey:
    """Read one of the ES256 keys that we and our clients use."""
    fault = _fault(entry, OURS)
    if fault is not None:
        raise KeySetError(fault)
    kid, x, y = entry["kid"], entry.get("x"), entry.get("y")
    if not (isinstance(kid, str) and isinstance(x, str) and isinstance(y, str)):
        raise KeySetError("key-malformed")
    return VerificationKey(kid, x, y)


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One private key of our issuer.

    `active_from` (epoch seconds) lets a new key be published before it first signs, so that whoever holds
    our key set for its full hour never meets a name it does not know.
    """

    secret: ec.EllipticCurvePrivateKey = field(repr=False)
    kid: str
    active_from: int = 0

    def public(self) -> VerificationKey:
        """Return the half that may be shown."""
        numbers = self.secret.public_key().public_numbers()
        return VerificationKey(self.kid, _encode(numbers.x), _encode(numbers.y))

    def private_jwk(self) -> dict[str, str]:
        """Return the key with its secret, for the signer and the key file only."""
        return {**self.public().jwk(), "d": _encode(self.secret.private_numbers().private_value)}


@dataclass(frozen=True, slots=True, eq=False)
class SigningKeys:
    """The private keys of our issuer: all are published, the newest that is active signs."""

    keys: tuple[SigningKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise KeySetError("no-signing-key")
        self.key_set()

    def signer(self, now: float) -> SigningKey:
        """Return the key to sign with now."""
        active = [key for key in self.keys if key.active_from <= now]
        if not active:
            raise KeySetError("no-signing-key-active")
        return max(active, key=lambda key: key.active_from)

    def key_set(self) -> KeySet:
        """Return the public halves, those not yet signing included."""
        return KeySet(tuple(key.public() for key in self.keys))

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return what `/.well-known/jwks.json` shows."""
        return self.key_set().jwks()


def _thumbprint(x: str, y: str) -> str:
    """Name a key by its content (RFC 7638), so that two keys never meet under one name."""
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def _signing_key(secret: ec.EllipticCurvePrivateKey, active_from: int = 0, kid: str | None = None) -> SigningKey:
    if not isinstance(secret.curve, ec.SECP256R1):
        raise KeySetError("key-kind")
    numbers = secret.public_key().public_numbers()
    return SigningKey(secret, kid or _thumbprint(_encode(numbers.x), _encode(numbers.y)), active_from)


def generate_signing_key(active_from: int = 0) -> SigningKey:
    """Make a new private key that signs from the moment given."""
    return _signing_key(ec.generate_private_key(ec.SECP256R1()), active_from)


def save_signing_keys(path: Path, keys: SigningKeys) -> None:
    """Write the private keys to a file that only its owner reads; a reader sees the old file or the new one."""
    document = {"keys": [{**key.private_jwk(), "nbf": key.active_from} for key in keys.keys]}
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".keys-", delete=False, encoding="utf-8") as file:
        json.dump(document, file, indent=1)
    Path(file.name).replace(path)


def load_signing_keys(path: Path) -> SigningKeys:
    """Read our private keys from a JWK Set written by `save_signing_keys`, or one key from PEM.

    A file that others may read or its group may change is refused: such a key is no secret any more.
    """
    if path.stat().st_mode & 0o037:
        raise KeySetError("key-file-open-to-others")
    data = path.read_bytes()
    if data.lstrip().startswith(b"-----BEGIN"):
        return SigningKeys((_from_pem(data),))
    try:
        listed = strict_object(data, brackets=_MAX_BRACKETS).get("keys")
    except ValueError:
        raise KeySetError("key-file-malformed") from None
    if not isinstance(listed, list):
        raise KeySetError("key-file-malformed")
    return SigningKeys(tuple(_from_jwk(entry) for entry in cast("list[object]", listed)))


def _from_pem(data: bytes) -> SigningKey:
    try:
        secret = load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        raise KeySetError("key-file-malformed") from None
    if not isinstance(secret, ec.EllipticCurvePrivateKey):
        raise KeySetError("key-kind")
    return _signing_key(secret)


def _from_jwk(entry: object) -> SigningKey:
    """Read one private key and prove that its public half is the one written beside it."""
    if not isinstance(entry, dict):
        raise KeySetError("key-file-malformed")
    members = dict(cast("dict[str, object]", entry))
    secret, active_from = members.pop("d", None), members.pop("nbf", 0)
    if type(active_from) is not int:
        raise KeySetError("key-file-malformed")
    public = _verification_key(members)
    try:
        key = _signing_key(ec.derive_private_key(_decode(secret), ec.SECP256R1()), active_from, public.kid)
    except ValueError:
        raise KeySetError("key-file-malformed") from None
    if key.public() != public:
        raise KeySetError("key-halves-differ")
    return key
