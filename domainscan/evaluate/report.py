"""What a judge makes of a labelled set, counted over all and in slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from domainscan.evaluate.counts import Counts, Said, count, weights
from domainscan.evaluate.dataset import Dataset, Row
from domainscan.evaluate.intervals import Interval, bootstrap, wilson
from domainscan.evaluate.mistakes import Judge, Mistake, mistake
from domainscan.model import CATEGORIES, CONFIDENCES, Assessment, Record

Slices = tuple[tuple[str, Counts], ...]


class Answer(Record, frozen=True):
    """What the judge said of a row, as far as it is counted."""

    row: Row
    flagged: bool
    high: bool  # flagged, and any category at confidence high
    categories: frozenset[str]  # at medium or high

    @property
    def said(self) -> Said:
        return self.row.label, self.flagged, self.high


class Report(Record, frozen=True):
    """What an evaluation found."""

    rows: int  # with grey
    skipped: tuple[tuple[int, str], ...]  # (line, reason)
    left_out: int
    overall: Counts
    per_domain: Counts  # each registrable domain weighs one, shared out among its rows
    intervals: dict[str, dict[str, Interval | None]]  # number -> way of reckoning -> interval
    by_category: Slices  # of the closed list, where the set's words map to it
    by_word: Slices  # of the set's own category words
    by_source: Slices
    errors: tuple[Mistake, ...]  # false positives, then misses
    grey_at_high: tuple[Mistake, ...]


def evaluate(
    dataset: Dataset,
    judge: Judge,
    *,
    words: Mapping[str, Sequence[str]],
    explain: Judge | None = None,
    needed: float = 0.0,
) -> Report:
    """Judges every row and counts.

    `words` maps the set's category words to the closed list; `explain` judges missed rows once more and tells of
    every category, as `explaining` packs do; `needed` are the points at which a row is flagged.
    """
    answers: list[Answer] = []
    wrong: list[tuple[Answer, Assessment]] = []
    for row in dataset.rows:
        assessment = judge(row.observation)
        answer = answer_of(row, assessment)
        answers.append(answer)
        if answer.high if row.label == "grey" else answer.flagged != (row.label == "positive"):
            wrong.append((answer, assessment))
    wrong.sort(key=lambda one: -one[0].flagged)
    mistakes = tuple(
        mistake(one.row, told, explain or judge, meant_by(one.row, words), needed) for one, told in wrong
    )
    overall = count((one.said, 1) for one in answers)
    return Report(
        rows=len(answers),
        skipped=dataset.skipped,
        left_out=dataset.left_out,
        overall=overall,
        per_domain=per_domain(answers),
        intervals=_intervals(answers, overall),
        by_category=tuple(_by_category(answers, words)),
        by_word=_slices(answers, lambda row: row.category),
        by_source=_slices(answers, lambda row: row.source),
        errors=tuple(one for one in mistakes if one.label != "grey"),
        grey_at_high=tuple(one for one in mistakes if one.label == "grey"),
    )


def answer_of(row: Row, assessment: Assessment) -> Answer:
    if not assessment.judgements:  # as most rows: nothing was found
        return Answer(row, False, False, frozenset())
    found = frozenset(one.category for one in assessment.judgements if CONFIDENCES[one.confidence] >= 2)
    high = any(one.confidence == "high" for one in assessment.judgements)
    return Answer(row, assessment.flagged, assessment.flagged and high, found)


def meant_by(row: Row, words: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The categories that a row's own word means; none for a word that nobody mapped."""
    word = row.category
    return words.get(word) or ([word.upper()] if word.upper() in CATEGORIES else [])


def per_domain(answers: Sequence[Answer]) -> Counts:
    """The counts with each registrable domain weighing one. Grey rows share out a weight of their own."""
    groups = ([one for one in answers if (one.row.label == "grey") == grey] for grey in (False, True))
    weighed = (
        (one.said, weight)
        for group in groups
        for one, weight in zip(group, weights(one.row.registrable for one in group), strict=True)
    )
    return count(weighed)


def _intervals(answers: Sequence[Answer], overall: Counts) -> dict[str, dict[str, Interval | None]]:
    domains: dict[str, list[tuple[Said, float]]] = {}
    for one in answers:
        if one.row.label != "grey":
            domains.setdefault(one.row.registrable, []).append((one.said, 1))
    drawn = bootstrap(map(count, domains.values()))
    hits, alarms = overall.true_positives, overall.false_positives
    return {
        "precision": {"wilson": wilson(hits, hits + alarms), "bootstrap": drawn["precision"]},
        "recall": {"wilson": wilson(hits, hits + overall.false_negatives), "bootstrap": drawn["recall"]},
        "f1": {"bootstrap": drawn["f1"]},
        "false_positive_rate": {"wilson": wilson(alarms, alarms + overall.true_negatives)},
        "grey_high_rate": {"wilson": wilson(overall.grey_high, overall.grey)},
    }


def _by_category(
    answers: Sequence[Answer], words: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Counts]]:
    """A row is a positive of a category when its word maps there; positives of other kinds are left out.

    It is found when any category that its word means is flagged. A negative counts where it is flagged for this one.
    """
    negatives = [one for one in answers if one.row.label == "negative"]
    alarms = Counter(category for one in negatives for category in one.categories)
    found: dict[str, Counter[bool]] = {category: Counter() for category in CATEGORIES}
    for one in answers:
        if one.row.label == "positive":
            meant = meant_by(one.row, words)
            hit = not one.categories.isdisjoint(meant)
            for category in meant:
                found[category][hit] += 1
    for category, hits in found.items():
        if hits or alarms[category]:
            wrong = alarms[category]
            yield category, Counts(hits[True], wrong, hits[False], len(negatives) - wrong)


def _slices(answers: Sequence[Answer], key: Callable[[Row], str]) -> Slices:
    found: dict[str, list[tuple[Said, float]]] = {}
    for one in answers:
        found.setdefault(key(one.row) or "(none)", []).append((one.said, 1))
    return tuple((name, count(said)) for name, said in sorted(found.items()))
