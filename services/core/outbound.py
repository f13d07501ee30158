"""Which machines we may call: names are resolved first, and only an address that was looked at is called.

An allow-list of names does not say where a name leads: whoever answers for it can point it at our own
network, or at the machine's metadata service, between the look and the call (security.md 4.3). So the call
goes to the address that was vetted, while TLS still proves the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpx

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives every address of a name; OSError where there is none."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class AddressRefusedError(OSError):
    """A name leads somewhere that must not be called."""


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the machine's own resolver for all addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def networks_of(listed: str) -> tuple[Network, ...]:
    """Read networks divided by commas.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ipaddress.ip_network(each.strip()) for each in listed.split(",") if each.strip())


def is_public(address: Address) -> bool:
    """Say whether an address is of the public internet, and does not carry another one inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or any(address in each for each in _NAT64):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _may_be_called(address: Address, permitted: Iterable[Network]) -> bool:
    return is_public(address) or any(address in network for network in permitted)


async def vetted(url: httpx.URL, resolve: Resolver, permitted: Iterable[Network]) -> httpx.URL:
    """Give the URL with an address in place of its name, if every address of the name may be called.

    One forbidden address among many refuses the name: which of them would be called is not ours to guess.

    Raises:
        OSError: the name has no address, or one that must not be called.
    """
    port = url.port or {"https": 443, "http": 80}[url.scheme]
    found = await resolve(url.raw_host.decode("ascii").strip("[]"), port)
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in found]
    if not addresses or not all(_may_be_called(address, permitted) for address in addresses):
        raise AddressRefusedError
    return url.copy_with(host=str(addresses[0]))
