"""Passes over the history with another pack: how far each has come, so that one that was cut off goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domainscan.model import Assessment, History, Observation, Record
from domainscan.store.base import Store
from domainscan.store.cases import record_judged
from domainscan.store.errors import StoreError
from domainscan.store.findings import Judged
from domainscan.store.packing import unpack
from domainscan.store.processes import process_lives, this_process


class PassRunning(StoreError):
    """Another process is at the same pass."""


class Pass(Record, frozen=True):
    """A pass: observations up to number `reached` of `last` are done. Its id is 0 when it is a mere question."""

    id: int
    reached: int
    last: int


class StoredVisit(Record, frozen=True):
    """A visit with its newest judgement and what that one saw, where that was kept."""

    seen: Observation
    judged: Assessment | None
    context: History | None
    current: bool  # the newest visit of its name and URL


def stored_visits(store: Store, first: int, last: int) -> Iterator[StoredVisit]:
    """The visits from number `first` to `last`, in the order of recording."""
    rows = store.rows(
        "SELECT o.body, a.body AS judged, c.body AS context, EXISTS (SELECT 1 FROM latest l"
        " WHERE l.name = o.name AND l.observation = o.id) AS current FROM observations o"
        " LEFT JOIN assessments a ON a.number ="
        " (SELECT max(number) FROM assessments WHERE observation = o.id)"
        " LEFT JOIN contexts c ON c.digest = a.context_digest"
        " WHERE o.number BETWEEN ? AND ? ORDER BY o.number",
        *(first, last),
    )
    for row in rows:
        yield StoredVisit(
            unpack(row["body"], Observation),
            unpack(row["judged"], Assessment) if row["judged"] else None,
            unpack(row["context"], History) if row["context"] else None,
            bool(row["current"]),
        )


def newest_number(store: Store) -> int:
    """The number of the newest observation; 0 in an empty store."""
    return int(store.value("SELECT coalesce(max(number), 0) FROM observations"))


def begin_pass(store: Store, pack_digest: str, tool: str, now: str) -> Pass:
    """The unfinished pass with this pack and this code, now ours to go on with, or a new one.

    Raises PassRunning when another process is at it.
    """
    with store.writing() as db:
        last = newest_number(store)
        rows = store.rows(
            "SELECT id, reached, runner FROM reassessments WHERE pack_digest = ? AND tool = ? AND ended = ''"
            " ORDER BY id DESC LIMIT 1",
            *(pack_digest, tool),
        )
        if rows:
            number, reached, runner = rows[0]
            if runner != this_process() and process_lives(runner):
                raise PassRunning(f"process {runner.split(':')[0]} judges the history again already")
            db.execute(
                "UPDATE reassessments SET runner = ?, last = ? WHERE id = ?", (this_process(), last, number)
            )
            return Pass(number, reached, last)
        made = db.execute(
            "INSERT INTO reassessments (pack_digest, tool, started, last, runner) VALUES (?, ?, ?, ?, ?)",
            (pack_digest, tool, now, last, this_process()),
        )
        return Pass(int(made.lastrowid or 0), 0, last)


def record_slice(
    store: Store, number: int, reached: int, judged: Sequence[Judged], changed: int, now: str
) -> None:
    """Records the judgements of a slice, and that the pass has come so far: both or neither."""
    with store.writing() as db:
        record_judged(store, judged, now)
        db.execute(
            "UPDATE reassessments SET reached = ?, changed = changed + ? WHERE id = ?",
            (reached, changed, number),
        )


def end_pass(store: Store, number: int, now: str) -> None:
    with store.writing() as db:
        db.execute("UPDATE reassessments SET ended = ? WHERE id = ?", (now, number))
