"""Programs run and measured: wall time, CPU of everything they started, and their memory together at its peak."""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

SAMPLE_SECONDS: Final = 0.1
_PR_SET_CHILD_SUBREAPER: Final = 36  # prctl(2): orphans below us become our children, so their CPU is counted


class Run(NamedTuple):
    """One program from start to end, with all its descendants."""

    seconds: float
    cpu_seconds: float
    peak_mb: float  # resident, summed over the processes alive at the same moment
    samples: tuple[tuple[float, float], ...]  # (seconds since the start, MB)
    output: str


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    timeout: float = 600,
    sample_seconds: float = SAMPLE_SECONDS,
) -> Run:
    """Runs a program to its end. Raises RuntimeError with its errors when it fails (exit above 3) or takes too long."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    samples: list[tuple[float, float]] = []
    ended = threading.Event()
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_compiled(), **(environment or {})},
    )
    watcher = threading.Thread(target=_watch, args=(process.pid, began, samples, ended, sample_seconds))
    watcher.start()
    killer = threading.Timer(timeout, process.kill)
    killer.start()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read() if process.stderr else ""))
    reader.start()
    output = process.stdout.read() if process.stdout else ""
    reader.join()
    cpu, status = _reap(process.pid)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    killer.cancel()
    ended.set()
    watcher.join()
    cpu += _reap_orphans()
    if process.returncode not in (0, 1, 3):
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors[0][-2000:]}")
    return Run(seconds, cpu, max((mb for _, mb in samples), default=0.0), tuple(samples), output or errors[0])


def _compiled() -> dict[str, str]:
    """Our environment, in which programs may keep their bytecode: an installed one is not compiled at each start."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _reap(pid: int) -> tuple[float, int]:
    """CPU seconds of a child and of what it waited for itself, and its status."""
    _, status, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, status


def _reap_orphans() -> float:
    """CPU seconds of what a program left behind; it is given a moment to end."""
    total, end = 0.0, time.monotonic() + 5
    while time.monotonic() < end:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid:
            total += usage.ru_utime + usage.ru_stime
        else:
            time.sleep(0.01)
            if not _orphans():
                break
    return total


def _orphans() -> set[int]:
    """Our children that are no servers of ours: what a measured program left."""
    found = set()
    for child in _children(os.getpid()):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"domainscan.read.worker" in words or b"domainscan.scan.processes" in words:
            found.add(child)
    return found


def _children(pid: int) -> list[int]:
    """Source: proc(5)."""
    found: list[int] = []
    with suppress(OSError):  # a process may end while it is looked at
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def _watch(
    pid: int, began: float, samples: list[tuple[float, float]], ended: threading.Event, every: float
) -> None:
    while not ended.wait(every):
        samples.append((time.monotonic() - began, _resident_mb(pid)))


def _resident_mb(pid: int) -> float:
    """The memory of a process and of all below it: private pages, and the shared ones once for each (PSS)."""
    total, left = 0.0, [pid]
    while left:
        one = left.pop()
        left += _children(one)
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += (
            next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0) / 1024
        )
    return total


def medians(rounds: int, sides: Mapping[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Every side so many times, taking turns, so that what else the machine does hits all of them."""
    found: dict[str, list[Run]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, side in sides.items():
            sys.stderr.write(f"  round {number + 1} of {rounds}: {name} ...")
            sys.stderr.flush()
            one = side()
            found[name].append(one)
            sys.stderr.write(f" {one.seconds:.1f} s, {one.cpu_seconds:.1f} s of CPU, {one.peak_mb:.0f} MB\n")
    return found


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


class Line(NamedTuple):
    """One line of the report: what, ours, the peer's, their ratio and what it must reach."""

    what: str
    ours: str
    peer: str
    ratio: str
    target: str
    reached: bool


def faster(what: str, ours: float, peer: float, target: float) -> Line:
    """Things a second, ours and the peer's."""
    ratio = f"{ours / peer:.1f} x"
    return Line(what, f"{ours:,.0f}/s", f"{peer:,.0f}/s", ratio, f"{target:g} x", ours >= target * peer)
