"""Texts and Markdown: AIGC in the front matter, and prompt words at the start or the end.

Source: TC260-PG-20258A; GB 45438-2025 5.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.carriers.front import front_matter
from domainscan.read.labels.carriers.prompts import prompt_in
from domainscan.read.labels.source import Item, Prompt, Source, Trouble

WINDOW_BYTES: Final = 65_536  # of the start, which holds front matter; and of the end
_PROMPT_CHARACTERS: Final = 600  # of the start and the end that are searched for prompt words
_CONTROLS: Final = bytes(c for c in range(32) if c not in b"\t\n\r\x0c\x1b")


def is_text(data: bytes) -> bool:
    """Whether the bytes begin as text does: a mark of its coding, or UTF-8 or GB 18030 without control characters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:3] == b"\xef\xbb\xbf":
        return True
    window = data[:4_096]
    return bool(window) and window == window.translate(None, _CONTROLS) and _coding(window) != ""


def _coding(window: bytes) -> str:
    for coding in ("utf-8", "gb18030"):
        for cut in range(4):  # the window may end inside a character
            try:
                window[: len(window) - cut].decode(coding)
            except UnicodeDecodeError:
                continue
            return coding
    return ""


def read_text(source: Source) -> Iterator[Item]:
    """The label in the front matter, and prompt words of the first and last lines."""
    if source.data[:1_024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        yield Trouble("unknown_kind", "HTML", "a page, whose labels are those that its readers see")
        return
    start = _decoded(source.take(0, min(source.size, WINDOW_BYTES), "text"))
    front = front_matter(start)
    if front is not None:
        yield from front.labels(is_cut=source.is_cut)
    yield from _prompts(source, start if front is None else front.body)
    if source.is_cut:
        yield Trouble("cut", "text", "the end may hold prompt words")


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        coding = _coding(data[:4_096]) or "utf-8"
        text = data.removeprefix(b"\xef\xbb\xbf").decode(coding, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _prompts(source: Source, body: str) -> Iterator[Item]:
    words = prompt_in(body.strip()[:_PROMPT_CHARACTERS])
    if words:
        yield Prompt("text, at the start", words)
        return
    if not source.is_cut:
        words = prompt_in(_tail(source)[-_PROMPT_CHARACTERS:])
        if words:
            yield Prompt("text, at the end", words)


def _tail(source: Source) -> str:
    """The last lines. A character that the window cuts in two is left out."""
    length = min(source.size, 4 * _PROMPT_CHARACTERS)  # even, as UTF-16 needs it
    data = source.take(source.size - length, length, "text")
    mark = source.data[:2]
    coding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark) or _coding(source.data[:4_096])
    return data.decode(coding or "utf-8", "ignore").replace("\r", "\n").strip()
