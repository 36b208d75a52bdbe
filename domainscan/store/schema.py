"""The schema and its history: numbered steps, each one transaction; `PRAGMA user_version` counts them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blocklists.files import sync_folder
from domainscan.store.backup import copy_database
from domainscan.store.base import ANCHOR, FILE, LOCK_SECONDS, Store, close_leaving_log, is_busy
from domainscan.store.errors import StoreBusy, StoreError, StoreFailed
from domainscan.store.folders import append_lines, make_folder
from domainscan.store.locking import locked
from domainscan.store.log import lost_transactions

if TYPE_CHECKING:
    from sqlite_utils import Database

Step = Callable[["Database"], None]
LEAST_BYTES: Final = 1 << 20  # SQLite needs room for its shared memory and its log before it can even read

_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",  # NORMAL lost acknowledged batches in 38 of 60 simulated power cuts, FULL in 0 of 500
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "wal_autocheckpoint = 0",
    "journal_size_limit = 4194304",
    "cache_size = -65536",  # 64 MB: 100,000 visits took 21 s instead of 40 s with the usual 2 MB
)


class NewerSchema(StoreError):
    """A later version of the program wrote this store; it is left as it is."""


class NotAStore(StoreError):
    """The file is something else, or damaged."""


def step_1(db: Database) -> None:
    """Scans, observations, cases, people, decisions, orders, and the guards around them."""
    db.executescript(files("domainscan.store").joinpath("steps", "0001.sql").read_text("utf-8"))


def step_2(db: Database) -> None:
    """What judgements rest on is kept: packs, contexts, and when each was made; passes over the history."""
    db.executescript(files("domainscan.store").joinpath("steps", "0002.sql").read_text("utf-8"))


def step_3(db: Database) -> None:
    """Releases that wait for a second person."""
    db.executescript(files("domainscan.store").joinpath("steps", "0003.sql").read_text("utf-8"))


def step_4(db: Database) -> None:
    """Answers about some items of an order, and time that a recipient was given."""
    db.executescript(files("domainscan.store").joinpath("steps", "0004.sql").read_text("utf-8"))


def step_5(db: Database) -> None:
    """Newest visits that were answered and not shown the page."""
    db.executescript(files("domainscan.store").joinpath("steps", "0005.sql").read_text("utf-8"))


STEPS: Final[tuple[Step, ...]] = (step_1, step_2, step_3, step_4, step_5)


def open_store(home: Path, *, steps: Sequence[Step] = STEPS, lock_seconds: float = LOCK_SECONDS) -> Store:
    """The store in `home`, created or brought up to date.

    Raises NewerSchema, and touches nothing, when a later version wrote it; NotAStore when it is no store of
    ours, or one that lost its database; StoreBusy when another process keeps the lock; StoreFailed when the
    disk does not let SQLite work.
    """
    file = home / FILE
    try:
        make_folder(home)
        if file.exists() and file.with_name(f"{FILE}-journal").exists():
            with locked(home, lock_seconds):
                _finish_rollback(file, lock_seconds)
        _check_log(home)
        version = _version_of(file, len(steps), lock_seconds)
        if version == 0:
            _check_lost(file)
        if version < len(steps):
            with locked(home, lock_seconds):
                _migrate(file, steps, lock_seconds)
        return Store(home, _connect(file, lock_seconds), lock_seconds)
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise StoreBusy(f"{file} is locked by a program other than domainscan") from error
        raise StoreFailed(f"{file}: {error}: {_obstacle(home)}") from error
    except OSError as error:
        raise StoreFailed(f"{error.filename or home}: {error.strerror}: {_obstacle(home)}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise NotAStore(f"{file}: {error}; restore a backup, or name another --home") from error


def _check_log(home: Path) -> None:
    """Before SQLite drops what it cannot read of its log. Whoever holds the lock has read it already."""
    log = home / f"{FILE}-wal"
    if not log.exists() or log.stat().st_size == 0:
        return
    said = ""
    with suppress(StoreBusy), locked(home, 0):
        said = lost_transactions(log)
    if said:
        raise NotAStore(f"{home}: {said}: keep a copy of the folder, and restore a backup")


def _check_lost(file: Path) -> None:
    """A home with an audit log had a database: an empty one in its place would look like no decisions."""
    anchor = file.with_name(ANCHOR)
    if anchor.exists() and anchor.stat().st_size:
        raise NotAStore(
            f"{file} is missing or empty, and {anchor} says that there was one:"
            " restore a backup, or name another --home"
        )


def _obstacle(home: Path) -> str:
    """Why SQLite cannot work in `home`, as far as one can see from outside, and the way out."""
    if home.exists() and not home.is_dir():
        return "--home names a folder, and that is none"
    if not os.access(home, os.W_OK):
        return f"{home} cannot be written, and SQLite keeps its log there: give write access, or copy it"
    if shutil.disk_usage(home).free < LEAST_BYTES:
        return "the disk is full: make room"
    return "look at the disk and at the permissions"


def _connect(file: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=busy_seconds, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        connection.close()  # left open it would keep what it could not open for all later ones of this process
        raise
    return connection


def _finish_rollback(file: Path, busy_seconds: float) -> None:
    """Undoes what a crash in the very first transaction left, before the file had its write-ahead log.

    Until then a read-only connection says "attempt to write a readonly database", and so would we for ever.
    """
    connection = sqlite3.connect(file, timeout=busy_seconds)
    try:
        connection.execute("PRAGMA user_version").fetchone()
    finally:
        connection.close()


def _database(connection: sqlite3.Connection) -> Database:
    from sqlite_utils import Database  # noqa: PLC0415 - see Store

    return Database(connection, execute_plugins=False)


def _version_of(file: Path, known: int, busy_seconds: float) -> int:
    """How many steps the file has taken; 0 when there is none. Read-only: a refusal changes nothing."""
    if not file.exists() or file.stat().st_size == 0:
        return 0
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", timeout=busy_seconds, uri=True)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        connection.close()
    if version > known:
        raise NewerSchema(
            f"{file} has schema {version}, this program knows {known}:"
            " use the newer program, or restore an older backup"
        )
    if version == 0 and tables:
        raise NotAStore(f"{file} is a SQLite file of another program")
    return version


def _migrate(file: Path, steps: Sequence[Step], busy_seconds: float) -> None:
    """Takes the missing steps. A step that fails leaves the schema of the step before it.

    A verified copy of the file as it was stays beside it as `domainscan.db.before-N`.
    """
    version = _version_of(file, len(steps), busy_seconds)
    if version == 0:
        append_lines(file.with_name(ANCHOR), "")  # there from the start: one that is missing was taken away
        sync_folder(file.parent.parent)
    connection = _connect(file, busy_seconds)
    try:
        db = _database(connection)
        if 0 < version < len(steps):
            copy_database(connection, file.with_name(f"{FILE}.before-{len(steps)}"))
        connection.execute("PRAGMA foreign_keys = OFF")  # a step may rebuild a table that others refer to
        for number, step in enumerate(steps[version:], version + 1):
            _take(db, step, number)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()  # at close an error would go unsaid
    except BaseException:
        close_leaving_log(connection, file)
        raise
    connection.close()


def _take(db: Database, step: Step, number: int) -> None:
    with db.atomic():
        step(db)
        broken = db.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise StoreError(
                f"schema step {number} leaves {len(broken)} broken references, first {broken[0]}"
            )
        db.execute(f"PRAGMA user_version = {number}")


def schema_problems(store: Store, steps: Sequence[Step] = STEPS) -> list[str]:
    """Tables, indexes and triggers that differ from what the steps make: somebody took a guard away."""
    fresh = _database(sqlite3.connect(":memory:"))
    try:
        for step in steps:
            step(fresh)
        wanted, found = _objects(fresh), _objects(store.db)
    finally:
        fresh.close()
    missing = [f"{name} is missing or changed" for name in wanted if found.get(name) != wanted[name]]
    return missing + [f"{name} is not part of the schema" for name in found if name not in wanted]


def _objects(db: Database) -> dict[str, str]:
    query = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
    return dict(db.execute(query).fetchall())
