"""DNS over UDP and TCP on the wire: servers for any way of responding, and one question to another server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final, cast

Respond = Callable[[bytes, bool], Awaitable[bytes | None]]
"""(wire query, whether it came over UDP) -> wire response, or None for silence."""

_IDLE_SECONDS: Final = 10.0
# Asked of the kernel: its usual 212 KB hold 270 questions, and a scan's workers ask more than that at once.
_RECEIVE_BYTES: Final = 4 << 20


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # a duck, not a subclass, in Python 3.11

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        task = asyncio.ensure_future(self._reply(data, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connection_lost(self, error: Exception | None) -> None:
        del error
        for task in self._tasks:
            task.cancel()

    async def _reply(self, data: bytes, address: tuple[str, int]) -> None:
        response = await self._respond(data, True)
        if response is not None and not self._transport.is_closing():
            self._transport.sendto(response, address)


async def serve_udp(listener: socket.socket, respond: Respond) -> asyncio.DatagramTransport:
    """Answers datagrams until the returned transport is closed."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(respond), sock=listener)
    return transport


async def serve_tcp(listener: socket.socket, respond: Respond) -> asyncio.Server:
    """Answers length-prefixed queries until the returned server is closed. Source: RFC 7766."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    data = await _read_message(reader)
                response = await respond(data, False)
                if response is not None:
                    writer.write(len(response).to_bytes(2) + response)
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    return await asyncio.start_server(connection, sock=listener)


async def ask(server: tuple[str, int], data: bytes, *, udp: bool) -> bytes:
    """The wire response of `server` to one wire query. Raises OSError or IncompleteReadError."""
    if udp:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            await loop.sock_connect(link, server)
            await loop.sock_sendall(link, data)
            return await loop.sock_recv(link, 65535)
    reader, writer = await asyncio.open_connection(*server)
    try:
        writer.write(len(data).to_bytes(2) + data)
        return await _read_message(reader)
    finally:
        writer.close()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
