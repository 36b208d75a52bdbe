"""Counts of answers, and the numbers they give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from domainscan.model import Record


class Counts(Record, frozen=True):
    """How many rows got which answer; where rows are weighed, how much they weigh. Grey rows are in `grey*` only.

    A number that nothing counts towards is None.
    """

    true_positives: float = 0
    false_positives: float = 0
    false_negatives: float = 0
    true_negatives: float = 0
    high_true_positives: float = 0  # of the true positives, those at confidence high
    high_false_positives: float = 0
    grey: float = 0
    grey_flagged: float = 0
    grey_high: float = 0

    @property
    def n(self) -> float:
        """Rows without grey."""
        found = self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
        return _tidy(found)

    @property
    def precision(self) -> float | None:
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float | None:
        both = 2 * self.true_positives
        return _share(both, both + self.false_positives + self.false_negatives)

    @property
    def false_positives_per_10000(self) -> float | None:
        """Of 10,000 rows that are labelled negative, how many are flagged."""
        negatives = self.false_positives + self.true_negatives
        return round(10_000 * self.false_positives / negatives, 2) if negatives else None


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _tidy(value: float) -> float:
    """A weight without the dust of adding thirds; a whole number as one."""
    return int(value) if float(value).is_integer() else round(value, 4)


_AT: Final[dict[tuple[str, bool, bool], tuple[str, ...]]] = {
    # (label, flagged, high): what it counts towards
    ("positive", True, True): ("true_positives", "high_true_positives"),
    ("positive", True, False): ("true_positives",),
    ("positive", False, False): ("false_negatives",),
    ("negative", True, True): ("false_positives", "high_false_positives"),
    ("negative", True, False): ("false_positives",),
    ("negative", False, False): ("true_negatives",),
    ("grey", True, True): ("grey", "grey_flagged", "grey_high"),
    ("grey", True, False): ("grey", "grey_flagged"),
    ("grey", False, False): ("grey",),
}
Said = tuple[str, bool, bool]  # label, flagged, high


def count(answers: Iterable[tuple[Said, float]]) -> Counts:
    """The counts of answers, each with what it weighs."""
    weights: dict[Said, float] = {}
    for said, weight in answers:
        weights[said] = weights.get(said, 0) + weight
    found: dict[str, float] = {}
    for said, weight in weights.items():
        for key in _AT[said]:
            found[key] = found.get(key, 0) + weight
    return Counts(**{key: _tidy(value) for key, value in found.items()})


def weights(domains: Iterable[str]) -> Iterator[float]:
    """What each row weighs so that every registrable domain weighs one, whatever its number of rows."""
    domains = list(domains)
    rows: dict[str, int] = {}
    for one in domains:
        rows[one] = rows.get(one, 0) + 1
    return (1 / rows[one] for one in domains)
