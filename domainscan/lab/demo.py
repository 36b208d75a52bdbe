"""The whole story on the lab, told by the very commands that a desk types: nothing here knows the store.

scan -> queue -> two people -> lists and orders -> carriers and providers carry them out -> verify -> lift -> verify.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Any, Final

from domainscan.lab.carriers import Carrier, available_engine, start_carrier
from domainscan.lab.desk import NO_ACTION, DemoFailed, Desk, listed_in, proposal, write_table, zone_of
from domainscan.lab.internet import Lab, serve_in_thread
from domainscan.lab.sites import Site
from domainscan.model import Record

CARRIERS: Final = (("carrier-a", "127.77.0.61"), ("carrier-b", "127.77.0.62"))
ORIGIN: Final = "rpz."
SPARED: Final = 2  # of the least urgent cases: "no action" is an ordinary outcome


class Result(Record, frozen=True):
    """What the story came to, and where each number can be recounted."""

    home: str
    export: str
    engine: str
    numbers: dict[str, int]
    faults: tuple[str, ...]

    def counts(self) -> dict[str, Any]:
        shown = {"home": self.home, "export": self.export, "engine": self.engine}
        return {**self.numbers, **shown, "faults": list(self.faults)}

    def rows(self) -> Iterator[tuple[str, int, str]]:
        for key, count in self.numbers.items():
            yield key, count, RECOUNT[key]

    def next_commands(self) -> list[str]:
        home = Path(os.path.relpath(self.home)) if Path(self.home).is_relative_to(Path.cwd()) else self.home
        program = f"{_program()} --config {home}/config.toml --home {home}"
        commands = ("queue", "show NAME", "review list", "orders list", "scans", "audit verify")
        lines = [f"  {program} {one}" for one in commands]
        check = Path(_program()).with_name("blocklists")
        return [*lines, f"  {check} check {home}/export/carrier-a", f"The data stays in {self.home}"]


RECOUNT: Final = {
    "candidates": "lines of candidates.txt",
    "observed": "`scans`: the demo's scan",
    "dead": "`scans`",
    "failed": "`scans`",
    "flagged": "scan.jsonl: records with flagged = true",
    "proposed": "`review list`: all decisions",
    "approved": "`review list`: approved, lifted",
    "no_action": "`review list`: measure none, approved",
    "listed": "export/carrier-a: names in the first release",
    "orders": "`orders list`: issued and answered",
    "verified": "checks that saw a measure in full effect",
    "lifted": "checks that saw a lifted measure gone",
}


def new_home(named: Path | None, now: str) -> Path:
    """An empty folder for the demo's data: the one that was named, or a new one here. Raises DemoFailed."""
    home = named or Path(f"demo-home-{now.translate(str.maketrans('', '', '-:TZ'))}")
    if home.exists() and any(home.iterdir()):
        raise DemoFailed(f"{home} is not empty: the demo starts from nothing; name another --home")
    home.mkdir(parents=True, exist_ok=True)
    return home.resolve()


def run_demo(
    folders: Iterable[Path], home: Path, now: Callable[[], str], say: Callable[[str], None], ended: Event
) -> Result:
    """Plays the story and gives its numbers. Raises DemoFailed, BadSite, and DemoEnded once `ended` is set.

    What it has started is gone when it returns or raises, if no signal raises in this thread.
    """
    with ExitStack() as stack:
        lab = stack.enter_context(serve_in_thread(folders, home / "lab", slow_seconds=8.0))
        engine = available_engine()
        carriers = {}
        for (key, address), kind in zip(CARRIERS, (engine, "lab"), strict=True):
            folder = home / "carriers" / key
            made = start_carrier(kind, None, ORIGIN, lab.resolvers[0], f"{address}:0", folder)
            carriers[key] = stack.enter_context(made)
        config = lab.config_text({key: one.address for key, one in carriers.items()})
        (home / "config.toml").write_text(config, "utf-8")
        say(
            f"a lab of {len(lab.world.sites)} invented sites runs on loopback; "
            f"carrier-a is {engine}, carrier-b the lab's own"
        )
        return _Story(lab, home, carriers, Desk(home, say, ended), now).tell(engine)


class _Story:
    """The chapters, in order."""

    def __init__(
        self, lab: Lab, home: Path, carriers: Mapping[str, Carrier], desk: Desk, now: Callable[[], str]
    ) -> None:
        self.lab, self.home, self.carriers, self.desk, self.now = lab, home, carriers, desk, now
        self.numbers: Counter[str] = Counter()
        self.faults: list[str] = []
        self.records: dict[str, dict[str, Any]] = {}

    def tell(self, engine: str) -> Result:
        self.scan()
        tokens = self.people()
        self.decide(*tokens)
        self.publish()
        self.order(tokens[1])
        self.numbers["verified"] = self.verify("full")
        self.lift(tokens[1])
        self.numbers["lifted"] = self.verify("lifted")
        self.numbers["orders"] = len(
            [one for one in self.desk.ask("orders", "list") if one["state"] != "draft"]
        )
        self.desk.type("audit", "verify")
        numbers = {key: self.numbers[key] for key in RECOUNT}
        return Result(str(self.home), str(self.home / "export"), engine, numbers, tuple(self.faults))

    def scan(self) -> None:
        """All sites of the lab, and what the scan should have said of each."""
        names = [site.name for site in self.lab.world.sites]
        candidates = self.home / "candidates.txt"
        candidates.write_text("".join(f"{name}\n" for name in names), "utf-8")
        out = self.desk.type("scan", "-l", str(candidates), "--jsonl", accept=(0, 3))
        (self.home / "scan.jsonl").write_text(out, "utf-8")
        records = [json.loads(line) for line in out.splitlines()]
        self.records = {record["name"]: record for record in records}
        self.numbers["candidates"] = len(names)
        for record in records:
            self.numbers[record["status"]] += 1
            self.numbers["flagged"] += record["flagged"]
        self.faults += [
            fault for site in self.lab.world.sites for fault in _judged(site, self.records[site.name])
        ]
        if self.lab.traps.count:
            self.faults.append(f"{self.lab.traps.count} connections reached a forbidden address")

    def people(self) -> tuple[str, str]:
        """Two people: one proposes, the other approves. Their tokens."""
        made = (
            self.desk.ask("people", "add", name, "--role", role)
            for name, role in (("lin", "reviewer"), ("wei", "approver"))
        )
        first, second = (one["token"] for one in made)
        return first, second

    def decide(self, proposer: str, approver: str) -> None:
        """One proposal for each flagged case, from a table; the second person approves from a table."""
        queue = self.desk.ask("queue")
        proposals = self.home / "proposals.csv"
        rows = [proposal(row["name"], self.records[row["name"]], self.lab.world) for row in queue]
        write_table(proposals, [*rows[:-SPARED], *(row | NO_ACTION for row in rows[-SPARED:])])
        self.desk.type("review", "propose", "--from-file", str(proposals), token=proposer)
        decisions = self.desk.ask("review", "list")
        approvals = self.home / "approvals.csv"
        write_table(
            approvals,
            [{"action": "approve", "id": one["id"], "reason": "the evidence holds"} for one in decisions],
        )
        self.desk.type("review", "approve", "--from-file", str(approvals), token=approver)
        decided = [one for one in self.desk.ask("review", "list") if one["state"] == "approved"]
        self.numbers["proposed"], self.numbers["approved"] = len(decisions), len(decided)
        self.numbers["no_action"] = sum(one["measure"] == "none" for one in decided)
        self.decided = {one["name"]: one for one in decided}

    def publish(self) -> None:
        """Lists for the carriers, which load them."""
        self.desk.type("export")
        listed = listed_in(self.home / "export" / "carrier-a")
        self.numbers["listed"] = len(listed)
        undecided = listed - {name for name, one in self.decided.items() if one["measure"] == "block"}
        self.faults += [f"{name} is listed although nobody decided so" for name in sorted(undecided)]
        self.load()

    def load(self) -> None:
        """Each carrier takes over its newest zone; BIND's checker reads it first where it is installed."""
        checker = shutil.which("named-checkzone") or shutil.which(
            "named-checkzone", path="/usr/sbin:/usr/bin"
        )
        for key, carrier in self.carriers.items():
            zone = zone_of(self.home / "export" / key)
            if checker:
                done = subprocess.run(  # noqa: S603 - found by shutil.which
                    [checker, ORIGIN, str(zone)], capture_output=True, text=True, check=False
                )
                self.desk.say(f"$ named-checkzone {ORIGIN} {zone}\n  {done.stdout.strip().splitlines()[-1]}")
                if done.returncode:
                    self.faults.append(f"named-checkzone refuses {zone}: {done.stdout.strip()}")
            carrier.reload(zone)

    def order(self, approver: str) -> None:
        """Orders for providers, registrars and platforms; in the lab they obey at once."""
        drafted = self.desk.ask("orders", "draft", token=approver)["orders"]
        for order in drafted:
            number = str(order["number"])
            self.desk.type("orders", "issue", number, token=approver)
            for item in order["items"]:
                self.carry_out(item)
            answer = ("--status", "executed", "--reference", f"lab-{number}")
            self.desk.type("orders", "receipt", number, *answer, token=approver)

    def carry_out(self, item: Mapping[str, str]) -> None:
        """What the addressee of an order does."""
        apply = item["action"] == "apply"
        if item["measure"] == "suspend-name":
            (self.lab.hold if apply else self.lab.release)(item["name"])
        elif item["measure"] in ("cancel-access", "takedown"):
            (self.lab.cut if apply else self.lab.uncut)(item["name"])

    def verify(self, wanted: str) -> int:
        """How many checks of this kind came out as wanted; the others are faults."""
        checks = self.desk.ask("verify", accept=(0, 1, 3))
        checks = checks["checks"] if isinstance(checks, dict) else checks
        for check in checks:
            if check["verdict"] != check["wanted"]:
                self.faults.append(
                    f"{check['recipient']}: {check['name']} is {check['verdict']}, "
                    f"not {check['wanted']}: {check['detail']}"
                )
        return sum(check["wanted"] == wanted == check["verdict"] for check in checks)

    def lift(self, approver: str) -> None:
        """One block and one access cancellation are lifted: one person suffices, lists and orders follow."""
        for measure in ("block", "cancel-access"):
            chosen = next((one for one in self.decided.values() if one["measure"] == measure), None)
            if chosen is not None:
                self.desk.type(
                    "review",
                    "lift",
                    str(chosen["id"]),
                    "--reason",
                    "the operator removed the service",
                    token=approver,
                )
        self.desk.type("export")
        self.load()
        self.order(approver)


def _judged(site: Site, record: Mapping[str, Any]) -> Iterator[str]:
    """Where the scan says something else of a site than the site's table expects."""
    if record["status"] != site.status:
        yield f"{site.name}: {record['status']} ({record['reason']}), expected {site.status}"
    sure = {key for key, one in record["categories"].items() if one["confidence"] in ("medium", "high")}
    if site.role == "harm":
        for category in set(site.expect) - sure:
            yield f"{site.name}: offers {category} and is not flagged under it"
    elif site.role == "negative" and record["flagged"]:
        yield f"{site.name}: is flagged ({', '.join(sorted(sure))}) and harmless: {site.note}"


def _program() -> str:
    """The program as the reader can type it."""
    beside = Path(sys.argv[0])
    return os.path.relpath(beside) if beside.name == "domainscan" else "domainscan"
