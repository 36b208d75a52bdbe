"""Which bodies are pages: told by the type that was sent and by their first bytes, as a browser does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BODY_BYTES: Final = 4 * 1024 * 1024  # of a page that are read
_HTML: Final = ("text/html", "application/xhtml+xml")
_UNSURE: Final = ("", "text/xml", "application/xml", "unknown/unknown")
_SIGNS: Final = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<title",
    b"<meta",
    b"<div",
    b"<table",
)
_MAGIC: Final = (
    b"PK\x03\x04",
    b"MZ",
    b"\x7fELF",
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"RIFF",
)


def sent_type(headers: Iterable[tuple[str, str]]) -> str:
    """The Content-Type that counts, of all that were sent; "" when none is one.

    Of several Chrome takes the last and Firefox the first header's: one of a page counts, else the last. A charset
    that came with the same type before stays with it.
    Source: Fetch standard, "extract a MIME type".
    """
    sent = ",".join(value for name, value in headers if name.lower() == "content-type")
    types: dict[str, str] = {}  # the newest last
    for one in sent.split(","):
        media = one.partition(";")[0].strip().lower()
        if "/" in media and media != "*/*":
            before = types.pop(media, "")
            keeps = "charset" in before.lower() and "charset" not in one.lower()
            types[media] = before if keeps else one.strip()
    pages = [types[media] for media in types if media in _HTML]
    return ["", *types.values(), *pages][-1]


def page_kind(body: bytes, content_type: str) -> str:
    """`html`, `plain`, or "" for a body that is no text page, as a browser would take it."""
    media = content_type.partition(";")[0].strip().lower()
    head = body[:1024]
    if head.startswith(_MAGIC) and (b"\x00" in head or head.startswith(b"%PDF-")):
        return ""
    if media in _HTML:
        return "html"
    if media == "text/plain":
        return "plain"
    if media not in _UNSURE:
        return ""
    lowered = head.lower()
    if any(sign in lowered for sign in _SIGNS):
        return "html"
    return "" if media or b"\x00" in head else "plain"
