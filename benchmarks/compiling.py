"""Block lists compiled and compared: `blocklists` against AdGuard's HostlistCompiler, on the same lines, in one run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.lists import write_mixed, write_pair
from benchmarks.running import Line, Run, median, run

LINES: Final = 1_000_000
ROUNDS: Final = 3
SAMPLE_SECONDS: Final = 0.05  # a look at the memory stops the process for a millisecond or two
PEER: Final = "@adguard/hostlist-compiler"
PACKAGE: Final = {
    "private": True,
    "dependencies": {PEER: "2.1.1"},
    "overrides": {"@adguard/diff-builder": "1.1.7"},  # the version it asks for does not exist
}
TRANSFORMATIONS: Final = ["Deduplicate", "Compress", "Validate", "RemoveComments"]


def measure(folder: Path) -> list[Line]:
    """A million mixed lines to a zone and a hosts file, against the peer; then five million against one."""
    one, five = folder / "one.txt", folder / "five.txt"
    write_mixed(one, LINES)
    ours = [_compile(one, folder) for _ in range(ROUNDS)]
    lines = _against_peer(ours, one, folder)
    write_mixed(five, 5 * LINES)
    return lines + _growth(ours, _compile(five, folder))


def measure_diff(folder: Path, differing: int = 10_000) -> list[Line]:
    """Two lists of a million names each, of which some thousand are in one only."""
    before, after = folder / "before.txt", folder / "after.txt"
    write_pair(before, after, LINES, differing)
    runs = [_ours(["diff", str(before), str(after)]) for _ in range(ROUNDS)]
    found = sum(line[0] in "+-" for line in runs[0].output.splitlines())
    if found != 2 * differing:
        raise RuntimeError(f"{found} differences, and {2 * differing} were made")
    seconds, mb = median(one.seconds for one in runs), median(one.peak_mb for one in runs)
    cpu = median(one.cpu_seconds for one in runs)
    return [
        Line(f"diff of two lists of {LINES:,} names", f"{seconds:.2f} s", "", "", "2 s", seconds < 2),
        Line("  CPU of all processes", f"{cpu:.2f} s", "", "", "", True),
        Line("  peak memory of all processes", f"{mb:.0f} MB", "", "", "500 MB", mb < 500),
    ]


def _against_peer(ours: list[Run], source: Path, folder: Path) -> list[Line]:
    seconds, cpu, mb = (median(values) for values in zip(*((r[0], r[1], r[2]) for r in ours), strict=True))
    what = f"{LINES:,} mixed lines to RPZ and hosts, against {PEER} {PACKAGE['dependencies'][PEER]}"  # type: ignore[index]
    peer = _peer(source, folder)
    if peer is None:
        why = "no npm, or the package could not be had: not measured"
        return [
            Line(what, f"{seconds:.2f} s", why, "", "25 x", False),
            Line("  CPU of all processes", f"{cpu:.2f} s", "", "", "", True),
            Line("  peak memory of all processes", f"{mb:.0f} MB", "", "", "1/4", False),
        ]
    times, share = peer.seconds / seconds, mb / peer.peak_mb
    return [
        Line(what, f"{seconds:.2f} s", f"{peer.seconds:.1f} s", f"{times:.1f} x", "25 x", times >= 25),
        Line("  CPU of all processes", f"{cpu:.2f} s", f"{peer.cpu_seconds:.1f} s",
             f"{peer.cpu_seconds / cpu:.1f} x", "", True),
        Line("  peak memory of all processes", f"{mb:.0f} MB", f"{peer.peak_mb:.0f} MB", f"{share:.2f}", "0.25",
             share <= 0.25),
    ]  # fmt: skip


def _growth(ours: list[Run], five: Run) -> list[Line]:
    seconds, cpu, mb = (median(values) for values in zip(*((r[0], r[1], r[2]) for r in ours), strict=True))
    return [
        Line(f"{what}, {5 * LINES:,} lines against {LINES:,}", f"{more:.{digits}f} {unit}", f"{one:.{digits}f} {unit}",
             f"{more / one:.1f} x", target, more < 6 * one)
        for what, more, one, unit, digits, target in (
            ("wall time", five.seconds, seconds, "s", 2, "under 6 x"),
            ("  CPU", five.cpu_seconds, cpu, "s", 2, ""),
            ("  peak memory", five.peak_mb, mb, "MB", 0, "under 6 x"),
        )
    ]  # fmt: skip


def _compile(source: Path, folder: Path) -> Run:
    zone, hosts = folder / "out.rpz", folder / "out.hosts"
    words = [
        "compile",
        str(source),
        "--format",
        "rpz",
        "-o",
        str(zone),
        "--format",
        "hosts",
        "-o",
        str(hosts),
    ]
    return _ours(words)


def _ours(words: list[str]) -> Run:
    done = run([sys.executable, "-m", "blocklists", *words], sample_seconds=SAMPLE_SECONDS)
    sys.stderr.write(f"  {done.seconds:.2f} s, {done.cpu_seconds:.2f} s of CPU, {done.peak_mb:.0f} MB\n")
    return done


def _peer(source: Path, folder: Path) -> Run | None:
    """The peer's run; None where it cannot be installed."""
    npm = shutil.which("npm")
    home = folder / "peer"
    home.mkdir()
    (home / "package.json").write_text(json.dumps(PACKAGE))
    if (
        npm is None
        or subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=home, check=False).returncode
    ):
        return None
    config = {"name": "bench", "sources": [{"source": str(source)}], "transformations": TRANSFORMATIONS}
    (home / "config.json").write_text(json.dumps(config))
    program = str(home / "node_modules" / ".bin" / "hostlist-compiler")
    done = run([program, "-c", str(home / "config.json"), "-o", str(home / "out.txt")], timeout=1800)
    sys.stderr.write(
        f"  peer: {done.seconds:.1f} s, {done.cpu_seconds:.1f} s of CPU, {done.peak_mb:.0f} MB\n"
    )
    return done
