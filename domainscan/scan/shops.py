"""What a cluster's worker process keeps between jobs: one workshop for each scan that is under way.

Jobs come in threads of the worker, from one driver or several. A scan has a name and each of its drivers another one,
its run: whoever resumes a scan ends what is left of an earlier run, so that no host is visited by both.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final

import msgspec

from domainscan import __version__
from domainscan.config import Net, load_config
from domainscan.scan.engine import Here, broken
from domainscan.scan.job import Part, Settings, ShardJob

# What depends on where a worker stands: its own environment has the last word.
PLACE: Final = ("vantage", "bind_address", "proxy", "resolvers", "trust")
IDLE_KEPT: Final = 4  # workshops without a job, of drivers that may come back or were killed
RUNS_KEPT: Final = 1_000  # names of ended runs, whose jobs may still come in
CLOSING_SECONDS: Final = 5.0  # for jobs to hand in what they have when the worker ends


class _Run:
    """One driver's work in this process."""

    def __init__(self, scan: str) -> None:
        self.scan = scan
        self.stop = threading.Event()
        self.here: Here | None = None
        self.opening = threading.Lock()
        self.jobs = 0

    def end(self) -> None:
        """Its jobs hand in what they have, and no other is begun."""
        self.stop.set()
        if self.here is not None:
            self.here.stop()


class _Shops:
    """The runs of this process."""

    lock = threading.Lock()
    runs: dict[str, _Run] = {}  # noqa: RUF012 - the process's own
    watched = False  # whether the Dask worker will close us


def begin_run(scan: str, run: str) -> str:
    """This worker's version; earlier runs of the scan end here."""
    with _Shops.lock:
        for name, other in _Shops.runs.items():
            if other.scan == scan and name != run:
                other.end()
        _run(scan, run)
    _tidy()
    return __version__


def end_run(scan: str, run: str) -> None:
    """The jobs of this run hand in what they have, and those that come later are not begun."""
    with _Shops.lock:
        _run(scan, run).end()
    _tidy()


def run_shard(job: ShardJob, run: str) -> Part:
    """All that came of one job, and the rows left when its run was ended or the worker closes. Blocks.

    Raises OSError or MemoryError where this machine fails, which another one may not; EngineBroken for faults that
    go with the code or the settings, as everywhere.
    """
    _watch_worker()
    with _Shops.lock:
        mine = _run(job.scan, run)
        mine.jobs += 1
    try:
        if mine.stop.is_set():
            return Part(left=tuple(task.line for task in job.tasks))
        here = _open(mine, job.settings)
        if mine.stop.is_set():  # meanwhile
            here.stop()
        return here.run_whole(job)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        if mine.stop.is_set():  # the worker closes under the job
            raise
        raise broken(error) from error
    finally:
        with _Shops.lock:
            mine.jobs -= 1
        if mine.stop.is_set():
            _tidy()


def _run(scan: str, run: str) -> _Run:
    if run not in _Shops.runs:
        _Shops.runs[run] = _Run(scan)
    return _Shops.runs[run]


def _open(run: _Run, settings: Settings) -> Here:
    with run.opening:
        if run.here is None:
            run.here = Here(at_this_place(settings, os.environ), SimpleQueue()).__enter__()
        return run.here


def at_this_place(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """The driver's settings with this worker's own `DOMAINSCAN_NET_VANTAGE` and the like. Raises BadConfig."""
    variables = {f"DOMAINSCAN_NET_{key}".upper(): key for key in PLACE}
    own = {variable: environment[variable] for variable in variables if variable in environment}
    net: Net = load_config((), own, {})[0].net
    values: dict[str, Any] = {variables[variable]: getattr(net, variables[variable]) for variable in own}
    return msgspec.structs.replace(settings, net=msgspec.structs.replace(settings.net, **values))


def _tidy() -> None:
    """Closes the workshops that nobody needs. In a thread: it may be the worker's own loop that calls."""
    with _Shops.lock:
        idle = [run for run in _Shops.runs.values() if run.here is not None and not run.jobs]
        waiting = [run for run in idle if not run.stop.is_set()]
        over = [run for run in idle if run.stop.is_set()] + waiting[: max(0, len(waiting) - IDLE_KEPT)]
        shops = [run.here for run in over if run.here is not None]
        for run in over:
            run.here = None
        for name in [name for name, run in _Shops.runs.items() if run.here is None and not run.jobs][
            :-RUNS_KEPT
        ]:
            del _Shops.runs[name]
    if shops:
        threading.Thread(target=_close, args=(shops,), name="closing", daemon=True).start()


def _close(shops: list[Here]) -> None:
    for shop in shops:
        with suppress(RuntimeError):  # its loop is closed already
            shop.__exit__()


def close_all() -> None:
    """Ends every run of this process: jobs hand in what they have, then parsers and sockets are gone. Blocks."""
    with _Shops.lock:
        runs = list(_Shops.runs.values())
        for run in runs:
            run.end()
    end = time.monotonic() + CLOSING_SECONDS
    while any(run.jobs for run in runs) and time.monotonic() < end:
        time.sleep(0.05)
    with _Shops.lock:
        shops = [run.here for run in runs if run.here is not None]
        for run in runs:
            run.here = None
    _close(shops)


def _watch_worker() -> None:
    """Has the Dask worker of this process close us when it closes."""
    with _Shops.lock:
        if _Shops.watched:
            return
        _Shops.watched = True
    import asyncio  # noqa: PLC0415 - here and below: only a worker process needs them

    from distributed import WorkerPlugin, get_worker  # noqa: PLC0415 - an extra

    class Closing(WorkerPlugin):  # type: ignore[misc] # untyped
        async def teardown(self, worker: object) -> None:
            await asyncio.to_thread(close_all)

    worker = get_worker()
    worker.loop.add_callback(worker.plugin_add, Closing(), "domainscan")
