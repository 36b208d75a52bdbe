"""`python -m benchmarks.wording FILE...` fits the table of wording; `--check` judges held-out folds instead.

A logistic curve over the terms that stand in the first lines of labelled texts, drawn towards zero; terms are words and
pairs of words of Latin letters, and two to four Chinese characters. A FILE is a labelled set, or texts kept as bags of
terms (`benchmarks.bags`). Prints packs/wording.toml. With `--check` the table is fitted anew for each fold of the sets,
without its sites and their mirrors, put into the shipped pack in place of its own, and the whole judgement of the fold
is counted, with the rules and without the table; bags are always in the fit, and never judged.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.bags import BAGS, read_bags
from benchmarks.folds import FOLDS, folds_of
from benchmarks.logistic import STEPS, descend, table_of
from benchmarks.terms import EVERYBODYS, FEWEST, Bag, Example, examples_of, grams, groups_of, is_taboo
from blocklists.suffixes import load_suffixes
from domainscan.assess import Pack, judge, load_pack
from domainscan.evaluate.counts import count, weights
from domainscan.model import CONFIDENCES, History
from domainscan.signals.context import Vocabulary
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.weights import GROUP, READ, Weights, Wording, part_of, terms_in

TERMS: Final = 12_000
PULL: Final = 2.0  # towards zero, for a term that one text in e has
FIRST_STEPS: Final = 80  # of the fit with all terms, which only says which of them move most
LEAST: Final = 0.03  # weights below say nothing


def main() -> None:
    words = [one for one in sys.argv[1:] if one != "--check"]
    pack = load_pack()
    bags = [bag for file in words if file.endswith(BAGS) for bag in read_bags(Path(file))]
    examples = [one for file in words if not file.endswith(BAGS) for one in examples_of(Path(file), pack)]
    if "--check" in sys.argv:
        for line in check(examples, pack, bags):
            print(line, flush=True)
    else:
        print(as_toml(fit(examples, bags), f"{len(examples) + len(bags)} pages"), end="")


def fit(examples: Sequence[Example], bags: Sequence[Bag] = ()) -> Wording:
    """The table that tells risky texts from honest ones; grey pages are left out."""
    examples = [one for one in examples if one.row.label != "grey"]
    known = _known(examples, bags)
    lexicon = Lexicon({term: [term] for term in known})
    bags = [*(_bag(one, lexicon) for one in examples), *bags]
    there = _narrowed([one.terms for one in bags], known.union(*(_groups(one) for one in bags)))
    there = _narrowed(there, _distinct(there))
    there = _narrowed(there, _choose(there, _descend(bags, there, FIRST_STEPS)[1]))
    base, worth = _descend(bags, there)
    of = [one.categories[0] if one.risky and one.categories else "" for one in bags]
    return table_of(base, worth, of, there, LEAST, 2)


def _known(examples: Sequence[Example], bags: Sequence[Bag]) -> frozenset[str]:
    """The terms that several sites use, without names of the sites themselves."""
    named = {one.row.registrable.split(".")[0] for one in examples}
    sites: dict[str, set[str]] = defaultdict(set)
    for one in examples:
        for term in set(grams(one.words.text[:READ])):
            sites[term].add(one.row.registrable)
    for bag in bags:
        for term in bag.terms:
            sites[term].add(bag.site)
    return frozenset(
        term
        for term, who in sites.items()
        if len(who) >= (EVERYBODYS if term in named else FEWEST) and term[0] != GROUP and not is_taboo(term)
    )


def _groups(bag: Bag) -> Iterator[str]:
    return (term for term in bag.terms if term[0] == GROUP)


def _bag(example: Example, lexicon: Lexicon) -> Bag:
    terms = frozenset(terms_in(lexicon, example.words) | groups_of(example.words))
    return Bag(example.row.registrable, example.risky, example.categories, terms, example.weight)


def _narrowed(there: Sequence[frozenset[str]], terms: frozenset[str]) -> list[frozenset[str]]:
    return [one & terms for one in there]


def _distinct(there: Sequence[frozenset[str]]) -> frozenset[str]:
    """Of terms that stand on the very same pages the longest."""
    pages: dict[str, set[int]] = defaultdict(set)
    for at, terms in enumerate(there):
        for term in terms:
            pages[term].add(at)
    longest: dict[frozenset[int], str] = {}
    for term in sorted(pages, key=lambda term: (len(term), term)):
        longest[frozenset(pages[term])] = term
    return frozenset(longest.values())


def _choose(there: Sequence[frozenset[str]], worth: Mapping[str, float]) -> frozenset[str]:
    """The terms that move most: by weight, and by the root of how many pages have them."""
    pages = Counter(term for terms in there for term in terms)
    moved = {term: abs(weight) * pages[term] ** 0.5 for term, weight in worth.items()}
    return frozenset(sorted(moved, key=lambda term: (-moved[term], term))[:TERMS])


def _descend(
    bags: Sequence[Bag], there: Sequence[frozenset[str]], steps: int = STEPS
) -> tuple[float, dict[str, float]]:
    """Base and weights of the least loss. A site with many pages counts as the root of their number."""
    rows = Counter(one.site for one in bags)
    heavy = [one.weight * rows[one.site] ** -0.5 for one in bags]
    return descend(there, [one.risky for one in bags], heavy, _pull, part=part_of, steps=steps)


def _pull(share: float) -> float:
    """A rare term is drawn less, as it says more (its weight in text retrieval, idf, squared)."""
    return PULL / math.log(1 / share) ** 2 if share < 1 else PULL


def as_toml(table: Wording, fitted: str) -> str:
    """The table as packs/wording.toml holds it."""
    lines = ["[wording]", f"base = {table.base}", f'fitted = "{fitted}"']
    for category, terms in table.speaks_for.items():
        lines += ["", f"[wording.speaks_for.{category}]", *_rows(terms)]
    return "\n".join([*lines, "", "[wording.against]", *_rows(table.against), ""])


def _rows(terms: Mapping[str, float]) -> Iterator[str]:
    return (f'"{term}" = {weight}' for term, weight in terms.items())


def with_table(pack: Pack, table: Wording | None) -> Pack:
    """The pack, its table of wording replaced in place: load one of your own."""
    vocabulary: Vocabulary = pack.vocabulary
    vocabulary.weights = Weights(table)
    return pack


def check(examples: Sequence[Example], pack: Pack, bags: Sequence[Bag] = ()) -> Iterator[str]:
    """What the whole judgement reaches on folds that the table was not fitted on, and without any table."""
    folds = folds_of([one.row for one in examples])
    suffixes = load_suffixes()
    answers: dict[str, list[tuple[Example, bool]]] = {"without": [], "with": []}
    for fold in range(FOLDS):
        outside = [one for one, mine in zip(examples, folds, strict=True) if mine != fold]
        inside = [one for one, mine in zip(examples, folds, strict=True) if mine == fold]
        for name, table in (("without", None), ("with", fit(outside, bags))):
            held = with_table(pack, table)
            for one in inside:
                said = judge(one.row.observation, History(), held, suffixes).judgements
                answers[name].append((one, any(CONFIDENCES[each.confidence] >= 2 for each in said)))
        sys.stderr.write(f"fold {fold + 1} of {FOLDS}: {len(inside)} pages\n")
    yield "| set | risky | honest | rules alone: precision, recall, honest flagged | rules and table |"
    yield "|---|---|---|---|---|"
    for file in (*dict.fromkeys(one.file for one in examples), ""):
        mine = [[(one, flag) for one, flag in found if file in ("", one.file)] for found in answers.values()]
        labels = Counter(one.row.label for one, _ in mine[0])
        reached = " | ".join(_reached(found) for found in mine)
        yield f"| {file or 'all'} | {labels['positive']} | {labels['negative']} | {reached} |"


def _reached(found: Sequence[tuple[Example, bool]]) -> str:
    shares = weights(one.row.registrable for one, _ in found)
    counts = count(zip(((one.row.label, flagged, False) for one, flagged in found), shares, strict=True))
    wrong = sum(flagged for one, flagged in found if one.row.label == "negative")
    shown = ["-" if one is None else f"{one:.2f}" for one in (counts.precision, counts.recall)]
    return ", ".join((*shown, str(wrong)))


if __name__ == "__main__":
    main()
