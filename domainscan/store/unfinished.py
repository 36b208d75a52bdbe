"""Scans that were cut off: which one a command goes on with, and which are too old for it or left on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domainscan.config import Scan
from domainscan.model import Record
from domainscan.store.base import Store
from domainscan.store.processes import process_lives, this_process
from domainscan.store.reports import Report, reopen_reports, reports_to_reopen
from domainscan.store.scans import ScanRunning, finish_scan
from domainscan.store.times import days_between

ABANDONED: Final = "abandoned"  # the reason of rows that nobody will visit: their command began anew
_DAYS: Final = Scan().resume_days
_RETOLD_HOURS: Final = 1.0
_UNFINISHED: Final = (
    "SELECT id, runner, started, coalesce(nullif(ended, ''), (SELECT max(o.at) FROM items i JOIN observations o"
    " ON o.id = i.observation WHERE i.scan = scans.id), started) AS last,"
    " (SELECT count(*) FROM items WHERE scan = scans.id) AS planned,"
    " (SELECT count(*) FROM items WHERE scan = scans.id AND status = 'pending') AS pending"
    " FROM scans WHERE digest = ? AND state IN ('running', 'interrupted') ORDER BY started DESC, rowid DESC"
)


class Unfinished(Record, frozen=True):
    """A scan that was cut off: `last` is when it ended, or when it last recorded a visit where it was killed."""

    id: str
    started: str
    last: str
    planned: int
    pending: int
    runner: str

    @property
    def theirs(self) -> bool:
        """Whether another process is at work on it."""
        return self.runner != this_process() and process_lives(self.runner)

    def over(self, now: str, limit_days: float) -> bool:
        """Whether its command begins anew by itself.

        One that lacks nothing but its end, as when nobody took what it printed, is told again within the hour;
        one with rows left is gone on with until `limit_days` have passed.
        """
        days = days_between(self.last, now)
        return days >= limit_days or (not self.pending and days * 24 >= _RETOLD_HOURS)


def unfinished_scans(store: Store, digest: str) -> list[Unfinished]:
    """The scans of this question that have no end yet, newest first. Changes nothing."""
    fields = Unfinished.__struct_fields__
    return [Unfinished(*(row[one] for one in fields)) for row in store.rows(_UNFINISHED, digest)]


def to_leave(
    found: Iterable[Unfinished], now: str, limit_days: float, *, fresh: bool
) -> tuple[Unfinished, ...]:
    """Those that a command leaves for good: with `fresh` all of its question but one that another process is at."""
    return tuple(one for one in found if (fresh or one.over(now, limit_days)) and not one.theirs)


def tips_of(store: Store, left: Iterable[Unfinished]) -> list[Report]:
    """The tips that are new again once these scans are left. Changes nothing."""
    tips = {tip.id: tip for one in left for tip in reports_to_reopen(store, one.id, "pending", "")}
    return list(tips.values())


class Taken(Record, frozen=True):
    """What a command found of its question: the scan to go on with, and those that are left for good."""

    scan: str | None  # now ours
    last: str  # when it was cut off
    left: tuple[Unfinished, ...]


def take_up(store: Store, digest: str, now: str, *, limit_days: float = _DAYS, fresh: bool = False) -> Taken:
    """The newest unfinished scan of the same question, unless it is over; with `fresh` none, all are left.

    Plans that died half-written are discarded. Raises ScanRunning when another process is at work on it.
    """
    with store.writing() as db:
        for row in store.rows("SELECT id, digest, runner FROM scans WHERE state = 'planning'"):
            ours = row["runner"] == this_process() and row["digest"] == digest
            if ours or not process_lives(row["runner"]):
                db.execute("DELETE FROM scans WHERE id = ?", (row["id"],))
            elif row["digest"] == digest:
                raise _running(row["id"], row["runner"])
        found = unfinished_scans(store, digest)
        if found and found[0].theirs:
            raise _running(found[0].id, found[0].runner)
        left = to_leave(found, now, limit_days, fresh=fresh)
        for one in left:
            _leave(store, one)
        kept = next((one for one in found if one not in left), None)
        if kept is None:
            return Taken(None, "", left)
        db.execute(
            "UPDATE scans SET runner = ?, state = 'running', ended = '' WHERE id = ?",
            (this_process(), kept.id),
        )
    return Taken(kept.id, kept.last, left)


def _running(scan: str, runner: str) -> ScanRunning:
    return ScanRunning(
        f"scan {scan} of the same input is running in process {runner.split(':', maxsplit=1)[0]}"
    )


def _leave(store: Store, one: Unfinished) -> None:
    """Ends a scan as it is. Its pending rows become `skipped`, so that accounts still balance; tips are new again."""
    reopen_reports(store, one.id, "pending", "")
    store.db.execute(
        "UPDATE items SET status = 'skipped', reason = ? WHERE scan = ? AND status = 'pending'",
        (ABANDONED, one.id),
    )
    finish_scan(store, one.id, "done", one.last)
