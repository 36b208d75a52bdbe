"""F05, F06, F10, F16, F17: held locks, two scanners, a backup at full speed, results that come twice or late."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from domainscan.store import Store, StoreBusy, open_store
from domainscan.store.audit import load_events, record_event, verify_audit
from domainscan.store.backup import BackupFailed, backup_store
from domainscan.store.base import ANCHOR, FILE
from domainscan.store.evidence import EvidenceRow, append_evidence, find_evidence, verify_evidence
from domainscan.store.findings import Finding, seal
from domainscan.store.scans import (
    WrongItem,
    finish_scan,
    load_scan,
    load_scans,
    pending_shards,
    record_shard,
)
from domainscan.store.schema import STEPS
from domainscan.warc import Message, record_id, response_record

NOW = "2026-11-23T15:00:00Z"
SECONDS = 0.4  # instead of the minute that a desk waits


def foreign(home: Path, statement: str) -> sqlite3.Connection:
    """Another program that holds SQLite's own lock."""
    raw = sqlite3.connect(home / FILE, isolation_level=None)
    raw.execute(statement)
    return raw


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_database_that_another_program_locks_is_waited_for_and_then_an_error(
    store: Store, home: Path, statement: str
) -> None:
    """F05"""
    with open_store(home, lock_seconds=SECONDS) as hasty, closing(foreign(home, statement)) as other:
        began = time.monotonic()
        with pytest.raises(StoreBusy, match="locked by a program other than domainscan"):
            record_event(hasty, "me", "test", "lost", {}, NOW)
        assert SECONDS <= time.monotonic() - began < 10 * SECONDS
        assert load_events(hasty) == []
        other.execute("COMMIT")
        record_event(hasty, "me", "test", "kept", {}, NOW)
        assert [event.subject for event in load_events(hasty)] == ["kept"]


def test_a_home_that_cannot_be_opened_for_a_lock_says_so(home: Path) -> None:
    """F05: an exclusive lock from before the log was there keeps even readers out."""
    open_store(home).close()
    with closing(foreign(home, "PRAGMA locking_mode = EXCLUSIVE")) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute(f"PRAGMA user_version = {len(STEPS)}")
        other.execute("COMMIT")
        with pytest.raises(StoreBusy, match="locked by a program other than domainscan"):
            open_store(home, lock_seconds=SECONDS)
    open_store(home).close()


def test_two_scanners_with_different_questions_share_a_home(home: Path, second_process) -> None:
    """F06"""
    open_store(home).close()
    children = [second_process("scan", "40", question) for question in ("one", "two")]
    said = [child.stdout.read().split() for child in children]
    assert [words[-1] for words in said] == ["done", "done"]
    with open_store(home) as store:
        assert {(one.id, one.state, one.observed) for one in load_scans(store)} == {
            (words[0], "done", 40) for words in said
        }
        assert store.value("SELECT count(*) FROM observations") == 80
        assert (list(verify_evidence(store)), verify_audit(store)) == ([], [])


def test_two_scanners_with_one_question_do_not_work_twice(home: Path, second_process) -> None:
    """F06: the second one is refused while the first one lives."""
    open_store(home).close()
    children = [second_process("scan", "60", "same") for _ in range(2)]
    said = [child.stdout.read().split() for child in children]
    codes = sorted(child.wait() for child in children)
    with open_store(home) as store:
        assert all(one.observed == 60 and one.state == "done" for one in load_scans(store))
        finished = [words for words in said if words[-1:] == ["done"]]
        assert finished, "two that refuse each other are no scan"
        assert len(load_scans(store)) == len(finished)
        assert codes == [0] * len(finished) + [1] * (2 - len(finished))
        assert list(verify_evidence(store)) == []


# ---------------------------------------------------------------- F10


def test_a_backup_at_full_speed_holds_a_prefix_and_can_be_restored(
    home: Path, tmp_path: Path, second_process
) -> None:
    """Scans and audit rows are written by two processes while copies are made; each copy is whole."""
    with open_store(home) as store:
        children = [second_process("scan", "120"), second_process("events", "60")]
        copies = []
        while any(child.poll() is None for child in children) or len(copies) < 3:
            copies.append(backup_store(store, tmp_path / f"copy-{len(copies)}.db"))
    assert all(child.returncode == 0 for child in children)
    assert len(copies) >= 3
    counts = [restored(home, tmp_path / f"home-{number}", copy) for number, copy in enumerate(copies)]
    assert counts == sorted(counts), "a later copy never says less"
    assert counts[-1][1] == 60


def restored(home: Path, new: Path, copy: Path) -> tuple[int, int]:
    """(visits, audit rows) of a home made from the copy, after it was found whole."""
    new.mkdir()
    shutil.copy(copy, new / FILE)
    shutil.copytree(home / "evidence", new / "evidence") if (home / "evidence").exists() else None
    with open_store(new) as store:
        rows = len(load_events(store))
        heads = (home / ANCHOR).read_text().splitlines(keepends=True)
        (new / ANCHOR).write_text("".join(heads[:rows]))  # the anchor goes on while the copy is made
        assert (verify_audit(store), list(verify_evidence(store))) == ([], [])
        assert store.value("PRAGMA integrity_check") == "ok"
        for row in store.rows("SELECT count(*) AS n FROM items WHERE status <> 'pending' GROUP BY shard"):
            assert row["n"] == 5, "half a shard"
        done = store.value("SELECT count(*) FROM observations")
        assert done == store.value("SELECT count(*) FROM evidence")
        return done, rows


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match=r"copy\.db: No such file or directory$"):
        backup_store(store, tmp_path / "nowhere" / "copy.db")
    (tmp_path / "copy.db.part").mkdir()
    with pytest.raises(BackupFailed):
        backup_store(store, tmp_path / "copy.db")
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("copy")) == ["copy.db.part"]


# ---------------------------------------------------------------- F16, F17

NAMES = [f"n{number}.lab" for number in range(8)]


def batches(desk, observation, assessment, scan: str) -> list[list[Finding]]:
    seen = [observation(name, scan=scan) for name in NAMES]
    visits = [seal(n, one, assessment(one, ("H01", "high"))) for n, one in enumerate(seen)]
    return [visits[at : at + 2] for at in range(0, len(visits), 2)]


DELIVERIES: list[tuple[Callable[[list[int], random.Random], list[int]], str]] = [
    (lambda order, _: [n for n in order for _ in range(3)], "each batch comes three times"),
    (lambda order, _: order[::-1], "in the wrong order"),
    (lambda order, _: [*order, *order], "no acknowledgement arrived: all is sent again"),
    (lambda order, chance: chance.sample(order * 3, 3 * len(order)), "everything three times, shuffled"),
]


@pytest.mark.parametrize(("deliver", "why"), DELIVERIES)
def test_each_item_has_exactly_one_result(desk, observation, assessment, deliver, why: str) -> None:
    """F17"""
    scan = desk.scan(*NAMES)
    parts = batches(desk, observation, assessment, scan)
    order = deliver(list(range(len(parts))), random.Random(20261123))
    new = sum(record_shard(desk.store, scan, parts[number], [], NOW) for number in order)
    assert new == len(NAMES), why
    for table in ("observations", "assessments", "latest", "cases"):
        assert desk.store.value(f"SELECT count(*) FROM {table}") == len(NAMES), why
    account = load_scan(desk.store, scan)
    assert (account.planned, account.observed, account.pending) == (8, 8, 0)
    assert pending_shards(desk.store, scan) == []


def test_batches_that_overlap_count_each_item_once(desk, observation, assessment) -> None:
    """F17: cut another way the second time."""
    scan = desk.scan(*NAMES)
    visits = [one for part in batches(desk, observation, assessment, scan) for one in part]
    assert [record_shard(desk.store, scan, visits[a:b], [], NOW) for a, b in [(0, 5), (3, 8), (0, 8)]] == [
        5,
        3,
        0,
    ]


def response(record: str, body: bytes):
    return response_record(Message(record, "http://a.lab/", "127.77.1.10", NOW, b"HTTP/1.1 200 OK"), body)


@pytest.mark.parametrize("ended", [False, True])
def test_the_late_result_of_a_worker_that_was_paused_changes_nothing(
    desk, observation, assessment, home: Path, ended: bool
) -> None:
    """F16: the shard was given to another worker meanwhile; the zombie saw another page and one hop more."""
    scan = desk.scan("a.lab")
    first, late = (
        observation("a.lab", scan=scan, text=text) for text in ("as it was", "as the zombie saw it")
    )
    kept = append_evidence(home, [response(record_id(first.id, 0), b"as it was")], NOW)
    record_shard(desk.store, scan, [seal(0, first, assessment(first))], kept, NOW)
    if ended:
        finish_scan(desk.store, scan, "done", NOW)
    before = list(desk.store.db.conn.iterdump())
    bodies = [response(record_id(late.id, hop), b"as the zombie saw it") for hop in (0, 1)]
    rows = append_evidence(home, bodies, NOW)
    assert record_shard(desk.store, scan, [seal(0, late, assessment(late, ("H01", "high")))], rows, NOW) == 0
    assert list(desk.store.db.conn.iterdump()) == before
    assert find_evidence(desk.store, record_id(late.id, 1)) is None
    assert list(verify_evidence(desk.store)) == []


def test_a_result_of_a_scan_that_was_discarded_is_refused(desk, observation) -> None:
    """F16: the driver died while it planned, and its plan is gone."""
    late = observation("a.lab", scan="s-gone")
    with pytest.raises(WrongItem, match="no item"):
        record_shard(desk.store, "s-gone", [seal(0, late, None)], [EvidenceRow("r", "f", 0, 1, "d")], NOW)
    assert desk.store.value("SELECT count(*) FROM observations") == 0
    assert find_evidence(desk.store, "r") is None
