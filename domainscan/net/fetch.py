"""One HTTP request to pinned addresses: what was received, whole or in part, and never an exception.

The connection goes to the address itself; the host goes into the Host header and the SNI. So nothing is
resolved a second time, and every socket comes from the gate. Redirects are reported, not followed; no cookie
is kept, no environment is read, content codings are undone by `decode`. `exchange` says why this is not a
library's client.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from domainscan import __version__
from domainscan.config import Net
from domainscan.model import Failure, Hop
from domainscan.net.capture import CONNECTING, TO_PROXY, TUNNELLING, WAITING, Capture, Reply
from domainscan.net.decode import ACCEPT
from domainscan.net.exchange import Exchange, Plan
from domainscan.net.faults import EXPECTED, failure_of
from domainscan.net.pace import Pace
from domainscan.net.reach import Gate
from domainscan.net.tls import tls_context
from domainscan.net.urls import PORTS, next_url, read_url

__all__ = ["PROFILES", "Fetcher", "Reply", "next_url"]

WAIT_SECONDS: Final = 300.0
PAGE_HEADERS: Final = (
    ("Accept", "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5"),
    ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"),
)
VISITOR: Final = "{visitor}"  # in a User-Agent: our name, version and contact
# Who asks: some sites show a telephone what they hide from a crawler. Both say who we are.
PROFILES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "desktop": PAGE_HEADERS,
    "mobile": (
        ("User-Agent", f"Mozilla/5.0 (Linux; Android 14; Mobile) {VISITOR}"),
        *PAGE_HEADERS,
    ),
}


BUSY: Final = (429, 503)
PROXY_WANTS: Final = 407  # credentials
PROXY_FAILED: Final = "x-squid-error"  # the site did not answer, or may not be asked
# What counts against a host when it gave no HTTP answer; a refusal of our own gate does not.
FAILING: Final = frozenset(("timeout", "unreachable", "refused", "tls_error", "bad_response", "too_large"))


def retry_after_seconds(value: str, now: float) -> float | None:
    """The pause that a Retry-After header asks for at `now` (seconds since 1970); None when it is no such header.

    Source: RFC 9110 10.2.3: "120", or "Fri, 31 Dec 1999 23:59:59 GMT".
    """
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def _asked(capture: Capture) -> bool:
    """Whether an address took the connection."""
    return capture.stage not in (WAITING, CONNECTING, TO_PROXY, TUNNELLING)


def _of_proxy(capture: Capture) -> bool:
    """Whether what came is the word of the proxy before the site, whatever site was asked for."""
    return capture.status == PROXY_WANTS or any(name.lower() == PROXY_FAILED for name, _ in capture.headers)


class Fetcher:
    """A client. `async with Fetcher(net, gate, pace) as fetcher`, in one event loop."""

    def __init__(self, net: Net, gate: Gate, pace: Pace) -> None:
        """Raises ValueError for a proxy that is not named by scheme and address."""
        self._net, self._gate, self._pace = net, gate, pace
        contact = "".join(c for c in net.contact if c.isprintable() and c.isascii())
        self._visitor = f"domainscan/{__version__} (+{contact})"
        self._lines = lru_cache(maxsize=64)(self._rendered)
        self._proxy: tuple[str, int] | None = None
        self._proxy_lines = b""
        if net.proxy:
            parts = urlsplit(net.proxy)
            self._proxy = str(ipaddress.ip_address(parts.hostname or "")), parts.port or 80
            gate.let_out(*self._proxy)
            if parts.username:  # of the operator's own proxy; a site never sees it
                secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                self._proxy_lines = b"Proxy-Authorization: Basic %s\r\n" % b64encode(secret.encode())
        self._tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._tls = tls_context()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between two requests."""

    async def fetch(
        self,
        url: str,
        addresses: Sequence[str],
        *,
        headers: Iterable[tuple[str, str]] = PAGE_HEADERS,
        max_bytes: int | None = None,
        timeout_seconds: float,
    ) -> Reply:
        """What a GET of `url` brings, from the first of `addresses` that takes the connection.

        All of them must pass the gate: a name that also points at a forbidden address is refused whole. For a
        URL that names an address, that one counts, whatever `addresses` says. Ends within `timeout_seconds` of
        work; waiting for this host's turn does not count, and is given up after WAIT_SECONDS. Raises ValueError
        for a header with control characters.
        """
        target = read_url(url)
        if isinstance(target, Failure):
            return Reply(Hop(url[:2048], failure=target))
        pinned = (target.host,) if target.literal else tuple(addresses)
        for address in pinned:
            refusal = self._gate.refusal(address, target.port)
            if refusal:
                return Reply(Hop(target.url, address, failure=refusal))
        given_up = self._given_up(target.host)
        if given_up:
            return Reply(Hop(target.url, failure=given_up))
        lines = self._lines(tuple(headers))
        head = f"GET {target.path} HTTP/1.1\r\nHost: {target.authority}\r\n{lines}".encode()
        capture = Capture(target, head, self._net.max_body_bytes if max_bytes is None else max_bytes)
        capture.failure = Failure("unreachable", "no address")
        await self._try_each(pinned, capture, timeout_seconds)
        return self._remember(capture.reply(), target.host)

    async def _try_each(self, pinned: Iterable[str], capture: Capture, timeout_seconds: float) -> None:
        """Tries the addresses until one takes the connection, or the time is up.

        That there is no way to an address (of IPv6, from many machines) is told only where no other says more.
        """
        told = "", capture.failure
        for address in pinned:
            capture.address = address
            await self._try(capture, timeout_seconds)
            if _asked(capture):
                return
            failure = capture.failure
            if not told[0] or (failure is not None and failure.status != "unreachable"):
                told = address, failure
            if capture.seconds >= timeout_seconds:
                break
        capture.address, capture.failure = told

    def _given_up(self, host: str) -> Failure | None:
        failures = self._pace.given_up(host)
        return Failure("gave_up", f"{failures} failures in a row") if failures else None

    def _remember(self, reply: Reply, host: str) -> Reply:
        """Tells the pace how the host behaved. A host that asks to be left alone again and again is left alone."""
        hop = reply.hop
        if hop.http_status in BUSY:
            asked = next((value for name, value in hop.headers if name.lower() == "retry-after"), "")
            seconds = retry_after_seconds(asked, time.time())
            pause = None if seconds is None else self._pace.hold(host, seconds)
            if pause is not None:
                self._pace.failed(host)
                return reply._replace(retry_after_seconds=pause)
        if hop.http_status:
            self._pace.answered(host)
        elif hop.failure is not None and hop.failure.status in FAILING and hop.failure.detail != WAITING:
            self._pace.failed(host)
        return reply

    def _rendered(self, headers: tuple[tuple[str, str], ...]) -> str:
        """The header lines after Host, without the last line's end."""
        names = {name.lower() for name, _ in headers}
        own = () if "user-agent" in names else (("User-Agent", VISITOR),)
        lines = [*own, *headers, ("Accept-Encoding", ACCEPT), ("Connection", "close")]
        text = [f"{name}: {value.replace(VISITOR, self._visitor)}" for name, value in lines]
        for line in text:
            if any(c < " " or c == "\x7f" for c in line):
                raise ValueError(f"a header with control characters: {line!r}")
        return "\r\n".join(text)

    async def _try(self, capture: Capture, timeout_seconds: float) -> None:
        """One address: its turn, then an attempt within what is left of `timeout_seconds`."""
        capture.stage = WAITING
        if self._gate.unpaced(capture.address):
            await self._attempt(capture, timeout_seconds)
            return
        try:
            async with (
                asyncio.timeout(WAIT_SECONDS) as patience,
                self._pace.turn(capture.target.host, capture.address),
            ):
                patience.reschedule(None)
                given_up = self._given_up(capture.target.host)
                if given_up:  # while this one waited
                    capture.ended(given_up)
                    return
                await self._attempt(capture, timeout_seconds)
                if _asked(capture):
                    self._pace.asked(capture.target.host)
        except TimeoutError:
            capture.ended(Failure("timeout", WAITING))

    async def _attempt(self, capture: Capture, timeout_seconds: float) -> None:
        """One connection to `capture.address`, one request, one answer: all noted in `capture`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        capture.stage, capture.failure = TO_PROXY if self._proxy else CONNECTING, None
        try:
            plan = self._plan(capture)
            exchange = Exchange(capture, plan, self._socket(plan), began + timeout_seconds - capture.seconds)
            try:
                exchange.start()
                await exchange.done
            finally:
                exchange.close()
            if self._proxy and not plan.tunnel and _of_proxy(capture):
                capture.disown(TUNNELLING)
        except EXPECTED as error:
            capture.ended(failure_of(error, capture.stage))
        finally:
            capture.seconds += loop.time() - began

    def _plan(self, capture: Capture) -> Plan:
        """The way to `capture.address`.

        A proxy is given the name of plain http sites: it would overwrite the Host header with the address. Of
        https ones it learns the address alone.
        """
        target, address = capture.target, capture.address
        port = self._gate.port(address, target.port)
        tls = self._tls if target.scheme == "https" else None
        request = capture.request + b"\r\n\r\n"
        if self._proxy is None:
            return Plan((address, port), request, tls)
        host = f"[{address}]" if ":" in address else address
        if tls is not None:
            place = f"{host}:{port}".encode()
            tunnel = b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (place, place, self._proxy_lines)
            return Plan(self._proxy, request, tls, tunnel)
        name = f"[{target.host}]" if ":" in target.host else target.host
        site = name if port == PORTS["http"] else f"{name}:{port}"
        line, _, rest = request.partition(b"\r\n")
        absolute = line.replace(b" ", f" http://{site}".encode(), 1)
        return Plan(self._proxy, b"%s\r\n%s%s" % (absolute, self._proxy_lines, rest))

    def _socket(self, plan: Plan) -> socket.socket:
        """A socket from the gate, bound where the configuration says."""
        family = socket.AF_INET6 if ":" in plan.peer[0] else socket.AF_INET
        made = self._gate.socket_factory((family, socket.SOCK_STREAM, 0, "", plan.peer))
        if self._net.bind_address:
            try:
                made.bind((self._net.bind_address, 0))
            except OSError as error:
                made.close()
                raise OSError(f"[net] bind_address {self._net.bind_address}: {error.strerror}") from error
        return made
