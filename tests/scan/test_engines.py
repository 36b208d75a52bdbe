"""Every engine gives each row of a job back once: found, left or lost."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from blocklists.names import Name
from domainscan.config import load_config
from domainscan.lab.internet import Lab
from domainscan.model import Candidate
from domainscan.scan import children
from domainscan.scan.engine import Engine, EngineBroken, Here, Lost
from domainscan.scan.job import Part, Settings, ShardJob, Task, settings_of
from domainscan.scan.processes import Processes
from domainscan.signals.context import Vocabulary
from domainscan.signals.lexicon import Lexicon

Make = Callable[[Settings, Any], AbstractContextManager[Engine]]
ENGINES: dict[str, Make] = {
    "here": Here,
    "two processes": lambda settings, inbox: Processes(settings, inbox, 2),
}


@pytest.fixture
def lab_settings(internet: Lab, tmp_path: Any) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(internet.config_text(), "utf-8")
    return settings_of(load_config((file,), {}, {})[0], 1)


def job(settings: Settings, first: int, count: int, pattern: str = "n{:06d}.bulk.lab") -> ShardJob:
    tasks = tuple(Task(line, Candidate(Name(pattern.format(line)))) for line in range(first, first + count))
    return ShardJob("s", tasks, settings, {}, {})


def gather(
    inbox: SimpleQueue[Any], lines: int, seconds: float = 60
) -> tuple[list[int], list[int], list[Any]]:
    """(found, left, other events) until so many lines have come back."""
    found: list[int] = []
    left: list[int] = []
    other: list[Any] = []
    end = time.monotonic() + seconds
    while len(found) + len(left) < lines:
        try:
            event = inbox.get(timeout=max(0.01, end - time.monotonic()))
        except Empty:
            pytest.fail(f"{len(found)} found and {len(left)} left of {lines}, and then nothing")
        if isinstance(event, Part):
            found += [one.line for one in event.findings]
            left += event.left
        else:
            other.append(event)
            if isinstance(event, Lost | EngineBroken):
                break
    return found, left, other


@pytest.mark.parametrize("name", ENGINES)
def test_every_row_comes_back_once(name: str, lab_settings: Settings) -> None:
    inbox: SimpleQueue[Any] = SimpleQueue()
    with ENGINES[name](lab_settings, inbox) as engine:
        for first in (1, 31, 61):
            engine.submit(job(lab_settings, first, 30))
        found, left, other = gather(inbox, 90)
    assert (sorted(found), left, other) == (list(range(1, 91)), [], [])


@pytest.mark.parametrize("name", ENGINES)
def test_what_is_unfinished_when_it_stops_is_handed_back(name: str, lab_settings: Settings) -> None:
    inbox: SimpleQueue[Any] = SimpleQueue()
    with ENGINES[name](lab_settings, inbox) as engine:
        engine.submit(job(lab_settings, 1, 40))
        engine.submit(job(lab_settings, 100, 1, "slow-{}.lab"))
        engine.stop()
        found, left, other = gather(inbox, 41)
    assert sorted(found + left) == [*range(1, 41), 100]
    assert other == []


def test_the_rows_of_a_killed_worker_are_handed_back_and_the_next_one_works(lab_settings: Settings) -> None:
    inbox: SimpleQueue[Any] = SimpleQueue()
    with Processes(lab_settings, inbox, 1) as engine:
        engine.submit(job(lab_settings, 1, 200))
        pid = engine._workers[0]._process.pid
        os.kill(pid, signal.SIGKILL)
        found, _, (lost,) = gather(inbox, 200)
        assert isinstance(lost, Lost)
        assert "signal 9" in lost.why
        assert sorted([*found, *lost.lines]) == list(range(1, 201))
        engine.submit(job(lab_settings, 201, 20))
        found, _, other = gather(inbox, 20)
    assert (sorted(found), other) == (list(range(201, 221)), [])


def test_workers_that_keep_dying_end_the_scan_and_not_the_machine(
    lab_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "_START", "raise SystemExit(7)")
    inbox: SimpleQueue[Any] = SimpleQueue()
    with Processes(lab_settings, inbox, 1):
        event = inbox.get(timeout=60)
    assert isinstance(event, EngineBroken)
    assert "code 7" in str(event)


@pytest.mark.parametrize("name", ENGINES)
def test_a_fault_of_ours_ends_the_scan_and_says_where_it_was(name: str, lab_settings: Settings) -> None:
    """Nobody waits for a job: what goes wrong in it would be heard by nobody, and the driver wait for ever."""
    inbox: SimpleQueue[Any] = SimpleQueue()
    nobody: Any = None
    with ENGINES[name](lab_settings, inbox) as engine:
        engine.submit(ShardJob("s", (Task(1, nobody),), lab_settings, {}, {}))
        event = inbox.get(timeout=60)
    assert isinstance(event, EngineBroken)
    assert re.search(r"^AttributeError: .* \(workshop\.py:\d+\)$", str(event))


def test_where_no_other_worker_can_be_had_the_scan_ends(
    lab_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EAGAIN, "no more processes")

    inbox: SimpleQueue[Any] = SimpleQueue()
    with Processes(lab_settings, inbox, 1) as engine:
        monkeypatch.setattr(children.subprocess, "Popen", refused)
        os.kill(engine._workers[0]._process.pid, signal.SIGKILL)
        event = inbox.get(timeout=60)
    assert isinstance(event, EngineBroken)
    assert "no more processes (children.py:" in str(event)


def test_what_searches_pages_is_made_once_and_beside_the_loop(
    lab_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes 0.3 s, in which a loop that makes it itself would hear nobody."""
    made: list[str] = []

    def recorded(what: str, make: Callable[..., None]) -> Callable[..., None]:
        def remembered(*given: Any) -> None:
            with suppress(RuntimeError):
                asyncio.get_running_loop()
                pytest.fail(f"{what} in a loop")
            made.append(what)
            make(*given)

        return remembered

    monkeypatch.setattr(Vocabulary, "prepare", recorded("prepared", Vocabulary.prepare))
    monkeypatch.setattr(Lexicon, "__init__", recorded("a lexicon", Lexicon.__init__))
    inbox: SimpleQueue[Any] = SimpleQueue()
    with Here(lab_settings, inbox) as engine:
        for first in (1, 6):
            engine.submit(job(lab_settings, first, 5))
        assert sorted(gather(inbox, 10)[0]) == [*range(1, 11)]
    assert made.count("prepared") == 1
    assert "a lexicon" in made
