"""Whether the database itself is whole: pages, references, and the records inside the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from domainscan.model import Assessment, Observation
from domainscan.store.base import FILE, Store, StoreFailed, unpack

_SHOWN: Final = 20  # of SQLite's own findings: a damaged tree has thousands
_KINDS: Final[tuple[tuple[str, type[Observation | Assessment]], ...]] = (
    ("observations", Observation),
    ("assessments", Assessment),
)


def damage(store: Store) -> Iterator[str]:
    """What is broken in the database, page by page and record by record; nothing when it is whole.

    Reads every page and unpacks every record.
    """
    try:
        yield from _pages(store)
        for table, kind in _KINDS:
            yield from _records(store, table, kind)
    except (sqlite3.DatabaseError, UnicodeDecodeError, StoreFailed) as error:
        yield f"{store.home / FILE} cannot be read to its end: {error}"


def _pages(store: Store) -> Iterator[str]:
    for row in store.rows(f"PRAGMA integrity_check({_SHOWN})"):
        if row[0] != "ok":
            yield f"{FILE}: {row[0]}"
    for row in store.rows("PRAGMA foreign_key_check")[:_SHOWN]:
        yield f"{FILE}: broken reference in {row[0]}"


def _records(store: Store, table: str, kind: type[Observation | Assessment]) -> Iterator[str]:
    """Rows whose record is damaged, or is that of another row."""
    cursor = store.db.execute(f"SELECT number, id, name, at, body FROM {table} ORDER BY number")  # noqa: S608
    for number, *row, body in cursor:
        try:
            record = unpack(body, kind)
        except StoreFailed as error:
            yield f"{table} row {number}: {error}"
            continue
        if [record.id, record.name, record.at] != row:
            yield f"{table} row {number} holds the record of {record.name} at {record.at}, not its own"
