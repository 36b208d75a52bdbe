"""F03: the i-th call to the disk fails, for every i: an error that is said, nothing lost, and then it works."""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay import Event, read_log, synced_again

FAULTY = Path(__file__).parent / "powerloss" / "faulty_disk.py"
ALL = "wsotrum"  # writes, syncs, creations, truncations, renames, removals, folders
FULL, BROKEN = errno.ENOSPC, errno.EIO
ONCE, FROM_THEN_ON, FROM_THEN_ON_AND_HALF = 0, 1, 2

Outcome = dict[str, Any]
Run = Callable[[str, str, int, int, int], tuple[list[Outcome], list[Event]]]


@pytest.fixture
def run(watched: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> Run:
    def go(work: str, ops: str, code: int, mode: int, stride: int) -> tuple[list[Outcome], list[Event]]:
        disk, log, mark = tmp_path / "disk", tmp_path / "log", tmp_path / "mark"
        words = (work, str(disk), str(mark), ops, str(code), str(mode), str(stride))
        done = watched(disk, log, mark, FAULTY, *words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()], read_log(log)

    return go


ROWS = [  # (work, calls, error, how long, stride in the usual tests, why)
    ("one shard", ALL, FULL, ONCE, 7, "a full disk that somebody makes room on at once"),
    ("one shard", "ws", FULL, FROM_THEN_ON_AND_HALF, 11, "half a write, then nothing any more"),
    ("one shard", "ws", BROKEN, FROM_THEN_ON, 11, "a dead disk"),
    ("one shard", "s", BROKEN, ONCE, 1, "one sync that fails"),
    ("one event", ALL, FULL, ONCE, 5, "the audit row and its anchor"),
    ("first opening", ALL, FULL, ONCE, 23, "a new home"),
    ("first opening", "u", BROKEN, ONCE, 1, "SQLite cannot remove the journal of its very first transaction"),
    ("backup", ALL, FULL, ONCE, 17, "the copy"),
    ("migration", ALL, FULL, ONCE, 17, "a new schema, and the copy of the old one"),
]
ALWAYS = ("StoreFailed: ", "BackupFailed: ", "done")


def check(outcomes: list[Outcome], events: list[Event]) -> None:
    assert not outcomes[-1]["hit"], "the last round meets no fault: every call was tried"
    assert sum(one["hit"] for one in outcomes) == len(outcomes) - 1 >= 2
    assert [one for one in outcomes if not one["said"].startswith(ALWAYS)] == []
    assert [one for one in outcomes if one["problems"]] == []
    assert any(one["said"] != "done" for one in outcomes)
    assert synced_again(events) == []


@pytest.mark.parametrize(("work", "ops", "code", "mode", "stride", "why"), ROWS)
def test_a_call_that_the_disk_refuses_is_an_error_and_costs_nothing(
    run: Run, work: str, ops: str, code: int, mode: int, stride: int, why: str
) -> None:
    check(*run(work, ops, code, mode, stride))


@pytest.mark.soak
@pytest.mark.parametrize("code", [FULL, BROKEN])
@pytest.mark.parametrize("mode", [ONCE, FROM_THEN_ON, FROM_THEN_ON_AND_HALF])
@pytest.mark.parametrize("work", ["one shard", "one event", "first opening", "backup", "migration"])
def test_every_call_is_refused_once(run: Run, work: str, code: int, mode: int) -> None:
    stride = (
        5 if work == "first opening" and mode != ONCE else 1
    )  # it makes more calls than all others together
    check(*run(work, ALL, code, mode, stride))


def test_a_sync_that_is_tried_again_would_be_found() -> None:
    """The negative control of `synced_again`."""
    failed = Event("F", 7, 0, "/a", "s", b"")
    again, write = Event("S", 7, 0, "/a", "", b""), Event("W", 7, 0, "/a", "", b"x")
    assert synced_again([failed, again]) == ["/a"]
    assert synced_again([failed, write, again]) == []
