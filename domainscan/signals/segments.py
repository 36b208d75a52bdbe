"""The words that a label of a host name is made of, where one of them is a word that a token begins with.

A label is cut into known words rather than searched for letters: "sundress" is a word of its own, so there is no
"undress" in it. Most labels hold no such word, and one search tells (0.5 µs).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import ahocorasick_rs

from domainscan.signals.context import Token, Vocabulary
from domainscan.signals.folding import fold

FREE_LENGTH: Final = 7  # letters from which a word counts wherever it stands, even across a hyphen
LONG_LENGTH: Final = 6  # letters from which a word is also known with its doubled letters single
SHORT_LENGTH: Final = (
    3  # letters up to which a word must be cut off on both sides, or touch a token's first word
)
STRANGE_LENGTH: Final = 3  # unknown letters beside such a word that may be a word of their own
_LEET: Final = str.maketrans("0134578", "oieastb")
_LEET_WORD: Final = re.compile(r"[a-z][0134578]|[0134578][a-z]")
_DOUBLED: Final = re.compile(r"([a-z])\1")


class Piece(NamedTuple):
    """A known word and where it stands in a label without its hyphens."""

    start: int
    end: int
    word: str


class Cut(NamedTuple):
    """The words of a label in one spelling."""

    words: tuple[str, ...]
    begins: bool  # whether the label begins with the first of them
    whole: bool  # whether they are all there is of it


class Label(NamedTuple):
    """A label without its hyphens, and where they stood."""

    text: str
    cuts: frozenset[int]


class Segments:
    """The words of a vocabulary's tokens, compiled."""

    def __init__(self, tokens: tuple[Token, ...], classes: Mapping[str, tuple[str, ...]]) -> None:
        self._classes: dict[str, set[str]] = {}
        for name, words in classes.items():
            self._learn(f"@{name}", words)
        for token in tokens:
            for slot in (*token.near, token.without):
                for one in slot:
                    if not one.startswith("@"):
                        self._learn(one, (one,))
        first = {one for token in tokens for one in token.near[0]}
        self.anchors = frozenset(word for word, known in self._classes.items() if known & first)
        self._contrary = {one for token in tokens for one in token.without if one.startswith("@")}
        self._first = _automaton(self.anchors)
        self._words = sorted(self._classes)
        self._cues = frozenset(classes.get("machine", ()))
        self._all = _automaton(self._words)

    def _learn(self, name: str, words: Iterable[str]) -> None:
        for word in words:
            for spelled in {word, _single(word) if len(word) >= LONG_LENGTH else word}:
                self._classes.setdefault(spelled, set()).add(name)

    def classes(self, word: str) -> set[str]:
        """The classes of a word, and the word itself where a token names it; empty for an unknown word."""
        return self._classes.get(word, set())

    def cuts(self, label: str) -> Iterator[Cut]:
        """The known words that a label is made of, in each of its spellings that holds a token's first word.

        Doubled letters are undone where no long word is known otherwise: "undreess" is one, "rounddress" has a dress.
        """
        folded = fold(label)
        plain = _label(folded)
        for seen in (plain, *_with_letters(folded)):
            if self._first.find_matches_as_indexes(seen.text):
                yield self._cut(seen)
        if (
            _DOUBLED.search(folded)
            and _has_long(self._first, _single(plain.text), LONG_LENGTH)
            and not _has_long(self._all, plain.text, LONG_LENGTH - 1)
        ):
            yield self._cut(_label(_single(folded)))

    def speaks_against(self, label: str) -> bool:
        """Whether a label holds a word of the classes that tokens are `without`: who detects, helps, sews or sells."""
        words = self._cut(_label(fold(label))).words
        return any(not self._contrary.isdisjoint(self.classes(one)) for one in words)

    def _cut(self, label: Label) -> Cut:
        pieces = self._proper(_cover(self._found(label), len(label.text), self._cues), label)
        return Cut(
            tuple(one.word for one in pieces),
            bool(pieces) and pieces[0].start == 0,
            sum(one.end - one.start for one in pieces) == len(label.text),
        )

    def _found(self, label: Label) -> list[Piece]:
        """The known words in a label; a short one only where others, or nothing, may stand on both sides of it."""
        text, cuts = label
        found = [
            Piece(start, end, self._words[at])
            for at, start, end in self._all.find_matches_as_indexes(text, overlapping=True)
            if end - start >= FREE_LENGTH or not any(start < cut < end for cut in cuts)
        ]
        starts, ends = {one.start for one in found}, {one.end for one in found}
        return [
            one for one in found
            if len(one.word) != SHORT_LENGTH
            or not one.word.isascii()
            or (_is_bound(one.start, label, ends) and _is_bound(one.end, label, starts))
        ]  # fmt: skip

    def _proper(self, pieces: list[Piece], label: Label) -> list[Piece]:
        """The pieces that stand as words: cut off by an end, a hyphen, a digit or another word.

        Cues before a word that a token begins with wait until the others are sorted out: what stands before such a cue
        is strange, or is not, by the words that are left.
        """
        starts, ends = {one.start for one in pieces}, {one.end for one in pieces}
        held = {one.start for one in pieces if len(one.word) > SHORT_LENGTH and one.word in self.anchors}
        waiting = [one for one in pieces if one.word in self._cues and _is_tiny(one) and one.end in held]
        kept = [one for one in pieces if one in waiting or _stands(one, label, starts, ends)]
        if len(kept) == len(pieces):
            kept = [
                one
                for one in pieces
                if one not in waiting or _stands(one, label, starts, ends) or _follows_strange(one, ends)
            ]
        return kept if len(kept) == len(pieces) else self._proper(kept, label)


def _has_long(words: ahocorasick_rs.AhoCorasick, text: str, length: int) -> bool:
    """Whether a word of so many letters stands in a label, whatever it is part of."""
    return any(
        end - start >= length for _, start, end in words.find_matches_as_indexes(text, overlapping=True)
    )


def _cover(found: list[Piece], length: int, cues: frozenset[str]) -> list[Piece]:
    """Words side by side that cover the most letters; of equals, the fewest words, and cues before others."""
    by_end: dict[int, list[Piece]] = {}
    for piece in found:
        by_end.setdefault(piece.end, []).append(piece)
    best: list[tuple[int, Piece | None]] = [(0, None)]
    for end in range(1, length + 1):
        here: tuple[int, Piece | None] = (best[end - 1][0], None)
        for piece in by_end.get(end, ()):
            worth = best[piece.start][0] + 128 * (end - piece.start) - (1 if piece.word in cues else 2)
            if worth > here[0]:
                here = (worth, piece)
        best.append(here)
    pieces, at = [], length
    while at:
        last = best[at][1]
        if last:
            pieces.append(last)
        at = last.start if last else at - 1
    return pieces[::-1]


def _stands(piece: Piece, label: Label, starts: set[int], ends: set[int]) -> bool:
    start, end, word = piece
    if not word.isascii() or end - start >= FREE_LENGTH:
        return True
    left, right = _is_bound(start, label, ends), _is_bound(end, label, starts)
    return (left or right) if end - start > SHORT_LENGTH else (left and right)


def _is_tiny(piece: Piece) -> bool:
    return piece.end - piece.start < SHORT_LENGTH


def _follows_strange(piece: Piece, ends: set[int]) -> bool:
    """Whether what stands before a cue may be a word of its own: "kaiporn" is somebody's name, "kennyaiporn" is not."""
    return piece.start - max((at for at in ends if at <= piece.start), default=0) >= STRANGE_LENGTH


def _is_bound(at: int, label: Label, words: set[int]) -> bool:
    """Whether a place in a label is its end, a hyphen, beside a digit, or where another word begins or ends."""
    text = label.text
    if at in (0, len(text)) or at in label.cuts or at in words:
        return True
    return text[at - 1].isdigit() or text[at].isdigit()


def _with_letters(folded: str) -> Iterator[Label]:
    """A folded label with its digits read as the letters they look like, where they stand beside letters."""
    if _LEET_WORD.search(folded):
        yield _label(folded.translate(_LEET))


def _single(text: str) -> str:
    """`text` with every run of one character as that character once."""
    return "".join([char for char, before in zip(text, f" {text}", strict=False) if char != before])


def _label(folded: str) -> Label:
    if " " not in folded:
        return Label(folded, frozenset())
    cuts, at = set(), 0
    for part in folded.split(" "):
        at += len(part)
        cuts.add(at)
    return Label(folded.replace(" ", ""), frozenset(cuts))


def _automaton(words: Iterable[str]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.Standard)


@lru_cache(maxsize=8)  # a process judges by one pack; the tests by a few
def segments(vocabulary: Vocabulary) -> Segments:
    """The words of a vocabulary's tokens as labels are cut by them."""
    return Segments(vocabulary.tokens, vocabulary.namewords)
