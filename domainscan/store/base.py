"""The store of one home: a SQLite file, the lock around its writers, and what can go wrong with them.

SQLite up to 3.51.2 can damage a WAL file when two connections write or checkpoint at the same moment (Debian
12's Python links 3.40.1). Every write and every checkpoint therefore happens under one lock per home, and
SQLite's own automatic checkpoints are off.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec
from sqlite_utils import Database

from domainscan.model import decode, encode

FILE: Final = "domainscan.db"
ANCHOR: Final = "audit.heads"  # one line "number hash" per audit row, so that a cut-off tail is noticed
LOCK_SECONDS: Final = 60.0
_WAL_BYTES: Final = 4 * 1024 * 1024  # a checkpoint follows the commit that makes the WAL longer than this
_POLL_SECONDS: Final = 0.01

T = TypeVar("T")


class StoreError(Exception):
    """The store cannot do what was asked; the message says what stands in the way and the way out."""


class StoreBusy(StoreError):
    """Another process held the lock for longer than a writer waits."""


class StoreFailed(StoreError):
    """The disk or SQLite refused: nothing of the transaction was kept."""


class Store:
    """An open store, one per thread. Reading needs no lock, writing happens in `with store.writing():`."""

    def __init__(
        self, home: Path, connection: sqlite3.Connection, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self.home = home
        self.db = Database(connection, execute_plugins=False)
        self.audit_heads: list[str] = []  # lines that go to the audit anchor once their rows are committed
        self._lock_seconds = lock_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """One transaction under the home's lock; inside another one, a savepoint of it.

        Raises StoreBusy after a minute of waiting; StoreFailed when the disk is full or SQLite cannot write.
        """
        if self.db.conn.in_transaction:
            kept = len(self.audit_heads)
            try:
                with self.db.atomic():
                    yield self.db
            except BaseException:
                del self.audit_heads[kept:]
                raise
            return
        with locked(self.home, self._lock_seconds):
            self.audit_heads = []
            try:
                yield self._begin()
                self.db.conn.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self.db.rollback()
                raise StoreFailed(f"{self.home / FILE}: {error}; nothing was changed") from error
            except BaseException:
                self.db.rollback()
                raise
            self._after_commit()

    def _begin(self) -> Database:
        try:
            self.db.conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise StoreBusy(f"{self.home / FILE} is locked by a program other than domainscan") from error
            raise
        return self.db

    def _after_commit(self) -> None:
        """Anchors the audit chain outside the database, and folds a long WAL back into it."""
        if self.audit_heads:
            anchor = self.home / ANCHOR
            try:
                append_durably(anchor, "".join(self.audit_heads).encode())
            except OSError as error:
                raise StoreFailed(
                    f"what was done is saved, but {anchor} cannot be written: {error}"
                ) from error
        wal = self.home / f"{FILE}-wal"
        if wal.exists() and wal.stat().st_size > _WAL_BYTES:
            self.db.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query, readable by column name. Raises StoreFailed when the file cannot be read."""
        cursor = self.db.conn.cursor()
        cursor.row_factory = sqlite3.Row
        with self._reading():
            return cursor.execute(sql, values).fetchall()
        return []

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row; None when there is no row. Raises StoreFailed as `rows`."""
        row = None
        with self._reading():
            row = self.db.conn.execute(sql, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Nothing is found for a number beyond 64 bits: no row has it."""
        try:
            with suppress(OverflowError):
                yield
        except sqlite3.OperationalError as error:
            raise StoreFailed(f"{self.home / FILE}: {error}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise StoreFailed(f"{self.home / FILE} is damaged ({error}): restore a backup") from error


@contextmanager
def locked(home: Path, seconds: float) -> Iterator[None]:
    """Holds the home's lock. Raises StoreBusy, naming the holder, when it is not free within `seconds`.

    Two files: who waits for `lock` holds `lock.queue`, so one that locks again and again lets others in.
    """
    deadline = time.monotonic() + seconds
    with _open(home / "lock.queue") as queue, _open(home / "lock") as lock:
        _wait(queue, deadline, home)
        _wait(lock, deadline, home)
        fcntl.flock(queue, fcntl.LOCK_UN)
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def _open(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(descriptor: int, deadline: float, home: Path) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                holder = (home / "lock").read_text("ascii", "replace").strip() or "unknown"
                raise StoreBusy(f"{home} is being written by process {holder}: try again later") from error
            time.sleep(_POLL_SECONDS)
        else:
            return


def append_durably(file: Path, data: bytes) -> None:
    """Appends and does not return before the bytes are on the disk."""
    with file.open("ab") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Makes creations and renames in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def plain(text: str) -> str:
    """`text` with lone surrogates as visible escapes: neither SQLite nor JSON can hold them."""
    return text.encode("utf-8", "backslashreplace").decode()


def below(name: str) -> str:
    """The LIKE pattern (with ESCAPE '\\') of the names below `name`."""
    return "%." + name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def pack(record: object) -> bytes:
    """A noun as compressed JSON. Level 1 takes a third of the time of level 6 for 30 KB of page text."""
    try:
        data = encode(record)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_plain_all(msgspec.to_builtins(record)))
    return zlib.compress(data, 1)


def unpack(data: bytes, kind: type[T]) -> T:
    """What `pack` was given. Raises StoreFailed when the bytes are damaged."""
    try:
        return decode(zlib.decompress(data), kind)
    except (zlib.error, msgspec.DecodeError) as error:
        raise StoreFailed(f"a stored {kind.__name__} is damaged ({error}): restore a backup") from error


def _plain_all(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(key): _plain_all(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_all(one) for one in value]
    return value
