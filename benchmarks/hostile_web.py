"""Hostile web servers, one behaviour per W case of HOSTILE 6: `python -m benchmarks.hostile_web ADDRESS HOLE PORT`.

The first label of the Host header picks the case: `w07v2-000123.bench` is the third behaviour of W07. HOLE is an
address where no connection is ever completed. The process gives way to all others, so it costs nobody time.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import uvloop

from tests.hostile.web import PAGE, TABLE, Handler, length, says

LABEL: Final = re.compile(r"([wd]\d\d)v(\d+)-")
HOLE: Final = "hole"  # in place of a handler: the name points where nothing answers
_CASE: Final = re.compile(r"W\d\d")
_HOST: Final = re.compile(rb"(?i)\r\nhost: *([^\r\n:]+)")


def _redirects(to: Callable[[str], str]) -> Handler:
    """Sends every visitor on, to where `to` says from the path asked for."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        writer.write(b"HTTP/1.1 302 x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to(path).encode())

    return handler


def _busy(status: bytes, after: bytes) -> Handler:
    return says(b"HTTP/1.1 %s x\r\nRetry-After: %s\r\nContent-Length: 1\r\n\r\nx" % (status, after))


def cases() -> dict[str, list[Handler | str]]:
    """ "w01" to "w24": the rows of the tests' table that name the case, and what one answer alone cannot show."""
    found: dict[str, list[Handler | str]] = {}
    for _, handler, *_, reason in TABLE:
        match = _CASE.match(reason)
        if match and "neighbour" not in reason:
            found.setdefault(match[0].lower(), []).append(handler)
    found["w08"].append(HOLE)
    found["w16"] += [
        _redirects(lambda path: "/b" if path == "/a" else "/a"),
        _redirects(lambda path: f"/{int(path[1:] or 0) + 1}"),  # 50 hops and more
        _redirects(lambda path: path + "a" * 1000),
    ]
    found["w19"] = [
        _busy(b"429", b"315360000"),
        _busy(b"503", b"-5"),
        _busy(b"503", b"Fri, 31 Dec 2099 23:59:59 GMT"),
        _busy(b"429", b"12"),
    ]
    return dict(sorted(found.items()))


class _Again:
    """A reader whose first words have been looked at, and are read once more."""

    def __init__(self, head: bytes, reader: asyncio.StreamReader) -> None:
        self._head, self._reader = head, reader

    async def readuntil(self, end: bytes) -> bytes:
        return self._head

    async def read(self, count: int = -1) -> bytes:
        if count > 0 and self._head:
            head, self._head = self._head, b""
            return head
        return await self._reader.read(count)


async def _serve(address: str, hole: str, port: int) -> None:
    behaviours = cases()
    page = says(length(PAGE))

    def handler_of(head: bytes) -> Handler:
        host = _HOST.search(head)
        match = LABEL.match(host[1].decode()) if host else None
        found = behaviours.get(match[1], [page])[int(match[2])] if match and match[1][0] == "w" else page
        return page if isinstance(found, str) else found

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, ValueError, RuntimeError):  # closed
            head = await reader.readuntil(b"\r\n\r\n")
            again: Any = _Again(head, reader)
            await handler_of(head)(again, writer)
        with suppress(OSError):
            writer.close()

    full = socket.create_server((hole, port), backlog=0)
    crowd = [socket.socket() for _ in range(4)]
    for one in crowd:
        one.setblocking(False)
        one.connect_ex((hole, port))
    server = await asyncio.start_server(serve, address, port, backlog=8192)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()
    full.close()


def main() -> None:
    os.nice(10)
    address, hole, port = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(address, hole, int(port)))


if __name__ == "__main__":
    main()
