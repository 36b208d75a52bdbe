"""TLS by server name: the ClientHello is read before the handshake, so a cut name can meet a TCP reset."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from asyncio.trsock import TransportSocket
from collections.abc import Callable
from typing import Final

Choose = Callable[[str], ssl.SSLContext | None]

_HELLO_SECONDS: Final = 5.0
_RECORD_OCTETS: Final = 5 + (1 << 14)
_RESET: Final = struct.pack("ii", 1, 0)


class Incomplete(Exception):
    """Raised for a ClientHello of which more octets are to come."""


def client_hello_name(data: bytes) -> str:
    """The host name that a ClientHello asks for, in lower case; "" for none, and for what is no ClientHello.

    Raises Incomplete when `data` ends before the first record does.
    Source: RFC 8446 4.1.2, RFC 6066 3.
    """
    if not data:
        raise Incomplete
    if data[0] != 0x16:
        return ""
    if len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5]):
        raise Incomplete
    try:
        at = 5 + 4 + 2 + 32
        at += 1 + data[at]
        at += 2 + int.from_bytes(data[at : at + 2])
        at += 1 + data[at]
        return _name_in(data[at + 2 : at + 2 + int.from_bytes(data[at : at + 2])])
    except IndexError:
        return ""


def _name_in(extensions: bytes) -> str:
    at = 0
    while at + 4 <= len(extensions):
        kind, length = struct.unpack_from("!HH", extensions, at)
        if kind == 0:
            entry = extensions[at + 4 : at + 4 + length]
            return entry[5 : 5 + int.from_bytes(entry[3:5])].decode("ascii", "replace").lower()
        at += 4 + length
    return ""


def reset(connection: socket.socket | TransportSocket) -> None:
    """Makes the close that follows a TCP reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


async def serve_tls(
    listener: socket.socket, protocol: Callable[[], asyncio.Protocol], choose: Choose
) -> None:
    """Accepts until cancelled; `choose` gives the context for a server name, or None to reset."""
    loop = asyncio.get_running_loop()
    handshakes: set[asyncio.Task[None]] = set()
    try:
        while True:
            connection, _ = await loop.sock_accept(listener)
            task = loop.create_task(_handshake(connection, protocol, choose))
            handshakes.add(task)
            task.add_done_callback(handshakes.discard)
    finally:
        for task in handshakes:
            task.cancel()
        await asyncio.gather(*handshakes, return_exceptions=True)


async def _handshake(
    connection: socket.socket, protocol: Callable[[], asyncio.Protocol], choose: Choose
) -> None:
    loop = asyncio.get_running_loop()
    owned = True
    try:
        async with asyncio.timeout(_HELLO_SECONDS):
            context = choose(await _asked_name(connection))
        if context is None:
            reset(connection)
            return
        owned = False
        await loop.connect_accepted_socket(
            protocol, connection, ssl=context, ssl_handshake_timeout=_HELLO_SECONDS
        )
    except OSError:  # the visitor left, spoke no TLS, did not like the certificate, or was too slow
        return
    finally:
        if owned:
            connection.close()


async def _asked_name(connection: socket.socket) -> str:
    """The server name of a connection, whose octets stay unread. Raises ConnectionResetError at its end."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    while True:
        data = connection.recv(_RECORD_OCTETS, socket.MSG_PEEK)
        if not data:
            raise ConnectionResetError
        try:
            return client_hello_name(data)
        except Incomplete:
            await asyncio.sleep(0.01)
