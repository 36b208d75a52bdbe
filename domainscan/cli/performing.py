"""One scan for whoever starts it, command or schedule: driven to its end, shown as it goes, ended in good order."""

from __future__ import annotations

import signal
import sys
import types
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

import msgspec
import typer
from rich.progress import TimeElapsedColumn

from blocklists.names import unicode_form
from domainscan.assess import BadPack, Pack, pack_in_force
from domainscan.cli import common
from domainscan.cli.progress import progress
from domainscan.model import Name
from domainscan.scan.cluster import NoCluster
from domainscan.scan.driver import Event, Interrupted, Terms
from domainscan.scan.engine import EngineBroken
from domainscan.scan.inputs import Inputs
from domainscan.scan.record import scan_record
from domainscan.scan.run import Begun, begin, keep_rules, run_scan
from domainscan.sources import UnknownSource
from domainscan.store import Store, StoreError
from domainscan.store.cases import count_unseen
from domainscan.store.findings import answered
from domainscan.store.scans import Row, load_scan
from domainscan.store.times import days_between
from domainscan.store.unfinished import Unfinished


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
    fresh: bool | None = None,
) -> Outcome:
    """Runs or resumes one scan, printing as it goes; `fresh` begins anew, None is of callers without that option."""
    tally = _Tally(verbose=settings.verbose)
    try:
        begun, pack = _begin(store, inputs, terms, limit, fresh)
        inbox: SimpleQueue[Event] = SimpleQueue()
        done, clock = 0, TimeElapsedColumn()
        with _stopping(inbox), progress(settings, "rows", begun.planned, clock=clock) as show:
            for batch in run_scan(store, begun, terms, pack, inbox):
                for row in batch:
                    tally.see(row)
                if batch:
                    done += len(batch)
                    show(done, f"{len(tally.flagged)} flagged · {batch[-1].item.name}")
                if jsonl:
                    common.emit_jsonl(
                        scan_record(row.item, row.observation(), row.assessment()) for row in batch
                    )
                    sys.stdout.flush()
    except (StoreError, OSError, EngineBroken) as error:
        common.fail(common.said(error), common.STORE)
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
    if unseen := count_unseen(store, begun.scan):
        common.note(
            f"{unseen:,} of the observed {'was' if unseen == 1 else 'were'} not shown the page, but a check for robots,"
            " a log-in, an error, or nothing: see `domainscan queue --unseen`"
        )
    return Outcome(tally.code(), len(tally.flagged))


def _begin(store: Store, inputs: Inputs, terms: Terms, limit: int, fresh: bool | None) -> tuple[Begun, Pack]:
    """The scan to drive and the pack to judge by; ends the program when an input or the pack cannot be read."""
    try:
        pack = pack_in_force(terms.config.packs)
        keep_rules(store, terms.config.packs, pack, terms.now())
        begun = begin(store, inputs, terms, limit, fresh=bool(fresh))
    except BadPack as error:
        common.fail(str(error), common.STORE)
    except (OSError, UnknownSource) as error:
        common.fail(common.said(error))
    for one in begun.left:
        if one.pending:
            common.note(_left(one, terms.now(), terms.config.scan.resume_days))
    if begun.resumed:
        common.note(_resuming(begun, terms.now(), "" if fresh is None else "; --fresh begins anew"))
    return begun, pack


def _left(one: Unfinished, now: str, limit_days: float) -> str:
    """What was left for good, and why; it was asked for, or it is too old."""
    old = days_between(one.last, now)
    why = f", which is {_span(old * 24)} ago" if old >= limit_days else ""
    return (
        f"beginning anew: scan {one.id} stopped {one.last}{why}, with {one.pending:,} of {one.planned:,} rows to go;"
        " it is ended, and they are skipped there"
    )


def _resuming(begun: Begun, now: str, way_out: str) -> str:
    """What is gone on with, and how old the rows are that are not visited again."""
    done, hours = begun.planned - begun.pending, days_between(begun.started, now) * 24
    old = f"; what it has seen is up to {_span(hours)} old" if done and hours >= 1 else ""
    return (
        f"resuming scan {begun.scan} of {begun.started}: {begun.pending:,} of {begun.planned:,} rows to go"
        f"{old}{way_out}"
    )


def _span(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else common.counted(round(hours), "hour")


def _summary(flagged: list[tuple[str, ...]]) -> None:
    if not flagged:
        common.note("nothing is flagged")
        return
    common.table("flagged", ("name", "Unicode", "category", "severity", "confidence", "also"), flagged)
    names = len({row[0] for row in flagged})  # the queue counts these: several pages of a site are one case
    on = f", on {common.counted(names, 'name')}" if names < len(flagged) else ""
    common.note(
        f"{len(flagged)} flagged{on}: see `domainscan queue`, and `domainscan show {flagged[0][0]}` for the reasons"
    )


@contextmanager
def _stopping(inbox: SimpleQueue[Event]) -> Iterator[None]:
    """SIGTERM, Ctrl-C and a terminal that is closed end a scan between two steps of its driver, so that no result is
    lost; twice: at once, but a shell passes on that its terminal is closed, which says that twice. What is ignored
    stays so: `nohup` means that.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    before = {number: handler for number, handler in handlers.items() if handler != signal.SIG_IGN}
    asked = False

    def stop(number: int, frame: types.FrameType | None) -> None:
        nonlocal asked
        if asked:
            if number == signal.SIGHUP:
                return
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
