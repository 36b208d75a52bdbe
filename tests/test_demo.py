"""`domainscan demo`: the numbers it prints can be recounted from its store and its artefacts."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

MORE_SITES = """
[[site]]
name = "quiet-kettle.lab"
role = "negative"
pages = { "/" = "kettle.html" }
note = "a shop"

[[site]]
name = "any-face-now.lab"
role = "harm"
expect = ["H02"]
provider = "velmora"
pages = { "/" = "faces.html" }
registered_days = 12
"""
FACES = """<!doctype html><html lang="en"><head>
<title>AnyFaceNow - put anybody's face into your video</title></head><body>
<h1>Clone any face or voice. No permission needed.</h1>
<p>Upload one photo of a celebrity, your boss or your ex and swap their face into any video. They will never know.
We never ask for consent. Also passes face verification and liveness checks of bank apps.</p>
<form action="/make" method="post"><input type="file" name="face" accept="image/*">
<button>Swap the face now</button></form>
<p>Plans: $9.99 for 50 credits, $49 a month unlimited. Pay with USDT. Telegram: @anyfacenow</p></body></html>"""


def play(home: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
    done = subprocess.run(
        [sys.executable, "-m", "domainscan", "--home", str(home), "demo", "--json", *words],
        env=environment, capture_output=True, text=True, timeout=280, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def ask(home: Path, *words: str) -> Any:
    place = ("--config", str(home / "config.toml"), "--home", str(home))
    done = subprocess.run(
        [sys.executable, "-m", "domainscan", *place, *words, "--json"],
        capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    sites = tmp_path_factory.mktemp("sites")
    (sites / "more.toml").write_text(MORE_SITES)
    (sites / "faces.html").write_text(FACES)
    (sites / "kettle.html").write_text(
        "<title>Quiet Kettle</title><h1>Tea and kettles</h1><p>Open daily.</p>"
    )
    home = tmp_path_factory.mktemp("demo") / "home"
    code, numbers, said = play(home, "--sites", str(sites))
    assert (code, numbers["faults"]) == (0, []), said
    return home, numbers


def test_every_harm_site_is_flagged_and_no_harmless_one(played: tuple[Path, dict[str, Any]]) -> None:
    """`faults` holds every site that was judged otherwise than its table says; sites given with --sites included."""
    home, numbers = played
    records = {one["name"]: one for one in map(json.loads, (home / "scan.jsonl").read_text().splitlines())}
    assert records["any-face-now.lab"]["flagged"]
    assert not records["quiet-kettle.lab"]["flagged"]
    assert sum(one["flagged"] for one in records.values()) == numbers["flagged"]
    assert len(records) == numbers["candidates"]


def test_the_numbers_can_be_recounted(played: tuple[Path, dict[str, Any]]) -> None:
    home, numbers = played
    (scan,) = ask(home, "scans")
    assert [scan[key] for key in ("planned", "observed", "dead", "failed")] == [
        numbers[key] for key in ("candidates", "observed", "dead", "failed")
    ]
    decisions = ask(home, "review", "list")
    assert len(decisions) == numbers["proposed"]
    decided = [one for one in decisions if one["state"] in ("approved", "lifted")]
    assert len(decided) == numbers["approved"]
    assert sum(one["measure"] == "none" for one in decided) == numbers["no_action"]
    assert len([one for one in ask(home, "orders", "list") if one["state"] != "draft"]) == numbers["orders"]


def test_nothing_is_listed_that_two_people_did_not_decide(played: tuple[Path, dict[str, Any]]) -> None:
    home, numbers = played
    decisions = ask(home, "review", "list")
    blocked = {one["name"] for one in decisions if one["measure"] == "block" and one["state"] == "approved"}
    assert all(one["proposer"] != one["approver"] and one["approver"] for one in decisions)
    for carrier in ("carrier-a", "carrier-b"):
        folder = Path(numbers["export"]) / carrier
        manifest = json.loads((folder / "manifest.json").read_text())
        file = next(one["name"] for one in manifest["files"] if one["format"] == "csv")
        with (folder / file).open(encoding="utf-8", newline="") as stream:
            assert {row["name"] for row in csv.DictReader(stream)} == blocked
    assert len(blocked) == numbers["listed"] - 1, "one was lifted after the first release"


def test_measures_were_seen_to_work_and_to_end(played: tuple[Path, dict[str, Any]]) -> None:
    _, numbers = played
    assert numbers["verified"] >= numbers["listed"] * 2
    assert numbers["lifted"] == 3, "a block at two carriers, an access cancellation at one provider"


def test_a_demo_does_not_play_over_other_data(played: tuple[Path, dict[str, Any]]) -> None:
    home, _ = played
    done = subprocess.run(
        [sys.executable, "-m", "domainscan", "--home", str(home), "demo"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "not empty" in done.stderr


def is_empty(session: int) -> bool:
    """Whether none of a demo's processes is left: they are in its session, and nobody else is."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_ended_leaves_no_process_running(number: signal.Signals, tmp_path: Path) -> None:
    home = tmp_path / "demo"
    process = subprocess.Popen(
        [sys.executable, "-m", "domainscan", "--home", str(home), "demo"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "a lab of" in process.stderr.readline()
    end = time.monotonic() + 60
    while not (home / "domainscan.db").exists():
        assert time.monotonic() < end, process.poll()
        time.sleep(0.1)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert is_empty(process.pid)
    with closing(sqlite3.connect(home / "domainscan.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)


SIGNALLED_AT_THE_FORK = """
import os, subprocess, sys
from domainscan.__main__ import main

fork = subprocess.Popen._execute_child

def fork_and_signal(self, arguments, *rest):
    fork(self, arguments, *rest)
    if "--jsonl" in arguments:
        for number in sys.signals:
            os.kill(os.getpid(), number)

sys.signals = [int(word) for word in sys.argv.pop(1).split()]
subprocess.Popen._execute_child = fork_and_signal
main()
"""


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        pytest.param((signal.SIGHUP, signal.SIGHUP), id="a terminal that is closed says so twice"),
    ],
)
def test_a_demo_that_is_ended_while_its_scan_starts_takes_it_along(
    numbers: tuple[signal.Signals, ...], tmp_path: Path
) -> None:
    """Between the fork and the end of Popen, when nobody has the process yet."""
    signals = " ".join(str(int(one)) for one in numbers)
    process = subprocess.Popen(
        [sys.executable, "-c", SIGNALLED_AT_THE_FORK, signals, "--home", str(tmp_path / "demo"), "demo"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert is_empty(process.pid)
