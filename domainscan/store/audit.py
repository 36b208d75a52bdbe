"""The audit log: who did what to whom, in rows that are chained by hash and anchored outside the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from domainscan.model import Record
from domainscan.store.base import ANCHOR, Store
from domainscan.store.packing import plain
from domainscan.store.traces import untraced


class Event(Record, frozen=True):
    """One row of the log; `detail` is JSON with sorted keys."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    detail: str
    prev_hash: str
    hash: str


def record_event(
    store: Store, actor: str, action: str, subject: str, detail: Mapping[str, Any], now: str
) -> int:
    """The number of the new row. Inside a transaction it stands or falls with it."""
    text = plain(json.dumps(dict(detail), ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    with store.writing() as db:
        last = store.rows("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
        number, before = (last[0]["id"] + 1, last[0]["hash"]) if last else (1, "")
        fields = (number, now, plain(actor), action, plain(subject), text, before)
        own = _hash(fields)
        db.execute(
            "INSERT INTO audit (id, at, actor, action, subject, detail, prev_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*fields, own),
        )
        store.audit_heads.append(f"{number} {own}\n")
    return int(number)


def _hash(fields: tuple[object, ...]) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def load_events(store: Store, subject: str = "") -> list[Event]:
    """The log, newest first; of one subject when it is named."""
    rows = store.rows("SELECT * FROM audit WHERE ? = '' OR subject = ? ORDER BY id DESC", subject, subject)
    return [Event(*row) for row in rows]


def verify_audit(store: Store) -> list[str]:
    """What is wrong with the log, the first bad row first; empty when every row is as it was written.

    Finds rows that were changed, removed, inserted or reordered, and a tail that was cut off. When the log
    itself is whole, also what the tables say and the log does not.
    """
    before = ""
    hashes: dict[int, str] = {}
    said: list[tuple[str, str, str, str]] = []
    for number, row in enumerate(store.rows("SELECT * FROM audit ORDER BY id"), 1):
        event = Event(*row)
        if event.id != number:
            return [f"audit row {number} is missing"]
        fields = (event.id, event.at, event.actor, event.action, event.subject, event.detail, event.prev_hash)
        if event.prev_hash != before:
            return [f"audit row {event.id} does not follow the row before it"]
        if event.hash != _hash(fields):
            return [f"audit row {event.id} was changed after it was written"]
        before = hashes[event.id] = event.hash
        said.append((event.actor, event.action, event.subject, event.detail))
    return _against_anchor(store, hashes) or untraced(store, said)


def _against_anchor(store: Store, hashes: Mapping[int, str]) -> list[str]:
    """What the anchor says and the rows do not. An anchor that lags behind, after a crash, is no problem."""
    file = store.home / ANCHOR
    if not file.exists():
        return [f"the anchor {file} is missing"] if hashes else []
    try:
        lines = file.read_text("ascii", "replace").splitlines()
    except OSError as error:
        return [f"the anchor {file} cannot be read: {error.strerror}"]
    anchored = 0
    for line in lines:
        number, _, head = line.partition(" ")
        if not number.isdigit() or not head.startswith("sha256:") or len(head) != 71:
            continue
        anchored += 1
        if int(number) not in hashes:
            return [f"audit row {number} is missing: the log was cut off behind row {max(hashes, default=0)}"]
        if hashes[int(number)] != head:
            return [f"audit row {number} is not the one that was anchored"]
    if hashes and not anchored:
        return [f"the anchor {file} holds none of the {len(hashes):,} rows"]
    return []
