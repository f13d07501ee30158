"""Bad tokens of a directory, each with a name, what the client says it is, and which claim must be named as at fault.

Properly signed where not said otherwise: only the check a token is named after can refuse it.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from services.core.directory_claims import TokenKind
from tests.factories.directories import Directory, ec_jwk, ec_key, es256, rs256, rsa_key
from tests.security.token_corpus import b64, ecdsa, js


@dataclass(frozen=True)
class Bad:
    """A token, what it is handed in as, and the member at fault ("" for the whole, None where it is not told)."""

    token: str
    fault: str | None
    kind: TokenKind = TokenKind.ACCESS


Named = Iterator[tuple[str, Bad]]


def _claims(directory: Directory, now: float) -> Named:
    at = int(now)
    wrong: list[tuple[str, dict[str, object], str]] = [
        ("iss of another", {"iss": "https://elsewhere.example"}, "iss"), ("iss a number", {"iss": 1}, "iss"),
        ("iss a list", {"iss": [directory.issuer]}, "iss"), ("iss missing", {"iss": None}, "iss"),
        ("iss with a slash behind", {"iss": f"{directory.issuer}/"}, "iss"),
        ("iss in upper case", {"iss": directory.issuer.upper()}, "iss"), ("iss with a NUL", {"iss": "a\x00b"}, "iss"),
        ("iss with a surrogate", {"iss": "\ud800"}, "iss"), ("iss endless", {"iss": "x" * 501}, "iss"),
        ("aud of another", {"aud": "api://other"}, "aud"), ("aud missing", {"aud": None}, "aud"),
        ("aud of two", {"aud": [directory.audience, "api://other"]}, "aud"), ("aud of none", {"aud": []}, "aud"),
        ("aud of ours twice", {"aud": [directory.audience, directory.audience]}, "aud"),
        ("aud a list in a list", {"aud": [[directory.audience]]}, "aud"), ("aud null in a list", {"aud": [None]}, "aud"),
        ("aud a number", {"aud": 7}, "aud"), ("aud with a slash", {"aud": f"{directory.audience}/"}, "aud"),
        ("exp past", {"exp": at - 1}, "exp"), ("exp now", {"exp": at - 2}, "exp"), ("exp missing", {"exp": None}, "exp"),
        ("exp a string", {"exp": str(at + 600)}, "exp"), ("exp a float", {"exp": at + 600.5}, "exp"),
        ("exp true", {"exp": True}, "exp"), ("exp a list", {"exp": [at + 600]}, "exp"),
        ("exp in the year 36812", {"exp": 2**40}, "exp"), ("a life of over a day", {"exp": at + 86_400}, "exp"),
        ("exp negative", {"exp": -1}, "exp"), ("exp before iat", {"exp": at - 61, "iat": at - 60}, "exp"),
        ("nbf to come", {"nbf": at + 60}, "nbf"), ("nbf a string", {"nbf": "now"}, "nbf"),
        ("iat to come", {"iat": at + 60}, "iat"), ("iat missing", {"iat": None}, "iat"),
        ("iat a year ahead", {"iat": at + 31_536_000, "exp": at + 31_536_600}, "iat"), ("iat true", {"iat": True}, "iat"),
        ("sub missing", {"sub": None}, "sub"), ("sub empty", {"sub": ""}, "sub"), ("sub a number", {"sub": 1}, "sub"),
        ("sub with a blank", {"sub": "a b"}, "sub"), ("sub of 256 letters", {"sub": "s" * 256}, "sub"),
        ("oid missing", {"oid": None}, "oid"), ("oid a list", {"oid": [directory.subject]}, "oid"),
        ("oid empty", {"oid": ""}, "oid"), ("oid with a NUL", {"oid": f"{directory.subject}\x00"}, "oid"),
        ("tenant of another", {"tid": "tenant-of-another"}, "tid"), ("tenant missing", {"tid": None}, "tid"),
        ("tenant a number", {"tid": 1}, "tid"), ("tenant among others", {"tid": {"a": directory.tenant}}, "tid"),
        ("an actor", {"act": {"sub": "somebody"}}, "act"), ("who may act", {"may_act": {"sub": "x"}}, "may_act"),
        ("a bound key", {"cnf": {"jkt": "abc"}}, "cnf"), ("an event", {"events": {}}, "events"),
        ("a nonce in an access token", {"nonce": "n"}, "nonce"), ("at_hash in an access token", {"at_hash": "h"}, "at_hash"),
        ("c_hash in an access token", {"c_hash": "h"}, "c_hash"), ("a refresh token", {"typ": "Refresh"}, "typ"),
        ("an offline token", {"typ": "Offline"}, "typ"), ("a logout token", {"typ": "Logout"}, "typ"),
        ("an ID token as access token", {"typ": "ID"}, "typ"), ("typ a list", {"typ": ["Bearer"]}, "typ"),
    ]  # fmt: skip
    for name, changes, fault in wrong:
        yield name, Bad(directory.token(now, **changes), fault)
    for kind, changes, name, fault in (
        (TokenKind.LOGIN, {"azp": "another-app"}, "azp of another in an ID token", "azp"),
        (TokenKind.LOGIN, {"azp": 1}, "azp a number in an ID token", "azp"),
        (TokenKind.LOGIN, {"typ": "Bearer"}, "an access token as ID token", "typ"),
        (TokenKind.JWT, {"typ": "Refresh"}, "a refresh token as JWT", "typ"),
        (TokenKind.JWT, {"nonce": "n"}, "an ID token of another's app as JWT", "azp"),
    ):
        yield name, Bad(directory.token(now, **changes), fault, kind)


def _headers(directory: Directory, now: float) -> Named:
    payload, key = directory.claims(now), rsa_key()
    wrong: list[tuple[str, dict[str, object], str]] = [
        ("kid unknown", {"kid": "r2"}, "kid"), ("kid missing", {"kid": None}, "kid"), ("kid a number", {"kid": 1}, "kid"),
        ("kid empty", {"kid": ""}, "kid"), ("kid in upper case", {"kid": "R1"}, "kid"),
        ("kid a path", {"kid": "../../etc/passwd"}, "kid"), ("kid of the other key", {"kid": "e1"}, "alg"),
        ("crit", {"crit": ["exp"]}, ""), ("crit empty", {"crit": []}, ""), ("b64", {"b64": False}, ""),
        ("jku", {"jku": "https://elsewhere.example/jwks"}, ""), ("x5u", {"x5u": "https://elsewhere.example/c"}, ""),
        ("x5c", {"x5c": ["MIIB"]}, ""), ("jwk", {"jwk": ec_jwk(ec_key(9), "e9")}, ""), ("zip", {"zip": "DEF"}, ""),
        ("enc", {"enc": "A256GCM"}, ""), ("nonce in the header", {"nonce": "n"}, ""), ("cty", {"cty": "JWT"}, ""),
        ("typ logout+jwt", {"typ": "logout+jwt"}, "typ"), ("typ secevent+jwt", {"typ": "secevent+jwt"}, "typ"),
        ("typ dpop+jwt", {"typ": "dpop+jwt"}, "typ"), ("typ JOSE", {"typ": "JOSE"}, "typ"), ("typ jwt", {"typ": "jwt"}, "typ"),
        ("typ a number", {"typ": 1}, "typ"), ("typ empty", {"typ": ""}, "typ"), ("alg missing", {"alg": None}, "alg"),
        ("alg in lower case", {"alg": "rs256"}, "alg"), ("alg a list", {"alg": ["RS256"]}, "alg"),
        ("alg PS256 over an RS256 signature", {"alg": "PS256"}, "alg"), ("alg RS512", {"alg": "RS512"}, "alg"),
    ]  # fmt: skip
    for name, changes, fault in wrong:
        yield name, Bad(rs256(key, directory.header(**changes), payload), fault)
    yield "typ at+jwt as ID token", Bad(rs256(key, directory.header(typ="at+jwt"), payload), "typ", TokenKind.LOGIN)
    yield "alg ES256 with the RSA key's name", Bad(es256(ec_key(), directory.header(alg="ES256"), payload), "alg")
    yield "ES256 by a stranger", Bad(es256(ec_key(9), directory.header(alg="ES256", kid="e1"), payload), None)
    yield "RS256 by a stranger", Bad(rs256(rsa_key(2048, 9), directory.header(), payload), None)
    yield "RS256 over SHA-384", Bad(rs256(key, directory.header(), payload, hashes.SHA384()), None)
    yield "RS384", Bad(rs256(key, directory.header(alg="RS384"), payload, hashes.SHA384()), "alg")
    data = f"{b64(js(directory.header(alg='PS256')))}.{b64(js(payload))}"
    signed = key.sign(data.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    yield "PS256", Bad(f"{data}.{b64(signed)}", "alg")
    data = f"{b64(js(directory.header(alg='ES384', kid='e1')))}.{b64(js(payload))}"
    signed = ecdsa(ec.generate_private_key(ec.SECP384R1()), data.encode(), hashes.SHA384())
    yield "ES384", Bad(f"{data}.{b64(signed)}", "alg")
    data = f"{b64(js(directory.header(alg='none')))}.{b64(js(payload))}"
    yield "alg none unsigned", Bad(f"{data}.", "")
    yield "alg none signed", Bad(rs256(key, directory.header(alg="none"), payload), "alg")
    for name, secret in _public_secrets(directory):
        for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            data = f"{b64(js(directory.header(alg=algorithm)))}.{b64(js(payload))}"
            mac = b64(hmac.digest(secret, data.encode(), digest))
            fault = "" if len(mac) < 86 else "alg"
            yield f"{algorithm} keyed with the public {name}", Bad(f"{data}.{mac}", fault)


def _public_secrets(directory: Directory) -> Iterator[tuple[str, bytes]]:
    public, form = rsa_key().public_key(), serialization.PublicFormat
    yield "pem", public.public_bytes(serialization.Encoding.PEM, form.SubjectPublicKeyInfo)
    yield "der", public.public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo)
    yield "pkcs1", public.public_bytes(serialization.Encoding.PEM, form.PKCS1)
    yield "jwk", json.dumps(directory.jwks()["keys"][0]).encode()


def _forms(directory: Directory, now: float) -> Named:
    key, good, payload = rsa_key(), directory.token(now), js(directory.claims(now))
    h, p, s = good.split(".")
    head = js(directory.header())
    loose = s[:-1] + chr(ord(s[-1]) + 1)
    for name, token, fault in (
        ("header twice alg", rs256(key, b'{"alg":"none",' + head[1:], payload), None),
        ("payload twice oid", rs256(key, directory.header(), b'{"oid":"another",' + payload[1:]), None),
        ("payload twice by escape", rs256(key, directory.header(), rb'{"\u006fid":"x",' + payload[1:]), None),
        ("deep lists", rs256(key, directory.header(), b'{"a":' + b"[" * 900 + b"]" * 900 + b"," + payload[1:]), None),
        ("deep objects", rs256(key, directory.header(), b'{"a":' * 80 + payload + b"}" * 80), None),
        ("NaN", rs256(key, directory.header(), b'{"n":NaN,' + payload[1:]), None),
        ("Infinity for exp", rs256(key, directory.header(), payload.replace(b'"exp":', b'"exp":1e999,"x":')), "exp"),
        ("a list", rs256(key, directory.header(), b"[" + payload + b"]"), None),
        ("UTF-16", rs256(key, directory.header(), payload.decode().encode("utf-16")), None),
        ("a BOM", rs256(key, directory.header(), b"\xef\xbb\xbf" + payload), None),
        ("something behind", rs256(key, directory.header(), payload + b"x"), None),
        ("8193 characters", f"{h}.{p}{'A' * (8_193 - len(good))}.{s}", "too-long"),
        ("a true member that makes it long", directory.token(now, more="x" * 8_000), "too-long"),
        ("padding", f"{good}==", ""), ("a newline", f"{good}\n", ""), ("a blank in front", f" {good}", ""),
        ("Bearer in front", f"Bearer {good}", ""), ("four parts", f"{good}.{s}", ""), ("five parts", f"{good}.{s}.{s}", ""),
        ("two parts", f"{h}.{p}", ""), ("nothing", "", ""), ("a word", "token", ""), ("no signature", f"{h}.{p}.", ""),
        ("unused bits set", f"{h}.{p}.{loose}", None), ("percent signs", good.replace(".", "%2E"), ""),
        ("a changed payload", f"{h}.{b64(payload + b' ')}.{s}", None), ("swapped parts", f"{p}.{h}.{s}", None),
        ("a signature cut short", f"{h}.{p}.{s[:-4]}", None), ("a signature made longer", f"{good}AAAA", None),
        ("a signature of zeros", f"{h}.{p}.{b64(bytes(256))}", None),
        ("an ES256 signature with an RS256 header", f"{h}.{p}.{b64(ecdsa(ec_key(), f'{h}.{p}'.encode()))}", None),
        ("ES256 in DER", _der(directory, payload), ""),
        ("JSON serialization", json.dumps({"protected": h, "payload": p, "signature": s}), ""),
    ):  # fmt: skip
        yield name, Bad(token, fault)


def _der(directory: Directory, payload: bytes) -> str:
    data = f"{b64(js(directory.header(alg='ES256', kid='e1')))}.{b64(payload)}"
    return f"{data}.{b64(ec_key().sign(data.encode(), ec.ECDSA(hashes.SHA256())))}"


def directory_tokens(directory: Directory, now: float) -> dict[str, Bad]:
    """Every bad token by its name."""
    found: dict[str, Bad] = {}
    for name, bad in (*_claims(directory, now), *_headers(directory, now), *_forms(directory, now)):
        assert name not in found, name
        found[name] = bad
    return found
