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
    """The Content-Type that counts: the last of all that were sent which is one; "" when none is.

    A charset that went with the same type before stays with it.
    Source: Fetch standard, "extract a MIME type"; browsers agree.
    """
    sent = ",".join(value for name, value in headers if name.lower() == "content-type")
    found = media = ""
    for one in sent.split(","):
        essence = one.partition(";")[0].strip().lower()
        if "/" not in essence or essence == "*/*":
            continue
        if essence != media or "charset" in one.lower() or "charset" not in found.lower():
            found = one.strip()
        media = essence
    return found


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
