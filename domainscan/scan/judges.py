"""Processes that judge slices of the store: they read it by themselves, and the driver alone writes.

Plain children with one pipe each, for the reasons that `processes` gives: a child ends when its driver is gone, however
that happened, where a pool's children would wait for ever.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sqlite3
from collections.abc import Iterable, Iterator
from multiprocessing import connection
from pathlib import Path
from typing import Final

from blocklists.suffixes import load_suffixes
from domainscan.model import Record
from domainscan.packfiles import files_of, load_files
from domainscan.scan.children import Child, driver_pipe, received
from domainscan.scan.rejudge import Bench, Slice
from domainscan.store import Store
from domainscan.store.base import FILE

AHEAD: Final = 2  # jobs in a worker's hands, so that it never waits for the next one
BUFFERED: Final = 8  # jobs per worker between the slowest one and the newest
CLOSE_SECONDS: Final = 2.0


class JudgesBroken(Exception):
    """Raised when a judging process died; the message says how it ended."""


class Task(Record, frozen=True):
    """The observations from number `first` to `last`."""

    first: int
    last: int
    now: str


class Rules(Record, frozen=True):
    """What judging processes judge by, and where the store lies."""

    home: Path
    pack: bytes  # PackFiles.to_bytes
    suffixes: tuple[str, ...]


class Judges:
    """`count` judging processes. `with Judges(rules, 2) as judges`."""

    def __init__(self, rules: Rules, count: int) -> None:
        self._rules, self._count = rules, count

    def __enter__(self) -> Judges:
        self._workers = [_Worker(self._rules) for _ in range(self._count)]
        return self

    def __exit__(self, *raised: object) -> None:
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.ended(CLOSE_SECONDS)

    def run(self, tasks: Iterable[Task]) -> Iterator[Slice]:
        """The slices in the order of their tasks. Raises JudgesBroken."""
        rest = enumerate(tasks)
        done: dict[int, Slice] = {}
        told = given = 0  # slices handed on, tasks handed out
        while True:
            for worker in self._workers:
                while len(worker.busy) < AHEAD and given - told < BUFFERED * self._count:
                    number, task = next(rest, (-1, None))
                    if task is None:
                        break
                    worker.give(number, task)
                    given += 1
            if not any(worker.busy for worker in self._workers):
                return
            ends = {worker.pipe: worker for worker in self._workers}
            for ready in connection.wait(list(ends)):
                number, found = ends[ready].take()  # type: ignore[index]
                done[number] = found
            while told in done:
                yield done.pop(told)
                told += 1


class _Worker(Child):
    """One process, the pipe to it, and the numbers of the tasks it has."""

    def __init__(self, rules: Rules) -> None:
        super().__init__("domainscan.scan.judges")
        self.busy: list[int] = []
        self._send(rules)

    def _send(self, what: object) -> None:
        try:
            self.pipe.send_bytes(pickle.dumps(what, pickle.HIGHEST_PROTOCOL))
        except OSError as error:
            raise self.lost() from error

    def give(self, number: int, task: Task) -> None:
        self.busy.append(number)
        self._send(task)

    def take(self) -> tuple[int, Slice]:
        try:
            found = pickle.loads(self.pipe.recv_bytes())  # noqa: S301 - from our own child
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self.lost() from error
        return self.busy.pop(0), found

    def lost(self) -> JudgesBroken:
        return JudgesBroken(f"a judging process {self.ended(CLOSE_SECONDS)}")


def main() -> None:
    """A judging process's life: rules and then tasks from standard input, slices back the same way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's, who stops asking
    pipe = driver_pipe()
    rules: Rules = pickle.loads(pipe.recv_bytes())  # noqa: S301 - from our own driver
    bench = Bench(reading_store(rules.home), load_files(files_of(rules.pack)), load_suffixes(rules.suffixes))
    gc.freeze()  # packs, suffixes and modules stay for good: nobody need look at them again
    gc.set_threshold(20_000, 20, 20)
    while (data := received(pipe)) is not None:
        task: Task = pickle.loads(data)  # noqa: S301 - from our own driver
        found = pickle.dumps(bench.judge_slice(task.first, task.last, task.now), pickle.HIGHEST_PROTOCOL)
        try:
            pipe.send_bytes(found)
        except OSError:
            break
    os._exit(0)  # the driver is gone, or wants no more


def reading_store(home: Path) -> Store:
    """A store that is read only. Nobody closes it: the last one to close a database checkpoints it."""
    file = (home / FILE).resolve()
    return Store(home, sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None))
