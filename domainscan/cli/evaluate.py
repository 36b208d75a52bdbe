"""`evaluate`: how good the pack is on a labelled set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from domainscan.assess import BadPack, judge, pack_in_force
from domainscan.cli import common
from domainscan.evaluate import BadDataset, Report, Score, load_rows
from domainscan.evaluate import evaluate as measure
from domainscan.model import History


def evaluate(
    ctx: typer.Context,
    dataset: Annotated[
        Path, typer.Argument(help="CSV (domain,label,...) or JSON lines (url,title,text|html,label,...)")
    ],
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Precision, recall and F1 of the pack on labelled names or pages."""
    settings = common.settings(ctx)
    suffixes = settings.suffixes()
    try:
        pack = pack_in_force(settings.config.packs)
        rows, skipped = load_rows(dataset, suffixes, settings.now())
    except BadPack as error:
        common.fail(str(error), common.STORE)
    except BadDataset as error:
        common.fail(str(error), common.USAGE)
    report = measure(
        rows, lambda one: judge(one, History(), pack, suffixes), words=pack.words, skipped=skipped
    )  # fmt: skip
    for line, reason in report.skipped:
        common.note(f"{dataset}: line {line}: {reason}")
    if json:
        common.emit_json(as_json(report, pack.name))
    else:
        _print(report)
    if skipped:
        raise typer.Exit(common.PARTLY)


def as_json(report: Report, pack: str) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "pack": pack,
        "rows": report.rows,
        "skipped": [{"line": line, "reason": reason} for line, reason in report.skipped],
        **_numbers(report.overall),
        "by_domain": _numbers(report.by_domain),
        "categories": {name: _numbers(score) for name, score in report.categories},
        "words": {name: _numbers(score) for name, score in report.words},
        "sources": {name: _numbers(score) for name, score in report.sources},
        "grey": {"rows": report.grey, "flagged": report.grey_flagged, "high": report.grey_high},
        "wrong": [
            {"name": name, "label": label, "flagged": flagged} for name, label, flagged in report.wrong
        ],
    }


def _numbers(score: Score) -> dict[str, float | None]:
    return {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "true_positive": score.true_positive,
        "false_positive": score.false_positive,
        "false_negative": score.false_negative,
        "true_negative": score.true_negative,
    }


def _row(name: str, score: Score) -> tuple[str, ...]:
    shown = ["-" if one is None else f"{one:.3f}" for one in (score.precision, score.recall, score.f1)]
    counts = (score.true_positive, score.false_positive, score.false_negative, score.true_negative)
    return (name, *shown, *(f"{one:g}" for one in counts))


def _print(report: Report) -> None:
    columns = ("", "precision", "recall", "F1", "true +", "false +", "missed", "true -")
    slices = [("all rows", report.overall), ("each domain once", report.by_domain), *report.categories]
    common.table("Over all and per category", columns, [_row(*one) for one in slices])
    common.table("By the set's own words", columns, [_row(*one) for one in report.words])
    if len(report.sources) > 1:
        common.table("By source", columns, [_row(*one) for one in report.sources[:40]])
    common.note(
        f"grey: {report.grey} rows, {report.grey_flagged} flagged, {report.grey_high} at confidence high"
    )
    if report.wrong:
        common.table("Judged wrongly (first of each)", ("name", "label", "flagged as"), list(report.wrong))
