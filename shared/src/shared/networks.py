"""The network of an address. Limits count by network, because one person may have 2^64 addresses of IPv6."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

NETWORK_BITS, WIDE_NETWORK_BITS = 64, 48
"""Prefix lengths in IPv6: what one household or machine has, and what one site can have."""

WIDE_NETWORK_FACTOR = 4
"""Limits of a wide network, as a multiple of those of a network."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 as NAT64 shows them."""


class Networks(NamedTuple):
    """The network of an address, and the wider one of IPv6. Both are the same for IPv4, and for what is no address."""

    network: str
    wide: str


@lru_cache(maxsize=10_000)
def networks_of(address: str) -> Networks:
    """An IPv4 address stands for itself, also when it is written as IPv6; an IPv6 address stands for its /64 and its /48."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Networks(address, address)
    if isinstance(parsed, IPv6Address):
        inner = _ipv4_in(parsed)
        if inner is None:
            return Networks(*(_prefix_of(parsed, bits) for bits in (NETWORK_BITS, WIDE_NETWORK_BITS)))
        parsed = inner
    return Networks(str(parsed), str(parsed))


def network_of(address: str) -> str:
    return networks_of(address).network


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _prefix_of(address: IPv6Address, bits: int) -> str:
    return str(IPv6Network((int(address), bits), strict=False))
