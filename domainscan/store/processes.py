"""Which process is at work on something, and whether it still lives."""

from __future__ import annotations

import os
from pathlib import Path


def this_process() -> str:
    return f"{os.getpid()}:{_born(os.getpid())}"


def process_lives(runner: str) -> bool:
    """Whether the process that wrote `pid:birth` still lives; another one with its number does not count."""
    pid, _, birth = runner.partition(":")
    return pid.isdigit() and _born(int(pid)) == birth != ""


def _born(pid: int) -> str:
    """When a process started, in ticks since boot; "" when it is gone. Source: proc(5), stat field 22."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state[0] in "ZX" else state[19]
