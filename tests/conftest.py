"""A lab for the whole run, and the program as a desk types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.lab.sites import SHIPPED


@dataclass
class Program:
    """`domainscan` against one home and one configuration."""

    config: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "domainscan",
            "--config",
            str(self.config),
            "--home",
            str(self.home),
            *words,
        ]

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(*words), env=self._environment(), text=True, **options)

    def run(self, *words: str, token: str = "", given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self._environment() | ({"DOMAINSCAN_TOKEN": token} if token else {}),
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str, token: str = "") -> Any:
        done = self.run(*words, "--json", token=token)
        assert done.returncode in (0, 1, 3), done.stderr
        return json.loads(done.stdout)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
        return kept | self.environment


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The shipped lab with 2,000 further names, served in a thread of the test process."""
    with serve_in_thread((SHIPPED,), tmp_path_factory.mktemp("lab"), bulk=2000, slow_seconds=8.0) as lab:
        yield lab


@pytest.fixture
def program(internet: Lab, tmp_path: Path) -> Program:
    """The program in an empty home, configured for the lab."""
    config = tmp_path / "config.toml"
    config.write_text(internet.config_text(), "utf-8")
    return Program(config, tmp_path / "home")


@pytest.fixture
def kill() -> Callable[[subprocess.Popen[str]], None]:
    """Ends a process that a test started, by its own id, as a power cut would."""

    def now(process: subprocess.Popen[str]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    return now
