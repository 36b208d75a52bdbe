"""Hosts that are far away: what a scan does with its time when every answer takes some.

Loopback answers at once, so the other parts show what the machine can do. Here resolvers take 0.15 s (more for some,
less for others) and a round trip to a site 0.1 s; robots.txt, pacing and all limits are as nobody configured them. Each
site's address is one of 256, so that few wait for another of the same address.

The servers are this module: `python -m benchmarks.far dns|web ...`, on loopback addresses of their own.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.chain import scan
from benchmarks.running import Line, median
from benchmarks.servers import WEB, Servers, free_port, modules

COUNT: Final = 4_000
ROUNDS: Final = 3
RESOLVER: Final = "127.77.9.56"
RESOLVER_SECONDS: Final = 0.15  # the median; two thirds lie between half and twice as much
TRIP_SECONDS: Final = 0.1
SITES: Final = tuple(f"127.128.{number}.1" for number in range(256))
_ALIVE_SECONDS: Final = 1_800.0  # the servers end by themselves


def measure(servers: Servers, folder: Path, rounds: int = ROUNDS, count: int = COUNT) -> list[Line]:
    (servers.folder / "pages" / "robots.txt").write_text("User-agent: *\nAllow: /\n")
    with far_servers(servers) as config:
        runs = [scan(servers, folder, "https", count, text=config) for _ in range(rounds)]
    rate = median(count / one.seconds for one in runs)
    cpu = median(one.cpu_seconds / one.seconds for one in runs)
    away = f"resolvers {RESOLVER_SECONDS:g} s and sites {TRIP_SECONDS:g} s away"
    what = f"names/s over https, two workers, {away}, robots and pacing on"
    return [
        Line(what, f"{rate:,.0f}/s", "", "", "", True),
        Line("  cores busy with it, of two shared with the servers", f"{cpu:.2f}", "", "", "", True),
    ]


@contextmanager
def far_servers(servers: Servers) -> Iterator[str]:
    """The config.toml for them, while they run."""
    dns, http, https = free_port(RESOLVER), free_port(SITES[0]), free_port(SITES[0])
    web = ["benchmarks.far", "web", f"{http}:{servers.http_port}", f"{https}:{servers.https_port}"]
    with modules(["benchmarks.far", "dns", str(dns)], web):
        yield (
            f'[net]\nresolvers = ["{RESOLVER}:{dns}"]\nallow = ["127.128.0.0/16"]\nregistration = false\n'
            f'port_map = {{ "80" = {http}, "443" = {https} }}\n\n[names]\nsuffixes = ["bench"]\n'
        )


# ---------------------------------------------------------------- the servers


class _Resolver(asyncio.DatagramProtocol):
    """An address for every name but those that nobody made, and no other records."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        seconds = RESOLVER_SECONDS * random.lognormvariate(0, 0.7)
        asyncio.get_running_loop().call_later(seconds, self._answer, data, addr)

    def _answer(self, data: bytes, addr: Any) -> None:
        end = 12
        while data[end]:
            end += data[end] + 1
        question, (rtype,) = data[12 : end + 5], struct.unpack("!H", data[end + 1 : end + 3])
        made_up = data[12] == 16  # the random neighbour of a name
        if rtype == 1 and not made_up:
            octets = bytes(map(int, SITES[zlib.crc32(question.lower()) % len(SITES)].split(".")))
            counts, record = (1, 0), struct.pack("!HHHIH", 0xC00C, 1, 1, 3600, 4) + octets
        else:
            counts = (0, 1)
            record = (
                struct.pack("!HHHIH", 0xC00C, 6, 1, 60, 22) + bytes(2) + struct.pack("!5I", 1, 60, 60, 60, 60)
            )
        flags = 0x8183 if made_up else 0x8180
        head = data[:2] + struct.pack("!5H", flags, 1, *counts, 0)
        self._transport.sendto(head + question + record, addr)


class _Side(asyncio.Protocol):
    """One end of a connection through the relay: what it reads the other end gets half a round trip later."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Side | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        for data in self._early:
            transport.write(data)

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(TRIP_SECONDS / 2, self._hand_on, data)

    def _hand_on(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)

    def write(self, data: bytes) -> None:
        if self.transport is None:
            self._early.append(data)
        elif not self.transport.is_closing():
            self.transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None:
            asyncio.get_running_loop().call_later(TRIP_SECONDS / 2 + 0.001, self.other.close)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


class _Front(_Side):
    """The visitor's end; the connection itself took a round trip."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._far = self.other = _Side()
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self._far.other = self
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(TRIP_SECONDS, self._open)

    def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._opening = loop.create_task(self._connect(loop))

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.create_connection(lambda: self._far, WEB, self._port)
        except OSError:
            self.close()


async def _serve(words: list[str]) -> None:
    loop = asyncio.get_running_loop()
    if words[0] == "dns":
        transport, _ = await loop.create_datagram_endpoint(_Resolver, local_addr=(RESOLVER, int(words[1])))
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    else:
        for pair in words[1:]:
            here, there = map(int, pair.split(":"))
            for site in SITES:
                await loop.create_server(partial(_Front, there), site, here, backlog=1024)
    print("ready", flush=True)
    await asyncio.sleep(_ALIVE_SECONDS)


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1:]))
