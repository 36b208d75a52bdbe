"""`python -m benchmarks.short_pages DATASET...` fits the worths of the hints of one category, by cross-validation.

A logistic curve over the sum of the hints of a page (packs/short-pages.toml), drawn towards the worths that the table
has already: a few hundred rows may correct a person's guess, not replace it. Worths keep their sign. Prints what the
held-out folds reach for each strength of that pull, and the fitted worths. Rows of one site and
its mirrors share a fold.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.folds import FOLDS, folds_of
from blocklists.suffixes import load_suffixes
from domainscan.assess import Pack, load_pack
from domainscan.evaluate import Row, load_dataset
from domainscan.model import Failure, History
from domainscan.signals.context import Context
from domainscan.signals.hints import Hint, add_up
from domainscan.signals.short import hints_of

AT: Final = "2026-11-26T12:00:00Z"
CATEGORY: Final = "H07"
STEEP: Final = 6.0  # how fast the curve rises at the threshold, which is 1
STEPS: Final = 400
RATE: Final = 0.02
PULLS: Final = (1.0, 10.0, 30.0, 100.0, 300.0, math.inf)  # the last: the table as it is
Seen = tuple[Hint, ...]


class Example(NamedTuple):
    """A page of few words, whether it is one of the category, and the hints that count on it."""

    row: Row
    risky: bool
    seen: Seen
    both: bool


def main() -> None:
    pack = load_pack()
    examples = [one for file in sys.argv[1:] for one in _examples(Path(file), pack)]
    folds = folds_of([one.row for one in examples])
    print(f"{len(examples)} short pages, {sum(one.risky for one in examples)} of {CATEGORY}")
    for pull in PULLS:
        said = []
        for fold in range(FOLDS):
            worths = _fit([one for one, mine in zip(examples, folds, strict=True) if mine != fold], pull)
            said += [
                (one, _sum(one, worths) >= 1)
                for one, mine in zip(examples, folds, strict=True)
                if mine == fold
            ]
        print(f"pull {pull:6}: held out {_reached(said)}")
    for pull in PULLS[:-1]:
        worths = _fit(examples, pull)
        print(f"\npull {pull}: {_reached([(one, _sum(one, worths) >= 1) for one in examples])} on all")
        for hint, worth in worths.items():
            print(f"  {hint.kind:12} {hint.worth:6.2f} -> {worth:6.2f}  {', '.join(hint.terms[:3])}")


def _examples(file: Path, pack: Pack) -> list[Example]:
    suffixes = load_suffixes()
    found = []
    for row in load_dataset(file, suffixes, AT).rows:
        context = Context(History(), pack.vocabulary, suffixes)
        seen = hints_of(row.observation, context)
        words = pack.words.get(row.category, (row.category,))
        if isinstance(seen, Failure) or not seen or row.label == "grey":
            continue
        if row.label == "negative" or CATEGORY in words:
            counted, both = add_up(seen, CATEGORY)
            found.append(Example(row, row.label == "positive", tuple(one.hint for one in counted), both))
    return found


def _sum(one: Example, worths: dict[Hint, float]) -> float:
    return sum(worths.get(hint, hint.worth) for hint in one.seen) if one.both else 0.0


def _fit(examples: Sequence[Example], pull: float) -> dict[Hint, float]:
    """The worths that tell the examples apart, by steps down the slope; those of one sign keep it."""
    worths = {hint: hint.worth for one in examples for hint in one.seen}
    weight = {True: 0.5 / max(1, sum(one.risky for one in examples))}
    weight[False] = 0.5 / max(1, sum(not one.risky for one in examples))
    for _ in range(STEPS if pull < math.inf else 0):
        slope = {hint: pull / 1000 * (worth - hint.worth) for hint, worth in worths.items()}
        for one in examples:
            if one.both:
                chance = 1 / (1 + math.exp(-STEEP * (_sum(one, worths) - 1)))
                for hint in one.seen:
                    slope[hint] += STEEP * (chance - one.risky) * weight[one.risky]
        for hint, down in slope.items():
            moved = worths[hint] - RATE * down
            worths[hint] = max(0.0, moved) if hint.worth > 0 else min(0.0, moved)
    return worths


def _reached(said: Sequence[tuple[Example, bool]]) -> str:
    right = sum(flagged for one, flagged in said if one.risky)
    wrong = sum(flagged for one, flagged in said if not one.risky)
    risky = sum(one.risky for one, _ in said)
    return f"recall {right / max(1, risky):.3f}, {wrong} of {len(said) - risky} honest flagged"


if __name__ == "__main__":
    main()
