"""`python -m benchmarks.evaluation DATASET...` prints the tables of docs/evaluation.md, as Markdown.

Per labelled set: the shipped pack as it is, cross-validation by site, what each family of signals adds, and what kinds
of errors remain. No name of a set is printed, as they hold live abuse: `domainscan evaluate` shows it to those who ask.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.folds import FOLDS, Scored, cross_validate, scored, spread
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack, Rulebook, assess, judge, load_pack
from domainscan.evaluate import (
    Counts,
    Dataset,
    Report,
    Row,
    bootstrap,
    evaluate,
    explaining,
    load_dataset,
)
from domainscan.evaluate.counts import count
from domainscan.evaluate.report import answer_of, per_domain
from domainscan.model import Assessment, Failure, History, Observation, Reading
from domainscan.signals import SIGNALS, measure
from domainscan.signals.context import Context

AT: Final = "2026-11-26T12:00:00Z"
KINDS: Final = 15  # of errors that are shown
Readings = dict[str, Reading | Failure]


class Subject(msgspec.Struct, frozen=True):
    """A set with everything that was measured of it, and the pack that judges it."""

    dataset: Dataset
    pack: Pack
    suffixes: Suffixes
    readings: dict[int, Readings]  # by line

    def assess(self, row: Row, pack: Pack) -> Assessment:
        return assess(self.readings[row.line], pack, observation=row.observation, history=History())


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m benchmarks.evaluation DATASET...")
    pack, suffixes = load_pack(), load_suffixes()
    print(f"Pack {pack.name}, {pack.digest[:19]}.\n")
    for file in map(Path, sys.argv[1:]):
        dataset = load_dataset(file, suffixes, AT)
        sys.stderr.write(f"{file.name}: {len(dataset.rows):,} rows\n")
        for line in tables(file.name, dataset, pack, suffixes):
            print(line)
            sys.stdout.flush()


def tables(name: str, dataset: Dataset, pack: Pack, suffixes: Suffixes) -> Iterator[str]:
    """All tables of one set, line by line."""
    context = Context(History(), pack.vocabulary, suffixes)
    readings = {row.line: measure(row.observation, context) for row in dataset.rows}
    subject = Subject(dataset, pack, suffixes, readings)
    yield f"## {name}\n"
    yield from _as_it_is(subject)
    yield from _validated(subject)
    yield from _families(subject)
    yield from _errors(subject)


def _report(subject: Subject) -> Report:
    pack, wide = subject.pack, explaining(subject.pack)
    return evaluate(
        subject.dataset,
        lambda one: _judged(subject, one, pack),
        words=pack.words,
        explain=lambda one: _judged(subject, one, wide),
        needed=pack.thresholds.medium,
    )


def _judged(subject: Subject, observation: Observation, pack: Pack) -> Assessment:
    return judge(observation, History(), pack, subject.suffixes)


def _as_it_is(subject: Subject) -> Iterator[str]:
    report = _report(subject)
    yield "### The pack as it is\n"
    yield "| | rows | precision | recall | F1 | false + | per 10,000 | missed | benign at high | grey at high |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    slices = [("all rows", report.overall), ("each domain once", report.per_domain), *report.by_category]
    for name, one in slices:
        rate = "-" if one.false_positives_per_10000 is None else f"{one.false_positives_per_10000:g}"
        grey = f"{one.grey_high:g} of {one.grey:g}" if one.grey else "-"
        high = f"{one.high_false_positives:g}" if name[0] != "H" else "-"
        counts = f"{one.false_positives:g} | {rate} | {one.false_negatives:g} | {high} | {grey}"
        yield f"| {name} | {one.n:,} | {_shares(one)} | {counts} |"
    found = report.intervals
    said = ", ".join(f"{key} {_range(found[key]['bootstrap'])}" for key in ("precision", "recall", "f1"))
    alarms = found["false_positive_rate"]["wilson"]
    yield f"\n95 % intervals, drawn by registrable domain: {said}; false positives per 10,000 (Wilson):"
    yield f"{10_000 * alarms[0]:.1f} to {10_000 * alarms[1]:.1f}.\n" if alarms else "none could be.\n"


def _shares(one: Counts) -> str:
    return " | ".join(
        "-" if share is None else f"{share:.3f}" for share in (one.precision, one.recall, one.f1)
    )


def _range(found: tuple[float, float] | None) -> str:
    return f"{found[0]:.3f} to {found[1]:.3f}" if found else "-"


def _validated(subject: Subject) -> Iterator[str]:
    shipped = subject.pack.thresholds.medium
    limits = msgspec.structs.replace(subject.pack.thresholds, low=-1e9, medium=-1e9, high=1e9)
    free = msgspec.structs.replace(subject.pack, thresholds=limits)
    rows = [scored(row, subject.assess(row, free)) for row in subject.dataset.rows]
    rounds, order, said = cross_validate(rows, shipped)
    yield f"### Cross-validation: {FOLDS} folds of sites, each domain weighing one\n"
    yield "| held out | domains | medium from, chosen on the others | precision | recall | F1 | F1 as shipped |"
    yield "|---|---|---|---|---|---|---|"
    for one in rounds:
        own = "-" if one.shipped.f1 is None else f"{one.shipped.f1:.3f}"
        yield f"| fold {one.fold} | {one.fitted.n:,g} | {one.medium:g} | {_shares(one.fitted)} | {own} |"
    means = " | ".join(spread((one.fitted for one in rounds), key) for key in ("precision", "recall", "f1"))
    yield f"| mean ± deviation | | | {means} | {spread((one.shipped for one in rounds), 'f1')} |"
    yield _pooled(order, said)


def _pooled(order: Sequence[Scored], said: Sequence[bool]) -> str:
    """All rows, each judged by the threshold of its own round."""
    domains: dict[str, list[tuple[tuple[str, bool, bool], float]]] = {}
    for one, flagged in zip(order, said, strict=True):
        domains.setdefault(one.row.registrable, []).append(((one.row.label, flagged, False), 1.0))
    shares = [[(what, 1 / len(rows)) for what, _ in rows] for rows in domains.values()]
    whole = count(one for rows in shares for one in rows)
    found = bootstrap(map(count, shares))
    line = f"| all folds together | {whole.n:,g} | | {_shares(whole)} | |\n"
    intervals = ", ".join(f"{key} {_range(found[key])}" for key in ("precision", "recall", "f1"))
    return f"{line}\n95 % intervals of the last line: {intervals}.\n"


def _families(subject: Subject) -> Iterator[str]:
    """What is lost when the rules of a family, or of one of its signals, are taken away; and what they reach alone."""
    ablation = _Ablation(subject)
    whole, rows = ablation.reached({rule.id for rule in subject.pack.rules})
    yield "### What each family of signals adds: the change without it, and what it reaches alone\n"
    yield "| family | rules | precision | recall | F1 | false + | benign at high | grey at high | alone: P | R |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    counts = f"{rows.false_positives:g} | {rows.high_false_positives:g} | {rows.grey_high:g}"
    yield f"| all rules | {len(subject.pack.rules)} | {_shares(whole)} | {counts} | | |"
    idle = []
    for name, mine in families(subject.pack).items():
        left, left_rows = ablation.reached({rule.id for rule in subject.pack.rules} - mine)
        alone, _ = ablation.reached(mine)
        if (left, left_rows) == (whole, rows) and not alone.true_positives:
            idle.append(name)
            continue
        changes = " | ".join(_change(whole, left, key) for key in ("precision", "recall", "f1"))
        counts = " | ".join(
            f"{getattr(left_rows, key) - getattr(rows, key):+g}"
            for key in ("false_positives", "high_false_positives", "grey_high")
        )
        own = " | ".join("-" if one is None else f"{one:.3f}" for one in (alone.precision, alone.recall))
        yield f"| {name} | {len(mine)} | {changes} | {counts} | {own} |"
    yield "\nShares weigh each domain once; counts are rows." + (
        f" No change on this set without: {', '.join(idle)}.\n" if idle else "\n"
    )


class _Ablation:
    """A set judged again and again by parts of a pack. What no rule of the whole pack speaks of stays unflagged."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        wide = explaining(subject.pack)
        rows = subject.dataset.rows
        self._live = [row for row in rows if subject.assess(row, wide).judgements]
        live = {row.line for row in self._live}
        self._still = [answer_of(row, _nothing(row)) for row in rows if row.line not in live]

    def reached(self, ids: set[str]) -> tuple[Counts, Counts]:
        """The counts with these rules alone: each domain weighing one, and by rows."""
        pack = self._subject.pack
        rules = tuple(one for one in pack.rules if one.id in ids)
        part = msgspec.structs.replace(pack, rules=rules, book=Rulebook(rules))
        answers = [answer_of(row, self._subject.assess(row, part)) for row in self._live] + self._still
        return per_domain(answers), count((one.said, 1) for one in answers)


def families(pack: Pack) -> dict[str, set[str]]:
    """The ids of the rules by family (the file their signals live in) and, where it has several, by signal."""
    found: dict[str, set[str]] = {}
    for rule in pack.rules:
        family = SIGNALS[rule.signal].__module__.rpartition(".")[2]
        found.setdefault(family, set()).add(rule.id)
        found.setdefault(f"{family}: {rule.signal}", set()).add(rule.id)
    signals = Counter(name.partition(":")[0] for name in found)
    found = {
        name: ids for name, ids in sorted(found.items()) if ":" not in name or signals[name.split(":")[0]] > 2
    }
    return {**found, "all counter-evidence": {rule.id for rule in pack.rules if rule.points < 0}}


def _nothing(row: Row) -> Assessment:
    return Assessment(row.observation.id, "", row.observation.name, AT, "", "", "", (), (), "")


def _change(whole: Counts, left: Counts, key: str) -> str:
    before, after = getattr(whole, key), getattr(left, key)
    return "-" if before is None or after is None else f"{after - before:+.3f}"


def _errors(subject: Subject) -> Iterator[str]:
    """The errors by what they have in common."""
    report = _report(subject)
    kinds = Counter(
        (
            "flagged" if one.flagged else "missed",
            one.category or one.label,
            ", ".join(sorted(f"{rule.rule} {rule.points:+g}" for rule in one.rules[:4]))
            or "no rule speaks of it",
        )
        for one in report.errors
    )
    sizes = {name: one.n for name, one in report.by_word}
    yield "### The errors that remain, by kind\n"
    yield "| error | the set's word | rows | of | the strongest rules |\n|---|---|---|---|---|"
    for (what, word, rules), rows in kinds.most_common(KINDS):
        yield f"| {what} | {word} | {rows} | {sizes.get(word, 0):,} | {rules} |"
    rest = kinds.total() - sum(rows for _, rows in kinds.most_common(KINDS))
    yield f"\n{rest} further errors in {max(0, len(kinds) - KINDS)} kinds.\n" if rest else ""


if __name__ == "__main__":
    main()
