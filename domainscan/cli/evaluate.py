"""`evaluate`: how good the pack is on a labelled set."""

from __future__ import annotations

from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from msgspec.structs import asdict

from domainscan.assess import BadPack, Pack, judge, pack_in_force
from domainscan.cli import common
from domainscan.cli.progress import progress
from domainscan.evaluate import (
    BadDataset,
    Counts,
    Dataset,
    Mistake,
    Report,
    explaining,
    load_dataset,
    remarks,
)
from domainscan.evaluate import evaluate as measure
from domainscan.model import Assessment, History, Observation

SOURCES: Final = 15  # the table shows the worst ones; --json has all
EVERY: Final = 100  # rows between two moves of the bar
ERRORS: Final = 12  # of each kind
WIDTH: Final = 48  # of a source's name


class Sureness(StrEnum):
    """How sure the set's own labeller was."""

    low = "low"
    medium = "medium"
    high = "high"


def evaluate(
    ctx: typer.Context,
    dataset: Annotated[
        Path, typer.Argument(help="CSV (domain,label,...) or JSON lines (url,title,text|html,label,...)")
    ],
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
    min_confidence: Annotated[
        Sureness, typer.Option(help="leave out rows whose column `confidence` says less")
    ] = Sureness.low,
) -> None:
    """Precision, recall and F1 of the pack on labelled names or pages, and the rules behind each error.

    Commas, semicolons or tabs; UTF-8, UTF-16 and GB 18030 are read.

    \b
    Examples:
      domainscan evaluate names.csv
      domainscan evaluate pages.jsonl --json
    """
    settings = common.whole_settings(ctx)
    suffixes = settings.suffixes()
    try:
        pack = pack_in_force(settings.config.packs)
        loaded = load_dataset(dataset, suffixes, settings.now(), min_confidence.value)
        if loaded.encoding != "UTF-8":
            common.note(f"{dataset}: read as {loaded.encoding}")
    except BadPack as error:
        common.fail(str(error), common.STORE)
    except BadDataset as error:
        common.fail(str(error), common.USAGE)
    wide = explaining(pack)
    done = count(1)
    with progress(settings, "rows", len(loaded.rows)) as show:

        def judged(one: Observation) -> Assessment:
            found = next(done)
            if not found % EVERY:  # moving it costs as much as judging a name
                show(found)
            return judge(one, History(), pack, suffixes)

        report = measure(
            loaded,
            judged,
            words=pack.words,
            explain=lambda one: judge(one, History(), wide, suffixes),
            needed=pack.thresholds.medium,
        )
    for line, reason in loaded.skipped:
        common.note(f"{dataset}: line {line}: {reason}")
    for remark in remarks(loaded, pack.words):
        common.note(f"{dataset}: {remark}")
    if not loaded.rows:
        common.note(f"{dataset}: no row to measure")
    if json:
        common.emit_json(as_json(report, pack))
    else:
        _print(report, loaded)
    if loaded.skipped or not loaded.rows:
        raise typer.Exit(common.PARTLY)


def as_json(report: Report, pack: Pack) -> dict[str, Any]:
    """The report as plain data; the numbers over all rows stand at the top."""
    return {
        "pack": pack.name,
        "pack_digest": pack.digest,
        "rows": report.rows,
        "left_out": report.left_out,
        "skipped": [{"line": line, "reason": reason} for line, reason in report.skipped],
        **_numbers(report.overall),
        "intervals": report.intervals,
        "per_domain": _numbers(report.per_domain),
        "by_category": {name: _numbers(counts) for name, counts in report.by_category},
        "by_word": {name: _numbers(counts) for name, counts in report.by_word},
        "by_source": {name: _numbers(counts) for name, counts in report.by_source},
        "errors": report.errors,
        "grey_at_high": report.grey_at_high,
    }


def _numbers(counts: Counts) -> dict[str, float | None]:
    return {
        "n": counts.n,
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "false_positives_per_10000": counts.false_positives_per_10000,
        **asdict(counts),
    }


def _print(report: Report, loaded: Dataset) -> None:
    whole = [("all rows", report.overall), ("each domain once", report.per_domain)]
    columns = ("", "precision", "recall", "F1", "true +", "false +", "missed", "true -", "at high")
    common.table("Over all, and per category", columns, map(_row, [*whole, *report.by_category]))
    print()
    common.table("In the set's own words", _WORDS, map(_word, report.by_word))
    worst = [one for one in report.by_source if one[1].false_positives or one[1].false_negatives]
    if len(report.by_source) > 1 and worst:
        worst.sort(key=lambda one: -(one[1].false_positives + one[1].false_negatives))
        print()
        common.table("The worst sources", _WORDS, map(_word, worst[:SOURCES]))
    _print_errors(report)
    _print_notes(report, loaded)


_WORDS: Final = ("", "rows", "flagged", "at high", "wrong", "share wrong")


def _row(named: tuple[str, Counts]) -> tuple[str, ...]:
    name, one = named
    shares = ("-" if share is None else f"{share:.3f}" for share in (one.precision, one.recall, one.f1))
    counts = (one.true_positives, one.false_positives, one.false_negatives, one.true_negatives)
    high = one.high_true_positives + one.high_false_positives
    return (name, *shares, *(f"{count:g}" for count in (*counts, high)))


def _word(named: tuple[str, Counts]) -> tuple[str, ...]:
    """One word or source: how many rows, how many are flagged, and how many of them should not be, or should."""
    name, one = named
    flagged = one.true_positives + one.false_positives + one.grey_flagged
    high = one.high_true_positives + one.high_false_positives + one.grey_high
    wrong = one.false_positives + one.false_negatives
    shown = name if len(name) <= WIDTH else name[: WIDTH - 1] + "…"
    counts = (f"{count:g}" for count in (one.n + one.grey, flagged, high))
    judged = (f"{wrong:g}", f"{wrong / one.n:.1%}") if one.n else ("-", "grey")
    return (shown, *counts, *judged)


def _print_errors(report: Report) -> None:
    """The first errors of each kind, with the rules; --json has them all."""
    alarms = [one for one in report.errors if one.label == "negative"]
    misses = [one for one in report.errors if one.label == "positive"]
    for title, errors in (
        ("Flagged, and should not be", alarms),
        ("Missed, with the rules that fell short", misses),
        ("Grey at confidence high", report.grey_at_high),
    ):
        if not errors:
            continue
        shown = f"{title}: {len(errors)}" + (f", {ERRORS} of them" if len(errors) > ERRORS else "")
        print(f"\n{shown}")
        for one in sorted(errors, key=lambda one: -one.points)[:ERRORS]:  # a near miss teaches most
            common.say(_error(one))


def _error(one: Mistake) -> str:
    said = f"{', '.join(one.flagged)} {one.confidence}" if one.flagged else one.confidence
    rules = ", ".join(f"{rule.rule} {rule.points:+g}" for rule in one.rules) or "no rule speaks of it"
    points = f"{one.points:g} of {one.needed:g} points"
    return f"  line {one.line} {one.url or one.name} ({one.category or one.label}): {said}, {points}: {rules}"


def _print_notes(report: Report, loaded: Dataset) -> None:
    one, ranges = report.overall, report.intervals
    shares = ", ".join(
        f"{key} {_range(ranges[key].get('bootstrap'))}" for key in ("precision", "recall", "f1")
    )
    common.note(f"95 % intervals, drawn by registrable domain: {shares}")
    rate = ranges["false_positive_rate"]["wilson"]
    per_10000 = f" ({10_000 * rate[0]:.1f}-{10_000 * rate[1]:.1f})" if rate else ""
    common.note(
        f"{common.counted(one.n, 'row')}: {common.counted(one.false_positives, 'false positive')}"
        + (f", {one.false_positives_per_10000:g}{per_10000} in 10,000 negatives" if rate else "")
        + f", {one.high_false_positives:g} of them at confidence high"
    )
    common.note(
        f"grey: {common.counted(one.grey, 'row')}, {one.grey_flagged:g} flagged, {one.grey_high:g} at confidence high"
    )
    if loaded.skipped or loaded.left_out:
        common.note(
            f"{common.counted(len(loaded.skipped), 'line')} could not be used, {loaded.left_out} not sure enough"
        )


def _range(found: tuple[float, float] | None) -> str:
    return f"{found[0]:.4f}-{found[1]:.4f}" if found else "-"
