"""Which addresses are nobody's on the public internet, and to which networks an address belongs.

`ipaddress.is_global` is no policy: it lets 20 of 57 special-purpose ranges through on Python 3.11.7 (NAT64,
6to4, IPv4-compatible, multicast ...), and the number depends on the patch level. So the ranges stand here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and successors), RFC 5771, RFC 4291.
SPECIAL: Final[tuple[tuple[str, str], ...]] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),  # with 100.100.100.200, a cloud's metadata service
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "a cloud's host agent"),
    ("169.254.0.0/16", "link-local"),  # with 169.254.169.254, the metadata service
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "IETF protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT relay"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard-only"),
    ("100:0:0:1::/64", "dummy prefix"),
    ("2001::/32", "Teredo"),
    ("2001::/23", "IETF protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3ffe::/16", "6bone"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # RFC 4291 2.4: all that IANA has handed out
ISATAP: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214 6.1: the upper half of the interface identifier
ADDRESSES_KEPT: Final = 4096  # whose answers are remembered
PREFIX_BITS: Final = {4: 24, 6: 48}  # what one customer of an access provider usually holds


@lru_cache(maxsize=4096)
def special_range(address: str) -> str:
    """Why no visit ever goes to `address`: the range's name; "" for an ordinary public address.

    Text that is not an address in canonical form, or carries a scope, is refused too.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        return "scoped address"
    for network, reason in _special_networks():
        if parsed.version == network.version and parsed in network:
            return f"{reason} ({network})"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed not in GLOBAL_UNICAST:
            return f"not global unicast ({GLOBAL_UNICAST})"
        if int(parsed) >> 32 & 0xFFFFFFFF in ISATAP:
            return "ISATAP (RFC 5214)"
    return ""


@lru_cache(maxsize=1)
def _special_networks() -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(network), reason) for network, reason in SPECIAL)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def inside(address: str, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


@lru_cache(maxsize=ADDRESSES_KEPT)
def prefix_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) that `address` lies in: "192.0.2.0/24"; the text itself when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((int(parsed), PREFIX_BITS[parsed.version]), strict=False))
