"""The driver's promise to hosts: a registrable domain is at one worker at a time, whoever the workers are."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from blocklists.suffixes import load_suffixes
from domainscan.assess import judge, pack_in_force
from domainscan.config import Config, Net
from domainscan.model import History
from domainscan.scan import driver
from domainscan.scan.driver import Driven, Terms, drive
from domainscan.scan.inputs import Inputs
from domainscan.scan.job import Part, ShardJob, settings_of
from domainscan.scan.run import begin
from domainscan.scan.workshop import unresolved
from domainscan.store import open_store
from domainscan.store.findings import seal
from domainscan.store.scans import load_scan

NOW = "2026-11-23T15:00:00Z"
SUFFIXES = load_suffixes(())


class Workers:
    """Gives every job to a worker of its own, which takes a moment; counts the domains that two have at once."""

    width = 1_000

    def __init__(self, config: Config, inbox: SimpleQueue[Any]) -> None:
        self.settings = settings_of(config, 1)
        self.shared: set[str] = set()
        self.at_once = 0
        self._pack, self._inbox, self._lock = pack_in_force(config.packs), inbox, threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._jobs = 0

    def submit(self, job: ShardJob) -> None:
        domains = {str(SUFFIXES.registrable(task.candidate.name)) for task in job.tasks}
        with self._lock:
            self.shared |= {one for one in domains if self._under_way[one]}
            self._under_way.update(domains)
            self._jobs += 1
            self.at_once = max(self.at_once, self._jobs)
        threading.Timer(0.05, self._done, (job, domains)).start()

    def _done(self, job: ShardJob, domains: set[str]) -> None:
        findings = []
        for task in job.tasks:
            observation = unresolved(task.candidate, job.scan, NOW, "test")
            findings.append(seal(task.line, observation, judge(observation, History(), self._pack, SUFFIXES)))
        with self._lock:
            self._under_way.subtract(domains)
            self._jobs -= 1
        self._inbox.put(Part(tuple(findings)))

    def stop(self) -> None:
        raise AssertionError("nobody asked for it")


def run(folder: Path) -> Workers:
    """Four domains with 150 hosts each, and 200 with one."""
    names = [f"h{host}.shop-{number}.net" for host in range(150) for number in range(4)]
    names += [f"single-{number}.net" for number in range(200)]
    config = Config(net=Net(registration=False))
    inbox: SimpleQueue[Any] = SimpleQueue()
    terms = Terms(config, folder, 1, lambda: NOW)
    workers = Workers(config, inbox)
    with open_store(folder) as store:
        begun = begin(store, Inputs(names=tuple(names)), terms, 0)
        driven = Driven(store, begun.scan, terms, pack_in_force(config.packs), SUFFIXES)
        for _ in drive(driven, workers, inbox):
            pass
        assert load_scan(store, begun.scan).failed == 800
    return workers


def test_two_workers_are_never_at_one_domain(tmp_path: Path) -> None:
    workers = run(tmp_path)
    assert workers.at_once > 1
    assert workers.shared == set()


def test_without_the_rule_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(driver._Running, "_busy", lambda self, domains: False)
    assert run(tmp_path).shared
