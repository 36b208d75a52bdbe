"""Offers: where a page's words offer a harm, and in which manner each place speaks.

A mention counts in full only when its sentence neither forbids, reports, fends off nor explains the harm.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from domainscan.model import Record
from domainscan.signals.hits import Hit
from domainscan.signals.voices import VOICES, voice_of
from domainscan.signals.words import Words

MENTIONS_LIMIT: Final = 200  # anchors looked at per offer: a bound, and far more than any honest page has
LITTLE: Final = 300  # characters of a page that says little beside its offer
ONE_SENTENCE: Final = 1.8  # the strength of one sentence in running text at most: less than "several phrases"
TRADE_REACH: Final = (
    260  # characters on either side of an offer within which a price or a contact belongs to it
)
TIGHT: Final = 40  # characters of a window within which two words are to be parts of one phrase
# What parts two phrases: the end of a sentence (a line's end parts none: cells and items hold pieces of one
# offer), or a clause of its own between noun and verb.
_PARTED: Final = re.compile(r"[。!?]|[a-z)\d\"”]\. |,[^,。\n]{3,},|,(?:我们|您|他们|它)")
# "remove linings of clothes": another noun is the verb's object; "all of her clothes" are themselves.
_OTHERS: Final = re.compile(
    r"^ (?:the |any |your |old )?(?!(?:all|any|some|most|layers?|pieces?|kinds?|types?|items?|articles?|traces?)\b)"
    r"[a-z]{3,} (?:of|from|off|on|in) (?:the |any |your )?$"
)
# "verification that survives face swaps": the noun before is who acts, not what is done to.
_ACTS: Final = re.compile(r"^ (?:that|which|who) (?:[a-z]+ly )?$")
ZONES: Final[dict[str, float]] = {
    "title": 1.5,
    "heading": 1.3,
    "control": 1.4,
    "description": 1.2,
    "text": 1.0,
}
DENIED_CHARS: Final = tuple("不非勿莫")
DENIED: Final = (
    "拒绝", "禁止", "杜绝", "抵制", "严禁", "远离", "反对", "切勿", "不做", "不卖", "不接", "不为", "无任何", "不可",
)  # fmt: skip
# Groups of which a further word may be what the page does not do, or does not promise ("no guaranteed returns").
UNDONE: Final = ("bot_tool", "bot_blame", "guarantee", "sure_claim")
DENIED_WORDS: Final = ("no", "not", "never", "without", "against", "anti")
TRADE: Final[dict[str, str]] = {
    "call_to_action": "call to action",
    "price_word": "price",
    "contact_handle": "contact",
    "price_after": "price",
    "payment_hint": "payment",
    "deal": "deal",
    "distribution": "distribution",
    "scarcity": "hurry",
}


class Offer(Record, frozen=True, forbid_unknown_fields=True):
    """A pattern of an offer, as offers.toml writes it."""

    id: str
    category: str
    near: tuple[tuple[str, ...], ...]
    windows: tuple[int, ...] = ()
    weight: float = 1.0
    without: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()  # groups that make it no offer wherever on the page they stand
    most: int = 0  # characters of the page's words at most; 0: any number
    # Groups of its slots that hold everybody's words ("logo", "remove"): an offer beside others, alone no topic.
    common: tuple[str, ...] = ()
    # Manners of speaking that are how this harm is sold, and cast no doubt on it.
    despite: tuple[str, ...] = ()


Slot = tuple[tuple[str, ...], int]  # the groups of a further slot, and how far from the anchor one may stand


class Mention(NamedTuple):
    """One place of a page that matches an offer."""

    offer: Offer
    span: Hit
    voice: str
    worth: float
    term: str
    words: Words

    @property
    def trade(self) -> frozenset[str]:
        """What of trade stands near it."""
        return trade_near(self.words, self.span)

    @property
    def text(self) -> str:
        """The words around it, for a person to read."""
        return self.words.quote(self.span)


class Offers:
    """The offers of a pack by the groups of their first slot: most pages hold words of few."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._offers = tuple(offers)
        self._by_group: dict[str, list[int]] = {}
        for at, offer in enumerate(self._offers):
            for group in offer.near[0]:
                self._by_group.setdefault(group, []).append(at)

    def possible(self, words: Words) -> list[Offer]:
        """The offers that have a word for each slot on a page of this size, in their order.

        Patterns are tried last: a third of the pages of 30 KB hold prices, and few of them a word of harm beside.
        """
        maybe, size = words.maybe, len(words.text)
        begun = {at for group in maybe if group in self._by_group for at in self._by_group[group]}
        fitting = (self._offers[at] for at in sorted(begun) if size <= (self._offers[at].most or size))
        near = [offer for offer in fitting if _has_all(offer, maybe)]
        present = words.among({group for offer in near for slot in offer.near for group in slot})
        kept = [offer for offer in near if _has_all(offer, present)]
        never = words.among({group for offer in kept for group in offer.nowhere})
        return [offer for offer in kept if never.isdisjoint(offer.nowhere)]


def _has_all(offer: Offer, present: set[str]) -> bool:
    """Whether there is a word for each slot."""
    return not any(map(present.isdisjoint, offer.near))


def mentions(words: Words, offers: Offers) -> tuple[Mention, ...]:
    """Every place of the page that matches an offer, in the order of the offers."""
    anchors: dict[tuple[str, ...], list[Hit]] = {}  # many offers begin with the same groups
    found: list[Mention] = []
    for offer in offers.possible(words):
        first = offer.near[0]
        if first not in anchors:
            hits = sorted([hit for group in first for hit in words.of(group)])
            anchors[first] = _distinct(hits)[:MENTIONS_LIMIT]
        found.extend(_matches(words, offer, anchors[first]))
    return tuple(found)


def _matches(words: Words, offer: Offer, anchors: Iterable[Hit]) -> Iterable[Mention]:
    undone = any(map(words.has, UNDONE))
    slots = tuple(zip(offer.near[1:], offer.windows, strict=True))
    for anchor in anchors:
        spans = _companions(words, offer, slots, anchor)
        if not spans:
            continue
        span = anchor if len(spans) == 1 else Hit(min(spans)[0], max(one[1] for one in spans))
        refused = _denied(words, anchor) or (undone and any(_refused(words, one) for one in spans[1:]))
        voice = "prohibit" if refused else voice_of(words, spans, offer.despite)
        worth = offer.weight * VOICES[voice] * ZONES[words.zone(anchor.start)]
        yield Mention(offer, span, voice, worth, words.text[anchor[0] : anchor[1]], words)


def _denied(words: Words, anchor: Hit) -> bool:
    """Whether the words just before take the offer back: "no fake reviews", "不刷评"."""
    before = words.text[max(0, anchor.start - 12) : anchor.start]
    latin = before.replace("/", " ").replace("*", " ").split()  # "**Never** auto-post"
    return (
        before[-1:] in DENIED_CHARS or before.endswith(DENIED) or (bool(latin) and latin[-1] in DENIED_WORDS)
    )


def _refused(words: Words, span: Hit) -> bool:
    """Whether a further word of the offer is one the page says it does not do ("不刷量", "no fake reviews")."""
    return any(span in words.of(group) for group in UNDONE) and _denied(words, span)


def _one_phrase(words: Words, spans: list[Hit], other: Hit) -> bool:
    """Whether the anchor and another word may be parts of one phrase: verb and object, noun and what is promised of it.

    A noun between them that is the offer's own parts them not: "clone the voice of anybody".
    """
    anchor = spans[0]
    first, last = min(anchor, other), max(anchor, other)
    if first.end >= last.start:
        return True
    between = words.text[first.end : last.start]
    if last is anchor:
        return not _PARTED.search(between) and not _ACTS.match(between)
    own = any(first.end <= one.start and one.end <= last.start for one in spans[1:])
    return not _PARTED.search(between) and (own or not _OTHERS.match(between))


def _distinct(hits: list[Hit]) -> list[Hit]:
    """The hits without those that lie inside another."""
    kept: list[Hit] = []
    for hit in hits:
        if kept and hit.start < kept[-1].end:
            if hit.end > kept[-1].end:
                kept[-1] = Hit(kept[-1].start, hit.end)
        else:
            kept.append(hit)
    return kept


def _companions(words: Words, offer: Offer, slots: tuple[Slot, ...], anchor: Hit) -> list[Hit]:
    """One hit for each slot of the offer; [] when a slot stays empty or a contrary word is near."""
    spans = [anchor]
    for groups, window in slots:
        found = words.nearest(groups, anchor, window)
        if found is None or (window <= TIGHT and not _one_phrase(words, spans, found)):
            return []
        spans.append(found)
    if offer.without and words.nearest(offer.without, anchor, 60):
        return []
    if offer.unless and any(words.nearest(offer.unless, span, -1) for span in spans):
        return []
    return spans


def trade_near(words: Words, span: Hit) -> frozenset[str]:
    """What of trade stands within TRADE_REACH characters: price, call to action, payment, contact."""
    start, end = span.start - TRADE_REACH, span.end + TRADE_REACH
    return frozenset([name for group, name in TRADE.items() if words.any_between(group, start, end)])


def in_one_sentence(found: Collection[Mention]) -> bool:
    """Whether all that is offered in so many words stands in one sentence of a longer page's running text."""
    counted = [one for one in found if one.worth >= 0.5]
    if not counted or len(counted[0].words.text) <= LITTLE:
        return False
    words = counted[0].words
    if any(words.zone(one.span.start) != "text" for one in counted):
        return False
    first = min(one.span.start for one in counted)
    whole = words.sentence(Hit(first, first + 1))
    if whole.end - whole.start > LITTLE:  # a list whose items end in no stop is no sentence
        return False
    return all(one.span.end <= whole.end for one in counted)


def strength(found: Iterable[Mention], category: str) -> tuple[float, tuple[str, ...]]:
    """How strongly a page offers a harm, and the words that show it, strongest first.

    An offer counts in full once, half for a second place in other words; different offers add up. A page that forbids,
    reports, quotes or defends in half of its places is about the harm: what is left counts half. One sentence of a
    longer text is one clear offer, however many patterns it fits.
    """
    total = 0.0
    shown: list[tuple[float, str]] = []
    by_offer: dict[str, list[Mention]] = {}
    doubted: set[Hit] = set()
    own: set[Hit] = set()
    for one in found:
        if one.offer.category == category:
            if one.voice != "named":
                (own if one.voice in ("plain", "explain") else doubted).add(one.span)
            if one.worth > 0:
                by_offer.setdefault(one.offer.id, []).append(one)
    for places in by_offer.values():
        places.sort(key=lambda one: -one.worth)
        others = [one.worth for one in places[1:] if one.term != places[0].term]
        total += places[0].worth + sum(others[:1]) / 2
        shown.append((places[0].worth, f"{places[0].offer.id}: {places[0].text}"))
    shown.sort(key=lambda one: -one[0])
    if doubted and len(doubted) >= len(own):
        total /= 2
    if total > ONE_SENTENCE and in_one_sentence([one for places in by_offer.values() for one in places]):
        total = ONE_SENTENCE
    return round(total, 3), tuple(text for _, text in shown[:4])
