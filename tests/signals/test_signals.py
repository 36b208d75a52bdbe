"""Every signal: when it fires, when it does not, at its bound, and when it cannot be measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from blocklists.names import Name
from domainscan.assess import Pack
from domainscan.model import (
    Answers,
    Certificate,
    Failure,
    Field,
    Form,
    History,
    Hop,
    Kin,
    Link,
    Lookup,
    Notice,
    Observation,
    Page,
    Reading,
    Registration,
)
from domainscan.signals import SIGNALS, measure
from domainscan.signals.context import Context

DOCS = Path(__file__).parents[2] / "docs" / "signals.md"
URL, OTHER = "https://quiet-harbour.example/", "https://elsewhere.example/"
DEEP = URL + "wp-content/uploads/x.php"
EXE, FILM = Link(URL + "chat.exe"), Link(URL + "film.mp4.exe")
ICP, ICP_BASE = "沪ICP备20259901号-6", "沪ICP备20259901号"
ANY = Name("quiet-harbour.example")
LONG = " The river was calm that morning." * 10
HELPLINE = (
    "Call our helpline. You are not alone. Keep screenshots. Report to the police, get help. "
    "Free and confidential."
)
DAYS = {0: "2026-11-23", 30: "2026-10-24", 90: "2026-08-25", 400: "2025-10-19"}


def registered(days: int) -> Registration:
    return Registration(domain=ANY, registered=f"{DAYS[days]}T12:00:00Z")


def issued(day: str, problems: tuple[str, ...] = ()) -> Certificate:
    return Certificate("CN=x", "CN=y", f"2026-11-{day}T12:00:00Z", "2027-02-01T00:00:00Z", problems=problems)


def said(text: str, **more: Any) -> Page:
    title = more.pop("title", "")
    return Page(url=more.pop("url", URL), http_status=200, title=title, text=text, headings=(title,), **more)


def login(action: str) -> Form:
    return Form(action, "post", (Field("email", "email"), Field("pass", "password")))


LABEL = Notice("内容由AI生成", "zh", "both", "control", "shell", "visible")
PROMPT = (Form(URL, "post", (Field("prompt", "textarea", "描述画面"),), ("立即生成",)),)

ENGLISH = (Form(URL, "post", (Field("prompt", "textarea", "Describe it"),), ("Generate",)),)


def painter(*notices: Notice, **more: Any) -> Page:
    """A Chinese page that makes pictures."""
    return said("输入描述，几秒出图。", title="星河 AI 绘画", forms=PROMPT, notices=notices, **more)


def kin(*shared: str) -> tuple[Kin, ...]:
    """ "feature name", of cases decided for H01."""
    return tuple(Kin(feature, Name(f"{name}.example"), "H01") for feature, name in map(str.split, shared))


NO_PAGE = {"page": Failure("timeout")}
RULES = "https://undress-app.example/rules"
OWNED = {
    "name": "deepseek.com",
    "page": said("Chat.", title="DeepSeek official", url="https://deepseek.com/"),
}
# (what the visit saw, part or "", expected value or the failure's status, why)
Row = tuple[dict[str, Any], str, float | str, str]
TABLE: dict[str, list[Row]] = {
    "abuse_tokens": [
        ({"name": "ai-nudify-photo.example"}, "H01", 2.0, "a name that says it"),
        ({"name": "undress-app.example"}, "H01", 2.0, "a word with its cue"),
        ({"name": "undress.ai"}, "H01", 2.0, "the suffix is the cue"),
        ({"name": "undress-boutique.example"}, "H01", 1.0, "the word alone hints"),
        ({"name": "一键脱衣.example"}, "H01", 2.0, "a Chinese host name"),
        ({"name": "qunkong-yun.example"}, "H11", 2.0, "pinyin"),
        ({"name": "essexaid.example"}, "", 0.0, "letters inside another word"),
        ({"name": "airport-nude-art.example"}, "H01", 0.0, "the cue must touch the word"),
    ],
    "brand_lookalike": [
        ({"name": "chatgpt-free.example"}, "combined", 1.0, "a brand with another word"),
        ({"name": "chatgpt.example"}, "other_suffix", 1.0, "the bare brand elsewhere"),
        ({"name": "deepsek.example"}, "typo", 1.0, "one letter missing"),
        ({"name": "0penai.example"}, "homoglyph", 1.0, "a digit for a letter"),
        ({"name": "deepseek.quiet-harbour.example"}, "", 0.7, "in a label below another's domain"),
        ({"name": "claude-debussy.example"}, "weak", 1.0, "also a first name"),
        ({"name": "api.openai.com"}, "owner", 1.0, "the owner"),
        ({"name": "quiet-harbour.example"}, "", 0.0, "no brand"),
        ({"name": "douban.com"}, "", 0.0, "an honest neighbour of a brand"),
    ],
    "name_letters": [
        ({"name": "quiet-harbour.example"}, "", 0.0, "none"),
        ({"name": "nudify.example"}, "", 0.0, "a word says it already"),
        ({"name": "stop-toplesspix.example"}, "", 0.0, "a word of defence"),
        ({"name": "toplesspix.openai.com"}, "", 0.0, "the owner's own"),
    ],
    "mixed_script": [
        ({"name": "xn--pple-43d.example"}, "", 1.0, "Cyrillic among Latin"),
        ({"name": "quiet-harbour.example"}, "", 0.0, "Latin only"),
        ({"name": "灵犀ai.example"}, "", 0.0, "Chinese with Latin is ordinary"),
    ],
    "registration_age": [
        ({"registration": registered(30)}, "", 30.0, "thirty days"),
        ({"registration": registered(0)}, "", 0.0, "the bound: registered this moment"),
        ({"registration": Registration(domain=ANY)}, "", "not_found", "a missing date is unknown"),
        ({"registration": Registration(domain=ANY, registered="soon")}, "", "not_found", "no date at all"),
        ({"registration": Failure("rate_limited")}, "", "rate_limited", "could not look"),
        ({"name": "a.pages.example", "registration": registered(30)}, "", "not_applicable", "the platform's"),
    ],
    "certificate_age": [
        ({"certificate": issued("20"), "registration": registered(30)}, "", 3.0, "fresh on a fresh name"),
        ({"certificate": issued("20"), "registration": registered(90)}, "", 3.0, "the bound: ninety days"),
        ({"certificate": issued("20"), "registration": registered(400)}, "", "not_applicable", "a renewal"),
        ({"certificate": issued("20")}, "", "not_applicable", "the name's age is unknown"),
        ({"certificate": Failure("tls_error")}, "", "tls_error", "could not look"),
    ],
    "certificate_problems": [
        ({"certificate": issued("20", ("expired", "wrong_host"))}, "", 2.0, "two problems"),
        ({"certificate": issued("20")}, "", 0.0, "none"),
        ({"certificate": Failure("not_applicable")}, "", "not_applicable", "http only"),
    ],
    "presence": [
        ({"status": "observed"}, "", 1.0, "there"),
        ({"status": "dead"}, "", 0.0, "a second resolver agrees"),
        ({"status": "failed", "reason": "servfail"}, "", "not_run", "SERVFAIL is not dead"),
    ],
    "shared_suffix": [
        ({"name": "someone.pages.example"}, "", 1.0, "below a platform's suffix"),
        ({"name": "quiet-harbour.example"}, "", 0.0, "an own registration"),
    ],
    "parked": [
        ({"page": said("This domain is for sale. Make an offer.")}, "", 3.0, "its words"),
        ({"page": said("Fresh bread."), "ns": "ns1.sedoparking.com."}, "", 1.0, "its name servers"),
        ({"page": said("Fresh bread."), "ns": "ns1.sudan.com."}, "", 0.0, "not below dan.com"),
        ({"page": said("Fresh bread."), "a": "91.195.240.19"}, "", 1.0, "its address"),
        ({**NO_PAGE, "a": "91.195.240.19"}, "", 1.0, "its address, and no page"),
        ({"page": said("Fresh bread."), "a": "192.0.2.7"}, "", 0.0, "somebody else's address"),
        ({"page": said("Fresh bread every day.")}, "", 0.0, "neither"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "provider_cut": [
        (
            {"page": Page(url=URL, http_status=403, title="Non-compliance ICP Filing")},
            "",
            1.0,
            "the 403 page",
        ),
        ({"page": said("Providers show Non-compliance ICP Filing.")}, "", 0.0, "words without the status"),
        ({"hops": (Hop(url=URL, location="http://x.example/webblock.html"),)}, "", 1.0, "the redirect"),
        ({"page": said("Fresh bread.")}, "", 0.0, "an ordinary page"),
        (NO_PAGE, "", "timeout", "nothing answered"),
    ],
    "offers": [
        ({"page": said("Nudify any photo.")}, "H01", 1.3, "an offer"),
        (
            {"page": said("Police warned of tools that nudify a photo.")},
            "H01",
            0.065,
            "a report, on a page that does nothing else",
        ),
        ({"page": said("Fresh bread every day.")}, "", 0.0, "nothing"),
        ({"page": said(" ")}, "", "parse_incomplete", "an empty page is unknown, never clean"),
        ({"page": said("Nudify any photo.", url=OTHER)}, "", "not_applicable", "another site's page"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "offer_setting": [
        (
            {"page": said("Nudify any photo. 5 credits. Upload now." + LONG)},
            "H01",
            2.0,
            "price and call to action",
        ),
        ({"page": said("Nudify any photo. 5 credits." + LONG)}, "H01", 1.0, "a price"),
        ({"page": said("Nudify any photo." + LONG)}, "H01", 0.0, "no trade"),
        ({"page": said("Nudify any photo.")}, "H01", 1.0, "the page says little else"),
        ({"page": said("Fresh bread.")}, "H01", 0.0, "says little, and offers nothing"),
        ({"page": said("5 credits. Upload now.")}, "H01", 0.0, "trade without an offer"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "manner": [
        ({"page": said(HELPLINE)}, "help", 1.0, "a helpline"),
        ({"page": said("Fresh bread every day.")}, "help", 0.0, "a bakery"),
        (
            {"page": said("Text.", title="Warning: an investigation")},
            "genre",
            1.0,
            "the title says what it is",
        ),
        ({"page": said("A warning, an investigation.", title="Bread")}, "genre", 0.0, "not in the text"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "own_rules": [
        (
            {
                "name": "undress-app.example",
                "page": said("By using it you agree.", title="Terms of Service", url=RULES),
            },
            "H01",
            2.0,
            "the terms of a site whose name says it",
        ),
        (
            {
                "name": "undress-app.example",
                "page": said("使用本站即表示您同意。", title="用户协议", url=RULES),
            },
            "H01",
            2.0,
            "the same in Chinese",
        ),
        (
            {"name": "quiet-harbour.example", "page": said("You agree.", title="Terms of Service")},
            "",
            0.0,
            "the terms of a site whose name says nothing",
        ),
        (
            {"name": "undress-app.example", "page": said("By using it you agree.", title="Bread", url=RULES)},
            "H01",
            0.0,
            "no title calls it so",
        ),
        (
            {
                "name": "undress-app.example",
                "page": said("Fresh bread.", title="Terms of Service: a history", url=RULES),
            },
            "H01",
            0.0,
            "it binds nobody",
        ),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "assurances": [
        (
            {"page": said("Read a consent statement aloud; we verify it.")},
            "consent",
            1.0,
            "consent is checked",
        ),
        (
            {"page": said("No consent form, no release form.")},
            "consent",
            0.0,
            "taken back by the word before",
        ),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "minors": [
        ({"page": said("Sexting with NSFW characters.\nMade for teenagers.")}, "", 1.0, "for the young"),
        ({"page": said("Sexting with NSFW characters.\nAdults only, no minors.")}, "", 0.0, "kept out"),
        ({"page": said("Homework help for high school students.")}, "", 0.0, "nothing sexual is offered"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "age_gate": [
        ({"page": said("NSFW chat. No sign-up.")}, "absent", 1.0, "no age step"),
        ({"page": said("NSFW chat. Confirm your age first.")}, "present", 1.0, "an age step"),
        ({"page": said("NSFW chat. No age verification.")}, "present", 0.0, "taken back by the word before"),
        ({"page": said("Fresh bread.")}, "absent", 0.0, "nothing to gate"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "hidden_offers": [
        ({"page": said("Fresh bread.", hidden_text="Nudify any photo")}, "", 1.3, "visitors do not see it"),
        ({"page": said("Fresh bread.", hidden_text="Skip to content")}, "", 0.0, "ordinary hidden text"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "short_page": [
        ({"page": said("签到送 20 次，API 余额用完为止", title="快聊")}, "H07", 1.5, "quota, key, title"),
        (
            {"page": said("免梯子，自备 key 无限制，9.9 包月，关注公众号拿密码，GPT-4o 镜像")},
            "H07",
            2.0,
            "the bound",
        ),
        (
            {"page": said("签到送 20 次，微信登录即可下单，邀请好友得券")},
            "H07",
            0.0,
            "how, and nothing of what",
        ),
        ({"page": said("GPT 聊天机器人")}, "H07", 0.0, "what, and nothing of how"),
        (
            {"page": said("GPT 聊天，签到送 20 次。" + "河水很安静。" * 40)},
            "H07",
            0.0,
            "not a page of few words",
        ),
        ({"page": said("警方称，涉案网站以免梯子、签到送次数的 GPT 为诱饵。")}, "H07", 0.0, "a report"),
        (
            {"name": "deepseek.com", "page": said("聊天，每天 50 条，扫码登录", url="https://deepseek.com/")},
            "H07",
            0.0,
            "the owner's own",
        ),
        ({"page": said(" ")}, "", "parse_incomplete", "an empty page is unknown"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "wording": [
        ({"page": said("1 2 3")}, "", 0.0, "no term speaks for a harm"),
        (
            {"name": "deepseek.com", "page": said("无需梯子，号池拼车", url="https://deepseek.com/")},
            "",
            0.0,
            "the owner's own",
        ),
        ({"page": said(" ")}, "", "parse_incomplete", "an empty page is unknown"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "brand_imitation": [
        ({"page": said("Chat.", title="DeepSeek official site")}, "claim", 1.0, "claims to be official"),
        ({"page": said("Chat.", title="DeepSeek fan notes, unofficial")}, "claim", 0.0, "says it is not"),
        ({"page": said("Chat.", title="DeepSeek notes, unofficial")}, "disclosed", 1.0, "credited for it"),
        ({"page": said("x", title="Alternatives to DeepSeek")}, "title", 0.0, "speaks about the brand"),
        (
            {"page": said("x", title="DeepSeek, ChatGPT and Midjourney")},
            "several",
            3.0,
            "brands of different owners",
        ),
        (OWNED, "owner", 1.0, "the owner"),
        ({"page": said("Researchers said DeepSeek was copied.")}, "", 0.0, "a report"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "lures": [
        (
            {"page": said("AI", title="ChatGPT log in", forms=(login(OTHER),))},
            "foreign_login",
            1.0,
            "goes elsewhere",
        ),
        (
            {"page": said("AI", title="ChatGPT log in", forms=(login(URL),))},
            "brand_login",
            1.0,
            "another's brand",
        ),
        (
            {"page": said("Bread", title="Bakery", forms=(login(OTHER),))},
            "foreign_login",
            0.0,
            "an ordinary shop",
        ),
        ({"page": said("Get it", title="ChatGPT official", links=(EXE,))}, "program", 1.0, "a program"),
        ({"page": said("Get it", title="Editor", links=(FILM,))}, "disguised", 1.0, "dressed as a film"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "trade": [
        ({"page": said("$5 or $9, pay with USDT, ask on Telegram")}, "", 3.0, "all three kinds"),
        ({"page": said("Fresh bread.")}, "", 0.0, "none"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "downloads": [
        ({"page": said("Get it", links=(EXE, Link(URL + "b.html")))}, "", 1.0, "one program"),
        ({"page": said("Get it", links=(Link(OTHER + "a.apk?v=1"),))}, "elsewhere", 1.0, "another site's"),
        ({"page": said("Get it", links=(Link("http://[broken"),))}, "", 0.0, "a broken URL does no harm"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "affiliate": [
        (
            {"page": said("List", links=(Link(OTHER + "?ref=1"), Link(OTHER + "?aff=2")))},
            "",
            2.0,
            "two referrals",
        ),
        ({"page": said("List", links=(Link(URL + "?ref=1"),))}, "", 0.0, "its own link"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "doorway": [
        ({"page": said("Nudify any photo.\nHarbour library", url=DEEP)}, "", 2.0, "in an upload folder"),
        ({"page": said("Harbour library", hidden_text="Nudify any photo")}, "", 2.0, "hidden offers"),
        ({"page": said("Nudify any photo.")}, "", 0.0, "an offer on a front page is the site's own"),
        ({"page": said("Harbour library opening hours")}, "", 0.0, "an ordinary library"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "generative_service": [
        (
            {"page": said("月卡29元 支付宝 立即体验", title="快聊 AI对话")},
            "public",
            1.0,
            "sold to mainland users",
        ),
        (
            {"page": said("$9 a month. Start.", title="AI assistant")},
            "public",
            0.0,
            "no sign of the mainland",
        ),
        ({"page": said("Fresh bread.")}, "", 0.0, "no service"),
        (
            {"page": said("ChatGPT 镜像站,签到领额度,卡密充值。", title="快聊")},
            "relayed",
            5.0,
            "different terms of relaying",
        ),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "labels": [
        ({"page": painter(LABEL)}, "present", 1.0, "a label by the controls"),
        (
            {"page": painter(msgspec.structs.replace(LABEL, visibility="hidden"))},
            "hidden",
            1.0,
            "out of sight",
        ),
        ({"page": painter(msgspec.structs.replace(LABEL, visibility="faint"))}, "hidden", 1.0, "as good as"),
        (
            {"page": painter(LABEL, msgspec.structs.replace(LABEL, visibility="hidden"))},
            "hidden",
            0.0,
            "another is seen",
        ),
        ({"page": painter(msgspec.structs.replace(LABEL, visibility="unknown"))}, "hidden", 0.0, "who knows"),
        (
            {"page": painter(msgspec.structs.replace(LABEL, elements="no_ai"))},
            "absent",
            0.0,
            "the bound: half a label",
        ),
        ({"page": painter()}, "absent", 1.0, "generation without a label"),
        ({"page": msgspec.structs.replace(painter(), notices=None)}, "absent", 0.0, "nobody looked"),
        (
            {"page": painter(flags=("script_rendered",))},
            "absent",
            0.0,
            "drawn by scripts: not seen, not absent",
        ),
        (
            {"page": said("AI 绘画的历史与评论，一篇长文。", title="AI 绘画")},
            "absent",
            0.0,
            "nothing is offered",
        ),
        ({"page": said("AI painter", title="AI", forms=ENGLISH)}, "absent", 0.0, "not for the mainland"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "filing": [
        ({"page": said("月卡29元 支付宝 立即体验", title="快聊 AI对话")}, "missing", 1.0, "no number"),
        ({"page": said("月卡29元 支付宝 立即体验 " + ICP, title="快聊 AI对话")}, "missing", 0.0, "a number"),
        ({"page": said("$9 a month. Start.", title="AI assistant")}, "missing", 0.0, "needs none"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "number_owner": [
        ({"page": said(ICP), "owners": ((ICP_BASE, "first.example"),)}, "", 1.0, "another domain showed it"),
        ({"page": said(ICP), "owners": ((ICP_BASE, "quiet-harbour.example"),)}, "", 0.0, "its own"),
        (NO_PAGE, "", "timeout", "nothing to read"),
    ],
    "decided_kin": [
        ({"kin": kin("favicon:1 a", "favicon:1 b")}, "", 0.5, "one weak feature of two names"),
        ({"kin": kin("favicon:1 a", "shape64:0f a", "script:app.1.js a")}, "", 1.4, "all weak ones together"),
        (
            {"kin": kin("analytics:google:G-1 a", "analytics:cnzz:2 a")},
            "",
            1.0,
            "two of one kind are one fact",
        ),
        ({"kin": kin("text64~2:0f a", "shape64:0f a", "text:sha256:1 a")}, "", 1.0, "a copy in all respects"),
        (
            {"kin": kin("analytics:google:G-1 a", "shape64~3:0f a")},
            "H01",
            1.5,
            "the bound: account and template",
        ),
        ({"kin": kin("analytics:google:G-1 a", "contact:qq:12345 a")}, "H01", 2.0, "two full ones"),
        (
            {"kin": kin("analytics:google:G-1 a", "contact:qq:12345 b")},
            "H01",
            1.0,
            "one with each of two cases",
        ),
        ({"kin": kin("analytics:google:G-1 a")}, "H02", 0.0, "another category than the decision's"),
        ({"kin": kin("favicon:116323821 a", "contact:email:info@example.com a")}, "", 0.0, "nobody's own"),
        ({"kin": kin("colour:blue a")}, "", 0.0, "a kind that nobody weighs"),
        ({}, "", 0.0, "no kin"),
    ],
}
CASES = [(signal, *row) for signal, rows in TABLE.items() for row in rows]


@pytest.mark.parametrize(
    ("signal", "seen", "part", "expected", "why"), CASES, ids=[f"{c[0]}-{c[4]}" for c in CASES]
)
def test_a_signal_measures(
    signal: str,
    seen: dict[str, Any],
    part: str,
    expected: float | str,
    why: str,
    visit: Callable[..., Observation],
    context: Context,
) -> None:
    seen = dict(seen)
    history = History(kin=seen.pop("kin", ()), owners=seen.pop("owners", ()))
    records = {kind: seen.pop(kind.lower()) for kind in ("NS", "A") if kind.lower() in seen}
    if records:
        seen["resolution"] = tuple(Lookup(kind, Answers((value,))) for kind, value in records.items())
    reading = SIGNALS[signal](visit(**seen), Context(history, context.vocabulary, context.suffixes))
    if isinstance(expected, str):
        assert isinstance(reading, Failure)
        assert reading.status == expected
    else:
        assert isinstance(reading, Reading), reading
        assert (reading.part(part).value if part else reading.value) == pytest.approx(expected)


def lacking(signals: set[str], pack: Pack, text: str) -> list[str]:
    """What signals still lack: a rule, rows in the table, a paragraph."""
    paragraphs = set(re.findall(r"^### `(\w+)`", text, re.MULTILINE))
    ruled = {rule.signal for rule in pack.rules}
    wanted = (("rule", ruled), ("row in the table", set(TABLE)), ("paragraph in docs/signals.md", paragraphs))
    return [f"{one}: no {what}" for one in sorted(signals) for what, there in wanted if one not in there]


def test_every_signal_has_a_rule_rows_and_a_paragraph(pack: Pack) -> None:
    assert lacking(set(SIGNALS), pack, DOCS.read_text("utf-8")) == []


def test_the_register_sees_a_signal_that_has_nothing(pack: Pack) -> None:
    assert len(lacking({"moon_phase"}, pack, "")) == 3


def test_every_signal_answers_even_for_an_empty_visit(
    visit: Callable[..., Observation], context: Context
) -> None:
    assert measure(visit(), context).keys() == SIGNALS.keys()
