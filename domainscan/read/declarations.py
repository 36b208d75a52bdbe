"""Declarations of a style: those that have to do with what is seen; and the marks that a style is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

DECLARATIONS: Final = 64  # of one rule
VALUE_CHARACTERS: Final = 300

_MARK: Final = re.compile(r"""/\*|["'(){};]""")
_STRING_END: Final = {quote: re.compile(rf"(?<!\\)[{quote}\n]") for quote in "\"'"}

# What has to do with whether a text is seen, and where.
RELEVANT: Final = frozenset(
    (
        "display", "visibility", "content-visibility", "opacity", "font-size", "font", "color", "background",
        "background-color", "background-image", "background-clip", "-webkit-background-clip",
        "-webkit-text-fill-color", "position", "left", "right", "top", "bottom", "inset", "width", "height",
        "max-width", "max-height", "overflow", "overflow-x", "overflow-y", "clip", "clip-path", "transform",
        "text-indent", "margin-left", "margin-top", "transition", "animation", "will-change", "filter",
        "z-index", "scale", "translate", "zoom", "white-space", "line-height", "min-height", "min-width", "padding",
        "padding-top", "padding-bottom", "flex", "flex-grow", "margin", "color-scheme", "-webkit-text-stroke",
        "all", "text-shadow", "fill", "mask", "mask-image", "-webkit-mask", "-webkit-mask-image",
    )
)  # fmt: skip

_ALIASES: Final = {  # in scripts that run from left to right
    "inset-inline-start": "left", "inset-block-start": "top",
    "margin-inline-start": "margin-left", "margin-block-start": "margin-top",
}  # fmt: skip
_ESCAPE: Final = re.compile(r"\\([0-9A-Fa-f]{1,6})\s?")

Declarations = tuple[tuple[str, str, bool], ...]  # (property, value, important)


def declarations_of(style: str) -> Declarations:
    """The declarations of a style attribute."""
    found: list[tuple[str, str, bool]] = []
    for _, text in events(style[:2000]):
        found += declaration(text)
    return tuple(found[:DECLARATIONS])


def declaration(text: str) -> list[tuple[str, str, bool]]:
    """[(property, value, important)] when the property has to do with what is seen."""
    name, colon, value = unescaped(text).partition(":")
    name = name.strip()
    custom = name.startswith("--")
    if not custom:
        name = _ALIASES.get(name.lower(), name)
    if not colon or not (custom or name.lower() in RELEVANT):
        return []
    plain = value[:VALUE_CHARACTERS].strip()
    important = plain.lower().endswith("important") and "!" in plain
    if important:
        plain = plain[: plain.rindex("!")].rstrip()
    return [(name if custom else name.lower(), plain.lower(), important)]


def unescaped(text: str) -> str:
    """`text` with the letters that it writes by their numbers."""
    return _ESCAPE.sub(lambda found: _letter(int(found[1], 16)), text) if "\\" in text else text


def _letter(number: int) -> str:
    """The letter of a number; of one that no text can hold the mark for that. Source: CSS Syntax 3 4.3.7."""
    held = 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000
    return chr(number) if held else "\ufffd"


def events(css: str) -> Iterator[tuple[str, str]]:
    """Each `{`, `}` and `;` with the text before it, comments taken out; the end counts as `}`.

    Every step goes forward, so a sheet of openings without an end costs no more than another.
    """
    parts: list[str] = []
    done = at = 0
    while found := _MARK.search(css, at):
        start, mark = found.start(), found[0]
        at = found.end()
        if mark == "/*":
            parts.append(css[done:start])
            at = css.find("*/", at) + 2
            if at < 2:
                return
            done = at
        elif mark in _STRING_END:
            end = _STRING_END[mark].search(css, at)
            at = end.end() if end else len(css)
        elif mark == "(":
            if css[max(0, start - 3) : start].lower() == "url":
                at = css.find(")", at) + 1 or len(css)
        elif mark != ")":
            parts.append(css[done:start])
            yield mark, "".join(parts).strip()
            parts, done = [], at
    parts.append(css[done:])
    yield "}", "".join(parts).strip()
