"""Peak memory of all processes while a million candidate lines are scanned, none of which exists."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.running import Line, run
from benchmarks.servers import Servers


def measure(servers: Servers, folder: Path, count: int = 1_000_000) -> list[Line]:
    """DNS only, every answer NXDOMAIN, one worker: peak, and whether the second half stays where the first ended."""
    home, names, config = folder / "home", folder / "gone.txt", folder / "config.toml"
    shutil.rmtree(home, ignore_errors=True)
    with names.open("w") as out:
        out.writelines(f"n{number:07d}.gone\n" for number in range(count))
    config.write_text(servers.config())
    words = ["--config", str(config), "--home", str(home), "-q", "scan", "-l", str(names)]
    done = run([sys.executable, "-m", "domainscan", *words], timeout=3000)
    shutil.rmtree(home, ignore_errors=True)
    half = done.seconds / 2
    first = max(mb for at, mb in done.samples if at <= half)
    second = max(mb for at, mb in done.samples if at > half)
    return [
        Line(f"peak memory, {count:,} lines, all NXDOMAIN ({count / done.seconds:,.0f} names/s)",
             f"{done.peak_mb:.0f} MB", "", "", "400 MB", done.peak_mb <= 400),
        Line("  second half against the first", f"{second:.0f} MB", f"{first:.0f} MB", f"{second / first:.2f}",
             "flat", second <= first * 1.02),
    ]  # fmt: skip
