"""A pass over the history with today's pack: slices judged in processes, each recorded in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack
from domainscan.model import Record
from domainscan.packfiles import PackFiles
from domainscan.scan.judges import Judges, Rules, Task
from domainscan.scan.rejudge import SLICE_ROWS, Bench, Slice
from domainscan.store import Store
from domainscan.store.reassessments import Pass, begin_pass, end_pass, newest_number, record_slice
from domainscan.tool import suffixes_digest, tool

ALONE: Final = 2_000  # observations that one process judges sooner than others start


class Ground(Record, frozen=True):
    """What a pass judges by."""

    pack: Pack
    files: PackFiles
    suffixes: tuple[str, ...]
    now: Callable[[], str]


def begin(store: Store, ground: Ground, *, dry_run: bool) -> Pass:
    """The pass to make: a new one, or the rest of one that was cut off. A question leaves no trace.

    Raises PassRunning when another process is at it.
    """
    if dry_run:
        return Pass(0, 0, newest_number(store))
    judged_by = f"{tool()} suffixes {suffixes_digest(load_suffixes(ground.suffixes))[7:19]}"
    return begin_pass(store, ground.pack.digest, judged_by, ground.now())


def reassess(store: Store, ground: Ground, begun: Pass, workers: int) -> Iterator[Slice]:
    """Judges every stored observation that the pass has not reached; yields each slice once it is recorded.

    What was yielded stays, whatever happens to this process. Raises JudgesBroken when one that judges dies.
    """
    tasks = (
        Task(first, min(first + SLICE_ROWS - 1, begun.last), ground.now())
        for first in range(begun.reached + 1, begun.last + 1, SLICE_ROWS)
    )
    few = begun.last - begun.reached <= ALONE
    with _judging(store, ground, 1 if few else workers) as judged:
        for found in judged(tasks):
            if begun.id:
                record_slice(store, begun.id, found.last, found.judged, len(found.flips), ground.now())
            yield found
    if begun.id:
        end_pass(store, begun.id, ground.now())


@contextmanager
def _judging(
    store: Store, ground: Ground, workers: int
) -> Iterator[Callable[[Iterable[Task]], Iterator[Slice]]]:
    """Who judges: this process, or several others that read the store by themselves."""
    if workers <= 1:
        yield _here(store, ground.pack, load_suffixes(ground.suffixes))
        return
    rules = Rules(Path(store.home), ground.files.to_bytes(), ground.suffixes)
    with Judges(rules, workers) as judges:
        yield judges.run


def _here(store: Store, pack: Pack, suffixes: Suffixes) -> Callable[[Iterable[Task]], Iterator[Slice]]:
    bench = Bench(store, pack, suffixes)
    return lambda tasks: (bench.judge_slice(one.first, one.last, one.now) for one in tasks)
