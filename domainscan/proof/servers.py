"""What stands behind the programs while they are tried: a name server and a web server that have everything."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

OPEN: Final = "198.51.100.253"  # the address of every name that nobody blocks (RFC 5737)
_SOA: Final = b"\x00\x00\x06\x00\x01\x00\x00\x00\x00\x00\x16\x00\x00" + struct.pack(
    ">5I", 1, 3600, 900, 86400, 0
)


def free_ports(number: int) -> list[int]:
    """So many ports of 127.0.0.1, each another, that nobody has just now for UDP and TCP.

    Some programs share a port with whoever has it already: then one would be asked for the other.
    """
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < number:
            tcp = held.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
            tcp.bind(("127.0.0.1", 0))
            udp = held.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                found.append(int(tcp.getsockname()[1]))
    return found


@contextlib.contextmanager
def names(denies: bool = False) -> Iterator[int]:
    """The port of a name server that has OPEN for every name, or denies every name. Nothing may be cached."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError, ConnectionError):
                    data, peer = sock.recvfrom(4096)
                    sock.sendto(_answer(data, denies), peer)

        thread = threading.Thread(target=serve, name="names", daemon=True)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            stop.set()
            thread.join(2)


def _answer(data: bytes, denies: bool) -> bytes:
    """The response to a query of one question. Source: RFC 1035 4.1."""
    end = 12
    while end < len(data) and data[end]:
        end += data[end] + 1
    question = data[12 : end + 5]
    has_address = question[-4:-2] == b"\x00\x01" and not denies
    flags = 0x8580 | (3 if denies else 0)
    head = data[:2] + struct.pack(">5H", flags, 1, int(has_address), int(not has_address), 0)
    if has_address:
        return (
            head + question + b"\xc0\x0c\x00\x01\x00\x01" + struct.pack(">IH", 0, 4) + socket.inet_aton(OPEN)
        )
    return head + question + _SOA


@contextlib.contextmanager
def pages() -> Iterator[int]:
    """The port of a web server that has a page for every host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"open")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), name="pages", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)
