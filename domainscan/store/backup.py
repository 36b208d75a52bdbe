"""Copies of the database that are known to be good before they get their name."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from blocklists.files import sync_folder
from domainscan.store.base import Store
from domainscan.store.errors import StoreError
from domainscan.store.folders import append_lines


class BackupFailed(StoreError):
    """The copy was not made, or did not pass SQLite's own checks and was thrown away."""


LEAP: Final = 10_000  # more releases than anybody publishes between a backup and its use


def backup_store(store: Store, target: Path) -> Path:
    """`target`, a checked copy of the database as it is now, and its digest in `target`.sha256.

    The evidence files are not part of it. In the copy the serials of releases stand LEAP further: a store that
    comes from it never gives out one that was given out after the backup.

    Raises BackupFailed when the target exists or the copy is not sound.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already: a backup never overwrites anything")
    copy_database(store.db.conn, target, leap=LEAP)
    digest = target.with_name(f"{target.name}.sha256")
    try:
        with target.open("rb") as copy:
            found = hashlib.file_digest(copy, "sha256").hexdigest()
        digest.unlink(missing_ok=True)
        append_lines(digest, f"{found}  {target.name}\n")  # as sha256sum(1) reads it
    except OSError as error:
        raise BackupFailed(
            f"{target} is good, but {digest.name} cannot be written: {error.strerror}"
        ) from error
    return target


def copy_database(source: sqlite3.Connection, target: Path, leap: int = 0) -> Path:
    """`target`, a consistent copy of an open database, also while others write to it.

    Checked before it is renamed into place. Raises BackupFailed with what stood in the way or what the check
    said; nothing is left behind then.
    """
    part = target.with_name(target.name + ".part")
    try:
        _remove(part)
        part.touch(mode=0o600)  # the home is closed to others; its copy may lie where they can look
        said = _copied(source, part, leap)
        if said == ["ok"]:
            part.replace(target)
            sync_folder(target.parent)
            return target
    except (OSError, sqlite3.Error) as error:
        said = [(error.strerror if isinstance(error, OSError) else "") or str(error)]
    with suppress(OSError):
        _remove(part)
    raise BackupFailed(f"{target}: {'; '.join(said[:5])}")


def _copied(source: sqlite3.Connection, part: Path, leap: int) -> list[str]:
    """Copies, and tells what SQLite's checks say of the copy: `ok` alone when it is sound."""
    copy = sqlite3.connect(part)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file, whoever opens it
        if leap:  # RFC 1982: a step of less than 2**31 is a step forward; 0 is no serial
            copy.execute("UPDATE serials SET serial = max(1, (serial + ?) % 4294967296)", (leap,))
            copy.commit()
        said = [str(row[0]) for row in copy.execute("PRAGMA integrity_check")]
        said += [f"broken reference in {row[0]}" for row in copy.execute("PRAGMA foreign_key_check")]
    finally:
        copy.close()
    return said


def _remove(part: Path) -> None:
    """Removes a copy that did not come to its end, with what SQLite keeps beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + end).unlink(missing_ok=True)
