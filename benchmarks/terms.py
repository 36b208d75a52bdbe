"""Labelled texts, and what the table of wording may weigh of them: words and pairs, runs of Chinese, lexicon groups."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.taboo import DISCLAIMER, OPINION, ORIGIN
from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.assess import Pack
from domainscan.evaluate import Row, load_dataset
from domainscan.model import CATEGORIES, Failure, History
from domainscan.signals.context import Context
from domainscan.signals.weights import GROUP, READ
from domainscan.signals.words import Words

AT: Final = "2026-11-26T12:00:00Z"
PROMISED: Final = 4.0  # what a page of tests/signals counts: the project promises how it is judged
FEWEST: Final = 3  # sites that use a term
EVERYBODYS: Final = 10  # sites that use a word, from which it is no name of a site, whatever one is called
TABOO: Final = (*OPINION, *ORIGIN, *DISCLAIMER)
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
    weight: float = 1.0


class Bag(NamedTuple):
    """One labelled text, by the terms that stand in it: enough to fit a table, and the text itself is not kept."""

    site: str
    risky: bool
    categories: tuple[str, ...]
    terms: frozenset[str]
    weight: float = 1.0


def grams(text: str) -> Iterator[str]:
    """The terms of a folded text."""
    for run in CHINESE.findall(text):
        for size in (2, 3, 4):
            yield from (run[at : at + size] for at in range(len(run) - size + 1))
    for line in text.split("\n"):
        words = [one for one in LATIN.findall(line) if len(one) > SHORT or not CYRILLIC.search(line)]
        yield from (one for one in words if len(one) > 1 and one not in GRAMMAR)
        yield from (f"{one} {other}" for one, other in pairwise(words) if not {one, other} <= GRAMMAR)


def groups_of(words: Words) -> set[str]:
    """The lexicon groups of a page; without brands, as every relay names some, and those of minors or of an origin."""
    fit = (one for one in words.begun(words.present, READ) if not one.startswith(("brand:", "minor_")))
    return {GROUP + group for group in fit if not is_taboo(group)}


def is_taboo(term: str) -> bool:
    """Whether a term speaks of opinion, belief, origin or language, or is a disclaimer: no table weighs those."""
    return any(taboo in term for taboo in TABOO)


def examples_of(file: Path, pack: Pack) -> Iterator[Example]:
    """The texts of a labelled set, read as the signals read them."""
    suffixes = load_suffixes()
    for row in _labelled(file, suffixes):
        read = Context(History(), pack.vocabulary, suffixes).read(row.observation)
        if not isinstance(read, Failure):
            means = pack.words.get(row.category, (row.category,))
            own = tuple(one for one in means if one in CATEGORIES)
            weight = PROMISED if file.suffix == ".toml" else 1.0
            yield Example(file.stem, row, row.label == "positive", own, read.words, weight)


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
