"""An agency's directory by hand: keys, and tokens that are good but for what they are told to be.

Signatures are made by the cryptography library directly, so that nothing under test helps to make them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.security.token_corpus import b64, ecdsa, js


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """Make a key once per run: a second number is a second key."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0xD1EC + number, ec.SECP256R1())


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str, **changes: object) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    modulus = b64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
    return {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": kid, "use": "sig", "alg": "RS256"} | changes


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str, **changes: object) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    x, y = (b64(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256"} | changes


def rs256(key: rsa.RSAPrivateKey, header: object, payload: object, digest: hashes.HashAlgorithm | None = None) -> str:
    data = f"{b64(js(header))}.{b64(js(payload))}"
    return f"{data}.{b64(key.sign(data.encode(), padding.PKCS1v15(), digest or hashes.SHA256()))}"


def es256(key: ec.EllipticCurvePrivateKey, header: object, payload: object) -> str:
    data = f"{b64(js(header))}.{b64(js(payload))}"
    return f"{data}.{b64(ecdsa(key, data.encode()))}"


@dataclass(frozen=True)
class Directory:
    """What an agency runs: it signs with both algorithms, and knows its users by `oid`."""

    issuer: str
    audience: str = "api://rhannu"
    subject: str = "0b9f7d6c-52a1-4f0e-8d3a-6f2f1c9b7e55"
    tenant: str = "tenant-of-the-agency"
    more: Mapping[str, object] = field(default_factory=dict)

    def jwks(self) -> dict[str, Any]:
        return {"keys": [rsa_jwk(rsa_key(), "r1"), ec_jwk(ec_key(), "e1")]}

    def claims(self, now: float, **changes: object) -> dict[str, object]:
        """The claims of a good access token as Entra ID writes them; a change of None leaves one out."""
        good: dict[str, object] = {
            "iss": self.issuer, "aud": self.audience, "sub": "pairwise-and-of-no-use", "oid": self.subject,
            "tid": self.tenant, "azp": "the-agency-s-portal", "scp": "user_access", "ver": "2.0",
            "iat": int(now) - 60, "nbf": int(now) - 60, "exp": int(now) + 3_600, **self.more,
        }  # fmt: skip
        return {name: value for name, value in (good | changes).items() if value is not None}

    def header(self, **changes: object) -> dict[str, object]:
        good: dict[str, object] = {"typ": "JWT", "alg": "RS256", "kid": "r1"}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, now: float, *, header: Mapping[str, object] | None = None, **changes: object) -> str:
        """A token signed RS256, or ES256 where the header says so."""
        head, payload = self.header(**(header or {})), self.claims(now, **changes)
        return es256(ec_key(), head, payload) if head.get("alg") == "ES256" else rs256(rsa_key(), head, payload)
