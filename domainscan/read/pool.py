"""ParserPool: pages read by worker processes that may be killed, so that no document takes down a scan."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Final

import msgspec

from domainscan.model import Failure, Page
from domainscan.read.bodies import page_kind
from domainscan.read.lanes import Lane, Lost
from domainscan.read.text import one_line
from domainscan.read.worker import Request

QUICK_BYTES: Final = 256 * 1024
QUICK_TAGS: Final = 8_000
QUICK_CPU_SECONDS: Final = 0.5  # an ordinary page of 256 KiB takes 0.005-0.02
QUICK_DEPTH: Final = (
    4  # documents in a quick worker's hands: about a millisecond of work, so that it never waits
)
# The worker for suspicious documents gives way to those for good pages: where all want the processor it gets a
# tenth of what they do. Not 19, which is a hundredth: large good pages go there as well (60 ms for 400 KB of links),
# and would be out of time.
SLOW_NICENESS: Final = 10
_LONG_TAG_BYTES: Final = 16_000
_LONG_TAG: Final = re.compile(rb"<[a-zA-Z][^<>]{%d}" % _LONG_TAG_BYTES)


class ParserPool:
    """Reads pages in `size` workers for ordinary documents and one for large or suspicious ones.

    The one for suspicious documents is apart, so a good page never waits behind a bomb. Workers start when
    first needed, are replaced when they die, and are gone after `close`. Use as an async context manager.
    """

    def __init__(
        self, size: int = 2, cpu_seconds: float = 2.0, memory_mb: int = 512, wall_seconds: float = 4.0
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._quick = Lane(max(1, size), QUICK_DEPTH, memory_mb, wall_seconds)
        self._slow = Lane(1, 1, memory_mb, wall_seconds, SLOW_NICENESS)
        self._decoder: msgspec.msgpack.Decoder[Page | Failure] = msgspec.msgpack.Decoder(Page | Failure)

    async def __aenter__(self) -> ParserPool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def read(
        self,
        body: bytes,
        *,
        url: str,
        http_status: int,
        content_type: str,
        body_digest: str,
    ) -> Page | Failure:
        """The Page; flagged `incomplete` when only its tokens could be read within the limits.

        Failure("parse_incomplete") when not even those could, Failure("not_html") for what is no text page.
        Once its turn comes a document takes at most twice `wall_seconds`. Raises ParserBroken.
        """
        if not page_kind(body, content_type):
            return Failure("not_html", one_line(content_type, 100))
        suspicious = looks_suspicious(body)
        cpu = self._cpu_seconds if suspicious else min(self._cpu_seconds, QUICK_CPU_SECONDS)
        request = Request(body, url, http_status, content_type, body_digest, False, cpu)
        try:
            return await self._ask(self._slow if suspicious else self._quick, request)
        except Lost:
            request = msgspec.structs.replace(request, tokens=True, cpu_seconds=self._cpu_seconds)
        try:
            return await self._ask(self._slow, request)
        except Lost as lost:
            return Failure("parse_incomplete", str(lost))

    async def close(self) -> None:
        """End every worker and wait until it is gone."""
        await self._quick.close()
        await self._slow.close()

    async def _ask(self, lane: Lane, request: Request) -> Page | Failure:
        reply = await lane.ask(msgspec.msgpack.encode(request))
        try:
            return self._decoder.decode(reply)
        except msgspec.DecodeError as error:
            raise Lost(f"the parser answered nonsense: {error}") from error


def looks_suspicious(body: bytes) -> bool:
    """Whether a document is so large, so dense or so odd that it may keep a parser busy."""
    if len(body) <= _LONG_TAG_BYTES:
        return body.count(b"<") > QUICK_TAGS
    return len(body) > QUICK_BYTES or body.count(b"<") > QUICK_TAGS or bool(_LONG_TAG.search(body))
