"""Lab: a small internet on loopback, started and stopped as one."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from aiohttp import web

from blocklists.names import Name, parse_name
from domainscan.lab import dns, tls, wire
from domainscan.lab.authority import Authority, Wish
from domainscan.lab.configuration import brand_lines, net_lines, recipient_lines
from domainscan.lab.dns import RESOLVERS, SERVICES, Zone
from domainscan.lab.rdap import Registry
from domainscan.lab.sites import load_sites
from domainscan.lab.state import State
from domainscan.lab.thread import in_thread
from domainscan.lab.traps import Traps
from domainscan.lab.web import Web
from domainscan.lab.world import BULK, BULK_ADDRESS, Site, World

TRAP_ADDRESS: Final = "127.0.0.1"
_ATTEMPTS: Final = 50
_BACKLOG: Final = 512

Wanted = tuple[str, socket.SocketKind]


class NoPort(Exception):
    """Raised when no port is free on all addresses at once."""


class Lab:
    """The servers of one world. Everything listens on ephemeral ports of 127.77.x.y; two labs do not meet.

    `home` receives the authority's certificate (`lab-ca.pem`) and the invented brands (`brands.toml`).
    `now` dates certificates and registrations;
    without it the servers go by their own clock, as servers do.
    """

    def __init__(
        self, folders: Iterable[Path], home: Path, bulk: int = 0, *, now: datetime | None = None,
        slow_seconds: float = 30.0,
    ) -> None:  # fmt: skip
        self.world: World = load_sites(folders, bulk)
        self.state = State()
        self.traps = Traps()
        self.home = home
        self.dns_port = self.http_port = self.https_port = self.trap_port = 0
        self._now = now
        self._slow_seconds = slow_seconds
        self._stack = AsyncExitStack()

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        now = self._now or datetime.now(UTC)
        self._authority = Authority(self.home, now)
        (self.home / "brands.toml").write_text("\n".join(brand_lines(self.world.brands)), "utf-8")
        self._contexts = _contexts(self._authority, self.world)
        self._fallback = self._authority.context(Wish(("default.lab",)))
        await self._start_dns(stack)
        await self._start_web(stack, Registry(self.world, self.state, now))

    async def _start_dns(self, stack: AsyncExitStack) -> None:
        zone = Zone(self.world, self.state)
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        self.dns_port, sockets = _bind([(one, kind) for one in RESOLVERS for kind in kinds], stack)
        for one in sockets:
            respond = _responder(zone.answer, self.state.silent, one.getsockname()[0])
            if one.type == socket.SOCK_DGRAM:
                stack.callback((await wire.serve_udp(one, respond)).close)
            else:
                stack.callback((await wire.serve_tcp(one, respond)).close)

    async def _start_web(self, stack: AsyncExitStack, registry: Registry) -> None:
        tcp = socket.SOCK_STREAM
        plain = [one.plain_address for one in self.world.providers]
        both = [SERVICES, BULK_ADDRESS, *(one.address for one in self.world.providers)]
        self.http_port, http = _bind([(one, tcp) for one in [*both, *plain, TRAP_ADDRESS]], stack)
        self.https_port, https = _bind([(one, tcp) for one in [*both, TRAP_ADDRESS]], stack)
        self.trap_port, traps = _bind([(TRAP_ADDRESS, tcp)], stack)
        for server in await self.traps.serve([http.pop(), https.pop(), *traps]):
            stack.callback(server.close)
        trap_url = f"http://{TRAP_ADDRESS}:{self.trap_port}/"
        handler = Web(self.world, self.state, registry, trap_url=trap_url, slow_seconds=self._slow_seconds)
        protocol = web.Server(handler.handle, access_log=None, logger=_quiet_logger())
        loop = asyncio.get_running_loop()
        stack.push_async_callback(protocol.shutdown, 0.2)
        for one in http:
            stack.callback((await loop.create_server(protocol, sock=one, backlog=_BACKLOG)).close)
        for one in https:
            one.listen(_BACKLOG)
            stack.push_async_callback(_cancel, loop.create_task(tls.serve_tls(one, protocol, self._context)))

    def _context(self, host: str) -> ssl.SSLContext | None:
        """The TLS side of a server name now; None for a reset."""
        site = self.world.find(host)
        if site and self.state.behaviour(self.world, site) == "cut-reset":
            return None
        if self.world.bulk_number(host):
            return self._contexts[BULK]
        return self._contexts.get(site.name if site else host, self._fallback)

    # ------------------------------------------------------------ what happens to names

    def cut(self, name: str) -> None:
        """The provider executes an order: its edge answers for the site, www too, with its fingerprint."""
        self.state.cut.add(self._site(name).name)

    def uncut(self, name: str) -> None:
        """The provider connects the site again."""
        self.state.cut.discard(self._site(name).name)

    def guard(self, name: str) -> None:
        """A check for robots answers in the site's place."""
        self.state.guarded.add(self._site(name).name)

    def unguard(self, name: str) -> None:
        self.state.guarded.discard(self._site(name).name)

    def hold(self, name: str) -> None:
        """The registrar suspends a domain: it and all below no longer resolve, RDAP says `client hold`."""
        self.state.held.add(parse_name(name))

    def release(self, name: str) -> None:
        """The registrar lets the domain resolve again."""
        self.state.held.discard(parse_name(name))

    def silence(self, *resolvers: str) -> None:
        """These resolver addresses, or all, stop answering."""
        self.state.silent.update(resolvers or RESOLVERS)

    def unsilence(self) -> None:
        """All resolvers answer again."""
        self.state.silent.clear()

    def _site(self, name: str) -> Site:
        site = self.world.find(parse_name(name))
        if site is None:
            raise KeyError(f"no site {name!r} in the lab")
        return site

    def requests(self, name: str) -> tuple[str, ...]:
        """The requests for one host so far, as "GET /path"."""
        host = parse_name(name)
        return tuple(f"{one.method} {one.path}" for one in tuple(self.state.requests) if one.host == host)

    # ------------------------------------------------------------ how to reach it

    @property
    def resolvers(self) -> tuple[str, ...]:
        """The two resolvers, as "address:port"."""
        return tuple(f"{one}:{self.dns_port}" for one in RESOLVERS)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address a visit may reach: those of providers, registry and bulk names."""
        served = [SERVICES, *([BULK_ADDRESS] if self.world.bulk else [])]
        for one in self.world.providers:
            served += [one.address, one.plain_address, one.closed_address]
        return tuple(served)

    @property
    def trust(self) -> Path:
        """The PEM file of the lab's authority."""
        return self._authority.pem

    def config_text(self, carriers: Mapping[str, str] | None = None) -> str:
        """A config.toml to use against the lab.

        `carriers` as {"carrier-a": "127.77.0.61:5301"}; the world's mainland providers, registrars and shared
        suffixes become recipients too.
        """
        ports = {80: self.http_port, 443: self.https_port}
        brands = self.home / "brands.toml"
        lines = net_lines(self.resolvers, self.addresses, ports, self.trust, self.world.suffixes, brands)
        return "\n".join((*lines, *recipient_lines(self.world, carriers or {}), ""))


def serve_in_thread(
    folders: Iterable[Path],
    home: Path,
    bulk: int = 0,
    *,
    slow_seconds: float = 30.0,
) -> AbstractContextManager[Lab]:
    """A context that gives a started Lab whose servers run in a thread of their own."""
    return in_thread(lambda: Lab(folders, home, bulk, slow_seconds=slow_seconds), "lab")


def _contexts(authority: Authority, world: World) -> dict[str, ssl.SSLContext]:
    """One TLS context per site, by site name, and those of the services."""
    contexts = {site.name: authority.context(_wish(site, world)) for site in world.sites}
    services = authority.context(Wish(("rdap.lab", "webblock.lab")))
    contexts |= {Name("rdap.lab"): services, Name("webblock.lab"): services}
    if world.bulk:
        contexts[Name(BULK)] = authority.context(Wish((f"*.{BULK}",)))
    return {str(name): context for name, context in contexts.items()}


def _wish(site: Site, world: World) -> Wish:
    names = [site.name]
    if world.is_domain(site):
        names.append(Name(f"www.{site.name}"))
    if site.behaviour == "wildcard":
        names.append(Name(f"*.{site.name}"))
    if site.behaviour == "wrong-host":
        names = [Name("another.lab")]
    return Wish(
        tuple(names), site.certificate_days, site.behaviour == "expired", site.behaviour == "self-signed"
    )


def _responder(answer: dns.Answer, silent: set[str], address: str) -> wire.Respond:
    """Wire responses by `answer`, and silence while `address` is among the silent ones."""

    async def respond(data: bytes, udp: bool) -> bytes | None:
        return None if address in silent else dns.reply(data, answer, udp=udp)

    return respond


def _bind(wanted: Sequence[Wanted], stack: AsyncExitStack) -> tuple[int, list[socket.socket]]:
    """One port that is free on all the addresses, and a bound socket for each. Raises NoPort."""
    for _ in range(_ATTEMPTS):
        bound: list[socket.socket] = []
        port = 0
        try:
            for address, kind in wanted:
                bound.append(socket.socket(socket.AF_INET, kind))
                bound[-1].setblocking(False)
                bound[-1].bind((address, port))
                port = bound[-1].getsockname()[1]
        except OSError:  # taken on one of the addresses: another port, another attempt
            for one in bound:
                one.close()
            continue
        for one in bound:
            stack.callback(one.close)
        return port, bound
    raise NoPort(f"no port is free on all of {sorted({address for address, _ in wanted})}")


def _quiet_logger() -> logging.Logger:
    """A logger for what visitors do wrong: heard where logging is set up, and nowhere else."""
    logger = logging.getLogger("domainscan.lab.web")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
