"""Runs of schedules: one per slot, whoever starts it, and none while another one runs."""

from __future__ import annotations

from domainscan.store.base import Store
from domainscan.store.processes import process_lives, this_process


def start_run(store: Store, schedule: str, *, slot: str, missed: int = 0, now: str) -> int | None:
    """The number of the new run; None when this slot was taken, or an earlier run still goes on.

    A run whose process died counts as failed.
    """
    with store.writing() as db:
        for row in store.rows(
            "SELECT id, runner FROM runs WHERE schedule = ? AND state = 'running'", schedule
        ):
            if process_lives(row["runner"]):
                return None
            end_run(store, row["id"], "failed", "its process ended", now)
        if store.value("SELECT 1 FROM runs WHERE schedule = ? AND slot = ?", schedule, slot):
            return None
        made = db.execute(
            "INSERT INTO runs (schedule, slot, missed, started, state, runner)"
            " VALUES (?, ?, ?, ?, 'running', ?)",
            (schedule, slot, missed, now, this_process()),
        )
        return int(made.lastrowid or 0)


def end_run(store: Store, run: int, state: str, detail: str, now: str) -> None:
    """Ends a run as `done` or `failed`."""
    with store.writing() as db:
        db.execute("UPDATE runs SET state = ?, ended = ?, detail = ? WHERE id = ?", (state, now, detail, run))


def last_slot(store: Store, schedule: str, now: str) -> str:
    """The newest slot up to now that had a run; "" for none. Slots of a clock that ran ahead do not count."""
    newest = store.value("SELECT max(slot) FROM runs WHERE schedule = ? AND slot <= ?", schedule, now)
    return str(newest or "")
