"""What is due, and when: the `[[schedule]]` tables as times, gaps, systemd units and cron lines."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from croniter import croniter

from domainscan.config import BadConfig, Schedule
from domainscan.model import Record

_EVERY: Final = re.compile(r"(\d+)\s*([mhdw])")
_UNITS: Final = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
SHORTEST_SECONDS: Final = 60


class Due(Record, frozen=True):
    """When a schedule should run next, and how many runs it has missed."""

    at: datetime
    missed: int


def interval(schedule: Schedule) -> timedelta | None:
    """The interval of `every`; None for a schedule by cron expression. Raises BadConfig on anything else."""
    if bool(schedule.every) == bool(schedule.cron):
        raise BadConfig(f'schedule {schedule.name!r}: give either every = "6h" or cron = "0 6 * * *"')
    if schedule.cron:
        if not croniter.is_valid(schedule.cron):
            raise BadConfig(
                f"schedule {schedule.name!r}: {schedule.cron!r} is no cron expression of five fields"
            )
        return None
    match = _EVERY.fullmatch(schedule.every.strip())
    if match is None:
        raise BadConfig(f"schedule {schedule.name!r}: every = {schedule.every!r}; write 30m, 6h, 1d or 1w")
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds < SHORTEST_SECONDS:
        raise BadConfig(f"schedule {schedule.name!r}: {schedule.every!r} is less than a minute")
    return timedelta(seconds=seconds)


def due(schedule: Schedule, last: str, now: datetime) -> Due:
    """When it should run after `last` (ISO time of the last start; "" for never: at once).

    Runs missed while the machine slept are one run and a number, not a queue of runs. Times are UTC.
    """
    step = interval(schedule)
    if not last:
        return Due(now, 0)
    before = datetime.fromisoformat(last)
    if step is not None:
        first = before + step
        return Due(first, max(0, (now - first) // step) if now > first else 0)
    times = croniter(schedule.cron, before)
    first = times.get_next(datetime)
    missed, following = 0, times.get_next(datetime)
    while following <= now and missed < 10_000:
        missed, following = missed + 1, times.get_next(datetime)
    return Due(first, missed)


def on_calendar(schedule: Schedule) -> str:
    """The systemd `[Timer]` line: OnUnitActiveSec for an interval, OnCalendar for a cron expression."""
    step = interval(schedule)
    if step is not None:
        return f"OnActiveSec=1min\nOnUnitActiveSec={int(step.total_seconds())}s"
    minute, hour, day, month, weekday = schedule.cron.split()
    days = "" if weekday == "*" else _weekdays(weekday) + " "
    return f"OnCalendar={days}*-{_field(month)}-{_field(day)} {_field(hour)}:{_field(minute)}:00 UTC"


def _field(text: str) -> str:
    """A cron field in systemd's spelling: `*/15` is `0/15`, `1-5` is `1..5`."""
    return re.sub(r"(\d+)-(\d+)", r"\1..\2", text.replace("*/", "0/"))


def _weekdays(text: str) -> str:
    names = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return re.sub(r"(\w+)-(\w+)", r"\1..\2", re.sub(r"\d", lambda digit: names[int(digit[0])], text))


def cron_expression(schedule: Schedule) -> str:
    """The five cron fields; an interval becomes the nearest expression that is never rarer.

    Raises BadConfig for an interval that no cron expression can say (`7h`); systemd timers can.
    """
    step = interval(schedule)
    if step is None:
        return schedule.cron
    minutes = int(step.total_seconds()) // 60
    if minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *"
    if minutes % 60 == 0 and minutes < 1440 and 24 % (minutes // 60) == 0:
        return f"0 */{minutes // 60} * * *"
    if minutes == 1440:
        return "0 6 * * *"
    if minutes == 10080:
        return "0 6 * * 1"
    raise BadConfig(
        f"schedule {schedule.name!r}: cron cannot say every {schedule.every}; use systemd, or cron = ..."
    )


def utc(text: str) -> datetime:
    """The aware time of an ISO text."""
    return datetime.fromisoformat(text).astimezone(UTC)
