"""Houses that pay by the day, lessons that promise riches, and how those tell of crowds who keep them out."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import domainscan
from domainscan.model import Page
from domainscan.signals.context import Context, PageWords
from domainscan.signals.turns import turns_of

CLEAR = 0.9  # strength from which rules speak of an offer
PACKS = Path(domainscan.__file__).parent / "packs"
OFFERS: frozenset[str] = frozenset(
    one["id"] for one in tomllib.loads((PACKS / "offers-trade3.toml").read_text("utf-8"))["offer"]
)

# An offer, a text that makes it, and one of its neighbours that does not.
TEXTS = [
    (
        "pays-by-the-day",
        "Guaranteed daily profit with full capital security for every member.",
        "Guaranteed daily profit with full capital security is how a scam begins.",
    ),
    (
        "pays-by-the-day",
        "日收益1.8%起，本金安全随时可提。",
        "面板统计每台矿机的电费与日收益，支持导出。",
    ),
    (
        "house-of-levels",
        "An investment platform with AI trading and an MLM referral system of five levels.",
        "An MLM vendor's referral page: cosmetics, catalogues and a training day.",
    ),
    (
        "camp-for-riches",
        "AI创富训练营：导师带队，零基础报名即学。",
        "警惕“AI创富训练营”：交了学费退费难。",
    ),
    (
        "riches-taught",
        "AI副业教程：照着做，月入过万不是梦。",
        "AI副业教程是否可信？反诈民警提醒：月入过万多为骗局。",
    ),
]


def made(context: Context, page: Page) -> set[str]:
    """The offers that a page makes in its own voice."""
    return {one.offer.id for one in PageWords(page, context.vocabulary).mentions if one.worth >= CLEAR}


@pytest.mark.parametrize(("offer", "risky", "honest"), TEXTS, ids=[row[1][:24] for row in TEXTS])
def test_an_offer_is_made_and_its_neighbour_is_not(
    offer: str, risky: str, honest: str, context: Context, page: Callable[..., Page]
) -> None:
    assert offer in made(context, page(text=risky))
    assert offer not in made(context, page(text=honest))


def test_every_offer_has_its_texts() -> None:
    assert {row[0] for row in TEXTS} == OFFERS


# What is written, the voices that it takes, and what turn that is.
TURNS = [
    ("spam_terms = ['aged accounts', 'followers']", {"prohibit"}, "a filter's list"),
    ("titles to drop = [ 'buy aged accounts'", {"prohibit"}, "a filter's list"),
    ("followers = ['1000', '5000']", set(), "a list of goods"),
    ("no scraping of sessions", {"prohibit"}, "what an aim leaves out"),
    ("no scraper needed, bots included", set(), "goods"),
    ("clear prose rather than a detector bypass", {"prohibit", "reported"}, "what it is not called"),
    ("a detector bypass rather than clear prose", set(), "what it is called"),
    ("this project does **not** create accounts", {"prohibit"}, "a stressed no"),
    ("this message promises daily profit", {"reported"}, "what a filter says of it"),
    ("posts such as 'buy accounts here'", {"reported"}, "what others write"),
    ("the trade is projected to grow from 2 to 9 billion", {"reported"}, "a report on a trade"),
    ("a fake follower classifier", {"defence"}, "who tells them from people"),
    ("no ads, no tracking, no limits", {"reported"}, "plans of an honest program"),
    ("no ads, no filters, no limits", set(), "a model without limits"),
    ("不实现反检测、自动互动", {"prohibit"}, "what a program leaves alone"),
    ("实现反检测、自动互动", set(), "what a program does"),
    ("不要用自动私信作为卖点", {"prohibit"}, "what is not to be praised"),
    ("以下说法错误的是", {"reported"}, "a question of an exam"),
    ("升级到付费版以去除水印", {"reported"}, "the vendor's own plan"),
    ("打开页面,一键去除水印", set(), "a remover"),
    ("冷水机组通过群控系统加减机", {"reported"}, "machines of a house"),
    ("手机群控系统,一拖一百", set(), "phones of a farm"),
    ("防恶意刷赞", {"defence"}, "a guard"),
    ("粉丝群里充斥着营销号", {"reported"}, "what a crowd is made of"),
    ("标签二:刷量", {"reported"}, "labels for those who annotate"),
    ("发布代刷内容的,首次禁言七日", {"reported"}, "what befalls who does it"),
    ("你是黑灰产情报分析助手", {"reported"}, "who looks for it"),
    ("检测词:群控", {"defence"}, "a filter's list"),
    ("match: ['buy followers'] action: hide", {"prohibit"}, "a rule of moderators"),
    ("buy followers, call to action: order", set(), "a shop's button"),
    ("account farm: accounts registered in bulk", {"reported"}, "a glossary"),
    ("our account farm: 200 phones", set(), "a farm's own"),
    ("评论区敏感词(代刷、收号)自动折叠", {"defence"}, "words that are kept out"),
    ("打掉接码平台线索三条", {"reported"}, "what was found and shut"),
    ("threatcategory.crypto, 'daily profit'", {"reported"}, "a sample of a filter"),
]


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_a_trade_is_told_of_by_grammar(text: str, voices: set[str], why: str) -> None:
    heard = {one.voice for one in turns_of(text)}  # some sentences take a turn of another kind as well
    assert voices <= heard if voices else not heard
