"""The reader that always ends: a Page from the tokens of a document, without a tree, in linear time.

It takes over when the tree parser hits its limits (100,000 nested elements hide text from every tree parser),
knows nothing of inline styles, and its pages carry the flag `incomplete`.
"""

from __future__ import annotations

import html
import re
from typing import Final

from domainscan.model import Failure, Page
from domainscan.read.bodies import BODY_BYTES, page_kind
from domainscan.read.elements import BLOCKS, UNSEEN
from domainscan.read.gather import HANDLERS, Gatherer
from domainscan.read.pages import Received, as_page
from domainscan.read.text import BREAK, decode_text, one_line

_PIECES: Final = 400_000
_NAME: Final = re.compile(r"/?([a-zA-Z][^\s/>]{0,40})")
_ATTRIBUTE: Final = re.compile(
    r"""([a-zA-Z_:-]{1,40})(?:\s{0,5}=\s{0,5}("[^"]{0,3000}"|'[^']{0,3000}'|[^\s"'>]{0,3000}))?"""
)
_HEAD_CHARACTERS: Final = 4096
_RAW: Final = frozenset(
    ("script", "style", "noscript", "template", "iframe", "noembed", "noframes", "title", "textarea")
)


def read_tokens(
    body: bytes, *, url: str, http_status: int, content_type: str, body_digest: str
) -> Page | Failure:
    """As `html.read_page`, from tokens alone; the Page is flagged `incomplete`."""
    if not page_kind(body, content_type):
        return Failure("not_html", one_line(content_type, 100))
    text, charset, flags = decode_text(body[:BODY_BYTES], content_type)
    gathered = Gatherer(url)
    gathered.flags.update(dict.fromkeys((*flags, "incomplete")))
    _feed(text, gathered)
    return as_page(gathered, Received(url, http_status, content_type, charset, len(body), body_digest))


def _feed(text: str, gathered: Gatherer) -> None:
    """Each piece between two `<` is a tag with the text behind it, or text that only looked like a tag."""
    pieces = text.split("<", _PIECES)
    gathered.parts.append(html.unescape(pieces[0]))
    raw = ""  # the element whose content is no markup, "!" for a comment
    for piece in pieces[1:]:
        if raw == "!":
            raw, tail = ("", piece.partition("-->")[2]) if "-->" in piece else ("!", "")
        else:
            raw, tail = _tag(piece, raw, gathered)
        if tail:
            gathered.parts.append(html.unescape(tail))


def _tag(piece: str, raw: str, gathered: Gatherer) -> tuple[str, str]:
    """Feed one tag; the raw element that is open after it, and the text behind it."""
    found = _NAME.match(piece)
    name = found[1].lower() if found else ""
    closing = piece[:1] == "/"
    if raw and not (closing and name == raw):
        return raw, ""
    if piece.startswith("!--"):
        return ("", piece.partition("-->")[2]) if "-->" in piece[3:] else ("!", "")
    if not name:
        return "", "" if piece[:1] in ("!", "?", "/") else "<" + piece
    head, _, tail = piece.partition(">")
    if name in BLOCKS:
        gathered.parts.append(BREAK)
    if closing:
        gathered.close(name)
        return "", tail
    if name in HANDLERS:
        gathered.open(name, _attributes(head[len(name) : _HEAD_CHARACTERS]), name)
    if name == "title" and not gathered.title:
        gathered.title = one_line(html.unescape(tail[:4000]), 500)
    if name in _RAW:
        return name, tail if name == "textarea" else ""
    return "", "" if name in UNSEEN else tail


def _attributes(head: str) -> dict[str, str | None]:
    return {
        found[1].lower(): html.unescape((found[2] or "").strip("\"'")) for found in _ATTRIBUTE.finditer(head)
    }
