"""`python -m benchmarks.wording DATASET...` fits the table of wording; `--check` judges held-out folds instead.

A logistic curve over the terms that stand in the first lines of labelled pages, drawn towards zero; terms are words and
pairs of words of Latin letters, and two to four Chinese characters. Prints packs/wording.toml. With `--check` the table
is fitted anew for each fold, without its sites and their mirrors, put into the shipped pack in place of its own, and
the whole judgement of the fold is counted, with the rules and without the table.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.folds import FOLDS, folds_of
from benchmarks.logistic import descend, table_of
from benchmarks.taboo import DISCLAIMER, OPINION, ORIGIN
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack, judge, load_pack
from domainscan.evaluate import Row, load_dataset
from domainscan.evaluate.counts import count, weights
from domainscan.model import CATEGORIES, CONFIDENCES, Failure, History
from domainscan.signals.context import Context, Vocabulary
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.weights import GROUP, READ, Weights, Wording, terms_in
from domainscan.signals.words import Words

AT: Final = "2026-11-26T12:00:00Z"
TERMS: Final = 2_500
FEWEST: Final = 3  # sites that use a term
PULL: Final = 2.0  # towards zero: the inverse of what regression tables call C
TABOO: Final = (*OPINION, *ORIGIN, *DISCLAIMER)
LEAST: Final = 0.03  # weights below say nothing
CHINESE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")  # with kana
# Not the letters of another script that were folded to look-alikes, in a word with others that were not.
LATIN: Final = re.compile(r"(?<![\u00c0-\u1fff])[a-z][a-z0-9+'#]*(?![\u00c0-\u1fffa-z])")
CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
SHORT: Final = 3  # letters of a word that may be "от" or "но", folded, on a line of Cyrillic
# Words of grammar: alone they say how long a text is, and which of the sets it is from.
GRAMMAR: Final = frozenset(
  (
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "if", "in", "is", "it",
    "its", "not", "of", "on", "or", "so", "such", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "was", "were", "which", "who", "with", "you", "your", "we", "our", "us", "he", "she",
    "his", "her", "will", "can", "may", "do", "does", "did", "been", "than", "when", "what", "where", "how", "all",
    "any", "more", "most", "other", "some", "no", "i", "my", "me", "into", "out", "up", "about", "over", "also",
    "just",
  )
)  # fmt: skip


class Example(NamedTuple):
    file: str
    row: Row
    risky: bool
    categories: tuple[str, ...]
    words: Words


def main() -> None:
    words = [one for one in sys.argv[1:] if one != "--check"]
    pack = load_pack()
    examples = [one for file in words for one in _examples(Path(file), pack)]
    if "--check" in sys.argv:
        for line in check(examples, pack):
            print(line, flush=True)
    else:
        print(as_toml(fit(examples), f"{len(examples)} pages"), end="")


def _examples(file: Path, pack: Pack) -> Iterator[Example]:
    suffixes = load_suffixes()
    for row in _labelled(file, suffixes):
        read = Context(History(), pack.vocabulary, suffixes).read(row.observation)
        if not isinstance(read, Failure):
            means = pack.words.get(row.category, (row.category,))
            own = tuple(one for one in means if one in CATEGORIES)
            yield Example(file.stem, row, row.label == "positive", own, read.words)


def _labelled(file: Path, suffixes: Suffixes) -> tuple[Row, ...]:
    """The rows of a labelled set; of a .toml, its [[page]] tables, as tests/signals/pages.toml has them."""
    if file.suffix != ".toml":
        return load_dataset(file, suffixes, AT).rows
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as lines:
        for number, page in enumerate(tomllib.loads(file.read_text("utf-8"))["page"]):
            text = "\n".join((page.get("text", "").strip(), *page.get("buttons", ())))
            row = {"url": f"https://page-{number}.example/", "title": page.get("title", ""), "text": text}
            row |= {"label": "risky" if page["expect"] else "benign", "category": (*page["expect"], "")[0]}
            lines.write(json.dumps(row) + "\n")
        lines.flush()
        return load_dataset(Path(lines.name), suffixes, AT).rows


def fit(examples: Sequence[Example]) -> Wording:
    """The table that tells risky pages from honest ones; grey ones are left out."""
    examples = [one for one in examples if one.row.label != "grey"]
    named = {one.row.registrable.split(".")[0] for one in examples}
    sites: dict[str, set[str]] = defaultdict(set)
    for one in examples:
        for term in set(grams(one.words.text[:READ])):
            sites[term].add(one.row.registrable)
    known = [
        term
        for term, who in sites.items()
        if len(who) >= FEWEST and term not in named and not any(taboo in term for taboo in TABOO)
    ]
    lexicon = Lexicon({term: [term] for term in known})
    there = [frozenset(terms_in(lexicon, one.words) | _groups(one.words)) for one in examples]
    chosen = _choose(examples, there)
    there = [one & chosen for one in there]
    base, worth = _descend(examples, there)
    of = [one.categories[0] if one.risky and one.categories else "" for one in examples]
    return table_of(base, worth, of, there, LEAST, 2)


def _groups(words: Words) -> set[str]:
    """The lexicon groups of a page; without brands, as every relay names some, and those of minors or of an origin."""
    fit = (one for one in words.present if not one.startswith(("brand:", "minor_")))
    return {GROUP + group for group in fit if not any(taboo in group for taboo in TABOO)}


def grams(text: str) -> Iterator[str]:
    """The terms of a folded text."""
    for run in CHINESE.findall(text):
        for size in (2, 3, 4):
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    for line in text.split("\n"):
        words = [one for one in LATIN.findall(line) if len(one) > SHORT or not CYRILLIC.search(line)]
        yield from (one for one in words if len(one) > 1 and one not in GRAMMAR)
        yield from (f"{one} {other}" for one, other in pairwise(words) if not {one, other} <= GRAMMAR)


def _choose(examples: Sequence[Example], there: Sequence[frozenset[str]]) -> frozenset[str]:
    """The terms that tell most, by chi-squared; of terms that stand on the very same pages the longest."""
    pages: dict[str, set[int]] = defaultdict(set)
    for at, terms in enumerate(there):
        for term in terms:
            pages[term].add(at)
    longest: dict[frozenset[int], str] = {}
    for term in sorted(pages, key=lambda term: (len(term), term)):
        longest[frozenset(pages[term])] = term
    share = sum(one.risky for one in examples) / len(examples)
    telling = {term: _chi_squared(where, examples, share) for where, term in longest.items()}
    return frozenset(sorted(telling, key=lambda term: (-telling[term], term))[:TERMS])


def _chi_squared(where: Iterable[int], examples: Sequence[Example], share: float) -> float:
    seen = [examples[at].risky for at in where]
    risky, expected = sum(seen), len(seen) * share
    honest = len(seen) - risky
    return (risky - expected) ** 2 / expected + (honest - len(seen) + expected) ** 2 / (len(seen) - expected)


def _descend(examples: Sequence[Example], there: Sequence[frozenset[str]]) -> tuple[float, dict[str, float]]:
    """Base and weights of the least loss. A site with many pages counts as the root of their number."""
    rows = Counter(one.row.registrable for one in examples)
    heavy = [rows[one.row.registrable] ** -0.5 for one in examples]
    return descend(there, [one.risky for one in examples], heavy, PULL)


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


def check(examples: Sequence[Example], pack: Pack) -> Iterator[str]:
    """What the whole judgement reaches on folds that the table was not fitted on, and without any table."""
    folds = folds_of([one.row for one in examples])
    suffixes = load_suffixes()
    answers: dict[str, list[tuple[Example, bool]]] = {"without": [], "with": []}
    for fold in range(FOLDS):
        outside = [one for one, mine in zip(examples, folds, strict=True) if mine != fold]
        inside = [one for one, mine in zip(examples, folds, strict=True) if mine == fold]
        for name, table in (("without", None), ("with", fit(outside))):
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
