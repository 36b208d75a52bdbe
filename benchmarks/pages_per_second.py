"""Pages of 30 KB that one core extracts and judges in a second: `read_page`, every signal, and the assessment.

`python -m benchmarks.pages_per_second` prints a table by kind of page. The text is that of the lab's sites: ordinary
ones with filler between their sentences (and the crossing offers of the harmful ones among them), as prose or in the
markup of a shop: navigation, cards, inline styles, scripts. No name is judged twice, as in a scan.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.judging import article, observed, read, sentences
from benchmarks.running import Line
from benchmarks.servers import Servers
from blocklists.suffixes import load_suffixes
from domainscan.assess import judge, load_pack
from domainscan.lab.sites import SHIPPED
from domainscan.model import History

SIZE: Final = 30_000
ROUNDS: Final = 7
PAGES: Final = 30  # in a round
TARGET: Final = 600  # pages a second
HARMFUL: Final = ("h01-qingying", "h02-passface", "h03-zhenghuaiche", "h08-academy", "h08-faka", "h11-echoswarm",
                  "h12-velvetroom", "h14-noctis")  # fmt: skip
FEW: Final = 5  # sentences that offer harm
MANY: Final = 3  # every third sentence is one


class Cost(NamedTuple):
    """Microseconds of processor time for one page of a kind, the median of the rounds."""

    kind: str
    size: int
    reading: float
    judging: float

    @property
    def rate(self) -> float:
        """Pages a second."""
        return 1e6 / (self.reading + self.judging)


def run() -> list[Cost]:
    """What each kind of page costs."""
    pack, suffixes = load_pack(), load_suffixes()
    found = []
    for kind, body in bodies():
        reading, judging = [], []
        for number in range(ROUNDS + 1):
            began = time.process_time()
            for _ in range(PAGES):
                page = read(body)
            half = time.process_time()
            seen = [observed(page, number * PAGES + one) for one in range(PAGES)]
            again = time.process_time()
            for one in seen:
                judge(one, History(), pack, suffixes)
            ended = time.process_time()
            reading.append((half - began) / PAGES * 1e6)
            judging.append((ended - again) / PAGES * 1e6)
        found.append(Cost(kind, len(body), statistics.median(reading[1:]), statistics.median(judging[1:])))
    return found


def bodies() -> Iterator[tuple[str, bytes]]:
    """(kind, document); the last one is a lab site as it is."""
    for language, tongue in (("en", "English"), ("zh", "Chinese")):
        for what, share in (("", 0.0), (", few offers", FEW / 250), (", many offers", 1 / MANY)):
            yield f"prose, {tongue}{what}", _prose(language, share)
        for what, share in (("", 0.0), (", many offers", 1 / MANY)):
            yield f"navigation and cards, {tongue}{what}", _cards(language, share)
    yield "a bank's page as it is", (SHIPPED / "ord-bank.html").read_bytes()


def _said(language: str, share: float, chance: random.Random) -> Iterator[str]:
    """Sentences without end; a share of them offers harm."""
    ordinary, harmful = sentences(language), sentences(language, HARMFUL)
    while True:
        yield chance.choice(harmful if chance.random() < share else ordinary)


def _prose(language: str, share: float) -> bytes:
    """An article; its plain form is that of `benchmarks.judging`."""
    if not share:
        return article(language)
    chance, parts, size = random.Random(7), ["<title>Milldam</title><h1>Milldam</h1>"], 0
    said, space = _said(language, share, chance), " " if language == "en" else ""
    while size < SIZE:
        parts.append("<p>" + space.join(next(said) for _ in range(chance.randint(3, 7))) + "</p>\n")
        size += len(parts[-1].encode())
    return "".join(parts).encode()


def _cards(language: str, share: float) -> bytes:
    """A shop's page: a third of it head, scripts and styles, then a menu, then cards, one offer or description each."""
    chance = random.Random(11)
    said = _said(language, share, chance)
    rules = "".join(
        f".card-{n}{{display:flex;padding:{n}px 12px;border-radius:4px;color:#2{n % 10}2}}\n"
        for n in range(60)
    )
    calls = "".join(
        f'window.queue=window.queue||[];queue.push(["view",{{id:{n},list:"spring"}}]);\n' for n in range(50)
    )
    menu = "".join(
        f'\n      <li class="menu__item"><a class="menu__link" href="/shelf/{n}?page={n}">{next(said)[:24]}</a></li>'
        for n in range(40)
    )
    head = f"""<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>Milldam</title>
<meta name="description" content="Milldam"><meta property="og:title" content="Milldam"><link rel="icon" href="/i.png">
<link rel="stylesheet" href="/s.css"><style>{rules}</style><script>{calls}</script><script src="/a.js"></script></head>
<body class="home page"><header class="top"><nav class="menu"><ul class="menu__list">{menu}
    </ul></nav><form class="search" action="/search"><input name="q" type="search" placeholder="?"></form></header>
  <main>\n"""
    parts, size = [head], len(head.encode())
    while size < SIZE:
        parts.append(_card(len(parts), next(said), next(said)))
        size += len(parts[-1].encode())
    return ("".join(parts) + "</main><footer><p>&copy; Milldam</p></footer></body></html>").encode()


def _card(number: int, name: str, text: str) -> str:
    return f"""    <div class="card card--{number % 3}" style="width: {20 + number % 5}%; margin-top: 8px">
      <a class="card__link" href="/item/{number}"><img class="card__image" src="/p/{number}.jpg" alt="{name[:20]}"></a>
      <div class="card__body">
        <h3 class="card__title"><span>{name[:40]}</span></h3>
        <p class="card__text">{text}</p>
        <div class="card__row"><span class="card__price">{number}.90</span> <button class="button">+</button></div>
      </div>
    </div>\n"""


def measure(_: Servers, __: Path) -> list[Line]:
    """A line for each kind of 30 KB."""
    return [
        Line(f"{one.kind}, {one.size / 1000:.0f} KB: read and judged on one core", f"{one.rate:,.0f}/s", "", "",
             f"{TARGET}/s", one.rate >= TARGET)
        for one in run() if one.size >= SIZE
    ]  # fmt: skip


if __name__ == "__main__":
    for cost in run():
        print(
            f"{cost.kind:46} {cost.size / 1000:5.1f} KB  read {cost.reading:6.0f} us  "
            f"judge {cost.judging:6.0f} us  {cost.rate:6,.0f}/s"
        )
