"""The whole chain (five DNS types, fetch, parse, signals, evidence, store) against Scrapy's fetch and title.

Ours is the command itself, start-up included: `domainscan scan -l FILE --workers 2`, both cores. Then the same
again, for what a re-scan of unchanged pages costs.
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.running import Line, Run, faster, median, medians, run
from benchmarks.servers import WEB, Servers

ROUNDS: Final = 3
FEW: Final = 200  # names of a scan that is nearly all start-up, of as many processes as a large one
NAMES: Final = {"ours": 20_000, "scrapy": 2_000}


def measure(
    servers: Servers, folder: Path, size: str, rounds: int = ROUNDS, share: float = 1.0
) -> list[Line]:
    """Both schemes, then the re-scan. `share` makes the lists shorter (large pages)."""
    lines = []
    counts = {side: int(count * share) for side, count in NAMES.items()}
    for scheme, target in (("https", 4.0), ("http", 5.0)):
        sides = {
            "ours": partial(scan, servers, folder, scheme, counts["ours"]),
            "scrapy": partial(_scrapy, servers, scheme, counts["scrapy"]),
        }
        found = medians(rounds, sides)
        ours = median(counts["ours"] / one.seconds for one in found["ours"])
        peer = median(counts["scrapy"] / float(one.output.split()[-2]) for one in found["scrapy"])
        cpu = median(one.cpu_seconds / counts["ours"] * 1e3 for one in found["ours"])
        peer_cpu = median(float(one.output.split()[-1]) / counts["scrapy"] * 1e3 for one in found["scrapy"])
        what = f"whole chain over {scheme}, names/s, two workers, pages of {size}"
        lines.append(faster(what, ours, peer, target))
        lines.append(
            Line(
                "  CPU per name, all processes",
                f"{cpu:.2f} ms",
                f"{peer_cpu:.2f} ms",
                f"{cpu / peer_cpu:.2f}",
                "",
                True,
            )
        )
    return lines


def scan(
    servers: Servers,
    folder: Path,
    scheme: str,
    count: int,
    *,
    keep: bool = False,
    workers: int = 2,
    text: str = "",
) -> Run:
    """One scan of `count` names in an empty home (or, with `keep`, once more in the one that is there).

    `text` is the configuration, where it is not that of the servers.
    """
    home, names, config = folder / "home", folder / f"{scheme}-{count}.txt", folder / "config.toml"
    if not keep:
        shutil.rmtree(home, ignore_errors=True)
    names.write_text("".join(f"{scheme}://n{number:06d}.bench/\n" for number in range(count)))
    config.write_text(text or servers.config())
    words = ["--config", str(config), "--home", str(home), "-q"]
    program = [sys.executable, "-m", "domainscan", *words]
    done = run([*program, "scan", "-l", str(names), "--workers", str(workers)])
    newest = json.loads(run([*program, "scans", "--json"]).output)[0]
    if newest["observed"] != count or newest["planned"] != count:
        raise RuntimeError(f"not all were observed: {newest}")
    return done


def _scrapy(servers: Servers, scheme: str, count: int) -> Run:
    port = servers.http_port if scheme == "http" else servers.https_port
    done = run([sys.executable, "-m", "benchmarks.peers", "scrapy", scheme, f"{WEB}:{port}", str(count)])
    if int(done.output.split()[-3]) != count:
        raise RuntimeError(f"Scrapy has titles of {done.output.split()[-3]} of {count} pages")
    return done


def rescans(
    servers: Servers, folder: Path, size: str, rounds: int = ROUNDS, count: int = 10_000
) -> list[Line]:
    """CPU per name of the second scan of the same pages, against the first; and the same without start-up."""
    lines = []
    for scheme in ("http", "https"):
        costs = {names: _twice(servers, folder, scheme, names, rounds) for names in (FEW, count)}
        (first, again), (few_first, few_again) = costs[count], costs[FEW]
        what = f"re-scan of unchanged pages of {size} over {scheme}, CPU per name, against the first scan"
        lines.append(_compared(what, again / count, first / count, "0.5"))
        each_again, each_first = (again - few_again) / (count - FEW), (first - few_first) / (count - FEW)
        starts = (few_again - FEW * each_again, few_first - FEW * each_first)
        what = f"  without start-up ({starts[0]:.1f} s of CPU; of the first scan {starts[1]:.1f} s)"
        lines.append(_compared(what, each_again, each_first))
    return lines


def _twice(servers: Servers, folder: Path, scheme: str, count: int, rounds: int) -> tuple[float, float]:
    """CPU seconds of a scan of so many names and of its repetition, medians."""
    first, again = [], []
    for _ in range(rounds):
        first.append(scan(servers, folder, scheme, count).cpu_seconds)
        again.append(scan(servers, folder, scheme, count, keep=True).cpu_seconds)
    return median(first), median(again)


def _compared(what: str, ours: float, before: float, target: str = "") -> Line:
    """Seconds of CPU per name, now and before."""
    ratio = ours / before
    reached = not target or ratio <= float(target)
    return Line(what, f"{ours * 1e3:.2f} ms", f"{before * 1e3:.2f} ms", f"{ratio:.2f}", target, reached)
