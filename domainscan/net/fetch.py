"""One HTTP request to pinned addresses: what was received, whole or in part, and never an exception.

The URL handed to aiohttp names the address itself; the host goes into the Host header and the SNI. So nothing
is resolved a second time, and every socket comes from the gate. Redirects are reported, not followed; no
cookie is kept, no environment is read, content codings are undone by `decode`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp import http_exceptions
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from domainscan import __version__
from domainscan.config import Net
from domainscan.model import Failure, Hop
from domainscan.net.capture import REDIRECTS, WAITING, Capture, Handshake, Reply, Response, current
from domainscan.net.decode import ACCEPT
from domainscan.net.reach import EgressRefused, Gate, Pace
from domainscan.net.tls import tls_context
from domainscan.net.urls import Target, next_url, read_url

__all__ = ["Fetcher", "Reply", "next_url"]

WAIT_SECONDS: Final = 300.0
CONNECT_SECONDS: Final = 5.0  # one address; the next one is tried then
GRACE_SECONDS: Final = 5.0  # of reading a body, before its speed counts
LEAST_BYTES_PER_SECOND: Final = 512  # after that
HEADER_LINE_BYTES: Final = 16 * 1024
HEADERS: Final = 128
REDIRECT_BODY_BYTES: Final = 64 * 1024
PAGE_HEADERS: Final = (
    ("Accept", "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5"),
    ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"),
)


class _Lost(Exception):
    """The connection broke before an answer: raised in place of what would make aiohttp ask a second time."""


class _NoResolver(AbstractResolver):
    """Fails closed: every URL names its address, so nothing is left to resolve."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        raise EgressRefused(Failure("blocked_address", f"{host}: resolved nowhere but in the visit"))

    async def close(self) -> None:
        return


class Fetcher:
    """A client session. `async with Fetcher(net, gate, pace) as fetcher`, in one event loop."""

    def __init__(self, net: Net, gate: Gate, pace: Pace) -> None:
        """Raises ValueError for a proxy that is not named by scheme and address."""
        self._net, self._gate, self._pace = net, gate, pace
        self._proxy = URL(net.proxy) if net.proxy else None
        if self._proxy is not None:
            address = str(ipaddress.ip_address(self._proxy.raw_host or ""))
            gate.let_out(address, self._proxy.port or 80)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_NoResolver(),
            socket_factory=self._gate.socket_factory,
            local_addr=(self._net.bind_address, 0) if self._net.bind_address else None,
            ssl=tls_context(Handshake),
            use_dns_cache=False,
            force_close=True,
            happy_eyeballs_delay=None,
            limit=0,
        )
        contact = "".join(c for c in self._net.contact if c.isprintable() and c.isascii())
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": f"domainscan/{__version__} (+{contact})", "Accept-Encoding": ACCEPT},
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=Response,
            middlewares=(_once,),
            auto_decompress=False,
            trust_env=False,
            max_line_size=HEADER_LINE_BYTES,
            max_field_size=HEADER_LINE_BYTES,
            max_headers=HEADERS,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

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
        work; waiting for this host's turn does not count, and is given up after WAIT_SECONDS.
        """
        target = read_url(url)
        if isinstance(target, Failure):
            return Reply(Hop(url[:2048], failure=target))
        pinned = (target.host,) if target.literal else tuple(addresses)
        for address in pinned:
            refusal = self._gate.refusal(address, target.port)
            if refusal:
                return Reply(Hop(target.url, address, failure=refusal))
        capture = Capture(target, self._net.max_body_bytes if max_bytes is None else max_bytes)
        capture.failure = Failure("unreachable", "no address")
        for address in pinned:
            capture.address = address
            await self._try(capture, headers, timeout_seconds)
            if capture.stage not in ("connecting", WAITING):
                break
        return capture.reply()

    async def _try(
        self, capture: Capture, headers: Iterable[tuple[str, str]], timeout_seconds: float
    ) -> None:
        """One address: its turn, then an attempt within what is left of `timeout_seconds`."""
        loop = asyncio.get_running_loop()
        began = 0.0
        capture.stage = WAITING
        try:
            async with (
                asyncio.timeout(WAIT_SECONDS) as deadline,
                self._pace.turn(capture.target.host, capture.address),
            ):
                capture.stage, capture.failure = "connecting", None
                began = loop.time()
                deadline.reschedule(began + timeout_seconds - capture.seconds)
                await self._attempt(capture, headers, deadline)
        except TimeoutError:
            capture.ended(Failure("timeout", capture.stage))
        if began:
            capture.seconds += loop.time() - began

    async def _attempt(
        self, capture: Capture, headers: Iterable[tuple[str, str]], deadline: asyncio.Timeout
    ) -> None:
        """One connection to `capture.address`, one request, one answer: all noted in `capture`."""
        assert self._session is not None
        token = current.set(capture)
        target = capture.target
        try:
            response = await self._session.request(
                "GET",
                self._wire_url(target, capture.address),
                headers=CIMultiDict((("Host", target.authority), *headers)),
                proxy=self._proxy,
                server_hostname=target.host if target.scheme == "https" else None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            )
            try:
                capture.answered(response)
                if response.status == 101:
                    capture.failure = Failure("bad_response", "101 to a request that asked for no upgrade")
                else:
                    await _read_body(capture, response, deadline)
            finally:
                response.close()
        except EXPECTED as error:
            capture.ended(_failure(error, capture.stage))
        finally:
            current.reset(token)
            if (
                capture.transport is not None
            ):  # a TLS close waits for the peer's, and a session does not wait for it
                capture.transport.abort()
                capture.transport = None

    def _wire_url(self, target: Target, address: str) -> URL:
        """The URL with the address in place of the host.

        A proxy is given the name of plain http sites: it would overwrite the Host header with the address.
        """
        port = self._gate.port(address, target.port)
        if self._proxy is not None and target.scheme == "http":
            return URL(f"http://{target.host}:{port}{target.path}", encoded=True)
        host = f"[{address}]" if ":" in address else address
        return URL(f"{target.scheme}://{host}:{port}{target.path}", encoded=True)


# What aiohttp, ssl and the sockets raise at hostile servers; anything else is a fault of ours and surfaces.
EXPECTED: Final = (
    aiohttp.ClientError,
    http_exceptions.HttpProcessingError,
    _Lost,
    OSError,  # with TimeoutError and ssl.SSLError
    ValueError,  # hosts and headers that a codec refuses
)


STATUSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "tls_error"),
    (http_exceptions.LineTooLong, "too_large"),
    (http_exceptions.HttpProcessingError, "bad_response"),
    (ValueError, "bad_response"),
)


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """One request is one request: aiohttp would ask again when the connection breaks before an answer."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(str(error) or type(error).__name__) from error


async def _read_body(capture: Capture, response: aiohttp.ClientResponse, deadline: asyncio.Timeout) -> None:
    """Reads until the end, the cap, or the moment the body has been slower than LEAST_BYTES_PER_SECOND."""
    last = deadline.when()
    began = asyncio.get_running_loop().time()
    cap = REDIRECT_BODY_BYTES if response.status in REDIRECTS else capture.max_bytes
    while True:
        patience = began + GRACE_SECONDS + len(capture.body) / LEAST_BYTES_PER_SECOND
        deadline.reschedule(patience if last is None else min(last, patience))
        chunk = await response.content.readany()
        if not chunk:
            return
        room = cap - len(capture.body)
        capture.body += chunk[:room]
        if len(chunk) > room:
            capture.flags["truncated"] = None
            return


def _failure(error: BaseException, stage: str) -> Failure:
    """The closed status for an exception, with what the exception says."""
    causes = list(_causes(error))
    refused = next((one for one in causes if isinstance(one, EgressRefused)), None)
    if refused:
        return refused.failure
    said = next((text for one in causes if (text := str(one))), type(error).__name__)
    detail = "".join(c if c.isprintable() else " " for c in f"{stage}: {said}")[:200]
    status = next(
        (status for kind, status in STATUSES if any(isinstance(one, kind) for one in causes)), "unreachable"
    )
    if status == "unreachable" and stage == "during the TLS handshake":
        status = "tls_error"  # a reset in answer to the name is how some providers cut a site
    elif status == "bad_response" and any("Too many" in str(one) for one in causes):
        status = "too_large"
    return Failure(status, stage if status == "timeout" else detail)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
