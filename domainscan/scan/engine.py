"""Where shards run: in this process, or on several (`--workers N`). One seam: submit a job, get a future."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.synchronize import Event as ProcessEvent
from typing import Final, Protocol

import uvloop

from domainscan.scan.shard import Settings, ShardJob, ShardResult, Tick, Workshop

IN_FLIGHT: Final = 6  # jobs at once in this process: while some wait for their slowest host the others work
JOB_ROWS: Final = 32  # rows of a job in this process: small, so that progress is saved often
PROCESS_JOB_ROWS: Final = 250


class Engine(Protocol):
    """Runs jobs; `width` of them at once, of about `rows` rows each."""

    width: int
    rows: int
    settings: Settings

    def submit(self, job: ShardJob) -> Future[ShardResult]: ...
    def stop(self) -> None:
        """Asks running jobs to hand in what they have."""


@contextmanager
def open_engine(settings: Settings, workers: int, tick: Tick | None = None) -> Iterator[Engine]:
    """An engine of `workers` processes; 1 means this process. `tick` is called in this process only."""
    if workers <= 1:
        with _Here(settings, tick) as here:
            yield here
        return
    context = multiprocessing.get_context("spawn")
    flag = context.Event()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(flag,)) as pool:
        yield _Processes(settings, pool, flag, workers)


class _Here:
    """One event loop in a thread of this process; its jobs share one workshop."""

    width, rows = IN_FLIGHT, JOB_ROWS

    def __init__(self, settings: Settings, tick: Tick | None) -> None:
        self.settings, self._tick = settings, tick
        self._stop = threading.Event()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shards", daemon=True)

    def __enter__(self) -> _Here:
        self._thread.start()
        try:
            self._workshop = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self._end()
            raise
        return self

    async def _open(self) -> Workshop:
        return await Workshop(self.settings).__aenter__()

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end()

    async def _close(self) -> None:
        """Lets running jobs hand in what they have before their workshop closes."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
        await self._workshop.__aexit__(None, None, None)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def submit(self, job: ShardJob) -> Future[ShardResult]:
        return asyncio.run_coroutine_threadsafe(self._workshop.run(job, self._stop, self._tick), self._loop)

    def stop(self) -> None:
        self._stop.set()


class _Processes:
    """Worker processes, one job at a time in each."""

    rows = PROCESS_JOB_ROWS

    def __init__(
        self, settings: Settings, pool: ProcessPoolExecutor, flag: ProcessEvent, workers: int
    ) -> None:
        self.settings, self._pool, self._flag = settings, pool, flag
        self.width = workers + 1

    def submit(self, job: ShardJob) -> Future[ShardResult]:
        return self._pool.submit(run_shard, job)

    def stop(self) -> None:
        self._flag.set()


class _Worker:
    """What a worker process keeps between jobs: its loop, and the workshop of the last settings."""

    stop: threading.Event | ProcessEvent = threading.Event()
    runner: asyncio.Runner | None = None
    workshop: tuple[Settings, Workshop] | None = None


def _begin(flag: ProcessEvent) -> None:
    """A worker leaves Ctrl-C to the driver, which asks for what is finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Worker.stop = flag
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()


def _follow_parent() -> None:
    """Ends this worker when the driver is gone, killed without a word; its parsers end with it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def run_shard(job: ShardJob) -> ShardResult:
    """Visits and judges every row of a job; clients are built at a worker's first job and kept for the next."""
    if _Worker.runner is None:
        _Worker.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    return _Worker.runner.run(_run_kept(job))


async def _run_kept(job: ShardJob) -> ShardResult:
    if _Worker.workshop is None or _Worker.workshop[0] != job.settings:
        if _Worker.workshop is not None:
            await _Worker.workshop[1].__aexit__(None, None, None)
        _Worker.workshop = (job.settings, await Workshop(job.settings).__aenter__())
    return await _Worker.workshop[1].run(job, _Worker.stop)
