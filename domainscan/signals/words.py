"""Words of a page: its text folded for searching, cut into sentences, every lexicon term found in one pass.

Folding undoes what hides a word from a search and nothing else: width and compatibility forms, zero-width
characters, look-alike letters, traditional characters, spaces and dots between the letters of a word.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from itertools import accumulate, islice
from operator import itemgetter
from typing import Final, NamedTuple

import ahocorasick_rs

from domainscan.model import Page
from domainscan.read.near import Window, matches_in, windows_before
from domainscan.signals.patterns import CUES, CURRENCY_SIGNS, PATTERNS, Cues
from domainscan.signals.traditional import FURTHER

TEXT_LIMIT: Final = 120_000  # characters searched; the reader caps a page's text at 100,000
HITS_LIMIT: Final = 40_000  # term hits kept per page: bounds the work on a page made of lexicon words
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_IS_LATIN: Final = bytes(chr(code) in _LATIN for code in range(256))  # a table for bytes.translate
_HAN_ROWS: Final = bytes(range(0x4E, 0xA0))  # the upper bytes of U+4E00..U+9FFF
_CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff"
# Emoji among them: "去⭐衣" is read as it is meant.
_EMOJI: Final = r"\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001faff"
_BETWEEN: Final = rf" .·•|~+*/\\{_EMOJI}"
_BEHIND: Final = rf"[{_BETWEEN}]{{0,2}}(?=[{_CJK}])"
# What stands between two Chinese characters, or a blank between the scripts, by the sign it begins with. A pattern
# that begins with one character leaps from one to the next, and most texts hold few of them: 105 µs on 15,000
# Chinese characters, where one pattern for all signs takes 195. As what is between two characters is taken out whole
# or not at all, none changes what another finds.
_BLANK_GAP: Final = re.compile(
    rf" (?:(?<=[{_CJK}] )(?:(?=[a-z0-9{_CJK}])|[{_BETWEEN}]{{1,2}}(?=[{_CJK}]))|(?=[{_CJK}])(?<=[a-z0-9] ))"
)
_GAP_SIGNS: Final = ".·•|~+*/\\"
_IS_EMOJI: Final = re.compile(f"[{_EMOJI}]")
_RUN: Final = re.compile("  +")
_SPELLED: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[ .*_·-][a-z]){3,40}(?![a-z0-9])")
# Letters as a, what may part the letters of a spelled word as blank ("?" is any character beyond ASCII).
_SHAPE: Final = bytes(97 if 97 <= c <= 122 else 32 if c in b" .*_-?" else 48 for c in range(256))
_SPELLED_SHAPE: Final = b" a a a"
_STOPS: Final = re.compile(r"[。!?;\n]|\.(?=\s)|\s[•·✓✔✅|]\s")
_QUOTED: Final = re.compile(
    r'\u201c[^\u201c\u201d\n]{8,400}\u201d|\u300c[^\u300c\u300d\n]{8,400}\u300d|(?<![^\s(:,])"[^"\n]{12,400}"(?=[\s).,;:!?]|$)'
)
# A term in quotation marks of its own, after folding: the closing ’ is an apostrophe by then.
_TERM_QUOTED: Final = re.compile(
    "\u201c[^\u201c\u201d\n]{1,40}\u201d|\u300c[^\u300c\u300d\n]{1,40}\u300d|\u300e[^\u300e\u300f\n]{1,40}\u300f"
    '|\u2018[^\u2018\'\n]{1,40}\'|(?<![a-z0-9])"[^"\n]{1,40}"(?![a-z0-9])'
)
# What stands around the quotation marks of a value in data or code: they are the format's.
_FIELD: Final = ("[{(:=|,", "]}),:|;")
FIELD_LIMIT: Final = 42  # characters of such a value before and behind the words of an offer
PATTERN_HITS_LIMIT: Final = 400
# A term that is the end of one word and the beginning of the next: "音色 情绪", "角色情感".
_SEAM: Final = re.compile("(?<=[音角特景物颜本货脸喜肤彩声起润])色情(?=[绪感侣节境况形怀景调])")
_INVISIBLE: Final = frozenset(("Cf", "Mn", "Me", "Co", "Cs"))
# Full-width punctuation as NFKC writes it. A Chinese page holds little else that NFKC changes, and is then
# checked only: 24 µs instead of 780 on 15,000 characters.
# The curved apostrophe is among it: "don’t" and "don't" are one word.
_NARROW: Final = tuple(zip("，！？：；（）％’", ",!?:;()%'", strict=True))

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
_LOOKS: Final = {
    char: plain
    for char, plain in (FURTHER | TRADITIONAL | CONFUSABLE | str.maketrans("-_‐‑‒", "     ")).items()
    if char != plain
}


# Neither ASCII, nor Chinese that stays as it is, nor the punctuation of every page.
_STAYS: Final = "".join(
    sorted(
        ({chr(code) for code in range(0x4E00, 0xA000)} | set("。、“”‘’…《》·—–•【】"))
        - {chr(c) for c in _LOOKS}
    )
)
_UNUSUAL: Final = re.compile(f"[^\x00-\x7f{_STAYS}]")
_REPLACED: Final = 24  # different characters up to which one pass of replace each is faster than translate


class Hit(NamedTuple):
    start: int
    end: int


_span: Final = itemgetter(1, 2)
_hit: Final = partial(
    tuple.__new__, Hit
)  # a Hit of a pair: 0.14 µs instead of 0.24, up to a thousand times a page


def fold(text: str) -> str:
    """`text` as the lexicons spell it; positions in the result are positions in the result only."""
    unusual: set[str] = set()
    if not text.isascii():
        for wide, narrow in _NARROW:
            text = text.replace(wide, narrow)
        text = _compatible(text).lower()
        unusual = set(_UNUSUAL.findall(text))
        text = _plain_letters(text, unusual)
    else:
        text = text.lower()
    text = _single_blanks(text.replace("-", " ").replace("_", " "))
    if _SPELLED_SHAPE in text.encode("ascii", "replace").translate(_SHAPE):  # 25 µs, not 450 on 30 kB
        text = _SPELLED.sub(lambda found: re.sub("[^a-z]", "", found[0]), text)
    return text if text.isascii() else _without_gaps(text, emoji="".join(unusual))


def _compatible(text: str) -> str:
    """`text` in NFKC. Line by line, as one "…" makes a text be rewritten: 830 µs on 15,000 Chinese characters."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "\n".join([unicodedata.normalize("NFKC", line) for line in text.split("\n")])


def _without_gaps(text: str, emoji: str) -> str:
    """`text` without what parts its Chinese characters; `emoji` holds those of the text, among other characters."""
    text = _BLANK_GAP.sub("", text)
    for sign in _GAP_SIGNS:
        if sign in text:
            text = _gap(re.escape(sign)).sub("", text)
    return _gap(f"[{_EMOJI}]").sub("", text) if _IS_EMOJI.search(emoji) else text


@cache  # of ten signs; each takes 5 ms to compile, and most processes see few of them
def _gap(sign: str) -> re.Pattern[str]:
    """The pattern of what begins with a sign between two Chinese characters."""
    return re.compile(rf"{sign}(?<=[{_CJK}]{sign}){_BEHIND}")


def _plain_letters(text: str, unusual: Iterable[str]) -> str:
    """`text` with look-alike and traditional letters replaced and invisible characters taken out.

    Few characters of a page change: each is replaced, as one translate takes 870 µs on 15,000 characters.
    """
    changed = {char: chr(_LOOKS[ord(char)]) for char in unusual if ord(char) in _LOOKS}
    changed |= {char: "" for char in unusual if unicodedata.category(char) in _INVISIBLE}
    if len(changed) > _REPLACED:
        return text.translate({ord(char): plain for char, plain in changed.items()})
    for char, plain in changed.items():
        text = text.replace(char, plain)
    return text


def _single_blanks(text: str) -> str:
    """`text` with every run of blanks as one; NFKC has made a blank of U+00A0 already."""
    for blank in "\t\r\f\v":
        if blank in text:
            text = text.replace(blank, " ")
    return _RUN.sub(" ", text) if "  " in text else text


def _fold_lines(lines: Sequence[str]) -> list[str]:
    """Each line folded. Lines of ASCII go together, where they are most: a "©" in the footer makes no page slow."""
    whole = "\n".join(lines)
    if whole.count("\n") >= len(lines):  # only a page that no reader made
        lines = [line.replace("\n", " ") for line in lines]
        whole = "\n".join(lines)
    if whole.isascii():
        return fold(whole).split("\n")
    others = [at for at, line in enumerate(lines) if not line.isascii()]
    if sum([len(lines[at]) for at in others]) * 2 > len(whole):
        return fold(whole).split("\n")
    folded = iter(fold("\n".join([lines[at] for at in others])).split("\n"))
    plain = list(lines)
    for at in others:
        plain[at] = ""
    plain = fold("\n".join(plain)).split("\n")
    for at in others:
        plain[at] = next(folded)
    return plain


def _within_limit(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines that fit into the limit, the last one cut."""
    kept, at = [], 0
    for zone, line in lines:
        cut = line[: max(0, TEXT_LIMIT - at)]
        if cut and not cut.isspace():
            kept.append((zone, cut))
            at += len(cut) + 1
    return kept


class Words:
    """One page's searched text, its sentences, and the hits of every lexicon group, in order.

    Hits, sentences and quotations are made when they are first asked for: most groups of most pages never are.
    """

    def __init__(self, lines: Iterable[tuple[str, str]], lexicon: Lexicon) -> None:
        read = list(lines)
        folded = _fold_lines([text for _, text in read])
        shown = [
            (zone, line) for (zone, _), line in zip(read, folded, strict=True) if line and not line.isspace()
        ]
        self.text = "\n".join([line for _, line in shown])
        if len(self.text) > TEXT_LIMIT:
            shown = _within_limit(shown)
            self.text = "\n".join([line for _, line in shown])
        self.zones = [
            zone for zone, _ in shown
        ]  # of each line: title | description | heading | text | control
        ends = accumulate([len(line) + 1 for _, line in shown], initial=0)
        self.starts = list(islice(ends, len(shown)))  # of each line
        self._lexicon = lexicon
        self._found = lexicon.find(self.text)
        self._hits: dict[str, list[Hit]] = {}
        self._lists: dict[tuple[str, ...], list[list[Hit]]] = {}  # of several groups, those that have hits
        self._cued = frozenset(lexicon.cued(self._found))  # the groups whose pattern may find something
        self._present = lexicon.groups_of(self._found)  # the groups that have hits
        self._open = set(
            self._cued - self._present
        )  # those that may have some: nobody has tried the pattern yet
        self._windows: dict[str, list[Window]] = {}  # per cue
        self._sentences: dict[Hit, Hit] = {}  # of each span that was asked about
        self._stops: dict[int, list[int]] = {}  # per line
        self._quotes: dict[int, list[Hit]] = {}  # per line
        # Per sentence: voice, marker, what it doubts; filled by the voices
        self.markers: dict[Hit, list[tuple[str, Hit, Hit]]] = {}

    def has_cue(self, name: str) -> bool:
        """Whether one of the words of `CUES[name]` stands in the text."""
        return self._lexicon.cues[name] in self._found

    def matches(self, pattern: re.Pattern[str], cue: str) -> Iterator[Hit]:
        """What `pattern.finditer` finds in the text, in order; the pattern is tried near its cues only."""
        if CUES[cue].reach == 0:
            return self._matches_at(pattern, self._lexicon.places(cue, self._found))
        if CUES[cue].number:
            return self._matches_behind(pattern, CUES[cue], self._lexicon.places(cue, self._found))
        windows = self._windows.get(cue)
        if windows is None:
            windows = self._windows[cue] = self._windows_of(cue)
        found = matches_in(pattern, self.text, windows) if windows else ()
        return (_hit(one.span()) for one in found)

    def _matches_at(self, pattern: re.Pattern[str], places: Iterable[int]) -> Iterator[Hit]:
        done = 0
        for at in places:
            if at >= done and (found := pattern.match(self.text, at)):
                done = found.end()
                yield _hit(found.span())

    def _matches_behind(self, pattern: re.Pattern[str], cues: Cues, places: Iterable[int]) -> Iterator[Hit]:
        """The matches that begin with a number before a cue; at each cue itself, without windows: 0.9 µs, not 1.3."""
        text, done = self.text, 0
        for at in places:
            if not _follows_number(text, at, cues):
                continue  # most do not: 0.2 µs
            start = _number_before(text, at, cues)
            if start < 0:
                continue
            start = max(start, done)
            while start <= at:
                found = (
                    pattern.search(text, start, at + cues.tail) if start < at else pattern.match(text, start)
                )
                if found is None or found.start() > at:
                    break
                start = done = found.end()
                yield _hit(found.span())

    def _windows_of(self, name: str) -> list[Window]:
        """Where the matches of a pattern may begin."""
        cues = CUES[name]
        places = self._lexicon.places(name, self._found)
        if cues.reach is not None:
            return list(windows_before(places, cues.reach, cues.tail))
        lines = [(self.line(at), at) for at in places]
        return [Window(self.starts[line], at, self.line_end(line)) for line, at in lines]

    @property
    def present(self) -> set[str]:
        """The groups that have hits, after every pattern was tried: prices are tried in vain on most pages."""
        return self.among(self._open) if self._open else self._present

    def has(self, group: str) -> bool:
        """Whether a group has hits; no pattern but its own is tried."""
        if group in self._open:
            self.of(group)
        return group in self._present

    @property
    def maybe(self) -> set[str]:
        """The groups that have hits, and those whose patterns nobody has tried yet."""
        return self._present | self._open if self._open else self._present

    def among(self, groups: Collection[str]) -> set[str]:
        """The groups that have hits, where only `groups` matter: no other pattern is tried for them."""
        for group in self._open.intersection(groups) if self._open else ():
            self.of(group)
        return self._present

    @property
    def hits(self) -> dict[str, list[Hit]]:
        """The hits of every group that has some."""
        return {group: self.of(group) for group in sorted(self.present)}

    def of(self, group: str) -> list[Hit]:
        """The hits of a group, by position."""
        hits = self._hits.get(group)
        if hits is None:
            hits = self._lexicon.hits_of(group, self._found) if group in self._present else []
            if self._seams:
                hits = [hit for hit in hits if hit not in self._seams]
            if group in self._cued:
                spans = islice(self.matches(PATTERNS[group], group), PATTERN_HITS_LIMIT)
                hits = sorted((*hits, *spans))
            self._hits[group] = hits
            self._open.discard(group)
            if hits:
                self._present.add(group)
        return hits

    @cached_property
    def _seams(self) -> frozenset[Hit]:
        """Where what looks like a term is a seam between two words."""
        if "色情" not in self.text:
            return frozenset()
        return frozenset([Hit(*one.span()) for one in _SEAM.finditer(self.text)])

    def terms(self, group: str) -> frozenset[str]:
        """The different terms of a group that the page uses."""
        if group not in self._present and group not in self._open:
            return frozenset()
        text = self.text
        return frozenset([text[start:end] for start, end in self.of(group)])

    def nearest(self, groups: tuple[str, ...], span: Hit, window: int) -> Hit | None:
        """The hit of any of `groups` closest to `span`, at most `window` characters away."""
        lists = self._lists.get(groups)
        if lists is None:  # asked hundreds of times for the same dozen groups, of which a page has a few
            lists = self._lists[groups] = [hits for group in groups if (hits := self.of(group))]
        best: Hit | None = None
        begins, ends = span
        for hits in lists:
            at = bisect_left(hits, span)
            last = at + 2 if at < len(hits) and hits[at][0] - ends <= window else at
            for hit in hits[at - 2 if at > 2 else 0 : last]:
                start, end = hit
                gap = start - ends if start - ends > begins - end else begins - end
                if gap <= window:
                    best, window = hit, gap
        return best

    def between(self, group: str, start: int, end: int) -> list[Hit]:
        """The hits of a group that begin in [start, end)."""
        if group not in self._present and group not in self._open:
            return []
        hits = self.of(group)
        return hits[bisect_left(hits, (start, 0)) : bisect_left(hits, (end, 0))]

    def any_between(self, group: str, start: int, end: int) -> bool:
        """Whether a hit of a group begins in [start, end)."""
        if group not in self._present and group not in self._open:
            return False
        hits = self.of(group)
        at = bisect_left(hits, (start, 0))
        return at < len(hits) and hits[at] < (end, 0)

    def line(self, position: int) -> int:
        """The index of the line that holds `position`."""
        return max(0, bisect_right(self.starts, position) - 1)

    def line_end(self, line: int) -> int:
        """Where a line ends, its break not included."""
        return self.starts[line + 1] - 1 if line + 1 < len(self.starts) else len(self.text)

    def sentence(self, span: Hit) -> Hit:
        """The sentence, or sentences, that hold `span`."""
        known = self._sentences.get(span)
        if known is None:
            known = self._sentences[span] = self._sentence(span)
        return known

    def _sentence(self, span: Hit) -> Hit:
        begins, ends = span
        stops = self._stops_of(self.line(begins))
        first = stops[max(0, bisect_right(stops, begins) - 1)]
        if ends > stops[-1]:  # it reaches over the line's break
            stops = self._stops_of(self.line(ends - 1))
        last = stops[min(len(stops) - 1, bisect_left(stops, ends))]
        return Hit(first, max(last, ends))

    def _stops_of(self, line: int) -> list[int]:
        """Where the sentences of a line begin and end; no stop reaches over a line's break."""
        stops = self._stops.get(line)
        if stops is None:
            start, end = (self.starts[line] if self.starts else 0), self.line_end(line) + 1
            found = [one.end() for one in _STOPS.finditer(self.text, start, end)]
            stops = self._stops[line] = [start, *found, min(end, len(self.text))]
        return stops

    def quoted(self, span: Hit) -> bool:
        """Whether `span` lies inside one quotation: the words are somebody else's."""
        quotes = self._quotes_of(self.line(span.start))
        at = bisect_right(quotes, span.start, key=_start_of) - 1
        return at >= 0 and span.end <= quotes[at].end

    def in_field(self, span: Hit) -> bool:
        """Whether `span` lies in a value of data or code ({"cta": "Undress now"}): the marks are the format's."""
        if not self._quoting:
            return False
        text, (begins, ends) = self.text, span
        start = text.rfind('"', max(0, begins - FIELD_LIMIT), begins + 1)
        end = text.find('"', max(start + 1, ends - 1), ends + FIELD_LIMIT) if start > 0 else -1
        if end < 0:
            return False
        before, behind = text[max(0, start - 2) : start].strip(), text[end + 1 : end + 3].strip()
        return bool(before and behind) and before[-1] in _FIELD[0] and behind[0] in _FIELD[1]

    def named(self, span: Hit) -> Hit | None:
        """The short quotation marks that `span` stands in: a term that somebody uses."""
        if not self._quoting:
            return None
        line = self.line(span.start)
        first, last = max(self.starts[line], span.start - 42), min(self.line_end(line), span.end + 42)
        for one in _TERM_QUOTED.finditer(self.text, first, last):
            if one.start() > span.start:
                return None
            if span.end <= one.end():
                return Hit(*one.span())
        return None

    def _quotes_of(self, line: int) -> list[Hit]:
        """The quotations of a line; none reaches over a line's break."""
        quotes = self._quotes.get(line)
        if quotes is None:
            start, end = (self.starts[line] if self.starts else 0), self.line_end(line)
            found = _QUOTED.finditer(self.text, start, end) if self._quoting else ()
            quotes = self._quotes[line] = [Hit(*one.span()) for one in found]
        return quotes

    @cached_property
    def _quoting(self) -> bool:
        return any(mark in self.text for mark in '"\u201c\u300c\u300e\u2018')

    @cached_property
    def chinese(self) -> float:
        """The share of Chinese characters at the beginning of the text."""
        return chinese_share(self.text[:4000])

    def zone(self, position: int) -> str:
        """The zone of the line that holds `position`."""
        at = bisect_right(self.starts, position) - 1
        return self.zones[at] if at >= 0 else "text"

    def quote(self, span: Hit, margin: int = 24) -> str:
        """The words around `span`, on one line, for a person to read as evidence."""
        start, end = max(0, span.start - margin), min(len(self.text), span.end + margin)
        return " ".join(self.text[start:end][:160].split())


def _start_of(quote: Hit) -> int:
    return quote.start


def _follows_number(text: str, at: int, cues: Cues) -> bool:
    """Whether a number may end just before the cue at `at`, by the one or two characters before it."""
    last = text[at - 1]
    if last in cues.around:
        last = text[at - 2] if at > 1 else ""
    return last in cues.number or last.isdecimal() or text[at] in CURRENCY_SIGNS


def _number_before(text: str, at: int, cues: Cues) -> int:
    """Where the number that ends just before the cue at `at` begins at the earliest; -1 without a number.

    A sign of currency stands before its number: it is taken for the number's beginning.
    """
    if text[at] in CURRENCY_SIGNS:
        return at
    first = max(0, at - (cues.reach or 0))
    before = text[first:at]
    rest = before.rstrip(cues.number)
    if rest[-1:].isdecimal():  # a digit beyond ASCII
        return first
    return first + len(rest) if before[len(rest) :].strip(cues.around) else -1


# (number of the term, start, end) by the number of the term's kind, as the lexicon counts both
Found = dict[int, list[tuple[int, int, int]]]


class Lexicon:
    """Groups of terms, and the `cues` of the patterns, as one automaton: a page is searched once for all of them.

    A term of Latin letters matches whole words, and their plural in -s; `undress*` matches any ending.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]], cues: Mapping[str, Cues] = CUES) -> None:
        terms: dict[tuple[str, bool], set[str]] = {}
        for group, words in groups.items():
            for word in words:
                key = (fold(word.removesuffix("*")).strip(), word.endswith("*"))
                terms.setdefault(key, set()).add(group)
        known = [(word, stem, tuple(sorted(into))) for (word, stem), into in sorted(terms.items()) if word]
        # Terms that may be found inside a Latin word come first: of the others, every place counts.
        known.sort(key=lambda term: not (term[0][0] in _LATIN or term[0][-1] in _LATIN))
        self._loose = sum(word[0] in _LATIN or word[-1] in _LATIN for word, _, _ in known)
        # Terms that belong to the same groups are of one kind; then each pattern's cues are a kind.
        self._kinds = sorted({into for _, _, into in known})
        number = {into: index for index, into in enumerate(self._kinds)}
        self.cues = {name: len(self._kinds) + index for index, name in enumerate(cues)}
        self._patterned = {number: name for name, number in self.cues.items() if name in PATTERNS}
        places = [(one, self.cues[name]) for name, cue in cues.items() for one in _spellings(cue)]
        self._whole = [not stem for _, stem, _ in known]
        self._into = [number[into] for _, _, into in known] + [into for _, into in places]
        self._of_group: dict[str, list[int]] = {}
        for into in self._kinds:
            for group in into:
                self._of_group.setdefault(group, []).append(number[into])
        self._automaton = ahocorasick_rs.AhoCorasick(
            [*(_titled(word) for word, _, _ in known), *(word for word, _ in places)],
            matchkind=ahocorasick_rs.MatchKind.Standard,
        )

    @property
    def groups(self) -> frozenset[str]:
        """The names of all groups, those of patterns among them."""
        return frozenset((*self._of_group, *self._patterned.values()))

    def find(self, text: str) -> Found:
        """The places of every kind in a folded text."""
        latin = text.encode("ascii", "replace").translate(_IS_LATIN) + b"\0\0"  # latin[-1]: before the text
        whole, loose, into = self._whole, self._loose, self._into
        found: Found = defaultdict(list)
        matches = self._automaton.find_matches_as_indexes(_titled(text), overlapping=True)
        for match in matches:
            index, start, end = match
            if index < loose and (latin[start - 1] or latin[end]):  # most terms stand between blanks
                if latin[start - 1] and latin[start]:
                    continue
                if latin[end] and whole[index] and latin[end - 1] and (text[end] != "s" or latin[end + 1]):
                    continue
            found[into[index]].append(match)
        return dict(found) if len(matches) <= HITS_LIMIT else self._bounded(found)

    def _bounded(self, found: Found) -> Found:
        """The first hits on a page that has too many; what cues find are no hits."""
        if sum(map(len, found.values())) <= HITS_LIMIT:
            return found
        bounded: Found = {kind: places for kind, places in found.items() if kind >= len(self._kinds)}
        hits = (hit for kind, places in found.items() if kind < len(self._kinds) for hit in places)
        for hit in sorted(hits, key=itemgetter(2, 1, 0))[:HITS_LIMIT]:  # as the automaton comes upon them
            bounded.setdefault(self._into[hit[0]], []).append(hit)
        return bounded

    def groups_of(self, found: Found) -> set[str]:
        """The groups that have hits."""
        kinds = self._kinds
        return set().union(*[kinds[kind] for kind in found if kind < len(kinds)])

    def places(self, cue: str, found: Found) -> list[int]:
        """Where the words of a cue stand, in order."""
        return sorted([start for _, start, _ in found.get(self.cues[cue], ())])

    def cued(self, found: Found) -> list[str]:
        """The groups that have a pattern of which a cue was found."""
        return [self._patterned[kind] for kind in found if kind in self._patterned]

    def hits_of(self, group: str, found: Found) -> list[Hit]:
        """The hits of a group, by position."""
        kinds = self._of_group.get(group, ())
        spans = [span for kind in kinds if kind in found for span in map(_span, found[kind])]
        spans.sort()  # plain pairs are compared in half the time
        return list(map(_hit, spans))


def _titled(text: str) -> str:
    """`text` with a capital where a word of Latin letters begins.

    Searched this way a term is not found inside a word: of 1,900 places in 30 kB of English prose, 850 never
    reach Python.
    """
    return text.encode("utf-8", "surrogatepass").title().decode("utf-8", "surrogatepass")


def _spellings(cues: Cues) -> list[str]:
    """Cues as titled text spells them."""
    inside = [_titled(f"x{word}")[1:] for word in cues.words] if cues.inside else []
    return sorted({*map(_titled, cues.words), *inside})


def chinese_share(text: str) -> float:
    """The share of a text's characters that are Chinese."""
    if text.isascii():
        return 0.0
    rows = text.encode("utf-16-le", "surrogatepass")[1::2]  # a regex makes a string of each character
    return (len(rows) - len(rows.translate(None, _HAN_ROWS))) / max(1, len(text))


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
