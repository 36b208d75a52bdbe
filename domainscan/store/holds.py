"""Releases that wait for a second person, as rows. The database itself refuses one person for two."""

from __future__ import annotations

import sqlite3

from domainscan.model import Record
from domainscan.store.base import Store
from domainscan.store.errors import StoreError
from domainscan.store.packing import plain


class Hold(Record, frozen=True):
    """One release laid aside: `digest` is of its manifest, `guards` those that tripped."""

    id: int
    recipient: str
    serial: int
    digest: str
    path: str
    guards: tuple[str, ...]
    detail: str
    reason: str
    expires: str
    proposer: str
    proposed_at: str
    state: str = "held"  # held | approved | published | void
    approver: str = ""
    decided_at: str = ""
    ended_reason: str = ""


class UnknownHold(StoreError):
    """No held release has this number."""


class HoldRefused(StoreError):
    """The database does not take this, and says why."""


_SELECT = (
    "SELECT id, recipient, serial, digest, path, guards, detail, reason, expires, proposer, proposed_at, state,"
    " coalesce(approver, '') AS approver, decided_at, ended_reason FROM holds "
)


def insert_hold(store: Store, wanted: Hold) -> Hold:
    """The release on record with its number; what waited for this recipient before is void. Raises HoldRefused."""
    with store.writing() as db:
        for one in load_holds(store, recipient=wanted.recipient):
            if one.state in ("held", "approved"):
                end_hold(store, one.id, "void", "another release was held after it")
        try:
            made = db.execute(
                "INSERT INTO holds (recipient, serial, digest, path, guards, detail, reason, expires, proposer,"
                " proposed_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'held')",
                (
                    *(wanted.recipient, wanted.serial, wanted.digest, wanted.path, " ".join(wanted.guards)),
                    *(plain(wanted.detail), plain(wanted.reason), wanted.expires),
                    *(wanted.proposer, wanted.proposed_at),
                ),
            )
        except sqlite3.IntegrityError as error:
            raise HoldRefused(f"{wanted.recipient}: {error}") from error
        return load_hold(store, int(made.lastrowid or 0))


def approve_hold(store: Store, id: int, approver: str, now: str) -> bool:
    """Whether it became `approved` by this call. Raises HoldRefused when the approver may not."""
    sql = "UPDATE holds SET state = 'approved', approver = ?, decided_at = ? WHERE id = ? AND state = 'held'"
    return _update(store, sql, approver or None, now, id)


def end_hold(store: Store, id: int, state: str, reason: str = "") -> bool:
    """Whether it became `published` or `void` by this call."""
    sql = "UPDATE holds SET state = ?, ended_reason = ? WHERE id = ? AND state IN ('held', 'approved')"
    return _update(store, sql, state, plain(reason), id)


def _update(store: Store, sql: str, *values: object) -> bool:
    try:
        return store.changes_one(sql, *values)
    except sqlite3.IntegrityError as error:
        raise HoldRefused(f"held release {values[-1]}: {error}") from error


def load_hold(store: Store, id: int) -> Hold:
    """Raises UnknownHold."""
    found = [one for one in load_holds(store) if one.id == id]
    if not found:
        raise UnknownHold(f"no held release {id}")
    return found[0]


def load_holds(store: Store, *, recipient: str = "") -> list[Hold]:
    """Held releases, oldest first."""
    rows = store.rows(_SELECT + "WHERE ? = '' OR recipient = ? ORDER BY id", recipient, recipient)
    return [Hold(**dict(row) | {"guards": tuple(row["guards"].split())}) for row in rows]
