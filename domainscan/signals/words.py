"""Words of a page: its text folded for searching, cut into sentences, every lexicon term found in one pass.

Folding undoes what hides a word from a search and nothing else: width and compatibility forms, zero-width
characters, look-alike letters, traditional characters, spaces and dots between the letters of a word.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple

import ahocorasick_rs

from domainscan.model import Page
from domainscan.signals.patterns import CUES, PATTERNS

TEXT_LIMIT: Final = 120_000  # characters searched; the reader caps a page's text at 100,000
HITS_LIMIT: Final = 40_000  # term hits kept per page: bounds the work on a page made of lexicon words
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff"
_GAP: Final = re.compile(rf"(?<=[{_CJK}])[ \t.·•|~+*_/\\-]{{1,3}}(?=[{_CJK}])")
_SEAM: Final = re.compile(rf"(?<=[{_CJK}]) (?=[a-z0-9])|(?<=[a-z0-9]) (?=[{_CJK}])")
_SPELLED: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[ .*_·-][a-z]){3,40}(?![a-z0-9])")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\u00a0]{2,}|[\t\r\f\v\u00a0]")
_STOPS: Final = re.compile(r"[。!?;\n]|\.(?=\s)|\s[•·✓✔✅|]\s")
_QUOTED: Final = re.compile(
    r'\u201c[^\u201c\u201d\n]{8,400}\u201d|\u300c[^\u300c\u300d\n]{8,400}\u300d|(?<![^\s(:,])"[^"\n]{12,400}"(?=[\s).,;:!?]|$)'
)
PATTERN_HITS_LIMIT: Final = 400
_INVISIBLE: Final = frozenset(("Cf", "Mn", "Me", "Co", "Cs"))

# Latin letters as Cyrillic and Greek draw them (a subset of UTS 39 confusables.txt).
CONFUSABLE: Final = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u043a\u043c\u043d\u0442"
    "\u0432\u0433\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5\u0261\u0131\u026a\u0280\u0299\u029c\u1d04\u1d0f",
    "aceopxyijsdhqwkmhtbraopviktugiirbhco",
)
# Characters that a term of the lexicons uses, traditional to simplified.
TRADITIONAL: Final = str.maketrans(
    "臉換聲雲號註冊療藥醫診斷師傅業員開關費價錢買賣購點擊載圖片軟體體驗證認實識別繞過檢測標籤誌導師學習課資料網絡頁"
    "碼機器戲劇團隊帳賬戶戀愛視頻頻訊號發佈復複製還錄錢騙詐財報導記調查罪審決務級訂單獎優惠麼無為與從後裝備變現專家"
    "隱顯衛護偽冒裸麗顏飾絕對盜壇槍釣魚馬蟲獲擬仿經歷鏈結連線應適應權書證屬親遺逝亡紀憶節僅啟聯繫絡諮詢嗎嚴禁違規"
    "遊戲龍鳳鳥齡歲嬰幼園校區號碼輸贏穩賺漲潤險獨創達產銀貸薦選擇隨時隨區塊幣戰術勝訴訟條約張態歡迎榮譽參與廣場擴"
    "讓給們這個來說話語聽見覺樣種類東車門間問題長將當動勞務節約緊張際階際滿濾絲襪讚評論頂貼養農貓虛擬雙詞據庫訓練"
    "額盡處輯寫內傳遞輕鬆進階層級詳細線設計劃畫質館紅藍綠黃靚壓縮檔夾",
    "脸换声云号注册疗药医诊断师傅业员开关费价钱买卖购点击载图片软体体验证认实识别绕过检测标签志导师学习课资料网络页"
    "码机器戏剧团队账账户恋爱视频频讯号发布复复制还录钱骗诈财报导记调查罪审决务级订单奖优惠么无为与从后装备变现专家"
    "隐显卫护伪冒裸丽颜饰绝对盗坛枪钓鱼马虫获拟仿经历链结连线应适应权书证属亲遗逝亡纪忆节仅启联系络咨询吗严禁违规"
    "游戏龙凤鸟龄岁婴幼园校区号码输赢稳赚涨润险独创达产银贷荐选择随时随区块币战术胜诉讼条约张态欢迎荣誉参与广场扩"
    "让给们这个来说话语听见觉样种类东车门间问题长将当动劳务节约紧张际阶际满滤丝袜赞评论顶贴养农猫虚拟双词据库训练"
    "额尽处辑写内传递轻松进阶层级详细线设计划画质馆红蓝绿黄靓压缩档夹",
)
_LOOKS: Final = TRADITIONAL | CONFUSABLE | str.maketrans("-_‐‑‒", "     ")


class Hit(NamedTuple):
    start: int
    end: int


class Line(NamedTuple):
    """Where a stretch of the searched text comes from."""

    start: int
    zone: str  # title | description | heading | text | control


def fold(text: str) -> str:
    """`text` as the lexicons spell it; positions in the result are positions in the result only."""
    text = unicodedata.normalize("NFKC", text).lower()
    latin = text.isascii()
    if latin:
        text = text.replace("-", " ").replace("_", " ")
    else:
        unseen = {ord(char): None for char in set(text) if unicodedata.category(char) in _INVISIBLE}
        text = text.translate({**_LOOKS, **unseen} if unseen else _LOOKS)
    text = _BLANKS.sub(" ", text)
    text = _SPELLED.sub(lambda found: re.sub("[^a-z]", "", found[0]), text)
    return text if latin else _SEAM.sub("", _GAP.sub("", text))


class Words:
    """One page's searched text, its sentences, and the hits of every lexicon group, in order."""

    def __init__(self, lines: Iterable[tuple[str, str]], lexicon: Lexicon) -> None:
        parts: list[str] = []
        self.lines: list[Line] = []
        at = 0
        read = [(zone, text.replace("\n", " ")) for zone, text in lines]
        folded_lines = fold("\n".join(text for _, text in read)).split("\n")
        for (zone, _), line in zip(read, folded_lines, strict=True):
            folded = line[: max(0, TEXT_LIMIT - at)]
            if folded.strip():
                parts.append(folded)
                self.lines.append(Line(at, zone))
                at += len(folded) + 1
        self.text = "\n".join(parts)
        self.stops = [0, *(found.end() for found in _STOPS.finditer(self.text)), len(self.text)]
        quoting = any(mark in self.text for mark in '"\u201c\u300c')
        self.quotes = [Hit(*found.span()) for found in _QUOTED.finditer(self.text)] if quoting else []
        self.hits = lexicon.find(self.text)
        for group, pattern in PATTERNS.items():
            if not any(cue in self.text for cue in CUES.get(group, ("",))):
                continue
            found = islice(pattern.finditer(self.text), PATTERN_HITS_LIMIT)
            spans = [Hit(*one.span()) for one in found]
            if spans:
                self.hits[group] = sorted((*self.of(group), *spans))
        self.markers: dict[Hit, list[tuple[str, Hit]]] = {}  # per sentence; filled by the offers

    def of(self, group: str) -> list[Hit]:
        """The hits of a group, by position."""
        return self.hits.get(group, [])

    def terms(self, group: str) -> frozenset[str]:
        """The different terms of a group that the page uses."""
        return frozenset(self.text[hit.start : hit.end] for hit in self.of(group))

    def nearest(self, groups: Iterable[str], span: Hit, window: int) -> Hit | None:
        """The hit of any of `groups` closest to `span`, at most `window` characters away."""
        best: Hit | None = None
        for group in groups:
            hits = self.of(group)
            at = bisect_left(hits, span)
            for hit in hits[max(0, at - 2) : at + 2]:
                gap = max(hit.start - span.end, span.start - hit.end)
                if gap <= window:
                    best, window = hit, gap
        return best

    def between(self, group: str, start: int, end: int) -> list[Hit]:
        """The hits of a group that begin in [start, end)."""
        hits = self.of(group)
        return hits[bisect_left(hits, Hit(start, 0)) : bisect_left(hits, Hit(end, 0))]

    def sentence(self, span: Hit) -> Hit:
        """The sentence, or sentences, that hold `span`."""
        first = self.stops[max(0, bisect_right(self.stops, span.start) - 1)]
        last = self.stops[min(len(self.stops) - 1, bisect_left(self.stops, span.end))]
        return Hit(first, max(last, span.end))

    def quoted(self, span: Hit) -> bool:
        """Whether `span` lies inside one quotation: the words are somebody else's."""
        at = bisect_right(self.quotes, span.start, key=lambda quote: quote.start) - 1
        return at >= 0 and span.end <= self.quotes[at].end

    def zone(self, position: int) -> str:
        """The zone of the line that holds `position`."""
        at = bisect_right(self.lines, position, key=lambda line: line.start) - 1
        return self.lines[at].zone if at >= 0 else "text"

    def quote(self, span: Hit, margin: int = 24) -> str:
        """The words around `span`, on one line, for a person to read as evidence."""
        start, end = max(0, span.start - margin), min(len(self.text), span.end + margin)
        return " ".join(self.text[start:end][:160].split())


class Lexicon:
    """Groups of terms as one automaton: a page is searched once for all of them.

    A term of Latin letters matches whole words, and their plural in -s; `undress*` matches any ending.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        terms: dict[tuple[str, bool], set[str]] = {}
        for group, words in groups.items():
            for word in words:
                key = (fold(word.removesuffix("*")).strip(), word.endswith("*"))
                terms.setdefault(key, set()).add(group)
        self._terms = [
            (word, stem, tuple(sorted(into))) for (word, stem), into in sorted(terms.items()) if word
        ]
        self._automaton = ahocorasick_rs.AhoCorasick(
            [word for word, _, _ in self._terms] or ["\x00"], matchkind=ahocorasick_rs.MatchKind.Standard
        )

    def find(self, text: str) -> dict[str, list[Hit]]:
        """Every group's hits in a folded text, ordered by position."""
        found: dict[str, list[Hit]] = {}
        if not self._terms:
            return found
        kept = 0
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            _, stem, groups = self._terms[index]
            if not _stands_alone(text, start, end, stem):
                continue
            for group in groups:
                found.setdefault(group, []).append(Hit(start, end))
            kept += 1
            if kept >= HITS_LIMIT:
                break
        for hits in found.values():
            hits.sort()
        return found


def _stands_alone(text: str, start: int, end: int, stem: bool) -> bool:
    """Whether a match of Latin letters begins and ends where a word does."""
    if start and text[start - 1] in _LATIN and text[start] in _LATIN:
        return False
    if stem or end == len(text) or text[end] not in _LATIN or text[end - 1] not in _LATIN:
        return True
    return text[end] == "s" and (end + 1 == len(text) or text[end + 1] not in _LATIN)


def chinese_share(text: str) -> float:
    """The share of a text's characters that are Chinese."""
    return 0.0 if text.isascii() else len(_HAN.findall(text)) / max(1, len(text))


def page_lines(page: Page) -> Iterable[tuple[str, str]]:
    """(zone, text) of everything a visitor reads on a page, in reading order; controls last."""
    headings = frozenset(page.headings)
    yield "title", page.title
    yield "description", page.description
    shown: set[str] = set()
    for line in page.text.split("\n"):
        shown.add(line)
        yield ("heading" if line in headings else "text"), line
    for heading in page.headings:
        if heading not in shown:
            yield "heading", heading
    for button in page.buttons:
        yield "control", button
    for form in page.forms:
        for button in form.buttons:
            if button not in page.buttons:
                yield "control", button
        for field in form.fields:
            yield "control", field.label
