"""Shards on a Dask cluster: every worker process keeps one workshop, its threads hand it jobs.

A job's rows come back together when the job is done, so jobs are small and many are under way. A worker that is
lost takes nothing along: Dask runs its jobs again elsewhere, and what comes twice is recorded once.
Needs the extra `cluster`; docs/operations.md starts a scheduler and workers.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from domainscan.scan.engine import JOB_ROWS, Here, Inbox, Lost
from domainscan.scan.shard import Part, Settings, ShardJob

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS: Final = 15
RETRIES: Final = 3  # of a job whose worker died


class NoCluster(Exception):
    """The scheduler cannot be used; the message says why, and the way out."""


class Cluster:
    """The workers of a running Dask scheduler. `with Cluster(settings, inbox, "tcp://127.0.0.1:8786") as engine`."""

    def __init__(self, settings: Settings, inbox: Inbox, address: str) -> None:
        self.settings = settings
        self._inbox, self._address = inbox, address
        self._client: Client | None = None
        self._under_way: dict[Any, ShardJob] = {}
        self._lock = threading.Lock()
        self.width = 0

    def __enter__(self) -> Cluster:
        """Raises NoCluster."""
        self._client = connect(self._address)
        threads = sum(self._client.nthreads().values())
        if not threads:
            self._client.close()
            raise NoCluster(f"{self._address}: the scheduler has no workers: start some with `dask worker`")
        self.width = threads * 2 * JOB_ROWS
        self._pool = self._client.get_executor(retries=RETRIES, pure=False)
        return self

    def __exit__(self, *raised: object) -> None:
        assert self._client is not None
        with suppress(Exception):
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def submit(self, job: ShardJob) -> None:
        future = self._pool.submit(run_shard, job)
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
            self._inbox.put(future.result())
        except CancelledError:
            self._inbox.put(Part(left=lines))
        except Exception as error:  # noqa: BLE001 - Dask hands on whatever a worker raised or died of
            self._inbox.put(Lost(lines, f"{type(error).__name__}: {error}"[:300]))

    def stop(self) -> None:
        """What has not begun is handed back at once; what is under way ends by its deadlines."""
        with self._lock:
            futures = list(self._under_way)
        for future in futures:
            future.cancel()


def connect(address: str) -> Client:
    """A client of the scheduler. Raises NoCluster."""
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NoCluster('--cluster needs the extra: pip install "domainscan[cluster]"') from error
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoCluster(f"{address}: no Dask scheduler answers there ({error})") from error


class _Shop:
    """What a worker process keeps between jobs: the workshop of the last settings."""

    lock = threading.Lock()
    here: Here | None = None


def run_shard(job: ShardJob) -> Part:
    """All that came of one job. Runs in a thread of a Dask worker; the process keeps its workshop for the next."""
    return _shop(job.settings).run_whole(job)


def _shop(settings: Settings) -> Here:
    with _Shop.lock:
        if _Shop.here is None or _Shop.here.settings != settings:
            if _Shop.here is not None:
                _Shop.here.__exit__()
            _Shop.here = Here(settings, SimpleQueue()).__enter__()
        return _Shop.here
