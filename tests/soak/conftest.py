"""The shim, compiled by the test run, and processes that run under it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

POWERLOSS = Path(__file__).parent / "powerloss"
sys.path[:0] = [
    str(POWERLOSS),
    str(POWERLOSS.parent),
]  # replay.py, publishing.py: they also run by themselves


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """shim.c as a library. Without a compiler the tests that need it fail: an unproved guarantee is none."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "no C compiler: install gcc and libc6-dev (the power-cut and full-disk tests need them)"
    made = tmp_path_factory.mktemp("shim") / "shim.so"
    source = str(POWERLOSS / "shim.c")
    command = [
        compiler,
        "-Wall",
        "-Wextra",
        "-Werror",
        "-shared",
        "-fPIC",
        "-O2",
        "-o",
        str(made),
        source,
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


Watched = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def watched(shim: Path) -> Watched:
    """Runs `python SCRIPT ...` under the shim: `watched(folder, log, mark, script, *words)`."""

    def run(
        folder: Path, log: Path | None, mark: Path, script: Path, *words: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "LD_PRELOAD": str(shim),
            "SHIM_FOLDER": str(folder),
            "SHIM_MARK": str(mark),
            "PYTHONPATH": str(POWERLOSS.parents[2]),
        } | ({"SHIM_LOG": str(log)} if log else {})
        command = [sys.executable, str(script), *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run
