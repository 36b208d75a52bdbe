"""Traps: listeners at addresses that no visit may ever reach, counting who does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Traps:
    """The connections that reached a trap, as "address:port" of the trap."""

    seen: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.seen)

    async def serve(self, listeners: Iterable[socket.socket]) -> list[asyncio.Server]:
        """Counts on each listener until the returned servers are closed."""
        return [await asyncio.start_server(self._caught, sock=one) for one in listeners]

    async def _caught(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        address, port = writer.get_extra_info("sockname")[:2]
        self.seen.append(f"{address}:{port}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        writer.close()
