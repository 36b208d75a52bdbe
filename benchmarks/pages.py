"""Pages to serve: the lab's ordinary sites (1.4 to 3.7 KB), each different; or the same grown to a wanted size."""

from __future__ import annotations

import random
import re
from typing import Final

from domainscan.lab.sites import SHIPPED

COUNT: Final = 100
_PARAGRAPH: Final = re.compile(r"<p>.*?</p>", re.DOTALL)


def pages(size: int = 0) -> list[bytes]:
    """COUNT pages; with a size, each with paragraphs of ordinary sites added until it has so many bytes."""
    sites = [text for file in sorted(SHIPPED.glob("ord-*.html")) if (text := _text(file.read_bytes()))]
    paragraphs = [found for text in sites for found in _PARAGRAPH.findall(text)]
    chance = random.Random(20261126)
    made = []
    for number in range(COUNT):
        site = sites[number % len(sites)]
        more = [f"<p>No. {number}</p>"]
        while len(site.encode()) + sum(len(one.encode()) for one in more) < size:
            more.append(chance.choice(paragraphs))
        made.append(site.replace("</body>", "\n".join(more) + "\n</body>").encode())
    return made


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""  # a site in another charset; one is enough to know
