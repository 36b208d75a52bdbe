"""Weights of terms: how much a term on a page speaks for a harm or against all, as a pack's table of wording says."""

from __future__ import annotations

from typing import Final, NamedTuple

from domainscan.model import Record
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.words import Words

READ: Final = 1_500  # characters from the title on: those of the pages that the weights were fitted on
GROUP: Final = "@"
SHOWN: Final = 6  # terms quoted
NEAR: Final = 0.6  # of the weight that speaks for the leading category, from which another is meant as well


class Wording(Record, frozen=True, forbid_unknown_fields=True):
    """A fitted table. `base`: the log odds of a page with none of the terms; what a term adds is natural log odds.

    Terms that speak for harm stand under the category on whose pages they were most often seen. "@price_word" is any
    term of that lexicon group; the words of a page's first lines are the others.
    """

    base: float
    fitted: str  # when, on what
    speaks_for: dict[str, dict[str, float]]
    against: dict[str, float]


class Said(NamedTuple):
    """What the wording of a page adds up to; where it speaks for harm, for which categories and by which terms."""

    odds: float
    categories: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


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
        self._lexicon = Lexicon({term: [term] for term in self._weight if term[0] != GROUP}, {})

    def __bool__(self) -> bool:
        return bool(self._weight)

    def said(self, words: Words) -> Said:
        """What the words of a page say: 0 where they speak for no harm.

        Each term counts once, and the one that weighs most for harm not at all. No word alone decides: of honest pages
        that came out as risky half did so for one.
        """
        literal = terms_in(self._lexicon, words)
        # Patterns are tried only where what they may find could lift the sum above 0: on honest pages it seldom can.
        if self._odds(literal | self._hopeful(words)) <= 0:
            return Said(0.0)
        there = literal | {GROUP + group for group in words.among(self.groups) & self.groups}
        odds = self._odds(there)
        if odds <= 0:
            return Said(0.0)
        by_category: dict[str, float] = {}
        for term in sorted(there):
            if category := self._category.get(term):
                by_category[category] = by_category.get(category, 0.0) + self._weight[term]
        most = max(by_category.values(), default=0.0)
        leading = sorted(one for one, worth in by_category.items() if worth >= NEAR * most)
        strongest = sorted(there & self._category.keys(), key=lambda term: (-self._weight[term], term))
        shown = dict.fromkeys(_as_said(words, term) for term in strongest[:SHOWN])
        return Said(odds, tuple(leading), tuple(shown))

    def _hopeful(self, words: Words) -> set[str]:
        """The groups that a page has, and those that speak for harm that it may have."""
        known = words.among(())
        terms = {GROUP + group for group in known & self.groups}
        open_terms = {GROUP + group for group in (words.maybe - known) & self.groups}
        return terms | {term for term in open_terms if self._weight[term] > 0}

    def _odds(self, there: set[str]) -> float:
        found = sorted([self._weight[term] for term in there])  # the same terms have the same sum for ever
        return round(self._base + sum(found) - max(0.0, found[-1] if found else 0.0), 3)


def _as_said(words: Words, term: str) -> str:
    """A term as the page says it: of a lexicon group the first word that stands there."""
    if term[0] != GROUP:
        return term
    first = words.of(term[1:])[0]
    return words.text[first.start : first.end]


def terms_in(lexicon: Lexicon, words: Words) -> set[str]:
    """The terms of a lexicon, each a group of its own, that stand in a page's first lines."""
    return lexicon.groups_of(lexicon.find(words.text[:READ]))
