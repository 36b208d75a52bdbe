"""`domainscan scan` against the lab: one record per line, resumable, and nothing reached that must not be."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from domainscan.cli.performing import _stopping, _summary
from domainscan.lab.internet import Lab
from domainscan.scan.driver import Event, Interrupted
from domainscan.scan.inputs import Inputs
from domainscan.store import open_store
from domainscan.store.cases import due
from domainscan.store.times import later

Kill = Callable[[subprocess.Popen[str]], None]

LINES = """qingying-photo.lab
Qingying-Photo.LAB.

青禾面包房.lab
HERONSTONE-BANK.lab.
127.0.0.1
http://[::1]/
0x7f000001
localhost
http://foo.localhost/
word
{long}
# a note
https://heronstone-bank.lab:22/
inside-job.lab
huanlian-wan8.lab
mailonly-notary.lab
broken-dnssec.lab
lame-delegation.lab
"""


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def accounts(program: Any) -> dict[str, Any]:
    account = program.json("scans")[0]
    parts = ("observed", "dead", "failed", "invalid", "skipped", "pending")
    assert account["planned"] == sum(account[key] for key in parts)
    return account


def test_every_line_gives_one_record_and_no_trap_is_hit(program: Any, internet: Lab, tmp_path: Path) -> None:
    before = internet.traps.count
    file = tmp_path / "candidates.txt"
    file.write_text(LINES.format(long="x" * 300), "utf-8")
    done = program.run("scan", "-l", str(file), "--jsonl")
    assert done.returncode == 3, done.stderr
    found = {record["line"]: record for record in records(done.stdout)}
    told = {line: (record["status"], record["reason"]) for line, record in found.items()}
    assert told == {
        1: ("observed", ""),
        2: ("skipped", "duplicate"),
        4: ("observed", ""),
        5: ("observed", ""),
        6: ("invalid", "address"),
        7: ("invalid", "address"),
        8: ("invalid", "address"),
        9: ("invalid", "special_use"),
        10: ("invalid", "special_use"),
        11: ("invalid", "single_label"),
        12: ("invalid", "too_long"),
        13: ("skipped", "comment"),
        14: ("invalid", "bad_port"),
        15: ("observed", "blocked_address"),
        16: ("dead", "nxdomain"),
        17: ("dead", "no_data"),
        18: ("failed", "servfail"),
        19: ("failed", "refused"),
    }
    assert len(records(done.stdout)) == 18
    assert all(record["detail"] for record in found.values() if record["status"] == "invalid")
    assert found[4]["unicode"] == "青禾面包房.lab"
    assert found[4]["name"].startswith("xn--")
    assert internet.traps.count == before
    assert accounts(program)["planned"] == 18


def test_pages_of_one_site_are_counted_as_the_queue_counts_them(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("a.lab", "a.lab", "H01", "critical", "high", "")] * 2
    _summary([*rows, ("b.lab", "b.lab", "H02", "high", "high", "")])
    assert capsys.readouterr().err.startswith("3 flagged, on 2 names: see `domainscan queue`")
    _summary(rows[:1])
    assert capsys.readouterr().err.startswith("1 flagged: see `domainscan queue`")


def test_the_trap_is_a_trap(internet: Lab) -> None:
    """The negative control: whoever does connect is counted."""
    before = internet.traps.count
    with socket.create_connection(("127.0.0.1", internet.trap_port), timeout=2) as connection:
        connection.recv(1)
    assert internet.traps.count == before + 1


def test_a_record_says_what_was_seen(program: Any) -> None:
    done = program.run("scan", "qingying-photo.lab", "--jsonl")
    (record,) = records(done.stdout)
    assert record["resolution"]["A"]["answers"]
    assert record["resolution"]["MX"]["failure"] == "no_data"
    assert record["page"]["http_status"] == 200
    assert record["page"]["body_digest"].startswith("sha256:")
    assert record["page"]["bytes"] > 0
    assert record["page"]["hops"][0]["record"].startswith("<urn:uuid:")
    assert record["certificate"]["problems"] == []
    assert record["registration"]["registered"]
    assert record["flagged"] is True
    judged = record["categories"]["H01"]
    assert judged["severity"] == "critical"
    assert judged["confidence"] == "high"
    assert judged["rules"][0]["evidence"]
    assert program.run("scan", "qingying-photo.lab", "--fail-on-flagged").returncode == 1
    assert program.run("audit", "verify").returncode == 0


def test_standard_input_and_sources_are_read(program: Any, tmp_path: Path) -> None:
    done = program.run("scan", "-", "--jsonl", given="heronstone-bank.lab\nmilldam-choir.lab\n")
    assert [record["status"] for record in records(done.stdout)] == ["observed", "observed"]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.txt").write_text("tieyan-wujin.lab\n")
    done = program.run("scan", "--source", f"folder:{tmp_path / 'more'}", "--jsonl")
    assert [record["name"] for record in records(done.stdout)] == ["tieyan-wujin.lab"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to scan"),
        (("-l", "/no/such/file"), "/no/such/file"),
        (("--source", "ether:net"), "ether"),
        (("--workers", "0", "a.lab"), "--workers"),
    ],
)
def test_a_wrong_call_is_answered_with_the_way_out(program: Any, words: tuple[str, ...], said: str) -> None:
    done = program.run("scan", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_help_and_version_write_nothing(program: Any) -> None:
    for words in (("--version",), ("--help",), ("scan", "--help"), ("review", "propose", "--help")):
        assert program.run(*words).returncode == 0
    assert not program.home.exists()


def test_a_dry_run_touches_nothing(program: Any) -> None:
    done = program.run("scan", "a.lab", "127.0.0.1", "--dry-run")
    assert done.returncode == 0
    assert "1 to visit" in done.stderr
    assert not program.home.exists()


def bulk_file(folder: Path, count: int) -> Path:
    file = folder / "bulk.txt"
    file.write_text("".join(f"n{number:06d}.bulk.lab\n" for number in range(1, count + 1)))
    return file


def observed_so_far(program: Any) -> int:
    """Names recorded by now; 0 while there is no store yet."""
    if not (program.home / "domainscan.db").exists():
        return 0
    return sum(account["observed"] for account in program.json("scans"))


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def check_whole(program: Any, file: Path, scan: str) -> None:
    """The same command again finishes the scan: every name once, accounts balance, nothing in pieces."""
    done = program.run("scan", "-l", str(file), "--jsonl")
    assert done.returncode == 0, done.stderr
    assert Counter(record["name"] for record in records(done.stdout)) == Counter(file.read_text().split())
    whole = accounts(program)
    assert (whole["id"], whole["state"], whole["observed"]) == (scan, "done", whole["planned"])
    assert len(program.json("scans")) == 1
    assert program.run("audit", "verify").returncode == 0


def test_a_killed_scan_goes_on_where_it_stopped(program: Any, tmp_path: Path, kill: Kill) -> None:
    """kill -9 in the middle, then the same command."""
    file = bulk_file(tmp_path, 1000)
    process = program.start(
        "-q", "scan", "-l", str(file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: observed_so_far(program) >= 100)
    kill(process)
    left = accounts(program)
    assert left["state"] == "interrupted"
    assert 0 < left["pending"] < 1000
    check_whole(program, file, left["id"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_scan_saves_what_is_finished(
    program: Any, tmp_path: Path, number: signal.Signals
) -> None:
    file = bulk_file(tmp_path, 1500)
    process = program.start("-q", "scan", "-l", str(file), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(lambda: observed_so_far(program) >= 50)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "go on" in said
    account = accounts(program)
    assert account["state"] == "interrupted"
    assert 0 < account["pending"] < 1500


GIVEN_TO_ANOTHER_THREAD = """
import signal, sys, threading, time
from domainscan.__main__ import main

def take():
    sys.stdin.read()
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=take, daemon=True).start()
main()
"""


def test_a_signal_that_another_thread_is_given_ends_a_scan_that_waits(program: Any) -> None:
    """The kernel does so while a thread starts a process; nothing comes of the visit for twelve seconds."""
    words = program.command("scan", "slowcoach-trains.lab")[3:]
    process = subprocess.Popen(
        [sys.executable, "-c", GIVEN_TO_ANOTHER_THREAD, *words],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: program.rows("SELECT 1 FROM items WHERE status = 'pending'") != [])
    time.sleep(2)
    began = time.monotonic()
    _, said = process.communicate("", timeout=30)
    assert process.returncode == 130, said
    assert time.monotonic() - began < 6
    assert accounts(program)["pending"] == 1


def test_a_scan_whose_terminal_is_closed_saves_what_is_finished(program: Any, tmp_path: Path) -> None:
    """What it says can be written nowhere any more; with two workers, as they belong to the terminal too."""
    file = bulk_file(tmp_path, 1500)
    ours, theirs = pty.openpty()
    process = program.start(
        *("scan", "-l", str(file), "--workers", "2"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    until(lambda: observed_so_far(program) >= 50)
    os.close(ours)
    assert process.wait(20) == 130
    account = accounts(program)
    assert account["state"] == "interrupted"
    assert 0 < account["pending"] < 1500
    check_whole(program, file, account["id"])


def test_a_terminal_that_is_closed_says_so_twice_and_is_heard_once() -> None:
    """The kernel tells its programs, and the shell passes on what it was told."""
    inbox: SimpleQueue[Event] = SimpleQueue()
    with pytest.raises(KeyboardInterrupt), _stopping(inbox):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert inbox.get_nowait() == Interrupted()
        assert inbox.empty()
        signal.raise_signal(signal.SIGTERM)


def test_a_scan_under_nohup_outlives_its_terminal(program: Any, tmp_path: Path) -> None:
    file = bulk_file(tmp_path, 300)
    process = program.start(
        *("-q", "scan", "-l", str(file)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    until(lambda: observed_so_far(program) >= 50)
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert accounts(program)["observed"] == 300


def test_two_worker_processes_find_what_one_finds(program: Any, tmp_path: Path) -> None:
    file = bulk_file(tmp_path, 300)
    done = program.run("scan", "-l", str(file), "--workers", "2", "--jsonl")
    assert done.returncode == 0, done.stderr
    assert Counter(record["status"] for record in records(done.stdout)) == {"observed": 300}


def test_without_any_resolver_it_ends_and_calls_nothing_dead(program: Any, tmp_path: Path) -> None:
    """A resolver that swallows every question: bounded waiting, exit 5, everything due again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        program.environment = {
            "DOMAINSCAN_NET_RESOLVER_PAUSE_SECONDS": "1",
            "DOMAINSCAN_NET_DNS_TIMEOUT_SECONDS": "0.3",
        }
        file = bulk_file(tmp_path, 400)
        resolver = f"127.0.0.1:{silent.getsockname()[1]}"
        done = program.run("scan", "-l", str(file), "--resolver", resolver, "--jsonl")
    assert done.returncode == 5, done.stderr
    assert Counter(record["status"] for record in records(done.stdout)) == {"failed": 400}
    account = accounts(program)
    assert account["dead"] == 0
    assert program.run("rescan", "--dry-run").stdout == "", "not at once"
    with open_store(program.home) as store:
        assert len(due(store, later(account["ended"], 1))) == 400, "tomorrow"


def test_a_name_that_resolves_and_refuses_is_a_failure_not_a_lost_network(program: Any) -> None:
    done = program.run("scan", "http://closed-harbour.lab/", "--jsonl")
    assert done.returncode == 3, done.stderr
    assert [(one["status"], one["reason"]) for one in records(done.stdout)] == [("failed", "refused")]


@pytest.mark.parametrize(
    ("words", "environment", "code", "said"),
    [
        (("a.lab", "--resolver", "bogus"), {}, 2, "bogus"),
        (("-l", "nowhere.txt"), {}, 2, "nowhere.txt: no such file"),
        (
            ("--source", "nowhere.txt"),
            {},
            2,
            "error: nowhere.txt: no such file, and no source; sources are reports, due, kin, file:...",
        ),
        (("-l", "/"), {}, 2, "/: a folder: --source folder:/ reads the lists in it"),
        (("-l", "/dev/null"), {}, 2, "/dev/null: no regular file: give its lines on standard input, as `-`"),
        (("a.lab",), {"DOMAINSCAN_PACKS_FOLDER": "/no/such/pack"}, 4, "/no/such/pack"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_planned(
    program: Any, words: tuple[str, ...], environment: dict[str, str], code: int, said: str
) -> None:
    program.environment = environment
    done = program.run("scan", *words)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert said in done.stderr
    program.environment = {}
    assert not (program.home / "domainscan.db").exists() or program.json("scans") == []


def test_an_interrupted_scan_says_how_old_it_is_and_can_be_begun_anew(
    program: Any, tmp_path: Path, kill: Kill
) -> None:
    file = bulk_file(tmp_path, 1000)
    words = ("-q", "scan", "-l", str(file))
    process = program.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: observed_so_far(program) >= 100)
    kill(process)
    left = accounts(program)
    with closing(sqlite3.connect(program.home / "domainscan.db")) as database, database:
        database.execute("UPDATE scans SET started = strftime('%Y-%m-%dT%H:%M:%SZ', started, '-3 days')")
    dry = program.run(*words, "--dry-run").stderr
    assert f"scan {left['id']} of " in dry
    assert f"would go on: {left['pending']:,} of 1,000 rows to go" in dry
    done = program.run(*words, "--fresh", "--jsonl")
    assert f"beginning anew: scan {left['id']} stopped " in done.stderr
    assert f"with {left['pending']:,} of 1,000 rows to go" in done.stderr
    assert {record["status"] for record in records(done.stdout)} == {"observed"}
    assert len(records(done.stdout)) == 1000
    runs = {one["id"]: (one["state"], one["observed"], one["skipped"]) for one in program.json("scans")}
    assert runs.pop(left["id"]) == ("done", left["observed"], left["pending"])
    assert list(runs.values()) == [("done", 1000, 0)]


def test_a_resumed_scan_says_how_old_its_rows_are(program: Any, tmp_path: Path, kill: Kill) -> None:
    file = bulk_file(tmp_path, 600)
    words = ("-q", "scan", "-l", str(file))
    process = program.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: observed_so_far(program) >= 100)
    kill(process)
    with closing(sqlite3.connect(program.home / "domainscan.db")) as database, database:
        database.execute("UPDATE scans SET started = strftime('%Y-%m-%dT%H:%M:%SZ', started, '-3 days')")
    resumed = program.run(*words).stderr
    assert "; what it has seen is up to 3 days old; --fresh begins anew" in resumed


def test_tips_beyond_a_limit_wait_for_the_next_scan(program: Any) -> None:
    for name in ("heronstone-bank.lab", "milldam-choir.lab"):
        program.run("report", "add", name, "--text", "seen")
    program.run("scan", "--source", "reports", "--limit", "1")
    assert [one["state"] for one in program.json("report", "list")] == ["new", "scanned"]
    program.run("scan", "--source", "reports", "--limit", "1")
    assert [one["state"] for one in program.json("report", "list")] == ["scanned", "scanned"]


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("", True)])
def test_no_color_holds_for_progress_too(program: Any, value: str, coloured: bool) -> None:
    program.environment = {"NO_COLOR": value, "TERM": "xterm-256color"}
    ours, its = pty.openpty()
    process = program.start("scan", "heronstone-bank.lab", stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    said = b""
    with suppress(OSError):  # Linux reports the other side's end this way
        while chunk := os.read(ours, 65536):
            said += chunk
    os.close(ours)
    assert process.wait(60) == 0
    assert b"rows" in said, "the bar was there"
    assert (re.search(rb"\x1b\[[39]\d", said) is not None) == coloured


def test_records_go_where_they_were_sent_though_a_bar_is_shown(program: Any) -> None:
    """See it fail: leave out `redirect_stdout`; the library then writes them to the terminal of the bar."""
    program.environment = {"TERM": "xterm-256color"}
    ours, its = pty.openpty()
    process = program.start("scan", "heronstone-bank.lab", "--jsonl", stdout=subprocess.PIPE, stderr=its)
    os.close(its)
    with process.stdout as records:
        found = records.read()
    with suppress(OSError):
        while os.read(ours, 65536):
            pass
    os.close(ours)
    assert process.wait(60) == 0
    assert [json.loads(line)["name"] for line in found.splitlines()] == ["heronstone-bank.lab"]


def test_another_list_under_the_same_name_is_another_scan(program: Any, tmp_path: Path) -> None:
    """A resumed scan goes on with its own rows; a source whose content changed is not that scan."""
    inputs = Inputs(sources=(f"file:{tmp_path / 'a.txt'}",))
    (tmp_path / "a.txt").write_text("a.lab\n")
    first = inputs.digest(0)
    (tmp_path / "a.txt").write_text("b.lab\n")
    assert inputs.digest(0) != first


def test_a_killed_driver_leaves_no_worker(program: Any, tmp_path: Path, kill: Kill) -> None:
    file = bulk_file(tmp_path, 1000)
    words = ("-q", "scan", "-l", str(file), "--workers", "2")
    process = program.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(descendants(process.pid)) >= 4)
    workers = descendants(process.pid)
    kill(process)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 15)


def descendants(pid: int) -> set[int]:
    """The processes below `pid`. Source: proc(5)."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | (descendants(child) if Path(f"/proc/{child}").exists() else set())
    return found


def test_robots_is_no_hiding_place_a_reviewer_may_look_once_and_answers_for_it(program: Any) -> None:
    name = "paperfold-club.lab"
    token = program.run("people", "add", "ann", "--role", "reviewer").stdout.strip()
    (plain,) = records(program.run("scan", name, "--jsonl").stdout)
    assert plain["page"]["failure"] == "disallowed"
    assert "--despite-robots" in program.run("show", name).stdout
    words = ("scan", name, "--despite-robots", "three reports of a paid service", "--jsonl")
    nobody = program.run(*words)
    assert nobody.returncode == 2
    assert "who are you" in nobody.stderr
    (looked,) = records(program.run(*words, token=token).stdout)
    assert looked["page"]["http_status"] == 200
    many = program.run("scan", name, "other.lab", "--despite-robots", "why not", token=token)
    assert (many.returncode, "one name or URL" in many.stderr) == (2, True)
    (again,) = records(program.run("scan", name, "--jsonl").stdout)
    assert again["page"]["failure"] == "disallowed", "the exception was for once"
    assert program.run("audit", "verify").returncode == 0
    with closing(sqlite3.connect(program.home / "domainscan.db")) as database, database:
        logged = database.execute(
            "SELECT actor, subject, detail FROM audit WHERE action LIKE 'visit.%'"
        ).fetchall()
    assert logged == [("ann", name, '{"reason":"three reports of a paid service"}')]


def test_a_second_scan_of_unchanged_pages_points_at_the_bytes_of_the_first(
    program: Any, tmp_path: Path
) -> None:
    file = bulk_file(tmp_path, 20)
    first = {one["name"]: one for one in records(program.run("scan", "-l", str(file), "--jsonl").stdout)}
    second = records(program.run("scan", "-l", str(file), "--jsonl").stdout)
    for one in second:
        assert one["page"]["received"] == first[one["name"]]["at"]
        assert one["page"]["body_digest"] == first[one["name"]]["page"]["body_digest"]
        assert one["categories"].keys() == first[one["name"]]["categories"].keys()
    assert program.run("audit", "verify").returncode == 0
