"""The driver: prepares jobs, feeds the engine, and alone writes evidence and rows.

Evidence is appended and synced first, then the rows are committed with their offsets in one transaction keyed by
(scan, line): a row that comes twice counts once, and a killed driver goes on from the rows that are pending.
What the workers hand in waits a moment for more: a row touches a dozen pages of the database, and rows that are
written together share them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.assess import Pack, judge
from domainscan.config import Config
from domainscan.model import Candidate, Failure, History, Record, Registration
from domainscan.scan.engine import JOB_ROWS, Engine, EngineBroken, Lost, broken
from domainscan.scan.job import Part, ShardJob, Task
from domainscan.scan.kin import with_kin
from domainscan.scan.registration import Registry
from domainscan.scan.workshop import unresolved
from domainscan.store import Store
from domainscan.store.earlier import earlier_visits
from domainscan.store.evidence import append_evidence
from domainscan.store.findings import Basis, Finding, Made, seal
from domainscan.store.histories import histories
from domainscan.store.kin import load_decided
from domainscan.store.scans import Row, ScanItem, found_row, pending_items, pending_shards, record_shard
from domainscan.tool import suffixes_digest, tool
from domainscan.warc import WarcRecord

PREPARED_AHEAD: Final = 2  # jobs whose registrations are being looked up
FIRST_ROWS: Final = 8  # of the first job; each further one has twice as many: the first results come soon
# A row took 390 us of the writer's in transactions of 64, 240 in those of 256 and 180 in those of 512.
HELD_ROWS: Final = 512
HELD_SECONDS: Final = 0.5  # at the most: so much is visited again after a crash
HELD_BYTES: Final = 16 << 20  # of evidence
TRIES: Final = 3  # of a row whose worker dies under it
# At the most: a signal that another thread is given, as one that just starts a process, does not wake the driver.
LOOK_SECONDS: Final = 1.0


class Terms(Record, frozen=True):
    """What a scan runs under."""

    config: Config
    home: Path
    workers: int
    now: Callable[[], str]
    cluster: str = ""


class Prepared(Record, frozen=True):
    """A job whose registrations have been looked up."""

    batch: tuple[ScanItem, ...]
    registrations: dict[str, Registration | Failure]


class Interrupted(Record, frozen=True):
    """Somebody wants the scan to end."""


Event = Part | Lost | EngineBroken | Prepared | Interrupted


@dataclass(frozen=True)
class Driven:
    """One scan: where it is recorded, on what terms, and what it is judged by."""

    store: Store
    scan: str
    terms: Terms
    pack: Pack
    suffixes: Suffixes


def drive(driven: Driven, engine: Engine, inbox: SimpleQueue[Event]) -> Iterator[list[Row]]:
    """Visits everything that is pending, and yields each batch of rows once it is on disk.

    Interrupted in the inbox: what running shards have finished is recorded and yielded, then KeyboardInterrupt is
    raised. It is an event among others, so it never comes between taking a result and writing it.
    Raises EngineBroken when workers keep dying.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="registration") as lane:
        running = _Running(driven, engine, inbox, lane)
        try:
            yield from running.work(_batches(driven.store, driven.scan))
            if running.silent:
                for batch in _batches(driven.store, driven.scan):
                    yield _give_up(driven, batch)
        except KeyboardInterrupt:
            engine.stop()
            yield from running.drain()
            raise
        except EngineBroken:
            yield from running.write()
            raise


def _batches(store: Store, scan: str) -> Iterator[list[ScanItem]]:
    """Pending rows in jobs of whole buckets, of about JOB_ROWS rows; the first ones are smaller.

    The buckets are read once: what is in flight is not handed out again.
    """
    first, rows, wanted = 0, 0, FIRST_ROWS
    shards = pending_shards(store, scan)
    for number, (shard, count) in enumerate(shards):
        rows += count
        if rows >= wanted or number == len(shards) - 1:
            batch = pending_items(store, scan, first, shard)
            while batch:
                yield batch[: 2 * wanted]
                batch = batch[2 * wanted :]
                wanted = min(2 * wanted, JOB_ROWS)
            first, rows = shard + 1, 0


class _Running:
    """The rows in flight: first their registrations are looked up, then they are visited, then written."""

    def __init__(
        self, driven: Driven, engine: Engine, inbox: SimpleQueue[Event], lane: ThreadPoolExecutor
    ) -> None:
        self._store, self._scan, self._terms = driven.store, driven.scan, driven.terms
        self._pack, self._suffixes = driven.pack, driven.suffixes
        self._decided = load_decided(driven.store, driven.suffixes)
        self._engine, self._inbox, self._lane = engine, inbox, lane
        self._registry = Registry(driven.terms.config.net)  # used in the lane only
        self._preparing = 0
        self._items: dict[int, ScanItem] = {}  # handed out, by line
        self._held: list[tuple[ScanItem, Finding]] = []  # came back, and is not written yet
        self._records: list[WarcRecord] = []  # of these
        self._write_by = 0.0
        self._hold_seconds = 0.0  # what comes first is recorded at once
        self._domains: Counter[Name] = Counter()  # of the rows handed out
        self._losses: Counter[int] = Counter()
        self.silent = False

    def work(self, batches: Iterator[list[ScanItem]]) -> Iterator[list[Row]]:
        for batch in batches:
            domains = {self._domain(item) for item in batch}
            while self._crowded() or self._busy(domains):
                yield from self._settle()
            if self.silent:
                break
            self._hand_out(batch)
        while self._items:
            yield from self._settle()
        yield from self.write()

    def _crowded(self) -> bool:
        return self._preparing >= PREPARED_AHEAD or len(self._items) >= self._engine.width

    def _busy(self, domains: set[Name]) -> bool:
        """Whether a row of one of these domains is in flight: two workers would pace its hosts apart."""
        return any(domain in self._domains for domain in domains)

    def _domain(self, item: ScanItem) -> Name:
        return self._suffixes.registrable(item.name) or Name(item.name)

    def _hand_out(self, batch: list[ScanItem]) -> None:
        for item in batch:
            self._items[item.line] = item
            self._domains[self._domain(item)] += 1
        self._preparing += 1
        self._lane.submit(self._prepare, tuple(batch))

    def _prepare(self, batch: tuple[ScanItem, ...]) -> None:
        """In the lane: the registrations of a job's domains."""
        try:
            known = self._registry.look_up({self._domain(item) for item in batch})
            self._inbox.put(Prepared(batch, known))
        except Exception as error:  # noqa: BLE001 - raised in the driver, whatever it is
            self._inbox.put(broken(error, "registration: "))

    def drain(self) -> Iterator[list[Row]]:
        """What the running shards hand in after they were asked to stop."""
        self.silent = True
        while self._items:
            yield from self._settle()
        yield from self.write()

    def _settle(self) -> Iterator[list[Row]]:
        """Waits until something is done and takes it one step further."""
        try:
            event = self._inbox.get(timeout=self._patience())
        except Empty:
            yield from self.write()
            return
        if isinstance(event, Prepared):
            self._preparing -= 1
            if self.silent:
                self._take_back(item.line for item in event.batch)
            else:
                self._engine.submit(self._job(event))
        elif isinstance(event, Part):
            self.silent = self.silent or event.silent
            self._hold(event)
            if self._full() or self._patience() == 0.0:
                yield from self.write()
        elif isinstance(event, Lost):
            self._try_again(event)
        elif isinstance(event, Interrupted):
            raise KeyboardInterrupt
        else:
            raise event

    def _take_back(self, lines: Iterable[int]) -> None:
        """These rows are in flight no more: they are recorded, or stay pending."""
        for line in lines:
            item = self._items.pop(line, None)
            if item is not None:
                domain = self._domain(item)
                self._domains[domain] -= 1
                if not self._domains[domain]:
                    del self._domains[domain]

    def _try_again(self, lost: Lost) -> None:
        lines = [line for line in lost.lines if line in self._items]
        self._losses.update(lines)
        if any(self._losses[line] >= TRIES for line in lines):
            raise EngineBroken(f"a row lost its worker {TRIES} times ({lost.why}); what is finished is saved")
        if self.silent:
            self._take_back(lines)
        elif lines:
            self._preparing += 1
            self._lane.submit(self._prepare, tuple(self._items[line] for line in lines))

    def _job(self, prepared: Prepared) -> ShardJob:
        names = [Name(item.name) for item in prepared.batch]
        now = self._terms.now()
        known = histories(self._store, names, now, self._suffixes, self._decided)
        seen = [name for name in names if known[name].visits]
        return ShardJob(
            scan=self._scan,
            tasks=tuple(
                Task(item.line, Candidate(Name(item.name), item.url, item.source, item.note))
                for item in prepared.batch
            ),
            settings=self._engine.settings,
            histories=known,
            registrations=prepared.registrations,
            earlier=earlier_visits(self._store, seen, now) if seen else {},
            now=now,
        )

    def _patience(self) -> float:
        """Seconds that what is held may wait for more."""
        return max(0.0, self._write_by - monotonic()) if self._held else LOOK_SECONDS

    def _full(self) -> bool:
        return len(self._held) >= HELD_ROWS or sum(len(one.data) for one in self._records) >= HELD_BYTES

    def _hold(self, part: Part) -> None:
        """Rows that are done make room for others at once. One that comes twice counts once."""
        if not self._held:
            self._write_by = monotonic() + self._hold_seconds
        self._held += [(self._items[one.line], one) for one in part.findings if one.line in self._items]
        self._records += part.records
        self._take_back(one.line for one in part.findings)
        self._take_back(part.left)

    def write(self) -> Iterator[list[Row]]:
        """Records what is held, and yields it."""
        if not self._held:
            return
        held, records, now = self._held, self._records, self._terms.now()
        self._held, self._records, self._hold_seconds = [], [], HELD_SECONDS
        evidence = append_evidence(self._terms.home, records, now)
        found = (one for _, one in held)
        findings = with_kin(self._store, found, self._decided, self._pack, self._suffixes, now)
        record_shard(self._store, self._scan, findings, evidence, now)
        yield [found_row(item, one) for (item, _), one in zip(held, findings, strict=True)]


def _give_up(driven: Driven, batch: list[ScanItem]) -> list[Row]:
    """Records a batch as failed because no resolver answers: due again, never dead."""
    findings = []
    now, vantage = driven.terms.now, driven.terms.config.net.vantage
    basis = Basis(History(), Made(now(), tool(), suffixes_digest(driven.suffixes)))
    for item in batch:
        candidate = Candidate(Name(item.name), item.url, item.source)
        observation = unresolved(candidate, driven.scan, now(), vantage)
        judged = judge(observation, History(), driven.pack, driven.suffixes)
        findings.append(seal(item.line, observation, judged, basis=basis))
    record_shard(driven.store, driven.scan, findings, [], now())
    return [found_row(item, one) for item, one in zip(batch, findings, strict=True)]
