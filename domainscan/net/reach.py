"""The gate that every connection of a visit passes, and the pace at which a host or an address is visited.

`ipaddress.is_global` is no policy: it lets 20 of 57 special-purpose ranges through on Python 3.11.7 (NAT64,
6to4, IPv4-compatible, multicast ...), and the number depends on the patch level. So the ranges stand here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from domainscan.config import Net
from domainscan.model import Failure

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

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
LANES_KEPT: Final = 1024  # hosts, addresses, prefixes: the idle ones are dropped then
FAILING_KEPT: Final = 4096  # hosts
PREFIX_BITS: Final = {4: 24, 6: 48}  # what one customer of an access provider usually holds


class EgressRefused(OSError):
    """Raised by the socket factory instead of a socket; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.status}: {failure.detail}")
        self.failure = failure


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


class Gate:
    """What a visit may connect to. `own` are this machine's addresses: out of reach unless `allow` names one."""

    def __init__(self, net: Net, own: Iterable[str] = ()) -> None:
        """Raises ValueError for a network in `allow` or `unpaced`, or an own address, that cannot be read."""
        self._allow = _networks(net.allow)
        self._unpaced = _networks(net.unpaced)
        self._own = frozenset(str(ipaddress.ip_address(one)) for one in own)
        self._named = frozenset(str(one[0]) for one in self._allow if one.num_addresses == 1)
        self._ports = frozenset(net.ports)
        self._port_map = {int(port): to for port, to in net.port_map.items()}
        self._ways_out: set[tuple[str, int]] = set()
        # The answers for an address never change, and parsing it costs more than the rest of a request's set-up.
        self._refused = lru_cache(maxsize=ADDRESSES_KEPT)(self._address_refusal)
        self._let = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: _inside(address, self._allow))
        self._free = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: _inside(address, self._unpaced))

    def refusal(self, address: str, port: int) -> Failure | None:
        """Why a visit may not go to this address and port of a URL; None when it may."""
        refused = self._refused(address)
        if refused is None and port not in self._ports:
            return Failure("blocked_port", str(port))
        return refused

    def port(self, address: str, port: int) -> int:
        """The port to connect to: `port_map` applies inside `allow` only."""
        return self._port_map.get(port, port) if self._allowed(address) else port

    def unpaced(self, address: str) -> bool:
        """Whether pacing and robots.txt are off for this address (laboratories, benchmarks)."""
        return self._free(address)

    def let_out(self, address: str, port: int) -> None:
        """Lets sockets through to the operator's own proxy. `refusal` applies to what is asked of it."""
        self._ways_out.add((address, port))

    def socket_factory(self, addr_info: AddrInfo) -> socket.socket:
        """A non-blocking socket for one connection attempt: the choke point, which IP literals pass as well.

        Raises EgressRefused.
        """
        family, kind, protocol, _, sockaddr = addr_info
        address, port = str(sockaddr[0]), int(str(sockaddr[1]))
        refused = None if (address, port) in self._ways_out else self._socket_refusal(address, port)
        if refused:
            raise EgressRefused(refused)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    def _socket_refusal(self, address: str, port: int) -> Failure | None:
        refused = self._refused(address)
        if refused:
            return refused
        mapped = self._allowed(address) and port in self._port_map.values()
        return None if mapped or port in self._ports else Failure("blocked_port", str(port))

    def _address_refusal(self, address: str) -> Failure | None:
        if address in self._own and address not in self._named:
            return Failure("blocked_address", f"{address}: this machine")
        if self._allowed(address):
            return None
        reason = special_range(address)
        return Failure("blocked_address", f"{address[:80]}: {reason}") if reason else None

    def _allowed(self, address: str) -> bool:
        return self._let(address)


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _inside(address: str, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


def local_addresses() -> tuple[str, ...]:
    """The addresses this machine speaks from towards the internet, for `Gate(own=...)`. Nothing is sent."""
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))
            found.append(str(probe.getsockname()[0]))
    return tuple(found)


@lru_cache(maxsize=ADDRESSES_KEPT)
def prefix_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) that `address` lies in: "192.0.2.0/24"; the text itself when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((int(parsed), PREFIX_BITS[parsed.version]), strict=False))


def steady(net: Net) -> Net:
    """`net` without pauses and without giving up: for registries and for the probes of measures, where a host
    that fails again and again is the finding.
    """
    return replace(net, host_errors=0, retry_after_cap_seconds=0.0)


class _Lane:
    """The queue in front of one host, one address or one prefix."""

    __slots__ = ("next_at", "slots", "users")

    def __init__(self, width: int) -> None:
        self.slots = asyncio.Semaphore(width)
        self.users = 0
        self.next_at = 0.0


class Pace:
    """Turns: one request at a time and `host_delay_seconds` apart per host, a few at once per address and prefix.

    And patience: a host that asked for a pause gets it, up to a cap; one that fails again and again is left
    alone. `steady(net)` is for look-ups that do neither.
    """

    def __init__(self, net: Net) -> None:
        self._delay_seconds = net.host_delay_seconds
        self._pause_seconds = net.retry_after_cap_seconds
        self._widths = (1, net.address_connections, net.prefix_connections)
        self._unpaced = _networks(net.unpaced)
        self._free = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: _inside(address, self._unpaced))
        self._hosts: dict[str, _Lane] = {}
        self._addresses: dict[str, _Lane] = {}
        self._prefixes: dict[str, _Lane] = {}
        self._patience = net.host_errors
        self._failing: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, host: str, address: str) -> AsyncIterator[None]:
        """Waits for this host's, this address's and its prefix's turn, and holds it for the `async with`."""
        if self._free(address):
            yield
            return
        alone, few, more = self._widths
        async with self._lane(self._hosts, host, alone) as lane:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, lane.next_at - loop.time()))
            async with (
                self._lane(self._addresses, address, few),
                self._lane(self._prefixes, prefix_of(address), more),
            ):
                try:
                    yield
                finally:
                    lane.next_at = max(lane.next_at, loop.time() + self._delay_seconds)

    def hold(self, host: str, seconds: float) -> float | None:
        """Puts off this host's next turn by `seconds`, or the cap where that is less; returns how long.

        None where the configuration grants no pauses.
        """
        if not self._pause_seconds:
            return None
        pause = max(0.0, min(seconds, self._pause_seconds))
        now = asyncio.get_running_loop().time()
        lane = self._of(self._hosts, host, self._widths[0])
        lane.next_at = max(lane.next_at, now + pause)
        return pause

    def answered(self, host: str) -> None:
        """Forgets what failed before: the host is alive."""
        if self._failing:
            self._failing.pop(host, None)

    def failed(self, host: str) -> None:
        """Counts one more failure in a row."""
        self._failing[host] = self._failing.pop(host, 0) + 1  # the newest last
        if len(self._failing) > FAILING_KEPT:
            del self._failing[next(iter(self._failing))]

    def given_up(self, host: str) -> int:
        """How often the host failed in a row, once that is too often; 0 before."""
        count = self._failing.get(host, 0) if self._failing else 0
        return count if 0 < self._patience <= count else 0

    def _of(self, lanes: dict[str, _Lane], key: str, width: int) -> _Lane:
        lane = lanes.get(key)
        if lane is None:
            if len(lanes) >= LANES_KEPT:
                _drop_idle(lanes, asyncio.get_running_loop().time())
            lane = lanes[key] = _Lane(width)
        return lane

    @asynccontextmanager
    async def _lane(self, lanes: dict[str, _Lane], key: str, width: int) -> AsyncIterator[_Lane]:
        lane = self._of(lanes, key, width)
        lane.users += 1
        try:
            async with lane.slots:
                yield lane
        finally:
            lane.users -= 1
            if not lane.users and lane.next_at == 0.0:
                lanes.pop(key, None)


def _drop_idle(lanes: dict[str, _Lane], now: float) -> None:
    """Forgets the lanes that nobody waits in: a scan of a million hosts keeps a thousand."""
    for key in [key for key, lane in lanes.items() if not lane.users and lane.next_at <= now]:
        del lanes[key]
