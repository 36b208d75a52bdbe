"""Patterns: what no list of terms can hold, and the lexicon group each belongs to.

Each is bounded: a page's text is searched once per pattern, and no part of a pattern repeats without a limit.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_CURRENCY: Final = (
    r"元|块钱|美元|万元|usdt|usd|u|btc|eth|xmr|rmb|cny|eur|gbp|dollars?|euros?|pounds?|bucks|credits?|coins?|tokens?"
    r"|积分|点数|金币"
)
# What any service has limits or a policy of: "no rate limits", "no refund policy".
_OF_USE: Final = (
    r"usage|rate|requests?|messages?|tokens?|time|daily|weekly|monthly|size|words?|characters?|credits?|files?|videos?"
    r"|images?|downloads?|uploads?|privacy|refunds?|returns?|data|devices?|users?|exports?|storage|speed|bandwidth"
)
_LIMITS: Final = r"rules|limits|restrictions|ethics|morals|refusals|boundaries|policy|policies|safeguards"
_SERVICE: Final = (
    r"offer|provide|sell|make|create|publish|write|build|train|post|generate|produce|accept|clone|copy"
)
_OFFICE: Final = r"office|desk|centre|center|agency|department|authority|bureau|fund"
_ENGAGEMENT: Final = r"likes|followers|views|comments|reviews|subscribers|upvotes|votes|plays"
# Names of crimes ("刷单返利"): whoever uses them does not offer the thing.
_SCHEMES: Final = r"[裸刷换变语虚投荐杀冒](?:聊|单|脸|声|音|假投资|资|股|猪盘|充[^,。;\n]{1,10})"
_CRIME_NAMES: Final = r"敲诈|诈骗|骗局|返利|骗术|陷阱|类案件|案件|案"
_COUNTED: Final = r"点?赞|粉丝?|评论|好评|播放|关注|转发|账号|号(?!\d)"
# Before a bare sum.
_PRICED: Final = (
    "买断|激活码|月卡|年卡|季卡|周卡|天卡|次卡|学费|一张|三张|十张|单张|首张|每张|单图|全套|一套|售价|只要|仅售|仅需|包月|包年|终身|永久卡"
    "|月付|季付|单价|起价|才卖|三次|十次|成品号|独享|一单|学员价|现价|秒发|只收"
)

# Before what does not happen.
_NOBODY: Final = (
    "no|none|nobody|nothing|not|never|zero|without|cannot|can't|won't|don't|doesn't|isn't|aren't|hasn't"
)
# Sources that nobody wrote: "forty invented clinic studies". A bare adjective is none ("Tom is invented from diaries").
_FALSE: Final = "fake|invented|made up|fictional|fabricated|planted|staged|bogus"
_SOURCES: Final = (
    "reviews?|articles?|stud(?:y|ies)|papers?|sources?|pages?|posts?|threads?|awards?|quotes?|experts?|lists?|rankings?"
    "|mentions?|citations?|answers?|questions?|sites?|blogs?|forums?|wikis?|tests?|comparisons?|interviews?|testimonials?"
    "|research|q&a|news|facts?|claims?|ratings?|reports?|customers?|users?|data|documents?|stories|histor(?:y|ies)"
)

PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "price_word": re.compile(
        r"[$€£¥]\s?\d[\d,.]{0,9}+(?! ?(?:million|billion|trillion|bn\b))"  # which is a sum lost or raised
        rf"|\d[\d,.]{{0,9}} ?(?:{_CURRENCY})(?![a-z据素])"
        r"|\d[\d,.]{0,9} ?[€£₽₴₹₩円원]"  # "9,90 €", "249 ₽", "980円"
        r"|[一二两三四五六七八九十百千万]{1,5}(?:元|块钱|块一)"
    ),
    # what a seller writes before a bare sum: "一张 15", "月卡29", "买断 128"
    "price_after": re.compile(
        rf"(?:{_PRICED})[^\d\n,。;]{{0,3}}\d{{1,5}}(?:\.\d{{1,2}})?(?![\d:/年月日号个人%万条次天节章页米楼集期届岁])"
    ),
    # names that end in GPT; the lexicon holds the family's own
    "gpt_word": re.compile(r"(?<![a-z])[a-z]{1,12}gpt(?![a-z])"),
    "guarantee": re.compile(
        r"\d[\d,.]{0,9} ?(?:%|percent|euros?|dollars?|usd|pounds?) (?:a|per|every|each) (?:day|week|24h|24 hours)"
        r"|[$€£]\d[\d,.]{0,9} (?:a|per|every|each) (?:day|week)"
        r"|(?:日|天|月|周)(?:收益|回报|盈利|化)\D{0,6}\d"
    ),
    "scarcity": re.compile(
        r"(?:last|only|just) \d{1,4} (?:left|seats|places|spots|tubes|boxes|bottles|packs|pieces|units)|仅剩\d"
    ),
    "official_service": re.compile(
        rf"(?:national|official|federal|central|government|state)(?: [a-z]+){{0,2}} (?:{_OFFICE})\b"
    ),
    "unbound_llm": re.compile(
        rf"(?:no|without|free of|free from|zero|beyond)(?! (?:limits|(?:[a-z]+ )?(?:{_OF_USE}))\b)"
        rf"(?: [a-z]+){{0,2}} (?:{_LIMITS})"
        r"|(?:不受|没有|无)[^。,\n]{0,6}(?:约束|束缚|道德|底线)"
    ),
    "prohibit": re.compile(rf" not (?:{_SERVICE})\b"),
    "reported": re.compile(
        r"\b(?:he|she|they) (?:had |have |has |was |were )?(?:[a-z]{2,12}ed|sold|made|took|stole|ran|built)\b"
    ),
    "crime_name": re.compile(
        rf"(?:{_SCHEMES})(?:{_CRIME_NAMES})(?!教程|教学|课|话术|剧本|脚本|工具|套件|项目)"
    ),
    "sure_claim": re.compile(r"(?:right|accurate|accuracy|correct|准确率|胜率|治愈率)[^.\n]{0,16}?9\d"),
    "bot_count": re.compile(
        rf"[0-9](?:[\d,.]{{0,9}}[km]? ?(?:{_ENGAGEMENT})|(?:\d{{2,5}}|[\d,.]{{0,5}}[km]) ?(?:accounts|profiles)"
        rf"|(?<![备证字第\d]\d)[\d,.]{{0,7}}[千万kw]?[条个]?(?:{_COUNTED}))"
    ),
    "label_noun": re.compile(
        r"(?:ai|人工智能)(?:生成|合成|制作)?[」”』\"】)] ?的?(?:标[示识签记注]|浮?水印|字样|记录|提示)|浮水印"
    ),
    # what a detector said before and after: "62% → 8%", "99.2 % AI. After: 1.3 %"
    "score_goal": re.compile(
        r"[3-9]\d(?:\.\d)? ?% ?(?:ai|aigc)?[^\d\n%]{0,6}?(?:→|>|\bto\b|after|降到|降至|变成|变为|到)[^\d\n%]{0,6}"
        r"[0-2]?\d(?:\.\d)? ?%"
    ),
    # whom it is to escape: "no scanner raises a flag", "can't tell", "认不出来"
    "unnoticed": re.compile(
        rf"\b(?:{_NOBODY})\b[^.\n]{{0,44}}? "
        r"(?:flag(?:s|ged)?|detect(?:s|ed)?|tell|notic(?:es?|ed)|label(?:s|led|ed)?|tag(?:s|ged)?"
        r"|recogni[sz]e[sd]?|suspects?|catch(?:es)?|caught)\b"
        r"|(?:不会?|没有?|无法|未|免)(?:被|再|给)?[^,。\n]{0,4}?(?:提示|识别|检测|察觉|打标|标注|限流|发现)"
        r"|(?:认|查|看|测|识别|分|听|检测)不出"
    ),
    "fake_corpus": re.compile(rf"\b(?:{_FALSE})(?: [a-z]{{2,14}}){{0,3}},? (?:{_SOURCES})\b"),
    "attack_llm": re.compile(
        r"(?<![a-z])(?:worm|fraud|evil|dark|black ?hat|hacker|malware|wolf|demon) ?gpt(?![a-z])"
    ),
}


class Cues(NamedTuple):
    """Words of which one stands in whatever a pattern finds.

    The lexicon's automaton finds them in the one pass it makes anyway, and the pattern is tried there alone: on
    30 kB of English prose the patterns cost 2.3 ms when each searches all of the text, and 0.1 ms this way.
    """

    words: tuple[str, ...]
    reach: int | None = 0  # characters of a match before its cue, at most; None: back to the line's beginning
    # characters from a cue's beginning to the end of its match and what that looks at behind; with a reach only
    tail: int = 0
    number: str = ""  # what the number before the cue is made of; "": there is none
    around: str = ""  # and what of it makes no number alone
    inside: bool = False  # the cue may begin inside a Latin word


CURRENCY_SIGNS: Final = "$€£¥"
_SIGNS_BEHIND: Final = "₽₴₹₩円원"
_UNITS: Final = (
    "u", "btc", "eth", "xmr", "rmb", "cny", "eur", "gbp", "dollar", "pound", "buck", "credit", "coin", "token",
    "元", "块钱", "块一", "美元", "万元", "积分", "点数", "金币",
)  # fmt: skip
_SPANS: Final = tuple(
    f" {each} {unit}" for each in ("a", "per", "every", "each") for unit in ("day", "week", "24h", "24 hours")
)
_YIELDS: Final = tuple(f"{when}{what}" for when in "日天月周" for what in ("收益", "回报", "盈利", "化"))
_NOUNS: Final = (*_ENGAGEMENT.split("|"), "accounts", "profiles")
_COUNTED_ZH: Final = ("点赞", "赞", "粉", "评论", "好评", "播放", "关注", "转发", "账号", "号")
_SCHEME_WORDS: Final = tuple(
    f"{one}{other}"
    for one in "裸刷换变语虚投荐杀冒"
    for other in ["聊", "单", "脸", "声", "音", "假投资", "资", "股", "猪盘", "充"]
)
_LABELLED: Final = tuple(
    f"{what}{made}{mark}"
    for what in ("ai", "人工智能") for made in ("", "生成", "合成", "制作") for mark in "」”』\"】)"
)  # fmt: skip
_ATTACKERS: Final = (
    "worm",
    "fraud",
    "evil",
    "dark",
    "black hat",
    "blackhat",
    "hacker",
    "malware",
    "wolf",
    "demon",
)

CUES: Final[dict[str, Cues]] = {
    "price_word": Cues(
        (*CURRENCY_SIGNS, *_SIGNS_BEHIND, *_UNITS),
        reach=11,
        tail=20,
        number="0123456789,. 一二两三四五六七八九十百千万",
        around=",. ",
    ),
    "price_after": Cues(tuple(_PRICED.split("|")), inside=True),
    "gpt_word": Cues(("gpt",), reach=12, tail=4, inside=True),
    "guarantee": Cues((*_SPANS, *_YIELDS), reach=18, tail=16),
    "scarcity": Cues(("last ", "only ", "just ", "仅剩"), inside=True),
    "official_service": Cues(
        ("national", "official", "federal", "central", "government", "state"), inside=True
    ),
    "unbound_llm": Cues((*_LIMITS.split("|"), "约束", "束缚", "道德", "底线"), reach=None),
    "prohibit": Cues((" not ",)),
    "reported": Cues(("he ", "she ", "they ")),
    "crime_name": Cues(_SCHEME_WORDS),
    "sure_claim": Cues(("right", "accurate", "accuracy", "correct", "准确率", "胜率", "治愈率"), inside=True),
    "bot_count": Cues(
        (*(f"{size}{noun}" for size in ("", "k", "m") for noun in _NOUNS), *_COUNTED_ZH),
        reach=12,
        tail=16,
        number="0123456789,. kmw千万条个",
        around=",. kmw千万条个",
    ),
    "label_noun": Cues((*_LABELLED, "浮水印"), inside=True),
    "score_goal": Cues(("%",), reach=6, tail=32, number="0123456789. ", around=". "),
    "unnoticed": Cues(
        (
            " flag",
            " detect",
            " tell",
            " notic",
            " label",
            " tag",
            " recogni",
            " suspect",
            " catch",
            " caught",
            "提示",
            "识别",
            "检测",
            "察觉",
            "打标",
            "标注",
            "限流",
            "发现",
            "不出",
        ),
        reach=56,
        tail=12,
        inside=True,
    ),
    "fake_corpus": Cues(tuple(_FALSE.split("|"))),
    "attack_llm": Cues(tuple(f"{one}{gap}gpt" for one in _ATTACKERS for gap in ("", " "))),
    # no pattern of its own: a file name that ends like a program stands somewhere in the text
    "program_name": Cues((".exe", ".scr", ".msi")),
}
