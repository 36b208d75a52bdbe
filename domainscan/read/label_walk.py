"""A walk over a document for what explicit labels need: texts with words of a label, controls, and style sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from domainscan.read.elements import BLOCKS, UNSEEN
from domainscan.read.label_words import find_label, may_hold, plain
from domainscan.read.sheets import Sheets

BLOCKS_SEEN: Final = 200  # with words that a label could have
PIECES: Final = 60  # texts of one block
DOUBTFUL: Final = 12  # blocks that make a label only if something in them is hidden
CONTROLS: Final = 200

# What a visitor asks a model with, and sets it going with.
PROMPT: Final = re.compile(
    r"prompt|提示词|描述|咒语|想(?:要|画|问|写|说|生成)"
    r"|输入(?:你|您|文字|文本|内容|问题|消息|需求|关键词|主题|歌词|要)|发(?:送)?消息|问我|提问|有问题|聊聊"
    r"|ask (?:me|any|a q|ai)|message|describe|type (?:a|your|something)|what (?:do|would|can)"
    r"|enter (?:your )?text|send a",
    re.IGNORECASE,
)
GENERATE: Final = re.compile(
    r"生成|合成|创作|绘制|作画|画一|出图|提问|开始(?:对话|聊天|问答|换|克隆)|(?:立即|马上)对话|换脸|克隆"
    r"|generate|create (?:image|video|art|voice|music|now)|imagine|start chat|ask ai|synthesi[sz]e|swap face",
    re.IGNORECASE,
)
_CONTROLS: Final = frozenset(("textarea", "input", "button", "a", "div", "span"))
_SAYING: Final = ("placeholder", "data-placeholder", "aria-label", "name", "id")


class Block(NamedTuple):
    """The texts of one block, with the elements they stand in, how much text came before, and the heading above."""

    pieces: tuple[tuple[str, LexborNode], ...]
    start: int
    heading: str


class Walk:
    """One pass over a document in UTF-8, without recursion; the fields are read afterwards."""

    def __init__(self, document: bytes) -> None:
        self.blocks: list[Block] = []
        self.controls: list[int] = []  # how much text came before each
        self.sheets = Sheets()
        self.length = 0  # characters of text
        self._linked = self._doubtful = 0
        self._heading = ""
        self._pieces: list[tuple[str, LexborNode]] = []
        self._run(document)

    @property
    def linked(self) -> int:
        """Style sheets that stand elsewhere and were not read."""
        return self._linked + self.sheets.imports

    def _run(self, document: bytes) -> None:
        node = LexborHTMLParser(document).root
        open_: list[LexborNode] = []
        while node is not None:
            following = self._open(node, open_)
            while following is None:
                following = node.next
                if following is None:
                    if not open_:
                        break
                    node = open_.pop()
                    if node.tag in BLOCKS:
                        self._flush()
            node = following
        self._flush()

    def _open(self, node: LexborNode, open_: list[LexborNode]) -> LexborNode | None:
        """Takes one node; its first child when that is to be read."""
        tag = node.tag or ""
        if tag == "-text":
            if open_:
                self._pieces.append((node.text_content or "", open_[-1]))
            return None
        if tag in BLOCKS:
            self._flush()
        self._take(tag, node)
        child = None if tag in UNSEEN else node.first_child
        if child is not None:
            open_.append(node)
        return child

    def _take(self, tag: str, node: LexborNode) -> None:
        if tag == "style":
            self.sheets.add(node.text(deep=True), node.attributes.get("media") or "")
        elif tag == "link":
            self._linked += _is_sheet(node.attributes)
        elif tag in ("h1", "h2", "h3"):
            self._heading = (node.text(deep=True) or "")[:200]
        elif tag in _CONTROLS and len(self.controls) < CONTROLS and _is_control(tag, node):
            self.controls.append(self.length)

    def _flush(self) -> None:
        """A block ends: it is kept when it may hold a label."""
        if not self._pieces:
            return
        pieces = tuple(self._pieces[:PIECES])
        joined = "".join([text for text, _ in pieces])
        size = len(joined.strip())
        if (
            size
            and len(self.blocks) < BLOCKS_SEEN
            and may_hold(joined)
            and self._is_wanted(joined, len(pieces))
        ):
            self.blocks.append(Block(pieces, self.length, self._heading))
        self.length += size
        self._pieces = []

    def _is_wanted(self, joined: str, pieces: int) -> bool:
        """Whether the words make a label, or could once hidden pieces in their midst are left out."""
        if find_label(plain(joined)) is not None:
            return True
        self._doubtful += pieces > 1
        return pieces > 1 and self._doubtful <= DOUBTFUL


def _is_sheet(at: Mapping[str, str | None]) -> bool:
    rel = (at.get("rel") or "").lower().split()
    preloaded = "preload" in rel and (at.get("as") or "").lower() == "style"
    wanted = ("stylesheet" in rel and "alternate" not in rel) or preloaded
    return wanted and "disabled" not in at and (at.get("media") or "").strip().lower() != "print"


def _is_control(tag: str, node: LexborNode) -> bool:
    """Whether a visitor writes a prompt here or sets the generation going."""
    at = node.attributes
    kind = (at.get("type") or "text").lower()
    written = tag == "textarea" or (tag == "input" and kind in ("text", "search"))
    if written or at.get("contenteditable", "false") != "false":
        return asks_for_prompt(" ".join(at.get(key) or "" for key in _SAYING))
    if tag == "input":
        return kind in ("submit", "button") and bool(GENERATE.search((at.get("value") or "")[:40]))
    names = at.get("class") or ""
    pressed = tag == "button" or at.get("role") == "button" or "onclick" in at or "btn" in names
    return pressed and bool(GENERATE.search((node.text(deep=True) or "")[:40]))


def asks_for_prompt(said: str) -> bool:
    """Whether what a field says of itself asks for what a model is to make or answer."""
    return bool(PROMPT.search(said[:300]))
