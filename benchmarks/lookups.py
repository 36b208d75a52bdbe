"""Bulk A look-ups in one process against dnspython's async resolver, aiodns, and the server's own ceiling."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.running import Line, Run, faster, median, medians, run
from benchmarks.servers import DNS, Servers

ROUNDS: Final = 5
NAMES: Final = {"ours": 100_000, "aiodns": 20_000, "dnspython": 5_000}


class Speed(NamedTuple):
    """Names a second, and microseconds of CPU for each."""

    rate: float
    cpu: float


def _speed(one: Run, count: int) -> Speed:
    right, seconds, cpu = one.output.split()[-3:]
    if int(right) != count:
        raise RuntimeError(f"{right} of {count} names came back right")
    return Speed(count / float(seconds), float(cpu) / count * 1e6)


def measure(servers: Servers, folder: Path, rounds: int = ROUNDS) -> list[Line]:
    sides = {
        side: lambda side=side, count=count: run(
            [sys.executable, "-m", "benchmarks.peers", side, servers.resolver, str(count)]
        )
        for side, count in NAMES.items()
    }
    found = medians(rounds, sides)
    speeds = {side: [_speed(one, NAMES[side]) for one in runs] for side, runs in found.items()}
    rate = {side: median(one.rate for one in all_) for side, all_ in speeds.items()}
    cpu = {side: median(one.cpu for one in all_) for side, all_ in speeds.items()}
    ceiling = _ceiling(servers, folder)
    return [
        faster("A look-ups, names/s, against dnspython's async resolver", rate["ours"], rate["dnspython"], 20),
        _cheaper("A look-ups, CPU per name, against the same", cpu["ours"], cpu["dnspython"], 20),
        faster("A look-ups, names/s, against aiodns", rate["ours"], rate["aiodns"], 5),
        Line("the DNS server's own ceiling (dnsperf), names/s", f"{rate['ours']:,.0f}", f"{ceiling:,.0f}",
             f"{rate['ours'] / ceiling:.2f}", "", True),
    ]  # fmt: skip


def _cheaper(what: str, ours: float, peer: float, target: float) -> Line:
    return Line(
        what,
        f"{ours:.1f} us",
        f"{peer:.0f} us",
        f"1/{peer / ours:.0f}",
        f"1/{target:g}",
        ours * target <= peer,
    )


def _ceiling(servers: Servers, folder: Path) -> float:
    """Queries a second that dnsperf gets out of the same server."""
    names = folder / "dnsperf.txt"
    names.write_text("".join(f"n{number:06d}.bench A\n" for number in range(20_000)))
    words = ["-s", DNS, "-p", str(servers.dns_port), "-d", str(names), "-l", "4", "-c", "8", "-T", "1"]
    said = run(["dnsperf", *words]).output
    match = re.search(r"Queries per second:\s+([\d.]+)", said)
    return float(match[1]) if match else 0.0
