"""Look-ups over a path that loses one datagram in five in each direction: all right, and the same as without loss."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.running import Line
from benchmarks.servers import DNS, Servers
from domainscan.config import Net
from domainscan.model import Answers, Failure
from domainscan.net.dns import Resolver, resolver_of

LOSS: Final = 0.2
PROXY: Final = "127.77.9.54"


class Lossy:
    """A UDP relay to the server that drops datagrams, and a TCP port where TCP works as usual."""

    def __init__(self, server: tuple[str, int], loss: float) -> None:
        self.server, self.loss = server, loss
        self.dropped = 0
        self._chance = random.Random(20261126)

    async def serve(self) -> tuple[Any, Any, int]:
        loop = asyncio.get_running_loop()
        streams = await asyncio.start_server(self._stream, PROXY, 0)
        port = streams.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(lambda: _Front(self), local_addr=(PROXY, port))
        return streams, transport, port

    def loses(self) -> bool:
        lost = self._chance.random() < self.loss
        self.dropped += lost
        return lost

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other, back = await asyncio.open_connection(*self.server)
            length = await reader.readexactly(2)
            back.write(length + await reader.readexactly(int.from_bytes(length, "big")))
            length = await other.readexactly(2)
            writer.write(length + await other.readexactly(int.from_bytes(length, "big")))
            await writer.drain()
            back.close()
        except (OSError, EOFError):  # one side has gone: the client asks anew, which is what is measured
            pass
        finally:
            writer.close()


class _Front(asyncio.DatagramProtocol):
    """The side of the relay that clients see: one socket of its own towards the server for each client."""

    def __init__(self, relay: Lossy) -> None:
        self._relay = relay
        self._behind: dict[Any, socket.socket] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._relay.loses():
            return
        behind = self._behind.get(addr)
        if behind is None:
            behind = self._behind[addr] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            behind.setblocking(False)
            behind.connect(self._relay.server)
            asyncio.get_running_loop().add_reader(behind, self._answer, behind, addr)
        behind.send(data)

    def _answer(self, behind: socket.socket, addr: Any) -> None:
        try:
            while True:
                data = behind.recv(4096)
                if not self._relay.loses():
                    self._transport.sendto(data, addr)
        except OSError:  # nothing more just now, or the server is gone: to the client both are a loss
            return


def measure(servers: Servers, folder: Path, count: int = 20_000) -> list[Line]:
    found = {}
    dropped = 0
    for loss in (0.0, LOSS):
        relay = Lossy((DNS, servers.dns_port), loss)
        port = _in_background(relay)
        found[loss] = _all(f"{PROXY}:{port}", count)
        dropped = relay.dropped
    right = sum(one == "127.77.9.1" for one in found[LOSS].values())
    same = found[LOSS] == found[0.0]
    return [
        Line(f"{count:,} names, 20 % of the datagrams lost each way ({dropped:,} dropped), default retries",
             f"{right / count:.2%} right", "same as without loss" if same else "DIFFERENT", "", "100 %",
             right == count and same)
    ]  # fmt: skip


def _in_background(relay: Lossy) -> int:
    """The relay's port; it runs in a thread until the program ends."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(relay.serve(), loop).result()[2]


def _all(server: str, count: int) -> dict[str, str]:
    async def work() -> dict[str, str]:
        found: dict[str, str] = {}

        def deliver(name: str, rtype: str, result: Answers | Failure) -> None:
            found[name] = result.values[0] if isinstance(result, Answers) else result.status

        resolver: Resolver = resolver_of(Net(resolvers=(server,)))
        await resolver.bulk(((f"n{number:06d}.bench", "A") for number in range(count)), deliver)
        await resolver.close()
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())
