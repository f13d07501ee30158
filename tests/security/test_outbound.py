"""A name on the allow-list does not lead us into our own network, whoever answers for it."""

import asyncio
import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import services.core.key_sources
from domain.errors import DomainError
from services.core.key_sources import FetchPolicy, UrlKeySource
from services.core.keys import KeySet, generate_signing_key
from services.core.outbound import is_public, networks_of

KEY = generate_signing_key()
DOCUMENT = json.dumps(KeySet((KEY.public(),)).jwks()).encode()
NAME = "login.agency.test"

SPECIAL = [
    "0.0.0.1", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:2::1", "2001:db8::1", "2001:10::1", "2002:a00:1::", "fc00::1", "fd12:3456:789a::1",
    "fe80::1", "ff02::1", "ff0e::1",
]  # fmt: skip
"""At least one address of each entry of IANA's special-purpose registries that must not be called."""


class Directory:
    """A web server in process, and a name server that says what it likes."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.now = 0.0

    async def resolve(self, host: str, _port: int) -> list[str]:
        assert host == NAME
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, content=DOCUMENT)

    def source(self, networks: str = "", address: str = f"https://{NAME}/keys?v=2") -> UrlKeySource:
        policy = FetchPolicy(
            frozenset({NAME, f"{NAME}:8443"}), networks=networks_of(networks), resolve=self.resolve
        )  # fmt: skip
        return UrlKeySource(address, policy, lambda: self.now, transport=httpx.MockTransport(self.handle))


@pytest.mark.parametrize("address", SPECIAL)
def test_no_special_address_is_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_the_public_internet_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", SPECIAL)
async def test_a_name_that_leads_there_is_not_called(address: str) -> None:
    directory = Directory([address])
    with pytest.raises(DomainError, match="service-unavailable"):
        await directory.source().keys()
    assert directory.asked == []


@pytest.mark.parametrize("answers", [["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"], []])
async def test_one_forbidden_address_among_many_refuses_the_name(answers: list[str]) -> None:
    directory = Directory(answers)
    with pytest.raises(DomainError, match="service-unavailable"):
        await directory.source().keys()
    assert directory.asked == []


@pytest.mark.parametrize(
    ("address", "host"), [(f"https://{NAME}/keys?v=2", NAME), (f"https://{NAME}:8443/keys?v=2", f"{NAME}:8443")]
)
async def test_the_address_looked_at_is_the_address_called_and_tls_proves_the_name(address: str, host: str) -> None:
    directory = Directory(["93.184.216.34"])
    assert KEY.kid in await directory.source(address=address).keys()
    (request,) = directory.asked
    assert (request.url.host, request.url.path, request.url.query) == ("93.184.216.34", "/keys", b"v=2")
    assert request.headers.get_list("host") == [host]
    assert request.extensions["sni_hostname"] == NAME


async def test_a_name_that_is_pointed_elsewhere_later_is_looked_at_again() -> None:
    directory = Directory(["93.184.216.34"], ["169.254.169.254"])
    source = directory.source()
    assert KEY.kid in await source.keys()
    directory.now = 301.0
    assert KEY.kid in await source.keys(), "what was fetched still holds for a day"
    assert source.failing_since == 301.0
    assert [request.url.host for request in directory.asked] == ["93.184.216.34"]


async def test_a_network_that_agencies_share_may_be_named() -> None:
    directory = Directory(["10.20.3.4"])
    assert KEY.kid in await directory.source("10.20.0.0/16, fd00:20::/32").keys()
    assert directory.asked[0].url.host == "10.20.3.4"
    with pytest.raises(DomainError):
        await Directory(["10.21.3.4"]).source("10.20.0.0/16").keys()


def test_what_is_no_network_is_told_at_start() -> None:
    with pytest.raises(ValueError, match="host bits"):
        networks_of("10.0.0.1/8")
    assert networks_of("") == ()


def _certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for a name, and what a server shows it with."""
    key, title = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(title).issuer_name(title).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(file)
    return file, shown


@pytest.mark.parametrize("shown_for", [NAME, "login.other.test"])
async def test_over_a_real_socket_the_certificate_must_be_the_name_s(
    shown_for: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, shown = _certificate(tmp_path, shown_for)
    trusted = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(services.core.key_sources, "_tls", lambda: trusted)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(DOCUMENT), DOCUMENT))
        await writer.drain()
        writer.close()

    heads: list[bytes] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shown)
    port = server.sockets[0].getsockname()[1]

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    policy = FetchPolicy(frozenset({f"{NAME}:{port}"}), networks=networks_of("127.0.0.0/8"), resolve=resolve)
    source = UrlKeySource(f"https://{NAME}:{port}/keys", policy, lambda: 0.0)
    async with server:
        if shown_for == NAME:
            assert KEY.kid in await source.keys()
            assert f"Host: {NAME}:{port}".encode() in heads[0]
        else:
            with pytest.raises(DomainError, match="service-unavailable"):
                await source.keys()
            assert heads == []
