"""One parser process as this side sees it: its socket, its alarm, and the documents it has not answered.

It works in callbacks of the loop, on a plain socket: with streams, locks and a timeout for each document the round
trip took as long as the reading.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Final, Protocol

from domainscan.read.worker import MESSAGE_BYTES

START_SECONDS: Final = 30.0
# Then a fresh one, so that memory never creeps up to the limit: 20,000 different documents left it at 30 MB.
DOCUMENTS_PER_WORKER: Final = 20_000
_RECEIVE_BYTES: Final = 256 * 1024
# The worker imports what this process would import, from the same folders, and nothing from the current one.
_START: Final = "import sys; sys.path[:] = sys.argv[3:]; from domainscan.read.worker import main; main()"
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "PYTHONHOME")
# glibc: keep what a document has used for the next one, up to 16 MiB; giving it back and faulting it in again
# took 23 page faults and 3 % of the time of each page.
_MALLOC: Final = {"MALLOC_TRIM_THRESHOLD_": "16777216", "MALLOC_TOP_PAD_": "1048576"}


class Document:
    """A request that somebody waits for."""

    __slots__ = ("message", "reply")

    def __init__(self, message: bytes, reply: asyncio.Future[bytes]) -> None:
        self.message, self.reply = message, reply


class Owner(Protocol):
    """The lane that a worker belongs to, as the worker knows it."""

    wall_seconds: float  # for each document, from its turn

    def started(self) -> None: ...

    def hand_out(self) -> None: ...

    def lost(self, worker: Worker, how: str) -> None: ...

    def retire(self, worker: Worker) -> None: ...


class Worker:
    """One process, the socket that is its stdin and stdout, and the documents it has not answered."""

    def __init__(self, lane: Owner, memory_mb: int, niceness: int) -> None:
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
        self.documents: deque[Document] = deque()
        self._sent = 0
        self._unsent = bytearray()
        self._received = bytearray()
        self._limit = self._loop.time() + START_SECONDS  # of the start, and then of each document in its turn
        self._alarm: asyncio.TimerHandle | None = self._loop.call_at(self._limit, self._ring)

    @property
    def takes(self) -> bool:
        """Whether it has started, and has not done enough."""
        return self.ready and self._sent < DOCUMENTS_PER_WORKER

    def send(self, document: Document) -> None:
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
        """Ends the process, and lets go of its socket and alarm."""
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
