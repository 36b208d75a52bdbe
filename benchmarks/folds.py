"""Cross-validation grouped by registrable domain: what is chosen on some sites is measured on others.

Weights and words are written by hand, so nothing of them is fitted here. What is fitted is the one number that turns
points into a flag: the points at which confidence *medium* begins, chosen in each round on the training folds alone.
"""

from __future__ import annotations

import hashlib
import re
import statistics
import zlib
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from domainscan.evaluate import Counts, Row
from domainscan.evaluate.counts import count, weights
from domainscan.model import CONFIDENCES, Assessment, Page

FOLDS: Final = 5
GRID: Final = tuple(step / 4 for step in range(4, 25))  # 1 to 6 points; the pack says 3
GRAM: Final = 8  # characters; two texts that share most of their grams are mirrors
ALIKE: Final = 0.5
PAIRWISE: Final = 2_000  # pages; beyond that only equal texts are mirrors


class Scored(NamedTuple):
    """A row, and the most points of any category whose cap lets it be flagged; -1 where nothing could."""

    row: Row
    points: float


class Round(NamedTuple):
    """One fold held out: what the other folds chose, and what it did on this one."""

    fold: int
    medium: float
    fitted: Counts
    shipped: Counts


def scored(row: Row, uncapped: Assessment) -> Scored:
    """`uncapped` is the assessment by a pack whose medium begins at any points, and whose high never does."""
    able = (one.points for one in uncapped.judgements if CONFIDENCES[one.confidence] >= 2)
    return Scored(row, max(able, default=-1.0))


def cross_validate(rows: Sequence[Scored], shipped: float) -> tuple[list[Round], list[Scored], list[bool]]:
    """Each fold's round; then every row with what the threshold of its own round says of it."""
    rows = [one for one in rows if one.row.label != "grey"]
    folds = folds_of([one.row for one in rows])
    rounds, order, said = [], [], []
    for fold in range(FOLDS):
        inside = [one for one, mine in zip(rows, folds, strict=True) if mine == fold]
        outside = [one for one, mine in zip(rows, folds, strict=True) if mine != fold]
        medium = _best(outside, shipped)
        rounds.append(Round(fold + 1, medium, weighed(inside, medium), weighed(inside, shipped)))
        order += inside
        said += [one.points >= medium for one in inside]
    return rounds, order, said


def weighed(rows: Sequence[Scored], medium: float) -> Counts:
    """The counts at a threshold, each registrable domain weighing one."""
    shares = weights(one.row.registrable for one in rows)
    answers = ((one.row.label, one.points >= medium, False) for one in rows)
    return count(zip(answers, shares, strict=True))


def _best(rows: Sequence[Scored], shipped: float) -> float:
    """The threshold with the best F1; of equal ones that nearest to the pack's own."""
    found = {medium: weighed(rows, medium).f1 or 0.0 for medium in GRID}
    return max(GRID, key=lambda medium: (found[medium], -abs(medium - shipped)))


def spread(rounds: Iterable[Counts], number: str) -> str:
    """Mean and standard deviation over the folds."""
    values = [value for one in rounds if (value := getattr(one, number)) is not None]
    return f"{statistics.mean(values):.3f} ± {statistics.pstdev(values):.3f}" if values else "-"


def folds_of(rows: Sequence[Row]) -> list[int]:
    """The fold of each row: rows of one site, and of its mirrors, share one."""
    groups = _Groups()
    for row in rows:
        for mark in _marks(row):
            groups.join(row.registrable, mark)
    pages = [
        (row, _grams(row.observation.page.text)) for row in rows if isinstance(row.observation.page, Page)
    ]
    if len(pages) <= PAIRWISE:
        for (one, mine), (other, theirs) in combinations(pages, 2):
            if mine and theirs and len(mine & theirs) >= ALIKE * min(len(mine), len(theirs)):
                groups.join(one.registrable, other.registrable)
    return [_fold(groups.top(row.registrable)) for row in rows]


def _fold(group: str) -> int:
    return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % FOLDS


def _marks(row: Row) -> list[str]:
    """What mirrors share: the label without its digits and hyphens (chat-2, chat3), and the very same text."""
    label = row.registrable.split(".")[0]
    skeleton = re.sub(r"[\d-]+", "", label)
    marks = [f"label:{skeleton}"] if len(skeleton) > 3 else []
    page = row.observation.page
    if isinstance(page, Page) and page.text:
        marks.append("text:" + hashlib.sha256(page.text.encode("utf-8", "replace")).hexdigest())
    return marks


def _grams(text: str) -> frozenset[int]:
    """Hashes of the text's letters, eight by eight; one in eight of them is kept."""
    letters = "".join(text.lower().split())
    grams = (
        zlib.crc32(letters[at : at + GRAM].encode("utf-8", "replace"))
        for at in range(len(letters) - GRAM + 1)
    )
    return frozenset(one for one in grams if one % 8 == 0)


class _Groups:
    """Sets that grow together."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def top(self, one: str) -> str:
        while (above := self._above.get(one, one)) != one:
            one = above
        return one

    def join(self, one: str, other: str) -> None:
        """The smaller name stays on top, whatever the order of joining."""
        low, high = sorted((self.top(one), self.top(other)))
        self._above[high] = low
