"""scan, rescan, scans."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from domainscan.cli import common
from domainscan.cli.performing import perform
from domainscan.model import Name
from domainscan.net.dns import BadResolver, parse_server
from domainscan.scan.driver import Terms
from domainscan.scan.inputs import DUE, STORED, Inputs, no_source, spool
from domainscan.scan.plan import Planner, plan
from domainscan.scan.run import stored_lines
from domainscan.sources import Line, UnknownSource
from domainscan.sources.files import first_in_gb18030, table_column
from domainscan.store import Store
from domainscan.store.audit import record_event
from domainscan.store.cases import due
from domainscan.store.reports import TIPS
from domainscan.store.scans import load_scans
from domainscan.store.times import read_time
from domainscan.store.unfinished import Unfinished, tips_of, to_leave, unfinished_scans

SCAN_HELP = """Scan names and URLs: one record for each line that is not blank, always.

An interrupted scan resumes by itself: type the same command again within a week ([scan] resume_days).
After that, or with --fresh, the command begins anew and visits everything once more.

\b
Examples:
  domainscan scan example.org https://example.net/page
  domainscan scan -l candidates.txt
  tail -n +2 tips.csv | cut -d, -f1 | domainscan scan - --jsonl > records.jsonl
  domainscan scan -l big.txt --workers 2 --resolver 192.0.2.53
  DOMAINSCAN_TOKEN=... domainscan scan example.org --despite-robots "three reports of a paid service"
  domainscan scan -l huge.txt --cluster tcp://127.0.0.1:8786
  domainscan scan -l candidates.txt --fresh
"""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME|URL|-]...", help="What to scan; - reads standard input.")
]
Lists = Annotated[
    list[Path] | None,
    typer.Option(
        "-l",
        "--list",
        help="A file, one name or URL per line; or a CSV with a column domain, url, 域名 or 网址.",
    ),
]
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
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Begin anew, where the same scan was interrupted and could go on.")
]
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
    fresh: Fresh = False,
) -> None:
    settings = common.whole_settings(context)
    if not (names or lists or source):
        common.fail("nothing to scan: give names, -l FILE, --source S, or - for standard input")
    if despite_robots and (len(names or []) != 1 or lists or source or names == ["-"]):
        common.fail("--despite-robots is for one name or URL at a time: a list of them would be no exception")
    inputs = _inputs(settings, names or [], lists or [], source or [], dry_run, despite_robots)
    run_terms = terms(settings, workers, resolver, rate, cluster)
    if dry_run:
        _dry_run(settings, inputs, limit, fresh=fresh)
        return
    with settings.store() as store:
        if despite_robots:
            run_terms = _despite_robots(store, settings, run_terms, inputs.names[0], despite_robots)
        status = perform(store, settings, inputs, run_terms, limit=limit, jsonl=jsonl, fresh=fresh)
    raise typer.Exit(common.FLAGGED if fail_on_flagged and status.flagged else status.code)


scan.__doc__ = SCAN_HELP


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
            common.fail(f"{file}: {_no_list(file)}")
        if column := table_column(file):
            common.note(f'{file}: a table, read by its column "{column.heading}"')
    for one in sources:
        if ":" not in one and one not in STORED and not Path(one).exists():
            common.fail(f"{one}: {no_source(*STORED)}")
    stdin = None
    if "-" in names:
        kept = settings.home / "spool" if not dry_run else Path(tempfile.mkdtemp(prefix="domainscan-"))
        over = read_time(settings.now()).timestamp() - settings.config.scan.resume_days * 86_400
        stdin = spool(sys.stdin.buffer, kept, over)
    plain = tuple(name for name in names if name != "-")
    inputs = Inputs(plain, tuple(lists), tuple(sources), stdin, reason)
    tell_gb18030(inputs)
    return inputs


def tell_gb18030(inputs: Inputs) -> None:
    """Says of each file which of its lines is no UTF-8, and as what it is read; nearly all octets are some text so.

    What cannot be read is left to whoever reads it for its lines.
    """
    with suppress(OSError):
        for file in inputs.read_files():
            if line := first_in_gb18030(file):
                where = "standard input" if file == inputs.stdin else str(file)
                said = " ".join(line.text.split())[:60]
                common.note(
                    f'{where}: line {line.number} is no UTF-8 and is read as GB 18030, "{said}":'
                    " where that is wrong, write it in UTF-8"
                )


def _no_list(file: Path) -> str:
    """What a path is that is no file to read names from, and the way out."""
    if file.is_dir():
        return f"a folder: --source folder:{file} reads the lists in it"
    return "no regular file: give its lines on standard input, as `-`" if file.exists() else "no such file"


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


def _dry_run(settings: common.Settings, inputs: Inputs, limit: int, *, fresh: bool) -> None:
    planner = Planner(settings.suffixes(), settings.config.net.ports, limit)
    counts: Counter[str] = Counter()
    try:
        lines: Iterable[Line] = inputs.lines()
        if settings.has_store():
            with settings.store() as store:
                found = unfinished_scans(store, inputs.digest(limit))
                left = to_leave(found, settings.now(), settings.config.scan.resume_days, fresh=fresh)
                if rest := next((one for one in found if one not in left), None):
                    goes = "goes on in another process" if rest.theirs else "would go on"
                    common.note(
                        f"scan {rest.id} of {rest.started} {goes}: {rest.pending:,} of {rest.planned:,} rows to go"
                    )
                    return
                stored = list(stored_lines(store, inputs, settings.now(), settings.config))
                lines = chain(lines, stored, _tips_left(store, inputs, left))
        for item in plan(lines, planner):
            counts[item.status] += 1
            if item.status == "invalid":
                common.note(f"line {item.line}: {item.note}")
    except (OSError, UnknownSource) as error:
        common.fail(common.said(error))
    finally:
        if inputs.stdin is not None:
            shutil.rmtree(inputs.stdin.parent)
    common.note(
        f"{counts['pending']:,} to visit, {counts['skipped']:,} skipped, {counts['invalid']:,} invalid"
    )


def _tips_left(store: Store, inputs: Inputs, left: Sequence[Unfinished]) -> list[Line]:
    """The tips that would be new again, as the scans in which nobody came to look at them would be left."""
    tips = tips_of(store, left) if TIPS in inputs.sources else []
    return [Line(number, tip.url or tip.name, TIPS) for number, tip in enumerate(tips, 1)]


def rescan(
    context: typer.Context,
    limit: Limit = 0,
    workers: Workers = 1,
    dry_run: DryRun = False,
    jsonl: Jsonl = False,
    fresh: Fresh = False,
) -> None:
    """Scan what is due: risky soon, quiet later, dead ever more rarely, before an expiry always.

    \b
    Examples:
      domainscan rescan --dry-run
      domainscan rescan --limit 200
    """
    settings = common.whole_settings(context)
    if dry_run:
        names = _due_now(settings, limit)
        if jsonl:
            common.emit_jsonl(common.spelled({"name": name, "url": url}) for name, url in names)
        else:
            for name, url in names:
                print(url or name)
        common.note(f"{len(names)} due")
        return
    with settings.store() as store:
        inputs = Inputs(sources=(DUE,))
        run_terms = terms(settings, workers)
        outcome = perform(store, settings, inputs, run_terms, limit=limit, jsonl=jsonl, fresh=fresh)
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
    """List past runs with their accounts: planned = observed + dead + failed + invalid + skipped + pending.

    \b
    Examples:
      domainscan scans
      domainscan scans --json
    """
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
