"""Scans and their accounts: one row per input from the plan on, one transaction per shard."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from domainscan.model import Assessment, Observation, Record
from domainscan.store.base import Store
from domainscan.store.cases import update_latest
from domainscan.store.errors import StoreError
from domainscan.store.evidence import EvidenceRow, record_evidence
from domainscan.store.findings import Finding
from domainscan.store.kept import insert_contexts
from domainscan.store.observations import insert_assessments, insert_observations
from domainscan.store.packing import plain, unpack
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
        plain(item.source),
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


def pending_shards(store: Store, scan: str) -> list[tuple[int, int]]:
    """(shard, rows) of the shards with work left, in order."""
    rows = store.rows(
        "SELECT shard, count(*) FROM items INDEXED BY items_status WHERE scan = ? AND status = 'pending'"
        " GROUP BY shard ORDER BY shard",
        scan,
    )
    return [(row[0], row[1]) for row in rows]


def pending_items(store: Store, scan: str, first: int, last: int) -> list[ScanItem]:
    """The rows left of the shards from `first` to `last`, in input order."""
    rows = store.rows(  # left alone, SQLite reads the whole scan for the sake of the order
        "SELECT * FROM items INDEXED BY items_status WHERE scan = ? AND status = 'pending'"
        " AND shard BETWEEN ? AND ?",
        *(scan, first, last),
    )
    return sorted((_item(row) for row in rows), key=lambda item: item.line)


def _item(row: object) -> ScanItem:
    return ScanItem(*(row[field] for field in ScanItem.__struct_fields__))  # type: ignore[index]


def record_shard(
    store: Store, scan: str, findings: Sequence[Finding], evidence: Sequence[EvidenceRow], now: str
) -> int:
    """How many results were new. One transaction: items, observations, assessments, cases, evidence rows.

    A shard that runs twice, or reports late, changes nothing the second time.
    Raises WrongItem when a result is of no item of this scan or names another name than its item.
    """
    with store.writing() as db:
        fresh = _fresh(store, scan, findings)
        if fresh:  # nothing of a result that came too late points at bytes
            record_evidence(store, evidence)
        insert_observations(store, [one.observed for one in fresh])
        insert_assessments(store, [one.judged for one in fresh if one.judged])
        insert_contexts(store, [one.context for one in fresh if one.context])
        db.conn.executemany(
            "UPDATE items SET status = ?, reason = ?, observation = ?, assessment = ?"
            " WHERE scan = ? AND line = ?",
            [_outcome(one) for one in fresh],
        )
        update_latest(store, fresh, now)
    return len(fresh)


def _fresh(store: Store, scan: str, findings: Sequence[Finding]) -> list[Finding]:
    """The results of rows that are still pending, each row once."""
    lines = json.dumps([one.line for one in findings])
    rows = store.rows(
        "SELECT i.line, i.name, i.status FROM json_each(?) CROSS JOIN items i"
        " ON i.scan = ? AND i.line = CAST(value AS INTEGER)",  # CROSS: in this order, by the primary key
        *(lines, scan),
    )
    items = {row["line"]: row for row in rows}
    fresh: dict[int, Finding] = {}
    for one in findings:
        row = items.get(one.line)
        if row is None or row["name"] != one.name or one.scan != scan:
            wanted = "no item" if row is None else row["name"]
            raise WrongItem(
                f"line {one.line} of scan {scan} is {wanted}, the result is of {one.name} in {one.scan}"
            )
        if row["status"] == "pending":
            fresh.setdefault(one.line, one)
    return list(fresh.values())


def _outcome(one: Finding) -> tuple[object, ...]:
    judged = one.judged[0] if one.judged else None
    return (one.status, one.reason, one.id, judged, one.scan, one.line)


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


class Row(Record, frozen=True):
    """One row of a scan with what came of it, unpacked only where somebody wants to see it."""

    item: ScanItem
    observed: bytes = b""  # b"" while nothing was seen, or nothing ever will be
    judged: bytes = b""
    flagged: bool = False

    def observation(self) -> Observation | None:
        return unpack(self.observed, Observation) if self.observed else None

    def assessment(self) -> Assessment | None:
        return unpack(self.judged, Assessment) if self.judged else None


def load_items(store: Store, scan: str) -> Iterator[Row]:
    """Every item of a scan in input order, with what was seen and how it was judged."""
    rows = store.db.execute(
        "SELECT i.line, i.input, i.name, i.url, i.shard, i.source, i.note, i.status, i.reason, o.body, a.body,"
        " coalesce(a.flagged, 0) FROM items i LEFT JOIN observations o ON o.id = i.observation"
        " LEFT JOIN assessments a ON a.id = i.assessment WHERE i.scan = ? ORDER BY i.line",
        (scan,),
    )
    for *item, seen, judged, flagged in rows:
        yield Row(ScanItem(*item), seen or b"", judged or b"", bool(flagged))


def found_row(item: ScanItem, finding: Finding) -> Row:
    """The row of an item once its result is recorded."""
    observed, judged = finding.observed[-1], finding.judged[-1] if finding.judged else b""
    assert isinstance(observed, bytes)
    assert isinstance(judged, bytes)
    done = replace(item, status=finding.status, reason=finding.reason)
    return Row(done, observed, judged, bool(finding.judged and finding.judged[8]))
