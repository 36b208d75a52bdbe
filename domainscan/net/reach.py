"""The gate that every connection of a visit passes."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from domainscan.config import Net
from domainscan.model import Failure
from domainscan.net.ranges import ADDRESSES_KEPT, inside, networks, special_range

AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]


class EgressRefused(OSError):
    """Raised by the socket factory instead of a socket; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.status}: {failure.detail}")
        self.failure = failure


class Gate:
    """What a visit may connect to. `own` are this machine's addresses: out of reach unless `allow` names one."""

    def __init__(self, net: Net, own: Iterable[str] = ()) -> None:
        """Raises ValueError for a network in `allow` or `unpaced`, or an own address, that cannot be read."""
        self._allow = networks(net.allow)
        self._unpaced = networks(net.unpaced)
        self._own = frozenset(str(ipaddress.ip_address(one)) for one in own)
        self._named = frozenset(str(one[0]) for one in self._allow if one.num_addresses == 1)
        self._ports = frozenset(net.ports)
        self._port_map = {int(port): to for port, to in net.port_map.items()}
        self._ways_out: set[tuple[str, int]] = set()
        # The answers for an address never change, and parsing it costs more than the rest of a request's set-up.
        self._refused = lru_cache(maxsize=ADDRESSES_KEPT)(self._address_refusal)
        self._let = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: inside(address, self._allow))
        self._free = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: inside(address, self._unpaced))

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


def local_addresses() -> tuple[str, ...]:
    """The addresses this machine speaks from towards the internet, for `Gate(own=...)`. Nothing is sent.

    Raises OSError when it has no socket left to ask with: visits would pass the gate to this machine.
    """
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            probe = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            if error.errno != errno.EAFNOSUPPORT:
                raise
            continue
        with probe, suppress(OSError):  # no way out in this family: it speaks from nowhere there
            probe.connect((target, 9))
            found.append(str(probe.getsockname()[0]))
    return tuple(found)
