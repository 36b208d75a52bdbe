"""Prompt words: a line that says with both elements that a text was made by a machine.

The elements of GB 45438-2025 5.1: one that names artificial intelligence, one that says generated or synthesised. What
only talks about it is none: it takes it back, asks, or goes on with something else ("由AI生成的图片越来越多").
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LINE_CHARACTERS: Final = 60  # of a prompt; the longest of GB 45438-2025's examples and of those seen have 25
_MACHINE: Final = (
    r"(?:人工智能|(?<![A-Za-z])AI(?![A-Za-z])|(?<![A-Za-z])AIGC(?![A-Za-z])|artificial intelligence)"
)
_MADE: Final = r"(?:生成|合成|generated|synthesi[sz]ed)"
_WHAT: Final = (
    r"(?:[的 ]?(?:内容|文本|文章|文字|图片|图像|图|音频|声音|视频|作品|回答|回复|"
    r"contents?|texts?|articles?|images?|pictures?|audio|voice|videos?|answers?|responses?|summary))?"
)
_END: Final = r"\s{0,3}(?:$|[，,。．.；;：:、|/（()）\]】”\"*_~]|may\b|for reference|仅供)"
_SAID: Final = re.compile(
    rf"{_MACHINE}[^。，,.]{{0,20}}{_MADE}{_WHAT}{_END}|{_MADE}[^。，,.]{{0,20}}{_MACHINE}{_END}",
    re.IGNORECASE,
)
_TAKEN_BACK: Final = re.compile(
    r"非\s?(?:AI|人工智能)|不是|并非|未[使经采]?用|没有|禁止|不得|严禁|如何|怎么|是否|举报|检测|去除|"
    r"\b(?:not|no|never|without|how|whether|detect\w*|remov\w*)\b|[?？]",
    re.IGNORECASE,
)
_FALSE_FRIENDS: Final = re.compile(r"非人工编辑")  # "made by AI, not edited by people" takes nothing back
_PARTS: Final = re.compile(r"[\n。！!；;]|(?<=[)）\]】])")


def prompt_in(text: str) -> str:
    """The first prompt in a text's lines and sentences; "" when there is none."""
    for part in _PARTS.split(unicodedata.normalize("NFKC", text)):
        line = part.strip(" \t*_>#-~`|　")
        if not 0 < len(line) <= LINE_CHARACTERS:
            continue
        if _SAID.search(line) and not _TAKEN_BACK.search(_FALSE_FRIENDS.sub("", line)):
            return line
    return ""
