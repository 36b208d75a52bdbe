"""Who offers harm and who speaks of it: pages in two languages, and single sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import domainscan
from domainscan.model import CATEGORIES, CONFIDENCES, Assessment, Observation, Page, Reading
from domainscan.signals.brands import brand_imitation
from domainscan.signals.context import Context, PageWords
from domainscan.signals.pages import assurances, manner

PACKS = Path(domainscan.__file__).parent / "packs"
ROWS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "pages.toml").read_text("utf-8"))["page"]


def flagged(assessment: Assessment) -> set[str]:
    return {one.category for one in assessment.judgements if CONFIDENCES[one.confidence] >= 2}


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{','.join(row['expect']) or 'none'}: {row['why']}" for row in ROWS]
)
def test_a_page_is_flagged_for_what_it_offers_and_for_nothing_else(
    row: dict[str, Any],
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    said = {key: value for key, value in row.items() if key not in ("expect", "why")}
    found = flagged(judged(visit(page=page(**said))))
    if row["expect"]:
        assert set(row["expect"]) <= found
    else:
        assert found == set()


def test_every_offer_of_these_files_is_shown_by_a_page(page: Callable[..., Page], context: Context) -> None:
    files = ("offers-unnamed.toml", "offers-public.toml", "offers-access.toml")
    written = [one for name in files for one in tomllib.loads((PACKS / name).read_text("utf-8"))["offer"]]
    shown = {
        one.offer.id
        for row in ROWS
        if row["expect"]
        for one in PageWords(page(title=row.get("title", ""), text=row["text"]), context.vocabulary).mentions
        if one.worth >= 0.9
    }
    assert {one["id"] for one in written} <= shown


def test_every_category_with_words_is_shown_in_both_languages() -> None:
    shown = {
        (category, "zh" if row["why"].startswith("zh") else "en")
        for row in ROWS
        for category in row["expect"]
    }
    by_words = set(CATEGORIES) - {"H05", "H06"}  # these rest on brands: see test_signals
    assert {(category, language) for category in by_words for language in ("en", "zh")} <= shown


SENTENCES = [
    ("Remove clothes from any photo of a woman.", "plain", "an offer"),
    ("We do not allow removing clothes from any photo of a woman.", "prohibit", "a rule"),
    ("Police said the app removes clothes from any photo of a woman.", "reported", "a report"),
    ("Our model detects tools that remove clothes from any photo of a woman.", "reported", "a defence"),
    ("What is a tool to remove clothes from any photo of a woman", "explain", "an explanation"),
    ("照片一键去衣,秒出效果。", "plain", "an offer"),
    ("严禁利用本平台对他人照片一键去衣。", "prohibit", "a rule"),
    ("警方通报,嫌疑人用软件对照片一键去衣。", "reported", "a report"),
    ("本平台可检测经一键去衣处理的照片。", "defence", "a defence"),
]


@pytest.mark.parametrize(
    ("text", "voice", "why"), SENTENCES, ids=[f"{row[2]}: {row[0][:24]}" for row in SENTENCES]
)
def test_the_manner_of_speaking_of_a_sentence(
    text: str, voice: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert {one.voice for one in read.mentions if one.offer.category == "H01"} == {voice}


CLAIMS = [
    ("Zero risk, capital guaranteed: our AI trading bot.", "H03", "risk is the claim here"),
    (
        "A jailbroken model that never refuses to write phishing emails. $20.",
        "H14",
        "refusing is the claim here",
    ),
    (
        "Strip the AI watermark and stay invisible to AI detectors.",
        "H09",
        "detecting is what is to be escaped",
    ),
    (
        "A phishing framework run by GPT: pick a template, send the link to the victim, captures passwords.",
        "H14",
        "who runs it speaks of his prey",
    ),
    (
        "Our AI analyses your blood. Stop your medication, no doctor needed: order, $39.",
        "H10",
        "what is read is the buyer's",
    ),
]


@pytest.mark.parametrize(("text", "category", "why"), CLAIMS, ids=[row[2] for row in CLAIMS])
def test_a_doubt_that_is_part_of_the_promise_is_no_doubt(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert read.strength(category)[0] >= 0.9


QUOTED = [
    ("“把照片里女生的衣服一键去衣,十元三张”", "quoted", "the whole offer is quoted"),
    ('The page reads: "Remove clothes from any photo of a woman, $5"', "quoted", "straight quotes"),
    ("点“去衣”,照片里的衣服就没了。", "plain", "a button's name in quotes is the seller's own word"),
]


@pytest.mark.parametrize(("text", "voice", "why"), QUOTED, ids=[row[2] for row in QUOTED])
def test_words_in_quotation_marks_are_somebody_else_s(
    text: str, voice: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert voice in {one.voice for one in read.mentions if one.offer.category == "H01"}
    assert voice == "plain" or read.strength("H01")[0] < 0.9


TAKEN_BACK = [
    ("We sell no fake reviews. $40 a month.", "H11", "no, just before"),
    ("月费 800 元,不刷评、不买粉。", "H11", "不, just before"),
    ("问:保本日收益 3% 的 AI 机器人能买吗?\n答:不能,是骗局。", "H03", "the answer to the question"),
]


@pytest.mark.parametrize(("text", "category", "why"), TAKEN_BACK, ids=[row[2] for row in TAKEN_BACK])
def test_an_offer_that_is_taken_back_is_none(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    assert PageWords(page(text=text), context.vocabulary).strength(category)[0] < 0.5


def test_a_page_mostly_about_the_harm_counts_half(page: Callable[..., Page], context: Context) -> None:
    offer = "Nudify any photo."
    talk = "Police warned of apps that nudify a photo.\nResearchers said they undress any girl.\n"
    alone = PageWords(page(text=offer), context.vocabulary).strength("H01")[0]
    among = PageWords(page(text=talk + offer), context.vocabulary).strength("H01")[0]
    assert among < alone


ABOUT = [
    (
        "You will not use the tool to: (a) clone a voice of anyone; (b) remove clothes from photos of anyone.",
        "an item",
    ),
    ("Can a model remove clothes from any photo of a woman?", "a question about it"),
    ("Moderators remove posts that offer to remove clothes from any photo of a woman.", "another's offer"),
    ("本片讲的是裸聊敲诈和刷单返利。", "names of crimes"),
]


@pytest.mark.parametrize(("text", "why"), ABOUT, ids=[row[1] for row in ABOUT])
def test_whoever_speaks_about_the_harm_does_not_offer_it(
    text: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    found = PageWords(page(text=text), context.vocabulary).mentions
    assert found
    assert "plain" not in {one.voice for one in found}


def test_a_question_to_the_reader_and_an_open_list_stay_offers(
    page: Callable[..., Page], context: Context
) -> None:
    for text in (
        "Do you want to remove clothes from any photo of a woman?",
        "You will be able to: (a) clone a voice of anyone; (b) remove clothes from photos of anyone.",
    ):
        found = PageWords(page(text=text), context.vocabulary).mentions
        assert "plain" in {one.voice for one in found}


def test_items_under_a_heading_that_forbids_are_forbidden(
    page: Callable[..., Page], context: Context
) -> None:
    listed = (
        "The following is prohibited:\nRemove clothes from photos of anyone\nClone a voice without consent"
    )
    read = PageWords(page(text=listed), context.vocabulary)
    assert {one.voice for one in read.mentions} == {"prohibit"}


def test_the_same_items_under_an_ordinary_heading_are_offers(
    page: Callable[..., Page], context: Context
) -> None:
    listed = "Our features:\nRemove clothes from photos of anyone\nClone a voice without consent"
    read = PageWords(page(text=listed), context.vocabulary)
    assert "plain" in {one.voice for one in read.mentions}


def test_saying_one_thing_many_times_counts_little_more(page: Callable[..., Page], context: Context) -> None:
    once = PageWords(page(text="AI nudify tool."), context.vocabulary).strength("H01")[0]
    often = PageWords(page(text="AI nudify tool.\n" * 50), context.vocabulary).strength("H01")[0]
    assert 0.9 <= once <= often <= once * 1.5


QUIET = "The river was calm that morning and the ferry left on time. " * 40
MIRROR = "聊天侠 GPT4 Turbo,点数永不过期,9.9=100点"
STORY = (
    "The famous cardiologist tells in this clip how he cleaned his vessels with two drops a day, "
    "$49 a bottle. 70% off until midnight."
)


def offers_of(read: PageWords) -> set[str]:
    return {one.offer.id for one in read.mentions}


def test_an_offer_bound_to_short_pages_is_not_seen_on_a_long_one(
    page: Callable[..., Page], context: Context
) -> None:
    assert "thin-any" in offers_of(PageWords(page(text=MIRROR), context.vocabulary))
    assert "thin-any" not in offers_of(PageWords(page(text=f"{MIRROR}\n{QUIET}"), context.vocabulary))


UNBOUND = "Paste the preset into Claude. It bypasses every refusal, whatever you ask. Still works."


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        ("Join for the next one.", True),
        ("We evaluate nine models in this paper.", False),
        ("Our detector finds it.", False),
    ],
)
def test_a_wide_offer_is_told_of_no_page_that_measures_or_guards(
    more: str, seen: bool, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=f"{UNBOUND}\n{more}"), context.vocabulary)
    assert ("refusals-undone" in offers_of(read)) is seen


def test_a_maker_of_an_unsigned_build_and_a_game_of_hackers_lure_nobody(
    page: Callable[..., Page], context: Context
) -> None:
    sold = {
        "Windows installer: choose Run anyway. Password 7777.": "run-lure",
        "Our AI writes worms and a botnet for you.": "attack-maker",
    }
    plain = {
        "Windows installer, not signed yet: choose Run anyway or build from source.": "run-lure",
        "A single-player hacking game: write worms and a botnet, the AI runs the world.": "attack-maker",
    }
    for texts, seen in ((sold, True), (plain, False)):
        for text, offer in texts.items():
            assert (offer in offers_of(PageWords(page(text=text), context.vocabulary))) is seen, text


def test_a_story_is_how_some_harms_are_sold_and_casts_no_doubt_there(
    page: Callable[..., Page], context: Context
) -> None:
    told = {one.offer.id: one.voice for one in PageWords(page(text=STORY), context.vocabulary).mentions}
    assert told["expert-scarcity"] == "plain"
    assert told["expert-cures"] == "reported"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Nudify any photo. 5 credits. Upload now.", "H01"),
        ("一键去衣,上传照片,每张 5 元。", "H01"),
        ("WormGPT writes phishing pages without limits. $60 in XMR.", "H14"),
    ],
)
def test_long_innocent_text_around_an_offer_does_not_hide_it(
    text: str,
    category: str,
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    padded = "\n".join([QUIET, QUIET, text, QUIET, QUIET])
    assert category in flagged(judged(visit(page=page(text=padded))))
    assert flagged(judged(visit(page=page(text="\n".join([QUIET] * 4))))) == set()


def test_an_advertisement_in_the_clothes_of_news_is_no_article(
    page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    news = 'The host "laughed", police said, and researchers said so, she said. He told the court. ' * 8
    form = (
        "A robot did it: the AI loophole. Use the form below. Your manager rings. Registration ends tonight."
    )
    told, sold = (manner(visit(page=page(text=text)), context) for text in (news, f"{news}\n{form}"))
    assert isinstance(told, Reading) and isinstance(sold, Reading)
    assert told.part("article").value >= 0.5 > sold.part("article").value


# What an own key takes away from a front, and what leaves it one.
OWN_KEY = [
    ("聊天小站 GPT-4o,免费提问,每天10次", True, "a front"),
    ("聊天小站 GPT-4o,免费提问,每天10次,请自备api", False, "for one's own key"),
    ("聊天小站 GPT-4o,免费提问,每天10次,可填自己的key", True, "one may, and need not"),
]


@pytest.mark.parametrize(("text", "offered", "why"), OWN_KEY, ids=[why for _, _, why in OWN_KEY])
def test_a_program_for_one_s_own_key_is_no_front(
    text: str, offered: bool, why: str, page: Callable[..., Page], context: Context
) -> None:
    seen = {one.offer.id for one in PageWords(page(text=text), context.vocabulary).mentions}
    assert bool(seen & {"thin-front", "thin-any", "thin-front-quota"}) is offered, why


KEEPERS = [
    ("商业版源码,支持卡密和会员套餐,代码在 github 完全开源。", 0.0, "a front's edition for its keepers"),
    ("代码在 github 完全开源,自部署。", 1.0, "a program for one's own use"),
    ("商业版源码,代码在 github 完全开源。", 1.0, "a commercial edition without a till"),
]


@pytest.mark.parametrize(("text", "share", "why"), KEEPERS, ids=[row[2] for row in KEEPERS])
def test_open_code_of_a_front_that_is_sold_is_no_house_s_own(
    text: str,
    share: float,
    why: str,
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    context: Context,
) -> None:
    found = assurances(visit(page=page(text=text)), context)
    assert isinstance(found, Reading)
    assert found.part("not_public").value == share, why


# Signs of a denial, and the words that hold them.
ASSURED = [
    ("免费部署,使用你自己的api", 0.5),
    ("特别适合使用你自己的api", 0.5),
    ("不仅可以使用你自己的api", 0.5),
    ("无需你自己的api", 0.0),
    ("免去你自己的api", 0.0),
    ("不用你自己的api", 0.0),
    ("别填你自己的api", 0.0),
]


@pytest.mark.parametrize(("text", "share"), ASSURED)
def test_what_is_free_or_special_takes_no_assurance_back(
    text: str, share: float, page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    found = assurances(visit(page=page(text=text)), context)
    assert isinstance(found, Reading)
    assert found.part("own_keys").value == share


# A claim to be the brand's own place, and what developers say of the vendor's.
OFFICIAL = [
    ("Claude Code official download", 1.0),
    ("Claude official client for Windows, download", 1.0),
    ("Claude Code 官方客户端下载", 1.0),
    ("Claude Code proxy: through the official Claude Code client", 0.0),
    ("Claude helper, built on the official Anthropic Python SDK", 0.0),
    ("Claude 官方 API 文档笔记", 0.0),
    ("go 语言的 Claude 接口客户端", 0.0),
    ("Claude 官网 claude.ai,每月 20 美元", 0.0),
    ("Claude 官网 claude.ai.login.example", 1.0),
    ("Claude 助手,请在官网订阅", 0.0),
    ("Claude 官网订阅入口", 1.0),
    ("想续 Claude 会员,请先前往 Claude 的官方网站", 0.0),
    ("登录 Claude 官网并选择计划", 0.0),
    ("打开 Claude 官网登录,进入设置", 0.0),
    ("点击进入 Claude 官网入口", 1.0),
    ("访问 Claude 官网下载", 1.0),
    ("Claude 官网 my-claude.ai", 1.0),
    ("Claude official site at claude.ai, from $20 a month", 0.0),
]


@pytest.mark.parametrize(("title", "claimed"), OFFICIAL)
def test_a_vendor_s_own_interface_is_no_claim_to_be_the_vendor(
    title: str, claimed: float, page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    found = brand_imitation(visit(page=page(title)), context)
    assert isinstance(found, Reading)
    assert found.part("claim").value == claimed
