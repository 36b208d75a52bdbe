"""One request on one connection of its own, read in small pieces as it comes.

Why no HTTP client of a library: aiohttp took 330 us of CPU for a page of 4 KB on loopback, a third of what the
whole chain from name to stored record may cost; this takes 105 (over TLS 920 and 750, of which OpenSSL's
handshake is 550). And the evidence wants the heads as they went over the wire, which libraries hand on taken
apart. So the socket is read here when the event loop says so (a transport of the loop costs 40 us more per
page), HTTP is parsed by llhttp, and TLS stands between two memory buffers. Each turn works on at most PIECE
bytes (BODY_PIECE of a body that needs no parsing), whatever the server sends: that is what keeps the loop free
for the other visits.
Source: RFC 9112.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from domainscan.model import Failure
from domainscan.net.capture import CONNECTING, REDIRECTS, TUNNELLING, Capture
from domainscan.net.reach import EgressRefused
from domainscan.net.tls import peer_chain

CONNECT_SECONDS: Final = 5.0  # one address; the next one is tried then
GRACE_SECONDS: Final = 5.0  # of reading a body, before its speed counts
LEAST_BYTES_PER_SECOND: Final = 512  # after that
HEADER_LINE_BYTES: Final = 16 * 1024
HEAD_BYTES: Final = 64 * 1024
HEADERS: Final = 128
INTERIM_ANSWERS: Final = 16  # 100, 103: then it is no answer any more
REDIRECT_BODY_BYTES: Final = 64 * 1024
FRAMING_BYTES: Final = 256 * 1024  # of chunk sizes, extensions and trailers, beside
FRAMING_RATIO: Final = 3  # times the body
PIECE: Final = 16 * 1024  # 2,700 chunks of one byte: 3 ms of parsing
BODY_PIECE: Final = 64 * 1024
_END: Final = b"\r\n\r\n"
_IN_PROGRESS: Final = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


class TooMuch(Exception):
    """More of the answer's framing than any honest server sends."""


class Plan(NamedTuple):
    """What to ask, and the way to it."""

    peer: tuple[str, int]  # a socket address: the site's, or the proxy's
    request: bytes  # as it goes over the wire
    tls: ssl.SSLContext | None = None
    tunnel: bytes = b""  # the CONNECT that opens the way through a proxy


class Exchange:
    """Sends `plan.request` over `sock` and notes the answer in `capture`; `done` is set at the end of it."""

    def __init__(self, capture: Capture, plan: Plan, sock: socket.socket, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._capture, self._plan, self._sock, self._deadline = capture, plan, sock, deadline
        self._fd = sock.fileno()
        self._out = b""
        self._writing = self._reading = False
        self._take: Callable[[bytes], None] = self._http
        self._size = PIECE
        self._tls: ssl.SSLObject | None = None
        self._parser = self._new_parser()
        self._head = bytearray()
        self._headers: list[tuple[bytes, bytes]] = []
        self._headed = self._answered = self._over = self._trailing = self._delimited = False
        self._interim = 0
        self._raw_bytes = 0  # of the body, with its framing
        self._cap = capture.max_bytes
        self._patient_from = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._connect_by = self._loop.time() + CONNECT_SECONDS

    # ------------------------------------------------------------ beginning and end

    def start(self) -> None:
        """Begins to connect; from here on the event loop calls."""
        self._arm(min(self._connect_by, self._deadline))
        code = self._sock.connect_ex(self._plan.peer)
        if code not in _IN_PROGRESS:
            self._end(OSError(code, errno.errorcode.get(code, "?")))
        elif code == 0:
            self._guarded(self._connected)
        else:
            self._writing = True
            self._loop.add_writer(self._fd, self._guarded, self._connected)

    def close(self) -> None:
        """Lets go of everything, at any stage; a second call does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fd < 0:
            return
        if self._writing:
            self._loop.remove_writer(self._fd)
        if self._reading:
            self._loop.remove_reader(self._fd)
        self._fd = -1
        self._sock.close()
        # The parser and the buffers refer back to here: without this only the garbage collector frees them.
        del self._parser, self._take
        self._tls = None

    def _finish(self) -> None:
        self.close()
        if not self.done.done():
            self.done.set_result(None)

    def _end(self, error: BaseException) -> None:
        """The end came early."""
        self._capture.ended(failure_of(error, self._capture.stage))
        self._finish()

    def _guarded(self, step: Callable[[], None]) -> None:
        """Runs one step. The world's faults end in `capture`, ours reach whoever waits for `done`."""
        try:
            step()
        except EXPECTED as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001 - not swallowed: the event loop would only log it
            self.close()
            if not self.done.done():
                self.done.set_exception(error)

    # ------------------------------------------------------------ time

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        """One timer serves all limits of time: when it fires it looks whether anything is due by now."""
        due = self._limit()
        if self._loop.time() < due:
            self._arm(due)
        else:
            self._capture.ended(Failure("timeout", self._capture.stage))
            self._finish()

    def _limit(self) -> float:
        if self._capture.stage in (CONNECTING, TUNNELLING):
            return min(self._connect_by, self._deadline)
        if self._patient_from:
            earned = len(self._capture.body) / LEAST_BYTES_PER_SECOND
            return min(self._deadline, self._patient_from + GRACE_SECONDS + earned)
        return self._deadline

    # ------------------------------------------------------------ connecting, TLS, asking

    def _connected(self) -> None:
        if self._writing:
            self._loop.remove_writer(self._fd)
            self._writing = False
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, errno.errorcode.get(code, "?"))
        self._reading = True
        self._loop.add_reader(self._fd, self._guarded, self._readable)
        if self._plan.tls is not None:  # two small writes in a row follow, which must not wait for each other
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._plan.tunnel:
            self._capture.stage = TUNNELLING
            self._connect_by = self._loop.time() + CONNECT_SECONDS
            self._take = self._tunnel
            self._send(self._plan.tunnel)
        else:
            self._enter()

    def _tunnel(self, data: bytes) -> None:
        """What the proxy says to the CONNECT."""
        self._head += data
        if not data or len(self._head) > PIECE:
            raise ConnectionError("the proxy broke off")
        head, end, rest = self._head.partition(_END)
        if end:
            first = bytes(head.split(b"\r\n")[0])
            if first[:7] != b"HTTP/1." or first[8:10] != b" 2" or rest:
                raise ConnectionError(f"the proxy said {first[:60]!r}")
            self._head.clear()
            self._enter()

    def _enter(self) -> None:
        """The way to the site is open."""
        if self._plan.tls is None:
            self._ask()
            return
        self._capture.stage = "during the TLS handshake"
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = self._plan.tls.wrap_bio(
            self._incoming, self._outgoing, server_hostname=self._capture.target.host
        )
        self._take = self._shake
        self._shake(b"")

    def _shake(self, data: bytes) -> None:
        """One step of the handshake."""
        assert self._tls is not None
        self._incoming.write(data)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        self._capture.chain = peer_chain(self._tls)
        self._take = self._decipher
        self._ask()
        if self._incoming.pending:
            self._decipher(b"")

    def _ask(self) -> None:
        self._capture.asked()
        if self._tls is None:
            self._send(self._plan.request)
        else:
            self._tls.write(self._plan.request)
            self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._send(self._outgoing.read())

    def _send(self, data: bytes) -> None:
        """Sends what the socket takes now, and the rest when it takes more."""
        self._out += data
        try:
            sent = self._sock.send(self._out)
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._out = self._out[sent:]
        if self._out and not self._writing:
            self._writing = True
            self._loop.add_writer(self._fd, self._guarded, self._writable)

    def _writable(self) -> None:
        self._loop.remove_writer(self._fd)
        self._writing = False
        self._send(b"")

    # ------------------------------------------------------------ reading

    def _readable(self) -> None:
        try:
            data = self._sock.recv(self._size)
        except (BlockingIOError, InterruptedError):
            return
        if not data and self._tls is not None:
            self._incoming.write_eof()
        self._take(data)

    def _decipher(self, data: bytes) -> None:
        """What TLS makes of a piece: PIECE bytes hold so few records that all of them are done at once."""
        assert self._tls is not None
        if data:
            self._incoming.write(data)
        try:
            while True:
                self._http(self._tls.read(PIECE))
                if self._fd < 0 or not (self._incoming.pending or self._incoming.eof):
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLEOFError:  # no close_notify: whoever cuts the line decides where the page ends
            self._gone(clean=False)
        if self._fd >= 0:
            self._flush()  # key updates

    def _http(self, data: bytes) -> None:
        if not data:
            self._gone(clean=True)
        while data and not self._answered:
            data = self._read_head(data)
            if self._fd < 0:
                return
        if data:
            self._read_body(data)

    def _gone(self, clean: bool) -> None:
        """The server has closed its side."""
        if not self._answered:
            raise ConnectionError("closed before an answer")
        if self._delimited or not clean:
            raise ConnectionError("closed before the end")
        self._finish()

    def _read_head(self, data: bytes) -> bytes:
        """Reads up to the end of a head; the bytes after it."""
        had = len(self._head)
        self._head += data
        at = self._head.find(_END, max(0, had - 3))
        end = at + 4 if at >= 0 else len(self._head)
        if end > HEAD_BYTES:
            raise TooMuch(f"more than {HEAD_BYTES} bytes of headers")
        try:
            self._parser.feed_data(data[: end - had])
        except HttpParserUpgrade:
            pass
        except HttpParserError:
            if not self._headed:  # a 101 that llhttp finds incomplete
                raise
        if len(self._headers) > HEADERS:
            raise TooMuch(f"more than {HEADERS} headers")
        if at < 0:
            return b""
        rest = data[end - had :]
        status = self._parser.get_status_code() if self._headed else 100
        if 100 <= status < 200 and status != 101:
            self._expect_another()
            return rest
        self._take_head(status, bytes(self._head[:at]))
        return rest

    def _expect_another(self) -> None:
        """An interim answer, or blank lines before one, is over."""
        self._interim += 1
        if self._interim > INTERIM_ANSWERS:
            raise TooMuch(f"more than {INTERIM_ANSWERS} interim answers")
        self._parser = self._new_parser()
        self._head.clear()
        self._headers.clear()
        self._headed = self._over = False

    def _take_head(self, status: int, head: bytes) -> None:
        if status < 100 or head.lstrip(b"\r\n")[:5] != b"HTTP/" or b"\0" in head:
            raise ValueError(f"no HTTP: {head[:40]!r}")  # llhttp reads RTSP and ICE as well
        if b"\r\n " in head or b"\r\n\t" in head:
            raise ValueError("a folded header line")
        if len(head) > HEADER_LINE_BYTES and max(map(len, head.split(b"\r\n"))) > HEADER_LINE_BYTES:
            raise TooMuch(f"a header of more than {HEADER_LINE_BYTES} bytes")
        self._answered = True
        self._capture.answered(status, head, self._headers)
        if status == 101:
            self._capture.failure = Failure("bad_response", "101 to a request that asked for no upgrade")
            self._finish()
        elif self._over:  # 204, 304, Content-Length: 0
            self._finish()
        else:
            self._expect_body(status)

    def _expect_body(self, status: int) -> None:
        names = {name.lower(): value for name, value in self._headers}
        coding = names.get(b"transfer-encoding")
        self._delimited = coding is not None or b"content-length" in names
        if coding is None:
            self._size = BODY_PIECE
        elif coding.strip().lower() != b"chunked":
            self._capture.uninspected(f"transfer coding {coding[:40]!r}")
        if status in REDIRECTS:
            self._cap = REDIRECT_BODY_BYTES
        self._patient_from = self._loop.time()
        limit = self._limit()
        if limit < self._due:
            self._arm(limit)

    def _read_body(self, data: bytes) -> None:
        body = self._capture.body
        self._raw_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            if not self._over:
                raise
            self._trailing = True
        if len(body) > self._cap:
            del body[self._cap :]
            self._capture.flags["truncated"] = None
            self._finish()
        elif self._over:
            if self._trailing:  # something follows that is no part of this answer
                self._capture.flags["incomplete"] = None
            self._finish()
        elif self._raw_bytes - len(body) > FRAMING_BYTES + FRAMING_RATIO * len(body):
            raise TooMuch("more framing than body")

    def _new_parser(self) -> HttpResponseParser:
        """llhttp in its strict mode, but for control characters in headers: browsers take them, so a site must
        not hide behind one. Folded lines and NUL, which that lets through as well, are refused in _take_head.
        """
        parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_headers=True)
        return parser

    # ------------------------------------------------------------ called by llhttp

    def on_message_begin(self) -> None:
        if self._over:
            self._trailing = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headed:  # else it is a trailer
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._headed = True

    def on_body(self, piece: bytes) -> None:
        self._capture.body += piece

    def on_message_complete(self) -> None:
        self._over = True


# What sockets, ssl and llhttp raise at hostile servers; anything else is a fault of ours and surfaces.
EXPECTED: Final = (
    OSError,  # with TimeoutError, ssl.SSLError, EgressRefused
    HttpParserError,
    TooMuch,
    ValueError,  # hosts that a codec refuses
)

STATUSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "tls_error"),
    (TooMuch, "too_large"),
    (HttpParserError, "bad_response"),
    (ValueError, "bad_response"),
)


def failure_of(error: BaseException, stage: str) -> Failure:
    """The closed status for an exception, with what the exception says."""
    if isinstance(error, EgressRefused):
        return error.failure
    said = str(error) or type(error).__name__
    detail = "".join(c if c.isprintable() else " " for c in f"{stage}: {said}")[:200]
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), "unreachable")
    if status == "unreachable" and stage == "during the TLS handshake":
        status = "tls_error"  # a reset in answer to the name is how some providers cut a site
    return Failure(status, stage if status == "timeout" else detail)
