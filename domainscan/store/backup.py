"""Copies of the database that are known to be good before they get their name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from domainscan.store.base import Store, StoreError, sync_folder


class BackupFailed(StoreError):
    """The copy was not made, or did not pass SQLite's own checks and was thrown away."""


def backup_store(store: Store, target: Path) -> Path:
    """`target`, a checked copy of the database as it is now. The evidence files are not part of it.

    Raises BackupFailed when the target exists or the copy is not sound.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already: a backup never overwrites anything")
    try:
        return copy_database(store.db.conn, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{target}: {error}") from error


def copy_database(source: sqlite3.Connection, target: Path) -> Path:
    """`target`, a consistent copy of an open database, also while others write to it.

    Checked before it is renamed into place. Raises BackupFailed with what the check said.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    copy = sqlite3.connect(part)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        said = [str(row[0]) for row in copy.execute("PRAGMA integrity_check")]
        said += [f"broken reference in {row[0]}" for row in copy.execute("PRAGMA foreign_key_check")]
    finally:
        copy.close()
    if said != ["ok"]:
        part.unlink()
        raise BackupFailed(f"{target}: {'; '.join(said[:5])}")
    part.replace(target)
    sync_folder(target.parent)
    return target
