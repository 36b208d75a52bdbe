"""Explicit labels of a page as a visitor meets them: where they stand, whether they stay, and whether they are seen.

A second look at the document, for pages whose text holds the words of a label: where in the tree they stand, what
is near them, and how the page's own styles make them look. Other pages cost a few searches for words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborNode

from domainscan.model import Notice, Page
from domainscan.read.cascade import Level, level_of
from domainscan.read.declarations import unescaped
from domainscan.read.label_walk import GENERATE, Block, Walk
from domainscan.read.label_words import BOTH, Found, find_label, has_label, is_piece, may_hold, plain
from domainscan.read.looks import FAINT, HIDDEN, UNKNOWN, VISIBLE, Look, look
from domainscan.read.selectors import Element, element
from domainscan.read.text import one_line

NOTICES: Final = 20  # of one page
DEPTH: Final = 200  # elements around a text that are looked at
NEAR_CHARACTERS: Final = 200  # of text between a label and the control that it stands by
EDGE_CHARACTERS: Final = 200  # from the beginning or end of the page's text

_PRESSABLE: Final = frozenset(("a", "button", "summary", "option", "select", "h1", "h2", "h3", "h4", "title"))
_TABS: Final = re.compile(
    r"(?:^|[-_ ])(?:tab|tabs|nav|menu|btn|button|step|steps|title|breadcrumb|card-title|feature)"
)
_AGREEMENT: Final = re.compile(r"agreement|terms|polic(?:y|ies)|privacy|protocol|xieyi|legal|协议|条款|政策")
_AGREEMENT_HEADING: Final = re.compile(
    r"协议|条款|政策|规则|须知|terms|polic(?:y|ies)|agreement|conditions", re.IGNORECASE
)
_DIALOG: Final = re.compile(r"(?:^|[-_ ])(?:modal|dialog|popup|popover|toast|tooltip|snackbar|lightbox)")
_OUTPUT: Final = re.compile(
    r"chat|message|msg|answer|output|result|reply|response|bubble|conversation|gallery|sample|works?(?:$|[-_ ])"
    r"|generated"
)
_FOOTER: Final = re.compile(r"foot|copyright|beian|icp")
_TOP: Final = re.compile(r"(?:^|[-_ ])(?:header|topbar|top-bar|navbar|banner|notice-bar|announce)")
_BACKGROUND: Final = re.compile(r"watermark|(?:^|[-_ ])(?:bg|background)(?:$|[-_ ])")
_SIGNS: Final = ("由AI生成", "由 AI 生成", "由人工智能生成", "AI生成，")
_SCRIPT_SIGNS: Final = tuple((sign, sign.encode()) for sign in _SIGNS)
_SHEET: Final = re.compile(rb"<style\b[^>]{0,200}>([^<]{0,262144})")
_CONTENT: Final = re.compile(rb"\bcontent\s{0,4}:\s{0,4}(?:\"([^\"]{2,300})\"|'([^']{2,300})')")
_STRINGS: Final = 64  # that one sheet draws
_OCCURRENCES: Final = 8  # of words in a document that are looked at
PLACES: Final[dict[str, str]] = {
    "control": "by a prompt field or a generate button",
    "output": "by the output",
    "top": "at the top of the interface",
    "bottom": "at the bottom of the interface",
    "background": "in the background of the interface",
    "content": "elsewhere in the page's text",
    "footer": "in the footer",
    "dialog": "in a dialog that is closed and gone",
    "agreement": "in the text of an agreement",
    "script": "in a script",
}


def page_notices(page: Page, document: bytes) -> tuple[Notice, ...]:
    """The labels of a page whose document, in UTF-8, is at hand; next to no cost where no words of any are."""
    hidden = page.hidden_text
    if has_label(page.text) or (hidden and (has_label(hidden) or any(map(is_piece, hidden.split("\n"))))):
        return find_notices(document)
    if not (_has_controls(page) and may_hold(f"{page.title}\n{page.text}")):  # the searches below take 60 µs
        return ()
    drawn = _drawn(document)
    if drawn is not None:
        text, found = drawn
        return (
            Notice(text, found.language, found.elements, "content", "", UNKNOWN, "a style sheet draws it"),
        )
    for sign, written in _SCRIPT_SIGNS:
        if written in document and sign not in page.text and _may_be_shown(document, written):
            return (Notice(sign, "zh", BOTH, "script", "", UNKNOWN, "a script may show it"),)
    return ()


def _drawn(document: bytes) -> tuple[str, Found] | None:
    """The label that a sheet of the page draws before or behind an element, and its words; None without one."""
    if b"::" not in document or b"content" not in document:
        return None
    for sheet in islice(_SHEET.finditer(document), _OCCURRENCES):
        for quoted in islice(_CONTENT.finditer(sheet[1]), _STRINGS):
            text = one_line(unescaped((quoted[1] or quoted[2]).decode("utf-8", "replace")), 160)
            found = find_label(plain(text)) if may_hold(text) else None
            if found is not None:
                return text, found
    return None


def _may_be_shown(document: bytes, words: bytes) -> bool:
    """Whether a script could show these words: there is one, and they do not stand in a comment alone."""
    if b"<script" not in document.lower():
        return False
    at = document.find(words)
    for _ in range(_OCCURRENCES):
        if at < 0:
            return False
        if document.rfind(b"<!--", 0, at) <= document.rfind(b"-->", 0, at):
            return True
        at = document.find(words, at + 1)
    return False


def _has_controls(page: Page) -> bool:
    """Whether a visitor may ask a model for something here."""
    fields = (field.kind for form in page.forms for field in form.fields)
    return any(kind in ("textarea", "editable") for kind in fields) or any(map(GENERATE.search, page.buttons))


def find_notices(document: bytes) -> tuple[Notice, ...]:
    """The labels of a document in UTF-8, those that a visitor sees first first."""
    walk = Walk(document)
    reader = _Reader(walk)
    found = (reader.notice(block) for block in walk.blocks)
    return tuple(islice((one for one in found if one is not None), NOTICES))


class _Reader:
    """Blocks to notices; what was measured of an element is kept, as labels share most of what is around them."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._chains: dict[int, tuple[Element, ...]] = {}
        self._levels: dict[int, tuple[Level, ...]] = {}
        self._looks: dict[int, Look] = {}

    def notice(self, block: Block) -> Notice | None:
        """The label in a block, or None. Hidden words in the middle of a visible label do not undo it."""
        found = self._find(block.pieces)
        if found is None:
            seen = tuple(one for one in block.pieces if self._look(one[1]).state != HIDDEN)
            found = self._find(seen) if seen and len(seen) < len(block.pieces) else None
        if found is None:
            return None
        words, nodes = found
        looks = [self._look(node) for node in nodes]
        worst = min(looks, key=lambda one: _ORDER.index(one.state))
        chain = self._chain(nodes[0])
        place = self._place(block, chain, next((one.fixed for one in looks if one.fixed), ""))
        return Notice(
            text=one_line("".join(text for text, _ in block.pieces), 160),
            language=words.language,
            elements=words.elements,
            place=place,
            persistence=_persistence(chain, place, any(one.fixed for one in looks)),
            visibility=worst.state,
            detail=worst.why,
            pixels=round(min(one.pixels for one in looks), 1),
        )

    def _find(self, pieces: tuple[tuple[str, LexborNode], ...]) -> tuple[Found, list[LexborNode]] | None:
        """The words of a label in a row of texts, and the elements they stand in."""
        texts = [plain(text) for text, _ in pieces]
        joined = "".join(texts)
        found = find_label(joined)
        if found is None:
            return None
        nodes, at = [], 0
        for text, (_, node) in zip(texts, pieces, strict=True):
            own = text[max(0, found.start - at) : max(0, found.end - at)]
            if own.strip():
                nodes.append(node)
            at += len(text)
        if not nodes or (found.mark and self._is_pressed(nodes[0])):
            return None
        return found, nodes

    def _is_pressed(self, node: LexborNode) -> bool:
        """Whether words that stand alone are those of a button, a tab or a heading."""
        near = self._chain(node)[-4:]
        return any(
            one.tag in _PRESSABLE
            or one.tag == "nav"
            or (one.attributes.get("role") or "") in ("button", "tab", "menuitem", "link")
            or _TABS.search(_names(one))
            for one in near
        )

    def _chain(self, node: LexborNode) -> tuple[Element, ...]:
        """The elements around a text, the root first; of a deeper tree the innermost DEPTH."""
        new: list[LexborNode] = []
        one: LexborNode | None = node
        while one is not None and one.tag != "-document" and one.mem_id not in self._chains:
            new.append(one)
            one = one.parent
        chain = self._chains.get(one.mem_id, ()) if one is not None else ()
        for one in reversed(new):
            chain = (*chain[-DEPTH:], element(one.tag or "", one.attributes))
            self._chains[one.mem_id] = chain
            above = self._levels.get(one.parent.mem_id, ()) if one.parent is not None else ()
            self._levels[one.mem_id] = (*above[-DEPTH:], level_of(chain, self._walk.sheets))
        return chain

    def _look(self, node: LexborNode) -> Look:
        known = self._looks.get(node.mem_id)
        if known is None:
            known = self._looks[node.mem_id] = self._looked(node)
        return known

    def _looked(self, node: LexborNode) -> Look:
        chain = self._chain(node)
        closed = any(one.tag == "details" and "open" not in one.attributes for one in chain[:-1])
        if closed and not any(one.tag == "summary" for one in chain):
            return Look(HIDDEN, "inside closed details")
        cut = self._walk.sheets.cut or len(chain) > DEPTH
        return look(self._levels[node.mem_id], unread=self._walk.linked, cut=cut)

    def _place(self, block: Block, chain: tuple[Element, ...], fixed: str) -> str:
        return next((place for place, there in self._places(block, chain, fixed) if there), "content")

    def _places(self, block: Block, chain: tuple[Element, ...], fixed: str) -> Iterator[tuple[str, bool]]:
        """Each place, the one that says most first, and whether the label stands there."""
        around = [_names(one) for one in chain[2:]]  # html and body bear the name of the whole page
        tags = {one.tag for one in chain}
        size = sum(len(text.strip()) for text, _ in block.pieces)
        gaps = [max(at - block.start - size, block.start - at) for at in self._walk.controls]
        yield "agreement", _any(_AGREEMENT, around) or bool(_AGREEMENT_HEADING.search(block.heading))
        yield "dialog", "dialog" in tags or any(_is_dialog(one) for one in chain)
        yield "control", min(gaps, default=NEAR_CHARACTERS + 1) <= NEAR_CHARACTERS
        yield "output", "figure" in tags or _any(_OUTPUT, around[-6:])
        yield "background", fixed == "background" or _any(_BACKGROUND, around[-2:])
        yield fixed, fixed in ("top", "bottom")
        yield "footer", "footer" in tags or _any(_FOOTER, around)
        yield "top", "header" in tags or _any(_TOP, around) or block.start < EDGE_CHARACTERS
        yield "bottom", self._walk.length - block.start - size < EDGE_CHARACTERS


_ORDER: Final = (HIDDEN, FAINT, UNKNOWN, VISIBLE)  # of the looks of its words, the worst is the label's


def _any(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return any(pattern.search(one) for one in texts)


def _names(one: Element) -> str:
    """Class, id and role of an element, in lower case."""
    at = one.attributes
    return " ".join(at.get(key) or "" for key in ("class", "id", "role"))[:300].lower()


def _is_dialog(one: Element) -> bool:
    at = one.attributes
    role = (at.get("role") or "").lower()
    return (
        role in ("dialog", "alertdialog")
        or at.get("aria-modal") == "true"
        or bool(_DIALOG.search(_names(one)))
    )


def _persistence(chain: tuple[Element, ...], place: str, fixed: bool) -> str:
    """fixed: it stays when the page scrolls; shell: in the page's frame; dialog: it can be closed; flow: it scrolls."""
    if place == "dialog":
        return "dialog"
    if fixed:
        return "fixed"
    framed = any(one.tag in ("header", "nav", "footer", "aside", "form") for one in chain)
    return "shell" if framed or place == "control" else "flow"
