"""What one request has brought so far: it survives the deadline, the reset and the parser's refusal.

aiohttp lets go of a connection before its user can look at it; the hooks that note what is needed stand here.
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import http_exceptions
from aiohttp.connector import Connection

from domainscan.model import Failure, Hop
from domainscan.net.decode import decode_body
from domainscan.net.tls import peer_chain
from domainscan.net.urls import Target, next_url

WAITING: Final = "waiting for its turn"
INTERIM_ANSWERS: Final = 16  # 100, 103: then it is no answer any more
REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


class Reply(NamedTuple):
    """What one request brought. `hop.record` is empty: whoever writes the WARC fills it in."""

    hop: Hop
    body: bytes = b""  # content codings undone
    received: bytes = b""  # as received, transfer coding undone
    flags: tuple[str, ...] = ()  # truncated, incomplete, encoding_mismatch, not_inspected
    request_head: bytes = b""  # request line and headers, without the empty line; b"" when nothing was sent
    response_head: bytes = b""
    chain: tuple[bytes, ...] = ()  # DER, leaf first, whether it is valid or not


class Capture:
    """What has been seen so far: it survives the deadline."""

    def __init__(self, target: Target, max_bytes: int) -> None:
        self.target, self.max_bytes = target, max_bytes
        self.seconds = 0.0  # of connecting, asking and reading; waiting for a turn is nobody's slowness
        self.stage = WAITING
        self.transport: asyncio.Transport | None = None
        self.address = ""
        self.request_head = b""
        self.response_head = b""
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.location: str | Failure = ""
        self.body = bytearray()
        self.flags: dict[str, None] = {}
        self.failure: Failure | None = None
        self.chain: tuple[bytes, ...] = ()

    def sent(self, request: aiohttp.RequestInfo, connection: Connection) -> None:
        """Notes the request as it went out, and over what connection."""
        self.stage = "waiting for the response"
        lines = [f"{request.method} {self.target.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        self.request_head = "\r\n".join(lines).encode("latin-1", "replace")
        self.transport = connection.transport
        tls = connection.transport.get_extra_info("ssl_object") if connection.transport else None
        self.chain = peer_chain(tls) if tls else ()

    def answered(self, response: aiohttp.ClientResponse) -> None:
        """Notes the status line and the headers, and where they lead."""
        self.stage = "reading the body"
        self.status = response.status
        version = response.version
        number = f"{version.major}.{version.minor}" if version else "1.1"
        first = f"HTTP/{number} {response.status} {response.reason or ''}".encode("latin-1", "replace")
        self.response_head = b"\r\n".join((first, *(b": ".join(one) for one in response.raw_headers)))
        self.headers = tuple((visible(name), visible(value)) for name, value in response.raw_headers)
        if response.status in REDIRECTS:
            found = {_text(value) for name, value in response.raw_headers if name.lower() == b"location"}
            if len(found) > 1:
                self.location = Failure("bad_redirect", f"{len(found)} different Locations")
            else:
                self.location = next_url(self.target.url, "".join(found))

    def ended(self, failure: Failure) -> None:
        """The end came early: what has been received stays, flagged; a failure only when there is nothing."""
        if not self.status:
            self.failure = failure
        elif not self.body and self.status not in REDIRECTS:
            self.failure = failure
            self.flags["incomplete"] = None
        else:
            self.flags["incomplete"] = None

    def reply(self) -> Reply:
        received = bytes(self.body)
        coding = ", ".join(value for name, value in self.headers if name.lower() == "content-encoding")
        body, odd, undecoded = decode_body(received, coding, self.max_bytes)
        for flag in odd:
            if flag != "incomplete" or not self.flags:
                self.flags[flag] = None
        failure = self.failure or undecoded
        if isinstance(self.location, Failure):
            failure = self.location
        hop = Hop(
            url=self.target.url,
            address=self.address,
            http_status=self.status,
            headers=self.headers,
            location=self.location if isinstance(self.location, str) else "",
            body_bytes=len(received),
            milliseconds=round(self.seconds * 1000),
            failure=failure,
        )
        return Reply(
            hop, body, received, tuple(self.flags), self.request_head, self.response_head, self.chain
        )


current: ContextVar[Capture] = ContextVar("capture")


class Response(aiohttp.ClientResponse):
    """Notes the connection before the answer is read: afterwards aiohttp has let go of it."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        current.get().sent(self.request_info, connection)
        return await super().start(_Patience(connection))  # type: ignore[arg-type]


class _Patience:
    """A connection, and its protocol, that reads a few messages only.

    aiohttp reads past 1xx answers without end and without yielding: a flood of `100 Continue` at line speed
    held the whole event loop for 1.4 s at a time, and every other visit with it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._messages = connection.protocol
        self._left = INTERIM_ANSWERS + 1
        self.protocol = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection if hasattr(self._connection, name) else self._messages, name)

    async def read(self) -> Any:
        if not self._left:
            raise http_exceptions.BadHttpMessage("Too many interim answers")
        self._left -= 1
        assert self._messages is not None
        return await self._messages.read()


class Handshake(ssl.SSLObject):
    """Notes that TCP stands and TLS began, so that the two can time out under different names."""

    def do_handshake(self) -> None:
        capture = current.get(None)
        if capture is not None:
            capture.stage = "during the TLS handshake"
        super().do_handshake()


def visible(raw: bytes) -> str:
    """Header bytes as text, with everything unprintable written out as an escape."""
    text = _text(raw)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text(raw: bytes) -> str:
    """UTF-8, or else Latin-1: every header is one of them."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
