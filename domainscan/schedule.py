"""What is due, and when: the `[[schedule]]` tables as slots, gaps, systemd units and cron lines.

A schedule has slots: moments on a fixed grid, whoever looks and however late. `every` counts from Monday 1970-01-05
00:00 UTC, so days begin at midnight UTC and weeks on Mondays.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import gcd
from pathlib import Path
from typing import Final

from croniter import CroniterError, croniter

from domainscan.config import BadConfig, Schedule
from domainscan.model import Record

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=366)
_ANCHOR: Final = datetime(1970, 1, 5, tzinfo=UTC)
_NAME: Final = re.compile(r"[a-z0-9_-]+")
_EVERY: Final = re.compile(r"([0-9]{1,6})\s*([mhdw])")
_UNITS: Final = {"m": 1, "h": 60, "d": 1440, "w": 10080}
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_FIELD: Final = re.compile(rf"(?:[0-9*,/-]|{_MONTHS}|{'|'.join(_DAYS)})+", re.IGNORECASE)
_MOST_MISSED: Final = 10_000  # beyond that the number says nothing


class Due(Record, frozen=True):
    """The slot to run: begun already when a run is due, otherwise the next one."""

    at: datetime
    missed: int  # slots before it that had no run
    since: datetime  # the first of those; `at` when there are none


def check(schedules: Iterable[Schedule]) -> None:
    """Raises BadConfig for a schedule nobody can keep, a name that cannot name a unit, and a name used twice."""
    seen: set[str] = set()
    for schedule in schedules:
        if not _NAME.fullmatch(schedule.name):
            raise BadConfig(f"schedule {schedule.name!r}: a name has a-z, 0-9, '-' and '_' only")
        if schedule.name in seen:
            raise BadConfig(f"schedule {schedule.name!r} is there twice: they would share their runs")
        seen.add(schedule.name)
        interval(schedule)


def interval(schedule: Schedule) -> timedelta | None:
    """The interval of `every`; None for a schedule by cron expression. Raises BadConfig on anything else."""
    if bool(schedule.every) == bool(schedule.cron):
        raise BadConfig(f'schedule {schedule.name!r}: give either every = "6h" or cron = "0 6 * * *"')
    if schedule.cron:
        if not _is_cron(schedule.cron):
            raise BadConfig(
                f"schedule {schedule.name!r}: {schedule.cron!r} is no cron expression of five fields that ever comes"
            )
        return None
    match = _EVERY.fullmatch(schedule.every.strip())
    if match is None:
        raise BadConfig(f"schedule {schedule.name!r}: every = {schedule.every!r}; write 30m, 6h, 1d or 1w")
    step = timedelta(minutes=int(match[1]) * _UNITS[match[2]])
    if not SHORTEST <= step <= LONGEST:
        raise BadConfig(f"schedule {schedule.name!r}: {schedule.every!r} is not between a minute and a year")
    return step


def _is_cron(text: str) -> bool:
    """Whether cron and systemd both can say it: five fields of numbers and names, and a day that exists."""
    fields = text.split()
    if len(fields) != 5 or not all(_FIELD.fullmatch(field) for field in fields):
        return False
    try:
        _times(text, _ANCHOR).get_next(datetime)
    except CroniterError:
        return False
    return True


def _times(cron: str, start: datetime) -> croniter:
    """The slots around `start`, as cron has them: day and weekday must both fit where one field begins with `*`.

    Source: cronie's crontab(5) and cron.c (DOM_STAR, DOW_STAR); whence the first Monday, `0 2 */100,1-7 * mon`.
    """
    return croniter(cron, start, implement_cron_bug=True)


def due(schedule: Schedule, last: str, now: datetime) -> Due:
    """The slot that `now` belongs to when it is newer than `last` (ISO time of the newest slot that had a run; ""
    for never), else the next slot.

    Slots missed while the machine slept are one run and a number, not a queue of runs. Raises BadConfig.
    """
    slot = _slot(schedule, now)
    if not last:
        return Due(slot, 0, slot)
    before = datetime.fromisoformat(last)
    if slot <= before:
        following = _next(schedule, max(now, before))
        return Due(following, 0, following)
    return Due(slot, _between(schedule, before, slot), _next(schedule, before))


def _slot(schedule: Schedule, now: datetime) -> datetime:
    """The newest slot that has begun."""
    step = interval(schedule)
    if step is not None:
        return _ANCHOR + (now - _ANCHOR) // step * step
    following = now.replace(microsecond=0) + timedelta(seconds=1)
    return _times(schedule.cron, following).get_prev(datetime)


def _next(schedule: Schedule, moment: datetime) -> datetime:
    """The first slot after `moment`."""
    step = interval(schedule)
    if step is not None:
        return _slot(schedule, moment) + step
    return _times(schedule.cron, moment).get_next(datetime)


def _between(schedule: Schedule, before: datetime, slot: datetime) -> int:
    """How many slots lie between two moments, both left out; at most 10,000 are counted for a cron expression."""
    step = interval(schedule)
    if step is not None:
        return (slot - _next(schedule, before)) // step
    times = _times(schedule.cron, before)
    missed = 0
    while times.get_next(datetime) < slot and missed < _MOST_MISSED:
        missed += 1
    return missed


def stamp(moment: datetime) -> str:
    """ISO 8601, UTC, to the second: `2026-11-23T12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cron_expression(schedule: Schedule) -> str:
    """Five cron fields that come at every slot; for `7h` also between, when `watch --once` does nothing."""
    step = interval(schedule)
    if step is None:
        return schedule.cron
    minutes = step // timedelta(minutes=1)
    if minutes % 10080 == 0:
        return "0 0 * * 1"
    if minutes % 1440 == 0:
        return "0 0 * * *"
    if minutes % 60 == 0:
        return f"0 {_each(gcd(minutes // 60, 24))} * * *"
    return f"{_each(gcd(minutes, 60))} * * * *"


def _each(count: int) -> str:
    return "*" if count == 1 else f"*/{count}"


def on_calendar(schedule: Schedule) -> str:
    """The `[Timer]` lines: one OnCalendar, or two where cron means "this day of the month or that weekday".

    Source: systemd.time(7), calendar events.
    """
    expression = cron_expression(schedule)
    fields, _ = croniter.expand(expression)
    minute, hour, day, month, _weekday = (",".join(map(str, field)) for field in fields)
    weekdays = "" if fields[4] == ["*"] else ",".join(_DAYS[int(number)] for number in fields[4]) + " "
    both = any(field.startswith("*") for field in expression.split()[2::2])
    days = [(weekdays, day)] if not weekdays or both else [("", day), (weekdays, "*")]
    return "\n".join(f"OnCalendar={week}*-{month}-{one} {hour}:{minute}:00 UTC" for week, one in days)


def cron_line(schedule: Schedule, command: Sequence[str], folder: Path) -> str:
    """A line for a user's crontab. Source: crontab(5): `%` ends the command unless escaped."""
    text = f"cd {shlex.quote(str(folder))} && {shlex.join(command)}"
    _printable(schedule, text)
    return f"{cron_expression(schedule)} " + text.replace("%", "\\%")


def systemd_units(schedule: Schedule, command: Sequence[str], folder: Path, user: str) -> str:
    """A service and its timer. Source: systemd.service(5), command lines; systemd.exec(5)."""
    _printable(schedule, f"{folder} {user} {' '.join(command)}")
    unit = f"domainscan-{schedule.name}"
    program, *arguments = command
    words = [_word(program), *(_word(one).replace("$", "$$") for one in arguments)]
    return f"""# /etc/systemd/system/{unit}.service
[Unit]
Description=domainscan: {"scheduled scan " if schedule.sources else ""}{schedule.name}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={str(folder).replace("%", "%%")}
ExecStart={" ".join(words)}
KillMode=mixed

# /etc/systemd/system/{unit}.timer
[Unit]
Description=domainscan: when {schedule.name} runs

[Timer]
{on_calendar(schedule)}
AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
"""


def _word(text: str) -> str:
    """One word of ExecStart, with its specifiers and quotes taken literally."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped if re.fullmatch(r"[\w@%+=:,./-]+", text) else f'"{escaped}"'


def _printable(schedule: Schedule, text: str) -> None:
    if not text.isprintable():
        raise BadConfig(
            f"schedule {schedule.name!r}: a path with control characters cannot stand in a unit: {text!r}"
        )
