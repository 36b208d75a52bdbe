"""Generative services for the public: whom they serve, and which filing numbers they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.read.kinds import MALFORMED
from domainscan.signals.context import Context, once
from domainscan.signals.lines import chinese_share
from domainscan.signals.numbers import FILED, MISMATCH, VERIFIED, Standing, area_remark, questioned, standings
from domainscan.signals.voices import spoken, voice_of
from domainscan.signals.words import Words

RELAY_REACH: Final = 60  # characters between a model's name and the terms of its relay
MAINLAND_PAYMENT: Final = frozenset(("支付宝", "微信支付", "微信扫码", "扫码支付"))
SERVICE_WORDS: Final = ("model_word", "mainland_access", "relay_term", "mirror_service")
NO_SERVICE: Final = Reading(  # of a page without brands and any of these words
    0.0, "yes or no", (), tuple(Part(name, 0.0) for name in ("offered", "mainland", "relayed", "public"))
)
FILING_PARTS: Final = (
    *("icp", "generative", "malformed", "missing"),
    *("wrong", "others", "others_public", "ended", "unlisted", "verified", "borrowed", "areas"),
)
NOT_FILED: Final = Reading(0.0, "numbers", (), tuple(Part(name, 0.0) for name in FILING_PARTS))
NO_NUMBERS: Final = Reading(0.0, "numbers")
TOLD: Final = ("reported", "claimed")  # manners in which others' terms are told


@once
def generative_service(observation: Observation, context: Context) -> Reading | Failure:
    """Whether the page runs or sells a generative service, and to whom.

    Parts: `offered` (a model named in title or heading, with a prompt field, a price or a call to action),
    `mainland` (Chinese text with mainland payment, telephone log-in or "no detour needed": each a sign),
    `relayed` (different claims to relay somebody else's model), `public` (both of the first two).
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    words = read.words
    if not read.brands and not any(map(words.has, SERVICE_WORDS)) and not _paid_in_yuan(words):
        return NO_SERVICE
    brands = [hit for brand in read.brands for hit in words.of(f"brand:{brand.token}")]
    named = [
        hit
        for hit in (*words.of("model_word"), *brands)
        if words.zone(hit.start) in ("title", "heading", "description") and voice_of(words, [hit]) not in TOLD
    ]
    prompt = any(field.kind in ("textarea", "text") for form in page.forms for field in form.fields)
    trade = bool(words.of("price_word")) + bool(words.of("call_to_action")) + prompt
    offered = float(bool(named) and trade >= 2)
    own = [hit for hit in words.of("mainland_access") if spoken(words, hit)]
    signs = sorted({words.text[hit.start : hit.end] for hit in own})
    if _paid_in_yuan(words) and chinese_share(words.text[:6000]) > 0.2:
        signs.append("prices or payment of the mainland")
    relayed = _relay_terms(words)
    parts = (
        Part("offered", offered, tuple(words.quote(hit) for hit in named[:2])),
        Part("mainland", float(len(signs)), tuple(signs[:5])),
        Part("relayed", float(len(relayed)), tuple(relayed[:5])),
        Part("public", float(bool(offered and signs)), ()),
    )
    return Reading(offered, "yes or no", (), parts)


def _paid_in_yuan(words: Words) -> bool:
    return bool(words.terms("payment_hint") & MAINLAND_PAYMENT) or "元" in words.terms("price_word")


def _relay_terms(words: Words) -> list[str]:
    """Different terms of relaying: mirrors, and shared accounts, card keys ... close to another's model.

    What a page warns of or reports is no term of its own.
    """
    mirrors = [hit for hit in words.of("mirror_service") if spoken(words, hit)]
    near = [
        hit
        for hit in words.of("relay_term")
        if words.nearest(("gpt_word",), hit, RELAY_REACH) and voice_of(words, [hit]) not in TOLD
    ]
    found = {words.text[hit.start : hit.end] for hit in (*mirrors, *near)}
    return sorted(one for one in found if not any(one != other and one in other for other in found))


def filing(observation: Observation, context: Context) -> Reading | Failure:
    """How many well-formed registration numbers the page shows.

    Parts that speak for it: `icp`, `generative` (nobody's but its own, as far as lists say), `verified` by a list.
    Parts of a generative service for the mainland only, as a foreign one needs no number: `missing` (none well
    formed), `wrong` (malformed), `others_public` (a list gives it to somebody else), `ended` (cancelled, expired),
    `unlisted` (in no complete list). On any page: `others`, `malformed`, `borrowed`, `areas`.
    """
    found = standings(observation, context)
    if isinstance(found, Failure):
        return found
    service = generative_service(observation, context)
    public = isinstance(service, Reading) and service.part("public").value > 0
    if not (found or public):
        return NOT_FILED
    filed = [one for one in found if one.identifier.kind in FILED]
    bad = [one for one in filed if one.state == MALFORMED]
    others = [one for one in filed if one.state == MISMATCH]
    good = [one for one in filed if one.state != MALFORMED]
    fit = [one for one in good if one.fit]
    for_model = ("generative_filing", "generative_registration", "algorithm_filing")
    areas = area_remark(one.identifier for one in found)
    absent = "serves the mainland and shows no filing number"
    parts: dict[str, Sequence[Standing | str]] = {
        "icp": [one for one in fit if one.identifier.kind in ("icp", "icp_licence", "telecom_licence")],
        "generative": [one for one in fit if one.identifier.kind in for_model],
        "malformed": bad,
        "missing": [absent] if public and not good else [],
        "wrong": bad if public else [],
        "others": others,
        "others_public": others if public else [],
        "ended": [one for one in good if public and one.state in ("cancelled", "expired")],
        "unlisted": [one for one in good if public and one.unlisted],
        "verified": [one for one in fit if one.identifier.kind in for_model and one.state == VERIFIED],
        "borrowed": [one for one in good if one.borrowed],
        "areas": [areas] if areas else [],
    }
    made = tuple(Part(name, float(len(of)), _shown(of)) for name, of in parts.items())
    return Reading(float(len(good)), "numbers", _shown(good), made)


def _shown(found: Sequence[Standing | str]) -> tuple[str, ...]:
    return tuple(str(one) for one in found[:4])


def number_owner(observation: Observation, context: Context) -> Reading | Failure:
    """How many of the page's registration numbers other registrable domains have shown before.

    One operator may own several domains, so this is a question, not an answer; a number that a list gives to this
    very site, or to another, is not asked about.
    Source: the history's owners.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    if not context.history.owners:
        return NO_NUMBERS
    found = questioned(observation, context)
    if isinstance(found, Failure):
        return found
    asked = [
        one for one in found if one.state == MISMATCH and not one.register and one.identifier.kind in FILED
    ]
    return Reading(float(len(asked)), "numbers", _shown(asked))
