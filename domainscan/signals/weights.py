"""Weights: how much a term of a page, or a piece of a name, speaks for a harm or against all, as fitted tables say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from domainscan.model import Record
from domainscan.signals.folding import fold
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.words import Words

READ: Final = 1_500  # characters from the title on: those of the pages that the weights were fitted on
GROUP: Final = "@"
SHOWN: Final = 6  # terms quoted
PIECE: Final = (2, 3, 4, 5, 6)  # letters
SURE: Final = 24  # terms from which what they say for harm counts in full: of fewer only part does
FEW: Final = 6  # terms without which nothing speaks against harm
NEAR: Final = 0.6  # of the weight that speaks for the leading category, from which another is meant as well


class Wording(Record, frozen=True, forbid_unknown_fields=True):
    """A fitted table. `base`: the log odds of a page with none of the terms; what a term adds is natural log odds.

    Of wording each term adds its weight by the root of how many terms of the table the page has (`part_of`).

    Terms that speak for harm stand under the category on whose pages they were most often seen. "@price_word" is any
    term of that lexicon group; the words of a page's first lines are the others.
    """

    base: float
    fitted: str  # when, on what
    speaks_for: dict[str, dict[str, float]]
    against: dict[str, float]


class Spelling(Record, frozen=True, forbid_unknown_fields=True):
    """A fitted table of letters, packed: pieces of names by what they add, as in `{"0.4": "_pix ixel_"}`.

    "_" is the end of a label, or a hyphen.
    """

    base: float
    fitted: str
    speaks_for: dict[str, dict[str, str]]
    against: dict[str, str]

    @property
    def wording(self) -> Wording:
        """The table unpacked. Raises ValueError for a weight that is no number."""
        speaks = {category: _unpacked(rows) for category, rows in self.speaks_for.items()}
        return Wording(self.base, self.fitted, speaks, _unpacked(self.against))


def _unpacked(rows: Mapping[str, str]) -> dict[str, float]:
    return {piece: float(weight) for weight, pieces in rows.items() for piece in pieces.split()}


class Said(NamedTuple):
    """What wording or letters add up to; where they speak for harm, for which categories and by which terms."""

    odds: float
    categories: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


NOTHING: Final = Said(0.0)


class Weights:
    """A table of wording, compiled; `groups` are the lexicon groups it names. Without one nothing is said."""

    def __init__(self, table: Wording | None = None) -> None:
        self._base = table.base if table else 0.0
        self._weight: dict[str, float] = {}
        self._category: dict[str, str] = {}
        for category, terms in table.speaks_for.items() if table else ():
            self._weight |= terms
            self._category |= dict.fromkeys(terms, category)
        self._weight |= table.against if table else {}
        self.groups = frozenset(term[1:] for term in self._weight if term[0] == GROUP)
        self._last: tuple[Words, set[str]] | None = None

    def __bool__(self) -> bool:
        return bool(self._weight)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Of the terms that are words, each a group of its own."""
        return Lexicon({term: [term] for term in self._weight if term[0] != GROUP}, {})

    def said(self, words: Words) -> Said:
        """What the words of a page say for harm; nothing, where they do not.

        Each term counts once, and the one that weighs most for harm not at all. No word alone decides: of honest pages
        that came out as risky half did so for one.
        """
        literal = self._literal(words)
        # Patterns are tried only where what they may find could lift the sum above 0: on honest pages it seldom can.
        if self._most(literal | self._hopeful(words), len(literal)) <= 0:
            return NOTHING
        there = self._there(words, literal)
        odds = round(self._odds(there) * min(1.0, len(there) / SURE), 3)
        if odds <= 0:
            return NOTHING
        leading, strongest = meant(there, self._weight, self._category)
        shown = dict.fromkeys(_as_said(words, term) for term in strongest[:SHOWN])
        return Said(odds, leading, tuple(shown))

    def against(self, words: Words) -> float:
        """The odds where they are below 0: that much words speak against harm. 0 otherwise, and where fewer than FEW
        terms stand: a text in a language that the table hardly knows is not worded like honest ones.
        """
        there = self._there(words, self._literal(words))
        return min(0.0, self._odds(there)) if len(there) >= FEW else 0.0

    def _literal(self, words: Words) -> set[str]:
        """The terms of the table that are words, in a page's first lines; those of the last page are remembered."""
        if self._last is None or self._last[0] is not words:
            self._last = (words, terms_in(self.lexicon, words))
        return self._last[1]

    def _there(self, words: Words, literal: set[str]) -> set[str]:
        return literal | {GROUP + group for group in words.begun(self.groups, READ)}

    def _hopeful(self, words: Words) -> set[str]:
        """The groups that the first lines have, and those that speak for harm that they may have."""
        known = {GROUP + group for group in words.worded(READ) & self.groups}
        perhaps = {GROUP + group for group in words.cued & self.groups}
        return known | {term for term in perhaps if self._weight[term] > 0}

    def _odds(self, there: set[str]) -> float:
        return round(self._base + part_of(len(there)) * self._sum(there), 3)

    def _most(self, there: set[str], sure: int) -> float:
        """The most that the odds can be, where only `sure` of these terms are known to be there."""
        total = self._sum(there)
        return round(self._base + part_of(sure if total > 0 else len(there)) * total, 3)

    def _sum(self, there: set[str]) -> float:
        found = sorted([self._weight[term] for term in there])  # the same terms have the same sum for ever
        return sum(found) - max(0.0, found[-1] if found else 0.0)


def part_of(terms: int) -> float:
    """The part of its weight that each term counts, of so many: a long text has more of every kind, and is no surer."""
    return math.sqrt(1 / max(1, terms))


def meant(
    there: Iterable[str], weight: Mapping[str, float], category: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The categories that some terms speak of most, and the terms that speak for any, the strongest first."""
    speaking = sorted((one for one in there if one in category), key=lambda term: (-weight[term], term))
    worth: dict[str, float] = {}
    for term in speaking:
        worth[category[term]] = worth.get(category[term], 0.0) + weight[term]
    most = max(worth.values(), default=0.0)
    return tuple(sorted(one for one in worth if worth[one] >= NEAR * most)), tuple(speaking)


def _as_said(words: Words, term: str) -> str:
    """A term as the page says it: of a lexicon group the first word that stands there."""
    if term[0] != GROUP:
        return term
    first = words.of(term[1:])[0]
    return words.text[first.start : first.end]


def terms_in(lexicon: Lexicon, words: Words) -> set[str]:
    """The terms of a lexicon, each a group of its own, that stand in a page's first lines."""
    return lexicon.groups_of(lexicon.find(words.text[:READ]))


def pieces_of(label: str) -> set[str]:
    """Each run of PIECE letters of a label, folded, its ends and hyphens told as "_"."""
    text = f"_{fold(label).replace(' ', '_')}_"
    return {text[at : at + size] for size in PIECE for at in range(len(text) - size + 1)}


class Letters:
    """A table of letters, compiled; without one nothing is said."""

    def __init__(self, table: Wording | None = None) -> None:
        self._base = table.base if table else 0.0
        self._category = (
            {one: category for category, some in table.speaks_for.items() for one in some} if table else {}
        )
        self._weight = dict(table.against) if table else {}
        for some in table.speaks_for.values() if table else ():
            self._weight |= some

    @property
    def pieces(self) -> frozenset[str]:
        """The pieces that weigh something."""
        return frozenset(self._weight)

    def said(self, label: str) -> Said:
        """What the letters of a label say: 0 where they speak for no harm."""
        there = pieces_of(label) & self._weight.keys()
        odds = round(self._base + sum(sorted(self._weight[one] for one in there)), 3)
        return Said(odds, *meant(there, self._weight, self._category)) if odds > 0 else Said(0.0)
