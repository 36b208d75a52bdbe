"""Schedules: which slot is due, how many were missed, and the same in systemd's and cron's words."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import consumers
import pytest

from domainscan.config import BadConfig, Schedule
from domainscan.schedule import check, cron_expression, cron_line, due, on_calendar, stamp, systemd_units
from domainscan.store import open_store
from domainscan.store.runs import end_run, last_slot, start_run

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def table(every: str = "", cron: str = "", name: str = "s") -> Schedule:
    return Schedule(name=name, sources=("x.txt",), every=every, cron=cron)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "last", "at", "missed", "since"),
    [
        (table("6h"), "", "2026-11-23T12:00", 0, "2026-11-23T12:00"),  # never run: the slot that goes on
        (table("7d"), "", "2026-11-23T00:00", 0, "2026-11-23T00:00"),  # weeks begin on Mondays
        (table("6h"), "2026-11-23T12:00:00Z", "2026-11-23T18:00", 0, "2026-11-23T18:00"),  # had its run
        (table("6h"), "2026-11-23T06:00:00Z", "2026-11-23T12:00", 0, "2026-11-23T12:00"),
        (
            table("6h"),
            "2026-11-23T09:10:11Z",
            "2026-11-23T12:00",
            0,
            "2026-11-23T12:00",
        ),  # `every` was changed
        (table("6h"), "2026-11-22T06:00:00Z", "2026-11-23T12:00", 4, "2026-11-22T12:00"),  # slept: one run
        (table("1m"), "2020-11-23T12:00:00Z", "2026-11-23T12:00", 3155039, "2020-11-23T12:01"),
        (table(cron="* * * * *"), "2020-11-23T12:00:00Z", "2026-11-23T12:00", 10_000, "2020-11-23T12:01"),
        (table(cron="0 6 * * *"), "", "2026-11-23T06:00", 0, "2026-11-23T06:00"),
        (table(cron="0 12 * * *"), "", "2026-11-23T12:00", 0, "2026-11-23T12:00"),  # this very second
        (table(cron="0 6 * * *"), "2026-11-23T06:00:00Z", "2026-11-24T06:00", 0, "2026-11-24T06:00"),
        (table(cron="0 6 * * *"), "2026-11-20T06:00:00Z", "2026-11-23T06:00", 2, "2026-11-21T06:00"),
    ],
)
def test_a_slot_is_due(schedule: Schedule, last: str, at: str, missed: int, since: str) -> None:
    found = due(schedule, last, NOON)
    assert (found.at, found.missed, found.since) == (when(at), missed, when(since))


@pytest.mark.parametrize("schedule", [table("30m"), table(cron="*/30 * * * *")])
def test_a_timer_that_is_late_by_a_little_never_skips_a_slot(schedule: Schedule, tmp_path: Path) -> None:
    """A day of timers, each late by something else: every slot of the half hour once, none missed."""
    with open_store(tmp_path) as store:
        for number in range(48):
            fired = NOON + timedelta(minutes=30 * number, seconds=(number * 37) % 59, milliseconds=900)
            found = due(schedule, last_slot(store, "s", stamp(fired)), fired)
            assert (found.at, found.missed) == (NOON + timedelta(minutes=30 * number), 0)
            run = start_run(store, "s", slot=stamp(found.at), now=stamp(fired))
            assert run is not None
            end_run(store, run, "done", "", stamp(fired))
            assert due(schedule, last_slot(store, "s", stamp(fired)), fired).at > fired


def test_the_example_of_one_second(tmp_path: Path) -> None:
    """Started 12:00:01, fired again 12:30:00.9: reckoned from the start that would be too early by a tenth."""
    with open_store(tmp_path) as store:
        run = start_run(store, "s", slot="2026-11-23T12:00:00Z", now="2026-11-23T12:00:01Z")
        end_run(store, run or 0, "done", "", "2026-11-23T12:00:05Z")
        fired = NOON + timedelta(minutes=30, milliseconds=900)
        assert due(table("30m"), last_slot(store, "s", stamp(fired)), fired).at == when("2026-11-23T12:30")
        from_the_start = due(table("30m"), "2026-11-23T12:30:01Z", fired)
        assert from_the_start.at == when("2026-11-23T13:00"), "the control: this is how a slot was lost"


def test_a_clock_that_was_once_ahead_silences_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        run = start_run(store, "s", slot="2031-01-01T00:00:00Z", now="2031-01-01T00:00:00Z")
        end_run(store, run or 0, "done", "", "2031-01-01T00:00:01Z")
        assert last_slot(store, "s", stamp(NOON)) == ""


@pytest.mark.parametrize(
    ("schedule", "systemd", "cron"),
    [
        (table("6h"), "*-*-* 0,6,12,18:0:00 UTC", "0 */6 * * *"),
        (table("1h"), "*-*-* *:0:00 UTC", "0 * * * *"),
        (table("30m"), "*-*-* *:0,30:00 UTC", "*/30 * * * *"),
        (table("90m"), "*-*-* *:0,30:00 UTC", "*/30 * * * *"),  # asked oftener than it is due: watch looks
        (table("7h"), "*-*-* *:0:00 UTC", "0 * * * *"),
        (table("1d"), "*-*-* 0:0:00 UTC", "0 0 * * *"),
        (table("3d"), "*-*-* 0:0:00 UTC", "0 0 * * *"),
        (table("1w"), "Mon *-*-* 0:0:00 UTC", "0 0 * * 1"),
        (table(cron="*/20 8-9 * * 1-2"), "Mon,Tue *-*-* 8,9:0,20,40:00 UTC", "*/20 8-9 * * 1-2"),
        (table(cron="0 6 * jan sun"), "Sun *-1-* 6:0:00 UTC", "0 6 * jan sun"),
        (table(cron="30 4 1 * *"), "*-*-1 4:30:00 UTC", "30 4 1 * *"),
        # cron runs when the day of the month or the weekday fits; systemd wants two lines for that
        # and when both fit where one of the two fields begins with a star
        (table(cron="0 2 */15 * 1"), "Mon *-*-1,16,31 2:0:00 UTC", "0 2 */15 * 1"),
        (table(cron="0 6 1 * 7"), "*-*-1 6:0:00 UTC\nOnCalendar=Sun *-*-* 6:0:00 UTC", "0 6 1 * 7"),
    ],
)
def test_systemd_and_cron_say_the_same(schedule: Schedule, systemd: str, cron: str) -> None:
    assert on_calendar(schedule) == f"OnCalendar={systemd}"
    assert cron_expression(schedule) == cron


def test_the_first_monday_of_a_month_is_one_day(tmp_path: Path) -> None:
    """As cron reads it; watch and the timers ran on each Monday, and on the first seven days."""
    monthly = table(cron="0 2 */100,1-7 * mon")
    moment, found = NOON, []
    for _ in range(3):
        moment = due(monthly, stamp(moment), moment).at
        found.append(stamp(moment))
    assert found == ["2026-12-07T02:00:00Z", "2027-01-04T02:00:00Z", "2027-02-01T02:00:00Z"]
    assert on_calendar(monthly) == "OnCalendar=Mon *-*-1,2,3,4,5,6,7 2:0:00 UTC"


@pytest.mark.parametrize("every", ["1m", "7m", "30m", "90m", "6h", "7h", "25h", "1d", "3d", "1w", "2w"])
def test_what_is_printed_is_never_rarer_than_the_schedule(every: str) -> None:
    """Each slot of `every` is also a moment of the cron line that is printed for it."""
    moment = NOON - timedelta(days=40)
    printed = table(cron=cron_expression(table(every)))
    for _ in range(20):
        moment = due(table(every), stamp(moment), moment).at
        assert due(printed, "", moment).at == moment


@pytest.mark.parametrize(
    "schedule",
    [
        table(),
        table("6h", "0 6 * * *"),
        table("soon"),
        table("30s"),
        table("0h"),
        table("99999999999w"),
        table(cron="0 25 * * *"),
        table(cron="0 6 * *"),
        table(cron="@daily"),
        table(cron="* * * * * *"),  # six fields: cron has no seconds
        table(cron="0 6 31 2 *"),  # no such day
        table(cron="0 6 l * *"),  # neither cron nor systemd know it
        table(cron="0 6 * * 1#2"),
        table(cron="R 6 * * *"),
    ],
)
def test_a_schedule_nobody_can_keep_is_refused(schedule: Schedule) -> None:
    with pytest.raises(BadConfig, match="'s'"):
        due(schedule, "", NOON)


@pytest.mark.parametrize("name", ["", "Tips", "a b", "a/b", "../x", "a%i", "tips\n", "täglich"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(BadConfig, match="a-z"):
        check([table("1h", name=name)])


def test_two_schedules_of_one_name_would_share_their_runs() -> None:
    check([table("1h", name="a"), table("1h", name="b-2_c")])
    with pytest.raises(BadConfig, match="twice"):
        check([table("1h", name="a"), table("2h", name="a")])


ODD = '100% it\'s $HOME "q" \\n'


def test_a_cron_line_survives_odd_folders(tmp_path: Path) -> None:
    """What cron does to a line: `\\%` becomes `%`, then the shell gets it."""
    folder = tmp_path / ODD
    folder.mkdir()
    line = cron_line(table("1h"), ["printf", "%s\\n", ODD], folder)
    assert line.startswith("0 * * * * cd ")
    assert line.count("%") == line.count("\\%")
    done = subprocess.run(
        ["sh", "-c", line.removeprefix("0 * * * * ").replace("\\%", "%") + " && pwd"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [ODD, str(folder)]


def test_the_units_escape_what_systemd_would_expand() -> None:
    units = systemd_units(table("1h"), ["/opt/50%/run", "--home", ODD], Path("/srv/100%"), "desk")
    assert 'ExecStart=/opt/50%%/run --home "100%% it\'s $$HOME \\"q\\" \\\\n"\n' in units
    assert "WorkingDirectory=/srv/100%%\n" in units
    assert "User=desk\n" in units
    with pytest.raises(BadConfig, match="control"):
        systemd_units(table("1h"), ["/bin/true", "a\nUser=root"], Path("/"), "desk")


def complaints(*units: Path) -> list[str]:
    """What systemd has to say about our units; it may have words about the machine's own as well."""
    command = [consumers.need("systemd-analyze", "systemd"), "verify", "--man=no", *map(str, units)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return [line for line in said.stderr.splitlines() if "domainscan-" in line]


@pytest.mark.parametrize("schedule", [table("90m"), table(cron="*/20 8-9 1-7 1,jun 0,6")])
def test_systemd_accepts_the_units(schedule: Schedule, tmp_path: Path) -> None:
    folder = tmp_path / ODD
    folder.mkdir()
    service, timer = systemd_units(schedule, [sys.executable, ODD], folder, "root").split("\n\n# ")
    files = [tmp_path / "domainscan-s.service", tmp_path / "domainscan-s.timer"]
    for file, text in zip(files, (service, timer), strict=True):
        file.write_text(text.partition("\n")[2])
    assert complaints(*files) == []


def test_systemd_accepts_the_units_of_a_cluster(tmp_path: Path) -> None:
    """Those in docs/operations.md, with a program that exists here."""
    text = (Path(__file__).parent.parent / "docs" / "operations.md").read_text("utf-8")
    units = re.findall(r"`/etc/systemd/system/(domainscan-[\w@.-]+)`.*?```ini\n(.*?)```", text, re.S)
    assert [name for name, _ in units] == ["domainscan-scheduler.service", "domainscan-worker@.service"]
    for name, unit in units:
        (tmp_path / name).write_text(unit.replace("/opt/domainscan/bin/dask", "/bin/true"), "utf-8")
    files = [tmp_path / name.replace("@", "@1") for name, _ in units]
    assert complaints(*files) == []


def test_systemd_would_refuse_a_broken_unit(tmp_path: Path) -> None:
    """The negative control of the test above."""
    file = tmp_path / "domainscan-s.timer"
    file.write_text("[Timer]\nOnCalendar=*-*-0/2 6 o'clock\n")
    assert complaints(file) != []


def test_shell_words_are_shell_words() -> None:
    line = cron_line(table("1h"), ["/a b/run", "--only", "s"], Path("/c d"))
    assert shlex.split(line.partition("* * * * ")[2]) == ["cd", "/c d", "&&", "/a b/run", "--only", "s"]
