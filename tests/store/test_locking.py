"""Two processes, one store: the second one waits, works, and loses nothing."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from domainscan.store import Store, StoreBusy, StoreFailed, base, open_store
from domainscan.store.audit import load_events, record_event, verify_audit
from domainscan.store.base import FILE
from domainscan.store.evidence import verify_evidence
from domainscan.store.scans import ScanRunning, load_scans
from domainscan.store.unfinished import take_up

NOW = "2026-11-23T15:00:00Z"


def test_a_second_process_waits_for_the_first_and_then_works(store: Store, second_process) -> None:
    child = second_process("hold")
    assert child.stdout.readline() == "held\n"
    release = threading.Timer(0.3, child.stdin.close)
    release.start()
    record_event(store, "me", "test", "lock", {}, NOW)
    release.join()
    assert [event.actor for event in load_events(store)] == ["me", "holder"]
    assert verify_audit(store) == []


def test_a_lock_that_is_not_released_in_time_is_an_error_that_names_the_holder(
    store: Store, home: Path, second_process
) -> None:
    child = second_process("hold")
    assert child.stdout.readline() == "held\n"
    with open_store(home, lock_seconds=0.05) as hasty, pytest.raises(StoreBusy, match=f"process {child.pid}"):
        record_event(hasty, "me", "test", "lock", {}, NOW)


def test_without_the_lock_only_sqlite_would_stand_between_two_writers(
    store: Store, home: Path, second_process, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = second_process("hold")
    assert child.stdout.readline() == "held\n"
    with open_store(home, lock_seconds=0.05) as hasty:
        monkeypatch.setattr(base, "locked", lambda home, seconds: nullcontext())
        with pytest.raises(StoreBusy, match="a program other than domainscan"):
            record_event(hasty, "me", "test", "lock", {}, NOW)


def test_reading_goes_on_while_another_process_writes(store: Store, second_process) -> None:
    record_event(store, "me", "test", "lock", {}, NOW)
    child = second_process("hold")
    assert child.stdout.readline() == "held\n"
    assert [event.actor for event in load_events(store)] == ["me"]


def test_the_lock_of_a_killed_process_is_free(store: Store, second_process) -> None:
    child = second_process("hold")
    assert child.stdout.readline() == "held\n"
    child.kill()
    child.wait()
    record_event(store, "me", "test", "lock", {}, NOW)
    assert [event.actor for event in load_events(store)] == ["me"]


def test_three_processes_that_write_at_once_lose_no_row_and_none_starves(
    store: Store, second_process
) -> None:
    children = [second_process("events", "40") for _ in range(2)]
    for number in range(20):
        record_event(store, "me", "test", str(number), {}, NOW)
    assert [child.stdout.readline() for child in children] == ["done\n", "done\n"]
    assert (len(load_events(store)), verify_audit(store)) == (100, [])


def test_a_transaction_that_fails_leaves_nothing_and_frees_the_lock(store: Store, home: Path) -> None:
    with pytest.raises(ZeroDivisionError), store.writing():
        record_event(store, "me", "test", "lost", {}, NOW)
        raise ZeroDivisionError
    with open_store(home, lock_seconds=0.05) as other:
        record_event(other, "me", "test", "kept", {}, NOW)
    assert [event.subject for event in load_events(store)] == ["kept"]
    assert verify_audit(store) == []


def test_a_transaction_inside_another_can_fail_alone(store: Store) -> None:
    with store.writing():
        record_event(store, "me", "test", "outer", {}, NOW)
        with pytest.raises(ZeroDivisionError), store.writing():
            record_event(store, "me", "test", "inner", {}, NOW)
            raise ZeroDivisionError
        record_event(store, "me", "test", "outer again", {}, NOW)
    assert [event.subject for event in load_events(store)] == ["outer again", "outer"]
    assert verify_audit(store) == []


def test_a_full_disk_is_an_error_and_changes_nothing(store: Store) -> None:
    pages = store.value("PRAGMA page_count")
    store.db.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(StoreFailed, match="full; nothing was changed"):
        record_event(store, "me", "test", "big", {"text": "x" * 100_000}, NOW)
    assert load_events(store) == []
    store.db.execute(f"PRAGMA max_page_count = {pages + 1000}").fetchall()
    record_event(store, "me", "test", "small", {}, NOW)
    assert verify_audit(store) == []


def test_a_long_log_is_folded_back_into_the_database(store: Store, home: Path) -> None:
    for number in range(4):
        with store.writing():
            for _ in range(3):
                record_event(store, "me", "test", str(number), {"text": "x" * 1_000_000}, NOW)
    assert (home / f"{FILE}-wal").stat().st_size < 12_000_000
    assert (home / FILE).stat().st_size > 3_000_000


@pytest.mark.parametrize("shards_before_the_kill", [0, 1, 3])
def test_a_killed_scan_resumes_and_its_accounts_balance(
    home: Path, second_process, shards_before_the_kill: int
) -> None:
    first = second_process("scan", "60")
    scan = first.stdout.readline().strip()
    said = [first.stdout.readline() for _ in range(shards_before_the_kill)]
    first.kill()
    first.wait()
    with open_store(home) as store:
        (account,) = load_scans(store)
        assert (account.id, account.state) == (scan, "interrupted")
        assert account.planned == 60 == account.observed + account.pending
        assert account.observed >= 5 * len(said)
    again = second_process("scan", "60")
    words = again.stdout.read().split()
    assert (words[0], words[-1]) == (scan, "done")
    assert not {word.strip() for word in said} & set(words[1:-1])
    with open_store(home) as store:
        (account,) = load_scans(store)
        assert (account.state, account.observed, account.pending) == ("done", 60, 0)
        assert store.value("SELECT count(*) FROM observations") == 60
        assert list(verify_evidence(store)) == []
        assert store.value("PRAGMA integrity_check") == "ok"


def test_a_scan_that_runs_in_another_process_is_not_taken_over(store: Store, second_process) -> None:
    child = second_process("plan")
    scan = child.stdout.readline().strip()
    with pytest.raises(ScanRunning, match=f"{scan} of the same input is running in process {child.pid}"):
        take_up(store, "same", NOW)
    assert take_up(store, "another", NOW).scan is None
    assert [account.id for account in load_scans(store)] == [scan]


def test_a_plan_that_died_half_written_is_discarded(store: Store, second_process) -> None:
    child = second_process("plan")
    child.stdout.readline()
    child.kill()
    child.wait()
    assert take_up(store, "same", NOW).scan is None
    assert load_scans(store) == []
    assert store.value("SELECT count(*) FROM items") == 0


def test_a_store_belongs_to_the_thread_that_opened_it(store: Store) -> None:
    caught: list[Exception] = []

    def use() -> None:
        try:
            load_events(store)
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(caught) == 1
