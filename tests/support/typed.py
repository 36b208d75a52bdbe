"""Commands as a script types them: a process of its own, in nobody's environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(
    folder: Path,
    *words: str,
    program: str = "domainscan",
    encoding: str = "utf-8",
    closed: bool = False,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """A command in a folder of its own, with nobody's configuration and a home below it; `closed` is standard input."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
    own = {"XDG_CONFIG_HOME": str(folder / "none"), "XDG_DATA_HOME": str(folder / "data")}
    command = [sys.executable, "-m", program, *words]
    return subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command] if closed else command,
        env=kept | own | {"PYTHONPATH": str(ROOT)} | more,
        cwd=folder,
        capture_output=True,
        encoding=encoding,
        timeout=60,
        check=False,
    )
