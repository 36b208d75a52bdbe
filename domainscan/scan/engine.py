"""Where shards run. One seam: submit a job, and its rows come back through one inbox, in parts, as they get done.

`Here` is this process, `processes` are several on this machine, `cluster` is Dask. None of them opens the store.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Protocol

import uvloop

from domainscan.model import Record
from domainscan.scan.job import Part, Settings, ShardJob
from domainscan.scan.workshop import Workshop
from domainscan.store.findings import Finding
from domainscan.warc import WarcRecord

JOB_ROWS: Final = 64  # rows of a job: small, so that a domain's jobs end soon and progress is saved often
FLUSH_SECONDS: Final = (
    0.25  # how long a finished row waits for others: a transaction costs a sync of the disk
)
FLUSH_ROWS: Final = 256
FLUSH_BYTES: Final = 8 << 20
_PACKAGE: Final = Path(__file__).parents[1]


class Lost(Record, frozen=True):
    """Rows whose worker died: nothing came of them yet."""

    lines: tuple[int, ...]
    why: str


class EngineBroken(Exception):
    """Raised when jobs cannot be run; the message says how the last try ended."""


def broken(error: Exception, during: str = "") -> EngineBroken:
    """A fault of a thread or a worker, for whoever waits for it: what it is, and the line of ours that met it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return EngineBroken(f"{during}{type(error).__name__}: {error} ({place})")


Inbox = SimpleQueue[Part | Lost | EngineBroken]


class Engine(Protocol):
    """Runs jobs. `width` rows at the most should be under way, and jobs have about JOB_ROWS of them."""

    width: int
    settings: Settings

    def submit(self, job: ShardJob) -> None:
        """The job's rows will come through the inbox, each once: found, left or lost."""

    def stop(self) -> None:
        """Asks running jobs to hand in what they have."""


def rows_at_once(settings: Settings) -> int:
    """How many rows one worker has under way: enough that slow hosts never keep it waiting for work."""
    return 2 * settings.net.concurrency + settings.net.slow_visits


class Here:
    """One event loop in a thread of this process; its jobs share one workshop."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self.settings = settings
        self.width = rows_at_once(settings)
        self._inbox = inbox
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="shards", daemon=True)

    def __enter__(self) -> Here:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except BaseException:
            self._end()
            raise
        return self

    async def _open(self) -> None:
        self._workshop = await Workshop(self.settings).__aenter__()
        self._batch = _Batch(self._inbox, self._workshop)

    def __exit__(self, *raised: object) -> None:
        self.stop()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end()

    async def _close(self) -> None:
        """Lets running jobs hand in what they have before their workshop closes."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)  # `_run` has told what went wrong
        await self._workshop.__aexit__(None, None, None)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def submit(self, job: ShardJob) -> None:
        asyncio.run_coroutine_threadsafe(self._run(job), self._loop)

    async def _run(self, job: ShardJob) -> None:
        try:
            left = await self._workshop.run(job, self._batch.add)
            if left:
                self._batch.flush()
                self._inbox.put(Part(left=left))
        except Exception as error:  # noqa: BLE001 - raised in the driver: nobody here waits for a job
            self._inbox.put(broken(error))

    def run_whole(self, job: ShardJob) -> Part:
        """All that came of one job, until somebody stops us. Blocks; for callers who hold a thread for each job."""
        return asyncio.run_coroutine_threadsafe(self._whole(job), self._loop).result()

    async def _whole(self, job: ShardJob) -> Part:
        findings: list[Finding] = []
        kept: list[WarcRecord] = []

        def done(finding: Finding, records: tuple[WarcRecord, ...]) -> None:
            findings.append(finding)
            kept.extend(records)

        left = await self._workshop.run(job, done)
        return Part(tuple(findings), tuple(kept), left, self._workshop.silent)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._workshop.stop)


class _Batch:
    """Finished rows of all jobs of a workshop, sent on together."""

    def __init__(self, inbox: Inbox, workshop: Workshop) -> None:
        self._inbox, self._workshop = inbox, workshop
        self._findings: list[Finding] = []
        self._records: list[WarcRecord] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, finding: Finding, records: tuple[WarcRecord, ...]) -> None:
        self._findings.append(finding)
        self._records += records
        self._bytes += sum(len(one.data) for one in records)
        if len(self._findings) >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._findings:
            part = Part(tuple(self._findings), tuple(self._records), silent=self._workshop.silent)
            self._findings, self._records, self._bytes = [], [], 0
            self._inbox.put(part)
