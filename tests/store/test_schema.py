"""One file, one schema, one way forward."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from domainscan.store import NewerSchema, NotAStore, Store, StoreError, StoreFailed, open_store
from domainscan.store.audit import record_event
from domainscan.store.backup import BackupFailed, backup_store, copy_database
from domainscan.store.base import FILE
from domainscan.store.schema import STEPS, schema_problems
from domainscan.store.soundness import damage


def add_colour(db: Database) -> None:
    db.execute("ALTER TABLE cases ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")


def fail_in_the_middle(db: Database) -> None:
    add_colour(db)
    db.execute("DROP TABLE reports")
    db.execute("INSERT INTO nothing VALUES (1)")


def lose_a_parent(db: Database) -> None:
    db.execute("DROP TRIGGER people_stay")
    db.execute("DELETE FROM people")


def dump(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / FILE)) as raw, raw:
        return list(raw.iterdump())


def version(home: Path) -> int:
    with closing(sqlite3.connect(home / FILE)) as raw, raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


def test_a_new_store_has_the_pragmas_that_keep_acknowledged_commits(home: Path) -> None:
    wanted: dict[str, object] = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    wanted |= {"wal_autocheckpoint": 0, "trusted_schema": 0}
    with open_store(home) as store:
        assert {key: store.value(f"PRAGMA {key}") for key in wanted} == wanted


def test_a_new_store_has_exactly_the_schema_of_its_steps(store: Store, home: Path) -> None:
    assert version(home) == len(STEPS) == 5
    assert schema_problems(store) == []


def test_a_guard_that_somebody_removed_is_named(store: Store) -> None:
    store.db.execute("DROP TRIGGER audit_no_delete")
    store.db.execute("CREATE TABLE extra (id INTEGER)")
    assert schema_problems(store) == [
        "trigger audit_no_delete is missing or changed",
        "table extra is not part of the schema",
    ]


def test_a_second_step_keeps_the_data_and_leaves_a_checked_copy_of_the_file_before(desk, home: Path) -> None:
    desk.visit("alpha.lab", ("H01", "high"))
    desk.store.close()
    with open_store(home, steps=(*STEPS, add_colour)) as store:
        assert [dict(row) for row in store.rows("SELECT name, colour FROM cases")] == [
            {"name": "alpha.lab", "colour": "grey"}
        ]
    assert version(home) == len(STEPS) + 1
    with closing(sqlite3.connect(home / f"{FILE}.before-{len(STEPS) + 1}")) as before, before:
        assert before.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert before.execute("SELECT name FROM cases").fetchall() == [("alpha.lab",)]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (fail_in_the_middle, StoreFailed),  # SQL that fails after it has dropped a table
        (lose_a_parent, StoreError),  # SQL that works and leaves rows without the row they refer to
    ],
)
def test_a_step_that_fails_leaves_the_schema_and_the_data_of_the_step_before(
    desk, home: Path, step: Callable[[Database], None], error: type[Exception]
) -> None:
    desk.visit("alpha.lab", ("H01", "high"))
    desk.store.db.execute(
        "INSERT INTO people (id, role, state, added) VALUES ('a', 'approver', 'active', '')"
    )
    desk.store.db.execute(
        "INSERT INTO decisions (name, measure, reach, category, reason, expires, proposer, proposed_at,"
        " state) VALUES ('alpha.lab', 'none', 'host', '', 'r', '', 'a', 'now', 'proposed')"
    )
    desk.store.close()
    before = dump(home)
    with pytest.raises(error):
        open_store(home, steps=(*STEPS, step))
    assert (version(home), dump(home)) == (len(STEPS), before)
    with open_store(home) as again:
        assert schema_problems(again) == []


def test_a_step_that_is_killed_leaves_the_schema_of_the_step_before(desk, home: Path, second_process) -> None:
    desk.visit("alpha.lab", ("H01", "high"))
    desk.store.close()
    before = dump(home)
    child = second_process("migrate")
    assert child.stdout.readline() == "middle\n"
    child.kill()
    child.wait()
    assert (version(home), dump(home)) == (len(STEPS), before)


def test_a_newer_schema_is_refused_and_not_touched(store: Store, home: Path) -> None:
    store.db.execute("PRAGMA user_version = 7")
    store.close()
    before = (home / FILE).read_bytes()
    with pytest.raises(NewerSchema, match="has schema 7, this program knows 5: use the newer program"):
        open_store(home)
    assert (home / FILE).read_bytes() == before


@pytest.mark.parametrize("content", [b"SQLite format 3\0 but not really" * 40, b"name,category\n" * 100])
def test_a_file_that_is_no_database_is_refused_and_not_touched(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / FILE).write_bytes(content)
    with pytest.raises(NotAStore, match="restore a backup"):
        open_store(home)
    assert (home / FILE).read_bytes() == content


def test_a_database_of_another_program_is_refused_and_not_touched(home: Path) -> None:
    home.mkdir()
    with closing(sqlite3.connect(home / FILE)) as raw, raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    before = (home / FILE).read_bytes()
    with pytest.raises(NotAStore, match="another program"):
        open_store(home)
    assert (home / FILE).read_bytes() == before


@pytest.mark.parametrize("left", [None, b""])
def test_a_home_that_lost_its_database_is_no_new_home(store: Store, home: Path, left: bytes | None) -> None:
    record_event(store, "ann", "test", "x.lab", {}, "2026-11-23T15:00:00Z")
    store.close()
    for file in home.glob(f"{FILE}*"):
        file.unlink()
    if left is not None:
        (home / FILE).write_bytes(left)
    with pytest.raises(NotAStore, match="says that there was one: restore a backup"):
        open_store(home)
    assert (home / FILE).exists() == (left is not None)


def test_a_full_disk_is_told_from_a_damaged_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    (home / FILE).mkdir()  # SQLite says "disk I/O error" or "unable to open database file"
    with pytest.raises(StoreFailed, match="look at the disk"):
        open_store(home)
    monkeypatch.setattr("domainscan.store.schema.LEAST_BYTES", 1 << 62)
    with pytest.raises(StoreFailed, match="the disk is full: make room"):
        open_store(home)


def test_damage_in_pages_and_in_records_is_found(desk, home: Path) -> None:
    desk.visit("alpha.lab", ("H01", "high"))
    desk.visit("beta.lab", ("H01", "high"))
    assert list(damage(desk.store)) == []
    for trigger in ("observations_no_update", "assessments_no_update"):
        desk.store.db.execute(f"DROP TRIGGER {trigger}")
    desk.store.db.execute(
        "UPDATE observations SET body = (SELECT body FROM observations WHERE number = 1) WHERE number = 2"
    )
    desk.store.db.execute("UPDATE assessments SET body = x'00' WHERE number = 1")
    swapped, broken = damage(desk.store)
    assert swapped.startswith("observations row 2 holds the record of alpha.lab")
    assert broken.startswith("assessments row 1: a stored Assessment is damaged")
    desk.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.store.close()
    data = bytearray((home / FILE).read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[5 * page : 6 * page] = bytes(page)
    (home / FILE).write_bytes(data)
    with open_store(home) as again:
        assert any(FILE in one for one in damage(again))


def test_a_damaged_page_under_a_query_is_a_failure_of_the_store(desk, home: Path) -> None:
    for number in range(60):
        desk.visit(f"n{number}.lab", ("H01", "high"))
    desk.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root = desk.store.value("SELECT rootpage FROM sqlite_master WHERE name = 'cases'")
    desk.store.close()
    data = bytearray((home / FILE).read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[(root - 1) * page : root * page] = b"\xff" * page
    (home / FILE).write_bytes(data)
    with open_store(home) as again, pytest.raises(StoreFailed, match="is damaged"):
        again.rows("SELECT * FROM cases")


def test_a_home_with_odd_characters_in_its_path_works(tmp_path: Path) -> None:
    odd = tmp_path / "a?b#c%20d 库"
    open_store(odd).close()
    open_store(odd).close()
    assert (odd / FILE).exists()


def test_a_backup_holds_what_was_committed_and_nothing_later(desk, tmp_path: Path) -> None:
    desk.visit("alpha.lab")
    target = backup_store(desk.store, tmp_path / "copy.db")
    desk.visit("beta.lab")
    with closing(sqlite3.connect(target)) as copy, copy:
        assert copy.execute("SELECT name FROM cases").fetchall() == [("alpha.lab",)]
    with pytest.raises(BackupFailed, match="exists already"):
        backup_store(desk.store, target)


def test_a_backup_is_its_owners_alone_wherever_it_lies(desk, tmp_path: Path) -> None:
    """Reports with contacts, decisions, digests of tokens: the home is closed to others, and so is its copy."""
    before = os.umask(0o022)
    try:
        target = backup_store(desk.store, tmp_path / "copy.db")
    finally:
        os.umask(before)
    digest = target.with_name("copy.db.sha256")
    assert [stat.S_IMODE(one.stat().st_mode) for one in (target, digest)] == [0o600, 0o600]


def test_a_backup_that_is_not_sound_gets_no_name(desk, tmp_path: Path) -> None:
    desk.visit("alpha.lab")
    desk.store.db.execute("PRAGMA foreign_keys = OFF")
    desk.store.db.execute("UPDATE items SET observation = 'o-nowhere'")
    with pytest.raises(BackupFailed, match="broken reference in items"):
        copy_database(desk.store.db.conn, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []
