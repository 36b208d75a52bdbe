"""Worker processes on this machine: each runs an event loop of its own and has many jobs under way at once.

Not a ProcessPoolExecutor: its workers take one call at a time, so one slow host would hold a whole process, and one
killed worker breaks the pool for all. Here a worker that dies is replaced and its unfinished rows are handed back.
Workers are plain children with one pipe each.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading
from multiprocessing import Pipe, connection
from queue import SimpleQueue
from typing import Final

from domainscan.scan.children import Child, driver_pipe, received
from domainscan.scan.engine import EngineBroken, Here, Inbox, Lost, broken, rows_at_once
from domainscan.scan.job import Part, Settings, ShardJob

LOSSES_IN_A_ROW: Final = 5  # without a row done in between: then it is no accident
LOST_SECONDS: Final = 5.0  # for a worker that closed its pipe, before it is killed
CLOSE_SECONDS: Final = 2.0  # for a worker whose pipe is closed: nobody wants anything of it any more
STOP: Final = b""


class Processes:
    """`count` worker processes. `with Processes(settings, inbox, 2) as engine`."""

    def __init__(self, settings: Settings, inbox: Inbox, count: int) -> None:
        self.settings = settings
        self.width = count * rows_at_once(settings)
        self._inbox, self._count = inbox, count
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._losses = 0
        self._closing = False
        self._reader = threading.Thread(target=self._read, name="parts", daemon=True)

    def __enter__(self) -> Processes:
        self._workers = [_Worker(self.settings) for _ in range(self._count)]
        self._wake_reader, self._wake = Pipe(duplex=False)
        self._reader.start()
        return self

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._closing = True
            workers = list(self._workers)
        self._wake.send_bytes(b"x")
        for worker in workers:
            worker.close()
        self._reader.join()
        self._wake.close()
        self._wake_reader.close()

    def submit(self, job: ShardJob) -> None:
        """Hands the job to the worker with the fewest rows."""
        data = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            worker = min(self._workers, key=lambda one: len(one.lines))
            worker.lines.update(task.line for task in job.tasks)
            worker.send(data)

    def stop(self) -> None:
        with self._lock:
            for worker in self._workers:
                worker.send(STOP)

    def _read(self) -> None:
        """Passes parts on to the inbox until the engine closes; replaces workers that die."""
        try:
            while not self._closing:
                ends = {worker.pipe: worker for worker in list(self._workers)}
                for ready in connection.wait([*ends, self._wake_reader]):
                    if ready is not self._wake_reader:
                        self._take(ends[ready])  # type: ignore[index]
        except Exception as error:  # noqa: BLE001 - raised in the driver, which would wait for ever: no process can be had
            self._inbox.put(broken(error))

    def _take(self, worker: _Worker) -> None:
        try:
            part = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301 - from our own child
        except (EOFError, OSError, pickle.UnpicklingError):
            self._replace(worker)
            return
        if isinstance(part, Part):
            self._losses = 0
            with self._lock:
                worker.lines.difference_update(one.line for one in part.findings)
                worker.lines.difference_update(part.left)
        self._inbox.put(part)

    def _replace(self, worker: _Worker) -> None:
        """A worker died: another one in its place, and its rows back to the driver."""
        with self._lock:
            if self._closing:
                return
            self._workers.remove(worker)
            how = worker.lost()
            self._losses += 1
            if self._losses > LOSSES_IN_A_ROW:
                self._inbox.put(
                    EngineBroken(f"worker processes keep dying ({how}); what is finished is saved")
                )
                self._closing = True
                return
            self._workers.append(_Worker(self.settings))
        if worker.lines:
            self._inbox.put(Lost(tuple(sorted(worker.lines)), how))


class _Worker(Child):
    """One process, the pipe to it, and the rows it has under way."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("domainscan.scan.processes")
        self.lines: set[int] = set()
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self.send(pickle.dumps(settings, pickle.HIGHEST_PROTOCOL))
        threading.Thread(target=self._write, name="jobs", daemon=True).start()

    def send(self, data: bytes) -> None:
        """Without waiting: a worker whose pipe is full takes it when it can."""
        self._outbox.put(data)

    def _write(self) -> None:
        while (data := self._outbox.get()) is not None:
            try:
                self.pipe.send_bytes(data)
            except OSError:
                return  # it is gone; the reader notices

    def lost(self) -> str:
        """How it ended, in words; nothing more is written to it."""
        self._outbox.put(None)
        return f"a worker {self.ended(LOST_SECONDS)}"

    def close(self) -> None:
        self._outbox.put(None)
        self.pipe.close()
        self.ended(CLOSE_SECONDS)


def main() -> None:
    """A worker's life: takes settings and then jobs from standard input, sends parts back the same way.

    It ends when the driver is gone, and its parsers with it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's, which asks for what is finished
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe = driver_pipe()
    serve(pipe, pickle.loads(pipe.recv_bytes()))  # noqa: S301 - from our own driver


def serve(pipe: connection.Connection, settings: Settings) -> None:
    parts: Inbox = SimpleQueue()
    threading.Thread(target=_send_all, args=(pipe, parts), name="send", daemon=True).start()
    with Here(settings, parts) as here:
        gc.freeze()  # packs, suffixes and modules stay for good: nobody need look at them again
        gc.set_threshold(20_000, 20, 20)  # visits leave few cycles to look for
        while (data := received(pipe)) is not None:
            if data == STOP:
                here.stop()
            else:
                here.submit(pickle.loads(data))  # noqa: S301 - from our own driver
        os._exit(0)  # whoever wanted the rest is gone


def _send_all(pipe: connection.Connection, parts: Inbox) -> None:
    while True:
        part = parts.get()
        try:
            pipe.send_bytes(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
        except OSError:
            return  # the driver is gone; `serve` notices
