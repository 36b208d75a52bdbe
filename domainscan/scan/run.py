"""A scan from its first line to its account: begin or resume, plan, drive, finish."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import chain
from queue import SimpleQueue
from typing import Any

from blocklists.suffixes import load_suffixes
from domainscan.assess import BadPack, Pack, public_features
from domainscan.config import Config, Packs
from domainscan.model import Record
from domainscan.packfiles import read_files
from domainscan.scan.cluster import Cluster, NoCluster
from domainscan.scan.driver import Driven, Event, Terms, drive
from domainscan.scan.engine import JOB_ROWS, Engine, EngineBroken, Here
from domainscan.scan.inputs import DUE, Inputs
from domainscan.scan.job import settings_of
from domainscan.scan.mirrors import KIN, kin_lines
from domainscan.scan.plan import Planner, plan
from domainscan.scan.processes import Processes
from domainscan.sources import Line
from domainscan.store import Store
from domainscan.store.cases import due
from domainscan.store.kept import has_pack, keep_pack
from domainscan.store.reports import TIPS, load_reports, mark_reports, reopen_reports
from domainscan.store.scans import (
    Row,
    begin_scan,
    finish_scan,
    load_items,
    load_scan,
    plan_items,
    planned,
)
from domainscan.store.unfinished import Unfinished, take_up


class Begun(Record, frozen=True):
    """A scan that is ready to be driven."""

    scan: str
    resumed: bool
    started: str
    planned: int
    pending: int
    last: str = ""  # when a resumed scan was cut off
    left: tuple[Unfinished, ...] = ()  # scans of the same inputs that are left for good


def begin(store: Store, inputs: Inputs, terms: Terms, limit: int, *, fresh: bool = False) -> Begun:
    """The unfinished scan of the same inputs, or a new one with all its rows planned; with `fresh` always a new one.

    Raises OSError, UnknownSource for inputs that cannot be read; ScanRunning when another process is at it.
    """
    digest = inputs.digest(limit)
    found = take_up(store, digest, terms.now(), limit_days=terms.config.scan.resume_days, fresh=fresh)
    scan, resumed = found.scan, found.scan is not None
    if scan is None:
        scan = begin_scan(store, spec=inputs.spec(), digest=digest, now=terms.now())
        planner = Planner(load_suffixes(terms.config.names.suffixes), terms.config.net.ports, limit)
        tips = load_reports(store, state="new") if TIPS in inputs.sources else []
        lines = chain(inputs.lines(), stored_lines(store, inputs, terms.now(), terms.config))
        plan_items(store, scan, plan(lines, planner))
        planned(store, scan)
        mark_reports(store, [tip.id for tip in tips], "scanned")
        reopen_reports(store, scan, "skipped", "limit")
    account = load_scan(store, scan)
    return Begun(scan, resumed, account.started, account.planned, account.pending, found.last, found.left)


def stored_lines(store: Store, inputs: Inputs, now: str, config: Config) -> Iterator[Line]:
    """The lines of the sources that the store itself is: tips nobody has looked at, names that are due, kin.

    Raises BadPack.
    """
    if TIPS in inputs.sources:
        for number, tip in enumerate(reversed(load_reports(store, state="new")), 1):
            yield Line(number, tip.url or tip.name, TIPS)
    if DUE in inputs.sources:
        for number, (name, url) in enumerate(due(store, now), 1):
            yield Line(number, url or name, DUE)
    if KIN in inputs.sources:
        suffixes = load_suffixes(config.names.suffixes)
        yield from kin_lines(store, now, suffixes, public_features(config.packs))


def run_scan(
    store: Store, begun: Begun, terms: Terms, pack: Pack, inbox: SimpleQueue[Event]
) -> Iterator[list[Row]]:
    """Drives a scan to its end; yields every row once: what was recorded before, and each batch as it lands.

    The first batch is awaited before what was recorded is read, which takes its time in a large scan.
    Whoever puts Interrupted into the inbox ends it: what is finished is recorded, KeyboardInterrupt is raised, and
    the scan stays resumable.
    """
    suffixes = load_suffixes(terms.config.names.suffixes)
    try:
        with _engine(terms, begun, inbox) as engine:
            batches = drive(Driven(store, begun.scan, terms, pack, suffixes), engine, inbox)
            first = next(batches, [])
            yield from _recorded(store, begun.scan, {row.item.line for row in first})
            yield first
            yield from batches
    except (KeyboardInterrupt, EngineBroken, NoCluster):
        finish_scan(store, begun.scan, "interrupted", terms.now())
        raise
    finish_scan(store, begun.scan, "done", terms.now())


def _engine(terms: Terms, begun: Begun, inbox: SimpleQueue[Any]) -> AbstractContextManager[Engine]:
    """Where this scan's shards run. A scan with little to do is done in this process."""
    if terms.cluster:
        return Cluster(terms.config, inbox, terms.cluster, begun.scan)
    workers = min(terms.workers, max(1, begun.pending // JOB_ROWS))
    settings = settings_of(terms.config, workers)
    return Processes(settings, inbox, workers) if workers > 1 else Here(settings, inbox)


def _recorded(store: Store, scan: str, fresh: set[int]) -> Iterator[list[Row]]:
    """The rows that need no visit or had theirs: refused lines, duplicates, and what an earlier run recorded.

    Without the lines in `fresh`, which this run has recorded.
    """
    batch: list[Row] = []
    for row in load_items(store, scan):
        if row.item.status != "pending" and row.item.line not in fresh:
            batch.append(row)
        if len(batch) >= 500:
            yield batch
            batch = []
    if batch:
        yield batch


def keep_rules(store: Store, packs: Packs, pack: Pack, now: str) -> None:
    """Keeps the files of the pack that is about to judge, where they are not kept yet: judgements can be replayed.

    Raises BadPack when they are not those that were loaded.
    """
    if has_pack(store, pack.digest):
        return
    files = read_files(packs)
    if files.digest() != pack.digest:
        raise BadPack("the pack's files were changed while they were read: start again")
    keep_pack(store, pack.digest, pack.name, files.to_bytes(), now)
