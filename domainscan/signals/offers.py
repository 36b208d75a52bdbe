"""Offers: where a page's words offer a harm, and in which manner each place speaks.

A mention counts in full only when its sentence neither forbids, reports, fends off nor explains the harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from domainscan.model import Record
from domainscan.signals.words import Hit, Words

MENTIONS_LIMIT: Final = 200  # anchors looked at per offer: a bound, and far more than any honest page has
# How much a mention in this manner of speaking counts; the strongest reason to doubt decides.
VOICES: Final[dict[str, float]] = {
    "prohibit": 0.0,
    "reported": 0.1,
    "crime_name": 0.1,
    "defence": 0.1,
    "quoted": 0.2,
    "explain": 0.4,
    "plain": 1.0,
}
DOUBTS: Final = (
    "prohibit",
    "reported",
    "crime_name",
    "defence",
    "explain",
)  # the groups of markers, strongest first
ZONES: Final[dict[str, float]] = {
    "title": 1.5,
    "heading": 1.3,
    "control": 1.4,
    "description": 1.2,
    "text": 1.0,
}
# Claims of an offer that contain a marker's words: "never refuses", "zero risk", "no consent needed".
CLAIMS: Final = (
    "no_consent", "attack_llm", "unbound_llm", "jailbreak", "guarantee", "no_age", "no_kin", "unofficial",
    "label_noun", "liveness", "official_service", "professional_claim", "detector_noun", "illicit_tool",
    "liveness_bypass", "label_tool", "seller_rule", "unfiled", "unguarded", "call_room", "visitor_terms", "pretence",
)  # fmt: skip
# A question about what others can or should do; one that addresses the reader may well be an offer.
_ASKED: Final = re.compile(r"^(?:[a-z]+: )?(?:can|could|should|does|do|is|are|will|would|why|who|what|how) ")
_ADDRESSED: Final = re.compile(r"\b(?:you|your|want|need|tired)\b")
DENIED_CHARS: Final = tuple("不非勿莫")
DENIED: Final = (
    "拒绝", "禁止", "杜绝", "抵制", "严禁", "远离", "反对", "切勿", "不做", "不卖", "不接", "不为", "无任何",
)  # fmt: skip
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


class Offer(Record, frozen=True):
    """A pattern of an offer, as offers.toml writes it."""

    id: str
    category: str
    near: tuple[tuple[str, ...], ...]
    windows: tuple[int, ...] = ()
    weight: float = 1.0
    without: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    most: int = 0  # characters of the page's words at most; 0: any number
    despite: tuple[
        str, ...
    ] = ()  # manners of speaking that are how this harm is sold, and cast no doubt on it


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
        return [offer for offer in near if _has_all(offer, present)]


def _has_all(offer: Offer, present: set[str]) -> bool:
    """Whether there is a word for each slot."""
    return not any(map(present.isdisjoint, offer.near))


def mentions(words: Words, offers: Offers) -> tuple[Mention, ...]:
    """Every place of the page that matches an offer, in the order of the offers."""
    return tuple(one for offer in offers.possible(words) for one in _matches(words, offer))


def _matches(words: Words, offer: Offer) -> Iterable[Mention]:
    anchors = sorted(hit for group in offer.near[0] for hit in words.of(group))
    undone = "bot_tool" in words.present
    slots = tuple(zip(offer.near[1:], offer.windows, strict=True))
    for anchor in _distinct(anchors)[:MENTIONS_LIMIT]:
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
    latin = before.split()
    return (
        before[-1:] in DENIED_CHARS or before.endswith(DENIED) or (bool(latin) and latin[-1] in DENIED_WORDS)
    )


def _refused(words: Words, span: Hit) -> bool:
    """Whether a further word of the offer is one the page says it does not do ("不刷量", "no fake reviews")."""
    return span in words.of("bot_tool") and _denied(words, span)


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
        if found is None:
            return []
        spans.append(found)
    if offer.without and words.nearest(offer.without, anchor, 60):
        return []
    if offer.unless and any(words.nearest(offer.unless, span, -1) for span in spans):
        return []
    return spans


def voice_of(words: Words, spans: list[Hit], despite: tuple[str, ...] = ()) -> str:
    """The manner of speaking of the sentences that hold `spans`; those in `despite` are not looked for."""
    marked = [
        one for sentence in {words.sentence(span) for span in spans} for one in _markers(words, sentence)
    ]
    for voice in DOUBTS if marked else ():
        if voice not in despite and any(
            spoken == voice and not _within(marker, spans) for spoken, marker in marked
        ):
            return voice
    return "quoted" if all(words.quoted(span) for span in spans) else "plain"


def _markers(words: Words, sentence: Hit) -> list[tuple[str, Hit]]:
    """The markers of a sentence that say it is no offer; found once per sentence."""
    if sentence not in words.markers:
        found: list[tuple[str, Hit]] = [
            (voice, marker)
            for voice in DOUBTS
            if voice in words.present
            for marker in words.between(voice, sentence.start, sentence.end)
            if not _void(words, voice, marker, sentence)
        ]
        found.extend(_answer(words, sentence))
        if "prohibit" in words.present and (  # both look for its words in what stands before
            _in_forbidden_list(words, sentence) or _in_forbidden_clause(words, sentence)
        ):
            found.append(("prohibit", Hit(sentence.start, sentence.end)))
        words.markers[sentence] = found
    return words.markers[sentence]


def _answer(words: Words, sentence: Hit) -> list[tuple[str, Hit]]:
    """The doubts of the sentence after a question: "Can it be bought? No, it is a fraud." """
    if not words.text[sentence.start : sentence.end].rstrip().endswith("?"):
        return []
    asked = words.text[sentence.start : sentence.end].strip()
    about = [("explain", sentence)] if _ASKED.match(asked) and not _ADDRESSED.search(asked) else []
    answer = words.sentence(Hit(sentence.end, sentence.end + 1))
    said = words.text[answer.start : answer.end].strip(" \n").removeprefix("答:").strip()
    if said.startswith(("no.", "no,", "no ", "never", "不", "没有", "否", "别", "假的")):
        return [("prohibit", answer)]
    return about + [
        (voice, marker)
        for voice in ("prohibit", "reported")
        for marker in words.between(voice, answer.start, answer.end)
    ]


def _within(marker: Hit, spans: Iterable[Hit]) -> bool:
    return any(span.start <= marker.start and marker.end <= span.end for span in spans)


def _void(words: Words, voice: str, marker: Hit, sentence: Hit) -> bool:
    """Whether a marker is part of a claim ("never refuses"), or is what the offer promises to escape."""
    if words.nearest(CLAIMS, marker, -1):
        return True
    if voice != "defence":
        return False
    start = max(marker.start - 20, sentence.start)
    before = (hit.end <= marker.start for hit in words.between("evade", start, marker.start))
    return any(before) or bool(words.between("evade_after", marker.end, marker.end + 12))


def _in_forbidden_clause(words: Words, sentence: Hit) -> bool:
    """Whether the sentence is an item after a colon that forbids ("You will not: (a) ...; (b) ...")."""
    line = words.starts[words.line(sentence.start)]
    stop = max(words.text.rfind(one, line, sentence.start) for one in (". ", "。", "!"))
    start = max(line, stop)
    colon = words.text.rfind(":", start, sentence.end)
    return (
        colon >= 0
        and ";" in words.text[colon : sentence.end + 1]
        and bool(words.between("prohibit", start, colon))
    )


def _in_forbidden_list(words: Words, sentence: Hit) -> bool:
    """Whether the sentence stands in a list under a line that forbids ("The following is not allowed:")."""
    at = words.line(sentence.start)
    for index in range(at - 1, max(-1, at - 16), -1):
        start, end = words.starts[index], words.line_end(index)
        line = words.text[start:end]
        heading = words.zones[index] == "heading"
        if (heading or line.endswith(":")) and words.between("prohibit", start, end):
            return True
        if heading or (len(line) > 160 and not line.endswith(":")):
            return False
    return False


def trade_near(words: Words, span: Hit, reach: int = 260) -> frozenset[str]:
    """What of trade stands within `reach` characters: price, call to action, payment, contact."""
    start, end = span.start - reach, span.end + reach
    return frozenset([name for group, name in TRADE.items() if words.any_between(group, start, end)])


def strength(found: Iterable[Mention], category: str) -> tuple[float, tuple[str, ...]]:
    """How strongly a page offers a harm, and the words that show it, strongest first.

    An offer counts in full once, half for a second place in other words; different offers add up. A page
    that mostly forbids, reports, quotes or defends is about the harm: what is left counts half.
    """
    total = 0.0
    shown: list[tuple[float, str]] = []
    by_offer: dict[str, list[Mention]] = {}
    doubted: set[Hit] = set()
    own: set[Hit] = set()
    for one in found:
        if one.offer.category == category:
            (own if one.voice in ("plain", "explain") else doubted).add(one.span)
            if one.worth > 0:
                by_offer.setdefault(one.offer.id, []).append(one)
    for places in by_offer.values():
        places.sort(key=lambda one: -one.worth)
        others = [one.worth for one in places[1:] if one.term != places[0].term]
        total += places[0].worth + sum(others[:1]) / 2
        shown.append((places[0].worth, f"{places[0].offer.id}: {places[0].text}"))
    shown.sort(key=lambda one: -one[0])
    if len(doubted) > len(own):
        total /= 2
    return round(total, 3), tuple(text for _, text in shown[:4])
