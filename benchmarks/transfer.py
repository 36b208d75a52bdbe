"""A decision approved -> live at two resolvers that have a list of a million entries by zone transfer.

Everything a desk does is done by the program it types, `review approve --push`: the clock starts before it and
stops when BIND, and Unbound behind its relay, deny the name. Then the same for `review lift --push`.
"""

from __future__ import annotations

import os
import random
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.running import Line, median
from domainscan.proof import servers

ENTRIES: Final = 1_000_000
ROUNDS: Final = 5
TARGET: Final = 5.0  # seconds
PIECE: Final = 20_000


class Round(NamedTuple):
    """Seconds of one decision: the program's, and all until each secondary answered so."""

    program: float
    cpu: float
    live: dict[str, float]


def measure(folder: Path, entries: int = ENTRIES) -> list[Line]:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
    from transfers import Chain, Ports  # type: ignore[import-not-found]  # helpers of the tests

    ports = Ports()
    desk = Desk(folder, ports.config(folder / "transfer"))
    names = desk.seed(entries, ROUNDS)
    desk.run("transfer", "setup")
    exported = desk.run("export")
    with servers.names() as upstream:
        chain = Chain(folder, ports, upstream)
        try:
            began = time.monotonic()
            chain.start()
            chain.until(desk.listed, "NXDOMAIN", 600)
            loaded = time.monotonic() - began
            chain.await_word("BIND", "rpz: rpz.desk.lab: reload done", 600)
            blocked, lifted = [], []
            for name in names:
                blocked.append(desk.decide("approve", name, chain, "NXDOMAIN"))
                _settle(chain)
                lifted.append(desk.decide("lift", name, chain, servers.OPEN))
                _settle(chain)
            memory = {who: _resident(one.pid) for who, one in chain.processes.items()}
            walks = _walks((chain.folder / "bind" / "log").read_text("utf-8", "replace"))
        finally:
            chain.stop()
    return [
        *_lines(f"decision approved -> denied at BIND and Unbound, {entries:,} entries", blocked, TARGET),
        *_lines("decision lifted -> answered again at both", lifted, 0),
        Line("  BIND's walk of the whole zone after each change", f"{median(walks):.1f} s", "", "", "", True),
        Line("  the release itself: `export`", f"{exported:.0f} s", "", "", "", True),
        Line("  first transfer of the whole zone to both", f"{loaded:.0f} s", "", "", "", True),
        Line(
            "  resident memory",
            ", ".join(f"{who} {mb:.0f} MB" for who, mb in memory.items()), "", "", "", True,
        ),
    ]  # fmt: skip


def _lines(what: str, rounds: list[Round], target: float) -> Iterator[Line]:
    worst = [max(one.live.values()) for one in rounds]
    goal = f"{target:g} s" if target else ""
    yield Line(what, f"{median(worst):.2f} s", "", "", goal, not target or median(worst) < target)
    yield Line("  the slowest round", f"{max(worst):.2f} s", "", "", goal, not target or max(worst) < target)
    for who in rounds[0].live:
        yield Line(f"  at {who}", f"{median(one.live[who] for one in rounds):.2f} s", "", "", "", True)
    yield Line("  of it the program", f"{median(one.program for one in rounds):.2f} s", "", "", "", True)
    yield Line("  and its CPU", f"{median(one.cpu for one in rounds):.2f} s", "", "", "", True)


def _children_cpu() -> float:
    """CPU seconds of the programs that ended; servers run on, and are not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _settle(chain: Any) -> None:
    """Returns when BIND has walked the zone: decisions come minutes apart, and each is measured by itself."""
    path, end = chain.folder / "bind" / "log", time.monotonic() + 300
    time.sleep(3)
    while time.monotonic() < end:
        text = path.read_text("utf-8", "replace")
        if text.count("reload start") == text.count("reload done"):
            return
        time.sleep(0.5)
    raise RuntimeError("BIND walks for five minutes")


def _walks(log: str) -> list[float]:
    """Seconds between `reload start` and `reload done` of the large zone in BIND's log, but for the first."""
    found, began = [], 0.0
    for clock, what in re.findall(r" (\d\d:\d\d:\d\d\.\d{3}) rpz: rpz\.desk\.lab: reload (start|done)", log):
        hours, minutes, seconds = clock.split(":")
        at = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        if what == "start":
            began = at
        else:
            found.append((at - began) % 86_400)
    return found[1:] or [0.0]


def _resident(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


class Desk:
    """A home with two people, and the programs they type."""

    def __init__(self, folder: Path, config: str) -> None:
        self.home, self.config = folder / "home", folder / "config.toml"
        self.config.write_text(f"{config}\n[protect]\nsnapshot_max_age_days = 36500\n", "utf-8")
        self.tokens: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.listed = ""

    def run(self, *words: str, by: str = "") -> float:
        """Seconds that the program took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "domainscan", "--config", str(self.config), "--home", str(self.home)]
        environment = os.environ | ({"DOMAINSCAN_TOKEN": self.tokens[by]} if by else {})
        done = subprocess.run(
            [*command, *words], env=environment, capture_output=True, text=True, timeout=1800, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return time.monotonic() - began

    def decide(self, action: str, name: str, chain: Any, wanted: str) -> Round:
        """One decision, from the first program's start until each secondary answers as wanted."""
        live: dict[str, float] = {}
        began = time.monotonic()

        def watch(who: str) -> None:
            from transfers import until

            until(chain.asks[who], name, wanted, 120)
            live[who] = time.monotonic() - began

        watchers = [threading.Thread(target=watch, args=(who,)) for who in chain.asks]
        for one in watchers:
            one.start()
        words = ("--reason", "the operator removed the offer") if action == "lift" else ()
        before = _children_cpu()
        program = self.run("review", action, str(self.numbers[name]), *words, "--push", by="wei")
        cpu = _children_cpu() - before
        for one in watchers:
            one.join()
        return Round(program, cpu, live)

    def seed(self, entries: int, fresh: int) -> list[str]:
        """Approved block decisions on so many names, and so many proposals, whose names come back."""
        from domainscan.store import open_store
        from domainscan.store.people import add_person

        now = datetime.now(UTC)
        earlier = now.replace(year=now.year - 1).strftime("%Y-%m-%dT%H:%M:%SZ")
        chance = random.Random(5)
        ends = ("com", "net", "top", "xyz", "cn")
        names = sorted(
            {f"n{chance.randrange(16**9):x}.{chance.choice(ends)}" for _ in range(entries + entries // 1000)}
        )[:entries]
        self.listed = names[0]
        with open_store(self.home) as store:
            for person, role in (("lin", "reviewer"), ("wei", "approver")):
                self.tokens[person] = str(add_person(store, person, role, None, earlier))
            new = [f"fresh-{number}.example" for number in range(fresh)]
            assessments = {name: _judged(store, name, earlier) for name in [names[0], *new]}
            row = (names[0], assessments[names[0]])
            for at in range(0, len(names), PIECE):
                _approve(store, names[at : at + PIECE], row[1], earlier, now.year + 1)
            for name in new:
                self.numbers[name] = _propose(store, name, assessments[name], earlier, now.year + 1)
        return new


_COLUMNS: Final = (
    "INSERT INTO decisions (name, measure, reach, category, reason, expires, proposer, proposed_at, state, assessment)"
    " VALUES (?, 'block', 'subtree', 'H03', 'offers the harm', ?, 'lin', ?, 'proposed', ?)"
)


def _approve(store: Any, names: list[str], assessment: str, at: str, year: int) -> None:
    """Two people's decisions, many at once; the database's own rules hold for them as for any."""
    with store.writing() as db:
        last = store.value("SELECT coalesce(max(id), 0) FROM decisions")
        db.conn.executemany(_COLUMNS, ((one, f"{year}-06-30", at, assessment) for one in names))
        db.execute(
            "UPDATE decisions SET state = 'approved', approver = 'wei', decided_at = ? WHERE id > ?",
            (at, last),
        )


def _propose(store: Any, name: str, assessment: str, at: str, year: int) -> int:
    with store.writing() as db:
        return int(db.execute(_COLUMNS, (name, f"{year}-06-30", at, assessment)).lastrowid or 0)


def _judged(store: Any, name: str, at: str) -> str:
    """The number of the judgement of a visit of this name, recorded as a scan does."""
    from domainscan.model import (
        Assessment,
        Judgement,
        Name,
        Observation,
        Page,
        content_digest,
        observation_id,
    )
    from domainscan.store.findings import seal
    from domainscan.store.scans import ScanItem, begin_scan, plan_items, planned, record_shard

    scan = begin_scan(store, spec="{}", digest=name, now=at)
    plan_items(store, scan, [ScanItem(0, name, name, "", 0, "argument", "")])
    planned(store, scan)
    page = Page(url=f"https://{name}/", http_status=200, title="A page", text_digest="sha256:text")
    seen = Observation(
        id=observation_id(scan, name, ""),
        scan=scan,
        name=Name(name),
        url="",
        at=at,
        status="observed",
        page=page,
    )
    found = (Judgement("H03", "high", "high", 9.0, ("page", "name"), ()),)
    judged = Assessment(
        f"a{seen.id}", seen.id, seen.name, at, "p", "sha256:p", "sha256:c", found, (), content_digest(seen)
    )
    record_shard(store, scan, [seal(0, seen, judged)], [], at)
    return judged.id
