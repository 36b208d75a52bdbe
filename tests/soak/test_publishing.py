"""F04: a publisher is killed 200 times, its disk is full 200 times; whoever reads sees the old release or the new."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from editions import publish
from publishing import EVERY, KEY, NOW, lists, look

from blocklists.check import check
from blocklists.serials import is_later
from blocklists.signature import Key, make_key

SCRIPT = Path(__file__).with_name("publishing.py")
ROUNDS = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_key(tmp_path / KEY)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def start(*words: str, **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])}
    return subprocess.Popen([sys.executable, str(SCRIPT), *words], env=environment, text=True, **more)


def kill_often(folder: Path, rounds: int) -> dict[str, Any]:
    """What the reader saw while a publisher was started and killed so many times."""
    from blocklists.signature import load_key

    key: Key = load_key(folder.parent / KEY)
    publish(lists()[0], folder, EVERY, now=NOW, key=key)
    reader = start("read", str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    moments, serial = random.Random(5), 0
    try:
        for _ in range(rounds):
            publisher = start("publish", str(folder))
            try:
                began = serial = last_serial(folder)
                end = time.monotonic() + 60
                while last_serial(folder) == began and time.monotonic() < end:
                    time.sleep(0.002)
                time.sleep(moments.uniform(0, 0.15))
            finally:
                publisher.send_signal(signal.SIGKILL)
                publisher.wait()
            assert check(folder, key.public, NOW) == []
            assert is_later(last_serial(folder), serial), "the publisher published nothing within a minute"
    finally:
        said = reader.communicate("\n", timeout=120)[0]
    found: dict[str, Any] = json.loads(said)
    return found


def last_serial(folder: Path) -> int:
    seen = look(folder)
    assert not isinstance(seen, str), seen
    return seen[0]


def fill_often(folder: Path, rounds: int) -> dict[str, Any]:
    """What became of a publisher and its reader on a disk of one megabyte, in a mount namespace of their own."""
    spaces = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    command = [*spaces, sys.executable, str(SCRIPT), "full", str(folder), str(rounds)]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if "Operation not permitted" in done.stderr or "permission denied" in done.stderr.lower():
        pytest.skip("no mount namespace is granted here")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check_full(found: dict[str, Any], rounds: int) -> None:
    assert found["problems"] == []
    assert found["reader"]["problems"] == []
    assert sum(found["said"].values()) == rounds
    assert min(found["said"].values()) >= rounds // 10, "some met the full disk, some did not"
    assert found["reader"]["looks"] > rounds // 2, "a busy machine gives the reader fewer turns"


def test_a_full_disk_leaves_the_old_release_or_the_new(folder: Path) -> None:
    check_full(fill_often(folder, 20), 20)


@pytest.mark.soak
def test_200_full_disks_leave_the_old_release_or_the_new(folder: Path) -> None:
    check_full(fill_often(folder, ROUNDS), ROUNDS)


def test_a_killed_publisher_leaves_the_old_release_or_the_new(folder: Path) -> None:
    found = kill_often(folder, 5)
    assert found["problems"] == []
    assert found["looks"] > 5


@pytest.mark.soak
def test_200_killed_publishers_leave_the_old_release_or_the_new(folder: Path) -> None:
    found = kill_often(folder, ROUNDS)
    assert found["problems"] == []
    assert found["releases"] > ROUNDS


def test_a_mixed_release_would_be_seen(folder: Path) -> None:
    """The negative control of the reader: a list that is overwritten in place, or goes before its manifest does."""
    from blocklists.signature import load_key

    key = load_key(folder.parent / KEY)
    made = publish(lists()[0], folder, EVERY, now=NOW, key=key)
    zone = folder / made.files[0].name
    good = zone.read_bytes()
    zone.write_bytes(good.replace(b"n00001", b"n99999"))
    assert "is not the file" in str(look(folder))
    zone.unlink()
    assert "is gone, and release" in str(look(folder))
    zone.write_bytes(good)
    assert look(folder) == (made.serial, 200)
