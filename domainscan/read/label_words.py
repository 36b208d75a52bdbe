"""Words of an explicit label: which texts say of a content that a model made it, with both elements or with one.

A label says it of something that is there: "内容由AI生成". What sells ("AI生成海报"), asks ("是否由AI生成") or speaks
of labels ("加上AI生成字样") holds the same words and is none.
Source: GB 45438-2025 5.1 (人工智能 or AI, and 生成 or 合成).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

BOTH: Final = "both"
NO_AI: Final = "no_ai"  # made, but it does not say by what
NO_MADE: Final = "no_made"  # AI, but neither 生成 nor 合成
TEXT_CHARACTERS: Final = 2_000  # of one block that are searched
SIGNS: Final = ("生成", "合成", "大模型", "AI", "人工智能", "enerated", "artificial intelligence")
_MADE_SIGNS: Final = (
    "生成", "合成", "创作", "制作", "撰写", "回答", "回复", "enerated", "GENERATED", "created ", "produced ", "made ",
    "ynthesised by", "ynthesized by",
)  # fmt: skip

_AI: Final = r"(?:人工智能|(?<![A-Za-z])AI(?:GC)?(?![A-Za-z]))"
_MADE: Final = r"(?:生成合成|合成生成|生成|合成)"
_WHAT: Final = (
    r"(?:内容|回答|回复|答案|结果|对话|信息|图片|图像|配图|插图|画面|视频|音频|声音|语音|配音|文本|文字|文章|作品|素材"
    r"|代码|报告|形象|人物|摘要|译文|本文|全文)"
)
_END: Final = r"(?=$|[\s。,;:、!?()\[\]【】」”』\"'·|/~*-]|的|仅|并非|而非|且|请|可能|不)"
_HOW: Final = r"[^。,;!?\n由]{0,16}?"
_BY: Final = rf"由{_HOW}{_AI}{_HOW}{_MADE}{_END}"
_IS: Final = (
    rf"{_WHAT}(?:均|皆|都|全部|部分|可能|或)?(?:系|为|是(?!指|否)|经|通过|使用|利用|采用|借助|基于)"
    rf"{_HOW}{_AI}{_HOW}{_MADE}{_END}"
)
_WARNED: Final = (
    rf"{_AI}[^。\n]{{0,8}}?{_MADE}[^。\n]{{0,14}}?"
    r"(?:仅供|参考|谨慎|甄别|核实|辨别|鉴别|注意|不代表|可能存在|可能有|可能不|不构成|请勿)"
)
_MARK: Final = (
    rf"(?:含|本|此|该|以上|以下)?{_WHAT}?[:：·\s]{{0,3}}(?:含|由)?{_AI}\s{{0,2}}"
    rf"(?:辅助|自动|技术|大?模型|智能)?{_MADE}\s{{0,2}}(?:的?(?:内容|作品|信息|结果))?"
)
_SENTENCE_ZH: Final = re.compile(rf"{_BY}|{_IS}|{_WARNED}", re.IGNORECASE)
_MARK_ZH: Final = re.compile(_MARK, re.IGNORECASE)

_THING: Final = (
    r"(?:content|images?|pictures?|photos?|videos?|audio|voices?|text|answers?|responses?|repl(?:y|ies)|results?"
    r"|outputs?|summar(?:y|ies)|article)"
)
_AI_EN: Final = r"(?:an?\s{1,2})?(?:generative\s{1,2})?(?:AI|artificial intelligence)\b"
_DONE: Final = r"(?:generated|created|produced|made|synthesi[sz]ed)"
_SENTENCE_EN: Final = re.compile(
    rf"\b{_THING}\b[^.\n]{{0,30}}?\b{_DONE}\s{{1,2}}(?:by|with|using)\s{{1,2}}{_AI_EN}"
    rf"|(?:^|[.(\[]\s{{0,2}}){_DONE}\s{{1,2}}by\s{{1,2}}{_AI_EN}"
    rf"|\bAI[- ]generated\s{{1,2}}{_THING}\b[^.\n]{{0,20}}?"
    r"\b(?:may|might|can be|could|for reference|please|verify|check)\b",
    re.IGNORECASE,
)
_MARK_EN: Final = re.compile(
    rf"(?:AI|artificial intelligence)[- ]generated(?:\s{{1,2}}{_THING})?", re.IGNORECASE
)

# Half a label: what made it is not said to be AI, or that it was made is not said.
_MODEL: Final = r"(?:大?模型|算法|机器|机器人|智能助手|智能体|系统|程序|计算机|电脑)"
_NO_AI: Final = re.compile(
    rf"{_WHAT}[^。,;\n]{{0,6}}?由[^。,;\n]{{0,12}}?{_MODEL}[^。,;\n]{{0,6}}?{_MADE}{_END}"
)
_NO_MADE: Final = re.compile(
    rf"{_WHAT}[^。,;\n]{{0,6}}?由{_HOW}{_AI}{_HOW}(?:创作|制作|撰写|提供|回答|绘制|输出|给出){_END}"
    rf"|^{_AI}(?:创作|制作|绘制)$|{_AI}(?:回答|回复|创作|输出)[^。\n]{{0,8}}?(?:仅供|参考|甄别|核实)",
    re.IGNORECASE,
)

# What before or behind the words makes them talk about labels, a question, a rule or a promise.
_TALK_BEFORE: Final = re.compile(
    r"(?:标注|标明|注明|标示|标记|打上|加上|添加|带有|附上|显示|展示|写有|去除|去掉|移除|删除|抹去|抹掉|隐藏|清除"
    r"|检测|识别|鉴别|判断|分辨|辨别|区分"
    r"|是否|(?:^|[。,;\s])如(?![下图上])|如果|若|假如|凡|对于|应当|应|须|不得|严禁|禁止|未经|能否|怎么|如何|让)[^。,;!?\n]{0,10}$"
    r"|\b(?:whether|if|detects?|detecting|checks?|checker|removes?|remover|removing|hides?|identif(?:y|ies)|spot"
    r"|labell?ed as|marked as|tagged as|label|not|never|must be|should be)\b[^.\n]{0,24}$",
    re.IGNORECASE,
)
_TALK_BEHIND: Final = re.compile(
    r"^[\s\"'”」』》】)]{0,3}(?:的)?(?:标识|标签|字样|水印|标记|标注|提示语|角标|声明|检测|识别|鉴别|器|工具|平台|软件|模型|技术|服务|能力|功能|算法)"
    r"|^[\s\"'”)]{0,2}(?:labels?|watermarks?|tags?|marks?|notices?|detect|or not|tools?|generator)\b"
    r"|^[^。;\n]{0,12}?(?:吗|呢)?[?？]",
    re.IGNORECASE,
)
_EDGES: Final = " \t\r\n*※★☆·•()[]【】「」『』<>《》|/—-–~:：,.。!！#✨🤖⚠️ℹ️©️"


class Found(NamedTuple):
    """Words of a label in a text: where, in which language, with which elements, and whether they fill it alone."""

    start: int
    end: int
    language: str  # zh | en
    elements: str  # BOTH | NO_AI | NO_MADE
    mark: bool = False  # the text is these words and nothing else, as a corner mark, or as a button


def may_hold(text: str) -> bool:
    """Whether a text holds a word without which there is no label: a few searches, for pages that have none."""
    return any(sign in text for sign in SIGNS)


def plain(text: str) -> str:
    """A text as its label words are looked for: width and compatibility forms, at most TEXT_CHARACTERS."""
    text = text[:TEXT_CHARACTERS]
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def find_label(text: str) -> Found | None:
    """The words of a label in a `plain` text; None when there are none. Both elements go before one."""
    if not any(sign in text for sign in _MADE_SIGNS):
        return None
    bare = text.strip(_EDGES)
    for language, mark in (("zh", _MARK_ZH), ("en", _MARK_EN)):
        if len(bare) <= 40 and mark.fullmatch(bare):
            start = text.index(bare)
            return Found(start, start + len(bare), language, BOTH, mark=True)
    for language, elements, pattern in (
        ("zh", BOTH, _SENTENCE_ZH),
        ("en", BOTH, _SENTENCE_EN),
        ("zh", NO_AI, _NO_AI),
        ("zh", NO_MADE, _NO_MADE),
    ):
        for match in pattern.finditer(text):
            if not _is_talk(text, match.start(), match.end()):
                return Found(match.start(), match.end(), language, elements)
    return None


def _is_talk(text: str, start: int, end: int) -> bool:
    return bool(
        _TALK_BEFORE.search(text[max(0, start - 40) : start]) or _TALK_BEHIND.match(text[end : end + 40])
    )
