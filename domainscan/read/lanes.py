"""A lane: documents that wait, and the workers that read them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque

from domainscan.read.process import Document, Worker


class ParserBroken(Exception):
    """Raised when a parser process cannot be started at all; the message says how it ended."""


class Lost(Exception):
    """The worker is gone; the message says how."""


class Lane:
    """Up to `size` workers with at most `depth` documents each, which they read one after the other.

    A worker that dies takes along the document whose turn it was, and no other: those behind it go to the next.
    """

    def __init__(self, size: int, depth: int, memory_mb: int, wall_seconds: float, niceness: int = 0) -> None:
        self._size, self._depth, self._limits = size, depth, (memory_mb, niceness)
        self.wall_seconds = wall_seconds
        self._waiting: deque[Document] = deque()
        self._workers: list[Worker] = []
        self._failed_starts = 0
        self._ending: list[subprocess.Popen[bytes]] = []

    async def ask(self, message: bytes) -> bytes:
        """The reply to one request. Raises Lost when the worker died or ran out of time at it."""
        document = Document(message, asyncio.get_running_loop().create_future())
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

    def _freest(self) -> Worker | None:
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
            self._workers.append(Worker(self, *self._limits))
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

    def lost(self, worker: Worker, how: str) -> None:
        """A worker is of no use any more: the document whose turn it is has no reply, those behind it wait again."""
        if worker.documents:
            reply = worker.documents.popleft().reply
            if not reply.done():
                reply.set_exception(Lost(how))
        self._end(worker)
        self._failed_starts += not worker.ready
        if self._failed_starts > 1:
            self._give_up(how)
        self.hand_out()

    def retire(self, worker: Worker) -> None:
        """A worker has done enough; the next document starts another."""
        self._end(worker)
        self.hand_out()

    def _drop(self, document: Document) -> None:
        """Nobody waits for a document any more; a worker in the middle of it is of no use."""
        if document in self._waiting:
            self._waiting.remove(document)
        for worker in self._workers:
            if worker.documents and worker.documents[0] is document:
                self.lost(worker, "cancelled")
                return

    def _end(self, worker: Worker) -> None:
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
