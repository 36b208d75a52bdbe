"""The store of one home: a SQLite file, and how it is written and read.

SQLite up to 3.51.2 can damage a WAL file when two connections write or checkpoint at the same moment (Debian
12's Python links 3.40.1). Every write and every checkpoint therefore happens under one lock per home, and
SQLite's own automatic checkpoints are off; see `Store.close` for the one that SQLite makes at the last close.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from domainscan.store.errors import StoreBusy, StoreError, StoreFailed
from domainscan.store.folders import append_lines
from domainscan.store.locking import locked

if TYPE_CHECKING:
    from sqlite_utils import Database

FILE: Final = "domainscan.db"
ANCHOR: Final = "audit.heads"  # one line "number hash" per audit row, so that a cut-off tail is noticed
LOCK_SECONDS: Final = 60.0
_WAL_BYTES: Final = 4 * 1024 * 1024  # a checkpoint follows the commit that makes the WAL longer than this
_CLOSE_SECONDS: Final = 0.5  # how long the last one out waits for the lock before it leaves the log as it is


class Store:
    """An open store, one per thread. Reading needs no lock, writing happens in `with store.writing():`."""

    def __init__(
        self, home: Path, connection: sqlite3.Connection, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        from sqlite_utils import Database  # noqa: PLC0415 - workers seal rows and never open a store: 45 ms each

        self.home = home
        self.db: Database = Database(connection, execute_plugins=False)
        self.audit_heads: list[str] = []  # lines that go to the audit anchor once their rows are committed
        self._lock_seconds = lock_seconds
        self._dead = ""  # why this connection writes no more

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, folding the log back under the home's lock where nobody else is at work.

        The last connection that closes makes SQLite checkpoint. To do so SQLite takes the database's exclusive
        lock, which it gets only where no other connection is open, so that checkpoint races with nobody; the
        home's lock makes it obey the rule all the same. Where the lock is not to be had, or after the disk
        failed, the log is left for the next one.
        """
        if self._dead:
            close_leaving_log(self.db.conn, self.home / FILE)
            return
        try:
            with locked(self.home, _CLOSE_SECONDS):
                self.db.close()
        except StoreError:
            close_leaving_log(self.db.conn, self.home / FILE)

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """One transaction under the home's lock; inside another one, a savepoint of it.

        Raises StoreBusy after a minute of waiting; StoreFailed when the disk is full or SQLite cannot write.
        After an error of the disk itself this store writes no more: open it again.
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
        if self._dead:
            raise StoreFailed(f"{self._dead}: look at the disk, then start again")
        with locked(self.home, self._lock_seconds):
            self.audit_heads = []
            try:
                yield self._begin()
                self.db.conn.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._roll_back()
                if _is_callers(error):
                    raise
                raise self._failed(error, "nothing was changed") from error
            except BaseException:
                self._roll_back()
                raise
            self._after_commit()

    def _begin(self) -> Database:
        try:
            self.db.conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if is_busy(error):
                raise StoreBusy(f"{self.home / FILE} is locked by a program other than domainscan") from error
            raise
        return self.db

    def _roll_back(self) -> None:
        with suppress(sqlite3.DatabaseError):  # the disk may refuse: an open transaction dies with us
            self.db.rollback()

    def _after_commit(self) -> None:
        """Anchors the audit chain outside the database, and folds a long WAL back into it."""
        if self.audit_heads:
            anchor = self.home / ANCHOR
            try:
                append_lines(anchor, "".join(self.audit_heads))
            except OSError as error:
                raise StoreFailed(
                    f"what was done is saved, but {anchor} cannot be written: {error.strerror}; until it can,"
                    " the audit chain has no anchor beside the database"
                ) from error
        wal = self.home / f"{FILE}-wal"
        try:
            if wal.exists() and wal.stat().st_size > _WAL_BYTES:
                self.db.conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.DatabaseError as error:
            raise self._failed(error, "what was done is saved, but the log was not folded back") from error

    def _failed(self, error: sqlite3.DatabaseError, kept: str) -> StoreFailed:
        file = self.home / FILE
        if not isinstance(error, sqlite3.OperationalError):
            return StoreFailed(f"{file} is damaged ({error}), {kept}: restore a backup")
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_IOERR:
            self._dead = f"{file}: {error} earlier"
        return StoreFailed(f"{file}: {error}; {kept}")

    def rows(self, sql: str, *values: Any, **named: Any) -> list[sqlite3.Row]:
        """All rows of a query, readable by column name. Raises StoreFailed when the file cannot be read.

        The query's placeholders are all `?` or all `:name`.
        """
        cursor = self.db.conn.cursor()
        cursor.row_factory = sqlite3.Row
        with self._reading():
            return cursor.execute(sql, named or values).fetchall()
        return []

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row; None when there is no row. Raises StoreFailed as `rows`."""
        row = None
        with self._reading():
            row = self.db.conn.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def changes_one(self, sql: str, *values: object) -> bool:
        """Whether the statement changed one row; none has a number beyond 64 bits. Raises sqlite3.IntegrityError."""
        with self.writing() as db:
            try:
                return db.conn.execute(sql, values).rowcount == 1
            except OverflowError:
                return False

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Nothing is found for a number beyond 64 bits: no row has it."""
        try:
            with suppress(OverflowError):
                yield
        except sqlite3.OperationalError as error:
            raise StoreFailed(f"{self.home / FILE}: {error}") from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if _is_callers(error):
                raise
            raise StoreFailed(f"{self.home / FILE} is damaged ({error}): restore a backup") from error


def close_leaving_log(connection: sqlite3.Connection, file: Path) -> None:
    """Closes without a checkpoint: a read-only connection is the last one, and cannot take the lock it needs.

    After a failed fsync the kernel may call the very same pages clean, and a second fsync of them would lie
    ("fsyncgate"). Python 3.11 has no SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.
    """
    with suppress(sqlite3.Error):
        watcher = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            watcher.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.close()
        finally:
            watcher.close()
    connection.close()


def _is_callers(error: Exception) -> bool:
    """Whether the statement was wrong, and not the file."""
    return isinstance(
        error,
        sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError | sqlite3.NotSupportedError,
    )


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection stood in the way."""
    return "locked" in str(error) or "busy" in str(error)


def below(name: str) -> str:
    """The LIKE pattern (with ESCAPE '\\') of the names below `name`."""
    return "%." + name.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
