"""What a page says of itself to machines, in meta tags and structured data.

A page that scripts draw has no text of its own, and still tells search engines what it offers: schema.org as JSON-LD,
the Open Graph and cards of social networks, keywords.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from typing import Final

from domainscan.read.text import one_line

LONGEST: Final = 1000  # characters of one text
ROOM: Final = 6000  # of all
NODES: Final = 2000  # of one document that are looked at
TAGS: Final = frozenset(
    ("description", "keywords", "og:title", "og:description", "twitter:title", "twitter:description")
)
# Properties of schema.org whose text is for people.
SAID: Final = frozenset(
    (
        "name",
        "alternateName",
        "headline",
        "slogan",
        "description",
        "abstract",
        "keywords",
        "featureList",
        "text",
    )
)


def told(meta: Iterable[tuple[str, str]], documents: Iterable[str], known: Iterable[str] = ()) -> str:
    """Each different text once, a line each, in the order of the page; "" where there is none.

    `meta` are (name, content) of its tags, `documents` its JSON-LD; what is no JSON says nothing. What is `known` is
    not said again.
    """
    said, lines, room = set(known), [], ROOM
    for text in _texts(meta, documents):
        line = one_line(text, min(LONGEST, room))
        if line and line not in said:
            said.add(line)
            lines.append(line)
            room -= len(line) + 1
        if room <= 0:
            break
    return "\n".join(lines)


def _texts(meta: Iterable[tuple[str, str]], documents: Iterable[str]) -> Iterator[str]:
    yield from (content for name, content in meta if name in TAGS)
    for document in documents:
        try:
            root = json.loads(document)
        except (ValueError, RecursionError):
            continue
        yield from (html.unescape(text) for text in _said(root))


def _said(root: object) -> Iterator[str]:
    """The texts for people in a document, without recursion: it may be nested deeply."""
    left = [("", root)]
    for _ in range(NODES):
        if not left:
            return
        key, value = left.pop()
        if isinstance(value, str):
            if key in SAID:
                yield value
        elif isinstance(value, dict):
            left += [(str(name), one) for name, one in reversed(value.items())]
        elif isinstance(value, list):
            left += [(key, one) for one in reversed(value[:NODES])]
