"""Words of an explicit label: which texts say of a content that a model made it, with both elements or with one.

A label says it of something that is there: "内容由AI生成". What sells ("AI生成海报"), asks ("是否由AI生成") or speaks
of labels ("加上AI生成字样") holds the same words and is none.
Source: GB 45438-2025 5.1 (人工智能 or AI, and 生成 or 合成).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

BOTH: Final = "both"
NO_AI: Final = "no_ai"  # made, but it does not say by what
NO_MADE: Final = "no_made"  # AI, but neither 生成 nor 合成
TEXT_CHARACTERS: Final = 2_000  # of one block that are searched
PIECE_CHARACTERS: Final = 16
LINES: Final = 400  # of a page's text that are looked at
# Who makes it: a text without one of these holds no label. Few and short, as every page is searched for them.
_MAKERS: Final = ("AI", "智能", "大模型", "Ａ", "rtificial intelligence")
_RAREST: Final = "A智模Ａt"  # a character of each: to look for one takes a tenth of the time
_DONE_ZH: Final = ("生成", "合成", "创作", "制作", "撰写", "回答", "回复", "绘制", "输出")
_DONE_EN: Final = ("enerated", "GENERATED", "reated ", "roduced ", "made ", "ynthesi")
_DONE_WORDS: Final = (*_DONE_ZH, *_DONE_EN)

_AI: Final = r"(?:人工智能|(?<![A-Za-z])(?:AI|Ai|ai)(?:GC)?(?![A-Za-z]))"
_MADE: Final = r"(?:生成合成|合成生成|生成|合成)"
_WHAT: Final = (
    r"(?:内容|回答|回复|答案|结果|对话|信息|图片|图像|配图|插图|画面|视频|音频|声音|语音|配音|文本|文字|文章|作品|素材"
    r"|代码|报告|形象|人物|摘要|译文|本文|全文)"
)
_HOW: Final = r"[^。,;!?\n由]{0,16}"
_END: Final = re.compile(r"$|[\s。,;:、!?()\[\]【】」”』\"'·|/~*-]|的|仅|并非|而非|且|请|可能|不")
# The two elements, and what makes a label of them: what stands before, or a warning behind.
_CORE_ZH: Final = re.compile(rf"{_AI}[^。,;!?\n由]{{0,16}}?{_MADE}")
_BEFORE_ZH: Final = re.compile(
    rf"(?:由{_HOW}|{_WHAT}(?:均|皆|都|全部|部分|可能|或)?(?:系|为|是(?!指|否)|经|通过|使用|利用|采用|借助|基于){_HOW})$"
)
_WARNED: Final = re.compile(
    r"[^。\n]{0,14}?"
    r"(?:仅供|参考|谨慎|甄别|核实|辨别|鉴别|注意|不代表|可能存在|可能有|可能不|不构成|请勿)"
)
_MARK_ZH: Final = re.compile(
    rf"(?:含|本|此|该|以上|以下)?{_WHAT}?[:：·\s]{{0,3}}(?:含|由)?{_AI}\s{{0,2}}"
    rf"(?:辅助|自动|技术|大?模型|智能)?{_MADE}\s{{0,2}}(?:的?(?:内容|作品|信息|结果))?"
)

_THING: Final = (
    r"(?:content|images?|pictures?|photos?|videos?|audio|voices?|text|answers?|responses?|repl(?:y|ies)|results?"
    r"|outputs?|summar(?:y|ies)|article)"
)
_AI_EN: Final = r"(?:an?\s{1,2})?(?:generative\s{1,2})?(?:AI|artificial intelligence)\b"
_CORE_EN: Final = re.compile(
    rf"\b(?:generated|created|produced|made|synthesi[sz]ed)\s{{1,2}}(?:by|with|using)\s{{1,2}}{_AI_EN}",
    re.IGNORECASE,
)
_BEFORE_EN: Final = re.compile(rf"\b{_THING}\b[^.\n]{{0,30}}$|(?:^|[.(\[])\s{{0,2}}$", re.IGNORECASE)
_WARNED_EN: Final = re.compile(
    rf"\bAI[- ]generated\s{{1,2}}{_THING}\b[^.\n]{{0,20}}?"
    r"\b(?:may|might|can be|could|for reference|please|verify|check)\b"
    r"|\bAI[- ]generated\s{0,2}[,;:–—-]\s{0,2}for reference\b",
    re.IGNORECASE,
)
_MARK_EN: Final = re.compile(
    rf"(?:AI|artificial intelligence)[- ]generated(?:\s{{1,2}}{_THING})?", re.IGNORECASE
)

# Half a label: what made it is not said to be AI, or that it was made is not said.
_MODEL: Final = r"(?:大模型|智能助手|智能体|智能机器人|智能系统)"
_CORE_NO_AI: Final = re.compile(rf"由[^。,;\n由]{{0,12}}?{_MODEL}[^。,;\n由]{{0,6}}?{_MADE}")
_CORE_NO_MADE: Final = re.compile(rf"由{_HOW}?{_AI}{_HOW}?(?:创作|制作|撰写|提供|回答|绘制|输出|给出)")
_BEFORE_HALF: Final = re.compile(rf"{_WHAT}[^。,;\n]{{0,6}}$")
_WARNED_NO_MADE: Final = re.compile(
    rf"{_AI}(?:回答|回复|创作|输出)[^。\n]{{0,8}}?(?:仅供|参考|甄别|核实)|^\W{{0,3}}{_AI}(?:创作|制作|绘制)\W{{0,3}}$"
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


_PIECE: Final = re.compile(rf"\W{{0,3}}由?\s?{_AI}?\s?{_MADE}?\W{{0,3}}")


class Found(NamedTuple):
    """Words of a label in a text: where, in which language, with which elements, and whether they fill it alone."""

    start: int
    end: int
    language: str  # zh | en
    elements: str  # BOTH | NO_AI | NO_MADE
    mark: bool = False  # the text is these words and nothing else, as a corner mark, or as a button


def may_hold(text: str) -> bool:
    """Whether a text holds both kinds of words that a label has: a few searches, for the many that do not."""
    return any(sign in text for sign in _makers_in(text)) and _is_done(text)


def _makers_in(text: str) -> list[str]:
    """The signs of _MAKERS that may stand in a text."""
    return [sign for sign, rarest in zip(_MAKERS, _RAREST, strict=True) if rarest in text]


def _is_done(text: str) -> bool:
    """Whether a text says that something was made; a loop, as a pattern of these words takes four times as long."""
    for sign in _DONE_WORDS:  # noqa: SIM110
        if sign in text:
            return True
    return False


def has_label(text: str) -> bool:
    """Whether a line of the text, of the first LINES that may, holds the words of a label.

    The makers' names lead to the lines: to look at each line took 9 % of the time of reading a page, this takes 4 where
    every line is about AI, and 1 elsewhere.
    """
    seen: set[int] = set()
    for sign in _makers_in(text):
        at = text.find(sign)
        while at >= 0 and len(seen) < LINES:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            start = text.rfind("\n", 0, at) + 1
            if start not in seen:
                seen.add(start)
                line = text[start:end]
                if _is_done(line) and find_label(plain(line)) is not None:
                    return True
            at = text.find(sign, end)
    return False


def is_piece(line: str) -> bool:
    """Whether a line is one of the elements and nothing else: hidden, it may be what is missing in a label."""
    return len(line) <= PIECE_CHARACTERS and bool(_PIECE.fullmatch(plain(line)))


def plain(text: str) -> str:
    """A text as its label words are looked for: width and compatibility forms, at most TEXT_CHARACTERS."""
    text = text[:TEXT_CHARACTERS]
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def find_label(text: str) -> Found | None:
    """The words of a label in a `plain` text; None when there are none. Both elements go before one."""
    bare = text.strip(_EDGES)
    if len(bare) <= 40:
        for language, mark in (("zh", _MARK_ZH), ("en", _MARK_EN)):
            if mark.fullmatch(bare):
                start = text.index(bare)
                return Found(start, start + len(bare), language, BOTH, mark=True)
    for start, end, language, elements in _candidates(text):
        if not (
            _TALK_BEFORE.search(text[max(0, start - 40) : start]) or _TALK_BEHIND.match(text[end : end + 40])
        ):
            return Found(start, end, language, elements)
    return None


def _candidates(text: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, language, elements) of words that make a label, unless they talk about labels."""
    if any(sign in text for sign in _DONE_ZH):
        yield from _both_zh(text)
    if any(sign in text for sign in _DONE_EN):
        for core in _CORE_EN.finditer(text):
            before = _BEFORE_EN.search(text[max(0, core.start() - 48) : core.start()])
            if before:
                yield max(0, core.start() - 48) + before.start(), core.end(), "en", BOTH
        for core in _WARNED_EN.finditer(text):
            yield *core.span(), "en", BOTH
    if "由" in text or "AI" in text or "人工智能" in text:
        yield from _half(text)


def _both_zh(text: str) -> Iterator[tuple[int, int, str, str]]:
    for core in _CORE_ZH.finditer(text):
        start, end = core.span()
        if _WARNED.match(text, end, end + 24):
            yield start, end, "zh", BOTH
        elif _END.match(text, end):
            first = max(0, start - 28)
            before = _BEFORE_ZH.search(text[first:start])
            if before:
                yield first + before.start(), end, "zh", BOTH


def _half(text: str) -> Iterator[tuple[int, int, str, str]]:
    for elements, pattern in ((NO_AI, _CORE_NO_AI), (NO_MADE, _CORE_NO_MADE)):
        for core in pattern.finditer(text):
            start, end = core.span()
            first = max(0, start - 12)
            before = _BEFORE_HALF.search(text[first:start])
            if before and _END.match(text, end):
                yield first + before.start(), end, "zh", elements
    for core in _WARNED_NO_MADE.finditer(text):
        yield *core.span(), "zh", NO_MADE
