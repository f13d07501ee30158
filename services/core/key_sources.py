"""Where another party's key set comes from: given inline, kept in a file, or published at an address.

A source answers with the whole current set, so that a key that its owner removed is gone here at the
next refresh, and is stale for a day at most. An address is fetched under caps, once at a time, and
rarely, since a stranger can make us want a key merely by naming one in a token.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import httpx

from domain.errors import DomainError
from services.core.keys import MAX_KEY_SET_BYTES, KeySet, KeySetError, parse_key_set

Clock = Callable[[], float]
"""Epoch seconds; given, never taken, so that a test can turn a day in a moment."""

SHORTEST_TTL = 60
LONGEST_TTL = 3_600
DEFAULT_TTL = 300
FILE_TTL = 60
PAUSE = 30
"""Seconds between two attempts while keys are held: for an unknown key, and after a failure."""
COLD_PAUSE = 5
"""Seconds between two attempts while none are held."""
STALE_FOR = 86_400

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_AGE = re.compile(r"max-age=\"?([0-9]{1,10})\"?")


class KeySource(Protocol):
    """Anything that answers with a party's current keys."""

    async def keys(self, kid: str | None = None) -> KeySet:
        """Return the current set; a `kid` that it lacks is a reason to look again, within the limits.

        Raises DomainError `service-unavailable` where there is no set to judge by: that is our trouble
        or the key owner's, not a false credential.
        """
        ...


class InlineKeySource:
    """A set registered with us as it stands."""

    def __init__(self, key_set: KeySet) -> None:
        self._key_set = key_set

    async def keys(self, kid: str | None = None) -> KeySet:  # noqa: ARG002  # the protocol's; a fixed set is never refetched
        """Return the set as registered."""
        return self._key_set


@dataclass(frozen=True, slots=True)
class _Loaded:
    key_set: KeySet
    ttl: int


class _LoadError(Exception):
    """The set could not be had; why does not matter to the caller."""


class _Refreshed:
    """A set that is looked at again: after its time to live, and for an unknown key."""

    def __init__(self, load: Callable[[], Awaitable[_Loaded]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._held: KeySet | None = None
        self._loaded_at = 0.0
        self._fresh_until = 0.0
        self._not_before = 0.0
        self._flight: asyncio.Task[None] | None = None
        self.failing_since: float | None = None

    async def keys(self, kid: str | None) -> KeySet:
        now = self._clock()
        held = self._held
        wanted = held is None or now >= self._fresh_until or (kid is not None and kid not in held)
        if wanted and (self._flight is not None or now >= self._not_before):
            await self._join_or_start()
        if self._held is None or self._clock() - self._loaded_at > STALE_FOR:
            raise DomainError("service-unavailable")
        return self._held

    async def _join_or_start(self) -> None:
        """Join the attempt under way or start one; a caller that gives up does not end it for the others."""
        if self._flight is None:
            self._flight = asyncio.create_task(self._attempt())
        await asyncio.shield(self._flight)

    async def _attempt(self) -> None:
        try:
            loaded = await self._load()
        except _LoadError:
            now = self._clock()
            self.failing_since = self.failing_since or now
            self._not_before = now + (COLD_PAUSE if self._held is None else PAUSE)
        else:
            now = self._clock()
            self._held, self._loaded_at, self.failing_since = loaded.key_set, now, None
            self._fresh_until, self._not_before = now + loaded.ttl, now + PAUSE
        finally:
            self._flight = None


class FileKeySource:
    """A set in a file, as mounted from a cluster's configuration; read again every minute."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._refreshed = _Refreshed(self._load, clock)

    async def keys(self, kid: str | None = None) -> KeySet:
        """Return the set as last read; see KeySource."""
        return await self._refreshed.keys(kid)

    @property
    def failing_since(self) -> float | None:
        """When reading began to fail, without success since."""
        return self._refreshed.failing_since

    async def _load(self) -> _Loaded:
        return await asyncio.to_thread(self._read)

    def _read(self) -> _Loaded:
        try:
            with self._path.open("rb") as file:
                return _Loaded(parse_key_set(file.read(MAX_KEY_SET_BYTES + 1)), FILE_TTL)
        except (OSError, KeySetError):
            raise _LoadError from None


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Where key sets may be fetched from and how long one may take."""

    allowed_hosts: frozenset[str]
    """Host names, or `host:port` where the port is not 443."""
    development: bool = False
    """Permits plain HTTP, and any port, on this machine."""
    seconds: float = 3.0


@cache
def _tls() -> ssl.SSLContext:
    """Make the TLS settings once: reading the roots costs more than a fetch."""
    return httpx.create_ssl_context(trust_env=False)


def _permitted(address: str, policy: FetchPolicy) -> httpx.URL:
    """Return the address, or raise KeySetError: a registration must not make us call wherever it likes."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise KeySetError("address-malformed") from None
    host = url.raw_host.decode("ascii")
    if not host or url.userinfo or url.fragment:
        raise KeySetError("address-malformed")
    if policy.development and host in _LOOPBACK and url.scheme in {"http", "https"}:
        return url
    if url.scheme != "https":
        raise KeySetError("address-not-https")
    if (host if url.port is None else f"{host}:{url.port}") not in policy.allowed_hosts:
        raise KeySetError("host-not-allowed")
    return url


def check_address(address: str, policy: FetchPolicy) -> None:
    """Refuse an address that key sets may not be fetched from, so that a mistake is told at registration.

    Raises:
        KeySetError: malformed, not HTTPS, or at a host that is not allowed.
    """
    _permitted(address, policy)


def _time_to_live(cache_control: str) -> int:
    """Read how long the owner lets us keep the set, within our own limits."""
    directives = {part.strip().lower() for part in cache_control.split(",")}
    if not directives.isdisjoint({"no-store", "no-cache"}):
        return SHORTEST_TTL
    ages = [int(match[1]) for match in map(_MAX_AGE.fullmatch, directives) if match]
    return min(max(min(ages, default=DEFAULT_TTL), SHORTEST_TTL), LONGEST_TTL)


class UrlKeySource:
    """A set published at an HTTPS address.

    No redirect is followed and no proxy or credential is taken from the environment: the address
    registered is the address asked.
    """

    def __init__(
        self, address: str, policy: FetchPolicy, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = _permitted(address, policy)
        self._seconds = policy.seconds
        self._transport = transport
        self._refreshed = _Refreshed(self._load, clock)

    async def keys(self, kid: str | None = None) -> KeySet:
        """Return the set as last fetched; see KeySource."""
        return await self._refreshed.keys(kid)

    @property
    def failing_since(self) -> float | None:
        """When fetching began to fail, without success since."""
        return self._refreshed.failing_since

    async def _load(self) -> _Loaded:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetch()
        except (OSError, httpx.HTTPError, httpx.StreamError, KeySetError):
            raise _LoadError from None

    async def _fetch(self) -> _Loaded:
        headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
        async with (
            httpx.AsyncClient(
                transport=self._transport, verify=_tls(), trust_env=False, follow_redirects=False, timeout=self._seconds
            ) as client,
            client.stream("GET", self._url, headers=headers) as response,
        ):
            if response.status_code != 200 or "content-encoding" in response.headers:
                raise KeySetError("answer-refused")
            data = bytearray()
            async for part in response.aiter_bytes():  # as sent: an encoded answer was refused above
                data += part
                if len(data) > MAX_KEY_SET_BYTES:
                    raise KeySetError("key-set-too-large")
            ttl = _time_to_live(response.headers.get("cache-control", ""))
            return _Loaded(parse_key_set(bytes(data), skip_foreign=True), ttl)
