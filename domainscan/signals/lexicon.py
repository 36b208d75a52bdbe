"""The lexicon: every term of every group found in a text in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final

import ahocorasick_rs

from domainscan.signals.folding import fold_lines
from domainscan.signals.hits import Hit, hit_of
from domainscan.signals.patterns import CUES, PATTERNS, Cues

HITS_LIMIT: Final = 40_000  # term hits kept per page: bounds the work on a page made of lexicon words
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_IS_LATIN: Final = bytes(chr(code) in _LATIN for code in range(256))  # a table for bytes.translate
_IS_LETTER: Final = bytes(chr(code) in _LATIN or code > 160 for code in range(256))  # the same of ISO 8859-5
_CYRILLIC: Final = "илпдзьжя"  # of which each text has one; folding takes no Latin letters for them
_span: Final = itemgetter(1, 2)
Places = list[tuple[int, int, int]]  # (number of the term, start, end)
Found = dict[int, Places]  # by the number of the term's kind, as the lexicon counts them
_Terms = dict[str, tuple[str, ...]]  # a term and the groups it belongs to


class Lexicon:
    """Groups of terms, and the `cues` of the patterns, as one automaton: a page is searched once for all of them.

    A term of Latin letters matches whole words, and their plural in -s; `undress*` matches any ending.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]], cues: Mapping[str, Cues] = CUES) -> None:
        words, stems = _merged(groups)
        # Terms that may be found inside a Latin word come first, stems before words: of the others, every place counts.
        begun, free_stems = _parted(stems)
        loose, free = _parted(words)
        self._stems, self._loose = len(begun), len(begun) + len(loose)
        terms = [*begun, *loose, *free_stems, *free]
        into = [stems[term] for term in begun] + [words[term] for term in loose]
        into += [stems[term] for term in free_stems] + [words[term] for term in free]
        # Terms that belong to the same groups are of one kind; then each pattern's cues are a kind.
        self._kinds = sorted(set(into))
        number = {kind: index for index, kind in enumerate(self._kinds)}
        self.cues = {name: len(self._kinds) + index for index, name in enumerate(cues)}
        self._patterned = {number: name for name, number in self.cues.items() if name in PATTERNS}
        places = [(one, self.cues[name]) for name, cue in cues.items() for one in _spellings(cue)]
        self._into = [number[kind] for kind in into] + [kind for _, kind in places]
        self._groups = frozenset(group for kind in self._kinds for group in kind)
        titled = _titled("\n".join(terms)).split("\n") if terms else []
        self._automaton = ahocorasick_rs.AhoCorasick(
            [*titled, *(word for word, _ in places)],
            matchkind=ahocorasick_rs.MatchKind.Standard,
        )

    @property
    def groups(self) -> frozenset[str]:
        """The names of all groups, those of patterns among them."""
        return self._groups.union(self._patterned.values())

    def find(self, text: str) -> Found:
        """The places of every kind in a folded text."""
        latin = _letters(text) + b"\0\0"  # latin[-1]: before the text
        stems, loose, into = self._stems, self._loose, self._into
        found: Found = defaultdict(list)
        matches = self._automaton.find_matches_as_indexes(_titled(text), overlapping=True)
        for match in matches:
            index, start, end = match
            if index < loose and (latin[start - 1] or latin[end]):  # most terms stand between blanks
                if latin[start - 1] and latin[start]:
                    continue
                if latin[end] and index >= stems and latin[end - 1] and (text[end] != "s" or latin[end + 1]):
                    continue
            found[into[index]].append(match)
        return dict(found) if len(matches) <= HITS_LIMIT else self._bounded(found)

    def _bounded(self, found: Found) -> Found:
        """The first hits on a page that has too many; what cues find are no hits."""
        if sum(map(len, found.values())) <= HITS_LIMIT:
            return found
        bounded: Found = {kind: places for kind, places in found.items() if kind >= len(self._kinds)}
        hits = (hit for kind, places in found.items() if kind < len(self._kinds) for hit in places)
        for hit in sorted(hits, key=itemgetter(2, 1, 0))[:HITS_LIMIT]:  # as the automaton comes upon them
            bounded.setdefault(self._into[hit[0]], []).append(hit)
        return bounded

    def groups_of(self, found: Found) -> set[str]:
        """The groups that have hits."""
        kinds = self._kinds
        return set().union(*[kinds[kind] for kind in found if kind < len(kinds)])

    def places(self, cue: str, found: Found) -> list[int]:
        """Where the words of a cue stand, in order."""
        return sorted([start for _, start, _ in found.get(self.cues[cue], ())])

    def cued(self, found: Found) -> list[str]:
        """The groups that have a pattern of which a cue was found."""
        return [self._patterned[kind] for kind in found if kind in self._patterned]

    def by_group(self, found: Found) -> dict[str, list[Places]]:
        """What was found of each group, kind by kind: a group has up to hundreds of kinds, a page few of them."""
        kinds = self._kinds
        groups: dict[str, list[Places]] = defaultdict(list)
        for kind, places in found.items():
            for group in kinds[kind] if kind < len(kinds) else ():
                groups[group].append(places)
        return groups


def in_order(found: Iterable[Places]) -> list[Hit]:
    """What was found of a group, by position."""
    spans = [span for places in found for span in map(_span, places)]
    spans.sort()  # plain pairs are compared in half the time
    return list(map(hit_of, spans))


def _merged(groups: Mapping[str, Iterable[str]]) -> tuple[_Terms, _Terms]:
    """The words and the stems of all groups as texts spell them, each once, with all its groups.

    Kept in two plain dicts: as rows to be sorted, 66,000 of them took three times as long.
    """
    written = [(word, group) for group in sorted(groups) for word in groups[group]]
    # Folded together: one by one takes four times as long.
    folded = fold_lines([word.removesuffix("*") for word, _ in written])
    words: _Terms = {}
    stems: _Terms = {}
    alone = {group: (group,) for group in groups}
    for (word, group), term in zip(written, map(str.strip, folded), strict=True):
        known = stems if word.endswith("*") else words
        if term not in known:
            known[term] = alone[group]
        elif group not in known[term]:
            known[term] = (*known[term], group)
    words.pop("", None)
    stems.pop("", None)
    return words, stems


def _parted(terms: Iterable[str]) -> tuple[list[str], list[str]]:
    """Terms that begin or end with a Latin letter, and the others."""
    latin: list[str] = []
    others: list[str] = []
    for term in terms:
        (latin if term[0] in _LATIN or term[-1] in _LATIN else others).append(term)
    return latin, others


def _letters(text: str) -> bytes:
    """Whether each character is a Latin letter or digit. Where Cyrillic is written its letters are like them: folding
    makes "moжet" of a word, and no "mo" stands in it.
    """
    if not text.isascii() and any(one in text for one in _CYRILLIC):
        return text.encode("iso8859-5", "replace").translate(_IS_LETTER)
    return text.encode("ascii", "replace").translate(_IS_LATIN)


def _titled(text: str) -> str:
    """`text` with a capital where a word of Latin letters begins.

    Searched this way a term is not found inside a word: of 1,900 places in 30 kB of English prose, 850 never
    reach Python.
    """
    return text.encode("utf-8", "surrogatepass").title().decode("utf-8", "surrogatepass")


def _spellings(cues: Cues) -> list[str]:
    """Cues as titled text spells them."""
    inside = [_titled(f"x{word}")[1:] for word in cues.words] if cues.inside else []
    return sorted({*map(_titled, cues.words), *inside})
