"""`reassess`: the history judged again, and what another pack would change."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from msgspec.structs import replace

from domainscan.assess import BadPack, pack_in_force
from domainscan.cli import common
from domainscan.cli.progress import progress
from domainscan.model import CONFIDENCES
from domainscan.packfiles import read_files
from domainscan.scan.judges import JudgesBroken
from domainscan.scan.reassess import Ground, begin
from domainscan.scan.reassess import reassess as judge_again
from domainscan.scan.rejudge import Change, Flip
from domainscan.scan.run import keep_rules
from domainscan.store import Store, StoreError

RULES: Final = 4  # of one change, in the table


def reassess(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would flip, and by which rules; write nothing.")
    ] = False,
    pack: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --dry-run: the pack in this folder instead.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that judge; 0: one for each core.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Judge every stored observation again with today's pack, without network, and say what flips.

    A pass that was interrupted goes on where it was: type the same command again.

    \b
    Examples:
      domainscan reassess --dry-run
      domainscan reassess --dry-run --pack drafts/pack
      domainscan reassess
    """
    settings = common.whole_settings(context)
    if pack is not None and not dry_run:
        common.fail("--pack is for --dry-run: put the folder into [packs] folder to judge by it")
    ground = _ground(settings, pack)
    flips: list[Flip] = []
    count, seconds, whole = 0, 0.0, True
    if settings.has_store() or not dry_run:
        with settings.store() as store:
            count, seconds, whole = _perform(store, settings, ground, flips, workers, dry_run)
    if json:
        common.emit_json(as_json(ground, flips, count, dry_run))
    else:
        _print(flips)
    rate = f", {count / seconds:,.0f} a second" if seconds >= 1 else ""
    common.note(
        f"{common.counted(count, 'observation')} judged again{rate}, {len(flips):,} changed"
        + (" (dry run)" if dry_run else "")
    )
    if not whole:
        done = "nothing was written" if dry_run else "what was judged is saved"
        common.note(f"interrupted: {done}; type the same command again to go on")
        raise typer.Exit(common.INTERRUPTED)


def _ground(settings: common.Settings, folder: Path | None) -> Ground:
    packs = settings.config.packs
    if folder is not None:
        if not folder.is_dir():
            common.fail(f"--pack {folder}: {'no folder' if folder.exists() else 'No such file or directory'}")
        packs = replace(packs, folder=str(folder))
    try:
        pack = pack_in_force(packs)
        files = read_files(packs)
    except BadPack as error:
        common.fail(str(error), common.STORE)
    return Ground(pack, files, settings.config.names.suffixes, settings.now)


def _perform(
    store: Store, settings: common.Settings, ground: Ground, flips: list[Flip], workers: int, dry_run: bool
) -> tuple[int, float, bool]:
    """How many observations were judged, in how many seconds, and whether that is all there are.

    Ends the program when it cannot go on.
    """
    started, count, whole = time.monotonic(), 0, True
    try:
        if not dry_run:
            keep_rules(store, settings.config.packs, ground.pack, ground.now())
        begun = begin(store, ground, dry_run=dry_run)
        if begun.reached:
            common.note(f"going on after {begun.reached:,} of {begun.last:,} observations")
        with progress(settings, "observations", begun.last, done=begun.reached) as show:
            for found in judge_again(store, ground, begun, workers or len(os.sched_getaffinity(0))):
                count += found.count
                flips += found.flips
                show(found.last, f"{len(flips):,} changed")
    except (StoreError, BadPack) as error:
        common.fail(str(error), common.STORE)
    except JudgesBroken as error:
        common.fail(f"{error}; what is judged is saved, type the same command again", common.STORE)
    except KeyboardInterrupt:  # what was found up to here is told all the same: no later pass tells it again
        whole = False
    return count, time.monotonic() - started, whole


def as_json(ground: Ground, flips: list[Flip], count: int, dry_run: bool) -> dict[str, Any]:
    """The change report: every flip with the rules behind it, and how many of each kind."""
    directions: dict[str, Counter[str]] = {}
    new, gone = _names(flips)
    for change in (change for flip in flips for change in flip.changes):
        raised = CONFIDENCES[change.after] > CONFIDENCES[change.before]
        directions.setdefault(change.category, Counter())["raised" if raised else "lowered"] += 1
    return {
        "pack": ground.pack.name,
        "pack_digest": ground.pack.digest,
        "dry_run": dry_run,
        "observations": count,
        "names_newly_flagged": len(new),
        "names_no_longer_flagged": len(gone),
        "newly_flagged": sum(flip.flagged_after and not flip.flagged_before for flip in flips),
        "no_longer_flagged": sum(flip.flagged_before and not flip.flagged_after for flip in flips),
        "by_category": {
            category: {"raised": found["raised"], "lowered": found["lowered"]}
            for category, found in sorted(directions.items())
        },
        "flips": flips,
    }


def _print(flips: list[Flip]) -> None:
    columns = ("name", "visit", "category", "before", "after", "points", "by the rules")
    rows = (
        (flip.name, flip.at if not flip.current else "newest", one.category, one.before, one.after,
         f"{one.points_before:g} -> {one.points_after:g}", _rules(one))
        for flip in flips
        for one in flip.changes
    )  # fmt: skip
    common.table("", columns, rows)
    new, gone = _names(flips)
    if flips:
        common.note(
            f"{common.counted(len(new), 'name')} newly flagged, {len(gone):,} no longer flagged, by their newest visits"
        )


def _names(flips: list[Flip]) -> tuple[set[str], set[str]]:
    """The names that come into the queue, and those that leave it: by their newest visits, as the queue goes."""
    newest = [flip for flip in flips if flip.current]
    new = {flip.name for flip in newest if flip.flagged_after and not flip.flagged_before}
    return new, {flip.name for flip in newest if flip.flagged_before and not flip.flagged_after}


def _rules(change: Change) -> str:
    """The rules that make the difference, with the points they had and have."""
    shown = [f"{one.rule} {_points(one.before)} -> {_points(one.after)}" for one in change.rules[:RULES]]
    more = len(change.rules) - RULES
    return ", ".join(shown + ([f"and {more} more"] if more > 0 else [])) or "the pack's limits"


def _points(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"
