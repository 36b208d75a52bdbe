"""`python -m benchmarks [PART...]`: measures, and prints the table of docs/performance.md.

Parts: lookups, loss, chain, large, rescan, large-rescan, judged, far, hostile, memory, lists, listdiff, transfer.
Without one: all of them, in about an hour.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import chain, compiling, far, hostile, lookups, loss, memory, pages_per_second, transfer
from benchmarks.pages import pages
from benchmarks.running import Line
from benchmarks.servers import Servers, serving

Part = Callable[[Servers, Path], list[Line]]
SMALL: Final = "1.4-3.7 KB"

PARTS: Final[dict[str, tuple[int, Part]]] = {  # page size to serve (0: as the lab's sites are), measurement
    "lookups": (0, lookups.measure),
    "loss": (0, loss.measure),
    "chain": (0, lambda servers, folder: chain.measure(servers, folder, SMALL)),
    "large": (30_000, lambda servers, folder: chain.measure(servers, folder, "30 KB", share=0.25)),
    "rescan": (0, lambda servers, folder: chain.rescans(servers, folder, SMALL)),
    "large-rescan": (30_000, lambda servers, folder: chain.rescans(servers, folder, "30 KB", count=2_500)),
    "judged": (0, pages_per_second.measure),
    "far": (0, far.measure),
    "hostile": (0, hostile.measure),
    "memory": (0, memory.measure),
}
ALONE: Final[dict[str, Callable[[Path], list[Line]]]] = {  # parts without servers
    "lists": compiling.measure,
    "listdiff": compiling.measure_diff,
    "transfer": transfer.measure,
}


def main() -> None:
    wanted = sys.argv[1:] or [*PARTS, *ALONE]
    unknown = [one for one in wanted if one not in PARTS and one not in ALONE]
    if unknown:
        raise SystemExit(f"{unknown[0]}: no such part; there are {', '.join((*PARTS, *ALONE))}")
    print("| what | ours | peer | ratio | at least | |\n|---|---|---|---|---|---|")
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            inside = Path(folder)
            inside.chmod(0o755)
            sys.stderr.write(f"{name}\n")
            for line in _measured(name, inside):
                verdict = "" if not line.target else "reached" if line.reached else "**not reached**"
                print(
                    f"| {line.what} | {line.ours} | {line.peer} | {line.ratio} | {line.target} | {verdict} |"
                )
                sys.stdout.flush()


def _measured(name: str, folder: Path) -> list[Line]:
    if name in ALONE:
        return ALONE[name](folder)
    size, measure = PARTS[name]
    with serving(folder, pages(size)) as servers:
        return measure(servers, folder)


if __name__ == "__main__":
    main()
