"""Hints: words that prove nothing alone and add up on a page of few words, each kind of them once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from domainscan.model import Record
from domainscan.signals.folding import fold
from domainscan.signals.hits import Hit
from domainscan.signals.lexicon import Lexicon, in_order
from domainscan.signals.voices import listed_as_forbidden, voice_of
from domainscan.signals.words import Words

PLACES: Final = ("page", "title", "host", "number")
TITLES: Final = ("title", "heading")  # the zones of a title
# A number inside a term is written "#": "送#次". Digits and Chinese numerals of the text become "#" one by one, so
# places stay what they are, and such a term is looked for with as many of them as a number has. 一 stands in too many
# other words (一起, 一次扣).
_NUMERALS: Final = str.maketrans(dict.fromkeys("0123456789二两三四五六七八九十百", "#"))
_NUMBERS: Final = ("#", "##", "###", "####", "#.#", "##.#", "#.##")
# Manners of speaking in which a hint is no hint. Who forbids ("please do not flood it") may well offer; what stands
# in a list of what is forbidden is no hint either.
_ABOUT: Final = frozenset(("reported", "crime_name", "defence"))


class Hint(Record, frozen=True, forbid_unknown_fields=True):
    """Terms of one kind, and what the kind is worth for its categories; negative: it speaks against them.

    `place`: anywhere on the page, in its title or host name ("gpt*", "*chat"), or a registration number.
    `topic`: it says what the page is about; a category needs one such kind and one that is not.
    `groups`: of the lexicons, beside the terms.
    """

    kind: str
    category: tuple[str, ...]
    worth: float
    reason: str
    source: str
    terms: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    place: str = "page"
    topic: bool = False


class Seen(NamedTuple):
    """A hint, the words that show it, and where on the page they stand; nowhere for a name or a number."""

    hint: Hint
    words: str
    spans: tuple[Hit, ...] = ()


class Hints:
    """A pack's hints, compiled apart from the lexicons: longer pages are never searched for them."""

    def __init__(self, hints: Iterable[Hint]) -> None:
        self._hints = tuple(hints)
        self._by_group: dict[str, list[int]] = {}
        for at, hint in enumerate(self._hints):
            for group in hint.groups:
                self._by_group.setdefault(group, []).append(at)
        self._named = [
            (hint, re.compile("|".join(map(_name_pattern, hint.terms))))
            for hint in self._hints
            if hint.place in ("title", "host")
        ]
        self._numbers = [hint for hint in self._hints if hint.place == "number"]

    @cached_property
    def lexicons(self) -> tuple[Lexicon, Lexicon]:
        """Of plain terms, and of those with a number in them; made when the first short page is read."""
        searched = [(str(at), hint) for at, hint in enumerate(self._hints) if hint.place == "page"]
        plain = {at: [term for term in hint.terms if "#" not in term] for at, hint in searched}
        counted = {
            at: [one for term in hint.terms if "#" in term for one in _with_numbers(term)]
            for at, hint in searched
        }
        return Lexicon(plain, {}), Lexicon(counted, {})

    def seen(self, words: Words, host: Iterable[str], numbers: Iterable[str]) -> Iterator[Seen]:
        """Every hint of a page, of the labels of its host name, and of the registration numbers it shows."""
        plain, counted = self.lexicons
        searched = ((plain, words.text), (counted, words.text.translate(_NUMERALS)))
        found = [lexicon.by_group(lexicon.find(text)) for lexicon, text in searched]
        there = {int(at) for groups in found for at in groups}
        there |= {at for group in words.maybe.intersection(self._by_group) for at in self._by_group[group]}
        for at in sorted(there):
            hint = self._hints[at]
            hits = [hit for groups in found for hit in in_order(groups.get(str(at), ()))]
            hits += [hit for group in hint.groups for hit in words.of(group)]
            spans = tuple(hit for hit in hits if hint.worth <= 0 or _own(words, hit))
            if spans:
                yield Seen(hint, words.text[spans[0].start : spans[0].end], spans)
        lines = words.text.split("\n")
        title = "\n".join(line for zone, line in zip(words.zones, lines, strict=False) if zone in TITLES)
        names = {"title": title, "host": fold(" ".join(host))}
        for hint, pattern in self._named:
            if named := pattern.search(names[hint.place]):
                yield Seen(hint, f"{named[0]} in the {hint.place}")
        if number := next(iter(numbers), ""):
            yield from (Seen(hint, number) for hint in self._numbers)

    def __bool__(self) -> bool:
        return bool(self._hints)


def _own(words: Words, hit: Hit) -> bool:
    """Whether a hint is the page's own word, and none that it reports, fends off or lists as forbidden."""
    return voice_of(words, [hit], ("prohibit",)) not in _ABOUT and not listed_as_forbidden(words, hit)


def _with_numbers(term: str) -> Iterable[str]:
    """A term in every spelling of its numbers; one at an edge needs no more than its nearest digit."""
    inner = term.strip("#")
    if "#" not in inner:
        return (term,)
    first, _, last = inner.partition("#")
    edges = term[: len(term) - len(term.lstrip("#"))], term[len(term.rstrip("#")) :]
    return tuple(f"{edges[0]}{first}{number}{last}{edges[1]}" for number in _NUMBERS)


def _name_pattern(term: str) -> str:
    """A term of a title or host name: a whole word, or a part of one where "*" stands for the rest."""
    word = re.escape(fold(term.strip("*")))
    if not term.isascii():
        return word
    before, after = ("" if term.startswith("*") else r"\b"), ("" if term.endswith("*") else r"(?![a-z])")
    return f"{before}{word}{after}"


def add_up(seen: Iterable[Seen], category: str) -> tuple[list[Seen], bool]:
    """The strongest hint of each kind for a category, and whether they say both what is offered and how.

    No word is of two kinds: a longer term holds a shorter one, and of terms side by side the stronger kind takes it.
    """
    fitting = [one for one in seen if category in one.hint.category]
    spans = [span for one in fitting for span in one.spans]
    taken: list[Hit] = []
    counted: dict[str, Seen] = {}
    for one in sorted(fitting, key=lambda one: -abs(one.hint.worth)):
        if one.hint.kind in counted:
            continue
        own = [span for span in one.spans if not any(_holds(other, span) for other in spans)]
        free = [span for span in own if not any(_overlap(span, other) for other in taken)]
        if one.spans and not free:
            continue
        counted[one.hint.kind] = one
        taken += own
    roles = {one.hint.topic for one in counted.values() if one.hint.worth > 0}
    return list(counted.values()), len(roles) == 2


def _overlap(one: Hit, other: Hit) -> bool:
    return one.start < other.end and other.start < one.end


def _holds(one: Hit, other: Hit) -> bool:
    return one != other and one.start <= other.start and other.end <= one.end
