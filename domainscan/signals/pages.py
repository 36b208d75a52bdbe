"""What a page offers, and in which manner it speaks."""

from __future__ import annotations

import re
from typing import Final

from domainscan.model import CATEGORIES, Failure, Observation, Page, Part, Reading
from domainscan.signals.context import Context, PageWords
from domainscan.signals.distance import harms_named, threat_notes, told_in_passing
from domainscan.signals.hits import Hit
from domainscan.signals.keepers import NOT_SET_UP, set_up
from domainscan.signals.offers import LITTLE, Mention, in_one_sentence
from domainscan.signals.voices import spoken
from domainscan.signals.words import Words

# Offers that have no words of their own: they are readings of other signals.
OFFERED: Final = tuple(one for one in CATEGORIES if one not in ("H04", "H05"))
# What nearly every page reads, made once.
NOTHING: Final = tuple(Part(one, 0.0) for one in OFFERED)
NO_OFFERS: Final = Reading(0.0, "strength", (), NOTHING)
NO_SETTING: Final = Reading(0.0, "kinds of trade", (), NOTHING)
NO_MINORS: Final = Reading(0.0, "terms")
NOTHING_HIDDEN: Final = Reading(0.0, "strength")
ARTICLE: Final = 280  # characters below which a text is less of an article; Chinese needs half as many
BRIEF: Final = 600  # characters below which a manner is certain by two terms less; Chinese needs half as many
FEWEST: Final = 3
SOLD: Final = 0.3  # of an article less where the page sells in its own voice: as much as an upload takes off
DEALS: Final = frozenset(("price", "payment", "contact", "call to action", "deal"))
PAID: Final = frozenset(("price", "payment", "deal"))
ABOUT: Final = frozenset(("reported", "claimed", "crime_name", "quoted"))
LONG_LINE: Final = 90  # characters of a paragraph; Chinese needs half as many
# A manner of speaking: the lexicon group, and how many of its different terms make it certain.
MANNERS: Final[dict[str, tuple[str, int]]] = {
    "help": ("help_mark", 5),
    "law": ("law_mark", 5),
    "research": ("research_mark", 6),
    "regulator": ("regulator_mark", 6),
    "defence": ("defence_mark", 3),
    "education": ("education_mark", 3),
    "notice": ("notice_mark", 3),
}
# Words that speak for a page's operator: the group, and how many different terms are full proof.
ASSURANCES: Final[dict[str, tuple[str, int]]] = {
    "consent": ("consent_flow", 3),
    "kin": ("kin_consent", 2),
    "licence": ("license_claim", 3),
    "unofficial": ("unofficial", 2),
    "not_public": ("not_public", 2),
    "own_keys": ("own_program", 2),
    "makers": ("maker_name", 3),
    "quality_assurance": ("qa_device", 2),
    "honest_ranking": ("white_geo", 2),
    "own_media": ("own_media", 2),
    "authorised_test": ("authorised_test", 3),
    "wellness": ("wellness", 2),
    "production": ("satire", 2),
}
_NONE: Final = {name: Part(name, 0.0) for name in (*MANNERS, *ASSURANCES, "genre")}
# A paper that is worked on is no report: "论文降ai率", "thesis humanizer".
_PAPER_WORKED_ON: Final = re.compile(
    r"论文(?:的|降重)?(?:/|与|、| )?(?:降|aigc|ai率|ai检|查重|去ai)|(?:降|去)(?:ai|重|aigc)[^,。]{0,3}论文"
    r"|(?:thesis|paper|dissertation) (?:de ai|humani|bypass)"
)
_NO_ASSURANCES: Final = Reading(0.0, "share", (), (*(_NONE[name] for name in ASSURANCES), NOT_SET_UP))
_KEEPERS: Final = frozenset(("front_system", "front_trade"))
_OWN: Final = ("not_public", "own_keys")  # what a page says of being for few, or for the reader's own
_DRIVEN: Final = frozenset(("web_unofficial", "web_way_in"))
# Offers of a front that a program drives.
_FRONTS: Final = ("unofficial-interface", "front-made-an-interface", "interface-by-reverse-engineering")
_ASSURING: Final = frozenset(group for group, _ in ASSURANCES.values())


def offers(observation: Observation, context: Context) -> Reading | Failure:
    """How strongly the page's own voice offers each harm: one part per category, the value is the strongest.

    1 is one clear offer in running text. Sentences that forbid, report, warn or explain add almost nothing.
    """
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    if not read.mentions:
        return NO_OFFERS
    parts = []
    for category in OFFERED:
        value, evidence = read.strength(category)
        parts.append(Part(category, value, evidence))
    return Reading(max(part.value for part in parts), "strength", (), tuple(parts))


def offer_setting(observation: Observation, context: Context) -> Reading | Failure:
    """How many kinds of trade stand by each offer: price, call to action, payment, contact, upload, download ...

    A part per category; 0 where nothing is offered. A page that says little else is one, too: the offer is what it
    is for.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    if not read.mentions:
        return NO_SETTING
    structure = _structure(page)
    if len(read.words.text) <= LITTLE:
        structure |= {"little else"}
    parts = []
    for category in OFFERED:
        own = [one for one in read.by_category.get(category, ()) if one.worth >= 0.5]
        kinds = frozenset[str]().union(*(one.trade for one in own), structure) if own else frozenset()
        parts.append(Part(category, float(len(kinds)), tuple(sorted(kinds))))
    return Reading(max(part.value for part in parts), "kinds of trade", (), tuple(parts))


def _structure(page: Page) -> frozenset[str]:
    """What the page's controls let a visitor do."""
    found = set()
    kinds = {field.kind for form in page.forms for field in form.fields}
    if "file" in kinds:
        found.add("upload")
    if any(link.download for link in page.links):
        found.add("download")
    if "textarea" in kinds:
        found.add("prompt")
    return frozenset(found)


def manner(observation: Observation, context: Context) -> Reading | Failure:
    """In which manner the page speaks, each from 0 to 1: article, genre, help, law, research, notice ...

    `genre` is what title and description say the page is: an analysis, a warning, a lesson, a judgment ...
    `threat_notes`, `harms` and `passing` are told by `domainscan.signals.distance`.

    A page that takes uploads or shows prices beside calls to action is less of an article for it; lessons
    in fraud that are sold for untraceable money are only half education.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    words = read.words
    article = _article(page, read)
    parts = [
        article,
        _genre(words),
        threat_notes(words),
        harms_named(read.mentions),
        told_in_passing(read.mentions, article.value),
    ]
    sold = bool(words.of("payment_hint")) and read.strength("H08")[0] >= 0.9
    short = len(words.text) < (BRIEF // 2 if _chinese(words) else BRIEF)
    for name, (group, full) in MANNERS.items():
        if not words.has(group):
            parts.append(_NONE[name])
            continue
        terms = sorted(words.terms(group))
        share = min(1.0, round(len(terms) / max(FEWEST, full - 2 * short), 3))
        parts.append(Part(name, share / 2 if sold and name == "education" else share, tuple(terms[:6])))
    return Reading(max(part.value for part in parts), "share", (), tuple(parts))


def _article(page: Page, read: PageWords) -> Part:
    words = read.words
    told = len(words.of("reported"))
    size = max(1.0, len(words.text) / (250 if _chinese(words) else 600))
    marks = words.terms("article_mark")
    curved = words.text.count("\u201c") + words.text.count("\u300c")
    quotes = min(curved, 6) + min(words.text.count('"') // 2, 6)
    features = {
        "reported speech": 0.3 * min(1.0, told / 5),
        "dense in reported speech": 0.25 * min(1.0, told / size / 2),
        "marks of an article": 0.25 * min(1.0, len(marks) / 3),
        "quotations": 0.15 * min(1.0, quotes / 3),
        "long paragraphs": 0.2 * _long_share(words),
    }
    trade = 0.3 * ("upload" in _structure(page))
    trade += 0.2 * min(1.0, len(words.terms("price_word")) / 6) + 0.1 * min(1.0, len(page.buttons) / 3)
    trade += 0.6 * _advertorial(words) + SOLD * (len(marks) < 2 and _sells(read))
    whole = min(1.0, len(words.text) / (ARTICLE // 2 if _chinese(words) else ARTICLE))
    value = max(0.0, min(1.0, sum(features.values()) * whole - trade))
    return Part("article", round(value, 3), tuple(name for name, worth in features.items() if worth >= 0.1))


def _sells(read: PageWords) -> bool:
    """Whether the page offers harm in its own voice alone, beside a price and a way to order it or to get in touch."""
    counted = [one for one in read.mentions if one.worth > 0]
    if not counted or any(one.voice in ABOUT for one in read.mentions):
        return False
    return any(
        len(one.trade & DEALS) > 1 and one.trade & PAID for one in counted if one.voice == "plain"
    ) and not in_one_sentence(counted)


def _advertorial(words: Words) -> bool:
    """Whether a story of easy money ends in a form: an advertisement in the clothes of news."""
    return words.has("money_story") and len(words.terms("sign_up_form")) >= 2


def _genre(words: Words) -> Part:
    if not words.has("genre_mark"):
        return _NONE["genre"]
    named = (
        hit
        for hit in words.of("genre_mark")
        if words.zone(hit.start) in ("title", "description")
        and not _PAPER_WORKED_ON.search(words.text[max(0, hit.start - 8) : hit.end + 8])
    )
    terms = sorted({words.text[hit.start : hit.end] for hit in named})
    return Part("genre", min(1.0, len(terms) / 2), tuple(terms[:6]))


def _chinese(words: Words) -> bool:
    return words.chinese > 0.25


def _long_share(words: Words) -> float:
    """The share of the text that stands in paragraphs."""
    limit = LONG_LINE // 2 if _chinese(words) else LONG_LINE
    starts, whole = words.starts, len(words.text)
    lengths = [end - start - 1 for start, end in zip(starts, (*starts[1:], whole + 1), strict=True)]
    return sum([one for one in lengths if one > limit]) / max(1, whole - max(0, len(starts) - 1))


def assurances(observation: Observation, context: Context) -> Reading | Failure:
    """What the page says for its operator, from 0 to 1: consent checks, licences, disclosures ..."""
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    kept = set_up(read.words)
    if not kept.value and read.words.among(_ASSURING).isdisjoint(_ASSURING):
        return _NO_ASSURANCES
    for_anybody = _for_anybody(read)
    parts = [NOT_SET_UP if for_anybody else kept]
    for name, (group, full) in ASSURANCES.items():
        if not read.words.has(group) or (name in _OWN and for_anybody):
            parts.append(_NONE[name])
            continue
        terms = {
            read.words.text[hit.start : hit.end]
            for hit in read.words.of(group)
            if not _denied(read.words, hit)
        }
        parts.append(Part(name, min(1.0, round(len(terms) / full, 3)), tuple(sorted(terms)[:6])))
    return Reading(max(part.value for part in parts), "share", (), tuple(parts))


def _for_anybody(read: PageWords) -> bool:
    """Whether a front's commercial edition is sold, or a program drives somebody else's front: that its code is open
    makes it no house's own.
    """
    words = read.words
    return (
        words.among(_KEEPERS).issuperset(_KEEPERS)
        or (words.among(_DRIVEN).issuperset(_DRIVEN) and not words.has("web_honest"))
        or any(one.offer.id in _FRONTS and one.worth >= 0.9 for one in read.mentions)
    )


DENIALS: Final = ("no", "not", "without", "never", "skip")
# What takes back, but for words that hold such a sign and take nothing back: "免费", "特别".
_TAKEN_BACK: Final = re.compile(r"无|免(?!费)|不(?![同仅止])|没|(?<![特级个分类区])别|未(?!来)")


def _denied(words: Words, hit: Hit) -> bool:
    """Whether the words just before take the assurance back ("no consent form", "不需要授权书")."""
    before = words.text[max(0, hit.start - 14) : hit.start]
    latin = before.replace("n't", " not").split()
    return any(one in DENIALS for one in latin[-3:]) or bool(_TAKEN_BACK.search(before[-6:]))


def minors(observation: Observation, context: Context) -> Reading | Failure:
    """Different school and age words in a page's own voice beside sexual offers or others' faces; else 0.

    Words of a rule that keeps minors out ("adults only", "未成年人禁止") do not count.
    """
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    if not read.mentions:
        return NO_MINORS
    offered = [one for one in read.mentions if one.offer.category in ("H01", "H02", "H12") and one.worth > 0]
    if max(read.strength(one)[0] for one in ("H01", "H02", "H12")) < 0.9:
        return NO_MINORS
    strong = _own_terms(read, "minor_strong", offered)
    weak = _own_terms(read, "minor_age", offered) - strong
    evidence = (*sorted(strong), *sorted(weak))
    return Reading(len(strong) + len(weak) / 2, "terms", evidence[:6])


def _own_terms(read: PageWords, group: str, offered: list[Mention]) -> frozenset[str]:
    words = read.words
    return frozenset(
        words.text[hit.start : hit.end].removesuffix("s")
        for hit in words.of(group)
        if spoken(words, hit)
        and words.nearest(("minor_guard", "age_gate"), hit, 30) is None
        and any(abs(one.span.start - hit.start) < 600 for one in offered)
    )


def age_gate(observation: Observation, context: Context) -> Reading | Failure:
    """Whether an age step is seen. Parts `present`, `absent` (chat without), `refused` ("no age check")."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    words = read.words
    asked = [hit for hit in words.of("age_gate") if not _denied(words, hit)]
    birth = any(field.kind in ("date", "birthday") for form in page.forms for field in form.fields)
    refused = words.terms("no_age")
    offered = read.strength("H12")[0] >= 0.9
    present = float(bool(asked) or birth)
    absent = float(offered and not present)
    parts = (
        Part("present", present, tuple(words.quote(hit) for hit in asked[:2])),
        Part(
            "absent",
            absent,
            ("sexual chat is offered and nothing on the page asks for age",) if absent else (),
        ),
        Part("refused", float(len(refused)) if offered else 0.0, tuple(sorted(refused)[:4])),
    )
    return Reading(present, "yes or no", (), parts)


def hidden_offers(observation: Observation, context: Context) -> Reading | Failure:
    """How strongly text that the page hides from visitors offers harm."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    if not page.hidden_text.strip():
        return NOTHING_HIDDEN
    hidden = context.vocabulary.read(page).hidden
    found = max((hidden.strength(category) for category in OFFERED), key=lambda one: one[0])
    return Reading(found[0], "strength", found[1])
