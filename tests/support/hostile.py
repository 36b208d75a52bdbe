"""A small hostile internet for one visit: a name server, a site that says what a table says, and traps."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import dns.flags
import dns.message
import dns.rrset

from blocklists.names import parse_name
from domainscan.config import Net
from domainscan.model import Candidate, Failure, Observation
from domainscan.net.dns import Resolver
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate
from domainscan.net.survey import Surveyor
from domainscan.read.certificate import TrustStore
from domainscan.read.pool import ParserPool
from domainscan.visit import RTYPES, Tools, visit


class World(NamedTuple):
    """Where the inputs are tried: the site's addresses, its port, and how visits are configured."""

    sites: tuple[str, ...]  # the first of them is IPv4
    port: int
    net: Net
    listens: tuple[tuple[str, int], ...]  # sites and traps
    tls_port: int = 0  # of the site, where it speaks TLS


@dataclass
class Seen:
    """What reached a server, by the address it reached."""

    requests: list[tuple[str, str, str]] = field(default_factory=list)  # address, Host, path
    trapped: list[str] = field(default_factory=list)


@dataclass
class Internet:
    """A name server, the site and the traps. Names, pages and redirects are tables."""

    sites: tuple[str, ...]
    records: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)  # answers, one after the other
    pages: dict[tuple[str, str], bytes] = field(default_factory=dict)  # by host and path: the whole response
    sites_of: dict[str, Callable[[str], bytes]] = field(default_factory=dict)  # by host: path to response
    seen: Seen = field(default_factory=Seen)
    heads: list[str] = field(default_factory=list)  # of all requests
    questions: Counter[tuple[str, str]] = field(default_factory=Counter)
    holds: set[str] = field(default_factory=set)  # hosts whose requests nobody answers
    tasks: set[asyncio.Task[None]] = field(default_factory=set)  # one for each connection
    held: int = 0  # such requests under way
    most_held: int = 0
    refuses: dict[str, int] = field(default_factory=dict)  # how many A questions of a name end in SERVFAIL
    says: dict[tuple[str, str], Callable[[dns.message.Message], None]] = field(default_factory=dict)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing to do."""

    def error_received(self, error: OSError) -> None:
        """Whoever asked has left."""

    def datagram_received(self, data: bytes, addr: Any) -> None:
        made = self._answer(data)
        wire = made.to_wire(max_size=65535)
        if len(wire) > DATAGRAM_BYTES:
            made.answer.clear()
            made.flags |= dns.flags.TC
            wire = made.to_wire()
        self.transport.sendto(wire, addr)

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question over TCP, for what a datagram does not hold."""
        with suppress(OSError, EOFError):
            data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            wire = self._answer(data).to_wire(max_size=65535)
            writer.write(len(wire).to_bytes(2, "big") + wire)
            await writer.drain()
        writer.close()

    def _answer(self, data: bytes) -> dns.message.Message:
        query = dns.message.from_wire(data)
        made = dns.message.make_response(query, recursion_available=True)
        (question,) = query.question
        name, rtype = question.name.to_text(omit_final_dot=True).lower(), question.rdtype.name
        asked = self.questions[name, rtype]
        self.questions[name, rtype] += 1
        rounds = self.records.get(name)
        if (name, rtype) in self.says:
            self.says[name, rtype](made)
        elif rounds is None:
            made.set_rcode(3)
        elif rtype == "A" and asked < self.refuses.get(name, 0):
            made.set_rcode(2)
        elif rtype in ("A", "AAAA"):
            version = 4 if rtype == "A" else 6
            found = [
                one
                for one in rounds[min(asked, len(rounds) - 1)]
                if ipaddress.ip_address(one).version == version
            ]
            if found:
                made.answer.append(dns.rrset.from_text(question.name, 0, "IN", rtype, *found))
        return made

    async def finish(self) -> None:
        """Waits until every connection has ended: whoever visited has left."""
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _hold(self, reader: asyncio.StreamReader) -> None:
        self.held += 1
        self.most_held = max(self.held, self.most_held)
        try:
            await reader.read()
        finally:
            self.held -= 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        address = writer.get_extra_info("sockname")[0].removeprefix("::ffff:")
        with suppress(OSError, EOFError, asyncio.LimitOverrunError):
            if address not in self.sites:
                self.seen.trapped.append(address)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            host = head.partition("\r\nHost: ")[2].partition("\r\n")[0].partition(":")[0]
            path = head.split(" ")[1]
            self.seen.requests.append((address, host, path))
            self.heads.append(head)
            if host in self.holds:
                await self._hold(reader)
            found = self.pages.get((host, path))
            if found is None and host in self.sites_of and path != "/robots.txt":
                found = self.sites_of[host](path)
            writer.write(GONE if found is None else found)
            await writer.drain()
        with suppress(OSError):
            writer.close()


GONE = b"HTTP/1.1 404 x\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"


def page(body: bytes, *headers: str, status: int = 200) -> bytes:
    lines = (f"HTTP/1.1 {status} x", "Content-Type: text/html", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def to(location: str) -> bytes:
    return page(b"", f"Location: {location}", status=302)


RESOLVER = "127.78.0.53"
DATAGRAM_BYTES = 1232
LOOPBACK_SITE = "127.78.0.10"
LOOPBACK_CROWD = "127.78.0.11"  # a second address of sites
ROOT_SERVER = ("198.41.0.4", "2001:503:ba3e::2:30")  # in the namespace these are addresses of the machine
QUICK = {"host_delay_seconds": 0.0, "address_connections": 64, "prefix_connections": 64, "host_errors": 0}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def loopback(**changes: Any) -> World:
    """On this machine: 127.78.0.10 stands for the internet, 127.0.0.1 and ::1 are traps."""
    port, tls_port = free_port(), free_port()
    net = Net(allow=(LOOPBACK_SITE, LOOPBACK_CROWD), ports=(80, 443, port, tls_port), **(QUICK | changes))  # type: ignore[arg-type]
    listens = tuple((one, port) for one in ("127.0.0.1", "::1", LOOPBACK_SITE, LOOPBACK_CROWD))
    return World((LOOPBACK_SITE, LOOPBACK_CROWD), port, net, listens, tls_port)


def sealed() -> World:
    """In the namespace: two listeners take connections to all addresses there are."""
    return World(ROOT_SERVER, 80, Net(**QUICK), (("0.0.0.0", 80), ("::", 80)))  # type: ignore[arg-type]


class Place(NamedTuple):
    """One running world."""

    world: World
    internet: Internet
    tools: Tools

    async def visit(self, name: str, url: str = "") -> Observation:
        """What a visit of the name's http site sees, or of `url`."""
        candidate = Candidate(parse_name(name), url or f"http://{name}:{self.world.port}/")
        resolved = await Surveyor(self.tools.resolver, RTYPES).ask(candidate.name, candidate.name)
        return (await visit(candidate, "s", Failure("not_run"), self.tools, resolved))[0]

    def site(self, name: str, response: bytes, path: str = "/") -> None:
        """A name at the site's address, and what is served there."""
        self.internet.records[name] = [self.world.sites[:1]]
        self.internet.pages[name, path] = response


@asynccontextmanager
async def running(world: World, context: ssl.SSLContext | None = None) -> AsyncIterator[Place]:
    """The world served, and the tools of a visit; with a context the site speaks TLS as well."""
    internet = Internet(world.sites)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(internet.finish)
        secure = [(world.sites[0], world.tls_port, context)] if context else []
        for address, port, tls in [*((*one, None) for one in world.listens), *secure]:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            server = await asyncio.start_server(
                internet.serve, address, port, family=family, backlog=512, ssl=tls
            )
            stack.push_async_callback(server.wait_closed)
            stack.callback(server.close)
        streams = await asyncio.start_server(internet.stream, RESOLVER, 0)
        stack.push_async_callback(streams.wait_closed)
        stack.callback(streams.close)
        port = streams.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(lambda: internet, local_addr=(RESOLVER, port))  # type: ignore[arg-type,type-var]
        stack.callback(transport.close)
        resolver = Resolver([f"{RESOLVER}:{port}"], timeout_seconds=5)
        stack.push_async_callback(resolver.close)
        gate = Gate(world.net)
        fetcher = await stack.enter_async_context(Fetcher(world.net, gate, Pace(world.net)))
        parser = await stack.enter_async_context(ParserPool(1))
        now = lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
        yield Place(world, internet, Tools(world.net, gate, resolver, fetcher, parser, TrustStore({}), now))
