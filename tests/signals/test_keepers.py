"""Keepers: a short text about a model that tells how a program is set up, and what visitors of a service are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domainscan.model import Observation, Page
from domainscan.signals.brands import DEVELOPERS
from domainscan.signals.context import Context, PageWords
from domainscan.signals.pages import assurances
from domainscan.signals.turns import turns_of

TEXTS = [
    (
        "把 Gemini 接口转换成 OpenAI 接口的适配层，部署在自己的服务器上，API Key 自备。",
        0.6,
        1.0,
        "an adapter",
    ),
    (
        "在设置里填入自己的 OpenAI API Key 即可使用，配置文件为 config.json。",
        0.6,
        1.0,
        "a setting and a file",
    ),
    ("ChatGPT client for your desktop: set your own key, open source, npm install.", 0.6, 1.0, "a program"),
    ("在设置里填入本站发放的 API Key，注册送 2 元，GPT-4 低至 3 折。", 0.0, 0.0, "a key that is sold"),
    ("开源项目搭建的 GPT 小站，免费使用，可以填写自己的 key。", 0.0, 0.0, "visitors are let in"),
    (
        "整理了一些网站列表，都是开源的 ChatGPT 客户端搭建的，部署在各自的服务器。",
        0.0,
        0.0,
        "a list of sites",
    ),
    ("在设置里填入设备密钥，配置文件为 config.json。", 0.0, 0.0, "no model"),
    ("GPT-4 客户端。", 0.3, 0.4, "one kind alone is little"),
    (
        "轻量级的 Claude API 中转，提供密钥管理、请求转发和访问日志。功能特性：单二进制。",
        0.6,
        1.0,
        "a gateway's functions",
    ),
    (
        "Claude 中转，提供密钥管理、请求转发，自带号池，支付宝充值。",
        0.0,
        0.0,
        "a gateway that pools and sells",
    ),
]


@pytest.mark.parametrize(("text", "least", "most", "why"), TEXTS, ids=[row[3] for row in TEXTS])
def test_who_sets_a_program_up_is_told_how(
    text: str,
    least: float,
    most: float,
    why: str,
    visit: Callable[..., Observation],
    page: Callable[..., Page],
    context: Context,
) -> None:
    found = assurances(visit(page=page(title="", text=text)), context)
    assert least <= found.part("set_up").value <= most, why


def test_a_long_text_needs_more_of_it(
    visit: Callable[..., Observation], page: Callable[..., Page], context: Context
) -> None:
    told = "在设置里填入自己的 OpenAI API Key，配置文件为 config.json。"
    shares = [
        assurances(visit(page=page(title="", text=told + rest)), context).part("set_up").value
        for rest in ("", "山" * 700, "山" * 1600)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0.0


TURNS = [
    ("gpt等模型容易受到越狱攻击", {"defence"}, "what a model is prey to"),
    ("一种缓解越狱攻击的算法", {"defence"}, "a remedy"),
    ("越狱攻击一键生成", set(), "an attack that is sold"),
    ("models are vulnerable to jailbreak attacks", {"defence"}, "what a model is prey to"),
    ("a defense against jailbreaks", {"defence"}, "a remedy"),
    ("our jailbreaks beat any filter", set(), "an attack that is praised"),
    ("openai下调gpt接口价格", {"reported"}, "a vendor's prices"),
    ("resellers usually run on stolen cards", {"reported"}, "others' wares"),
    ("we resell at half the price", set(), "one's own"),
    ("sharing a seat is against the vendor's terms", {"reported"}, "what is not allowed"),
    ("stay away from bans with our pool", set(), "a seller's promise"),
    ("山行周刊:镜像站点一则", {"reported"}, "a weekly's title"),
    ("搭建一个属于自己的镜像网站", {"reported"}, "a lesson"),
    ("搭建好的镜像网站,打开就用", set(), "a site"),
    ("市面上有一些提供镜像访问的网站", {"reported"}, "what is found about"),
    ("不建议购买第三方的账号", {"prohibit"}, "advice to leave it"),
    ("建议购买独享账号", set(), "advice to buy"),
    ("每小时请求次数,默认无限制", {"reported"}, "a setting's default"),
    ("本店下调gpt接口价格", set(), "a shop's own"),
]


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_studies_and_news_are_told_by_their_grammar(text: str, voices: set[str], why: str) -> None:
    assert {one.voice for one in turns_of(text)} == voices, why


OFFERS = [
    ("H07", "GPT 中转站,国内直连,低至官方价三折,支付宝充值。", True, "a relay"),
    ("H07", "使用国产大模型,国内直连,价格仅为 Claude 官方价的 1/7。", False, "a house's own model"),
    ("H11", "multi account: 微博多个账号,自动发布,下载安装。", True, "accounts by the hundred"),
    ("H11", "multi account: 微博多个账号,保存与切换,下载安装。", False, "one's own accounts"),
]


@pytest.mark.parametrize(("category", "text", "offered", "why"), OFFERS, ids=[row[3] for row in OFFERS])
def test_whose_model_and_whose_accounts(
    category: str, text: str, offered: bool, why: str, page: Callable[..., Page], context: Context
) -> None:
    assert (PageWords(page(text=text), context.vocabulary).strength(category)[0] >= 0.9) is offered, why


def test_a_vendors_price_is_a_measure_and_no_claim() -> None:
    assert DEVELOPERS.search("价格仅为claude官方价的1/7")
    assert DEVELOPERS.search("claude code设置指南(中文版)")
    assert not DEVELOPERS.search("claude官方入口")


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("本文从三个维度对比官方接口与镜像站的区别。", True),
        ("合租会员存在封号风险。", True),
        ("没有封号风险,放心合租。", False),
        ("请求过于频繁,请稍后重试(常见于合租账号)。", True),
        ("deepseek国内直连,无需翻墙。", True),
        ("支持gpt、deepseek国内直连,无需翻墙。", False),
        ("看似官方的对话,实际指向木马。", True),
        ("我们首先需要先注册账号。", True),
        ("注册账号就送额度。", False),
        ("一位投资人直言,初创公司多数只是套壳。", True),
    ],
)
def test_who_speaks_of_relays_from_outside(text: str, doubted: bool) -> None:
    assert any(one.voice in ("reported", "prohibit") for one in turns_of(text)) is doubted
