"""Prompt words: a line that says with both elements that a text was made by a machine.

The elements of GB 45438-2025 5.1: one that names artificial intelligence, one that says generated or synthesised.
A line that only talks about it is none: it is longer, or takes it back.
"""

from __future__ import annotations

import re
from typing import Final

LINE_CHARACTERS: Final = 60  # of a prompt; the longest of GB 45438-2025's examples and of those seen have 25
_MACHINE: Final = (
    r"(?:人工智能|(?<![A-Za-z])AI(?![A-Za-z])|(?<![A-Za-z])AIGC(?![A-Za-z])|artificial intelligence)"
)
_MADE: Final = r"(?:生成|合成|generated|synthesi[sz]ed)"
_BOTH: Final = re.compile(rf"{_MACHINE}.{{0,20}}{_MADE}|{_MADE}.{{0,20}}{_MACHINE}", re.IGNORECASE)
_TAKEN_BACK: Final = re.compile(
    r"非\s?(?:AI|人工智能)|不是|并非|未[使经采]?用|没有|禁止|不得|严禁|如何|怎么|是否|举报|检测|去除|"
    r"\b(?:not|no|never|without|how|whether|detect\w*|remov\w*)\b|[?？]",
    re.IGNORECASE,
)
_FALSE_FRIENDS: Final = re.compile(r"非人工编辑")  # "made by AI, not edited by people" takes nothing back
_PARTS: Final = re.compile(r"[\n。！!；;]|(?<=[)）\]】])")


def prompt_in(text: str) -> str:
    """The first prompt in a text's lines and sentences; "" when there is none."""
    for part in _PARTS.split(text):
        line = part.strip(" \t*_>#-~`|　")
        if not 0 < len(line) <= LINE_CHARACTERS:
            continue
        if _BOTH.search(line) and not _TAKEN_BACK.search(_FALSE_FRIENDS.sub("", line)):
            return line
    return ""
