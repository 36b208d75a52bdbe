"""Scans and their accounts: one row per input from the plan on, one transaction per shard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from domainscan.model import Assessment, Observation, Record
from domainscan.store.base import Store, StoreError, plain, unpack
from domainscan.store.cases import update_latest
from domainscan.store.evidence import EvidenceRow, record_evidence
from domainscan.store.observations import features_of, insert_assessments, insert_observations
from domainscan.store.processes import process_lives, this_process

_BATCH: Final = 5_000
_ACCOUNTS: Final = (
    "SELECT s.*, count(i.line) AS planned,"
    " count(i.line) FILTER (WHERE i.status = 'observed') AS observed,"
    " count(i.line) FILTER (WHERE i.status = 'dead') AS dead,"
    " count(i.line) FILTER (WHERE i.status = 'failed') AS failed,"
    " count(i.line) FILTER (WHERE i.status = 'invalid') AS invalid,"
    " count(i.line) FILTER (WHERE i.status = 'skipped') AS skipped,"
    " count(i.line) FILTER (WHERE i.status = 'pending') AS pending"
    " FROM scans s LEFT JOIN items i ON i.scan = s.id"
)


class ScanItem(Record, frozen=True):
    """One input of a scan. `status` is `pending`, or `invalid` or `skipped` with the reason."""

    line: int
    input: str
    name: str
    url: str
    shard: int
    source: str
    note: str
    status: str = "pending"
    reason: str = ""


class Visited(Record, frozen=True):
    """What came of one item. `features` as `features_of` finds them; None: find them when recording."""

    line: int
    observation: Observation
    assessment: Assessment | None
    features: tuple[tuple[str, str], ...] | None = None


class ScanAccount(Record, frozen=True):
    """A run and its inputs: planned = observed + dead + failed + invalid + skipped + pending."""

    id: str
    started: str
    ended: str
    state: str  # planning | running | interrupted | done
    planned: int
    observed: int
    dead: int
    failed: int
    invalid: int
    skipped: int
    pending: int
    spec: str


class UnknownScan(StoreError):
    """No scan has this id."""


class WrongItem(StoreError):
    """A result that belongs to no item of the scan, or to another name than the item's."""


class ScanRunning(StoreError):
    """Another process is at work on the same scan."""


class ScanUnfinished(StoreError):
    """A scan with pending items cannot be done."""


def begin_scan(store: Store, *, spec: str, digest: str, now: str) -> str:
    """The id of a new scan in state `planning`, such as `s-20261123-150000-3f2a`."""
    stem = "s-" + "".join(c for c in now[:19] if c.isdigit() or c == "T").replace("T", "-")
    with store.writing():
        for turn in range(65_536):
            scan = f"{stem}-{hashlib.sha256(f'{digest}{now}{turn}'.encode()).hexdigest()[:4]}"
            if store.value("SELECT 1 FROM scans WHERE id = ?", scan) is None:
                break
        store.db.execute(
            "INSERT INTO scans (id, spec, digest, state, started, runner) VALUES (?, ?, ?, 'planning', ?, ?)",
            (scan, plain(spec), digest, now, this_process()),
        )
    return scan


def plan_items(store: Store, scan: str, items: Iterable[ScanItem]) -> None:
    """Writes the plan, a few thousand items per transaction, so a file of a million lines streams."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        with store.writing() as db:
            db.conn.executemany(
                "INSERT INTO items (scan, line, input, name, url, shard, source, note, status, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_item_row(scan, item) for item in batch],
            )


def _item_row(scan: str, item: ScanItem) -> tuple[object, ...]:
    texts = (plain(item.input), plain(item.name), plain(item.url))
    return (
        scan,
        item.line,
        *texts,
        item.shard,
        item.source,
        plain(item.note),
        item.status,
        plain(item.reason),
    )


def planned(store: Store, scan: str) -> None:
    """The plan is complete: the scan runs."""
    _set_state(store, scan, "running", "")


def finish_scan(store: Store, scan: str, state: str, now: str) -> None:
    """Ends a scan as `done` or `interrupted`. Raises ScanUnfinished for `done` while items are pending."""
    with store.writing():
        pending = store.value("SELECT count(*) FROM items WHERE scan = ? AND status = 'pending'", scan)
        if state == "done" and pending:
            raise ScanUnfinished(f"scan {scan} still has {pending} pending items")
        _set_state(store, scan, state, now)


def _set_state(store: Store, scan: str, state: str, ended: str) -> None:
    with store.writing() as db:
        if not db.execute(
            "UPDATE scans SET state = ?, ended = ? WHERE id = ?", (state, ended, scan)
        ).rowcount:
            raise UnknownScan(f"no scan {scan!r}")


def unfinished_scan(store: Store, digest: str) -> str | None:
    """The newest unfinished scan of the same question, now ours to go on with; None when there is none.

    Plans that died half-written are discarded. Raises ScanRunning when another process is at work on it.
    """
    with store.writing() as db:
        for row in store.rows("SELECT id, digest, runner FROM scans WHERE state = 'planning'"):
            ours = row["runner"] == this_process() and row["digest"] == digest
            if ours or not process_lives(row["runner"]):
                db.execute("DELETE FROM scans WHERE id = ?", (row["id"],))
        found = store.rows(
            "SELECT id, runner FROM scans WHERE digest = ? AND state <> 'done'"
            " ORDER BY started DESC, rowid DESC",
            digest,
        )
        if not found:
            return None
        scan, runner = found[0]
        if runner != this_process() and process_lives(runner):
            raise ScanRunning(f"scan {scan} of the same input is running in process {runner.split(':')[0]}")
        db.execute(
            "UPDATE scans SET runner = ?, state = 'running', ended = '' WHERE id = ?", (this_process(), scan)
        )
    return str(scan)


def pending_shards(store: Store, scan: str) -> list[int]:
    """The shards with work left, in order."""
    rows = store.rows(
        "SELECT DISTINCT shard FROM items WHERE scan = ? AND status = 'pending' ORDER BY 1", scan
    )
    return [row[0] for row in rows]


def pending_items(store: Store, scan: str, shard: int) -> list[ScanItem]:
    rows = store.rows(
        "SELECT * FROM items WHERE scan = ? AND status = 'pending' AND shard = ? ORDER BY line", scan, shard
    )
    return [_item(row) for row in rows]


def _item(row: object) -> ScanItem:
    return ScanItem(*(row[field] for field in ScanItem.__struct_fields__))  # type: ignore[index]


def record_shard(
    store: Store, scan: str, visits: Sequence[Visited], evidence: Sequence[EvidenceRow], now: str
) -> int:
    """How many results were new. One transaction: items, observations, assessments, cases, evidence rows.

    A shard that runs twice, or reports late, changes nothing the second time.
    Raises WrongItem when a result is of no item of this scan or names another name than its item.
    """
    features = {visit.line: _features(visit) for visit in visits}  # takes longest: before the lock
    with store.writing() as db:
        fresh = _fresh(store, scan, visits)
        if fresh:  # nothing of a result that came too late points at bytes
            record_evidence(store, evidence)
        insert_observations(store, [visit.observation for visit in fresh])
        insert_assessments(store, [visit.assessment for visit in fresh if visit.assessment])
        db.conn.executemany(
            "UPDATE items SET status = ?, reason = ?, observation = ?, assessment = ?"
            " WHERE scan = ? AND line = ?",
            [_outcome(scan, visit) for visit in fresh],
        )
        update_latest(store, [(one.observation, one.assessment, features[one.line]) for one in fresh], now)
    return len(fresh)


def _features(visit: Visited) -> tuple[tuple[str, str], ...]:
    return features_of(visit.observation) if visit.features is None else visit.features


def _fresh(store: Store, scan: str, visits: Sequence[Visited]) -> list[Visited]:
    fresh: list[Visited] = []
    taken: set[int] = set()
    for visit in visits:
        row = store.db.conn.execute(
            "SELECT name, url, status FROM items WHERE scan = ? AND line = ?", (scan, visit.line)
        ).fetchone()
        seen = visit.observation
        if row is None or row[0] != seen.name or seen.scan != scan:
            wanted = "no item" if row is None else row[0]
            raise WrongItem(
                f"line {visit.line} of scan {scan} is {wanted}, the result is of {seen.name} in {seen.scan}"
            )
        if row[2] == "pending" and visit.line not in taken:
            fresh.append(visit)
            taken.add(visit.line)
    return fresh


def _outcome(scan: str, visit: Visited) -> tuple[object, ...]:
    seen = visit.observation
    judged = visit.assessment.id if visit.assessment else None
    return (seen.status, plain(seen.reason), seen.id, judged, scan, visit.line)


def load_scans(store: Store) -> list[ScanAccount]:
    """Every run, newest first, with its accounts. A running scan whose process is gone is `interrupted`."""
    rows = store.rows(_ACCOUNTS + " GROUP BY s.id ORDER BY s.started DESC, s.rowid DESC")
    return [_account(row) for row in rows]


def load_scan(store: Store, scan: str) -> ScanAccount:
    """One run with its accounts. Raises UnknownScan."""
    rows = store.rows(_ACCOUNTS + " WHERE s.id = ? GROUP BY s.id", scan)
    if not rows:
        raise UnknownScan(f"no scan {scan!r}")
    return _account(rows[0])


def _account(row: object) -> ScanAccount:
    values = {field: row[field] for field in ScanAccount.__struct_fields__}  # type: ignore[index]
    if values["state"] == "running" and not process_lives(row["runner"]):  # type: ignore[index]
        values["state"] = "interrupted"
    return ScanAccount(**values)


def load_items(store: Store, scan: str) -> Iterator[tuple[ScanItem, Observation | None, Assessment | None]]:
    """Every item of a scan in input order, with what was seen and how it was judged."""
    rows = store.db.execute(
        "SELECT i.line, i.input, i.name, i.url, i.shard, i.source, i.note, i.status, i.reason, o.body, a.body"
        " FROM items i LEFT JOIN observations o ON o.id = i.observation"
        " LEFT JOIN assessments a ON a.id = i.assessment WHERE i.scan = ? ORDER BY i.line",
        (scan,),
    )
    for *item, seen, judged in rows:
        yield (
            ScanItem(*item),
            unpack(seen, Observation) if seen else None,
            unpack(judged, Assessment) if judged else None,
        )
