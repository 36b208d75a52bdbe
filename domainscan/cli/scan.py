"""scan, rescan, scans."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from blocklists.names import unicode_form
from domainscan.assess import BadPack, Pack, pack_in_force
from domainscan.cli import common
from domainscan.model import Name
from domainscan.net.dns import BadResolver, parse_server
from domainscan.scan.cluster import NoCluster
from domainscan.scan.driver import Event, Interrupted, Terms
from domainscan.scan.engine import EngineBroken
from domainscan.scan.inputs import DUE, Inputs, spool
from domainscan.scan.plan import Planner, plan
from domainscan.scan.record import scan_record
from domainscan.scan.run import Begun, begin, keep_rules, run_scan, stored_lines
from domainscan.sources import Line, UnknownSource
from domainscan.store import Store, StoreError
from domainscan.store.audit import record_event
from domainscan.store.cases import due
from domainscan.store.findings import answered
from domainscan.store.scans import Row, load_scan, load_scans

SCAN_HELP = """Scan names and URLs: one record per input line, always.

An interrupted scan resumes by itself: type the same command again.

\b
Examples:
  domainscan scan example.org https://example.net/page
  domainscan scan -l candidates.txt
  cut -d, -f1 tips.csv | domainscan scan - --jsonl > records.jsonl
  domainscan scan -l big.txt --workers 2 --resolver 192.0.2.53
  DOMAINSCAN_TOKEN=... domainscan scan example.org --despite-robots "three reports of a paid service"
  domainscan scan -l huge.txt --cluster tcp://127.0.0.1:8786
"""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME|URL|-]...", help="What to scan; - reads standard input.")
]
Lists = Annotated[list[Path] | None, typer.Option("-l", "--list", help="A file, one name or URL per line.")]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source", help="A source: file:PATH, folder:PATH, reports (new tips) or kin (of decided cases)."
    ),
]
Resolvers = Annotated[
    list[str] | None, typer.Option("--resolver", help="address or address:port; repeatable.")
]
Limit = Annotated[int, typer.Option(min=0, help="Visit at most so many candidates; 0: all.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes on this machine.")]
ClusterAddress = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786.")
]
Rate = Annotated[float, typer.Option(min=0, help="Visits started per second; 0: as fast as pacing allows.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; touch nothing.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON record per input line on standard output.")]
Despite = Annotated[
    str,
    typer.Option(
        "--despite-robots",
        metavar="REASON",
        help="Visit one candidate although its robots.txt asks visitors to stay out; takes your token, and is logged.",
    ),
]
Fail = Annotated[bool, typer.Option("--fail-on-flagged", help="Exit 1 when anything is flagged.")]


def scan(
    context: typer.Context,
    names: Names = None,
    lists: Lists = None,
    source: Sources = None,
    resolver: Resolvers = None,
    limit: Limit = 0,
    workers: Workers = 1,
    cluster: ClusterAddress = "",
    rate: Rate = 0.0,
    dry_run: DryRun = False,
    jsonl: Jsonl = False,
    fail_on_flagged: Fail = False,
    despite_robots: Despite = "",
) -> None:
    settings = common.settings(context)
    if not (names or lists or source):
        common.fail("nothing to scan: give names, -l FILE, --source S, or - for standard input")
    if despite_robots and (len(names or []) != 1 or lists or source or names == ["-"]):
        common.fail("--despite-robots is for one name or URL at a time: a list of them would be no exception")
    inputs = _inputs(settings, names or [], lists or [], source or [], dry_run, despite_robots)
    run_terms = terms(settings, workers, resolver, rate, cluster)
    if dry_run:
        _dry_run(settings, inputs, limit)
        return
    with settings.store() as store:
        if despite_robots:
            run_terms = _despite_robots(store, settings, run_terms, inputs.names[0], despite_robots)
        status = perform(store, settings, inputs, run_terms, limit=limit, jsonl=jsonl)
    raise typer.Exit(common.FLAGGED if fail_on_flagged and status.flagged else status.code)


scan.__doc__ = SCAN_HELP


class Outcome(msgspec.Struct, frozen=True):
    """What a scan came to, as the caller's exit code needs it."""

    code: int
    flagged: int


class _Tally:
    """What a scan has said so far: counts, whether any name server answered, and a line for each flagged name."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._shown: Counter[str] = Counter()
        self._answered = False
        self.flagged: list[tuple[str, ...]] = []

    def see(self, row: Row) -> None:
        item = row.item
        self._shown[item.status] += 1
        if not row.observed:
            return
        if not self._answered:
            observation = row.observation()
            self._answered = observation is not None and answered(observation)
        assessment = row.assessment() if row.flagged else None
        if assessment is not None:
            top, *others = assessment.judgements
            also = ", ".join(f"{one.category} {one.confidence}" for one in others)
            name = Name(item.name)
            self.flagged.append((name, unicode_form(name), top.category, top.severity, top.confidence, also))
        if self._verbose:
            common.note(f"{item.status} {item.name} {item.reason}".rstrip())

    def code(self) -> int:
        """The exit code of the contract."""
        visited = self._shown["observed"] + self._shown["dead"] + self._shown["failed"]
        if visited and not self._answered:
            common.note("error: nothing could be resolved; see `domainscan doctor`")
            return common.UNRESOLVED
        return common.PARTLY if self._shown["failed"] or self._shown["invalid"] else common.DONE


def perform(
    store: Store,
    settings: common.Settings,
    inputs: Inputs,
    terms: Terms,
    *,
    limit: int = 0,
    jsonl: bool = False,
) -> Outcome:
    """Runs or resumes one scan, printing as it goes."""
    tally = _Tally(verbose=settings.verbose)
    try:
        begun, pack = _begin(store, inputs, terms, limit)
        inbox: SimpleQueue[Event] = SimpleQueue()
        with _stopping(inbox), _progress(settings, begun) as show:
            for batch in run_scan(store, begun, terms, pack, inbox):
                for row in batch:
                    tally.see(row)
                show(batch, len(tally.flagged))
                if jsonl:
                    common.emit_jsonl(
                        scan_record(row.item, row.observation(), row.assessment()) for row in batch
                    )
                    sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (StoreError, OSError, EngineBroken) as error:
        common.fail(str(error), common.STORE)
    except NoCluster as error:
        common.fail(f"--cluster {error}", common.STORE)
    except KeyboardInterrupt:
        common.note("interrupted: what is finished is saved; type the same command again to go on")
        raise typer.Exit(common.INTERRUPTED) from None
    if inputs.stdin is not None:
        inputs.stdin.unlink(missing_ok=True)
    account = load_scan(store, begun.scan)
    if not jsonl:
        _summary(tally.flagged)
    common.note(
        f"scan {account.id}: {account.planned:,} planned = {account.observed:,} observed + {account.dead:,} dead + "
        f"{account.failed:,} failed + {account.invalid:,} invalid + {account.skipped:,} skipped"
    )
    return Outcome(tally.code(), len(tally.flagged))


def _begin(store: Store, inputs: Inputs, terms: Terms, limit: int) -> tuple[Begun, Pack]:
    """The scan to drive and the pack to judge by; ends the program when an input or the pack cannot be read."""
    try:
        pack = pack_in_force(terms.config.packs)
        keep_rules(store, terms.config.packs, pack, terms.now())
        begun = begin(store, inputs, terms, limit)
    except BadPack as error:
        common.fail(str(error), common.STORE)
    except (OSError, UnknownSource) as error:
        common.fail(str(error))
    if begun.resumed:
        common.note(f"resuming scan {begun.scan}: {begun.pending:,} of {begun.planned:,} rows to go")
    return begun, pack


def _summary(flagged: list[tuple[str, ...]]) -> None:
    if not flagged:
        common.note("nothing is flagged")
        return
    common.table("flagged", ("name", "Unicode", "category", "severity", "confidence", "also"), flagged)
    common.note(
        f"{len(flagged)} flagged: see `domainscan queue`, and `domainscan show {flagged[0][0]}` for the reasons"
    )


def _despite_robots(
    store: Store, settings: common.Settings, run_terms: Terms, name: str, reason: str
) -> Terms:
    """The terms of one reasoned visit: a reviewer answers for it, and the log says so."""
    person = common.actor(store)
    record_event(store, person.id, "visit.despite_robots", name, {"reason": reason}, settings.now())
    net = msgspec.structs.replace(run_terms.config.net, robots=False)
    return msgspec.structs.replace(run_terms, config=msgspec.structs.replace(run_terms.config, net=net))


def _inputs(
    settings: common.Settings,
    names: list[str],
    lists: list[Path],
    sources: list[str],
    dry_run: bool,
    reason: str = "",
) -> Inputs:
    """What the command names; standard input is kept in the home so that a resumed scan finds it again."""
    for file in lists:
        if not file.is_file():
            common.fail(f"{file}: no such file")
    kept = settings.home / "spool" if not dry_run else Path(tempfile.mkdtemp(prefix="domainscan-"))
    stdin = spool(sys.stdin.buffer, kept) if "-" in names else None
    plain = tuple(name for name in names if name != "-")
    return Inputs(plain, tuple(lists), tuple(sources), stdin, reason)


def terms(
    settings: common.Settings,
    workers: int = 1,
    resolvers: list[str] | None = None,
    rate: float = 0.0,
    cluster: str = "",
) -> Terms:
    net = settings.config.net
    if resolvers:
        try:
            for one in resolvers:
                parse_server(one)
        except BadResolver as error:
            common.fail(f"--resolver: {error}")
        net = msgspec.structs.replace(net, resolvers=tuple(resolvers))
    if rate:
        net = msgspec.structs.replace(net, visits_per_second=rate)
    config = msgspec.structs.replace(settings.config, net=net)
    return Terms(config, settings.home, workers, settings.now, cluster)


def _dry_run(settings: common.Settings, inputs: Inputs, limit: int) -> None:
    planner = Planner(settings.suffixes(), settings.config.net.ports, limit)
    counts: Counter[str] = Counter()
    try:
        lines: Iterable[Line] = inputs.lines()
        if settings.has_store():
            with settings.store() as store:
                lines = chain(lines, list(stored_lines(store, inputs, settings.now(), settings.config)))
        for item in plan(lines, planner):
            counts[item.status] += 1
            if item.status == "invalid":
                common.note(f"line {item.line}: {item.note}")
    except (OSError, UnknownSource) as error:
        common.fail(str(error))
    finally:
        if inputs.stdin is not None:
            shutil.rmtree(inputs.stdin.parent)
    common.note(
        f"{counts['pending']:,} to visit, {counts['skipped']:,} skipped, {counts['invalid']:,} invalid"
    )


@contextmanager
def _stopping(inbox: SimpleQueue[Event]) -> Iterator[None]:
    """SIGTERM and Ctrl-C end a scan between two steps of its driver, so that no result is lost; twice: at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    asked = False

    def stop(number: int, frame: types.FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        earlier = before[signal.Signals(number)]
        if callable(earlier):
            with suppress(KeyboardInterrupt):  # it may want to know which signal came
                earlier(number, frame)
        inbox.put(Interrupted())

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(settings: common.Settings, begun: Begun) -> Iterator[Callable[[list[Row], int], None]]:
    """A bar on standard error where it is a terminal; yields the function that shows rows, and how many are flagged."""
    console = Console(stderr=True, no_color=not settings.color)
    if settings.quiet or not console.is_terminal:
        yield lambda rows, flagged: None
        return
    columns = (
        TextColumn("rows"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=begun.planned)

        def show(rows: list[Row], flagged: int) -> None:
            if rows:
                bar.update(task, advance=len(rows), description=f"{flagged} flagged · {rows[-1].item.name}")

        yield show


def rescan(
    context: typer.Context,
    limit: Limit = 0,
    workers: Workers = 1,
    dry_run: DryRun = False,
    jsonl: Jsonl = False,
) -> None:
    """Scan what is due: risky soon, quiet later, dead ever more rarely, before an expiry always.

    \b
    Examples:
      domainscan rescan --dry-run
      domainscan rescan --limit 200
    """
    settings = common.settings(context)
    if dry_run:
        names = _due_now(settings, limit)
        for name, url in names:
            print(url or name)
        common.note(f"{len(names)} due")
        return
    with settings.store() as store:
        outcome = perform(
            store, settings, Inputs(sources=(DUE,)), terms(settings, workers), limit=limit, jsonl=jsonl
        )
    raise typer.Exit(outcome.code)


def _due_now(settings: common.Settings, limit: int) -> list[tuple[Name, str]]:
    if not settings.has_store():
        return []
    with settings.store() as store:
        return due(store, settings.now(), limit)


def scans(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List past runs with their accounts: planned = observed + dead + failed + invalid + skipped + pending."""
    settings = common.settings(context)
    with settings.store() as store:
        accounts = load_scans(store)
    if json:
        common.emit_json(accounts)
        return
    columns = (
        "id",
        "started",
        "ended",
        "state",
        "planned",
        "observed",
        "dead",
        "failed",
        "invalid",
        "skipped",
        "pending",
    )
    common.table(
        "", (*columns, "inputs"), ([*(getattr(one, key) for key in columns), one.spec] for one in accounts)
    )
