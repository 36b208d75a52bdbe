"""F01: kill -9 at a hundred points of scans, of drivers and of workers: nothing lost, nothing twice, on in seconds."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from domainscan.lab.internet import serve_in_thread
from domainscan.lab.sites import SHIPPED
from domainscan.store import open_store
from domainscan.store.evidence import find_evidence, read_evidence
from domainscan.store.observations import observations as visits_of

pytestmark = pytest.mark.soak

RESUME_SECONDS = 5.0  # from the command to its first new row
CROWDED = 2.5  # programs for each core that want to run: a machine that is shared so proves nothing about the slowest
NAMES = 2000


def recorded(program: Any) -> int:
    found = program.rows("SELECT count(*) FROM items WHERE status <> 'pending'")
    return int(found[0][0]) if found else 0


def children(process: subprocess.Popen[str]) -> list[int]:
    """The worker processes of a driver. Source: proc(5)."""
    found: list[int] = []
    for task in Path(f"/proc/{process.pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # the thread has ended meanwhile
            continue
    return found


@dataclass
class Killing:
    """Scans of a list, each in a home of its own, until so many kills have been dealt."""

    program: Any
    file: Path
    words: tuple[str, ...]
    kills: int
    seed: int
    kill_worker: Callable[[subprocess.Popen[str]], bool] | None = None  # whether it found one
    resumes: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)  # of each core, then
    dealt: dict[str, int] = field(default_factory=lambda: {"driver": 0, "worker": 0})

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def run(self) -> None:
        number = 0
        while sum(self.dealt.values()) < self.kills:
            self.program.home = self.file.parent / f"home{number}"
            number += 1
            while self.one_run():
                pass
            check_whole(self.program, len(self.file.read_text().split()))

    def one_run(self) -> bool:
        """Starts or resumes the scan; whether it is to be taken up again."""
        before = recorded(self.program)
        process = self.program.start(
            *("-q", "scan", "-l", str(self.file), *self.words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        began = time.monotonic()
        if self.chance.random() < 0.5:
            while recorded(self.program) <= before and process.poll() is None:
                time.sleep(0.02)
            if before:
                self.resumed(time.monotonic() - began)
            time.sleep(self.chance.uniform(0, 1))
        else:
            time.sleep(self.chance.uniform(0.3, 3))
        while process.poll() is None and sum(self.dealt.values()) < self.kills:
            if self.chance.random() < 0.5 and self.kill_worker and self.kill_worker(process):
                self.dealt["worker"] += 1
                time.sleep(self.chance.uniform(0.3, 3))
                continue
            self.dealt["driver"] += 1
            process.kill()
            process.wait()
        _, said = process.communicate(timeout=300)
        assert process.returncode in (0, -9) or (process.returncode == 4 and "is saved" in said), said
        self.account(before)
        # A kill may come between the scan's last row and the program's end: the same command would scan anew.
        return process.returncode != 0 and self.program.rows("SELECT state FROM scans") != [("done",)]

    def account(self, before: int) -> None:
        """Nothing that was recorded is gone."""
        assert recorded(self.program) >= before
        seen = "SELECT (SELECT count(*) FROM items WHERE observation IS NOT NULL), (SELECT count(*) FROM observations)"
        for items, observations in self.program.rows(seen):
            assert items == observations

    @property
    def crowded(self) -> bool:
        return max(self.loads) > CROWDED

    def resumed(self, seconds: float) -> None:
        self.resumes.append(seconds)
        self.loads.append(os.getloadavg()[0] / (os.cpu_count() or 1))

    def told(self) -> str:
        told = (
            f"{' '.join(self.words) or 'one process'}: killed {self.dealt}; resumed {len(self.resumes)} times"
        )
        if not self.resumes:
            return told
        middle, most = statistics.median(self.resumes), max(self.resumes)
        load = f"load of each core {min(self.loads):.1f} to {max(self.loads):.1f}"
        return f"{told}: median {middle:.1f} s, at most {most:.1f} s ({load})"


def check_whole(program: Any, count: int) -> None:
    """One scan, done: every name once, every account right, every piece of evidence there and readable."""
    assert program.rows("SELECT state FROM scans") == [("done",)]
    assert program.rows("SELECT status, count(*) FROM items GROUP BY 1") == [("observed", count)]
    assert program.rows("SELECT count(*), count(DISTINCT name) FROM observations") == [(count, count)]
    (account,) = program.json("scans")
    assert (account["planned"], account["observed"], account["pending"]) == (count, count, 0)
    done = program.run("audit", "verify")
    assert done.returncode == 0, done.stdout
    with closing(open_store(program.home)) as store:
        names = [row["name"] for row in store.rows("SELECT name FROM observations")]
        visits = [one for name in names for one in visits_of(store, name)]
        wanted = [hop.record for one in visits for hop in one.hops if hop.record]
        assert len(wanted) >= count
        for record in wanted:
            row = find_evidence(store, record)
            assert row is not None, record
            read_evidence(program.home, row)


def list_of(folder: Path, count: int) -> Path:
    file = folder / "bulk.txt"
    file.write_text("".join(f"n{number:06d}.bulk.lab\n" for number in range(1, count + 1)))
    return file


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Killing], None]]:
    """Says what was measured, whatever pytest keeps to itself, and holds it against the requirement."""

    def now(killing: Killing) -> None:
        with capsys.disabled():
            print(f"\n{killing.told()}")
        if killing.resumes:
            assert max(killing.resumes) <= RESUME_SECONDS or killing.crowded

    yield now


def test_eighty_kills_of_the_driver(program: Any, tmp_path: Path, tell: Callable[[Killing], None]) -> None:
    killing = Killing(program, list_of(tmp_path, NAMES), (), 80, 20261126)
    killing.run()
    tell(killing)


def kill_child(chance: random.Random) -> Callable[[subprocess.Popen[str]], bool]:
    def kill(process: subprocess.Popen[str]) -> bool:
        pids = children(process)
        if pids:
            os.kill(chance.choice(pids), signal.SIGKILL)
        return bool(pids)

    return kill


def test_forty_kills_of_the_driver_and_its_worker_processes(
    program: Any, tmp_path: Path, tell: Callable[[Killing], None]
) -> None:
    kill = kill_child(random.Random(1))
    killing = Killing(program, list_of(tmp_path, NAMES), ("--workers", "2"), 40, 20261127, kill)
    killing.run()
    assert min(killing.dealt.values()) >= 5
    tell(killing)


def kill_dask_worker(dask: Any, chance: random.Random) -> Callable[[subprocess.Popen[str]], bool]:
    def kill(_: subprocess.Popen[str]) -> bool:
        workers = [one for one in dask.processes[1:] if one.poll() is None]
        victim = chance.choice(workers)
        victim.kill()
        victim.wait()
        dask.worker()
        return True

    return kill


def test_twenty_kills_of_the_driver_and_of_dask_workers(
    program: Any, tmp_path: Path, tell: Callable[[Killing], None], start_dask: Callable[[int], Any]
) -> None:
    dask = start_dask(2)
    kill = kill_dask_worker(dask, random.Random(2))
    killing = Killing(program, list_of(tmp_path, NAMES), ("--cluster", dask.address), 20, 20261128, kill)
    killing.run()
    assert min(killing.dealt.values()) >= 3
    tell(killing)


def test_twenty_thousand_names_with_a_killed_worker_and_a_killed_driver(
    program: Any, tmp_path: Path, tell: Callable[[Killing], None]
) -> None:
    """Without registrations, which take the lab's time."""
    count = 20_000
    (tmp_path / "lab").mkdir()
    with serve_in_thread((SHIPPED,), tmp_path / "lab", bulk=count) as lab:
        text = lab.config_text().replace("[net]", "[net]\nregistration = false")
        program.config.write_text(text, "utf-8")
        killing = Killing(program, list_of(tmp_path, count), ("--workers", "2"), 0, 20261129)
        words = ("-q", "scan", "-l", str(killing.file), *killing.words)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        first = program.start(*words, **quiet)
        for share, victim in ((0.2, "worker"), (0.5, "driver")):
            while recorded(program) < share * count:
                assert first.poll() is None
                time.sleep(0.1)
            assert kill_child(random.Random(3))(first) if victim == "worker" else first.kill() is None
            killing.dealt[victim] += 1
        first.wait(10)
        before, began = recorded(program), time.monotonic()
        second = program.start(*words, **quiet)
        while recorded(program) <= before:
            time.sleep(0.02)
        killing.resumed(time.monotonic() - began)
        assert second.wait(300) == 0
        check_whole(program, count)
    tell(killing)
