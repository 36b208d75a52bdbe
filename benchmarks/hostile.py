"""One hostile host in five: what it costs the good ones.

The clean run visits COUNT good names (nginx, http). The hostile run visits the same list with every fifth name
replaced by a hostile one, drawn evenly over the W and D cases of HOSTILE 6 (`hostile_web`, `hostile_dns`) and over
the variants of each case. A third run leaves those out: the time of the good names alone, a stricter measure. Every
name is a registrable domain of its own, and one DNS front answers in all runs. Both web addresses are unpaced: all
hostile hosts share one, and behind the cap per address they would wait instead of doing harm.

Measured is the time from the first question to the row of the last good name in the store, seen every 50 ms.
Then the same hostile list in a workshop in this process, with a watchdog on its loop and a watch on each visit.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop

from benchmarks.hostile_dns import SCRIPTS
from benchmarks.hostile_web import cases as web_cases
from benchmarks.running import Line, median, run
from benchmarks.servers import WEB, Servers, free_port, modules, wait_for
from domainscan.config import load_config
from domainscan.model import Candidate, Earlier, Failure, Name, Observation, Registration
from domainscan.net.survey import Resolved
from domainscan.read.pool import ParserPool
from domainscan.scan.engine import JOB_ROWS, rows_at_once
from domainscan.scan.job import ShardJob, Task, settings_of
from domainscan.scan.workshop import Workshop
from domainscan.warc import WarcRecord
from tests.hostile.documents import BOMBS

ROUNDS: Final = 3
COUNT: Final = 6_000
EVERY: Final = 5
HOSTILE: Final = "127.77.9.2"
HOLE: Final = "127.77.9.4"
FRONT: Final = "127.77.9.55"
SLOWER: Final = 1.15
LAG_SECONDS: Final = 0.25
POLL_SECONDS: Final = 0.05
WATCH_SECONDS: Final = 0.02
READINGS: Final = 500
BOMB_SECONDS: Final = 0.5  # what one bomb takes; who waits behind one waits as long
_GOOD: Final = "FROM items WHERE name GLOB 'n*' AND status"


class Gap(NamedTuple):
    """Between two turns of a watchdog on a loop: on the clock, and of the loop's own work."""

    seconds: float
    cpu: float


class Measured(NamedTuple):
    """One run: seconds until the last good name was recorded and until the end, CPU of ours, good names seen."""

    good: float
    end: float
    cpu: float
    observed: int


def hostile_labels() -> Iterator[str]:
    """ "w01v0", "w02v0" ... one case after the other, each time round with the next variant."""
    variants = {case: len(handlers) for case, handlers in web_cases().items()}
    variants |= {case: len(scripts) for case, scripts in SCRIPTS.items()}
    for turn in itertools.count():
        for case, count in variants.items():
            yield f"{case}v{turn % count}"


def names(count: int, hostile: bool, good: bool = True) -> list[str]:
    """The list: without `hostile` all are good; without `good` the fifths are left out."""
    labels = hostile_labels()
    found = []
    for number in range(count):
        if number % EVERY or (good and not hostile):
            found.append(f"n{number:06d}.bench")
        elif hostile:
            found.append(f"{next(labels)}-{number:06d}.bench")
    return found


@contextmanager
def hostile_servers(servers: Servers) -> Iterator[str]:
    """The config.toml for the hostile servers beside the good ones, while they run."""
    port = free_port(FRONT)
    front = ["benchmarks.hostile_dns", FRONT, str(port), WEB, HOSTILE, HOLE]
    with modules(front, ["benchmarks.hostile_web", HOSTILE, HOLE, str(servers.http_port)]):
        wait_for(FRONT, port)
        networks = f'["{WEB}/32", "{HOSTILE}/32", "{HOLE}/32"]'
        yield servers.config(resolvers=f'["{FRONT}:{port}"]', allow=networks, unpaced=networks)


def measure(servers: Servers, folder: Path, rounds: int = ROUNDS, count: int = COUNT) -> list[Line]:
    with hostile_servers(servers) as config:
        (folder / "config.toml").write_text(config)
        lists = {
            "clean": names(count, hostile=False),
            "hostile": names(count, hostile=True),
            "good alone": names(count, hostile=False, good=False),
        }
        found: dict[str, list[Measured]] = {side: [] for side in lists}
        for number in range(rounds):
            for side, chosen in lists.items():
                one = _scan(folder, chosen)
                found[side].append(one)
                sys.stderr.write(f"  round {number + 1} of {rounds}: {side}: {one}\n")
        gaps, took, deadline = _watched(folder, lists["hostile"])
    alone, beside = _readings(folder, bombs=False), _readings(folder, bombs=True)
    good = {side: median(one.good for one in all_) for side, all_ in found.items()}
    cpu = {side: median(one.cpu for one in all_) for side, all_ in found.items()}
    gap, work = max(one.seconds for one in gaps), max(one.cpu for one in gaps)
    worst = max(took, key=lambda name: took[name])
    what = f"{count:,} names, one in five hostile: all good hosts done, against"
    return [
        _ratio(f"{what} the same list all good", good["hostile"], good["clean"], SLOWER),
        _ratio(f"{what} its good names alone (4/5)", good["hostile"], good["good alone"], 0),
        _ratio("  CPU of the whole run, against the clean one", cpu["hostile"], cpu["clean"], 0),
        Line("  longest gap between two turns of the loop, and its own work in one", f"{gap * 1e3:.0f} ms",
             f"{work * 1e3:.0f} ms of CPU", "", f"{LAG_SECONDS * 1e3:.0f} ms", gap < LAG_SECONDS),
        Line(f"  longest visit of a hostile host ({worst.split('-')[0]})", f"{took[worst]:.1f} s", "", "",
             f"{deadline + 1:g} s", took[worst] <= deadline + 1),
        Line("  reading of a good page while bombs are read, 99 %, against none", f"{beside * 1e3:.1f} ms",
             f"{alone * 1e3:.1f} ms", f"{beside / alone:.1f} x", f"{BOMB_SECONDS:g} s", beside < BOMB_SECONDS),
    ]  # fmt: skip


def _ratio(what: str, ours: float, clean: float, most: float) -> Line:
    target = f"<= {most:g} x" if most else ""
    return Line(what, f"{ours:.2f} s", f"{clean:.2f} s", f"{ours / clean:.2f} x", target,
                not most or ours <= most * clean)  # fmt: skip


def _scan(folder: Path, chosen: list[str]) -> Measured:
    """`domainscan scan` of these names in an empty home, watched through its database."""
    home, file = folder / "home", folder / "names.txt"
    shutil.rmtree(home, ignore_errors=True)
    file.write_text("".join(f"http://{name}/\n" for name in chosen))
    expected = sum(name.startswith("n") for name in chosen)
    words = ["--config", str(folder / "config.toml"), "--home", str(home), "-q"]
    _first_question(folder)
    done: list[float] = []
    watch = threading.Thread(target=lambda: done.append(_all_recorded(home, expected)))
    watch.start()
    one = run([sys.executable, "-m", "domainscan", *words, "scan", "-l", str(file), "--workers", "2"])
    ended = time.monotonic()
    watch.join()
    began = _first_question(folder)
    with closing(sqlite3.connect(f"file:{home}/domainscan.db?mode=ro", uri=True)) as store:
        observed = store.execute(f"SELECT count(*) {_GOOD} = 'observed'").fetchone()[0]
    if observed != expected:
        raise RuntimeError(f"{observed} of {expected} good names were observed")
    return Measured(done[0] - began, ended - began, one.cpu_seconds, observed)


def _all_recorded(home: Path, expected: int, seconds: float = 600) -> float:
    """When the row of the last good name was there; on the monotonic clock."""
    end = time.monotonic() + seconds
    while not (home / "domainscan.db").exists() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    time.sleep(0.5)  # the schema
    with closing(sqlite3.connect(f"file:{home}/domainscan.db?mode=ro", uri=True)) as store:
        while time.monotonic() < end:
            if store.execute(f"SELECT count(*) {_GOOD} != 'pending'").fetchone()[0] == expected:
                break
            time.sleep(POLL_SECONDS)
    return time.monotonic()


def _first_question(folder: Path) -> float:
    """When the front was asked first since the last call; on the monotonic clock, which processes share."""
    match = re.search(r'resolvers = \["([\d.]+):(\d+)"\]', (folder / "config.toml").read_text())
    assert match
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        asker.sendto(b"first", (match[1], int(match[2])))
        return float(asker.recv(100))


class _Watched(Workshop):
    """A workshop that notes how long each visit took, and has room for as many rows as the driver hands out."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.took: dict[str, float] = {}
        self.room = asyncio.Semaphore(rows_at_once(words[0]))

    async def _visit(
        self,
        job: ShardJob,
        task: Task,
        registration: Registration | Failure,
        resolved: Resolved,
        earlier: Earlier | None,
    ) -> tuple[Observation, tuple[WarcRecord, ...]]:
        began = time.monotonic()
        try:
            return await super()._visit(job, task, registration, resolved, earlier)
        finally:
            self.took[task.candidate.name] = resolved.seconds + time.monotonic() - began
            self.room.release()


def _watched(folder: Path, chosen: list[str]) -> tuple[list[Gap], dict[str, float], float]:
    """The gaps of the loop beyond the watchdog's rest, seconds for each hostile visit, and the deadline.

    Jobs are as large, and as many under way, as the driver's.
    """
    settings = settings_of(load_config((folder / "config.toml",), {}, {})[0], 1)
    tasks = tuple(Task(line, Candidate(Name(one), f"http://{one}/", "")) for line, one in enumerate(chosen))
    jobs = [tasks[at : at + JOB_ROWS] for at in range(0, len(tasks), JOB_ROWS)]
    gaps: list[Gap] = []

    async def watch() -> None:
        last = Gap(time.monotonic(), time.thread_time())
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = Gap(time.monotonic(), time.thread_time())
            gaps.append(Gap(max(0.0, now.seconds - last.seconds - WATCH_SECONDS), now.cpu - last.cpu))
            last = now

    async def work() -> dict[str, float]:
        async with _Watched(settings) as workshop:
            watchdog = asyncio.create_task(watch())
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    for _ in job:
                        await workshop.room.acquire()
                    whole = ShardJob("lag", job, settings, {}, {})
                    group.create_task(workshop.run(whole, lambda finding, records: None))
            watchdog.cancel()
            return workshop.took

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        took = runner.run(work())
    return gaps, {name: one for name, one in took.items() if name[0] != "n"}, settings.net.deadline_seconds


def _readings(folder: Path, bombs: bool) -> float:
    """Seconds that 99 of 100 good pages take at most to be read; with `bombs`, while those keep coming."""
    pages = [file.read_bytes() for file in sorted((folder / "pages").glob("*.html"))]

    async def work() -> list[float]:
        async with ParserPool(1) as pool:

            async def read(body: bytes) -> float:
                began = time.monotonic()
                await pool.read(
                    body, url="http://n.bench/", http_status=200, content_type="text/html", body_digest=""
                )
                return time.monotonic() - began

            async def bombard() -> None:
                for bomb in itertools.cycle(BOMBS.values()):
                    await read(bomb)

            for body in (pages[0], max(BOMBS.values(), key=len)):
                await read(body)  # now both workers have started
            others = [asyncio.create_task(bombard()) for _ in range(4 if bombs else 0)]
            found = [await read(pages[number % len(pages)]) for number in range(READINGS)]
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return sorted(runner.run(work()))[READINGS * 99 // 100]
