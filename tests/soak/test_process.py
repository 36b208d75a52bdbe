"""F12, F13: told to stop at any moment, and short of descriptors and memory."""

from __future__ import annotations

import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DRAIN_SECONDS = 10
MB = 1 << 20


def bulk_file(folder: Path, count: int) -> Path:
    file = folder / "bulk.txt"
    file.write_text("".join(f"n{number:06d}.bulk.lab\n" for number in range(1, count + 1)))
    return file


def balanced(program: Any) -> dict[str, Any]:
    account = program.json("scans")[0]
    parts = ("observed", "dead", "failed", "invalid", "skipped", "pending")
    assert account["planned"] == sum(account[key] for key in parts)
    return account


def stopped(
    program: Any, file: Path, number: signal.Signals, after: float, words: tuple[str, ...]
) -> tuple[int, float, str]:
    """(exit code, seconds from the signal to the end, what it said)."""
    process = program.start(
        "-q", "scan", "-l", str(file), *words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    time.sleep(after)
    process.send_signal(number)
    began = time.monotonic()
    _, said = process.communicate(timeout=60)
    return process.returncode, time.monotonic() - began, said


def check_stops(
    program: Any, tmp_path: Path, moments: list[float], names: int, words: tuple[str, ...] = ()
) -> None:
    file = bulk_file(tmp_path, names)
    for turn, after in enumerate(moments):
        number = (signal.SIGTERM, signal.SIGINT)[turn % 2]
        code, seconds, said = stopped(program, file, number, after, words)
        # 0: it was done before; -15 and -2 (143 and 130 in a shell): it had not begun to drive the scan
        assert code in (130, 0, -number), (after, said)
        assert seconds <= DRAIN_SECONDS, after
        assert code == -number or not re.search("Traceback|Fatal error|Task ", said), (after, said)
        if (program.home / "domainscan.db").exists():
            if program.json("scans"):
                balanced(program)
            assert program.run("audit", "verify").returncode == 0, after
    done = program.run("scan", "-l", str(file))
    assert done.returncode == 0, done.stderr
    whole = balanced(program)
    assert (whole["observed"], whole["pending"]) == (names, 0)
    assert program.run("audit", "verify").returncode == 0


def test_a_scan_that_is_told_to_stop_early_and_late_can_go_on(program: Any, tmp_path: Path) -> None:
    check_stops(program, tmp_path, [0.05, 1.5], 300)


@pytest.mark.soak
@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_a_scan_that_is_told_to_stop_at_thirty_moments_can_go_on(
    program: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    chance = random.Random(20261123)
    check_stops(program, tmp_path, [chance.uniform(0.01, 3.5) for _ in range(30)], 2000, words)


def limited(kind: int, amount: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (amount, amount))


@pytest.mark.parametrize(
    ("kind", "amount", "words"),
    [
        (resource.RLIMIT_NOFILE, 64, ()),
        (resource.RLIMIT_NOFILE, 64, ("--workers", "2")),
        (resource.RLIMIT_DATA, 256 * MB, ()),
    ],
    ids=["64 descriptors", "64 descriptors for each of two workers", "256 MB of memory"],
)
def test_a_scan_that_is_short_of_something_observes_every_name(
    program: Any, tmp_path: Path, kind: int, amount: int, words: tuple[str, ...]
) -> None:
    file = bulk_file(tmp_path, 300)
    process = program.start(
        *("-q", "scan", "-l", str(file), *words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=limited(kind, amount),
    )
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    account = balanced(program)
    assert (account["observed"], account["pending"]) == (300, 0)
    assert program.run("audit", "verify").returncode == 0


def test_a_soft_limit_of_descriptors_is_raised_where_that_is_allowed() -> None:
    """A shell's usual 1,024 would keep slow visits from stepping aside."""
    assert affordable_under(256, 4_096) == "(64, 1024) 4096"


def test_visits_at_once_follow_the_descriptors() -> None:
    assert re.fullmatch(r"\((3\d), (3\d)\) 256", affordable_under(256, 256))
    assert re.fullmatch(r"\([1-2], [0-2]\) 64", affordable_under(64, 64))
    assert affordable_under(32, 32) == "(1, 0) 32"


def affordable_under(soft: int, hard: int) -> str:
    """What a fresh process with these limits would visit at once, and its soft limit then."""
    code = (
        "import resource; from domainscan.scan.seats import affordable;"
        "print(affordable(64, 1024), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    limits = (soft, hard)
    done = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
