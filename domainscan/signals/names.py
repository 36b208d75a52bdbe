"""What a host name says by itself. A name alone reaches confidence medium at most."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

import ahocorasick_rs

from blocklists.names import unicode_form
from domainscan.model import CATEGORIES, Failure, Observation, Part, Reading
from domainscan.signals.context import Brand, Context, Token, Vocabulary, once
from domainscan.signals.folding import CONFUSABLE, fold
from domainscan.signals.segments import Cut, Segments, segments

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
MACHINES: Final = frozenset(("chatbot", "chatgpt", "openai"))
PAIR_LENGTH: Final = 8  # letters of a token that "rn" for m may draw inside other letters
TYPO_LENGTH: Final = 6  # shorter brands have too many honest neighbours at edit distance 1


@once
def labels(observation: Observation, context: Context) -> tuple[str, ...]:
    """The labels somebody chose: those before the public suffix, in Unicode, nearest to the suffix first."""
    host = unicode_form(observation.name)
    chosen = host.split(".")
    suffix = context.suffixes.suffix(observation.name)
    count = suffix.count(".") + 1
    return tuple(label for label in reversed(chosen[:-count]) if label != "www")


def abuse_tokens(observation: Observation, context: Context) -> Reading | Failure:
    """Words of abuse in the host name: a part per category, 1 for a hint, 2 for a name that says it."""
    chosen = labels(observation, context)
    shared = context.suffixes.is_shared(observation.name)  # nobody chose the "app" of vercel.app
    suffix = "" if shared else observation.name.rpartition(".")[2]
    best: dict[str, tuple[float, str]] = {}
    table, begins = segments(context.vocabulary), context.vocabulary.token_begins
    for label in chosen:
        tail = suffix if label == chosen[0] else ""
        for cut in table.cuts(label):
            if all(table.classes(word).isdisjoint(begins) for word in (*cut.words, tail)):
                continue  # as in most names: no token's first word is there
            for token in context.vocabulary.tokens:
                found = _said(token, cut, tail, table)
                if found and token.worth > best.get(token.category, (0.0, ""))[0]:
                    best[token.category] = (token.worth, f"{' + '.join(found)} in {label}")
    parts = tuple(Part(one, *(_with_evidence(best, one))) for one in CATEGORIES if one in best)
    return Reading(max((part.value for part in parts), default=0.0), "worth", (), parts)


def _with_evidence(best: dict[str, tuple[float, str]], category: str) -> tuple[float, tuple[str, ...]]:
    worth, shown = best[category]
    return worth, (shown,)


def _said(token: Token, cut: Cut, tail: str, table: Segments) -> tuple[str, ...]:
    """The words of a label that a token asks for, one for each of its lists; () when one is missing.

    The suffix may be the one of several (`undress.app`), and says nothing alone.
    """
    if token.alone and not (cut.whole and len(cut.words) == len(token.near)):
        return ()
    if token.begins and not (cut.begins and not table.classes(cut.words[0]).isdisjoint(token.near[0])):
        return ()
    if any(not table.classes(word).isdisjoint(token.without) for word in cut.words):
        return ()
    tailed = token.suffix and not token.alone and len(token.near) > 1
    return _one_of_each(token.near, (*cut.words, tail) if tailed else cut.words, table)


def _one_of_each(
    near: tuple[tuple[str, ...], ...], words: tuple[str, ...], table: Segments
) -> tuple[str, ...]:
    for at, word in enumerate(words):
        if not table.classes(word).isdisjoint(near[0]):
            rest = _one_of_each(near[1:], words[:at] + words[at + 1 :], table) if near[1:] else ()
            if rest or not near[1:]:
                return (word, *rest)
    return ()


@once
def brand_lookalike(observation: Observation, context: Context) -> Reading | Failure:
    """How the host name uses an AI brand that is not its own.

    Parts: `homoglyph` (foreign letters or digits that look alike), `typo` (one slip away), `other_suffix`
    (the bare brand elsewhere), `combined` (brand with further words), `weak` (a brand that is also an
    ordinary word, beside other words), `lured` (such a brand beside a word that lures: download, log in, token),
    `owner` (the brand's own or an admitted name: nothing else is read then). A label below somebody else's
    domain is worth 0.7; on a shared suffix the one below the customer's name is the service's own.
    """
    best: dict[str, tuple[float, str]] = {}
    table = name_table(context.vocabulary)
    owner = table.owner(observation.name)
    if owner:
        return Reading(0.0, "worth", (), (Part("owner", 1.0, (owner.token,)),))
    chosen = labels(observation, context)
    own = 2 if context.suffixes.is_shared(observation.name) else 1
    for place, label in enumerate(chosen):
        for brand in table.near(label):
            how = _resembles(brand, label)
            if not brand.distinct and how == "combined":
                how = "lured" if _lures(brand.token, label, context.vocabulary) else "weak"
            if how and (brand.distinct or how in ("weak", "lured", "homoglyph")):
                worth = 1.0 if place < own else 0.7
                if place >= own and how != "weak" and _lures_anywhere(chosen, context.vocabulary):
                    how, worth = "lured", 1.0
                if worth > best.get(how, (0.0, ""))[0]:
                    best[how] = (worth, f"{label} ~ {brand.token}")
    parts = tuple(Part(how, worth, (shown,)) for how, (worth, shown) in sorted(best.items()))
    return Reading(max((part.value for part in parts), default=0.0), "worth", (), parts)


class NameTable:
    """What host names are compared with, compiled once: of 100 brands most names are near none.

    What it sorts out is judged by `_resembles`: 14 µs a label instead of 112.
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
        """The brands that a label may resemble, in their order; `_resembles` says whether it does."""
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


def _resembles(brand: Brand, label: str) -> str:
    """How a label resembles a brand's token; "" when it does not, or is another word that does."""
    how = _looks_like(brand, label)
    if how and brand.unless:
        plain = unicodedata.normalize("NFKC", label).lower()
        words = (*plain.split("-"), plain.replace("-", ""))
        if any(fnmatchcase(word, other) for word in words for other in brand.unless):
            return ""
    return how


def _lures(token: str, label: str, vocabulary: Vocabulary) -> bool:
    """Whether a brand stands at an end of a label, or between hyphens, and beside it a word that lures."""
    lures = vocabulary.namewords.get("lure", ())
    words = label.split("-")
    if token in words:
        return not {one.rstrip("0123456789") for one in words}.isdisjoint(lures)
    joined = "".join(words)
    if not (joined.startswith(token) or joined.endswith(token)):
        return False
    rest = (joined[len(token) :] if joined.startswith(token) else joined[: -len(token)]).rstrip("0123456789")
    return any(
        rest == one or (len(one) > 3 and (rest.startswith(one) or rest.endswith(one))) for one in lures
    )


def _lures_anywhere(chosen: tuple[str, ...], vocabulary: Vocabulary) -> bool:
    """Whether a word that lures stands between dots or hyphens of a host name. A host called chatgpt may be a
    company's own room for its people, so short words and words for the machine do not count.
    """
    lures = {one for one in vocabulary.namewords.get("lure", ()) if len(one) >= 5} - MACHINES
    return any(not lures.isdisjoint(label.split("-")) for label in chosen)


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


def mixed_script(observation: Observation, context: Context) -> Reading | Failure:
    """How many labels mix look-alike scripts (Latin with Cyrillic or Greek). Source: UTS 39 section 5.1."""
    found = []
    for label in labels(observation, context):
        if label.isascii():
            continue
        scripts = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1:
            found.append(f"{label}: {', '.join(sorted(scripts))}")
    return Reading(float(len(found)), "labels", tuple(found))
