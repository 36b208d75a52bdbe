"""One request on one connection of its own, read in small pieces as it comes.

Why no HTTP client of a library: aiohttp took 330 us of CPU for a page of 4 KB on loopback, a third of what the
whole chain from name to stored record may cost; this takes 105 (over TLS 920 and 750, of which OpenSSL's
handshake is 550). And the evidence wants the heads as they went over the wire, which libraries hand on taken
apart. So the socket is read here when the event loop says so (a transport of the loop costs 40 us more per
page), `answer` has HTTP parsed by llhttp, and TLS stands between two memory buffers. Each turn works on at most
PIECE bytes (BODY_PIECE of a body that needs no parsing), whatever the server sends: that is what keeps the loop
free for the other visits.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Final, NamedTuple

from domainscan.model import Failure
from domainscan.net.answer import PIECE, Answer
from domainscan.net.capture import CONNECTING, TO_PROXY, TUNNELLING, Capture
from domainscan.net.faults import EXPECTED, failure_of
from domainscan.net.tls import peer_chain

CONNECT_SECONDS: Final = 5.0  # one address; the next one is tried then
GRACE_SECONDS: Final = 5.0  # of reading a body, before its speed counts
LEAST_BYTES_PER_SECOND: Final = 512  # after that
_END: Final = b"\r\n\r\n"  # of a head
_IN_PROGRESS: Final = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


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
        self._answer = Answer(capture, self._expect_body, self._finish)
        self._take: Callable[[bytes], None] = self._answer.take
        self._size = PIECE
        self._tls: ssl.SSLObject | None = None
        self._said = bytearray()  # by the proxy
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
        self._answer.close()
        del self._take  # it may refer back to here
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
        if self._capture.stage in (CONNECTING, TO_PROXY, TUNNELLING):
            return min(self._connect_by, self._deadline)
        if self._patient_from:
            earned = len(self._capture.body) / LEAST_BYTES_PER_SECOND
            return min(self._deadline, self._patient_from + GRACE_SECONDS + earned)
        return self._deadline

    def _expect_body(self) -> None:
        """From here on the answer's speed counts."""
        self._size = self._answer.piece
        self._patient_from = self._loop.time()
        limit = self._limit()
        if limit < self._due:
            self._arm(limit)

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
        self._said += data
        if not data or len(self._said) > PIECE:
            raise ConnectionError("the proxy broke off")
        head, end, rest = self._said.partition(_END)
        if end:
            first = bytes(head.split(b"\r\n")[0])
            if first[:7] != b"HTTP/1." or first[8:10] != b" 2" or rest:
                raise ConnectionError(f"the proxy said {first[:60]!r}")
            self._said.clear()
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
                self._answer.take(self._tls.read(PIECE))
                if self._fd < 0 or not (self._incoming.pending or self._incoming.eof):
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLEOFError:  # no close_notify: whoever cuts the line decides where the page ends
            self._answer.cut(clean=False)
        if self._fd >= 0:
            self._flush()  # key updates
