"""CPU time of one judgement, by kind of observation.

`python -m benchmarks.judging` prints a table. Pages are the lab's own, or as long as a long article: sentences of
the lab's pages in another order, with filler between them. No page and no name is judged twice, as in a scan.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from blocklists.names import Name
from blocklists.suffixes import load_suffixes
from domainscan.assess import judge, load_pack
from domainscan.lab.sites import SHIPPED
from domainscan.model import Answers, Failure, History, Hop, Lookup, Observation, Page
from domainscan.read.html import read_page

ROUNDS: Final = 7
JUDGEMENTS: Final = 60  # in a round
ARTICLE_BYTES: Final = 30_000
PAGES: Final = ("ord-bank", "ord-mianbao", "h01-qingying", "h02-passface", "h08-academy", "h11-echoswarm")
NOT_PROSE: Final = ("h", "sp-", "own-")  # what fires on these would fire all over a long article
SUBJECTS: Final = "the committee|our workshop|a neighbour|the river|this year's harvest|the librarian"
VERBS: Final = "described|had to repair|compared|followed|brought back|measured|put off"
OBJECTS: Final = (
    "the old bridge|forty boxes of apples|a map of the valley|the minutes of June|a set of chairs"
)
SUBJECTS_ZH: Final = "居委会|老木匠|这条河|图书馆|今年的收成|我们几个人|隔壁的小店"
VERBS_ZH: Final = "修好了|比较了|沿着旧路找到了|慢慢量过|重新整理了|讲起"
OBJECTS_ZH: Final = "那座石桥|四十箱苹果|山谷的地图|六月的记录|一套椅子|院子里的桂花树"


def run() -> list[tuple[str, float]]:
    """(what, microseconds of CPU per judgement: the median of the rounds)."""
    pack, suffixes = load_pack(), load_suffixes()
    found = []
    for what, build in _cases():
        rounds = []
        for number in range(ROUNDS):
            seen = [build(number * JUDGEMENTS + one) for one in range(JUDGEMENTS)]
            started = time.process_time()
            for observation in seen:
                judge(observation, History(), pack, suffixes)
            rounds.append((time.process_time() - started) / JUDGEMENTS * 1e6)
        found.append((what, statistics.median(rounds)))
    return found


def _cases() -> Iterator[tuple[str, Callable[[int], Observation]]]:
    yield "dead name", lambda number: _visit(f"milldam-{number}.example", Failure("nxdomain"), "dead")
    yield "no page", lambda number: _visit(f"milldam-{number}.example", Failure("timeout"), "observed")
    for stem in PAGES:
        body = (SHIPPED / f"{stem}.html").read_bytes()
        yield f"{stem} ({len(body) / 1000:.1f} kB)", _pages(read(body))
    for language in ("en", "zh"):
        body = article(language)
        yield f"article, {language} ({len(body) / 1000:.0f} kB)", _pages(read(body))


def _pages(page: Page) -> Callable[[int], Observation]:
    """Visits of sites of different names that all show this page."""

    return lambda number: observed(page, number)


def observed(page: Page, number: int) -> Observation:
    """A visit of a site that shows this page."""
    name = f"heron-{number}.example"
    return _visit(name, msgspec.structs.replace(page, url=f"https://{name}/"), "observed")


def _visit(name: str, page: Page | Failure, status: str) -> Observation:
    hops = (Hop(f"https://{name}/", "192.0.2.7", 200),) if isinstance(page, Page) else ()
    found = Answers((f"ns1.{name}.",)) if status == "observed" else Failure("nxdomain")
    return Observation(
        id=f"o-{name}",
        scan="benchmark",
        name=Name(name),
        url="",
        at="2026-11-23T12:00:00Z",
        status=status,
        resolution=(Lookup("A", found), Lookup("NS", found)),
        hops=hops,
        page=page,
    )


def read(body: bytes) -> Page:
    """The page of a document."""
    page = read_page(
        body,
        url="https://heron.example/",
        http_status=200,
        content_type="text/html; charset=utf-8",
        body_digest="",
    )
    if isinstance(page, Failure):
        raise TypeError(f"the page cannot be read: {page.status}")
    return page


def article(language: str) -> bytes:
    """A page of prose: sentences of the lab's ordinary pages, shuffled, among filler."""
    chance = random.Random(7)
    ordinary = sentences(language)
    filler = (SUBJECTS, VERBS, OBJECTS) if language == "en" else (SUBJECTS_ZH, VERBS_ZH, OBJECTS_ZH)
    space, stop = (" ", ". ") if language == "en" else ("", "。")
    paragraphs, size = ["<h1>Milldam</h1>"], 0
    while size < ARTICLE_BYTES:
        said = [
            *chance.sample(ordinary, 4),
            *(space.join(chance.choice(one.split("|")) for one in filler) + stop for _ in range(3)),
        ]
        chance.shuffle(said)
        paragraphs.append(f"<p>{space.join(said)}</p>")
        size += len(paragraphs[-1].encode())
    return f"<title>Milldam</title>{''.join(paragraphs)}".encode()


def sentences(language: str, stems: tuple[str, ...] = ()) -> list[str]:
    """The sentences of some of the lab's pages, else of the ordinary ones, in one language."""
    files = [one for one in sorted(SHIPPED.glob("*.html")) if not one.name.startswith(NOT_PROSE)]
    texts = (read(one.read_bytes()).text for one in [SHIPPED / f"{stem}.html" for stem in stems] or files)
    said = [one.strip() for text in texts for one in re.split(r"(?<=[.。])\s*|\n", text) if len(one) > 12]
    return [
        one for one in said if one.isascii() == (language == "en") and "备" not in one
    ]  # a page shows it once


if __name__ == "__main__":
    for what, microseconds in run():
        print(f"{what:28} {microseconds:8.0f} µs")
