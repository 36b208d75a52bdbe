"""ParserPool: pages read by worker processes that may be killed, so that no document takes down a scan."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec

from domainscan.model import Failure, Page
from domainscan.read.html import page_kind
from domainscan.read.text import one_line
from domainscan.read.worker import MESSAGE_BYTES, Request

QUICK_BYTES: Final = 256 * 1024
QUICK_TAGS: Final = 8_000
QUICK_CPU_SECONDS: Final = 0.5  # an ordinary page of 256 KiB takes 0.005-0.02
START_SECONDS: Final = 30.0
DOCUMENTS_PER_WORKER: Final = 2_000  # then a fresh one: memory never creeps up to the limit
_LONG_TAG: Final = re.compile(rb"<[a-zA-Z][^<>]{16000}")
# The worker imports what this process would import, from the same folders, and nothing from the current one.
_START: Final = "import sys; sys.path[:] = sys.argv[2:]; from domainscan.read.worker import main; main()"
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")


class ParserBroken(Exception):
    """Raised when a parser process cannot be started at all; the message says how it ended."""


class _Lost(Exception):
    """The worker is gone; the message says how."""


class ParserPool:
    """Reads pages in `size` workers for ordinary documents and one for large or suspicious ones.

    The one for suspicious documents is apart, so a good page never waits behind a bomb. Workers start when
    first needed, are replaced when they die, and are gone after `close`. Use as an async context manager.
    """

    def __init__(
        self, size: int = 2, cpu_seconds: float = 2.0, memory_mb: int = 512, wall_seconds: float = 4.0
    ) -> None:
        self._cpu_seconds, self._wall_seconds = cpu_seconds, wall_seconds
        self._quick = _Lane(max(1, size), memory_mb)
        self._slow = _Lane(1, memory_mb)
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
        except _Lost:
            request = msgspec.structs.replace(request, tokens=True, cpu_seconds=self._cpu_seconds)
        try:
            return await self._ask(self._slow, request)
        except _Lost as lost:
            return Failure("parse_incomplete", str(lost))

    async def close(self) -> None:
        """End every worker and wait until it is gone."""
        await self._quick.close()
        await self._slow.close()

    async def _ask(self, lane: _Lane, request: Request) -> Page | Failure:
        reply = await lane.ask(msgspec.msgpack.encode(request), self._wall_seconds)
        try:
            return self._decoder.decode(reply)
        except msgspec.DecodeError as error:
            raise _Lost(f"the parser answered nonsense: {error}") from error


def looks_suspicious(body: bytes) -> bool:
    """Whether a document is so large, so dense or so odd that it may keep a parser busy."""
    return len(body) > QUICK_BYTES or body.count(b"<") > QUICK_TAGS or bool(_LONG_TAG.search(body))


class _Lane:
    """Some workers that take turns; a place without a worker starts one when its turn comes."""

    def __init__(self, size: int, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        self._size = size
        self._idle: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._idle.put_nowait(None)
        self._ending: list[_Worker] = []

    async def ask(self, request: bytes, wall_seconds: float) -> bytes:
        """The reply to one request. Raises _Lost when the worker died or ran out of time."""
        worker = await self._idle.get()
        answered = False
        try:
            if worker is None or worker.worn:
                self._end(worker)
                worker = None
                worker = await self._start()
            async with asyncio.timeout(wall_seconds):
                reply = await worker.ask(request)
            answered = True
            return reply
        except TimeoutError:
            raise _Lost(f"no answer within {wall_seconds} s") from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Lost(worker.ended() if worker else str(error)) from error
        finally:  # also when cancelled: a worker in the middle of something is of no use
            if not answered:
                self._end(worker)
            self._idle.put_nowait(worker if answered else None)

    async def _start(self) -> _Worker:
        """A new worker that says it is ready, so that its start is not charged to a document."""
        for tries_left in (1, 0):
            worker = await _connect(self._memory_mb)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await worker.ready()
            except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
                how = worker.ended()
                self._end(worker)
                if not tries_left:
                    raise ParserBroken(f"{sys.executable} -m domainscan.read.worker: {how}") from error
            except asyncio.CancelledError:
                self._end(worker)
                raise
            else:
                return worker
        raise AssertionError("the second try returns or raises")

    def _end(self, worker: _Worker | None) -> None:
        if worker:
            worker.kill()
            self._ending.append(worker)
        self._ending = [one for one in self._ending if one.process.poll() is None]

    async def close(self) -> None:
        for _ in range(self._size):
            self._end(await self._idle.get())
        for worker in self._ending:
            await asyncio.to_thread(worker.process.wait)
        self._ending = []
        for _ in range(self._size):
            self._idle.put_nowait(None)


class _Worker:
    """One process and the socket that is its stdin and stdout."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process, self._reader, self._writer = process, reader, writer
        self._documents = 0

    @property
    def worn(self) -> bool:
        """Whether to replace it before the next document: it is gone, or has done enough."""
        return self._documents >= DOCUMENTS_PER_WORKER or self.process.poll() is not None

    async def ready(self) -> None:
        """Returns when the worker has started."""
        await self._reader.readexactly(4)

    async def ask(self, request: bytes) -> bytes:
        self._documents += 1
        self._writer.write(len(request).to_bytes(4, "big"))
        self._writer.write(request)
        await self._writer.drain()
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        if size > MESSAGE_BYTES:
            raise ConnectionError(f"a reply of {size} bytes")
        return await self._reader.readexactly(size)

    def ended(self) -> str:
        """How the process ended, in words."""
        try:
            code = self.process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return "the parser closed its end"
        if code == -signal.SIGPROF:
            return "the parser used up its processor time"
        return f"the parser was ended by signal {-code}" if code < 0 else f"the parser ended with code {code}"

    def kill(self) -> None:
        self._writer.transport.abort()
        if self.process.poll() is None:
            self.process.kill()


async def _connect(memory_mb: int) -> _Worker:
    """A new worker. Not asyncio's subprocess: that needs a child watcher, and on 3.11 a thread for each."""
    ours, theirs = socket.socketpair()
    try:
        process = _spawn(memory_mb, theirs)
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    ours.setblocking(False)
    try:
        reader, writer = await asyncio.open_connection(sock=ours)
    except asyncio.CancelledError:
        ours.close()
        process.kill()
        process.wait()
        raise
    return _Worker(process, reader, writer)


def _spawn(memory_mb: int, channel: socket.socket) -> subprocess.Popen[bytes]:
    folders = [str(Path(folder or ".").absolute()) for folder in sys.path]
    return subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-I", "-c", _START, str(memory_mb), *folders],
        stdin=channel.fileno(),
        stdout=channel.fileno(),
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
        start_new_session=True,
    )
