"""Schedules: when a run is due, how many were missed, and the same in systemd's and cron's words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domainscan.config import BadConfig, Schedule
from domainscan.schedule import cron_expression, due, on_calendar

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def table(every: str = "", cron: str = "") -> Schedule:
    return Schedule(name="s", sources=("x.txt",), every=every, cron=cron)


@pytest.mark.parametrize(
    ("schedule", "last", "at", "missed"),
    [
        (table("6h"), "", "2026-11-23T12:00:00", 0),  # never run: now
        (table("6h"), "2026-11-23T09:00:00Z", "2026-11-23T15:00:00", 0),
        (table("6h"), "2026-11-23T05:00:00Z", "2026-11-23T11:00:00", 0),  # overdue, nothing lost yet
        (table("6h"), "2026-11-22T05:00:00Z", "2026-11-22T11:00:00", 4),  # slept: one run, four gaps
        (table(cron="0 6 * * *"), "2026-11-23T06:00:00Z", "2026-11-24T06:00:00", 0),
        (table(cron="0 6 * * *"), "2026-11-20T06:00:00Z", "2026-11-21T06:00:00", 2),
    ],
)
def test_a_run_is_due(schedule: Schedule, last: str, at: str, missed: int) -> None:
    found = due(schedule, last, NOON)
    assert (found.at, found.missed) == (datetime.fromisoformat(at).replace(tzinfo=UTC), missed)


@pytest.mark.parametrize(
    ("schedule", "systemd", "cron"),
    [
        (table("6h"), "OnUnitActiveSec=21600s", "0 */6 * * *"),
        (table("30m"), "OnUnitActiveSec=1800s", "*/30 * * * *"),
        (table("1d"), "OnUnitActiveSec=86400s", "0 6 * * *"),
        (table("1w"), "OnUnitActiveSec=604800s", "0 6 * * 1"),
        (table(cron="*/15 8-18 * * 1-5"), "OnCalendar=Mon..Fri *-*-* 8..18:0/15:00 UTC", "*/15 8-18 * * 1-5"),
        (table(cron="30 4 1 * *"), "OnCalendar=*-*-1 4:30:00 UTC", "30 4 1 * *"),
    ],
)
def test_systemd_and_cron_say_the_same(schedule: Schedule, systemd: str, cron: str) -> None:
    assert systemd in on_calendar(schedule)
    assert cron_expression(schedule) == cron


@pytest.mark.parametrize(
    "schedule",
    [table(), table("6h", "0 6 * * *"), table("soon"), table("30s"), table("0h"), table(cron="0 25 * * *")],
)
def test_a_schedule_nobody_can_keep_is_refused(schedule: Schedule) -> None:
    with pytest.raises(BadConfig, match="'s'"):
        due(schedule, "", NOON)


def test_cron_cannot_say_every_seven_hours() -> None:
    with pytest.raises(BadConfig, match="7h"):
        cron_expression(table("7h"))
