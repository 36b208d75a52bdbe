"""`python -m benchmarks.rejudging [VISITS]`: how many stored visits `domainscan reassess` judges in a second.

Three stores: what a desk's history looks like (of ten visits three are dead, two have no page, four show an ordinary
page and one offers harm), ordinary pages alone, and articles of 30 KB. The first line of each is a pass that changes
nothing; in the second the pack's limits differ, so every judgement is written.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.judging import _visit, article, read
from benchmarks.running import run
from blocklists.suffixes import load_suffixes
from domainscan.assess import judge, load_pack
from domainscan.config import Packs
from domainscan.lab.sites import SHIPPED
from domainscan.model import Failure, History, Observation, Page, observation_id
from domainscan.scan.run import keep_rules
from domainscan.store import open_store
from domainscan.store.findings import Basis, Made, seal
from domainscan.store.scans import ScanItem, begin_scan, finish_scan, plan_items, planned, record_shard
from domainscan.tool import suffixes_digest, tool

VISITS: Final = 10_000
NOW: Final = "2026-11-23T12:00:00Z"
PACKS: Final = Path(__file__).resolve().parent.parent / "domainscan" / "packs"


def main() -> None:
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else VISITS
    print("| store | pass | visits/s, start-up included | CPU per visit, start-up not |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        draft = shutil.copytree(PACKS, Path(folder) / "pack")
        limits = (draft / "pack.toml").read_text("utf-8").replace("high = 6.0", "high = 6.001")
        (draft / "pack.toml").write_text(limits, "utf-8")
        for name, page_of in _stores().items():
            home = Path(folder) / name.split()[0]
            _fill(home, visits, page_of)
            for what, environment in (
                ("unchanged", {}),
                ("all written", {"DOMAINSCAN_PACKS_FOLDER": str(draft)}),
            ):
                command = [sys.executable, "-m", "domainscan", "--home", str(home), "reassess"]
                started = run([*command[:-1], "scans"], environment)
                done = run(command, environment)
                start_up = started.cpu_seconds * (1 + len(os.sched_getaffinity(0)))
                cpu = 1000 * (done.cpu_seconds - start_up) / visits
                print(f"| {name} | {what} | {visits / done.seconds:,.0f} | {cpu:.2f} ms |")
                sys.stdout.flush()


def _stores() -> dict[str, Callable[[int], Page | Failure]]:
    ordinary = [read(one.read_bytes()) for one in sorted(SHIPPED.glob("ord-*.html"))]
    harm = [read(one.read_bytes()) for one in sorted(SHIPPED.glob("h*.html"))]
    articles = [read(article(language)) for language in ("en", "zh")]

    def desk(number: int) -> Page | Failure:
        if number % 10 < 5:
            return Failure("nxdomain" if number % 10 < 3 else "timeout")
        return (harm if number % 10 == 9 else ordinary)[number // 10 % 6]

    return {
        "desk (3 dead, 2 without a page, 4 ordinary, 1 harm)": desk,
        "pages, ordinary (2.7 kB)": lambda number: ordinary[number % len(ordinary)],
        "articles (30 kB)": lambda number: articles[number % 2],
    }


def _fill(home: Path, visits: int, page_of: Callable[[int], Page | Failure]) -> None:
    """A store with so many judged visits, each of a name and a page of its own."""
    pack, suffixes = load_pack(), load_suffixes()
    known = History(as_of=NOW)
    basis = Basis(known, Made(NOW, tool(), suffixes_digest(suffixes)))
    started = time.monotonic()
    with open_store(home) as store:
        keep_rules(store, Packs(), pack, NOW)
        scan = begin_scan(store, spec="", digest="d", now=NOW)
        names = [f"heron-{number}.example" for number in range(visits)]
        plan_items(
            store,
            scan,
            (ScanItem(n, name, name, "", n % 997, "argument", "") for n, name in enumerate(names)),
        )
        planned(store, scan)
        for first in range(0, visits, 500):
            found = []
            for number in range(first, min(first + 500, visits)):
                seen = _seen(names[number], page_of(number), scan, number)
                found.append(seal(number, seen, judge(seen, known, pack, suffixes), basis=basis))
            record_shard(store, scan, found, [], NOW)
        finish_scan(store, scan, "done", NOW)
    sys.stderr.write(f"{home.name}: filled in {time.monotonic() - started:.0f} s\n")


def _seen(name: str, page: Page | Failure, scan: str, number: int) -> Observation:
    if isinstance(page, Page):
        text = f"{page.text}\nVisitor {number}."
        page = msgspec.structs.replace(
            page, url=f"https://{name}/", text=text, text_digest=f"sha256:{number}"
        )
    dead = isinstance(page, Failure) and page.status == "nxdomain"
    seen = _visit(name, page, "dead" if dead else "observed")
    return msgspec.structs.replace(seen, id=observation_id(scan, name, ""), scan=scan)


if __name__ == "__main__":
    main()
