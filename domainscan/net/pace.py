"""The pace at which a host, an address or a prefix is visited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from domainscan.config import Net
from domainscan.net.ranges import ADDRESSES_KEPT, inside, networks, prefix_of

LANES_KEPT: Final = 1024  # hosts, addresses, prefixes: the idle ones are dropped then
FAILING_KEPT: Final = 4096  # hosts


def steady(net: Net) -> Net:
    """`net` without pauses and without giving up: for the probes of measures, where a host that fails again and
    again is the finding, and for registries, which have a patience of their own.
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

    def __init__(self, net: Net, failing: dict[str, int] | None = None) -> None:
        """`failing` counts the failures in a row of each host, for those who count on."""
        self._delay_seconds = net.host_delay_seconds
        self._pause_seconds = net.retry_after_cap_seconds
        self._widths = (1, net.address_connections, net.prefix_connections)
        self._unpaced = networks(net.unpaced)
        self._free = lru_cache(maxsize=ADDRESSES_KEPT)(lambda address: inside(address, self._unpaced))
        self._hosts: dict[str, _Lane] = {}
        self._addresses: dict[str, _Lane] = {}
        self._prefixes: dict[str, _Lane] = {}
        self._patience = net.host_errors
        self._failing: dict[str, int] = {} if failing is None else failing

    @asynccontextmanager
    async def turn(self, host: str, address: str) -> AsyncIterator[None]:
        """Waits for this host's, this address's and its prefix's turn, and holds it for the `async with`.

        Whoever asks the host something within says so (`asked`).
        """
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
                yield

    def asked(self, host: str) -> None:
        """The host was asked something: its next turn is `host_delay_seconds` away."""
        self._put_off(host, self._delay_seconds)

    def hold(self, host: str, seconds: float) -> float | None:
        """Puts off this host's next turn by `seconds`, or the cap where that is less; returns how long.

        None where the configuration grants no pauses.
        """
        if not self._pause_seconds:
            return None
        pause = max(0.0, min(seconds, self._pause_seconds))
        self._put_off(host, pause)
        return pause

    def _put_off(self, host: str, seconds: float) -> None:
        lane = self._of(self._hosts, host, self._widths[0])
        lane.next_at = max(lane.next_at, asyncio.get_running_loop().time() + seconds)

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
