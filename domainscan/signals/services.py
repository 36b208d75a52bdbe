"""Generative services for the public: whom they serve, and which filing numbers they show."""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Part, Reading
from domainscan.read.identifiers import WELL_FORMED, Identifier
from domainscan.signals.context import Context, once
from domainscan.signals.offers import voice_of
from domainscan.signals.words import Words, chinese_share

RELAY_REACH: Final = 60  # characters between a model's name and the terms of its relay
FILED: Final = (
    "icp",
    "icp_licence",
    "telecom_licence",
    "public_security",
    "algorithm_filing",
    "generative_filing",
)
MAINLAND_PAYMENT: Final = frozenset(("支付宝", "微信支付", "微信扫码", "扫码支付"))
SERVICE_WORDS: Final = ("model_word", "mainland_access", "relay_term", "mirror_service")
NO_SERVICE: Final = Reading(  # of a page without brands and any of these words
    0.0, "yes or no", (), tuple(Part(name, 0.0) for name in ("offered", "mainland", "relayed", "public"))
)
NOT_FILED: Final = Reading(
    0.0, "numbers", (), tuple(Part(name, 0.0) for name in ("icp", "generative", "malformed", "missing"))
)
NO_NUMBERS: Final = Reading(0.0, "numbers")


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
    if not read.brands and words.present.isdisjoint(SERVICE_WORDS) and not _paid_in_yuan(words):
        return NO_SERVICE
    brands = [hit for brand in read.brands for hit in words.of(f"brand:{brand.token}")]
    named = [
        hit
        for hit in (*words.of("model_word"), *brands)
        if words.zone(hit.start) in ("title", "heading", "description")
    ]
    prompt = any(field.kind in ("textarea", "text") for form in page.forms for field in form.fields)
    trade = bool(words.of("price_word")) + bool(words.of("call_to_action")) + prompt
    offered = float(bool(named) and trade >= 2)
    own = [hit for hit in words.of("mainland_access") if voice_of(words, [hit]) == "plain"]
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
    """Different terms of relaying: mirrors, and shared accounts, card keys ... close to another's model."""
    near = (hit for hit in words.of("relay_term") if words.nearest(("gpt_word",), hit, RELAY_REACH))
    found = words.terms("mirror_service") | {words.text[hit.start : hit.end] for hit in near}
    return sorted(one for one in found if not any(one != other and one in other for other in found))


def filing(observation: Observation, context: Context) -> Reading | Failure:
    """How many well-formed registration numbers the page shows.

    Parts: `generative`, `icp`, `malformed`, and `missing`: 1 for a mainland service without any number. A
    foreign service that does not serve the mainland needs none.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    found = context.vocabulary.read(page).identifiers
    good = [one for one in found if one.state == WELL_FORMED and one.kind in FILED]
    bad = [one for one in found if one.state != WELL_FORMED and one.kind in FILED]
    service = generative_service(observation, context)
    public = isinstance(service, Reading) and service.part("public").value > 0
    if not (found or public):
        return NOT_FILED
    parts = (
        Part(
            "icp",
            float(sum(one.kind in ("icp", "icp_licence", "telecom_licence") for one in good)),
            _shown(good),
        ),
        Part(
            "generative",
            float(sum(one.kind in ("generative_filing", "algorithm_filing") for one in good)),
            _shown(good),
        ),
        Part("malformed", float(len(bad)), _shown(bad)),
        Part(
            "missing",
            float(public and not good),
            ("serves the mainland and shows no filing number",) if public and not good else (),
        ),
    )
    return Reading(float(len(good)), "numbers", _shown(good), parts)


def _shown(found: list[Identifier]) -> tuple[str, ...]:
    return tuple(f"{one.kind} {one.value}" for one in found[:4])


def number_owner(observation: Observation, context: Context) -> Reading | Failure:
    """How many of the page's registration numbers other registrable domains have shown before.

    Source: the history's owners; one operator may own several domains, so this is a question, not an answer.
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    if not (context.history.owners and read.identifiers):
        return NO_NUMBERS
    mine = context.suffixes.registrable(observation.name) or observation.name
    shown = frozenset(one.value for one in read.identifiers if one.kind in FILED)
    found = [
        f"{number} on {domain}"
        for number, domain in context.history.owners
        if number in shown and domain != mine
    ]
    return Reading(float(len(found)), "numbers", tuple(found[:4]))
