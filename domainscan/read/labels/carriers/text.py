"""Texts and Markdown: AIGC in the YAML front matter, and prompt words at the start or the end.

    ---
    AIGC:
      Label: "1"
      ContentProducer: "001191..."
    ---

Only as much YAML is read as labels need: one mapping, plain and quoted scalars, a flow mapping (JSON), a block scalar.
Source: TC260-PG-20258A; GB 45438-2025 5.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from domainscan.read.labels.carriers.prompts import prompt_in
from domainscan.read.labels.source import Fields, Item, Prompt, Source, Text, Trouble, keyed

WINDOW_BYTES: Final = 65_536  # of the start, which holds front matter; and of the end
_PROMPT_CHARACTERS: Final = 600  # of the start and the end that are searched for prompt words
_LINES: Final = 2_000
_BLOCK: Final = re.compile(r"[|>][+-]?[1-9]?\s*")
_LINE: Final = re.compile(
    r"([ \t]{0,64})([\"']?)([A-Za-z0-9_.-]{1,64})\2[ \t]{0,8}:(?:[ \t]{1,64}(.{0,4000}))?"
)
_PLACE: Final = "Markdown front matter"
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
    lines = start.split("\n", _LINES)[:_LINES]
    body = start
    if lines and lines[0].rstrip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
        if not end:
            if any(_key(line)[0].upper() == "AIGC" for line in lines):
                yield from _labels(lines[1:])
                wall = "cut" if source.is_cut else "damaged"
                yield Trouble(wall, _PLACE, "without its end")
        else:
            yield from _labels(lines[1:end])
            body = "\n".join(lines[end + 1 :])
    yield from _prompts(source, body)
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


# ---------------------------------------------------------------- front matter


def _key(line: str) -> tuple[str, int, str]:
    """(key, its indentation, what follows it) of a line; ("", 0, "") when it is no entry of a mapping."""
    found = _LINE.fullmatch(line.rstrip())
    return (found[3], len(found[1]), found[4] or "") if found else ("", 0, "")


def _labels(lines: Sequence[str]) -> Iterator[Item]:
    """Every top-level entry AIGC of a front matter."""
    for number, line in enumerate(lines):
        key, indentation, rest = _key(line)
        if key.upper() == "AIGC" and not indentation:
            yield from _label(key, rest.strip(), _indented(lines[number + 1 :]))


def _indented(lines: Sequence[str]) -> list[str]:
    """The lines that belong to the entry before them."""
    found = []
    for line in lines:
        if line.strip() and line[0] not in " \t":
            break
        found.append(line)
    return found


def _label(key: str, rest: str, block: Sequence[str]) -> Iterator[Item]:
    trouble = () if key == "AIGC" else ("key_spelling",)
    if rest.startswith("#"):
        rest = ""
    if rest and _BLOCK.fullmatch(rest):
        yield Text(_PLACE, "\n".join(line.strip() for line in block), trouble)
    elif rest.startswith("{"):
        yield Text(_PLACE, "\n".join((rest, *block)), trouble)
    elif rest:
        label = keyed(_PLACE, key, _scalar(rest))
        if label:
            yield label
    else:
        entries = [_key(line) for line in block if line.strip() and not line.lstrip().startswith("#")]
        if not entries:
            yield Text(_PLACE, "", trouble)
        elif any(not name for name, _, _ in entries) or len({depth for _, depth, _ in entries}) != 1:
            yield Text(_PLACE, "\n".join(block), trouble)
        else:
            fields = tuple((name, _scalar(value.strip())) for name, _, value in entries)
            yield Fields(_PLACE, fields, "\n".join(block), trouble)


def _scalar(text: str) -> str:
    """A scalar's value: quoted either way, or plain."""
    if text.startswith('"'):
        end = text.rfind('"')
        try:
            value = json.loads(text[: end + 1])
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    if text.startswith("'"):
        end = text.rfind("'")
        return text[1:end].replace("''", "'") if end > 0 else text
    return text.partition(" #")[0].rstrip()
