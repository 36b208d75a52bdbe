"""The lab's own filtering resolver: denies what an RPZ zone lists and forwards every other query as it is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass

from blocklists.formats import FORMATS
from blocklists.lists import BlockList
from blocklists.names import Name
from domainscan.lab.wire import ask, serve_tcp, serve_udp

_FORWARD_SECONDS: Final = 5.0


class Filter:
    """Answers from the list, or from `forward`."""

    def __init__(self, blocklist: BlockList, forward: str) -> None:
        self._blocklist = blocklist
        address, _, port = forward.rpartition(":")
        self._forward = (address, int(port))

    async def respond(self, data: bytes, udp: bool) -> bytes | None:
        """The response to a wire query; None for silence."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        question = query.question[0]
        name = Name(question.name.to_text(omit_final_dot=True).lower())
        response = dns.message.make_response(query, recursion_available=True)
        if question.rdclass != dns.rdataclass.IN:
            response.set_rcode(dns.rcode.REFUSED)
        elif self._blocklist.covering(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            return await self._ask(data, udp)
        return response.to_wire()

    async def _ask(self, data: bytes, udp: bool) -> bytes | None:
        try:
            async with asyncio.timeout(_FORWARD_SECONDS):
                return await ask(self._forward, data, udp=udp)
        except (OSError, asyncio.IncompleteReadError):
            return None


@asynccontextmanager
async def serve_filtering(zone: Path, forward: str, listen: tuple[str, int]) -> AsyncIterator[None]:
    """A resolver at `listen` as long as the context lasts. Raises BadList for a zone it cannot read."""
    with zone.open(encoding="utf-8") as lines:
        blocklist = FORMATS["rpz"].read(lines)
    respond = Filter(blocklist, forward).respond
    async with AsyncExitStack() as stack:
        sockets = []
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            one = stack.enter_context(socket.socket(socket.AF_INET, kind))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
            one.setblocking(False)
            one.bind(listen)
            sockets.append(one)
        datagrams = await serve_udp(sockets[0], respond)
        stack.callback(datagrams.close)
        server = await serve_tcp(sockets[1], respond)
        stack.callback(server.close)
        yield
