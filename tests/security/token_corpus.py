"""Bad tokens, each with a name: everything that has ever been, or could be, tried at the door.

Tokens are put together by hand, with a signature made by the cryptography library directly, so that
nothing under test helps to make them. Where not said otherwise a token is good but for one thing, and
properly signed: only the check it is named after can refuse it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from services.core.keys import SigningKey

Named = Iterator[tuple[str, str]]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
UUID = "5f0c2d64-3c1e-4d6f-9a70-0d6f3f1c8b21"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def js(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def ecdsa(key: ec.EllipticCurvePrivateKey, data: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest or hashes.SHA256())))
    size = (key.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@dataclass(frozen=True)
class Forge:
    """Makes tokens that are good but for what they are told to be."""

    key: SigningKey
    good: Mapping[str, object]
    typ: str = "at+jwt"

    def header(self, **changes: object) -> dict[str, object]:
        return {"alg": "ES256", "typ": self.typ, "kid": self.key.kid, **changes}

    def without(self, name: str) -> dict[str, object]:
        return {key: value for key, value in self.good.items() if key != name}

    def sign(self, header: object, payload: object, key: ec.EllipticCurvePrivateKey | None = None) -> str:
        data = f"{b64(js(header))}.{b64(js(payload))}"
        return f"{data}.{b64(ecdsa(key or self.key.secret, data.encode()))}"

    def token(self, **changes: object) -> str:
        return self.sign(self.header(), {**self.good, **changes})

    def headed(self, **changes: object) -> str:
        return self.sign(self.header(**changes), self.good)

    def parts(self, **changes: object) -> tuple[str, str, str]:
        header, payload, signature = self.token(**changes).split(".")
        return header, payload, signature


def _spliced(document: bytes, member: bytes) -> bytes:
    """Put one more member in front of an object, so that a name can stand there twice."""
    return b"{" + member + b"," + document[1:]


def algorithms(forge: Forge) -> Named:
    public = forge.key.secret.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    jwk = js(forge.key.public().jwk())

    def signing_input(algorithm: object) -> str:
        return f"{b64(js(forge.header(alg=algorithm)))}.{b64(js(forge.good))}"

    for algorithm in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {algorithm!r} without signature", f"{signing_input(algorithm)}."
        yield f"alg {algorithm!r} with a true signature", forge.headed(alg=algorithm)
    for name, secret in (
        ("pem", pem),
        ("der", der),
        ("jwk", jwk),
        ("empty", b""),
        ("x", forge.key.public().x.encode()),
    ):
        data = signing_input("HS256")
        yield f"alg HS256 keyed with public {name}", f"{data}.{b64(hmac.digest(secret, data.encode(), 'sha256'))}"
    data = signing_input("HS512")
    yield "alg HS512 keyed with public pem", f"{data}.{b64(hmac.digest(pem, data.encode(), 'sha512'))}"
    for algorithm, curve, digest in (
        ("ES384", ec.SECP384R1(), hashes.SHA384()),
        ("ES512", ec.SECP521R1(), hashes.SHA512()),
        ("ES256K", ec.SECP256K1(), hashes.SHA256()),
    ):
        data = signing_input(algorithm)
        yield f"alg {algorithm}", f"{data}.{b64(ecdsa(ec.generate_private_key(curve), data.encode(), digest))}"
    rsa_key = rsa.generate_private_key(65537, 2048)
    data = signing_input("RS256")
    yield "alg RS256", f"{data}.{b64(rsa_key.sign(data.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
    data = signing_input("PS256")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    yield "alg PS256", f"{data}.{b64(rsa_key.sign(data.encode(), pss, hashes.SHA256()))}"
    data = signing_input("EdDSA")
    yield "alg EdDSA", f"{data}.{b64(ed25519.Ed25519PrivateKey.generate().sign(data.encode()))}"
    for value in (
        "es256",
        "ES256 ",
        " ES256",
        "ES256\n",
        "ES256\u0000",
        "Es256",
        None,
        True,
        256,
        ["ES256"],
        {"ES256": 1},
    ):
        yield f"alg {value!r}", forge.headed(alg=value)
    yield "alg missing", forge.sign({"typ": forge.typ, "kid": forge.key.kid}, forge.good)


def headers(forge: Forge) -> Named:
    thief = ec.generate_private_key(ec.SECP256R1())
    numbers = thief.public_key().public_numbers()
    thief_jwk = {
        "kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big")),
    }  # fmt: skip
    yield "header jwk of another key", forge.sign(forge.header(jwk=thief_jwk), forge.good, thief)
    members: tuple[tuple[str, object], ...] = (
        ("jwk", forge.key.public().jwk()), ("jku", "https://example.org/jwks.json"), ("x5u", "https://example.org/c"),
        ("x5c", ["MIIB"]), ("x5t", "abc"), ("x5t#S256", "abc"), ("crit", []), ("crit", ["exp"]), ("crit", ["b64"]),
        ("b64", False), ("b64", True), ("cty", "JWT"), ("zip", "DEF"), ("enc", "A256GCM"), ("p2c", 2**31), ("epk", {}),
        ("iss", forge.good["iss"]), ("", ""), ("ALG", "ES256"), ("url", "https://example.org"), ("nonce", "1"),
    )  # fmt: skip
    for name, value in members:
        yield f"header {name} {value!r:.20}", forge.headed(**{name: value})
    good = js(forge.header())
    for name in ("alg", "typ", "kid"):
        yield (
            f"header {name} twice, alike",
            forge.sign(_spliced(good, js({name: forge.header()[name]})[1:-1]), forge.good),
        )
        yield f"header {name} twice, differing", forge.sign(_spliced(good, js({name: "none"})[1:-1]), forge.good)
    yield "header alg twice by escape", forge.sign(_spliced(good, rb'"\u0061lg":"none"'), forge.good)
    kid = forge.key.kid
    wrong: tuple[object, ...] = (
        "unknown", "", None, 0, True, [kid], {"kid": kid}, kid.swapcase(), f"{kid}\n", f" {kid}",
        f"{kid}\u0000", kid[:-1],
        f"{kid}x", "../../etc/passwd", "' OR 1=1 --", "k" * 4_000, "\ud800", "0",
    )  # fmt: skip
    for number, value in enumerate(wrong):
        yield f"kid {number}: {value!r:.20}", forge.headed(kid=value)
    yield "kid missing", forge.sign({"alg": "ES256", "typ": forge.typ}, forge.good)
    yield "kid of ours, key of another", forge.sign(forge.header(), forge.good, thief)


def types(forge: Forge, values: tuple[object, ...]) -> Named:
    for value in values:
        yield f"typ {value!r}", forge.headed(typ=value)


def documents(forge: Forge) -> Named:
    """Headers and payloads that are not one plain JSON object in UTF-8."""
    for part, good in (("header", js(forge.header())), ("payload", js(forge.good))):
        shapes: dict[str, bytes] = {
            "a list": b"[" + good + b"]", "a string": js("text"), "null": b"null", "a number": b"1", "true": b"true",
            "an empty object": b"{}", "an empty list": b"[]", "with a BOM": b"\xef\xbb\xbf" + good,
            "in UTF-16": good.decode().encode("utf-16"), "in UTF-16 without BOM": good.decode().encode("utf-16-le"),
            "in UTF-32": good.decode().encode("utf-32"), "of false UTF-8": good[:-2] + b'\xff"}',
            "of overlong UTF-8": good[:-2] + b'\xc0\xaf"}', "of UTF-8 surrogates": good[:-2] + b'\xed\xa0\x80"}',
            "with garbage behind": good + b"x", "written twice": good + good, "cut off": good[:-1],
            "with a comma behind": good[:-1] + b",}", "with a comment": b"/**/" + good,
            "in single quotes": good.replace(b'"', b"'"), "with a NUL behind": good + b"\x00",
            "with a raw newline in a string": good[:-2] + b'\n"}', "nested deep in lists": b"[" * 2_400 + b"]" * 2_400,
            "nested deep in objects": b'{"a":' * 480 + b"1" + b"}" * 480,
            "with a deep member": _spliced(good, b'"deep":' + b"[" * 2_000 + b"]" * 2_000),
            "with a member NaN": _spliced(good, b'"more":NaN'),
            "with a member Infinity": _spliced(good, b'"m":-Infinity'),
            "with a number of 4400 digits": _spliced(good, b'"more":' + b"9" * 4_400),
        }  # fmt: skip
        for name, data in shapes.items():
            yield f"{part} {name}", forge.sign(*((data, forge.good) if part == "header" else (forge.header(), data)))


def _loose(part: str) -> str:
    """Change unused last bits only: another text for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(part) % 4
    return part[:-1] + alphabet[alphabet.index(part[-1]) ^ 1]


def _with_spare_bits(forge: Forge) -> tuple[str, str, str]:
    """Sign a good token whose every part ends in unused bits (JSON may be padded with blanks)."""
    header, payload = js(forge.header()), js(forge.good)
    header, payload = header + b" " * (len(header) % 3 == 0), payload + b" " * (len(payload) % 3 == 0)
    first, second, third = forge.sign(header, payload).split(".")
    return first, second, third


def encodings(forge: Forge) -> Named:
    h, p, s = forge.parts()
    good = f"{h}.{p}.{s}"
    lh, lp, ls = _with_spare_bits(forge)
    yield "last bits of header", f"{_loose(lh)}.{lp}.{ls}"
    yield "last bits of payload", f"{lh}.{_loose(lp)}.{ls}"
    yield "last bits of signature", f"{lh}.{lp}.{_loose(ls)}"
    resigned = f"{_loose(lh)}.{lp}"
    yield "last bits of header, signed so", f"{resigned}.{b64(ecdsa(forge.key.secret, resigned.encode()))}"
    resigned = f"{lh}.{_loose(lp)}"
    yield "last bits of payload, signed so", f"{resigned}.{b64(ecdsa(forge.key.secret, resigned.encode()))}"
    for name, text in (
        ("padded", "=="), ("padded once", "="), ("with four signs inside", "!!!!"), ("with newline", "\n"),
        ("with CR LF", "\r\n"), ("with blank", " "), ("with tab", "\t"), ("with NUL", "\x00"), ("with plus", "+"),
        ("with slash", "/"), ("with percent", "%2E"), ("with e-acute", "é"), ("with zero width space", "\u200b"),
        ("with no-break space", "\u00a0"), ("with Cyrillic a", "\u0430"), ("with lone surrogate", "\ud800"),
        ("with full-width A", "\uff21"), ("with Arabic digit", "\u0661"),
    ):  # fmt: skip
        yield f"header {name}", f"{h}{text}.{p}.{s}"
        yield f"payload {name}", f"{h}.{p}{text}.{s}"
        yield f"signature {name}", f"{good}{text}"
        yield f"token {name} in front", f"{text}{good}"
    yield "signs in the middle of the signature", f"{h}.{p}.{s[:8]}!!!!{s[8:]}"
    yield "signs in the middle of the payload", f"{h}.{p[:8]}!!!!{p[8:]}.{s}"
    for name, text in (
        ("nothing", ""), ("a dot", "."), ("two dots", ".."), ("a blank", " "), ("a word", "token"), ("null", "null"),
        ("one part", h), ("two parts", f"{h}.{p}"), ("empty header", f".{p}.{s}"), ("empty payload", f"{h}..{s}"),
        ("empty signature", f"{h}.{p}."), ("four parts", f"{good}.{s}"), ("five parts as JWE", f"{h}.{p}.{s}.{p}.{s}"),
        ("an empty fourth part", f"{good}."), ("an empty first part", f".{good}"), ("a double dot", f"{h}..{p}.{s}"),
        ("the word Bearer", f"Bearer {good}"), ("bearer twice", f"Bearer Bearer {good}"), ("quoted", f'"{good}"'),
        ("two tokens by comma", f"{good},{good}"), ("two tokens by blank", f"{good} {good}"),
        ("in upper case", good.upper()),
        ("reversed", good[::-1]), ("parts in another order", f"{p}.{h}.{s}"),
        ("with colons for dots", good.replace(".", ":")),
        ("with ideographic stops", good.replace(".", "\u3002")), ("as bytes shown", repr(good.encode())),
        ("as JSON serialization", json.dumps({"protected": h, "payload": p, "signature": s})),
        ("with a name for payload", f"{h}.payload.{s}"), ("not encoded", f"{js(forge.header())!r}.{forge.good}.{s}"),
        ("a length of one over four", f"{h}A.{p}.{s}" if len(h) % 4 == 0 else f"{h}{'A' * (5 - len(h) % 4)}.{p}.{s}"),
    ):  # fmt: skip
        yield f"token is {name}", text
    yield "token of 8193 characters", f"{h}.{p}{'A' * (8_193 - len(good))}.{s}"
    yield "token of a million characters", f"{h}.{'A' * 1_000_000}.{s}"
    yield "token long by a true member", forge.token(more="x" * 8_000)


def signatures(forge: Forge) -> Named:
    h, p, s = forge.parts()
    data = f"{h}.{p}"
    raw = base64.urlsafe_b64decode(s + "==")
    r, t = raw[:32], raw[32:]
    zero, order = bytes(32), ORDER.to_bytes(32, "big")
    one = (1).to_bytes(32, "big")
    wrong: dict[str, bytes] = {
        "all zero": zero + zero, "r zero": zero + t, "s zero": r + zero, "r the order": order + t,
        "s the order": r + order,
        "r and s the order": order + order, "r and s one": one + one, "all ones": b"\xff" * 64,
        "r and s swapped": t + r,
        "a byte short": raw[:-1], "a byte long": raw + b"\x00", "a byte in front": b"\x00" + raw, "half": r,
        "one byte": raw[:1],
        "twice": raw + raw, "of 96 bytes": raw + zero, "first bit flipped": bytes([raw[0] ^ 0x80]) + raw[1:],
        "last bit flipped": raw[:-1] + bytes([raw[-1] ^ 1]),
        "in DER": forge.key.secret.sign(data.encode(), ec.ECDSA(hashes.SHA256())),
        "by another key": ecdsa(ec.generate_private_key(ec.SECP256R1()), data.encode()),
        "over SHA-384": ecdsa(forge.key.secret, data.encode(), hashes.SHA384()),
        "over the digest again": ecdsa(forge.key.secret, hashlib.sha256(data.encode()).digest()),
        "over the payload only": ecdsa(forge.key.secret, p.encode()),
        "over the header only": ecdsa(forge.key.secret, h.encode()),
        "over the decoded parts": ecdsa(forge.key.secret, js(forge.header()) + b"." + js(forge.good)),
        "over no dot": ecdsa(forge.key.secret, f"{h}{p}".encode()), "of nothing": ecdsa(forge.key.secret, b""),
        "over a dot behind": ecdsa(forge.key.secret, f"{data}.".encode()),
    }  # fmt: skip
    for name, signature in wrong.items():
        yield f"signature {name}", f"{data}.{b64(signature)}"
    for claim, value in forge.good.items():
        changed = b64(js({**forge.good, claim: value + 1 if isinstance(value, int) else f"{value}x"}))
        yield f"payload with another {claim}, signature kept", f"{h}.{changed}.{s}"
    yield "payload with a blank more, signature kept", f"{h}.{b64(js(forge.good) + b' ')}.{s}"
    yield "header with a blank more, signature kept", f"{b64(js(forge.header()) + b' ')}.{p}.{s}"


def shapes(forge: Forge) -> Named:
    """Each claim absent, twice, and of every wrong type."""
    good = js(forge.good)
    for claim, value in forge.good.items():
        yield f"{claim} missing", forge.sign(forge.header(), forge.without(claim))
        twice = js({claim: value})[1:-1]
        yield f"{claim} twice, alike", forge.sign(forge.header(), _spliced(good, twice))
        other = js({claim: 1 if isinstance(value, str) else "x"})[1:-1]
        yield f"{claim} twice, differing", forge.sign(forge.header(), _spliced(good, other))
        wrong: list[object] = [None, True, False, [], {}, [value], {"value": value}, "", 1.5, -1, 0]
        wrong.append(1 if isinstance(value, str) else str(value))
        for bad in wrong:
            yield f"{claim} {bad!r:.50}", forge.token(**{claim: bad})
        if isinstance(value, str):
            for name, text in (
                ("newline behind", f"{value}\n"), ("blank in front", f" {value}"), ("blank behind", f"{value} "),
                ("NUL behind", f"{value}\x00"), ("a lone surrogate", f"{value}\ud800"),
                ("zero width space", f"{value}\u200b"),
            ):  # fmt: skip
                yield f"{claim} with {name}", forge.token(**{claim: text})
    yield "an unknown claim", forge.token(role="dpo-ig")
    yield "an empty claim name", forge.sign(forge.header(), {**forge.good, "": 1})
    yield "claim __proto__", forge.sign(forge.header(), {**forge.good, "__proto__": {}})


def times(forge: Forge, now: int, life: int) -> Named:
    def raw(claim: str, text: bytes) -> str:
        return forge.sign(forge.header(), js({**forge.good, claim: 12345678901}).replace(b"12345678901", text))

    for claim in ("exp", "iat"):
        for text in (
            b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1e3", b"%d.0" % now, b"1" + b"0" * 4_500, b"0x10", b"01",
            b"+1", b"-0", b"1_0", b".5", b"%d" % 2**63, b"%d" % 2**70, b"-%d" % now,
        ):  # fmt: skip
            yield f"{claim} written {text.decode():.16}", raw(claim, text)
    yield "expired this second", forge.token(iat=now - 60, exp=now)
    yield "expired long ago", forge.token(iat=now - 10_000, exp=now - 10_000 + life)
    yield "living a second too long", forge.token(iat=now, exp=now + life + 1)
    yield "living a second too long from the past", forge.token(iat=now - life, exp=now + 1)
    yield "living for a year", forge.token(iat=now, exp=now + 31_536_000)
    yield "expired before issued", forge.token(iat=now + 9, exp=now + 5)
    yield "expired when issued", forge.token(iat=now + 5, exp=now + 5)
    yield "issued 11 seconds ahead", forge.token(iat=now + 11, exp=now + 100)
    yield "issued a year ahead", forge.token(iat=now + 31_536_000, exp=now + 31_536_000 + life)
    yield "in milliseconds", forge.token(iat=now * 1000, exp=(now + life) * 1000)
    for value in (now + 11, now + 31_536_000, None, True, str(now), float(now), [now], -1, 2**70):
        yield f"nbf {value!r:.24}", forge.token(nbf=value)
    yield "nbf NaN", raw("nbf", b"NaN")
    yield "nbf Infinity", raw("nbf", b"Infinity")


def addresses(forge: Forge) -> Named:
    """Issuers and audiences that are nearly ours."""
    for claim in ("iss", "aud"):
        good = str(forge.good[claim])
        for value in (
            f"{good}/", good.upper(), good[:-1], f"{good}.example.org", f"x{good}", [good, good], [good, "other"],
            ["other"],
            f"{good},other", f"{good} other", "https://issuer.example.org", "*", {good: True}, f"{good}#", f"{good}?",
        ):  # fmt: skip
            yield f"{claim} {value!r:.60}", forge.token(**{claim: value})


def forms(forge: Forge, forms_of: Mapping[str, tuple[str, ...]]) -> Named:
    for claim, values in forms_of.items():
        for value in values:
            yield f"{claim} {value!r:.40} ({len(value)})", forge.token(**{claim: value})


ACCESS_FORMS: dict[str, tuple[str, ...]] = {
    "sub": (
        UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", UUID[:-1], f"{UUID}0", "ceri.evans",
        "*",
        UUID.replace("5", "\uff15"), UUID.replace("-", "\u2010"),
    ),
    "jti": (UUID.upper(), "1", UUID.replace("-", ""), "' OR 1=1 --", "x" * 200),
    "scope": (
        "flag:read  flag:read2", " flag:read", "flag:read ", "flag:read\tcheck:run", "flag:read,\u00a0check",
        'flag:"read"',
        "flag\\read", "flag:read flag:read", "x" * 65, "fläg:read", "\n", " ", " ".join(f"s{i}" for i in range(257)),
    ),
    "agency": (
        "Newport-CC", "newport_cc", "newport cc", "-newport", "n", "x" * 64, "casnewydd-ŵ", "*", "a,b", "../abuhb",
    ),
    "client_id": ("-client", "a b", "a/b", "x" * 129, "clïent", "a\\b", "a,b", "$where"),
    "subject_type": ("Human", "user", "humans", "team human", "human|team", "system"),
}  # fmt: skip
ASSERTION_FORMS: dict[str, tuple[str, ...]] = {
    "sub": ("another-client", "Police-Niche", "police-niche2"),
    "iss": ("another-client", "Police-Niche", "police-niche2"),
    "jti": ("x" * 129, "a b", "a\tb", "jti-ŵ", "\x7f"),
    "rhannu_agency": ("Gwent-Police", "gwent_police", "gwent police", "*", "x" * 64, "heddlu-ŵ"),
    "rhannu_user": ("x" * 256, "ceri evans", "ceri\tevans", "cerî", "\x7f"),
    "rhannu_team": ("out of hours",),
}


def access_tokens(forge: Forge, now: int) -> dict[str, str]:
    typs = (
        "JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "id_token", "at+jwt ",
        "", None, 1,
        ["at+jwt"], {"at+jwt": 1}, True, "client-authentication+jwt",
    )  # fmt: skip
    return _collected(
        algorithms(forge), headers(forge), types(forge, typs), documents(forge), encodings(forge), signatures(forge),
        shapes(forge), times(forge, now, 600), addresses(forge), forms(forge, ACCESS_FORMS),
        iter([("typ missing", forge.sign({"alg": "ES256", "kid": forge.key.kid}, forge.good))]),
    )  # fmt: skip


def assertions(forge: Forge, now: int) -> dict[str, str]:
    typs = ("at+jwt", "jwt", "dpop+jwt", "", None, 1, ["JWT"], {}, True, "JOSE", "secevent+jwt")
    both = forge.token(rhannu_team="out-of-hours")
    return _collected(
        algorithms(forge), headers(forge), types(forge, typs), documents(forge), encodings(forge), signatures(forge),
        shapes(forge), times(forge, now, 300), addresses(forge), forms(forge, ASSERTION_FORMS),
        iter([("acting for a user and a team", both)]),
    )  # fmt: skip


def _collected(*groups: Named) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in groups:
        for name, token in group:
            assert name not in found, name
            found[name] = token
    return found
