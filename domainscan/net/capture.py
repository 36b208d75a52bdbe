"""What one request has brought so far: it survives the deadline, the reset and the parser's refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from domainscan.model import Failure, Hop
from domainscan.net.decode import decode_body
from domainscan.net.urls import Target, next_url

WAITING: Final = "waiting for its turn"
CONNECTING: Final = "connecting"
TO_PROXY: Final = "connecting to the proxy"
TUNNELLING: Final = "connecting through the proxy"
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
    retry_after_seconds: float | None = None  # a 429 or 503 asked for this pause; capped


class Capture:
    """What has been seen so far: it survives the deadline."""

    def __init__(self, target: Target, request: bytes, max_bytes: int) -> None:
        self.target, self.max_bytes = target, max_bytes
        self.seconds = 0.0  # of connecting, asking and reading; waiting for a turn is nobody's slowness
        self.stage = WAITING
        self.address = ""
        self.request_head = b""  # what went out of `request`
        self.request = request
        self.response_head = b""
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.location: str | Failure = ""
        self.body = bytearray()
        self.flags: dict[str, None] = {}
        self.failure: Failure | None = None
        self.chain: tuple[bytes, ...] = ()

    def asked(self) -> None:
        """Notes that the request goes out."""
        self.stage = "waiting for the response"
        self.request_head = self.request

    def answered(self, status: int, head: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Notes the status line and the headers, and where they lead."""
        self.stage = "reading the body"
        self.status, self.response_head = status, head
        self.headers = tuple([(visible(name), visible(value)) for name, value in headers])
        if status in REDIRECTS:
            found = {_reference(value) for name, value in headers if name.lower() == b"location"}
            if len(found) > 1:
                self.location = Failure("bad_redirect", f"{len(found)} different Locations")
            else:
                self.location = next_url(self.target.url, "".join(found))

    def uninspected(self, why: str) -> None:
        """Notes that the body is kept as it comes, and that nobody can say what it holds."""
        self.flags["not_inspected"] = None
        self.failure = Failure("bad_encoding", why)

    def ended(self, failure: Failure) -> None:
        """The end came early: what has been received stays, flagged; a failure only when there is nothing."""
        if not self.status:
            self.failure = failure
        elif not self.body and self.status not in REDIRECTS:
            self.failure = failure
            self.flags["incomplete"] = None
        else:
            self.flags["incomplete"] = None

    def disown(self, stage: str) -> None:
        """What came is not of the site: it was never reached."""
        first = self.response_head.partition(b"\r\n")[0]
        self.stage = stage
        self.status, self.response_head, self.headers, self.location = 0, b"", (), ""
        self.body.clear()
        self.flags.clear()
        self.ended(Failure("unreachable", f"{stage}: the proxy said {first[:60]!r}"))

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


def visible(raw: bytes) -> str:
    """Header bytes as text, with everything unprintable written out as an escape."""
    text = _text(raw)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _reference(raw: bytes) -> str:
    """A Location: UTF-8, or else each byte of another charset (GBK, Latin-1) escaped as it is, as browsers do."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)


def _text(raw: bytes) -> str:
    """UTF-8, or else Latin-1: every header is one of them."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
