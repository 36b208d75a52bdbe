"""Shards on a Dask cluster: every worker process keeps a workshop (`shops`), its threads hand it jobs.

A job's rows come back together when the job is done, so jobs are small and many are under way. A worker that is
lost takes nothing along: Dask runs its jobs again elsewhere, and what comes twice is recorded once. A scheduler that
is lost ends the scan: what it had under way stays pending.
Needs the extra `cluster`; docs/operations.md starts a scheduler and workers.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

from domainscan import __version__
from domainscan.config import Config
from domainscan.scan.engine import JOB_ROWS, EngineBroken, Inbox, Lost
from domainscan.scan.job import Part, Settings, ShardJob, settings_of
from domainscan.scan.shops import begin_run, end_run, run_shard

if TYPE_CHECKING:
    from distributed import Client

ANSWER_SECONDS: Final = 10.0  # for whatever is asked of the scheduler or its workers
WORKERS_SECONDS: Final = 5.0  # for workers that start together with the scan
PING_SECONDS: Final = 2.0  # between two looks whether the scheduler is there, and with how many workers
ALONE_SECONDS: Final = 30.0  # without any worker, until the scan gives up
HAND_IN_SECONDS: Final = 5.0  # for jobs under way, when somebody ends the scan
CLOSE_SECONDS: Final = 3.0
QUEUED: Final = 2  # jobs for each thread of the workers: one under way, one ready
T = TypeVar("T")
SAVED: Final = "what is finished is saved; type the same command again to go on"


class NoCluster(Exception):
    """The scheduler cannot be used; the message says why, and the way out."""


class Cluster:
    """The workers of a running Dask scheduler, for one scan. Use as a context manager."""

    settings: Settings
    _client: Client
    _pool: Any

    def __init__(self, config: Config, inbox: Inbox, address: str, scan: str) -> None:
        self.width = 0
        self._config, self._inbox, self._address = config, inbox, address
        self._scan, self._run = scan, uuid.uuid4().hex
        self._under_way: dict[Any, ShardJob] = {}
        self._lock = threading.Lock()
        self._stopping = self._broken = False
        self._closing = threading.Event()

    def __enter__(self) -> Cluster:
        """Raises NoCluster."""
        self._client = connect(self._address)
        try:
            workers = self._greet()
        except BaseException:
            self._leave()
            raise
        self.settings = settings_of(self._config, workers)
        # Retries are the driver's, which counts them.
        self._pool = self._client.get_executor(retries=0, pure=False)
        threading.Thread(target=self._watch, name="cluster", daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        if not self._broken:
            self._tell(end_run)
        self._leave()

    def _leave(self) -> None:
        self._closing.set()
        with suppress(Exception):  # there may be nobody left to say good-bye to
            self._client.close(timeout=CLOSE_SECONDS)

    def _greet(self) -> int:
        """How many workers there are; each of them has our version, and forgets earlier runs of this scan."""
        from distributed.comm import CommClosedError  # noqa: PLC0415 - an extra

        end = time.monotonic() + WORKERS_SECONDS
        try:
            while not self._count() and time.monotonic() < end:
                time.sleep(0.2)
            answers = within(
                ANSWER_SECONDS,
                lambda: self._client.run(begin_run, self._scan, self._run, on_error="return"),
            )
        except Exception as error:  # what Dask raises is no closed list; the message has its type
            raise NoCluster(f"{self._address}: no answer from its workers ({told(error)})") from error
        # A worker that died while it was asked is none of another version: the others do the work.
        answers = {worker: said for worker, said in answers.items() if not isinstance(said, CommClosedError)}
        if not answers:
            raise NoCluster(f"{self._address}: the scheduler has no workers: start some with `dask worker`")
        for worker, version in answers.items():
            if version != __version__:
                there = f"domainscan {version}" if isinstance(version, str) else told(version)
                raise NoCluster(
                    f"{self._address}: the worker {worker} has {there}; install domainscan {__version__} there"
                )
        return len(answers)

    def _count(self) -> int:
        """The threads of all workers now; `width` follows them."""
        threads: int = sum(within(ANSWER_SECONDS, self._client.nthreads).values())
        if threads:
            self.width = threads * QUEUED * JOB_ROWS
        return threads

    def _watch(self) -> None:
        """Until the end: a scheduler that is gone, hangs or has no workers left ends the scan."""
        seen = time.monotonic()
        while not self._closing.wait(PING_SECONDS):
            try:
                threads = self._count()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
                self._break(f"the scheduler does not answer ({told(error)})")
                return
            if threads:
                seen = time.monotonic()
            elif time.monotonic() - seen > ALONE_SECONDS:
                self._break("the scheduler has no workers left")
                return

    def _break(self, why: str) -> None:
        with self._lock:
            if self._broken or self._closing.is_set():
                return
            self._broken = True
        self._inbox.put(EngineBroken(f"--cluster {self._address}: {why}; {SAVED}"))

    def submit(self, job: ShardJob) -> None:
        try:
            future = self._pool.submit(run_shard, job, self._run)
        except Exception as error:  # noqa: BLE001 - the client has been closed behind our back
            self._break(told(error))
            return
        with self._lock:
            self._under_way[future] = job
        future.add_done_callback(self._done)

    def _done(self, future: Future[Part]) -> None:
        with self._lock:
            job = self._under_way.pop(future, None)
        if job is None:
            return
        lines = tuple(task.line for task in job.tasks)
        try:
            part = future.result()
        except CancelledError:
            self._cancelled(lines)
        except EngineBroken as error:
            self._break(f"on a worker, {error}")
        except Exception as error:  # noqa: BLE001 - Dask hands on whatever a worker raised or died of
            self._inbox.put(Part(left=lines) if self._stopping else Lost(lines, told(error)))
        else:
            self._take(part)

    def _cancelled(self, lines: tuple[int, ...]) -> None:
        """Not by us, unless somebody ended the scan: Dask does so when it loses its scheduler."""
        if self._stopping:
            self._inbox.put(Part(left=lines))
        else:
            self._break("the scheduler was ended or restarted")

    def _take(self, part: Part) -> None:
        if part.left and not self._stopping:  # the worker closes; others will do the rest
            self._inbox.put(Part(part.findings, part.records, silent=part.silent))
            self._inbox.put(Lost(part.left, "its worker was closed"))
        else:
            self._inbox.put(part)

    def stop(self) -> None:
        """Jobs hand in what they have; a worker that does not within HAND_IN_SECONDS is not waited for."""
        self._stopping = True
        threading.Thread(target=self._tell, args=(end_run,), daemon=True).start()
        last_call = threading.Timer(HAND_IN_SECONDS, self._hand_back)
        last_call.daemon = True
        last_call.start()

    def _hand_back(self) -> None:
        with self._lock:
            jobs, self._under_way = list(self._under_way.values()), {}
        for job in jobs:
            self._inbox.put(Part(left=tuple(task.line for task in job.tasks)))

    def _tell(self, what: Callable[[str, str], None]) -> None:
        with suppress(Exception):  # who does not hear it will notice
            within(CLOSE_SECONDS, lambda: self._client.run(what, self._scan, self._run, on_error="ignore"))


def connect(address: str) -> Client:
    """A client of the scheduler; what Dask has to say about it is kept quiet. Raises NoCluster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions that differ: what matters is asked of the workers
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise NoCluster('needs the extra: pip install "domainscan[cluster]"') from error
        for name in ("distributed", "distributed.client", "tornado", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

        class Quiet(Client):  # type: ignore[misc] # untyped
            def __del__(self) -> None:
                """We close it; Dask waits 20 s here for a scheduler that is gone, and then prints a traceback."""

        try:
            return Quiet(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except Exception as error:  # here too: OSError, TimeoutError, its own, and errors in the address
            raise NoCluster(f"{address}: no Dask scheduler answers there ({told(error)})") from error


def within(seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` gives, raises what it raises; TimeoutError when it takes longer (its thread is left alone)."""
    answer: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            answer.put((ask(), None))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            answer.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = answer.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def told(error: object) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
