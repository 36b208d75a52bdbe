"""What the driver holds back for a moment is written together, and never lost by what ends a scan."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from blocklists.suffixes import load_suffixes
from domainscan.assess import pack_in_force
from domainscan.config import Config, Net
from domainscan.scan import driver
from domainscan.scan.driver import Driven, Interrupted, Terms, drive
from domainscan.scan.engine import EngineBroken, Lost
from domainscan.scan.inputs import Inputs
from domainscan.scan.job import Part, ShardJob, settings_of
from domainscan.scan.run import begin
from domainscan.scan.workshop import unresolved
from domainscan.store import open_store
from domainscan.store.base import FILE
from domainscan.store.findings import Finding, seal
from domainscan.store.scans import load_scan
from domainscan.warc import WarcRecord

NOW = "2026-11-23T15:00:00Z"
NAMES = tuple(f"n{number}.net" for number in range(40))
Inbox = SimpleQueue[Any]
Answer = Callable[[ShardJob, Inbox, int], None]


def found(job: ShardJob) -> list[Finding]:
    """Every row of a job, as a visit without any resolver leaves it."""
    return [seal(one.line, unresolved(one.candidate, job.scan, NOW, "test"), None) for one in job.tasks]


class Engine:
    """Answers the n-th job as it is told."""

    width = 1_000

    def __init__(self, inbox: Inbox, answer: Answer) -> None:
        self.settings = settings_of(Config(net=Net(registration=False)), 1)
        self._inbox, self._answer, self._jobs = inbox, answer, 0

    def submit(self, job: ShardJob) -> None:
        self._jobs += 1
        self._answer(job, self._inbox, self._jobs)

    def stop(self) -> None:
        """Everything was answered when it was asked."""


def one_by_one(job: ShardJob, inbox: Inbox, number: int) -> None:
    for one in found(job):
        inbox.put(Part((one,)))


def scan(home: Path, answer: Answer) -> tuple[list[int], int]:
    """(rows of each batch, rows recorded) of a scan of NAMES by an engine that answers so. What ends it is raised."""
    config, inbox, batches = Config(net=Net(registration=False)), SimpleQueue[Any](), []
    with open_store(home) as store:
        begun = begin(store, Inputs(names=NAMES), Terms(config, home, 1, lambda: NOW), 0)
        engine, terms = Engine(inbox, answer), Terms(config, home, 1, lambda: NOW)
        rules = pack_in_force(config.packs), load_suffixes(())
        for rows in drive(Driven(store, begun.scan, terms, *rules), engine, inbox):
            batches.append(len(rows))
        return batches, load_scan(store, begun.scan).failed


def recorded(home: Path) -> int:
    with closing(sqlite3.connect(f"file:{home / FILE}?mode=ro", uri=True)) as store:
        return int(store.execute("SELECT count(*) FROM items WHERE status = 'failed'").fetchone()[0])


def test_the_first_is_written_at_once_and_the_others_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is left there is nothing to wait for."""
    monkeypatch.setattr(driver, "HELD_SECONDS", 3600.0)
    assert scan(tmp_path, one_by_one) == ([1, 39], 40)


def test_so_many_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "HELD_SECONDS", 3600.0)
    monkeypatch.setattr(driver, "HELD_ROWS", 16)
    assert scan(tmp_path, one_by_one) == ([1, 16, 16, 7], 40)


def test_so_many_bytes_are_enough_so_that_large_bodies_never_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "HELD_SECONDS", 3600.0)
    monkeypatch.setattr(driver, "HELD_BYTES", 5_000)

    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        for one in found(job):
            record = WarcRecord(f"<urn:{one.line}>", "http://n.net/", "sha256:0", bytes(1_000))
            inbox.put(Part((one,), (record,)))

    assert scan(tmp_path, answer) == ([1, *[5] * 7, 4], 40)


def test_what_is_held_is_written_when_nothing_more_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "HELD_SECONDS", 0.05)

    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        """The second job is done once the first is recorded; the test would not end otherwise."""
        if number == 1:
            inbox.put(Part(tuple(found(job))))
        else:
            threading.Thread(target=wait, args=(job, inbox)).start()

    def wait(job: ShardJob, inbox: Inbox) -> None:
        end = time.monotonic() + 30
        while not recorded(tmp_path) and time.monotonic() < end:
            time.sleep(0.01)
        inbox.put(Part(tuple(found(job))) if time.monotonic() < end else EngineBroken("nothing was written"))

    batches, rows = scan(tmp_path, answer)
    assert (len(batches) > 1, rows) == (True, 40)


@pytest.mark.parametrize(
    ("event", "raised"), [(EngineBroken("no more"), EngineBroken), (Interrupted(), KeyboardInterrupt)]
)
def test_what_ends_a_scan_takes_nothing_along(
    event: Any, raised: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "HELD_SECONDS", 3600.0)
    done: list[int] = []

    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        lines = tuple(one.line for one in job.tasks)
        inbox.put(Part(tuple(found(job))) if number <= 2 else Part(left=lines))
        if number <= 2:
            done.extend(lines)
        if number == 2:
            inbox.put(event)

    with pytest.raises(raised):
        scan(tmp_path, answer)
    assert recorded(tmp_path) == len(done) > 8, "also the second job, which was held when the end came"


def test_a_row_that_comes_twice_counts_once(tmp_path: Path) -> None:
    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        for _ in range(2):
            inbox.put(Part(tuple(found(job))))

    batches, rows = scan(tmp_path, answer)
    assert (sum(batches), rows) == (40, 40)


@pytest.mark.parametrize(("losses", "ends"), [(driver.TRIES - 1, False), (driver.TRIES, True)])
def test_a_row_whose_worker_dies_again_and_again_ends_the_scan(
    losses: int, ends: bool, tmp_path: Path
) -> None:
    """One that kills whatever visits it would be handed out for ever."""
    tried = 0

    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        nonlocal tried
        lines = tuple(one.line for one in job.tasks)
        if 1 not in lines:
            inbox.put(Part(tuple(found(job))))
            return
        tried += 1
        if tried > driver.TRIES:
            inbox.put(EngineBroken("handed out for ever"))
        elif tried <= losses:
            inbox.put(Lost(lines, "was ended by signal 9"))
        else:
            inbox.put(Part(tuple(found(job))))

    if ends:
        with pytest.raises(EngineBroken, match=r"lost its worker 3 times \(was ended by signal 9\)"):
            scan(tmp_path, answer)
    else:
        batches, rows = scan(tmp_path, answer)
        assert (sum(batches), rows) == (40, 40)
    assert tried == driver.TRIES


def test_where_no_resolver_answers_nothing_more_is_visited_and_the_rest_is_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "width", 1)
    jobs = []

    def answer(job: ShardJob, inbox: Inbox, number: int) -> None:
        jobs.append(len(job.tasks))
        inbox.put(Part(tuple(found(job)), silent=True))

    batches, rows = scan(tmp_path, answer)
    assert len(jobs) == 1 and jobs[0] < 40
    assert (sum(batches), rows) == (40, 40)
