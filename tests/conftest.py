"""A lab for the whole run, and the program as a desk types it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.lab.sites import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
NO_PORT = ("--dashboard-address", "127.0.0.1:0")  # Dask's page on a port of its own: 8787 may be taken


settings.register_profile("untimed", deadline=None)  # how busy the machine is proves nothing
settings.load_profile("untimed")

# The programs that tests start keep their bytecode, whatever the machine says: without it each takes 0.3 s longer to
# start, and a scan with its processes 0.9 s.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _unskipped(report: Any) -> Any:
    """In CI a skip is a failure, whatever asked for it: the machine there has all that tests need."""
    if report.outcome == "skipped" and os.environ.get("CI") == "true":
        vars(report).pop("wasxfail", None)  # an expected failure is one: nothing here waits to be mended
        report.outcome, report.longrepr = "failed", f"skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    return _unskipped((yield))


def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: a third of a run waits for timers, deadlines and other programs."""
    return (os.cpu_count() or 1) + 1


# A shell begins its background jobs with SIGINT ignored, `nohup` with SIGHUP, and children inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@dataclass
class Program:
    """`domainscan` against one home and one configuration."""

    config: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "domainscan",
            "--config",
            str(self.config),
            "--home",
            str(self.home),
            *words,
        ]

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(*words), env=self._environment(), text=True, **options)

    def run(self, *words: str, token: str = "", given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self._environment() | ({"DOMAINSCAN_TOKEN": token} if token else {}),
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str, token: str = "") -> Any:
        done = self.run(*words, "--json", token=token)
        assert done.returncode in (0, 1, 3), done.stderr
        return json.loads(done.stdout)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement finds in the store; nothing while the store is being made."""
        try:
            with closing(sqlite3.connect(f"file:{self.home}/domainscan.db?mode=ro", uri=True)) as store:
                return store.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
        return kept | self.environment


@dataclass
class Dask:
    """A scheduler and its workers, as processes of ours on loopback, with the program from this folder."""

    folder: Path
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """`dask scheduler` or `dask worker`. Whoever waits long for a silent worker waits 5 s here."""
        path = os.pathsep.join(filter(None, (environment.pop("FIRST", ""), str(ROOT))))
        always = {
            "PYTHONPATH": path,
            "DASK_TEMPORARY_DIRECTORY": str(self.folder),
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10",
        }
        with (self.folder / f"{module}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *words, *NO_PORT],
                env=os.environ | always | environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        return self.start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-show")

    def worker(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        place = ("--host", "127.0.0.1", "--local-directory", str(self.folder), "--nthreads", "8")
        return self.start("dask_worker", self.address, "--no-nanny", *place, *words, **environment)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def ready(self, workers: int) -> None:
        """Waits until so many workers are there."""
        logs = self.folder.glob("dask_scheduler-*.log")
        (log,) = logs
        end = time.monotonic() + 30
        while log.read_text("utf-8", "replace").count("Register worker") < workers:
            assert time.monotonic() < end, "the workers do not come"
            time.sleep(0.1)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The shipped lab with 2,000 further names, served in a thread of the test process."""
    with serve_in_thread((SHIPPED,), tmp_path_factory.mktemp("lab"), bulk=2000, slow_seconds=8.0) as lab:
        yield lab


@pytest.fixture
def program(internet: Lab, tmp_path: Path) -> Program:
    """The program in an empty home, configured for the lab."""
    config = tmp_path / "config.toml"
    config.write_text(internet.config_text(), "utf-8")
    return Program(config, tmp_path / "home")


@pytest.fixture
def kill() -> Callable[[subprocess.Popen[str]], None]:
    """Ends a process that a test started, by its own id, as a power cut would."""

    def now(process: subprocess.Popen[str]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    return now


@pytest.fixture(scope="module")
def start_dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Dask]]:
    """Starts a scheduler with so many workers; all of them are gone when the module's tests are done."""
    started: list[Dask] = []

    def start(workers: int) -> Dask:
        started.append(dask := Dask(tmp_path_factory.mktemp("dask")))
        dask.scheduler()
        for _ in range(workers):
            dask.worker()
        dask.ready(workers)
        return dask

    yield start
    for dask in started:
        dask.end()
