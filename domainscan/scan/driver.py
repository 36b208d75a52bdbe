"""The driver: prepares jobs, feeds the engine, and alone writes evidence and rows.

A shard's WARC bytes are appended and synced first, then its rows are committed with their offsets in one transaction
keyed by (scan, line): a shard that runs twice counts once, and a killed driver goes on from the rows that are pending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.assess import Pack, judge
from domainscan.config import Config
from domainscan.model import Assessment, Candidate, Failure, History, Observation, Record, Registration
from domainscan.scan.engine import Engine
from domainscan.scan.registration import registrations
from domainscan.scan.shard import ShardJob, ShardResult, Task, unresolved
from domainscan.store import Store
from domainscan.store.evidence import append_evidence
from domainscan.store.observations import histories
from domainscan.store.scans import ScanItem, Visited, pending_items, pending_shards, record_shard

Row = tuple[ScanItem, Observation | None, Assessment | None]


class Terms(Record, frozen=True):
    """What a scan runs under."""

    config: Config
    home: Path
    workers: int
    now: Callable[[], str]


def drive(
    store: Store, scan: str, terms: Terms, pack: Pack, suffixes: Suffixes, engine: Engine
) -> Iterator[list[Row]]:
    """Visits everything that is pending, and yields each batch of rows once it is on disk.

    KeyboardInterrupt: what running shards have finished is recorded and yielded, then it is raised again.
    """
    jobs = _batches(store, scan, engine.rows)
    with ThreadPoolExecutor(1, thread_name_prefix="registration") as lane:
        running = _Running(store, scan, terms, suffixes, engine, lane)
        try:
            yield from running.work(jobs)
            if running.silent:
                for batch in _batches(store, scan, engine.rows):
                    yield _give_up(store, scan, batch, terms, pack, suffixes)
        except KeyboardInterrupt:
            engine.stop()
            yield from running.drain()
            raise


def _batches(store: Store, scan: str, rows: int) -> Iterator[list[ScanItem]]:
    """Pending rows in jobs of whole buckets, of about `rows` rows.

    The buckets are read once: what is in flight is not handed out again.
    """
    batch: list[ScanItem] = []
    for bucket in pending_shards(store, scan):
        batch += pending_items(store, scan, bucket)
        while len(batch) >= rows:
            yield batch[: 2 * rows]
            batch = batch[2 * rows :]
    if batch:
        yield batch


class _Running:
    """The jobs in flight: first their registrations are looked up, then they run, then they are written."""

    def __init__(
        self,
        store: Store,
        scan: str,
        terms: Terms,
        suffixes: Suffixes,
        engine: Engine,
        lane: ThreadPoolExecutor,
    ) -> None:
        self._store, self._scan, self._terms, self._suffixes = store, scan, terms, suffixes
        self._engine, self._lane = engine, lane
        self._settings = engine.settings
        self._known: dict[
            str, Registration | Failure
        ] = {}  # of the domains in the last job and those in flight
        self._preparing: dict[Future[dict[str, Registration | Failure]], list[ScanItem]] = {}
        self._visiting: dict[Future[ShardResult], list[ScanItem]] = {}
        self.silent = False

    def work(self, batches: Iterator[list[ScanItem]]) -> Iterator[list[Row]]:
        for batch in batches:
            domains = self._domains(batch)
            while len(self._preparing) + len(self._visiting) > self._engine.width or self._busy(domains):
                yield from self._settle()
            if self.silent:
                break
            self._known = {domain: self._known[domain] for domain in domains & self._known.keys()}
            asked = sorted(domains - self._known.keys())
            self._preparing[self._lane.submit(registrations, asked, self._terms.config.net)] = batch
        while self._visiting or (self._preparing and not self.silent):
            yield from self._settle()

    def _domains(self, batch: list[ScanItem]) -> set[Name]:
        return {self._suffixes.registrable(item.name) or Name(item.name) for item in batch}

    def _busy(self, domains: set[Name]) -> bool:
        """Whether a job with one of these domains is in flight: two jobs would pace its hosts apart."""
        return any(
            domains & self._domains(batch) for batch in (*self._preparing.values(), *self._visiting.values())
        )

    def drain(self) -> Iterator[list[Row]]:
        """What the running shards hand in after they were asked to stop."""
        for future in self._preparing:
            future.cancel()
        while self._visiting:
            yield from self._settle(preparing=False)

    def _settle(self, preparing: bool = True) -> Iterator[list[Row]]:
        """Waits until something is done and takes it one step further."""
        waiting: list[Future[Any]] = [*self._visiting, *(self._preparing if preparing else ())]
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            if future in self._preparing:
                batch = self._preparing.pop(future)
                if not self.silent:
                    self._known |= future.result()
                    self._visiting[self._engine.submit(self._job(batch))] = batch
            else:
                batch = self._visiting.pop(future)
                yield self._write(batch, future.result())

    def _job(self, batch: list[ScanItem]) -> ShardJob:
        return ShardJob(
            scan=self._scan,
            tasks=tuple(Task(item.line, Candidate(Name(item.name), item.url, item.source)) for item in batch),
            settings=self._settings,
            histories=histories(
                self._store, [Name(item.name) for item in batch], self._terms.now(), self._suffixes
            ),
            registrations={domain: self._known[domain] for domain in self._domains(batch)},
        )

    def _write(self, batch: list[ScanItem], result: ShardResult) -> list[Row]:
        self.silent = self.silent or result.silent
        evidence = append_evidence(self._terms.home, result.records, self._terms.now())
        record_shard(self._store, self._scan, result.visited, evidence, self._terms.now())
        items = {item.line: item for item in batch}
        return [(items[one.line], one.observation, one.assessment) for one in result.visited]


def _give_up(
    store: Store, scan: str, batch: list[ScanItem], terms: Terms, pack: Pack, suffixes: Suffixes
) -> list[Row]:
    """Records a batch as failed because no resolver answers: due again, never dead."""
    visited = []
    for item in batch:
        candidate = Candidate(Name(item.name), item.url, item.source)
        observation = unresolved(candidate, scan, terms.now(), terms.config.net.vantage)
        visited.append(Visited(item.line, observation, judge(observation, History(), pack, suffixes)))
    record_shard(store, scan, visited, [], terms.now())
    return [(item, one.observation, one.assessment) for item, one in zip(batch, visited, strict=True)]
