"""Whether the database itself is whole: pages, references, and the records inside the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from domainscan.model import Assessment, Observation
from domainscan.store.base import FILE, Store
from domainscan.store.errors import StoreFailed
from domainscan.store.findings import assessment_columns, observation_columns, standing_of
from domainscan.store.packing import unpack, unpacked
from domainscan.warc import digest_of

T = TypeVar("T", Observation, Assessment)

_SHOWN: Final = 20  # of SQLite's own findings: a damaged tree has thousands
_OBSERVATION: Final = "id, scan, name, url, at, status, reason, page, title"
_ASSESSMENT: Final = (
    "id, observation, name, at, pack, pack_digest, context_digest, content, flagged, settled, compromised,"
    " made_at"
)
_COPIES: Final = {  # columns that repeat what the observation of the row says
    "items": "SELECT r.scan || ' line ' || r.line FROM items r JOIN observations o ON o.id = r.observation"
    " WHERE (r.status, r.name, r.scan) <> (o.status, o.name, o.scan)",
    "latest": "SELECT r.name FROM latest r JOIN observations o ON o.id = r.observation"
    " WHERE (r.status, r.name, r.at) <> (o.status, o.name, o.at)",
}

_WITHOUT_CASE: Final = "SELECT DISTINCT name FROM observations WHERE name NOT IN (SELECT name FROM latest)"
_STANDINGS: Final = (
    "SELECT l.name, a.body, l.standing, l.content, l.flagged, l.severity, l.confidence, l.categories"
    " FROM latest l JOIN assessments a ON a.id = l.standing"
)


def damage(store: Store) -> Iterator[str]:
    """What is broken in the database, page by page and record by record; nothing when it is whole.

    Reads every page and unpacks every record.
    """
    try:
        yield from _pages(store)
        yield from _records(store, "observations", _OBSERVATION, Observation, observation_columns)
        yield from _records(store, "assessments", _ASSESSMENT, Assessment, assessment_columns)
        yield from _contexts(store)
        for table, query in _COPIES.items():
            for row in store.db.execute(query):
                yield f"{table}: {row[0]} says something else than its observation"
        yield from _standings(store)
        for row in store.db.execute(_WITHOUT_CASE):
            yield f"latest: {row[0]} was visited and has no case"
    except (sqlite3.DatabaseError, UnicodeDecodeError, StoreFailed) as error:
        yield f"{store.home / FILE} cannot be read to its end: {error}"


def _pages(store: Store) -> Iterator[str]:
    for row in store.rows(f"PRAGMA integrity_check({_SHOWN})"):
        if row[0] != "ok":
            yield f"{FILE}: {row[0]}"
    for row in store.rows("PRAGMA foreign_key_check")[:_SHOWN]:
        yield f"{FILE}: broken reference in {row[0]}"


def _contexts(store: Store) -> Iterator[str]:
    for digest, body in store.db.execute("SELECT digest, body FROM contexts ORDER BY digest"):
        try:
            sound = digest_of(unpacked(body, "History")) == digest
        except StoreFailed:
            sound = False
        if not sound:
            yield f"contexts: what lies under {digest} is something else"


def _standings(store: Store) -> Iterator[str]:
    """Cases whose row, by which the queue is made, says something else than the judgement that stands for them."""
    for name, body, *row in store.db.execute(_STANDINGS):
        try:
            wanted = standing_of(unpack(body, Assessment)).columns()
        except StoreFailed:  # it is named already
            continue
        if tuple(row) != wanted:
            yield f"latest: {name} says something else than its judgement"


def _records(
    store: Store, table: str, columns: str, kind: type[T], columns_of: Callable[[T], tuple[object, ...]]
) -> Iterator[str]:
    """Rows whose record is damaged, is that of another row or not the one of its digest; or that say something else."""
    digest = "digest" if kind is Observation else "''"  # rows of schema 1 have none
    query = f"SELECT number, body, {digest}, {columns} FROM {table} ORDER BY number"  # noqa: S608
    for number, body, recorded, *row in store.db.execute(query):
        try:
            record = unpack(body, kind)
        except StoreFailed as error:
            yield f"{table} row {number}: {error}"
            continue
        pairs = zip(columns.split(", "), row, columns_of(record), strict=True)
        wrong = [column for column, kept, wanted in pairs if kept != wanted]
        if "id" in wrong:
            yield f"{table} row {number} holds the record of {record.name} at {record.at}, not its own"
        elif wrong:
            yield f"{table} row {number}: {', '.join(wrong)} differ from its record"
        elif recorded and digest_of(unpacked(body, table)) != recorded:
            yield f"{table} row {number}: its bytes are not those that were recorded"
