"""Lines of a page: its text folded for searching, with the sentences and the quotations of each line."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate, islice
from typing import Final

from domainscan.model import Page
from domainscan.signals.folding import fold, fold_lines
from domainscan.signals.hits import Hit

TEXT_LIMIT: Final = 120_000  # characters searched; the reader caps a page's text at 100,000
_HAN_ROWS: Final = bytes(range(0x4E, 0xA0))  # the upper bytes of U+4E00..U+9FFF
# "##" within a line is a heading of a text whose lines were joined.
_STOPS: Final = re.compile(r"[。!?;\n]|\.(?=\s)|\s(?:[•·✓✔✅|]|#{2,4})\s")
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
# What names such a value. The key of a page's own words in its source (`answer: "..."`) makes it the page's, whatever
# it says; behind a looser one ({"q": "Undress any photo"}, a numbered list of slogans) who wrote it down says it of
# himself where it courts or addresses a reader: a list of harms or a test's sample does neither.
_OWN_KEY: Final = re.compile(
    r"(?:^|[\s{(,\"'])[\"']?(?:title|description|desc|question|answer|text|label|name|content|subtitle|tagline"
    r"|headline|heading|body|message|summary|caption|placeholder|tooltip|keywords|intro|cta|alt|value"
    r"|标题|描述|问题|回答|内容)[\"']? ?[:=] ?$"
)
_KEYED: Final = re.compile(
    r"(?:(?:title|titles|description|tagline|headline|heading|subtitle|slogan|caption|blurb|intro|cta|keywords)"
    r"|\b(?:question|answer|desc|label|q|a|h1|h2)|标题|描述|简介|介绍)[\"'`]? ?[:=] ?$|(?:^|[\"\n] ?)\d{1,2}[.)] $"
    r"|[a-z\])] ?= ?$|\b(?:reply|reply text|send|send ?message|answer|say)\((?:[a-z. ]{1,20}, ?)?f?$"
)
_COURTS: Final = re.compile(
    r"\b(?:you|your|our|free|upload|instantly|explore|discover|try|best|top|ranked|no account|no sign ?up|reply to"
    r"|one click|in seconds|unlimited|tu|tus|envíame|envoie|ton|votre|dein|deine|gratis|gratuit|kostenlos|sua|gửi|kirim"
    rf"|{fold('пришли|отправь|твой|твоё|бесплатно')}|generate|create|make|send)\b|免费|上传|一键|立即|你|您"
)
OWN_KEY_LIMIT: Final = 24  # characters before a value in which the key of a page's own words stands
KEY_LIMIT: Final = 40  # the same of a looser one
FIELD_LIMIT: Final = 42  # characters of such a value before and behind the words of an offer


class Lines:
    """One page's searched text, line by line.

    Sentences and quotations are made when they are first asked for: those of most lines never are.
    """

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        read = list(lines)
        folded = fold_lines([text for _, text in read])
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
        self._sentences: dict[Hit, Hit] = {}  # of each span that was asked about
        self._stops: dict[int, list[int]] = {}  # per line
        self._quotes: dict[int, list[Hit]] = {}  # per line
        # Per sentence: voice, marker, what it doubts; filled by the voices
        self.markers: dict[Hit, list[tuple[str, Hit, Hit]]] = {}

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
            quotes = self._quotes[line] = [
                Hit(*one.span()) for one in found if not self._own_value(one.start(), one[0])
            ]
        return quotes

    def _own_value(self, start: int, value: str) -> bool:
        """Whether a quotation is a value of data or code that is the page's own word: the marks are the format's."""
        if _OWN_KEY.search(self.text[max(0, start - OWN_KEY_LIMIT) : start]):
            return True
        keyed = value[0] == '"' and _KEYED.search(self.text, max(0, start - KEY_LIMIT), start)
        return bool(keyed and _COURTS.search(value))

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


def _within_limit(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines that fit into the limit, the last one cut."""
    kept, at = [], 0
    for zone, line in lines:
        cut = line[: max(0, TEXT_LIMIT - at)]
        if cut and not cut.isspace():
            kept.append((zone, cut))
            at += len(cut) + 1
    return kept


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
    for line in page.told.split("\n"):
        yield "description", line
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
