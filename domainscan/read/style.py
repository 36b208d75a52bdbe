"""Whether an inline style hides the text below it from an ordinary visitor."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from domainscan.read.away import away, pixels

_SUSPECT: Final = re.compile(
    r"display|visibility|opacity|font-size|font:|indent|position|transform|clip|color|overflow|margin|scale|translate|zoom",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"/\*[^*]{0,200}\*/")
_NUMBER: Final = re.compile(r"(-?[0-9]{0,9}(?:\.[0-9]{1,9})?)(px|pt|em|rem|vw|vh|%)?")
_ANIMATED: Final = ("transform", "transition", "animation", "will-change", "filter")
_COLOURS: Final = {
    "white": "#ffffff",
    "black": "#000000",
    "red": "#ff0000",
    "gray": "#808080",
    "grey": "#808080",
}
_RGB: Final = re.compile(
    r"rgba?\((\d{1,3})[, ]+(\d{1,3})[, ]+(\d{1,3})(?:[,/ ]+(\d{0,3}(?:\.\d{1,4})?)%?)?\)"
)


@lru_cache(maxsize=1024)
def hides(style: str) -> bool:
    """True when this inline style alone takes the text out of sight.

    Opacity 0 with a transform or transition is how animation libraries start what slides in: visible.
    """
    style = style[:2000]
    if not _SUSPECT.search(style):
        return False
    rules = declarations(style)
    if rules.get("display") == "none" or rules.get("content-visibility") == "hidden":
        return True
    moving = any(word in rules for word in _ANIMATED)
    faded = rules.get("visibility") in ("hidden", "collapse") or _amount(rules.get("opacity", "")) <= 0.05
    return (faded and not moving) or _shrunk(rules) or away(rules) or _same_colour(rules)


def declarations(style: str) -> dict[str, str]:
    """The properties of an inline style, lower case; of two equal ones the last."""
    rules = {}
    for part in _COMMENT.sub("", style.lower()).split(";"):
        name, colon, value = part.partition(":")
        if colon:
            rules[name.strip()] = value.replace("!important", "").strip()
    return rules


def colours(style: str) -> tuple[str, str]:
    """Text colour and background colour as `#rrggbb`; "" where the style does not say."""
    rules = declarations(style[:2000])
    return _colour(rules.get("color", "")), _background(rules)


def _shrunk(rules: dict[str, str]) -> bool:
    size = rules.get("font-size", "") or rules.get("font", "").partition("/")[0].rpartition(" ")[2]
    if size and pixels(size) <= 1:
        return True
    box = (pixels(rules.get(side, "")) <= 1 for side in ("height", "max-height", "width", "max-width"))
    return rules.get("overflow") == "hidden" and any(box)


def _same_colour(rules: dict[str, str]) -> bool:
    text = _colour(rules.get("color", ""))
    if text == "transparent":  # gradient text is drawn by its background
        return not any(
            "text" in rules.get(name, "") for name in ("background-clip", "-webkit-background-clip")
        )
    return bool(text) and text == _background(rules)


def _background(rules: dict[str, str]) -> str:
    whole = rules.get("background", "")
    return _colour(rules.get("background-color", "") or (whole if "url(" not in whole else ""))


def _colour(value: str) -> str:
    found = _RGB.search(value)
    if found:
        if found[4] and float("0" + found[4]) == 0:
            return "transparent"
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in found.groups()[:3])
    first = value.split(" ", 1)[0]
    if first.startswith("#") and len(first) == 4:
        return "#" + "".join(c + c for c in first[1:])
    if first.startswith("#") and len(first) in (7, 9):
        return "transparent" if first[7:] == "00" else first[:7]
    return "transparent" if first == "transparent" else _COLOURS.get(first, "")


def _amount(value: str) -> float:
    found = _NUMBER.match(value)
    if not found or not found[1] or found[1] == "-":
        return 1.0
    return float(found[1]) / (100 if found[2] == "%" else 1)
