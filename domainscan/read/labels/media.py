"""What else a page is made of: the addresses of its sample media and style sheets, found without a parser.

Every search is one pass over the bytes; what a hostile document can make of it is a wrong address, which meets the
gate like any other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from domainscan.read.urls import Base

TAGS: Final = 2_000  # elements looked at
ADDRESSES: Final = 200
_MEDIA: Final = re.compile(rb"<(img|video|audio|source|a)\b([^<>]{1,2000})>", re.IGNORECASE)
_LINK: Final = re.compile(rb"<link\b([^<>]{1,2000})>", re.IGNORECASE)
_BASE: Final = re.compile(rb"<base\b([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""([a-zA-Z-]{2,20})\s{0,4}=\s{0,4}(?:"([^"]{0,1500})"|'([^']{0,1500})'|([^\s"'>]{1,1500}))"""
)
_KINDS: Final = re.compile(
    r"\.(?:png|jpe?g|webp|gif|tiff?|mp4|m4v|mov|m4a|mp3|wav|flac|ogg|opus|avi|pdf|docx|xlsx|pptx)(?:$|[?#!@])",
    re.IGNORECASE,
)
_ORNAMENT: Final = re.compile(
    r"logo|icon|avatar|sprite|favicon|badge|button|banner|beian|qr-?code|erweima|spacer|pixel|loading|placeholder|flag",
    re.IGNORECASE,
)
_SMALL: Final = 96  # pixels of width or height below which a picture is an ornament
_TIMED: Final = ("video", "audio", "source")


def sample_media(document: bytes, url: str) -> tuple[str, ...]:
    """Addresses of media that may be samples of what is generated, films and sounds first, ornaments left out."""
    base = _base(document, url)
    found: dict[str, int] = {}
    for count, match in enumerate(_MEDIA.finditer(document)):
        if count >= TAGS or len(found) >= ADDRESSES:
            break
        tag = match[1].decode("ascii").lower()
        at = _attributes(match[2])
        address = base.absolute(_source(tag, at))
        if address.startswith(("http://", "https://")) and not _is_ornament(at, address):
            found.setdefault(address, 0 if tag in _TIMED else 1)
    return tuple(sorted(found, key=found.__getitem__))


def _source(tag: str, at: Mapping[str, str]) -> str:
    if tag == "a":  # a download of what was made
        href = at.get("href", "")
        return href if _KINDS.search(href) else ""
    own = at.get("data-src") or at.get("data-original") or at.get("src") or ""
    return "" if own.startswith("data:") else own


def _is_ornament(at: Mapping[str, str], address: str) -> bool:
    words = " ".join((urlsplit(address).path, at.get("class", ""), at.get("id", ""), at.get("alt", "")))
    sizes = [at[side] for side in ("width", "height") if at.get(side, "").isdecimal()]
    small = any(int(one[:6]) < _SMALL for one in sizes)
    return small or urlsplit(address).path.lower().endswith((".svg", ".ico")) or bool(_ORNAMENT.search(words))


def linked_sheets(document: bytes, url: str) -> tuple[str, ...]:
    """Addresses of the style sheets that a document asks for, each once, in order."""
    base = _base(document, url)
    return tuple(dict.fromkeys(address for _, address, _ in _links(document, base)))


def with_sheets(document: bytes, url: str, sheets: Mapping[str, bytes]) -> bytes:
    """The document with the given sheets in the places of the links that ask for them."""
    parts, done = [], 0
    for match, address, media in _links(document, _base(document, url)):
        if address in sheets:
            css = sheets[address].replace(b"</", b"<\\/")  # or it could end the element
            parts += [
                document[done : match.start()],
                b'<style media="%s">' % media.encode(),
                css,
                b"</style>",
            ]
            done = match.end()
    return b"".join((*parts, document[done:]))


def _links(document: bytes, base: Base) -> Iterator[tuple[re.Match[bytes], str, str]]:
    for count, match in enumerate(_LINK.finditer(document)):
        if count >= TAGS:
            return
        at = _attributes(match[1])
        rel = at.get("rel", "").lower().split()
        wanted = "stylesheet" in rel and "alternate" not in rel
        address = base.absolute(at.get("href", "")) if wanted else ""
        if address.startswith(("http://", "https://")):
            yield match, address, re.sub(r"[^\w\s(),:.-]", "", at.get("media", ""))


def _base(document: bytes, url: str) -> Base:
    found = _BASE.search(document)
    named = Base(url).absolute(_attributes(found[1]).get("href", "")) if found else ""
    return Base(named or url)


def _attributes(raw: bytes) -> dict[str, str]:
    """The attributes of an element with a value, the first of each name."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(raw.decode("utf-8", "replace")):
        found.setdefault(match[1].lower(), html.unescape(match[2] or match[3] or match[4] or ""))
    return found
