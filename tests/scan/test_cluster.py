"""The Dask engine, with a real scheduler and real workers: what it finds, and what it does when they go away."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from blocklists.names import Name
from domainscan.config import Config, load_config
from domainscan.lab.internet import Lab
from domainscan.model import Candidate, Failure, History
from domainscan.scan.engine import Here
from domainscan.scan.job import ShardJob, Task, settings_of
from domainscan.scan.shops import at_this_place

Start = Callable[[int], Any]
ROOT = Path(__file__).resolve().parents[2]
HANG_SECONDS = 30  # within which a scan has ended, whatever became of its scheduler


@pytest.fixture(autouse=True)
def quick(program: Any) -> None:
    """Without registrations, which are the driver's."""
    text = program.config.read_text("utf-8")
    program.config.write_text(text.replace("[net]", "[net]\nregistration = false"), "utf-8")


@pytest.fixture(scope="module")
def two(start_dask: Start) -> Any:
    """A scheduler with two workers, one of them at a place of its own."""
    dask = start_dask(1)
    dask.worker(DOMAINSCAN_NET_VANTAGE="elsewhere")
    dask.ready(2)
    return dask


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def bulk_file(folder: Path, count: int, first: int = 1) -> Path:
    file = folder / "bulk.txt"
    file.write_text("".join(f"n{number:06d}.bulk.lab\n" for number in range(first, first + count)))
    return file


def start_scan(program: Any, dask: Any, file: Path) -> subprocess.Popen[str]:
    words = ("-q", "scan", "-l", str(file), "--cluster", dask.address, "--jsonl")
    return program.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def observed(program: Any) -> int:
    return len(program.rows("SELECT 1 FROM items WHERE status = 'observed'"))


def underway(program: Any, dask: Any, file: Path) -> subprocess.Popen[str]:
    """A scan that has recorded something and has something left."""
    before = observed(program)
    process = start_scan(program, dask, file)
    until(lambda: observed(program) > before)
    assert process.poll() is None, "done too soon for this test"
    return process


def check_whole(program: Any, count: int, late: int = 0) -> None:
    """One scan, done: every name once, at most `late` of them out of their time, and everything is sound."""
    assert program.rows("SELECT state FROM scans") == [("done",)]
    each = dict(program.rows("SELECT status, count(*) FROM items GROUP BY 1"))
    failed = each.pop("failed", 0)
    assert failed <= late
    assert each == {"observed": count - failed}
    assert program.rows("SELECT count(*), count(DISTINCT name) FROM observations") == [(count, count)]
    assert program.run("audit", "verify").returncode == 0


def finish(program: Any, file: Path, *words: str) -> None:
    """The same command again goes on to the end."""
    done = program.run("-q", "scan", "-l", str(file), *words)
    assert done.returncode == 0, done.stderr
    check_whole(program, len(file.read_text().split()))


def descendants(pid: int) -> set[int]:
    """The processes below `pid`. Source: proc(5)."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found |= {child} | descendants(child)
        except OSError:  # it ended meanwhile
            continue
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


# ---------------------------------------------------------------- what it finds


def findings(text: str) -> dict[str, Any]:
    """What was found of each name, without what differs between any two scans: times, record ids, who answered."""
    found = {}
    for line in text.splitlines():
        record = json.loads(line)
        for key in ("at", "observation_id", "vantage"):
            del record[key]
        if record["page"]:
            record["page"]["hops"] = [(one["url"], one["http_status"]) for one in record["page"]["hops"]]
        for lookup in record["resolution"].values():
            lookup.pop("detail", "")
        found[record["input"]] = record
    return found


def test_a_cluster_finds_what_one_process_finds_and_says_no_more(
    program: Any, two: Any, tmp_path: Path
) -> None:
    names = (
        "qingying-photo.lab",
        "heronstone-bank.lab",
        "mailonly-notary.lab",
        "huanlian-wan8.lab",
        "127.0.0.1",
    )
    file = tmp_path / "names.txt"
    file.write_text("\n".join(names) + "\n" + bulk_file(tmp_path, 200).read_text())
    clustered = program.run("-q", "scan", "-l", str(file), "--cluster", two.address, "--jsonl")
    assert clustered.returncode == 3, clustered.stderr
    assert "distributed" not in clustered.stderr
    assert len(clustered.stderr.splitlines()) == 1, clustered.stderr  # the account
    told = [json.loads(line) for line in clustered.stdout.splitlines()]
    assert {one["vantage"] for one in told if one["vantage"]} == {"lab", "elsewhere"}
    program.home = tmp_path / "other"
    alone = program.run("-q", "scan", "-l", str(file), "--jsonl")
    assert findings(clustered.stdout) == findings(alone.stdout)


def test_an_interrupted_scan_hands_in_what_is_finished_and_goes_on(
    program: Any, two: Any, tmp_path: Path
) -> None:
    file = bulk_file(tmp_path, 1_500)
    for number in (signal.SIGINT, signal.SIGTERM):
        process = underway(program, two, file)
        process.send_signal(number)
        began = time.monotonic()
        _, said = process.communicate(timeout=20)
        assert (process.returncode, time.monotonic() - began < 10) == (130, True), said
        assert program.rows("SELECT state FROM scans") == [("interrupted",)]
        assert 0 < observed(program) < 1_500
    finish(program, file, "--cluster", two.address)


def test_a_workers_place_is_its_own(internet: Lab, tmp_path: Path) -> None:
    settings = settings_of(lab_config(internet, tmp_path), 1)
    own = {"DOMAINSCAN_NET_BIND_ADDRESS": "192.0.2.1", "DOMAINSCAN_NET_RESOLVERS": '["192.0.2.53"]'}
    net = at_this_place(settings, own | {"DOMAINSCAN_NET_PORTS": "[1]", "DOMAINSCAN_HOME": "/"}).net
    assert (net.bind_address, net.resolvers) == ("192.0.2.1", ("192.0.2.53",))
    assert (net.ports, net.vantage) == (settings.net.ports, "lab")


def lab_config(internet: Lab, folder: Path) -> Config:
    file = folder / "lab.toml"
    file.write_text(internet.config_text(), "utf-8")
    return load_config((file,), {}, {})[0]


def test_what_travels_is_small(internet: Lab, tmp_path: Path) -> None:
    """A job of 64 rows without history, and its results with the pages as received."""
    settings = settings_of(lab_config(internet, tmp_path), 1)
    names = [Name(f"n{number:06d}.bulk.lab") for number in range(1, 65)]
    tasks = tuple(Task(line, Candidate(name)) for line, name in enumerate(names, 1))
    known = {name: History() for name in names}
    job = ShardJob("s", tasks, settings, known, dict.fromkeys(names, Failure("not_run")))
    with Here(settings, SimpleQueue()) as here:
        part = here.run_whole(job)
    assert len(part.findings) == 64
    kept = sum(len(one.data) for one in part.records)
    assert len(pickle.dumps(job)) < 64 * 500
    assert len(pickle.dumps(part)) - kept < 64 * 8_000


# ---------------------------------------------------------------- what goes away


def test_workers_that_go_and_come_lose_nothing_and_count_nothing_twice(
    program: Any, tmp_path: Path, start_dask: Start
) -> None:
    """One is killed, one is told to end, one is paused until the scheduler has given it up; others come."""
    dask = start_dask(3)
    killed, leaver, zombie = dask.processes[1:]
    process = underway(program, dask, bulk_file(tmp_path, 800))
    until(lambda: all(descendants(one.pid) for one in (killed, leaver, zombie)), 20)
    zombie.send_signal(signal.SIGSTOP)
    paused = time.monotonic()
    for gone, number in ((killed, signal.SIGKILL), (leaver, signal.SIGTERM)):
        parsers = descendants(gone.pid)
        gone.send_signal(number)
        gone.wait(15)
        until(lambda parsers=parsers: not alive(parsers), 2)
    dask.worker()
    time.sleep(max(0.0, paused + 8 - time.monotonic()))
    zombie.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=60)
    # What the paused one had under way is done elsewhere, or comes back from it out of time: failed, and due again.
    assert process.returncode in (0, 3), said
    dask.end()
    check_whole(program, 800, late=64 if process.returncode else 0)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.soak)], ids=["killed", "hung"]
)
def test_a_scheduler_that_goes_away_ends_the_scan_which_can_go_on(
    program: Any, tmp_path: Path, start_dask: Start, number: signal.Signals
) -> None:
    dask = start_dask(1)
    file = bulk_file(tmp_path, 800)
    process = underway(program, dask, file)
    dask.processes[0].send_signal(number)
    began = time.monotonic()
    _, said = process.communicate(timeout=HANG_SECONDS + 30)
    assert time.monotonic() - began < HANG_SECONDS
    assert process.returncode == 4, said
    assert re.fullmatch(rf"error: --cluster {dask.address}: the scheduler .*go on\n", said), said
    assert program.rows("SELECT state FROM scans") == [("interrupted",)]
    dask.end()
    finish(program, file)


def fault(tmp_path: Path, code: str) -> str:
    """The folder of a module that a Python with it on its path begins with."""
    folder = tmp_path / "fault"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return str(folder)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
    ids=["ours", "a module that is missing there"],
)
def test_a_fault_that_no_other_try_mends_ends_the_scan_at_once(
    program: Any, tmp_path: Path, start_dask: Start, code: str, says: str
) -> None:
    """See it fail: take `except EngineBroken` out of `_done`; it is tried three times then."""
    dask = start_dask(0)
    judge = f"def judge(*given):\n    {code}\n"
    dask.worker(
        FIRST=fault(tmp_path, f"from domainscan.scan import workshop\n{judge}workshop.judge = judge\n")
    )
    dask.ready(1)
    process = start_scan(program, dask, bulk_file(tmp_path, 20))
    _, said = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 4
    assert re.fullmatch(
        rf"error: --cluster {dask.address}: on a worker, {says} \(workshop.py:\d+\); .*go on\n", said
    ), said
    assert program.rows("SELECT state FROM scans") == [("interrupted",)]


def test_a_machine_that_fails_has_its_rows_done_elsewhere(
    program: Any, tmp_path: Path, start_dask: Start
) -> None:
    dask = start_dask(0)
    broke = tmp_path / "broke"
    dask.worker(
        FIRST=fault(
            tmp_path,
            "from pathlib import Path\nfrom domainscan.scan import workshop\njudge = workshop.judge\n"
            f"def once(*given):\n    if not Path({str(broke)!r}).exists():\n"
            f"        Path({str(broke)!r}).touch()\n        raise OSError('no space left')\n"
            "    return judge(*given)\nworkshop.judge = once\n",
        )
    )
    dask.ready(1)
    file = bulk_file(tmp_path, 20)
    process = start_scan(program, dask, file)
    _, said = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 0, said
    assert broke.exists()
    check_whole(program, 20)


# ---------------------------------------------------------------- what was never there


def ask(program: Any, address: str, **environment: str) -> subprocess.Popen[str]:
    """A scan of its own home."""
    program.home = program.home.with_name(program.home.name + "-")
    program.environment = environment
    words = ("scan", "heronstone-bank.lab", "--cluster", address)
    return program.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def refused(process: subprocess.Popen[str]) -> str:
    """What a scan said that cannot use its cluster."""
    out, said = process.communicate(timeout=40)
    assert (process.returncode, out) == (4, ""), said
    assert re.fullmatch(r"error: --cluster .*\n", said), said
    return said


def test_a_cluster_that_cannot_be_used_is_named_with_the_way_out(
    program: Any, tmp_path: Path, start_dask: Start
) -> None:
    for folder, line in (
        ("older", "import domainscan\ndomainscan.__version__ = '0.0.1'\n"),
        ("without", "import sys\nsys.modules['domainscan'] = None\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sitecustomize.py").write_text(line)
    (tmp_path / "distributed.py").write_text("raise ImportError('not here')\n")
    dask = start_dask(0)
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        nobody = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    no_scheduler = ask(program, nobody)
    no_worker = ask(program, dask.address)
    no_extra = ask(program, nobody, PYTHONPATH=os.pathsep.join((str(tmp_path), str(ROOT))))
    assert 'pip install "domainscan[cluster]"' in refused(no_extra)
    assert "has no workers: start some with `dask worker`" in refused(no_worker)
    older = dask.worker(FIRST=str(tmp_path / "older"))
    dask.ready(1)
    said = refused(ask(program, dask.address))
    assert re.search(r"worker tcp\S+ has domainscan 0.0.1; install domainscan \S+ there", said)
    older.kill()
    dask.worker(FIRST=str(tmp_path / "without"))
    dask.ready(2)
    said = refused(ask(program, dask.address))
    assert re.search(r"worker tcp\S+ has .*No module named .*install domainscan", said)
    assert "no Dask scheduler answers there" in refused(no_scheduler)
