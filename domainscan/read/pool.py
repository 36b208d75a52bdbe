"""ParserPool: pages read by worker processes that may be killed, so that no document takes down a scan.

The lanes work in callbacks of the loop, on plain sockets: with streams, locks and a timeout for each document the
round trip took as long as the reading.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections import deque
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
QUICK_DEPTH: Final = (
    4  # documents in a quick worker's hands: about a millisecond of work, so that it never waits
)
# The worker for suspicious documents gives way to those for good pages: where all want the processor it gets a
# tenth of what they do. Not 19, which is a hundredth: large good pages go there as well (60 ms for 400 KB of links),
# and would be out of time.
SLOW_NICENESS: Final = 10
# Then a fresh one, so that memory never creeps up to the limit: 20,000 different documents left it at 30 MB.
DOCUMENTS_PER_WORKER: Final = 20_000
_LONG_TAG_BYTES: Final = 16_000
_LONG_TAG: Final = re.compile(rb"<[a-zA-Z][^<>]{%d}" % _LONG_TAG_BYTES)
_RECEIVE_BYTES: Final = 256 * 1024
# The worker imports what this process would import, from the same folders, and nothing from the current one.
_START: Final = "import sys; sys.path[:] = sys.argv[3:]; from domainscan.read.worker import main; main()"
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")
# glibc: keep what a document has used for the next one, up to 16 MiB; giving it back and faulting it in again
# took 23 page faults and 3 % of the time of each page.
_MALLOC: Final = {"MALLOC_TRIM_THRESHOLD_": "16777216", "MALLOC_TOP_PAD_": "1048576"}


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
        self._cpu_seconds = cpu_seconds
        self._quick = _Lane(max(1, size), QUICK_DEPTH, memory_mb, wall_seconds)
        self._slow = _Lane(1, 1, memory_mb, wall_seconds, SLOW_NICENESS)
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
        reply = await lane.ask(msgspec.msgpack.encode(request))
        try:
            return self._decoder.decode(reply)
        except msgspec.DecodeError as error:
            raise _Lost(f"the parser answered nonsense: {error}") from error


def looks_suspicious(body: bytes) -> bool:
    """Whether a document is so large, so dense or so odd that it may keep a parser busy."""
    if len(body) <= _LONG_TAG_BYTES:
        return body.count(b"<") > QUICK_TAGS
    return len(body) > QUICK_BYTES or body.count(b"<") > QUICK_TAGS or bool(_LONG_TAG.search(body))


class _Document:
    """A request that somebody waits for."""

    __slots__ = ("message", "reply")

    def __init__(self, message: bytes, reply: asyncio.Future[bytes]) -> None:
        self.message, self.reply = message, reply


class _Lane:
    """Up to `size` workers with at most `depth` documents each, which they read one after the other.

    A worker that dies takes along the document whose turn it was, and no other: those behind it go to the next.
    """

    def __init__(self, size: int, depth: int, memory_mb: int, wall_seconds: float, niceness: int = 0) -> None:
        self._size, self._depth, self._limits = size, depth, (memory_mb, niceness)
        self.wall_seconds = wall_seconds
        self._waiting: deque[_Document] = deque()
        self._workers: list[_Worker] = []
        self._failed_starts = 0
        self._ending: list[subprocess.Popen[bytes]] = []

    async def ask(self, message: bytes) -> bytes:
        """The reply to one request. Raises _Lost when the worker died or ran out of time at it."""
        document = _Document(message, asyncio.get_running_loop().create_future())
        self._waiting.append(document)
        self.hand_out()
        try:
            return await document.reply
        except asyncio.CancelledError:
            self._drop(document)
            raise

    def hand_out(self) -> None:
        """Documents to the workers that have fewest; one more worker where all are busy."""
        while self._waiting:
            worker = self._freest()
            if worker is None or worker.documents:
                self._start()
            elif worker.process.poll() is not None:
                self._end(worker)  # it died between two documents: nobody's fault
                continue
            if worker is None:
                return
            worker.send(self._waiting.popleft())

    def _freest(self) -> _Worker | None:
        """The worker with the fewest documents, when it can have one more."""
        found, fewest = None, self._depth
        for worker in self._workers:
            if len(worker.documents) < fewest and worker.takes:
                found, fewest = worker, len(worker.documents)
        return found

    def _start(self) -> None:
        """One more worker, unless there is no place or one is on its way for everybody who waits."""
        if len(self._workers) >= self._size:
            return
        if sum(not one.ready for one in self._workers) >= len(self._waiting):
            return
        try:
            self._workers.append(_Worker(self, *self._limits))
        except OSError as error:
            self._give_up(str(error))

    def _give_up(self, how: str) -> None:
        self._failed_starts = 0
        while self._waiting:
            reply = self._waiting.popleft().reply
            if not reply.done():
                reply.set_exception(ParserBroken(f"{sys.executable} -m domainscan.read.worker: {how}"))

    def started(self) -> None:
        """A worker says that it is ready, so that its start is not charged to a document."""
        self._failed_starts = 0
        self.hand_out()

    def lost(self, worker: _Worker, how: str) -> None:
        """A worker is of no use any more: the document whose turn it is has no reply, those behind it wait again."""
        if worker.documents:
            reply = worker.documents.popleft().reply
            if not reply.done():
                reply.set_exception(_Lost(how))
        self._end(worker)
        self._failed_starts += not worker.ready
        if self._failed_starts > 1:
            self._give_up(how)
        self.hand_out()

    def retire(self, worker: _Worker) -> None:
        """A worker has done enough; the next document starts another."""
        self._end(worker)
        self.hand_out()

    def _drop(self, document: _Document) -> None:
        """Nobody waits for a document any more; a worker in the middle of it is of no use."""
        if document in self._waiting:
            self._waiting.remove(document)
        for worker in self._workers:
            if worker.documents and worker.documents[0] is document:
                self.lost(worker, "cancelled")
                return

    def _end(self, worker: _Worker) -> None:
        if worker not in self._workers:  # it spoke its last words, and was seen to be gone
            return
        self._workers.remove(worker)
        self._waiting.extendleft(one for one in reversed(worker.documents) if not one.reply.done())
        worker.kill()
        self._ending = [one for one in (*self._ending, worker.process) if one.poll() is None]

    async def close(self) -> None:
        while waits := [one.reply for one in self._waiting] + [
            one.reply for worker in self._workers for one in worker.documents if not one.reply.done()
        ]:
            await asyncio.wait(waits)
        for worker in tuple(self._workers):
            self._end(worker)
        for process in self._ending:
            await asyncio.to_thread(process.wait)
        self._ending = []


class _Worker:
    """One process, the socket that is its stdin and stdout, and the documents it has not answered."""

    def __init__(self, lane: _Lane, memory_mb: int, niceness: int) -> None:
        self._lane = lane
        self._loop = asyncio.get_running_loop()
        self._socket, theirs = socket.socketpair()
        try:
            self.process = _spawn(memory_mb, niceness, theirs)
        except OSError:
            self._socket.close()
            raise
        finally:
            theirs.close()
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._receive)
        self.ready = False
        self.documents: deque[_Document] = deque()
        self._sent = 0
        self._unsent = bytearray()
        self._received = bytearray()
        self._limit = self._loop.time() + START_SECONDS  # of the start, and then of each document in its turn
        self._alarm: asyncio.TimerHandle | None = self._loop.call_at(self._limit, self._ring)

    @property
    def takes(self) -> bool:
        """Whether it has started, and has not done enough."""
        return self.ready and self._sent < DOCUMENTS_PER_WORKER

    def send(self, document: _Document) -> None:
        """Give it one more document."""
        self._sent += 1
        self.documents.append(document)
        if len(self.documents) == 1:
            self._next_turn()
        message = len(document.message).to_bytes(4, "big") + document.message
        if not self._unsent:
            message = message[self._write(message) :]
            if message:
                self._loop.add_writer(self._socket, self._send_rest)
        self._unsent += message

    def _write(self, message: bytes | bytearray) -> int:
        """How many bytes the socket took; what is wrong with it is seen when reading."""
        try:
            return self._socket.send(message)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            return len(message)

    def _send_rest(self) -> None:
        del self._unsent[: self._write(self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._lane.lost(self, self._ended())
            return
        self._received += data
        while len(self._received) >= 4:
            size = int.from_bytes(self._received[:4], "big")
            if size > MESSAGE_BYTES:
                self._lane.lost(self, f"the parser sent a reply of {size} bytes")
                return
            if len(self._received) < 4 + size:
                return
            reply = bytes(self._received[4 : 4 + size])
            del self._received[: 4 + size]
            if not self._take(reply):
                return

    def _take(self, reply: bytes) -> bool:
        """Whether there may be more after this reply."""
        if not self.ready:
            self.ready = True
            self._lane.started()
            return True
        if not self.documents:
            self._lane.lost(self, "the parser spoke without being asked")
            return False
        waits = self.documents.popleft().reply
        if not waits.done():
            waits.set_result(reply)
        if self.documents:
            self._next_turn()
        elif self._sent >= DOCUMENTS_PER_WORKER:
            self._lane.retire(self)
            return False
        self._lane.hand_out()
        return True

    def _next_turn(self) -> None:
        """The turn of the first document begins. An alarm that is set already finds the new limit when it rings."""
        self._limit = self._loop.time() + self._lane.wall_seconds
        if self._alarm is None or self._alarm.when() > self._limit:
            self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(self._limit, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._loop.time() < self._limit - 0.002:  # the clock of a loop may be a millisecond behind
            self._set_alarm()
        elif not self.ready:
            self._lane.lost(self, f"not ready within {START_SECONDS} s")
        elif self.documents:
            self._lane.lost(self, f"no answer within {self._lane.wall_seconds} s")

    def _ended(self) -> str:
        """How the process ended, in words."""
        try:
            code = self.process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return "the parser closed its end"
        if code == -signal.SIGPROF:
            return "the parser used up its processor time"
        return f"the parser was ended by signal {-code}" if code < 0 else f"the parser ended with code {code}"

    def kill(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        if self._alarm is not None:
            self._alarm.cancel()
        if self.process.poll() is None:
            self.process.kill()


def _spawn(memory_mb: int, niceness: int, channel: socket.socket) -> subprocess.Popen[bytes]:
    folders = [str(Path(folder or ".").absolute()) for folder in sys.path]
    return subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-I", "-c", _START, str(memory_mb), str(niceness), *folders],
        stdin=channel.fileno(),
        stdout=channel.fileno(),
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=_MALLOC | {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
        start_new_session=True,
    )
