"""Where key sets come from: caps, rotation, throttling and staleness, with no network and no waiting."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.errors import DomainError
from services.core.key_sources import FetchPolicy, FileKeySource, InlineKeySource, KeySource, KeySources, UrlKeySource
from services.core.keys import MAX_KEY_SET_BYTES, KeySet, KeySetError, SigningKey, generate_signing_key

ADDRESS = "https://keys.police.test/jwks.json"


async def somewhere(_host: str, _port: int) -> list[str]:
    """Resolve every name to an address of the public internet."""
    return ["93.184.216.34"]


POLICY = FetchPolicy(frozenset({"keys.police.test", "keys.health.test:8443"}), seconds=0.2, resolve=somewhere)
FIRST, SECOND, THIRD = (generate_signing_key() for _ in range(3))
START = 1_800_000_000.0


def key_set(*keys: SigningKey) -> KeySet:
    return KeySet(tuple(key.public() for key in keys))


class Publisher:
    """An agency's web server, in process."""

    def __init__(self, *keys: SigningKey, control: str | None = None) -> None:
        self.now = START
        self.asked: list[httpx.Request] = []
        self.control = control
        self.answer: Callable[[], httpx.Response] = httpx.Response
        self.publish(*keys)

    def publish(self, *keys: SigningKey) -> None:
        document = json.dumps(key_set(*keys).jwks()).encode()
        self.answer = lambda: httpx.Response(200, content=document)

    def fail(self) -> None:
        self.answer = lambda: httpx.Response(503)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        response = self.answer()
        if self.control is not None:
            response.headers["cache-control"] = self.control
        return response

    def source(self, policy: FetchPolicy = POLICY, address: str = ADDRESS) -> UrlKeySource:
        return UrlKeySource(address, policy, lambda: self.now, transport=httpx.MockTransport(self.handle))


async def assert_unavailable(source: KeySource, kid: str | None = None) -> None:
    with pytest.raises(DomainError, match="service-unavailable"):
        await source.keys(kid)


class TestAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "http://keys.police.test/jwks.json", "https://keys.police.test:8443/", "https://other.test/jwks.json",
            "https://keys.police.test.other.test/", "https://user:word@keys.police.test/",
            "https://user@keys.police.test/",
            "https://keys.police.test@other.test/", "https://keys.police.test/#x", "https://127.0.0.1/",
            "http://localhost/",
            "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.1/",
            "file:///etc/passwd",
            "ftp://keys.police.test/", "//keys.police.test/", "keys.police.test", "", "https://",
            "https://keys.health.test/",
            "https://keys.police.test\u3002other.test/", "https://\x00/", "gopher://keys.police.test/",
            "https://sub.keys.police.test/",
        ],
    )  # fmt: skip
    def test_refused_when_registered(self, address: str) -> None:
        with pytest.raises(KeySetError, match=r"address|host"):
            Publisher().source(address=address)

    @pytest.mark.parametrize(
        "address", [ADDRESS, "https://KEYS.police.test:443/a?b=c", "https://keys.health.test:8443/jwks"]
    )
    async def test_listed_hosts_are_asked(self, address: str) -> None:
        assert FIRST.kid in await Publisher(FIRST).source(address=address).keys()

    @pytest.mark.parametrize("address", ["http://127.0.0.1:9000/j", "http://localhost/j", "http://[::1]:9000/j"])
    async def test_in_development_this_machine_is_asked_in_plain_http(self, address: str) -> None:
        development = FetchPolicy(frozenset(), development=True)
        assert FIRST.kid in await Publisher(FIRST).source(development, address).keys()

    @pytest.mark.parametrize("address", ["http://192.168.0.1/", "http://localhost.other.test/", "https://other.test/"])
    def test_in_development_no_other_machine_is(self, address: str) -> None:
        with pytest.raises(KeySetError):
            Publisher().source(FetchPolicy(frozenset(), development=True), address)


class TestFetch:
    async def test_asks_once_and_keeps_the_answer(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        assert await source.keys() == key_set(FIRST)
        assert await source.keys(FIRST.kid) == key_set(FIRST)
        assert len(publisher.asked) == 1
        assert publisher.asked[0].headers["accept-encoding"] == "identity"
        assert "authorization" not in publisher.asked[0].headers

    async def test_nothing_is_taken_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[dict[str, object]] = []

        class Watched(httpx.AsyncClient):
            def __init__(self, **options: Any) -> None:  # passed on as they come
                given.append(options)
                super().__init__(**options)

        monkeypatch.setattr(httpx, "AsyncClient", Watched)
        await Publisher(FIRST).source().keys()
        (options,) = given
        assert (options["trust_env"], options["follow_redirects"]) == (False, False)
        tls = options["verify"]
        assert isinstance(tls, ssl.SSLContext)
        assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)

    async def test_many_at_once_make_one_request(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        answers = await asyncio.gather(*(source.keys(FIRST.kid) for _ in range(50)))
        assert set(answers) == {key_set(FIRST)}
        assert len(publisher.asked) == 1

    async def test_a_caller_that_gives_up_does_not_end_it_for_the_others(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        impatient, patient = asyncio.create_task(source.keys()), asyncio.create_task(source.keys())
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == key_set(FIRST)
        assert len(publisher.asked) == 1

    async def test_keys_for_other_uses_are_left_aside(self) -> None:
        publisher = Publisher()
        keys = [{"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}, FIRST.public().jwk()]
        publisher.answer = lambda: httpx.Response(200, json={"keys": keys})
        assert await publisher.source().keys() == key_set(FIRST)

    @pytest.mark.parametrize(
        "answer",
        [
            lambda: httpx.Response(302, headers={"location": "https://keys.police.test/other"}),
            lambda: httpx.Response(301, headers={"location": "http://169.254.169.254/"}),
            lambda: httpx.Response(404), lambda: httpx.Response(204), lambda: httpx.Response(206, json={"keys": []}),
            lambda: httpx.Response(200, content=b"<html>"),
            lambda: httpx.Response(200, json={"keys": [FIRST.private_jwk()]}),
            lambda: httpx.Response(200, content=b'{"keys":[]}' + b" " * MAX_KEY_SET_BYTES),
            lambda: httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b'{"keys":[]}')),
        ],
    )  # fmt: skip
    async def test_an_answer_that_is_not_a_key_set_is_none(self, answer: Callable[[], httpx.Response]) -> None:
        publisher = Publisher()
        publisher.answer = answer
        source = publisher.source()
        await assert_unavailable(source)
        assert len(publisher.asked) == 1
        assert source.failing_since == START

    async def test_a_stream_without_end_is_cut_at_the_cap(self) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 65_536
                yield b" " * 65_536

        publisher = Publisher()
        publisher.answer = lambda: httpx.Response(200, content=endless())
        await assert_unavailable(publisher.source())
        assert sent <= MAX_KEY_SET_BYTES + 2 * 65_536

    async def test_a_server_that_trickles_is_cut_at_the_time(self) -> None:
        async def trickle() -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.05)
                yield b" "

        publisher = Publisher()
        publisher.answer = lambda: httpx.Response(200, content=trickle())
        async with asyncio.timeout(5):
            await assert_unavailable(publisher.source())

    @pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, OSError])
    async def test_a_broken_line_is_no_answer(self, error: type[Exception]) -> None:
        def broken() -> httpx.Response:
            raise error("broken")  # made up

        publisher = Publisher()
        publisher.answer = broken
        await assert_unavailable(publisher.source())


class TestTimeToLive:
    @pytest.mark.parametrize(
        ("control", "seconds"),
        [
            (None, 300), ("public", 300), ("max-age=600", 600), ("public, MAX-AGE=600", 600), ('max-age="600"', 600),
            ("max-age=0", 60), ("max-age=59", 60), ("max-age=61", 61), ("max-age=99999999", 3_600), ("no-store", 60),
            ("no-cache, max-age=600", 60), ("max-age=-1", 300), ("max-age=soon", 300),
            ("max-age=600, max-age=120", 120),
            ("max-age=" + "9" * 40, 300), ("s-maxage=120", 300),
        ],
    )  # fmt: skip
    async def test_is_the_owners_within_our_limits(self, control: str | None, seconds: int) -> None:
        publisher = Publisher(FIRST, control=control)
        source = publisher.source()
        await source.keys()
        publisher.now = START + seconds - 0.1
        await source.keys()
        assert len(publisher.asked) == 1
        publisher.now = START + seconds
        await source.keys()
        assert len(publisher.asked) == 2


class TestRotation:
    async def test_a_new_key_is_found_when_first_named(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.publish(FIRST, SECOND)
        publisher.now += 30
        assert SECOND.kid in await source.keys(SECOND.kid)
        assert len(publisher.asked) == 2

    async def test_a_removed_key_is_gone_at_the_next_refresh(self) -> None:
        publisher = Publisher(FIRST, SECOND, control="max-age=3600")
        source = publisher.source()
        assert FIRST.kid in await source.keys()
        publisher.publish(SECOND)
        publisher.now += 3_599
        assert FIRST.kid in await source.keys(FIRST.kid)
        publisher.now += 1
        assert FIRST.kid not in await source.keys(FIRST.kid)

    async def test_removing_every_key_is_heeded(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.publish()
        publisher.now += 300
        assert len(await source.keys(FIRST.kid)) == 0

    async def test_strangers_naming_keys_cause_one_request_in_thirty_seconds(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        for second in range(120):
            publisher.now = START + second
            for number in range(5):
                assert await source.keys(f"unknown-{second}-{number}") == key_set(FIRST)
        assert len(publisher.asked) == 1 + 3

    async def test_strangers_at_once_cause_one_request(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.now += 31
        await asyncio.gather(*(source.keys(f"unknown-{number}") for number in range(50)))
        assert len(publisher.asked) == 2


class TestStale:
    async def test_kept_for_a_day_while_the_owner_cannot_be_reached_and_not_longer(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.fail()
        publisher.now = START + 301
        assert await source.keys() == key_set(FIRST)
        assert source.failing_since == START + 301
        publisher.now = START + 86_400
        assert await source.keys() == key_set(FIRST)
        publisher.now = START + 86_401
        await assert_unavailable(source, FIRST.kid)

    async def test_a_failing_owner_is_asked_twice_a_minute(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.fail()
        for second in range(120):
            publisher.now = START + 300 + second
            await source.keys("unknown")
        assert len(publisher.asked) == 1 + 4

    async def test_recovers_with_what_is_true_then(self) -> None:
        publisher = Publisher(FIRST)
        source = publisher.source()
        await source.keys()
        publisher.fail()
        publisher.now = START + 90_000
        await assert_unavailable(source)
        publisher.publish(THIRD)
        publisher.now += 30
        assert await source.keys() == key_set(THIRD)
        assert source.failing_since is None

    async def test_before_the_first_success_an_attempt_every_five_seconds(self) -> None:
        publisher = Publisher()
        publisher.fail()
        source = publisher.source()
        for second in range(10):
            publisher.now = START + second
            await assert_unavailable(source)
        assert len(publisher.asked) == 2
        publisher.publish(FIRST)
        publisher.now = START + 10
        assert await source.keys() == key_set(FIRST)


class TestManyParties:
    async def test_one_source_for_one_address_and_the_longest_unused_makes_room(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.core.key_sources._MOST_SOURCES", 2)
        sources = KeySources(POLICY, lambda: START)
        first, second, third = (f"https://keys.police.test/{name}" for name in "abc")
        kept = sources.source(None, first)
        other = sources.source(None, second)
        assert sources.source(None, first) is kept
        sources.source(None, third)
        assert sources.source(None, first) is kept
        assert sources.source(None, second) is not other

    async def test_a_set_given_inline_is_read_each_time_it_is_given(self) -> None:
        sources = KeySources(POLICY, lambda: START)
        for keys in (key_set(FIRST), key_set(SECOND)):
            assert await sources.source(json.dumps(keys.jwks()), None).keys() == keys
        with pytest.raises(KeySetError):
            sources.source(None, "https://elsewhere.test/")
        with pytest.raises(KeySetError):
            sources.source(None, None)


class TestOtherSources:
    async def test_inline_is_what_was_registered(self) -> None:
        assert await InlineKeySource(key_set(FIRST)).keys("unknown") == key_set(FIRST)

    async def test_file_is_read_again_after_a_minute_and_for_a_new_key(self, tmp_path: Path) -> None:
        path, now = tmp_path / "jwks.json", [START]
        path.write_text(json.dumps(key_set(FIRST).jwks()))
        source = FileKeySource(path, lambda: now[0])
        assert await source.keys() == key_set(FIRST)
        path.write_text(json.dumps(key_set(FIRST, SECOND).jwks()))
        assert await source.keys(SECOND.kid) == key_set(FIRST)
        now[0] += 30
        assert await source.keys(SECOND.kid) == key_set(FIRST, SECOND)
        path.write_text(json.dumps(key_set(SECOND).jwks()))
        now[0] += 60
        assert await source.keys() == key_set(SECOND)

    @pytest.mark.parametrize(
        "content", [None, "", "{}", '{"keys":[{"kty":"RSA"}]}', '{"keys":[]}' + " " * MAX_KEY_SET_BYTES]
    )
    async def test_a_false_file_leaves_what_was_held(self, tmp_path: Path, content: str | None) -> None:
        path, now = tmp_path / "jwks.json", [START]
        path.write_text(json.dumps(key_set(FIRST).jwks()))
        source = FileKeySource(path, lambda: now[0])
        await source.keys()
        path.unlink() if content is None else path.write_text(content)
        now[0] += 60
        assert await source.keys() == key_set(FIRST)
        assert source.failing_since == START + 60
        await assert_unavailable(FileKeySource(path, lambda: now[0]))
