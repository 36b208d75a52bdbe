"""watch and schedule: each slot once, whoever asks; what is printed for systemd and cron works from anywhere."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domainscan.cli.watch import _Stop

Kill = Callable[[subprocess.Popen[str]], None]
LONG_AGO = "2020-01-01T00:00:00Z"  # a Wednesday; the weekly slots after it are Mondays from the 6th


def add_schedule(program: Any, name: str, *sources: str, more: str = 'every = "1w"') -> None:
    table = f"\n[[schedule]]\nname = {name!r}\nsources = {list(sources)!r}\n{more}\n"
    program.config.write_text(program.config.read_text("utf-8") + table, "utf-8")


@pytest.fixture
def scheduled(program: Any, tmp_path: Path) -> Any:
    """A weekly schedule, so that no slot ends while a test runs."""
    (tmp_path / "tips.txt").write_text("heronstone-bank.lab\nmilldam-choir.lab\n")
    add_schedule(program, "tips", "tips.txt")
    return program


def bulk(folder: Path, count: int) -> str:
    (folder / "bulk.txt").write_text("".join(f"n{number:06d}.bulk.lab\n" for number in range(1, count + 1)))
    return "bulk.txt"


def rows(program: Any, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds in the store; nothing while the store is being made."""
    file = program.home / "domainscan.db"
    if not file.exists() or not file.stat().st_size:
        return []
    with closing(sqlite3.connect(file, isolation_level=None)) as store:
        if not store.execute("PRAGMA user_version").fetchone()[0]:
            return []
        return store.execute(statement).fetchall()


def runs(program: Any) -> list[tuple[Any, ...]]:
    return rows(program, "SELECT schedule, state, detail FROM runs ORDER BY id")


def as_if_long_ago(program: Any, slot: str = LONG_AGO) -> None:
    rows(program, f"UPDATE runs SET slot = '{slot}' WHERE id = (SELECT max(id) FROM runs)")


def scans(program: Any) -> list[tuple[Any, ...]]:
    """(state, names observed) of each scan."""
    return rows(
        program,
        "SELECT s.state, (SELECT count(*) FROM items WHERE scan = s.id AND observation IS NOT NULL)"
        " FROM scans s ORDER BY s.rowid",
    )


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def start_slowly(program: Any, *words: str, **streams: Any) -> subprocess.Popen[str]:
    """A watch whose scan has begun and goes on for a few seconds more."""
    before = rows(program, "SELECT count(*) FROM observations") or [(0,)]
    program.environment = {"DOMAINSCAN_NET_VISITS_PER_SECOND": "10"}
    process: subprocess.Popen[str] = program.start("watch", *words, **streams)
    program.environment = {}
    until(lambda: (rows(program, "SELECT count(*) FROM observations") or before) > before)
    return process


def test_watch_runs_a_slot_once_and_catches_up_once_with_what_was_missed(scheduled: Any) -> None:
    first = scheduled.run("watch", "--once")
    assert first.returncode == 0, first.stderr
    assert not re.search("missed|late", first.stderr), "there was nothing before the first run"
    assert scans(scheduled) == [("done", 2)]
    again = scheduled.run("watch", "--once")
    assert (again.returncode, again.stderr) == (0, ""), "the next slot is on Monday"
    (slot,) = rows(scheduled, "SELECT slot FROM runs")[0]
    weeks_ago = [rows(scheduled, f"SELECT date('{slot}', '-{7 * n} days')")[0][0] for n in range(3)]
    for last, said in (
        (LONG_AGO, r"tips: \d+ runs were missed since 2020-01-06T00:00:00Z; running once now"),
        (f"{weeks_ago[2]}T00:00:00Z", f"tips: 1 run was missed since {weeks_ago[1]}T00:00:00Z"),
        (f"{weeks_ago[1]}T00:00:00Z", f"tips: the run of {slot} is late; running it now"),
    ):
        rows(scheduled, f"DELETE FROM runs WHERE slot <> '{slot}'")
        as_if_long_ago(scheduled, last)
        late = scheduled.run("watch", "--once")
        assert re.search(said, late.stderr), late.stderr
        assert rows(scheduled, "SELECT slot FROM runs ORDER BY id")[1:] == [(slot,)]
    assert len(scans(scheduled)) == 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_signal_ends_a_watch_that_sleeps(scheduled: Any, number: signal.Signals, code: int) -> None:
    process = scheduled.start("watch", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(lambda: runs(scheduled) == [("tips", "done", "")])
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code, said
    assert said.endswith("watch ended; state is saved\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_signal_saves_a_scan_that_the_next_slot_goes_on_with(
    program: Any, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    add_schedule(program, "bulk", bulk(tmp_path, 80))
    process = start_slowly(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code, said
    ((state, finished),) = scans(program)
    assert state == "interrupted"
    assert 0 < finished < 80
    assert runs(program) == [("bulk", "failed", "interrupted")]
    assert program.run("watch", "--once").stderr == "", "its slot is over"
    as_if_long_ago(program)
    done = program.run("watch", "--once")
    assert f"{80 - finished} of 80 rows to go" in done.stderr
    assert scans(program) == [("done", 80)]


def test_a_watch_that_ends_by_its_terminal_is_not_broken_off_by_its_shell() -> None:
    """Both say that the terminal is closed."""
    stop = _Stop()
    with pytest.raises(KeyboardInterrupt):
        stop(signal.SIGHUP, None)
    stop(signal.SIGHUP, None)
    with pytest.raises(KeyboardInterrupt):
        stop(signal.SIGINT, None)
    assert stop.number == signal.SIGINT


def test_a_killed_watch_holds_nobody_up(program: Any, tmp_path: Path, kill: Kill) -> None:
    add_schedule(program, "bulk", bulk(tmp_path, 80))
    process = start_slowly(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kill(process)
    as_if_long_ago(program)
    assert program.run("watch", "--once").returncode == 0
    assert runs(program) == [("bulk", "failed", "its process ended"), ("bulk", "done", "")]
    assert scans(program) == [("done", 80)]


def test_two_watches_of_one_home_share_the_slots(program: Any, tmp_path: Path) -> None:
    add_schedule(program, "bulk", bulk(tmp_path, 80))
    both = [program.start("watch", "--once", stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert runs(program) == [("bulk", "done", "")]
    assert scans(program) == [("done", 80)]


def test_a_run_that_outlives_its_slot_is_not_run_beside_itself(program: Any, tmp_path: Path) -> None:
    add_schedule(program, "bulk", bulk(tmp_path, 400))  # 40 s; it is ended when it has been met
    process = start_slowly(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    as_if_long_ago(program)
    second = program.run("watch", "--once")
    process.send_signal(signal.SIGTERM)
    assert (second.returncode, process.wait(20)) == (0, 0)
    assert "bulk: another process is at it" in second.stderr
    assert len(runs(program)) == 1


def test_a_schedule_that_fails_is_reported_and_the_others_run(scheduled: Any, tmp_path: Path) -> None:
    add_schedule(scheduled, "lost", "no-such-file.txt")
    add_schedule(scheduled, "typo", "ether:net")
    add_schedule(scheduled, "last", "tips.txt", more='cron = "0 6 * * 1"')
    done = scheduled.run("watch", "--once")
    assert done.returncode == 3
    assert f"error: lost: {tmp_path / 'no-such-file.txt'}: no such file" in done.stderr
    assert "reports, due, file:..." in done.stderr
    assert [row[:2] for row in runs(scheduled)] == [
        ("tips", "done"),
        ("lost", "failed"),
        ("typo", "failed"),
        ("last", "done"),
    ]
    assert scheduled.run("watch", "--once").returncode == 0, "the slot is over; the next one tries again"


def test_without_any_resolver_a_run_has_failed(scheduled: Any) -> None:
    scheduled.environment = {
        "DOMAINSCAN_NET_RESOLVERS": '["127.77.0.99:9"]',
        "DOMAINSCAN_NET_RESOLVER_PAUSE_SECONDS": "0.5",
        "DOMAINSCAN_NET_DNS_TIMEOUT_SECONDS": "0.2",
    }
    assert scheduled.run("watch", "--once").returncode == 3
    assert runs(scheduled) == [("tips", "failed", "nothing could be resolved")]


def test_a_list_that_is_no_utf_8_is_told_as_what_it_is_read(program: Any, tmp_path: Path) -> None:
    add_schedule(program, "tips", "tips.txt")
    (tmp_path / "tips.txt").write_bytes("milldam-choir.lab\nmünchen.lab\n".encode("latin-1"))
    said = program.run("watch", "--once").stderr
    assert f'{tmp_path / "tips.txt"}: line 2 is no UTF-8 and is read as GB 18030, "m黱chen.lab": ' in said


def test_names_of_sources_are_sources(program: Any, tmp_path: Path) -> None:
    """Tips, a folder and a file; relative paths count from the folder of the configuration file."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.txt").write_text("tieyan-wujin.lab\n")
    (tmp_path / "reports").write_text("inside-job.lab\n")
    (tmp_path / "b.txt").write_text("milldam-choir.lab\n")
    add_schedule(program, "all", "reports", "folder:more", "file:b.txt", "./reports")
    program.run("report", "add", "heronstone-bank.lab", "--text", "looks odd")
    done = program.run("watch", "--once")
    assert done.returncode == 0, done.stderr
    assert {one[0] for one in rows(program, "SELECT name FROM observations")} == {
        "heronstone-bank.lab",
        "tieyan-wujin.lab",
        "milldam-choir.lab",
        "inside-job.lab",  # ./reports is a file
    }
    assert rows(program, "SELECT state FROM reports") == [("scanned",)]


def test_a_schedule_revisits_what_is_due(program: Any) -> None:
    add_schedule(program, "again", "due", more='every = "1w"\nlimit = 1')
    nothing = program.run("watch", "--once")
    assert (nothing.returncode, scans(program)) == (0, [])
    assert "again: nothing is due" in nothing.stderr
    program.run("scan", "qingying-photo.lab", "heronstone-bank.lab", "milldam-choir.lab")
    rows(program, f"UPDATE latest SET next_due = '{LONG_AGO}' WHERE name <> 'milldam-choir.lab'")
    as_if_long_ago(program)
    assert program.run("watch", "--once").returncode == 0
    assert scans(program) == [("done", 3), ("done", 1)]
    assert program.run("rescan", "--dry-run").stdout.split() == ["heronstone-bank.lab"]


def test_a_revisit_that_was_interrupted_goes_on_with_the_same_names(program: Any, tmp_path: Path) -> None:
    add_schedule(program, "again", "due")
    bulk(tmp_path, 80)
    program.run("scan", "-l", str(tmp_path / "bulk.txt"))
    rows(program, f"UPDATE latest SET next_due = '{LONG_AGO}'")
    process = start_slowly(program, "--once", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert [state for state, _ in scans(program)] == ["done", "interrupted"]
    as_if_long_ago(program)
    assert program.run("watch", "--once").returncode == 0
    assert scans(program) == [("done", 80)] * 2
    assert list((program.home / "spool").glob("due-*")) == []


def test_a_list_of_what_is_due_that_a_power_cut_emptied_is_made_again(program: Any, tmp_path: Path) -> None:
    """Its name was on the disk and its bytes were not: nothing would have been due for ever."""
    program.run("scan", "milldam-choir.lab")
    with closing(sqlite3.connect(program.home / "domainscan.db")) as store:
        store.execute("UPDATE latest SET next_due = '2020-01-01T00:00:00Z'")
        store.commit()
    with program.config.open("a") as config:
        config.write('\n[[schedule]]\nname = "revisit"\nsources = ["due"]\nevery = "1h"\n')
    (program.home / "spool").mkdir()
    (program.home / "spool" / "due-revisit.txt").touch()
    done = program.run("watch", "--once")
    assert (done.returncode, "1 planned = 1 observed" in done.stderr) == (0, True)


def test_a_schedule_nobody_can_keep_ends_the_program(scheduled: Any) -> None:
    add_schedule(scheduled, "Tips 1", "tips.txt")
    for words in (("watch", "--once"), ("schedule", "--form", "cron")):
        done = scheduled.run(*words)
        assert (done.returncode, done.stdout) == (4, "")
        assert "'Tips 1'" in done.stderr


def test_only_runs_one_schedule(scheduled: Any) -> None:
    add_schedule(scheduled, "other", "tips.txt")
    assert scheduled.run("watch", "--once", "--only", "other").returncode == 0
    assert runs(scheduled) == [("other", "done", "")]
    assert scheduled.run("watch", "--only", "nobody").returncode == 2


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The console script as an installation makes it, in a folder with a space and a percent sign."""
    folder = tmp_path / "an 5% installation"
    folder.mkdir()
    script = folder / "domainscan"
    source = Path(__file__).resolve().parent.parent
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(source)!r})\n"
        "from domainscan.cli import main\nmain()\n"
    )
    script.chmod(0o755)
    return script


def printed(script: Path, folder: Path, *words: str, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOMAINSCAN_", "XDG_"))}
    done = subprocess.run(
        [str(script), *words],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_by_cron(lines: str) -> None:
    """What cron does with one line: HOME and a short PATH, `\\%` becomes `%`, the rest is for the shell."""
    zone, line = lines.splitlines()
    assert zone == "CRON_TZ=UTC"
    command = line.split(" ", 5)[5].replace("\\%", "%")
    surroundings = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env=surroundings,
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def desk_folder(scheduled: Any, tmp_path: Path) -> Path:
    """A folder with ./config.toml and the list it names."""
    folder = tmp_path / "the desk's 100%"
    folder.mkdir()
    scheduled.config.rename(folder / "config.toml")
    (tmp_path / "tips.txt").rename(folder / "tips.txt")
    return folder


def test_a_config_of_the_working_folder_works_from_cron(
    scheduled: Any, tmp_path: Path, installed: Path
) -> None:
    folder = desk_folder(scheduled, tmp_path)
    run_by_cron(printed(installed, folder, "--home", "../home", "schedule", "--form", "cron"))
    assert runs(scheduled) == [("tips", "done", "")]


def test_a_config_of_the_working_folder_stands_in_the_units(
    scheduled: Any, tmp_path: Path, installed: Path
) -> None:
    folder = desk_folder(scheduled, tmp_path)
    units = printed(installed, folder, "--home", "../home", "schedule")
    assert f"WorkingDirectory={str(folder).replace('%', '%%')}\n" in units
    line = next(line for line in units.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart=").replace("%%", "%"))
    assert words[:3] == [str(installed), "--config", str(folder / "config.toml")]
    done = subprocess.run(words, cwd=folder, env={"PATH": "/usr/bin"}, check=False, timeout=60)
    assert done.returncode == 0
    assert runs(scheduled) == [("tips", "done", "")]


@pytest.mark.parametrize("both", [False, True], ids=["xdg alone", "xdg and ./config.toml"])
def test_an_xdg_config_works_from_cron(scheduled: Any, tmp_path: Path, installed: Path, both: bool) -> None:
    xdg = tmp_path / "xdg"
    (xdg / "domainscan").mkdir(parents=True)
    scheduled.config.rename(xdg / "domainscan" / "config.toml")
    (tmp_path / "tips.txt").rename(xdg / "domainscan" / "tips.txt")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if both:
        (folder / "config.toml").write_text('[net]\nvantage = "both"\n')
    words = ("--home", str(tmp_path / "home"), "schedule", "--form", "cron")
    run_by_cron(printed(installed, folder, *words, XDG_CONFIG_HOME=str(xdg)))
    assert runs(scheduled) == [("tips", "done", "")]
    scheduled.config = xdg / "domainscan" / "config.toml"
    seen = scheduled.json("show", "heronstone-bank.lab")["observation"]
    assert seen["vantage"] == ("both" if both else "lab")


def test_what_only_the_environment_says_is_not_printed_in_silence(scheduled: Any) -> None:
    scheduled.environment = {"DOMAINSCAN_NET_VANTAGE": "elsewhere"}
    assert "DOMAINSCAN_NET_VANTAGE counts now" in scheduled.run("schedule").stderr


def test_a_config_that_the_environment_names_stands_in_what_is_printed(
    scheduled: Any, tmp_path: Path, installed: Path
) -> None:
    """The units start without that variable: without the file they would know no schedule."""
    scheduled.config.rename(tmp_path / "named.toml")
    environment = {"DOMAINSCAN_CONFIG": "named.toml"}
    words = ("--home", "home", "schedule", "--form", "cron")
    run_by_cron(printed(installed, tmp_path, *words, **environment))
    assert runs(scheduled) == [("tips", "done", "")]


def test_units_run_as_whoever_types_it_and_not_as_whoever_logged_in(
    scheduled: Any, tmp_path: Path, installed: Path
) -> None:
    """`runuser -u` and `setpriv` leave LOGNAME as it was: as root the units would fill the home with root's files."""
    words = ("--config", str(scheduled.config), "schedule")
    units = printed(installed, tmp_path, *words, LOGNAME="somebody-else", USER="somebody-else")
    assert f"User={pwd.getpwuid(os.geteuid()).pw_name}\n" in units
