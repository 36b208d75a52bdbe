"""Tips from the public and from partners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from domainscan.model import Name, Record
from domainscan.store.base import Store
from domainscan.store.packing import plain

TIPS: Final = "reports"  # the source of a scan whose lines are tips


class Report(Record, frozen=True):
    """Somebody says that a name is worth a look."""

    id: int  # 0 before it is recorded
    name: Name
    url: str
    category: str
    text: str
    source: str
    contact: str
    at: str
    state: str = "new"  # new | scanned | closed


def record_reports(store: Store, reports: Iterable[Report]) -> list[int]:
    """The numbers of the reports, in their order."""
    numbers = []
    with store.writing() as db:
        for one in reports:
            texts = (plain(one.url), one.category, plain(one.text), plain(one.source), plain(one.contact))
            made = db.execute(
                "INSERT INTO reports (name, url, category, text, source, contact, at, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (one.name, *texts, one.at, one.state),
            )
            numbers.append(int(made.lastrowid or 0))
    return numbers


def unrecorded(store: Store, reports: Iterable[Report]) -> list[Report]:
    """Those that do not wait already, word for word: a table that is imported twice makes one tip of each row.

    Two rows that say the same are two tips, and each needs its own that waits.
    """
    columns = "name, url, category, text, source, contact"
    waiting = Counter(tuple(row) for row in store.rows(f"SELECT {columns} FROM reports WHERE state = 'new'"))  # noqa: S608 - our own words
    found = []
    for one in reports:
        said = (
            one.name,
            plain(one.url),
            one.category,
            plain(one.text),
            plain(one.source),
            plain(one.contact),
        )
        if waiting[said]:
            waiting[said] -= 1
        else:
            found.append(one)
    return found


def load_reports(store: Store, *, state: str = "", name: str = "") -> list[Report]:
    """Reports, of one state and on one name where they are given, newest first."""
    asked = {"state": state, "name": name}
    where = " AND ".join(f"{column} = ?" for column, value in asked.items() if value) or "true"
    rows = store.rows(
        f"SELECT * FROM reports WHERE {where} ORDER BY id DESC",  # noqa: S608 - our own words
        *(value for value in asked.values() if value),
    )
    return [Report(*row) for row in rows]


def mark_reports(store: Store, ids: Iterable[int], state: str) -> None:
    """Moves reports to `scanned` or `closed`."""
    with store.writing() as db:
        db.conn.executemany("UPDATE reports SET state = ? WHERE id = ?", [(state, id) for id in ids])


_OF_ROWS: Final = (
    "state = 'scanned' AND (name, url) IN (SELECT name, url FROM items"
    " WHERE scan = ? AND source = ? AND status = ? AND reason = ?)"
)


def reopen_reports(store: Store, scan: str, status: str, reason: str) -> None:
    """Makes the tips new again whose rows in a scan have this status and reason: nobody has looked at them."""
    with store.writing() as db:
        db.execute(f"UPDATE reports SET state = 'new' WHERE {_OF_ROWS}", (scan, TIPS, status, reason))  # noqa: S608 - our own words


def reports_to_reopen(store: Store, scan: str, status: str, reason: str) -> list[Report]:
    """The tips that `reopen_reports` would make new. Changes nothing."""
    rows = store.rows(f"SELECT * FROM reports WHERE {_OF_ROWS}", scan, TIPS, status, reason)  # noqa: S608 - as above
    return [Report(*row) for row in rows]
