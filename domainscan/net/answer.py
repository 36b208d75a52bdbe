"""One answer read out of the bytes that a connection brings, by llhttp, within limits on everything but time.

Source: RFC 9112.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from domainscan.model import Failure
from domainscan.net.capture import REDIRECTS, Capture
from domainscan.net.faults import TooMuch

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


class Answer:
    """Notes in `capture` what it takes, tells when a body is to follow and when the answer ends.

    What no honest server sends raises TooMuch, HttpParserError, ValueError or ConnectionError.
    """

    def __init__(self, capture: Capture, body_follows: Callable[[], None], ends: Callable[[], None]) -> None:
        self.piece = PIECE  # bytes to take at once, at most
        self._capture, self._body_follows, self._ends = capture, body_follows, ends
        self._parser = self._new_parser()
        self._head = bytearray()
        self._headers: list[tuple[bytes, bytes]] = []
        self._headed = self._answered = self._over = self._trailing = self._delimited = False
        self._closed = False
        self._interim = 0
        self._raw_bytes = 0  # of the body, with its framing
        self._cap = capture.max_bytes

    def close(self) -> None:
        """Takes no more. The parser and the exchange refer back to here: only the garbage collector would free them."""
        self._closed = True
        del self._parser, self._body_follows, self._ends

    def take(self, data: bytes) -> None:
        """The next bytes; none: the server has closed its side."""
        if not data:
            self.cut(clean=True)
        while data and not self._answered:
            data = self._read_head(data)
            if self._closed:
                return
        if data:
            self._read_body(data)

    def cut(self, clean: bool) -> None:
        """The server has closed its side."""
        if not self._answered:
            raise ConnectionError("closed before an answer")
        if self._delimited or not clean:
            raise ConnectionError("closed before the end")
        self._ends()

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
            self._ends()
        elif self._over:  # 204, 304, Content-Length: 0
            self._ends()
        else:
            self._expect_body(status)

    def _expect_body(self, status: int) -> None:
        names = {name.lower(): value for name, value in self._headers}
        coding = names.get(b"transfer-encoding", b"identity").strip().lower()
        self._delimited = coding != b"identity" or b"content-length" in names
        if coding == b"identity":
            self.piece = BODY_PIECE
        elif coding != b"chunked":
            self._capture.uninspected(f"transfer coding {coding[:40]!r}")
        if status in REDIRECTS:
            self._cap = REDIRECT_BODY_BYTES
        self._body_follows()

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
            self._ends()
        elif self._over:
            if self._trailing:  # something follows that is no part of this answer
                self._capture.flags["incomplete"] = None
            self._ends()
        elif self._raw_bytes - len(body) > FRAMING_BYTES + FRAMING_RATIO * len(body):
            raise TooMuch("more framing than body")

    def _new_parser(self) -> HttpResponseParser:
        """llhttp in its strict mode, but for control characters in headers and blanks behind the size of a chunk:
        browsers take them, so a site must not hide behind one. Folded lines and NUL, which the former lets
        through as well, are refused in _take_head.
        """
        parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_headers=True, lenient_spaces_after_chunk_size=True)
        return parser

    # The rest is called by llhttp.

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
