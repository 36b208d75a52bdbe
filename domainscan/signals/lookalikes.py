"""How a label resembles an AI brand, and the table that sorts out those it cannot resemble."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

import ahocorasick_rs

from domainscan.signals.context import Brand, Vocabulary
from domainscan.signals.folding import CONFUSABLE, fold

# Digits and letter pairs that look like a letter; only ever tried against brand tokens.
_LOOKS: Final = (
    ("0", "o"),
    ("1", "l"),
    ("3", "e"),
    ("5", "s"),
    ("rn", "m"),
    ("vv", "w"),
    ("1", "i"),
    ("l", "i"),
)
PAIR_LENGTH: Final = 8  # letters of a token that "rn" for m may draw inside other letters
TYPO_LENGTH: Final = 6  # shorter brands have too many honest neighbours at edit distance 1


class NameTable:
    """What host names are compared with, compiled once: of 100 brands most names are near none.

    What it sorts out is judged by `resembles`: 14 µs a label instead of 112.
    """

    def __init__(self, brands: tuple[Brand, ...]) -> None:
        self._brands = brands
        self._owners: dict[str, int] = {}
        self._slips: dict[str, list[tuple[int, str]]] = {}  # tokens that may be mistyped, by first letter
        spelled: list[tuple[str, int]] = []
        for index, brand in enumerate(brands):
            for host in (*brand.owners, *brand.known):
                self._owners.setdefault(host, index)
            if _may_be_mistyped(brand):
                self._slips.setdefault(brand.token[:1], []).append((index, brand.token))
            spelled += [(one, index) for one in _spellings(brand) if one]
        self._spelled, self._brand_of = _automaton(spelled)

    def owner(self, name: str) -> Brand | None:
        """The first brand that this name, or one above it, belongs to."""
        labels = name.split(".")
        hosts = (".".join(labels[at:]) for at in range(len(labels)))
        found = [self._owners[host] for host in hosts if host in self._owners]
        return self._brands[min(found)] if found else None

    def near(self, label: str) -> list[Brand]:
        """The brands that a label may resemble, in their order; `resembles` says whether it does."""
        plain = unicodedata.normalize("NFKC", label).lower()
        joined = plain.replace("-", "")
        seen = "\n".join((joined, *_drawings(joined)))
        found = {
            self._brand_of[at] for at, _, _ in self._spelled.find_matches_as_indexes(seen, overlapping=True)
        }
        for piece in {*plain.split("-"), joined}:
            for index, token in self._slips.get(piece[:1], ()):
                if _one_slip(piece, token):
                    found.add(index)
        return [self._brands[index] for index in sorted(found)]


def _automaton(words: list[tuple[str, int]]) -> tuple[ahocorasick_rs.AhoCorasick, list[int]]:
    """An automaton of words, and the number that belongs to each."""
    standard = ahocorasick_rs.MatchKind.Standard
    return ahocorasick_rs.AhoCorasick([word for word, _ in words], matchkind=standard), [
        at for _, at in words
    ]


@lru_cache(maxsize=8)  # a process judges by one pack; the tests by a few
def name_table(vocabulary: Vocabulary) -> NameTable:
    """The brands of a vocabulary as names are compared with them."""
    return NameTable(vocabulary.brands)


@lru_cache(maxsize=2048)
def _spellings(brand: Brand) -> tuple[str, ...]:
    """A brand as host names spell it: its token, and its names that are not Latin."""
    return (brand.token, *(fold(name).replace(" ", "") for name in brand.names if not name.isascii()))


def resembles(brand: Brand, label: str) -> str:
    """How a label resembles a brand's token; "" when it does not, or is another word that does."""
    how = _looks_like(brand, label)
    if how and brand.unless:
        plain = unicodedata.normalize("NFKC", label).lower()
        words = (*plain.split("-"), plain.replace("-", ""))
        if any(fnmatchcase(word, other) for word in words for other in brand.unless):
            return ""
    return how


def _looks_like(brand: Brand, label: str) -> str:
    plain = unicodedata.normalize("NFKC", label).lower()
    joined = plain.replace("-", "")
    names = _spellings(brand)
    if joined in names:
        return "other_suffix"
    if any(one in joined for one in names if len(one) > 3 or not one.isascii()) or brand.token in plain.split(
        "-"
    ):
        return "combined"
    if len(brand.token) >= 5 and _drawn_alike(brand, plain):
        return "homoglyph"
    if _may_be_mistyped(brand):
        return "typo" if any(_one_slip(piece, brand.token) for piece in {*plain.split("-"), joined}) else ""
    return ""


def _may_be_mistyped(brand: Brand) -> bool:
    return brand.distinct and brand.typos and len(brand.token) >= TYPO_LENGTH


def _drawn_alike(brand: Brand, label: str) -> bool:
    """Whether foreign letters, digits or letter pairs in a label draw a brand's token.

    As a whole word all of them count. Inside other letters digits and foreign letters do, pairs beside long tokens,
    and l for i never: Italian law is full of "penale".
    """
    joined = label.replace("-", "")
    if any(brand.token in drawn for word in {*label.split("-"), joined} for drawn in (_drawings(word),)):
        return True
    inside = "\n".join(_drawings(joined, lambda look: _counts_inside(look, brand.token)))
    return brand.distinct and brand.token in inside


def _counts_inside(look: str, token: str) -> bool:
    return look.isdigit() or (len(look) == 2 and len(token) >= PAIR_LENGTH)


def _drawings(label: str, counts: Callable[[str], bool] = bool) -> list[str]:
    """A label with the letters that its foreign letters, its digits or letter pairs look like.

    All of a kind at once, and the first alone: "rnidjourney" has an honest pair too.
    """
    drawn = [] if label.isascii() else [label.translate(CONFUSABLE)]
    for look, letter in _LOOKS:
        if look in label and counts(look):
            drawn.append(label.replace(look, letter))
            if label.count(look) > 1:
                drawn.append(label.replace(look, letter, 1))
    return drawn


def _one_slip(word: str, token: str) -> bool:
    """Whether one letter was changed, left out, added or swapped with its neighbour."""
    if word == token or abs(len(word) - len(token)) > 1 or word[:1] != token[:1]:
        return False
    half = (
        len(token) // 2
    )  # one slip leaves the first half as it is, or the second, but for a swap between them
    rest = len(token) - half - 1
    if (
        word[:half] != token[:half] and word[-rest:] != token[-rest:]
    ):  # 0.4 µs instead of 1.4, and nearly all end here
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(word, token, strict=False)) if a != b), min(len(word), len(token))
    )
    rest_word, rest_token = word[at:], token[at:]
    if len(word) == len(token):
        swapped = rest_word[:2] == rest_token[1::-1] and rest_word[2:] == rest_token[2:]
        return rest_word[1:] == rest_token[1:] or swapped
    return rest_word[1:] == rest_token or rest_word == rest_token[1:]
